"""Messages and their deliveries: written along with what was told, taken by a worker, noted when they have arrived."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

from psycopg.types.json import Jsonb

from app.storage.database import Transaction
from app.storage.paging import DEFAULT_LIMIT, Page, checked_limit, cut, decode_moment

State = Literal["waiting", "delivered", "given_up"]
CLAIMED_FOR: Final = dt.timedelta(minutes=5)
"""So long a delivery belongs to the worker that has taken it; after that another one takes it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message in words; `path` is the page that it is about, behind PUBLIC_URL."""

    id: str
    connection_id: str
    topic: str
    phase: str
    title: str
    summary: str
    lines: tuple[str, ...]
    advice: str
    path: str
    at: dt.datetime
    since: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way to one recipient, or what became of it; `answer` is what the last attempt came to."""

    id: str
    connection_id: str
    message_id: str
    recipient_id: str
    state: State
    attempts: int
    created_at: dt.datetime
    next_at: dt.datetime | None = None
    last_at: dt.datetime | None = None
    answer: str = ""
    asked_by: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A delivery with the name of its recipient."""

    delivery: Delivery
    recipient: str


_MESSAGE = tuple(field.name for field in fields(Message))
_DELIVERY = tuple(field.name for field in fields(Delivery))
_TYPES = {"lines": "jsonb", "attempts": "bigint"} | dict.fromkeys(
    ("at", "since", "created_at", "next_at", "last_at"), "timestamptz"
)
"""Of columns that hold no text."""


async def insert(tx: Transaction, *messages: Message) -> None:
    """Keep messages."""
    rows = [{**{name: getattr(each, name) for name in _MESSAGE}, "lines": Jsonb(list(each.lines))} for each in messages]
    await _insert(tx, "message", _MESSAGE, rows)


async def send(tx: Transaction, *deliveries: Delivery) -> None:
    """Have messages sent to their recipients."""
    rows = [{name: getattr(each, name) for name in _DELIVERY} for each in deliveries]
    await _insert(tx, "delivery", _DELIVERY, rows)


async def _insert(tx: Transaction, table: str, names: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    columns = {name: [row[name] for row in rows] for name in names}
    values = ", ".join(f"%({name})s::{_TYPES.get(name, 'text')}[]" for name in names)
    if rows:
        await tx.execute(f"INSERT INTO {table} ({', '.join(names)}) SELECT * FROM unnest({values})", columns)


async def get(tx: Transaction, connection_id: str, message_id: str) -> Message | None:
    """One message of a connection."""
    found = await tx.execute(
        f"SELECT {', '.join(_MESSAGE)} FROM message WHERE connection_id = %s AND id = %s", (connection_id, message_id)
    )
    row = await found.fetchone()
    return _message(row) if row else None


async def by_ids(tx: Transaction, ids: Collection[str]) -> dict[str, Message]:
    """Some messages of any connection, by their ids; the transaction is about all of them."""
    found = await tx.execute(f"SELECT {', '.join(_MESSAGE)} FROM message WHERE id = ANY(%s) ORDER BY id", (list(ids),))
    return {row["id"]: _message(row) for row in await found.fetchall()}


async def page(
    tx: Transaction, connection_id: str | None, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[Message]:
    """The messages of a connection (None: of all, which the transaction is about), the newest first."""
    before = decode_moment(cursor) if cursor else (None, None)
    found = await tx.execute(
        f"SELECT {', '.join(_MESSAGE)} FROM message WHERE (%s::text IS NULL OR connection_id = %s)"
        " AND (%s::timestamptz IS NULL OR (at, id) < (%s, %s)) ORDER BY at DESC, id DESC LIMIT %s",
        (connection_id, connection_id, before[0], *before, checked_limit(limit) + 1),
    )
    rows = [_message(row) for row in await found.fetchall()]
    return cut(rows, limit, lambda row: (row.at, row.id))


async def deliveries(tx: Transaction, message_ids: Sequence[str]) -> dict[str, list[Shown]]:
    """How these messages went, to the recipients that the transaction sees, the newest first, by message."""
    found = await tx.execute(
        f"SELECT {', '.join(f'd.{name}' for name in _DELIVERY)}, r.name AS recipient FROM delivery d"
        " JOIN recipient r ON r.id = d.recipient_id WHERE d.message_id = ANY(%s) ORDER BY d.created_at DESC, d.id DESC",
        (list(message_ids),),
    )
    by_message: dict[str, list[Shown]] = {}
    for row in await found.fetchall():
        name = row.pop("recipient")
        by_message.setdefault(row["message_id"], []).append(Shown(Delivery(**row), name))
    return by_message


async def any_due(tx: Transaction, now: dt.datetime) -> bool:
    """Whether a delivery is due; the transaction is about all connections."""
    found = await tx.execute("SELECT FROM delivery WHERE state = 'waiting' AND next_at <= %s LIMIT 1", (now,))
    return await found.fetchone() is not None


async def tests_under_way(tx: Transaction, recipient_id: str) -> int:
    """How many tests are on their way to a recipient."""
    found = await tx.execute(
        "SELECT count(*) AS tests FROM delivery d JOIN message m ON m.connection_id = d.connection_id AND m.id = d.message_id"
        " WHERE d.recipient_id = %s AND d.state = 'waiting' AND m.topic = 'test'",
        (recipient_id,),
    )
    row = await found.fetchone()
    return int(row["tests"]) if row else 0


async def tests_since(tx: Transaction, connection_id: str, since: dt.datetime) -> int:
    """How many tests were asked for of a connection since a moment, also to recipients that are gone."""
    found = await tx.execute(
        "SELECT count(*) AS tests FROM message WHERE connection_id = %s AND topic = 'test' AND at >= %s",
        (connection_id, since),
    )
    row = await found.fetchone()
    return int(row["tests"]) if row else 0


async def take(tx: Transaction, now: dt.datetime, limit: int, of_each: int) -> list[Delivery]:
    """Take some that are due: nobody else sends them for a while. Of each connection, and of each recipient of the operator's, so
    many at the most. The attempt counts already, whatever becomes of the worker."""
    found = await tx.execute(
        "UPDATE delivery SET attempts = attempts + 1, next_at = %(until)s, last_at = %(now)s WHERE id IN (SELECT id FROM delivery"
        " WHERE state = 'waiting' AND next_at <= %(now)s AND id IN (SELECT id FROM (SELECT d.id, row_number() OVER"
        "  (PARTITION BY coalesce(nullif(r.connection_id, ''), d.recipient_id) ORDER BY d.next_at, d.id) AS place"
        "  FROM delivery d LEFT JOIN recipient r ON r.id = d.recipient_id WHERE d.state = 'waiting' AND d.next_at <= %(now)s)"
        "  AS due WHERE place <= %(of_each)s)"
        " ORDER BY next_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)"
        f" RETURNING {', '.join(_DELIVERY)}",
        {"now": now, "until": now + CLAIMED_FOR, "limit": limit, "of_each": of_each},
    )
    return sorted((Delivery(**row) for row in await found.fetchall()), key=lambda delivery: delivery.id)


async def note(tx: Transaction, delivery: Delivery) -> None:
    """Keep what an attempt came to, where nobody else has taken it meanwhile."""
    await tx.execute(
        "UPDATE delivery SET state = %s, next_at = %s, answer = %s WHERE id = %s AND attempts = %s",
        (delivery.state, delivery.next_at, delivery.answer, delivery.id, delivery.attempts),
    )


def _message(row: dict[str, Any]) -> Message:
    return Message(**{**row, "lines": tuple(row["lines"])})
