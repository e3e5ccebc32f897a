"""R7, C6: whose money was paid back follows the customer of its money out; a merge on either side is nobody's edit of that."""

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, asked, book, change, customer, payment, quiet, remove, run, shop
from tests.sync.test_moved_contacts import two_people
from tests.sync.test_rules_merges import asleep, event, merged, pairs
from tests.sync.test_rules_refunds import _refunds, joined_to, refunded


async def returned_overpayment(joint: Joint, contact: Body, answer: str = "overpayment") -> tuple[Body, Body]:
    """22.00 that were paid back to a contact, by an answer: the receipt and its money out."""
    receipt = await joint.receipt({"id": "", "total": "0", "contact_id": contact["id"]}, "-22.00", allocations=[])
    await run(joint)
    [item] = await joint.attention()
    await joint.answer(item.id, answer)
    await run(joint)
    [paid] = await _refunds(joint)
    return receipt, paid


async def moved(joint: Joint, paid: Body, owner: str) -> None:
    """The bookkeeper pays somebody else back by it."""
    await change(joint, "purchase", paid["Id"], EntityRef={"value": owner, "type": "Customer"})


async def test_r7_money_paid_back_that_is_moved_to_another_customer_moves_its_receipt(joint: Joint) -> None:
    ada, bea, _, beas = await two_people(joint)
    receipt, paid = await returned_overpayment(joint, ada)
    await moved(joint, paid, beas)

    assert await run(joint) == [("oncord", "receipt", "update")]
    now = await shop(joint, "receipts", receipt["id"])
    assert (now["contact_id"], now["amount"], now["allocations"]) == (bea["id"], "-22.00", [])
    await quiet(joint)


async def test_r7_money_paid_back_in_america_that_is_moved_to_another_customer_moves_its_receipt(us: Joint) -> None:
    ada, bea = await us.contact(), await us.contact("Bea", "Arthur")
    for one in (ada, bea):
        await us.sale(one["id"], {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "NON"})
    await run(us)
    beas = next(c["Id"] for c in await us.books_list("customer") if c["GivenName"] == "Bea")
    receipt, paid = await returned_overpayment(us, ada)
    await moved(us, paid, beas)

    assert await run(us) == [("oncord", "receipt", "update")]
    assert (await shop(us, "receipts", receipt["id"]))["contact_id"] == bea["id"]
    await quiet(us)


async def test_r7_money_paid_back_that_is_moved_to_a_customer_without_a_contact_brings_that(joint: Joint) -> None:
    ada, _, _, _ = await two_people(joint)
    receipt, paid = await returned_overpayment(joint, ada)
    cat = await customer(joint, "Cat", "Stevens")
    await moved(joint, paid, cat["Id"])
    await run(joint)

    contacts = {c["first_name"]: c["id"] for c in await joint.shop_list("contacts")}
    assert (await shop(joint, "receipts", receipt["id"]))["contact_id"] == contacts["Cat"]
    await quiet(joint)


async def test_i4_money_paid_back_that_is_moved_on_both_sides_goes_where_the_books_have_it_and_keeps_the_other(
    joint: Joint,
) -> None:
    ada, bea, _, beas = await two_people(joint)
    cat = await joint.contact("Cat", "Stevens")
    receipt, paid = await returned_overpayment(joint, ada)
    await moved(joint, paid, beas)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"contact_id": cat["id"]})
    await run(joint)

    assert (await shop(joint, "receipts", receipt["id"]))["contact_id"] == bea["id"]
    [item] = await joint.attention()
    assert item.kind == "conflict"
    assert "use_other" in item.actions


@pytest.mark.parametrize("told", [True, False], ids=["the event came", "only its invoices tell"])
async def test_c6_money_paid_back_to_who_is_merged_into_anothers_customer_stays_with_its_contact(
    joint: Joint, told: bool
) -> None:
    ada, _, adas, beas = await two_people(joint)
    receipt, _ = await returned_overpayment(joint, ada)
    await merged(joint, {"Id": adas}, {"Id": beas}, told=told)

    assert [w for w in await run(joint) if w[1] == "receipt"] == []
    assert (await shop(joint, "receipts", receipt["id"]))["contact_id"] == ada["id"]
    await quiet(joint)


async def test_c2_money_paid_back_to_who_is_merged_in_oncord_stays_in_quickbooks_before_the_event_has_come(
    joint: Joint,
) -> None:
    ada, bea, adas, _ = await two_people(joint)
    receipt, paid = await returned_overpayment(joint, ada)
    await joint.in_shop("POST", f"contacts/{ada['id']}/merge", {"into": bea["id"]})
    await joint.touched("oncord", "receipt", receipt["id"])
    await joint.sync(download=False)

    assert [w for w in await joint.writes() if w[0] == "quickbooks"] == []
    await run(joint)
    assert (await book(joint, "purchase", paid["Id"]))["EntityRef"]["value"] == adas
    await quiet(joint)


async def only_money(joint: Joint, what: str) -> tuple[Body, Body]:
    """Ada, of whom the books have nothing by now but money that is synchronised, and her customer."""
    ada = await joint.contact()
    sale = await joint.sale(ada["id"])
    await run(joint)
    if what == "payment":
        await joint.receipt(sale, "22.00", allocations=[])
        await run(joint)
    elif what == "refund":
        await returned_overpayment(joint, ada)
    [adas] = await joint.books_list("customer")
    [made] = await joint.books_list("invoice")
    await remove(joint, "invoice", made["Id"])
    await run(joint)
    return ada, adas


