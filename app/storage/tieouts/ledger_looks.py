"""Looks at QuickBooks' own reports: which of them says something of today, and what of it no document explains."""

import datetime as dt
from dataclasses import dataclass

from app.storage.database import Transaction


@dataclass(frozen=True, slots=True)
class LedgerLook:
    """The last look at the ledger for a certificate of days up to its own; of earlier days only, where there was none of these.

    `beyond`: so many figures hold something else than the documents, of a look up to its own day; a report that was refused
    since leaves standing what it said before. `until`: the last of the earlier days; None: it was up to its own.
    """

    tie_out_id: str = ""
    beyond: int = 0
    looked_at: dt.datetime | None = None
    until: dt.date | None = None


_LOOKS = """WITH looks AS (SELECT id, taken_at, ledger_checked_at, certificate -> 'ledger' AS ledger, last,
    coalesce(last >= (taken_at AT TIME ZONE %(zone)s)::date, false) AS of_today FROM tie_out
    CROSS JOIN LATERAL (SELECT (certificate #>> '{period,last}')::date AS last) p
    WHERE connection_id = %(c)s AND scope = 'whole' AND ledger_checked_at IS NOT NULL)"""

_LAST = (
    _LOOKS
    + """ SELECT id, ledger_checked_at, last, of_today FROM looks
    ORDER BY of_today DESC, CASE WHEN NOT of_today THEN last END DESC NULLS LAST, taken_at DESC, id DESC LIMIT 1"""
)

_BEYOND = (
    _LOOKS
    + """ SELECT id, sum(n)::int AS n FROM (VALUES ('AgedReceivables', 'receivables'), ('TrialBalance', 'account'),
    ('TaxSummary', 'label')) r(report, what) CROSS JOIN LATERAL (SELECT id, taken_at,
        (SELECT count(*) FROM jsonb_array_elements(ledger -> 'lines') x
        WHERE split_part(x ->> 'what', ' ', 1) = r.what AND (x ->> 'beyond')::numeric <> 0) AS n
        FROM looks WHERE of_today AND NOT coalesce(ledger -> 'not_told', '[]') ? r.report
        ORDER BY taken_at DESC, id DESC LIMIT 1) l
    WHERE n > 0 GROUP BY id, taken_at ORDER BY taken_at DESC, id DESC LIMIT 1"""
)
"""Of each report its last answer."""


async def last_look(tx: Transaction, connection_id: str, zone: str) -> LedgerLook:
    """What is known of the ledger by now; certificates' days are days of `zone`."""
    about = {"c": connection_id, "zone": zone}
    last = await (await tx.execute(_LAST, about)).fetchone()
    if last is None:
        return LedgerLook()
    if not last["of_today"]:
        return LedgerLook(last["id"], 0, last["ledger_checked_at"], last["last"])
    beyond = await (await tx.execute(_BEYOND, about)).fetchone()
    if beyond is None:
        return LedgerLook(last["id"], 0, last["ledger_checked_at"])
    return LedgerLook(beyond["id"], beyond["n"], last["ledger_checked_at"])
