"""What a person is told of a document of a locked period: what it is, what was to become of it, and what that would move (B1)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from app.domain.guards.locked_period import Lock
from app.domain.model.currencies import with_currency, written
from app.domain.model.days import day_in_words
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Allocation, Kind, Receipt, Record, Sale, Side
from app.domain.planning.differences import documents_added_to, together
from app.domain.planning.document_words import called, noun_of
from app.domain.planning.labels import subject_of
from app.domain.planning.locked_writes import Held, added_amounts, date_of
from app.domain.planning.plan_input import PlanInput

_DONE = {Action.CREATE: "made", Action.UPDATE: "changed", Action.VOID: "voided", Action.DELETE: "deleted"}


def in_words(plan_input: PlanInput, lock: Lock, held: Sequence[Held]) -> str:
    """What was to be done, why it was not, and what it would move in the old period."""
    first = held[0]
    label = subject_of(plan_input, first.operation).label
    day = date_of(first.before) or date_of(first.after)
    of = f" of {day_in_words(day)}" if day else ""
    action = first.operation.action
    beside = added_amounts(plan_input, held)
    now = _amounts_together(plan_input, first) if beside else " and ".join(_amounts(each.before) for each in held)
    match action:
        case Action.CREATE:
            what = f"{' and '.join(_made(each.after) for each in held)} is not in QuickBooks yet"
        case Action.UPDATE:
            what = f"{now} in QuickBooks, is to {_becomes(held)}"
        case Action.VOID if not _deleted(plan_input, first.operation):
            what = f"{now} in QuickBooks, is void in Oncord"
        case _:
            what = f"{now} in QuickBooks, was deleted in Oncord"
    bank = next((each.bank for each in held if each.bank), None)
    too = f" Also, {bank.in_words}." if bank is not None else ""
    effect = "" if beside else _effect(plan_input, lock, held)
    return f"{label}{of}, {what}. It was not {_DONE[action]} there, since {_why(lock, held)}.{too}{effect}"


def _why(lock: Lock, held: Sequence[Held]) -> str:
    """Why it stays: its own period is locked, or that of what pays it."""
    payments = [payment for each in held for payment in each.taken_off]
    if not payments:
        return lock.in_words
    names = " and ".join(_payment(each) for each in payments)
    return f"QuickBooks would then take what was paid beyond that off {names}, and {lock.in_words}"


def _payment(payment: Receipt) -> str:
    day = f" of {day_in_words(payment.date)}" if payment.date else ""
    return f"the payment of {with_currency(payment.payment.amount, payment.payment.currency)}{day}"


def _deleted(plan_input: PlanInput, operation: Operation) -> bool:
    """Whether what is to be voided was deleted in Oncord (S3)."""
    snapshot = plan_input.snapshot(Side.ONCORD, operation.kind, operation.source_id)
    return snapshot is not None and snapshot.deleted


def _becomes(held: Sequence[Held]) -> str:
    groups = {group for each in held for group in each.groups}
    parts = []
    if groups & {"money", "payment"}:
        parts.append(f"become {' and '.join(_amounts(each.after) for each in held)}")
        if "payment" in groups and all(_cash(each.before) == _cash(each.after) for each in held):
            parts = ["pay other documents"]
    after = date_of(held[0].after)
    if "date" in groups and after:
        parts.append(f"be dated {day_in_words(after)}")
    if "contact_id" in groups:
        parts.append("belong to another customer")
    if "channel" in groups:
        parts.append("lie in another account")
    if "shipping_address" in groups:
        parts.append("go to another address, which may move its tax")
    if "voided" in groups:
        parts.append("be void no more")
    return " and ".join(parts) or "be changed"


def _amounts(record: Record | None) -> str:
    match record:
        case Sale(money=money):
            tax = f", tax {written(money.tax_total, money.currency)}" if money.tax_total else ""
            return f"{written(money.total, money.currency)} {money.currency}{tax}".strip()
        case Receipt(payment=paid):
            return with_currency(paid.amount, paid.currency)
    return "nothing"


def _made(record: Record | None) -> str:
    """What a new document is to a person; one without money of its own joins others, and the amount is of what it joins."""
    if not isinstance(record, Receipt) or record.payment.amount or not record.payment.allocations:
        return f"{_amounts(record)},"
    joined = max(_by_type(record.payment.allocations).values())
    return f"the payment that joins {with_currency(joined, record.payment.currency)} of it to other documents"


def _by_type(allocations: Iterable[Allocation]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for each in allocations:
        sums[each.type] = sums.get(each.type, Decimal(0)) + abs(each.amount)
    return sums


def _amounts_together(plan_input: PlanInput, held: Held) -> str:
    """What an invoice and the documents over earlier differences come to together."""
    if not isinstance(held.before, Sale):
        return _amounts(held.before)
    added = documents_added_to(plan_input, held.operation.source_id)
    return f"{_amounts(replace(held.before, money=together(held.before, added)))}, with the documents over earlier changes,"


def _cash(record: Record | None) -> Decimal:
    return record.payment.amount if isinstance(record, Receipt) else Decimal(0)


def _effect(plan_input: PlanInput, lock: Lock, held: Sequence[Held]) -> str:
    """What doing it in the old period does to the figures of that period."""
    if held[0].operation.kind is Kind.RECEIPT or held[0].taken_off:
        said = " Where GST is reported by what is paid, that of the old period moves with it."
        return "" if plan_input.configuration.reports_by_invoice else said
    total, tax = Decimal(0), Decimal(0)
    for each in held:
        was = _counted(lock, each.before)
        becomes = _counted(lock, None if each.operation.action is Action.VOID else each.after)
        total, tax = total + becomes[0] - was[0], tax + becomes[1] - was[1]
    if not (total or tax):
        return ""
    record = held[0].before or held[0].after
    currency = record.money.currency if isinstance(record, Sale) else ""
    moved, of_tax = _with_sign(total, currency), _with_sign(tax, currency)
    return f" Done in that period, it moves its sales by {moved} {currency}, of which tax {of_tax}."


def _with_sign(amount: Decimal, currency: str) -> str:
    return f"{'-' if amount < 0 else '+'}{written(abs(amount), currency)}"


def _counted(lock: Lock, record: Record | None) -> tuple[Decimal, Decimal]:
    """Total and tax of a document as they count in the locked period."""
    if not isinstance(record, Sale) or not lock.holds(record.date):
        return Decimal(0), Decimal(0)
    sign = -1 if record.type == "adjustment" else 1
    return sign * record.money.total, sign * record.money.tax_total


def is_new(held: Sequence[Held]) -> bool:
    """Whether what is held would only be made: then it can be dated otherwise, where somebody says so."""
    return all(each.operation.action is Action.CREATE for each in held)


def advice(lock: Lock, held: Sequence[Held], document: Sale | None = None, *, in_place: bool = True) -> str:
    """What each answer does; `document`: what the difference could be entered as. Not `in_place`: documents over earlier
    differences stand beside it, so that it is not written over."""
    again = {
        "books": "QuickBooks itself refuses that as long as its closing date stands, so move that first.",
        "lodged": "What was lodged may have to be revised for it.",
        "sealed": "The sealed month will show that it has moved.",
    }[lock.by.value]
    day = lock.first_open_day
    closed = any(lock.closes(date_of(each.before)) for each in held)
    meanwhile = "" if closed or is_new(held) else "Notes and addresses go over meanwhile. "
    anew = f"Or have it dated {day_in_words(day)}, the first day that is not locked. " if is_new(held) else ""
    entered = ""
    if document is not None:
        own = held[0].before
        noun = noun_of(own) if isinstance(own, Sale) else "invoice"
        opposite = isinstance(own, Sale) and own.type != document.type
        applied = f", applied to the {noun} as far as that is open" if opposite else ""
        stays = " Its day is asked about by itself afterwards." if "date" in held[0].groups else ""
        entered = f"Enter the difference: {called(document)} names the {noun}{applied}, and the {noun} stays as it is.{stays} "
    entered = entered or _why_no_document(held)
    there = (
        f"{'Or do' if document is not None else 'Do'} it in the old period, once and on your name: {again} "
        if in_place
        else ""
    )
    return (
        f"{entered}{there}{anew}Or leave it as a named difference, which ends with the next "
        f"change of the document. {meanwhile}To open the whole period, {lock.way_out}; what waits "
        "then goes by itself."
    )


def _why_no_document(held: Sequence[Held]) -> str:
    """Why what has changed of a document cannot be entered as one of its own, and what can be done instead; "" where that goes
    without saying."""
    first = held[0]
    if first.operation.kind is not Kind.SALE or not isinstance(first.before, Sale):
        return ""
    noun = noun_of(first.before)
    if first.operation.action is not Action.UPDATE:
        back = "a credit memo" if noun == "invoice" else "an invoice"
        return (
            f"To take it back in the open period instead, put it back in Oncord and cancel it there: {back} of that day takes the "
            f"{noun} back, and nothing of the old period moves. "
        )
    if "contact_id" in first.groups:
        return (
            f"It cannot be entered as a document over the difference, since all of it goes to another customer: that takes the {noun} "
            "back for the one and makes a new one for the other, which in the open period comes to nothing. Where that is meant, "
            "cancel it in Oncord and enter it anew for the other contact. "
        )
    if "date" in first.groups:
        return (
            "No document can move a day: what was reported for its period stays reported there, and entered on another day it "
            "would be reported twice. "
        )
    return ""
