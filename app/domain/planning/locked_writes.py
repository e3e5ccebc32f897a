"""Which of the writes that were planned touch a document of a locked period (B1), and what a question about one stands for.

What a bank statement holds (`cleared_writes`) is asked about in the same way, and held back together with this.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.guards.cleared_money import Hold
from app.domain.model.links import LinkState
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Kind, Money, Payment, Receipt, Record, Sale, Side
from app.domain.model.write_fields import ROOM
from app.domain.planning.plan_input import PlanInput

KINDS = (Kind.SALE, Kind.RECEIPT)
GROUPS = ("contact_id", "money", "payment", "date", "channel", "voided")
"""What of a document may not move; where the goods go, too, in America."""


@dataclass(frozen=True, slots=True)
class Held:
    """A write that touches a locked period, or money that a bank statement holds: the document as QuickBooks has it and as it
    was to be (None: not there), and, of an update, the groups that may not move."""

    operation: Operation
    before: Record | None
    after: Record | None
    groups: tuple[str, ...] = ()
    bank: Hold | None = None
    """Why a bank statement holds it; None where none does."""
    locked: bool = True
    """Whether it lies in a locked period."""
    taken_off: tuple[Receipt, ...] = ()
    """The payments of a locked period off which QuickBooks would take something by itself."""

    @property
    def about(self) -> tuple[Kind, str]:
        """The record of Oncord that it is about."""
        return (self.operation.kind, self.operation.source_id)


def held_by_lock(plan_input: PlanInput, operation: Operation) -> Held | None:
    """A write as far as it touches a locked period; None where it does not."""
    lock = plan_input.lock
    if lock is None or operation.side is not Side.QUICKBOOKS or operation.kind not in KINDS:
        return None
    if not operation.action.writes:
        return None
    before = plan_input.record(Side.QUICKBOOKS, operation.kind, operation.target_id) if operation.target_id else None
    after = operation.record if operation.action is not Action.DELETE else None
    moves = operation.action is Action.CREATE or "date" in operation.groups
    if not lock.holds(date_of(before), date_of(after) if moves else None):
        taken_off = _taken_off(plan_input, operation, before, after)
        return Held(operation, before, after, ("money",), taken_off=taken_off) if taken_off else None
    if operation.action is not Action.UPDATE:
        return Held(operation, before, after)
    if ROOM in operation.fields:  # it comes back with another customer
        return Held(operation, before, after, ("payment", "contact_id"))
    there = lock.holds(date_of(before))
    groups = tuple(
        group
        for group in operation.groups
        if (
            (there or group == "date")  # of what is to be dated in a locked period all else belongs to the open one
            and _may_not_move(plan_input, group, before, after)
        )
        or (there and group == "money" and _has_differences(plan_input, operation))
    )
    return Held(operation, before, after, groups) if groups else None


def _taken_off(
    plan_input: PlanInput, operation: Operation, before: Record | None, after: Record | None
) -> tuple[Receipt, ...]:
    """The payments that may not let go of anything, of a document that is to come to less than what was paid of it: QuickBooks takes
    the rest off them by itself, the latest first, as far as it knows."""
    if operation.action is not Action.UPDATE or "money" not in operation.groups:
        return ()
    if not isinstance(before, Sale) or not isinstance(after, Sale) or after.money.total >= before.paid:
        return ()
    paying = (payment.record for payment in plan_input.paying(operation.target_id) if not payment.deleted)
    return tuple(each for each in paying if isinstance(each, Receipt) and _keeps_what_it_pays(plan_input, each))


def _keeps_what_it_pays(plan_input: PlanInput, payment: Receipt) -> bool:
    """Whether what a payment is applied to belongs to a locked period: not where the tax is by what is invoiced, unless QuickBooks
    refuses that anyway."""
    lock = plan_input.lock
    if lock is None or not lock.holds(payment.date):
        return False
    return not plan_input.configuration.reports_by_invoice or lock.closes(payment.date)


def _has_differences(plan_input: PlanInput, operation: Operation) -> bool:
    """Whether documents over differences stand beside an invoice: then amounts that are its own again are a change, too."""
    return operation.kind is Kind.SALE and bool(plan_input.links.differences(operation.source_id))


def _may_not_move(plan_input: PlanInput, group: str, before: Record | None, after: Record | None) -> bool:
    """Whether an update really moves something of this group that is locked."""
    was, becomes = getattr(before, group, None), getattr(after, group, None)
    if was == becomes:
        return False
    match was, becomes:
        case Money(), Money():
            return _figures(was) != _figures(becomes)
        case Payment(), Payment():
            allocations_only = (was.amount, was.currency) == (becomes.amount, becomes.currency)
            shut = plan_input.lock is not None and plan_input.lock.closes(date_of(before))
            return not (allocations_only and plan_input.configuration.reports_by_invoice) or shut
    if group == "shipping_address":
        return plan_input.configuration.country == "US"  # where the goods go decides the sales tax
    return group in GROUPS


def _figures(money: Money) -> tuple[object, ...]:
    lines = tuple((line.item, line.tax_code, line.total) for line in money.lines)
    return (money.currency, money.total, money.tax_total, lines)


def date_of(record: Record | None) -> dt.date | None:
    """The day of a document, or of money."""
    return record.date if isinstance(record, Sale | Receipt) else None


def shown(plan_input: PlanInput, held: Sequence[Held]) -> str:
    """What stands for a change as it was asked about: what is to be done, and what both sides hold."""
    said: list[object] = []
    for each in held:
        kind, oncord_id = each.about
        ours = plan_input.record(Side.ONCORD, kind, oncord_id)
        said.append(
            (
                each.operation.action.value,
                each.operation.target_id,
                _said(ours),
                _said(each.before)[:-1],
                _cash(each.before),
            )
        )
    said += added_amounts(plan_input, held)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32] + _guards(held)


def added_amounts(plan_input: PlanInput, held: Sequence[Held]) -> list[tuple[str, ...]]:
    """What the documents over earlier differences of a sale come to, the oldest first; none for nearly every sale."""
    found: list[tuple[str, ...]] = []
    for each in held:
        kind, sale_id = each.about
        for link in plan_input.links.differences(sale_id) if kind is Kind.SALE else ():
            document = plan_input.record(Side.QUICKBOOKS, Kind.SALE, link.quickbooks_id)
            if isinstance(document, Sale) and link.state is LinkState.LIVE:
                found.append((document.type, *_cash(document)))
    return found


_BANK_TOO, _BANK_ALONE = "+bank", "=bank"
_COVERED = {"": ("",), _BANK_TOO: ("", _BANK_TOO, _BANK_ALONE), _BANK_ALONE: (_BANK_ALONE,)}
"""Who is told of one guard has said nothing about another: what an answer covers, by what was told with the question."""


def _guards(held: Sequence[Held]) -> str:
    """What holds a change back: a locked period, a bank statement as well, or that alone."""
    if not any(each.bank for each in held):
        return ""
    return _BANK_TOO if any(each.locked for each in held) else _BANK_ALONE


def covers(answered: str, asked: str, *, whatever_holds: bool) -> bool:
    """Whether what was shown with an answer stands for what is asked now: the same change, and no guard besides those that
    the person was told of, unless `whatever_holds` it."""
    change, told = _taken_apart(answered)
    again, guards = _taken_apart(asked)
    return change == again and (whatever_holds or guards in _COVERED[told])


def _taken_apart(shown: str) -> tuple[str, str]:
    guards = next((each for each in (_BANK_TOO, _BANK_ALONE) if shown.endswith(each)), "")
    return shown.removesuffix(guards), guards


def _said(record: Record | None) -> tuple[object, ...]:
    """What of a document a locked period is about, in plain values that are the same however they were read."""
    match record:
        case Sale(money=money):
            lines = tuple((line.tax_code, _plain(line.total)) for line in money.lines)
            void = record.voided or record.status == "cancelled"
            amounts = (money.currency, _plain(money.total), _plain(money.tax_total), lines)
            return (record.type, str(record.date), str(record.contact_id), void, amounts)
        case Receipt(payment=paid):
            allocations = tuple((str(a.sale_id), _plain(a.amount)) for a in paid.allocations)
            cash = (paid.currency, _plain(paid.amount), allocations)
            return (str(record.date), str(record.contact_id), record.channel, record.voided, cash)
    return ()


def _cash(record: Record | None) -> tuple[str, ...]:
    """The amounts of a document of QuickBooks. What money is applied to there is left out: a payment whose invoice moves is
    taken off it first and applied again afterwards, which is one change."""
    match record:
        case Sale(money=money):
            return (money.currency, _plain(money.total), _plain(money.tax_total))
        case Receipt(payment=paid):
            return (paid.currency, _plain(paid.amount))
    return ()


def _plain(amount: Decimal) -> str:
    return str(amount.normalize())


def by_record(held: Sequence[Held]) -> dict[tuple[Kind, str], list[Held]]:
    """Held writes by the record that they are about: of a receipt that is several payments one question is put."""
    found: dict[tuple[Kind, str], list[Held]] = {}
    for each in held:
        found.setdefault(each.about, []).append(each)
    return found
