"""What a company says of itself (`STATEMENTS`), kept from run to run, since reading it anew costs a metered read a list.

Read once; from then on change data tells what has moved. It does not tell of tax codes and rates: those are read again once a week,
with the preferences. All is read again where a document bears a code that is not known, after a refusal that names something unknown
(`QuickBooksSide.facts`), whenever somebody may have changed the company's settings (`Connection.company_generation`), and after a week
in which change data has once not told everything (`UNTOLD`).
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
"""It is asked for anew after a day, whatever change data says (what is written into closed books is hard to take back), unless reads
are short."""
READ_AGAIN_AFTER = timedelta(hours=1)
"""A code that is not known is looked for no more often than this: it may be one that nobody uses any more."""

UNTOLD = "untold"
"""Stands among the rows where something may have moved since they were read of which change data did not tell."""
RENEWED = ("Preferences", "TaxCode", "TaxRate")
"""What is read again once a week: of tax codes and rates nothing tells, and with the preferences comes the closing date."""

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
        """`kept`: of an earlier run; what is too old is read anew, as much of it as is not told of."""
        self._wire = wire
        self._clock = clock
        self._keep = keep
        self._kept = kept
        self._books = read_books(wire.realm_id, kept.rows) if kept else None
        self._told = False

    @property
    def books(self) -> Books | None:
        """As far as they are known; None before anything was read."""
        return self._books

    @property
    def _old(self) -> bool:
        return self._kept is None or self._clock.now() - self._kept.read_at >= KEPT_FOR

    async def known(self) -> Books:
        """The facts that are kept, or that are read now."""
        return self._books if self._books is not None and not self._old else await self.read()

    async def kept_or_read(self) -> None:
        """Read everything where nothing is kept; what is kept and too old is left to `told`."""
        if self._kept is None:
            await self.read()

    async def told(self, changes: Rows, *, whole: bool) -> None:
        """What change data has told since it was asked last; `whole`: of all lists that it tells of, and uncut. After a week what it
        does not tell of is read again."""
        if self._kept is None:
            return
        self.note(changes if whole else {**changes, UNTOLD: [{"Id": UNTOLD}]})
        self._told = UNTOLD not in self._kept.rows
        if self._old:
            await (self._renew() if self._told else self.read())

    async def _renew(self) -> None:
        assert self._kept is not None
        asked_at = self._clock.now()
        found = await self._wire.queries({name: STATEMENTS[name] for name in RENEWED})
        self._now(KeptRows({**self._kept.rows, **trimmed(found)}, asked_at, asked_at))

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

    async def closing_date(self, *, fresh: bool, as_told: bool = False) -> str:
        """As it is kept, for a day at most; `fresh` by one metered read. `as_told`: for as long as change data tells of it."""
        books = await self.known()
        assert self._kept is not None
        old = self._clock.now() - self._kept.closing_read_at >= CLOSING_DATE_KEPT_FOR
        if fresh or (old and not (as_told and self._told)):
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
