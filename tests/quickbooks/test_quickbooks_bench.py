"""The benchmark measures what it says, and a broken bound is told."""

from app.sandbox.bench.figures import Figure, report
from app.sandbox.bench.quickbooks import measure


def test_a_small_export_makes_the_least_possible_calls() -> None:
    figures = {figure.name.strip(): figure for figure in measure(records=45, growth=(30, 60))}

    calls = figures["HTTP calls for 45 customers and 45 invoices"]
    assert (calls.value, calls.at_most, calls.holds) == (5, 5, True)
    assert figures["of these, metered reads (the company's facts)"].value == 4


def test_a_broken_bound_is_said() -> None:
    assert "BROKEN" in report("x", [Figure("calls", 3, at_most=2)])
    assert "holds" in report("x", [Figure("calls", 2, at_most=2)])
