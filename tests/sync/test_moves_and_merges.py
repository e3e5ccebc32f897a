"""S2, S5, R7: a merge takes documents and money along and is nobody's edit of them; who moves one meanwhile means it."""

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, book, customer, invoice, payment, quiet, remove, run, shop
from tests.sync.test_rules_merges import merged


async def three_people(joint: Joint) -> tuple[dict[str, Body], dict[str, Body], Body, Body]:
    """Three contacts with their customers, by first name, and the sale of the first one with its invoice."""
    people = {name: await joint.contact(name) for name in ("Ada", "Bea", "Cleo")}
    sales = {name: await joint.sale(contact["id"]) for name, contact in people.items()}
    await run(joint)
    customers = {c["GivenName"]: c for c in await joint.books_list("customer")}
    there = {i["CustomerRef"]["value"]: i for i in await joint.books_list("invoice")}
    return people, customers, sales["Ada"], there[customers["Ada"]["Id"]]


async def whose(joint: Joint, sale: Body, document: Body) -> tuple[str, str]:
    """The first names of whom a sale and its invoice belong to."""
    contacts = {c["id"]: c["first_name"] for c in await joint.shop_list("contacts")}
    customers = {c["Id"]: c["GivenName"] for c in await joint.books_list("customer")}
    ours, theirs = await shop(joint, "sales", sale["id"]), await book(joint, "invoice", document["Id"])
    return contacts[ours["contact_id"]], customers[theirs["CustomerRef"]["value"]]


@pytest.mark.parametrize("told", [True, False], ids=["the event came", "only its invoices tell"])
@pytest.mark.parametrize("paid", [False, True])
async def test_s2_a_sale_that_is_moved_while_its_customer_is_merged_away_goes_where_it_was_moved(
    joint: Joint, told: bool, paid: bool
) -> None:
    people, customers, sale, document = await three_people(joint)
    if paid:
        await joint.receipt(sale)
        await run(joint)
    await merged(joint, customers["Ada"], customers["Bea"], told=told)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"contact_id": people["Cleo"]["id"]})
    await run(joint)

    assert await whose(joint, sale, document) == ("Cleo", "Cleo")
    assert [p["CustomerRef"]["value"] for p in await joint.books_list("payment")] == [customers["Cleo"]["Id"]] * paid
    assert (await book(joint, "invoice", document["Id"]))["Balance"] == (0 if paid else document["TotalAmt"])
    await quiet(joint)


async def test_s2_a_sale_that_is_moved_to_the_contact_of_the_survivor_is_there_already(joint: Joint) -> None:
    people, customers, sale, document = await three_people(joint)
    await merged(joint, customers["Ada"], customers["Bea"])
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"contact_id": people["Bea"]["id"]})

    assert ("quickbooks", "sale", "update") not in await run(joint)
    assert await whose(joint, sale, document) == ("Bea", "Bea")
    await quiet(joint)


async def test_s5_an_invoice_that_is_moved_while_the_contact_is_merged_in_oncord_takes_its_sale_along(
    joint: Joint,
) -> None:
    people, customers, sale, document = await three_people(joint)
    await joint.in_shop("POST", f"contacts/{people['Ada']['id']}/merge", {"into": people["Bea"]["id"]})
    await joint.person(
        "invoice", {"Id": document["Id"], "sparse": True, "CustomerRef": {"value": customers["Cleo"]["Id"]}}
    )
    await run(joint)

    assert await whose(joint, sale, document) == ("Cleo", "Cleo")
    await quiet(joint)


async def test_c2_c6_merges_on_both_sides_at_once_move_no_document_of_anybody(joint: Joint) -> None:
    people, customers, sale, document = await three_people(joint)
    await merged(joint, customers["Ada"], customers["Bea"])
    await joint.in_shop("POST", f"contacts/{people['Ada']['id']}/merge", {"into": people["Cleo"]["id"]})

    assert not {("quickbooks", "sale", "update"), ("oncord", "sale", "update")} & set(await run(joint))
    assert await whose(joint, sale, document) == ("Cleo", "Bea")
    await quiet(joint)


async def test_c6_a_merge_alone_moves_no_sale(joint: Joint) -> None:
    _, customers, sale, document = await three_people(joint)
    await invoice(joint, customers["Ada"]["Id"])
    await run(joint)
    await merged(joint, customers["Ada"], customers["Bea"])

    assert not {("quickbooks", "sale", "update"), ("oncord", "sale", "update")} & set(await run(joint))
    assert await whose(joint, sale, document) == ("Ada", "Bea")
    await quiet(joint)


async def overpaid(joint: Joint) -> tuple[dict[str, Body], dict[str, Body], Body]:
    """Three contacts and their customers; the bookkeeper has recorded a payment of 17.00 for the 11.00 of the first."""
    people, customers, _, document = await three_people(joint)
    made = await payment(joint, customers["Ada"]["Id"], "17.00", {document["Id"]: "11.00"})
    await run(joint)
    return people, customers, made


async def both_merged(joint: Joint, people: dict[str, Body], customers: dict[str, Body]) -> None:
    """In QuickBooks Ada becomes Bea, and afterwards in Oncord Cleo."""
    await merged(joint, customers["Ada"], customers["Bea"])
    await run(joint)
    await joint.in_shop("POST", f"contacts/{people['Ada']['id']}/merge", {"into": people["Cleo"]["id"]})


