"""A browser for a session, and a page of it on the running application for each test."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request

from tests.support.app import Service, running_service
from tests.support.chromium import chromium
from tests.support.listening import listening
from tests.support.services import DatabaseUrls


@dataclass
class Tab:
    """A page of the browser, with where it went and what it complained of."""

    page: Page
    address: str
    asked: list[str] = field(default_factory=list)
    """Every address that the page asked for."""
    complaints: list[str] = field(default_factory=list)
    """Errors of scripts, and what the policy forbade."""

    def listen(self) -> None:
        """Note what the page asks for and complains of from now on."""
        self.page.on("request", self._ask)
        self.page.on("console", self._say)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _ask(self, request: Request) -> None:
        self.asked.append(request.url)

    def _say(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The browser; where there is none the tests are skipped, and say what is missing."""
    try:
        async with chromium() as running:
            yield running
    except LookupError as missing:
        pytest.skip(str(missing))


@pytest.fixture
async def service(own_database: DatabaseUrls) -> AsyncIterator[Service]:
    """The running application with both simulators as its vendors, which does not count how often it is asked."""
    async with running_service(own_database, api_requests_per_minute=0, api_failed_keys_per_minute=0) as running:
        yield running


@pytest.fixture
async def address(service: Service) -> AsyncIterator[str]:
    """Where the application listens."""
    async with listening(service) as found:
        yield found


@pytest.fixture
async def tab(browser: Browser, address: str) -> AsyncIterator[Tab]:
    """A page at the desk, with script."""
    context = await browser.new_context(base_url=address, viewport={"width": 1280, "height": 800})
    opened = Tab(await context.new_page(), address)
    opened.listen()
    yield opened
    await context.close()
