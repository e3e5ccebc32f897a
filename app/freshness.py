"""Judges whether anybody is going to look at what waits (law 12), for whoever asks: a sweep, the API, a scrape of metrics.

It is asked for before anything is mended, and of no schedule: what it knows stands in `app.storage.freshness`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.guards.read_budget import Budget
from app.domain.guards.stuck import Outlook, Patience, judge
from app.storage import freshness
from app.storage.database import Transaction
from app.storage.runs import meter


@dataclass(frozen=True, slots=True)
class Allowed:
    """How long things may wait here, as it is set: T1, T2, the month's reads, and the longest request in seconds."""

    quiet: timedelta
    longest_wait: timedelta
    idle: timedelta
    monthly_reads: int = 500_000
    request_seconds: float = 130


async def outlooks(
    tx: Transaction, connection_ids: Sequence[str] | None, now: datetime, allowed: Allowed, woken: frozenset[str]
) -> dict[str, Outlook]:
    """What waits in these connections (None: in all live ones), for what, and what nobody is going to look at."""
    used = await meter.used_this_month(tx, now.date())
    pace = Budget(allowed.monthly_reads).pace(used, now.date())
    patience = Patience(allowed.quiet, allowed.longest_wait, allowed.idle, pace)
    found = await freshness.queue_facts(tx, connection_ids, now, grace=allowed.request_seconds, woken=woken)
    return {connection_id: judge(facts, patience, now) for connection_id, facts in found.items()}


async def alarms(tx: Transaction, now: datetime, allowed: Allowed, woken: frozenset[str]) -> dict[str, Outlook]:
    """The connections in which something is due and nobody is going to look."""
    asked = await freshness.to_be_judged(tx, now - allowed.idle)
    found = await outlooks(tx, asked, now, allowed, woken) if asked else {}
    return {connection_id: outlook for connection_id, outlook in found.items() if outlook.alarm}
