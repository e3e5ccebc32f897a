"""What counts of a document: its sales and its tax by code, in as much detail as both sides of a pair have."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from app.tieout.facts import ZERO, Entry, Group, Settings, TaxedLine, Ties
from app.tieout.figures import NOT_SPLIT, Billed
from app.tieout.wholes import adding, whole

ROUNDED = Decimal("0.01")
_TAXED_OR_NOT = ("TAX", "NON")
"""The two tax codes that lines have in America (docs/quickbooks.md)."""
MOST_ROUNDED = 5
"""Sales of a code may be so many cents apart, or one a line, where total and tax agree: they were shared out again."""

Bills = tuple[Billed, Billed]
"""What counts of a sale and of its invoice."""


def bills_of(group: Group, ties: Ties, settings: Settings) -> Bills | None:
    """What counts of a pair that stands on both sides, with the documents over later differences; None where there is no such
    pair."""
    ours, theirs = group.oncord, group.document
    several = [entry for entry in group.quickbooks if not entry.takes_back and not entry.adds]
    if ours is None or ours.void or theirs is None or len(several) != 1 or theirs.void:
        return None
    return both_billed(ours, whole(theirs, adding(group)), ties, settings, adopted=group.adopted)


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
        day=entry.date,
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
    outside = sum((line.net for line in ours.lines if line.outside_tax), ZERO)
    if "" in here.nets:
        spans = _spans(ours, settings, unasked=outside if as_we_made_it else None)
        return _with_codes(here, there, apart, spans, settings), there
    return here, _with_codes(there, here, -apart, _spans(theirs, settings), settings)


def _rounds_off(entry: Entry, line: TaxedLine, settings: Settings) -> bool:
    """Whether a line of QuickBooks' is some cents without tax, under a code that no mapping leads to, nor ever did."""
    a_few_cents = not line.tax and abs(line.net) <= ROUNDED * max(MOST_ROUNDED, len(entry.lines))
    return entry.side == "quickbooks" and a_few_cents and settings.never_led_to(line.code)


def rounding_of(entry: Entry) -> Decimal:
    """What rounds a document's total off: its lines that say so, and what all its lines leave open of the total."""
    rounding = sum((line.net for line in entry.lines if line.rounds_off), ZERO)
    if _says_where_its_tax_is(entry):
        rounding += entry.total - sum((line.net + line.tax for line in entry.lines), ZERO)
    return entry.sign * rounding


def _says_where_its_tax_is(entry: Entry) -> bool:
    return sum((line.tax for line in entry.lines), ZERO) == entry.tax_total


@dataclass(frozen=True, slots=True)
class _Spans:
    """What the lines without a code of a document charge, and what they take off: as much may stand under other codes.

    `unasked`: nobody has touched the document since the service made it, and only so much of it (what rounds it off, and vouchers)
    may stand under a code that nobody chose for anything.
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
