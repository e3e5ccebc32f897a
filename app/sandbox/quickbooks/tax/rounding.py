"""Sums, taxes and cents as QBO works them out (docs/quickbooks.md 9.13). Pure; knows rates and amounts, no companies.

Half up; once per rate on the summed base when tax is added; when tax is included the gross line amounts are preserved
and the tax is what remains after the net ones are taken off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
PRICE = Decimal("0.0000001")
HUNDRED = Decimal(100)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Rate:
    """One tax rate in per cent, by the id of its TaxRate."""

    id: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Portion:
    """What one line puts under tax: its net amount, its gross one where tax is included, and its rates."""

    net: Decimal
    gross: Decimal | None
    rates: tuple[Rate, ...]


@dataclass(frozen=True, slots=True)
class RateTotal:
    rate: Rate
    base: Decimal
    tax: Decimal


def cents(value: Decimal, unit: Decimal = CENT, *, even: bool = False) -> Decimal:
    """To the cent, or to what the currency has instead."""
    return value.quantize(unit, ROUND_HALF_EVEN if even else ROUND_HALF_UP)


def price(value: Decimal) -> Decimal:
    """A unit price: seven decimals at most, trailing zeros dropped."""
    return value.quantize(PRICE, ROUND_HALF_UP)


def net_of(gross: Decimal, percent: Decimal, unit: Decimal = CENT) -> Decimal:
    return cents(gross * HUNDRED / (HUNDRED + percent), unit)


def gross_of(net: Decimal, percent: Decimal, unit: Decimal = CENT) -> Decimal:
    return cents(net * (HUNDRED + percent) / HUNDRED, unit)


def tax_added(
    portions: Sequence[Portion], unit: Decimal = CENT, *, even: bool = False, per_line: bool = False
) -> list[RateTotal]:
    """Tax on top, once per rate on the summed base (`even` and `per_line` are hazards, not QBO's rule)."""
    totals = []
    for rate in _rates(portions):
        bases = [portion.net for portion in portions if rate in portion.rates]
        base = sum(bases, ZERO)
        if per_line:
            tax = sum((cents(part * rate.percent / HUNDRED, unit, even=even) for part in bases), ZERO)
        else:
            tax = cents(base * rate.percent / HUNDRED, unit, even=even)
        totals.append(RateTotal(rate, base, tax))
    return totals


def tax_included(portions: Sequence[Portion], unit: Decimal = CENT) -> list[RateTotal]:
    """Tax inside: per set of rates gross minus net, shared out over the rates of that set."""
    sums: dict[Rate, list[Decimal]] = {rate: [ZERO, ZERO] for rate in _rates(portions)}
    for rates in dict.fromkeys(portion.rates for portion in portions):
        group = [portion for portion in portions if portion.rates == rates]
        net = sum((portion.net for portion in group), ZERO)
        gross = sum((portion.net if portion.gross is None else portion.gross for portion in group), ZERO)
        weights = [rate.percent for rate in rates]
        for rate, share in zip(rates, shares(gross - net, weights, unit), strict=True):
            sums[rate][0] += net
            sums[rate][1] += share
    return [RateTotal(rate, base, tax) for rate, (base, tax) in sums.items()]


def shares(total: Decimal, weights: Sequence[Decimal], unit: Decimal = CENT) -> list[Decimal]:
    """Splits an amount in proportion to the weights, to the cent; the last non-zero weight takes the remainder."""
    whole = sum(weights, ZERO)
    if not whole:
        return [ZERO] * len(weights)
    parts = [cents(total * weight / whole, unit) for weight in weights]
    last = max(index for index, weight in enumerate(weights) if weight)
    parts[last] += total - sum(parts, ZERO)
    return parts


def _rates(portions: Sequence[Portion]) -> list[Rate]:
    return list(dict.fromkeys(rate for portion in portions for rate in portion.rates))
