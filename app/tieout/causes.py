"""Why two sides differ: one cause of a closed list for each difference, found from what holds the records up (law 11).

Nothing here asks what the service meant to do. A difference is explained by what anybody can see: a record that waits,
a question that is open, a choice that was made, a deletion that a rule lets stand. What none of that explains is a
fault of ours, and says so.
"""

from collections.abc import Iterable
from enum import StrEnum

from app.tieout.facts import Entry, Group, Held, Settings
from app.tieout.kept import why_kept
from app.tieout.numbers import day_written, written


class Cause(StrEnum):
    """The closed list. The values are stable: they stand in certificates and metrics."""

    WAITING = "waiting"
    NOT_READ = "not_read"
    PARKED = "parked"
    REFUSED = "refused"
    DOUBLED = "doubled"
    HELD = "held"
    BEFORE_START = "before_start"
    OPENING = "opening_receivable"
    NOT_MAPPED = "not_mapped"
    KEPT_BY_RULE = "kept_by_rule"
    VOID = "void"
    SETTLED_OTHERWISE = "settled_otherwise"
    WRITTEN_OFF = "written_off"
    NOT_SYNCHRONISED = "not_synchronised"
    UNAPPLIED = "unapplied"
    NOT_JOINED = "refund_not_joined"
    OTHER_LABEL = "other_label"
    TAX_ANEW = "tax_worked_out_anew"
    FEE = "fee"
    PERIOD_END = "across_period_end"
    ROUNDING = "rounding"
    CURRENCY = "currency"
    LOCKED = "locked"
    CLEARED = "cleared"
    ACCOUNT_MOVED = "account_moved"
    PERSON = "person"
    EDITED_SINCE = "edited_since"
    UNEXPLAINED = "unexplained"


WORDS = {
    Cause.WAITING: "waiting for its turn",
    Cause.NOT_READ: "not read yet",
    Cause.PARKED: "parked",
    Cause.REFUSED: "refused by one side",
    Cause.DOUBLED: "doubled on one side",
    Cause.HELD: "held until somebody answers",
    Cause.BEFORE_START: "before the start date",
    Cause.OPENING: "an opening receivable: before the start date, and open",
    Cause.NOT_MAPPED: "a payment method or tax code is not mapped",
    Cause.KEPT_BY_RULE: "deleted there and kept here by rule",
    Cause.VOID: "void on one side",
    Cause.SETTLED_OTHERWISE: "settled by something else",
    Cause.WRITTEN_OFF: "written off",
    Cause.NOT_SYNCHRONISED: "a kind that is not synchronised",
    Cause.UNAPPLIED: "overpaid, or credit that pays nothing yet",
    Cause.NOT_JOINED: "a refund that is paid but not joined",
    Cause.OTHER_LABEL: "same rate, another BAS label",
    Cause.TAX_ANEW: "tax worked out anew by QuickBooks",
    Cause.FEE: "a fee, a surcharge or a net payout",
    Cause.PERIOD_END: "across the end of a period",
    Cause.ROUNDING: "rounding",
    Cause.CURRENCY: "another currency",
    Cause.LOCKED: "in a locked period",
    Cause.CLEARED: "money that the bank reconciliation holds",
    Cause.ACCOUNT_MOVED: "account moved in the books",
    Cause.PERSON: "a person chose so",
    Cause.EDITED_SINCE: "accepted once, and edited since",
    Cause.UNEXPLAINED: "unexplained",
}

