"""The console and the API beside the joined engine: what a person sees of the same connection."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import httpx
from fastapi import FastAPI

from app.main import create_app
from app.runtime import Seams
from app.sandbox.oncord import create_app as shop_app
from app.sandbox.quickbooks.app import create_app as books_app
from tests.support.app import API_KEY, PUBLIC_URL
from tests.support.joint import Joint, SilentWaker


@dataclass(frozen=True)
class Watched:
    """A person's browser, signed in as the operator, and a program with the operator's key."""

    app: FastAPI
    browser: httpx.AsyncClient
    api: httpx.AsyncClient


@asynccontextmanager
async def watched(joint: Joint) -> AsyncIterator[Watched]:
    """Serve the console and the API over the database of a joint."""
    settings = joint.runtime.settings.model_copy(update={"admin_api_key": API_KEY, "public_url": PUBLIC_URL})
    seams = Seams(
        clock=joint.clock,
        waker=SilentWaker(),
        oncord_transport=httpx.ASGITransport(shop_app(joint.shop)),
        quickbooks_transport=httpx.ASGITransport(books_app(joint.books)),
    )
    app = create_app(settings, seams)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        inside = httpx.ASGITransport(app, raise_app_exceptions=False)
        key = {"Authorization": f"Bearer {API_KEY}"}
        api = await stack.enter_async_context(httpx.AsyncClient(transport=inside, base_url=PUBLIC_URL, headers=key))
        browser = await stack.enter_async_context(httpx.AsyncClient(transport=inside, base_url=PUBLIC_URL))
        answer = await browser.post("/sign-in", data={"key": API_KEY})
        assert answer.status_code == 303, answer.text
        yield Watched(app, browser, api)
