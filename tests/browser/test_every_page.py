"""Every page of the console as a browser shows it: by axe-core without findings, at the desk and on a phone, light and dark.

Pages are found by their links, one of each kind, in a world in which everything has happened; those for strangers besides.
"""

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Literal

import pytest
from playwright.async_api import Browser, Page

from tests.browser.conftest import Tab
from tests.console.test_vocabulary import rich_world
from tests.support.app import API_KEY, Service
from tests.support.axe import COLOURS, WHOLE, findings, too_wide, with_axe
from tests.support.joint import Joint, joined
from tests.support.listening import listening
from tests.support.services import DatabaseUrls
from tests.support.watched import Watched, watched

LOOKS: tuple[tuple[str, Literal["light", "dark"], int, int], ...] = (
    ("at the desk, light", "light", 1280, 800),
    ("at the desk, dark", "dark", 1280, 800),
    ("on a phone, light", "light", 360, 740),
    ("on a phone, dark", "dark", 360, 740),
)
FILES = re.compile(r"\.(csv|zip)(\?|$)")


@pytest.fixture
async def joint(own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    """A shop and a company."""
    async with joined(own_database.app) as running:
        yield running


def kind_of(address: str) -> str:
    """What makes two pages the same but for what they are about."""
    return re.sub(r"_[0-9a-z]{8,}|/\d+\b|=[^&]*|con_test", "", address)


async def faults_of(page: Page, address: str) -> list[str]:
    """What axe-core finds of the page that is open, in each look; and that it can be read without scrolling sideways."""
    faults = []
    await with_axe(page)
    for look, scheme, width, height in LOOKS:
        await page.emulate_media(color_scheme=scheme)
        await page.set_viewport_size({"width": width, "height": height})
        faults += await findings(page, f"{address} {look}", WHOLE if scheme == "light" else COLOURS)
        faults += await too_wide(page, f"{address} {look}")
    return faults


async def signed_in(page: Page) -> None:
    """Sign the operator in."""
    await page.goto("/")
    await page.get_by_label("API key").fill(API_KEY)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("heading", name="Connections").wait_for()


async def walk(page: Page, begin: tuple[str, ...]) -> tuple[set[str], list[str]]:
    """One page of each kind that links lead to; their kinds, and what is wrong with them."""
    addresses, kinds, faults = list(begin), set[str](), list[str]()
    while addresses:
        address = addresses.pop(0)
        if kind_of(address) in kinds:
            continue
        kinds.add(kind_of(address))
        answer = await page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        faults += await faults_of(page, address)
        links = (unescape(link).partition("#")[0] for link in re.findall(r'href="(/[^"]*)"', await answer.text()))
        addresses += [link for link in links if link and not FILES.search(link) and not _leaves(link)]
    return kinds, faults


def _leaves(link: str) -> bool:
    return link.startswith(("/static", "/oauth", "/docs", "/openapi.json")) or link.endswith("/connect")


async def serve(seen: Watched, browser: Browser) -> AsyncIterator[Page]:
    """A page of the browser on what is watched."""
    async with listening(seen) as address:
        context = await browser.new_context(base_url=address)
        yield await context.new_page()
        await context.close()


@pytest.mark.slow
async def test_no_page_of_the_console_has_a_finding_of_axe(joint: Joint, browser: Browser) -> None:
    await rich_world(joint)
    async with watched(joint) as seen:
        async for page in serve(seen, browser):
            await signed_in(page)
            one = f"/connections/{joint.connection_id}"
            await page.goto(one)
            await page.get_by_role("button", name="Compare both sides now").click()
            kinds, faults = await walk(
                page, ("/", one, page.url.removeprefix(await page.evaluate("origin")), "/reference")
            )

    assert {"/", "/sessions", "/connections/new", "/connections//configuration"} <= kinds, kinds
    assert len(kinds) > 12, kinds
    assert not faults, "\n".join(faults)


async def test_no_page_for_strangers_has_a_finding_of_axe(service: Service, tab: Tab) -> None:
    faults = []
    for address in ("/", "/no/such/page", "/launch?ticket=ended", "/connect/result"):
        await tab.page.goto(address)
        faults += await faults_of(tab.page, address)

    assert not faults, "\n".join(faults)