WHAT_TO_DO = {
    Cause.WAITING: "Nothing: the next synchronisation takes it up.",
    Cause.NOT_READ: "Nothing: the next synchronisation reads it.",
    Cause.PARKED: "Do what the reason says, then try the record again under Attention.",
    Cause.REFUSED: "Correct what the reason names; it is tried again once the record changes.",
    Cause.DOUBLED: "Say under Attention which of the two is meant, or delete the one that is too many.",
    Cause.HELD: "Answer the question under Attention.",
    Cause.BEFORE_START: "Nothing, or choose an earlier start date in the configuration.",
    Cause.OPENING: "Say how it comes into QuickBooks, under Attention; nothing where it came as an opening balance.",
    Cause.NOT_MAPPED: "Choose an account or a tax code for it in the configuration, or leave it out on purpose.",
    Cause.KEPT_BY_RULE: "Nothing, or put the deleted one back on the other one's page, or delete that one as well.",
    Cause.VOID: "Void the other one as well, or enter the document anew.",
    Cause.SETTLED_OTHERWISE: "Look in QuickBooks at what settled it; record it in Oncord where it is money received.",
    Cause.WRITTEN_OFF: "Nothing, or make an adjustment in Oncord for it, in place of the journal entry.",
    Cause.NOT_SYNCHRONISED: "Record a payment or refund in QuickBooks in its place where it stands for money that came or went.",
    Cause.UNAPPLIED: "Apply it to what it pays in QuickBooks, pay it back, or leave it as the customer's credit.",
    Cause.NOT_JOINED: "In QuickBooks open Receive payment for the customer, tick the refund and the credit, and save with 0.00.",
    Cause.OTHER_LABEL: "Give the lines the code on one side that they have on the other: the tax is the same, the BAS label is not.",
    Cause.TAX_ANEW: "Correct the tax on the document in QuickBooks, or the sale in Oncord.",
    Cause.FEE: "Record the whole amount in QuickBooks and the fee as an expense, or leave it.",
    Cause.PERIOD_END: "See that it is reported in one of the two periods only.",
    Cause.ROUNDING: "Nothing: total and tax agree.",
    Cause.LOCKED: "Answer the question under Attention, or leave it as it is where somebody has said so.",
    Cause.CLEARED: "Answer the question under Attention, or leave it as it is where somebody has said so.",
    Cause.CURRENCY: "Correct the currency of one of the two.",
    Cause.ACCOUNT_MOVED: "Nothing: the account belongs to the books, the payment method to the shop.",
    Cause.PERSON: "Nothing: it follows from what a person chose.",
    Cause.EDITED_SINCE: "Look whether it still is as it was left, and correct one of the two where it is not.",
    Cause.UNEXPLAINED: "Synchronise once more; if it stays, report it: this is a fault of the service.",
}

SETTLED = frozenset(
    {
        Cause.BEFORE_START,
        Cause.KEPT_BY_RULE,
        Cause.ROUNDING,
        Cause.ACCOUNT_MOVED,
        Cause.WRITTEN_OFF,
        Cause.PERSON,
    }
)
"""What asks nothing of anybody, however old it is."""
_TWIN = "twin:"
LOCKED_PERIOD = "configuration:locked period"
"""How the stored text of what a locked period holds back begins."""
CLEARED_MONEY = "configuration:cleared "
"""How that of what a bank statement holds back begins."""
OPENING_RECEIVABLE = "configuration:opening receivables"
"""That of what waits for an answer about sales from before the start date that were open on it."""
LEFT_AS_IT_IS = "left it as it is"
"""What the text says of a change that somebody has left undone for that."""
UNAPPLIED = f"{LEFT_AS_IT_IS} but for what it paid, as the customer's credit"
"""And of money that was taken off what it paid instead."""
Explained = tuple[Cause, str]
"""A cause, and its reason in words ("" where the cause says it all)."""

UNEXPLAINED: Explained = (Cause.UNEXPLAINED, "")


def of_waiting(held: Held) -> Explained:
    """Why a record waits that was queued, postponed or laid aside."""
    if not held.parked and not held.waits_for:
        return (Cause.NOT_READ if held.unread else Cause.WAITING), held.reason
    if held.waits_for.startswith(LOCKED_PERIOD):
        return Cause.LOCKED, held.reason
    if held.waits_for.startswith(CLEARED_MONEY):
        return Cause.CLEARED, held.reason
    if held.waits_for == OPENING_RECEIVABLE:
        return Cause.OPENING, held.reason
    if held.waits_for.startswith("configuration"):
        return Cause.NOT_MAPPED, held.reason
    if held.waits_for.startswith(_TWIN):
        return Cause.DOUBLED, held.reason
    asked = held.waits_for.startswith(("record:", "approval", "person"))
    if asked and held.let_be:
        return Cause.PERSON, held.let_be
    if asked or not held.parked:
        return Cause.HELD, held.reason
    return (Cause.REFUSED if held.refused else Cause.PARKED), held.reason


