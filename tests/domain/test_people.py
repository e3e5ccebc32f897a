"""Who is whom when no link says so: what is certain, what is asked about, and who are two."""

from dataclasses import replace

import pytest

from app.domain.matching.addresses import Commons, addresses, many_names
from app.domain.matching.evidence import Grade
from app.domain.matching.people import (
    alike_in_name_only,
    contradicts_wholly,
    evidence,
    only_by_initials,
    people_keys,
)
from app.domain.model.records import Address, Contact, Name
from tests.domain.builders import contact

CERTAIN, PROBABLE, NONE = Grade.CERTAIN, Grade.PROBABLE, Grade.NONE
HOME = Address(line1="12 Wharf St", postcode="4000")
TOWN = Address(postcode="4000")
ADA = replace(contact(), phone="0400 111 222", billing_address=HOME, tax_number="51824753556")


def grade(one: Contact, other: Contact, commons: Commons | None = None) -> Grade:
    """The grade of two contacts, which is the same in both directions."""
    known = commons or Commons()
    found = evidence(one, other, known).grade
    assert evidence(other, one, known).grade is found
    return found


def named(first: str = "", last: str = "", company: str = "", display: str = "", **members: object) -> Contact:
    """A card with a personal address that everybody here shares."""
    kind = "company" if company and not (first or last) else "individual"
    name = Name(type=kind, first=first, last=last, company=company, display=display)  # type: ignore[arg-type]
    return Contact(**{"name": name, "email": "ours@example.com", **members})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (contact(email="ADA@Example.com"), CERTAIN),
        (contact("Ada", "King", email="ada@example.com"), PROBABLE),
        (contact("Bob", "Stone", email="ada@example.com"), NONE),
        (Contact(name=Name(display="Acme"), email="ada@example.com"), NONE),
        (contact(email="other@example.com"), NONE),
        (contact(email="other@example.com", billing_address=TOWN), PROBABLE),
        (contact(email="", phone="+61 400 111 222"), CERTAIN),
        (contact(email="", billing_address=HOME), CERTAIN),
        (contact(email="", billing_address=TOWN), PROBABLE),
        (contact(email="", tax_number="51 824 753 556"), CERTAIN),
        (contact(email=""), PROBABLE),
        (contact(email="", billing_address=Address(postcode="3000")), NONE),
        (contact("Ada", "King", email="", phone="0400 111 222"), NONE),
    ],
)
def test_a_full_name_needs_an_address_a_phone_or_a_door(other: Contact, expected: Grade) -> None:
    assert grade(ADA, other) is expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (named(company="Acme Pty Ltd"), named(company="Zenith Pty Ltd")),
        (named(display="Acme Pty Ltd"), named(company="Zenith Pty Ltd")),
        (named(company="The Red Shop"), named(company="The Blue Cafe")),
        (named(display="The Red Shop"), named(display="The Blue Cafe")),
        (named("John", "Smith"), named("Mary", "Smith")),
        (named("John", "Smith"), named(display="Mary Smith")),
        (named("Dr Ann", "van der Berg"), named("Dr Jan", "van der Berg")),
        (named(company="Hill & Co"), named(company="Dale & Co")),
        (named(company="Smith"), named(company="Smith Family Trust")),
        (named(company="John Smith"), named(company="Estate of John Smith")),
        (named("John", "Smith", "Acme"), named("Mary", "Smith", "Acme")),
        (named("Erik", "Olsen"), named("Anna", "Olsen")),
        (named("Mohammed", "El-Sayed"), named("Mahmoud", "El-Sayed")),
        (named("Mario", "Rossi"), named("Maria", "Rossi")),
        (named("Jan", "Smith"), named("Jon", "Smith")),
        (named("Laura", "Smith"), named("Lara", "Smith")),
        (named("Ellen", "Smith"), named("Allan", "Smith")),
        (named("Michael", "Cohen"), named("Michelle", "Cohen")),
        (named("Mary Ann", "Smith"), named("Mary Sue", "Smith")),
        (named("Jürgen", "Müller"), named("Hans", "Mueller")),
    ],
)
def test_an_address_that_two_names_share_makes_nobody_one(one: Contact, other: Contact) -> None:
    assert grade(one, other) is NONE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (named("Ada", "Lovelace"), named("ADA", "LOVELACE")),
        (named("Ada", "Lovelace"), named(display="Ada Lovelace")),
        (named("Ada", "Lovelace"), named(display="Lovelace, Ada")),
        (named("Ada", "Lovelace"), named("Lovelace", "Ada")),
        (named("Ada", "O'Brien"), named("Ada", "O’Brien")),
        (named("Ada", "O'Brien"), named("Ada", "O Brien")),
        (named("Ada", "Love\u200blace"), named("\ufeffAda", "Lovelace\u200e")),
        (named("Zoë", "Müller"), named("Zoe", "Muller")),
        (named("Dr Ada", "Lovelace"), named("Ada", "Lovelace")),
        (named("Ludwig", "van Beethoven"), named("Ludwig", "Beethoven")),
        (named("Le", "Nguyen"), named(display="Le Nguyen")),
        (named("Bob", "Smith"), named("Robert", "Smith")),
        (named("R", "Smith"), named("Robert", "Smith")),
        (named("Sam", "Smith"), named("Samantha", "Smith")),
        (named("Dan", "Smith"), named("Danielle", "Smith")),
        (named("Isabel", "Smith"), named("Isabella", "Smith")),
        (named("Mary Ann", "Smith"), named("Mary", "Smith")),
        (named("Mary A", "Smith"), named("Mary", "Smith")),
        (named("Jürgen", "Müller"), named("Juergen", "Mueller")),
        (named("Jürgen", "Müller"), named("Jurgen", "Mueller")),
        (named(display="Jürgen Müller"), named("Ju\u0308rgen", "MUELLER")),
        (named("Bjørn", "Åkesson"), named("Bjoern", "Aakesson")),
        (named("Bjørn", "Åkesson"), named(display="Bjoern Akesson")),
        (named("Søren", "Kjær"), named("Sören", "Kjaer")),
        (named("Þór", "Weiß"), named("Thor", "Weiss")),
        (named("J", "Müller"), named("Juergen", "Mueller")),
        (named("Mohammed", "El-Sayed"), named("Mohammed", "Elsayed")),
        (named("Abdul Rahman", "Khan"), named("Abdulrahman", "Khan")),
        (named("Karl-Heinz", "Groß"), named("Karlheinz", "Gross")),
        (named(display="Mohammed El-Sayed"), named("Mohammed", "El Sayed")),
        (named(company="Müller GmbH"), named(display="Mueller")),
        (named(company="Acme Pty Ltd"), named(display="ACME Pty. Ltd.")),
        (named(company="The Red Shop"), named(company="Red Shop Inc")),
        (named(company="Smith and Sons"), named(company="Smith & Sons")),
    ],
)
def test_a_personal_address_and_the_same_name_are_certain_however_it_is_written(one: Contact, other: Contact) -> None:
    assert grade(one, other) is CERTAIN


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (named("", "Smith"), named("John", "Smith")),
        (named("Ada", ""), named("Ada", "Lovelace")),
        (named("John and Mary", "Smith"), named("John", "Smith")),
        (named("Ada", "Lovelace"), named("Ada", "King")),
        (named("Michael", "Smith"), named("Micheal", "Smith")),
        (named("Daniel", "Smith"), named("Danielle", "Smith")),
        (named("Paul", "Smith"), named("Paula", "Smith")),
        (named("Jan", "Smith"), named(display="Jane Smith")),
        (named("Martin", "Müller"), named("Martina", "Mueller")),
        (named("Mohammed", "El-Sayed"), named("Muhammad", "Elsayed")),
        (named(display="Mohammed El-Sayed"), named("Muhammad", "Elsayed")),
        (named(display="Mohammed El Sayed"), named(display="Muhammad El-Sayed")),
        (named("Mohammed Ali", "Khan"), named("Muhammad", "Khan")),
        (named("Mohammed", "Hussein"), named("Muhammad", "Hussain")),
        (named("Yusuf", "Khan"), named("Youssef", "Khan")),
        (named("Sergei", "Ivanov"), named("Sergey", "Ivanov")),
        (named("Omar", "Farouk"), named("Umar", "Farouk")),
        (named("Juergen", "Mueller"), named("Jurgen", "Muller")),
        (named("Mohammed", "El-Sayed"), named("Mohammed", "Al-Sayed")),
        (named("Ada", "Smith-Jones"), named("Ada", "Smith")),
        (named("John", "Smith"), named(company="John Smith Plumbing")),
        (named("John", "Smith", "Acme"), named(company="Acme Pty Ltd")),
        (named("John", "Smith", "Acme"), named("John", "Smith", "Zenith")),
        (named(company="Acme"), named(company="Acme Australia")),
        (named(), named("Ada", "Lovelace")),
    ],
)
def test_what_is_nearly_the_same_name_on_a_personal_address_is_asked_about(one: Contact, other: Contact) -> None:
    assert grade(one, other) is PROBABLE


