"""Deliveries that nobody could read: looked at by the operator, and read again once this service can."""

import psycopg

from app.domain.model.actor import Actor
from app.domain.model.records import Side
from app.errors import Conflict, NotFound
from app.services.ports import ServiceContainer
from app.storage.changes import events, intake
from app.storage.changes.events import Unread
from app.storage.database import EVERY_CONNECTION
from app.storage.people import audit


async def read_unread(container: ServiceContainer, event_id: int) -> Unread:
    """One of them with its body. Raises `NotFound` where there is none, or where it was read by now."""
    async with container.database.transaction(EVERY_CONNECTION) as tx:
        found = await events.unread(tx, event_id)
    if found is None:
        raise _none()
    return found


async def read_again(container: ServiceContainer, event_id: int, *, who: Actor) -> int:
    """Read a delivery anew, as if it came in now; answers how many changes it names. It is kept, and no longer listed.

    Raises `NotFound` where there is no such delivery, `Conflict` where it still cannot be read, or where not all of it was kept.
    """
    now = container.clock.now()
    async with container.database.transaction(EVERY_CONNECTION) as tx:
        found = await events.unread(tx, event_id)
        if found is None:
            raise _none()
        event = found.event
        if not found.whole:
            raise Conflict(
                "delivery-cut-off", "It was too long to be kept whole. Have its sender send it again, or synchronise."
            )
        try:
            arrivals = list(
                container.read_delivery(Side(event.sender), event.connection_id, found.body.encode(), event.request_id)
            )
            async with tx.transaction():
                due = await intake.accept(tx, arrivals, now)
        except (ValueError, psycopg.DataError) as error:
            raise Conflict(
                "delivery-unreadable",
                f"It still cannot be read ({error or type(error).__name__}). What it tells of is found by the next download.",
            ) from error
        changes = len(arrivals)
        await events.was_read(tx, event_id, f"It was read again by {who.name}, and names {changes} changes.")
        await audit.record(
            tx,
            event.connection_id,
            at=now,
            who=who,
            action="delivery.read_again",
            detail={"event": event_id, "changes": changes},
        )
    for each in due:
        await container.waker.wake(each.connection_id)
    return changes


def _none() -> NotFound:
    return NotFound("delivery-not-found", "No unread delivery has this number; it may have been read by now.")
