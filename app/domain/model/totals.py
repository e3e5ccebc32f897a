"""Predicts QuickBooks' figures and chooses the representation that reproduces a sale to the cent (I14, docs/rules.md 5).

QuickBooks rounds tax once per rate on the summed base when tax is added, and takes it out line by line when it is
included (docs/quickbooks.md 9.13); shops do either, or both. `render` tries, in this order: the sale's own mode, the
other mode, its own mode with an explicit tax that differs by no more than rounding; a total that its lines miss by no
more than that gets a rounding line without tax (`allowed_gap` says how much that is). What would still move a cent is refused, naming the cent (`CentMoves`).
All figures are in the sale's currency; percentages are percentages.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from app.domain.model.currencies import CENT, most_cash_rounding, unit_of, with_currency, written
from app.domain.model.records import Line, Money

PRICE = Decimal("0.0000001")
ZERO = Decimal(0)
HUNDRED = Decimal(100)

Mode = Literal["TaxExcluded", "TaxInclusive", "NotApplicable"]


class CentMoves(ValueError):
    """The sale cannot be posted without a cent moving; says which and why. `advice` says what to do."""

    def __init__(self, message: str, advice: str = "Check the tax code map and the sale's own totals.") -> None:
        super().__init__(message)
        self.advice = advice


class Absent(CentMoves):
    """The company lacks something, as far as it has been read: it may have been made since, so it is read once more."""


class HandedOut(CentMoves):
    """The document that is to be deleted was sent or printed, which its mirror did not say: it is read once more."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One tax rate of a code; `id` is "" where only the percentage is known (then no explicit tax can be sent)."""

    id: str
    percent: Decimal


@dataclass(frozen=True, slots=True)
class TaxTable:
    """The tax codes of a company: its rates by code, and how it is taxed at all.

    `us`: lines are TAX or NON and the tax is stated as one sum. `none`: the company charges no tax. `no_tax_code` is
    given to rounding lines.
    """

    regime: Literal["global", "us", "none"]
    rates: Mapping[str, tuple[Rate, ...]]
    no_tax_code: str = ""


@dataclass(frozen=True, slots=True)
class BookTerms:
    """What a side that keeps books books with: its tax table, and what its tax codes and money accounts are called, by id."""

    table: TaxTable
    codes: Mapping[str, str] = field(default_factory=dict)
    accounts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Charge:
    """One line as it will be posted. `position` is its place in the sale's lines, None for the rounding line.

    `gross` is set in TaxInclusive only; quantity times unit price is `net` to the cent, or both are None.
    """

    position: int | None
    net: Decimal
    gross: Decimal | None
    tax_code: str
    quantity: Decimal | None = None
    unit_price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RateTotal:
    """The tax of one rate and the net amount that bears it."""

    rate: Rate
    base: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Rendition:
    """A sale as it will be posted, and what QuickBooks will make of it. `explicit_tax`: the tax is sent along."""

    mode: Mode
    charges: tuple[Charge, ...]
    taxes: tuple[RateTotal, ...]
    explicit_tax: bool
    tax_total: Decimal
    total: Decimal


def half_up(value: Decimal, unit: Decimal = CENT) -> Decimal:
    """Rounded half up (away from zero), as QuickBooks does."""
    return value.quantize(unit, ROUND_HALF_UP)


def percent_of(rates: Iterable[Rate]) -> Decimal:
    """The sum of some rates."""
    return sum((rate.percent for rate in rates), ZERO)


def spread(exact: Sequence[Decimal], target: Decimal, unit: Decimal = CENT) -> list[Decimal]:
    """Round every part to the cent so that they add up to `target`; the parts that lost most by rounding give way first."""
    parts = [half_up(value, unit) for value in exact]
    missing = target - sum(parts, ZERO)
    step = unit if missing > 0 else -unit
    order = sorted(range(len(parts)), key=lambda i: (exact[i] == 0, -(exact[i] - parts[i]) * step, i))
    each, rest = divmod(int(abs(missing) / unit), max(len(order), 1))
    for place, i in enumerate(order):
        parts[i] += step * (each + (place < rest))
    return parts


