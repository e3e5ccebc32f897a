"""Statements of QuickBooks' query language, with the one function that quotes a value.

The language has no OR, no NOT and no joins; `Id` knows only `=` and `IN` (docs/quickbooks.md 4).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

PAGE = 1000
"""The longest page QuickBooks gives."""
NAME_LISTS = frozenset(
    {"Customer", "Item", "Account", "Vendor", "Employee", "Class", "Department", "Term", "PaymentMethod"}
)
"""Entities whose inactive members a query hides unless it asks for them."""

ANY_STATE = "Active IN (true, false)"
"""The condition that shows them all the same."""


def quoted(value: str) -> str:
    """`value` as a literal. Backslash and quote are escaped; the rest, control characters included, goes as it is."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def moment(at: datetime) -> str:
    """A moment as a literal, with its offset (without one QuickBooks takes it for Pacific time)."""
    return quoted(at.isoformat(timespec="seconds"))


def one_of(field: str, values: Iterable[str]) -> str:
    """`field IN (...)`."""
    return f"{field} IN ({', '.join(quoted(v) for v in values)})"


def count(entity: str) -> str:
    """How many there are, inactive ones too."""
    clause = f" WHERE {ANY_STATE}" if entity in NAME_LISTS else ""
    return f"SELECT COUNT(*) FROM {entity}{clause}"  # noqa: S608 - QBO


def select(
    entity: str,
    where: Sequence[str] = (),
    *,
    fields: str = "*",
    order: str = "Id",
    start: int = 1,
    limit: int = PAGE,
    inactive: bool = True,
) -> str:
    """A statement; by default with inactive members, in the stable order of Id."""
    conditions = list(where)
    if inactive and entity in NAME_LISTS:
        conditions.append(ANY_STATE)
    clause = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    ordered = f" ORDERBY {order}" if order else ""
    return f"SELECT {fields} FROM {entity}{clause}{ordered} STARTPOSITION {start} MAXRESULTS {limit}"  # noqa: S608 - QBO
