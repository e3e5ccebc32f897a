"""The benchmark of the client measures what it says."""

from app.quickbooks.mapping.books import STATEMENTS
from tests.bench.quickbooks_export import measure


def test_a_small_export_makes_the_least_possible_calls() -> None:
    figures = {figure.name.strip(): figure for figure in measure(records=45, growth=(30, 60))}

    calls = figures["HTTP calls for 45 customers and 45 invoices"]
    assert (calls.value, calls.at_most, calls.holds) == (5, 5, True)
    assert figures["of these, metered reads (the company's facts)"].value == len(STATEMENTS)
