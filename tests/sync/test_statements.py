"""However many records a run carries, PostgreSQL is asked by the batch and by the chunk, never by the record."""

from collections import Counter

import pytest

from app.sync import engine
from tests.bench.world import contact, fill_books, fill_shop, sale
from tests.support.counted import Counted
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls

FEW, MANY = 60, 300
"""Two batches of QuickBooks' and ten; a chunk holds the larger number."""
BY_THE_RECORD = 0.9
"""What is asked more often than this for each further record is asked for each of them."""
MOST = {"in": 0.06, "out": 0.15}
"""Statements for each further record."""


async def _more_for_more(joint: Joint, direction: str) -> tuple[Counter[str], float]:
    """By how many statements the many exceed the few: of each text, and in all for each further record."""
    counts: list[Counter[str]] = []
    for number, size in enumerate((FEW, MANY)):
        await (_into_the_shop if direction == "in" else _into_the_books)(joint, number * 1000, size)
        counted = Counted()
        transaction = joint.runtime.database.transaction
        counted.watch(joint.runtime.database)
        run = await joint.sync(turns=1000)
        joint.runtime.database.transaction = transaction  # type: ignore[method-assign]
        assert (run.state, run.counters["created"]) == ("succeeded", size), (run.error, run.counters)
        counts.append(Counter(counted.statements))
    more = counts[1] - counts[0]
    return more, more.total() / (MANY - FEW)


async def _into_the_shop(joint: Joint, first: int, size: int) -> None:
    """Customers with an invoice each."""
    people = [_customer(number) for number in range(first, first + size // 2)]
    item = str((await joint.books_list("item"))[0]["Id"])
    customers = await fill_books(joint, "customer", people)
    await fill_books(joint, "invoice", [_invoice(n, customer, item) for n, customer in enumerate(customers, first)])


async def _into_the_books(joint: Joint, first: int, size: int) -> None:
    """Contacts with a sale each."""
    contacts = await fill_shop(joint, "contacts", [contact(number) for number in range(first, first + size // 2)])
    await fill_shop(joint, "sales", [sale(number, buyer) for number, buyer in enumerate(contacts, first)])


def _customer(number: int) -> dict[str, object]:
    return {"DisplayName": f"Person Number{number}", "GivenName": "Person", "FamilyName": f"Number{number}"}


def _invoice(number: int, customer: str, item: str) -> dict[str, object]:
    detail = {"ItemRef": {"value": item}, "Qty": 1, "UnitPrice": 10}
    line = {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail, "Description": "Tea"}
    return {
        "DocNumber": f"Q{number}",
        "CustomerRef": {"value": customer},
        "GlobalTaxCalculation": "NotApplicable",
        "Line": [line],
    }


@pytest.mark.parametrize("direction", ["in", "out"])
async def test_a_first_synchronisation_asks_by_the_batch(joint: Joint, direction: str) -> None:
    more, for_each = await _more_for_more(joint, direction)

    assert [text for text, count in more.items() if count >= BY_THE_RECORD * (MANY - FEW) / 2] == []
    assert for_each <= MOST[direction]


@pytest.mark.parametrize("large", [True, False])
async def test_a_large_first_synchronisation_has_postgresql_look_at_its_tables(
    own_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    if large:
        monkeypatch.setattr(engine, "LARGE", 10)
    counted = Counted()
    async with joined(own_database.app) as joint:
        counted.watch(joint.runtime.database)
        for number in range(2):
            await _into_the_books(joint, number * 1000, 20)
            run = await joint.sync()
            assert run.state == "succeeded", (run.error, run.counters)

    looks = Counter(text for text in counted.statements if "statistics_of" in text)
    assert (looks["SELECT statistics_of_records()"], looks["SELECT statistics_of_links()"] >= 2) == (large, large)
