"""The inbox as a person reads it: what was told when, and what was kept aside and why. Intake is `storage.changes.intake`."""

import datetime as dt
from dataclasses import dataclass, fields

from psycopg import sql

from app.storage.database import Transaction
from app.storage.paging import DEFAULT_LIMIT, Page, checked_limit, cut, decode_number


@dataclass(frozen=True, slots=True)
class Event:
    """One acknowledged event: a hint that something moved. The body of an unreadable one stays in the database."""

    id: int
    sender: str
    event_key: str
    connection_id: str
    received_at: dt.datetime
    occurred_at: dt.datetime | None
    kind: str
    record_id: str
    action: str
    version: str
    status: str
    reason: str
    request_id: str


_LIST = sql.SQL(", ").join(sql.Identifier(field.name) for field in fields(Event))


async def page(
    tx: Transaction,
    connection_id: str | None,
    status: str | None = None,
    limit: int = DEFAULT_LIMIT,
    cursor: str | None = None,
) -> Page[Event]:
    """The events of a connection (None: of all, those that belong to none included), the newest first."""
    before = decode_number(cursor) if cursor else (1 << 63) - 1
    found = await tx.execute(
        sql.SQL(
            "SELECT {} FROM event WHERE (%(c)s::text IS NULL OR connection_id = %(c)s)"
            " AND (%(status)s::text IS NULL OR status = %(status)s) AND id < %(before)s ORDER BY id DESC LIMIT %(limit)s"
        ).format(_LIST),
        {"c": connection_id, "status": status, "before": before, "limit": checked_limit(limit) + 1},
    )
    rows = [Event(**row) for row in await found.fetchall()]
    return cut(rows, limit, lambda event: (event.id,))


@dataclass(frozen=True, slots=True)
class Unread:
    """A delivery that nobody could read: what of its body was kept, and how long it was."""

    event: Event
    body: str
    bytes: int

    @property
    def whole(self) -> bool:
        """Whether all of its body was kept, letter for letter."""
        return len(self.body.encode()) == self.bytes


async def unread(tx: Transaction, event_id: int) -> Unread | None:
    """A delivery that is kept aside since nobody could read it; nobody else looks at it until the transaction ends."""
    found = await tx.execute(
        sql.SQL(
            "SELECT {}, coalesce(detail ->> 'body', '') AS body, coalesce((detail ->> 'bytes')::bigint, 0) AS bytes"
            " FROM event WHERE id = %s AND status = 'quarantined' FOR UPDATE"
        ).format(_LIST),
        (event_id,),
    )
    row = await found.fetchone()
    if row is None:
        return None
    body, size = row.pop("body"), row.pop("bytes")
    return Unread(Event(**row), body, size)


async def was_read(tx: Transaction, event_id: int, reason: str) -> None:
    """Note that a delivery which nobody could read was read after all, and what came of it."""
    await tx.execute("UPDATE event SET status = 'read_again', reason = %s WHERE id = %s", (reason, event_id))
