"""What runs often does not read all that is there for each record that it is about, also where what it looks for stands in a list:
behind the walls PostgreSQL looks up a column by another column, and by no expression over one (docs/decisions/walls.md)."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import psycopg

from app.domain.model.link_part import PRIMARY
from app.domain.model.links import Origin
from app.domain.model.records import Kind, Side
from app.storage import freshness, statistics
from app.storage.changes import due_changes
from app.storage.database import Transaction, conninfo
from app.storage.records import links, mirrors, settled_otherwise
from app.storage.records.agreed_pairs import AgreedPair, agree
from tests.storage.rows import NOON, a_connection
from tests.support.services import DatabaseUrls
from tests.support.walls import serving

HERE = "con_1"
THERE_ALREADY, NEW = 3_000, 40
"""Sales with a receipt each that are linked, and receipts that are new."""

_FILL = """
INSERT INTO link (connection_id, kind, oncord_id, quickbooks_id, origin, state, base_oncord, base_quickbooks, created_at, updated_at)
    SELECT 'con_1', kind, n::text, 'q' || n, 'oncord', 'live', '{}', '{}', now(), now()
    FROM generate_series(1, %(there)s) n, unnest(array['sale', 'receipt']) kind;
INSERT INTO mirror (connection_id, side, kind, record_id, record, seen_at, pays)
    SELECT 'con_1', s.side, 'receipt', s.prefix || m, jsonb_build_object('contact_id', '7', 'payment', jsonb_build_object('amount', '11',
        'currency', 'AUD', 'allocations', jsonb_build_array(jsonb_build_object('sale_id', s.prefix || n, 'amount', '11')))), now(),
        ARRAY['con_1 ' || s.side || ' ' || s.prefix || n]
    FROM generate_series(1, %(there)s) n, (VALUES ('oncord', ''), ('quickbooks', 'q')) s(side, prefix),
        unnest(CASE WHEN n <= %(new)s THEN ARRAY[n, n + 1000000] ELSE ARRAY[n] END) m;
INSERT INTO mirror (connection_id, side, kind, record_id, record, seen_at)
    SELECT 'con_1', side, 'sale', prefix || n, '{"contact_id": "7", "money": {"total": "11", "tax_total": "1", "currency": "AUD"}, "date": "2026-11-20"}', now()
    FROM generate_series(1, %(there)s) n, (VALUES ('oncord', ''), ('quickbooks', 'q')) s(side, prefix);
INSERT INTO pending_change (connection_id, side, kind, record_id, first_changed_at, last_changed_at, mirrored)
    SELECT 'con_1', s.side, 'receipt', s.prefix || n + 1000000, now(), now(), true
    FROM generate_series(1, %(new)s / 2) n, (VALUES ('oncord', ''), ('quickbooks', 'q')) s(side, prefix);
"""


class _Explaining:
    """A transaction that keeps the plan of what it is asked, as it was carried out."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.plans: list[dict[str, Any]] = []

    async def execute(self, query: str, values: Any = None) -> Any:
        found = await self._tx.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", values)
        row = await found.fetchone()
        assert row is not None
        self.plans.append(row["QUERY PLAN"][0]["Plan"])
        return await self._tx.execute(query, values)

    def looked_at(self, *tables: str) -> int:
        """How many rows of these tables (links and mirrors) were gone through in all."""
        return sum(round(rows) for plan in self.plans for rows in _rows(plan, tables or ("link", "mirror")))


def _rows(plan: dict[str, Any], tables: Sequence[str]) -> Iterator[float]:
    if plan.get("Relation Name") in tables:
        removed = (plan.get(f"Rows Removed by {what}", 0) for what in ("Filter", "Index Recheck"))
        yield (plan["Actual Rows"] + sum(removed)) * plan["Actual Loops"]
    for part in plan.get("Plans", ()):
        yield from _rows(part, tables)


_FILL_PEOPLE = """
INSERT INTO mirror (connection_id, side, kind, record_id, record, seen_at, key_name)
    SELECT 'con_1', 'quickbooks', 'contact', 'q' || n, '{}', now(), 'person ' || n FROM generate_series(1, %(there)s) n
"""


