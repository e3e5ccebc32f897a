"""The wire's small values in ours: references, amounts, dates, moments, addresses. Reading is lenient, money is exact."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from app.domain.model.currencies import smallest, unit_of
from app.domain.model.records import Address, Kind
from app.json_values import text
from app.places import country_name, normal

ENTITIES: dict[Kind, tuple[str, ...]] = {
    Kind.CONTACT: ("Customer",),
    Kind.ITEM: ("Item",),
    Kind.SALE: ("Invoice", "CreditMemo"),
    Kind.RECEIPT: ("Payment", "Purchase"),
}
"""The QuickBooks entities of each kind; transactions share one sequence of ids."""
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
    """An address; lines three to five join the second, for which our vocabulary has room."""
    if not isinstance(value, dict):
        return Address()
    further = [text(value.get(f"Line{n}")) for n in range(2, 6)]
    found = Address(
        line1=text(value.get("Line1")),
        line2=", ".join(line for line in further if line),
        suburb=text(value.get("City")),
        state=text(value.get("CountrySubDivisionCode")),
        postcode=text(value.get("PostalCode")),
        country=text(value.get("Country")),
    )
    state, country = normal(found)
    return replace(found, state=state, country=country)


def write_address(address: Address) -> dict[str, str]:
    """The whole address, empty members too, so that what was cleared is cleared there as well."""
    return {
        "Line1": address.line1,
        "Line2": address.line2,
        "Line3": "",
        "Line4": "",
        "Line5": "",
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