async def test_r7_what_a_payment_holds_beyond_its_invoice_stays_with_it_through_merges_on_both_sides(
    joint: Joint,
) -> None:
    people, customers, made = await overpaid(joint)
    await both_merged(joint, people, customers)
    written = await run(joint)

    assert [w for w in written if w[1] == "receipt"] == []
    [paid] = await joint.books_list("payment")
    assert (paid["Id"], paid["TotalAmt"], paid["UnappliedAmt"]) == (made["Id"], 17, 6)
    assert paid["CustomerRef"]["value"] == customers["Bea"]["Id"]
    await quiet(joint)


async def test_r7_a_receipt_that_somebody_moves_after_a_merge_in_quickbooks_takes_along_what_pays_nothing(
    joint: Joint,
) -> None:
    people, customers, _ = await overpaid(joint)
    await merged(joint, customers["Ada"], customers["Bea"])
    await run(joint)
    [receipt] = await joint.shop_list("receipts")
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"contact_id": people["Cleo"]["id"]})
    await run(joint)

    held = {p["CustomerRef"]["value"]: p["TotalAmt"] for p in await joint.books_list("payment")}
    assert held == {customers["Bea"]["Id"]: 11, customers["Cleo"]["Id"]: 6}
    await quiet(joint)


async def test_r7_a_receipt_that_somebody_edits_after_merges_on_both_sides_goes_over_as_it_is_typed(
    joint: Joint,
) -> None:
    people, customers, _ = await overpaid(joint)
    await both_merged(joint, people, customers)
    await run(joint)
    [receipt] = await joint.shop_list("receipts")
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"amount": "19.00"})
    await run(joint)

    assert sum(p["TotalAmt"] for p in await joint.books_list("payment")) == 19
    assert sum(p["UnappliedAmt"] for p in await joint.books_list("payment")) == 8
    await quiet(joint)


async def test_c2_a_merge_in_oncord_alone_leaves_an_overpaid_payment_as_it_is(joint: Joint) -> None:
    people, _, made = await overpaid(joint)
    await joint.in_shop("POST", f"contacts/{people['Ada']['id']}/merge", {"into": people["Cleo"]["id"]})
    written = await run(joint)

    assert [w for w in written if w[1] == "receipt"] == []
    assert [(p["Id"], p["TotalAmt"]) for p in await joint.books_list("payment")] == [(made["Id"], 17)]
    await quiet(joint)


async def test_r4_a_payment_that_was_deleted_in_quickbooks_does_not_come_back_because_of_merges_on_both_sides(
    joint: Joint,
) -> None:
    people, customers, sale, _ = await three_people(joint)
    beas = next(s for s in await joint.shop_list("sales") if s["contact_id"] == people["Bea"]["id"])
    parts = [{"sale_id": sale["id"], "amount": "11.00"}, {"sale_id": beas["id"], "amount": "4.00"}]
    await joint.receipt(sale, "21.00", allocations=parts)
    await run(joint)
    await merged(joint, customers["Ada"], await customer(joint, "Dora"))
    await run(joint)
    adas = next(p for p in await joint.books_list("payment") if p["TotalAmt"] == 17)
    await remove(joint, "payment", adas["Id"])
    await joint.in_shop("POST", f"contacts/{people['Ada']['id']}/merge", {"into": people["Cleo"]["id"]})
    await run(joint)

    assert [p["TotalAmt"] for p in await joint.books_list("payment")] == [4]
    await quiet(joint)


async def test_c6_a_sale_that_is_moved_to_the_contact_of_a_sleeping_customer_wakes_that_one(joint: Joint) -> None:
    dora = await customer(joint, "Dora")
    _, _, sale, document = await three_people(joint)
    await joint.person("customer", {"Id": dora["Id"], "sparse": True, "Active": False})
    await run(joint)
    [contact] = [c for c in await joint.shop_list("contacts") if c["first_name"] == "Dora"]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"contact_id": contact["id"]})
    await run(joint)

    assert await whose(joint, sale, document) == ("Dora", "Dora")
    assert (await book(joint, "customer", dora["Id"]))["Active"]
    await quiet(joint)


@pytest.mark.parametrize("what", ["receipt of the books with a rest", "receipt of the shop", "sale"])
async def test_c2_what_a_merge_took_along_is_known_before_the_contacts_own_event_has_come(
    joint: Joint, what: str
) -> None:
    people, customers, sale, document = await three_people(joint)
    if what == "receipt of the books with a rest":
        await payment(joint, customers["Ada"]["Id"], "29.00", {document["Id"]: "22.00"})
    elif what == "receipt of the shop":
        method = await joint.method("direct_deposit")
        body = {"contact_id": people["Ada"]["id"], "payment_method_id": method, "amount": "50.00"}
        await joint.in_shop("POST", "receipts", body)
    await run(joint)
    before = [await joint.books_list(entity) for entity in ("invoice", "payment")]
    await joint.in_shop("POST", f"contacts/{people['Ada']['id']}/merge", {"into": people["Bea"]["id"]})
    if what == "sale":
        await joint.touched("oncord", "sale", sale["id"])
    else:
        [receipt] = await joint.shop_list("receipts")
        assert receipt["contact_id"] == people["Bea"]["id"]
        await joint.touched("oncord", "receipt", receipt["id"])
    await joint.sync(download=False)

    assert [w for w in await joint.writes() if w[0] == "quickbooks"] == []
    await run(joint)
    assert [await joint.books_list(entity) for entity in ("invoice", "payment")] == before
    await quiet(joint)
