"""What a certificate says of documents besides what was compared: the certificate before, what was deleted, what has changed."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.domain.model.home_amounts import rate_in, total_at_home
from app.storage.database import Transaction
from app.tieout.facts import Entry
from app.tieout.period import Period
from app.tieout.reading import read_document

Plain = dict[str, Any]
_A_DAY = dt.timedelta(days=1)
"""No certificate was taken before its period, but for the hours of a time zone: earlier ones are not looked through."""
SHOWN = 200
"""So many documents are named, at the most; all are counted."""


async def last_whole(tx: Transaction, connection_id: str) -> Plain | None:
    """The certificate that the next one follows: its id, hash, period and moments; None for the first one."""
    found = await tx.execute(
        "SELECT id, hash, certificate -> 'period' AS period, certificate -> 'as_of' AS as_of FROM tie_out"
        " WHERE connection_id = %s AND scope = 'whole' ORDER BY taken_at DESC, id DESC LIMIT 1",
        (connection_id,),
    )
    row = await found.fetchone()
    if row is None:
        return None
    return {"id": row["id"], "hash": row["hash"], "period": row["period"], "as_of": row["as_of"] or {}}


async def last_of(tx: Transaction, connection_id: str, period: Period) -> Plain | None:
    """The certificate that one of this very period supersedes: its id and hash; None where there was none."""
    found = await tx.execute(
        "SELECT id, hash FROM tie_out WHERE connection_id = %s AND scope = 'whole' AND certificate #>> '{period,first}' = %s"
        " AND certificate #>> '{period,last}' = %s AND taken_at > %s ORDER BY taken_at DESC, id DESC LIMIT 1",
        (connection_id, period.first.isoformat(), period.last.isoformat(), period.last - _A_DAY),
    )
    return await found.fetchone()


async def last_about(tx: Transaction, connection_id: str, period: Period) -> Plain | None:
    """The last certificate of this period, or of one that began with it and was not over: its period, and when it was taken."""
    found = await tx.execute(
        "SELECT id, taken_at, certificate #>> '{period,first}' AS first, certificate #>> '{period,last}' AS last FROM tie_out"
        " WHERE connection_id = %s AND scope = 'whole' AND certificate #>> '{period,first}' = %s"
        " AND certificate #>> '{period,last}' <= %s AND taken_at > %s ORDER BY taken_at DESC, id DESC LIMIT 1",
        (connection_id, period.first.isoformat(), period.last.isoformat(), period.first - _A_DAY),
    )
    return await found.fetchone()


async def next_whole(tx: Transaction, connection_id: str, tie_out_id: str) -> str:
    """The certificate that supersedes one, of the same period: the id of the next; "" for the latest."""
    found = await tx.execute(
        "SELECT n.id FROM tie_out t JOIN tie_out n ON n.connection_id = t.connection_id AND n.scope = 'whole'"
        " AND (n.taken_at, n.id) > (t.taken_at, t.id) AND n.certificate -> 'period' = t.certificate -> 'period' WHERE t.connection_id = %s AND t.id = %s"
        " ORDER BY n.taken_at, n.id LIMIT 1",
        (connection_id, tie_out_id),
    )
    row = await found.fetchone()
    return str(row["id"]) if row else ""


async def ledger_checked_at(tx: Transaction, connection_id: str) -> str:
    """When the ledger was last read for a certificate; "" where it never was."""
    found = await tx.execute(
        "SELECT max(ledger_checked_at) AS at FROM tie_out WHERE connection_id = %s AND scope = 'whole'",
        (connection_id,),
    )
    row = await found.fetchone()
    return row["at"].isoformat() if row and row["at"] else ""


async def deleted_numbers(tx: Transaction, connection_id: str, period: Period) -> Plain:
    """Documents of a period that were linked and are gone: where, with number and date, the latest first."""
    found = await tx.execute(
        "SELECT gone AS side, base ->> 'number' AS number, base ->> 'date' AS date, base #>> '{money,total}' AS total,"
        " base #>> '{money,currency}' AS currency, count(*) OVER () AS n FROM ("
        "SELECT id, gone, CASE gone WHEN 'oncord' THEN base_oncord ELSE base_quickbooks END AS base FROM link"
        " WHERE connection_id = %(c)s AND kind = 'sale' AND state = 'tombstone') gone"
        " WHERE base ->> 'date' BETWEEN %(first)s AND %(last)s ORDER BY id DESC LIMIT %(most)s",
        {
            "c": connection_id,
            "first": period.first.isoformat(),
            "last": period.last.isoformat(),
            "most": SHOWN,
        },
    )
    return _listed(await found.fetchall())


_CHANGED = """WITH moved AS MATERIALIZED (SELECT side, record_id, record, record ->> 'date' BETWEEN %(first)s AND %(last)s AS there
    FROM mirror WHERE connection_id = %(c)s AND kind = 'sale' AND moved_at > %(since)s)
