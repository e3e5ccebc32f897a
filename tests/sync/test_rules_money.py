"""Amounts to the cent (I14), both ways: discounts, shipping, rounding, zero and free-text lines, mixed and no tax codes."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.model.configuration import MappedTaxCode
from tests.support.joint import Joint
from tests.support.stories import (
    Body,
    asked,
    book,
    change,
    customer,
    invoice,
    line,
    quiet,
    run,
    sales_item,
    shop,
    tax_code,
)

TEA = {"description": "Tea", "quantity": "3", "unit_price": "9.99", "tax_code": "GST"}
FREE = {"description": "Bread", "quantity": "2", "unit_price": "4.35", "tax_code": "FREE"}
ODD = [{**TEA, "description": f"Odd {n}", "quantity": "1", "unit_price": f"0.{n}5"} for n in range(1, 8)]

SALES: dict[str, Body] = {
    "one line": {"lines": [TEA]},
    "mixed tax codes": {"lines": [TEA, FREE]},
    "nothing taxed": {"lines": [FREE]},
    "a line discount": {"lines": [{**TEA, "discount_amount": "1.50"}, FREE]},
    "an order discount": {
        "lines": [TEA, FREE],
        "order_discounts": [{"description": "Spring", "amount": "3.33", "tax_code": "GST"}],
    },
    "two order discounts": {
        "lines": [TEA, FREE],
        "order_discounts": [
            {"description": "Spring", "amount": "3.33", "tax_code": "GST"},
            {"description": "Bakery", "amount": "1.00", "tax_code": "FREE"},
        ],
    },
    "shipping": {"lines": [TEA], "shipping": {"method": "Post", "amount": "8.95", "tax_code": "GST"}},
    "shipping, a discount and rounding": {
        "lines": [TEA, FREE],
        "order_discounts": [{"description": "Spring", "amount": "3.33", "tax_code": "GST"}],
        "shipping": {"method": "Post", "amount": "8.95", "tax_code": "GST"},
        "rounding": "0.02",
    },
    "a zero line": {"lines": [TEA, {**TEA, "description": "Gift", "unit_price": "0.00"}]},
    "a line of words": {
        "lines": [TEA, {"kind": "text", "description": "With love", "quantity": "0", "unit_price": "0"}]
    },
    "a subtotal": {"lines": [TEA, {"kind": "subtotal", "description": "Subtotal"}, FREE]},
    "many odd cents": {"lines": ODD},
    "a fraction": {"lines": [{**TEA, "quantity": "1.333", "unit_price": "7.7777777"}]},
    "all of it free": {"lines": [{**TEA, "unit_price": "0.00"}]},
}


async def _free_code(joint: Joint) -> str:
    return next(str(c["code"]) for c in await joint.shop_list("tax-codes") if float(c["rate"]) == 0)


def _with_code(value: Any, code: str) -> Any:
    if isinstance(value, dict):
        return {k: _with_code(v, code) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_code(v, code) for v in value]
    return code if value == "FREE" else value


def _cents(value: object) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


@pytest.mark.parametrize("inclusive", [True, False], ids=["inclusive", "exclusive"])
async def test_i14_a_sale_reaches_quickbooks_to_the_cent_and_so_does_an_edit_of_one_line(
    joint: Joint, inclusive: bool
) -> None:
    contact = await joint.contact()
    code = await _free_code(joint)
    sales = {}
    for name, parts in SALES.items():
        body = {**_with_code(parts, code), "contact_id": contact["id"], "amounts_include_tax": inclusive, "notes": name}
        sales[name] = await joint.in_shop("POST", "sales", body)
    await run(joint)
    made = {i["DocNumber"]: i for i in await joint.books_list("invoice")}

    assert await asked(joint) == [], [a.summary for a in await joint.attention()]
    for name, sale in sales.items():
        there = made[sale["number"]]
        assert (name, _cents(there["TotalAmt"])) == (name, _cents(sale["total"]))
        assert (name, _cents(there["TxnTaxDetail"]["TotalTax"])) == (name, _cents(sale["tax_total"]))
    await quiet(joint)

    for sale in sales.values():
        lines = [{**sale["lines"][0], "quantity": "7"}, *sale["lines"][1:]]
        await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": lines})
    await run(joint)
    made = {i["DocNumber"]: i for i in await joint.books_list("invoice")}

    for name, sale in sales.items():
        now = await shop(joint, "sales", sale["id"])
        there = made[sale["number"]]
        assert (name, _cents(there["TotalAmt"])) == (name, _cents(now["total"]))
        assert (name, _cents(there["TxnTaxDetail"]["TotalTax"])) == (name, _cents(now["tax_total"]))
    await quiet(joint)


@pytest.mark.parametrize("mode", ["TaxExcluded", "TaxInclusive"])
async def test_i14_an_invoice_reaches_oncord_to_the_cent_and_so_does_an_edit_of_one_line(
    joint: Joint, mode: str
) -> None:
    owner = await customer(joint, "Grace")
    free = {"code": next(c["Name"] for c in await joint.books_list("taxcode") if c["Name"].lower() == "gst-free")}
    income = await joint.account("Income")
    lines = {
        "plain": [await line(joint, "29.97", "Tea", Qty=3, UnitPrice=9.99)],
        "mixed": [await line(joint, "29.97", "Tea"), await line(joint, "8.70", "Bread", **free)],
        "no quantity": [await line(joint, "11.11", "Advice")],
        "words": [
            await line(joint, "11.11", "Advice"),
            {"DetailType": "DescriptionOnly", "Description": "With love", "DescriptionLineDetail": {}},
        ],
        "a discount": [
            await line(joint, "29.97", "Tea"),
            await line(joint, "8.70", "Bread", **free),
            {
                "Amount": 3.33,
                "DetailType": "DiscountLineDetail",
                "DiscountLineDetail": {"PercentBased": False, "DiscountAccountRef": {"value": income}},
            },
        ],
        "a percentage": [
            await line(joint, "29.97", "Tea"),
            {
                "DetailType": "DiscountLineDetail",
                "DiscountLineDetail": {
                    "PercentBased": True,
                    "DiscountPercent": 7.5,
                    "DiscountAccountRef": {"value": income},
                },
            },
        ],
    }
    made = {}
    for name, parts in lines.items():
        members = {"GlobalTaxCalculation": mode, "CustomerMemo": {"value": name}}
        made[name] = await invoice(joint, owner["Id"], *parts, **members)
    await run(joint)
    sales = {s["notes"]: s for s in await joint.shop_list("sales")}

    assert await asked(joint) == [], [a.summary for a in await joint.attention()]
    for name, there in made.items():
        assert (name, _cents(sales[name]["total"])) == (name, _cents(there["TotalAmt"]))
        assert (name, _cents(sales[name]["tax_total"])) == (name, _cents(there["TxnTaxDetail"]["TotalTax"]))
    await quiet(joint)

    for sale in sales.values():
        first = {**sale["lines"][0], "quantity": "2", "unit_price": "10.00"}
        await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [first, *sale["lines"][1:]]})
    await run(joint)

    for name, there in made.items():
        now, changed = await shop(joint, "sales", sales[name]["id"]), await book(joint, "invoice", there["Id"])
        assert (name, _cents(now["total"])) == (name, _cents(changed["TotalAmt"]))
        assert (name, _cents(now["tax_total"])) == (name, _cents(changed["TxnTaxDetail"]["TotalTax"]))
    await quiet(joint)

    for there in made.values():
        changed = await book(joint, "invoice", there["Id"])
        kept = [x for x in changed["Line"] if x["DetailType"] != "SubTotalLineDetail"]
        first = {**kept[0], "Amount": 50, "SalesItemLineDetail": dict(kept[0]["SalesItemLineDetail"])}
        for dropped in ("Qty", "UnitPrice", "TaxInclusiveAmt"):
            first["SalesItemLineDetail"].pop(dropped, None)
        await change(joint, "invoice", there["Id"], Line=[first, *kept[1:]])
    await run(joint)

    for name, there in made.items():
        now, changed = await shop(joint, "sales", sales[name]["id"]), await book(joint, "invoice", there["Id"])
        assert (name, _cents(now["total"])) == (name, _cents(changed["TotalAmt"]))
        assert (name, _cents(now["tax_total"])) == (name, _cents(changed["TxnTaxDetail"]["TotalTax"]))
    await quiet(joint)


async def test_i14_a_bundle_arrives_readable_and_is_not_flattened_by_an_edit(joint: Joint) -> None:
    owner = await customer(joint, "Grace")
    parts = [await line(joint, "10.00", "Cup"), await line(joint, "5.00", "Saucer")]
    held = {"ItemGroupLine": [{"ItemRef": {"value": await sales_item(joint)}, "Qty": 1}]}
    group = await joint.person("item", {"Name": "Tea set", "Type": "Group", "ItemGroupDetail": held})
    bundle = {
        "DetailType": "GroupLineDetail",
        "Description": "Set",
        "GroupLineDetail": {"GroupItemRef": {"value": group["Id"]}, "Quantity": 1, "Line": parts},
    }
    made = await invoice(joint, owner["Id"], bundle, await line(joint, "20.00", "Table"))
    await run(joint)
    [sale] = await joint.shop_list("sales")
    lines = [*sale["lines"][:-1], {**sale["lines"][-1], "quantity": "1", "unit_price": "30.00"}]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": lines})
    await run(joint)

    changed = await book(joint, "invoice", made["Id"])
    assert changed["Line"][0]["DetailType"] == "GroupLineDetail"
    await quiet(joint)


async def test_i14_a_tax_that_is_no_rounding_is_parked_before_it_is_sent(joint: Joint) -> None:
    goods = {**TEA, "tax_rate": "10", "tax_amount": "9.00"}
    await joint.sale((await joint.contact())["id"], goods)
    wrote = await run(joint)

    assert await joint.books_list("invoice") == [], wrote
    [item] = await joint.attention()
    assert item.kind == "refused"
    assert "not rounding" in item.summary


async def test_s4_a_tax_code_of_the_books_that_is_not_mapped_waits_for_the_configuration(joint: Joint) -> None:
    owner = await customer(joint, "Grace")
    await joint.configure(tax_codes=())
    await invoice(joint, owner["Id"], await line(joint, "10.00"))
    await run(joint)

    assert await joint.shop_list("sales") == []
    assert await asked(joint) == [("S4", "unmapped")]

    await joint.configure(tax_codes=(MappedTaxCode("GST", await tax_code(joint), "10"),))
    await run(joint)

    [sale] = await joint.shop_list("sales")
    assert (sale["total"], sale["tax_total"]) == ("11.00", "1.00")
    await quiet(joint)
