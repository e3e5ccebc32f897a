"""What a company says of itself (`STATEMENTS`), kept from run to run, since reading it anew costs a metered read a list.

Read once; from then on change data tells what has moved. It does not tell of tax codes and rates: those are read again where a
document bears a code that is not known, after a refusal that names something unknown (`QuickBooksSide.facts`), whenever somebody may
have changed the company's settings (`Connection.company_generation`), and once a week.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.quickbooks.http.faults import read_json
from app.quickbooks.http.wire import Wire, encode
from app.quickbooks.mapping.books import STATEMENTS, Books, read_books, unknown_codes
from app.quickbooks.mapping.company_rows import trimmed, with_changes
from app.quickbooks.ports import Clock

KEPT_FOR = timedelta(days=7)
CLOSING_DATE_KEPT_FOR = timedelta(days=1)
"""It is asked for anew after a day, whatever change data says: what is written into closed books is hard to take back."""
READ_AGAIN_AFTER = timedelta(hours=1)
"""A code that is not known is looked for no more often than this: it may be one that nobody uses any more."""

Rows = Mapping[str, Sequence[dict[str, Any]]]
"""Rows by entity, as QuickBooks gives them."""


@dataclass(frozen=True, slots=True)
class KeptRows:
    """What was read, when all of it was, and when the closing date."""

    rows: Rows
    read_at: datetime
    closing_read_at: datetime


class CompanyFacts:
    """One company, for one run. `keep` is called whenever more is known than before."""

    def __init__(
        self,
        wire: Wire,
        clock: Clock,
        kept: KeptRows | None = None,
        keep: Callable[[KeptRows], None] | None = None,
    ) -> None:
        """`kept`: of an earlier run; what is too old is read anew."""
        self._wire = wire
        self._clock = clock
        self._keep = keep
        self._kept = kept if kept is not None and clock.now() - kept.read_at < KEPT_FOR else None
        self._books = read_books(wire.realm_id, self._kept.rows) if self._kept else None

    @property
    def books(self) -> Books | None:
        """As far as they are known; None before anything was read."""
        return self._books

    async def known(self) -> Books:
        """The facts that are kept, or that are read now."""
        return self._books if self._books is not None else await self.read()

    async def read(self) -> Books:
        """Read everything anew: a metered read for each of `STATEMENTS`, in one call."""
        asked_at = self._clock.now()
        found = await self._wire.queries(STATEMENTS)
        return self._now(KeptRows(trimmed(found), asked_at, asked_at))

    async def known_for(self, documents: Iterable[Mapping[str, Any]]) -> Books:
        """The facts, read anew where one of these documents bears a tax code that is not among them."""
        books = await self.known()
        assert self._kept is not None
        old = self._clock.now() - self._kept.read_at >= READ_AGAIN_AFTER
        return await self.read() if old and unknown_codes(documents, books) else books

    async def closing_date(self, *, fresh: bool, only_kept: bool = False) -> str:
        """As it is kept, for a day at most (longer with `only_kept`); `fresh` by one metered read."""
        books = await self.known()
        assert self._kept is not None
        old = self._clock.now() - self._kept.closing_read_at >= CLOSING_DATE_KEPT_FOR
        if fresh or (old and not only_kept):
            asked_at = self._clock.now()
            found = await self._wire.queries({"Preferences": STATEMENTS["Preferences"]})
            self._kept = replace(self._kept, closing_read_at=asked_at)
            books = self._now(with_rows(self._kept, found))
        return books.closed_until

    def note(self, changes: Rows) -> None:
        """What change data, or an answer, tells of the company's lists."""
        if self._kept is None:
            return
        told = with_rows(self._kept, changes)
        if told.rows != self._kept.rows:
            self._now(told)

    def _now(self, kept: KeptRows) -> Books:
        self._kept = kept
        self._books = read_books(self._wire.realm_id, kept.rows)
        if self._keep is not None:
            self._keep(kept)
        return self._books


def with_rows(kept: KeptRows, changes: Rows) -> KeptRows:
    """What was kept, as it is after these changes."""
    return replace(kept, rows=with_changes(kept.rows, trimmed(changes)))


def in_json(rows: Rows) -> str:
    """Rows as they are kept; numbers stay as they were written."""
    return encode(rows).decode()


def from_json(kept: str) -> Rows:
    """Rows as they were kept."""
    rows: Rows = read_json(kept.encode())
    return rows
