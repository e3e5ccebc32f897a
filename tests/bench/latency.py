"""How long what somebody does takes to be seen on the other side, beyond the quiet time, and what a quiet day's run costs.

A worker process as in production on a real PostgreSQL and a real Valkey; the simulators are processes too and answer at once, or
after 300 ms. Each shop has been synchronised before and had some seconds of rest; one after the other somebody does one thing there,
its event is taken in, and the other side is looked at until it shows.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from statistics import median, quantiles
from typing import Any

from app.domain.model.records import Kind, Side
from app.storage.changes import intake
from app.storage.changes.intake import InboundEvent
from app.storage.runs import runs
from tests.bench.figures import Bench, Figure
from tests.bench.many_connections import ManyConnections, Shop, many_connections
from tests.bench.processes import process
from tests.bench.world import contact, sale
from tests.support.services import copied_database, migrate_template, running_services

SHOPS, ROUNDS = 20, 2
SLOW = 0.300
LOOKS_EVERY = 0.01
LONGEST_SECONDS = 60.0
BOUNDS = {"contact": (0.5, 1.5), "new sale of somebody new": (0.5, 2.0), "customer": (0.5, 1.5)}
"""Seconds, 19 of 20: where the vendors answer at once, and after 300 ms a call."""
MANUAL = (0.7, 1.3)
MANUAL_HALF = (0.5, 1.0)

Seen = Callable[[], Awaitable[bool]]
Deed = Callable[[ManyConnections, Shop, int], Awaitable[tuple[list[tuple[Side, Kind, str]], Seen]]]


def _measure(full: bool) -> Iterator[Figure]:
    yield from asyncio.run(_all())


async def _all() -> list[Figure]:
    with running_services() as services:
        migrate_template(services)
        with copied_database(services) as urls:
            async with many_connections(urls, services.redis_url, SHOPS) as made:
                settings = {**made.environment, "SYNC_SWEEP_SECONDS": "30"}
                with process(["arq", "workers.main.WorkerSettings"], settings):
                    return await _judged(made)


async def _judged(made: ManyConnections) -> list[Figure]:
    for number, shop in enumerate(made.shops):
        await _seconds(made, shop, number, _new_sale)
        await _idle_reads(made, shop)  # which also checks the mirrors against both sides, once a day
    figures = []
    for slow in (0, 1):
        await made.slow_down(SLOW * slow)
        for name, deed in DEEDS.items():
            taken = [
                await _seconds(made, shop, (slow * ROUNDS + turn + 1) * 1000 + number, deed)
                for turn in range(ROUNDS)
                for number, shop in enumerate(made.shops)
            ]
            figures += _figures(f"{name}, {SLOW * slow * 1000:.0f} ms a call", taken, None, BOUNDS[name][slow])
        taken = [await _manual(made, shop, (slow + 7) * 1000 + number) for number, shop in enumerate(made.shops)]
        by_hand = f"started by hand with one change, {SLOW * slow * 1000:.0f} ms a call"
        figures += _figures(by_hand, taken, MANUAL_HALF[slow], MANUAL[slow])
    await made.slow_down(0)
    reads = [await _idle_reads(made, shop) for shop in made.shops]
    return [*figures, Figure("metered reads of a run of a quiet day, the most", max(reads), at_most=1)]


def _figures(name: str, taken: list[float], half: float | None, most: float) -> list[Figure]:
    return [
        Figure(f"{name}: half within", median(taken), "s", at_most=half),
        Figure(f"{name}: 19 of 20 within", quantiles(taken, n=20)[-1], "s", at_most=most),
    ]


async def _seconds(made: ManyConnections, shop: Shop, mark: int, deed: Deed) -> float:
    """From the moment at which the events were taken in."""
    told, seen = await deed(made, shop, mark)
    began = time.monotonic()
    await _take_in(made, shop, mark, told)
    await made.runtime.waker.wake(shop.connection_id)
    await _until(seen)
    return time.monotonic() - began


async def _manual(made: ManyConnections, shop: Shop, mark: int) -> float:
    """From the press of the button to the end of the run; the change's own event never came."""
    await _changed_contact(made, shop, mark)
    began = time.monotonic()
    run_id = await _start(made, shop, "manual")

    async def ended() -> bool:
        async with made.runtime.database.transaction(shop.connection_id) as tx:
            run = await runs.get(tx, shop.connection_id, run_id)
        return run is not None and run.state == "succeeded"

    await _until(ended)
    return time.monotonic() - began


