"""What is still to be looked at: pending changes, and the schedule that tells when a connection's quiet time has passed.

A record is queued until a run clears it by compare-and-set on the generation that it read; what arrives in between
grows the generation and so stays queued. Rows are never pruned. A parked row waits for something and is not due.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.model.deletion import MERGED, DeletedWith, format_deleted_with, parse_deleted_with
from app.domain.model.records import Kind, Side
from app.domain.model.waiting import Approval, Family, WaitsFor, format_waits_for, parse_waits_for
from app.storage.clauses import Clause
from app.storage.database import Transaction
from app.storage.encoding import dump


@dataclass(frozen=True, slots=True)
class PendingChange:
    """A record that somebody said has moved, as a run has read it."""

    side: Side
    kind: Kind
    id: str
    generation: int = 1
    attempts: int = 0
    deleted_with: DeletedWith | None = None
    mirrored: bool = False
    first_changed_at: datetime | None = None
    last_changed_at: datetime | None = None
    parked: bool = False
    waits_for: WaitsFor | None = None
    reason: str = ""

    @property
    def key(self) -> tuple[Side, Kind, str]:
        """Names the record within its connection."""
        return self.side, self.kind, self.id


MOST_TOLD = 10_000
"""So many are remembered while a side is asked; what is told of beyond that is read by name."""
FIELDS = (
    "side, kind, record_id, generation, attempts, deleted_with, mirrored, first_changed_at, last_changed_at, parked, "
    "waits_for, reason"
)
_NAMED = (
    "FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(side text, kind text, record_id text, generation bigint) "
    "WHERE d.connection_id = %(c)s AND d.side = r.side AND d.kind = r.kind AND d.record_id = r.record_id "
)


def as_pending_change(row: dict[str, Any]) -> PendingChange:
    """A row, selected by `FIELDS`, as the pending change that it keeps."""
    values = {**row, "side": Side(row["side"]), "kind": Kind(row["kind"]), "id": row["record_id"]}
    values["waits_for"] = parse_waits_for(row["waits_for"])
    values["deleted_with"] = parse_deleted_with(row["deleted_with"])
    del values["record_id"]
    return PendingChange(**values)


def _named(records: Collection[PendingChange]) -> str:
    ordered = sorted(records, key=lambda r: r.key)
    return dump([{"side": r.side, "kind": r.kind, "record_id": r.id, "generation": r.generation} for r in ordered])


async def told_while_waiting(
    tx: Transaction, connection_id: str, now: datetime, *, sides: Sequence[Side], limit: int
) -> list[PendingChange]:
    """Records that are laid aside, or to be tried again later, of which something was told that the mirror does not hold
    yet."""
    result = await tx.execute(
        f"SELECT {FIELDS} FROM pending_change WHERE connection_id = %(c)s AND NOT mirrored AND (parked OR not_before > %(now)s) "
        "AND side = ANY(%(sides)s) ORDER BY last_changed_at, side, kind, record_id LIMIT %(limit)s",
        {"c": connection_id, "now": now, "sides": list(sides), "limit": limit},
    )
    return [as_pending_change(row) for row in await result.fetchall()]


async def load(tx: Transaction, connection_id: str, keys: Collection[tuple[Side, Kind, str]]) -> list[PendingChange]:
    """The pending changes of some records, parked and postponed ones too."""
    if not keys:
        return []
    rows = _named([PendingChange(*key) for key in keys])
    result = await tx.execute(
        f"SELECT {', '.join('d.' + name for name in FIELDS.split(', '))} FROM pending_change d, jsonb_to_recordset(%(rows)s::jsonb) "
        "AS r(side text, kind text, record_id text) WHERE d.connection_id = %(c)s AND d.side = r.side "
        "AND d.kind = r.kind AND d.record_id = r.record_id ORDER BY d.side, d.kind, d.record_id",
        {"c": connection_id, "rows": rows},
    )
    return [as_pending_change(row) for row in await result.fetchall()]


async def merged_away(tx: Transaction, connection_id: str) -> list[PendingChange]:
    """Dirty QuickBooks records of which an event said that they were merged, and that the mirror has mirrored since."""
    result = await tx.execute(
        f"SELECT {FIELDS} FROM pending_change WHERE connection_id = %(c)s AND side = 'quickbooks' "
        "AND kind IN ('contact', 'item') AND mirrored AND starts_with(deleted_with, %(merged)s) ORDER BY record_id",
        {"c": connection_id, "merged": MERGED},
    )
    return [as_pending_change(row) for row in await result.fetchall()]


async def add(tx: Transaction, connection_id: str, records: Collection[PendingChange], now: datetime) -> None:
    """Queue records that a download, not an event, has found moved; wakes nobody. Sets `mirrored` as given, and `reason` where nothing
    of the record was queued already."""
    if not records:
        return
    rows = {
        r.key: {
            "s": r.side,
            "k": r.kind,
            "i": r.id,
            "w": format_deleted_with(r.deleted_with),
            "e": r.mirrored,
            "y": r.reason,
        }
        for r in records
    }
    await tx.execute(
        "INSERT INTO pending_change AS d (connection_id, side, kind, record_id, generation, first_changed_at, last_changed_at, "
        "deleted_with, mirrored, reason) SELECT %(c)s, s, k, i, 1, %(now)s, %(now)s, w, e, y "
        "FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(s text, k text, i text, w text, e boolean, y text) ORDER BY s, k, i "
        "ON CONFLICT (connection_id, side, kind, record_id) DO UPDATE SET generation = d.generation + 1, "
        "last_changed_at = excluded.last_changed_at, mirrored = excluded.mirrored, "
        "deleted_with = coalesce(nullif(excluded.deleted_with, ''), d.deleted_with)",
        {"c": connection_id, "now": now, "rows": dump([rows[key] for key in sorted(rows)])},
    )


async def note_mirrored(tx: Transaction, connection_id: str, records: Collection[PendingChange]) -> None:
    """The mirror now holds what these rows told of; a row that has grown meanwhile stays unseen."""
    if not records:
        return
    await tx.execute(
        f"UPDATE pending_change d SET mirrored = true {_NAMED} AND d.generation = r.generation",
        {"c": connection_id, "rows": _named(records)},
    )


async def told_of(tx: Transaction, connection_id: str) -> dict[tuple[Side, Kind, str], int]:
    """What events have told of and nobody has read yet, each with its generation; of a great many the first."""
    result = await tx.execute(
        "SELECT side, kind, record_id, generation FROM pending_change WHERE connection_id = %s AND NOT mirrored"
        " ORDER BY side, kind, record_id LIMIT %s",
        (connection_id, MOST_TOLD),
    )
    return {(Side(r["side"]), Kind(r["kind"]), r["record_id"]): r["generation"] for r in await result.fetchall()}


async def note_unread(tx: Transaction, connection_id: str, keys: Collection[tuple[Side, Kind, str]]) -> None:
    """What the mirror holds of these records is older than what was told of them: they are still to be read."""
    if keys:
        rows = _named([PendingChange(*key) for key in keys])
        await tx.execute(f"UPDATE pending_change d SET mirrored = false {_NAMED}", {"c": connection_id, "rows": rows})


async def clear(tx: Transaction, connection_id: str, records: Collection[PendingChange]) -> int:
    """Forget records whose generation is still the one that was read; answers how many. The others stay queued."""
    if not records:
        return 0
    result = await tx.execute(
        "DELETE FROM pending_change d USING jsonb_to_recordset(%(rows)s::jsonb) "
        "AS r(side text, kind text, record_id text, generation bigint) "
        "WHERE d.connection_id = %(c)s AND d.side = r.side AND d.kind = r.kind AND d.record_id = r.record_id "
        "AND d.generation = r.generation",
        {"c": connection_id, "rows": _named(records)},
    )
    return result.rowcount


async def postpone(
    tx: Transaction, connection_id: str, records: Collection[PendingChange], until: datetime, reason: str
) -> None:
    """Try these again at `until`, not before; counts as an attempt."""
    await tx.execute(
        f"UPDATE pending_change d SET not_before = %(until)s, attempts = d.attempts + 1, reason = %(reason)s {_NAMED}",
        {"c": connection_id, "rows": _named(records), "until": until, "reason": reason},
    )


async def park(
    tx: Transaction,
    connection_id: str,
    records: Collection[PendingChange],
    *,
    waits_for: WaitsFor | None,
    reason: str,
    refused: bool = False,
) -> None:
    """Lay these aside until what they wait for has changed; `refused`: since one side does not take them as they are."""
    await tx.execute(
        "UPDATE pending_change d SET parked = true, waits_for = %(waits_for)s, reason = %(reason)s, refused = %(refused)s "
        + _NAMED,
        {
            "c": connection_id,
            "rows": _named(records),
            "waits_for": format_waits_for(waits_for),
            "reason": reason,
            "refused": refused,
        },
    )


FREED = (
    "parked = false, waits_for = '', reason = '', refused = false, not_before = NULL, attempts = 0, "
    "generation = generation + 1, "
    "first_changed_at = %(now)s, last_changed_at = %(now)s, edited_at = NULL"
)
"""What makes a row due anew, as if it had just changed."""
FREED_OF_D = FREED.replace("generation + 1", "d.generation + 1")
"""The same of a row `d`, where another row has a generation as well."""
_FREED_WITH_REASON = FREED_OF_D.replace("reason = ''", "reason = %(reason)s")


async def hold(
    tx: Transaction,
    connection_id: str,
    records: Collection[PendingChange],
    until: datetime,
    *,
    waits_for: WaitsFor | None,
    reason: str,
) -> None:
    """Lay these aside until what they wait for has changed, and until `until` at the latest."""
    await tx.execute(
        "UPDATE pending_change d SET parked = false, not_before = %(until)s, waits_for = %(waits_for)s, reason = %(reason)s "
        + _NAMED,
        {
            "c": connection_id,
            "rows": _named(records),
            "until": until,
            "waits_for": format_waits_for(waits_for),
            "reason": reason,
        },
    )


async def release(
    tx: Transaction,
    connection_id: str,
    now: datetime,
    *,
    family: Family | None = None,
    keys: Collection[tuple[Side, Kind, str]] = (),
    parked_only: bool = False,
    but: Collection[WaitsFor] = (),
    reason: str = "",
) -> int:
    """Put back what waits for anything of a family, or the records
    `keys` (with `parked_only`: what of them was laid aside, and not what is to be tried again by itself), `but` not
    what waits for one of these matters; answers how many. The records `keys` have `reason` until they are looked at, or have
    changed themselves."""
    if not keys and family is None:
        return 0
    if keys:
        which = f"{_NAMED} AND d.parked" if parked_only else _NAMED
        result = await tx.execute(
            f"UPDATE pending_change d SET {_FREED_WITH_REASON} {which}",
            {"c": connection_id, "now": now, "rows": _named([PendingChange(*key) for key in keys]), "reason": reason},
        )
    else:
        result = await tx.execute(
            f"UPDATE pending_change SET {FREED} WHERE connection_id = %(c)s AND waits_for <> ''"
            " AND (waits_for = %(w)s OR starts_with(waits_for, %(w)s || ':')) AND waits_for <> ALL(%(but)s)",
            {"c": connection_id, "now": now, "w": family, "but": [format_waits_for(one) for one in but]},
        )
    return result.rowcount


async def removals_laid_aside(tx: Transaction, connection_id: str) -> list[tuple[Side, Kind, str]]:
    """The deleted sales of Oncord that were laid aside for what stands on their invoices; not those that wait for approval."""
    result = await tx.execute(
        "SELECT d.side, d.kind, d.record_id FROM pending_change d JOIN mirror m ON m.connection_id = d.connection_id"
        " AND m.side = d.side AND m.kind = d.kind AND m.record_id = d.record_id WHERE d.connection_id = %s AND d.parked"
        " AND d.side = 'oncord' AND d.kind = 'sale' AND m.deleted AND NOT starts_with(d.waits_for, %s)"
        " ORDER BY d.record_id",
        (connection_id, format_waits_for(Approval(None))),
    )
    return [(Side(row["side"]), Kind(row["kind"]), row["record_id"]) for row in await result.fetchall()]


async def retry_now(tx: Transaction, connection_id: str, now: datetime) -> int:
    """Try now what was to be tried later; answers how many."""
    result = await tx.execute(
        f"UPDATE pending_change SET {FREED} WHERE connection_id = %(c)s AND NOT parked AND not_before > %(now)s",
        {"c": connection_id, "now": now},
    )
    return result.rowcount


async def release_many(tx: Transaction, connection_id: str, now: datetime, waits_for: Collection[WaitsFor]) -> int:
    """Put back everything that waits for one of these; answers how many."""
    if not waits_for:
        return 0
    result = await tx.execute(_RELEASE, _released(connection_id, now, waits_for))
    return result.rowcount


def releasing(connection_id: str, now: datetime, waits_for: Collection[WaitsFor]) -> Clause | None:
    """The same (`release_many`) beside other changes."""
    return Clause(f"freed AS ({_RELEASE})", _released(connection_id, now, waits_for)) if waits_for else None


_RELEASE = (
    f"UPDATE pending_change SET {FREED} WHERE connection_id = %(c)s AND waits_for = ANY(%(freed)s) AND waits_for <> ''"
)


def _released(connection_id: str, now: datetime, waits_for: Collection[WaitsFor]) -> dict[str, Any]:
    return {"c": connection_id, "now": now, "freed": [format_waits_for(one) for one in waits_for]}


async def count(tx: Transaction, connection_id: str, now: datetime) -> tuple[int, int]:
    """How many records are to do now, and how many are parked or postponed."""
    result = await tx.execute(
        "SELECT count(*) FILTER (WHERE NOT parked AND (not_before IS NULL OR not_before <= %(now)s)) AS due, "
        "count(*) FILTER (WHERE parked OR not_before > %(now)s) AS waiting FROM pending_change WHERE connection_id = %(c)s",
        {"c": connection_id, "now": now},
    )
    row = await result.fetchone()
    return (row["due"], row["waiting"]) if row else (0, 0)


async def where_anything_waits(tx: Transaction, connection_ids: Sequence[str]) -> list[str]:
    """Those of some connections in which a record is still to be looked at, now or at a moment of its own."""
    result = await tx.execute(
        "SELECT c.id FROM unnest(%s::text[]) AS c(id) WHERE EXISTS (SELECT FROM pending_change d WHERE d.connection_id = c.id"
        " AND NOT d.parked) ORDER BY c.id",
        (list(connection_ids),),
    )
    return [row["id"] for row in await result.fetchall()]
