"""The application's webhook addresses on a database of their own, the senders who sign, and a bell that remembers."""

import json
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from fastapi import FastAPI
from standardwebhooks import Webhook
from starlette.types import Message, Receive, Scope, Send

from app.main import create_app
from app.quickbooks.webhook import sign
from app.runtime import Runtime, Seams
from app.settings import Settings
from app.storage.connections.connections import secret_context
from app.storage.database import EVERY_CONNECTION, Database
from tests.storage.rows import CONFIGURATION, a_connection
from tests.support.app import ENCRYPTION_KEY, VirtualClock
from tests.support.services import DatabaseUrls

TWO = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VERIFIER = "verifier-token"
SITE, REALM = "con_site", "9341000000000001"


@dataclass
class AlarmClock:
    """Remembers every ring; `due` takes those whose moment has come, each moment of a connection once, as arq does."""

    wakes: list[tuple[str, datetime]] = field(default_factory=list)
    now: VirtualClock = field(default_factory=lambda: VirtualClock(TWO))
    worker_lives: bool = True

    async def wake(self, connection_id: str, at: datetime | None = None) -> None:
        await self.wake_all([(connection_id, at or self.now.now())])

    async def wake_all(self, wakes: Sequence[tuple[str, datetime]]) -> None:
        self.wakes += [wake for wake in wakes if wake not in self.wakes]

    async def wake_for_messages(self) -> None:
        return None

    async def answers(self) -> bool:
        return True

    async def waiting(self) -> frozenset[str]:
        ripe = {connection_id for connection_id, at in self.wakes if at <= self.now.now()}
        return frozenset(ripe) if self.worker_lives else frozenset()

    def due(self) -> list[str]:
        ripe = [wake for wake in self.wakes if wake[1] <= self.now.now()]
        self.wakes = [wake for wake in self.wakes if wake not in ripe]
        return [connection_id for connection_id, _ in sorted(ripe, key=lambda wake: wake[1])]


@dataclass
class Door:
    """The webhook addresses and those who post to them."""

    app: FastAPI
    clock: VirtualClock
    waker: AlarmClock
    http: httpx.AsyncClient = field(init=False)
    posted: int = 0
    pieces: int = 1
    """In how many pieces a body comes. A server hands over what has come at once in one."""

    async def over_asgi(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application, to which bodies come as they do through a server."""
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        size = -(-len(body) // self.pieces) or 1
        parts = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
        coming = iter([{"type": "http.request", "body": part, "more_body": True} for part in parts])
        left = len(parts)

        async def piece() -> Message:
            nonlocal left
            left -= 1
            return {**next(coming), "more_body": left > 0} if left >= 0 else await receive()

        await self.app(scope, piece, send)

    @property
    def runtime(self) -> Runtime:
        runtime: Runtime = self.app.state.runtime
        return runtime

    @property
    def database(self) -> Database:
        return self.runtime.database

    async def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        async with self.database.transaction(EVERY_CONNECTION) as tx:
            return await (await tx.execute(query, values)).fetchall()

    async def oncord(
        self,
        *changes: dict[str, Any],
        connection_id: str = SITE,
        body: bytes | None = None,
        secret: str = SECRET,
        message_id: str = "",
        at: datetime | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Post changes as the site does."""
        self.posted += 1
        at = at or self.clock.now()
        name = message_id or f"msg_{self.posted}"
        event = {"type": "sale.saved", "timestamp": "2026-11-22T02:00:00Z", "data": list(changes)}
        content = json.dumps(event).encode() if body is None else body
        signed = {
            "webhook-id": name,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(name, at, content.decode("utf-8", "replace")),
        }
        return await self.http.post(
            f"/webhooks/oncord/{connection_id}", content=content, headers={**signed, **(headers or {})}
        )

    async def quickbooks(
        self, content: Any, *, token: str = VERIFIER, raw: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """Post events as Intuit does."""
        body = json.dumps(content).encode() if raw is None else raw
        signed = {"intuit-signature": sign(body, token)}
        return await self.http.post("/webhooks/quickbooks", content=body, headers={**signed, **(headers or {})})


def sale(number: int | str, **members: Any) -> dict[str, Any]:
    """A change of a sale, as a site tells of it."""
    return {"entity": "sale", "id": str(number), "version": "1", "action": "saved", "actor": "user", **members}


def cloud_event(event_id: str, record_id: str, realm: str = REALM, entity: str = "invoice", **more: Any) -> Any:
    """An event in Intuit's format since 2026."""
    return {
        "specversion": "1.0",
        "id": event_id,
        "type": f"qbo.{entity}.updated.v1",
        "time": "2026-11-22T02:00:00Z",
        "intuitentityid": record_id,
        "intuitaccountid": realm,
        **more,
    }


@asynccontextmanager
async def open_door(urls: DatabaseUrls, **changes: Any) -> AsyncIterator[Door]:
    """The application with one connection that is ready and was synchronised once."""
    settings = Settings(
        **{
            "_env_file": None,
            "database_url": urls.app,
            "admin_api_key": "key",
            "encryption_keys": ENCRYPTION_KEY,
            "quickbooks_webhook_verifier_tokens": VERIFIER,
            **changes,
        }
    )
    clock = VirtualClock(TWO)
    waker = AlarmClock(now=clock)
    app = create_app(settings, Seams(clock=clock, chance=random.Random(1), waker=waker))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        door = Door(app, clock, waker)
        inside = httpx.ASGITransport(door.over_asgi, raise_app_exceptions=False)
        door.http = await stack.enter_async_context(httpx.AsyncClient(transport=inside, base_url="http://service"))
        await a_ready_connection(door.runtime, SITE, REALM)
        yield door


async def a_ready_connection(runtime: Runtime, connection_id: str, realm_id: str, **changes: Any) -> None:
    """Store a connection whose events ring."""
    async with runtime.database.transaction(EVERY_CONNECTION) as tx:
        await a_connection(
            tx,
            connection_id,
            **{
                "state": "ready",
                "realm_id": realm_id,
                "configuration": CONFIGURATION,
                "first_sync_completed_at": TWO,
                "oncord_secrets": (runtime.vault.seal(SECRET, secret_context(connection_id)),),
                **changes,
            },
        )
