"""Which document is which when no link says so: certain, worth a question, or new."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from app.domain.matching.document_numbers import (
    LONGEST,
    held,
    number_keys,
    numbers_agree,
    numbers_run_together,
    telling,
)
from app.domain.matching.documents import (
    Around,
    certainly_one,
    differing,
    given_once,
    lone,
    sale_evidence,
)
from app.domain.matching.evidence import Grade
from app.domain.model.records import Kind, Sale, Side
from tests.domain.builders import line, sale, seen

BOOKS = Side.QUICKBOOKS
KNOWN, STRANGER = Around(same_contact=True), Around(same_contact=False)
MINE = sale("1", number="1001")


def _with(total: str = "22.00", tax: str = "2.00", **members: object) -> Sale:
    other = replace(MINE, **members)  # type: ignore[arg-type]
    return replace(other, money=replace(other.money, total=Decimal(total), tax_total=Decimal(tax)))


def _days(count: int) -> date:
    assert MINE.date is not None
    return MINE.date + timedelta(days=count)


@pytest.mark.parametrize(
    ("other", "around", "grade"),
    [
        (_with(), KNOWN, Grade.CERTAIN),
        (_with(date=_days(31)), KNOWN, Grade.CERTAIN),
        (_with(date=_days(32)), KNOWN, Grade.PROBABLE),
        (_with(date=_days(365)), KNOWN, Grade.PROBABLE),
        (_with(date=None), KNOWN, Grade.PROBABLE),
        (_with("22.01"), KNOWN, Grade.PROBABLE),
        (_with("55.00", "5.00"), KNOWN, Grade.PROBABLE),
        (_with(tax="0.00"), KNOWN, Grade.PROBABLE),
        (_with("0.00", "0.00", voided=True), KNOWN, Grade.PROBABLE),
        (_with(), STRANGER, Grade.PROBABLE),
        (_with(date=_days(400)), STRANGER, Grade.PROBABLE),
        (_with("22.01"), STRANGER, Grade.NONE),
        (_with(number="1002", date=_days(30)), KNOWN, Grade.NONE),
        (_with(type="adjustment"), KNOWN, Grade.NONE),
        (_with(number=""), STRANGER, Grade.NONE),
    ],
)
def test_the_same_number_is_certain_with_contact_total_tax_and_a_near_date_and_worth_a_question_otherwise(
    other: Sale, around: Around, grade: Grade
) -> None:
    assert sale_evidence(MINE, other, around).grade is grade


@pytest.mark.parametrize(("gap", "grade"), [(7, Grade.CERTAIN), (8, Grade.PROBABLE)])
def test_a_number_of_less_than_four_digits_is_certain_for_a_week_only(gap: int, grade: Grade) -> None:
    short = replace(MINE, number="A-001")

    assert sale_evidence(short, replace(short, date=_days(gap)), KNOWN).grade is grade
    assert sale_evidence(MINE, replace(MINE, date=_days(gap)), KNOWN).grade is Grade.CERTAIN


def test_another_currency_is_another_document() -> None:
    dollars = replace(MINE, money=replace(MINE.money, currency="USD"))

    assert sale_evidence(MINE, dollars, KNOWN).grade is Grade.NONE


@pytest.mark.parametrize(
    ("gap", "around", "grade"),
    [
        (0, KNOWN, Grade.PROBABLE),
        (1, KNOWN, Grade.PROBABLE),
        (2, KNOWN, Grade.NONE),
        (0, STRANGER, Grade.NONE),
        (0, Around(same_contact=True, marked=True), Grade.NONE),
        (0, Around(same_contact=True, alone=False), Grade.NONE),
    ],
)
def test_another_number_with_the_same_lines_on_the_same_day_is_worth_a_question(
    gap: int, around: Around, grade: Grade
) -> None:
    assert sale_evidence(MINE, replace(MINE, number="INV-77", date=_days(gap)), around).grade is grade


def test_another_number_and_other_lines_are_another_document() -> None:
    parts = replace(sale("1", line("11.00"), line("11.00")), number="INV-77")

    assert sale_evidence(MINE, parts, KNOWN).grade is Grade.NONE


@pytest.mark.parametrize(
    "other",
    [
        _with("90.00"),
        replace(MINE, number="INV-77", date=_days(5)),
        replace(_with("22.01"), number="INV-77"),
    ],
)
def test_two_that_are_asked_about_stay_so_whatever_changes_in_them(other: Sale) -> None:
    assert sale_evidence(MINE, other, replace(STRANGER, asked=True)).grade is Grade.PROBABLE
    assert sale_evidence(MINE, other, STRANGER).grade is Grade.NONE


def test_a_question_that_has_become_certain_is_one() -> None:
    assert sale_evidence(MINE, MINE, replace(KNOWN, asked=True)).grade is Grade.CERTAIN


def test_what_speaks_for_and_against_is_said_in_words() -> None:
    found = sale_evidence(MINE, _with("22.01", date=_days(40)), KNOWN)

    assert found.speaks_for == ("the same number", "the same contact", "the same tax")
    assert found.against == ("40 days apart", "the total differs by 0.01 AUD")


def test_documents_that_agree_within_three_days_are_one_whoever_their_contacts_are() -> None:
    assert certainly_one(MINE, replace(MINE, contact_id="9", date=_days(3)))
    assert not certainly_one(MINE, replace(MINE, date=_days(4)))
    assert not certainly_one(MINE, _with("22.01"))
    assert not certainly_one(MINE, _with(tax="0.00"))
    assert not certainly_one(replace(MINE, number="101"), replace(MINE, number="101"))


def test_a_number_that_is_given_twice_proves_nothing() -> None:
    one, other = (seen(BOOKS, Kind.SALE, i, replace(MINE, contact_id=i)) for i in ("1", "2"))

    assert given_once(MINE, [one])
    assert not given_once(MINE, [one, other])


def test_a_total_that_comes_again_within_a_fortnight_says_nothing() -> None:
    mine, theirs = seen(Side.ONCORD, Kind.SALE, "1", MINE), seen(BOOKS, Kind.SALE, "5", replace(MINE, contact_id="c1"))
    week = seen(Side.ONCORD, Kind.SALE, "2", replace(MINE, date=_days(7)))
    month = seen(Side.ONCORD, Kind.SALE, "3", replace(MINE, date=_days(30)))
    someone = seen(BOOKS, Kind.SALE, "6", replace(MINE, contact_id="c2"))

    assert lone(mine, theirs, [mine, theirs, month, someone])
    assert not lone(mine, theirs, [week])


def test_money_that_differs_is_named() -> None:
    assert differing(MINE, MINE) == []
    assert differing(MINE, _with(tax="0.00")) == ["its tax is 2.00 AUD in Oncord and 0.00 AUD in QuickBooks"]
    assert differing(MINE, _with("0", "0", voided=True)) == ["it is void in QuickBooks only"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("#1001", "1001"),
        ("006829", "6829"),
        ("INV 0042", "inv-42".replace("-", "")),
        ("W-0042", "W-42"),
        ("10 01", "1001"),
        ("INV-77312", "INV 77312"),
        ("ORD-55821", "ORD.55821"),
        ("ORD_55821", "ord55821"),
        ("WO/2026/118", "WO 2026-118"),
        ("2026-0118", "2026.118"),
        ("77 310", "77-310"),
        ("(1001-A)", "1001a"),
    ],
)
def test_numbers_of_the_same_parts_are_one_whatever_case_zeros_and_signs_stand_between_them(
    one: str, other: str
) -> None:
    assert numbers_agree(one, other)
    assert number_keys(one)[0] == number_keys(other)[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1001", "10010"),
        ("1.05", "1.5"),
        ("100", "1"),
        ("A-1", "B-1"),
        ("", ""),
        ("1001", "1001-2"),
        ("1001-1", "1001-2"),
        ("1-23", "12-3"),
        ("2026-118", "20-26118"),
        ("", "-"),
    ],
)
def test_other_numbers_stay_others(one: str, other: str) -> None:
    assert not numbers_agree(one, other)
    assert not numbers_run_together(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("77310", "77-310"),
        ("2026-0118", "20260118"),
        ("WO/2026/0118", "WO2026118"),
        ("1-2-3", "12-3"),
        ("10012", "1001-2"),
        ("100", "1.00"),
    ],
)
def test_a_number_that_only_lacks_separators_may_be_one_and_is_found_by_the_same_key(one: str, other: str) -> None:
    assert numbers_run_together(one, other)
    assert numbers_run_together(other, one)
    assert not numbers_agree(one, other)
    assert number_keys(one) == number_keys(other)


RUN_TOGETHER = replace(MINE, number="10-01")


@pytest.mark.parametrize(
    ("other", "around", "grade"),
    [
        (RUN_TOGETHER, KNOWN, Grade.PROBABLE),
        (replace(RUN_TOGETHER, date=_days(31)), KNOWN, Grade.PROBABLE),
        (replace(RUN_TOGETHER, date=_days(32)), KNOWN, Grade.NONE),
        (RUN_TOGETHER, STRANGER, Grade.PROBABLE),
        (replace(RUN_TOGETHER, date=_days(3)), STRANGER, Grade.PROBABLE),
        (replace(RUN_TOGETHER, date=_days(4)), STRANGER, Grade.NONE),
        (_with("22.01", number="10-01"), STRANGER, Grade.NONE),
        (RUN_TOGETHER, Around(same_contact=False, marked=True), Grade.NONE),
        (_with("22.01", number="10-01", date=_days(3)), KNOWN, Grade.NONE),
        (RUN_TOGETHER, Around(same_contact=True, marked=True), Grade.NONE),
        (_with(number="1001-2", date=_days(7)), KNOWN, Grade.NONE),
        (_with(number="1002", date=_days(7)), KNOWN, Grade.NONE),
    ],
)
def test_a_number_without_its_separators_is_asked_about_with_contact_and_total_within_a_month(
    other: Sale, around: Around, grade: Grade
) -> None:
    assert sale_evidence(MINE, other, around).grade is grade


def test_a_short_number_without_its_separators_asks_nobody_about_two_people() -> None:
    assert sale_evidence(replace(MINE, number="101"), replace(MINE, number="10-1"), STRANGER).grade is Grade.NONE
    assert sale_evidence(replace(MINE, number="101"), replace(MINE, number="10-1"), KNOWN).grade is Grade.PROBABLE


def test_a_number_without_its_separators_is_said_to_be_that() -> None:
    found = sale_evidence(MINE, replace(RUN_TOGETHER, date=_days(3)), KNOWN)

    assert found.speaks_for[0] == "the same number but for its separators"
    assert found.against == ()


def test_a_number_without_its_separators_proves_no_contacts() -> None:
    assert not certainly_one(MINE, RUN_TOGETHER)
    assert certainly_one(replace(MINE, number="W 1001"), replace(MINE, number="W/1001"))


def test_a_long_number_keeps_what_tells_it_from_others() -> None:
    numbers = [f"WEB-ORDER-2026-11-28-{n:06}" for n in (1, 2)] + ["SHOP-ORDER-2026-11-28-000001"]

    assert len({held(n) for n in numbers}) == 3
    assert all(len(held(n)) == LONGEST for n in numbers)
    assert held("1001") == "1001"
    assert held(" A  1 ") == "A 1"


def test_a_long_number_is_known_as_we_shorten_it_and_as_others_cut_it() -> None:
    whole = "WEB-ORDER-2026-11-28-000001"

    assert numbers_agree(whole, held(whole))
    assert numbers_agree(whole, whole[:LONGEST])
    assert not numbers_agree(whole, held("WEB-ORDER-2026-11-28-000002"))
    assert not numbers_agree(whole, "WEB-ORDER-2026-11-28-000002")
    assert number_keys(held(whole)) == ("weborde11281", "weborde11281")
    assert number_keys(whole) == ("weborder2261128", "weborde11281")
    assert number_keys(whole[:LONGEST])[0] == number_keys(whole)[0]


def test_a_number_is_telling_from_four_digits_on() -> None:
    assert telling("INV-1001")
    assert not telling("INV-0101")
