"""What somebody was told of each connection, so that nobody is told twice (`domain.messages.changes`)."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import astuple

from app.domain.messages.changes import Remembered
from app.domain.messages.topics import Topic
from app.storage.database import Transaction

_COLUMNS = "topic, key, since, told_at, gone_since"


async def one_at_a_time(tx: Transaction) -> bool:
    """Whether nobody else is telling; until the transaction ends nobody else will."""
    found = await tx.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('telling', 0)) AS free")
    row = await found.fetchone()
    return bool(row and row["free"])


async def load(tx: Transaction, connection_ids: Sequence[str]) -> dict[str, frozenset[Remembered]]:
    """All that is remembered of these connections; the transaction is about all of them."""
    found = await tx.execute(
        f"SELECT connection_id, {_COLUMNS} FROM told_condition WHERE connection_id = ANY(%s) ORDER BY connection_id, topic, key",
        (list(connection_ids),),
    )
    by_connection: dict[str, set[Remembered]] = {}
    for row in await found.fetchall():
        connection_id, topic = row.pop("connection_id"), Topic(row.pop("topic"))
        by_connection.setdefault(connection_id, set()).add(Remembered(topic, **row))
    return {connection_id: frozenset(found) for connection_id, found in by_connection.items()}


async def replace(tx: Transaction, moved: Sequence[tuple[str, Collection[Remembered], Collection[Remembered]]]) -> None:
    """Remember something else of these connections: by each the matters before and after."""
    gone = [(c, each.topic, each.key) for c, before, after in moved for each in {*before} - {*after}]
    fresh = [(c, *astuple(each)) for c, before, after in moved for each in {*after} - {*before}]
    if gone:
        await tx.execute(
            "DELETE FROM told_condition WHERE ctid = ANY(ARRAY(SELECT d.ctid FROM unnest(%s::text[], %s::text[], %s::text[]) AS g(c, topic, key)"
            " CROSS JOIN LATERAL (SELECT t.ctid FROM told_condition t WHERE t.connection_id = g.c AND t.topic = g.topic AND t.key = g.key OFFSET 0) d))",
            [list(column) for column in zip(*gone, strict=True)],
        )
    if fresh:
        await tx.execute(
            f"INSERT INTO told_condition (connection_id, {_COLUMNS}) SELECT * FROM"
            " unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])",
            [list(column) for column in zip(*fresh, strict=True)],
        )


async def note_summary(tx: Transaction, connection_id: str, now: dt.datetime) -> None:
    """The summary of a week was sent, or the first week of a connection has begun."""
    await tx.execute(
        "INSERT INTO told_condition (connection_id, topic, key, since, told_at) VALUES (%(c)s, %(topic)s, '', %(now)s, %(now)s)"
        " ON CONFLICT (connection_id, topic, key) DO UPDATE SET told_at = excluded.told_at",
        {"c": connection_id, "topic": Topic.SUMMARY, "now": now},
    )


async def foresee_summary(tx: Transaction, connection_id: str, at: dt.datetime) -> None:
    """The next summary of a connection's week is due at a moment."""
    await tx.execute("UPDATE foreseen SET summary_at = %s WHERE connection_id = %s", (at, connection_id))
