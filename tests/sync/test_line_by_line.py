"""A sale's lines one by one: an edit of one leaves the others, and what was not changed in it, as they are (S2, S5)."""

from typing import Any

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, book, change, customer, invoice, line, plain, quiet, run, shop

LONG = ("Hand thrown and twice fired, " * 150).strip()
LINES: list[dict[str, Any]] = [
    {"description": "Tea", "quantity": "2", "unit_price": "11.00", "discount_amount": "2.00", "tax_code": "GST"},
    {"description": LONG, "quantity": "1", "unit_price": "44.00", "tax_code": "GST"},
    {"description": "Cup", "quantity": "3", "unit_price": "5.50", "tax_code": "GST"},
]
ORDER: dict[str, Any] = {
    "order_discounts": [{"description": "Spring sale", "amount": "4.40", "tax_code": "GST"}],
    "shipping": {"method": "Express post", "amount": "9.90", "tax_code": "GST"},
    "rounding": "-0.02",
}


async def rich_sale(joint: Joint, **members: Any) -> tuple[Body, str]:
    """A sale of everything that a shop knows, with its invoice."""
    sale = await joint.sale((await joint.contact())["id"], *LINES, **{**ORDER, **members})
    await run(joint)
    [made] = await joint.books_list("invoice")
    return sale, made["Id"]


async def edit_line(joint: Joint, invoice_id: str, words: str, amount: str | None = None, **members: Any) -> None:
    """The bookkeeper edits one line, as QuickBooks' screen does: the others are sent back as they are. The amount is in
    the document's own mode."""
    document = await book(joint, "invoice", invoice_id)
    lines = [x for x in document["Line"] if x["DetailType"] != "SubTotalLineDetail"]
    [one] = [x for x in lines if x.get("Description", "").startswith(words)]
    one |= members
    if amount is not None:
        detail = {k: v for k, v in one["SalesItemLineDetail"].items() if k not in ("UnitPrice", "TaxInclusiveAmt")}
        one |= {"Amount": float(amount), "SalesItemLineDetail": detail}
    await change(joint, "invoice", invoice_id, Line=lines)


def kept(sale: Body, *but: str) -> dict[str, Any]:
    """What a sale says besides some lines and its sums."""
    lines = [
        {k: x[k] for k in ("id", "kind", "description", "quantity", "unit_price", "discount_amount", "tax_code")}
        for x in sale["lines"]
        if x["description"] not in but
    ]
    order = [{k: d[k] for k in ("description", "amount", "tax_code")} for d in sale["order_discounts"]]
    shipping = {k: sale["shipping"][k] for k in ("method", "amount", "tax_code")} if sale["shipping"] else None
    return {
        "lines": lines,
        "order_discounts": order,
        "shipping": shipping,
        "rounding": sale["rounding"],
        "amounts_include_tax": sale["amounts_include_tax"],
    }


async def same_money(joint: Joint, sale_id: str, invoice_id: str) -> None:
    """Both documents come to the same, in total and in tax."""
    sale, document = await shop(joint, "sales", sale_id), await book(joint, "invoice", invoice_id)
    tax = document.get("TxnTaxDetail", {}).get("TotalTax", 0)

    assert (sale["total"], sale["tax_total"]) == (f"{document['TotalAmt']:.2f}", f"{tax:.2f}")


async def test_a_price_changed_in_the_books_leaves_everything_else_of_the_sale_as_it_was(joint: Joint) -> None:
    sale, made = await rich_sale(joint)
    await edit_line(joint, made, "Cup", "20.00")
    await run(joint)

    after = await shop(joint, "sales", sale["id"])
    cup = next(x for x in after["lines"] if x["description"] == "Cup")
    assert kept(after, "Cup") == kept(sale, "Cup")
    assert (cup["quantity"], cup["line_total"], cup["kind"]) == ("3", "20.00", "item")
    await same_money(joint, sale["id"], made)
    await quiet(joint)


