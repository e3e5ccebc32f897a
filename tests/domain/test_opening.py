"""What was open of a sale on the start date, and what becomes of it (S1): from literals."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.domain.guards.locked_period import Lock, LockedBy
from app.domain.model.configuration import Admitted, Configuration, admitted
from app.domain.model.link_part import Opening
from app.domain.model.opening import OpeningAnswer
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Kind, Sale, Side
from app.domain.model.waiting import OPENING
from app.domain.planner import plan
from app.domain.planning.opening import open_on_start
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from tests.domain.builders import CONFIGURATION, contact, linked, plan_input, receipt, sale, seen

ONCORD, QUICKBOOKS = Side.ONCORD, Side.QUICKBOOKS
ADA = contact()
BEFORE, SINCE = date(2025, 12, 31), date(2026, 1, 1)
OLD = sale(date=date(2025, 12, 1), number="OLD-1")
ACCRUAL = replace(CONFIGURATION, gst_basis="accrual", items=replace(CONFIGURATION.items, opening_item_id="equity"))


def world(
    *receipts: tuple[str, date], configuration: Configuration = ACCRUAL, old: Sale = OLD, **members: Any
) -> PlanInput:
    """An old sale of 22.00 and what was received for it on which days."""
    paid = [
        seen(ONCORD, Kind.RECEIPT, f"r{place}", receipt(amount=amount, pays={"old": amount}, date=day))
        for place, (amount, day) in enumerate(receipts)
    ]
    return plan_input(
        linked(Kind.CONTACT, "1", "c1", ADA, ADA),
        seen(ONCORD, Kind.CONTACT, "1", ADA),
        seen(QUICKBOOKS, Kind.CONTACT, "c1", ADA),
        seen(ONCORD, Kind.SALE, "old", old),
        *paid,
        *(ChangedRecord(ONCORD, Kind.RECEIPT, each.id) for each in paid),
        ChangedRecord(ONCORD, Kind.SALE, "old"),
        configuration=configuration,
        received_on={"old": paid},
        **members,
    )


def about(found: PlanInput, kind: Kind = Kind.SALE) -> list[Operation]:
    return [o for entry in plan(found).entries for o in entry.operations if o.kind is kind]


@pytest.mark.parametrize(
    ("received", "left"),
    [
        ((), "22.00"),
        ((("5.00", BEFORE),), "17.00"),
        ((("5.00", SINCE),), "22.00"),
        ((("22.00", BEFORE),), "0"),
        ((("21.99", BEFORE), ("5.00", SINCE)), "0.01"),
        ((("30.00", BEFORE),), "0"),
    ],
)
def test_s1_open_is_the_total_less_what_was_received_before(received: tuple[tuple[str, date], ...], left: str) -> None:
    assert open_on_start(world(*received), "old", OLD) == Decimal(left)


@pytest.mark.parametrize(
    "old", [replace(OLD, status="draft"), replace(OLD, voided=True), replace(OLD, type="adjustment")]
)
def test_s1_what_nobody_has_to_pay_was_not_open(old: Sale) -> None:
    assert open_on_start(world(old=old), "old", old) == 0


def test_s1_until_somebody_has_said_it_the_sale_waits_with_what_was_received_since() -> None:
    found = world(("5.00", BEFORE), ("7.00", SINCE))
    [asked] = about(found)
    assert (asked.action, asked.rule, asked.waits_for) == (Action.PARK, "S1", OPENING)
    assert "17.00 AUD of it was still open" in asked.reason
    before, since = about(found, Kind.RECEIPT)
    assert (before.action, since.action, since.waits_for) == (Action.SKIP, Action.PARK, OPENING)


def test_s1_what_was_open_becomes_one_line_outside_tax_on_the_start_date() -> None:
    found = world(("5.00", BEFORE), ("7.00", SINCE), configuration=replace(ACCRUAL, opening_receivables="bring_in"))
    [made] = about(found)
    assert (made.action, made.part) == (Action.CREATE, Opening(SINCE))
    assert isinstance(made.record, Sale)
    [line] = made.record.money.lines
    assert (made.record.date, made.record.money.total, made.record.money.tax_total) == (SINCE, Decimal("17.00"), 0)
    assert (line.item, line.kind, line.tax_code) == ("equity", "opening", "")
    assert [each.action for each in about(found, Kind.RECEIPT)] == [Action.SKIP, Action.CREATE]


def test_s1_what_is_said_of_one_counts_more_than_what_is_said_of_all() -> None:
    said = {"old": OpeningAnswer("left_out")}
    [kept] = about(world(configuration=replace(ACCRUAL, opening_receivables="create"), opening_answers=said))
    assert kept.action is Action.SKIP
    [made] = about(world(configuration=replace(ACCRUAL, opening_receivables="create")))
    assert (made.action, made.part) == (Action.CREATE, Opening(SINCE, whole=True))


@pytest.mark.parametrize(
    ("configuration", "lock"),
    [
        (replace(ACCRUAL, opening_receivables="create"), Lock(BEFORE, LockedBy.LODGED)),
        (replace(ACCRUAL, opening_receivables="bring_in"), Lock(SINCE, LockedBy.LODGED)),
        (replace(ACCRUAL, opening_receivables="bring_in", gst_basis="cash"), None),
        (replace(ACCRUAL, opening_receivables="bring_in", gst_basis="undecided"), None),
        (replace(ACCRUAL, opening_receivables="bring_in", items=CONFIGURATION.items), None),
    ],
)
def test_s1_what_cannot_be_done_waits_under_the_same_question(configuration: Configuration, lock: Lock | None) -> None:
    [asked] = about(world(configuration=configuration, lock=lock))
    assert (asked.action, asked.waits_for) == (Action.PARK, OPENING)


def test_s1_another_start_date_or_answer_has_what_was_open_judged_anew() -> None:
    later = replace(ACCRUAL, start_date=date(2026, 8, 1))
    assert admitted(ACCRUAL, later) == Admitted(None, receipts=True, open_on=date(2026, 8, 1))
    answered = replace(ACCRUAL, opening_receivables="create")
    assert admitted(ACCRUAL, answered) == Admitted(None, receipts=True, open_on=SINCE)
    assert not admitted(ACCRUAL, replace(ACCRUAL, hold_questions_days=3))
