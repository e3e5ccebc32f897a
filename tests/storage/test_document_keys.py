"""The keys of what was there before a release that looks things up otherwise are worked out anew, once."""

from dataclasses import replace

import pytest

from app.domain.model.records import Kind, Side
from app.storage.database import Transaction
from app.storage.records import mirrors
from tests.domain.builders import contact, sale, seen
from tests.storage.rows import NOON

BOOKS = Side.QUICKBOOKS


async def _as_before(tx: Transaction, numbers: list[str]) -> None:
    """Some documents and a person, with keys of an earlier version."""
    documents = [seen(BOOKS, Kind.SALE, str(n), replace(sale(), number=number)) for n, number in enumerate(numbers)]
    await mirrors.save(tx, "con_1", [*documents, seen(BOOKS, Kind.CONTACT, "c1", contact())], NOON)
    await tx.execute("UPDATE mirror SET key_number = lower(record->>'number'), keys_version = 1 WHERE kind = 'sale'")
    await tx.execute("UPDATE mirror SET people_keys = '{}', keys_version = 0 WHERE kind = 'contact'")


@pytest.mark.parametrize(
    ("number", "asked"), [("INV-77312", "inv77312"), ("77-310", "77310"), ("WO/2026/118", "wo226118")]
)
async def test_documents_of_before_are_found_by_the_new_key(tx: Transaction, number: str, asked: str) -> None:
    await _as_before(tx, [number])
    assert await mirrors.candidates(tx, "con_1", BOOKS, Kind.SALE, numbers=[asked]) == []

    while await mirrors.refresh_keys(tx, "con_1"):
        pass

    [found] = await mirrors.candidates(tx, "con_1", BOOKS, Kind.SALE, numbers=[asked])
    assert found.id == "0"
    [person] = await mirrors.candidates(tx, "con_1", BOOKS, Kind.CONTACT, people=["@ada@example.com"])
    assert person.id == "c1"


async def test_keys_are_worked_out_in_portions_and_only_once(tx: Transaction) -> None:
    await _as_before(tx, ["1001", "1002", "#1003"])

    assert [await mirrors.refresh_keys(tx, "con_1", limit=3) for _ in range(3)] == [3, 1, 0]


async def test_what_was_deleted_has_no_keys_afterwards(tx: Transaction) -> None:
    await _as_before(tx, ["1001"])
    await tx.execute("UPDATE mirror SET deleted = true")

    await mirrors.refresh_keys(tx, "con_1")

    result = await tx.execute("SELECT DISTINCT key_number, key_name, key_contact, people_keys FROM mirror")
    assert [tuple(row.values()) for row in await result.fetchall()] == [("", "", "", [])]
