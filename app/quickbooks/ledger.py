"""What the ledger itself says of a period, read out of three reports, and what it lists (docs/quickbooks.md 9.18, 9.20)."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.domain.model.ledger import AccountBalance, Ledger, LedgerEntry
from app.errors import Blocked, Gone, Refused, Stale
from app.json_values import text
from app.quickbooks.http.wire import Wire
from app.quickbooks.mapping.ledger_reports import account_balances, amounts_by_label, owed_altogether, owed_by_customer
from app.quickbooks.mapping.query import select
from app.quickbooks.mapping.reports import ENTRY_COLUMNS, listed_entries

ZERO = Decimal(0)
RECEIVABLES, BALANCES, TAX = "AgedReceivables", "TrialBalance", "TaxSummary"
ENTRIES = "TransactionList"


async def read_ledger(
    wire: Wire, now: datetime, first: date, last: date, *, basis: str, clearing: Collection[str], labels: bool
) -> Ledger:
    """The ledger of a period: six metered reads at most. `clearing`: the accounts to look at besides undeposited funds, as far
    as they are no bank's; `labels`: whether a tax summary has any (Australia).

    A report that is refused or makes no sense is named in `not_told`. Raises `Unreachable`, `Unauthorised` and `Throttled` like
    any read.
    """
    accounts, _ = await wire.query(select("Account", inactive=False), upkeep=True)
    wanted = {text(row.get("Id")): text(row.get("Name")) for row in accounts if _passes_through(row, clearing)}
    owed = await _report(wire, RECEIVABLES, {"report_date": last.isoformat()})
    balances = await _report(wire, BALANCES, {"start_date": first.isoformat(), "end_date": last.isoformat()})
    summary = await _tax(wire, first, last, basis) if labels else None
    receivables, by_account = owed_altogether(owed), account_balances(balances)
    by_label = amounts_by_label(summary)
    told = {
        RECEIVABLES: receivables is not None,
        BALANCES: by_account is not None,
        TAX: by_label is not None or not labels,
    }
    found = {account: AccountBalance(name, (by_account or {}).get(account, ZERO)) for account, name in wanted.items()}
    return Ledger(
        read_at=now,
        first=first,
        last=last,
        basis=basis,
        receivables=receivables,
        by_customer=owed_by_customer(owed) if receivables is not None else {},
        labels=by_label,
        accounts=found if by_account is not None else {},
        entries=await _entries(wire, first, last),
        not_told=tuple(name for name, was in told.items() if not was),
    )


def _passes_through(account: Mapping[str, Any], clearing: Collection[str]) -> bool:
    """Whether money only passes through an account: undeposited funds, or one that is mapped and no bank's."""
    if text(account.get("AccountSubType")) == "UndepositedFunds":
        return True
    return text(account.get("Id")) in clearing and text(account.get("AccountType")) != "Bank"


async def _entries(wire: Wire, first: date, last: date) -> tuple[LedgerEntry, ...] | None:
    days = {
        "start_date": first.isoformat(),
        "end_date": max(last, first + timedelta(days=1)).isoformat(),  # the first has to be earlier, it is said
    }
    report = await _report(wire, ENTRIES, {**days, "columns": ",".join(ENTRY_COLUMNS)})
    found = listed_entries(report) if report is not None else None
    return None if found is None else tuple(each for each in found if first <= each.date <= last)


async def _tax(wire: Wire, first: date, last: date, basis: str) -> dict[str, Any] | None:
    agencies, _ = await wire.query(select("TaxAgency"), upkeep=True)
    if len(agencies) != 1:
        return None
    days = {"start_date": first.isoformat(), "end_date": last.isoformat()}
    return await _report(wire, TAX, {"agency_id": text(agencies[0].get("Id")), "accounting_method": basis, **days})


async def _report(wire: Wire, name: str, parameters: Mapping[str, str]) -> dict[str, Any] | None:
    try:
        return await wire.report(name, parameters)
    except (Refused, Blocked, Gone, Stale):
        return None
