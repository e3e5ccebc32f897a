"""The first synchronisation of two full sides: how much memory it takes, what it tells meanwhile, and what comes of it.

A worker as in production carries it out, in a process of its own for each run: nothing that this process or an earlier
run has used hides what the engine uses. It is done twice, the second time with five times as many records, which must
not take more memory. Half of the shop's contacts are customers of the company already.
What it costs for each record, in both directions and with payments, stands in `first_sync_cost`.
With `--full`: 20,000 customers and 50,000 invoices on one side, 10,000 contacts on the other; without, a fifth of that.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from app.storage.runs import runs
from tests.bench.figures import Bench, Figure, Note
from tests.bench.first_sync_cost import costs
from tests.bench.many_connections import ManyConnections, Shop, many_connections
from tests.bench.processes import memory, peak_memory, process
from tests.bench.world import AT_ONCE, contact
from tests.support.services import copied_database, migrate_template, running_services

CUSTOMERS, INVOICES, CONTACTS = 20_000, 50_000, 10_000
SHARE = 5
"""Without `--full`, one in so many; and the smaller first synchronisation is so many times smaller than the larger."""
WORKER = {"WORKER_MAX_RUNS": "1", "SYNC_TURN_SECONDS": "20", "SYNC_SWEEP_SECONDS": "5"}
MOST_GROWTH = 120e6
"""Bytes beyond what a worker has that does nothing."""
MOST_MORE = 20e6
"""Bytes that the larger one may take beyond the smaller one: at full size an id kept of each record would take a third."""
STARTED_SECONDS = 2.0
"""A worker whose memory has not moved for so long has started."""
LOOK_SECONDS, TELL_SECONDS = 0.05, 0.5


@dataclass
class _Seen:
    """What somebody sees who looks at a run and at the worker that carries it out; memory in resident bytes."""

    run: runs.Run
    idle: int
    peak: int = 0
    told: set[tuple[int, int, int]] = field(default_factory=set)

    @property
    def seconds(self) -> float:
        """How long the run took."""
        assert self.run.started_at is not None
        assert self.run.finished_at is not None
        return (self.run.finished_at - self.run.started_at).total_seconds()

    @property
    def grown(self) -> int:
        """The most memory beyond that of a worker that does nothing."""
        return self.peak - self.idle


def _measure(full: bool) -> Iterator[Figure | Note]:
    yield from asyncio.run(_first_syncs(1 if full else SHARE))
    yield from costs(full)


async def _first_syncs(share: int) -> list[Figure]:
    with running_services() as services:
        migrate_template(services)
        with copied_database(services) as urls:
            async with many_connections(urls, services.redis_url, 0) as made:
                shops = [await _fill(made, number, part) for number, part in enumerate((share * SHARE, share))]
                first = [await _sync(made, shop) for shop in shops]
                contacts = await made.in_shop(shops[1], "contacts")
                sales = await made.in_shop(shops[1], "sales")
                again = [await _sync(made, shop) for shop in shops]
    customers, invoices, ours = CUSTOMERS // share, INVOICES // share, CONTACTS // share
    emails = Counter(one["email"] for one in contacts)
    written = sum(again[1].run.counters.get(name, 0) for name in ("created", "updated", "voided", "deleted"))
    return [
        Figure(
            f"{customers:,} customers, {invoices:,} invoices, {ours:,} contacts: records a second",
            (customers + invoices + ours) / first[1].seconds,
        ),
        Figure("  seconds", first[1].seconds),
        Figure("  turns", first[1].run.turns, at_least=2),
        *_memory("", first),
        *_memory(" of a second run", again),
        Figure(
            "  different states of progress that somebody who looks each half second sees",
            len(first[1].told),
            at_least=10,
        ),
        Figure("  runs that did not succeed", sum(s.run.state != "succeeded" for s in first + again), at_most=0),
        Figure("  contacts that should have been one and are two", sum(n - 1 for n in emails.values()), at_most=0),
        Figure("  contacts that are missing or too many", abs(len(contacts) - customers - ours + ours // 2), at_most=0),
        Figure("  sales that are missing or too many", abs(len(sales) - invoices), at_most=0),
        Figure("  numbers that two sales have", len(sales) - len({one["number"] for one in sales}), at_most=0),
        Figure("  writes of a second run", written, at_most=0),
    ]


def _memory(whose: str, seen: list[_Seen]) -> list[Figure]:
    small, large = seen
    return [
        Figure(f"  most memory{whose}, more than idle", large.grown / 1e6, "MB", at_most=MOST_GROWTH / 1e6),
        Figure(f"  with a fifth of the records{whose}", small.grown / 1e6, "MB"),
        Figure(
            f"  more for all than for a fifth{whose}", (large.peak - small.peak) / 1e6, "MB", at_most=MOST_MORE / 1e6
        ),
    ]


async def _fill(made: ManyConnections, number: int, share: int) -> Shop:
    """A shop and a company with a history; every second contact is a customer too."""
    shop = await made.add(number, synchronised=False)
    customers: list[str] = []
    for batch in _parts(_customer, CUSTOMERS // share):
        customers += [str(one["Id"]) for one in await made.in_books(shop, "customer", batch)]
    for batch in _parts(lambda n: _invoice(n, customers[n % len(customers)], shop), INVOICES // share):
        await made.in_books(shop, "invoice", batch)
    for batch in _parts(lambda n: contact(n if n % 2 else n + CUSTOMERS), CONTACTS // share):
        await made.in_shop(shop, "contacts", batch)
    return shop


def _parts(make: Callable[[int], dict[str, Any]], count: int) -> Iterator[list[dict[str, Any]]]:
    """Few at a time: memory that was ever used is not given back, and would hide what the engine uses."""
    for start in range(0, count, AT_ONCE):
        yield [make(number) for number in range(start, min(start + AT_ONCE, count))]


def _customer(number: int) -> dict[str, Any]:
    person = contact(number)
    return {
        "DisplayName": f"{person['first_name']} {person['last_name']}",
        "GivenName": person["first_name"],
        "FamilyName": person["last_name"],
        "PrimaryEmailAddr": {"Address": person["email"]},
        "PrimaryPhone": {"FreeFormNumber": person["phone"]},
    }


def _invoice(number: int, customer: str, shop: Shop) -> dict[str, Any]:
    detail = {"ItemRef": {"value": shop.item}, "Qty": 1, "UnitPrice": 10, "TaxCodeRef": {"value": shop.tax_code}}
    line = {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    return {
        "DocNumber": f"Q{number}",
        "CustomerRef": {"value": customer},
        "GlobalTaxCalculation": "TaxExcluded",
        "Line": [{**line, "Description": f"Thing {part} of {number}"} for part in range(2)],
    }


async def _sync(made: ManyConnections, shop: Shop) -> _Seen:
    """One manual run by a worker of its own, while somebody looks at both."""
    runtime = made.runtime
    with process(["arq", "workers.main.WorkerSettings"], {**made.environment, **WORKER}) as pid:
        idle = await _idle(pid)
        async with runtime.database.transaction(shop.connection_id) as tx:
            asked = await runs.request(
                tx,
                shop.connection_id,
                run_id=runtime.ids.new("run"),
                trigger="manual",
                requested_by="bench",
                now=runtime.clock.now(),
                download=True,
            )
        await runtime.waker.wake(shop.connection_id)
        seen = _Seen(asked, idle)
        looking = runtime.tasks.start(_look(pid, seen), name="looking")
        try:
            while seen.run.state in ("queued", "running"):
                await asyncio.sleep(TELL_SECONDS)
                await _tell(made, seen)
        finally:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
    return seen


async def _idle(pid: int) -> int:
    """The memory of a worker once it has started; less, if anything, where the machine was too busy to start it."""
    before, now = -1, 0
    while before != now:
        before = now
        await asyncio.sleep(STARTED_SECONDS)
        now = memory(pid)
    return now


async def _look(pid: int, seen: _Seen) -> None:
    while True:
        seen.peak = max(seen.peak, peak_memory(pid))
        await asyncio.sleep(LOOK_SECONDS)


async def _tell(made: ManyConnections, seen: _Seen) -> None:
    connection_id = seen.run.connection_id
    async with made.runtime.database.transaction(connection_id) as tx:
        run = await runs.get(tx, connection_id, seen.run.id)
        result = await tx.execute(
            "SELECT coalesce(sum(records), 0) AS n FROM cursor WHERE connection_id = %s", (connection_id,)
        )
        [row] = await result.fetchall()
    assert run is not None
    seen.run = run
    seen.told.add((int(row["n"]), run.counters.get("read", 0), run.counters.get("created", 0)))


BENCH = Bench("first_sync", "the first synchronisation of two full sides", _measure)
