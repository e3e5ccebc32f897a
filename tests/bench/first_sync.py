"""The first synchronisation of two full sides: how much memory it takes, what it tells meanwhile, and what comes of it.

The engine works in this process as a worker would, turn by turn; the simulators are processes of their own, so that this
process's memory is the engine's. Half of the shop's contacts are customers of the company already. With `--full`: 20,000
customers and 50,000 invoices on one side, 10,000 contacts on the other; without, a fifth of that.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import psutil  # type: ignore[import-untyped]

from app.storage import runs
from app.sync.ring import Ringing, answer, engine_turn, timing
from tests.bench.figures import Bench, Figure
from tests.bench.many_connections import ManyConnections, Shop, many_connections
from tests.bench.world import AT_ONCE, contact
from tests.support.joint import SilentBell
from tests.support.services import copied_database, migrate_template, running_services

CUSTOMERS, INVOICES, CONTACTS = 20_000, 50_000, 10_000
SHARE = 5
"""Without `--full`, one in so many."""
SMALL = 40
"""The first of two connections is so many times smaller: it warms everything up."""
TURN_SECONDS = 20.0
MOST_GROWTH = 120e6


@dataclass
class _Progress:
    """What somebody who looks at the run sees."""

    told: set[tuple[int, int, int]] = field(default_factory=set)
    peak: int = 0


def _measure(full: bool) -> Iterator[Figure]:
    yield from asyncio.run(_first_syncs(1 if full else SHARE))


async def _first_syncs(share: int) -> list[Figure]:
    with running_services() as services:
        migrate_template(services)
        with copied_database(services) as urls:
            async with many_connections(urls, services.redis_url, 0) as made:
                small = await _fill(made, 0, share * SMALL)
                await _sync(made, small, _Progress())
                large = await _fill(made, 1, share)
                before = psutil.Process().memory_info().rss
                progress = _Progress(peak=before)
                began = time.monotonic()
                run = await _sync(made, large, progress)
                seconds = time.monotonic() - began
                contacts = await made.in_shop(large, "contacts")
                sales = await made.in_shop(large, "sales")
                again = await _sync(made, large, _Progress())
    customers, invoices, ours = CUSTOMERS // share, INVOICES // share, CONTACTS // share
    emails = Counter(one["email"] for one in contacts)
    written = sum(again.counters.get(name, 0) for name in ("created", "updated", "voided", "deleted"))
    return [
        Figure(
            f"{customers:,} customers, {invoices:,} invoices, {ours:,} contacts: records a second",
            (customers + invoices + ours) / seconds,
        ),
        Figure("  seconds", seconds),
        Figure("  turns", run.turns, at_least=2),
        Figure("  most memory, more than before", (progress.peak - before) / 1e6, "MB", at_most=MOST_GROWTH / 1e6),
        Figure(
            "  different states of progress that somebody who looks each half second sees",
            len(progress.told),
            at_least=10,
        ),
        Figure("  the run did not succeed", float(run.state != "succeeded"), at_most=0),
        Figure("  contacts that should have been one and are two", sum(n - 1 for n in emails.values()), at_most=0),
        Figure("  contacts that are missing or too many", abs(len(contacts) - customers - ours + ours // 2), at_most=0),
        Figure("  sales that are missing or too many", abs(len(sales) - invoices), at_most=0),
        Figure("  numbers that two sales have", len(sales) - len({one["number"] for one in sales}), at_most=0),
        Figure("  writes of a second run", written, at_most=0),
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


async def _sync(made: ManyConnections, shop: Shop, progress: _Progress) -> runs.Run:
    """One manual run, turn by turn, while somebody looks at it."""
    runtime = made.runtime
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
    turn = engine_turn(runtime.database, runtime.clock, runtime.ids, runtime.sides, TURN_SECONDS)
    waits = timing(quiet_seconds=120, longest_wait_seconds=600, idle_hours=12)
    ringing = Ringing(runtime.database, runtime.clock, runtime.ids, SilentBell(), waits, "bench", turn)
    looking = runtime.tasks.start(_look(made, shop, asked.id, progress), name="looking")
    try:
        while (came := await answer(ringing, shop.connection_id)) == "more":
            continue
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
    async with runtime.database.transaction(shop.connection_id) as tx:
        run = await runs.get(tx, shop.connection_id, asked.id)
    assert run is not None, came
    return run


async def _look(made: ManyConnections, shop: Shop, run_id: str, progress: _Progress) -> None:
    while True:
        async with made.runtime.database.transaction(shop.connection_id) as tx:
            run = await runs.get(tx, shop.connection_id, run_id)
            result = await tx.execute(
                "SELECT coalesce(sum(records), 0) AS n FROM cursor WHERE connection_id = %s", (shop.connection_id,)
            )
            [row] = await result.fetchall()
        counters = run.counters if run else {}
        progress.told.add((int(row["n"]), counters.get("read", 0), counters.get("created", 0)))
        progress.peak = max(progress.peak, psutil.Process().memory_info().rss)
        await asyncio.sleep(0.5)


BENCH = Bench("first_sync", "the first synchronisation of two full sides", _measure)
