"""One ASGI application around one world: vendor surface, OAuth pages, screens, side door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.routing import Route

from app.sandbox.quickbooks.requests import oauth
from app.sandbox.quickbooks.requests.gateway import company_call
from app.sandbox.quickbooks.screens import routes as screens
from app.sandbox.quickbooks.side_door import routes as side_door
from app.sandbox.quickbooks.world import World


def create_app(world: World) -> Starlette:
    """The simulator; its lifespan delivers webhooks in a task of its own."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        deliveries = asyncio.create_task(world.webhooks.run())
        try:
            yield
        finally:
            deliveries.cancel()
            with suppress(asyncio.CancelledError):
                await deliveries

    app = Starlette(
        routes=[
            *screens.routes(),
            Route("/.well-known/openid_sandbox_configuration", oauth.discovery),
            Route("/.well-known/openid_configuration", oauth.discovery),
            Route("/connect/oauth2", oauth.consent),
            Route("/oauth2/v1/tokens/bearer", oauth.tokens, methods=["POST"]),
            Route("/v2/oauth2/tokens/revoke", oauth.revoke, methods=["POST"]),
            Route("/v1/openid_connect/userinfo", oauth.userinfo),
            Route("/op/v1/jwks", oauth.jwks),
            Route("/v3/company/{realm}/{rest:path}", company_call, methods=["GET", "POST"]),
            *side_door.routes(),
        ],
        lifespan=lifespan,
    )
    app.state.world = world
    return app
