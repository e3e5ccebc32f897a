"""S5 in the judge's own words: a sale that is void in Oncord and taken back in the books, by just as much, is the same on both sides."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from app.tieout.facts import Applied, Entry, Held, Lost, TaxedLine
from app.tieout.figures import OWED, SALES, TAX_BY_CODE, Cell
from tests.tieout.facts import SETTINGS, TIES, D, brief, found, invoice, judged, pair, payment, receipt, sale

DECEMBER = dt.date(2026, 12, 3)
WITH_MEMO = replace(TIES, documents={**TIES.documents, "99": "7"})
CANCELLED = sale(void=True)


def memo(net: str = "100.00", tax: str = "10.00", **members: Any) -> Entry:
    return invoice(
        "99", net, tax, **{"credit": True, "takes_back": True, "number": "1041-C", "date": DECEMBER} | members
    )


@pytest.mark.parametrize("documents", [(invoice(), memo()), (memo(), invoice())], ids=["invoice first", "memo first"])
def test_it_agrees_and_counts_in_its_month_and_is_taken_back_in_that_of_the_credit(
    documents: tuple[Entry, ...],
) -> None:
    differences, oncord, quickbooks = judged([pair(CANCELLED, *documents)], SETTINGS, WITH_MEMO)

    assert differences == []
    assert oncord == quickbooks
    assert oncord[Cell(SALES, "2026-11", "AUD")] == D(110)
    assert oncord[Cell(SALES, "2026-12", "AUD")] == D(-110)
    assert oncord[Cell(TAX_BY_CODE, "10 2026-12", "AUD")] == D(-10)
    assert Cell(OWED, "oncord:1", "AUD") not in oncord


@pytest.mark.parametrize(
    "back",
    [
        memo(net="99.99"),
        memo(lines=(TaxedLine("5", D(100), D(10)),)),
        memo(net="90.00", tax="20.00"),
        memo(contact_id="52"),
        memo(currency="USD"),
        memo(date=dt.date(2026, 11, 19)),
    ],
    ids=["a cent less", "another code", "another tax", "another customer", "another currency", "before it"],
)
def test_what_takes_back_something_else_is_named(back: Entry) -> None:
    differences = found(pair(CANCELLED, invoice(), back), ties=WITH_MEMO)

    assert brief(differences) == [("void", D(110), "void"), ("missing", -back.total, "void")]


def test_an_invoice_that_is_not_taken_back_is_void_on_one_side_as_ever() -> None:
    assert brief(found(pair(CANCELLED, invoice()), ties=WITH_MEMO)) == [("void", D(110), "void")]
    assert brief(found(pair(CANCELLED, invoice(), memo(void=True)), ties=WITH_MEMO)) == [("void", D(110), "void")]


def test_a_credit_beside_a_void_invoice_or_a_sale_that_stands_is_named() -> None:
    assert brief(found(pair(CANCELLED, invoice(void=True), memo()), ties=WITH_MEMO)) == [("missing", D(-110), "void")]
    assert brief(found(pair(sale(), invoice(), memo()), ties=WITH_MEMO)) == [("missing", D(-110), "unexplained")]
    held = sale(held=Held(parked=True, waits_for="person", reason="Its credit was used."))
    assert brief(found(pair(held, invoice(), memo()), ties=WITH_MEMO)) == [("missing", D(-110), "held")]


def test_what_joins_the_two_and_what_paid_the_invoice_agree_too() -> None:
    lines = (Applied("90", D(60)), Applied("99", D(60), credit=True))
    joining = payment("0", record_id="96", applied=lines)
    money = pair(receipt("50.00", ("7", "50.00")), payment("50.00", ("90", "50.00")))
    documents = pair(
        CANCELLED, invoice(stated_paid=D(110), linked_paid=D(110)), memo(stated_paid=D(60), linked_paid=D(60))
    )

    assert found(documents, money, pair(None, joining), ties=WITH_MEMO) == []


def test_what_else_settles_the_invoice_is_named() -> None:
    documents = pair(CANCELLED, invoice(stated_paid=D(20), linked_paid=D(0)), memo())

    assert brief(found(documents, ties=WITH_MEMO)) == [("settled", D(20), "settled_otherwise")]


def test_s3_both_stay_where_the_cancelled_sale_is_deleted_and_come_to_nothing_together() -> None:
    left = replace(invoice(), lost=(Lost("oncord", "oncord", beside=D(-110)),))
    back = replace(memo(takes_back=False), lost=(Lost("oncord", "oncord", beside=D(110)),))

    assert {d.cause.value for d in found(pair(None, left), pair(None, back))} == {"kept_by_rule"}
    more = replace(left, lost=(Lost("oncord", "oncord", beside=D(-100)),))
    assert brief(found(pair(None, more))) == [("missing", D(110), "unexplained")]
