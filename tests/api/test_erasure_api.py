"""Erasing a person over the API, on the page and by the command: what it will do is said before, and a refusal says where to begin."""

import asyncio
from typing import Any

import pytest

from app import erase as command
from app.domain.model.records import Contact, Kind, Money, Name, Sale, Side, Snapshot
from app.storage.records import mirrors
from tests.console.pages import csrf_in, shown, sign_in
from tests.support.app import Service


async def a_person(service: Service, *, gone: bool = True) -> str:
    """A connection that knows Ada, with a sale that stays."""
    connection_id, _ = await service.ready_connection()
    contact = Contact(name=Name(first="Ada", last="Byron"), email="ada@example.com")
    sale = Sale("41", Money("AUD"), number="1041", notes="For Ada")
    async with service.container.database.transaction(connection_id) as tx:
        await mirrors.save(
            tx, connection_id, [Snapshot(Side.ONCORD, Kind.CONTACT, "41", "1", contact)], service.clock.now()
        )
        await mirrors.save(tx, connection_id, [Snapshot(Side.ONCORD, Kind.SALE, "7", "1", sale)], service.clock.now())
        if gone:
            left = Snapshot(Side.ONCORD, Kind.CONTACT, "41", "2", None, deleted=True)
            await mirrors.save(tx, connection_id, [left], service.clock.now())
    return connection_id


def address(connection_id: str, person: str = "41") -> str:
    return f"/connections/{connection_id}/people/oncord/{person}/erasure"


async def test_it_says_what_it_will_do_and_does_it(service: Service) -> None:
    connection_id = await a_person(service)
    path = f"/api/v1{address(connection_id)}"

    seen: dict[str, Any] = (await service.api.get(path)).json()
    assert (seen["name"], seen["contacts"], seen["customers"], seen["documents"], seen["advice"], seen["rows"]) == (
        "Ada Byron", ["41"], [], 1, "", None,
    )  # fmt: skip
    assert seen["staying"] == [{"side": "oncord", "kind": "sale", "id": "7", "label": "1041"}]
    done = await service.api.post(path)
    assert (done.status_code, done.json()["rows"]["mirror"]) == (200, 1)
    assert (await service.api.get(path)).json()["name"] == ""
    acts = (await service.api.get(f"/api/v1/connections/{connection_id}/audit")).json()["items"]
    assert (acts[0]["action"], acts[0]["detail"]["contacts"]) == ("person.erased", ["41"])
    assert "Ada" not in str(acts)


async def test_who_is_still_there_is_refused_with_where_and_what_to_do(service: Service) -> None:
    connection_id = await a_person(service, gone=False)

    refused = await service.api.post(f"/api/v1{address(connection_id)}")

    problem = refused.json()
    assert (refused.status_code, problem["type"].rpartition("/")[2]) == (409, "person-still-there")
    assert problem["detail"] == (
        "Ada Byron is still a contact in Oncord. Delete the contact in Oncord. Synchronise once, then erase here."
    )
    assert problem["still_there"] == [{"side": "oncord", "id": "41", "name": "Ada Byron"}]
    await sign_in(service)
    page = await service.browser.get(address(connection_id))
    assert "still a contact in Oncord" in shown(page)
    assert "I want this person erased" not in page.text


async def test_whoever_was_never_seen_is_not_found(service: Service) -> None:
    connection_id = await a_person(service)

    for method in ("GET", "POST"):
        answer = await service.api.request(method, f"/api/v1{address(connection_id, '4711')}")
        assert (answer.status_code, "never seen" in answer.json()["detail"]) == (404, True)


async def test_the_page_says_it_before_anything_is_pressed(service: Service) -> None:
    connection_id = await a_person(service)
    await sign_in(service)
    record = await service.browser.get(f"/connections/{connection_id}/records/oncord/contact/41")
    assert address(connection_id) in record.text
    page = await service.browser.get(address(connection_id))

    words = shown(page)
    assert "Erase Ada Byron" in words
    assert "Goes: names, addresses" in words
    assert "Stays: numbers, dates, amounts and tax" in words
    assert "Sale 1041 in Oncord" in words
    unsure = await service.browser.post(address(connection_id), data={"csrf": csrf_in(page)}, follow_redirects=True)
    assert "tick the box" in shown(unsure)
    sure = {"csrf": csrf_in(page), "sure": "1"}
    done = await service.browser.post(address(connection_id), data=sure, follow_redirects=True)
    assert "The person is erased" in shown(done)
    assert "Ada" not in shown(done)


async def test_the_command_says_it_first_and_does_it_when_told(
    service: Service, capsys: pytest.CaptureFixture[str]
) -> None:
    connection_id = await a_person(service)
    words = [connection_id, "oncord", "41"]

    assert await asyncio.to_thread(command.main, words, service.settings) == 0
    told = capsys.readouterr().out
    assert "Ada Byron: 1 contacts in Oncord" in told
    assert "Nothing was erased yet" in told
    assert await asyncio.to_thread(command.main, [*words, "--really"], service.settings) == 0
    assert "Erased: " in capsys.readouterr().out
    assert await asyncio.to_thread(command.main, [connection_id, "oncord", "4711"], service.settings) == 1
