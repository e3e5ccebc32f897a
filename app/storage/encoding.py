"""Records as JSON and back. Decimals travel as strings, exactly; documents keep their numbers as they are on the wire."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import simplejson
from pydantic import TypeAdapter

from app.domain.model.description import DESCRIPTIONS
from app.domain.model.operations import Disagreement, Label, whole_name
from app.domain.model.records import Kind, Record

_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def _adapter(kind: Kind) -> TypeAdapter[Any]:
    record = DESCRIPTIONS[kind].record
    if record not in _ADAPTERS:
        _ADAPTERS[record] = TypeAdapter(record)
    return _ADAPTERS[record]


def record_to_json(kind: Kind, record: Record | None) -> str | None:
    """The JSON text of a record; None for no record."""
    if record is None:
        return None
    text: bytes = _adapter(kind).dump_json(record, exclude_defaults=True)
    return text.decode()


def record_from_json(kind: Kind, value: Any) -> Record | None:
    """The record of a JSON value that PostgreSQL gave back (already parsed)."""
    if value is None:
        return None
    record: Record = _adapter(kind).validate_python(value)
    return record


def earlier(kind: Kind, vocabulary: int) -> int | None:
    """The number of the vocabulary that something is stored in, where that is an earlier one than the present."""
    return vocabulary if vocabulary < DESCRIPTIONS[kind].vocabulary else None


def record_digest(kind: Kind, record: Record | None) -> str:
    """A short digest of everything whose change is looked at (docs/rules.md 4)."""
    if record is None:
        return ""
    text = _adapter(kind).dump_json(record, exclude=set(DESCRIPTIONS[kind].unwatched), exclude_defaults=True)
    return hashlib.blake2b(text, digest_size=12).hexdigest()


def dump(value: Any) -> str:
    """JSON text of plain data; Decimals as numbers, exactly; keys in the order given."""
    return simplejson.dumps(value, use_decimal=True, ensure_ascii=False, separators=(",", ":"), default=_plain)


def load(text: str) -> Any:
    """Plain data of JSON text; numbers with a point as Decimal."""
    return simplejson.loads(text, use_decimal=True)


def label_to_plain(label: Label) -> dict[str, Any]:
    """A record's name for people as plain data; what it has not is left out. The amount is a decimal string.

    `label` is what it is called without whose it is; `person` and `contact` are columns of their own where it is kept in a
    table (`subject_to_plain`), so that they can be erased.
    """
    return {**subject_to_plain(label), **{n: v for n, v in (("person", label.person), ("contact", label.contact)) if v}}


def subject_to_plain(label: Label) -> dict[str, Any]:
    """The part of a record's name that belongs to no person."""
    plain = {
        "label": label.called,
        "number": label.number,
        "date": label.date.isoformat() if label.date else "",
        "amount": "" if label.amount is None else str(label.amount),
        "currency": label.currency if label.amount is not None else "",
        "sort": label.sort,
    }
    return {name: value for name, value in plain.items() if value}


def subject_shown(plain: Mapping[str, Any], person: str = "") -> dict[str, Any]:
    """A name as it was stored, whole: `label` with the person, who is also told apart."""
    whose = person or plain.get("person", "")
    if not whose:
        return dict(plain)
    return {**plain, "label": whole_name(plain.get("label", ""), whose), "person": whose}


def label_from_plain(plain: Mapping[str, Any], person: str = "", contact: str = "") -> Label:
    """A record's name for people as it was stored."""
    return Label(
        called=plain.get("label", ""),
        person=person or plain.get("person", ""),
        contact=contact or plain.get("contact", ""),
        number=plain.get("number", ""),
        date=dt.date.fromisoformat(plain["date"]) if plain.get("date") else None,
        amount=Decimal(plain["amount"]) if plain.get("amount") else None,
        currency=plain.get("currency", ""),
        sort=plain.get("sort", ""),
    )


def disagreement_to_plain(disagreement: Disagreement) -> dict[str, Any]:
    """A disagreement as plain data, with the values as a person would read them."""
    return {
        "field": disagreement.field,
        "base": readable(disagreement.base),
        "oncord": readable(disagreement.oncord),
        "quickbooks": readable(disagreement.quickbooks),
        "winner": disagreement.winner.value,
    }


def readable(value: Any) -> Any:
    """A value of a record as plain data that a person could be shown; what is empty is left out."""
    if hasattr(value, "__dataclass_fields__"):
        return {k: readable(v) for k, v in asdict(value).items() if v not in ("", None, [], ())}
    if isinstance(value, Mapping):
        return {k: readable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [readable(v) for v in value]
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form here")
