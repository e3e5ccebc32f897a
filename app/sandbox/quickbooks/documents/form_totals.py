"""Lines, discount, subtotal, tax and total of one sales form, put together (docs/quickbooks.md 9.13).

[SIM] Outside the US a discount lessens the taxed base: that of its own tax code when it names one, otherwise of every
line in proportion. In the US it does so only with ApplyTaxAfterDiscount.
"""

from __future__ import annotations

from decimal import Decimal

from app.sandbox.quickbooks.books.kinds import Draft
from app.sandbox.quickbooks.documents.lines import Entry, Lines, read
from app.sandbox.quickbooks.tax.rounding import (
    HUNDRED,
    Portion,
    RateTotal,
    cents,
    net_of,
    shares,
)
from app.sandbox.quickbooks.tax.taxes import (
    detail,
    form_rates,
    line_rates,
    mode_of,
    overridden,
    totals,
)
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.fields import number
from app.sandbox.quickbooks.values.wire import Body, money

ZERO = Decimal(0)


def complete(draft: Draft) -> None:
    """Writes Line, TxnTaxDetail and TotalAmt into the draft's body.

    Raises `FaultError` (6000) for a total below zero.
    """
    mode = mode_of(draft)
    us_rates = form_rates(draft)
    lines = read(draft, mode, us_rates)
    inclusive = mode == "TaxInclusive"
    discount, reductions = _discount(draft, lines, mode, us_rates)
    portions = [entry.portion for entry in lines.entries] + reductions
    computed = totals(draft, portions, mode)
    settled = overridden(draft, computed)
    if inclusive and not isinstance(settled, Decimal):
        _absorb(lines.entries, computed, settled)
    subtotal = sum((entry.net for entry in lines.entries), ZERO)
    reduced = money(discount["Amount"]) if discount else ZERO
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


def _discount(draft: Draft, lines: Lines, mode: str, us_rates: tuple[object, ...]) -> tuple[Body | None, list[Portion]]:
    """The discount line as stored, and what it takes from the taxed bases."""
    sent = lines.discount
    if sent is None:
        return None, []
    asked = sent.pop("Sent")
    inclusive = mode == "TaxInclusive"
    subtotal = sum((entry.gross if inclusive else entry.net for entry in lines.entries), ZERO)
    found: Body = {}
    if asked.get("PercentBased"):
        percent = money(number("DiscountPercent", asked.get("DiscountPercent") or 0))
        amount = cents(subtotal * percent / HUNDRED, draft.unit)
        found.update(PercentBased=True, DiscountPercent=percent)
    else:
        if sent.get("Amount") in (None, ""):
            raise faults.missing("Amount")
        amount = cents(
            money(number("Amount", asked.get("TaxInclusiveAmt", sent["Amount"]) if inclusive else sent["Amount"])),
            draft.unit,
        )
        found["PercentBased"] = False
    account = asked.get("DiscountAccountRef") or {
        "value": draft.company.account_of("Income", "DiscountsRefundsGiven").id
    }
    found["DiscountAccountRef"] = draft.company.named(
        "Account", draft.company.require("Account", account, "DiscountAccountRef").id
    )
    code = (asked.get("TaxCodeRef") or {}).get("value")
    if code:
        found["TaxCodeRef"] = {"value": str(code)}
    reductions = _reductions(draft, lines, mode, amount, str(code) if code else None)
    net = -sum((part.net for part in reductions), ZERO) if inclusive else amount
    if inclusive:
        found["TaxInclusiveAmt"] = amount
    line: Body = {**sent, "Amount": net, "DetailType": "DiscountLineDetail", "DiscountLineDetail": found}
    return line, reductions


def _reductions(draft: Draft, lines: Lines, mode: str, amount: Decimal, code: str | None) -> list[Portion]:
    inclusive = mode == "TaxInclusive"
    if draft.company.country == "US":
        if not draft.body.get("ApplyTaxAfterDiscount"):
            return []
    elif code:
        rates = line_rates(draft.company, code, mode, ())
        percent = sum((rate.percent for rate in rates), ZERO)
        net = net_of(amount, percent, draft.unit) if inclusive else amount
        return [Portion(-net, -amount if inclusive else None, rates)]
    groups: dict[tuple[object, ...], list[Entry]] = {}
    for entry in lines.entries:
        groups.setdefault(entry.rates, []).append(entry)
    weights = [sum((entry.gross if inclusive else entry.net for entry in group), ZERO) for group in groups.values()]
    found = []
    for group, share in zip(groups.values(), shares(amount, weights, draft.unit), strict=True):
        net = net_of(share, group[0].percent, draft.unit) if inclusive else share
        found.append(Portion(-net, -share if inclusive else None, group[0].rates))
    return found
