"""Pages that skip no row, although rows before them may vanish while they are read.

QuickBooks pages by position. Rows are asked for in the stable order of Id, and each page begins at a row that the last
one has already shown: if that row is not there again, something before it has vanished, and we go back until a known
row turns up. Ids are opaque: they are compared for sameness, never for order. A row may be shown twice, never missed.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.json_values import text
from app.quickbooks.mapping.query import PAGE, select

Rows = list[dict[str, Any]]
Ask = Callable[[str], Awaitable[tuple[Rows, datetime]]]

_TAIL = 20
"""How many ids of a page's end are remembered: that many may vanish at once without going further back."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to go on: the entity, the position of the last row that was seen, and the last ids before it."""

    entity: str
    position: int = 0
    tail: tuple[str, ...] = ()
    as_of: datetime | None = None

    def cursor(self) -> str:
        """An opaque text for `at`."""
        stamp = self.as_of.isoformat() if self.as_of else ""
        return json.dumps([self.entity, self.position, list(self.tail), stamp], separators=(",", ":"))

    @classmethod
    def at(cls, cursor: str) -> "Place":
        """The place that a cursor names."""
        entity, position, tail, stamp = json.loads(cursor)
        return cls(entity, position, tuple(tail), datetime.fromisoformat(stamp) if stamp else None)


async def walk(
    ask: Ask, place: Place, where: Sequence[str] = (), *, fields: str = "*", page: int = PAGE
) -> AsyncIterator[tuple[Rows, Place | None, datetime]]:
    """The pages of one entity from `place` on, each with the place after it (None after the last) and the watermark.

    The watermark is QuickBooks' own time of the very first question, also where a cursor went on later.
    """
    while True:
        start = max(place.position, 1)
        while True:
            rows, asked_at = await ask(select(place.entity, where, fields=fields, start=start, limit=page))
            seen = set(place.tail)
            overlaps = any(text(row.get("Id")) in seen for row in rows)
            if start == 1 or overlaps:
                break
            start = max(1, start - max(_TAIL, page // 2))
        ids = [text(row.get("Id")) for row in rows]
        as_of = place.as_of or asked_at
        fresh = [row for row, row_id in zip(rows, ids, strict=True) if row_id not in seen]
        if len(rows) < page:
            yield fresh, None, as_of
            return
        following = Place(place.entity, start + len(rows) - 1, tuple(ids[-_TAIL:]), as_of)
        if following.position <= place.position and not fresh:
            yield fresh, None, as_of
            return
        yield fresh, following, as_of
        place = following


def next_entity(entities: Sequence[str], entity: str, as_of: datetime) -> str | None:
    """The cursor at which the entity after this one begins; None after the last."""
    rest = entities[list(entities).index(entity) + 1 :]
    return Place(rest[0], as_of=as_of).cursor() if rest else None
