"""One address however it is written; countries and states in each side's own form; what does not fit is said once."""

import pytest

from app.domain.matching.postal import same_address
from app.domain.model.records import Address
from app.oncord.mapping.values import read_address as read_shop
from app.places import country_code, country_name, state
from app.quickbooks.mapping.values import read_address as read_books
from app.quickbooks.mapping.values import write_address as write_books
from tests.support.joint import Joint
from tests.support.stories import Body, asked, book, change, customer, quiet, run, shop

AMERICAN: Body = {
    "line1": "1 Main St",
    "suburb": "San Pablo",
    "state": "California",
    "postcode": "94806",
    "country": "US",
}
THERE: Body = {"Line1": "1 Main St", "City": "San Pablo", "CountrySubDivisionCode": "CA", "PostalCode": "94806-1234",
               "Country": "USA"}  # fmt: skip


@pytest.mark.parametrize(
    ("country", "written", "shown"),
    [
        ("US", "California", "CA"),
        ("US", "ca", "CA"),
        ("US", "Washington DC", "DC"),
        ("CA", "Québec", "QC"),
        ("CA", "Ontario", "ON"),
        ("AU", "New South Wales", "NSW"),
        ("AU", "N.S.W.", "NSW"),
        ("AU", "Vic", "VIC"),
        ("NZ", "AUK", "Auckland"),
        ("NZ", "Auckland", "Auckland"),
        ("GB", "ENG", "England"),
        ("GB", "Kent", "Kent"),
        ("", "California", "CA"),
        ("", "Tasmania", "TAS"),
        ("DE", "Bayern", "Bayern"),
        ("US", "Bavaria", "Bavaria"),
        ("", "Springfield", "Springfield"),
    ],
)
def test_a_state_is_written_as_its_country_writes_it_and_never_guessed(country: str, written: str, shown: str) -> None:
    assert state(country, written) == shown
    assert read_shop({"state": written, "country": country}).state == shown
    assert read_books({"CountrySubDivisionCode": written, "Country": country_name(country)}).state == shown


@pytest.mark.parametrize(
    ("written", "code", "shown"),
    [
        ("Australia", "AU", "Australia"),
        ("AUS", "AU", "Australia"),
        ("United States of America", "US", "USA"),
        ("U.S.A.", "US", "USA"),
        ("england", "GB", "United Kingdom"),
        ("UK", "GB", "United Kingdom"),
        ("South Korea", "KR", "South Korea"),
        ("Deutschland?", "", ""),
        ("Oz", "", ""),
    ],
)
def test_a_country_is_a_code_at_the_shop_and_a_name_in_the_books(written: str, code: str, shown: str) -> None:
    assert country_code(written) == code
    assert read_books({"Country": written}).country == (code or written)
    assert write_books(Address(country=code))["Country"] == shown


def at(line1: str, suburb: str = "", state: str = "", postcode: str = "", country: str = "") -> Address:
    return Address(line1, "", suburb, state, postcode, country)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (at("1 Main St", "San Pablo", "CA", "94806", "US"), at("1 main st", "San Pablo", "CA", "94806-1234"), True),
        (at("1 Main St", "San Pablo", "CA", "948061234", "US"), at("1 Main St", "San Pablo", "CA", "94806"), True),
        (at("1 Main St", "San Pablo", "CA", "94806", "US"), at("1 Main St, San Pablo, CA  94806-1234"), True),
        (at("1 High St", "Ottawa", "ON", "K1A 0B1", "CA"), at("1 High St", "Ottawa", "ON", "k1a0b1", "CA"), True),
        (at("1 High St", "London", "", "SW1A 1AA", "GB"), at("1 High St", "London", "", "SW1A1AA"), True),
        (at("1 High St", "Perth", "WA", "6000", "AU"), at("1 High St", "Perth", "WA", "6000", "Oz"), True),
        (at("1 High St", "Perth", "WA", "6000", "AU"), at("1 High St", "Perth", "WA", "6000", "NZ"), False),
        (at("1 High St", "Perth", "WA", "6000"), at("1 High St", "Perth", "WA", "6001"), False),
        (at("1 High St", "Perth", "WA", "6000"), at("1 High St", "Perth", "TAS", "6000"), False),
        (at("1 Main St", "San Pablo", "CA", "94806", "US"), at("1 Main St", "San Pablo", "CA", "94807-1234"), False),
        (at("1 High St", "Berlin", "", "12345-6789", "DE"), at("1 High St", "Berlin", "", "12345", "DE"), False),
        (at("1 High St"), at(""), False),
    ],
)
def test_two_ways_of_writing_are_one_address_and_two_addresses_are_two(
    one: Address, other: Address, same: bool
) -> None:
    assert same_address(one, other) is same
    assert same_address(other, one) is same


async def linked(joint: Joint, **members: object) -> tuple[Body, Body]:
    """A contact that has its customer."""
    contact = await joint.contact("Jane", "Doe", **members)
    await joint.sale(contact["id"])
    await run(joint)
    [made] = await joint.books_list("customer")
    return contact, made


