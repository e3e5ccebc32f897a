"""Exporting thousands of customers and invoices through our client: calls, metered reads, CPU, and how CPU grows.

The throttle runs on a virtual clock, so that waiting for QuickBooks' limits costs no time; the time it would have taken
is told beside. The same work is done by python-quickbooks, a library of other people, in the same run.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import httpx

from app.domain.model.exchange import Outcome, OutcomeState, Write
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Address,
    Contact,
    Kind,
    Line,
    Money,
    Name,
    Record,
    Sale,
    Side,
)
from app.quickbooks.client import QuickBooksSide
from app.quickbooks.http.throttle import Throttle
from app.quickbooks.mapping.books import STATEMENTS
from tests.bench.figures import Figure
from tests.bench.quickbooks_peer import export_with_python_quickbooks
from tests.bench.quickbooks_vendor import Vendor, new_company, settle, simulator

RECORDS = 3000
GROWTH = (1_250, 10_000)
"""Customers and as many invoices: 2,500 records against 20,000."""
MOST_GROWTH = 1.3
START = datetime(2026, 11, 1, tzinfo=UTC)


class _VirtualClock:
    """Sleeping takes no time; it is only added up."""

    def __init__(self) -> None:
        self.slept = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.slept)

    def monotonic(self) -> float:
        return self.slept

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds


class _Meter:
    def __init__(self) -> None:
        self.reads = 0

    async def count(self, connection_id: str, day: date, reads: int, *, upkeep: bool = False) -> None:
        self.reads += reads


class _Token:
    def __init__(self, value: str) -> None:
        self._value = value

    async def access_token(self, connection_id: str) -> str:
        return self._value

    async def renewed_token(self, connection_id: str, rejected: str) -> str:
        return self._value


@dataclass(frozen=True, slots=True)
class Export:
    """What one export cost."""

    records: int
    calls: dict[str, int]
    reads: int
    cpu: float
    waited: float

    @property
    def http_calls(self) -> int:
        """Every call of the vendor's API."""
        return sum(self.calls[kind] for kind in ("read", "query", "cdc", "batch", "write"))

    @property
    def cpu_per_thousand(self) -> float:
        """Client CPU seconds for 1,000 records."""
        return self.cpu / self.records * 1000


def _customer(n: int, chance: random.Random) -> Contact:
    return Contact(
        name=Name(first=f"First{n}", last=f"Last{n}", display=f"First{n} Last{n}"),
        email=f"customer{n}@example.com",
        phone=f"08 {chance.randrange(10**8):08}",
        billing_address=Address(f"{n} High Street", "", "Perth", "WA", "6000", "Australia"),
    )


def _sale(n: int, customer: str, vendor: Vendor, chance: random.Random) -> Sale:
    lines = []
    for part in range(3):
        gross = Decimal(chance.randrange(100, 50_000)) / 100
        tax = (gross / 11).quantize(Decimal("0.01"))
        words = f"Thing {part} of {n}"
        lines.append(Line(gross, item=vendor.item, description=words, tax_code=vendor.tax_code, tax=tax))
    tax_total, total = sum((x.tax for x in lines), Decimal(0)), sum((x.total for x in lines), Decimal(0))
    money = Money("AUD", tuple(lines), True, tax_total, total)
    return Sale(customer, money, number=f"S-{n}", date=date(2026, 11, 1))


async def _send(side: QuickBooksSide, kind: Kind, records: Sequence[Record]) -> list[Outcome]:
    writes = [
        Write(f"op_{kind}_{n}", Operation(Action.CREATE, Side.QUICKBOOKS, kind, "S1", "bench", record=record), record)
        for n, record in enumerate(records)
    ]
    prepared = side.prepare(writes)
    outcomes = [outcome for batch in prepared.batches for outcome in await side.send(batch)]
    if prepared.refused or any(outcome.state is not OutcomeState.DONE for outcome in outcomes):
        raise RuntimeError(f"the export was refused: {[*prepared.refused, *outcomes][0]}")
    return outcomes


async def export(vendor: Vendor, count: int) -> Export:
    """Export `count` customers and as many invoices."""
    clock, meter = _VirtualClock(), _Meter()
    async with httpx.AsyncClient(trust_env=False, timeout=120) as http:
        side = QuickBooksSide(
            connection_id="bench",
            realm_id=vendor.company["realm_id"],
            http=http,
            base_url=vendor.url,
            tokens=_Token(vendor.company["access_token"]),
            throttle=Throttle(clock),
            meter=meter,
            clock=clock,
        )
        await side.facts()
        chance = random.Random(1)
        customers = [_customer(n, chance) for n in range(count)]
        before = settle()
        made = await _send(side, Kind.CONTACT, customers)
        spent = settle() - before
        ids = [outcome.snapshot.id for outcome in made if outcome.snapshot]
        sales = [_sale(n, customer, vendor, chance) for n, customer in enumerate(ids)]
        before = settle()
        await _send(side, Kind.SALE, sales)
        spent += settle() - before
    return Export(2 * count, vendor.calls(), meter.reads, spent, clock.slept)


def measure(records: int = RECORDS, growth: Sequence[int] = GROWTH) -> list[Figure]:
    """All figures of this benchmark."""
    least = 2 * -(-records // 30)
    with simulator() as url:
        ours = asyncio.run(export(new_company(url), records))
        theirs = export_with_python_quickbooks(new_company(url, "US"), records)
        small, large = (asyncio.run(export(new_company(url), count)) for count in growth)
    return [
        Figure(f"HTTP calls for {records:,} customers and {records:,} invoices", ours.http_calls, "", least + 1),
        Figure("  of these, metered reads (the company's facts)", ours.reads, "", len(STATEMENTS)),
        Figure("  rejected by the vendor's limits", ours.calls["throttled"], "", 0),
        Figure("  time the limits would make it take", ours.waited / 60, "minutes"),
        Figure("  client CPU for 1,000 records", ours.cpu_per_thousand, "s", 2 * theirs.cpu_per_thousand),
        Figure("python-quickbooks: HTTP calls for the same", theirs.http_calls),
        Figure("  client CPU for 1,000 records", theirs.cpu_per_thousand, "s"),
        Figure(
            f"CPU per record, {large.records:,} records against {small.records:,}",
            large.cpu_per_thousand / small.cpu_per_thousand,
            "x",
            MOST_GROWTH,
        ),
    ]