_FIRST_CHUNK = """
INSERT INTO link (connection_id, kind, oncord_id, quickbooks_id, origin, state, base_oncord, base_quickbooks, created_at, updated_at)
    SELECT 'con_1', kind, 'first' || n, 'first' || n, 'oncord', 'live', '{}', '{}', now(), now()
    FROM generate_series(1, 300) n, unnest(array['sale', 'receipt']) kind
"""


@asynccontextmanager
async def _growing(urls: DatabaseUrls) -> AsyncIterator[Any]:
    """As a first synchronisation goes through its tables: the mirrors full and looked at, the links looked at after the first
    chunk of them; PostgreSQL's own job has never come around."""
    pairs, money, documents, *_ = _FILL.split(";\n")
    with psycopg.connect(conninfo(urls.admin), autocommit=True) as admin:
        for table in ("mirror", "link", "pending_change"):
            admin.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
        for statement in (_FILL_PEOPLE, money, documents, _FIRST_CHUNK):
            admin.execute(statement, {"there": THERE_ALREADY, "new": NEW})
        async with serving(urls.app) as database:
            async with database.transaction(HERE) as tx:
                await statistics.of_records(tx)
                await statistics.of_links(tx)
            admin.execute(pairs, {"there": THERE_ALREADY})
            async with database.transaction(HERE) as tx:
                yield _Explaining(tx)


@asynccontextmanager
async def _full(urls: DatabaseUrls) -> AsyncIterator[Any]:
    with psycopg.connect(conninfo(urls.admin), autocommit=True) as admin:
        for statement in filter(str.strip, _FILL.split(";\n")):
            admin.execute(statement, {"there": THERE_ALREADY, "new": NEW})
        admin.execute("ANALYZE")
    async with serving(urls.app) as database, database.transaction(HERE) as tx:
        for other_way in ("seqscan", "hashjoin", "mergejoin"):  # what is cheaper among rows as small as these
            await tx.execute(f"SET LOCAL enable_{other_way} = off")
        yield _Explaining(tx)


async def test_new_money_is_found_without_reading_all_links_for_each_receipt(own_database: DatabaseUrls) -> None:
    async with _full(own_database) as tx:
        found = await due_changes.claim_new_money(tx, HERE, NOON + timedelta(days=3650), limit=300)

        assert len(found) == NEW
        assert tx.looked_at() < 4 * THERE_ALREADY


async def test_what_settles_documents_is_found_without_reading_all_links_for_each_payment(
    own_database: DatabaseUrls,
) -> None:
    keys = [(Side.QUICKBOOKS, Kind.RECEIPT, f"q{n}") for n in range(1, NEW + 1)]
    async with _full(own_database) as tx:
        found = await settled_otherwise.compare(tx, HERE, keys)

        assert sorted(each.quickbooks_id for each in found) == sorted(i for _, _, i in keys)
        assert {len(each.applied) for each in found} == {4}
        assert tx.looked_at() < 4 * THERE_ALREADY


async def test_whose_a_name_is_is_found_without_reading_everybody(own_database: DatabaseUrls) -> None:
    async with _growing(own_database) as tx:
        found = await mirrors.names_taken(tx, HERE, Side.QUICKBOOKS, [f"person {n}" for n in (1, 2, 1000000)])

        assert found == {"person 1": "q1", "person 2": "q2"}
        assert tx.looked_at() < THERE_ALREADY / 10


async def test_pairs_that_agree_are_stored_without_reading_all_links_for_each(own_database: DatabaseUrls) -> None:
    new = range(THERE_ALREADY + 1, THERE_ALREADY + 1 + NEW)
    pairs = [AgreedPair(Kind.SALE, str(n), f"q{n}", Origin.ONCORD, 0, PRIMARY, None, None) for n in new]
    async with _growing(own_database) as tx:
        await agree(tx, HERE, pairs, NOON)

        assert tx.looked_at() < THERE_ALREADY


async def test_what_settles_documents_is_found_by_what_pays_them_from_the_first_hour_on(
    own_database: DatabaseUrls,
) -> None:
    keys = [(Side.QUICKBOOKS, Kind.SALE, f"q{n}") for n in range(1, NEW + 1)]
    async with _growing(own_database) as tx:
        found = await settled_otherwise.compare(tx, HERE, keys)

        assert {len(each.applied) for each in found} == {4}
        assert tx.looked_at() < 4 * THERE_ALREADY


