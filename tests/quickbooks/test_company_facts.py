"""Rows that are kept, moved by what change data tells, are the rows that would be read now."""

from decimal import Decimal
from typing import Any

import pytest

from app.quickbooks.company_facts import from_json, in_json
from app.quickbooks.mapping.books import STATEMENTS, read_books, unknown_codes
from app.quickbooks.mapping.company_rows import trimmed, with_changes
from tests.quickbooks.company import Company

Row = dict[str, Any]
BANK = {"Id": "5", "Name": "Everyday", "AccountType": "Bank"}
KEPT: dict[str, list[Row]] = {
    "Preferences": [{"Id": "1", "AccountingInfoPrefs": {"BookCloseDate": "2026-06-30"}}],
    "Account": [BANK],
    "PaymentMethod": [{"Id": "", "Name": "Wampum"}, {"Id": "3", "Name": "Cash"}],
    "TaxRate": [{"Id": "9", "RateValue": Decimal("7.10")}],
}


@pytest.mark.parametrize(
    ("entity", "told", "names"),
    [
        ("Account", {**BANK, "Name": "Savings"}, ["Savings"]),
        ("Account", {"Id": "6", "Name": "Till", "AccountType": "Bank"}, ["Everyday", "Till"]),
        ("Account", {"Id": "7", "Name": "Postage", "AccountType": "Expense"}, ["Everyday"]),
        ("Account", {**BANK, "AccountType": "Expense"}, []),
        ("Account", {**BANK, "Active": False}, []),
        ("Account", {"Id": "5", "status": "Deleted"}, []),
        ("Account", {"Id": "8", "status": "Deleted"}, ["Everyday"]),
        ("PaymentMethod", {"Id": "4", "Name": "Wampum"}, ["Wampum", "Cash", "Wampum"]),
        ("PaymentMethod", {"Id": "3", "Name": "Cash", "Active": False}, ["Wampum"]),
    ],
)
def test_a_row_that_is_told_of_takes_the_place_of_the_one_before(entity: str, told: Row, names: list[str]) -> None:
    now = with_changes(KEPT, {entity: [told]})

    assert [row["Name"] for row in now[entity]] == names
    assert {name: rows for name, rows in now.items() if name != entity} == {
        name: rows for name, rows in KEPT.items() if name != entity
    }


def test_a_method_that_was_refused_and_is_there_by_now_has_an_id() -> None:
    now = with_changes(KEPT, {"PaymentMethod": [{"Id": "4", "Name": "Wampum"}]})

    assert read_books("1", now).payment_methods == {"wampum": "4", "cash": "3"}


def test_preferences_are_one() -> None:
    open_again = {"Id": "1", "AccountingInfoPrefs": {}}

    now = with_changes(KEPT, {"Preferences": [open_again]})

    assert read_books("1", now).closed_until == ""
    assert read_books("1", with_changes(KEPT, {"Preferences": []})).closed_until == "2026-06-30"


async def test_what_is_kept_makes_the_same_books_and_holds_nothing_else(books: Company) -> None:
    found = await books.side.wire.queries(STATEMENTS)
    kept = in_json(trimmed(found))

    assert read_books(books.realm, from_json(kept)) == read_books(books.realm, found)
    for word in ("Email", "PrimaryPhone", "Line1", "CurrentBalance"):
        assert word not in kept


async def test_codes_that_are_not_known_are_told_apart(books: Company) -> None:
    facts = read_books(books.realm, await books.side.wire.queries(STATEMENTS))

    def line(code: str) -> Row:
        return {"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"TaxCodeRef": {"value": code}}}

    known = facts.tax_codes[0].id
    documents: list[Row] = [{"Line": [line(known), line("999"), {"DetailType": "SubTotalLineDetail"}]}, {"Line": None}]

    assert unknown_codes(documents, facts) == {"999"}
    assert unknown_codes(documents[1:], facts) == set()


@pytest.mark.parametrize(
    ("preferences", "told"),
    [
        ({"AutoApplyCredit": True, "AutoApplyPayments": False}, {"automatic_credits"}),
        ({"AutoApplyCredit": True, "AutoApplyPayments": True}, {"automatic_credits", "automatic_payments"}),
        ({}, set()),
    ],
)
def test_what_the_company_applies_by_itself_is_kept_and_told(preferences: dict[str, bool], told: set[str]) -> None:
    kept = trimmed({"Preferences": [{"Id": "1", "SalesFormsPrefs": {**preferences, "AllowDeposit": True}}]})

    assert {name for name in read_books("1", kept).facts().features if "automatic_" in name} == told
