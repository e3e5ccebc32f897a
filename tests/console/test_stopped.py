"""A connection whose access was taken away: its pages offer the cure first, show nothing green, and speak no vendor's code."""

import re
from collections.abc import AsyncIterator

import pytest

from app.errors import OutsideError
from tests.api.test_launch_links import HTML
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.watched import Watched, watched

CODES = re.compile(r"\[[\w-]+\]|invalid_grant")
GREEN = re.compile(r'class="[^"]*\bgood\b')


@pytest.fixture
async def joint(own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    """A shop and a company."""
    async with joined(own_database.app) as running:
        yield running


async def stopped(joint: Joint) -> str:
    """Both sides agreed, and then somebody has taken access away in QuickBooks; the address of the connection's page."""
    ada = await joint.contact()
    await joint.sale(ada["id"], number="1041")
    await joint.sync()
    await joint.in_books("POST", "revoke")
    run = await joint.sync()
    assert run.state == "failed"
    return f"/connections/{joint.connection_id}"


async def as_viewer(seen: Watched, one: str) -> None:
    made = await seen.api.post(f"/api/v1{one}/launch-link", json={"person": "Vera", "role": "viewer", "page": ""})
    seen.browser.cookies.clear()
    ticket = made.json()["url"].partition("ticket=")[2]
    answer = await seen.browser.post("/launch", data={"ticket": ticket}, headers=HTML)
    assert answer.status_code == 303, answer.text


async def test_the_cure_comes_first_and_nothing_is_green_while_access_is_taken_away(joint: Joint) -> None:
    async with watched(joint) as seen:
        one = f"/connections/{joint.connection_id}"
        ada = await joint.contact()
        await joint.sale(ada["id"], number="1041")
        await joint.sync()
        assert GREEN.search((await seen.browser.get(one)).text), "while all is well"
        await joint.in_books("POST", "revoke")
        await joint.sync()

        page = (await seen.browser.get(one)).text

    assert not GREEN.search(page)
    assert page.index("Reconnect to QuickBooks") < page.index("Not compared")
    assert ">Synchronise<" not in page, "what would be refused is not offered"
    assert "Compare both sides now" in page
    assert "look at the ledger" not in page


async def test_no_page_and_no_answer_speaks_a_vendors_code(joint: Joint) -> None:
    one = await stopped(joint)
    async with watched(joint) as seen:
        addresses = ["/", one, f"{one}/being-told", f"{one}/configuration", f"{one}/matches"]
        run = (await seen.api.get(f"/api/v1{one}/syncs")).json()["items"][0]
        addresses.append(f"{one}/runs/{run['id']}")
        pages = {address: re.sub(r"<[^>]+>", " ", (await seen.browser.get(address)).text) for address in addresses}
        told = (await seen.api.get(f"/api/v1{one}")).json()
        listed = (await seen.api.get("/api/v1/watchlist")).json()["items"][0]

    for address, page in pages.items():
        assert not CODES.search(page), (address, page)
    assert not CODES.search(told["state_reason"] + run["error"] + "".join(listed["why"]))
    assert "QuickBooks no longer accepts this connection." in told["state_reason"]


async def test_the_light_is_the_same_in_the_operators_list_and_of_the_connection_itself(joint: Joint) -> None:
    one = await stopped(joint)
    async with watched(joint) as seen:
        itself = (await seen.api.get(f"/api/v1{one}")).json()
        listed = (await seen.api.get("/api/v1/watchlist")).json()["items"][0]

    assert itself["agreement"]["light"] == listed["light"] == "unknown"


async def test_whoever_may_not_mend_it_is_told_who_can(joint: Joint) -> None:
    one = await stopped(joint)
    async with watched(joint) as seen:
        await as_viewer(seen, one)
        page = (await seen.browser.get(one)).text

    assert "Whoever may change the configuration can mend that from this page" in page
    assert "Reconnect to QuickBooks" not in page


def test_a_person_reads_no_code_and_a_log_has_it() -> None:
    error = OutsideError("QuickBooks is closed.", code="6190", advice="Ask the accountant.", trace_id="1-2")

    assert str(error) == "QuickBooks is closed. Ask the accountant."
    assert "6190" in repr(error)
    assert str(OutsideError("QuickBooks is closed.", code="6190")) == "QuickBooks is closed."
