"""Every way in which a sale and its invoice can differ, and the one cause that each is given."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.tieout.facts import Entry, Held, Lost, Settled, TaxedLine
from app.tieout.figures import Cell
from tests.tieout.facts import SETTINGS, D, brief, found, invoice, pair, sale


def test_a_pair_that_says_the_same_on_both_sides_agrees() -> None:
    assert found(pair(sale(), invoice())) == []


def test_a_cent_that_moved_is_named_once_with_its_amount() -> None:
    assert brief(found(pair(sale(), invoice(net="100.01")))) == [("total", D("0.01"), "unexplained")]
    assert brief(found(pair(sale(), invoice(tax="9.99")))) == [("total", D("-0.01"), "unexplained")]


def test_tax_that_moved_between_codes_under_the_same_total_is_named_once() -> None:
    mine = (TaxedLine("GST", D(50), D(5)), TaxedLine("FREE", D(55), D(0)))
    theirs = (TaxedLine("10", D(50), D(2)), TaxedLine("5", D(55), D(3)))
    ours = sale(net="105", tax="5", lines=mine)

    assert brief(found(pair(ours, invoice(net="105", tax="5", lines=theirs)))) == [("tax", D(3), "unexplained")]


def test_tax_that_became_price_is_named_with_the_tax_that_is_missing() -> None:
    assert brief(found(pair(sale(), invoice(net="101", tax="9")))) == [("tax", D(-1), "unexplained")]


def test_sales_that_were_shared_out_over_the_codes_otherwise_are_rounding_where_total_and_tax_agree() -> None:
    mine = (TaxedLine("GST", D("100.00"), D(10)), TaxedLine("FREE", D("20.00"), D(0)))
    theirs = (TaxedLine("10", D("100.02"), D(10)), TaxedLine("5", D("19.98"), D(0)))
    far = (TaxedLine("10", D("110.00"), D(10)), TaxedLine("5", D("10.00"), D(0)))
    ours = sale(net="120", tax="10", lines=mine)

    assert brief(found(pair(ours, invoice(net="120", tax="10", lines=theirs)))) == [("sales", D("0.02"), "rounding")]
    assert brief(found(pair(ours, invoice(net="120", tax="10", lines=far)))) == [("sales", D(10), "unexplained")]


def test_a_line_without_a_code_is_one_with_a_code_that_bears_no_tax() -> None:
    mine = (TaxedLine("GST", D(100), D(10)), TaxedLine("", D("0.01"), D(0)))
    theirs = (TaxedLine("10", D(100), D(10)), TaxedLine("5", D("0.01"), D(0)))

    assert found(pair(sale(net="100.01", lines=mine), invoice(net="100.01", lines=theirs))) == []


def test_a_document_whose_lines_do_not_say_where_its_tax_is_is_compared_by_its_tax() -> None:
    vague = (TaxedLine("GST", D(100), D(0)),)

    assert found(pair(sale(lines=vague), invoice())) == []
    assert brief(found(pair(sale(lines=vague), invoice(net="101", tax="9")))) == [("tax", D(-1), "unexplained")]


def test_a_code_that_is_mapped_no_more_is_compared_by_the_tax_altogether() -> None:
    mine, theirs = (TaxedLine("OLD", D(100), D(10)),), (TaxedLine("77", D(100), D(10)),)

    assert found(pair(sale(lines=mine), invoice(lines=theirs))) == []
    assert found(pair(sale(lines=mine), invoice())) == []
    assert brief(found(pair(sale(lines=mine), invoice(net="101", tax="9")))) == [("tax", D(-1), "unexplained")]


def test_another_date_moves_the_sale_into_another_month() -> None:
    differences = found(pair(sale(), invoice(date=dt.date(2026, 12, 1))))

    assert brief(differences) == [("date", D(0), "unexplained")]
    assert differences[0].moves[Cell("sales", "2026-11", "AUD")] == D(-110)
    assert differences[0].moves[Cell("sales", "2026-12", "AUD")] == D(110)


def test_two_that_were_there_before_they_met_may_be_a_day_of_a_time_zone_apart_and_keep_their_numbers() -> None:
    near, far = invoice(date=dt.date(2026, 11, 21), number="77"), invoice(date=dt.date(2026, 11, 22))

    assert brief(found(pair(sale(), near, adopted=True))) == [("date", D(0), "rounding")]
    assert brief(found(pair(sale(), far, adopted=True))) == [("date", D(0), "unexplained")]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("#1041", "1041"), ("001041", "1041"), ("ab 1", "AB1"), ("1041", ""), ("", "1041"), ("a" * 30, "a" * 21)],
)
def test_one_number_has_many_forms(ours: str, theirs: str) -> None:
    assert found(pair(sale(number=ours), invoice(number=theirs))) == []


def test_another_number_is_a_difference_unless_each_side_numbers_its_own() -> None:
    group = pair(sale(), invoice(number="1042"))

    assert brief(found(group)) == [("number", D(0), "unexplained")]
    assert found(group, settings=replace(SETTINGS, numbers_travel=False)) == []


def test_another_customer_moves_what_is_owed() -> None:
    differences = found(pair(sale(), invoice(contact_id="52")))

    assert brief(differences) == [("contact", D(0), "unexplained")]
    assert differences[0].moves == {Cell("owed", "oncord:1", "AUD"): D(-110), Cell("owed", "oncord:2", "AUD"): D(110)}


def test_two_that_a_person_called_one_may_be_two_peoples() -> None:
    """Seed 100118 of `make simulate`."""
    chosen = found(pair(sale(chosen=("90",)), invoice(contact_id="52")))
    assert brief(chosen) == [("contact", D(0), "person")]
    other = found(pair(sale(chosen=("91",)), invoice(contact_id="52")))
    assert brief(other) == [("contact", D(0), "unexplained")]


def test_another_currency_is_its_own_cause() -> None:
    differences = found(pair(sale(), invoice(currency="USD")))

    assert brief(differences) == [("currency", D(0), "currency")]
    assert differences[0].moves[Cell("sales", "2026-11", "USD")] == D(110)


def test_what_is_void_on_one_side_counts_on_the_other_and_nothing_else_of_it_is_compared() -> None:
    assert brief(found(pair(sale(), invoice(net="0", tax="0", void=True, number="x")))) == [("void", D(-110), "void")]
    assert brief(found(pair(sale(void=True), invoice()))) == [("void", D(110), "void")]
    assert found(pair(sale(void=True), invoice(void=True, net="3"))) == []
    assert found(pair(sale(void=True))) == []


def test_what_no_receipt_settled_is_settled_by_something_else() -> None:
    paid = invoice(stated_paid=D(20), linked_paid=D(0))

    assert brief(found(pair(sale(), paid))) == [("settled", D(20), "settled_otherwise")]
    assert found(pair(sale(), invoice(stated_paid=D(20), linked_paid=D(20)))) == []
    assert found(pair(sale(), invoice(stated_paid=None, linked_paid=D(20)))) == []


JOURNAL = Settled("journal", D(5), "Journal entry W1 of 3 Nov 2026")
BAD = Settled("written_off", D(15), "Journal entry W2 of 4 Nov 2026")


@pytest.mark.parametrize(
    ("settled", "parts"),
    [
        (20, [(D(5), "not_synchronised"), (D(15), "written_off")]),
        (21, [(D(5), "not_synchronised"), (D(15), "written_off"), (D(1), "settled_otherwise")]),
        (19, [(D(5), "not_synchronised"), (D(14), "written_off")]),
        (5, [(D(5), "not_synchronised")]),
        (-3, [(D(-3), "settled_otherwise")]),
    ],
)
def test_what_settles_a_document_otherwise_is_cut_into_what_the_books_name(
    settled: int, parts: list[tuple[Decimal, str]]
) -> None:
    paid = invoice(stated_paid=D(settled), linked_paid=D(0), settled_by=(JOURNAL, BAD))

    differences = found(pair(sale(), paid))

    assert [(d.amount, d.cause.value) for d in differences] == parts
    assert all(list(d.moves.values()) == [-d.amount] for d in differences)


def test_what_the_books_name_settles_nothing_where_nothing_is_settled_otherwise() -> None:
    assert found(pair(sale(), invoice(stated_paid=D(20), linked_paid=D(20), settled_by=(BAD,)))) == []


def test_a_tax_that_quickbooks_worked_out_anew_is_told_from_another_price() -> None:
    asked = sale(question="Its tax came out otherwise.")
    more_tax = invoice(total=D("110.01"), tax_total=D("10.01"), lines=(TaxedLine("10", D(100), D("10.01")),))

    assert brief(found(pair(asked, more_tax))) == [("total", D("0.01"), "tax_worked_out_anew")]
    assert brief(found(pair(asked, invoice(net="100.01")))) == [("total", D("0.01"), "held")]
    assert brief(found(pair(sale(), more_tax))) == [("total", D("0.01"), "unexplained")]


def test_the_same_rate_under_another_label_is_told_from_other_tax() -> None:
    labels = replace(SETTINGS, codes={"GST": "10", "CAP": "11"})
    asked = sale(question="It stands under another code.")
    there = invoice(lines=(TaxedLine("11", D(100), D(10)),))

    assert brief(found(pair(asked, there), settings=labels)) == [("tax", D(10), "other_label")]
    assert brief(found(pair(sale(), there), settings=labels)) == [("tax", D(10), "unexplained")]


@pytest.mark.parametrize(("day", "cause"), [(30, "rounding"), (31, "across_period_end")])
def test_a_day_of_a_time_zone_apart_is_named_where_it_lies_across_the_end_of_a_month(day: int, cause: str) -> None:
    ours = sale(date=dt.date(2026, 10, day))
    theirs = invoice(date=dt.date(2026, 10, day) + dt.timedelta(days=1))

    assert brief(found(pair(ours, theirs, adopted=True))) == [("date", D(0), cause)]
    assert brief(found(pair(ours, theirs))) == [("date", D(0), "unexplained")]


def test_credit_takes_away() -> None:
    differences = found(pair(sale(credit=True), None or invoice(credit=True, net="101")))

    assert brief(differences) == [("total", D(-1), "unexplained")]
    assert differences[0].moves[Cell("owed", "oncord:1", "AUD")] == D(-1)


@pytest.mark.parametrize(
    ("entry", "cause"),
    [
        (sale(held=Held(reason="queued")), "waiting"),
        (sale(held=Held(reason="tried again later")), "waiting"),
        (sale(held=Held(reason="told of", unread=True)), "not_read"),
        (sale(held=Held(True, "change", "refused")), "parked"),
        (sale(held=Held(True, "change", "refused", refused=True)), "refused"),
        (sale(held=Held(True, "twin:oncord:8", "There are two of it.")), "doubled"),
        (sale(held=Held(True, "contact:oncord:1", "its contact is not there")), "parked"),
        (sale(held=Held(False, "record:contact:oncord:1", "who is it?")), "held"),
        (sale(held=Held(True, "approval:mass removal of sales", "many")), "held"),
        (sale(held=Held(True, "person", "ask")), "held"),
        (sale(held=Held(True, "person", "ask", let_be="Leave it.")), "person"),
        (sale(held=Held(True, "change", "refused", let_be="Leave it.")), "parked"),
        (sale(held=Held(True, "configuration:tax code GST", "not mapped")), "not_mapped"),
        (sale(question="Which one is it?"), "held"),
        (sale(date=dt.date(2025, 12, 31)), "before_start"),
        (sale(date=dt.date(2025, 12, 31), says_paid=D(110)), "before_start"),
        (sale(date=dt.date(2025, 12, 31), says_paid=D("109.99")), "opening_receivable"),
        (sale(date=dt.date(2026, 1, 1), says_paid=D(0)), "unexplained"),
        (sale(lines=(TaxedLine("OTHER", D(100), D(10)),)), "not_mapped"),
        (sale(counterpart_held=Held(reason="queued")), "waiting"),
        (invoice(counterpart_held=Held(True, "change", "The sale was deleted, but its invoice stays.")), "parked"),
        (invoice(counterpart_held=Held(False, "approval:mass removal of sales", "many")), "held"),
        (invoice(held=Held(True, "person", "ask"), counterpart_held=Held()), "held"),
        (sale(unreadable="no total"), "parked"),
        (sale(dismissed=("Leave it.",)), "person"),
        (sale(dismissed_before=("Leave it.",)), "edited_since"),
        (sale(dismissed=("Leave it.",), dismissed_before=("Once.",)), "person"),
        (sale(), "unexplained"),
        (invoice(), "unexplained"),
        (invoice(date=dt.date(2025, 12, 31)), "unexplained"),
    ],
)
def test_a_document_that_only_one_side_has_is_missing_for_one_cause(entry: Entry, cause: str) -> None:
    group = pair(entry) if entry.side == "oncord" else pair(None, entry)
    sign = -1 if entry.side == "oncord" else 1

    assert brief(found(group)) == [("missing", sign * D(110), cause)]


@pytest.mark.parametrize(
    ("ours", "cause"),
    [
        (sale(held=Held()), "waiting"),
        (sale(question="Which total?"), "held"),
        (sale(dismissed=("its total is 110.00 AUD in Oncord and 111.00 AUD in QuickBooks",)), "person"),
        (sale(dismissed=("its total is 110.00 AUD in Oncord and 112.00 AUD in QuickBooks",)), "unexplained"),
        (sale(lost=(Lost("quickbooks", "oncord"),)), "unexplained"),
    ],
)
def test_a_pair_that_differs_differs_for_one_cause(ours: Entry, cause: str) -> None:
    assert brief(found(pair(ours, invoice(net="101")))) == [("total", D(1), cause)]


def test_a_second_document_in_one_pair_is_counted_and_so_comes_out() -> None:
    differences = found(pair(sale(), invoice(), invoice("91")))

    assert {(d.kind, d.what, d.amount) for d in differences} >= {
        ("figure", "owed", D(110)),
        ("figure", "sales", D(110)),
    }


def test_a_record_that_nobody_can_read_is_named_although_it_said_the_same_before() -> None:
    assert brief(found(pair(sale(unreadable="no total"), invoice()))) == [("unreadable", D(0), "parked")]


def american(side: str, *lines: tuple[str, str, str]) -> Entry:
    told = tuple(TaxedLine(code, D(net), D(tax)) for code, net, tax in lines)
    total, tax = sum((line.net + line.tax for line in told), D(0)), sum((line.tax for line in told), D(0))
    return (sale if side == "oncord" else invoice)(total=total, tax_total=tax, lines=told)


IN_AMERICA = replace(SETTINGS, codes={"TAX": "TAX", "NON": "NON"})


def test_in_america_a_line_that_bears_no_tax_is_not_taxed_whatever_its_code_says() -> None:
    ours = american("oncord", ("TAX", "10.00", "0.80"), ("TAX", "5.00", "0"))
    theirs = american("quickbooks", ("TAX", "10.00", "0.80"), ("NON", "5.00", "0"))

    assert found(pair(ours, theirs), settings=IN_AMERICA) == []


def test_in_america_the_other_line_taxed_is_a_difference() -> None:
    ours = american("oncord", ("TAX", "10.00", "0.80"), ("NON", "20.00", "0"))
    theirs = american("quickbooks", ("NON", "10.00", "0"), ("TAX", "20.00", "0.80"))

    assert brief(found(pair(ours, theirs), settings=IN_AMERICA)) == [("sales", D(10), "unexplained")]


def test_elsewhere_a_code_without_tax_is_not_another_code_without_tax() -> None:
    exempt = replace(SETTINGS, codes={"FREE": "5", "INPUT": "6"})
    ours = american("oncord", ("FREE", "10.00", "0"))
    theirs = american("quickbooks", ("6", "10.00", "0"))

    assert brief(found(pair(ours, theirs), settings=exempt)) == [("sales", D(10), "unexplained")]


def _of_code(code: str, **members: Any) -> Entry:
    return invoice(net="100.00", tax="0.00", lines=(TaxedLine(code, D("100.00"), D(0)),), **members)


UNTAXED_SALE = sale(net="100.00", tax="0.00", lines=(TaxedLine("FREE", D("100.00"), D(0)),))


def test_a_tax_code_that_nobody_ever_mapped_is_named_although_total_and_tax_are_the_same() -> None:
    assert brief(found(pair(UNTAXED_SALE, _of_code("7")))) == [("sales", D("100.00"), "unexplained")]


def test_a_tax_code_that_was_mapped_before_stays_as_it_is() -> None:
    before = replace(SETTINGS, codes_before=frozenset({"7"}))

    assert found(pair(UNTAXED_SALE, _of_code("7")), settings=before) == []


def test_a_pair_that_met_keeps_the_tax_codes_that_it_had() -> None:
    assert found(pair(UNTAXED_SALE, _of_code("7"), adopted=True)) == []


def test_a_sale_whose_own_tax_code_is_not_mapped_any_more_is_not_told_by_code() -> None:
    gone = sale(net="100.00", tax="0.00", lines=(TaxedLine("GONE", D("100.00"), D(0)),))

    assert found(pair(gone, _of_code("7"))) == []


SOME_FREE = sale(net="25.00", tax="0", lines=(TaxedLine("FREE", D(20), D(0)), TaxedLine("", D(5), D(0))))
WITH_NONE = replace(SETTINGS, codes={**SETTINGS.codes, "OUT": "6"}, code_of_none="5")


def _two_codes(*lines: tuple[str, str]) -> Entry:
    return invoice(net="25.00", tax="0", lines=tuple(TaxedLine(code, D(net), D(0)) for code, net in lines))


@pytest.mark.parametrize(
    ("theirs", "named"),
    [
        ([("5", "25.00")], []),  # the ordinary case: both without tax
        ([("5", "20.00"), ("6", "5.00")], []),  # it was given another code without tax there
        ([("5", "20.00"), ("7", "5.00")], []),  # one that Oncord has no word for: it came from there
        ([("7", "20.00"), ("5", "5.00")], [("sales", D(20), "unexplained")]),  # a code of nobody beside it
        ([("6", "20.00"), ("5", "5.00")], [("sales", D(20), "unexplained")]),  # another mapped code beside it
        ([("7", "25.00")], [("sales", D(25), "unexplained")]),
        ([("5", "24.98"), ("7", "0.02")], []),  # some cents that round it off
        ([("6", "19.98"), ("7", "0.02"), ("5", "5.00")], [("sales", D("19.98"), "unexplained")]),
    ],
)
def test_a_line_without_a_code_hides_nothing_that_has_moved_between_codes(
    theirs: list[tuple[str, str]], named: list[tuple[str, Decimal, str]]
) -> None:
    assert brief(found(pair(SOME_FREE, _two_codes(*theirs)), settings=WITH_NONE)) == named


MEANT = replace(WITH_NONE, code_of_none="8", codes_of_none=frozenset({"8"}))


@pytest.mark.parametrize(
    ("code", "untouched", "named"),
    [
        ("8", True, []),  # what was chosen for such lines
        ("5", True, []),  # what was mapped when it was made, before anybody was asked
        ("7", False, []),  # the bookkeeper gave it another code
        ("7", True, [("sales", D(5), "unexplained")]),
    ],
)
def test_an_invoice_as_it_was_made_has_lines_without_a_code_under_nothing_that_nobody_chose(
    code: str, untouched: bool, named: list[tuple[str, Decimal, str]]
) -> None:
    theirs = replace(_two_codes(("5", "20.00"), (code, "5.00")), untouched=untouched)

    assert brief(found(pair(SOME_FREE, theirs), settings=MEANT)) == named


def test_what_oncord_says_that_it_rounds_off_may_stand_outside_tax_however_much_that_is() -> None:
    rounded = replace(SOME_FREE, lines=(SOME_FREE.lines[0], replace(SOME_FREE.lines[1], outside_tax=True)))
    theirs = replace(_two_codes(("5", "20.00"), ("7", "5.00")), untouched=True)

    assert found(pair(rounded, theirs), settings=MEANT) == []


def test_a_charge_and_a_discount_without_a_code_may_stand_under_two_codes() -> None:
    lines = (TaxedLine("FREE", D(20), D(0)), TaxedLine("", D(5), D(0)), TaxedLine("", D(-2), D(0)))
    ours = sale(net="23.00", tax="0", lines=lines)
    theirs = replace(_two_codes(("5", "20.00"), ("6", "5.00"), ("8", "-2.00")), total=D(23))

    assert found(pair(ours, theirs), settings=MEANT) == []


def test_nor_does_a_line_without_a_code_in_quickbooks() -> None:
    moved = sale(net="25.00", tax="0", lines=(TaxedLine("OUT", D(20), D(0)), TaxedLine("FREE", D(5), D(0))))
    theirs = _two_codes(("5", "20.00"), ("", "5.00"))

    assert found(pair(SOME_FREE, theirs), settings=WITH_NONE) == []
    assert brief(found(pair(moved, theirs), settings=WITH_NONE)) == [("sales", D(20), "unexplained")]


def test_a_negative_line_without_a_code_is_told_by_the_code_that_it_got() -> None:
    ours = sale(net="15.00", tax="0", lines=(TaxedLine("FREE", D(20), D(0)), TaxedLine("", D(-5), D(0))))

    def there(*lines: tuple[str, str]) -> Entry:
        return replace(_two_codes(*lines), total=D(15))

    assert found(pair(ours, there(("5", "20.00"), ("6", "-5.00"))), settings=WITH_NONE) == []
    assert brief(found(pair(ours, there(("6", "20.00"), ("5", "-5.00"))), settings=WITH_NONE)) == [
        ("sales", D(20), "unexplained")
    ]


def test_some_cents_of_rounding_under_a_tax_code_of_nobody_are_not_told_by_code() -> None:
    lines = (TaxedLine("5", D("99.98"), D(0)), TaxedLine("7", D("0.02"), D(0)))

    assert found(pair(UNTAXED_SALE, invoice(net="100.00", tax="0.00", lines=lines))) == []


def test_a_tax_code_of_nobody_is_explained_by_what_waits_for_its_mapping() -> None:
    held = Held(parked=True, waits_for="configuration:tax code 7", reason="Map it.")

    assert brief(found(pair(UNTAXED_SALE, _of_code("7", held=held)))) == [("sales", D("100.00"), "not_mapped")]


def test_a_sale_of_nothing_that_is_a_credit_memo_there_adds_up() -> None:
    ours = sale(net="0", tax="0", stated_paid=D("9.69"))
    differences = found(pair(ours, invoice(net="0", tax="0", credit=True, stated_paid=D("9.69"))))

    assert [d.what for d in differences if d.kind == "figure"] == []
    assert "total" in [d.what for d in differences]
