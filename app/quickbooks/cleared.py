"""Which transactions the bank reconciliation holds, read out of two reports (docs/quickbooks.md 9.18)."""

from datetime import date, timedelta

from app.domain.guards.cleared_money import ClearedMoney
from app.errors import Blocked, Gone, Refused, Stale
from app.quickbooks.http.wire import Wire
from app.quickbooks.mapping.reports import TYPE_COLUMN, listed_transactions

REPORT = "TransactionList"
NOT_TOLD = ClearedMoney(told=False)


async def cleared_money(wire: Wire, since: date, until: date) -> ClearedMoney:
    """What is reconciled and what is cleared of these days: two metered reads.

    It is not told where the report is refused or makes no sense: a transaction that is both is a filter that had no effect.
    Raises `Unreachable`, `Unauthorised` and `Throttled` like any read.
    """
    try:
        reconciled = await _listed(wire, since, until, "Reconciled")
        cleared = await _listed(wire, since, until, "Cleared")
    except (Refused, Blocked, Gone, Stale):
        return NOT_TOLD
    if reconciled is None or cleared is None or reconciled & cleared:
        return NOT_TOLD
    return ClearedMoney(reconciled, cleared)


async def _listed(wire: Wire, since: date, until: date, status: str) -> frozenset[str] | None:
    asked = {
        "start_date": since.isoformat(),
        "end_date": max(until, since + timedelta(days=1)).isoformat(),  # the first has to be earlier, it is said
        "cleared": status,
        "columns": f"tx_date,{TYPE_COLUMN}",
    }
    return listed_transactions(await wire.report(REPORT, asked))
