"""Which money is which when no link says so: certain, worth a question, or new."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.domain.matching.evidence import Grade
from app.domain.matching.payments import (
    PaidSale,
    matching_payments,
    overpays,
    paid_sale,
    payment_evidence,
    references_contradict,
)
from app.domain.model.records import Kind, Receipt, Side
from tests.domain.builders import receipt, sale, seen

MINE = receipt("c1", pays={"i7": "22.00"})
ROOM = {"i7": PaidSale(Decimal(200), Decimal(178))}
FULL = {"i7": PaidSale(Decimal(22), Decimal(0))}


def _later(days: int, **members: object) -> Receipt:
    assert MINE.date is not None
    return replace(MINE, date=MINE.date + timedelta(days=days), **members)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("days", "sales", "grade"),
    [
        (0, ROOM, Grade.CERTAIN),
        (3, ROOM, Grade.CERTAIN),
        (4, ROOM, Grade.PROBABLE),
        (14, ROOM, Grade.PROBABLE),
        (15, ROOM, Grade.NONE),
        (4, FULL, Grade.CERTAIN),
        (31, FULL, Grade.CERTAIN),
        (32, FULL, Grade.PROBABLE),
    ],
)
def test_the_same_money_is_one_within_three_days_or_where_both_would_overpay_within_a_month(
    days: int, sales: dict[str, PaidSale], grade: Grade
) -> None:
    assert payment_evidence(MINE, _later(days), sales).grade is grade


@pytest.mark.parametrize(
    "other",
    [
        replace(MINE, contact_id="c2"),
        receipt("c1", pays={"i8": "22.00"}),
        replace(MINE, voided=True),
        receipt("c1", "20.00", {"i7": "20.00"}),
        replace(MINE, payment=replace(MINE.payment, currency="USD")),
    ],
)
def test_money_of_another_contact_sale_amount_or_currency_is_other_money(other: Receipt) -> None:
    assert payment_evidence(MINE, other, ROOM).grade is Grade.NONE


def test_the_same_money_in_another_account_is_worth_a_question() -> None:
    assert payment_evidence(MINE, MINE, FULL, same_account=False).grade is Grade.PROBABLE
    assert payment_evidence(MINE, MINE, ROOM, same_account=False).grade is Grade.PROBABLE


@pytest.mark.parametrize(
    ("days", "sales", "grade"), [(0, ROOM, Grade.NONE), (7, ROOM, Grade.NONE), (7, FULL, Grade.CERTAIN)]
)
def test_instalments_with_ids_of_a_gateway_are_two_unless_both_would_overpay(
    days: int, sales: dict[str, PaidSale], grade: Grade
) -> None:
    mine = replace(MINE, reference="pi_3NkAbCdEf1")

    assert payment_evidence(mine, _later(days, reference="pi_3NkXyZwVu9"), sales).grade is grade


@pytest.mark.parametrize(
    ("one", "other", "contradict"),
    [
        ("pi_3NkAbCdEf1", "pi_3NkXyZwVu9", True),
        ("pi_3NkAbCdEf1", "ch_3NkXyZwVu9", False),
        ("8XJ12345AB678901C", "9YK54321CD109876D", True),
        ("INST-1", "INST-2", True),
        ("1041", "1042", True),
        ("#1041", "1041", False),
        ("pi_3NkAbCdEf1", "TRANSFER 1234 ADA", False),
        ("November 1", "November 2", False),
        ("pi_3NkAbCdEf1", "", False),
        ("pi_3NkAbCdEf1234567890123", "pi_3NkAbCdEf123456789", False),
    ],
)
def test_ids_of_one_sort_contradict_and_texts_do_not(one: str, other: str, contradict: bool) -> None:
    assert references_contradict(one, other) is contradict


def test_one_transfer_over_several_sales_is_worth_a_question() -> None:
    both = receipt("c1", "55.00", {"i7": "22.00", "i8": "33.00"})

    assert payment_evidence(MINE, both, ROOM).grade is Grade.PROBABLE
    assert payment_evidence(both, MINE, ROOM).grade is Grade.PROBABLE
    assert payment_evidence(MINE, replace(both, date=date(2026, 12, 1)), ROOM).grade is Grade.NONE


@pytest.mark.parametrize(
    ("amount", "grade"), [("21.36", Grade.PROBABLE), ("23.10", Grade.PROBABLE), ("20.80", Grade.NONE)]
)
def test_a_fee_within_five_per_cent_of_the_sale_is_worth_a_question(amount: str, grade: Grade) -> None:
    sales = {"i7": PaidSale(Decimal(22), Decimal(22) - Decimal(amount))}

    assert payment_evidence(MINE, receipt("c1", amount, {"i7": amount}), sales).grade is grade
    assert payment_evidence(MINE, receipt("c1", amount, {"i7": amount}), ROOM).grade is Grade.NONE


def test_of_several_the_nearest_remain_and_of_those_the_one_with_the_reference() -> None:
    mine = replace(MINE, reference="R 2")
    candidates = [
        seen(Side.QUICKBOOKS, Kind.RECEIPT, "1", _later(1, reference="R 2")),
        seen(Side.QUICKBOOKS, Kind.RECEIPT, "2", replace(MINE, reference="R 1")),
        seen(Side.QUICKBOOKS, Kind.RECEIPT, "3", replace(MINE, reference="r 2")),
        seen(Side.QUICKBOOKS, Kind.RECEIPT, "4", _later(8)),
    ]

    assert [(m.snapshot.id, m.certain) for m in matching_payments(mine, candidates, FULL, {})] == [("3", True)]


def test_a_receipt_overpays_what_is_not_open_any_more() -> None:
    assert overpays(MINE, {"i7": paid_sale(replace(sale("c1"), paid=Decimal("0.01")))})
    assert not overpays(MINE, {"i7": paid_sale(sale("c1"))})
    assert not overpays(MINE, {})
