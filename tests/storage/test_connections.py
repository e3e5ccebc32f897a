"""Connections keep what they were given, one live one per site and per company."""

from dataclasses import replace

import pytest
from psycopg.errors import UniqueViolation

from app.storage.connections import connections
from app.storage.connections.connections import Connection
from app.storage.database import Transaction
from tests.storage.rows import CONFIGURATION, a_connection, at


async def test_a_connection_comes_back_as_it_was_stored(tx: Transaction) -> None:
    stored = await a_connection(
        tx, realm_id="123456", configuration=CONFIGURATION, facts={"oncord": {"name": "Shop"}}, state="ready"
    )

    assert await connections.get(tx, "con_1") == stored


async def test_every_column_can_be_saved(tx: Transaction) -> None:
    before = await a_connection(tx)
    changed = replace(
        before,
        name="Other",
        state="blocked",
        state_reason="subscription ended",
        auto_sync=False,
        realm_id="42",
        configuration=CONFIGURATION,
        configuration_version=3,
        connected_at=at(1),
        first_sync_completed_at=at(2),
        probe_at=at(3),
    )

    await connections.save(tx, changed, at(5))

    assert await connections.get(tx, "con_1", lock=True) == replace(changed, updated_at=at(5))


async def test_t5_a_site_has_one_live_connection(tx: Transaction) -> None:
    await a_connection(tx, oncord_api_url="https://shop.example")

    with pytest.raises(UniqueViolation):
        async with tx.transaction():
            await a_connection(tx, "con_2", oncord_api_url="https://shop.example")
    await a_connection(tx, "con_3", oncord_api_url="https://shop.example", archived_at=at(1))
    found = await connections.live_for_site(tx, "https://shop.example", "")
    assert found is not None
    assert found.id == "con_1"


async def test_t5_a_site_has_one_live_connection_wherever_it_is(tx: Transaction) -> None:
    await a_connection(tx, site_id="s1")
    await a_connection(tx, "con_2")
    await a_connection(tx, "con_3")

    with pytest.raises(UniqueViolation):
        async with tx.transaction():
            await a_connection(tx, "con_4", site_id="s1")
    await a_connection(tx, "con_5", site_id="s1", archived_at=at(1))
    found = await connections.live_for_site(tx, "https://elsewhere.example", "s1")
    assert found is not None
    assert found.id == "con_1"
    assert await connections.live_for_site(tx, "https://elsewhere.example", "") is None


async def test_t5_the_id_of_a_site_is_noted_once_and_for_one(tx: Transaction) -> None:
    await a_connection(tx, facts={"oncord": {"name": "Shop"}})
    await a_connection(tx, "con_2")

    assert await connections.note_site_id(tx, "con_1", "s1", at(1))
    assert not await connections.note_site_id(tx, "con_1", "s2", at(2))
    assert not await connections.note_site_id(tx, "con_2", "s1", at(2))
    assert await connections.note_site_id(tx, "con_2", "s2", at(2))

    noted = await connections.get(tx, "con_1")
    assert noted is not None
    assert (noted.site_id, noted.facts) == ("s1", {"oncord": {"name": "Shop", "id": "s1"}})


@pytest.mark.parametrize(
    ("site_id", "address", "found"),
    [
        ("s1", "https://elsewhere.example", "con_1"),
        ("s2", "https://shop.example", None),
        ("", "https://shop.example", "con_1"),
        ("", "https://elsewhere.example", None),
    ],
)
async def test_t5_links_come_back_to_the_site_that_it_was(
    tx: Transaction, site_id: str, address: str, found: str | None
) -> None:
    await a_connection(tx, site_id="s1", oncord_api_url="https://shop.example", realm_id="42", archived_at=at(1))

    last = await connections.last_archived(tx, address, site_id, "42")

    assert (last.id if last else None) == found
    assert await connections.last_archived(tx, address, site_id, "43") is None


async def test_t5_a_company_has_one_live_connection(tx: Transaction) -> None:
    await a_connection(tx, realm_id="42")
    await a_connection(tx, "con_2")
    await a_connection(tx, "con_3")

    with pytest.raises(UniqueViolation):
        async with tx.transaction():
            await a_connection(tx, "con_4", realm_id="42")
    found = await connections.live_for_company(tx, "42")
    assert found is not None
    assert found.id == "con_1"
    assert await connections.live_for_company(tx, "") is None


async def test_an_archived_connection_is_not_there_any_more(tx: Transaction) -> None:
    await a_connection(tx, archived_at=at(1), realm_id="42", oncord_api_url="https://shop.example")
    await a_connection(tx, "con_2", archived_at=at(2), realm_id="42", oncord_api_url="https://shop.example")

    assert await connections.get(tx, "con_1") is None
    assert (await connections.page(tx)).items == ()
    last = await connections.last_archived(tx, "https://shop.example", "", "42")
    assert last is not None
    assert last.id == "con_2"


async def test_pages_hold_every_connection_once_the_oldest_first(tx: Transaction) -> None:
    for number, minutes in enumerate([3, 1, 1, 2]):
        await a_connection(tx, f"con_{number}", created_at=at(minutes))

    seen: list[Connection] = []
    cursor = None
    while True:
        page = await connections.page(tx, 2, cursor)
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break

    assert [connection.id for connection in seen] == ["con_1", "con_2", "con_3", "con_0"]


async def test_t4_the_first_completed_sync_is_noted_once(tx: Transaction) -> None:
    await a_connection(tx)

    await connections.mark_first_sync_completed(tx, "con_1", at(1))
    await connections.mark_first_sync_completed(tx, "con_1", at(2))

    found = await connections.get(tx, "con_1")
    assert found is not None
    assert found.first_sync_completed_at == at(1)


async def test_a_run_that_meets_the_end_of_its_grant_does_not_undo_a_disconnect(tx: Transaction) -> None:
    await a_connection(tx)

    await connections.set_state(tx, "con_1", "reconnect_required", "invalid_grant", at(1))

    found = await connections.get(tx, "con_1")
    assert found is not None
    assert (found.state, found.state_reason) == ("not_connected", "")


async def test_a_state_is_set_with_its_reason_and_its_probe(tx: Transaction) -> None:
    await a_connection(tx, state="ready")

    await connections.set_state(tx, "con_1", "blocked", "The subscription has ended.", at(1), probe_at=at(720))

    found = await connections.get(tx, "con_1")
    assert found is not None
    assert (found.state, found.state_reason, found.probe_at) == ("blocked", "The subscription has ended.", at(720))