SELECT side, record ->> 'number' AS number, record ->> 'date' AS date, record #>> '{money,total}' AS total,
    record #>> '{money,currency}' AS currency, count(*) OVER () AS n FROM moved m WHERE there OR EXISTS (
    SELECT 1 FROM (SELECT * FROM link WHERE connection_id = %(c)s AND kind = 'sale' AND m.side = 'oncord' AND oncord_id = m.record_id
        UNION ALL SELECT * FROM link
        WHERE connection_id = %(c)s AND kind = 'sale' AND m.side = 'quickbooks' AND quickbooks_id = m.record_id) l
    WHERE l.base_oncord ->> 'date' BETWEEN %(first)s AND %(last)s OR l.base_quickbooks ->> 'date' BETWEEN %(first)s AND %(last)s
    OR EXISTS (SELECT 1 FROM document_change d WHERE d.connection_id = %(c)s AND d.kind = 'sale' AND d.written_at > %(since)s
        AND d.date_before BETWEEN %(first)s::date AND %(last)s::date
        AND (d.side = 'oncord' AND d.record_id = l.oncord_id OR d.side = 'quickbooks' AND d.record_id = l.quickbooks_id)))
ORDER BY record ->> 'date', record ->> 'number', side, record_id LIMIT %(most)s"""
"""What is dated in the period; or was: as both sides last had it, or as it was before its new day was written to the other side."""


async def changed_since(tx: Transaction, connection_id: str, before: Plain, period: Period) -> Plain:
    """Documents that are or were of a period and whose figures or days have moved, or that came or went, on either side since the
    certificate before was taken that began with it; with the moment of that one."""
    found = await tx.execute(
        _CHANGED,
        {
            "c": connection_id,
            "first": max(period.first.isoformat(), before["first"]),
            "last": min(period.last.isoformat(), before["last"]),
            "since": before["taken_at"],
            "most": SHOWN,
        },
    )
    since = {"certificate": before["id"], "since": before["taken_at"].isoformat()}
    return {**_listed(await found.fetchall()), **since}


async def synchronised(tx: Transaction, connection_id: str, ids: Sequence[str]) -> frozenset[str]:
    """Which of these ids of QuickBooks' are those of synchronised documents or money."""
    found = await tx.execute(
        "SELECT record_id FROM mirror WHERE connection_id = %s AND side = 'quickbooks' AND kind IN ('sale', 'receipt') AND NOT deleted"
        " AND record_id = ANY(%s)",
        (connection_id, list(ids)),
    )
    return frozenset(row["record_id"] for row in await found.fetchall())


async def settled_by_payment(tx: Transaction, connection_id: str, period: Period) -> list[tuple[Entry, Decimal]]:
    """QuickBooks' documents that payments dated in a period pay, or whose credit they use, with how much of each."""
    found = await tx.execute(
        "SELECT d.record_id, d.record, d.extras, p.amount FROM (SELECT a ->> 'sale_id' AS id, sum(abs((a ->> 'amount')::numeric)) AS amount"
        " FROM mirror m CROSS JOIN LATERAL jsonb_array_elements(m.record #> '{payment,allocations}') a"
        " WHERE m.connection_id = %(c)s AND m.side = 'quickbooks' AND m.kind = 'receipt' AND NOT m.deleted"
        " AND m.record ->> 'voided' IS DISTINCT FROM 'true' AND m.record ->> 'date' BETWEEN %(first)s AND %(last)s"
        " AND coalesce(a ->> 'type', 'sale') IN ('sale', 'adjustment') GROUP BY 1) p"
        " JOIN mirror d ON d.connection_id = %(c)s AND d.side = 'quickbooks' AND d.kind = 'sale' AND d.record_id = p.id"
        " AND NOT d.deleted ORDER BY d.record_id",
        {"c": connection_id, "first": period.first.isoformat(), "last": period.last.isoformat()},
    )
    return [(_document(row), row["amount"]) for row in await found.fetchall()]


def _document(row: dict[str, Any]) -> Entry:
    at_home = {"rate": rate_in(row["extras"]), "at_home": total_at_home(row["extras"])}
    return read_document("quickbooks", row["record_id"], row["record"], **at_home)


def _listed(rows: list[dict[str, Any]]) -> Plain:
    count = rows[0]["n"] if rows else 0
    shown = [{name: row[name] or "" for name in ("side", "number", "date", "total", "currency")} for row in rows]
    return {"count": count, "documents": shown}