def test_a_name_in_another_spelling_is_found_without_an_address() -> None:
    phone = "0400 111 222"
    one, other = named("Jürgen", "Müller", email="", phone=phone), named("Juergen", "Mueller", phone=phone)

    assert people_keys(one) & people_keys(other)
    assert grade(one, other) is CERTAIN
    assert grade(named("Mohammed", "Khan", email="", phone=phone), named("Muhammad", "Khan", phone=phone)) is NONE


def test_what_is_nearly_the_same_name_is_said_to_be_that() -> None:
    found = evidence(named("Mohammed", "El-Sayed"), named("Muhammad", "Elsayed"))

    assert found.speaks_for == ("the same e-mail address", "nearly the same name")


@pytest.mark.parametrize(
    "mail", ["info@acme.example", "Sales2@acme.example", "accounts@gmail.com", "no-reply@x.example"]
)
def test_a_role_mailbox_makes_a_match_only_with_the_company_and_its_postcode_or_phone(mail: str) -> None:
    acme, zenith = named(company="Acme Pty Ltd", email=mail), named(company="Zenith", email=mail)
    there = replace(acme, billing_address=TOWN, phone="07 3000 1111")

    assert grade(acme, named(display="Acme", email=mail)) is PROBABLE
    assert grade(there, named(display="Acme", email=mail, billing_address=TOWN)) is CERTAIN
    assert grade(there, named(display="Acme", email=mail, phone="+61 7 3000 1111")) is CERTAIN
    assert grade(there, replace(zenith, billing_address=TOWN)) is NONE
    assert grade(named("Ada", "Lovelace", email=mail), named("Ada", "King", email=mail)) is NONE


