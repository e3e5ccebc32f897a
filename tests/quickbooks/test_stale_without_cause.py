"""5010 is stale only where the record, read again, bears another token; else the closing date, or QuickBooks' words, decide."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from app.domain.model.exchange import Outcome, OutcomeState, Write
from app.domain.model.operations import Action
from app.domain.model.records import Kind, Payment, Receipt, Sale, Snapshot
from tests.quickbooks.company import Company
from tests.quickbooks.hazard_register import survives
from tests.quickbooks.test_writing_quickbooks import jo, sale, snapshot_of

DAY = date(2026, 11, 1)
VENDOR = "You and root were working on this at the same time"


async def invoice(books: Company, customer: str = "A") -> Snapshot:
    return snapshot_of(await books.create(Kind.SALE, await sale(books, await books.customer(customer))))


def noted(books: Company, made: Snapshot, notes: str = "x") -> Write:
    assert isinstance(made.record, Sale)
    record = replace(made.record, notes=notes)
    return books.write(Action.UPDATE, Kind.SALE, record, target=made.id, version=made.version, fields=("notes",))


async def closed(books: Company, until: str) -> None:
    await books.door("POST", f"/companies/{books.realm}/close-books", {"date": until})


def is_parked_in_quickbooks_words(outcome: Outcome) -> bool:
    return (outcome.state, outcome.code) == (OutcomeState.REFUSED, "5010") and VENDOR in outcome.message


@survives("stale_without_cause")
async def test_5010_with_the_token_that_was_sent_is_refused_in_quickbooks_words(books: Company) -> None:
    made = await invoice(books)
    await books.hazard("stale_without_cause", times=1)

    (outcome,) = await books.send(noted(books, made))

    assert is_parked_in_quickbooks_words(outcome)
    assert "nobody has changed it" in outcome.message


async def test_5010_is_stale_where_the_token_differs_and_says_what_the_record_is_now(books: Company) -> None:
    made = await invoice(books)
    await books.person("invoice", {"Id": made.id, "sparse": True, "CustomerMemo": {"value": "by hand"}})
    reads = books.meter.total

    (outcome,) = await books.send(noted(books, made))

    assert (outcome.state, outcome.code) == (OutcomeState.STALE, "5010")
    now = outcome.snapshot.record if outcome.snapshot else None
    assert isinstance(now, Sale)
    assert now.notes == "by hand"
    assert books.meter.total == reads + 1, "the record once, and no closing date"


@pytest.mark.parametrize(("until", "code"), [("2026-11-01", "6200"), ("2026-10-31", "5010"), ("", "5010")])
async def test_a_document_on_or_before_the_closing_date_is_refused_as_one_of_closed_books(
    books: Company, until: str, code: str
) -> None:
    made = await invoice(books)
    assert isinstance(made.record, Sale)
    assert made.record.date == DAY
    await closed(books, until)
    await books.hazard("stale_without_cause", times=1)

    (outcome,) = await books.send(noted(books, made))

    assert (outcome.state, outcome.code) == (OutcomeState.REFUSED, code)
    assert ("The books are closed for this date." in outcome.message) is (code == "6200")


async def test_a_create_is_never_stale(books: Company) -> None:
    record = await sale(books, await books.customer("A"))
    await books.hazard("stale_without_cause", times=2)

    first = await books.create(Kind.SALE, record)
    await closed(books, str(record.date))
    second = await books.create(Kind.SALE, record)

    assert is_parked_in_quickbooks_words(first)
    assert (second.state, second.code) == (OutcomeState.REFUSED, "6200")


async def test_one_part_of_a_batch_is_refused_and_the_others_are_done(books: Company) -> None:
    one, other, moved = [await invoice(books, name) for name in "ABC"]
    await books.person("invoice", {"Id": moved.id, "sparse": True, "CustomerMemo": {"value": "by hand"}})
    await books.hazard("stale_without_cause", times=1)

    outcomes = await books.send(*(noted(books, made) for made in (one, other, moved)))

    states = [outcome.state for outcome in outcomes]
    assert states == [OutcomeState.REFUSED, OutcomeState.DONE, OutcomeState.STALE]


@pytest.mark.parametrize("action", [Action.DELETE, Action.VOID])
async def test_a_removal_is_judged_by_the_token_too(books: Company, action: Action) -> None:
    made = await invoice(books)
    await books.hazard("stale_without_cause", times=1)
    removal = books.write(action, Kind.SALE, made.record, target=made.id, version=made.version)

    (refused,) = await books.send(removal)
    await books.person("invoice", {"Id": made.id, "sparse": True, "CustomerMemo": {"value": "by hand"}})
    (stale,) = await books.send(books.write(action, Kind.SALE, made.record, target=made.id, version=made.version))

    assert is_parked_in_quickbooks_words(refused)
    assert stale.state is OutcomeState.STALE
    assert stale.snapshot is not None
    assert stale.snapshot.version != made.version


async def test_payments_and_customers_are_judged_alike(books: Company) -> None:
    bank = await books.account("Bank")
    contact = snapshot_of(await books.create(Kind.CONTACT, jo()))
    receipt = Receipt(contact.id, Payment(Decimal(50), "AUD"), bank, date=DAY)
    made = snapshot_of(await books.create(Kind.RECEIPT, receipt))
    await closed(books, "2026-11-01")
    await books.hazard("stale_without_cause", times=2)

    (payment,) = await books.send(
        books.write(Action.DELETE, Kind.RECEIPT, made.record, target=made.id, version=made.version)
    )
    (customer,) = await books.send(
        books.write(Action.UPDATE, Kind.CONTACT, jo(), target=contact.id, version=contact.version, fields=("phone",))
    )

    assert payment.code == "6200"
    assert is_parked_in_quickbooks_words(customer), "a customer has no date"
