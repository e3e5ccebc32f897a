"""What both sides of a conflict are called: by the value itself where that is short, "Oncord's 381.00 AUD", else by its field.

Values are those of records, or plain data as they are kept with a question.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from app.domain.model.currencies import with_currency
from app.domain.model.days import day_in_words
from app.domain.model.description import declared
from app.domain.model.records import Address, Name, Side

SHORT = 40
"""How long a text may be to stand on a button."""
_IDS = frozenset({"contact_id", "channel"})
"""Fields whose values tell a person nothing."""


@dataclass(frozen=True, slots=True)
class Rival:
    """A field with the values that both sides have given it."""

    field: str
    oncord: object
    quickbooks: object

    def on(self, side: Side) -> object:
        """What one side has given it."""
        return self.oncord if side is Side.ONCORD else self.quickbooks


def rivals_of(disagreements: Sequence[Any]) -> list[Rival]:
    """The fields of a conflict, of disagreements or of those as they are kept."""
    return [
        Rival(each["field"], each.get("oncord"), each.get("quickbooks"))
        if isinstance(each, Mapping)
        else Rival(each.field, each.oncord, each.quickbooks)
        for each in disagreements
    ]


def value_called(side: Side, rivals: Sequence[Rival]) -> str:
    """What a side has given the fields of a conflict: "Oncord's 381.00 AUD", "QuickBooks' due date"."""
    fields = " and ".join(_called(rival.field) for rival in rivals)
    own = possessive(side)
    if len(rivals) != 1:
        return f"{own} {fields}"
    here, there = (_short(rivals[0].field, rivals[0].on(each)) for each in (side, side.other))
    if not here or here == there:
        return f"{own} {fields}"
    return f"{own} empty {fields}" if here == _NOTHING else f"{own} {here}"


def possessive(side: Side) -> str:
    """Whose: "Oncord's", "QuickBooks'"."""
    return f"{side.called}'" if side.called.endswith("s") else f"{side.called}'s"


def _called(field: str) -> str:
    declaration = declared(field)
    return declaration.value_called if declaration is not None else field.replace("_", " ")


_NOTHING = "nothing"


def _short(field: str, value: object) -> str:
    """A value on a button; "" where it has no place there."""
    if isinstance(value, bool):
        return f"“{'' if value else 'not '}{'void' if field == 'voided' else field}”"
    if field in _IDS:
        return ""
    if value in (None, "", {}, Address(), Name()):
        return _NOTHING
    if isinstance(value, dt.date):
        return day_in_words(value)
    if isinstance(value, str):
        return (day_in_words(value) if field.endswith("date") else f"“{value}”") if len(value) <= SHORT else ""
    for amount in ("total", "amount"):
        if (found := _member(value, amount)) is not None:
            return _money(found, str(_member(value, "currency") or ""))
    return _in_one_line(value)


def _in_one_line(value: object) -> str:
    """A name or an address, where it is short."""
    person = " ".join(str(part) for name in ("first", "last") if (part := _member(value, name)))
    street = ", ".join(str(part) for name in ("line1", "suburb") if (part := _member(value, name)))
    text = person or str(_member(value, "company") or _member(value, "display") or "") or street
    return f"“{text}”" if text and len(text) <= SHORT else ""


def _money(value: object, currency: str) -> str:
    try:
        return with_currency(Decimal(str(value)), currency)
    except InvalidOperation:
        return ""


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
