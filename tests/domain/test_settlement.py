"""How a sale stands, from what both sides hold (docs/oncord.md 5)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from app.domain.model.records import Money, Sale, Side
from app.domain.settlement.causes import Cause, Part
from app.domain.settlement.state import Applied, Settlement, Standing, settlement_of

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
SALE = Sale("7", Money("AUD", total=Decimal(100)), due_date=date(2026, 11, 1))
OPEN = Standing(sale=SALE, linked=True, invoice=SALE, as_of=NOW)


def invoice(paid: int) -> Sale:
    return replace(SALE, paid=Decimal(paid))


def applied(side: Side, amount: int, pair: str = "", *, credit: bool = False) -> Applied:
    return Applied(side, f"{side}{amount}", Decimal(amount), pair, credit)


def of(**members: object) -> Settlement:
    return settlement_of(replace(OPEN, **members), NOW, TODAY)  # type: ignore[arg-type]


def told(found: Settlement) -> tuple[str, int, int, bool]:
    return found.state, int(found.settled), int(found.open), found.chase


def test_what_nobody_has_paid_is_open_and_may_be_chased_when_past_due() -> None:
    assert told(of()) == ("open", 0, 100, True)


def test_money_that_both_sides_hold_counts_once() -> None:
    both = (applied(Side.ONCORD, 40, "r1"), applied(Side.QUICKBOOKS, 40, "r1"))
    assert told(of(applied=both, invoice=invoice(40))) == ("partly", 40, 60, True)


def test_a_receipt_that_waits_counts_and_nobody_is_chased_for_what_it_pays() -> None:
    assert told(of(applied=(applied(Side.ONCORD, 100),))) == ("paid", 100, 0, False)


def test_a_payment_that_only_the_books_hold_counts() -> None:
    assert told(of(applied=(applied(Side.QUICKBOOKS, 100),), invoice=invoice(100))) == ("paid", 100, 0, False)


def test_money_of_one_side_each_that_would_overpay_together_counts_once() -> None:
    money = (applied(Side.ONCORD, 100), applied(Side.QUICKBOOKS, 97))
    assert told(of(applied=money, invoice=invoice(97))) == ("paid", 100, 0, False)


def test_two_instalments_of_one_side_each_add_up() -> None:
    money = (applied(Side.ONCORD, 40), applied(Side.QUICKBOOKS, 30))
    assert told(of(applied=money, invoice=invoice(30))) == ("partly", 70, 30, True)


def test_more_than_the_total_is_overpaid() -> None:
    assert told(of(applied=(applied(Side.ONCORD, 120, "r1"), applied(Side.QUICKBOOKS, 100, "r1")))) == (
        "overpaid",
        120,
        0,
        False,
    )


def test_what_only_the_balance_tells_is_settled_and_unnamed_until_it_is_read() -> None:
    found = of(invoice=invoice(20))
    assert told(found) == ("partly", 20, 80, True)
    assert found.causes == (Part(Cause.UNNAMED, Decimal(20)),)


def test_a_named_cause_takes_no_more_than_what_the_balance_tells_by_now() -> None:
    found = of(invoice=invoice(20), otherwise=(Part(Cause.WRITTEN_OFF, Decimal(50), "Invoice 7"),))
    assert found.causes == (Part(Cause.WRITTEN_OFF, Decimal(20), "Invoice 7"),)


def test_what_was_written_off_is_neither_paid_nor_chased() -> None:
    money = (applied(Side.ONCORD, 60, "r1"), applied(Side.QUICKBOOKS, 60, "r1"))
    found = of(applied=money, invoice=invoice(100), otherwise=(Part(Cause.WRITTEN_OFF, Decimal(40)),))
    assert told(found) == ("written_off", 100, 0, False)


def test_what_only_credit_has_settled_is_credited() -> None:
    credit = (applied(Side.ONCORD, 100, "r1", credit=True), applied(Side.QUICKBOOKS, 100, "r1", credit=True))
    assert told(of(applied=credit, invoice=invoice(100))) == ("credited", 100, 0, False)
    cash = (applied(Side.ONCORD, 60, "r2"), applied(Side.QUICKBOOKS, 60, "r2"))
    some = (applied(Side.ONCORD, 40, "r1", credit=True), applied(Side.QUICKBOOKS, 40, "r1", credit=True))
    assert of(applied=cash + some, invoice=invoice(100)).state == "paid"


def test_our_own_payment_is_known_before_its_invoice_is_read_again() -> None:
    both = (applied(Side.ONCORD, 100, "r1"), applied(Side.QUICKBOOKS, 100, "r1"))
    assert told(of(applied=both, invoice=invoice(0))) == ("paid", 100, 0, False)


@pytest.mark.parametrize(
    ("members", "state"),
    [
        ({"sale": replace(SALE, voided=True)}, "void"),
        ({"sale": replace(SALE, status="cancelled")}, "void"),
        ({"invoice": replace(SALE, voided=True)}, "void"),
        ({"sale_deleted": True}, "gone"),
        ({"linked": False, "invoice": None, "invoice_gone": True}, "gone"),
        ({"sale": None}, "unknown"),
        ({"invoice": None}, "unknown"),
        ({"as_of": None}, "unknown"),
    ],
)
def test_what_is_void_gone_or_unknown_is_never_chased(members: dict[str, object], state: str) -> None:
    found = of(**members)
    assert (found.state, found.chase) == (state, False)


@pytest.mark.parametrize(
    "members",
    [
        {"doubted": True},
        {"as_of": NOW - timedelta(hours=25)},
        {"sale": replace(SALE, due_date=TODAY)},
        {"sale": replace(SALE, due_date=None)},
        {"sale": replace(SALE, status="draft")},
        {"sale": replace(SALE, type="adjustment")},
    ],
)
def test_nobody_is_chased_in_doubt_on_old_news_or_before_it_is_due(members: dict[str, object]) -> None:
    found = of(**members)
    assert (found.state, found.chase) == ("open", False)


def test_a_sale_that_is_not_in_the_books_yet_stands_as_oncord_holds_it() -> None:
    assert told(of(linked=False, invoice=None)) == ("open", 0, 100, True)


def test_a_refund_that_names_a_sale_settles_nothing_of_it_whatever_it_gives_back() -> None:
    back = Applied(Side.ONCORD, "r", Decimal(20), back=True)
    paid = [applied(Side.ONCORD, 100, "1"), applied(Side.QUICKBOOKS, 100, "1")]

    assert of(applied=(*paid, back)) == of(applied=tuple(paid))
    assert of(applied=(back,)).state == "open"
