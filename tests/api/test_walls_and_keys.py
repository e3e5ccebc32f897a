"""No key and no session of one connection leads around the wall between connections: each address is asked, and watched."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.access import TABLE
from app.services.callers import EVERY_SCOPE, Need
from app.storage.database import EVERY_CONNECTION, About, Database, Presented
from tests.api.test_access import a_key, a_session
from tests.support.app import Service
from tests.support.routes import example_of

LAST = (
    "POST /api/v1/connections/{connection_id}/disconnect",
    "POST /api/v1/connections/{connection_id}/start-over",
    "DELETE /api/v1/connections/{connection_id}",
    "POST /sign-out",
)
"""What ends what the others are asked of, in the order in which it is asked."""
BODIES: dict[str, Any] = {
    "PATCH /api/v1/connections/{connection_id}": {"name": "Another name"},
    "POST /api/v1/connections/{connection_id}/keys": {"name": "Nightly", "scopes": ["read"]},
    "POST /api/v1/connections/{connection_id}/launch-link": {"person": "Jane", "role": "viewer", "page": ""},
    "POST /api/v1/connections/{connection_id}/tie-outs": {},
    "POST /api/v1/connections/{connection_id}/sealed-months": {"month": "2026-10"},
}


def asked_last(address: str) -> tuple[int, str]:
    return LAST.index(address) + 1 if address in LAST else 0, address


ADDRESSES = sorted((address for address, need in TABLE.items() if isinstance(need, Need)), key=asked_last)


@pytest.fixture
def transactions(monkeypatch: pytest.MonkeyPatch) -> list[About]:
    """What every transaction is about, from the moment that this is asked for."""
    begun: list[About] = []
    transaction = Database.transaction

    @asynccontextmanager
    async def watched(self: Database, about: About, *, one_moment: bool = False) -> AsyncIterator[Any]:
        begun.append(about)
        async with transaction(self, about, one_moment=one_moment) as tx:
            yield tx

    monkeypatch.setattr(Database, "transaction", watched)
    return begun


async def test_a_key_with_every_scope_leads_nowhere_but_to_its_connection(
    service: Service, transactions: list[About]
) -> None:
    connection_id, _ = await service.ready_connection()
    key = (await a_key(service, connection_id, EVERY_SCOPE))["key"]
    statuses = []
    for address in (each for each in ADDRESSES if " /api/" in each):
        transactions.clear()
        method, path = example_of(address, connection_id)
        body = None if method == "GET" else BODIES.get(address, {})
        shown = {"Authorization": f"Bearer {key}"}
        answer = await service.browser.request(method, path, headers=shown, json=body)
        statuses.append(answer.status_code)

        assert about(transactions) <= {connection_id}, address
        assert transactions, address
    assert sum(status < 300 for status in statuses) > 20, statuses


@pytest.mark.parametrize("role", ["viewer", "merchant"])
async def test_neither_does_a_session_that_a_launch_link_opened(
    service: Service, transactions: list[About], role: str
) -> None:
    connection_id, _ = await service.ready_connection()
    visitor = await a_session(service, connection_id, role)
    statuses = []
    for address in (each for each in ADDRESSES if " /api/" not in each):
        transactions.clear()
        method, path = example_of(address, connection_id)
        data = {"csrf": visitor.csrf} if method == "POST" else None
        answer = await service.browser.request(method, path, data=data)
        statuses.append(answer.status_code)

        assert about(transactions) <= {connection_id}, address
    assert statuses.count(200) >= 4, statuses


async def test_nor_does_opening_a_launch_link(service: Service, transactions: list[About]) -> None:
    connection_id, _ = await service.ready_connection()
    link = {"person": "Jane", "role": "bookkeeper", "page": ""}
    made = await service.api.post(f"/api/v1/connections/{connection_id}/launch-link", json=link)
    ticket = made.json()["url"].rpartition("ticket=")[2]
    transactions.clear()

    await service.browser.get(f"/launch?ticket={ticket}")
    opened = await service.browser.post("/launch", data={"ticket": ticket})

    assert opened.status_code == 303, opened.text
    assert about(transactions) == {connection_id}


async def test_the_operator_sees_all_of_them(service: Service, transactions: list[About]) -> None:
    await service.api.get("/api/v1/connections")

    assert EVERY_CONNECTION in transactions


def about(transactions: list[About]) -> set[About]:
    """Whose rows were looked at; a secret that is shown leads to its own row alone."""
    return {each for each in transactions if not isinstance(each, Presented)}
