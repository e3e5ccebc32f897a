"""Exporting thousands of customers and invoices through our client: calls, metered reads, CPU, and how CPU grows."""

from collections.abc import Iterator

from app.sandbox.bench.quickbooks import measure
from tests.bench.figures import Bench, Figure


def _measure(full: bool) -> Iterator[Figure]:
    for found in measure():
        yield Figure(found.name, found.value, found.unit, found.at_most)


BENCH = Bench("quickbooks", "3,000 customers and 3,000 invoices through the client, beside python-quickbooks", _measure)
