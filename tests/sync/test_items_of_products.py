"""The item of a product is nobody's choice: made inactive it is woken when a sale needs it (C6), and merged it is followed."""

from typing import Any

import pytest

from app.domain.model.configuration import ItemPolicy
from tests.support.joint import Joint
from tests.support.stories import book, change, quiet, run, written
from tests.sync.test_out_of_use import switch

Body = dict[str, Any]


async def _product(joint: Joint, title: str, contact: Body) -> tuple[Body, Body, Body]:
    """A product that was sold once: itself, its sale, and its item."""
    made = await joint.in_shop(
        "POST", "products", {"price": "22.00", "tax_code": "GST", "title": title, "code": title.upper()}
    )
    sale = await _sold(joint, contact, made)
    await run(joint)
    item = next(i for i in await joint.books_list("item") if i["Name"] == title)
    return made, sale, item


async def _sold(joint: Joint, contact: Body, *products: Body) -> Body:
    lines = [{"product_id": p["id"], "quantity": "1", "tax_code": "GST"} for p in products]
    return await joint.sale(contact["id"], *lines)


async def _merged(joint: Joint, loser: Body, survivor: Body) -> None:
    await joint.in_books("POST", "item/merge", {"from": loser["Id"], "into": survivor["Id"]})
    await joint.touched("quickbooks", "item", survivor["Id"])
    await joint.touched("quickbooks", "item", loser["Id"], deleted_with=f"merged:{survivor['Id']}")


async def _per_product(joint: Joint) -> None:
    await joint.configure(items=ItemPolicy("match", "", await joint.account("Income")))


@pytest.mark.parametrize("told", [True, False])
async def test_c6_an_inactive_item_is_made_active_again_when_a_sale_needs_it(joint: Joint, told: bool) -> None:
    await _per_product(joint)
    contact = await joint.contact()
    cup, _, item = await _product(joint, "Cup", contact)
    await switch(joint, "item", item["Id"], active=False)
    if told:
        await run(joint)
        assert (await book(joint, "item", item["Id"]))["Active"] is False
    for _ in range(2):
        sale = await _sold(joint, contact, cup)
        await joint.touched("oncord", "sale", sale["id"])
    done = await joint.sync(download=told)

    assert done.state == "succeeded"
    assert [d.operation.rule for d in await written(joint) if d.operation.kind == "item"] == ["C6"]
    there = await book(joint, "item", item["Id"])
    assert (there["Active"], there["Name"]) == (True, "Cup")
    assert len(await joint.books_list("invoice")) == 3
    assert await joint.attention() == []
    await quiet(joint)


async def test_c6_a_line_that_is_added_wakes_its_item_and_one_that_is_there_already_does_not(joint: Joint) -> None:
    await _per_product(joint)
    contact = await joint.contact()
    cup, sale, cup_item = await _product(joint, "Cup", contact)
    tea, _, tea_item = await _product(joint, "Tea", contact)
    for item in (cup_item, tea_item):
        await switch(joint, "item", item["Id"], active=False)
    lines = [
        {"id": sale["lines"][0]["id"], "product_id": cup["id"], "quantity": "1", "tax_code": "GST"},
        {"product_id": tea["id"], "quantity": "1", "tax_code": "GST"},
    ]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": lines})
    await run(joint)

    assert (await book(joint, "item", tea_item["Id"]))["Active"] is True
    woken = [d.operation.target_id for d in await written(joint) if d.operation.kind == "item"]
    assert tea_item["Id"] in woken


async def test_c6_an_item_that_no_sale_needs_stays_inactive(joint: Joint) -> None:
    await _per_product(joint)
    contact = await joint.contact()
    _, _, item = await _product(joint, "Cup", contact)
    tea, _, _ = await _product(joint, "Tea", contact)
    await switch(joint, "item", item["Id"], active=False)
    await _sold(joint, contact, tea)
    await run(joint)

    assert (await book(joint, "item", item["Id"]))["Active"] is False
    assert len(await joint.books_list("invoice")) == 3
    assert await joint.attention() == []


