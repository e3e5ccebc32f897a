"""Every page of the console as a browser shows it: by axe-core without findings, at the desk and on a phone, light and dark.

Pages are found by their links, one of each kind, in a world in which everything has happened; those for strangers besides.
"""

import re
from collections.abc import AsyncIterator
from html import unescape
from typing import Any, Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Browser, Page

from tests.browser.conftest import Tab
from tests.console.test_vocabulary import rich_world
from tests.support.app import API_KEY, Service
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
OPTIONS: dict[str, Any] = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
"""With the rule that targets have 24 px, which axe-core leaves out unless it is asked."""
COLOURS: dict[str, Any] = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
"""What the dark can do to a page: nothing else of it differs from the light."""
TOO_WIDE = """() => document.scrollingElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("main *")]
  .filter(each => each.getBoundingClientRect().right > innerWidth).map(each => each.outerHTML.slice(0, 120)).slice(-3)"""
"""What makes a page wider than its window; nothing where it is not."""
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
    await page.evaluate(AXE_SCRIPT)
    for look, scheme, width, height in LOOKS:
        await page.emulate_media(color_scheme=scheme)
        await page.set_viewport_size({"width": width, "height": height})
        options = OPTIONS if scheme == "light" else COLOURS
        found: Any = await page.evaluate("options => axe.run(options)", options)
        for violation in found["violations"]:
            where = "; ".join(str(node["html"])[:160] for node in violation["nodes"][:3])
            faults.append(f"{address} {look}: {violation['id']}, {violation['help']}: {where}")
        if wide := await page.evaluate(TOO_WIDE):
            faults.append(f"{address} {look}: too wide: {wide}")
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
