"""How records are called for people."""

from datetime import date
from decimal import Decimal

import pytest

from app.domain.model.operations import Label
from app.domain.model.records import (
    Contact,
    Item,
    Kind,
    Name,
    Record,
    Side,
)
from app.domain.planning.labels import label_of
from tests.domain.builders import contact, receipt, sale

OURS, BOOKS = Side.ONCORD, Side.QUICKBOOKS
DAY = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("side", "kind", "record", "person", "label"),
    [
        (OURS, Kind.SALE, sale(number="1041"), "Ada Lovelace", "Sale 1041, Ada Lovelace"),
        (BOOKS, Kind.SALE, sale(number="1041"), "Ada Lovelace", "Invoice 1041, Ada Lovelace"),
        (OURS, Kind.SALE, sale(number="7", type="adjustment"), "", "Adjustment 7"),
        (BOOKS, Kind.SALE, sale(type="adjustment"), "Zed", "Credit memo, Zed"),
        (OURS, Kind.RECEIPT, receipt(reference="TT-1"), "Ada", "Receipt TT-1, Ada"),
        (BOOKS, Kind.RECEIPT, receipt(), "Ada", "Payment, Ada"),
        (BOOKS, Kind.RECEIPT, receipt(amount="-22.00"), "Ada", "Refund, Ada"),
        (BOOKS, Kind.RECEIPT, receipt(amount="0"), "", "Applied credit"),
        (OURS, Kind.CONTACT, contact(), "", "Contact Ada Lovelace"),
        (BOOKS, Kind.CONTACT, Contact(name=Name(company="Acme")), "", "Customer Acme"),
        (OURS, Kind.CONTACT, Contact(email="guest@example.com"), "", "Contact guest@example.com"),
        (OURS, Kind.ITEM, Item(code="T1", name="Tea"), "", "Product Tea"),
        (BOOKS, Kind.RECEIPT, None, "", "Payment"),
    ],
)
def test_a_record_is_called_what_its_side_calls_it_with_number_and_person(
    side: Side, kind: Kind, record: Record | None, person: str, label: str
) -> None:
    assert label_of(side, kind, record, person).label == label


def test_a_document_carries_its_number_date_and_money() -> None:
    found = label_of(OURS, Kind.SALE, sale(number="1041"), "Ada")

    assert found == Label("Sale 1041", "1041", DAY, Decimal("22.00"), "AUD", "Ada", "oncord:1", "sale")
    assert found.label == "Sale 1041, Ada"


def test_the_amount_of_a_refund_has_no_sign_since_its_label_says_which_way_the_money_goes() -> None:
    assert label_of(OURS, Kind.RECEIPT, receipt(amount="-22.00")).amount == Decimal("22.00")


def test_a_contact_has_neither_number_nor_money() -> None:
    found = label_of(OURS, Kind.CONTACT, contact(), record_id="7")

    assert found == Label("Contact", person="Ada Lovelace", contact="oncord:7", sort="contact")
    assert found.label == "Contact Ada Lovelace"
