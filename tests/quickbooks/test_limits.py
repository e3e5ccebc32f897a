"""Every text of every kind against QuickBooks' limits: prose is cut, what identifies is whole or left out, and it is said."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.domain.model.exchange import OutcomeState
from app.domain.model.operations import Action
from app.domain.model.records import (
    Address,
    Contact,
    Item,
    Kind,
    Line,
    Money,
    Name,
    Payment,
    Receipt,
    Sale,
)
from app.quickbooks.mapping.limits import fitted, short_number
from tests.quickbooks.company import Company


def put(record: Any, path: str, value: str) -> Any:
    """A record with one text in it replaced."""
    head, _, rest = path.partition(".")
    if head == "lines":
        return replace(record, money=replace(record.money, lines=(put(record.money.lines[0], rest, value),)))
    return replace(record, **{head: put(getattr(record, head), rest, value) if rest else value})


def get(record: Any, path: str) -> str:
    """That text again."""
    head, _, rest = path.partition(".")
    if head == "lines":
        return get(record.money.lines[0], rest)
    return get(getattr(record, head), rest) if rest else str(getattr(record, head))


PROSE, IDENTITY, TAIL = "cut", "left out", "end is kept"
CONTACT = [
    ("name.first", 100, PROSE),
    ("name.last", 100, PROSE),
    ("name.company", 100, PROSE),
    ("name.display", 500, PROSE),
    ("email", 100, IDENTITY),
    ("phone", 30, IDENTITY),
    ("mobile", 30, IDENTITY),
    ("fax", 30, IDENTITY),
    ("website", 1000, IDENTITY),
    ("tax_number", 20, IDENTITY),
]
ADDRESS = [
    ("line1", 500, PROSE),
    ("line2", 500, PROSE),
    ("suburb", 255, PROSE),
    ("state", 255, PROSE),
    ("postcode", 30, IDENTITY),
    ("country", 255, PROSE),
]
PLACES = [(f"{at}.{part}", n, how) for at in ("billing_address", "shipping_address") for part, n, how in ADDRESS]
SALE = [("number", 21, TAIL), ("notes", 1000, PROSE), ("lines.description", 4000, PROSE), *PLACES]
TABLE = [
    *[(Kind.CONTACT, *row) for row in [*CONTACT, *PLACES]],
    *[(Kind.SALE, *row) for row in SALE],
    (Kind.RECEIPT, "reference", 21, TAIL),
    (Kind.ITEM, "code", 100, IDENTITY),
]
ASIDE = {
    Kind.CONTACT: Contact(name=Name(first="Jo", last="Citizen", display="Jo Citizen")),
    Kind.SALE: Sale("", Money("AUD")),
    Kind.RECEIPT: Receipt("", Payment(Decimal("5.00"), "AUD")),
    Kind.ITEM: Item(code="A", name="Tea"),
}


async def whole(books: Company, kind: Kind) -> Any:
    """A record of the kind that QuickBooks takes."""
    record: Any = ASIDE[kind]
    if kind is Kind.CONTACT or kind is Kind.ITEM:
        return record
    customer = await books.customer("Jo Citizen")
    if kind is Kind.RECEIPT:
        return replace(record, contact_id=customer, channel=await books.account("Bank"))
    gst = await books.tax_code("GST")
    line = Line(Decimal("11.00"), item=await books.item(), description="Tea", tax_code=gst, tax=Decimal("1.00"))
    return replace(record, contact_id=customer, money=Money("AUD", (line,), True, Decimal("1.00"), Decimal("11.00")))


def text(path: str, length: int) -> str:
    """A text of that length that is different at every place."""
    running = "".join(str(n) for n in range(2000))[:length]
    if path == "email":
        return (running * 3)[: length - 12] + "@example.com"
    return f"http://x.example/{running}"[:length] if path == "website" else running


@pytest.mark.parametrize(("kind", "path", "limit", "how"), TABLE, ids=str)
async def test_one_character_too_many(books: Company, kind: Kind, path: str, limit: int, how: str) -> None:
    long, fits = text(path, limit + 1), text(path, limit)
    record = put(await whole(books, kind), path, long)
    books.side._income_account = await books.account("Income")
    write = books.write(Action.CREATE, kind, record)
    prepared = books.side.prepare([write])
    (outcome,) = await books.send(write)

    assert outcome.state is OutcomeState.DONE, outcome
    assert outcome.snapshot is not None
    expected = {PROSE: long[:limit], IDENTITY: "", TAIL: long[-limit:]}[how]
    assert get(outcome.snapshot.record, path) == expected
    assert how in prepared.notes[write.operation_id]
    assert str(limit) in prepared.notes[write.operation_id]

    unharmed, note = fitted(put(ASIDE[kind], path, fits) if path != "lines.description" else record, (), None)
    assert path == "lines.description" or get(unharmed, path) == fits
    assert note == ""


@pytest.mark.parametrize(
    ("field", "written", "kept"),
    [
        ("phone", "+61 (0)8 9000 0000 - extension no. 12", "+610890000000extensionno12"),
        ("tax_number", "51 - 824 - 753 - 556 - 01", "5182475355601"),
        ("phone", "08 9000 0000", "08 9000 0000"),
        ("tax_number", "51 824 753 556", "51 824 753 556"),
    ],
)
def test_punctuation_makes_room_before_anything_is_left_out(field: str, written: str, kept: str) -> None:
    made, note = fitted(Contact(**{field: written}), (field,), None)
    assert (getattr(made, field), note) == (kept, "")


def test_two_long_numbers_stay_two() -> None:
    one, other = (short_number(f"WEB-2026-NORTHSIDE-{n}") for n in ("000001", "000002"))
    assert (one, other) == ("2026-NORTHSIDE-000001", "2026-NORTHSIDE-000002")
    assert short_number("1041") == "1041"


def test_what_is_not_written_is_not_spoken_of() -> None:
    record, note = fitted(Contact(email="x" * 200), ("phone",), None)
    assert note == ""
    assert isinstance(record, Contact)


@pytest.mark.parametrize(
    ("ours", "there", "written"),
    [("", "Oz", "Oz"), ("NZ", "Oz", "NZ"), ("", "AU", ""), ("", "", ""), ("AU", "NZ", "AU")],
)
def test_a_country_in_words_of_quickbooks_own_stays_where_the_shop_says_none(
    ours: str, there: str, written: str
) -> None:
    record, _ = fitted(
        Contact(billing_address=Address("1 New St", country=ours)),
        ("billing_address",),
        Contact(billing_address=Address("1 Old St", country=there)),
    )
    assert isinstance(record, Contact)
    assert record.billing_address == Address("1 New St", country=written)