async def test_a_line_renamed_in_the_books_is_renamed_and_nothing_else(joint: Joint) -> None:
    sale, made = await rich_sale(joint)
    await edit_line(joint, made, "Tea", Description="Green tea")
    await run(joint)

    after = await shop(joint, "sales", sale["id"])
    assert kept(after, "Green tea") == kept(sale, "Tea")
    tea = next(x for x in after["lines"] if x["description"] == "Green tea")
    assert {**tea, "description": "Tea"} == next(x for x in sale["lines"] if x["description"] == "Tea")
    assert (after["total"], after["tax_total"]) == (sale["total"], sale["tax_total"])
    await quiet(joint)


@pytest.mark.parametrize(
    ("words", "amount", "changed"),
    [
        ("Express post", "13.20", {"shipping": {"method": "Express post", "amount": "13.20", "tax_code": "GST"}}),
        (
            "Spring sale",
            "-8.80",
            {"order_discounts": [{"description": "Spring sale", "amount": "8.80", "tax_code": "GST"}]},
        ),
    ],
)
async def test_what_a_shop_keeps_beside_its_lines_changes_in_its_place(
    joint: Joint, words: str, amount: str, changed: dict[str, Any]
) -> None:
    sale, made = await rich_sale(joint)
    await edit_line(joint, made, words, amount)
    await run(joint)

    after = await shop(joint, "sales", sale["id"])
    assert kept(after) == {**kept(sale), **changed}
    await same_money(joint, sale["id"], made)
    await quiet(joint)


async def test_shipping_renamed_in_the_books_is_still_shipping(joint: Joint) -> None:
    sale, made = await rich_sale(joint)
    await edit_line(joint, made, "Express post", Description="Courier")
    await run(joint)

    after = await shop(joint, "sales", sale["id"])
    assert kept(after) == {**kept(sale), "shipping": {**kept(sale)["shipping"], "method": "Courier"}}
    await quiet(joint)


async def test_a_discounted_line_whose_price_changes_in_the_books_keeps_its_discount(joint: Joint) -> None:
    sale, made = await rich_sale(joint)
    await edit_line(joint, made, "Tea", "22.00")
    await run(joint)

    after = await shop(joint, "sales", sale["id"])
    tea = next(x for x in after["lines"] if x["description"] == "Tea")
    assert (tea["quantity"], tea["unit_price"], tea["discount_amount"], tea["line_total"]) == (
        "2",
        "12.00",
        "2.00",
        "22.00",
    )
    assert kept(after, "Tea") == kept(sale, "Tea")
    await same_money(joint, sale["id"], made)


async def test_a_sale_that_excludes_tax_keeps_that_and_its_lines_when_a_price_changes_in_the_books(
    joint: Joint,
) -> None:
    sale, made = await rich_sale(joint, amounts_include_tax=False)
    await edit_line(joint, made, "Cup", "20.00")
    await run(joint)

    after = await shop(joint, "sales", sale["id"])
    assert kept(after, "Cup") == kept(sale, "Cup")
    await same_money(joint, sale["id"], made)
    await quiet(joint)


async def test_a_line_added_and_one_taken_off_in_the_books_come_and_go_alone(joint: Joint) -> None:
    sale, made = await rich_sale(joint)
    document = await book(joint, "invoice", made)
    kept_lines = [
        x
        for x in document["Line"]
        if x["DetailType"] != "SubTotalLineDetail" and x.get("Description") not in ("Cup", "Express post")
    ]
    await change(joint, "invoice", made, Line=[*kept_lines, await line(joint, "10.00", "Saucer")])
    await run(joint)

    after = await shop(joint, "sales", sale["id"])
    assert [x["description"] for x in after["lines"]] == ["Tea", after["lines"][1]["description"], "Saucer"]
    assert after["lines"][1]["description"] == LONG
    assert after["shipping"] is None
    assert kept(after, "Saucer")["order_discounts"] == kept(sale)["order_discounts"]
    await same_money(joint, sale["id"], made)
    await quiet(joint)