@pytest.mark.parametrize(
    ("ours", "there", "written"),
    [
        (AMERICAN, THERE, {"CountrySubDivisionCode": "CA", "Country": "USA"}),
        (
            {"line1": "1 Bay St", "suburb": "Toronto", "state": "Ontario", "postcode": "M5H 2N2", "country": "CA"},
            {"Line1": "1 Bay St", "City": "Toronto", "CountrySubDivisionCode": "ON", "PostalCode": "m5h2n2"},
            {"CountrySubDivisionCode": "ON", "Country": "Canada"},
        ),
        (
            {"line1": "1 Queen St", "suburb": "Auckland", "state": "Auckland", "postcode": "1010", "country": "NZ"},
            {"Line1": "1 Queen St", "City": "Auckland", "CountrySubDivisionCode": "AUK", "PostalCode": "1010",
             "Country": "New Zealand"},
            {"CountrySubDivisionCode": "Auckland", "Country": "New Zealand"},
        ),
        (
            {"line1": "1 High St", "suburb": "Perth", "state": "WA", "postcode": "6000", "country": "AU"},
            {"Line1": "1 High St", "City": "Perth", "CountrySubDivisionCode": "Western Australia", "PostalCode": "6000"},
            {"CountrySubDivisionCode": "WA", "Country": "Australia"},
        ),
    ],
)  # fmt: skip
async def test_c2_an_address_that_is_only_written_otherwise_moves_nothing(
    joint: Joint, ours: Body, there: Body, written: Body
) -> None:
    contact, made = await linked(joint, billing_address=ours)
    assert {part: made["BillAddr"][part] for part in written} == written
    assert await asked(joint) == []

    await change(joint, "customer", made["Id"], BillAddr=there)
    assert await run(joint) == []
    assert (await shop(joint, "contacts", contact["id"]))["billing_address"] == {"line2": None, **ours}
    assert {k: v for k, v in (await book(joint, "customer", made["Id"]))["BillAddr"].items() if k in there} == there
    await quiet(joint)

    await change(joint, "customer", made["Id"], BillAddr={**there, "Line1": "2 New St"})
    assert await run(joint) == [("oncord", "contact", "update")]
    assert (await shop(joint, "contacts", contact["id"]))["billing_address"]["line1"] == "2 New St"
    assert (await shop(joint, "contacts", contact["id"]))["billing_address"]["country"] in (ours["country"], "")
    await quiet(joint)


@pytest.mark.parametrize(
    ("written", "code"), [("Australia", "AU"), ("AUS", "AU"), ("New Zealand", "NZ"), ("UK", "GB"), ("DE", "DE")]
)
async def test_c4_a_country_from_the_books_becomes_a_code_that_the_shop_takes(
    joint: Joint, written: str, code: str
) -> None:
    await customer(joint, "Grace", BillAddr={"Line1": "1 High St", "City": "Perth", "Country": written})
    await run(joint)

    [contact] = await joint.shop_list("contacts")
    assert contact["billing_address"]["country"] == code
    assert await asked(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("word", ["Oz", "Deutschland?", "the moon"])
async def test_c5_a_country_that_is_none_is_left_out_and_overwritten_on_neither_side(joint: Joint, word: str) -> None:
    contact, made = await linked(joint, billing_address={"line1": "1 High St", "suburb": "Perth", "country": "AU"})
    await change(joint, "customer", made["Id"], BillAddr={"Line1": "1 High St", "City": "Perth", "Country": word})
    assert await run(joint) == []

    await change(joint, "customer", made["Id"], BillAddr={"Line1": "2 New St", "City": "Perth", "Country": word})
    assert await run(joint) == [("oncord", "contact", "update")]
    now = (await shop(joint, "contacts", contact["id"]))["billing_address"]
    assert (now["line1"], now["country"]) == ("2 New St", "AU")
    assert any(f'"{word}" is no country' in s.operation.reason for s in await joint.decisions())
    assert (await book(joint, "customer", made["Id"]))["BillAddr"]["Country"] == word
    assert await asked(joint) == []
    await quiet(joint)


async def test_c1_an_email_of_a_hundred_and_one_characters_is_left_out_and_said_once(joint: Joint) -> None:
    long = "a" * 89 + "@example.com"
    contact, made = await linked(joint, email=long, phone="0400 111 222")
    assert len(long) == 101
    assert "PrimaryEmailAddr" not in made
    assert made["PrimaryPhone"]["FreeFormNumber"] == "0400 111 222"
    [said] = [s for s in await joint.decisions() if "e-mail address" in s.operation.reason]
    assert "100 characters" in said.operation.reason
    await quiet(joint)

    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0400 333 444"})
    assert await run(joint) == [("quickbooks", "contact", "update")]
    assert not any("e-mail" in s.operation.reason for s in await joint.decisions())
    assert (await shop(joint, "contacts", contact["id"]))["email"] == long
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"email": "a" * 88 + "@example.com"})
    await run(joint)
    assert (await book(joint, "customer", made["Id"]))["PrimaryEmailAddr"]["Address"] == "a" * 88 + "@example.com"
    await quiet(joint)


async def test_s1_two_numbers_that_begin_alike_stay_two(joint: Joint) -> None:
    contact = await joint.contact()
    for number in ("WEB-2026-NORTHSIDE-000001", "WEB-2026-NORTHSIDE-000002", "1041"):
        sale = await joint.sale(contact["id"], number=number)
        await joint.receipt(sale, reference=f"pi_{number}x{number}")
    await run(joint)

    numbers = sorted(i["DocNumber"] for i in await joint.books_list("invoice"))
    assert [number[-6:] for number in numbers] == ["1041", "000001", "000002"]
    assert max(map(len, numbers)) == 21
    assert len({p["PaymentRefNum"] for p in await joint.books_list("payment")}) == 3
    await quiet(joint)