async def test_what_was_on_customers_is_found_without_reading_all_links_for_each(own_database: DatabaseUrls) -> None:
    each = """UPDATE link SET base_oncord = NULL, state = CASE oncord_id WHEN '7' THEN 'tombstone' ELSE 'live' END,
        base_quickbooks = jsonb_build_object('contact_id', 'c' || oncord_id) || CASE kind
            WHEN 'sale' THEN '{"money": {"total": "11", "tax_total": "1", "currency": "AUD"}, "date": "2026-11-20"}'::jsonb
            ELSE '{"payment": {"amount": "11", "currency": "AUD", "allocations": []}}'::jsonb END"""
    with psycopg.connect(conninfo(own_database.admin), autocommit=True) as admin:
        for statement in (*filter(str.strip, _FILL.split(";\n")), each, "ANALYZE"):
            admin.execute(statement, {"there": THERE_ALREADY, "new": NEW})
    async with serving(own_database.app) as database, database.transaction(HERE) as tx:
        explaining = _Explaining(tx)
        for kind in (Kind.SALE, Kind.RECEIPT):
            found = await links.on_customers(explaining, HERE, kind, ["", "c1", "c2", "c7", "nobody"])  # type: ignore[arg-type]

            assert {c: [(x.kind, x.quickbooks_id) for x in of] for c, of in found.items()} == {
                "c1": [(kind, "q1")],
                "c2": [(kind, "q2")],
            }
        assert len(explaining.plans) == 2
        assert explaining.looked_at() < THERE_ALREADY / 100


_FILL_HISTORY = """
INSERT INTO event (sender, event_key, connection_id, kind, record_id, occurred_at, received_at, status, detail)
    SELECT 'oncord', 'e' || n, 'con_1', 'sale', 'other' || n %% 20, now(), now() - n * interval '1 second', 'accepted', '{}'
    FROM generate_series(1, 10 * %(there)s) n;
INSERT INTO event (sender, event_key, connection_id, kind, record_id, occurred_at, received_at, status, detail)
    SELECT 'oncord', 'echo' || n, 'con_1', 'sale', n::text, now(), now(), 'echo', jsonb_build_object('held_until', now())
    FROM generate_series(1, %(new)s / 2) n;
INSERT INTO event (sender, event_key, connection_id, kind, record_id, occurred_at, received_at, status, detail)
    SELECT 'oncord', 'edit' || n, 'con_1', 'sale', n::text, now(), now() + interval '1 minute', 'accepted', '{}'
    FROM generate_series(1, %(new)s / 4) n;
INSERT INTO run (id, connection_id, trigger, requested_by, state, counters, requested_at, started_at, finished_at)
    SELECT 'run_' || n, 'con_1', 'event', '', 'succeeded', '{}', now() - n * interval '1 minute', now(), now()
    FROM generate_series(1, %(there)s) n;
INSERT INTO pending_change (connection_id, side, kind, record_id, first_changed_at, last_changed_at, mirrored)
    SELECT 'con_1', 'oncord', 'sale', n::text, now() - interval '1 hour', now() + interval '1 hour', false
    FROM generate_series(1, %(new)s) n
"""


async def test_how_fresh_a_shop_is_costs_no_look_at_all_its_events_and_runs(own_database: DatabaseUrls) -> None:
    """Also while much waits: attention, the operator's list and the metrics ask for it."""
    async with serving(own_database.app) as database:
        async with database.transaction(HERE) as tx:
            await a_connection(tx, HERE)
        with psycopg.connect(conninfo(own_database.admin), autocommit=True) as admin:
            for statement in (*_FILL_HISTORY.split(";\n"), "ANALYZE"):
                admin.execute(statement, {"there": THERE_ALREADY, "new": NEW})
        async with database.transaction(HERE) as tx:
            explaining = _Explaining(tx)
            facts = await freshness.queue_facts(
                explaining,  # type: ignore[arg-type]
                [HERE],
                NOON,
                grace=60,
                woken=frozenset(),
            )

    assert [(heap.sort, heap.records) for heap in facts[HERE].heaps] == [("due", NEW)]
    assert explaining.looked_at("event") < THERE_ALREADY / 10
    assert explaining.looked_at("run") < THERE_ALREADY / 10
