"""C6: a customer that sleeps is made active again when a document needs it, whoever it belongs to by now."""

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, asked, book, change, quiet, run, shop
from tests.sync.test_moved_contacts import two_people
from tests.sync.test_rules_refunds import TEA


async def left_behind(joint: Joint) -> tuple[Body, Body, Body]:
    """Ada was deleted with her sale, her customer put to sleep, and then the sale came back and grew; with it Bea."""
    ada, bea, adas, _ = await two_people(joint)
    sale = await joint.sale(ada["id"], number="M-1")
    await joint.receipt(sale)
    await run(joint)
    for invoice in await joint.books_list("invoice"):
        if invoice["Balance"] and invoice["CustomerRef"]["value"] == adas:
            await joint.person("invoice", {"Id": invoice["Id"]}, operation="delete")
    await run(joint)
    await joint.in_shop("DELETE", f"contacts/{ada['id']}?cascade=true")
    await run(joint)
    await change(joint, "customer", adas, Active=False)
    await run(joint)
    await joint.in_shop("POST", f"sales/{sale['id']}/restore")
    await run(joint)
    double = [{**sale["lines"][0], "quantity": "4"}]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": double})
    await run(joint)
    return await shop(joint, "sales", sale["id"]), bea, await book(joint, "customer", adas)


@pytest.mark.parametrize("how", ["new", "another leg"])
async def test_c6_the_customer_of_a_deleted_contact_is_woken_by_a_receipt_for_the_sale_it_left(
    joint: Joint, how: str
) -> None:
    sale, bea, adas = await left_behind(joint)
    mine = {"sale_id": sale["id"], "amount": "22.00"}
    if how == "new":
        await joint.receipt(sale, "22.00", contact_id=bea["id"], allocations=[mine])
    else:
        own = await joint.sale(bea["id"], number="M-2")
        receipt = await joint.receipt(own, "22.00")
        await run(joint)
        both = [*receipt["allocations"], mine]
        await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"amount": "44.00", "allocations": both})
    writes = await run(joint)

    assert ("quickbooks", "contact", "update") in writes
    assert ("quickbooks", "receipt", "create") in writes
    made = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "M-1")
    assert (made["TotalAmt"], made["Balance"]) == (44, 0)
    after = await book(joint, "customer", adas["Id"])
    assert (after["Active"], after["GivenName"]) == (True, "Ada")
    assert await asked(joint) == []
    assert len(await joint.shop_list("contacts")) == 1
    await quiet(joint)


async def test_c6_a_sleeping_customer_of_a_living_contact_is_woken_by_a_receipt(joint: Joint) -> None:
    ada, _, adas, _ = await two_people(joint)
    sale = await joint.sale(ada["id"], number="M-1")
    await run(joint)
    for invoice in await joint.books_list("invoice"):
        if invoice["CustomerRef"]["value"] == adas and invoice["DocNumber"] != "M-1":
            await joint.person("invoice", {"Id": invoice["Id"]}, operation="delete")
    paid = await joint.receipt(sale)
    await run(joint)
    await change(joint, "customer", adas, Active=False)
    await run(joint)
    await joint.receipt(paid | {"total": "5.00", "id": sale["id"]}, "5.00", allocations=[])

    assert ("quickbooks", "receipt", "create") in await run(joint)
    assert (await book(joint, "customer", adas))["Active"]
    await quiet(joint)


@pytest.mark.parametrize("edit", [{"contact_id": "the other"}, {"reference": "R-2"}, {"date": "2026-11-02"}])
async def test_c6_a_sleeping_customer_is_woken_by_an_edit_of_the_money_that_is_paid_back_to_it(
    joint: Joint, edit: Body
) -> None:
    ada, bea, adas, beas = await two_people(joint)
    moved = "contact_id" in edit
    returned = await joint.sale(ada["id"], {**TEA, "quantity": "-2"}, kind="adjustment")
    receipt = await joint.receipt(returned, "-22.00", **({"allocations": []} if moved else {}))
    await run(joint)
    sleeper = beas if moved else adas
    for made in await joint.books_list("invoice"):
        if made["CustomerRef"]["value"] == sleeper:
            await joint.person("invoice", {"Id": made["Id"]}, operation="delete")
    await run(joint)
    await change(joint, "customer", sleeper, Active=False)
    await run(joint)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"contact_id": bea["id"]} if moved else edit)
    writes = await run(joint)

    assert ("quickbooks", "contact", "update") in writes
    assert ("quickbooks", "receipt", "update") in writes
    assert (await book(joint, "customer", sleeper))["Active"]
    [paid] = [p for p in await joint.books_list("purchase") if p.get("EntityRef", {}).get("type") == "Customer"]
    assert paid["EntityRef"]["value"] == sleeper
    await quiet(joint)


async def test_r7_money_that_is_paid_back_to_a_contact_without_a_customer_after_all_brings_that(joint: Joint) -> None:
    ada, _, _, _ = await two_people(joint)
    receipt = await joint.receipt({"id": "", "total": "0", "contact_id": ada["id"]}, "-22.00", allocations=[])
    await run(joint)
    [item] = await joint.attention()
    await joint.answer(item.id, "overpayment")
    await run(joint)
    cat = await joint.contact("Cat", "Stevens")
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"contact_id": cat["id"]})
    writes = await run(joint)

    assert ("quickbooks", "contact", "create") in writes
    [paid] = [p for p in await joint.books_list("purchase") if p.get("EntityRef", {}).get("type") == "Customer"]
    assert paid["EntityRef"]["name"] == "Cat Stevens"
    await quiet(joint)


async def test_c6_a_sleeping_customer_is_woken_by_a_receipt_that_is_moved_to_a_sale_of_it(joint: Joint) -> None:
    ada, bea, _, beas = await two_people(joint)
    own = await joint.sale(ada["id"], number="M-1")
    beas_sale = await joint.sale(bea["id"], number="M-2")
    receipt = await joint.receipt(own)
    await run(joint)
    for made in await joint.books_list("invoice"):
        if made["CustomerRef"]["value"] == beas:
            await joint.person("invoice", {"Id": made["Id"], "Line": [], "TotalAmt": 0}, operation="void")
    await run(joint)
    await change(joint, "customer", beas, Active=False)
    await run(joint)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"contact_id": bea["id"], "allocations": []})
    writes = await run(joint)

    assert ("quickbooks", "receipt", "update") in writes
    assert (await book(joint, "customer", beas))["Active"]
    [paid] = await joint.books_list("payment")
    assert (paid["CustomerRef"]["value"], paid["UnappliedAmt"]) == (beas, float(beas_sale["total"]))
    await quiet(joint)
