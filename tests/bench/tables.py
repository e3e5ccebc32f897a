"""Whether everything that runs often finds its rows by an index, with a million rows in each of the large tables.

Nothing is listed by hand: intake, rings, runs in both directions, a sweep and the pages that people look at are carried
out by the real code on the full tables, and each statement that they execute is explained.
"""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import psycopg

from app.domain.model.records import Kind, Side
from app.storage.changes import due, events, intake
from app.storage.changes.intake import InboundEvent
from app.storage.database import EVERY_CONNECTION, OWNERS_OPTIONS, conninfo
from app.storage.people import attention
from app.storage.runs import operations, runs
from app.sync.waking.sweep import SweepContext, sweep
from app.sync.waking.wake import (
    WakeContext,
    answer,
    engine_turn,
    timing,
)
from tests.bench.explain import Explained
from tests.bench.figures import Bench, Figure, Note
from tests.bench.world import contact, fill_shop, own_database, sale
from tests.support.joint import CONNECTION, START, Joint, SilentWaker, joined

ROWS, CONNECTIONS = 1_000_000, 1_000
JUDGED = ("event", "pending_change", "mirror", "search_key", "operation", "link", "attention")
TOLD = (*JUDGED, "run")

_FILL = """
CREATE TEMPORARY VIEW numbers AS SELECT n, CASE WHEN n %% {connections} = 0 THEN '{connection}'
    ELSE 'con_' || n %% {connections} END AS c, timestamptz '{start}' - make_interval(mins => n / 10) AS at
    FROM generate_series(1, {rows}) AS n;
INSERT INTO connection (id, oncord_api_url, realm_id, state, facts, oncord_secrets, created_at, updated_at,
        first_sync_completed_at)
    SELECT 'con_' || n, 'https://' || n, 'realm' || n, 'ready', '{{}}', '[]', at, at, at FROM numbers WHERE n < {connections};
INSERT INTO schedule (connection_id, first_changed_at, last_changed_at)
    SELECT c, CASE WHEN n < 50 THEN at END, CASE WHEN n < 50 THEN at END FROM numbers WHERE n < {connections};
INSERT INTO cursor (connection_id, side, kind, watermark, completed_at)
    SELECT c, side, kind, at, at FROM numbers, unnest(array['oncord', 'quickbooks']) AS side,
        unnest(array['contact', 'item', 'sale', 'receipt']) AS kind WHERE n < {connections};
INSERT INTO event (sender, event_key, connection_id, received_at, kind, record_id, action, detail, status)
    SELECT 'quickbooks', 'key/' || n, c, at, 'sale', n::text, 'updated', '{{}}', CASE WHEN n %% 100 = 0 THEN 'skipped'
        ELSE 'accepted' END FROM numbers;
INSERT INTO pending_change (connection_id, side, kind, record_id, first_changed_at, last_changed_at, parked, waits_for, mirrored,
        not_before)
    SELECT c, 'quickbooks', 'sale', 'x' || n, at, at, c = '{connection}' OR n %% 3 = 0,
        CASE WHEN c = '{connection}' OR n %% 3 = 0 THEN 'person' ELSE '' END, true,
        CASE WHEN n %% 50 = 1 AND n %% 3 > 0 THEN at + interval '1 year' END FROM numbers;
INSERT INTO mirror (connection_id, side, kind, record_id, record, extras, seen_at, key_email, key_name, key_number,
        key_contact)
    SELECT c, CASE WHEN n / {connections} %% 2 = 0 THEN 'oncord' ELSE 'quickbooks' END, CASE WHEN n / {connections} %% 4 < 2
        THEN 'contact' ELSE 'sale' END, 'x' || n, NULL, '[]', at, 'someone' || n || '@example.com', 'someone ' || n,
        's' || n, 'x' || n FROM numbers;
INSERT INTO link (connection_id, kind, oncord_id, quickbooks_id, origin, state, base_oncord, base_quickbooks, created_at,
        updated_at)
    SELECT c, CASE WHEN n %% 4 < 2 THEN 'contact' ELSE 'sale' END, 'x' || n, 'y' || n, 'oncord', 'live', NULL, NULL, at, at
    FROM numbers WHERE n <= {rows} / 2;
INSERT INTO attention (id, connection_id, key, kind, rule, summary, advice, side, record_kind, record_id, detail, actions,
        state, resolution, run_id, created_at, updated_at, resolved_at, resolved_by)
    SELECT 'att_' || n, CASE WHEN n %% 2 = 0 THEN '{connection}' ELSE c END, 'record:contact:oncord:z' || n, 'parked', 'C1',
        'It waited.', '', 'oncord', 'contact', 'z' || n, '{{}}', '[]', 'resolved', 'It has been synchronised since.', '',
        at, at, at, 'sync' FROM numbers WHERE n <= {rows} / 5;
INSERT INTO run (id, connection_id, trigger, state, counters, requested_at, started_at, finished_at)
    SELECT 'run_' || n, c, 'quiet', 'succeeded', '{{}}', at, at, at FROM numbers WHERE n <= {rows} / 10;
INSERT INTO operation (id, connection_id, run_id, sequence, action, side, kind, source_id, target_id, fields,
        disagreements, record, state, batch_id, created_at, sent_at, answered_at, settled_at)
    SELECT 'op_' || n, c, 'run_' || (n %% ({rows} / 10) + 1), n / ({rows} / 10), 'update', 'quickbooks', 'sale', 'x' || n,
        'y' || n, '[]', '[]', NULL, 'done', 'batch' || n / 30, at, at, at, at FROM numbers;
""".replace("%%", "%")


