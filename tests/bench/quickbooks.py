"""Exporting thousands of customers and invoices through our client: calls, metered reads, CPU, and how CPU grows."""

from collections.abc import Iterator

from tests.bench.figures import Bench, Figure
from tests.bench.quickbooks_export import measure


def _measure(full: bool) -> Iterator[Figure]:
    yield from measure()


BENCH = Bench("quickbooks", "3,000 customers and 3,000 invoices through the client, beside python-quickbooks", _measure)
