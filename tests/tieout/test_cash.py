"""What counts of documents where GST is reported by what is paid: as far as payments of the period settle them, code by code."""

from decimal import Decimal

from app.tieout.cash import counted_by_payment
from app.tieout.facts import Entry, TaxedLine

D = Decimal
LINES = (TaxedLine("10", D(100), D(10)), TaxedLine("5", D(30), D(0)))


def document(*, credit: bool = False, void: bool = False) -> Entry:
    return Entry(
        "quickbooks", "1", currency="AUD", total=D(140), tax_total=D(10), lines=LINES, credit=credit, void=void
    )


def test_an_invoice_counts_as_far_as_it_is_paid_and_a_credit_as_far_as_it_is_used() -> None:
    counted = counted_by_payment([(document(), D(70)), (document(credit=True), D(35))])

    assert counted == {("10", "AUD"): (D(25), D("2.5")), ("5", "AUD"): (D("7.5"), D(0))}


def test_what_a_credit_settles_comes_to_nothing() -> None:
    counted = counted_by_payment([(document(), D(140)), (document(credit=True), D(140))])

    assert {(*each,) for each in counted.values()} == {(D(0), D(0))}


def test_what_is_void_or_comes_to_nothing_counts_for_nothing() -> None:
    assert counted_by_payment([(document(void=True), D(70))]) == {}
    assert counted_by_payment([(Entry("quickbooks", "2", currency="AUD", lines=LINES), D(1))]) == {}
