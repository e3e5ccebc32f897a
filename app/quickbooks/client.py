"""QuickBooks as one side of a connection: what a run needs from it, in the words of the domain.

Fulfils the protocol `SyncSide` by shape. Reading is in bulk and never skips a row; writing is batches that were
rendered before; everything that a document's figures depend on (tax codes, currency, country) is kept from run to run by
`app.quickbooks.company_facts`.
"""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

import httpx

from app.at_once import at_once
from app.domain.guards.allowance import Refill
from app.domain.guards.cleared_money import ClearedMoney, MoneyAccount
from app.domain.model.configuration import PLAIN_DOCUMENTS, DocumentPolicy
from app.domain.model.description import merged_fields
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
from app.domain.model.ledger import Ledger
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Contact,
    Item,
    Kind,
    Record,
    Sale,
    Side,
    Snapshot,
)
from app.domain.model.totals import BookTerms
from app.domain.settlement.causes import SettledBy
from app.errors import Refused
from app.json_values import text
from app.quickbooks import batch as batches
from app.quickbooks import batch_answers, cleared, stale_answers
from app.quickbooks.bulk_reads import list_rows, marked_since, rows_by_id, rows_of_kind
from app.quickbooks.company_facts import CompanyFacts, KeptRows
from app.quickbooks.http.fault_codes import ENTRIES, Meaning
from app.quickbooks.http.faults import DOCUMENTED_WAIT
from app.quickbooks.http.paging import Place, next_entity, walk
from app.quickbooks.http.wire import Wire
from app.quickbooks.ledger import read_ledger
from app.quickbooks.mapping.books import Books
from app.quickbooks.mapping.company_rows import TOLD_OF
from app.quickbooks.mapping.contact import allowed_name
from app.quickbooks.mapping.exchange_rates import RateKey, in_home_currency, key_of, needed
from app.quickbooks.mapping.fields import entity_of
from app.quickbooks.mapping.limits import short_number
from app.quickbooks.mapping.pages import page_of, record_on
from app.quickbooks.mapping.query import (
    count,
    one_of,
    quoted,
    select,
)
from app.quickbooks.mapping.query import moment as at_moment
from app.quickbooks.mapping.referred_lists import referred_lists, unusable
from app.quickbooks.mapping.sale_body import tax_may_move
from app.quickbooks.mapping.settling import BEHIND, debited, linked_to, settled_by
from app.quickbooks.mapping.snapshots import read_snapshot
from app.quickbooks.mapping.values import ENTITIES
from app.quickbooks.payment_methods import added_methods
from app.quickbooks.ports import Allowance, Clock, Meter, TokenSource

CDC_LIMIT = 1000
CDC_MEMORY = timedelta(days=30)
_MARGIN = timedelta(hours=1)
OVERLAP = timedelta(minutes=2)
"""Asked for twice rather than missed: QuickBooks' index may lag behind its own clock."""
COUNTED = {kind: tuple(entity for entity in entities if entity != "Purchase") for kind, entities in ENTITIES.items()}
"""Of purchases only those that pay a customer back are ours, and no count tells them apart."""


