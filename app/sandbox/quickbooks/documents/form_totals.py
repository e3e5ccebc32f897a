"""Lines, discount, subtotal, tax and total of one sales form, put together (docs/quickbooks.md 9.13)."""

from __future__ import annotations

from decimal import Decimal

from app.sandbox.quickbooks.books.kinds import Draft
from app.sandbox.quickbooks.documents.discounts import discounted
from app.sandbox.quickbooks.documents.lines import Entry, read
from app.sandbox.quickbooks.tax.rounding import RateTotal, cents
from app.sandbox.quickbooks.tax.taxes import (
    detail,
    form_rates,
    mode_of,
    overridden,
    totals,
)
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.fields import number
from app.sandbox.quickbooks.values.wire import money

ZERO = Decimal(0)
STATEMENT_CHARGE = "StatementCharge"


def complete(draft: Draft) -> None:
    """Writes Line, TxnTaxDetail and TotalAmt into the draft's body.

    Raises `FaultError` (6000) for a total below zero.
    """
    mode = mode_of(draft)
    charges = _statement_charges(draft)
    if charges is not None:
        draft.body["Line"] = [{"Amount": charges, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}]
        draft.body["TotalAmt"] = charges
        _tax_detail(draft, mode, [])
        return
    us_rates = form_rates(draft)
    lines = read(draft, mode, us_rates)
    inclusive = mode == "TaxInclusive"
    discount, reductions = discounted(draft, lines, mode)
    portions = [entry.portion for entry in lines.entries] + reductions
    computed = totals(draft, portions, mode)
    settled = overridden(draft, computed)
    if inclusive and not isinstance(settled, Decimal):
        _absorb(lines.entries, computed, settled)
    subtotal = sum((entry.net for entry in lines.entries), ZERO)
    reduced = money(discount["Amount"]) if discount else ZERO
    if inclusive:
        reduced = -sum((part.net for part in reductions), ZERO)
    tax = settled if isinstance(settled, Decimal) else sum((total.tax for total in settled), ZERO)
    total = subtotal - reduced + tax
    if total < 0:
        raise faults.business("Transaction amount must be 0 or greater.")
    draft.body["Line"] = [
        *lines.order,
        {"Amount": subtotal, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
    ]
    if discount:
        draft.body["Line"].append(discount)
    draft.body["TotalAmt"] = total
    _tax_detail(draft, mode, settled)


def _statement_charges(draft: Draft) -> Decimal | None:
    """What an invoice over the charges of a statement comes to: its only line is a subtotal, and the charges are elsewhere.

    A person makes one with a link of the type StatementCharge; an update that names no other line leaves it one.
    """
    lines = draft.body.get("Line")
    if not isinstance(lines, list) or not lines or not all(map(_is_subtotal, lines)):
        return None
    before = draft.before.body.get("Line", []) if draft.before is not None else []
    links = draft.sent.get("LinkedTxn") or []
    made = draft.person and any(isinstance(link, dict) and link.get("TxnType") == STATEMENT_CHARGE for link in links)
    if not made and not (before and all(map(_is_subtotal, before))):
        return None
    kept = lines if made or draft.person else before
    return cents(sum((money(number("Amount", line.get("Amount") or 0)) for line in kept), ZERO), draft.unit)


def _is_subtotal(line: object) -> bool:
    return isinstance(line, dict) and line.get("DetailType") == "SubTotalLineDetail"


def _tax_detail(draft: Draft, mode: str, settled: list[RateTotal] | Decimal) -> None:
    body, company = draft.body, draft.company
    if company.country == "US":
        body.setdefault("ApplyTaxAfterDiscount", False)
        body["TxnTaxDetail"] = detail(draft, settled)
    elif mode == "NotApplicable" or not company.taxed_lines:
        body.pop("TxnTaxDetail", None)
    else:
        body.pop("ApplyTaxAfterDiscount", None)
        body["TxnTaxDetail"] = detail(draft, settled)


def _absorb(entries: list[Entry], computed: list[RateTotal], settled: list[RateTotal]) -> None:
    """Gross amounts are preserved under a tax override, so the largest line of the rate takes the cents in its net amount."""
    for old, new in zip(computed, settled, strict=True):
        if old.tax != new.tax:
            entry = max((e for e in entries if old.rate in e.rates), key=lambda e: abs(e.net))
            entry.net -= new.tax - old.tax
            entry.line["Amount"] = entry.net
