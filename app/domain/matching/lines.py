"""Which line is which: of one side before and now, and of the two sides of a pair. Pure.

A line's own id tells it apart on its side. What the shop keeps beside its lines (order discounts, shipping, rounding)
has no id and is known by its sort. A line with a new id is a new line and inherits nothing of one that was deleted; only
where it says all the same has a form typed it anew. Across the sides the lines of the last agreement are paired, by
words, amount and sort, since a shop's shipping is a line like any other over there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.matching.natural_keys import normalised
from app.domain.model.currencies import unit_of
from app.domain.model.records import Line, Money

ROUNDING = "Rounding"
"""What a line of QuickBooks' says that rounds a document off; a shop has no words for it."""
_LONG = 1000
"""Descriptions that are shorter than this are cut nowhere."""
_SHARED_OUT = 2
"""By how many cents the net amount of one line may differ between the sides, which share a document's tax out each in
its own way."""

Test = Callable[[int, int], bool]


@dataclass(frozen=True, slots=True)
class RememberedLine:
    """A line that the link knows: as it was on its own side and across when the pair last agreed, and the id under which
    it stands across now ("" where it is not there any more)."""

    before: Line
    across: Line
    id: str


def remembered_lines(
    lines: Sequence[Line], base_source: Money | None, base_target: Money | None, standing: Sequence[Line] | None = None
) -> list[RememberedLine | None]:
    """For each line of the source what the link knows of it. `standing` are the target's lines as they are now.

    This is the one place where a line is given its id across: it is taken from what stands there, never from a base.
    """
    if base_source is None or base_target is None:
        return [None] * len(lines)
    before = same_lines(base_source.lines, lines)
    across = paired_lines(base_source, base_target)
    stands = same_lines(base_target.lines, standing) if standing is not None else {}
    now = {was: standing[place].id for place, was in stands.items()} if standing is not None else None
    remembered: list[RememberedLine | None] = []
    for place in range(len(lines)):
        was = before.get(place)
        other = across.get(was) if was is not None else None
        if was is None or other is None:
            remembered.append(None)
            continue
        line_across = base_target.lines[other]
        remembered.append(
            RememberedLine(base_source.lines[was], line_across, line_across.id if now is None else now.get(other, ""))
        )
    return remembered


def same_lines(before: Sequence[Line], now: Sequence[Line]) -> dict[int, int]:
    """By place in `now`: the place in `before` of what is the same line of the same side."""

    def by_id(i: int, j: int) -> bool:
        return now[i].id != "" and now[i].id == before[j].id

    def typed_anew(i: int, j: int) -> bool:
        one, other = now[i], before[j]
        return (one.kind, one.item, one.quantity, one.total) == (
            other.kind,
            other.item,
            other.quantity,
            other.total,
        ) and normalised(one.description) == normalised(other.description)

    def by_words(i: int, j: int) -> bool:
        one, other = now[i], before[j]
        return one.id == other.id == "" and one.kind == other.kind and _same_words(one.description, other.description)

    pairs = _matched(len(now), len(before), (by_id, typed_anew, by_words))
    left = [(i, line.kind) for i, line in enumerate(now) if line.id == "" and i not in pairs]
    others = [(j, line.kind) for j, line in enumerate(before) if line.id == "" and j not in pairs.values()]
    return pairs | _in_order(left, others)


def paired_lines(source: Money, target: Money) -> dict[int, int]:
    """By place in `source`: the place in `target` of its counterpart, both as they were at one agreement."""
    source_lines, target_lines = source.lines, target.lines
    nets = [net_of(line, source) for line in source_lines], [net_of(line, target) for line in target_lines]

    def amount(i: int, j: int) -> bool:
        return abs(nets[0][i] - nets[1][j]) <= _SHARED_OUT * unit_of(source.currency)

    def words(i: int, j: int) -> bool:
        one, other = source_lines[i], target_lines[j]
        return _same_words(one.description, other.description) or _same_words(_said(one), _said(other))

    def sort(i: int, j: int) -> bool:
        return _sort(source_lines[i]) == _sort(target_lines[j])

    def worded(i: int, j: int) -> bool:
        return _said(source_lines[i]) != "" and words(i, j)

    tests: tuple[Test, ...] = (
        lambda i, j: words(i, j) and amount(i, j) and sort(i, j),
        lambda i, j: words(i, j) and amount(i, j),
        lambda i, j: worded(i, j) and sort(i, j),
        worded,
        lambda i, j: amount(i, j) and sort(i, j),
        amount,
    )
    pairs = _matched(len(source_lines), len(target_lines), tests)
    for one_sort in (_sort, _any):
        left = [(i, one_sort(source_lines[i])) for i in range(len(source_lines)) if i not in pairs]
        others = [(j, one_sort(target_lines[j])) for j in range(len(target_lines)) if j not in pairs.values()]
        pairs |= _in_order(left, others)
    return pairs


def net_of(line: Line, money: Money) -> Decimal:
    """A line's amount without tax, whatever the mode of its document."""
    return line.total - line.tax if money.amounts_include_tax else line.total


def _matched(one_count: int, other_count: int, tests: Sequence[Test]) -> dict[int, int]:
    """Each place of the one with the first free place of the other that fits, the strictest test first."""
    pairs: dict[int, int] = {}
    free = list(range(other_count))
    for test in tests:
        for i in range(one_count):
            if i in pairs:
                continue
            j = next((j for j in free if test(i, j)), None)
            if j is not None:
                pairs[i] = j
                free.remove(j)
    return pairs


def _in_order(one_places: Sequence[tuple[int, str]], other_places: Sequence[tuple[int, str]]) -> dict[int, int]:
    """What is left (place and sort), in the order in which it stands, where as many are left of a sort on both."""
    pairs: dict[int, int] = {}
    for sort in dict.fromkeys(sort for _, sort in one_places):
        left = [i for i, own in one_places if own == sort]
        others = [j for j, own in other_places if own == sort]
        if len(left) == len(others):
            pairs |= dict(zip(left, others, strict=True))
    return pairs


def _sort(line: Line) -> str:
    return "goods" if line.kind in ("item", "text", "subtotal") else line.kind


def _said(line: Line) -> str:
    return line.description or (ROUNDING if line.kind == "rounding" else "")


def _any(line: Line) -> str:
    return ""


def _same_words(one: str, other: str) -> bool:
    """Whether two descriptions say the same, one of them perhaps cut."""
    one_text, other_text = normalised(one), normalised(other)
    shorter, longer = sorted((one_text, other_text), key=len)
    return one_text == other_text or (len(shorter) >= _LONG and longer.startswith(shorter))
