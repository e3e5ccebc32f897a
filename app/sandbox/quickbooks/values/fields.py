"""Which properties each entity has and what a value must look like: the first check of every write.

What the schema does not have was refused before (`members`); what it has and nobody may write, or what means nothing here,
is ignored silently; null and an empty text mean "nothing".
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from app.sandbox.quickbooks.clock import parse_date
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.wire import Body

Check = Callable[[str, Any], Any]

CLEARED = ""
"""What an emptied value is after the checks: a full update drops it, a sparse one clears the stored value."""


def text(limit: int) -> Check:
    def check(name: str, value: Any) -> Any:
        if isinstance(value, dict | list | bool):
            raise faults.bad_json(name)
        value = str(value)
        if len(value) > limit:
            raise faults.bad_length(name, limit, len(value))
        if any(ord(character) < 32 and character not in "\t\r\n" for character in value):
            raise faults.bad_characters(name)
        return value

    return check


def number(name: str, value: Any) -> Any:
    """A number, also out of a text. Raises `FaultError` (2090) for anything else."""
    if isinstance(value, str):
        try:
            value = Decimal(value)
        except ArithmeticError:
            raise faults.bad_value(2090, "Number", name, value) from None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise faults.bad_value(2090, "Number", name, value)
    if isinstance(value, Decimal) and (not value.is_finite() or len(value.as_tuple().digits) > 15):
        value = _shortened(name, value)
    return value


def _shortened(name: str, value: Decimal) -> Decimal:
    """Floats of careless clients (0.1 + 0.2) are cut to what QBO stores; what stays too long is refused."""
    if value.is_finite() and abs(value) < Decimal("1e8"):
        return value.quantize(Decimal("0.0000001"))
    raise faults.bad_value(2090, "Number", name, value)


def flag(name: str, value: Any) -> Any:
    """A boolean, also out of a text. Raises `FaultError` (2230) for anything else."""
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise faults.bad_value(2230, "Boolean", name, value)


def day(name: str, value: Any) -> Any:
    """An ISO date. Raises `FaultError` (2060) for anything else."""
    try:
        return parse_date(str(value)).isoformat()
    except ValueError:
        raise faults.bad_value(2060, "Date", name, value) from None


def choice(*allowed: str) -> Check:
    def check(name: str, value: Any) -> Any:
        if value not in allowed:
            raise faults.bad_value(2170, "Enumeration", name, value)
        return value

    return check


def reference(name: str, value: Any) -> Any:
    """A reference: its id; the name is looked up, never believed. Raises `FaultError` where it is no object."""
    if not isinstance(value, dict):
        raise faults.bad_json(f"{name} is not a reference")
    identifier = value.get("value")
    if identifier in (None, ""):
        return CLEARED
    kept: Body = {"value": str(identifier)}
    if value.get("type"):
        kept["type"] = str(value["type"])
    return kept


def structure(**parts: Check) -> Check:
    def check(name: str, value: Any) -> Any:
        if not isinstance(value, dict):
            raise faults.bad_json(f"{name} is not an object")
        kept: Body = {}
        for key, part in value.items():
            if key not in parts:
                continue
            checked = CLEARED if part in (None, "") else parts[key](f"{name}.{key}", part)
            if checked != CLEARED:
                kept[key] = checked
        return kept or CLEARED

    return check


def email(name: str, value: Any) -> Any:
    """An object with one address or several. Raises `FaultError` (2210) for one that cannot be an address."""
    kept = structure(Address=text(100))(name, value)
    if kept != CLEARED:
        for address in str(kept["Address"]).split(","):
            local, _, host = address.strip().partition("@")
            if not local or "." not in host.strip(".") or " " in address.strip():
                raise faults.bad_email(address)
    return kept


def rows(name: str, value: Any) -> Any:
    """A list of objects. Raises `FaultError` for anything else."""
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise faults.bad_json(f"{name} is not a list")
    return value


def anything(name: str, value: Any) -> Any:
    return value


phone = structure(FreeFormNumber=text(30))
address = structure(
    **{f"Line{number}": text(500) for number in range(1, 6)},
    City=text(255),
    Country=text(255),
    CountryCode=text(255),
    County=text(255),
    CountrySubDivisionCode=text(255),
    PostalCode=text(30),
    PostalCodeSuffix=text(30),
)
website = structure(URI=text(1000))
memo = structure(value=text(1000))


def accepted(writable: dict[str, Check], request: Body) -> Body:
    """The writable part of a request, checked. Values that were null are left out, emptied ones are CLEARED.

    Raises `FaultError` for a value that is none.
    """
    kept: Body = {}
    for name, value in request.items():
        check = writable.get(name)
        if check is None or value is None:
            continue
        kept[name] = CLEARED if value == "" or value == {} else check(name, value)
    return kept


def full(writable: dict[str, Check], draft: Body, before: Body | None) -> Body:
    """A full update: what is omitted is gone, what the server owns stays."""
    body = {name: value for name, value in (before or {}).items() if name not in writable}
    body.update({name: value for name, value in draft.items() if value != CLEARED})
    return body


def sparse(draft: Body, before: Body) -> Body:
    """A sparse update: what is omitted stays, what is emptied goes, arrays are replaced whole."""
    body = {**before, **draft}
    return {name: value for name, value in body.items() if value != CLEARED or name not in draft}
