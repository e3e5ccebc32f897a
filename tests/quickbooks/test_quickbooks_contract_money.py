"""The contract between client and simulator, row by row: tax, rounding, payments, and documents that may not be touched."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.domain.model.exchange import OutcomeState
from app.domain.model.operations import Action
from app.domain.model.records import (
    Allocation,
    Kind,
    Line,
    Money,
    Payment,
    Receipt,
    Sale,
)
from app.domain.model.totals import moved
from tests.quickbooks.company import Company
from tests.quickbooks.contract_rows import row
from tests.quickbooks.test_quickbooks_contract_objects import posted
from tests.quickbooks.test_writing_quickbooks import document, sale, snapshot_of


def goods(amount: str, item: str, code: str = "", tax: str = "0.00") -> Line:
    """One line of a sale."""
    return Line(Decimal(amount), item=item, description="x", tax_code=code, tax=Decimal(tax))


async def bought(books: Company, *lines: Line, currency: str = "AUD", inclusive: bool = False) -> tuple[Money, Money]:
    """What a sale of these lines says, and what QuickBooks answers to it."""
    tax = sum((line.tax for line in lines), Decimal(0))
    total = sum((line.total for line in lines), Decimal(0)) + (Decimal(0) if inclusive else tax)
    record = Sale(await books.customer("A"), Money(currency, lines, inclusive, tax, total), date=date(2026, 11, 1))
    made = snapshot_of(await books.create(Kind.SALE, record))
    assert isinstance(made.record, Sale)
    return record.money, made.record.money


@row("US TAX/NON")
async def test_american_lines_are_taxable_or_not_and_the_tax_is_one_stated_sum(american: Company) -> None:
    item = await american.item("Goods", Taxable=True)
    detail = {"ItemRef": {"value": item}, "TaxCodeRef": {"value": "7"}}
    line = {"DetailType": "SalesItemLineDetail", "Amount": 5, "SalesItemLineDetail": detail}
    customer = {"value": await american.customer("B")}
    (wrong,) = await posted(american, {"operation": "create", "Invoice": {"CustomerRef": customer, "Line": [line]}})
    assert wrong["Fault"]["Error"][0]["code"] == "6100"

    wanted, answered = await bought(
        american, goods("100.00", item, "TAX", "8.25"), goods("50.00", item, "NON"), currency="USD"
    )

    assert (moved(wanted, answered), [x.tax_code for x in answered.lines]) == ("", ["TAX", "NON"])


@row("AU GST codes")
async def test_australian_lines_need_a_code_and_are_taxed_by_it(books: Company) -> None:
    item, gst, free = await books.item(), await books.tax_code("GST"), await books.tax_code("GST-free")
    detail = {"ItemRef": {"value": item}}
    line = {"DetailType": "SalesItemLineDetail", "Amount": 5, "SalesItemLineDetail": detail}
    customer = {"value": await books.customer("B")}
    (wrong,) = await posted(books, {"operation": "create", "Invoice": {"CustomerRef": customer, "Line": [line]}})
    error = wrong["Fault"]["Error"][0]
    assert (error["code"], "GST rate" in error["Detail"]) == ("6000", True)

    wanted, answered = await bought(books, goods("100.00", item, gst, "10.00"), goods("50.00", item, free))

    assert (moved(wanted, answered), answered.total) == ("", Decimal(160))
    assert [line.tax for line in answered.lines] == [Decimal(10), Decimal(0)]


@row("GlobalTaxCalculation")
@pytest.mark.parametrize(
    ("inclusive", "total", "mode"), [(True, "110.00", "TaxInclusive"), (False, "121.00", "TaxExcluded")]
)
async def test_tax_lies_inside_or_on_top_as_the_sale_says(
    books: Company, inclusive: bool, total: str, mode: str
) -> None:
    line = goods("110.00", await books.item(), await books.tax_code("GST"), "10.00" if inclusive else "11.00")

    wanted, answered = await bought(books, line, inclusive=inclusive)

    (made,) = await books.objects("invoice")
    assert (made["GlobalTaxCalculation"], answered.amounts_include_tax) == (mode, inclusive)
    assert moved(wanted, answered) == ""
    assert answered.total == Decimal(total)


@row("rounding 9.13")
async def test_tax_is_rounded_once_per_rate_and_the_client_foresees_it_to_the_cent(books: Company) -> None:
    item, gst = await books.item(), await books.tax_code("GST")
    lines = [goods("0.45", item, gst) for _ in range(3)]

    wanted, once = await bought(books, replace(lines[0], tax=Decimal("0.14")), *lines[1:])
    each = [replace(line, tax=Decimal("0.05")) for line in lines]
    shop, per_line = await bought_again(books, *each)

    assert (moved(wanted, once), once.total) == ("", Decimal("1.49"))
    assert (moved(shop, per_line), per_line.total) == ("", Decimal("1.50"))
    assert [i["GlobalTaxCalculation"] for i in await books.objects("invoice")] == ["TaxExcluded", "TaxInclusive"]


async def bought_again(books: Company, *lines: Line) -> tuple[Money, Money]:
    """The same by another customer."""
    await books.person(
        "customer", {"Id": (await books.objects("customer"))[0]["Id"], "sparse": True, "DisplayName": "Z"}
    )
    return await bought(books, *lines)


async def an_invoice(books: Company) -> tuple[str, str, str]:
    """A customer, its invoice of 110, and the bank."""
    customer = await books.customer("A")
    made = snapshot_of(await books.create(Kind.SALE, await sale(books, customer)))
    return customer, made.id, await books.account("Bank")


async def paid(books: Company, invoice: str) -> tuple[Decimal, str]:
    """How much of it is settled, and its version."""
    (found,) = (await books.side.fetch(Kind.SALE, [invoice])).snapshots
    assert isinstance(found.record, Sale)
    return found.record.paid, found.version


async def rewritten(books: Company, action: Action, payment: str, receipt: Receipt) -> Any:
    """A payment changed or voided the way the engine does it."""
    held = (await books.side.documents(Kind.RECEIPT, [payment]))[payment]
    write = books.write(
        action, Kind.RECEIPT, receipt, target=payment, version=held["SyncToken"], fields=("payment",), document=held
    )
    return (await books.send(write))[0]


@row("payment apply and unapply", "payment void")
async def test_applying_unapplying_and_voiding_a_payment_move_what_its_invoice_owes(books: Company) -> None:
    customer, invoice, bank = await an_invoice(books)
    receipt = Receipt(customer, Payment(Decimal(110), "AUD", (Allocation(invoice, Decimal(110)),)), bank)
    loose = replace(receipt, payment=replace(receipt.payment, allocations=()))

    made = snapshot_of(await books.create(Kind.RECEIPT, receipt))
    assert await paid(books, invoice) == (Decimal(110), "1")
    unapplied = snapshot_of(await rewritten(books, Action.UPDATE, made.id, loose))
    assert await paid(books, invoice) == (Decimal(0), "2")
    assert isinstance(unapplied.record, Receipt)
    assert unapplied.record.payment == loose.payment
    snapshot_of(await rewritten(books, Action.UPDATE, made.id, receipt))
    assert await paid(books, invoice) == (Decimal(110), "3")
    voided = snapshot_of(await rewritten(books, Action.VOID, made.id, receipt))
    assert isinstance(voided.record, Receipt)
    assert (voided.record.voided, voided.record.payment.amount) == (True, Decimal(0))
    assert await paid(books, invoice) == (Decimal(0), "4")


@row("payment overpay")
async def test_money_beyond_what_is_owed_stays_unapplied_and_lines_beyond_it_are_refused(books: Company) -> None:
    customer, invoice, bank = await an_invoice(books)
    lines_beyond = Payment(Decimal(150), "AUD", (Allocation(invoice, Decimal(150)),))
    refused = await books.create(Kind.RECEIPT, Receipt(customer, lines_beyond, bank))
    assert (refused.state, refused.code) == (OutcomeState.REFUSED, "6000")

    within = replace(lines_beyond, allocations=(Allocation(invoice, Decimal(110)),))
    made = snapshot_of(await books.create(Kind.RECEIPT, Receipt(customer, within, bank)))

    assert isinstance(made.record, Receipt)
    assert made.record.payment == within
    assert (await document(books, "payment", made.id))["UnappliedAmt"] == 40


@row("6540 after deposit")
@pytest.mark.parametrize("action", [Action.UPDATE, Action.VOID, Action.DELETE])
async def test_a_payment_in_a_bank_deposit_is_not_touched(books: Company, action: Action) -> None:
    customer = await books.customer("A")
    undeposited = await books.account("Other Current Asset", "UndepositedFunds")
    receipt = Receipt(customer, Payment(Decimal(50), "AUD"), undeposited)
    made = snapshot_of(await books.create(Kind.RECEIPT, receipt))
    await books.door("POST", f"/companies/{books.realm}/deposit", {"payments": [made.id]})

    outcome = await rewritten(books, action, made.id, replace(receipt, payment=Payment(Decimal(60), "AUD")))

    assert (outcome.state, outcome.code) == (OutcomeState.REFUSED, "6540")
    assert (await document(books, "payment", made.id))["TotalAmt"] == 50


@row("6210 closed books")
async def test_closed_books_refuse_what_is_dated_before_the_day_and_take_what_comes_after(books: Company) -> None:
    customer, invoice, _ = await an_invoice(books)
    (before,) = (await books.side.fetch(Kind.SALE, [invoice])).snapshots
    await books.door("POST", f"/companies/{books.realm}/close-books", {"date": "2026-11-10"})

    delete = books.write(Action.DELETE, Kind.SALE, before.record, target=invoice, version=before.version)
    (kept,) = await books.send(delete)
    early = await books.create(Kind.SALE, await sale(books, customer, date=date(2026, 11, 10)))
    later = await books.create(Kind.SALE, await sale(books, customer, date=date(2026, 11, 11)))

    assert [(o.state, o.code) for o in (kept, early, later)] == [
        (OutcomeState.REFUSED, "6210"),
        (OutcomeState.REFUSED, "6210"),
        (OutcomeState.DONE, ""),
    ]
