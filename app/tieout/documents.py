"""Documents: what a sale and its invoice have to say alike, and what they differ in.

Compared are whether they count at all, currency, whose they are, date, number, total, tax and sales by code, and what
was settled there by anything that is no receipt here. What is open follows from total and payments.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from app.tieout.causes import LEFT_AS_IT_IS, UNEXPLAINED, Cause, Explained, alone, left_so, locked, standing
from app.tieout.differences import Difference, one_sided, steps, told, written
from app.tieout.facts import ZERO, Entry, Group, Settings, TaxedLine, Ties
from app.tieout.figures import NOT_SPLIT, Billed, less
from app.tieout.numbers import same_number

ROUNDED = Decimal("0.01")
_TAXED_OR_NOT = ("TAX", "NON")
"""The two tax codes that lines have in America (docs/quickbooks.md)."""
MOST_ROUNDED = 5
"""Sales of a code may be so many cents apart, or one a line, where total and tax agree: they were shared out again."""

Change = tuple[str, Callable[[Billed], Billed]]


Bills = tuple[Billed, Billed]
"""What counts of a sale and of its invoice."""


def bills_of(group: Group, ties: Ties, settings: Settings) -> Bills | None:
    """What counts of a pair that stands on both sides; None where there is no such pair."""
    ours, several = group.oncord, [entry for entry in group.quickbooks if not entry.takes_back]
    if ours is None or ours.void or len(several) != 1 or several[0].void:
        return None
    return both_billed(ours, several[0], ties, settings, adopted=group.adopted)


def judge_document(group: Group, bills: Bills | None, ties: Ties, settings: Settings) -> list[Difference]:
    """All differences of one group, of which `bills_of` says what counts."""
    ours, theirs, taking_back = group.oncord, group.document, group.taking_back
    if ours is not None and theirs is not None and taking_back and cancelled_late(group, ties, settings):
        return list(_settled_otherwise(group, ties, settings))
    found = [each for entry in taking_back for each in _left_over(group, entry, ties, settings)]
    if ours is None or theirs is None:
        return [*_alone(group, ties, settings), *found]
    if ours.void and theirs.void:
        return found
    if ours.void or theirs.void:
        live = theirs if ours.void else ours
        figures = billed(live, ties, settings)
        amount = live.sign * live.total
        shown = replace(group, quickbooks=(theirs,))
        why = locked(group.entries) or (Cause.VOID, "")
        return [one_sided(shown, "void", figures.figures(), amount, why, figures.party), *found]
    here, there = bills or both_billed(ours, theirs, ties, settings, adopted=group.adopted)
    shown = replace(group, quickbooks=(theirs,)) if taking_back else group
    return [*_compared(shown, ours, theirs, here, there, settings), *found]


def cancelled_late(group: Group, ties: Ties, settings: Settings) -> bool:
    """Whether a sale that is void here is taken back there, and by just what it came to: by a credit for the same party, in the
    same currency, of the same sales and tax by code, and not before it. Then both sides hold the same, though one of them has
    two documents for it: it counts in its own month, and is taken back in that of the credit."""
    ours, theirs = group.oncord, group.document
    if ours is None or theirs is None or not ours.void or theirs.void:
        return False
    document = billed(theirs, ties, settings)
    backs = [billed(entry, ties, settings) for entry in group.taking_back]
    whole = (document.party, document.currency)
    fits = all((c.party, c.currency, c.sign) == (*whole, -document.sign) for c in backs)
    later = all(e.date is None or theirs.date is None or e.date >= theirs.date for e in group.taking_back)
    return fits and later and _adds_up(document, backs)


def _adds_up(document: Billed, backs: list[Billed]) -> bool:
    """Whether credits come to exactly what a document does."""
    for named in ("nets", "taxes"):
        mine: Mapping[str, Decimal] = getattr(document, named)
        back: dict[str, Decimal] = defaultdict(Decimal)
        for credit in backs:
            for code, amount in getattr(credit, named).items():
                back[code] += amount
        if dict(mine) != {code: amount for code, amount in back.items() if amount}:
            return False
    return document.total == sum((credit.total for credit in backs), ZERO)


def counted_late(group: Group, ties: Ties, settings: Settings) -> tuple[list[Billed], list[Billed]]:
    """What counts of a sale that was cancelled late: for Oncord, which has one document and no credit, as the books tell it but
    for what is settled there otherwise; for the books what they hold."""
    theirs = group.document
    assert theirs is not None
    there = [billed(entry, ties, settings) for entry in (theirs, *group.taking_back)]
    return [replace(each, settled=ZERO) for each in there], there


def _settled_otherwise(group: Group, ties: Ties, settings: Settings) -> Iterator[Difference]:
    here, there = counted_late(group, ties, settings)
    for mine, other in zip(here, there, strict=True):
        if mine != other:
            yield Difference(
                what="settled",
                currency=other.currency,
                oncord=written(mine.settled),
                quickbooks=written(other.settled),
                amount=other.sign * other.settled,
                cause=Cause.SETTLED_OTHERWISE,
                moves=less(other.figures(), mine.figures()),
                **told(group, other.party),
            )


def _left_over(group: Group, entry: Entry, ties: Ties, settings: Settings) -> Iterator[Difference]:
    """A credit that takes a sale back which stands, or which it does not take back as it is."""
    figures = billed(entry, ties, settings)
    why = standing(group.entries) or locked(group.entries)
    if why is None:
        why = (Cause.VOID, "") if group.oncord is not None and group.oncord.void else UNEXPLAINED
    alone_there = replace(group, oncord=None, quickbooks=(entry,))
    yield one_sided(alone_there, "missing", figures.figures(), entry.sign * entry.total, why, figures.party)


def billed(entry: Entry, ties: Ties, settings: Settings, *, split: bool = True) -> Billed:
    """What counts of a document. `split`: its tax by code."""
    nets: dict[str, Decimal] = defaultdict(Decimal)
    taxes: dict[str, Decimal] = defaultdict(Decimal)
    for line in entry.lines:
        code = _code_of(entry, line, settings) if split else NOT_SPLIT
        nets[code] += line.net
        if split:
            taxes[code] += line.tax
    if not split:
        taxes[NOT_SPLIT] = entry.tax_total
    settled = ZERO if entry.stated_paid is None else entry.stated_paid - entry.linked_paid
    return Billed(
        sign=entry.sign,
        currency=entry.currency,
        party=ties.party(entry.side, entry.contact_id),
        month=f"{entry.date:%Y-%m}" if entry.date else "",
        total=entry.total,
        nets={code: net for code, net in nets.items() if net},
        taxes={code: tax for code, tax in taxes.items() if tax},
        settled=settled,
    )


def _code_of(entry: Entry, line: TaxedLine, settings: Settings) -> str:
    """A line's code as far as it says anything: where QuickBooks works out sales tax (America), a line is taxed, or it is
    not; and what rounds a document off bears a code that is nobody's."""
    code = settings.code(entry.side, line.code)
    if _rounds_off(entry, line, settings):
        return ""
    if code not in _TAXED_OR_NOT:
        return code
    return "TAX" if line.tax else "NON"


