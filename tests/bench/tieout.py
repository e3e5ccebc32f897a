"""What a tie-out costs: whole, with few and with many documents, and of ten changes in either.

Both worlds begin alike: some sales and their receipts that the engine itself has linked. Their rows are then copied in
the tables under other ids. A whole tie-out is one process and one database; its memory is the most that this process,
which also holds the simulators, has had resident meanwhile (Linux only).
"""

import asyncio
import statistics
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from app import tie_outs
from app.domain.model.records import Kind, Side
from app.runtime import keep_what_is_there
from app.storage.database import OWNERS_OPTIONS, conninfo
from tests.bench.figures import Bench, Figure, Note, typical
from tests.bench.world import COPY_LINK, contact, fill_shop, running_databases, sale, touched
from tests.support.joint import CONNECTION, Joint, joined
from tests.support.services import DatabaseUrls

FEW, MANY = 2_000, 200_000
PAIRS = 20
CHANGES = 10
ROUNDS = 20
MOST_SECONDS = 120
"""A whole tie-out reads every body of both mirrors once more (docs/decisions/the-tie-out.md says why no columns stand beside them)."""
MOST_MEMORY = 250
MOST_GROWTH = 1.25
"""A document in the large world may cost so much more than one in the small one: the one long tie-out against the mean of many
short ones, before it and after it, since a fastest one is to be had among the short ones only."""

_COPY_MIRROR = """
INSERT INTO mirror (connection_id, side, kind, record_id, version, record, deleted, deleted_with, merged_into, marker,
    extras, digest, modified_at, seen_at, key_email, key_name, key_number, key_contact, key_amount, pays)
SELECT m.connection_id, m.side, m.kind, 'x' || n, m.version,
    CASE m.kind WHEN 'sale' THEN m.record || jsonb_build_object('number', 'N' || n, 'contact_id', 'x' || n %% %(owners)s)
        WHEN 'receipt' THEN jsonb_set(m.record, '{payment,allocations,0,sale_id}', to_jsonb('x' || n))
            || jsonb_build_object('contact_id', 'x' || n %% %(owners)s) ELSE m.record END,
    false, '', '', CASE WHEN m.marker = '' THEN '' ELSE m.marker || n END, m.extras, m.digest, m.modified_at, m.seen_at,
    CASE WHEN m.key_email = '' THEN '' ELSE n || m.key_email END, m.key_name,
    CASE WHEN m.key_number = '' THEN '' ELSE 'n' || n END,
    CASE WHEN m.key_contact = '' THEN '' ELSE 'x' || n %% %(owners)s END, m.key_amount,
    CASE WHEN m.kind = 'receipt' THEN ARRAY[m.connection_id || ' ' || m.side || ' x' || n] ELSE m.pays END
FROM generate_series(%(first)s::int, %(count)s::int) AS n
JOIN (SELECT *, row_number() OVER (ORDER BY (SELECT min(l.id) FROM link l WHERE l.kind = mirror.kind
        AND CASE mirror.side WHEN 'oncord' THEN l.oncord_id ELSE l.quickbooks_id END = mirror.record_id)) AS place
    FROM mirror WHERE kind = %(kind)s AND side = %(side)s) AS m ON m.place = 1 + n %% %(pairs)s
"""


@dataclass
class _World:
    """One of the two connections."""

    joint: Joint
    sales: list[str]
    documents: int
    whole: list[float] = field(default_factory=list)
    of_changes: list[float] = field(default_factory=list)
    changes: int = 0

    async def take_whole(self) -> None:
        """One tie-out of everything, which has to agree."""
        runtime = self.joint.runtime
        began = time.perf_counter()
        taken = await tie_outs.take_whole(runtime.database, runtime.clock, runtime.ids, CONNECTION)
        self.whole.append(time.perf_counter() - began)
        assert taken is not None
        assert (taken.judged, taken.differences) == (self.documents, 0), (taken.judged, taken.differences)

    async def take_changes(self) -> None:
        """Ten changes, a run that carries them over, and then the tie-out that such a run ends with once more."""
        self.changes += 1
        first = self.changes * CHANGES % PAIRS
        for record_id in self.sales[first : first + CHANGES]:
            await self.joint.in_shop("PATCH", f"sales/{record_id}", {"notes": f"Change {self.changes}"})
        await touched(self.joint, Side.ONCORD, Kind.SALE, self.sales[first : first + CHANGES])
        self.joint.clock.pass_time(5)
        run = await self.joint.sync(download=False)
        assert (run.state, run.counters["updated"]) == ("succeeded", CHANGES), (run.error, run.counters)
        runtime = self.joint.runtime
        began = time.perf_counter()
        taken = await tie_outs.take_touched(runtime.database, runtime.clock, runtime.ids, CONNECTION, run.id)
        self.of_changes.append(time.perf_counter() - began)
        assert taken is not None
        assert taken.differences == 0


