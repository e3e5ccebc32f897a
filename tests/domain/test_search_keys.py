"""What people type finds what both systems hold: numbers and amounts exactly, names and e-mail by their beginning."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.domain.matching.search_keys import MOST, Search, search_for, search_keys
from app.domain.model.records import Contact, Item, Name, Record
from tests.domain.builders import contact, receipt, sale

ADA = Contact(name=Name(first="Zoë", last="O'Brien-Smith", company="Tea & Co"), email="Zoe@Example.com")


def finds(search: Search, record: Record) -> bool:
    keys = search_keys(record)
    exact = any(key in keys for key in search.exact)
    return exact or (bool(search.beginnings) and all(any(k.startswith(b) for k in keys) for b in search.beginnings))


@pytest.mark.parametrize(
    ("typed", "record", "found"),
    [
        ("1041", sale(number="1041"), True),
        ("#1041", sale(number="1041"), True),
        ("inv 77312", sale(number="INV-77312"), True),
        ("104", sale(number="1041"), False),
        ("10411", sale(number="1041"), False),
        ("22", sale(), True),
        ("22.00", sale(), True),
        ("$22.00", sale(), True),
        ("AUD 22.00", sale(), True),
        ("22.01", sale(), False),
        ("$1,204.50", receipt(amount="1204.50"), True),
        ("1204.5", receipt(amount="-1204.50"), True),
        ("1204", receipt(amount="1204.50"), False),
        ("1 204.50", receipt(amount="1204.50"), True),
        ("A$1,204.50", receipt(amount="1204.50"), True),
        ("44", receipt(amount="44.00"), True),
        ("44.", receipt(amount="44.00"), True),
        (".50", receipt(amount="0.50"), True),
        ("44.5", receipt(amount="44.05"), False),
        ("1041-2", sale(number="1041-2"), True),
        ("1041/2", sale(number="1041-2"), True),
        ("1041", sale(number="1041-2"), True),
        ("so-1041", sale(number="SO-1041/b"), True),
        ("1041-2", sale(number="1041"), False),
        ("1041-2", sale(number="1041-3"), False),
        ("so", sale(number="SO-104"), False),
        ("10412", receipt(amount="1041.00"), False),
        ("1041-2", receipt(amount="1041.00"), False),
        ("zoe", ADA, True),
        ("ZOË", ADA, True),
        ("bri zo", ADA, True),
        ("o'brien", ADA, True),
        ("tea", ADA, True),
        ("zoe@ex", ADA, True),
        ("oe", ADA, False),
        ("zoe byron", ADA, False),
        ("tea p", Item(name="Tea pot", code="TP-1"), True),
        ("tp1", Item(name="Tea pot", code="TP-1"), True),
    ],
)
def test_what_is_typed_finds_what_is_meant(typed: str, record: Record, found: bool) -> None:
    assert finds(search_for(typed), record) is found


@pytest.mark.parametrize(
    "typed", ["", "   ", "#", "@", "$", "%", "'; DROP TABLE", "\u0000", "٣", "1e999999999", "," * 100]
)
def test_nothing_that_can_be_typed_is_an_error_or_finds_everything(typed: str) -> None:
    search = search_for(typed)

    assert "" not in search.exact
    assert "" not in search.beginnings


def test_a_record_has_a_bounded_number_of_keys_of_bounded_length() -> None:
    many = replace(contact(), name=Name(company=" ".join(f"word{n}" for n in range(200)) + " " + "x" * 500))

    keys = search_keys(many)

    assert len(keys) == MOST
    assert max(map(len, search_keys(replace(many, name=Name(company="x" * 500))))) == 60


def test_a_document_of_nothing_is_found_by_nothing() -> None:
    assert search_for("0.00").exact[-1] in search_keys(receipt(amount=str(Decimal("0.00"))))