def standing(entries: Iterable[Entry]) -> Explained | None:
    """What holds any of these records up at this moment, or the deletion of one that they belong to: a queue or a question."""
    known = list(entries)
    holds = (*(entry.held for entry in known), *(entry.counterpart_held for entry in known))
    queued = next((held for held in holds if held is not None), None)
    if queued is not None:
        return of_waiting(queued)
    unread = next((entry.unreadable for entry in known if entry.unreadable), "")
    if unread:
        return Cause.PARKED, f"It makes no sense: {unread}."
    asked = next((entry.question for entry in known if entry.question), "")
    return (Cause.HELD, asked) if asked else None


def left_so(entries: Iterable[Entry], *figures: str) -> Explained | None:
    """Whether somebody was told of exactly these figures and left them; and whether it was edited after that."""
    known = list(entries)
    told = (text for entry in known for text in entry.dismissed)
    found = next((text for text in told if figures and all(figure in text for figure in figures)), "")
    if found:
        return Cause.PERSON, found
    before = (text for entry in known for text in entry.dismissed_before)
    ended = next((text for text in before if figures and all(figure in text for figure in figures)), "")
    return (Cause.EDITED_SINCE, ended) if ended else None


def locked(entries: Iterable[Entry], *figures: str) -> Explained | None:
    """Whether a locked period or the bank reconciliation holds this back, or somebody has left it so for that; with just these
    figures, where any are given."""
    known = list(entries)
    held = (held for entry in known for held in (entry.held, entry.counterpart_held) if held is not None)
    waits = next((held for held in held if held.waits_for.startswith((LOCKED_PERIOD, CLEARED_MONEY))), None)
    if waits is not None:
        return of_waiting(waits)
    told = [(Cause.LOCKED, text) for entry in known for text in entry.left_locked]
    told += [(Cause.CLEARED, text) for entry in known for text in entry.left_cleared]
    return next((each for each in told if all(figure.lstrip("-") in each[1] for figure in figures)), None)


def said_to_be_one(group: Group) -> bool:
    """Whether a person was asked who these are, and said that they are one."""
    ours = group.oncord
    return ours is not None and any(e.id in ours.chosen or ours.id in e.chosen for e in group.quickbooks)


def alone(entry: Entry, settings: Settings) -> Explained:
    """Why a record has no counterpart, as far as it tells by itself."""
    found = standing([entry]) or locked([entry])
    if found is not None:
        return found
    kept = why_kept(entry)
    if kept:
        return Cause.KEPT_BY_RULE, kept
    if entry.side == "oncord" and entry.is_document and entry.date and entry.date < settings.start_date:
        return _before_the_start(entry, settings)
    unmapped = settings.unmapped(entry)
    if unmapped:
        return Cause.NOT_MAPPED, unmapped
    if entry.dismissed:
        return Cause.PERSON, entry.dismissed[0]
    return (Cause.EDITED_SINCE, entry.dismissed_before[0]) if entry.dismissed_before else UNEXPLAINED


def _before_the_start(entry: Entry, settings: Settings) -> Explained:
    """A sale of before the start date: what it says itself tells whether anything was open of it."""
    left = entry.total - (entry.total if entry.says_paid is None else entry.says_paid)
    why = f"It is dated before the start date {day_written(settings.start_date)}"
    if left <= 0:
        return Cause.BEFORE_START, f"{why}."
    return Cause.OPENING, f"{why}, and {written(left)} {entry.currency} of it is open."
