"""What one line says once an edit of the other side has reached it: group by group, and what was not changed stays. Pure.

The groups of a line are its sort, its words, and its quantity with its price and discount. QuickBooks knows no line
discount and no sorts as a shop does, and it cuts long words; none of that is an edit of anybody's.
"""

from dataclasses import replace
from decimal import Decimal

from app.domain.matching.lines import ROUNDING, RememberedLine
from app.domain.model.records import Line, Side
from app.domain.model.totals import PRICE, ZERO, half_up

_BESIDE = ("discount", "shipping", "rounding")
"""The sorts that a shop keeps beside its lines, without a quantity."""


def carried(
    line: Line, remembered: RememberedLine | None, target: Side, amount: Decimal, unit: Decimal, most_rounding: Decimal
) -> Line:
    """`line` as `target` says it, `amount` being what it comes to in the mode of the target's document, `unit` the smallest
    amount of its currency and `most_rounding` how much of its total can be rounding."""
    if target is Side.QUICKBOOKS:
        return _counted(_as_worded(line, remembered), line, remembered) if remembered else line
    if remembered is None:
        kind = "rounding" if _rounds(line, most_rounding) else line.kind
        return _priced(replace(line, kind=kind), line.quantity, amount, unit)
    worded = _sorted(_as_worded(line, remembered), line, remembered, most_rounding)
    if worded.kind in _BESIDE:
        return replace(worded, quantity=None, unit_price=None, discount=ZERO, total=amount)
    return _amounts(worded, line, remembered, amount, unit)


def _as_worded(line: Line, remembered: RememberedLine) -> Line:
    if line.description != remembered.before.description:
        return line
    return replace(line, description=remembered.across.description)


def _counted(worded: Line, line: Line, remembered: RememberedLine) -> Line:
    """An amount that nobody has changed is counted and priced in QuickBooks as it was there."""
    before, across = remembered.before, remembered.across
    amounts = ((x.quantity, x.unit_price, x.discount, x.total) for x in (line, before))
    if len(set(amounts)) > 1:
        return worded
    return replace(worded, quantity=across.quantity, unit_price=across.unit_price)


def _sorted(worded: Line, line: Line, remembered: RememberedLine, most_rounding: Decimal) -> Line:
    """A discount that adds and a rounding that bears tax or comes to more than rounding are none any more."""
    kind = remembered.across.kind if line.kind == remembered.before.kind else line.kind
    grown = abs(line.total) > max(most_rounding, abs(remembered.before.total))
    if (kind == "discount" and line.total > 0) or (kind == "rounding" and (line.tax or grown)):
        kind = "text"
    return replace(worded, kind=kind)


def _rounds(line: Line, most_rounding: Decimal) -> bool:
    """Whether a line that nobody typed is the one that makes up for a few cents: those that we make are worded so."""
    small = abs(line.total) <= most_rounding
    return line.kind == "item" and line.description == ROUNDING and not line.tax and small


def _amounts(worded: Line, line: Line, remembered: RememberedLine, amount: Decimal, unit: Decimal) -> Line:
    """Quantity, price and discount: as they stand there while they still come to the amount, else the change in them."""
    before, across = remembered.before, remembered.across
    quantity = across.quantity if line.quantity == before.quantity else line.quantity
    if quantity is not None and across.unit_price is not None:
        if line.unit_price == before.unit_price:
            price = across.unit_price
            discount = across.discount
            if quantity != across.quantity and across.discount:
                discount = half_up(quantity * price, unit) - amount
            if _fits(quantity, price, discount, amount, unit) and discount * across.discount >= 0:
                return replace(worded, quantity=quantity, unit_price=price, discount=discount, total=amount)
        priced = _priced(replace(worded, discount=across.discount), quantity, amount, unit) if quantity else None
        if priced is not None and priced.quantity:
            return priced
    return _priced(worded, quantity, amount, unit)


def _priced(worded: Line, quantity: Decimal | None, amount: Decimal, unit: Decimal) -> Line:
    """The line with the price that makes this amount of its quantity, or without either where none does."""
    priced = replace(worded, total=amount)
    if quantity is None:
        return replace(priced, quantity=None, unit_price=None)
    for price in (worded.unit_price, half_up((amount + worded.discount) / quantity, PRICE) if quantity else None):
        if price is not None and _fits(quantity, price, worded.discount, amount, unit):
            return replace(priced, quantity=quantity, unit_price=price)
    return replace(priced, quantity=None, unit_price=None)


def _fits(quantity: Decimal, price: Decimal, discount: Decimal, amount: Decimal, unit: Decimal) -> bool:
    return abs(half_up(quantity * price, unit) - discount - amount) < unit