async def few_and_many(most: int) -> list[Figure | Note]:
    """Whole tie-outs and those of ten changes, in both worlds."""
    async with AsyncExitStack() as stack:
        urls = stack.enter_context(running_databases(2))
        small, large = await _begin(stack, urls[0], FEW), await _begin(stack, urls[1], most)
        for number in range(ROUNDS):
            for world in (small, large) if number % 2 else (large, small):
                await world.take_changes()
        keep_what_is_there()  # as our processes do: here the simulators, too
        for _ in range(ROUNDS):
            await small.take_whole()
        _forget_peak()
        await large.take_whole()
        memory = _peak()
        for _ in range(ROUNDS):
            await small.take_whole()
    each = large.whole[0] / large.documents / (statistics.mean(small.whole) / small.documents)
    rate = large.documents / large.whole[0]
    changes = typical(large.of_changes) / typical(small.of_changes)
    return [
        Note(f"{large.documents:,} documents and receipts against {small.documents:,}"),
        Figure(f"whole, {large.documents:,}", large.whole[0], "s", at_most=MOST_SECONDS),
        Figure("  judged in a second", rate),
        Figure("  most memory of the process", memory, "MiB", at_most=MOST_MEMORY),
        Figure("  each of them, against the same among few", each, "x", at_most=MOST_GROWTH),
        Figure(f"of {CHANGES} changes, against the same among few", changes, "x", at_most=MOST_GROWTH),
        Figure("  among many", typical(large.of_changes) * 1000, "ms"),
    ]


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _peak() -> float:
    """The most memory resident since `_forget_peak`, in MiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


async def _begin(stack: AsyncExitStack, urls: DatabaseUrls, documents: int) -> _World:
    joint = await stack.enter_async_context(joined(urls.app))
    await joint.sync()
    buyers = await fill_shop(joint, "contacts", [contact(number) for number in range(PAIRS)])
    sales = await fill_shop(joint, "sales", [sale(number, buyer) for number, buyer in enumerate(buyers)])
    for sale_id in sales:
        await joint.receipt(await joint.in_shop("GET", f"sales/{sale_id}"))
    run = await joint.sync()
    assert run.counters["created"] == 3 * PAIRS, (run.error, run.counters)
    _copy(urls, documents // 2 - PAIRS)
    return _World(joint, sales, documents)


def _copy(urls: DatabaseUrls, count: int) -> None:
    """Copy what is linked, until there are `count` more sales and receipts, four of each to a contact."""
    owners = max(1, count // 4)
    with psycopg.connect(conninfo(urls.owner), autocommit=True, options=OWNERS_OPTIONS) as database:
        for kind, first, last in (("contact", 0, owners - 1), ("sale", 1, count), ("receipt", 1, count)):
            values = {"first": first, "count": last, "kind": kind, "owners": owners, "pairs": PAIRS}
            for side in ("oncord", "quickbooks"):
                database.execute(_COPY_MIRROR, {**values, "side": side})
            database.execute(COPY_LINK, values)
        database.execute("VACUUM ANALYZE")


def _measure(_full: bool) -> Iterator[Figure | Note]:
    yield from asyncio.run(few_and_many(MANY))


BENCH = Bench("tieout", "a tie-out of everything and of ten changes, with few documents and with many", _measure)
