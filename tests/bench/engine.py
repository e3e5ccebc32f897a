"""What a run costs: full batches however records come, and ten changes that cost the same however much is linked."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator

from app.domain.model.records import Kind, Side
from tests.bench.figures import Bench, Figure
from tests.bench.many_links import small_and_large
from tests.bench.world import book_calls, contact, fill_shop, own_database, sale, touched
from tests.support.joint import Joint, joined

CONTACTS, SALES = 5_000, 10_000
MOST_MORE = 1.02
READS = 19


def _measure(full: bool) -> Iterator[Figure]:
    yield from asyncio.run(_pushing())
    yield from asyncio.run(small_and_large())


async def _pushing() -> list[Figure]:
    """Many new sales of new contacts, in no order, after the first synchronisation."""
    with own_database() as urls:
        async with joined(urls.app) as joint:
            first = await joint.sync()
            assert first.state == "succeeded", (first.error, first.counters)
            await _new_sales(joint)
            await book_calls(joint, forget=True)
            began = joint.clock.now()
            run = await joint.sync(download=False, turns=1000)
            assert run.state == "succeeded", (run.error, run.counters)
            minutes = (joint.clock.now() - began).total_seconds() / 60
            calls = await book_calls(joint)
            batches = {kind: n async for kind, n in _batches(joint)}
    least = {"contact": -(-CONTACTS // 30), "sale": -(-SALES // 30)}
    return [
        *(
            Figure(
                f"batch calls for {count:,} new {kind}s (the least is {least[kind]})",
                batches[kind],
                at_most=int(MOST_MORE * least[kind]),
            )
            for kind, count in (("contact", CONTACTS), ("sale", SALES))
        ),
        Figure("  HTTP calls of QuickBooks in all", calls["batch"] + calls["query"] + calls["read"] + calls["cdc"]),
        Figure("  metered reads in all", calls["metered"], at_most=READS),
        Figure("  most batches in a minute", calls["peak_batches_per_minute"], at_most=40),
        Figure("  most calls in a second", calls["peak_per_second"], at_most=10),
        Figure("  time the limits make it take", minutes, "minutes"),
        Figure("  turns of a minute at most", run.turns),
    ]


async def _new_sales(joint: Joint) -> None:
    """Two sales for each contact on the average, in no order."""
    chance = random.Random(1)
    contacts = await fill_shop(joint, "contacts", [contact(number) for number in range(CONTACTS)])
    buyers = contacts + [chance.choice(contacts) for _ in range(SALES - CONTACTS)]
    chance.shuffle(buyers)
    sales = await fill_shop(joint, "sales", [sale(number, buyer) for number, buyer in enumerate(buyers)])
    await touched(joint, Side.ONCORD, Kind.CONTACT, contacts)
    await touched(joint, Side.ONCORD, Kind.SALE, sales)


async def _batches(joint: Joint) -> AsyncIterator[tuple[str, int]]:
    """How many batches the last run sent, by kind."""
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        result = await tx.execute(
            "SELECT kind, count(DISTINCT batch_id) AS n FROM operation WHERE run_id = %s AND batch_id <> '' "
            "GROUP BY kind ORDER BY kind",
            (joint.last_run,),
        )
        for row in await result.fetchall():
            yield row["kind"], row["n"]


BENCH = Bench("engine", "what a run costs", _measure)
