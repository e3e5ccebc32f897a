"""The attack on other shops sees a leak of a single function, and of a single endpoint, and names nothing else."""

from collections.abc import Iterator
from functools import wraps
from random import Random
from typing import Any

import pytest

from app.services import attention
from app.services.ports import ServiceContainer
from app.storage.connections import connections
from app.storage.database import EVERY_CONNECTION, Transaction, turn_to
from app.storage.people.attention import AttentionItem
from tests.attack import tenants
from tests.support import tenants as shops
from tests.support.probes import functions
from tests.support.services import DatabaseUrls
from tests.support.tenants import Question

LEAKING = "connections.connections.get"
OTHERS = ("connections.connections.exists", "people.api_keys.of_connection", "records.mirrors.ids", "runs.runs.get")


async def test_one_function_that_turns_to_whoever_it_is_asked_about_is_seen(
    own_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    @wraps(connections.get)
    async def leaking(tx: Transaction, connection_id: str, **options: Any) -> Any:
        await turn_to(tx, connection_id)
        return await connections.get(tx, connection_id, **options)

    monkeypatch.setitem(functions(), LEAKING, leaking)
    monkeypatch.setattr(tenants, "functions", lambda: (LEAKING, *OTHERS))

    told = await tenants.by_functions(own_database, 60)

    assert told
    assert {leak.partition(" ")[0] for leak in told} == {LEAKING}


async def test_one_endpoint_that_shows_a_record_to_whoever_asks_is_seen(
    own_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_item = attention.read_item

    async def leaking(container: ServiceContainer, connection_id: str, item_id: str) -> AttentionItem:
        async with container.database.transaction(EVERY_CONNECTION) as tx:
            found = await tx.execute("SELECT connection_id FROM attention WHERE id = %s", (item_id,))
            row = await found.fetchone()
        return await read_item(container, row["connection_id"] if row else connection_id, item_id)

    def about_items(own: str, chance: Random) -> Iterator[Question]:
        return (each for each in real(own, chance) if "/attention/" in each.address)

    real = shops.questions
    monkeypatch.setattr(attention, "read_item", leaking)
    monkeypatch.setattr(tenants, "questions", about_items)
    monkeypatch.setattr(tenants, "OF_ONE_SHOP", 20)

    learned = await tenants.by_questions(own_database, 40)

    assert learned
    assert {" ".join(leak.split(" ")[:2]) for leak in learned} == {
        "GET /api/v1/connections/{connection_id}/attention/{item_id}"  # its page asks for more, and gets nothing
    }
