"""B1 in the judge's own words: a sale that is its invoice and the documents over later differences together is the same on both
sides, and each of these counts in its own month."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from app.tieout.facts import Applied, Entry, Held, Lost
from app.tieout.figures import OWED, SALES, TAX_BY_CODE, Cell
from tests.tieout.facts import SETTINGS, TIES, D, brief, found, invoice, judged, pair, payment, receipt, sale

DECEMBER = dt.date(2026, 12, 3)
WITH = replace(TIES, documents={**TIES.documents, "99": "7", "98": "7"})


def added(net: str = "20.00", tax: str = "2.00", **members: Any) -> Entry:
    return invoice("99", net, tax, **{"adds": True, "number": "1041-D", "date": DECEMBER} | members)


def credit(net: str = "20.00", tax: str = "2.00", **members: Any) -> Entry:
    return added(net, tax, **{"credit": True} | members)


MORE, LESS = sale("7", "120.00", "12.00"), sale("7", "80.00", "8.00")


@pytest.mark.parametrize(
    ("ours", "document", "amount"), [(MORE, added(), 22), (LESS, credit(), -22)], ids=["more", "less"]
)
def test_it_agrees_and_the_difference_counts_in_its_own_month(ours: Entry, document: Entry, amount: int) -> None:
    differences, oncord, quickbooks = judged([pair(ours, invoice(), document)], SETTINGS, WITH)

    assert differences == []
    assert oncord == quickbooks
    assert oncord[Cell(SALES, "2026-11", "AUD")] == D(110)
    assert oncord[Cell(SALES, "2026-12", "AUD")] == D(amount)
    assert oncord[Cell(TAX_BY_CODE, "10 2026-12", "AUD")] == D(amount) / 11
    assert oncord[Cell(OWED, "oncord:1", "AUD")] == D(110 + amount)


def test_several_differences_are_held_against_the_sale_together() -> None:
    documents = (invoice(), added(), replace(credit("40.00", "4.00"), id="98"))
    assert found(pair(LESS, *documents), ties=WITH) == []
    assert brief(found(pair(MORE, *documents), ties=WITH)) == [("total", D(-44), "unexplained")]


@pytest.mark.parametrize(
    ("document", "amount"),
    [(added("19.99"), "-0.01"), (added(void=True), "-22"), (credit(), "-44")],
    ids=["a cent less", "void", "the wrong way"],
)
def test_what_the_documents_miss_of_the_sale_is_named_with_its_amount(document: Entry, amount: str) -> None:
    differences, _, quickbooks = judged([pair(MORE, invoice(), document)], SETTINGS, WITH)

    assert brief(differences) == [("total", D(amount), "unexplained")]
    assert "figure" not in {each.kind for each in differences}
    assert quickbooks[Cell(SALES, "2026-11", "AUD")] == D(110)


def test_another_code_another_customer_and_what_belongs_to_nothing_are_named() -> None:
    lines = tuple(replace(line, code="5") for line in added().lines)
    assert brief(found(pair(MORE, invoice(), added(lines=lines)), ties=WITH))[0][0] in ("tax", "sales")
    strangers = found(pair(MORE, invoice(), added(contact_id="52")), ties=WITH)
    assert brief(strangers) == [("total", D(-22), "unexplained"), ("missing", D(22), "unexplained")]
    held = replace(MORE, held=Held(parked=True, waits_for="person", reason="Void that one, too."))
    assert brief(found(pair(held, invoice(void=True), added()), ties=WITH)) == [
        ("void", D(-132), "void"),
        ("missing", D(22), "held"),
    ]


def test_documents_of_an_invoice_that_was_deleted_are_kept_by_the_same_rule() -> None:
    lost = replace(MORE, lost=(Lost("quickbooks", "oncord"),))
    assert {cause for _, _, cause in brief(found(pair(lost, added()), ties=WITH))} == {"kept_by_rule"}


def test_a_cancelled_sale_is_taken_back_with_its_differences() -> None:
    back = invoice("98", "120.00", "12.00", credit=True, takes_back=True, number="1041-C", date=DECEMBER)
    void = replace(MORE, void=True)
    assert found(pair(void, invoice(), added(), back), ties=WITH) == []
    assert brief(found(pair(void, invoice(), added()), ties=WITH)) == [("void", D(132), "void")]


def test_what_pays_the_documents_pays_the_sale_and_what_joins_them_is_nothing() -> None:
    paid = (Applied("90", D(110)), Applied("99", D(22)))
    documents = pair(MORE, invoice(stated_paid=D(110), linked_paid=D(110)), added(stated_paid=D(22), linked_paid=D(22)))
    money = pair(receipt("132.00", ("7", "132.00")), payment("132.00", applied=paid))
    assert found(documents, money, ties=WITH) == []
    joining = payment("0", record_id="96", applied=(Applied("90", D(22)), Applied("99", D(22), credit=True)))
    less = pair(LESS, invoice(stated_paid=D(22), linked_paid=D(22)), credit(stated_paid=D(22), linked_paid=D(22)))
    assert found(less, pair(None, joining), ties=WITH) == []


def test_what_else_settles_a_difference_is_named() -> None:
    documents = pair(MORE, invoice(stated_paid=D(0), linked_paid=D(0)), added(stated_paid=D(5), linked_paid=D(0)))
    assert brief(found(documents, ties=WITH)) == [("settled", D(5), "settled_otherwise")]
