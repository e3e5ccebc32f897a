"""What tie-outs found: their differences as they come, what each came to, and what stands of all of them."""

import datetime as dt
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from app.domain.model.records import Kind, Side
from app.storage.database import Transaction
from app.storage.encoding import dump
from app.storage.paging import DEFAULT_LIMIT, Page, checked_limit, cut, decode_moment

Plain = dict[str, Any]
READ_AT_ONCE = 1000
LOOKED_AT = 1000
"""So many of the latest tie-outs tell since when both sides agree."""


@dataclass(frozen=True, slots=True)
class TieOut:
    """One tie-out as it is stored. `certificate` is that of a whole one, without its differences."""

    id: str
    connection_id: str
    scope: str
    run_id: str
    asked_by: str
    taken_at: dt.datetime
    judged: int
    differences: int
    unexplained: int
    certificate: Plain | None
    hash: str
    signature: str = ""
    """By the installation's key, under the hash; "" where it had none."""
    ledger_checked_at: dt.datetime | None = None
    month: Plain | None = None
    """What is told of the month in which a whole one was taken."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a connection by now: the last whole tie-out, and all that stands, later ones included."""

    connection_id: str
    tie_out_id: str
    whole_at: dt.datetime
    as_of: dt.datetime
    differences: int
    unexplained: int
    overdue: int = 0
    """How many of them are open for longer than 30 days, or across the end of a reporting period."""
    ledger_at: dt.datetime | None = None
    """When QuickBooks' own reports were last held against the documents; None: never."""


@dataclass(frozen=True, slots=True)
class Moments:
    """How far a connection has been read, by side."""

    oncord: dt.datetime | None
    quickbooks: dt.datetime | None


@dataclass(frozen=True, slots=True)
class MappedBefore:
    """What was configured once: (payment method, deposit account), and QuickBooks' tax codes: mapped, or for lines without one."""

    accounts: frozenset[tuple[str, str]]
    codes: frozenset[str]
    codes_of_none: frozenset[str] = frozenset()


def subject(side: Side | str, kind: Kind | str, record_id: str) -> str:
    """A record as a difference names it."""
    return f"{side}:{kind}:{record_id}"


async def one_at_a_time(tx: Transaction, connection_id: str) -> bool:
    """Whether nobody else takes a tie-out of this connection; until the transaction ends nobody else will."""
    found = await tx.execute(
        "SELECT pg_try_advisory_xact_lock(hashtextextended('tie-out ' || %s, 0)) AS free", (connection_id,)
    )
    row = await found.fetchone()
    return bool(row and row["free"])


async def moments(tx: Transaction, connection_id: str) -> Moments:
    """How far both sides have been read (each by its own clock)."""
    found = await tx.execute(
        "SELECT min(watermark) FILTER (WHERE side = 'oncord') AS oncord,"
        " min(watermark) FILTER (WHERE side = 'quickbooks') AS quickbooks"
        " FROM cursor WHERE connection_id = %(c)s AND kind <> 'item'",
        {"c": connection_id},
    )
    row = await found.fetchone()
    assert row is not None  # an aggregate always has one row
    return Moments(**row)


async def mapped_before(tx: Transaction, connection_id: str) -> MappedBefore:
    """What somebody had mapped at any time before now."""
    rows = await tx.execute(
        "SELECT detail #> '{before,payment_methods}' AS methods, detail #> '{before,tax_codes}' AS codes,"
        " detail #> '{before,untaxed_lines}' AS untaxed, detail #>> '{before,unmapped_methods_account}' AS unmapped FROM audit"
        " WHERE connection_id = %s AND action = 'configuration.changed' ORDER BY id",
        (connection_id,),
    )
    found = await rows.fetchall()
    methods = [method for row in found for method in row["methods"] or ()]
    codes = [code for row in found for code in row["codes"] or ()]
    return MappedBefore(
        frozenset((m["id"], m["deposit_account_id"]) for m in methods if m.get("deposit_account_id"))
        | frozenset(("", row["unmapped"]) for row in found if row["unmapped"]),
        frozenset(code["quickbooks_id"] for code in codes if code.get("quickbooks_id")),
        frozenset(
            code for row in found for sorts in (row["untaxed"] or {}).values() for code in sorts.values() if code
        ),
    )