@pytest.mark.parametrize("what", ["payment", "refund"])
async def test_c6_a_merge_whose_event_was_lost_is_known_by_where_the_money_went_if_there_is_no_invoice(
    joint: Joint, what: str
) -> None:
    ada, adas = await only_money(joint, what)
    survivor = await customer(joint, "Ada", "Byron", email="")
    await merged(joint, adas, survivor, told=False)
    await run(joint)

    assert (await pairs(joint))["Ada"] == survivor["Id"]
    assert [r["contact_id"] for r in await joint.shop_list("receipts")] == [ada["id"]]
    await joint.sale(ada["id"])
    await run(joint)
    assert await asleep(joint, adas)
    assert [i["CustomerRef"]["value"] for i in await joint.books_list("invoice")] == [survivor["Id"]]
    await quiet(joint)


async def corrected(joint: Joint, what: str, how: str) -> tuple[Body, Body, Body, Body]:
    """Ada, Bea and their customers: Ada's money is Bea's by now, and Ada's customer inactive; by hand, or by a merge without an event."""
    ada, adas = await only_money(joint, what)
    bea = await joint.contact("Bea", "Arthur")
    await joint.sale(bea["id"])
    await run(joint)
    beas = next(c for c in await joint.books_list("customer") if c["GivenName"] == "Bea")
    if how == "merged":
        await merged(joint, adas, beas, told=False)
        return ada, bea, adas, beas
    if what == "payment":
        [paid] = await joint.books_list("payment")
        await change(joint, "payment", paid["Id"], CustomerRef={"value": beas["Id"]})
    else:
        [paid] = await _refunds(joint)
        await moved(joint, paid, beas["Id"])
    await change(joint, "customer", adas["Id"], Active=False)
    return ada, bea, adas, beas


@pytest.mark.parametrize("how", ["by hand", "merged"])
@pytest.mark.parametrize("what", ["payment", "refund"])
async def test_r7_money_alone_that_went_to_anothers_customer_was_moved_and_has_nobody_invoiced_for_another(
    joint: Joint, what: str, how: str
) -> None:
    ada, bea, adas, beas = await corrected(joint, what, how)
    await run(joint)

    assert [r["contact_id"] for r in await joint.shop_list("receipts")] == [bea["id"]]
    assert {name: (await pairs(joint))[name] for name in ("Ada", "Bea")} == {"Ada": adas["Id"], "Bea": beas["Id"]}
    sale = await joint.sale(ada["id"])
    await run(joint)
    assert (await shop(joint, "sales", sale["id"]))["contact_id"] == ada["id"]
    assert sorted(i["CustomerRef"]["value"] for i in await joint.books_list("invoice")) == sorted(
        [adas["Id"], beas["Id"]]
    )
    assert not await asleep(joint, adas)
    await quiet(joint)


async def test_c6_the_event_of_a_merge_tells_also_after_its_money_was_taken_for_moved(joint: Joint) -> None:
    ada, _, adas, beas = await corrected(joint, "payment", "merged")
    await run(joint)
    await event(joint, adas, beas)
    await run(joint)
    await joint.sale(ada["id"])
    await run(joint)

    assert {i["CustomerRef"]["value"] for i in await joint.books_list("invoice")} == {beas["Id"]}
    assert await asleep(joint, adas)
    await quiet(joint)


async def test_r7_money_that_is_moved_from_a_customer_who_was_inactive_before_takes_its_receipt_along(
    joint: Joint,
) -> None:
    ada, bea, adas, beas = await two_people(joint)
    [made] = [i for i in await joint.books_list("invoice") if i["CustomerRef"]["value"] == adas]
    await payment(joint, adas, "22.00")
    receipt, paid = await returned_overpayment(joint, ada)
    await remove(joint, "invoice", made["Id"])
    await run(joint)
    await change(joint, "customer", adas, Active=False)
    await run(joint)
    await moved(joint, paid, beas)
    await run(joint)

    assert (await shop(joint, "receipts", receipt["id"]))["contact_id"] == bea["id"]
    await quiet(joint)


async def test_r5_money_paid_back_that_is_joined_to_its_credit_is_moved_with_it(joint: Joint) -> None:
    receipt, paid, joined, credit = await refunded(joint)
    bea = await joint.contact("Bea", "Arthur")
    await joint.sale(bea["id"])
    await run(joint)
    beas = next(c["Id"] for c in await joint.books_list("customer") if c["GivenName"] == "Bea")
    await remove(joint, "payment", joined["Id"])
    await change(joint, "creditmemo", credit["Id"], CustomerRef={"value": beas})
    await moved(joint, paid, beas)
    await joined_to(joint, beas, paid, credit, 22.0)
    await run(joint)

    now = await shop(joint, "receipts", receipt["id"])
    [allocation] = now["allocations"]
    assert (now["contact_id"], allocation["amount"]) == (bea["id"], "-22.00")
    assert (await shop(joint, "sales", allocation["sale_id"]))["contact_id"] == bea["id"]
    assert await asked(joint) == []
    await quiet(joint)
