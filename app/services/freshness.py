"""How fresh both sides of a connection are: read until when, what waits and for what, how long an edit takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.guards.stuck import Outlook
from app.domain.model.records import Side
from app.freshness import outlooks, to_be_named
from app.services.ports import ServiceContainer
from app.storage import freshness
from app.storage.connections import connections
from app.storage.database import EVERY_CONNECTION, Transaction
from app.storage.freshness import Read

NAMED = 1000
"""Of so many connections each is named to whoever watches this service."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """One connection at this moment."""

    outlook: Outlook
    read: Mapping[Side, Read]


async def freshness_of(
    container: ServiceContainer, tx: Transaction, connection_ids: Sequence[str] | None, woken: frozenset[str]
) -> dict[str, Freshness]:
    """Some connections (None: all live ones) by id. `woken` comes from the waker, asked before the transaction."""
    now = container.clock.now()
    by_connection = await outlooks(tx, connection_ids, now, container.allowed, woken)
    read = await freshness.reads(tx, connection_ids, now)
    return {connection_id: Freshness(outlook, read[connection_id]) for connection_id, outlook in by_connection.items()}


async def read_freshness(container: ServiceContainer) -> dict[str, Freshness]:
    """All live connections, for whoever watches this service; of more than a thousand those in which something waits or is overdue."""
    now, woken = container.clock.now(), await container.waker.waiting()
    async with container.database.transaction(EVERY_CONNECTION) as tx:
        named = await to_be_named(tx, now, container.allowed) if await connections.more_than(tx, NAMED) else None
        return await freshness_of(container, tx, named, woken)
