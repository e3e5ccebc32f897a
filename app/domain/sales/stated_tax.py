"""What a sale itself says of its tax, made whole: the code, net and gross of each line, and the tax of each code.

How much of it is rounding, and how much a mistake, is decided here. Tax: half a unit for each taxed line, since each may
have been rounded by itself, and half a one for the total. The total: a unit for each line, or what rounding to the
currency's smallest coin takes. What is more is refused with its figures (docs/decisions/how-much-is-rounding.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.model.currencies import unit_of, with_currency, written
from app.domain.model.records import Line, Money
from app.domain.model.totals import (
    HUNDRED,
    ZERO,
    Absent,
    CentMoves,
    TaxTable,
    allowed_gap,
    half_up,
    percent_of,
    spread,
)


@dataclass(frozen=True, slots=True)
class Stated:
    """What the sale itself says, made whole: each line's code, net and gross, and the tax per code."""

    money: Money
    codes: tuple[str, ...]
    nets: tuple[Decimal, ...]
    grosses: tuple[Decimal, ...]
    taxes: dict[str, Decimal]
    worked_out: dict[str, Decimal]
    """The tax of each code as its rate makes it of the lines' own amounts, to all its places."""
    gap: Decimal
    unit: Decimal


def stated_by(money: Money, table: TaxTable) -> Stated:
    """What a sale states. Raises `CentMoves` where a line has no code, or its own figures do not add up."""
    unit = unit_of(money.currency)
    codes = [_code(line, money, table) for line in money.lines]
    percents = {code: percent_of(table.rates.get(code, ())) for code in codes}
    exact = [_exact_tax(line, percents[code], money) for line, code in zip(money.lines, codes, strict=True)]
    taxes = _taxes(money, codes, percents, exact, unit)
    tax_of_line = _tax_of_lines(money, codes, taxes, exact, unit)
    totals = [line.total for line in money.lines]
    if money.amounts_include_tax:
        nets = [total - tax for total, tax in zip(totals, tax_of_line, strict=True)]
        grosses = totals
    else:
        nets = totals
        grosses = [total + tax for total, tax in zip(totals, tax_of_line, strict=True)]
    gap = gap_of(money, sum(grosses, ZERO))
    worked_out = {
        code: sum((tax for own, tax in zip(codes, exact, strict=True) if own == code), ZERO) for code in taxes
    }
    return Stated(money, tuple(codes), tuple(nets), tuple(grosses), taxes, worked_out, gap, unit)


def _code(line: Line, money: Money, table: TaxTable) -> str:
    """The tax code of a line; what rounds the total off, was owed before the start date, is a voucher, or comes to nothing, is
    outside tax where it has none."""
    if line.tax_code or not (line.total or line.tax):
        return line.tax_code or table.no_tax_code
    if line.voucher and not line.tax:
        return _voucher_code(line, table)
    if line.kind in ("rounding", "opening") and not line.tax:
        return outside_tax(line, money.currency, table)
    raise CentMoves(
        f'The line "{line.description or line.kind}" has no tax code.',
        "Map every tax code, and say in the configuration what lines without one are.",
    )


def outside_tax(line: Line, currency: str, table: TaxTable) -> str:
    """The code of a line that is outside tax by what it is. Raises `Absent` where the company has none."""
    if line.kind == "opening" and not table.no_tax_code:
        raise Absent(
            "What was owed before the start date is outside tax, and the company has no tax code for that.",
            "Make the tax code for what is out of scope active in QuickBooks.",
        )
    return rounding_code(line.total, currency, table)


def rounding_code(amount: Decimal, currency: str, table: TaxTable) -> str:
    """The code of what rounds a total off: outside tax, and nothing else that happens to have a rate of zero, since that would
    be sales on some label. Raises `Absent` where the company has no such code."""
    if not table.no_tax_code:
        raise Absent(
            f"The total needs a rounding line of {written(amount, currency)}, and the company has no tax code outside tax for "
            "it.",
            "Make the tax code for what is out of scope active in QuickBooks.",
        )
    return table.no_tax_code


