"""Ten changes in a connection with many links beside the same ten in one with few.

Both worlds begin alike: some contacts and sales that the engine itself has linked. Their rows are then copied in the
tables under other ids, until there are as many links as wanted; nothing else about the two worlds differs. Their runs
take turns, so that whatever else this machine does meets both alike.
"""

import time
import tracemalloc
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import psycopg

from app.domain.model.records import Kind, Side
from app.storage.database import OWNERS_OPTIONS, conninfo
from tests.bench.figures import Figure, typical
from tests.bench.world import COPY_LINK, contact, fill_shop, running_databases, sale, touched
from tests.support.joint import SITE, Joint, joined
from tests.support.services import DatabaseUrls

FEW, MANY = 2_000, 200_000
CHANGES = 10
ROUNDS = 40
MOST_MORE = 1.2
PAIRS = 20
"""Contacts with one sale each that the engine links itself; half of them are changed in a round."""

_COPY_MIRROR = """
INSERT INTO mirror (connection_id, side, kind, record_id, version, record, deleted, deleted_with, merged_into, marker,
    extras, digest, modified_at, seen_at, key_email, key_name, key_number, key_contact, key_amount, people_keys, keys_version)
SELECT m.connection_id, m.side, m.kind, 'x' || n, m.version,
    CASE WHEN m.kind = 'sale' THEN jsonb_set(m.record, '{contact_id}', to_jsonb('x' || n %% %(owners)s)) ELSE m.record END,
    false, '', '', CASE WHEN m.marker = '' THEN '' ELSE m.marker || n END, m.extras, m.digest, m.modified_at, m.seen_at,
    CASE WHEN m.key_email = '' THEN '' ELSE n || m.key_email END, CASE WHEN m.key_name = '' THEN '' ELSE m.key_name || n END,
    CASE WHEN m.key_number = '' THEN '' ELSE m.key_number || n END,
    CASE WHEN m.key_contact = '' THEN '' ELSE 'x' || n %% %(owners)s END, m.key_amount,
    ARRAY(SELECT k + n FROM unnest(m.people_keys) AS k), m.keys_version
FROM generate_series(1, %(count)s) AS n
JOIN (SELECT *, row_number() OVER (PARTITION BY side, kind ORDER BY record_id) AS place FROM mirror
    WHERE kind = %(kind)s AND side = %(side)s) AS m ON m.place = 1 + n %% %(pairs)s
"""


@dataclass
class _World:
    """One of the two connections, with what its rounds cost."""

    joint: Joint
    contacts: list[str]
    sales: list[str]
    seconds: list[float] = field(default_factory=list)
    calls: set[tuple[int, int]] = field(default_factory=set)
    memory: int = 0
    changes: int = 0

    async def change(self) -> None:
        """Ten changes: five contacts and five sales, other ones each time. All rounds lie within an hour of the first run."""
        first = self.changes * CHANGES // 2 % PAIRS
        self.changes += 1
        contacts = self.contacts[first : first + CHANGES // 2]
        sales = self.sales[first : first + CHANGES // 2]
        for record_id in contacts:
            await self.joint.in_shop("PATCH", f"contacts/{record_id}", {"phone": f"08 6{self.changes:07}"})
        for record_id in sales:
            found = await self.joint.in_shop("GET", f"sales/{record_id}")
            line = {**found["lines"][0], "quantity": str(self.changes + 2)}
            await self.joint.in_shop("PATCH", f"sales/{record_id}", {"lines": [line, *found["lines"][1:]]})
        await touched(self.joint, Side.ONCORD, Kind.CONTACT, contacts)
        await touched(self.joint, Side.ONCORD, Kind.SALE, sales)
        self.joint.clock.pass_time(5)

    async def round(self, *, remember: bool = True) -> None:
        """One run over ten changes."""
        await self.change()
        before = await self._calls()
        began = time.perf_counter()
        run = await self.joint.sync(download=False)
        spent = time.perf_counter() - began
        assert (run.state, run.counters["updated"]) == ("succeeded", CHANGES), (run.error, run.counters)
        after = await self._calls()
        if remember:
            self.seconds.append(spent)
            self.calls.add((after[0] - before[0], after[1] - before[1]))

    async def _calls(self) -> tuple[int, int]:
        """How often the shop and the books were called so far."""
        shop = (await self.joint.http_shop.get(f"/_sandbox/sites/{SITE}/calls")).json()
        books = await self.joint.in_books("GET", "calls")
        return (
            sum(shop[kind] for kind in ("read", "write", "batch")),
            sum(books[kind] for kind in ("read", "query", "cdc", "batch", "write")),
        )

    async def remembered(self) -> None:
        """One more round, whose memory is traced."""
        tracemalloc.start()
        try:
            await self.round(remember=False)
            self.memory = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()


async def small_and_large() -> list[Figure]:
    """The same rounds in both worlds, in turns."""
    async with AsyncExitStack() as stack:
        few, many = stack.enter_context(running_databases(2))
        worlds = [await _begin(stack, few, FEW), await _begin(stack, many, MANY)]
        for world in worlds:
            await world.round(remember=False)
        for number in range(ROUNDS):
            for world in worlds if number % 2 else reversed(worlds):
                await world.round()
        for world in worlds:
            await world.remembered()
    small, large = worlds
    (shop, books), *more = sorted(large.calls)
    return [
        Figure(
            f"time of a run of {CHANGES} changes, {MANY:,} links against {FEW:,}",
            typical(large.seconds) / typical(small.seconds),
            "x",
            MOST_MORE,
        ),
        Figure(f"  with {MANY:,} links", typical(large.seconds) * 1000, "ms"),
        Figure(
            "  calls that differ between the two, or between rounds", len(large.calls ^ small.calls) + len(more), "", 0
        ),
        Figure("  calls of Oncord in a run", shop),
        Figure("  calls of QuickBooks in a run", books),
        Figure("  most memory of a run, against the same", large.memory / small.memory, "x", MOST_MORE),
        Figure(f"  with {MANY:,} links", large.memory / 1e6, "MB"),
    ]


async def _begin(stack: AsyncExitStack, urls: DatabaseUrls, links: int) -> _World:
    joint = await stack.enter_async_context(joined(urls.app))
    await joint.sync()
    contacts = await fill_shop(joint, "contacts", [contact(number) for number in range(PAIRS)])
    sales = await fill_shop(joint, "sales", [sale(number, buyer) for number, buyer in enumerate(contacts)])
    run = await joint.sync()
    assert run.counters["created"] == 2 * PAIRS, (run.error, run.counters)
    _copy(urls, links - 2 * PAIRS)
    return _World(joint, contacts, sales)


def _copy(urls: DatabaseUrls, links: int) -> None:
    """Copy what is linked: three sales for each contact."""
    owners = links // 4
    with psycopg.connect(conninfo(urls.owner), autocommit=True, options=OWNERS_OPTIONS) as database:
        for kind, count in (("contact", owners), ("sale", links - owners)):
            values = {"count": count, "kind": kind, "owners": owners, "pairs": PAIRS}
            for side in ("oncord", "quickbooks"):
                database.execute(_COPY_MIRROR, {**values, "side": side})
            database.execute(COPY_LINK, {**values, "first": 1})
        database.execute("VACUUM ANALYZE")
