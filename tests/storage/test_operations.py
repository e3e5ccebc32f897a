"""Operations are read back as they were planned, also where former versions had written them."""

from dataclasses import replace

import pytest

from app.domain.model.link_part import CREDIT, PRIMARY, InCurrency, OfRecord, Part
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Kind, Side
from app.domain.model.waiting import UNDECIDED, Answer, Approval, OtherRecord, PersonsDecision, WaitsFor
from app.storage.database import Transaction
from app.storage.runs import operations
from app.storage.runs.operations import StoredOperation
from tests.storage.rows import NOON, a_connection, a_run


@pytest.fixture(autouse=True)
async def run(tx: Transaction) -> None:
    await a_connection(tx)
    await a_run(tx, "run_1")


def decided(action: Action, kind: Kind = Kind.CONTACT) -> Operation:
    return Operation(action, Side.QUICKBOOKS, kind, "C1", "for a test", source_id="1", target_id="c1")


async def stored(tx: Transaction, operation: Operation) -> Operation:
    """The operation as it is read back after it was stored."""
    row = StoredOperation("op_1", "run_1", 0, operation, state="decided")
    await operations.add(tx, "con_1", [row], 1, NOON)
    (found,) = await operations.of_run(tx, "con_1", "run_1")
    return found.operation


async def columns(tx: Transaction) -> tuple[str, str]:
    """What is stored of it in `waits_for` and in `part`."""
    result = await tx.execute("SELECT waits_for, part FROM operation WHERE id = 'op_1'")
    row = await result.fetchone()
    assert row is not None
    return row["waits_for"], row["part"]


@pytest.mark.parametrize(
    ("kind", "part", "text"),
    [
        (Kind.CONTACT, PRIMARY, ""),
        (Kind.CONTACT, InCurrency("USD"), "USD"),
        (Kind.RECEIPT, CREDIT, "credit"),
        (Kind.RECEIPT, OfRecord("17"), "17"),
    ],
)
async def test_a_write_says_which_link_it_is_about(tx: Transaction, kind: Kind, part: Part, text: str) -> None:
    operation = replace(decided(Action.CREATE, kind), part=part)

    assert await stored(tx, operation) == operation
    assert await columns(tx) == ("", text)


@pytest.mark.parametrize(
    ("waits_for", "head", "matter"),
    [
        (UNDECIDED, "configuration", "payment methods"),
        (PersonsDecision("deleted sale 7"), "person", "deleted sale 7"),
        (PersonsDecision(), "person", ""),
        (Approval(Kind.SALE), "approval", "mass removal of sales"),
        (OtherRecord(Kind.CONTACT, Side.ONCORD, "7"), "contact:oncord:7", ""),
        (Answer(Kind.CONTACT, Side.ONCORD, "7", "USD"), "record:contact:oncord:7:USD", ""),
    ],
)
async def test_what_is_laid_aside_says_what_it_waits_for(
    tx: Transaction, waits_for: WaitsFor, head: str, matter: str
) -> None:
    operation = replace(decided(Action.PARK), waits_for=waits_for)

    assert await stored(tx, operation) == operation
    assert await columns(tx) == (head, matter)


async def test_an_adoption_says_that_a_contact_shares_the_customer_of_another_one(tx: Transaction) -> None:
    shared = replace(decided(Action.ADOPT), shares_customer=True)

    assert await stored(tx, shared) == shared
    assert await columns(tx) == ("", "shared")


async def test_an_adoption_of_a_further_customer_shares_none(tx: Transaction) -> None:
    further = replace(decided(Action.ADOPT), part=InCurrency("USD"))

    assert await stored(tx, further) == further


@pytest.mark.parametrize("beside", [True, False])
async def test_a_merged_record_stands_beside_the_link_that_the_survivor_has(tx: Transaction, beside: bool) -> None:
    moved = replace(decided(Action.REPOINT), stands_beside=beside)

    assert await stored(tx, moved) == moved


async def test_the_id_that_former_versions_wrote_beside_a_merge_means_the_same(tx: Transaction) -> None:
    moved = replace(decided(Action.REPOINT), stands_beside=True)
    await stored(tx, moved)
    await tx.execute("UPDATE operation SET part = '17' WHERE id = 'op_1'")

    (found,) = await operations.of_run(tx, "con_1", "run_1")

    assert found.operation == moved
