"""Characters that nothing can hold, and rows that make no sense, as they come from QuickBooks' wire: cleaned or set aside."""

import json
from decimal import Decimal

import pytest

from app.domain.model.records import Contact, Kind
from app.domain.model.texts import clean, one_line
from app.oncord.mapping.records import to_snapshot
from app.oncord.site import read_json as read_shop
from app.quickbooks.http.faults import read_json as read_books
from app.quickbooks.mapping.books import Books
from app.quickbooks.mapping.snapshots import read_snapshot
from app.quickbooks.webhook import parse

BOOKS = Books("1", "Books", "AU", "AUD")


@pytest.mark.parametrize("read", [read_shop, read_books])
@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"a": "x\\u0000y"}', "xy"),
        (b'{"a": "x\x00y"}', "xy"),
        (b'{"a": "x\\ud83dy"}', "xy"),
        (b'{"a": "x\\uDE00y"}', "xy"),
        (b'{"a": "x\\by\\u009b"}', "xy"),
        (b'{"a": "x\xed\xa0\xbdy"}', "x\ufffd\ufffd\ufffdy"),
        (b'\xef\xbb\xbf{"a": "xy"}', "xy"),
        (b'{"a": "x\\ud83d\\ude00y"}', "x\U0001f600y"),
        ('{"a": "Zoë\\n\\tÅ 東京"}'.encode(), "Zoë\n\tÅ 東京"),
    ],
)
def test_every_answer_is_cleaned_at_the_door(read: object, body: bytes, said: str) -> None:
    assert read(body) == {"a": said}  # type: ignore[operator]


@pytest.mark.parametrize("read", [read_shop, read_books])
def test_an_endless_number_spoils_its_own_row_only(read: object) -> None:
    found = read(b'[{"TotalAmt": ' + b"9" * 5000 + b'}, {"TotalAmt": 1}]')  # type: ignore[operator]
    assert [read_snapshot("Invoice", row, BOOKS).unreadable != "" for row in found] == [True, False]


@pytest.mark.parametrize(
    "document",
    [
        {"TotalAmt": "a lot"},
        {"TotalAmt": Decimal("1E+400")},
        {"TotalAmt": True},
        {"Line": [{"DetailType": "SalesItemLineDetail", "Amount": {"no": "amount"}}]},
        {"TxnTaxDetail": {"TaxLine": [{"Amount": "x"}]}},
    ],
)
def test_an_unreadable_document_keeps_its_id_and_says_why(document: dict[str, object]) -> None:
    seen = read_snapshot("Invoice", {"Id": "7", "SyncToken": "1", **document}, BOOKS)
    assert (seen.id, seen.deleted, seen.record) == ("7", False, None)
    assert "not an amount" in seen.unreadable
    shop = to_snapshot(Kind.SALE, {"id": "7", "version": "1", "total": "x"})
    assert (shop.id, shop.deleted, shop.record, shop.unreadable) == ("7", False, None, "not an amount: 'x'")


def test_a_readable_document_says_nothing() -> None:
    assert read_snapshot("Invoice", {"Id": "7", "TotalAmt": Decimal("1.00")}, BOOKS).unreadable == ""
    seen = read_snapshot("Customer", {"Id": "7", "DisplayName": "Zo\x00e\u0308 \x07"}, BOOKS).record
    assert isinstance(seen, Contact)
    assert seen.name.display == "Zoe\u0308"


def test_cleaning_twice_is_cleaning_once() -> None:
    odd = "".join(map(chr, [*range(0x300), 0xD83D, 0xDE00, 0xFFFE, 0x1F600]))
    assert clean(clean(odd)) == clean(odd)
    assert {"\n", "\t", "\r", "é", "\U0001f600"} <= set(clean(odd))
    assert one_line(" 12 Wharf\r\nStreet\t ") == "12 Wharf Street"


def test_a_notice_is_cleaned_like_everything_else() -> None:
    event = {"id": "e\x001", "type": "qbo.in\x00voice.updated.v1", "intuitaccountid": "9", "intuitentityid": "4\ud83d5"}
    [webhook_event] = parse(json.dumps([event]).encode())
    assert (webhook_event.event_id, webhook_event.entity, webhook_event.record_id) == ("e1", "invoice", "45")
