"""The discount of one line of a sales form (`DiscountRate`, `DiscountAmt`).

[SIM] Whether the Amount of such a line is what is left of it, nobody has recorded. Here it is, in answers; the hazard
`line_discount_beside` turns that round where amounts do not include tax.
"""

from __future__ import annotations

from decimal import Decimal

from app.sandbox.quickbooks.books.kinds import Draft
from app.sandbox.quickbooks.tax.rounding import HUNDRED, cents
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.fields import number
from app.sandbox.quickbooks.values.wire import Body, money

ZERO = Decimal(0)


def line_discount(draft: Draft, asked: Body, quantity: Decimal | None, unit: Decimal | None) -> Decimal:
    """What a line's own discount takes off. The rate goes before the amount, which is then worked out anew."""
    rate = money(number("DiscountRate", asked.get("DiscountRate") or 0))
    if rate and quantity is not None and unit is not None:
        return cents(cents(quantity * unit, draft.unit) * rate / HUNDRED, draft.unit)
    return cents(money(number("DiscountAmt", asked.get("DiscountAmt") or 0)), draft.unit)


def left_of(draft: Draft, sent: Body, amount: Decimal, whole: Decimal, off: Decimal, mode: str) -> Decimal:
    """The Amount of a line less its own discount. [SIM] It may be sent with the discount taken off, or as quantity times
    price with the discount beside it; net figures of a form that includes tax may be a cent apart. Raises `FaultError` (6070)
    where the Amount is neither."""
    tolerated = draft.unit if off and mode == "TaxInclusive" else ZERO
    if abs(amount - (whole - off)) <= tolerated:
        return amount
    if amount != whole:
        raise faults.bad_amount(sent["Amount"])
    return whole - off


def shown_beside(draft: Draft, off: Decimal, quantity: Decimal | None, unit: Decimal | None, mode: str) -> Decimal:
    """What the Amount of the answer does not show of a discount."""
    if mode == "TaxInclusive" or quantity is None or unit is None:
        return ZERO
    return off if draft.company.hazards.on("line_discount_beside") else ZERO