def _measure(full: bool) -> Iterator[Figure | Note]:
    explained = asyncio.run(_watched_life())
    yield Note(
        f"{ROWS:,} rows in event, pending_change, mirror and operation, fewer in link and attention, of {CONNECTIONS:,} connections; by which index each"
    )
    yield Note("function of app/storage reaches its rows (* where a generic plan differs):")
    whole: set[str] = set()
    for whose in sorted(explained.plans):
        found = {access for access in explained.plans[whose] if access.table in TOLD}
        generic = {access for access in explained.generic.get(whose, ()) if access.table in TOLD}
        for access in sorted(found | generic, key=lambda one: (one.table, one.index)):
            star = "" if access in found else " *"
            yield Note(f"  {whose:<28} {access.table:<10} {access.index or 'READS ALL OF IT'}{star}")
            if not access.index and access.table in JUDGED:
                whole.add(f"{whose} ({access.table})")
    yield Figure("statements explained", len(explained.seen), at_least=50)
    yield Figure(
        "functions that read a whole large table" + "".join(f", {one}" for one in sorted(whole)), len(whole), "", 0
    )


async def _watched_life() -> Explained:
    """A life in which everything happens once, on full tables."""
    explained = Explained()
    with own_database() as urls:
        async with joined(urls.app) as joint:
            await joint.sync()
            with psycopg.connect(conninfo(urls.owner), autocommit=True, options=OWNERS_OPTIONS) as database:
                database.execute(
                    _FILL.format(connections=CONNECTIONS, connection=CONNECTION, rows=ROWS, start=START.isoformat())
                )
                database.execute("ANALYZE")
            explained.watch(joint.runtime.database)
            await _live(joint)
            await _look(joint)
    return explained


async def _live(joint: Joint) -> None:
    """Sales come, change and go, told by events, carried by rings, in both directions."""
    contacts = await fill_shop(joint, "contacts", [contact(number) for number in range(40)])
    sales = await fill_shop(joint, "sales", [sale(number, buyer) for number, buyer in enumerate(contacts)])
    receipt = await joint.receipt(await joint.in_shop("GET", f"sales/{sales[0]}"))
    told = [(Kind.CONTACT, one) for one in contacts] + [(Kind.SALE, one) for one in sales]
    await _told(joint, Side.ONCORD, [*told, (Kind.RECEIPT, receipt["id"])])
    await _rung(joint)
    invoices = await joint.books_list("invoice")
    assert len(invoices) == len(sales)
    await joint.person("invoice", {"Id": invoices[1]["Id"], "sparse": True, "DueDate": "2027-01-31"})
    await joint.in_shop("PATCH", f"contacts/{contacts[2]}", {"phone": "08 1234 5678"})
    await joint.in_shop("DELETE", f"sales/{sales[3]}")
    await _told(joint, Side.QUICKBOOKS, [(Kind.SALE, one["Id"]) for one in invoices])
    await _told(joint, Side.ONCORD, [(Kind.CONTACT, contacts[2]), (Kind.SALE, sales[3])])
    await _rung(joint)
    await joint.sync()
    await _asked_and_answered(joint)
    runtime = joint.runtime
    await sweep(
        SweepContext(
            runtime.database,
            joint.clock,
            SilentWaker(),
            _TIMING,
            timedelta(seconds=30),
            retention=timedelta(days=60),
            ids=runtime.ids,
        )
    )


async def _asked_and_answered(joint: Joint) -> None:
    """A contact that two customers could be, and a person who says which one it is."""
    same = {"GivenName": "Two", "FamilyName": "Fold", "PrimaryEmailAddr": {"Address": "twofold@example.com"}}
    customers = [await joint.person("customer", {**same, "DisplayName": f"Twofold {number}"}) for number in (1, 2)]
    made = await joint.contact("Two", "Fold", email="twofold@example.com")
    await joint.sale(made["id"])
    await joint.sync()
    [question] = [item for item in await joint.attention() if item.kind == "ambiguous_match"]
    await joint.answer(question.id, "choose", customers[0]["Id"])
    await joint.sync()


_TIMING = timing(quiet_seconds=120, longest_wait_seconds=600, idle_hours=12)


async def _told(joint: Joint, side: Side, records: list[tuple[Kind, str]]) -> None:
    arrivals = [
        InboundEvent(
            side=side,
            event_key=f"{joint.clock.now()}/{number}",
            connection_id=joint.connection_id if side is Side.ONCORD else "",
            realm_id=joint.realm if side is Side.QUICKBOOKS else "",
            kind=kind,
            record_id=record_id,
            occurred_at=joint.clock.now(),
        )
        for number, (kind, record_id) in enumerate(records)
    ]
    async with joint.runtime.database.raw() as connection:
        await intake.accept(connection, arrivals, joint.clock.now())
    joint.clock.pass_time(150)


async def _rung(joint: Joint) -> None:
    runtime = joint.runtime
    turn = engine_turn(runtime.database, joint.clock, runtime.ids, runtime.sides, 60)
    parts = WakeContext(runtime.database, joint.clock, runtime.ids, SilentWaker(), _TIMING, "bench", turn)
    assert await answer(parts, joint.connection_id) == "finished"


async def _look(joint: Joint) -> None:
    """What people and the console ask for."""
    async with joint.runtime.database.transaction(EVERY_CONNECTION) as tx:
        await due.due_facts_of(tx, [f"con_{number}" for number in range(1, 50)])
        await runs.page(tx, joint.connection_id, 50)
        await runs.latest(tx, [f"con_{number}" for number in range(1, 50)])
        await operations.of_run(tx, joint.connection_id, joint.last_run, limit=50)
        await events.page(tx, joint.connection_id)
        await events.page(tx, joint.connection_id, "skipped")
        await events.page(tx, None, "quarantined")
        await attention.page(tx, joint.connection_id, "open", 50)


BENCH = Bench("tables", "how the statements find their rows in full tables", _measure)