async def names(tx: Transaction, connection_id: str, parties: Iterable[str]) -> dict[str, str]:
    """What the contacts and customers are called that parties are named after ("oncord:7")."""
    wanted = sorted({party for party in parties if party.startswith(("oncord:", "quickbooks:"))})
    found = await tx.execute(
        "SELECT side || ':' || record_id AS party, record -> 'name' AS name FROM mirror WHERE connection_id = %s"
        " AND kind = 'contact' AND (side, record_id) IN (SELECT split_part(p, ':', 1), substr(p, strpos(p, ':') + 1)"
        " FROM unnest(%s::text[]) p) ORDER BY side, record_id",
        (connection_id, wanted),
    )
    return {row["party"]: _called(row["name"] or {}) for row in await found.fetchall()}


def _called(name: Plain) -> str:
    whole = " ".join(part for part in (name.get("first"), name.get("last")) if part)
    return str(name.get("display") or whole or name.get("company") or "")


async def add(tx: Transaction, connection_id: str, tie_out_id: str, first: int, lines: Sequence[Plain]) -> None:
    """Store some differences, numbered from `first`."""
    rows = [
        {"n": first + i, "cause": line["cause"], "subjects": _subjects(line), "line": line}
        for i, line in enumerate(lines)
    ]
    await tx.execute(
        "INSERT INTO tie_out_difference (tie_out_id, position, connection_id, cause, subjects, line, standing)"
        " SELECT %(t)s, n, %(c)s, cause, subjects, line, true FROM jsonb_to_recordset(%(rows)s::jsonb)"
        " AS r(n bigint, cause text, subjects text[], line jsonb)",
        {"t": tie_out_id, "c": connection_id, "rows": dump(rows)},
    )


def _subjects(line: Plain) -> list[str]:
    kind = line["kind"]
    both = ((Side.ONCORD, line["oncord_id"]), (Side.QUICKBOOKS, line["quickbooks_id"]))
    return [subject(side, kind, record_id) for side, ids in both for record_id in ids.split(",") if record_id]


Known = tuple[str, tuple[str, ...]]
"""What differs, and of which records."""


def known(line: Plain) -> Known:
    """A difference as it is known again in the next tie-out."""
    return line["what"], tuple(_subjects(line))


async def supersede(tx: Transaction, connection_id: str, subjects: Collection[str] | None) -> dict[Known, str]:
    """What was found before no longer stands: all of it, or what is about these records. Answers since when each of it had
    been known."""
    if subjects is not None and not subjects:
        return {}
    by_index = "SELECT o.tie_out_id, o.position FROM own_difference o WHERE o.standing AND o.subjects && %(subjects)s"
    only = "" if subjects is None else f" AND (tie_out_id, position) IN ({by_index})"
    found = await tx.execute(
        f"UPDATE tie_out_difference d SET standing = false WHERE connection_id = %(c)s AND standing{only}"
        " RETURNING subjects, line ->> 'what' AS what, coalesce(line ->> 'since',"
        " (SELECT to_char(t.taken_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') FROM tie_out t WHERE t.id = d.tie_out_id)) AS since",
        {"c": connection_id, "subjects": sorted(subjects or ())},
    )
    since: dict[Known, str] = {}
    async for row in found:
        about = (row["what"], tuple(row["subjects"]))
        since[about] = min(row["since"], since.get(about, row["since"]))
    return since


async def save(tx: Transaction, found: TieOut) -> None:
    """Store what a tie-out came to."""
    await tx.execute(
        "INSERT INTO tie_out (id, connection_id, scope, run_id, asked_by, taken_at, judged, differences, unexplained,"
        " certificate, hash, signature, ledger_checked_at, of_month)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            found.id,
            found.connection_id,
            found.scope,
            found.run_id,
            found.asked_by,
            found.taken_at,
            found.judged,
            found.differences,
            found.unexplained,
            None if found.certificate is None else Jsonb(found.certificate),
            found.hash,
            found.signature,
            found.ledger_checked_at,
            None if found.month is None else Jsonb(found.month),
        ),
    )


_COLUMNS = "id, connection_id, scope, run_id, asked_by, taken_at, judged, differences, unexplained, certificate, hash, signature, ledger_checked_at"


async def get(tx: Transaction, connection_id: str, tie_out_id: str) -> TieOut | None:
    """One whole tie-out."""
    found = await tx.execute(
        f"SELECT {_COLUMNS} FROM tie_out WHERE connection_id = %s AND id = %s AND scope = 'whole'",
        (connection_id, tie_out_id),
    )
    row = await found.fetchone()
    return TieOut(**row) if row else None


