"""Documents: what a sale and its invoice have to say alike, and what they differ in.

Compared are whether they count at all, currency, whose they are, date, number, total, tax and sales by code, and what
was settled there by anything that is no receipt here. What is open follows from total and payments.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from app.tieout.adjusted import in_their_months, left_alone
from app.tieout.bills import MOST_ROUNDED, ROUNDED, Bills, billed, both_billed
from app.tieout.cancelled import cancelled_late, left_over, settled_otherwise
from app.tieout.causes import (
    LEFT_AS_IT_IS,
    UNEXPLAINED,
    Cause,
    Explained,
    alone,
    left_so,
    locked,
    said_to_be_one,
    standing,
)
from app.tieout.differences import Difference, one_sided, steps, told
from app.tieout.facts import ZERO, Entry, Group, Settings, Ties
from app.tieout.figures import OWED, Billed, Cell, Figures, plain
from app.tieout.figures import total as in_all
from app.tieout.numbers import same_number, written
from app.tieout.opening import opened
from app.tieout.settled import parts
from app.tieout.wholes import adding, whole

Change = tuple[str, Callable[[Billed], Billed]]


def judge_document(group: Group, bills: Bills | None, ties: Ties, settings: Settings) -> list[Difference]:
    """All differences of one group, of which `bills_of` says what counts."""
    ours, theirs, taking_back = group.oncord, group.document, group.taking_back
    if ours is not None and theirs is not None and taking_back and cancelled_late(group, ties, settings):
        return [*settled_otherwise(group, ties, settings), *left_alone(group, ties, settings)]
    found = [each for entry in taking_back for each in left_over(group, entry, ties, settings)]
    found += left_alone(group, ties, settings)
    if ours is None or theirs is None:
        return [*_alone(group, ties, settings), *found]
    if ours.void and theirs.void:
        return found
    if ours.void or theirs.void:
        live = (theirs, *adding(group)) if ours.void else (ours,)
        counted = [billed(each, ties, settings) for each in live]
        amount = sum((each.sign * each.total for each in live), ZERO)
        shown = replace(group, quickbooks=live if ours.void else (theirs,))
        why = locked(group.entries) or (Cause.VOID, "")
        figures = in_all(each.figures() for each in counted)
        return [one_sided(shown, "void", figures, amount, why, counted[0].party), *found]
    documents = whole(theirs, adding(group))
    here, there = bills or both_billed(ours, documents, ties, settings, adopted=group.adopted)
    shown = replace(group, quickbooks=tuple(e for e in group.quickbooks if not e.takes_back)) if taking_back else group
    in_place = _left_of(group, (here, there), ties, settings)
    return [*_compared(shown, ours, documents, (here, there), in_place, settings), *found]


def _left_of(group: Group, bills: Bills, ties: Ties, settings: Settings) -> Bills:
    """What of a sale and its documents counts in the invoice's own place: all of it, but for later differences (B1)."""
    added = adding(group)
    if not added:
        return bills
    here, there = (in_their_months(bill, added, ties, settings)[0] for bill in bills)
    return here, there


def _alone(group: Group, ties: Ties, settings: Settings) -> list[Difference]:
    entry = group.oncord or group.document
    if entry is None or entry.void:
        return []
    figures = billed(entry, ties, settings)
    found = alone(entry, settings)
    shown = replace(group, quickbooks=tuple(e for e in group.quickbooks if not e.takes_back and not e.adds))
    return [one_sided(shown, "missing", figures.figures(), entry.sign * entry.total, found, figures.party)]


def _compared(
    group: Group, ours: Entry, theirs: Entry, bills: Bills, counted: Bills, settings: Settings
) -> Iterator[Difference]:
    """What differs of a pair; `counted`: what of it counts in the place of its invoice."""
    here, there = bills
    seen = _seen(ours, theirs, here, there)
    if "number" in seen and not _numbers_differ(group, ours, theirs, settings):
        del seen["number"]
    moved = dict(steps(counted[0], _changes(counted[1]))) if seen else {}
    for name, (mine, other, amount) in seen.items():
        all_of_it = moved.get(name) or moved.get("money" if name in MONEY else "", {})
        if name == "settled":
            several = [
                _part_of_settled(there, part, explained) for part, explained in parts(theirs, amount * there.sign)
            ]
        else:
            several = [(amount, all_of_it, _why(name, group, (mine, other), amount, here, there))]
        for part, moves, explained in several:
            yield Difference(
                what=name,
                currency=there.currency,
                oncord=mine,
                quickbooks=other,
                amount=part,
                cause=explained[0],
                why=explained[1],
                moves=moves,
                **told(group, here.party),
            )


def _part_of_settled(there: Billed, part: Decimal, explained: Explained) -> tuple[Decimal, Figures, Explained]:
    """A part of what was settled otherwise: its amount, and that so much less is owed."""
    amount = there.sign * part
    return amount, plain({Cell(OWED, there.party, there.currency): -amount}), explained


MONEY = ("total", "tax", "sales")
"""A document's money differs in one of these, the first that does: what follows from it is not told again."""

