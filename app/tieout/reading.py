"""Records as the mirrors keep them (JSON, amounts as strings, what is at its default left out) -> `Entry`. Pure.

Read here once more, and not by what the rest of the service reads them with: a judge that reads with the same eyes
sees the same mistakes.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from app.tieout.facts import ZERO, Applied, Entry, Lost, Settled, Side, TaxedLine

Plain = Mapping[str, Any]
_ROUNDING = "Rounding"
"""What a line of QuickBooks' says that rounds a document off (docs/rules.md 5): there are no sorts of lines there."""


def read_document(side: Side, record_id: str, record: Plain, **known: Any) -> Entry:
    """A sale, adjustment, invoice or credit memo; `known` are further attributes of the entry."""
    money = record.get("money") or {}
    inclusive = bool(money.get("amounts_include_tax"))
    return Entry(
        side=side,
        id=record_id,
        number=str(record.get("number") or ""),
        date=_day(record),
        currency=str(money.get("currency") or ""),
        contact_id=str(record.get("contact_id") or ""),
        void=bool(record.get("voided")) or record.get("status", "confirmed") != "confirmed",
        credit=record.get("type") == "adjustment",
        reason=str(record.get("adjustment_reason") or ""),
        items=_items(side, record, money),
        total=_amount(money.get("total")),
        tax_total=_amount(money.get("tax_total")),
        lines=tuple(_line(side, line, inclusive) for line in money.get("lines") or ()),
        says_paid=paid_of(record) if side == "oncord" else None,
        **known,
    )


def read_money(
    side: Side, record_id: str, record: Plain, evened: tuple[tuple[str, Decimal], ...] = (), **known: Any
) -> Entry:
    """A receipt, a payment or a refund. `evened`: money paid back that a payment with cash is joined to."""
    payment = record.get("payment") or {}
    return Entry(
        side=side,
        id=record_id,
        is_document=False,
        number=str(record.get("reference") or ""),
        date=_day(record),
        currency=str(payment.get("currency") or ""),
        contact_id=str(record.get("contact_id") or ""),
        void=bool(record.get("voided")),
        total=_amount(payment.get("amount")),
        channel=str(record.get("channel") or ""),
        expensed=bool(record.get("expense_account")),
        applied=tuple(_applied(payment.get("allocations") or ())),
        joined=(*_joined(payment.get("allocations") or ()), *evened),
        **known,
    )


def read_lost(known: Plain) -> Lost:
    """A counterpart that was deleted: where, where its pair began, whether it is there all the same, and what it was."""
    record = known["record"] or {}
    payment = record.get("payment") or {}
    return Lost(
        side=known["side"],
        origin=known["origin"],
        there=bool(known["there"]),
        along=bool(known["along"]),
        last=bool(known["last"]),
        beside=None if known.get("beside") is None else _amount(known["beside"]),
        left=bool(known.get("left")),
        contact_id=str(record.get("contact_id") or ""),
        total=_amount(payment.get("amount")),
        applied=tuple(_applied(payment.get("allocations") or ())),
    )


def read_settled(parts: Iterable[Plain]) -> tuple[Settled, ...]:
    """What QuickBooks has said of what settles a document besides payments."""
    return tuple(Settled(str(each["cause"]), _amount(each["amount"]), str(each.get("label") or "")) for each in parts)


def paid_of(record: Plain) -> Decimal:
    """What a document says has been applied to it."""
    return _amount(record.get("paid"))


def _items(side: Side, record: Plain, money: Plain) -> frozenset[str]:
    """The items on the lines of a credit memo: one of them may be that of bad debts."""
    if side == "oncord" or record.get("type") != "adjustment":
        return frozenset()
    return frozenset(str(line["item"]) for line in money.get("lines") or () if line.get("item"))


def _applied(allocations: Iterable[Plain]) -> Iterable[Applied]:
    """What pays or uses documents; money that was paid back to the customer is a record of its own."""
    for each in allocations:
        if each.get("type", "sale") != "refund":
            credit = each.get("type") == "adjustment"
            yield Applied(str(each.get("sale_id") or ""), _amount(each.get("amount")), credit)


def _joined(allocations: Iterable[Plain]) -> Iterable[tuple[str, Decimal]]:
    for each in allocations:
        if each.get("type") == "refund":
            yield str(each.get("sale_id") or ""), _amount(each.get("amount"))


def _line(side: Side, line: Plain, inclusive: bool) -> TaxedLine:
    total, tax = _amount(line.get("total")), _amount(line.get("tax"))
    net = total - tax if inclusive else total
    voucher, rounding = bool(line.get("voucher")), line.get("kind") == "rounding"
    worded = side == "quickbooks" and line.get("description") == _ROUNDING and not tax
    code = "" if voucher and not tax else str(line.get("tax_code") or "")
    return TaxedLine(code, net, tax, outside_tax=voucher or rounding, rounds_off=rounding or worded)


def _amount(value: Any) -> Decimal:
    return ZERO if value is None else Decimal(str(value))


def _day(record: Plain) -> dt.date | None:
    day = record.get("date")
    return dt.date.fromisoformat(str(day)[:10]) if day else None
