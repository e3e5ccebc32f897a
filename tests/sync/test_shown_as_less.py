"""What QuickBooks shows less as settled than a sale is paid by is named, never guessed into a receipt (docs/rules.md 5)."""

from decimal import Decimal
from typing import Any

import pytest

from app.sandbox.quickbooks.books.company import Company
from tests.support.joint import Joint
from tests.support.settlements import causes, standing, told
from tests.support.stories import Body, payment, quiet, run, shop


async def paid_in_the_books(joint: Joint, amount: str = "22.00") -> tuple[Body, Body, Body]:
    """A sale of 22.00, its invoice, and a payment from the books that is a receipt by now."""
    contact = await joint.contact()
    sale = await joint.sale(contact["id"], date="2026-10-01", due_date="2026-11-01")
    await run(joint)
    [invoice] = await joint.books_list("invoice")
    into = {"TxnDate": "2026-11-18"}
    there = await payment(joint, invoice["CustomerRef"]["value"], amount, {invoice["Id"]: amount}, **into)
    await run(joint)
    assert len(await joint.shop_list("receipts")) == 1
    return sale, invoice, there


def company(joint: Joint) -> Company:
    return joint.books.companies[joint.realm]


def shows(joint: Joint, invoice: Body, open_: str, **members: Any) -> None:
    """The invoice shows another balance, and QuickBooks tells of the invoice."""
    record = company(joint).get("Invoice", invoice["Id"])
    assert record is not None
    company(joint).change("Invoice", record, {**record.body, "Balance": Decimal(open_), **members})


def silently(joint: Joint, there: Body, **members: Any) -> None:
    """The payment says something else, and nothing tells of it."""
    record = company(joint).get("Payment", there["Id"])
    assert record is not None
    company(joint).table("Payment").relabel(record, {**record.body, **members})


async def shown(joint: Joint, sale: Body) -> tuple[str, str, str | None]:
    held = await shop(joint, "sales", sale["id"])
    return held["books_settled"], held["amount_owing"], held["books_reason"]


async def items(joint: Joint) -> list[Any]:
    return [item for item in await joint.attention() if item.kind == "settled_otherwise"]


@pytest.mark.parametrize(("open_", "less"), [("5.00", "5.00"), ("22.00", "22.00")])
async def test_an_invoice_that_shows_less_than_its_payment_pays_is_named_with_the_amount_and_the_payment(
    joint: Joint, open_: str, less: str
) -> None:
    sale, invoice, _ = await paid_in_the_books(joint)
    shows(joint, invoice, open_)
    await run(joint)

    [item] = await items(joint)
    assert f"payments are applied to invoice {sale['number']}, Ada Lovelace (22.00 AUD, 1 Oct 2026)" in item.summary
    assert f"{less} AUD more than it shows as settled (Payment of 18 Nov 2026)" in item.summary
    assert "compare what the payment is applied to" in item.advice
    settled, owing, why = await shown(joint, sale)
    assert (settled, owing) == ("0.00", "0.00"), "the receipt pays it, and no other was made or unmade"
    words = (
        f"payments are applied to it that come to {less} AUD more than it shows as settled (Payment of 18 Nov 2026)."
    )
    assert why == f"In QuickBooks {words}"
    assert len(await joint.shop_list("receipts")) == 1
    found = await standing(joint, sale)
    assert (told(found), causes(found), found.chase) == (("paid", "22.00", "0.00"), {"receipt": "22.00"}, False)
    await quiet(joint)


async def test_it_closes_by_itself_once_both_say_the_same(joint: Joint) -> None:
    sale, invoice, _ = await paid_in_the_books(joint)
    shows(joint, invoice, "5.00")
    await run(joint)
    shows(joint, invoice, "0.00")
    await run(joint)

    assert await items(joint) == []
    assert await shown(joint, sale) == ("0.00", "0.00", None)
    await quiet(joint)


async def test_who_has_seen_it_is_not_told_again_until_it_moves(joint: Joint) -> None:
    _, invoice, _ = await paid_in_the_books(joint)
    shows(joint, invoice, "5.00")
    await run(joint)
    await joint.answer((await items(joint))[0].id, "dismiss")
    shows(joint, invoice, "5.00", DueDate="2026-11-02")
    await run(joint)
    assert await items(joint) == []

    shows(joint, invoice, "6.00")
    await run(joint)
    assert "6.00 AUD more" in (await items(joint))[0].summary


async def test_a_payment_that_nothing_told_of_is_read_again_before_anybody_is_told(joint: Joint) -> None:
    sale, invoice, there = await paid_in_the_books(joint)
    silently(joint, there, Line=[], UnappliedAmt=Decimal("22.00"))
    shows(joint, invoice, "22.00", LinkedTxn=[])
    await run(joint)
    assert await items(joint) == []
    await run(joint)

    [receipt] = await joint.shop_list("receipts")
    assert (receipt["amount"], receipt["allocations"]) == ("22.00", [])
    assert await shown(joint, sale) == ("0.00", "22.00", None)
    assert await items(joint) == []
    await quiet(joint)


async def test_a_payment_that_was_lost_in_silence_is_a_deletion(joint: Joint) -> None:
    sale, invoice, there = await paid_in_the_books(joint)
    record = company(joint).get("Payment", there["Id"])
    assert record is not None
    company(joint).table("Payment").discard(record, record.updated)
    del company(joint).table("Payment").deleted[record.id]
    shows(joint, invoice, "22.00", LinkedTxn=[])
    await run(joint)
    await run(joint)

    [receipt] = await joint.shop_list("receipts")
    assert receipt["books_status"] == "gone", "R4: it stays where it is, marked"
    assert await items(joint) == []
    assert (await standing(joint, sale)).chase is False


async def test_reading_the_payments_of_many_such_documents_costs_a_few_reads(joint: Joint) -> None:
    contact = await joint.contact()
    sales = [await joint.sale(contact["id"]) for _ in range(5)]
    for sale in sales:
        await joint.receipt(sale)
    await run(joint)
    for invoice in await joint.books_list("invoice"):
        shows(joint, invoice, "1.00")
    await joint.http_books.delete(f"/_sandbox/companies/{joint.realm}/calls")
    await run(joint)
    assert len(await items(joint)) == 5
    assert (await joint.in_books("GET", "calls"))["query"] <= 4

    await joint.http_books.delete(f"/_sandbox/companies/{joint.realm}/calls")
    await quiet(joint)
    assert (await joint.in_books("GET", "calls"))["query"] == 0


async def test_a_receipt_that_pays_more_than_its_payment_is_shown_on_the_sale(joint: Joint) -> None:
    contact = await joint.contact()
    sale = await joint.sale(contact["id"], date="2026-10-01", due_date="2026-11-01")
    await run(joint)
    [invoice] = await joint.books_list("invoice")
    method = await joint.method("paypal")
    receipt = await joint.receipt(sale, "22.00", payment_method_id=method, date="2026-10-02")
    await run(joint)
    there = await payment(joint, invoice["CustomerRef"]["value"], "20.00", {invoice["Id"]: "20.00"})
    await run(joint)
    [item] = [i for i in await joint.attention() if i.kind == "ambiguous_match"]
    await joint.answer(item.id, "choose", receipt["id"] if item.side == "quickbooks" else there["Id"])
    await run(joint)

    why = "QuickBooks shows 2.00 AUD less of it as paid: Receipt of 2 Oct 2026 is for less there."
    assert (await shown(joint, sale))[2] == why
    assert await items(joint) == [], "who said that it is the same money has been told already"
    assert (await standing(joint, sale)).chase is False
    await quiet(joint)
