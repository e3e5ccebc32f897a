"""The adjustment that a refund pays back where goods or a part of their price were given back (R5), pro rata by line and tax code.

Where the refund is for the whole sale it is the sale's own lines, where it is for just one of them that line; else each line in
proportion, with its own tax code and its share of the tax. What adjustments have given back before is left of no line any more. A
part of the price is one of what was sold: no voucher, which is owed and not earned, and no rounding has a share in it.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from app.domain.model.currencies import unit_of
from app.domain.model.records import Line, Money, Sale
from app.domain.model.totals import half_up, shares

Of = Literal["whole", "line", "rest", "part"]
"""What of a sale an amount is: all of it, one of its lines, all that is left of what was sold, or a part of that."""
_ZERO = Decimal(0)
_SOLD = ("item", "text", "shipping", "discount")
_SUFFIX = "-R"
_NUMBER_LENGTH = 21
"""How long a document's number may be in QuickBooks (docs/quickbooks.md 9.1)."""


@dataclass(slots=True)
class _Rest:
    """A line with what is left of it: what it comes to with its tax, and the tax in that."""

    line: Line
    gross: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Left:
    """A sale with what of it nobody has given back: `total` of the whole, and what is left of each line."""

    sale: Sale
    total: Decimal
    rests: tuple[_Rest, ...]
    is_whole: bool


def what_is_left(sale: Sale, adjustments: Iterable[Sale]) -> Left:
    """What of a sale its standing adjustments have left: each takes from the lines that are for the same goods, else from those of the
    same tax code, else from any."""
    given = list(adjustments)
    rests = tuple(_Rest(line, _gross(sale.money, line), line.tax) for line in sale.money.lines)
    for adjustment in given:
        for line in adjustment.money.lines:
            _take(rests, line, _gross(adjustment.money, line), unit_of(sale.money.currency))
    total = sale.money.total - sum((each.money.total for each in given), _ZERO)
    return Left(sale, total, rests, not given)


def amount_is(left: Left, amount: Decimal) -> Of | None:
    """What of a sale an amount is; None where so much is not left of it."""
    if not _ZERO < amount <= left.total:
        return None
    if left.is_whole and amount == left.sale.money.total:
        return "whole"
    if _line_of(left, amount) is not None:
        return "line"
    sold = sum((rest.gross for rest in _sold(left)), _ZERO)
    if amount > sold:
        return None
    return "rest" if amount == sold else "part"


def adjustment_of(left: Left, sale_id: str, amount: Decimal, day: dt.date | None, before: int) -> Sale:
    """The adjustment of a sale over this amount, tax included, of which so much is left (`amount_is`); `before`: how many were made
    for refunds of the sale already."""
    sale, suffix = left.sale, f"{_SUFFIX}{before + 1}" if before else _SUFFIX
    return Sale(
        contact_id=sale.contact_id,
        money=_money(left, amount),
        type="adjustment",
        number=f"{sale.number[: _NUMBER_LENGTH - len(suffix)]}{suffix}" if sale.number else "",
        date=day,
        billing_address=sale.billing_address,
        shipping_address=sale.shipping_address,
        adjusts_id=sale_id,
        books_status="waiting",
    )


def _money(left: Left, amount: Decimal) -> Money:
    money = left.sale.money
    if amount_is(left, amount) == "whole":
        return replace(money, lines=tuple(replace(line, id="") for line in money.lines))
    only = _line_of(left, amount)
    chosen = [replace(only, id="")] if only is not None else list(_in_proportion(left, amount))
    tax = sum((line.tax for line in chosen), _ZERO)
    return replace(money, lines=tuple(chosen), tax_total=tax, total=amount)


def _line_of(left: Left, amount: Decimal) -> Line | None:
    """The line that comes to this amount, tax included, of which nothing was given back; None for none, and where several of other
    codes do."""
    fitting = [
        rest.line
        for rest in left.rests
        if rest.line.kind in ("item", "text") and rest.gross == amount == _gross(left.sale.money, rest.line)
    ]
    codes = {line.tax_code for line in fitting}
    return fitting[0] if len(codes) == 1 else None


def _gross(money: Money, line: Line) -> Decimal:
    return line.total if money.amounts_include_tax else line.total + line.tax


def _take(rests: Iterable[_Rest], given: Line, amount: Decimal, unit: Decimal) -> None:
    """Take what a line of an adjustment gives back from the lines of its sale."""
    same = [rest for rest in rests if _goods(rest.line) == _goods(given)]
    alike = [rest for rest in rests if rest.line.tax_code == given.tax_code and rest.line.voucher == given.voucher]
    left, tax = amount, given.tax
    for rest in (*same, *alike, *rests):
        part = min(left, rest.gross) if left > 0 else max(left, rest.gross)
        if part * left <= 0:
            continue
        share = half_up(tax * part / left, unit)
        rest.tax -= share
        rest.gross -= part
        left, tax = left - part, tax - share


def _goods(line: Line) -> tuple[object, ...]:
    return (line.kind, line.item, line.item_code, line.description, line.tax_code)


def _sold(left: Left) -> list[_Rest]:
    """What is left of the lines that are a sale: vouchers are owed and not earned, and rounding is nobody's goods."""
    return [rest for rest in left.rests if rest.line.kind in _SOLD and not rest.line.voucher and rest.gross]


def _in_proportion(left: Left, amount: Decimal) -> Iterator[Line]:
    money, sold = left.sale.money, _sold(left)
    unit = unit_of(money.currency)
    parts = shares(amount, [rest.gross for rest in sold], unit)
    return (_part(money, rest, part, unit) for rest, part in zip(sold, parts, strict=True) if part)


def _part(money: Money, rest: _Rest, part: Decimal, unit: Decimal) -> Line:
    """A line of which `part` is given back, with its share of the tax."""
    tax = _tax(rest, part, unit)
    total = part if money.amounts_include_tax else part - tax
    return replace(rest.line, id="", quantity=Decimal(1), unit_price=total, discount=_ZERO, total=total, tax=tax)


def _tax(rest: _Rest, part: Decimal, unit: Decimal) -> Decimal:
    """The tax in a part of what is left of a line."""
    return half_up(rest.tax * part / rest.gross, unit)