async def page(
    tx: Transaction, connection_id: str, limit: int = DEFAULT_LIMIT, cursor: str | None = None
) -> Page[TieOut]:
    """The whole tie-outs of a connection, the newest first."""
    before = decode_moment(cursor) if cursor else (None, None)
    found = await tx.execute(
        f"SELECT {_COLUMNS} FROM tie_out WHERE connection_id = %s AND scope = 'whole'"
        " AND (%s::timestamptz IS NULL OR (taken_at, id) < (%s, %s)) ORDER BY taken_at DESC, id DESC LIMIT %s",
        (connection_id, before[0], *before, checked_limit(limit) + 1),
    )
    rows = [TieOut(**row) for row in await found.fetchall()]
    return cut(rows, limit, lambda row: (row.taken_at, row.id))


async def lines(tx: Transaction, tie_out_id: str) -> AsyncIterator[Plain]:
    """The differences of a tie-out, in order."""
    async with tx.cursor("tie_out_lines") as cursor:
        await cursor.execute(
            "SELECT line FROM tie_out_difference WHERE tie_out_id = %s ORDER BY position", (tie_out_id,)
        )
        while rows := await cursor.fetchmany(READ_AT_ONCE):
            for row in rows:
                yield row["line"]


async def standing(tx: Transaction, connection_ids: Sequence[str]) -> dict[str, Standing]:
    """What is known of these connections; those that were never compared whole are left out."""
    found = await tx.execute(
        "SELECT c.id AS connection_id, w.id AS tie_out_id, w.taken_at AS whole_at, l.taken_at AS as_of,"
        " d.differences, d.unexplained, d.overdue, l.ledger_at FROM unnest(%s::text[]) AS c(id)"
        " CROSS JOIN LATERAL (SELECT id, taken_at FROM tie_out WHERE connection_id = c.id AND scope = 'whole'"
        " ORDER BY taken_at DESC, id DESC LIMIT 1) w"
        " CROSS JOIN LATERAL (SELECT max(taken_at) AS taken_at, max(ledger_checked_at) AS ledger_at FROM tie_out"
        " WHERE connection_id = c.id) l"
        " CROSS JOIN LATERAL (SELECT count(*) AS differences, count(*) FILTER (WHERE cause = 'unexplained') AS unexplained,"
        " count(*) FILTER (WHERE coalesce(line ->> 'overdue', '') <> '') AS overdue"
        " FROM tie_out_difference WHERE connection_id = c.id AND standing) d ORDER BY c.id",
        (list(connection_ids),),
    )
    return {row["connection_id"]: Standing(**row) for row in await found.fetchall()}


@dataclass(frozen=True, slots=True)
class WithMonth:
    """The last whole tie-out, with what its certificate says of the month in which it was taken (None: it says nothing of one)."""

    id: str
    taken_at: dt.datetime
    month: Plain | None


@dataclass(frozen=True, slots=True)
class Stands:
    """Differences that stand of one sort: `kind` ("sale", "receipt", or "figure" for what no record accounts for), `sort` ("sales",
    "credits", "receipts", "refunds"; "" where it is not known), `what` differs, and in which `accounts` that moves money."""

    kind: str
    sort: str
    what: str
    currency: str
    accounts: frozenset[str]
    differences: int
    unexplained: int
    """How many of them have no cause."""


async def last_with_month(tx: Transaction, connection_id: str) -> WithMonth | None:
    """The last whole tie-out; None where there was none."""
    found = await tx.execute(
        "SELECT id, taken_at, coalesce(of_month, certificate -> 'month') AS month FROM tie_out WHERE connection_id = %s AND scope = 'whole'"
        " ORDER BY taken_at DESC, id DESC LIMIT 1",
        (connection_id,),
    )
    row = await found.fetchone()
    return WithMonth(**row) if row else None


async def looked_at_since(tx: Transaction, connection_id: str, whole_at: dt.datetime) -> dt.datetime | None:
    """When something was last compared after everything was; None where nothing was."""
    found = await tx.execute(
        "SELECT max(taken_at) AS at FROM tie_out WHERE connection_id = %s AND taken_at > %s AND judged > 0",
        (connection_id, whole_at),
    )
    row = await found.fetchone()
    return row["at"] if row else None


