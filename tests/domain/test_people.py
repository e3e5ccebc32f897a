"""Who is whom when no link says so: one good match, never two e-mails."""

from dataclasses import replace

import pytest

from app.domain.people import contacts_match
from app.domain.records import Address, Contact, Name
from tests.domain.builders import contact

ADA = contact()
HOME = Address(postcode="4000")


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (contact(email="ADA@Example.com"), True),
        (contact("Ada", "King", email="ada@example.com"), True),
        (contact("Bob", "Stone", email="ada@example.com"), False),
        (Contact(name=Name(display="Acme"), email="ada@example.com"), False),
        (contact(email="other@example.com", phone="0400 111 222", billing_address=HOME), False),
        (contact(email="", phone="+61 400 111 222"), True),
        (contact(email="", billing_address=HOME), True),
        (contact(email="", tax_number="51 824 753 556"), True),
        (contact(email=""), False),
        (contact("Ada", "King", email="", phone="0400 111 222"), False),
    ],
)
def test_contacts(other: Contact, same: bool) -> None:
    ada = replace(ADA, phone="0400 111 222", billing_address=HOME, tax_number="51824753556")

    assert contacts_match(ada, other) is same
    assert contacts_match(other, ada) is same