async def test_an_edit_in_the_shop_leaves_the_other_lines_of_the_invoice_as_they_are(joint: Joint) -> None:
    sale, made = await rich_sale(joint)
    before = await book(joint, "invoice", made)
    lines = [{**x, "unit_price": "6.60"} if x["description"] == "Cup" else x for x in sale["lines"]]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": lines})
    await run(joint)

    after = await book(joint, "invoice", made)
    assert [x for x in after["Line"] if x.get("Description") not in ("Cup", None)] == [
        x for x in before["Line"] if x.get("Description") not in ("Cup", None)
    ]
    await same_money(joint, sale["id"], made)
    await quiet(joint)


async def dated(joint: Joint, *words: str) -> tuple[Body, Body]:
    """An invoice made in the books whose lines have service dates, and its sale."""
    made = await customer(joint, "Grace")
    lines = [
        await line(joint, f"{10 * (n + 1)}.00", name, ServiceDate=f"2026-10-0{n + 1}") for n, name in enumerate(words)
    ]
    document = await invoice(joint, made["Id"], *lines)
    await run(joint)
    [sale] = await joint.shop_list("sales")
    return sale, document


async def service_dates(joint: Joint, invoice_id: str) -> dict[str, str | None]:
    """Per line of an invoice."""
    return {
        x["Description"]: x["SalesItemLineDetail"].get("ServiceDate")
        for x in (await book(joint, "invoice", invoice_id))["Line"]
        if x["DetailType"] == "SalesItemLineDetail"
    }


NEW = {"description": "Coffee", "quantity": "1", "unit_price": "22.00", "tax_code": "GST"}


async def test_a_new_line_inherits_nothing_of_a_deleted_one(joint: Joint) -> None:
    sale, document = await dated(joint, "Design", "Print")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [sale["lines"][0], NEW]})
    await run(joint)

    assert await service_dates(joint, document["Id"]) == {"Design": "2026-10-01", "Coffee": None}
    await quiet(joint)


async def test_the_only_line_replaced_by_another_inherits_nothing(joint: Joint) -> None:
    sale, document = await dated(joint, "Design")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [NEW]})
    await run(joint)

    assert await service_dates(joint, document["Id"]) == {"Coffee": None}
    await quiet(joint)


async def test_a_new_line_takes_its_own_tax_code_and_not_that_of_a_deleted_one(joint: Joint) -> None:
    sale, document = await dated(joint, "Design", "Print")
    free = next(str(c["code"]) for c in await joint.shop_list("tax-codes") if float(c["rate"]) == 0)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [sale["lines"][0], {**NEW, "tax_code": free}]})
    await run(joint)

    after = await book(joint, "invoice", document["Id"])
    code = next(x["SalesItemLineDetail"]["TaxCodeRef"]["value"] for x in after["Line"] if x["Description"] == "Coffee")
    names = {str(c["Id"]): c["Name"] for c in await joint.books_list("taxcode")}
    assert "free" in names[code].lower()
    await same_money(joint, sale["id"], document["Id"])


async def test_lines_that_were_typed_anew_as_they_were_keep_what_is_theirs(joint: Joint) -> None:
    sale, document = await dated(joint, "Design", "Print")
    anew = [{k: v for k, v in x.items() if k not in ("id", "external_ref")} for x in sale["lines"]]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": anew})
    await run(joint)

    assert await service_dates(joint, document["Id"]) == {"Design": "2026-10-01", "Print": "2026-10-02"}
    await quiet(joint)


async def test_an_edited_line_keeps_its_service_date(joint: Joint) -> None:
    sale, document = await dated(joint, "Design", "Print")
    lines = [{**sale["lines"][0], "description": "Layout", "unit_price": "33.00"}, sale["lines"][1]]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": plain(lines)})
    await run(joint)

    assert await service_dates(joint, document["Id"]) == {"Layout": "2026-10-01", "Print": "2026-10-02"}
    await same_money(joint, sale["id"], document["Id"])
    await quiet(joint)
