"""The whole service over ASGI: a database of its own, both simulators as its vendors, one virtual clock.

`service` is a fixture for whoever wants the application; `Service` plays the people at the edges: the operator with the
API key, and the merchant's browser on its way to QuickBooks and back.
"""

import random
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
from fastapi import FastAPI

from app.main import create_app
from app.runtime import Seams
from app.sandbox.oncord import Clock as ShopClock
from app.sandbox.oncord import World as ShopWorld
from app.sandbox.oncord import create_app as shop_app
from app.sandbox.quickbooks.app import create_app as books_app
from app.sandbox.quickbooks.clock import Clock as BooksClock
from app.sandbox.quickbooks.sample.sample import new_company
from app.sandbox.quickbooks.world import World as BooksWorld
from app.services.ports import ServiceContainer
from app.settings import Settings
from tests.support.services import DatabaseUrls

START = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
API_KEY = "key-of-the-tests"
PUBLIC_URL = "http://localhost:8000"
ENCRYPTION_KEY = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
SITE = "demo"
SITE_TOKEN = "token-of-the-site"
SHOP_HOST = "http://shop.test"
BOOKS_HOST = "http://books.test"


class VirtualClock:
    """A time that only moves when somebody sleeps or a test says so."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self.at = start

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - self._start).total_seconds()

    async def sleep(self, seconds: float) -> None:
        # At least the smallest step that a datetime knows: a sleeper that asks for less would never be done.
        self.at += max(timedelta(seconds=seconds), timedelta.resolution)

    def advance(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class RecordingWaker:
    """Wakes nobody, and remembers for whom it was rung."""

    rung: list[str] = field(default_factory=list)
    redis_is_there: bool = True

    async def wake(self, connection_id: str, at: datetime | None = None) -> None:
        self.rung.append(connection_id)

    async def wake_all(self, wakes: Sequence[tuple[str, datetime]]) -> None:
        self.rung += [connection_id for connection_id, _ in wakes]

    async def wake_for_messages(self) -> None:
        self.rung.append("messages")

    async def answers(self) -> bool:
        return self.redis_is_there

    async def waiting(self) -> frozenset[str]:
        return frozenset()


def consent_page_on(page: str) -> str:
    """The address of the consent page, out of the page that leads there."""
    link = re.search(r'href="([^"]+/connect/oauth2[^"]*)"', page)
    assert link, page
    return unescape(link[1])


@dataclass
class Service:
    """The running application with both worlds around it."""

    app: FastAPI
    settings: Settings
    clock: VirtualClock
    waker: RecordingWaker
    shop: ShopWorld
    books: BooksWorld
    api: httpx.AsyncClient
    """Shows the API key."""
    browser: httpx.AsyncClient
    """Shows nothing, and keeps cookies."""
    vendors: httpx.AsyncClient
    """Reaches the simulators, side doors included."""

    @property
    def container(self) -> ServiceContainer:
        container: ServiceContainer = self.app.state.container
        return container

    @property
    def api_url(self) -> str:
        """Where the demo site's connector is."""
        return f"{SHOP_HOST}/sites/{SITE}/api/connector/v1"

    def company(self, country: str = "AU", name: str = "") -> str:
        """A new company in QuickBooks; its realm id."""
        return new_company(self.books, country, sample=False, name=name).realm

    async def connect_site(self, **changes: Any) -> dict[str, Any]:
        """Make the connection of the demo site."""
        body = {"oncord_api_url": self.api_url, "oncord_token": SITE_TOKEN, "name": "Demo", **changes}
        answer = await self.api.post("/api/v1/connections", json=body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def to_consent_page(self, connection_id: str) -> str:
        """Follow a fresh launch link and press its button; the address of the consent page."""
        link = (await self.api.post(f"/api/v1/connections/{connection_id}/launch-link")).json()["url"]
        return await self.pressed(link)

    async def pressed(self, link: str) -> str:
        """Press the button of a launch link to QuickBooks, where it leads; the address of the consent page."""
        page = urljoin(link, "/launch")
        onward = await self.browser.post(page, data={"ticket": link.partition("launch=")[2]})
        assert onward.status_code == 200, onward.text
        return consent_page_on(onward.text)

    async def consent(self, page: str, answer: str) -> str:
        """Answer the consent page (`approve=<realm>` or `deny=1`); the address that it sends the browser back to."""
        back = await self.vendors.get(f"{page}&{answer}")
        assert back.status_code == 302, back.text
        return back.headers["location"]

    async def come_back(self, address: str) -> str:
        """Follow the way back; its outcome."""
        arrival = await self.browser.get(address)
        assert arrival.status_code == 302, arrival.text
        return parse_qs(urlsplit(arrival.headers["location"]).query)["outcome"][0]

    async def join_company(self, connection_id: str, realm_id: str) -> str:
        """The whole way to QuickBooks and back; its outcome."""
        page = await self.to_consent_page(connection_id)
        return await self.come_back(await self.consent(page, f"approve={realm_id}"))

    async def choices(self, connection_id: str) -> dict[str, Any]:
        """What may be chosen."""
        answer = await self.api.get(f"/api/v1/connections/{connection_id}/configuration/choices")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def wish(self, connection_id: str) -> dict[str, Any]:
        """The suggested configuration with every payment method going to one bank account."""
        choices = await self.choices(connection_id)
        bank = next(account for account in choices["deposit_accounts"] if account["kind"] == "Bank")
        methods = [
            {"id": method["id"], "deposit_account_id": bank["id"], "preferred": number == 0}
            for number, method in enumerate(choices["payment_methods"])
        ]
        return {**choices["suggested"], "payment_methods": methods}

    async def configure(self, connection_id: str, **changes: Any) -> httpx.Response:
        """Store the wish, changed as told."""
        wish = {**await self.wish(connection_id), **changes}
        return await self.api.put(f"/api/v1/connections/{connection_id}/configuration", json=wish)

    async def ready_connection(self) -> tuple[str, str]:
        """A connection that is configured; its id and its realm id."""
        realm = self.company()
        connection_id = (await self.connect_site())["id"]
        assert await self.join_company(connection_id, realm) == "connected"
        answer = await self.configure(connection_id)
        assert answer.status_code == 200, answer.text
        return connection_id, realm

    async def state(self, connection_id: str) -> dict[str, Any]:
        """The connection as the API shows it."""
        answer = await self.api.get(f"/api/v1/connections/{connection_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@asynccontextmanager
async def running_service(
    urls: DatabaseUrls, *, clock: VirtualClock | None = None, **changes: Any
) -> AsyncIterator[Service]:
    """Start the application on an empty, migrated database; `changes` are settings."""
    clock, waker = clock or VirtualClock(), RecordingWaker()
    shop = ShopWorld(clock=ShopClock(clock.now, clock.sleep), site_id=SITE, token=SITE_TOKEN, with_sample=False)
    books = BooksWorld(clock=BooksClock(clock.now), sleep=clock.sleep)
    settings = Settings(
        **{
            "_env_file": None,
            "database_url": urls.app,
            "public_url": PUBLIC_URL,
            "admin_api_key": API_KEY,
            "encryption_keys": ENCRYPTION_KEY,
            "quickbooks_client_id": books.client_id,
            "quickbooks_client_secret": books.client_secret,
            "quickbooks_api_url": BOOKS_HOST,
            "quickbooks_authorize_url": f"{BOOKS_HOST}/connect/oauth2",
            "quickbooks_token_url": f"{BOOKS_HOST}/oauth2/v1/tokens/bearer",
            "quickbooks_revoke_url": f"{BOOKS_HOST}/v2/oauth2/tokens/revoke",
            "quickbooks_webhook_verifier_tokens": books.webhooks.verifier_token,
            "allow_private_oncord_urls": True,
            **changes,
        }
    )
    shop_side, books_side = httpx.ASGITransport(shop_app(shop)), httpx.ASGITransport(books_app(books))
    seams = Seams(
        clock=clock,
        chance=random.Random(1),
        quickbooks_transport=books_side,
        oncord_transport=shop_side,
        waker=waker,
    )
    app = create_app(settings, seams)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        inside = httpx.ASGITransport(app, raise_app_exceptions=False)
        key = {"Authorization": f"Bearer {settings.admin_api_key}"}
        api = await stack.enter_async_context(httpx.AsyncClient(transport=inside, base_url=PUBLIC_URL, headers=key))
        browser = await stack.enter_async_context(httpx.AsyncClient(transport=inside, base_url=PUBLIC_URL))
        vendors = await stack.enter_async_context(
            httpx.AsyncClient(mounts={f"{SHOP_HOST}/": shop_side, f"{BOOKS_HOST}/": books_side})
        )
        yield Service(app, settings, clock, waker, shop, books, api, browser, vendors)
