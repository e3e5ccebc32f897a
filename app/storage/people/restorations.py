"""Decisions to put a value back that had lost a conflict, kept with their attention items until both sides have it.

What was done for one is noted in the transaction in which the answer of the write is remembered, so that a crash
neither loses nor doubles it.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from app.storage.database import Transaction
from app.storage.encoding import dump

USE_OTHER = "use_other"
"""The answer that the value that lost goes on after all."""
TAKE_BACK = "take_back"
"""The answer that a value which one side has refused is taken back from the other one."""
_CARRIED_OUT = {USE_OTHER: "used_other", TAKE_BACK: "taken_back"}
OVERTAKEN = "overtaken"
"""How an item is closed whose value somebody has typed over, or whose record is gone."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An item with the value that it keeps (`rejected`); `resolution` is "" where it is open."""

    item_id: str
    resolution: str
    rejected: dict[str, Any]


async def under_way(tx: Transaction, connection_id: str) -> list[Kept]:
    """The decisions that are still to be carried out, and the open items whose value stands on one side only; the oldest
    decision first."""
    cursor = await tx.execute(
        "SELECT id, CASE state WHEN 'open' THEN '' ELSE resolution END AS answer, detail -> 'losing' AS losing"
        " FROM attention WHERE connection_id = %(c)s AND detail ? 'losing' AND ("
        " (state = 'resolved' AND resolution = ANY(%(answers)s))"
        " OR (state = 'open' AND detail -> 'losing' ? 'there')) ORDER BY resolved_at NULLS FIRST, id",
        {"c": connection_id, "answers": list(_CARRIED_OUT)},
    )
    return [Kept(row["id"], row["answer"], row["losing"]) for row in await cursor.fetchall()]


async def get(tx: Transaction, connection_id: str, item_id: str) -> Kept | None:
    """One of them, carried out or not."""
    cursor = await tx.execute(
        "SELECT id, CASE state WHEN 'open' THEN '' ELSE resolution END AS answer, detail -> 'losing' AS losing"
        " FROM attention WHERE connection_id = %s AND id = %s AND detail ? 'losing'",
        (connection_id, item_id),
    )
    row = await cursor.fetchone()
    return Kept(row["id"], row["answer"], row["losing"]) if row else None


async def had_lost(tx: Transaction, connection_id: str, item_id: str, side: str) -> bool:
    """Whether the value that this item keeps had lost on `side`."""
    kept = await get(tx, connection_id, item_id) if item_id else None
    return kept is not None and kept.rejected["side"] == side


async def note_there(tx: Transaction, connection_id: str, item_id: str, record: Any, now: dt.datetime) -> None:
    """The value stands again on the side that had lost, as this record; it has not travelled yet."""
    await tx.execute(
        "UPDATE attention SET detail = jsonb_set(detail, '{losing,there}', %s), updated_at = %s"
        " WHERE connection_id = %s AND id = %s",
        (Jsonb(record, dumps=dump), now, connection_id, item_id),
    )


async def end(tx: Transaction, connection_id: str, item_ids: Sequence[str], now: dt.datetime) -> None:
    """Nothing is left to be done for these: a decision that is carried out, or an open item that time has overtaken."""
    for answer, done in _CARRIED_OUT.items():
        await tx.execute(
            "UPDATE attention SET resolution = %s, updated_at = %s"
            " WHERE connection_id = %s AND id = ANY(%s) AND state = 'resolved' AND resolution = %s",
            (done, now, connection_id, list(item_ids), answer),
        )
    await tx.execute(
        "UPDATE attention SET state = 'resolved', resolution = %s, resolved_by = 'sync', resolved_at = %s,"
        " updated_at = %s WHERE connection_id = %s AND id = ANY(%s) AND state = 'open'",
        (OVERTAKEN, now, now, connection_id, list(item_ids)),
    )


async def give_back(
    tx: Transaction,
    connection_id: str,
    item_id: str,
    *,
    summary: str,
    advice: str,
    actions: Sequence[str],
    run_id: str,
    now: dt.datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Open an item anew: its decision could not be carried out, or not on both sides."""
    await tx.execute(
        "UPDATE attention SET state = 'open', resolution = '', resolved_by = '', resolved_at = NULL,"
        " key = CASE WHEN state = 'open' THEN key ELSE 'conflict:' || id END,"
        " summary = %(summary)s, advice = %(advice)s, actions = %(actions)s, run_id = %(run)s, updated_at = %(now)s,"
        " detail = detail || %(detail)s WHERE connection_id = %(c)s AND id = %(id)s",
        {
            "c": connection_id,
            "id": item_id,
            "summary": summary,
            "advice": advice,
            "actions": Jsonb(list(actions)),
            "run": run_id,
            "now": now,
            "detail": Jsonb(dict(detail or {}), dumps=dump),
        },
    )