Seen = dict[str, tuple[str, str, Decimal]]
"""By what differs: what either side shows, and QuickBooks less Oncord."""


def _seen(ours: Entry, theirs: Entry, here: Billed, there: Billed) -> Seen:
    """What differs, by what it is."""
    found: Seen = {}
    if here.currency != there.currency:
        found["currency"] = (here.currency, there.currency, ZERO)
    if here.party != there.party:
        found["contact"] = (here.party, there.party, ZERO)
    if ours.date != theirs.date:
        found["date"] = (str(ours.date or ""), str(theirs.date or ""), ZERO)
    if ours.number != theirs.number:
        found["number"] = (ours.number, theirs.number, ZERO)
    if here.settled != there.settled:
        amount = there.sign * (there.settled - here.settled)
        found["settled"] = (written(here.settled), written(there.settled), amount)
    total, other_total = here.sign * here.total, there.sign * there.total
    turned = here.sign != there.sign and bool(
        here.settled or there.settled
    )  # what is settled of nothing counts the other way
    if total != other_total or turned:
        found["total"] = (written(total), written(other_total), other_total - total)
    elif here.taxes != there.taxes:
        found["tax"] = _by_code(here.taxes, there.taxes, here.sign)
    elif here.nets != there.nets:
        found["sales"] = _by_code(here.nets, there.nets, here.sign)
    return found


def _by_code(here: Mapping[str, Decimal], there: Mapping[str, Decimal], sign: int) -> tuple[str, str, Decimal]:
    """What differs code by code; the amount is what there is more of altogether, or else what has moved between codes."""
    codes = [c for c in sorted({*here, *there}) if here.get(c, ZERO) != there.get(c, ZERO)]
    apart = [there.get(code, ZERO) - here.get(code, ZERO) for code in codes]
    altogether = sum(apart, ZERO) or sum((each for each in apart if each > 0), ZERO)
    mine, theirs = (
        ", ".join(f"{code or 'no code'} {written(side.get(code, ZERO))}" for code in codes) for side in (here, there)
    )
    return mine, theirs, sign * altogether


def _changes(there: Billed) -> Iterator[Change]:
    """From Oncord's figures to QuickBooks', one thing at a time."""
    yield "currency", lambda b: replace(b, currency=there.currency)
    yield "contact", lambda b: replace(b, party=there.party)
    yield "date", lambda b: replace(b, month=there.month)
    yield (
        "money",
        lambda b: replace(b, total=there.total, sign=there.sign, taxes=there.taxes, nets=there.nets),
    )
    yield "settled", lambda b: replace(b, settled=there.settled)


def _numbers_differ(group: Group, ours: Entry, theirs: Entry, settings: Settings) -> bool:
    """Pairs that met keep the numbers that they had."""
    told_alike = settings.numbers_travel and not group.adopted
    return told_alike and bool(ours.number and theirs.number) and not same_number(ours.number, theirs.number)


def _why(name: str, group: Group, pair: tuple[str, str], amount: Decimal, here: Billed, there: Billed) -> Explained:
    entries = group.entries
    if name == "currency":
        return Cause.CURRENCY, ""
    opening = opened(name, group)
    if opening is not None:
        return opening
    if name == "sales" and abs(amount) <= ROUNDED * max(MOST_ROUNDED, *(len(entry.lines) for entry in entries)):
        return Cause.ROUNDING, "Total and tax agree."
    if name == "date" and group.adopted and _a_day_apart(entries):
        cause = Cause.ROUNDING if here.month == there.month else Cause.PERIOD_END
        return cause, "Both were there before they met, a day of a time zone apart."
    held = standing(entries)
    if held is not None and held[0] in (Cause.HELD, Cause.PARKED, Cause.REFUSED):
        return _of_tax(name, here, there, held[1]) or held
    figures = () if name == "date" else (LEFT_AS_IT_IS, *(pair if name == "total" else ()))
    left = locked(entries, *figures)
    told_so = left_so(entries, *(pair if name != "contact" else ("contact",)))
    if told_so is None and name == "contact" and said_to_be_one(group):
        told_so = Cause.PERSON, "Somebody said that the two are one; each keeps its own contact."
    return held or left or told_so or UNEXPLAINED


def _of_tax(name: str, here: Billed, there: Billed, why: str) -> Explained | None:
    """Whether what is held up differs in its tax alone: in how much of it there is, or under which code of one rate."""
    nets, others = (sum(side.nets.values(), ZERO) for side in (here, there))
    if here.total - there.total == _tax(here) - _tax(there) != ZERO and nets == others:
        return Cause.TAX_ANEW, why
    if name in ("tax", "sales") and nets == others and _tax(here) == _tax(there):
        return Cause.OTHER_LABEL, why
    return None


def _tax(billed: Billed) -> Decimal:
    return sum(billed.taxes.values(), ZERO)


def _a_day_apart(entries: tuple[Entry, ...]) -> bool:
    days = [entry.date for entry in entries if entry.date]
    return bool(days) and (max(days) - min(days)).days <= 1
