"""The Oncord side of a connection, as the engine wants it: read in bulk, write in batches, never per record.

Fulfils `app.sync.ports.SyncSide` structurally. Ids are opaque, and an id that the site does not know is never taken
for a delete.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import httpx

from app.at_once import at_once
from app.domain.guards.cleared_money import ClearedMoney, MoneyAccount
from app.domain.model.description import merged_fields
from app.domain.model.exchange import (
    Batch,
    BatchItem,
    Changes,
    Document,
    Fetched,
    Mark,
    Outcome,
    OutOfUse,
    Prepared,
    RecordPage,
    SideFacts,
    Unpreparable,
    Write,
)
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Contact,
    Kind,
    Record,
    Sale,
    Side,
    Snapshot,
)
from app.domain.model.totals import BookTerms, TaxTable
from app.domain.settlement.causes import SettledBy
from app.errors import Blocked
from app.json_values import text
from app.oncord.answers import connector_in, facts_in, items_in, object_in, outcome_of, snapshots_in
from app.oncord.mapping.limits import fitted
from app.oncord.mapping.records import to_mark, to_operation, to_snapshot
from app.oncord.mapping.values import moment, stamp
from app.oncord.mark_alone import NOT_OFFERED, said_anyway
from app.oncord.parts import read_named, read_page
from app.oncord.site import REQUEST_SECONDS, Patience, Site

PATHS = {Kind.CONTACT: "/contacts", Kind.ITEM: "/products", Kind.SALE: "/sales", Kind.RECEIPT: "/receipts"}
PAGE_SIZE = 500
IDS_PER_CALL = 200
WRITES_PER_BATCH = 100
MARKS_PER_CALL = 500
LOOKUPS = 5
"""Up to so many markers are asked for one by one; more are looked for among what was modified lately."""
OVERLAP = timedelta(minutes=5)
"""A save may become visible a little after its time: a watermark is asked for again from so much earlier."""
MEMORY = timedelta(days=89)
"""A site remembers deletes for 90 days."""
PAGES_OF_CHANGES = 2
"""More than so many pages of one kind is no list of changes but a download, which `pages` does resumably and without
holding more than a page."""


class OncordSide:
    """One site seen through its connector API."""

    side = Side.ONCORD

    def __init__(
        self,
        *,
        connection_id: str,
        api_url: str,
        token: str,
        http: httpx.AsyncClient,
        clock: Callable[[], datetime],
        request_seconds: float = REQUEST_SECONDS,
        patience: Patience | None = None,
    ) -> None:
        self.connection_id = connection_id
        self._site = Site(api_url, token, http, request_seconds=request_seconds, patience=patience)
        self._clock = clock

    async def facts(self) -> SideFacts:
        """What the site says of itself."""
        return facts_in(await self._site.get("/site"))

    async def ready(self, writes: Sequence[Write] = ()) -> None:
        """Nothing is needed to render a write."""

    async def changes(self, kinds: Sequence[Kind], since: datetime) -> Changes:
        """Everything of `kinds` that moved at or after `since`, deletes included; nothing where that is too much. All kinds are
        asked for at once."""
        found: dict[tuple[Kind, str], Snapshot] = {}
        as_of = self._clock()
        async with at_once() as ask:
            asked = [(kind, ask(self._few_pages(kind, since))) for kind in kinds]
        for kind, pages in asked:
            for page in pages.result():
                as_of = min(as_of, page.as_of)
                for snapshot in page.snapshots:
                    found.pop((kind, snapshot.id), None)
                    found[kind, snapshot.id] = snapshot
        if any(pages.result() and pages.result()[-1].cursor for _, pages in asked):
            return Changes((), as_of, complete=False)
        return Changes(tuple(found.values()), as_of, complete=self._remembers(since))

    async def _few_pages(self, kind: Kind, since: datetime) -> list[RecordPage]:
        """What has moved of one kind; where that is too much, only its first pages, the last of which has a cursor."""
        pages: list[RecordPage] = []
        async for page in self.pages(kind, since):
            pages.append(page)
            if len(pages) == PAGES_OF_CHANGES:
                break
        return pages

    async def pages(
        self, kind: Kind, since: datetime | None, cursor: str | None = None, *, check: bool = False
    ) -> AsyncIterator[RecordPage]:
        """Records of `kind`, page by page. The cursor carries the first page's `as_of` along."""
        if kind is Kind.ITEM:
            yield RecordPage(tuple(await self._items()), None, self._clock())
            return
        params = {"limit": str(PAGE_SIZE)}
        if since is not None:
            params["modified_since"] = stamp(since - OVERLAP)
        told = since is not None and self._remembers(since)
        as_of: datetime | None = None
        if cursor is not None:
            position = json.loads(cursor)
            as_of, params["cursor"] = moment(position["as_of"]), position["cursor"]
        while True:
            answer = await read_page(self._site, PATHS[kind], params)
            as_of = as_of or moment(answer.get("as_of")) or self._clock()
            following = text(answer.get("next_cursor"))
            onward = json.dumps({"cursor": following, "as_of": stamp(as_of)}) if following else None
            yield RecordPage(snapshots_in(kind, answer), onward, as_of, tells_deletes=told)
            if not following:
                return
            params["cursor"] = following

    async def recent_sales(self, since: datetime) -> tuple[list[Sale], bool]:
        """Sales that were entered or changed since, of a few pages at most; and whether those are all."""
        pages = await self._few_pages(Kind.SALE, since)
        told = [snapshot for page in pages for snapshot in page.snapshots]
        return [s.record for s in told if isinstance(s.record, Sale) and not s.deleted], pages[-1].cursor is None

    def _remembers(self, since: datetime) -> bool:
        """Whether the site still tells everything that was deleted since."""
        return self._clock() - since < MEMORY

    async def counts(self) -> dict[Kind, int]:
        """How many records of each kind exist now; a site that does not say a total is asked for none."""
        async with at_once() as ask:
            products = ask(self.products())
            asked = {kind: ask(self._site.get(PATHS[kind], {"limit": "1"})) for kind in Kind if kind is not Kind.ITEM}
        found = {Kind.ITEM: len(products.result())}
        for kind, answer in asked.items():
            total = object_in(answer.result()).get("total")
            if isinstance(total, int) and not isinstance(total, bool):
                found[kind] = total
        return found

    async def ids(self, kind: Kind) -> frozenset[str]:
        """The ids of what exists now."""
        return frozenset(
            [s.id async for page in self.pages(kind, None) for s in page.snapshots if not s.deleted and s.id]
        )

    async def fetch(self, kind: Kind, ids: Sequence[str]) -> Fetched:
        """Read records in bulk, deleted ones too."""
        if kind is Kind.ITEM:
            held = {item.id: item for item in await self._items()}
            known = tuple(held[one] for one in ids if one in held)
            return Fetched(known, tuple(one for one in ids if one not in held))
        documents, missing = await self._documents(kind, ids)
        return Fetched(tuple(to_snapshot(kind, document) for document in documents), tuple(missing))

    async def documents(self, kind: Kind, ids: Sequence[str]) -> Mapping[str, Document]:
        """The site's own JSON of some records, by id."""
        documents, _ = await self._documents(kind, ids)
        return {text(document.get("id")): document for document in documents if document.get("deleted") is not True}

    async def _documents(self, kind: Kind, ids: Sequence[str]) -> tuple[list[Document], list[str]]:
        documents: list[Document] = []
        missing: list[str] = []
        wanted = list(dict.fromkeys(ids))
        for start in range(0, len(wanted), IDS_PER_CALL):
            some, absent = await read_named(self._site, PATHS[kind], wanted[start : start + IDS_PER_CALL])
            documents += some
            missing += absent
        return documents, missing

    async def _items(self) -> list[Snapshot]:
        return [to_snapshot(Kind.ITEM, document) for document in await self.products()]

    def needs_document(self, operation: Operation) -> bool:
        """Never: updates are partial, and a line that is sent with its id keeps what is not mentioned."""
        return False

    def prepare(self, writes: Sequence[Write]) -> Prepared:
        """Render up to a hundred writes a batch. An operation's id is its key, so the same write is never done twice."""
        refused: list[Unpreparable] = []
        notes: dict[str, str] = {}
        groups: dict[tuple[Kind, bool], list[BatchItem]] = {}
        for asked in writes:
            write, note = _fitted(asked)
            if note:
                notes[write.operation_id] = note
            try:
                item = BatchItem(write.operation_id, write.operation_id, to_operation(write))
            except ValueError as error:
                refused.append(Unpreparable(write.operation_id, "unpreparable", f"It cannot be written: {error}."))
            else:
                groups.setdefault((write.operation.kind, write.operation.backfill), []).append(item)
        return Prepared(
            batches=tuple(
                _batch(kind, backfill, items[start : start + WRITES_PER_BATCH])
                for (kind, backfill), items in groups.items()
                for start in range(0, len(items), WRITES_PER_BATCH)
            ),
            refused=tuple(refused),
            notes=notes,
        )

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        """Post one batch exactly as prepared."""
        body = {"backfill": batch.backfill, "operations": [item.body for item in batch.items]}
        answer = await self._site.post(f"{PATHS[batch.kind]}/batch", body)
        results = {text(result.get("key")): result for result in items_in(answer, "results")}
        outcomes = [outcome_of(batch.kind, item, results.get(item.key)) for item in batch.items]
        return await said_anyway(self._site, PATHS[batch.kind], batch, outcomes)

    async def find_marked(self, kind: Kind, markers: Sequence[str], since: datetime) -> Mapping[str, Snapshot]:
        """Records that carry one of these external references."""
        wanted = {marker for marker in markers if marker}
        found: list[Snapshot] = []
        if len(wanted) <= LOOKUPS:
            for marker in sorted(wanted):
                found += snapshots_in(kind, await self._site.get(PATHS[kind], {"external_ref": marker}))
        else:
            async for page in self.pages(kind, since):
                found += page.snapshots
        return {snapshot.marker: snapshot for snapshot in found if snapshot.marker in wanted and not snapshot.deleted}

    async def out_of_use(self, bodies: Sequence[Document]) -> Sequence[OutOfUse | None]:
        """Nothing: a refusal of Oncord's names the field itself."""
        return [None] * len(bodies)

    async def settled_by(self, ids: Sequence[str]) -> Mapping[str, SettledBy]:
        """Here nothing settles a sale but receipts."""
        return {}

    def page_of(self, snapshot: Snapshot) -> str:
        """The contract has no links to the site's own pages."""
        return ""

    def record_on_page(self, address: str) -> str:
        """Nor is any known by its address."""
        return ""

    async def mark(self, marks: Sequence[Mark], at: datetime) -> None:
        """Say how records stand in the books, up to five hundred a call. A connector of before has no such address."""
        for start in range(0, len(marks), MARKS_PER_CALL):
            body = {"marks": [to_mark(mark, at) for mark in marks[start : start + MARKS_PER_CALL]]}
            try:
                await self._site.post("/marks", body)
            except Blocked as error:
                if error.code not in NOT_OFFERED:
                    raise
                return

    async def in_use(self, rows: Sequence[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """None is ever asked about."""
        return frozenset(rows)

    async def find_clash(self, operation: Operation) -> Sequence[Snapshot]:
        """The contacts with this e-mail address, or the sales with this number."""
        match operation.record:
            case Contact(email=value) if value:
                params = {"email": value}
            case Sale(number=value) if value:
                params = {"number": value}
            case _:
                return []
        return snapshots_in(operation.kind, await self._site.get(PATHS[operation.kind], params))

    async def closing_date(self, *, fresh: bool = False, as_told: bool = False) -> str:
        """A shop closes no books."""
        return ""

    async def cleared_money(self, since: date, until: date) -> ClearedMoney:
        """A shop reconciles no bank account."""
        return ClearedMoney()

    async def money_accounts(self) -> dict[str, MoneyAccount]:
        """A shop has payment methods and no accounts."""
        return {}

    async def in_home_currency(self, records: Sequence[Record]) -> list[str]:
        """A shop keeps no books: each document is in its own currency only."""
        return ["" for _ in records]

    async def book_terms(self) -> BookTerms:
        """A shop keeps no books."""
        return BookTerms(TaxTable("none", {}))

    async def home_rates(self, records: Sequence[Record]) -> list[Decimal | None]:
        """A shop keeps no books."""
        return [None for _ in records]

    async def channel_names(self) -> dict[str, str]:
        """The titles of the payment methods, by id."""
        return {str(each.get("id", "")): str(each.get("title", "")) for each in await self.payment_methods()}

    async def payment_methods(self) -> list[Document]:
        """What configuration offers: `id title type active`."""
        return items_in(await self._site.get("/payment-methods"))

    async def tax_codes(self) -> list[Document]:
        """What configuration offers: `code name rate active`."""
        return items_in(await self._site.get("/tax-codes"))

    async def products(self) -> list[Document]:
        """The whole catalogue: `id code title price tax_code active`."""
        return items_in(await self._site.get("/products"))

    def allowance_left(self) -> None:
        """A site has no rate limits that anybody knows: it says so with a 429."""

    async def posts_to(self) -> str | None:
        """Where the site posts its events; "" nowhere, None where its connector does not say."""
        try:
            return text(connector_in(await self._site.get("/connector")).get("url"))
        except Blocked as error:
            if error.code not in NOT_OFFERED:
                raise
            return None

    async def set_connector(self, url: str, secret: str) -> None:
        """Have the site post its events to `url`, signed with `secret`."""
        await self._site.put("/connector", {"url": url, "secret": secret})

    async def clear_connector(self) -> None:
        """Have the site post its events nowhere."""
        await self._site.put("/connector", {"url": None, "secret": None, "secrets": []})


def _batch(kind: Kind, backfill: bool, items: list[BatchItem]) -> Batch:
    digest = hashlib.sha256("\n".join(item.operation_id for item in items).encode()).hexdigest()
    return Batch(side=Side.ONCORD, kind=kind, request_id=digest[:32], items=tuple(items), backfill=backfill)


def _fitted(write: Write) -> tuple[Write, str]:
    """The write with its record as the shop can hold it, and what to say about that."""
    operation = write.operation
    if operation.action not in (Action.CREATE, Action.UPDATE):
        return write, ""
    whole = operation.action is Action.CREATE or not operation.fields
    record, note = fitted(write.record, merged_fields(operation.kind) if whole else operation.groups, write.base)
    return replace(write, record=record), note
