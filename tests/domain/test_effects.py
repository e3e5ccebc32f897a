"""What single writes move in the books, by what was invoiced and by what was paid."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from app.domain.model.operations import Action, Operation
from app.domain.model.records import Allocation, Counterpart, Kind, Line, Money, Payment, Receipt, Record, Sale, Side
from app.domain.planning.effects import Effect, Figures, PlannedBooks, as_read

D = Decimal
DAY, PAID = dt.date(2026, 11, 2), dt.date(2026, 12, 3)
MONEY = Money("AUD", (Line(D("22.00"), tax_code="5", tax=D("2.00")),), True, D("2.00"), D("22.00"))
SALE = Sale("7", MONEY, date=DAY)


def create(kind: Kind, source: str, record: Record) -> Operation:
    return Operation(Action.CREATE, Side.QUICKBOOKS, kind, "S1", "", source_id=source, record=record)


def paid(amount: str, sale: str | Counterpart, **members: object) -> Receipt:
    return Receipt("7", Payment(D(amount), "AUD", (Allocation(sale, D(amount)),)), "35", PAID, **members)  # type: ignore[arg-type]


def moved(effects: list[Effect]) -> dict[tuple[str, str, str], Decimal]:
    return {(e.figure, e.key, f"{e.day:%m}"): e.amount for e in effects}


def test_an_invoice_counts_on_its_day_and_its_payment_only_moves_money() -> None:
    books = PlannedBooks(cash=False)

    made = books.carry_out(create(Kind.SALE, "1", SALE), SALE, as_read(MONEY))
    receipt = paid("22.00", Counterpart(Kind.SALE, "1"))
    received = books.carry_out(create(Kind.RECEIPT, "2", receipt), receipt, None)

    assert moved(made) == {
        ("receivables", "", "11"): D("22.00"), ("sales", "5", "11"): D("20.00"), ("tax", "", "11"): D("2.00"),
    }  # fmt: skip
    assert moved(received) == {("account", "35", "12"): D("22.00"), ("receivables", "", "12"): D("-22.00")}


def test_by_payment_the_part_that_is_paid_counts_on_the_day_of_the_payment() -> None:
    books = PlannedBooks(cash=True)

    made = books.carry_out(create(Kind.SALE, "1", SALE), SALE, as_read(MONEY))
    receipt = paid("11.00", Counterpart(Kind.SALE, "1"))
    received = books.carry_out(create(Kind.RECEIPT, "2", receipt), receipt, None)

    assert moved(made) == {("receivables", "", "11"): D("22.00")}
    assert moved(received)["sales", "5", "12"] == D("10.00")
    assert moved(received)["tax", "", "12"] == D("1.00")


def test_by_payment_a_paid_invoice_that_is_changed_or_goes_moves_what_counted() -> None:
    books = PlannedBooks(cash=True)
    books.know(Kind.SALE, "145", SALE)
    books.know(Kind.RECEIPT, "9", paid("22.00", "145"))
    change = Operation(
        Action.UPDATE, Side.QUICKBOOKS, Kind.SALE, "S2", "", target_id="145", record=SALE, fields=("money",)
    )
    free = Figures({"6": D("22.00")}, D(0), D("22.00"))

    changed = books.carry_out(change, SALE, free)
    gone = books.carry_out(replace(change, action=Action.DELETE), None, None)

    assert moved(changed) == {
        ("sales", "5", "12"): D("-20.00"), ("tax", "", "12"): D("-2.00"), ("sales", "6", "12"): D("22.00"),
    }  # fmt: skip
    assert moved(gone) == {("receivables", "", "11"): D("-22.00"), ("sales", "6", "12"): D("-22.00")}


def test_credit_counts_against_sales_and_goodwill_is_owed_by_nobody() -> None:
    books = PlannedBooks(cash=False)
    credit = replace(SALE, type="adjustment")
    refund = paid("-22.00", "145", expense_account="80")

    given = books.carry_out(create(Kind.SALE, "3", credit), credit, as_read(MONEY))
    spent = books.carry_out(create(Kind.RECEIPT, "4", refund), refund, None)

    assert moved(given)["receivables", "", "11"] == D("-22.00")
    assert moved(given)["sales", "5", "11"] == D("-20.00")
    assert moved(spent) == {("account", "35", "12"): D("-22.00")}
