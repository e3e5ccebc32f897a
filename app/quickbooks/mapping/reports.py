"""The report TransactionList, as far as it is read: the ids of the transactions that it lists. Pure.

The id stands on the cell of the transaction's type; which column that is is said by the report's own columns, by a key or,
in older answers, by their type (docs/quickbooks.md 9.18). Rows may lie in sections.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.json_values import text
from app.quickbooks.mapping.values import rows

TYPE_COLUMN = "txn_type"


def listed_transactions(report: Mapping[str, Any]) -> frozenset[str] | None:
    """The ids of the transactions of a report; None where it lists some and does not say which."""
    cells = [each for each in _rows(report.get("Rows")) if each]
    if not cells:
        return frozenset()
    columns = report.get("Columns")
    place = _place(rows(columns.get("Column")) if isinstance(columns, dict) else [])
    ids = [text(each[place].get("id")) if place is not None and place < len(each) else "" for each in cells]
    return frozenset(ids) if all(ids) else None


def _rows(container: Any) -> Iterator[list[dict[str, Any]]]:
    """The cells of each row of data, sections included; headers and totals are none."""
    for row in rows(container.get("Row")) if isinstance(container, dict) else []:
        if "ColData" in row:
            yield rows(row["ColData"])
        yield from _rows(row.get("Rows"))


def _place(columns: Sequence[Mapping[str, Any]]) -> int | None:
    for number, column in enumerate(columns):
        keys = {text(each.get("Value")) for each in rows(column.get("MetaData")) if each.get("Name") == "ColKey"}
        if TYPE_COLUMN in keys or text(column.get("ColType")) == TYPE_COLUMN:
            return number
    return None
