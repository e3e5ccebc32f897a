"""What tells the links of one record apart is stored as the texts of always, and read back as the same."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.model.link_part import (
    CANCELLATION,
    CREDIT,
    PAY_BACK,
    PRIMARY,
    REFUND,
    WRITE_OFF,
    InCurrency,
    OfRecord,
    Opening,
    Part,
    RefundOf,
    format_part,
    in_currency,
    made_for_refund,
    made_for_write_off,
    parse_part,
)
from app.domain.model.links import Link, Origin
from app.domain.model.records import Kind, Side
from app.domain.planning.link_index import LinkIndex

IDS = st.integers(1, 10**9).map(lambda number: OfRecord(str(number)))
OF_KIND = {
    Kind.CONTACT: st.just(PRIMARY) | IDS | st.from_regex(r"\A[A-Z]{3}\Z").map(InCurrency),
    Kind.ITEM: st.just(PRIMARY) | IDS,
    Kind.SALE: st.sampled_from([PRIMARY, CANCELLATION, REFUND])
    | IDS
    | st.builds(Opening, st.dates(), whole=st.booleans())
    | st.builds(RefundOf, st.from_regex(r"\A[0-9a-f:-]{1,40}\Z")),
    Kind.RECEIPT: st.sampled_from([PRIMARY, CREDIT, CANCELLATION, REFUND, PAY_BACK, WRITE_OFF]) | IDS,
}


@pytest.mark.parametrize("kind", list(Kind))
@given(data=st.data())
def test_what_is_stored_is_read_back_as_the_same(kind: Kind, data: st.DataObject) -> None:
    part: Part = data.draw(OF_KIND[kind])

    assert parse_part(kind, format_part(part)) == part


@pytest.mark.parametrize(
    ("kind", "text", "part"),
    [
        (Kind.CONTACT, "", PRIMARY),
        (Kind.CONTACT, "USD", InCurrency("USD")),
        (Kind.CONTACT, "17", OfRecord("17")),
        (Kind.RECEIPT, "credit", CREDIT),
        (Kind.RECEIPT, "17", OfRecord("17")),
        (Kind.RECEIPT, "USD", OfRecord("USD")),
        (Kind.SALE, "802", OfRecord("802")),
        (Kind.SALE, "cancelled", CANCELLATION),
        (Kind.SALE, "opening 2026-07-01", Opening(date(2026, 7, 1))),
        (Kind.SALE, "opening 2026-07-01 whole", Opening(date(2026, 7, 1), whole=True)),
        (Kind.SALE, "opening 2026-13-01", OfRecord("opening 2026-13-01")),
        (Kind.RECEIPT, "opening 2026-07-01", OfRecord("opening 2026-07-01")),
        (Kind.RECEIPT, "cancelled", CANCELLATION),
        (Kind.SALE, "refund", REFUND),
        (Kind.SALE, "refund:1041", RefundOf("1041")),
        (Kind.RECEIPT, "pay_back", PAY_BACK),
        (Kind.RECEIPT, "write_off", WRITE_OFF),
        (Kind.SALE, "pay_back", OfRecord("pay_back")),
        (Kind.CONTACT, "cancelled", OfRecord("cancelled")),
    ],
)
def test_the_texts_are_those_that_rows_hold(kind: Kind, text: str, part: Part) -> None:
    assert parse_part(kind, text) == part
    assert format_part(part) == text


@given(st.text())
def test_whatever_a_row_holds_is_written_back_unchanged(text: str) -> None:
    assert all(format_part(parse_part(kind, text)) == text for kind in Kind)


def test_a_company_with_one_currency_has_one_customer_for_each_contact() -> None:
    assert in_currency("") is PRIMARY
    assert in_currency("USD") == InCurrency("USD")


def test_the_links_of_a_record_stand_in_the_order_of_their_texts_the_primary_one_first() -> None:
    parts = [InCurrency("USD"), OfRecord("17"), PRIMARY, InCurrency("EUR")]
    links = [Link(n, Kind.CONTACT, "1", f"c{n}", Origin.BOTH, part=part) for n, part in enumerate(parts)]
    index = LinkIndex.of(links)
    key = (Side.ONCORD, Kind.CONTACT, "1")

    assert [link.part for link in index.parts(key)] == [PRIMARY, OfRecord("17"), InCurrency("EUR"), InCurrency("USD")]
    assert [link.id for link in (index.live(key), index.live(key, InCurrency("USD"))) if link] == [2, 0]
    assert index.live(key, InCurrency("NZD")) is None


@pytest.mark.parametrize(
    ("marker", "is_made"),
    [
        ("quickbooks:9130:sale:17:refund", True),
        ("quickbooks:9130:sale:17:refund:g2", True),
        ("quickbooks:9130:sale:17:refund:1041", True),
        ("quickbooks:9130:sale:17:refund:1041:g1", True),
        ("quickbooks:9130:sale:117:refund:1041", False),
        ("quickbooks:9130:sale:17", False),
        ("quickbooks:9130:receipt:17:pay_back", False),
    ],
)
def test_r5_an_adjustment_says_for_which_refund_it_was_made(marker: str, is_made: bool) -> None:
    assert made_for_refund(marker, "17") is is_made


@pytest.mark.parametrize(
    ("marker", "adjustment"),
    [
        ("quickbooks:9130:receipt:17:write_off", "17"),
        ("quickbooks:9130:receipt:17:write_off:g1", "17"),
        ("quickbooks:9130:receipt:17", ""),
        ("quickbooks:9130:receipt:17:pay_back", ""),
        ("", ""),
    ],
)
def test_s7_a_receipt_says_which_bad_debt_it_was_made_for(marker: str, adjustment: str) -> None:
    assert made_for_write_off(marker) == adjustment
