"""What an operation is about and waits for, as the columns of its row say it."""

from typing import Any

from app.domain.model.link_part import PRIMARY, Part, format_part, parse_part
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Kind
from app.domain.model.waiting import (
    Approval,
    ConfigurationChoice,
    PersonsDecision,
    WaitsFor,
    format_waits_for,
    parse_waits_for,
)

_SHARES_CUSTOMER = "shared"
_STANDS_BESIDE = "beside"
"""What `part` holds of a REPOINT; rows of former versions hold an id there, and mean the same."""


def part_column(operation: Operation) -> str:
    """The column `part`: which link an operation is about, and what a decision says that is about no one link.

    A PARK keeps there the matter that it waits for, an ADOPT that it shares a customer, a REPOINT that it stands beside.
    """
    match operation.action:
        case Action.PARK:
            return matter_of(operation.waits_for)
        case Action.ADOPT if operation.shares_customer:
            return _SHARES_CUSTOMER
        case Action.REPOINT:
            return _STANDS_BESIDE if operation.stands_beside else ""
    return format_part(operation.part)


def part_in(kind: Kind, row: dict[str, Any]) -> Part:
    """Which link the operation of a row is about."""
    elsewhere = row["action"] in (Action.PARK, Action.REPOINT) or shares_customer(row)
    return PRIMARY if elsewhere else parse_part(kind, row["part"])


def shares_customer(row: dict[str, Any]) -> bool:
    """Whether the operation of a row joins a contact to the customer of another one."""
    return bool(row["action"] == Action.ADOPT and row["part"] == _SHARES_CUSTOMER)


def matter_of(waits_for: WaitsFor | None) -> str:
    """What a person settles once for many records; it stands in a column of its own, beside what it is waited for."""
    if isinstance(waits_for, ConfigurationChoice | PersonsDecision | Approval):
        return format_waits_for(waits_for).partition(":")[2]
    return ""


def waits_for_column(waits_for: WaitsFor | None) -> str:
    """The column `waits_for`: that it waits for a person, a choice or an approval, or all of what it waits for."""
    text = format_waits_for(waits_for)
    return text.partition(":")[0] if matter_of(waits_for) else text


def waits_for_in(row: dict[str, Any]) -> WaitsFor | None:
    """What the operation of a row waits for."""
    matter = row["part"] if row["action"] == Action.PARK else ""
    return parse_waits_for(f"{row['waits_for']}:{matter}" if matter else row["waits_for"])
