"""How the mirrors compare with their sources: what was counted on a side, and how far the second reading of it has come."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from app.domain.model.description import DESCRIPTIONS
from app.domain.model.records import Kind, Side
from app.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """One kind of one side.

    `there` is what the side counted at `checked_at`, `here` what the mirror held then, and `apart` the difference that the
    last complete second reading left (what the side counts and is none of ours). A second reading began at `began_at`,
    goes on at `page_cursor`, and is not put off where it is to end `at_once`; the last complete one ended at `compared_at`.
    `found` records differed, at `found_at`, although nothing had told of them.
    """

    side: Side
    kind: Kind
    checked_at: datetime | None = None
    there: int = 0
    here: int = 0
    apart: int = 0
    at_once: bool = False
    page_cursor: str | None = None
    began_at: datetime | None = None
    compared_at: datetime | None = None
    found: int = 0
    found_at: datetime | None = None
    asked_at: datetime | None = None


_FIELDS = (
    "side, kind, checked_at, there, here, apart, at_once, page_cursor, began_at, compared_at, found, found_at, asked_at"
)

_HERE = """
SELECT m.kind, count(*) AS records FROM mirror m WHERE m.connection_id = %s AND m.side = %s AND NOT m.deleted
    AND NOT (m.side = 'quickbooks' AND m.kind = 'receipt' AND coalesce((m.record #>> '{payment,amount}')::numeric, 0) < 0)
GROUP BY m.kind ORDER BY m.kind
"""
"""What a side counts: all that exists, but for money paid back in QuickBooks, which is a purchase among many others."""


async def load(tx: Transaction, connection_id: str) -> dict[tuple[Side, Kind], SourceCheck]:
    """What is known of each kind of both sides; those that were never checked are there, too."""
    found = await tx.execute(
        f"SELECT {_FIELDS} FROM source_check WHERE connection_id = %s ORDER BY side, kind", (connection_id,)
    )
    known = {(side, kind): SourceCheck(side, kind) for side in Side for kind in Kind}
    for row in await found.fetchall():
        check = SourceCheck(**{**row, "side": Side(row["side"]), "kind": Kind(row["kind"])})
        known[check.side, check.kind] = check
    return known


@dataclass(frozen=True, slots=True)
class Checked:
    """Since when no kind of either side has been left uncounted (`counted_at`) or not read a second time (`compared_at`),
    and how many records the last check found that nothing had told of."""

    counted_at: datetime | None = None
    compared_at: datetime | None = None
    found: int = 0


async def summaries(tx: Transaction, connection_ids: Sequence[str]) -> dict[str, Checked]:
    """How old the check of each connection is; those that were never checked are left out."""
    found = await tx.execute(
        "SELECT connection_id, CASE WHEN count(checked_at) = %(all)s THEN min(checked_at) END AS counted_at,"
        " CASE WHEN count(compared_at) = %(all)s THEN min(compared_at) END AS compared_at, sum(found)::bigint AS found"
        " FROM source_check WHERE connection_id = ANY(%(ids)s) GROUP BY connection_id ORDER BY connection_id",
        {"ids": list(connection_ids), "all": len(Side) * len(Kind)},
    )
    rows = await found.fetchall()
    return {row.pop("connection_id"): Checked(**row) for row in rows}


async def save(tx: Transaction, connection_id: str, check: SourceCheck) -> None:
    """Store what is known of one kind; what somebody has asked for meanwhile stays."""
    names = [name for name in _FIELDS.split(", ") if name not in ("side", "kind", "asked_at")]
    await tx.execute(
        f"INSERT INTO source_check (connection_id, side, kind, {', '.join(names)})"
        f" VALUES (%(c)s, %(side)s, %(kind)s, {', '.join(f'%({name})s' for name in names)})"
        " ON CONFLICT (connection_id, side, kind) DO UPDATE SET "
        + ", ".join(f"{name} = excluded.{name}" for name in names),
        {"c": connection_id, **asdict(check)},
    )


async def ask(tx: Transaction, connection_id: str, now: datetime) -> None:
    """Somebody wants all of it compared by the next run that downloads."""
    await tx.execute(
        "INSERT INTO source_check (connection_id, side, kind, asked_at) SELECT %(c)s, s, k, %(now)s"
        " FROM unnest(%(sides)s::text[]) s, unnest(%(kinds)s::text[]) k ORDER BY s, k"
        " ON CONFLICT (connection_id, side, kind) DO UPDATE SET asked_at = excluded.asked_at",
        {"c": connection_id, "now": now, "sides": list(Side), "kinds": list(Kind)},
    )


async def counted(tx: Transaction, connection_id: str, side: Side) -> Mapping[Kind, int]:
    """How many records of each kind the mirror holds of what its side counts."""
    found = await tx.execute(_HERE, (connection_id, side))
    rows = {Kind(row["kind"]): int(row["records"]) for row in await found.fetchall()}
    return {kind: rows.get(kind, 0) for kind in Kind}


async def read_earlier(
    tx: Transaction, connection_id: str, side: Side, kind: Kind, ids: Iterable[str]
) -> frozenset[str]:
    """Those of these records that were last read in an earlier vocabulary: they differ without anybody's having edited."""
    found = await tx.execute(
        "SELECT record_id FROM mirror WHERE connection_id = %s AND side = %s AND kind = %s AND record_id = ANY(%s)"
        " AND vocabulary < %s ORDER BY record_id",
        (connection_id, side, kind, sorted(ids), DESCRIPTIONS[kind].vocabulary),
    )
    return frozenset(row["record_id"] for row in await found.fetchall())


async def whole(tx: Transaction, connection_id: str, now: datetime) -> None:
    """Note that all of both sides has just been read, where nothing is known yet: it need not be read a second time."""
    for side in Side:
        here = await counted(tx, connection_id, side)
        for kind in Kind:
            await tx.execute(
                "INSERT INTO source_check (connection_id, side, kind, checked_at, there, here, compared_at)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (connection_id, side, kind) DO NOTHING",
                (connection_id, side, kind, now, here[kind], here[kind], now),
            )


async def not_shown(tx: Transaction, connection_id: str, side: Side, kind: Kind, since: datetime) -> list[str]:
    """The records that the mirror holds as existing and that were not seen since a second reading began."""
    found = await tx.execute(
        "SELECT record_id FROM mirror WHERE connection_id = %s AND side = %s AND kind = %s AND NOT deleted"
        " AND seen_at < %s ORDER BY record_id",
        (connection_id, side, kind, since),
    )
    return [row["record_id"] for row in await found.fetchall()]


async def never_shown(tx: Transaction, connection_id: str, side: Side, kind: Kind) -> list[str]:
    """The records of live pairs that the mirror does not hold at all: those of a connection that was removed and is joined again,
    where they are gone by now."""
    own = "oncord_id" if side is Side.ONCORD else "quickbooks_id"
    found = await tx.execute(
        f"SELECT DISTINCT l.{own} AS record_id FROM link l LEFT JOIN mirror m ON m.connection_id = l.connection_id AND m.side = %(side)s"
        f" AND m.kind = l.kind AND m.record_id = l.{own}"
        " WHERE l.connection_id = %(c)s AND l.kind = %(kind)s AND l.state = 'live' AND m.record_id IS NULL ORDER BY record_id",
        {"c": connection_id, "side": side, "kind": kind},
    )
    return [row["record_id"] for row in await found.fetchall()]
