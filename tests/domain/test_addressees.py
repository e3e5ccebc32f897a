"""Which lines of a free text are names, and what is certainly an address (docs/decisions/one-address-one-form.md)."""

import pytest

from app.domain.matching.addressees import is_name, place_in, same_place, street_in
from app.domain.model.records import Address, Name
from app.places import locality
from app.quickbooks.mapping.values import read_address, write_address

PETER = Name(first="Peter", last="Dukes", company="Dukes Basketball Camp", display="Dukes Basketball Camp")
HOME = Address("25 Court St.", "", "Tucson", "AZ", "85719", "US")


def text(*lines: str, **members: str) -> Address:
    return read_address({f"Line{n}": line for n, line in enumerate(lines, start=1)} | members)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Middlefield, CA  94303", ("Middlefield", "CA", "94303")),
        ("San Pablo, CA 94806-1234", ("San Pablo", "CA", "94806-1234")),
        ("St. Louis, Missouri 63101", ("St. Louis", "MO", "63101")),
        ("Washington DC 20001", ("Washington", "DC", "20001")),
        ("Charleston West Virginia 25301", ("Charleston", "WV", "25301")),
        ("Bondi Beach NSW 2026", ("Bondi Beach", "NSW", "2026")),
        ("North Sydney New South Wales 2060", ("North Sydney", "NSW", "2060")),
        ("Toronto, ON  M5H 2N2", ("Toronto", "ON", "M5H 2N2")),
        ("London SW1A 1AA", None),
        ("Wellington 6011", None),
        ("12 Main Street", None),
        ("PO Box 94303", None),
        ("WA 6000", None),
        ("Bondi NSW 20266", None),
        ("Middlefield, CA 9430", None),
        ("Bondi NSW 1234-5678", None),
        ("Main Street 5 Perth WA 6000", None),
        ("", None),
    ],
)
def test_a_last_line_is_read_only_where_state_and_postcode_are_of_one_country(
    line: str, found: tuple[str, str, str] | None
) -> None:
    assert locality(line) == found


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("Peter Dukes", True),
        ("Mr. Peter Dukes", True),
        ("P. Dukes", True),
        ("Dukes Basketball Camp, Inc.", True),
        ("DUKES, PETER", True),
        ("Paula Dukes", False),
        ("Basketball Camp", False),
        ("25 Court St.", False),
        ("Accounts Payable", False),
    ],
)
def test_a_line_is_a_name_where_it_is_what_the_customer_is_called(line: str, named: bool) -> None:
    assert is_name(line, [PETER]) is named


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        (("Peter Dukes", "Dukes Basketball Camp", "25 Court St.", "Tucson, AZ  85719"), ("25 Court St.", "")),
        (("Peter Dukes", "The Barn", "25 Court St.", "Tucson, AZ  85719"), ("The Barn", "25 Court St.")),
        (("25 Court St.", "Tucson, AZ  85719"), ("25 Court St.", "")),
        (("Peter Dukes", "25 Court St.", "Tucson, AZ  85719", "USA"), ("25 Court St.", "")),
        (("Peter Dukes", "Tucson, AZ  85719"), None),
        (("Dukes Basketball Camp", "25 Court St."), None),
        (("Somebody Else", "25 Court St.", "Tucson, AZ  85719"), None),
        (("Peter Dukes", "25 Court St.", "Tucson, AZ  85719", "Canada"), None),
        (("Tucson, AZ  85719",), None),
        (("Peter Dukes",), None),
    ],
)
def test_a_text_is_taken_apart_only_where_that_is_certain(
    lines: tuple[str, ...], place: tuple[str, str] | None
) -> None:
    found = place_in(text(*lines), [PETER])
    assert (None if found is None else (found.line1, found.line2)) == place
    assert found is None or (found.suburb, found.state, found.postcode) == ("Tucson", "AZ", "85719")


def test_a_street_without_a_suburb_is_told_where_it_can_be_no_name() -> None:
    assert street_in(text("Peter Dukes", "25 Court St."), [PETER]) == Address("25 Court St.")
    assert street_in(text("The Barn"), [PETER]) == Address("The Barn")
    assert street_in(text("Peter Dukes"), [PETER]) is None
    assert street_in(text("Somebody", "The Barn"), [PETER]) is None
    assert street_in(text("25 Court St.", "Tucson, AZ  85719"), [PETER]) is None


@pytest.mark.parametrize(
    ("lines", "same"),
    [
        (("Peter Dukes", "25 Court St.", "Tucson, AZ  85719"), True),
        (("Somebody Else", "25 court st.", "Tucson, Arizona 85719-1234"), True),
        (("Peter Dukes", "25 Court St.", "Tucson, AZ  85719", "USA"), True),
        (("Peter Dukes", "26 Court St.", "Tucson, AZ  85719"), False),
        (("Peter Dukes", "Suite 3", "25 Court St.", "Tucson, AZ  85719"), False),
        (("Peter Dukes",), False),
    ],
)
def test_who_it_is_for_makes_no_other_address(lines: tuple[str, ...], same: bool) -> None:
    assert same_place(text(*lines), HOME, [PETER]) is same
    assert same_place(HOME, text(*lines), [PETER]) is same


def test_what_links_of_before_hold_is_the_same_text() -> None:
    lines = ("Peter Dukes", "Dukes Basketball Camp", "25 Court St.", "Tucson, AZ  85719", "USA")
    assert same_place(text(*lines), Address(lines[0], ", ".join(lines[1:])), [PETER])


def test_text_is_written_as_it_stood() -> None:
    lines = {"Line1": "Reception", "Line2": "25 Court St.", "Line3": "Tucson, AZ  85719"}
    written = write_address(read_address(lines))
    assert {name: value for name, value in written.items() if value} == lines
