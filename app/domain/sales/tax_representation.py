"""Chooses how a sale is said to QuickBooks so that no cent moves; the figures come from `totals`."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from app.domain.model.currencies import smallest, unit_of, written
from app.domain.model.records import Line, Money
from app.domain.model.totals import (
    HUNDRED,
    ZERO,
    Absent,
    CentMoves,
    Charge,
    Mode,
    Rate,
    RateTotal,
    Rendition,
    TaxTable,
    half_up,
    percent_of,
    predict,
    priced,
    shares,
)
from app.domain.sales.stated_tax import Stated, allowed_tax, gap_of, rounding_code, stated_by


def render(money: Money, table: TaxTable) -> Rendition:
    """The representation of `money` that QuickBooks reproduces to the cent. Raises `CentMoves` where there is none."""
    if money.total < 0:
        raise CentMoves("QuickBooks accepts no document with a negative total.", "Enter it in Oncord as an adjustment.")
    unit = unit_of(money.currency)
    if any(line.total != half_up(line.total, unit) or line.tax != half_up(line.tax, unit) for line in money.lines):
        raise CentMoves(
            f"A line has a fraction: it is no whole number of {smallest(money.currency)}.", "Correct the line's amount."
        )
    if table.regime == "none":
        return _untaxed(money)
    if table.regime == "us":
        return _american(money)
    table = _completed(table, money.lines)
    stated = stated_by(money, table)
    own: Mode = "TaxInclusive" if money.amounts_include_tax else "TaxExcluded"
    other: Mode = "TaxExcluded" if money.amounts_include_tax else "TaxInclusive"
    for mode in (own, other):
        rendition = _plain(stated, mode, table)
        if rendition is not None:
            return rendition
    _refuse_mistakes(stated, table)
    return _explicit(stated, own, table)


def _untaxed(money: Money) -> Rendition:
    if money.tax_total or any(line.tax for line in money.lines):
        raise Absent(
            f"The sale has {written(money.tax_total, money.currency)} of tax, and this QuickBooks company is not set up for tax.",
            "Set up tax in QuickBooks.",
        )
    charges = [_charge(i, line, line.total, None, "", unit_of(money.currency)) for i, line in enumerate(money.lines)]
    return _finished("NotApplicable", charges, (), money, gap_of(money, sum((c.net for c in charges), ZERO)), "")


def _american(money: Money) -> Rendition:
    """Lines are TAX or NON, the tax is one stated sum; amounts that include tax are taken apart first."""
    unit = unit_of(money.currency)
    taxed = _taxed_lines(money)
    taxes = _american_taxes(money, taxed, unit)
    charges = []
    for place, (line, tax, bears_tax) in enumerate(zip(money.lines, taxes, taxed, strict=True)):
        net = line.total - tax if money.amounts_include_tax else line.total
        charges.append(_charge(place, line, net, None, "TAX" if bears_tax else "NON", unit))
    gap = gap_of(money, sum((charge.net for charge in charges), ZERO) + money.tax_total)
    rendition = _finished("NotApplicable", charges, _american_totals(money, charges), money, gap, "NON")
    return replace(rendition, explicit_tax=bool(money.tax_total))


def _taxed_lines(money: Money) -> list[bool]:
    """Which lines bear tax: one that says 0 % does not, whatever its code, where the lines say where the tax is.

    Raises `CentMoves` for a code that is none of the country's, and for tax that no line bears.
    """
    for line in money.lines:
        if line.tax_code not in ("TAX", "NON", ""):
            words = f"The tax code of {line_called(line)} cannot be used in the United States."
            raise CentMoves(words, "Map the tax codes to TAX or NON.")
    charged = [line for line in money.lines if line.kind != "discount"]
    they_say_it = sum((line.tax for line in money.lines), ZERO) == money.tax_total and any(line.tax for line in charged)
    untaxed = [they_say_it and line in charged and line.tax_rate == ZERO for line in money.lines]
    taxed = [
        bool(money.tax_total) and (bool(line.tax) or (line.tax_code == "TAX" and not says_none))
        for line, says_none in zip(money.lines, untaxed, strict=True)
    ]
    if money.tax_total and not any(taxed):
        tax = written(money.tax_total, money.currency)
        raise CentMoves(f"The sale has {tax} of tax on lines that are not taxable.")
    return taxed


def line_called(line: Line) -> str:
    """A line as people know it."""
    return f"“{line.description}”" if line.description else "one of its lines"


def _american_taxes(money: Money, taxed: Sequence[bool], unit: Decimal) -> Sequence[Decimal]:
    """What each line bears of the tax: as it says, or in proportion where the lines say none, or are off by what rounding may be.

    Raises `CentMoves` where the lines state another tax than the sale does.
    """
    taxes = [line.tax for line in money.lines]
    added = sum(taxes, ZERO)
    if added == money.tax_total:
        return taxes
    if any(taxes) and abs(money.tax_total - added) > allowed_tax(sum(taxed), unit):
        lines_say, sale_says = written(added, money.currency), written(money.tax_total, money.currency)
        raise CentMoves(f"The lines' tax adds up to {lines_say}, but the sale says {sale_says}.")
    weights = [abs(line.total) if bears_tax else ZERO for line, bears_tax in zip(money.lines, taxed, strict=True)]
    return shares(money.tax_total, weights, unit)


def _american_totals(money: Money, charges: Sequence[Charge]) -> tuple[RateTotal, ...]:
    if not money.tax_total:
        return ()
    base = sum((charge.net for charge in charges if charge.tax_code == "TAX"), ZERO)
    return (RateTotal(Rate("", ZERO), base, money.tax_total),)


def _completed(table: TaxTable, lines: Sequence[Line]) -> TaxTable:
    """The table with the codes that only the lines themselves know the percentage of."""
    rates = dict(table.rates)
    for line in lines:
        if line.tax_code and line.tax_code not in rates:
            if line.tax_rate is None:
                raise Absent(f"The rate of the tax code of {line_called(line)} is not known in QuickBooks.")
            rates[line.tax_code] = (Rate("", line.tax_rate),)
    return replace(table, rates=rates)


def _refuse_mistakes(stated: Stated, table: TaxTable) -> None:
    for code, tax in stated.taxes.items():
        places = [i for i, c in enumerate(stated.codes) if c == code]
        percent = percent_of(table.rates.get(code, ()))
        taxed = sum(1 for i in places if percent and stated.money.lines[i].total)
        if abs(tax - stated.worked_out[code]) > allowed_tax(taxed, stated.unit):
            _refuse_partly_taxed(stated, places, percent)
            expected = half_up(stated.worked_out[code], stated.unit)
            computed, stated_tax = (written(value, stated.money.currency) for value in (expected, tax))
            called = line_called(stated.money.lines[places[0]]) + (" and others" if len(places) > 1 else "")
            raise CentMoves(
                f"The tax code of {called} makes {computed} of tax in QuickBooks, but the sale has {stated_tax}: not rounding."
            )


def _refuse_partly_taxed(stated: Stated, places: Sequence[int], percent: Decimal) -> None:
    """QuickBooks taxes a line whole or not at all: says how to part freight that bears less tax than its code makes.

    Where every line of a code bears another tax than the code makes, it is the code that is wrong.
    """
    whole = {place: half_up(stated.nets[place] * percent / HUNDRED, stated.unit) for place in places}
    some_line_is_right = any(_taxed_whole(stated, place, whole[place]) for place in places)
    for place in places:
        line = stated.money.lines[place]
        in_part = percent and 0 < abs(line.tax) < abs(whole[place]) - stated.unit
        if in_part and (some_line_is_right or line.kind == "shipping"):
            raise _taxed_in_part(stated, line, whole[place], percent)


def _taxed_whole(stated: Stated, place: int, tax: Decimal) -> bool:
    """Whether a line bears the tax that its code makes, to a cent."""
    return bool(stated.nets[place]) and abs(stated.money.lines[place].tax - tax) <= stated.unit


def _taxed_in_part(stated: Stated, line: Line, whole: Decimal, percent: Decimal) -> CentMoves:
    taxed = half_up(line.tax * HUNDRED / percent, stated.unit)
    if stated.money.amounts_include_tax:
        taxed += line.tax
    amounts = (line.total, line.tax, whole, taxed, line.total - taxed)
    total, tax, full, part, rest = (written(value, stated.money.currency) for value in amounts)
    name = line.description or line.kind
    return CentMoves(
        f'"{name}" of {total} is taxed in part: it bears {tax} of tax, and at {percent.normalize():f} % QuickBooks makes '
        f"{full} of it.",
        f'In Oncord, charge {part} as "{name}" and enter the other {rest} as a line of its own with a tax code that bears '
        "no tax; both are then synchronised by themselves.",
    )


def _charges(stated: Stated, mode: Mode, nets: Sequence[Decimal]) -> list[Charge]:
    inclusive = mode == "TaxInclusive"
    return [
        _charge(i, line, nets[i], stated.grosses[i] if inclusive else None, stated.codes[i], stated.unit)
        for i, line in enumerate(stated.money.lines)
    ]


def _plain(stated: Stated, mode: Mode, table: TaxTable) -> Rendition | None:
    """The sale in `mode` without an explicit tax, or None where QuickBooks would make another tax of it."""
    nets = list(stated.nets)
    if mode == "TaxInclusive":
        # What QuickBooks takes out of each gross amount is not ours to choose.
        percents = [percent_of(table.rates.get(code, ())) for code in stated.codes]
        inside = zip(stated.grosses, percents, strict=True)
        nets = [half_up(g * HUNDRED / (HUNDRED + p), stated.unit) for g, p in inside]
    charges = _charges(stated, mode, nets)
    totals = predict(mode, charges, table, stated.unit)
    if _per_group(totals, stated, table) != _wanted_per_group(stated, table):
        return None
    return _finished(mode, charges, totals, stated.money, stated.gap, _rounding_code(stated, table))


def _groups(stated: Stated, table: TaxTable) -> dict[str, int]:
    """Codes that share a rate are taxed together: a number per code, equal for those."""
    group: dict[str, int] = {}
    for number, code in enumerate(dict.fromkeys(stated.codes)):
        group[code] = number
        for earlier in list(group):
            if set(table.rates.get(earlier, ())) & set(table.rates.get(code, ())):
                old = group[earlier]
                group = {c: number if g == old else g for c, g in group.items()}
    return group


def _wanted_per_group(stated: Stated, table: TaxTable) -> dict[int, Decimal]:
    tax_by_group: dict[int, Decimal] = {}
    for code, number in _groups(stated, table).items():
        tax_by_group[number] = tax_by_group.get(number, ZERO) + stated.taxes[code]
    return {number: tax for number, tax in tax_by_group.items() if tax}


def _per_group(totals: Sequence[RateTotal], stated: Stated, table: TaxTable) -> dict[int, Decimal]:
    tax_by_group: dict[int, Decimal] = {}
    groups = _groups(stated, table)
    for total in totals:
        number = next(groups[code] for code in groups if total.rate in table.rates.get(code, ()))
        tax_by_group[number] = tax_by_group.get(number, ZERO) + total.tax
    return {number: tax for number, tax in tax_by_group.items() if tax}


def _explicit(stated: Stated, mode: Mode, table: TaxTable) -> Rendition:
    """The sale in its own mode with its tax said in so many words."""
    charges = _charges(stated, mode, stated.nets)
    totals = []
    for predicted in predict(mode, charges, table, stated.unit):
        if not predicted.rate.id:
            raise Absent(f"The rate of {predicted.rate.percent.normalize():f} % is not known in QuickBooks.")
        tax = ZERO
        for code, stated_tax in stated.taxes.items():
            rates = table.rates.get(code, ())
            split = shares(stated_tax, [rate.percent for rate in rates], stated.unit)
            tax += sum((s for rate, s in zip(rates, split, strict=True) if rate == predicted.rate), ZERO)
        totals.append(replace(predicted, tax=tax))
    rendition = _finished(mode, charges, totals, stated.money, stated.gap, _rounding_code(stated, table))
    return replace(rendition, explicit_tax=True)


def _charge(position: int, line: Line, net: Decimal, gross: Decimal | None, code: str, unit: Decimal) -> Charge:
    quantity, unit_price = priced(net, line.quantity, line.unit_price if net == line.total else None, unit)
    return Charge(position, net, gross, code, quantity, unit_price)


def _rounding_code(stated: Stated, table: TaxTable) -> str:
    return rounding_code(stated.gap, stated.money.currency, table) if stated.gap else ""


def _finished(
    mode: Mode,
    charges: Sequence[Charge],
    totals: Sequence[RateTotal],
    money: Money,
    gap: Decimal,
    no_tax_code: str,
) -> Rendition:
    rounding = [Charge(None, gap, gap if mode == "TaxInclusive" else None, no_tax_code)] if gap else []
    return Rendition(
        mode=mode,
        charges=(*charges, *rounding),
        taxes=tuple(totals),
        explicit_tax=False,
        tax_total=sum((total.tax for total in totals), ZERO),
        total=money.total,
    )
