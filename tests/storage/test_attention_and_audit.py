"""One open item per matter; acts in the order in which they happened."""

from typing import Any

import pytest

from app.domain.model.actor import Actor
from app.storage.database import Transaction
from app.storage.people import attention, audit
from tests.storage.rows import a_connection, at

ANN = Actor("Ann")


@pytest.fixture(autouse=True)
async def connection(tx: Transaction) -> None:
    await a_connection(tx)


async def an_item(tx: Transaction, item_id: str, minutes: float = 0, **changes: Any) -> str:
    values: dict[str, Any] = {
        "key": "unmapped:method:4",
        "kind": "unmapped",
        "rule": "R1",
        "summary": "Receipt 88 goes nowhere.",
        "actions": ["retry"],
        **changes,
    }
    return await attention.open_item(tx, "con_1", item_id=item_id, now=at(minutes), **values)


async def test_a_matter_that_comes_up_again_keeps_its_item_with_the_newest_words(tx: Transaction) -> None:
    await an_item(tx, "att_1")

    again = await an_item(tx, "att_2", 5, summary="Receipt 89 goes nowhere.", detail={"receipt": "89"})

    assert again == "att_1"
    (item,) = (await attention.page(tx, "con_1")).items
    assert (item.summary, item.detail, item.created_at, item.updated_at) == (
        "Receipt 89 goes nowhere.",
        {"receipt": "89"},
        at(0),
        at(5),
    )


async def test_a_resolved_matter_may_be_opened_anew(tx: Transaction) -> None:
    await an_item(tx, "att_1")
    assert await attention.resolve(tx, "con_1", "att_1", resolution="retry", by="Ann", now=at(1))
    assert not await attention.resolve(tx, "con_1", "att_1", resolution="dismiss", by="Bob", now=at(2))

    assert await an_item(tx, "att_2", 3) == "att_2"

    (resolved,) = (await attention.page(tx, "con_1", "resolved")).items
    assert (resolved.id, resolved.resolution, resolved.resolved_by, resolved.resolved_at) == (
        "att_1",
        "retry",
        "Ann",
        at(1),
    )


async def test_matters_that_settle_themselves_are_closed_by_key(tx: Transaction) -> None:
    await an_item(tx, "att_1")
    await an_item(tx, "att_2", key="conflict:contact:7")

    assert await attention.settle(tx, "con_1", ["conflict:contact:7", "other"], reason="agreed", now=at(1)) == 1

    assert [item.id for item in (await attention.page(tx, "con_1")).items] == ["att_1"]
    assert await attention.open_counts(tx, ["con_1", "con_2"]) == {"con_1": 1}


async def test_items_are_paged_newest_first(tx: Transaction) -> None:
    for number in range(5):
        await an_item(tx, f"att_{number}", number, key=str(number))

    first = await attention.page(tx, "con_1", "open", 3)
    second = await attention.page(tx, "con_1", "open", 3, first.next_cursor)

    assert [item.id for item in first.items + second.items] == ["att_4", "att_3", "att_2", "att_1", "att_0"]


async def test_an_item_of_another_connection_is_not_found(tx: Transaction) -> None:
    await an_item(tx, "att_1")

    assert await attention.get(tx, "con_2", "att_1") is None
    assert not await attention.resolve(tx, "con_2", "att_1", resolution="retry", by="Ann", now=at(1))


async def test_acts_are_listed_newest_first(tx: Transaction) -> None:
    for action in ("created", "configured", "paused"):
        await audit.record(tx, "con_1", at=at(0), who=ANN, action=action, detail={"at": at(0)})

    first = await audit.page(tx, "con_1", 2)
    second = await audit.page(tx, "con_1", 2, first.next_cursor)

    assert [entry.action for entry in first.items + second.items] == ["paused", "configured", "created"]