def priced(
    amount: Decimal, quantity: Decimal | None, unit_price: Decimal | None, unit: Decimal = CENT
) -> tuple[Decimal | None, Decimal | None]:
    """Quantity and a unit price of at most seven decimals whose product is `amount` to the cent, or neither (6070)."""
    if not quantity:
        return None, None
    for each in (unit_price, amount / quantity):
        if each is not None and half_up(quantity * half_up(each, PRICE), unit) == amount:
            return quantity, half_up(each, PRICE)
    return None, None


def predict(mode: Mode, charges: Sequence[Charge], table: TaxTable, unit: Decimal = CENT) -> tuple[RateTotal, ...]:
    """What QuickBooks makes of these lines when it is told no tax (non-US)."""
    if mode == "NotApplicable":
        return ()
    bases: dict[Rate, Decimal] = {}
    taxes: dict[Rate, Decimal] = {}
    for code in dict.fromkeys(charge.tax_code for charge in charges):
        rates = table.rates.get(code, ())
        net = sum((c.net for c in charges if c.tax_code == code), ZERO)
        gross = sum((c.net if c.gross is None else c.gross for c in charges if c.tax_code == code), ZERO)
        inside = shares(gross - net, [rate.percent for rate in rates], unit)
        for rate, tax in zip(rates, inside, strict=True):
            bases[rate] = bases.get(rate, ZERO) + net
            taxes[rate] = taxes.get(rate, ZERO) + tax
    if mode == "TaxExcluded":
        taxes = {rate: half_up(base * rate.percent / HUNDRED, unit) for rate, base in bases.items()}
    return tuple(RateTotal(rate, base, taxes[rate]) for rate, base in bases.items())


def shares(total: Decimal, weights: Sequence[Decimal], unit: Decimal = CENT) -> list[Decimal]:
    """`total` split in proportion to `weights`, to the cent; zero weights get nothing."""
    whole = sum(weights, ZERO)
    if not whole:
        return [ZERO for _ in weights]
    return spread([total * weight / whole for weight in weights], half_up(total, unit), unit)


def taxes_by_code(lines: Iterable[Line]) -> dict[str, Decimal]:
    """The tax per code, without the codes that bear none."""
    taxes: dict[str, Decimal] = {}
    for line in lines:
        taxes[line.tax_code] = taxes.get(line.tax_code, ZERO) + line.tax
    return {code: tax for code, tax in taxes.items() if tax}


def moved(intended: Money, answered: Money) -> str:
    """Which cent of `intended` an answer has moved, in words; "" where none has."""

    def became(what: str, answer: Decimal, wish: Decimal) -> str:
        apart = with_currency(abs(answer - wish), intended.currency)
        more = f"{apart} {'more' if answer > wish else 'less'}"
        return (
            f"{what} became {written(answer, intended.currency)} instead of {written(wish, intended.currency)}: {more}."
        )

    if intended.total != answered.total:
        words = became("The total", answered.total, intended.total)
        if intended.tax_total == answered.tax_total:
            return words
        tax, wish = written(answered.tax_total, intended.currency), written(intended.tax_total, intended.currency)
        return f"{words} Its tax became {tax} instead of {wish}."
    if intended.tax_total != answered.tax_total:
        return became("The tax", answered.tax_total, intended.tax_total)
    before, after = taxes_by_code(intended.lines), taxes_by_code(answered.lines)
    if sum(before.values(), ZERO) != intended.tax_total:
        return ""
    for code in sorted({*before, *after}):
        if before.get(code, ZERO) != after.get(code, ZERO):
            return became(f"The tax of code {code}", after.get(code, ZERO), before.get(code, ZERO))
    return ""


def allowed_gap(money: Money) -> Decimal:
    """By how much a total may be rounded: a unit for each line that costs something, or to the smallest coin."""
    lines = sum(1 for line in money.lines if line.total and line.kind != "rounding")
    return max(max(lines, 1) * unit_of(money.currency), most_cash_rounding(money.currency))
