"""C6: a customer that sleeps is made active again when a document needs it, whoever it belongs to by now."""

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, asked, book, change, quiet, run, shop
from tests.sync.test_moved_contacts import two_people


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
