"""What a run needs from a side, said once for both vendors; `runtime` wires the two clients in.

Writing is two calls: `prepare` renders the bodies (pure), the engine commits them, `send` posts exactly those bytes,
on replay too. A side translates its wire format to and from `app.domain.model.records` and knows nothing of links or rules.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from app.domain.guards.allowance import Refill
from app.domain.guards.cleared_money import ClearedMoney, MoneyAccount
from app.domain.model.exchange import (
    Batch,
    Changes,
    Document,
    Fetched,
    Mark,
    Outcome,
    OutOfUse,
    Prepared,
    RecordPage,
    SideFacts,
    Write,
)
from app.domain.model.operations import Operation
from app.domain.model.records import Kind, Record, Side, Snapshot
from app.domain.model.totals import BookTerms
from app.domain.settlement.causes import SettledBy


class SyncSide(Protocol):
    """One side of a connection. Every call may raise the errors of `app.errors`; none of them is per record."""

    side: Side

    async def facts(self) -> SideFacts:
        """Read what the side says of itself."""
        ...

    def allowance_left(self) -> Refill | None:
        """What this run leaves of the side's rate limits to the next one; None where the client keeps none."""
        ...

    async def posts_to(self) -> str | None:
        """Where the side posts its events, as it was told for this connection; "" nowhere, None where it does not say (QBO:
        one address for all companies, given in Intuit's portal)."""
        ...

    async def closing_date(self, *, fresh: bool = False, as_told: bool = False) -> str:
        """Up to which day the side's books are closed ("2026-06-30"), "" where they are open: `fresh` as they are at this
        moment, else as they were when the side last said what its documents depend on; `as_told`: for as long as it tells when that moves."""
        ...

    async def cleared_money(self, since: date, until: date) -> ClearedMoney:
        """Which transactions of these days a bank statement has told of, without the names of accounts (QBO: two reports,
        each a metered read); not told where the side does not say."""
        ...

    async def money_accounts(self) -> Mapping[str, MoneyAccount]:
        """The accounts that customers' money can lie in, by id; none where a side has no such thing."""
        ...

    async def in_home_currency(self, records: Sequence[Record]) -> Sequence[str]:
        """Of new documents what each comes to in the currency of the books, in words; "" where there is nothing to say."""
        ...

    async def book_terms(self) -> BookTerms:
        """With what the side books, of the facts that are remembered; nothing where it keeps no books."""
        ...

    async def home_rates(self, records: Sequence[Record]) -> Sequence[Decimal | None]:
        """What one of each record's currency is in that of the books on its day: 1 at home, None where there is no rate."""
        ...

    async def channel_names(self) -> Mapping[str, str]:
        """What people call the ways that money goes (Oncord: its payment methods), by id; none where a side does not say."""
        ...

    async def ready(self, writes: Sequence[Write] = ()) -> None:
        """Read what `prepare` depends on (QBO: the company's tax codes, and exchange rates), unless it is known already."""
        ...

    async def changes(self, kinds: Sequence[Kind], since: datetime) -> Changes:
        """Everything of `kinds` that moved at or after `since`, deletions included (QBO: one CDC call)."""
        ...

    def pages(
        self, kind: Kind, since: datetime | None, cursor: str | None = None, *, check: bool = False
    ) -> AsyncIterator[RecordPage]:
        """All records of `kind` (inactive ones too), or those modified at or after `since`, page by page.

        No row is skipped when one before it vanishes meanwhile. Starting again with the cursor of a page goes on
        after that page. `check`: they were read before, and are read once more for a check of the mirror (QBO counts that apart).
        """
        ...

    async def counts(self) -> Mapping[Kind, int]:
        """How many records of each kind exist now, asked for cheaply; what the side does not say is left out.

        Money paid back is no part of what QuickBooks counts: a purchase among many others.
        """
        ...

    async def ids(self, kind: Kind) -> frozenset[str]:
        """The ids of all records of `kind` that exist now; for finding deletes after a long gap."""
        ...

    async def fetch(self, kind: Kind, ids: Sequence[str]) -> Fetched:
        """Read records in bulk by id, inactive ones too."""
        ...

    async def documents(self, kind: Kind, ids: Sequence[str]) -> Mapping[str, Document]:
        """The side's own JSON of some records, by id, for writes that must send the whole."""
        ...

    def needs_document(self, operation: Operation) -> bool:
        """Whether this write must be built from the document as it is now (QBO: lines, payments)."""
        ...

    def prepare(self, writes: Sequence[Write]) -> Prepared:
        """Render the bodies of writes of one kind; pure. Deterministic: the same writes give the same bytes and ids."""
        ...

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        """Post one batch exactly as prepared; one outcome per item, in any order. Raises `Unreachable` when lost."""
        ...

    async def find_marked(self, kind: Kind, markers: Sequence[str], since: datetime) -> Mapping[str, Snapshot]:
        """Objects created at or after `since` that carry one of these operation ids, by operation id (at a replay)."""
        ...

    async def find_clash(self, operation: Operation) -> Sequence[Snapshot]:
        """The records that hold the name or number that a create was refused for (QBO 6240, 6140), inactive included."""
        ...

    async def out_of_use(self, bodies: Sequence[Document]) -> Sequence[OutOfUse | None]:
        """For each body that was refused for something inactive or gone: the account, item or tax code that is it.

        None where all that it refers to in those lists is in use. Reads each list once at most, in bulk.
        """
        ...

    async def settled_by(self, ids: Sequence[str]) -> Mapping[str, SettledBy]:
        """What the side says settles these sales besides receipts, read in bulk; none where only receipts can.

        What it does not know any more is left out.
        """
        ...

    def page_of(self, snapshot: Snapshot) -> str:
        """Where a person finds a record in the side's own screens; "" where that is not known."""
        ...

    def record_on_page(self, address: str) -> str:
        """The id of the record whose page an address is, of the company that is joined; "" for any other address."""
        ...

    async def mark(self, marks: Sequence[Mark], at: datetime) -> None:
        """Say of the side's own records how they stand in the books, in bulk and without a new version of any; what it does
        not know is passed over, and a side that takes no such word is told nothing."""
        ...

    async def in_use(self, rows: Sequence[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Those of these rows of its lists (list and id, as in `OutOfUse`) that documents can refer to."""
        ...
