"""An item for each product: names that QuickBooks gives only once, codes that say which is which, and a question where two do."""

from typing import Any

import pytest

from app.domain.model.configuration import ItemPolicy
from tests.support.joint import Joint
from tests.support.stories import quiet, run

Body = dict[str, Any]


async def _sold(joint: Joint, *products: Body) -> list[Body]:
    """One sale of each of these products, with an item per product."""
    income = await joint.account("Income")
    await joint.configure(items=ItemPolicy("match", "", income))
    made = [await joint.in_shop("POST", "products", {"price": "22.00", "tax_code": "GST", **p}) for p in products]
    contact = await joint.contact()
    for product in made:
        tea = {"product_id": product["id"], "quantity": "1", "tax_code": "GST"}
        await joint.sale(contact["id"], tea)
    return made


async def _item(joint: Joint, **members: Any) -> Body:
    income = await joint.account("Income")
    return await joint.person("item", {"Type": "Service", "IncomeAccountRef": {"value": income}, **members})


async def _names(joint: Joint) -> set[str]:
    return {i["Name"] for i in await joint.books_list("item")} - {"Services", "Hours", "Oncord sales", "Sales"}


@pytest.mark.parametrize(
    ("titles", "names"),
    [
        (("T-Shirt", "T-Shirt"), {"T-Shirt", "T-Shirt (TEE-M)"}),
        (("A" * 100 + " small", "A" * 100 + " medium"), {"A" * 100, "A" * 92 + " (TEE-M)"}),
        (("Tea: green", "Tea green"), {"Tea green", "Tea green (TEE-M)"}),
    ],
)
async def test_variants_of_one_title_are_told_apart_by_their_codes(
    joint: Joint, titles: tuple[str, str], names: set[str]
) -> None:
    await _sold(joint, {"title": titles[0], "code": "TEE-S"}, {"title": titles[1], "code": "TEE-M"})
    await run(joint)

    assert names <= await _names(joint)
    assert len(await joint.books_list("invoice")) == 2
    assert await joint.attention() == []
    await quiet(joint)


async def test_an_item_of_another_code_is_another_item_though_it_has_the_name(joint: Joint) -> None:
    await _item(joint, Name="T-Shirt", Sku="TEE-S")
    await _sold(joint, {"title": "T-Shirt", "code": "TEE-M"})
    await run(joint)

    assert {"T-Shirt", "T-Shirt (TEE-M)"} <= await _names(joint)


async def test_an_item_with_the_code_or_the_bare_name_is_the_products_own(joint: Joint) -> None:
    await _item(joint, Name="Shirt", Sku="TEE-S")
    await _item(joint, Name="Mug")
    before = len(await joint.books_list("item"))
    await _sold(joint, {"title": "T-Shirt", "code": "TEE-S"}, {"title": "Mug", "code": "M-1"})
    await run(joint)

    assert len(await joint.books_list("item")) == before
    assert len(await joint.books_list("invoice")) == 2


async def test_a_category_of_the_name_is_no_item_to_sell(joint: Joint) -> None:
    await joint.person("item", {"Name": "Mug", "Type": "Category"})
    await _sold(joint, {"title": "Mug", "code": "M-1"})
    await run(joint)

    assert "Mug (M-1)" in await _names(joint)
    assert len(await joint.books_list("invoice")) == 1


async def test_two_items_with_one_code_are_one_question_that_frees_every_sale(joint: Joint) -> None:
    items = [await _item(joint, Name=name, Sku="M-1") for name in ("Mug", "Cup")]
    [product] = await _sold(joint, {"title": "Mug", "code": "M-1"})
    contact = (await joint.shop_list("contacts"))[0]
    tea = {"product_id": product["id"], "quantity": "1", "tax_code": "GST"}
    await joint.sale(contact["id"], tea)
    await run(joint)

    [item] = await joint.attention()
    assert (item.kind, item.record_kind, item.record_id) == ("ambiguous_match", "item", product["id"])
    assert {(c["id"], c["name"]) for c in item.detail["choices"]} == {(i["Id"], i["Name"]) for i in items}

    await joint.answer(item.id, "choose", items[1]["Id"])
    await run(joint)

    sold = {i["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"] for i in await joint.books_list("invoice")}
    assert sold == {items[1]["Id"]}
    assert len(await joint.books_list("invoice")) == 2
    assert await joint.attention() == []
    await quiet(joint)


async def test_a_product_that_is_neither_of_two_items_becomes_one_of_its_own(joint: Joint) -> None:
    for name in ("Mug", "Cup"):
        await _item(joint, Name=name, Sku="M-1")
    await _sold(joint, {"title": "Mug", "code": "M-1"})
    await run(joint)
    [item] = await joint.attention()

    await joint.answer(item.id, "create_new")
    await run(joint)

    assert "Mug (M-1)" in await _names(joint)
    assert len(await joint.books_list("invoice")) == 1
    assert await joint.attention() == []
