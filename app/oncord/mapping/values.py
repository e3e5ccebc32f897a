"""The wire's small values in ours: decimal strings, ids, dates, times and addresses. Reading is lenient, money is exact."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from app.domain.model.currencies import decimals_of, smallest, unit_of
from app.domain.model.deletion import DeletedAlong
from app.domain.model.records import Address, Kind, Reference
from app.json_values import text
from app.places import normal

KINDS = {"contact": Kind.CONTACT, "product": Kind.ITEM, "sale": Kind.SALE, "receipt": Kind.RECEIPT}
"""What the wire calls the kinds of record."""
ADDRESS = ("line1", "line2", "suburb", "state", "postcode", "country")


def one_of(value: Any, known: Collection[str], called: str) -> str:
    """A word of a closed list, or "" where absent; raises ValueError for any other: what it means is not guessed."""
    word = text(value)
    if word and word not in known:
        raise ValueError(f"{word[:40]!r} is no {called} that this service knows")
    return word


def plain(value: Decimal) -> str:
    """A quantity or a rate as a decimal string: no exponent, no needless zeros, no negative zero."""
    number, _, rest = format(value or abs(value), "f").partition(".")
    return f"{number}.{kept}" if (kept := rest.rstrip("0")) else number


def price(value: Decimal, currency: str) -> str:
    """A unit price: to the cent at least (or what the currency has), and finer where it is."""
    number, _, rest = plain(value).partition(".")
    decimals = rest.ljust(decimals_of(currency), "0")
    return f"{number}.{decimals}" if decimals else number


def cents(value: Decimal, currency: str) -> str:
    """An amount of money; raises ValueError rather than to round a fraction of a cent (or a yen) away."""
    whole = value.quantize(unit_of(currency))
    if value != whole:
        raise ValueError(f"{value:f} is no whole number of {smallest(currency)}")
    return format(whole + Decimal(0), "f")


def resolved(reference: Reference) -> str:
    """The id itself; raises ValueError while it is still a counterpart that nobody looked up."""
    if not isinstance(reference, str):
        raise ValueError(f"its {reference.kind} is not known at the shop yet")
    return reference


def day(value: Any) -> date | None:
    """`YYYY-MM-DD`; None where absent; raises ValueError where it is no date."""
    return date.fromisoformat(value[:10]) if isinstance(value, str) and value else None


def moment(value: Any) -> datetime | None:
    """RFC 3339 as an aware UTC time; None where absent or unreadable: a time is never worth losing a record for."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def stamp(value: datetime) -> str:
    """An aware time as RFC 3339 UTC."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def companion(reference: Any) -> DeletedAlong | None:
    """A `{"entity", "id"}` of the wire: the record whose deletion took another along; None where none of ours is named."""
    if not isinstance(reference, dict):
        return None
    kind, record_id = KINDS.get(text(reference.get("entity"))), text(reference.get("id"))
    return DeletedAlong(kind, record_id) if kind is not None and record_id else None


def read_address(value: Any) -> Address:
    """The wire's address; absent is the empty one."""
    if not isinstance(value, dict):
        return Address()
    parts: dict[str, Any] = {name: text(value.get(name)) for name in ADDRESS}
    found = Address(**parts)
    state, country = normal(found)
    return replace(found, state=state, country=country)


def write_address(address: Address) -> dict[str, str]:
    """An address for the wire, empty members included, so that what was cleared is cleared there."""
    return {name: getattr(address, name) for name in ADDRESS}


def read_mark(document: dict[str, Any]) -> dict[str, str]:
    """What was said of a record's counterpart in the books, by the names of our fields."""
    return {name: text(document.get(name)) for name in ("books_status", "books_reason", "books_url")}