def _voucher_code(line: Line, table: TaxTable) -> str:
    """The code of a voucher: outside tax, as what rounds a total off. Raises `Absent` where the company has no such code."""
    if not table.no_tax_code:
        raise Absent(
            f'The line "{line.description}" is a voucher, and the company has no tax code outside tax for it.',
            "Make the tax code for what is out of scope active in QuickBooks.",
        )
    return table.no_tax_code


def _exact_tax(line: Line, percent: Decimal, money: Money) -> Decimal:
    """What a line bears by its code, to all its places."""
    base = HUNDRED + percent if money.amounts_include_tax else HUNDRED
    return line.total * percent / base


def _taxes(
    money: Money, codes: Sequence[str], percents: dict[str, Decimal], exact: Sequence[Decimal], unit: Decimal
) -> dict[str, Decimal]:
    """The tax of each code: as the lines say it, or as it is worked out where they say none; both make the sale's."""
    lines_say_it = any(line.tax for line in money.lines) or not money.tax_total
    taxes = dict.fromkeys(codes, ZERO)
    for line, code, worked_out in zip(money.lines, codes, exact, strict=True):
        taxes[code] += line.tax if lines_say_it else worked_out
    reached = sum(taxes.values(), ZERO)
    taxes = {code: half_up(tax, unit) for code, tax in taxes.items()}
    rest = money.tax_total - sum(taxes.values(), ZERO)
    if not rest:
        return taxes
    bearing = [code for code in taxes if percents[code]]
    taxed = sum(1 for line, code in zip(money.lines, codes, strict=True) if percents[code] and line.total)
    if not bearing or abs(money.tax_total - reached) > allowed_tax(taxed, unit):
        added, stated = (written(half_up(tax, unit), money.currency) for tax in (reached, money.tax_total))
        raise CentMoves(f"The lines' tax adds up to {added}, but the sale says {stated}.")
    largest = max(bearing, key=lambda code: abs(taxes[code]))
    taxes[largest] += rest
    return taxes


def _tax_of_lines(
    money: Money, codes: Sequence[str], taxes: dict[str, Decimal], exact: Sequence[Decimal], unit: Decimal
) -> list[Decimal]:
    """The tax of each code over its lines: as they say it where that adds up, else as they would bear it."""
    tax_by_line = [ZERO] * len(codes)
    for code, tax in taxes.items():
        places = [place for place, own in enumerate(codes) if own == code]
        split = [money.lines[place].tax for place in places]
        if sum(split, ZERO) != tax:
            split = spread([exact[place] for place in places], tax, unit)
        for place, share in zip(places, split, strict=True):
            tax_by_line[place] = share
    return tax_by_line


def allowed_tax(taxed_lines: int, unit: Decimal) -> Decimal:
    """By how much the tax of so many taxed lines may differ from what their rates make of them."""
    return (taxed_lines + 1) * unit / 2


def gap_of(money: Money, reached: Decimal) -> Decimal:
    """What the lines miss of the total. Raises `CentMoves` where that, together with what the sale itself calls rounding, is
    more than rounding."""
    gap = money.total - reached
    rounding = gap + sum((line.total for line in money.lines if line.kind == "rounding"), ZERO)
    if abs(rounding) <= allowed_gap(money):
        return gap
    added, total = written(reached, money.currency), written(money.total, money.currency)
    if gap:
        raise CentMoves(f"Lines and tax add up to {added}, but the sale's total is {total}: more than rounding.")
    amount, most = (with_currency(each, money.currency) for each in (rounding, allowed_gap(money)))
    raise CentMoves(
        f"The sale is rounded by {amount}, of which no more than {most} can be rounding.",
        "In Oncord, enter it as a discount or a line of its own, with its tax code, instead of as rounding.",
    )
