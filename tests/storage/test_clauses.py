"""Changes that do not need each other go to PostgreSQL in one statement, which answers for one of them."""

import pytest

from app.domain.model.link_part import PRIMARY
from app.domain.model.links import Origin
from app.domain.model.records import Contact, Kind, Name, Side, Snapshot
from app.domain.model.waiting import OtherRecord
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.clauses import Clause, carry_out
from app.storage.database import Transaction
from app.storage.records import links, mirrors
from app.storage.records.agreed_pairs import AgreedPair, agree
from tests.storage.rows import NOON, a_connection, at
from tests.support.counted import Counted, Watched

HERE = "con_1"
SNAPSHOT = Snapshot(Side.QUICKBOOKS, Kind.CONTACT, "q1", "0", Contact(name=Name(first="Ada")))


@pytest.fixture(autouse=True)
async def connection(tx: Transaction) -> None:
    await a_connection(tx)


def pair(oncord_id: str, quickbooks_id: str) -> AgreedPair:
    return AgreedPair(Kind.CONTACT, oncord_id, quickbooks_id, Origin.ONCORD, 0, PRIMARY, None, None)


async def waiting(tx: Transaction, *ids: str) -> None:
    """Sales that wait for contact o1 each."""
    rows = [PendingChange(Side.ONCORD, Kind.SALE, each) for each in ids]
    await change_queue.add(tx, HERE, rows, NOON)
    for_contact = OtherRecord(Kind.CONTACT, Side.ONCORD, "o1")
    await change_queue.park(tx, HERE, rows, waits_for=for_contact, reason="It waits.")


async def test_no_clauses_are_no_statement(tx: Transaction) -> None:
    counted = Counted()

    assert await carry_out(Watched(tx, counted), [None, None]) == []  # type: ignore[arg-type]
    assert counted.statements == []


async def test_the_statement_answers_for_the_clause_that_has_an_answer(tx: Transaction) -> None:
    silent = Clause("gone AS (DELETE FROM mirror WHERE connection_id = %(c)s)", {"c": HERE})
    telling = Clause("three AS (SELECT %(n)s + 1 AS n)", {"n": 2}, "SELECT n FROM three")

    assert await carry_out(tx, [silent]) == []
    assert await carry_out(tx, [silent, None, telling]) == [{"n": 3}]


async def test_a_pair_is_stored_with_what_waits_for_it_and_the_record_that_was_made(tx: Transaction) -> None:
    await waiting(tx, "s1", "s2")
    counted = Counted()
    freed = change_queue.releasing(HERE, at(1), [OtherRecord(Kind.CONTACT, Side.ONCORD, "o1")])
    saved = mirrors.saving(HERE, [SNAPSHOT], at(1))

    ids = await agree(Watched(tx, counted), HERE, [pair("o1", "q1")], at(1), [freed, None, saved])  # type: ignore[arg-type]

    assert len(counted.statements) == 1
    (link,) = await links.of_records(tx, HERE, Kind.CONTACT, Side.ONCORD, ["o1"])
    assert [link.id] == ids
    assert await change_queue.count(tx, HERE, at(2)) == (2, 0)
    assert list(await mirrors.load(tx, HERE, Side.QUICKBOOKS, Kind.CONTACT, ["q1"])) == ["q1"]


async def test_what_goes_beside_pairs_that_need_each_other_goes_once_with_the_last_of_them(tx: Transaction) -> None:
    counted = Counted()
    one = Clause("counted AS (UPDATE connection SET configuration_version = configuration_version + 1)", {})

    await agree(Watched(tx, counted), HERE, [pair("o1", "q1"), pair("o1", "q2")], NOON, [one])  # type: ignore[arg-type]
    await agree(tx, HERE, [], NOON, [one])

    assert ["counted AS" in text for text in counted.statements] == [False, True]
    result = await tx.execute("SELECT configuration_version AS n FROM connection WHERE id = %s", (HERE,))
    assert await result.fetchone() == {"n": 2}