async def standing_in_month(tx: Transaction, connection_id: str, month: str) -> list[Stands]:
    """What stands of a month ("2026-11"), by its sort; what has no day counts in each month."""
    found = await tx.execute(
        "SELECT kind, sort, what, currency, accounts, count(*) AS differences, count(*) FILTER (WHERE alarm) AS unexplained FROM ("
        "SELECT line ->> 'kind' AS kind, coalesce(line ->> 'sort', '') AS sort, line ->> 'what' AS what, line ->> 'currency' AS currency,"
        " cause = 'unexplained' AS alarm, ARRAY(SELECT DISTINCT v ->> 'key' FROM jsonb_array_elements(coalesce(line -> 'moves', '[]')) v"
        " WHERE v ->> 'table' IN ('money_in', 'money_out') ORDER BY 1) AS accounts"
        " FROM tie_out_difference WHERE connection_id = %s AND standing AND left(coalesce(line ->> 'date', ''), 7) IN ('', %s)) d"
        " GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5",
        (connection_id, month),
    )
    return [Stands(**{**row, "accounts": frozenset(row["accounts"])}) for row in await found.fetchall()]


async def light_since(tx: Transaction, connection_id: str, zone: str) -> dt.datetime | None:
    """Since when both sides agree, or do not: the comparison that found the first of the differences that stand (they are dated by days
    of `zone`), or the first one after the last that found any, among the latest `LOOKED_AT`; None where nothing was compared."""
    found = await tx.execute(
        "WITH latest AS (SELECT taken_at, differences FROM tie_out WHERE connection_id = %(c)s ORDER BY taken_at DESC, id DESC LIMIT %(n)s),"
        " stands AS (SELECT bool_or(cause = 'unexplained') AS alarm, min(line ->> 'since') AS first,"
        "  min(line ->> 'since') FILTER (WHERE cause = 'unexplained') AS first_alarm FROM tie_out_difference"
        "  WHERE connection_id = %(c)s AND standing)"
        " SELECT CASE WHEN first IS NULL THEN (SELECT min(l.taken_at) FROM latest l"
        "  WHERE l.taken_at > coalesce((SELECT max(d.taken_at) FROM latest d WHERE d.differences > 0), '-infinity'))"
        "  ELSE (SELECT t.taken_at FROM tie_out t WHERE t.connection_id = %(c)s"
        "  AND t.taken_at >= (CASE WHEN alarm THEN first_alarm ELSE first END || ' 00:00')::timestamp AT TIME ZONE %(zone)s"
        "  ORDER BY t.differences = 0, t.taken_at, t.id LIMIT 1) END AS since FROM stands",
        {"c": connection_id, "n": LOOKED_AT, "zone": zone},
    )
    row = await found.fetchone()
    return row["since"] if row else None


async def standing_lines(tx: Transaction, connection_id: str, limit: int) -> list[Plain]:
    """The differences that stand, what is unexplained first."""
    found = await tx.execute(
        "SELECT line FROM tie_out_difference WHERE connection_id = %s AND standing"
        " ORDER BY cause <> 'unexplained', cause, tie_out_id DESC, position LIMIT %s",
        (connection_id, limit),
    )
    return [row["line"] for row in await found.fetchall()]


async def said_of(tx: Transaction, connection_id: str, records: Collection[tuple[Side, Kind, str]]) -> frozenset[str]:
    """What differs of some records by the comparisons that stand ("total", "date", ...)."""
    subjects = sorted(subject(*record) for record in records)
    found = await tx.execute(
        "SELECT DISTINCT line ->> 'what' AS what FROM own_difference WHERE standing AND subjects && %s ORDER BY what",
        (subjects,),
    )
    return frozenset([row["what"] for row in await found.fetchall()])


async def touched_by(tx: Transaction, connection_id: str, run_id: str) -> dict[tuple[Side, Kind], set[str]]:
    """The records that a run decided about or wrote."""
    found = await tx.execute(
        "SELECT DISTINCT side, kind, source_id, target_id, result_id FROM operation WHERE connection_id = %s AND run_id = %s"
        " AND kind IN ('sale', 'receipt') ORDER BY side, kind, source_id, target_id, result_id",
        (connection_id, run_id),
    )
    touched: dict[tuple[Side, Kind], set[str]] = {}
    for row in await found.fetchall():
        side, kind = Side(row["side"]), Kind(row["kind"])
        for where, record_id in ((side.other, "source_id"), (side, "target_id"), (side, "result_id")):
            if row[record_id]:
                touched.setdefault((where, kind), set()).add(row[record_id])
    return touched