class QuickBooksSide:
    """One company. `throttle` is this run's share of the company's limits; `kept` is what an earlier run has read of its facts, and
    `keep` takes what is known of them now."""

    side = Side.QUICKBOOKS

    def __init__(
        self,
        *,
        connection_id: str,
        realm_id: str,
        http: httpx.AsyncClient,
        base_url: str,
        tokens: TokenSource,
        throttle: Allowance,
        meter: Meter,
        clock: Clock,
        environment: str = "sandbox",
        kept: KeptRows | None = None,
        keep: Callable[[KeptRows], None] | None = None,
        default_item: str = "",
        rounding_item: str = "",
        income_account: str = "",
        documents: DocumentPolicy = PLAIN_DOCUMENTS,
    ) -> None:
        self.wire = Wire(
            connection_id=connection_id,
            realm_id=realm_id,
            http=http,
            base_url=base_url,
            tokens=tokens,
            throttle=throttle,
            meter=meter,
            clock=clock,
            environment=environment,
        )
        self._environment = environment
        self._throttle = throttle
        self._clock = clock
        self._facts = CompanyFacts(self.wire, clock, kept, keep)
        self._default_item = default_item
        self._rounding_item = rounding_item
        self._income_account = income_account
        self._rates: dict[RateKey, Decimal | None] = {}
        self._documents = documents

    @property
    def books(self) -> Books:
        """What the company's documents depend on; `facts` reads it. Raises `RuntimeError` before it has."""
        if self._facts.books is None:
            raise RuntimeError("facts() comes first: documents cannot be understood without the company's tax codes")
        return self._facts.books

    async def facts(self) -> SideFacts:
        """Read what the company says of itself (a metered read for each of `STATEMENTS`, in one call)."""
        return (await self._facts.read()).facts()

    def allowance_left(self) -> Refill | None:
        """What this run has left of its share of the company's limits."""
        return self._throttle.left()

    async def posts_to(self) -> str | None:
        """One address for all companies of an app, which is given in Intuit's portal: nothing to ask here."""
        return None

    async def closing_date(self, *, fresh: bool = False, as_told: bool = False) -> str:
        """The company's closing date: of the facts that are kept, or by one metered read."""
        return await self._facts.closing_date(fresh=fresh, as_told=as_told)

    async def cleared_money(self, since: date, until: date) -> ClearedMoney:
        """Which transactions of these days a bank statement has told of: two metered reads."""
        return await cleared.cleared_money(self.wire, since, until)

    async def ledger(self, first: date, last: date, *, basis: str, clearing: Collection[str], labels: bool) -> Ledger:
        """What the reports say of a period: six metered reads at most."""
        now = self._clock.now()
        return await read_ledger(self.wire, now, first, last, basis=basis, clearing=clearing, labels=labels)

    async def money_accounts(self) -> Mapping[str, MoneyAccount]:
        """The accounts that money can lie in, of the facts that are kept."""
        return (await self._facts.known()).money_accounts

    async def channel_names(self) -> dict[str, str]:
        """Nobody has to be told the names of accounts in a run."""
        return {}

    async def ready(self, writes: Sequence[Write] = ()) -> None:
        """Read what `prepare` depends on, unless it is known already: of new documents in another currency the rates. Payment
        methods that are missing are added."""
        books = await self._facts.known()
        await self._read_rates(needed(writes, books))
        self._facts.note({"PaymentMethod": await added_methods(self.wire, books, writes)})

    async def in_home_currency(self, records: Sequence[Record]) -> list[str]:
        """At the company's own rate of each document's day: a metered read for each currency and day that is not known yet."""
        books = await self._facts.known()
        if books.multi_currency:
            await self._read_rates([key for record in records if (key := key_of(record, books)) is not None])
        return [in_home_currency(record, books, self._rates) for record in records]

    async def book_terms(self) -> BookTerms:
        """The company's, of the facts that are remembered."""
        books = await self._facts.known()
        accounts = {account: each.name for account, each in books.money_accounts.items()}
        return BookTerms(books.tax, {code.id: code.name for code in books.tax_codes}, accounts)

    async def home_rates(self, records: Sequence[Record]) -> list[Decimal | None]:
        """The company's own rates, read as for `in_home_currency`."""
        books = await self._facts.known()
        keys = [key_of(record, books) for record in records]
        await self._read_rates([key for key in keys if key is not None and books.multi_currency])
        return [Decimal(1) if key is None else self._rates.get(key) for key in keys]

    async def _read_rates(self, keys: Iterable[RateKey]) -> None:
        for key in keys:
            if key not in self._rates:
                self._rates[key] = await self.wire.exchange_rate(*key)

    # reading

    async def changes(self, kinds: Sequence[Kind], since: datetime) -> Changes:
        """Everything of `kinds` that moved since, deletions included, in one CDC call.

        Not complete where QuickBooks cut the answer (it does so silently) or no longer remembers that far back.
        """
        now = self._clock.now()
        if since < now - CDC_MEMORY + _MARGIN:
            await self._facts.told({}, whole=False)
            return Changes((), now, complete=False)
        entities = [entity for kind in kinds for entity in ENTITIES[kind]]
        async with at_once() as ask:
            facts, changed = ask(self._facts.kept_or_read()), ask(self._changed(entities, since - OVERLAP))
        facts.result()
        try:
            found, as_of = changed.result()
        except Refused:  # its memory is shorter than it says: what it refuses is the moment, the rest never varies
            await self._facts.told({}, whole=False)
            return Changes((), now, complete=False)
        complete = sum(map(len, found.values())) < CDC_LIMIT
        lists = {entity: found[entity] for entity in TOLD_OF if entity in found}
        await self._facts.told(lists, whole=complete and len(lists) == len(TOLD_OF))
        books = await self._facts.known_for(row for entity in entities for row in found[entity])
        snapshots = [read_snapshot(entity, row, books) for entity in entities for row in found[entity]]
        return Changes(tuple(snapshots), as_of, complete=complete)

    async def _changed(self, entities: list[str], since: datetime) -> tuple[dict[str, list[Document]], datetime]:
        """What has changed of these entities and of the company's own lists. Where QuickBooks tells of those no longer, of these."""
        try:
            return await self.wire.cdc([*entities, *TOLD_OF], since)
        except Refused:
            return await self.wire.cdc(entities, since)

    async def pages(
        self, kind: Kind, since: datetime | None, cursor: str | None = None, *, check: bool = False
    ) -> AsyncIterator[RecordPage]:
        """All records of `kind`, inactive ones too, or those modified since; resumable at each page's cursor."""
        ask = partial(self.wire.query, upkeep=check)
        where = [f"MetaData.LastUpdatedTime >= {at_moment(since - OVERLAP)}"] if since else []
        place = Place.at(cursor) if cursor else Place(ENTITIES[kind][0])
        entities = ENTITIES[kind]
        as_of = place.as_of
        for entity in entities[entities.index(place.entity) :]:
            start = place if place.entity == entity else Place(entity, as_of=as_of)
            async for rows, following, as_of in walk(ask, start, where):
                books = await self._facts.known_for(rows)
                after = following.cursor() if following else next_entity(entities, entity, as_of)
                yield RecordPage(tuple(read_snapshot(entity, row, books) for row in rows), after, as_of)

    async def counts(self) -> dict[Kind, int]:
        """How many records of each kind exist now, inactive ones too: a metered read for each entity, in one call."""
        numbers = await self.wire.counts(
            {entity: count(entity) for entities in COUNTED.values() for entity in entities}
        )
        return {kind: sum(numbers[entity] for entity in entities) for kind, entities in COUNTED.items()}

    async def ids(self, kind: Kind) -> frozenset[str]:
        """The ids of all records of `kind` that exist now."""
        found = set()
        for entity in ENTITIES[kind]:
            async for rows, _, _ in walk(self.wire.query, Place(entity), fields="Id"):
                found |= {text(row.get("Id")) for row in rows}
        return frozenset(found)

    async def fetch(self, kind: Kind, ids: Sequence[str]) -> Fetched:
        """Read records in bulk by id, inactive ones too."""
        found = await rows_of_kind(self.wire, kind, ids)
        books = await self._facts.known_for(row for _, row in found)
        snapshots = tuple(read_snapshot(entity, row, books) for entity, row in found)
        there = {snapshot.id for snapshot in snapshots}
        return Fetched(snapshots, tuple(record_id for record_id in dict.fromkeys(ids) if record_id not in there))

    async def documents(self, kind: Kind, ids: Sequence[str]) -> Mapping[str, Document]:
        """QuickBooks' own JSON of some records, by id."""
        return {text(row.get("Id")): row for _, row in await rows_of_kind(self.wire, kind, ids)}

    async def find_marked(self, kind: Kind, markers: Sequence[str], since: datetime) -> Mapping[str, Snapshot]:
        """Documents created since that carry one of these operation ids; the oldest where a copy carries it too.

        Asked for by the time of creation: the lag that is known is one of CDC and of the time of the last change. What a
        query does not show yet all the same is answered for by the request id.
        """
        if kind not in (Kind.SALE, Kind.RECEIPT) or not markers:
            return {}
        return await marked_since(self.wire, await self._facts.known(), kind, frozenset(markers), since)

    async def find_clash(self, operation: Operation) -> Sequence[Snapshot]:
        """The customers, items or documents that hold the name or number of a refused create, inactive ones too.

        Empty where a supplier or employee holds the name: those are not ours to adopt.
        """
        books = await self._facts.known()
        record = operation.record
        match record:
            case Contact():
                name = allowed_name(record.name.display)
                entity, where = "Customer", one_of("DisplayName", [name, f"{name} (deleted)"])
            case Item():
                name = allowed_name(record.name)
                entity, where = "Item", one_of("Name", [name, f"{name} (deleted)"])
            case Sale() if record.number:
                entity, where = entity_of(record), f"DocNumber = {quoted(short_number(record.number))}"
            case _:
                return ()
        rows, _ = await self.wire.query(select(entity, [where]))
        return tuple(read_snapshot(entity, row, books) for row in rows)

    async def out_of_use(self, bodies: Sequence[Document]) -> Sequence[OutOfUse | None]:
        """For each body: the account, item or tax code it refers to that is inactive or gone, if any."""
        referred = [referred_lists(body) for body in bodies]
        rows = await list_rows(self.wire, {key for each in referred for key in each})
        return [
            next((found for key, sort in each.items() if (found := unusable(*key, sort, rows))), None)
            for each in referred
        ]

    async def settled_by(self, ids: Sequence[str]) -> Mapping[str, SettledBy]:
        """What settles these invoices and credit memos, asked for in bulk: the documents, the payments that are linked to
        them, what stands behind those, and the accounts of its journal entries."""
        documents = [row for _, row in await rows_of_kind(self.wire, Kind.SALE, ids)]
        payments = await rows_by_id(self.wire, "Payment", linked_to(documents, "Payment"))
        behind = {
            entity: await rows_by_id(self.wire, entity, linked_to(payments.values(), entity)) for entity in BEHIND
        }
        behind["RefundReceipt"] = await rows_by_id(self.wire, "RefundReceipt", linked_to(documents, "RefundReceipt"))
        accounts = await rows_by_id(self.wire, "Account", sorted(debited(behind["JournalEntry"].values())))
        bad = frozenset(i for i, row in accounts.items() if text(row.get("AccountSubType")) == "BadDebts")
        return {text(row.get("Id")): settled_by(row, payments, behind, bad) for row in documents}

    def page_of(self, snapshot: Snapshot) -> str:
        """Where a person finds a customer or document in QuickBooks' own screens."""
        return page_of(snapshot, self.wire.realm_id, self._environment)

    def record_on_page(self, address: str) -> str:
        """The id of the record whose page an address is, of this company; "" for any other address."""
        return record_on(address, self.wire.realm_id)

    async def mark(self, marks: Sequence[Mark], at: datetime) -> None:
        """Nothing is said of QuickBooks' own records there."""

    async def in_use(self, rows: Sequence[tuple[str, str]]) -> frozenset[tuple[str, str]]:
        """Those of these rows of the lists that are there and active."""
        found = await list_rows(self.wire, set(rows))
        return frozenset(key for key in rows if unusable(*key, "", found) is None)

    # writing

    def needs_document(self, operation: Operation) -> bool:
        """Whether a write is built from the document as it is: lines are replaced whole, payments sent whole."""
        if operation.kind is Kind.RECEIPT:
            return operation.action in (Action.UPDATE, Action.VOID, Action.DELETE)
        if operation.kind is not Kind.SALE:
            return False
        if operation.action is Action.VOID:
            return not isinstance(operation.record, Sale) or operation.record.type == "adjustment"
        if operation.action is Action.DELETE:
            return True
        fields = operation.groups or merged_fields(Kind.SALE)
        return operation.action is Action.UPDATE and ("money" in fields or tax_may_move(fields, self._facts.books))

    def prepare(self, writes: Sequence[Write]) -> Prepared:
        """Render the bodies of writes of one kind: at most thirty a batch, numbers as Decimal. Needs `facts` first."""
        return batches.prepare(
            writes,
            self.books,
            default_item=self._default_item,
            rounding_item=self._rounding_item,
            income_account=self._income_account,
            rates=self._rates,
            documents=self._documents,
        )

    async def send(self, batch: Batch) -> Sequence[Outcome]:
        """Post one batch exactly as it was prepared; one outcome per item."""
        books = await self._facts.known()
        content, trace = await self.wire.post_batch(
            batches.wire_items(batch), batch.request_id, creates=batches.creates_documents(batch)
        )
        found = batch_answers.outcomes(batch, content, trace, books)
        if any(ENTRIES.get(o.code) and ENTRIES[o.code].meaning is Meaning.THROTTLED for o in found):
            self._throttle.pause(DOCUMENTED_WAIT)
        judged, preferences = await stale_answers.judged(
            self.wire, books, batch, found, batch_answers.words(batch, content)
        )
        self._facts.note({"Preferences": preferences})
        return judged
