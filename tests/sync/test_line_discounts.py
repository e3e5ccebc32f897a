"""The discount of a single line: it stays while it still makes the line's amount, and never costs a cent (I14, I15)."""

from decimal import Decimal
from typing import Any, Literal

import pytest

from tests.quickbooks.hazard_register import survives
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import Body, asked, book, change, customer, invoice, line, plain, quiet, run, shop
from tests.sync.test_discount_lines import us_line

MEMBERS = ("Qty", "UnitPrice", "DiscountRate", "DiscountAmt")


async def discounted(joint: Joint, mode: str, words: str, quantity: int, each: str, **off: Any) -> Body:
    """A line of `quantity` times `each` less its own discount, as a person sees it in QuickBooks."""
    whole = quantity * Decimal(each)
    less = (
        whole * Decimal(str(off["DiscountRate"])) / 100 if "DiscountRate" in off else Decimal(str(off["DiscountAmt"]))
    )
    amount = str((whole - less).quantize(Decimal("0.01")))
    detail = {"Qty": quantity, "UnitPrice": float(each), **off}
    return await (us_line(joint, amount, words, **detail) if mode == "US" else line(joint, amount, words, **detail))


def discounts(document: Body) -> list[dict[str, Any]]:
    details = [x["SalesItemLineDetail"] for x in document["Line"] if x["DetailType"] == "SalesItemLineDetail"]
    return [{name: detail[name] for name in MEMBERS if name in detail} for detail in details]


async def story(joint: Joint, mode: str) -> None:
    await run(joint)
    owner = await customer(joint, "Grace")
    lines = [
        await discounted(joint, mode, "Cups", 3, "40.00", DiscountRate=10),
        await discounted(joint, mode, "Plates", 2, "25.00", DiscountAmt=5),
        await (us_line(joint, "20.00", "Work") if mode == "US" else line(joint, "20.00", "Work")),
    ]
    given = {} if mode == "US" else {"GlobalTaxCalculation": mode}
    made = await invoice(joint, owner["Id"], *lines, **given)
    there = discounts(await book(joint, "invoice", made["Id"]))
    assert [("DiscountRate" in x, "DiscountAmt" in x) for x in there] == [(True, True), (False, True), (False, False)]
    await run(joint)
    [sale] = await joint.shop_list("sales")
    # 108.00 + 45.00 + 20.00: nothing of it became a rounding
    assert sum(Decimal(x["line_total"]) for x in sale["lines"]) == Decimal("173.00")
    assert len(sale["lines"]) == 3

    async def edit(place: int, **members: Any) -> list[dict[str, Any]]:
        now = (await shop(joint, "sales", sale["id"]))["lines"]
        changed = [x | members if n == place else x for n, x in enumerate(now)]
        await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": changed})
        await run(joint)
        document = await book(joint, "invoice", made["Id"])
        assert Decimal(str(document["TotalAmt"])) == Decimal((await shop(joint, "sales", sale["id"]))["total"])
        return discounts(document)

    # another line changes: both discounts stay as they are
    after = await edit(2, quantity="1", unit_price="30.00")
    assert after[:2] == there[:2]

    # more of the same: the rate makes the amount still
    if mode != "TaxInclusive":
        after = await edit(0, quantity="4")
        assert (after[0]["Qty"], after[0]["UnitPrice"], after[0]["DiscountRate"], after[0]["DiscountAmt"]) == (
            4,
            40,
            10,
            16,
        )
        assert after[1] == there[1]

    # another price: the discount is no longer what makes the amount, and the amount is right
    after = await edit(0, quantity="4", unit_price="31.00")
    assert "DiscountRate" not in after[0]
    assert "DiscountAmt" not in after[0]
    assert after[1] == there[1]

    # an edit in QuickBooks
    document = await book(joint, "invoice", made["Id"])
    moved = await discounted(joint, mode, "Plates", 2, "25.00", DiscountRate=50)
    kept = [x | ({**moved, "Id": x["Id"]} if n == 1 else {}) for n, x in enumerate(document["Line"])]
    await change(joint, "invoice", made["Id"], Line=plain(kept))
    await run(joint)
    now = await shop(joint, "sales", sale["id"])
    assert Decimal(now["total"]) == Decimal(str((await book(joint, "invoice", made["Id"]))["TotalAmt"]))
    assert [Decimal(x["line_total"]) for x in now["lines"]] == [Decimal(124), Decimal(25), Decimal(30)]

    assert await asked(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("mode", ["TaxExcluded", "TaxInclusive", "US"])
async def test_i15_the_discount_of_a_line_stays_while_it_makes_the_amount_of_the_line(
    own_database: DatabaseUrls, mode: str
) -> None:
    country: Literal["AU", "US"] = "US" if mode == "US" else "AU"
    async with joined(own_database.app, country=country) as joint:
        await story(joint, mode)


@survives("line_discount_beside")
async def test_i14_discounts_that_only_the_total_shows_are_taken_off_their_lines(joint: Joint) -> None:
    await joint.hazard("quickbooks", "line_discount_beside")
    await story(joint, "TaxExcluded")
