"""The wire's small values in ours: references, amounts, dates, moments, addresses. Reading is lenient, money is exact."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from app.domain.model.currencies import smallest, unit_of
from app.domain.model.records import Address, Kind
from app.json_values import text
from app.places import country_code, country_name, locality, normal

ENTITIES: dict[Kind, tuple[str, ...]] = {
    Kind.CONTACT: ("Customer",),
    Kind.ITEM: ("Item",),
    Kind.SALE: ("Invoice", "CreditMemo"),
    Kind.RECEIPT: ("Payment", "Purchase"),
}
"""The QuickBooks entities of each kind; transactions share one sequence of ids."""
MOST_LINES = 5
_LOCALITY = ("City", "CountrySubDivisionCode", "PostalCode")
KINDS = {entity: kind for kind, entities in ENTITIES.items() for entity in entities}


def ref(value: Any) -> str:
    """The id of a reference; its name is never believed."""
    return text(value.get("value")) if isinstance(value, dict) else ""


def part(value: Any, name: str) -> str:
    """A text inside a small object, such as the Address of PrimaryEmailAddr."""
    return text(value.get(name)) if isinstance(value, dict) else ""


def rows(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; anything else is no rows."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def day(value: Any) -> date | None:
    """A date (of a date-time, its date); None where there is none."""
    try:
        return date.fromisoformat(text(value)[:10])
    except ValueError:
        return None


def moment(value: Any) -> datetime | None:
    """A date-time with an offset, in UTC; None where there is none."""
    try:
        at = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else None


def cut(value: str, limit: int) -> str:
    """`value` within a field's length, never ending in half a pair of blanks."""
    return value if len(value) <= limit else value[:limit].rstrip()


def plain(value: Decimal) -> Decimal:
    """A number as QuickBooks writes it: no trailing zeros, no exponent, no negative zero."""
    normal = value.normalize() + 0
    return normal.quantize(Decimal(1)) if normal == normal.to_integral_value() else normal


def cents(value: Decimal, currency: str) -> Decimal:
    """A number that is whole cents (or what the currency has); raises ValueError otherwise: never rounded by accident."""
    if value != value.quantize(unit_of(currency)):
        raise ValueError(f"{value} is no whole number of {smallest(currency)}")
    return plain(value)


def read_address(value: Any) -> Address:
    """An address; lines three to five join the second, for which our vocabulary has room.

    Documents made in QuickBooks' own screens hold it as free text (docs/quickbooks.md 9.2). Where suburb, state and postcode
    stand in its last line is told here, since that takes the library of places; which of the lines above it are names is
    told by who knows the customer (`planning.free_text`).
    """
    if not isinstance(value, dict):
        return Address()
    lines = [text(value.get(f"Line{n}")) for n in range(1, MOST_LINES + 1)]
    country = text(value.get("Country"))
    if any(lines) and not any(text(value.get(part)) for part in _LOCALITY):
        return _free_text(lines, country)
    found = _with_lines(lines, country)
    found = replace(
        found,
        suburb=text(value.get("City")),
        state=text(value.get("CountrySubDivisionCode")),
        postcode=text(value.get("PostalCode")),
    )
    state, country = normal(found)
    return replace(found, state=state, country=country)


def _with_lines(lines: list[str], country: str) -> Address:
    return Address(line1=lines[0], line2=", ".join(line for line in lines[1:] if line), country=country)


def _free_text(all_lines: list[str], country: str) -> Address:
    """Lines without any part of their own: the last one, or the one above the country, may say where it is."""
    lines = [line for line in all_lines if line]
    named = country_code(lines[-1]) if len(lines) > 1 else ""
    said = country_code(country) or named
    upper = lines[:-1] if named else lines
    where = locality(upper[-1], said) if len(upper) > 1 else None
    if where is None or (country and said != country_code(country)) or (named and named != said):
        found = _with_lines(all_lines, country)
        return replace(found, country=normal(found)[1], addressed=tuple(lines))
    suburb, state, postcode = where
    above = tuple(upper[:-1])
    found = _with_lines([*above], said)
    closing = tuple(lines[len(above) :])
    return replace(found, suburb=suburb, state=state, postcode=postcode, addressed=above, closing=closing)


def write_address(address: Address) -> dict[str, str]:
    """The whole address, empty members too, so that what was cleared is cleared there as well; free text as it stood."""
    lines = [*address.addressed, *address.closing] if address.is_text else [address.line1, address.line2]
    written = {
        f"Line{n}": line for n, line in zip(range(1, MOST_LINES + 1), [*lines, *[""] * MOST_LINES], strict=False)
    }
    if address.is_text:
        in_words = any(country_code(line) == address.country for line in address.closing)
        return written | dict.fromkeys(_LOCALITY, "") | {"Country": "" if in_words else country_name(address.country)}
    return written | {
        "City": address.suburb,
        "CountrySubDivisionCode": address.state,
        "PostalCode": address.postcode,
        "Country": country_name(address.country),
    }


def present(members: dict[str, Any]) -> dict[str, Any]:
    """The members that say something, inside small objects too: what a create needs."""
    kept: dict[str, Any] = {}
    for name, value in members.items():
        said = present(value) if isinstance(value, dict) else value
        if said not in ("", None, {}):
            kept[name] = said
    return kept
