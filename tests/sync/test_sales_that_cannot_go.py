"""C20: what no invoice can say is told in words that say what to do, and whatever part can go goes."""

from typing import Any

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, book, quiet, run, shop

TEA = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "GST"}
BACK = {"description": "Bottles brought back", "quantity": "1", "unit_price": "-33.00", "tax_code": "GST"}
LESS = {"description": "Coffee brought back", "quantity": "1", "unit_price": "-11.00", "tax_code": "GST"}


async def linked(joint: Joint, *lines: dict[str, Any], **members: Any) -> tuple[Body, str]:
    """A sale with its invoice."""
    sale = await joint.sale((await joint.contact())["id"], *(lines or (TEA,)), **members)
    await run(joint)
    [made] = await joint.books_list("invoice")
    return sale, made["Id"]


async def test_a_new_sale_below_zero_makes_nothing_and_says_what_to_do(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"], TEA, BACK)
    assert sale["total"] == "-11.00"
    await run(joint)

    assert (await joint.books_list("invoice"), await joint.books_list("customer")) == ([], [])
    [item] = await joint.attention()
    assert "-11.00 AUD" in item.summary
    assert "adjustment" in item.summary
    await quiet(joint)

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [sale["lines"][0]]})
    await joint.sale(sale["contact_id"], BACK, kind="adjustment", adjusts_sale_id=sale["id"])
    await run(joint)
    assert [f"{i['TotalAmt']:.2f}" for i in await joint.books_list("invoice")] == ["22.00"]
    assert [f"{c['TotalAmt']:.2f}" for c in await joint.books_list("creditmemo")] == ["33.00"]
    assert await joint.attention() == []


async def test_a_linked_sale_that_falls_below_zero_keeps_its_invoice_and_the_rest_of_the_edit_goes(
    joint: Joint,
) -> None:
    sale, made = await linked(joint)
    edit = {"lines": [*sale["lines"], BACK], "notes": "With thanks", "due_date": "2026-12-24"}
    await joint.in_shop("PATCH", f"sales/{sale['id']}", edit)
    await run(joint)

    after = await book(joint, "invoice", made)
    assert (f"{after['TotalAmt']:.2f}", after["CustomerMemo"]["value"], after["DueDate"]) == (
        "22.00",
        "With thanks",
        "2026-12-24",
    )
    [item] = await joint.attention()
    assert "-11.00 AUD" in item.summary
    await quiet(joint)

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [sale["lines"][0]]})
    await run(joint)
    assert await joint.attention() == []
    await quiet(joint)


@pytest.mark.parametrize(
    ("lines", "total"), [((TEA, LESS), "11.00"), ((TEA, {**BACK, "unit_price": "-22.00"}), "0.00")]
)
async def test_a_sale_with_something_given_back_that_does_not_fall_below_zero_is_an_invoice(
    joint: Joint, lines: tuple[dict[str, Any], ...], total: str
) -> None:
    sale = await joint.sale((await joint.contact())["id"], *lines)
    await run(joint)

    assert sale["total"] == total
    assert [f"{i['TotalAmt']:.2f}" for i in await joint.books_list("invoice")] == [total]
    assert await joint.attention() == []


FREIGHT = {"method": "Express post", "amount": "11.00", "tax_code": "GST", "tax_amount": "0.50"}


@pytest.mark.parametrize(
    ("included", "taxed", "rest", "whole"), [(True, "5.50", "5.50", "1.05"), (False, "5.00", "6.00", "1.10")]
)
async def test_freight_that_is_taxed_in_part_says_how_to_part_it(
    joint: Joint, included: bool, taxed: str, rest: str, whole: str
) -> None:
    sale = await joint.sale((await joint.contact())["id"], TEA, shipping=FREIGHT, amounts_include_tax=included)
    await run(joint)

    assert await joint.books_list("invoice") == []
    [item] = await joint.attention()
    assert '"Express post" of 11.00 is taxed in part' in item.summary
    assert whole in item.summary
    assert taxed in item.advice
    assert rest in item.advice

    free = next(str(c["code"]) for c in await joint.shop_list("tax-codes") if float(c["rate"]) == 0)
    parted = {"description": "Express post", "quantity": "1", "unit_price": rest, "tax_code": free}
    await joint.in_shop(
        "PATCH",
        f"sales/{sale['id']}",
        {
            "lines": [sale["lines"][0], parted],
            "shipping": {"method": "Express post", "amount": taxed, "tax_code": "GST"},
        },
    )
    await run(joint)
    [made] = await joint.books_list("invoice")
    after = await shop(joint, "sales", sale["id"])
    assert (f"{made['TotalAmt']:.2f}", f"{made['TxnTaxDetail']['TotalTax']:.2f}") == (
        after["total"],
        after["tax_total"],
    )
    assert (after["total"], after["tax_total"]) == (sale["total"], sale["tax_total"])
    assert await joint.attention() == []


async def test_an_invoice_whose_freight_becomes_taxed_in_part_takes_the_rest_of_the_edit(joint: Joint) -> None:
    sale, made = await linked(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"shipping": FREIGHT, "notes": "With thanks"})
    await run(joint)

    after = await book(joint, "invoice", made)
    assert (f"{after['TotalAmt']:.2f}", after["CustomerMemo"]["value"]) == ("22.00", "With thanks")
    [item] = await joint.attention()
    assert "taxed in part" in item.summary
    await quiet(joint)

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"shipping": {**FREIGHT, "tax_amount": None}})
    await run(joint)
    assert f"{(await book(joint, 'invoice', made))['TotalAmt']:.2f}" == "33.00"
    assert await joint.attention() == []


@pytest.mark.parametrize("shipping", [{"amount": "11.00", "tax_code": "GST"}, {"amount": "11.00", "tax_code": "FRE"}])
async def test_freight_that_is_taxed_whole_or_not_at_all_goes(joint: Joint, shipping: dict[str, Any]) -> None:
    sale, made = await linked(joint, TEA, shipping={"method": "Express post", **shipping})

    assert f"{(await book(joint, 'invoice', made))['TotalAmt']:.2f}" == sale["total"] == "33.00"
    assert await joint.attention() == []
