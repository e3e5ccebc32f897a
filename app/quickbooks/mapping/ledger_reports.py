"""Reports of the ledger, as far as they are read. Pure. None: the report is not there, or does not say it.

A row has its cells in order, the id on the first; the total of all is the Summary of the group GrandTotal. An amount of
nothing may be an empty cell (docs/quickbooks.md 9.20).
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from app.json_values import text
from app.quickbooks.mapping.values import rows

Report = Mapping[str, Any]
ZERO = Decimal(0)
_LABEL = re.compile(r"(G1|G2|G3|1A)\b")


def owed_altogether(report: Report | None) -> Decimal | None:
    """What all customers owe, out of AgedReceivables: the last cell of its total."""
    if report is None:
        return None
    if _is_empty(report):
        return ZERO
    total = next((row for row in _rows(report.get("Rows")) if text(row.get("group")) == "GrandTotal"), None)
    cells = rows((total.get("Summary") or {}).get("ColData")) if total else []
    return _amount(cells[-1]) if cells else None


def owed_by_customer(report: Report | None) -> dict[str, Decimal]:
    """What each customer owes by its id, out of AgedReceivables: the last cell of its row. A customer with sub-customers is a section:
    their rows are told by themselves, and the total of the section is none of them."""
    found: dict[str, Decimal] = {}
    for row in _rows(report.get("Rows")) if report is not None else ():
        cells = rows(row.get("ColData"))
        amount = _amount(cells[-1]) if len(cells) > 1 else None
        if amount is not None and text(cells[0].get("id")):
            found[text(cells[0].get("id"))] = found.get(text(cells[0].get("id")), ZERO) + amount
    return found


def account_balances(report: Report | None) -> dict[str, Decimal] | None:
    """What lies in each account by its id, out of TrialBalance: debit less credit."""
    if report is None:
        return None
    found: dict[str, Decimal] = {}
    for row in _rows(report.get("Rows")):
        cells = rows(row.get("ColData"))
        if len(cells) < 3 or not text(cells[0].get("id")):
            continue
        debit, credit = _amount(cells[1]), _amount(cells[2])
        if debit is None or credit is None:
            return None
        found[text(cells[0].get("id"))] = debit - credit
    return found if found or _is_empty(report) else None


def amounts_by_label(report: Report | None) -> dict[str, Decimal] | None:
    """What stands on each label of an Australian TaxSummary: its rows, or their summaries, begin with it."""
    if report is None:
        return None
    found: dict[str, Decimal] = {}
    for row in _rows(report.get("Rows")):
        cells = rows(row.get("ColData")) or rows((row.get("Summary") or {}).get("ColData"))
        named = _LABEL.match(text(cells[0].get("value"))) if len(cells) > 1 else None
        amount = _amount(cells[-1]) if named else None
        if named and amount is not None:
            found[named[1]] = amount
    return found or None


def _rows(container: Any) -> Iterator[dict[str, Any]]:
    for row in rows(container.get("Row")) if isinstance(container, dict) else []:
        yield row
        yield from _rows(row.get("Rows"))


def _is_empty(report: Report) -> bool:
    header = report.get("Header")
    options = rows(header.get("Option")) if isinstance(header, dict) else []
    return any(text(each.get("Name")) == "NoReportData" and text(each.get("Value")) == "true" for each in options)


def _amount(cell: Mapping[str, Any]) -> Decimal | None:
    told = text(cell.get("value"))
    try:
        return Decimal(told) if told else ZERO
    except InvalidOperation:
        return None
