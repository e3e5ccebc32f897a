"""Which line of a document each line of a sale is, so that an edit of one keeps what the others hold. Pure.

Where the pair has a base, the domain has told which line is which (`domain.matching.lines`): a line without an id is new and
inherits nothing of one that was deleted; only one that says all the same was typed anew. Where there is no base, it is
tried in this order, each line used once: all of it equal; the same id with the same item or words; the same item and
words; the same words; the same item and amount; the same item; and, where as many are left on both sides, the order
they stand in. The last three never reach into a bundle: a new line must not end up inside one by its item alone.
A line that matches nothing is new.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.model.records import Line
from app.domain.model.totals import Charge
from app.json_values import text
from app.quickbooks.mapping.sale import Charged
from app.quickbooks.mapping.values import ref


@dataclass(frozen=True, slots=True)
class _Traits:
    """What is compared; the same for a line on its way and a line that is there."""

    id: str
    item: str
    words: str
    net: Decimal
    sold: bool


def match_lines(
    lines: Sequence[Line], charges: Sequence[Charge], existing: Sequence[Charged], *, ids_are_known: bool = False
) -> list[Charged | None]:
    """For each line, the line of the document that it is, or None. `ids_are_known`: the ids say which line is which."""
    ours = [
        _Traits(x.id, x.item if isinstance(x.item, str) else "", x.description, c.net, _sold(x))
        for x, c in zip(lines, charges, strict=True)
    ]
    theirs = [
        _Traits(
            text(x.wire.get("Id")),
            ref(x.detail.get("ItemRef")),
            text(x.wire.get("Description")),
            x.net,
            bool(x.detail),
        )
        for x in existing
    ]
    found: list[Charged | None] = [None] * len(ours)
    free_ours, free_theirs = list(range(len(ours))), list(range(len(theirs)))
    for same in _KNOWN if ids_are_known else (*_SURE, *_LIKELY):
        if same is _LIKELY[0]:
            free_theirs = [j for j in free_theirs if existing[j].group is None]
        for i in list(free_ours):
            j = next((j for j in free_theirs if ours[i].sold == theirs[j].sold and same(ours[i], theirs[j])), None)
            if j is not None:
                found[i] = existing[j]
                free_ours.remove(i)
                free_theirs.remove(j)
    if not ids_are_known and len(free_ours) == len(free_theirs):
        for i, j in zip(free_ours, free_theirs, strict=True):
            if ours[i].sold == theirs[j].sold:
                found[i] = existing[j]
    return found


def _sold(line: Line) -> bool:
    return not (line.kind in ("text", "subtotal") and not line.total)


_Rule = Callable[[_Traits, _Traits], bool]
_KNOWN: tuple[_Rule, ...] = (
    lambda a, b: a.id != "" and a.id == b.id,
    lambda a, b: a.id == "" and (a.item, a.words, a.net) == (b.item, b.words, b.net),
)
_SURE: tuple[_Rule, ...] = (
    lambda a, b: a == b,
    lambda a, b: (a.item, a.words, a.net) == (b.item, b.words, b.net),
    lambda a, b: a.id != "" and a.id == b.id and (a.item == b.item != "" or a.words == b.words != ""),
    lambda a, b: (a.item, a.words) == (b.item, b.words),
    lambda a, b: a.words == b.words != "",
)
_LIKELY: tuple[_Rule, ...] = (
    lambda a, b: a.item == b.item != "" and a.net == b.net,
    lambda a, b: a.item == b.item != "",
)
