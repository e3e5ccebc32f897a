"""On a phone the first screen says what matters, and what is long is folded; at the desk the same is open."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Locator

from app.console.document_changes import SHOWN
from tests.browser.test_every_page import serve, signed_in
from tests.console.test_vocabulary import rich_world
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.watched import watched

SCREENS = 9
"""So many thumbs' lengths the configuration has at most, with all that is to be decided in this world."""
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}


@pytest.fixture
async def joint(own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    """A shop and a company."""
    async with joined(own_database.app) as running:
        yield running


async def below(what: Locator) -> float:
    """Where something ends, in pixels from the top of the window."""
    box = await what.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


async def test_a_connection_is_short_on_a_phone_and_open_at_the_desk(joint: Joint, browser: Browser) -> None:
    await rich_world(joint)
    async with watched(joint) as seen:
        async for page in serve(seen, browser):
            await signed_in(page)
            await page.goto(f"/connections/{joint.connection_id}")
            summary = page.locator("#agreement ~ details.wide > summary")
            month = page.locator("details.wide table").first

            await page.set_viewport_size(PHONE)
            assert await below(page.locator(".gist")) < PHONE["height"] / 2
            assert await below(page.get_by_role("button", name="Synchronise")) < PHONE["height"]
            assert not await month.is_visible()
            await summary.click()
            assert await month.is_visible()
            await summary.click()

            await page.set_viewport_size(DESK)
            assert not await summary.is_visible()
            assert await month.is_visible()


async def test_what_is_decided_in_the_configuration_is_folded_on_a_phone_and_a_jump_opens_it(
    joint: Joint, browser: Browser
) -> None:
    await rich_world(joint)
    async with watched(joint) as seen:
        async for page in serve(seen, browser):
            await signed_in(page)
            await page.set_viewport_size(PHONE)
            await page.goto(f"/connections/{joint.connection_id}/configuration")
            removals, methods = page.locator("#removals"), page.locator("#account1")
            assert await methods.is_visible(), "receipts wait for a choice"
            assert not await removals.is_visible()
            assert await page.get_by_text("The sale's number; a deleted sale's invoice is").is_visible()
            assert await page.evaluate("document.documentElement.scrollHeight") < SCREENS * PHONE["height"]
            await page.get_by_role("link", name="Numbers and conflicts").click()
            await removals.wait_for(state="visible")

            await page.set_viewport_size(DESK)
            await page.reload()
            assert await removals.is_visible()
            assert not await page.get_by_text("The sale's number; a deleted sale's invoice is").is_visible()


async def test_changes_of_documents_are_a_page_of_some_screens_however_many_there_are(
    joint: Joint, browser: Browser
) -> None:
    ada = await joint.contact("Ada", "Byron")
    for number in range(2 * SHOWN):
        await joint.sale(ada["id"], number=f"{1041 + number}")
    await joint.sync()
    async with watched(joint) as seen:
        async for page in serve(seen, browser):
            await signed_in(page)
            await page.set_viewport_size(PHONE)
            await page.goto(f"/connections/{joint.connection_id}/document-changes")
            assert await page.locator("tbody tr").count() == SHOWN
            assert await page.evaluate("document.documentElement.scrollHeight") < SCREENS * PHONE["height"]
            why = page.get_by_text("Done by rule: S1").first
            assert not await why.is_visible()
            await page.locator("tbody summary").first.click()
            assert await why.is_visible()
            await page.get_by_role("link", name="Earlier ones").click()
            assert await page.locator("tbody tr").count() == SHOWN
