"""The arithmetic of a sale, in Decimal.

A shop rounds tax line by line, half up. With prices that include tax the tax is a part of the line's
total, otherwise it comes on top. `fill_in` works out only what is absent (None), so that what the
connector wrote stays as it was given; `problems` says what does not add up.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from app.sandbox.oncord.fields import Record, amount, cents, money, unit_of

HUNDRED = Decimal(100)


def tax_within(value: Decimal, rate: Decimal, included: bool, currency: str) -> Decimal:
    """The tax on one amount: the part it contains, or what comes on top of it."""
    return cents(value * rate / (HUNDRED + rate if included else HUNDRED), currency)


def line_total(line: Record, currency: str) -> Decimal:
    """quantity x unit_price - discount_amount, to the cent."""
    return cents(amount(line["quantity"]) * amount(line["unit_price"]) - amount(line["discount_amount"]), currency)


def _taxed(part: Record, value: Decimal, rates: Mapping[str, str], included: bool, currency: str) -> None:
    if part.get("tax_amount") is None:
        rate = amount(part.get("tax_rate") or rates.get(part.get("tax_code") or "", "0"))
        part["tax_amount"] = money(tax_within(value, rate, included, currency), currency)
    else:
        part["tax_amount"] = money(amount(part["tax_amount"]), currency)


def fill_in(sale: Record, rates: Mapping[str, str]) -> None:
    """Work out, in place, every amount that is absent; `rates` are per cent by tax code."""
    included, currency = bool(sale["amounts_include_tax"]), str(sale.get("currency") or "")
    for line in sale["lines"]:
        if line["line_total"] is None:
            line["line_total"] = money(line_total(line, currency), currency)
        if line["tax_rate"] is None:
            line["tax_rate"] = rates.get(line["tax_code"] or "", "0")
        line["line_total"] = money(amount(line["line_total"]), currency)
        line["discount_amount"] = money(amount(line["discount_amount"]), currency)
        _taxed(line, amount(line["line_total"]), rates, included, currency)
    for part in _order_parts(sale):
        part["amount"] = money(amount(part["amount"]), currency)
        _taxed(part, amount(part["amount"]), rates, included, currency)
    sale["rounding"] = money(amount(sale["rounding"]), currency)
    sale["tax_total"] = money(tax_sum(sale) if sale["tax_total"] is None else amount(sale["tax_total"]), currency)
    sale["total"] = money(total_sum(sale) if sale["total"] is None else amount(sale["total"]), currency)


def _order_parts(sale: Record) -> Iterable[Record]:
    yield from sale["order_discounts"]
    if sale["shipping"] is not None:
        yield sale["shipping"]


def _sum(parts: Iterable[Record], field: str) -> Decimal:
    return sum((amount(part[field]) for part in parts), Decimal(0))


def _shipping(sale: Record, field: str) -> Decimal:
    return amount(sale["shipping"][field]) if sale["shipping"] is not None else Decimal(0)


def tax_sum(sale: Record) -> Decimal:
    """Tax of the lines, less that of the order discounts, plus that of the shipping."""
    return (
        _sum(sale["lines"], "tax_amount") - _sum(sale["order_discounts"], "tax_amount") + _shipping(sale, "tax_amount")
    )


def total_sum(sale: Record) -> Decimal:
    """The contract's formula for `total`, from the parts and `tax_total`."""
    net = (
        _sum(sale["lines"], "line_total")
        - _sum(sale["order_discounts"], "amount")
        + _shipping(sale, "amount")
        + amount(sale["rounding"])
    )
    return net if sale["amounts_include_tax"] else net + amount(sale["tax_total"])


def problems(sale: Record) -> list[tuple[str, str]]:
    """What does not add up, as (field, message); a line may be a cent off its own product."""
    found: list[tuple[str, str]] = []
    currency = str(sale.get("currency") or "")
    for position, line in enumerate(sale["lines"]):
        given = amount(line["line_total"])
        if line["kind"] == "subtotal" and (given or amount(line["tax_amount"])):
            found.append((f"lines.{position}.line_total", "a subtotal line carries no amount of its own"))
        elif abs(given - line_total(line, currency)) > unit_of(currency):
            message = (
                f"{line['line_total']} is not quantity x unit_price - discount_amount = {line_total(line, currency)}"
            )
            found.append((f"lines.{position}.line_total", message))
    if (taxes := tax_sum(sale)) != amount(sale["tax_total"]):
        found.append(("tax_total", f"{sale['tax_total']} is not the sum of the taxes, {money(taxes, currency)}"))
    if (total := total_sum(sale)) != amount(sale["total"]):
        found.append(("total", f"{sale['total']} is not what the parts add up to, {money(total, currency)}"))
    return found
