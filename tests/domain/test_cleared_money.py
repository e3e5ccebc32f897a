"""Plans that would touch money: which do, what becomes of them once a bank statement holds it, and what an answer makes of them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.domain.guards.cleared_money import ClearedMoney, MoneyAccount
from app.domain.guards.locked_period import lock_of
from app.domain.model.operations import Action, Operation
from app.domain.model.records import DEPOSITED, Kind, Receipt, Side
from app.domain.model.waiting import OpenPeriod, Uncleared
from app.domain.model.write_fields import REMOVAL
from app.domain.planner import plan
from app.domain.planning.locked_writes import covers
from app.domain.planning.plan_input import ChangedRecord, PeriodAnswer, PlanInput
from tests.domain.builders import CONFIGURATION, contact, linked, plan_input, receipt, sale, seen

ONCORD, BOOKS, RECEIPT = Side.ONCORD, Side.QUICKBOOKS, Kind.RECEIPT
OURS = receipt(pays={"7": "22.00"})
THEIRS = receipt("c1", pays={"i7": "22.00"}, channel="bank")
RECONCILED = ClearedMoney(frozenset({"p9"}), accounts={"bank": MoneyAccount("Cheque account", is_bank=True)})
DAY = date(2026, 11, 1)


def around(ours: Receipt | None, theirs: Receipt = THEIRS, extras: tuple[str, ...] = (), **members: Any) -> PlanInput:
    """A receipt (None: deleted since) that was told of, its payment, and what both pay."""
    now = seen(ONCORD, RECEIPT, "9", ours or OURS, deleted=ours is None)
    return plan_input(
        seen(ONCORD, Kind.CONTACT, "1", contact()),
        seen(BOOKS, Kind.CONTACT, "c1", contact()),
        linked(Kind.CONTACT, "1", "c1", contact(), contact()),
        seen(ONCORD, Kind.SALE, "7", sale()),
        seen(BOOKS, Kind.SALE, "i7", sale("c1")),
        linked(Kind.SALE, "7", "i7", sale(), sale("c1")),
        now,
        seen(BOOKS, RECEIPT, "p9", theirs, extras=extras),
        linked(RECEIPT, "9", "p9", OURS, THEIRS),
        ChangedRecord(ONCORD, RECEIPT, "9"),
        today=date(2026, 11, 20),
        **members,
    )


def operations(given: PlanInput) -> list[Operation]:
    return [operation for entry in plan(given).entries for operation in entry.operations]


def writes(given: PlanInput) -> list[Operation]:
    return [operation for operation in operations(given) if operation.action.writes]


def question(given: PlanInput) -> Operation:
    [asked] = [operation for operation in operations(given) if operation.action is Action.PARK]
    return asked


def answered(given: PlanInput, **answer: Any) -> PlanInput:
    """The same once somebody has answered what it asks about."""
    asked = question(given)
    assert asked.locked is not None
    said = PeriodAnswer("att_1", shown=asked.locked.shown, by="Kay", on="20 Nov 2026", **answer)
    return replace(given, period_answers={(RECEIPT, "9"): said})


def paying(amount: str, pays: str = "") -> Receipt:
    return receipt(amount=amount, pays={"7": pays or amount})


@pytest.mark.parametrize(
    ("ours", "touches"),
    [
        (None, True),
        (paying("12.00"), True),
        (paying("30.00", "22.00"), True),
        (replace(OURS, date=date(2026, 11, 2)), True),
        (receipt(pays={}), False),
        (replace(OURS, reference="T-9"), False),
        (OURS, False),
    ],
)
def test_only_what_moves_money_asks_for_a_report(ours: Receipt | None, touches: bool) -> None:
    assert plan(around(ours)).days_of_money() == ((DAY,) if touches else ())


def test_money_in_a_deposit_and_what_only_joins_credits_ask_for_none() -> None:
    assert plan(around(None, extras=(DEPOSITED,))).days_of_money() == ()
    joining = replace(THEIRS, payment=replace(THEIRS.payment, amount=Decimal(0)))
    assert plan(around(paying("0.00", "22.00"), joining)).days_of_money() == ()


@pytest.mark.parametrize("cleared", [None, ClearedMoney(), ClearedMoney(frozenset({"p8"}))])
def test_what_no_statement_holds_is_done(cleared: ClearedMoney | None) -> None:
    assert [write.action for write in writes(around(None, cleared=cleared))] == [Action.DELETE]


def test_what_a_statement_holds_is_asked_about_with_its_money_day_and_account() -> None:
    given = around(None, cleared=RECONCILED)
    asked = question(given)

    assert writes(given) == []
    assert (asked.rule, asked.waits_for) == ("R3", Uncleared(RECEIPT, ONCORD, "9"))
    assert asked.reason == (
        "Payment, Ada Lovelace of 1 Nov 2026, 22.00 AUD in Cheque account in QuickBooks, was deleted in Oncord. It was not"
        " deleted there, since the bank reconciliation holds it."
    )
    assert asked.locked is not None
    assert (asked.locked.removes, asked.locked.unapplies) == (True, True)


def test_in_place_of_a_delete_the_payment_lets_go_of_all_and_its_pair_is_buried() -> None:
    given = answered(around(None, cleared=RECONCILED), allows=True, unapplies=True)
    [write] = writes(given)

    assert (write.action, write.target_id, write.fields, write.answers) == (
        Action.UPDATE,
        "p9",
        ("payment", REMOVAL),
        "att_1",
    )
    assert write.takes_away
    assert isinstance(write.record, Receipt)
    assert write.record == replace(THEIRS, payment=replace(THEIRS.payment, allocations=()))
    assert "as the customer's credit, as Kay said on 20 Nov 2026." in write.reason


def test_money_that_pays_nothing_only_loses_its_receipt() -> None:
    bare = replace(THEIRS, payment=replace(THEIRS.payment, allocations=()))
    given = around(None, bare, cleared=RECONCILED)
    given.links.keep(linked(RECEIPT, "9", "p9", OURS, bare))
    made = operations(answered(given, allows=True, unapplies=True))

    assert [(each.action, each.answers) for each in made] == [(Action.TOMBSTONE, "att_1")]


def test_in_place_of_a_smaller_amount_it_pays_what_the_receipt_pays_and_both_are_agreed() -> None:
    given = around(replace(paying("12.00"), date=date(2026, 11, 2), reference="T-9"), cleared=RECONCILED)
    [free] = writes(given)
    assert free.fields == ("reference",)
    made = operations(answered(given, allows=True, unapplies=True))

    assert [each.action for each in made] == [Action.REBASE, Action.UPDATE]
    [write] = [each for each in made if each.action.writes]
    assert isinstance(write.record, Receipt)
    assert set(write.fields) == {"payment", "reference"}
    assert (write.record.payment.amount, write.record.date) == (Decimal("22.00"), DAY)
    assert [each.amount for each in write.record.payment.allocations] == [Decimal("12.00")]


def test_an_allowed_change_is_done_as_it_is() -> None:
    given = answered(around(paying("12.00"), cleared=RECONCILED), allows=True)
    [write] = writes(given)

    assert isinstance(write.record, Receipt)
    assert write.record.payment.amount == Decimal("12.00")
    assert "It is done although the bank reconciliation holds it, as Kay said on 20 Nov 2026." in write.reason


def test_a_difference_that_is_left_is_no_question_and_another_change_is_one() -> None:
    given = answered(around(paying("12.00"), cleared=RECONCILED), allows=False)
    assert [each.action for each in operations(given) if each.rule == "R7"][-1] is Action.SKIP
    again = around(paying("11.00"), cleared=RECONCILED, period_answers=given.period_answers)
    assert question(again).rule == "R7"


def test_credit_is_offered_only_where_some_would_be_left() -> None:
    offered = [
        question(around(ours, cleared=RECONCILED)).locked
        for ours in (paying("12.00"), paying("30.00", "22.00"), replace(OURS, date=date(2026, 11, 2)))
    ]

    assert [each.unapplies for each in offered if each is not None] == [True, False, False]


def test_another_account_is_named() -> None:
    accounts = {**RECONCILED.accounts, "till": MoneyAccount("Card clearing", is_bank=True)}
    methods = (*CONFIGURATION.payment_methods[1:], replace(CONFIGURATION.payment_methods[0], deposit_account_id="till"))
    before, now = replace(OURS, channel="paypal"), OURS
    given = around(
        now,
        cleared=replace(RECONCILED, accounts=accounts),
        configuration=replace(CONFIGURATION, payment_methods=methods),
    )
    given.links.keep(linked(RECEIPT, "9", "p9", before, THEIRS))

    assert "is to lie in Card clearing." in question(given).reason


def test_in_a_locked_period_one_question_says_both_and_offers_no_credit() -> None:
    given = around(None, cleared=RECONCILED, lock=lock_of("", date(2026, 11, 15), ""))
    asked = question(given)

    assert (asked.rule, asked.waits_for) == ("B1", OpenPeriod(RECEIPT, ONCORD, "9"))
    assert "lodged up to 15 Nov 2026. Also, the bank reconciliation holds it." in asked.reason
    assert asked.locked is not None
    assert not asked.locked.unapplies


def test_an_answer_about_the_period_alone_says_nothing_about_the_bank() -> None:
    lock = lock_of("", date(2026, 11, 15), "")
    by_period = answered(around(None, lock=lock), allows=True)
    assert [write.action for write in writes(by_period)] == [Action.DELETE]
    assert writes(replace(by_period, cleared=RECONCILED)) == []
    by_both = answered(around(None, cleared=RECONCILED, lock=lock), allows=True)
    assert [write.action for write in writes(replace(by_both, lock=None))] == [Action.DELETE]
    by_bank = answered(around(None, cleared=RECONCILED), allows=True)
    assert writes(replace(by_bank, lock=lock)) == []


@pytest.mark.parametrize(
    ("answer", "asked", "whatever", "holds"),
    [
        ("a", "a", False, True),
        ("a", "a+bank", False, False),
        ("a+bank", "a", False, True),
        ("a+bank", "a=bank", False, True),
        ("a=bank", "a+bank", False, False),
        ("a=bank", "a", False, False),
        ("a", "a+bank", True, True),
        ("a", "b", True, False),
    ],
)
def test_an_answer_covers_what_its_person_was_told_of(answer: str, asked: str, whatever: bool, holds: bool) -> None:
    assert covers(answer, asked, whatever_holds=whatever) is holds
