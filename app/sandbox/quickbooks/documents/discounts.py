"""The discount line of a sales form, as it is asked for and as it is answered.

[SIM] Outside the US a discount lessens the taxed base: that of its own tax code when it names one, otherwise of every
line in proportion. In the US it does so only with ApplyTaxAfterDiscount.

[SIM] A discount line has no TaxInclusiveAmt, and whether its Amount is net or gross on a form that includes tax is recorded
nowhere. Here it is net, in answers and in requests, as that of a sales line is; the hazard `discount_gross` turns either
round. An Amount that comes back as it was answered changes nothing; a person sees and types gross figures.
"""

from __future__ import annotations

from decimal import Decimal

from app.sandbox.quickbooks.books.kinds import Draft
from app.sandbox.quickbooks.documents.lines import Entry, Lines
from app.sandbox.quickbooks.tax.rounding import (
    HUNDRED,
    Portion,
    Rate,
    cents,
    gross_of,
    net_of,
    shares,
)
from app.sandbox.quickbooks.tax.taxes import line_rates
from app.sandbox.quickbooks.values import faults
from app.sandbox.quickbooks.values.fields import number
from app.sandbox.quickbooks.values.wire import Body, money

ZERO = Decimal(0)
_Group = tuple[Decimal, tuple[Rate, ...]]
"""What some lines of a form come to, in the form's own mode, and the rates that they bear."""


def discounted(draft: Draft, lines: Lines, mode: str) -> tuple[Body | None, list[Portion]]:
    """The discount line as stored, and what it takes from the taxed bases. Raises `FaultError` for one that makes no sense."""
    sent = lines.discount
    if sent is None:
        return None, []
    asked = sent.pop("Sent")
    inclusive = mode == "TaxInclusive"
    code = str((asked.get("TaxCodeRef") or {}).get("value") or "")
    groups = _groups(draft, lines, mode, code)
    found: Body = {}
    if asked.get("PercentBased"):
        percent = money(number("DiscountPercent", asked.get("DiscountPercent") or 0))
        subtotal = sum((entry.gross if inclusive else entry.net for entry in lines.entries), ZERO)
        off = cents(subtotal * percent / HUNDRED, draft.unit)
        found.update(PercentBased=True, DiscountPercent=percent)
    else:
        off = _asked_for(draft, sent, groups, inclusive=inclusive)
        found["PercentBased"] = False
    account = asked.get("DiscountAccountRef") or {
        "value": draft.company.account_of("Income", "DiscountsRefundsGiven").id
    }
    found["DiscountAccountRef"] = draft.company.named(
        "Account", draft.company.require("Account", account, "DiscountAccountRef").id
    )
    if code:
        found["TaxCodeRef"] = {"value": code}
    reductions = _reductions(draft, groups, off, inclusive=inclusive)
    shown = _answered(draft, reductions, off, inclusive=inclusive)
    if found["PercentBased"] and not draft.person and sent.get("Amount") not in (None, "", shown):
        raise faults.business(
            "You can't set both an amount and a discount percentage if the amount is not the sum of the discount "
            "percentage and the subtotal."
        )
    line: Body = {**sent, "Amount": shown, "DetailType": "DiscountLineDetail", "DiscountLineDetail": found}
    return line, reductions


def _groups(draft: Draft, lines: Lines, mode: str, code: str) -> list[_Group]:
    """The lines by the rates that the discount lessens; one group where it names a tax code of its own."""
    if code and draft.company.country != "US":
        return [(Decimal(1), line_rates(draft.company, code, mode, ()))]
    groups: dict[tuple[Rate, ...], list[Entry]] = {}
    for entry in lines.entries:
        groups.setdefault(entry.rates, []).append(entry)
    inclusive = mode == "TaxInclusive"
    return [(sum((e.gross if inclusive else e.net for e in group), ZERO), rates) for rates, group in groups.items()]


def _asked_for(draft: Draft, sent: Body, groups: list[_Group], *, inclusive: bool) -> Decimal:
    """The discount in the form's own mode, out of the Amount that was sent."""
    if sent.get("Amount") in (None, ""):
        raise faults.missing("Amount")
    amount = cents(money(number("Amount", sent["Amount"])), draft.unit)
    if not inclusive:
        return amount
    earlier = _as_it_was(draft, amount)
    if earlier is not None:
        return earlier
    if draft.person or _is_gross(draft, "requests"):
        return amount
    parts = shares(amount, [weight for weight, _ in groups], draft.unit)
    grosses = [gross_of(part, _percent(rates), draft.unit) for part, (_, rates) in zip(parts, groups, strict=True)]
    return sum(grosses, ZERO)


def _as_it_was(draft: Draft, amount: Decimal) -> Decimal | None:
    """The gross discount of the stored form where the Amount is the one that was answered; None otherwise."""
    before = draft.before.body if draft.before is not None else {}
    stored = [line for line in before.get("Line", []) if line.get("DetailType") == "DiscountLineDetail"]
    if before.get("GlobalTaxCalculation") != "TaxInclusive" or not stored or money(stored[0]["Amount"]) != amount:
        return None
    details = [
        part.get("SalesItemLineDetail", {})
        for line in before["Line"]
        for part in line.get("GroupLineDetail", {}).get("Line", [line])
    ]
    gross = sum((money(detail["TaxInclusiveAmt"]) for detail in details if "TaxInclusiveAmt" in detail), ZERO)
    return gross - money(before["TotalAmt"])


def _answered(draft: Draft, reductions: list[Portion], off: Decimal, *, inclusive: bool) -> Decimal:
    """The Amount of the answer."""
    if not inclusive or _is_gross(draft, "answers"):
        return off
    return -sum((part.net for part in reductions), ZERO)


def _is_gross(draft: Draft, where: str) -> bool:
    hazard = draft.company.hazards.on("discount_gross")
    return hazard is not None and hazard[where] == "gross"


def _reductions(draft: Draft, groups: list[_Group], off: Decimal, *, inclusive: bool) -> list[Portion]:
    """What the discount takes from the base of each group."""
    if draft.company.country == "US" and not draft.body.get("ApplyTaxAfterDiscount"):
        return []
    parts = shares(off, [weight for weight, _ in groups], draft.unit)
    found = []
    for part, (_, rates) in zip(parts, groups, strict=True):
        net = net_of(part, _percent(rates), draft.unit) if inclusive else part
        found.append(Portion(-net, -part if inclusive else None, rates))
    return found


def _percent(rates: tuple[Rate, ...]) -> Decimal:
    return sum((rate.percent for rate in rates), ZERO)
