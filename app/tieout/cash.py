"""Sales and tax by what was paid: what of QuickBooks' documents counts in a period where GST is reported on a cash basis.

An invoice counts as far as payments of the period pay it, a credit memo as far as they use it, code by code in proportion; a payment of
zero that joins the two counts for both, so that what is written off or taken back comes to nothing. Amounts are not rounded here: a
label is the sum of many parts, and is rounded once. What is in another currency counts at its own rate (docs/quickbooks.md 9.20).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from app.tieout.facts import ZERO, Entry
from app.tieout.home import Abroad, Named

Counted = dict[tuple[str, str], tuple[Decimal, Decimal]]
"""By code of QuickBooks' and currency: sales without their tax, and the tax."""


def counted_by_payment(settled: Iterable[tuple[Entry, Decimal]], home: str = "") -> Counted:
    """What counts of documents of which payments of the period have settled so much: in the `home` currency where their rates are
    known, else in their own."""
    nets: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    taxes: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry, amount in settled:
        if entry.void or not entry.total:
            continue
        share = entry.sign * amount / entry.total
        rated = entry.rate is not None and entry.currency != home and bool(home)
        currency, rate = (home, entry.rate or ZERO) if rated else (entry.currency, Decimal(1))
        for line in entry.lines:
            nets[line.code, currency] += line.net * share * rate
            taxes[line.code, currency] += line.tax * share * rate
    return {key: (nets[key], taxes.get(key, ZERO)) for key in nets}


def abroad_by_payment(settled: Iterable[tuple[Entry, Decimal]], home: str, abroad: Abroad) -> Abroad:
    """What is known of other currencies, with what was paid instead of what was invoiced: that is counted at home already."""
    foreign = [entry for entry, _ in settled if entry.currency not in ("", home) and not entry.void]
    unread = [Named(entry.number, entry.date) for entry in foreign if entry.rate is None and entry.total]
    return replace(abroad, labels={}, labelled=len(foreign), unlabelled=unread)