async def test_c5_a_product_whose_item_was_merged_into_another_is_sold_as_that_one_and_nothing_is_woken(
    joint: Joint,
) -> None:
    await _per_product(joint)
    contact = await joint.contact()
    cup, _, item = await _product(joint, "Cup", contact)
    income = await joint.account("Income")
    mug = await joint.person("item", {"Name": "Mug", "Type": "Service", "IncomeAccountRef": {"value": income}})
    await _merged(joint, item, mug)
    await run(joint)
    await _sold(joint, contact, cup)
    await run(joint)

    assert (await book(joint, "item", item["Id"]))["Active"] is False
    sold = {i["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"] for i in await joint.books_list("invoice")}
    assert sold == {mug["Id"]}
    assert await joint.attention() == []
    await quiet(joint)


@pytest.mark.parametrize("between", [False, True])
async def test_c6_an_item_that_was_merged_while_no_event_told_of_it_is_not_woken_but_followed(
    joint: Joint, between: bool
) -> None:
    await _per_product(joint)
    contact = await joint.contact()
    cup, _, item = await _product(joint, "Cup", contact)
    income = await joint.account("Income")
    mug = await joint.person("item", {"Name": "Mug", "Type": "Service", "IncomeAccountRef": {"value": income}})
    await joint.in_books("POST", "item/merge", {"from": item["Id"], "into": mug["Id"]})
    if between:
        await run(joint)
    await _sold(joint, contact, cup)
    await run(joint)

    assert (await book(joint, "item", item["Id"]))["Active"] is False
    sold = {i["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"] for i in await joint.books_list("invoice")}
    assert sold == {mug["Id"]}
    await _sold(joint, contact, cup)
    await run(joint)
    assert (await joint.books_list("invoice"))[-1]["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"] == mug["Id"]
    assert await joint.attention() == []
    await quiet(joint)


async def test_c6_an_inactive_item_of_which_one_line_was_given_another_item_is_woken_all_the_same(joint: Joint) -> None:
    await _per_product(joint)
    contact = await joint.contact()
    cup, _, item = await _product(joint, "Cup", contact)
    await _sold(joint, contact, cup)
    await run(joint)
    income = await joint.account("Income")
    mug = await joint.person("item", {"Name": "Mug", "Type": "Service", "IncomeAccountRef": {"value": income}})
    first = (await joint.books_list("invoice"))[0]
    detail = {**first["Line"][0]["SalesItemLineDetail"], "ItemRef": {"value": mug["Id"]}}
    await change(joint, "invoice", first["Id"], Line=[{**first["Line"][0], "SalesItemLineDetail": detail}])
    await switch(joint, "item", item["Id"], active=False)
    await _sold(joint, contact, cup)
    await run(joint)

    assert (await book(joint, "item", item["Id"]))["Active"] is True
    assert await joint.attention() == []


async def test_c5_two_products_whose_items_were_merged_are_both_sold_as_the_one_that_is_left(joint: Joint) -> None:
    await _per_product(joint)
    contact = await joint.contact()
    cup, _, cup_item = await _product(joint, "Cup", contact)
    mug, _, mug_item = await _product(joint, "Mug", contact)
    await _merged(joint, cup_item, mug_item)
    await run(joint)
    for _ in range(2):
        await _sold(joint, contact, cup, mug)
        await run(joint)

    assert (await book(joint, "item", cup_item["Id"]))["Active"] is False
    newest = (await joint.books_list("invoice"))[-1]
    sold = [x["SalesItemLineDetail"]["ItemRef"]["value"] for x in newest["Line"] if "SalesItemLineDetail" in x]
    assert sold == [mug_item["Id"]] * 2
    assert await joint.attention() == []
    await quiet(joint)
