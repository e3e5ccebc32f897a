"""Judges whether anybody is going to look at what waits (law 12), for whoever asks: a sweep, the API, a scrape of metrics.

It is asked for before anything is mended, and of no schedule: what it knows stands in `app.storage.freshness`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.guards.echoes import SeenEvent, echoes
from app.domain.guards.read_budget import Budget
from app.domain.guards.stuck import Facts, Outlook, Patience, by_hand_and_waiting, judge, unread_before
from app.domain.model.records import Kind, Side
from app.storage import freshness
from app.storage.changes import echoes as events
from app.storage.changes import schedule
from app.storage.database import Transaction
from app.storage.freshness import Own
from app.storage.runs import meter


@dataclass(frozen=True, slots=True)
class Allowed:
    """How long things may wait here, as it is set: T1, T2, the month's reads, and the longest request in seconds."""

    quiet: timedelta
    longest_wait: timedelta
    idle: timedelta
    monthly_reads: int = 500_000
    request_seconds: float = 130


@dataclass(frozen=True, slots=True)
class Alarms:
    """`outlooks` of the connections that are one; `waiting`: all in which something may be tried."""

    outlooks: Mapping[str, Outlook]
    waiting: tuple[str, ...]


async def outlooks(
    tx: Transaction, connection_ids: Sequence[str] | None, now: datetime, allowed: Allowed, woken: frozenset[str]
) -> dict[str, Outlook]:
    """What waits in these connections (None: in all live ones), for what, and what nobody is going to look at."""
    return await _outlooks(tx, connection_ids, now, allowed, woken, await _patience(tx, now, allowed))


async def alarms(tx: Transaction, now: datetime, allowed: Allowed, woken: frozenset[str]) -> Alarms:
    """The connections in which something is due and nobody is going to look."""
    patience = await _patience(tx, now, allowed)
    asked = await freshness.to_be_judged(tx, now, *unread_before(patience, now))
    found = await _outlooks(tx, asked.all, now, allowed, woken, patience) if asked.all else {}
    return Alarms({each: outlook for each, outlook in found.items() if outlook.alarm}, asked.waiting)


async def to_be_named(tx: Transaction, now: datetime, allowed: Allowed) -> list[str]:
    """The connections in which something waits or a download is overdue, as `alarms` looks at them."""
    return (await freshness.to_be_judged(tx, now, *unread_before(await _patience(tx, now, allowed), now))).all


async def _patience(tx: Transaction, now: datetime, allowed: Allowed) -> Patience:
    pace = Budget(allowed.monthly_reads).pace(await meter.used_this_month(tx, now.date()), now.date())
    return Patience(allowed.quiet, allowed.longest_wait, allowed.idle, pace)


async def _outlooks(
    tx: Transaction,
    connection_ids: Sequence[str] | None,
    now: datetime,
    allowed: Allowed,
    woken: frozenset[str],
    patience: Patience,
) -> dict[str, Outlook]:
    found = await freshness.queue_facts(tx, connection_ids, now, grace=allowed.request_seconds, woken=woken)
    found |= await _without_our_own(tx, [facts for facts in found.values() if by_hand_and_waiting(facts)], now)
    return {connection_id: judge(facts, patience, now) for connection_id, facts in found.items()}


async def _without_our_own(tx: Transaction, by_hand: Sequence[Facts], now: datetime) -> dict[str, Facts]:
    """The same, with what tells of nothing but our own writes known as that: where runs take place by themselves a wake-up finds it
    out (`sync.waking.wake`), where a person starts them nobody has until somebody looks."""
    ids = [facts.connection_id for facts in by_hand]
    counted = await schedule.counted_since(tx, ids) if ids else {}
    own = [each for connection_id, since in counted.items() for each in await _own(tx, connection_id, since)]
    if not own:
        return {}
    heaps = await freshness.heaps_of(tx, ids, now, own)
    return {facts.connection_id: replace(facts, heaps=tuple(heaps.get(facts.connection_id, ()))) for facts in by_hand}


async def _own(tx: Transaction, connection_id: str, since: datetime) -> list[Own]:
    """The records of which every event since then is an echo."""
    waiting = await events.unprocessed_events(tx, connection_id, since)
    written = await events.answered_writes(tx, connection_id, since) if waiting else ()
    if not waiting or not written:
        return []
    held = await events.held_echoes(tx, connection_id)
    echoed = echoes((one.event for one in waiting), written, held)
    changed = {_key(one.event) for one in waiting if one.event.id not in echoed}
    return [Own(connection_id, *key, since) for key in sorted({_key(one.event) for one in waiting} - changed)]


def _key(event: SeenEvent) -> tuple[Side, Kind, str]:
    return event.side, event.kind, event.record_id