def both_billed(
    ours: Entry, theirs: Entry, ties: Ties, settings: Settings, *, adopted: bool = False
) -> tuple[Billed, Billed]:
    """What counts of a pair, told in as much detail as both of them have: code by code only where the lines say where
    the tax is, and where the codes can be told in one language. A code of QuickBooks' that no mapping ever said is no
    other language: nothing that was carried over can bear it."""
    whole = replace(theirs, lines=tuple(line for line in theirs.lines if not _rounds_off(theirs, line, settings)))
    told = settings.knows(whole) or (not adopted and any(settings.never_chosen(line.code) for line in whole.lines))
    split = told and settings.knows(ours) and all(_says_where_its_tax_is(entry) for entry in (ours, theirs))
    here, there = (billed(entry, ties, settings, split=split) for entry in (ours, theirs))
    apart = here.nets.get("", ZERO) - there.nets.get("", ZERO)
    if not apart:
        return here, there
    as_we_made_it = theirs.untouched and not adopted
    rounded = sum((line.net for line in ours.lines if line.rounds_off), ZERO)
    if "" in here.nets:
        spans = _spans(ours, settings, unasked=rounded if as_we_made_it else None)
        return _with_codes(here, there, apart, spans, settings), there
    return here, _with_codes(there, here, -apart, _spans(theirs, settings), settings)


def _rounds_off(entry: Entry, line: TaxedLine, settings: Settings) -> bool:
    """Whether a line of QuickBooks' is some cents without tax, under a code that no mapping leads to, nor ever did."""
    a_few_cents = not line.tax and abs(line.net) <= ROUNDED * MOST_ROUNDED
    return entry.side == "quickbooks" and a_few_cents and settings.never_led_to(line.code)


def _says_where_its_tax_is(entry: Entry) -> bool:
    return sum((line.tax for line in entry.lines), ZERO) == entry.tax_total


@dataclass(frozen=True, slots=True)
class _Spans:
    """What the lines without a code of a document charge, and what they take off: as much may stand under other codes.

    `unasked`: nobody has touched the document since the service made it, and only so much of it (what rounds it off) may stand
    under a code that nobody chose for anything.
    """

    up: Decimal
    down: Decimal
    unasked: Decimal | None = None


