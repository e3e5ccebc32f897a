"""The report TransactionList, as far as it is read: the transactions that it lists, or their ids. Pure.

The id stands on the cell of the transaction's type; which column that is is said by the report's own columns, by a key or,
in older answers, by their type (docs/quickbooks.md 9.18). Rows may lie in sections.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from app.domain.model.ledger import LedgerEntry
from app.json_values import text
from app.quickbooks.mapping.values import rows

TYPE_COLUMN = "txn_type"
ENTRY_COLUMNS = ("tx_date", TYPE_COLUMN, "doc_num", "subt_nat_amount")
_OF_NO_CUSTOMER = ("bill", "vendor", "purchase order", "estimate", "time")
"""How the types begin that are in no figure of customers: neither sales, nor tax on sales, nor money received."""


def listed_transactions(report: Mapping[str, Any]) -> frozenset[str] | None:
    """The ids of the transactions of a report; None where it lists some and does not say which."""
    cells = [each for each in _rows(report.get("Rows")) if each]
    if not cells:
        return frozenset()
    columns = report.get("Columns")
    place = _place(rows(columns.get("Column")) if isinstance(columns, dict) else [])
    ids = [text(each[place].get("id")) if place is not None and place < len(each) else "" for each in cells]
    return frozenset(ids) if all(ids) else None


def listed_entries(report: Mapping[str, Any]) -> tuple[LedgerEntry, ...] | None:
    """The transactions of a report that was asked for with `ENTRY_COLUMNS`, but for those of no customer; None where it lists some and
    does not say which, of when or of how much."""
    cells = [each for each in _rows(report.get("Rows")) if each]
    columns = report.get("Columns")
    told = rows(columns.get("Column")) if isinstance(columns, dict) else []
    places = [_place(told, name) for name in ENTRY_COLUMNS]
    if not cells:
        return ()
    try:
        found = [_entry([each[place] for place in places if place is not None]) for each in cells]
    except (IndexError, ValueError, InvalidOperation):
        return None
    return tuple(each for each in found if not each.kind.casefold().startswith(_OF_NO_CUSTOMER))


def _entry(cells: Sequence[Mapping[str, Any]]) -> LedgerEntry:
    day, kind, number, amount = cells
    if not text(kind.get("id")):
        raise ValueError("a transaction without its id")
    return LedgerEntry(
        text(kind.get("id")),
        text(kind.get("value")),
        text(number.get("value")),
        date.fromisoformat(text(day.get("value"))),
        Decimal(text(amount.get("value")) or 0),
    )


def _rows(container: Any) -> Iterator[list[dict[str, Any]]]:
    """The cells of each row of data, sections included; headers and totals are none."""
    for row in rows(container.get("Row")) if isinstance(container, dict) else []:
        if "ColData" in row:
            yield rows(row["ColData"])
        yield from _rows(row.get("Rows"))


def _place(columns: Sequence[Mapping[str, Any]], name: str = TYPE_COLUMN) -> int | None:
    for number, column in enumerate(columns):
        keys = {text(each.get("Value")) for each in rows(column.get("MetaData")) if each.get("Name") == "ColKey"}
        if name in keys or text(column.get("ColType")) == name:
            return number
    return None
