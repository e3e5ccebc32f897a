"""The adjustment that a refund pays back where goods or a part of their price were given back (R5), pro rata by line and tax code.

Where the refund is for the whole sale it is the sale's own lines, where it is for just one of them that line; else each line in
proportion, with its own tax code and its share of the tax.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from app.domain.model.currencies import unit_of
from app.domain.model.records import Line, Money, Sale
from app.domain.model.totals import half_up, shares

Of = Literal["whole", "line", "part"]
"""What of a sale an amount is."""
_ZERO = Decimal(0)
_SUFFIX = "-R"
_NUMBER_LENGTH = 21
"""How long a document's number may be in QuickBooks (docs/quickbooks.md 9.1)."""


def amount_is(sale: Sale, amount: Decimal) -> Of:
    """Whether an amount is the whole of a sale, one of its lines, or neither."""
    if amount == sale.money.total:
        return "whole"
    return "line" if _line_of(sale.money, amount) is not None else "part"


def adjustment_of(sale: Sale, sale_id: str, amount: Decimal, day: dt.date | None, before: int) -> Sale:
    """The adjustment of a sale over this amount, tax included; `before`: how many were made for refunds of the sale already."""
    suffix = f"{_SUFFIX}{before + 1}" if before else _SUFFIX
    return Sale(
        contact_id=sale.contact_id,
        money=_money(sale.money, amount),
        type="adjustment",
        number=f"{sale.number[: _NUMBER_LENGTH - len(suffix)]}{suffix}" if sale.number else "",
        date=day,
        billing_address=sale.billing_address,
        shipping_address=sale.shipping_address,
        adjusts_id=sale_id,
        books_status="waiting",
    )


def _money(money: Money, amount: Decimal) -> Money:
    lines = [replace(line, id="") for line in money.lines]
    if amount == money.total:
        return replace(money, lines=tuple(lines))
    only = _line_of(money, amount)
    chosen = [replace(only, id="")] if only is not None else _in_proportion(money, lines, amount)
    tax = sum((line.tax for line in chosen), _ZERO)
    return replace(money, lines=tuple(chosen), tax_total=tax, total=amount)


def _line_of(money: Money, amount: Decimal) -> Line | None:
    """The line that comes to this amount, tax included; None for none, and where several of other codes do."""
    fitting = [line for line in money.lines if line.kind in ("item", "text") and _gross(money, line) == amount]
    codes = {line.tax_code for line in fitting}
    return fitting[0] if len(codes) == 1 else None


def _gross(money: Money, line: Line) -> Decimal:
    return line.total if money.amounts_include_tax else line.total + line.tax


def _in_proportion(money: Money, lines: Sequence[Line], amount: Decimal) -> list[Line]:
    unit = unit_of(money.currency)
    gross = [_gross(money, line) for line in lines]
    parts = zip(lines, gross, shares(amount, gross, unit), strict=True)
    return [_part(money, line, whole, part, unit) for line, whole, part in parts if part]


def _part(money: Money, line: Line, whole: Decimal, part: Decimal, unit: Decimal) -> Line:
    """A line of which `part` is given back, of the `whole` that it comes to with its tax."""
    tax = half_up(line.tax * part / whole, unit)
    total = part if money.amounts_include_tax else part - tax
    return replace(line, quantity=Decimal(1), unit_price=total, discount=_ZERO, total=total, tax=tax)