def _spans(entry: Entry, settings: Settings, *, unasked: Decimal | None = None) -> _Spans:
    nets = [line.net for line in entry.lines if not _code_of(entry, line, settings)]
    return _Spans(
        sum((net for net in nets if net > 0), ZERO), sum((net for net in nets if net < 0), ZERO), unasked=unasked
    )


def _with_codes(bare: Billed, other: Billed, amount: Decimal, spans: _Spans, settings: Settings) -> Billed:
    """A document with `amount` of its sales without a code under codes, since QuickBooks has one on each line.

    Whatever code without tax they stand under on the other side is right, where all comes out so; what has moved between
    other codes never does, and shows against the code that is meant for lines without one.
    """
    nets = {**bare.nets, "": bare.nets.get("", ZERO) - amount}
    untaxed = [code for code in other.nets if code and not other.taxes.get(code) and not bare.taxes.get(code)]
    spread, left, up, down = dict(nets), amount, spans.up, spans.down
    for code in sorted(untaxed):
        apart = other.nets[code] - nets.get(code, ZERO)
        most = up if apart > 0 else down
        if spans.unasked is not None and settings.never_chosen(code):
            most = _towards(spans.unasked, most)
        part = _towards(apart, most)
        up, down = (up - part, down) if part > 0 else (up, down - part)
        spread[code] = nets.get(code, ZERO) + part
        left -= part
    meant = settings.code_of_none
    spread[meant] = spread.get(meant, ZERO) + left
    if not _nearly_the_same(spread, other.nets):
        spread = {**nets, meant: nets.get(meant, ZERO) + amount}
    return replace(bare, nets={code: net for code, net in spread.items() if net})


def _towards(apart: Decimal, most: Decimal) -> Decimal:
    """As much of a difference as `most` suffices for, where both have one sign."""
    if apart * most <= 0:
        return ZERO
    return min(apart, most) if most > 0 else max(apart, most)


def _nearly_the_same(mine: Mapping[str, Decimal], theirs: Mapping[str, Decimal]) -> bool:
    apart = sum((abs(theirs.get(code, ZERO) - mine.get(code, ZERO)) for code in {*mine, *theirs}), ZERO)
    return apart <= 2 * ROUNDED * MOST_ROUNDED


def _alone(group: Group, ties: Ties, settings: Settings) -> list[Difference]:
    entry = group.oncord or group.document
    if entry is None or entry.void:
        return []
    figures = billed(entry, ties, settings)
    found = alone(entry, settings)
    shown = replace(group, quickbooks=tuple(each for each in group.quickbooks if not each.takes_back))
    return [one_sided(shown, "missing", figures.figures(), entry.sign * entry.total, found, figures.party)]


def _compared(
    group: Group, ours: Entry, theirs: Entry, here: Billed, there: Billed, settings: Settings
) -> Iterator[Difference]:
    seen = _seen(ours, theirs, here, there)
    if "number" in seen and not _numbers_differ(group, ours, theirs, settings):
        del seen["number"]
    moved = dict(steps(here, _changes(there))) if seen else {}
    for name, (mine, other, amount) in seen.items():
        explained = _why(name, group, (mine, other), amount)
        yield Difference(
            what=name,
            currency=there.currency,
            oncord=mine,
            quickbooks=other,
            amount=amount,
            cause=explained[0],
            why=explained[1],
            moves=moved.get(name) or moved.get("money" if name in MONEY else "", {}),
            **told(group, here.party),
        )


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
    if total != other_total:
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


def _why(name: str, group: Group, pair: tuple[str, str], amount: Decimal) -> Explained:
    entries = group.entries
    if name == "currency":
        return Cause.CURRENCY, ""
    if name == "settled":
        return Cause.SETTLED_OTHERWISE, ""
    if name == "sales" and abs(amount) <= ROUNDED * max(MOST_ROUNDED, *(len(entry.lines) for entry in entries)):
        return Cause.ROUNDING, "Total and tax agree."
    if name == "date" and group.adopted and _a_day_apart(entries):
        return Cause.ROUNDING, "Both were there before they met, a day of a time zone apart."
    figures = () if name == "date" else (LEFT_AS_IT_IS, *(pair if name == "total" else ()))
    left = locked(entries, *figures)
    told_so = left_so(entries, *(pair if name != "contact" else ("contact",)))
    return standing(entries) or left or told_so or UNEXPLAINED


def _a_day_apart(entries: tuple[Entry, ...]) -> bool:
    days = [entry.date for entry in entries if entry.date]
    return bool(days) and (max(days) - min(days)).days <= 1
