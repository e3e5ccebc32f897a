"""The tax of each line of a QuickBooks document: shared out so that it adds up to what QuickBooks says, rate by rate."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.domain.model.records import Line
from app.domain.model.totals import (
    HUNDRED,
    ZERO,
    shares,
    spread,
)
from app.json_values import amount
from app.quickbooks.mapping.books import Books
from app.quickbooks.mapping.values import ref, rows


def with_taxes(
    lines: list[Line],
    document: dict[str, Any],
    inclusive: bool,
    tax_total: Decimal,
    books: Books,
    unit: Decimal,
) -> list[Line]:
    """The lines with their tax, which adds up to the total tax, and per code to the tax of that code's rates."""
    exact = [_exact_tax(line, inclusive, books, document) for line in lines]
    places: dict[str, list[int]] = {}
    for i, line in enumerate(lines):
        if line.total:
            places.setdefault(line.tax_code, []).append(i)
    per_code = _tax_per_code(document, lines, places, exact, tax_total, books, unit)
    taxed = [replace(line, tax=ZERO) for line in lines]
    for code, where in places.items():
        own_exact, own_totals = [exact[i] for i in where], [lines[i].total for i in where]
        split = shared_out(per_code.get(code, ZERO), own_exact, own_totals, unit)
        for i, tax in zip(where, split, strict=True):
            taxed[i] = replace(lines[i], tax=tax)
    return taxed


def _exact_tax(line: Line, inclusive: bool, books: Books, document: dict[str, Any]) -> Decimal:
    if line.kind == "discount" and books.is_us and document.get("ApplyTaxAfterDiscount") is not True:
        return ZERO
    if books.is_us:
        return line.total if line.tax_code == "TAX" else ZERO
    if inclusive and line.kind != "discount":
        return line.tax
    percent = line.tax_rate or ZERO
    return line.total * percent / (HUNDRED + percent if inclusive else HUNDRED)


def _tax_per_code(
    document: dict[str, Any],
    lines: list[Line],
    places: dict[str, list[int]],
    exact: list[Decimal],
    tax_total: Decimal,
    books: Books,
    unit: Decimal,
) -> dict[str, Decimal]:
    """What QuickBooks says per rate, told per code; codes that share a rate share its tax as their lines would."""
    weights = {code: sum((exact[i] for i in where), ZERO) for code, where in places.items()}
    bases = {code: sum((lines[i].total for i in where), ZERO) for code, where in places.items()}
    stated = _stated_per_rate(document)
    if not books.is_us and sum(stated.values(), ZERO) == tax_total:
        found = _rates_over_codes(stated, weights, bases, books, unit)
        if found is not None and sum(found.values(), ZERO) == tax_total:
            return found
    bearing = [code for code in places if weights[code]] or list(places)
    return _over_codes(tax_total, bearing, weights, bases, unit)


def _stated_per_rate(document: dict[str, Any]) -> dict[str, Decimal]:
    """The tax that a document states, by the id of its rate."""
    stated: dict[str, Decimal] = {}
    detail = document.get("TxnTaxDetail")
    for tax_line in rows(detail.get("TaxLine") if isinstance(detail, dict) else ()):
        inner = tax_line.get("TaxLineDetail")
        rate = ref(inner.get("TaxRateRef")) if isinstance(inner, dict) else ""
        stated[rate] = stated.get(rate, ZERO) + amount(tax_line.get("Amount"))
    return stated


def _rates_over_codes(
    stated: dict[str, Decimal],
    weights: dict[str, Decimal],
    bases: dict[str, Decimal],
    books: Books,
    unit: Decimal,
) -> dict[str, Decimal] | None:
    """The tax of each rate over the codes that have it; None where a rate belongs to none of them."""
    found = dict.fromkeys(weights, ZERO)
    for rate, tax in stated.items():
        sharing = [code for code in weights if any(r.id == rate for r in books.tax.rates.get(code, ()))]
        if not sharing:
            return None
        for code, share in _over_codes(tax, sharing, weights, bases, unit).items():
            found[code] += share
    return found


def _over_codes(
    tax: Decimal, codes: list[str], weights: dict[str, Decimal], bases: dict[str, Decimal], unit: Decimal
) -> dict[str, Decimal]:
    """`tax` over some codes, as their lines would bear it."""
    split = shared_out(tax, [weights[code] for code in codes], [bases[code] for code in codes], unit)
    return dict(zip(codes, split, strict=True))


def shared_out(tax: Decimal, exact: list[Decimal], totals: list[Decimal], unit: Decimal) -> list[Decimal]:
    """`tax` over some lines: as each would bear it where that is known, else in proportion to what it comes to."""
    if len(exact) <= 1:
        return [tax for _ in exact]
    if abs(sum(exact, ZERO) - tax) <= len(exact) * unit:
        return spread(exact, tax, unit)
    weights = next((w for w in (exact, totals) if sum(w, ZERO)), [Decimal(1), *[ZERO] * (len(exact) - 1)])
    return shares(tax, weights, unit)
