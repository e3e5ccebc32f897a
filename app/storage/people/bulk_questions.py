"""Questions that are put as one: each pair of cards with nothing but a name in common stays a question of its own here,
and as long as the item that stands for their lot is open a person is shown that one in their place."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.rows import class_row

from app.domain.model.records import Kind, Side
from app.domain.model.waiting import OtherRecord, format_waits_for
from app.storage.database import Transaction
from app.storage.paging import DEFAULT_LIMIT, Page, checked_limit, cut, decode_moment
from app.storage.people import attention
from app.storage.people.attention import AttentionItem

KIND = "blank_cards"
"""The kind of the item that stands for a lot."""
ALL_SAME = "all_same"
"""Of each pair of a lot: the two are the same."""
NONE_SAME = "none_same"
"""Of each pair of a lot: they are two."""
ONE_BY_ONE = "one_by_one"
"""Each pair of a lot is to be asked about by itself."""
_SINGLE = {ALL_SAME: attention.CHOOSE, NONE_SAME: attention.CREATE_NEW}
"""What an answer to a lot says of each of its pairs, as if that had been asked about alone."""


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot with something left to ask: its name, how many pairs, the first names, and its open item as it stands."""

    lot: str
    pairs: int
    names: list[str]
    shown: str | None


async def left(tx: Transaction, connection_id: str) -> list[Lot]:
    """The lots that have open questions or an open item."""
    cursor = tx.cursor(row_factory=class_row(Lot))
    await cursor.execute(
        "SELECT coalesce(m.lot, i.lot) AS lot, coalesce(m.pairs, 0) AS pairs, coalesce(m.names, '{}') AS names,"
        " i.summary AS shown FROM ("
        "  SELECT detail ->> 'lot' AS lot, count(*) AS pairs,"
        "  (array_agg(detail #>> '{blank,name}' ORDER BY created_at, id))[1:3] AS names FROM attention"
        "  WHERE connection_id = %(c)s AND state = 'open' AND detail ? 'lot' GROUP BY detail ->> 'lot') m"
        " FULL JOIN (SELECT substr(key, 5) AS lot, summary FROM attention"
        "  WHERE connection_id = %(c)s AND state = 'open' AND starts_with(key, 'lot:')) i ON i.lot = m.lot"
        " ORDER BY 1",
        {"c": connection_id},
    )
    return await cursor.fetchall()


def dedup_key(lot: str) -> str:
    """The key of the item that stands for a lot."""
    return f"lot:{lot}"


def lot_of(item: AttentionItem) -> str:
    """The lot that an item stands for; "" where it is an ordinary one."""
    return item.key.removeprefix("lot:") if item.kind == KIND else ""


@dataclass(frozen=True, slots=True)
class Pair:
    """A question of a lot: its matter, the record, and the one that it could be; both as they are shown."""

    id: str
    key: str
    created_at: dt.datetime
    side: str
    record_kind: str
    record_id: str
    own: Mapping[str, Any]
    other: Mapping[str, Any]

    def on(self, side: str) -> Mapping[str, Any]:
        """The card of one side."""
        return self.own if self.own["side"] == side else self.other

    @property
    def records(self) -> list[tuple[Side, Kind, str]]:
        """Both records."""
        kind = Kind(self.record_kind)
        return [(Side(self.side), kind, self.record_id), (Side(self.other["side"]), kind, str(self.other["id"]))]


_PAIR = "id, key, created_at, side, record_kind, record_id, detail -> 'blank' AS own, detail #> '{choices,0}' AS other"


async def pairs(
    tx: Transaction, item: AttentionItem, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[Pair]:
    """The pairs of a lot, in the order in which they were found; of an answered one those that it was answered with."""
    after = decode_moment(cursor) if cursor else (None, None)
    rows = tx.cursor(row_factory=class_row(Pair))
    await rows.execute(
        f"SELECT {_PAIR} FROM attention WHERE connection_id = %s AND detail ->> 'lot' = %s AND state = %s"
        " AND resolved_at IS NOT DISTINCT FROM %s AND (%s::timestamptz IS NULL OR (created_at, id) > (%s, %s))"
        " ORDER BY created_at, id LIMIT %s",
        (item.connection_id, lot_of(item), item.state, item.resolved_at, after[0], *after, checked_limit(limit) + 1),
    )
    return cut(await rows.fetchall(), limit, lambda pair: (pair.created_at, pair.id))


async def offering(tx: Transaction, connection_id: str, records: Collection[OtherRecord]) -> list[Pair]:
    """The open questions about two cards with nothing but a name in common that offer one of these records,
    in a lot or by themselves."""
    rows = tx.cursor(row_factory=class_row(Pair))
    await rows.execute(
        f"SELECT {_PAIR} FROM attention WHERE connection_id = %s AND state = 'open' AND detail ? 'blank'"
        " AND record_kind || ':' || (detail #>> '{choices,0,side}') || ':' || (detail #>> '{choices,0,id}') = ANY(%s)"
        " ORDER BY id",
        (connection_id, [format_waits_for(one) for one in records]),
    )
    return await rows.fetchall()


async def answer(tx: Transaction, item: AttentionItem, action: str, *, by: str, now: dt.datetime) -> list[Pair]:
    """Answer each question of a lot as the lot is answered, or have each put by itself; tells which ones those were."""
    rows = tx.cursor(row_factory=class_row(Pair))
    which = "WHERE connection_id = %(c)s AND state = 'open' AND detail ->> 'lot' = %(lot)s"
    values: dict[str, object] = {"c": item.connection_id, "lot": lot_of(item), "by": by, "now": now}
    if action == ONE_BY_ONE:
        await rows.execute(
            f"UPDATE attention SET detail = detail - 'lot', updated_at = %(now)s {which} RETURNING {_PAIR}",
            values,
        )
        return await rows.fetchall()
    single = _SINGLE.get(action, action)
    chosen = {
        ALL_SAME: "jsonb_build_object('chosen', detail #> '{choices,0,id}')",
        NONE_SAME: "jsonb_build_object('chosen', '')",
    }.get(action, "'{}'")
    await rows.execute(
        "UPDATE attention SET state = 'resolved', resolution = %(single)s, resolved_by = %(by)s, resolved_at = %(now)s,"
        f" updated_at = %(now)s, detail = detail || {chosen} {which} RETURNING {_PAIR}",
        {**values, "single": single},
    )
    return await rows.fetchall()
