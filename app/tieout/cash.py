"""Sales and tax by what was paid: what of QuickBooks' documents counts in a period where GST is reported on a cash basis.

An invoice counts as far as payments of the period pay it, a credit memo as far as they use it, code by code in proportion; a payment of
zero that joins the two counts for both, so that what is written off or taken back comes to nothing. Amounts are not rounded here: a
label is the sum of many parts, and is rounded once.
"""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from app.tieout.facts import ZERO, Entry

Counted = dict[tuple[str, str], tuple[Decimal, Decimal]]
"""By code of QuickBooks' and currency: sales without their tax, and the tax."""


def counted_by_payment(settled: Iterable[tuple[Entry, Decimal]]) -> Counted:
    """What counts of documents of which payments of the period have settled so much."""
    nets: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    taxes: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for entry, amount in settled:
        if entry.void or not entry.total:
            continue
        share = entry.sign * amount / entry.total
        for line in entry.lines:
            nets[line.code, entry.currency] += line.net * share
            taxes[line.code, entry.currency] += line.tax * share
    return {key: (nets[key], taxes.get(key, ZERO)) for key in nets}