async def _idle_reads(made: ManyConnections, shop: Shop) -> int:
    door = f"{made.quickbooks}/_sandbox/companies/{shop.realm_id}/calls"
    before = int((await made.call("GET", door))["metered"])
    run_id = await _start(made, shop, "idle")

    async def ended() -> bool:
        async with made.runtime.database.transaction(shop.connection_id) as tx:
            run = await runs.get(tx, shop.connection_id, run_id)
        return run is not None and run.state == "succeeded"

    await _until(ended)
    return int((await made.call("GET", door))["metered"]) - before


async def _start(made: ManyConnections, shop: Shop, trigger: runs.Trigger) -> str:
    async with made.runtime.database.transaction(shop.connection_id) as tx:
        run = await runs.request(
            tx,
            shop.connection_id,
            run_id=made.runtime.ids.new("run"),
            trigger=trigger,
            requested_by="a bench",
            now=made.runtime.clock.now(),
            download=True,
        )
    await made.runtime.waker.wake(shop.connection_id)
    return run.id


async def _until(seen: Seen) -> None:
    async with asyncio.timeout(LONGEST_SECONDS):
        while not await seen():  # noqa: ASYNC110 - it is looked at from outside
            await asyncio.sleep(LOOKS_EVERY)


async def _take_in(made: ManyConnections, shop: Shop, mark: int, told: list[tuple[Side, Kind, str]]) -> None:
    arrivals = [
        InboundEvent(side, f"{shop.connection_id}/{mark}/{kind}/{one}", shop.connection_id, kind=kind, record_id=one)
        for side, kind, one in told
    ]
    async with made.runtime.database.raw() as connection:
        await intake.accept(connection, arrivals, made.runtime.clock.now())


async def _changed_contact(made: ManyConnections, shop: Shop, mark: int) -> tuple[list[tuple[Side, Kind, str]], Seen]:
    """Somebody gives the shop another telephone number."""
    [one, *_] = await made.in_shop(shop, "contacts")
    phone = f"07 5{mark:07}"
    url = f"{made.oncord}/_sandbox/sites/{shop.site_id}/contacts/{one['id']}"
    await made.call("PATCH", url, {"phone": phone})

    async def seen() -> bool:
        customers = await made.in_books(shop, "customer")
        return any(row.get("PrimaryPhone", {}).get("FreeFormNumber") == phone for row in customers)

    return [(Side.ONCORD, Kind.CONTACT, one["id"])], seen


async def _new_sale(made: ManyConnections, shop: Shop, mark: int) -> tuple[list[tuple[Side, Kind, str]], Seen]:
    """Somebody new buys in the shop."""
    [one] = await made.in_shop(shop, "contacts", [contact(mark)])
    [bought] = await made.in_shop(shop, "sales", [sale(mark, one["id"])])
    before = len(await made.in_books(shop, "invoice"))

    async def seen() -> bool:
        return len(await made.in_books(shop, "invoice")) > before

    return [(Side.ONCORD, Kind.CONTACT, one["id"]), (Side.ONCORD, Kind.SALE, bought["id"])], seen


async def _new_customer(made: ManyConnections, shop: Shop, mark: int) -> tuple[list[tuple[Side, Kind, str]], Seen]:
    """A bookkeeper enters somebody in QuickBooks."""
    body: dict[str, Any] = {
        "GivenName": f"Mary {mark}",
        "FamilyName": "Shelley",
        "PrimaryEmailAddr": {"Address": f"mary{mark}@example.com"},
    }
    await made.in_books(shop, "customer", [body])
    [one] = [row for row in await made.in_books(shop, "customer") if row.get("GivenName") == body["GivenName"]]
    before = len(await made.in_shop(shop, "contacts"))

    async def seen() -> bool:
        return len(await made.in_shop(shop, "contacts")) > before

    return [(Side.QUICKBOOKS, Kind.CONTACT, str(one["Id"]))], seen


DEEDS: dict[str, Deed] = {
    "contact": _changed_contact,
    "new sale of somebody new": _new_sale,
    "customer": _new_customer,
}

BENCH = Bench("latency", "how long a change is on its way, and what a quiet day costs", _measure)
