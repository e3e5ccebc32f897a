"""A discount for a whole invoice, edited on either side, whatever its Amount means where amounts include tax (I14).

QuickBooks has no `TaxInclusiveAmt` on a discount line, and whether the Amount there is net or gross is recorded nowhere: so
each story is played in every world that could be the real one.
"""

from decimal import Decimal
from typing import Any, Literal

import pytest

from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
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
    shop,
)

WORLDS: dict[str, dict[str, str]] = {
    "net, as a sales line's": {},
    "gross": {"answers": "gross", "requests": "gross"},
    "gross only where it is asked for": {"answers": "net", "requests": "gross"},
    "gross only where it is answered": {"answers": "gross", "requests": "net"},
}
OFF: dict[str, Body] = {
    "7.5 %": {"DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 7.5}},
    "a third": {"DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 33.33}},
    "3.33": {"Amount": 3.33, "DiscountLineDetail": {"PercentBased": False}},
    "five cents, which no net amount makes": {"Amount": 0.05, "DiscountLineDetail": {"PercentBased": False}},
}


async def with_discount(joint: Joint, country: str, mode: str, *, taxed: bool, off: Body, **members: Any) -> Body:
    """An invoice of two lines with a discount in an account of its own, made in QuickBooks' screens."""
    words = f"{mode}, {'taxed' if taxed else 'free of tax'}, {members.pop('words')}"
    code = {"AU": "GST" if taxed else "GST-free", "US": "TAX" if taxed else "NON"}[country]
    owner = members.pop("owner")
    detail = {"TaxCodeRef": {"value": code}} if country == "US" else {}
    named = {} if country == "US" else {"code": _name(joint, code)}
    lines = [
        await _line(joint, "29.97", "Tea", detail, named, Qty=3, UnitPrice=9.99),
        await _line(joint, "11.11", "Cup", detail, named),
    ]
    discount = {
        **off,
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {**off["DiscountLineDetail"], "DiscountAccountRef": {"value": await account(joint)}},
    }
    given = {} if country == "US" else {"GlobalTaxCalculation": mode}
    return await invoice(joint, owner, *lines, discount, CustomerMemo={"value": words}, **given, **members)


def _name(joint: Joint, code: str) -> str:
    books = joint.books.companies[joint.realm]
    return next(
        str(c.body["Name"]) for c in books.table("TaxCode").rows.values() if c.body["Name"].lower() == code.lower()
    )


async def _line(joint: Joint, amount: str, words: str, detail: Body, named: Body, **more: Any) -> Body:
    made = await line(joint, amount, words, **named, **more) if named else await us_line(joint, amount, words, **more)
    made["SalesItemLineDetail"] |= detail
    return made


async def us_line(joint: Joint, amount: str, words: str, **more: Any) -> Body:
    item = next(str(i["Id"]) for i in await joint.books_list("item") if i["Name"] == "Oncord sales")
    inner = {"ItemRef": {"value": item}, **more}
    return {
        "Amount": Decimal(amount),
        "Description": words,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": inner,
    }


async def account(joint: Joint) -> str:
    """An income account that is not the one discounts go to by themselves."""
    return next(str(a["Id"]) for a in await joint.books_list("account") if a["Name"] == "Shipping Income")


def discount_of(document: Body) -> Body | None:
    return next((x for x in document["Line"] if x["DetailType"] == "DiscountLineDetail"), None)


def cents(value: Any) -> Decimal:
    return Decimal(str(value or 0)).quantize(Decimal("0.01"))


async def agree(joint: Joint, step: str, sales: dict[str, Body], made: dict[str, Body]) -> None:
    """One run, and both sides say the same of every document; nobody is asked, and nothing is left to do."""
    await run(joint)
    assert await asked(joint) == [], [item.summary for item in await joint.attention()]
    for name, there in made.items():
        now, document = await shop(joint, "sales", sales[name]["id"]), await book(joint, "invoice", there["Id"])
        assert (step, name, cents(now["total"])) == (step, name, cents(document["TotalAmt"]))
        tax = (document.get("TxnTaxDetail") or {}).get("TotalTax")
        assert (step, name, cents(now["tax_total"])) == (step, name, cents(tax))
    await quiet(joint)


@pytest.mark.parametrize(
    ("country", "world"), [*(("AU", w) for w in WORLDS), ("US", "net, as a sales line's")], ids=str
)
async def test_i14_a_discount_for_the_whole_is_edited_on_either_side_to_the_cent(
    own_database: DatabaseUrls, country: Literal["AU", "US"], world: str
) -> None:
    async with joined(own_database.app, country=country) as joint:
        assert (await joint.sync()).state == "succeeded"
        if WORLDS[world]:
            await joint.hazard("quickbooks", "discount_gross", True, **WORLDS[world])
        owner = await customer(joint, "Grace")
        made: dict[str, Body] = {}
        modes = ("TaxInclusive", "TaxExcluded") if not WORLDS[world] else ("TaxInclusive",)
        for mode in modes if country == "AU" else ("",):
            for taxed in (True, False) if not WORLDS[world] else (True,):
                for words, off in OFF.items():
                    document = await with_discount(
                        joint, country, mode, taxed=taxed, off=off, words=words, owner=owner["Id"]
                    )
                    made[document["CustomerMemo"]["value"]] = document
        await run(joint)
        sales = {s["notes"]: s for s in await joint.shop_list("sales")}
        assert set(sales) == set(made)
        await agree(joint, "made in QuickBooks", sales, made)

        for sale in sales.values():
            first, *others = (await shop(joint, "sales", sale["id"]))["lines"]
            await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**first, "quantity": "2"}, *others]})
        await agree(joint, "a quantity in the shop", sales, made)

        for sale in sales.values():
            now = await shop(joint, "sales", sale["id"])
            await joint.in_shop("PATCH", f"sales/{sale['id']}", {"order_discounts": [_doubled(now)]})
        await agree(joint, "the discount in the shop", sales, made)
        for name, there in made.items():
            discount = discount_of(await book(joint, "invoice", there["Id"]))
            if keeps_its_discount_line(country, world, name):
                assert discount is not None, name
                assert discount["DiscountLineDetail"]["DiscountAccountRef"]["value"] == await account(joint)
            elif world.startswith("gross only"):
                assert discount is None, name

        for there in made.values():
            document = await book(joint, "invoice", there["Id"])
            lines = [x for x in document["Line"] if x["DetailType"] != "SubTotalLineDetail"]
            detail = {k: v for k, v in lines[1]["SalesItemLineDetail"].items() if k not in _COMPUTED}
            lines[1] = {**lines[1], "Amount": 17.77, "SalesItemLineDetail": detail}
            await change(joint, "invoice", there["Id"], Line=lines)
        await agree(joint, "an amount in QuickBooks", sales, made)

        for there in made.values():
            document = await book(joint, "invoice", there["Id"])
            lines = [x for x in document["Line"] if x["DetailType"] != "SubTotalLineDetail"]
            if discount_of(document) is not None:
                lines = [x for x in lines if x["DetailType"] != "DiscountLineDetail"]
                off = {"PercentBased": False, "DiscountAccountRef": {"value": await account(joint)}}
                lines.append({"DetailType": "DiscountLineDetail", "Amount": 4.44, "DiscountLineDetail": off})
            await change(joint, "invoice", there["Id"], Line=lines)
        await agree(joint, "the discount in QuickBooks", sales, made)

        for sale in sales.values():
            first, *others = (await shop(joint, "sales", sale["id"]))["lines"]
            changed = {**first, "description": "Green tea"}
            await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [changed, *others]})
        await agree(joint, "words in the shop", sales, made)


def keeps_its_discount_line(country: str, world: str, name: str) -> bool:
    """Whether the discount can stay in its own account, and so has to: not where a net amount makes another gross one, where
    both are the same cent, or where QuickBooks answers otherwise than it asks."""
    certain = country == "US" or name.startswith("TaxExcluded") or "free of tax" in name
    shown = world == "gross" and "five cents" not in name
    return certain or shown or (world == "net, as a sales line's" and name.endswith(" 3.33"))


_COMPUTED = ("UnitPrice", "Qty", "TaxInclusiveAmt")


def _doubled(sale: Body) -> Body:
    [off] = sale["order_discounts"]
    return {**off, "amount": f"{2 * Decimal(off['amount']):.2f}"}