@pytest.mark.parametrize(
    "commons",
    [
        Commons(own_hosts=frozenset({"www.shop.example"})),
        Commons(shared=frozenset({"us@shop.example"})),
    ],
)
def test_the_shops_own_domain_and_an_address_of_many_names_never_make_a_match(commons: Commons) -> None:
    one, other = (named("Ada", "Lovelace", email="us@shop.example") for _ in range(2))

    assert grade(one, other) is CERTAIN
    assert grade(one, other, commons) is PROBABLE
    assert grade(one, named("A", "Lovelace", email="us@shop.example"), commons) is NONE


def test_differing_tax_numbers_or_their_tails_forbid_a_match() -> None:
    other = replace(ADA, tax_number="51824753557")

    assert grade(ADA, other) is NONE
    assert grade(ADA, replace(ADA, tax_number="557")) is NONE
    assert grade(ADA, replace(ADA, tax_number="53 556")) is CERTAIN
    assert contradicts_wholly(ADA, other)


def test_each_address_of_a_list_counts_by_itself() -> None:
    listed = replace(contact(), email="Office.Ada@x.example; ada@example.com,  <third@x.example>")

    assert addresses(listed.email) == {"office.ada@x.example", "ada@example.com", "third@x.example"}
    assert grade(contact(), listed) is CERTAIN
    assert people_keys(contact()) & people_keys(listed)
    assert grade(contact("Bob", "Stone", email="ada@example.com"), listed) is NONE


def test_three_names_on_an_address_are_many_and_one_name_written_three_ways_is_not() -> None:
    assert many_names(["Acme Pty Ltd", "Zenith", "Red Shop"])
    assert many_names(["John Smith", "Mary Smith", "Zoe Jones"])
    assert not many_names(["Jürgen Müller", "Juergen Mueller", "Jurgen Muller", "Muller, Juergen"])
    assert not many_names(["Ada Lovelace", "A Lovelace", "ADA O'Lovelace", "Lovelace, Ada"])
    assert not many_names(["John Smith", "Mary Smith", "John Smith"])


def test_what_speaks_for_and_against_is_said_in_words() -> None:
    found = evidence(ADA, contact(email="other@example.com", billing_address=TOWN))

    assert found.speaks_for == ("the same name", "the same postcode")
    assert found.against == ("another e-mail address",)
    assert not found.contends


def test_documents_do_not_prove_against_names_without_a_word_in_common() -> None:
    assert contradicts_wholly(contact("Ada", "Lovelace"), named(company="Acme"))
    assert not contradicts_wholly(contact("John", "Smith"), contact("Mary", "Smith"))
    assert not contradicts_wholly(contact("Ada", "Lovelace"), named(display="Lovelace Consulting"))


def test_an_initial_does_not_make_two_first_names_one() -> None:
    initial, jane, john = named("J", "Smith"), named("Jane", "Smith"), named("John", "Smith")

    assert only_by_initials(jane, initial, john)
    assert only_by_initials(named("Kate", "Smith"), named("K", "Smith"), named("Karl", "Smith"))
    assert only_by_initials(named("Sam", "Smith"), named("Samuel", "Smith"), named("Tom", "Smith"))
    assert not only_by_initials(john, initial, john)
    assert not only_by_initials(jane, jane, john)
    assert not only_by_initials(named("Johnny", "Smith"), initial, john)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (named("Ada", "Byron", email=""), named("Ada", "Byron"), True),
        (named("Ada", "Byron", email=""), named("Ada", "Byron", email=""), True),
        (named("Ada", "Byron", email="", billing_address=TOWN), named("Ada", "Byron", billing_address=TOWN), False),
        (named("Ada", "Byron", email="", phone="0400 111 222"), named("Ada", "Byron", phone="0400 111 222"), False),
        (named("Ada", "Byron", email=""), named("Ada", "King"), False),
        (named("Ada", "Byron"), named("Ada", "Byron"), False),
    ],
)
def test_two_cards_have_only_a_name_in_common_where_one_says_nothing_else(
    one: Contact, other: Contact, expected: bool
) -> None:
    assert alike_in_name_only(one, other) is alike_in_name_only(other, one) is expected
