"""Line ids are taken from what stands there now: lines that were typed anew stop nothing, on either side."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.model.records import Kind, Side
from tests.support.joint import Joint
from tests.support.stories import asked, book, change, credit_memo, customer, line, plain, quiet, run, shop

TEA = {"description": "Tea", "quantity": "1", "unit_price": "33.00", "tax_code": "GST"}
CAKE = {"description": "Cake", "quantity": "1", "unit_price": "11.00", "tax_code": "GST"}
JAM = {"description": "Jam", "quantity": "1", "unit_price": "22.00", "tax_code": "GST"}


async def _a_sale_of_tea_and_cake(joint: Joint) -> tuple[dict[str, Any], dict[str, Any]]:
    sale = await joint.sale((await joint.contact())["id"], TEA, CAKE)
    await run(joint)
    [invoice] = await joint.books_list("invoice")
    return sale, invoice


def _goods(invoice: dict[str, Any]) -> list[dict[str, Any]]:
    return [x for x in invoice["Line"] if x["DetailType"] == "SalesItemLineDetail"]


async def _price(joint: Joint, entity: str, document: dict[str, Any], words: str, net: str) -> None:
    """The bookkeeper types another price into the line with these words."""
    lines = [
        x | {"Amount": float(net), "SalesItemLineDetail": _without_price(x["SalesItemLineDetail"])}
        if x["Description"] == words
        else x
        for x in _goods(document)
    ]
    await change(joint, entity, document["Id"], Line=plain(lines))


def _without_price(detail: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in detail.items() if k not in ("UnitPrice", "Qty", "TaxInclusiveAmt")}


async def _agree(joint: Joint, sale_id: str, invoice_id: str, total: str) -> None:
    sale, invoice = await shop(joint, "sales", sale_id), await book(joint, "invoice", invoice_id)
    assert (Decimal(sale["total"]), Decimal(str(invoice["TotalAmt"]))) == (Decimal(total), Decimal(total))


async def test_quickbooks_wins_although_the_shop_has_replaced_a_line_meanwhile(joint: Joint) -> None:
    sale, invoice = await _a_sale_of_tea_and_cake(joint)
    kept = sale["lines"][0]["id"]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{"id": kept, **TEA}, JAM]})
    await _price(joint, "invoice", invoice, "Cake", "20.00")

    await run(joint)

    await _agree(joint, sale["id"], invoice["Id"], "53.00")
    now = await shop(joint, "sales", sale["id"])
    assert [(x["description"], x["line_total"]) for x in now["lines"]] == [("Tea", "33.00"), ("Cake", "20.00")]
    assert now["lines"][0]["id"] == kept
    assert [kind for _, kind in await asked(joint)] == ["conflict"]
    await quiet(joint)


async def test_quickbooks_wins_although_the_shop_has_typed_every_line_anew(joint: Joint) -> None:
    sale, invoice = await _a_sale_of_tea_and_cake(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**TEA, "quantity": "2"}, CAKE]})
    await _price(joint, "invoice", invoice, "Cake", "20.00")

    await run(joint)

    await _agree(joint, sale["id"], invoice["Id"], "53.00")
    assert [kind for _, kind in await asked(joint)] == ["conflict"]
    await quiet(joint)


async def test_a_credit_takes_what_the_bookkeeper_typed_although_its_lines_were_typed_anew_in_the_shop(
    joint: Joint,
) -> None:
    ada = await customer(joint, "Ada")
    credit = await credit_memo(joint, ada["Id"], await line(joint, "30.00", "Back"), await line(joint, "10.00", "Fee"))
    await run(joint)
    [sale] = [s for s in await joint.shop_list("sales") if s["kind"] == "adjustment"]
    again = [
        {"description": x["description"], "quantity": "-1", "unit_price": "12.00", "tax_code": "GST"}
        for x in sale["lines"]
    ]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": again})
    await _price(joint, "creditmemo", credit, "Fee", "20.00")

    await run(joint)

    now, there = await shop(joint, "sales", sale["id"]), await book(joint, "creditmemo", credit["Id"])
    assert (Decimal(now["total"]), Decimal(str(there["TotalAmt"]))) == (Decimal("-55.00"), Decimal("55.00"))
    assert [kind for _, kind in await asked(joint)] == ["conflict"]
    await quiet(joint)


async def test_lines_that_nobody_typed_anew_keep_their_ids(joint: Joint) -> None:
    sale, invoice = await _a_sale_of_tea_and_cake(joint)
    await _price(joint, "invoice", invoice, "Cake", "20.00")

    await run(joint)

    now = await shop(joint, "sales", sale["id"])
    assert [x["id"] for x in now["lines"]] == [x["id"] for x in sale["lines"]]
    await _agree(joint, sale["id"], invoice["Id"], "53.00")
    assert await asked(joint) == []
    await quiet(joint)


async def test_the_shop_refuses_the_id_of_a_line_that_a_sale_no_longer_has(joint: Joint) -> None:
    sale, _ = await _a_sale_of_tea_and_cake(joint)
    gone = sale["lines"][1]["id"]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [TEA]})

    with pytest.raises(AssertionError, match="no line"):
        await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{"id": gone, **CAKE}]})


async def test_lines_that_lost_and_were_typed_anew_since_are_put_back_on_both_sides(joint: Joint) -> None:
    sale, invoice = await _a_sale_of_tea_and_cake(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [TEA, {**CAKE, "quantity": "3"}]})
    await _price(joint, "invoice", invoice, "Cake", "20.00")
    await run(joint)
    [item] = await joint.attention()
    again = (await shop(joint, "sales", sale["id"]))["lines"]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**TEA, "unit_price": "34.00"}, JAM]})
    assert len(again) == len(sale["lines"])
    await run(joint)

    await joint.answer(item.id, "use_other")
    await run(joint)

    await _agree(joint, sale["id"], invoice["Id"], "66.00")
    now = await shop(joint, "sales", sale["id"])
    assert [(x["description"], x["line_total"]) for x in now["lines"]] == [("Tea", "33.00"), ("Cake", "33.00")]
    await quiet(joint)


async def test_an_invoice_line_that_lost_is_put_back_although_the_shop_typed_its_lines_anew(joint: Joint) -> None:
    await joint.configure(conflict_winner={**dict.fromkeys(Kind, Side.ONCORD)})
    sale, invoice = await _a_sale_of_tea_and_cake(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [TEA, JAM]})
    await _price(joint, "invoice", invoice, "Cake", "20.00")
    await run(joint)
    await _agree(joint, sale["id"], invoice["Id"], "55.00")
    [item] = await joint.attention()

    await joint.answer(item.id, "use_other")
    await run(joint)

    await _agree(joint, sale["id"], invoice["Id"], "53.00")
    now = await shop(joint, "sales", sale["id"])
    assert [(x["description"], x["line_total"]) for x in now["lines"]] == [("Tea", "33.00"), ("Cake", "20.00")]
    assert await asked(joint) == []
    await quiet(joint)
