"""Which document is which when no link says so: money only with its sale and its date."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from app.domain.matching_documents import matching_receipts, matching_sales, overpays
from app.domain.records import Kind, Side
from tests.domain.builders import receipt, sale, seen

BOOKS = Side.QUICKBOOKS


def test_a_sale_needs_its_number_its_contact_its_total_and_its_currency() -> None:
    mine = sale("1", number="A-1")
    there = replace(mine, contact_id="c1")
    others = [
        there,
        replace(there, number="A-2"),
        replace(there, contact_id="c2"),
        replace(there, money=replace(there.money, total=Decimal(23))),
        replace(there, money=replace(there.money, currency="USD")),
        replace(there, type="adjustment"),
    ]
    candidates = [seen(BOOKS, Kind.SALE, str(i), other) for i, other in enumerate(others)]

    assert [c.id for c in matching_sales(mine, "c1", candidates)] == ["0"]
    assert matching_sales(replace(mine, number=""), "c1", candidates) == []


def test_a_payment_needs_contact_amount_sales_and_a_near_date() -> None:
    mine = receipt("c1", pays={"i7": "22.00"})
    others = [
        mine,
        replace(mine, contact_id="c2"),
        receipt("c1", "21.00", {"i7": "21.00"}),
        receipt("c1", pays={"i8": "22.00"}),
        replace(mine, date=date(2026, 11, 16)),
        replace(mine, voided=True),
    ]
    candidates = [seen(BOOKS, Kind.RECEIPT, str(i), other) for i, other in enumerate(others)]

    assert [c.id for c in matching_receipts(mine, candidates)] == ["0"]
    assert [c.id for c in matching_receipts(replace(mine, date=date(2026, 11, 20)), candidates[4:])] == ["4"]
    assert matching_receipts(replace(mine, date=date(2026, 12, 20)), candidates) == []


def test_several_payments_are_told_apart_by_day_and_reference() -> None:
    mine = receipt("c1", pays={"i7": "22.00"}, reference="R 2")
    candidates = [
        seen(BOOKS, Kind.RECEIPT, "1", replace(mine, date=date(2026, 11, 2))),
        seen(BOOKS, Kind.RECEIPT, "2", replace(mine, reference="R 1")),
        seen(BOOKS, Kind.RECEIPT, "3", replace(mine, reference="r 2")),
    ]

    assert [c.id for c in matching_receipts(mine, candidates)] == ["3"]


def test_a_receipt_overpays_what_is_not_open_any_more() -> None:
    mine = receipt("c1", pays={"i7": "22.00"})

    assert overpays(mine, {"i7": replace(sale("c1"), paid=Decimal("0.01"))})
    assert not overpays(mine, {"i7": sale("c1")})
    assert not overpays(mine, {})
