"""What lies between the service and the vendors in a life: the post that tells of changes, and hands that act in between.

The vendors' events go through the real intake. After every call of the service somebody may do something, or the post
may come: so echoes of the service's own writes, and people, arrive while a run works.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from fastapi import FastAPI

from app.api import webhooks
from app.runtime import Runtime
from app.storage.connections import connections
from app.storage.connections.connections import secret_context
from tests.simulation.guarded import Guard
from tests.support.in_turn import InTurn
from tests.support.joint import CONNECTION, SITE, Joint

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
Body = dict[str, Any]


class Postman(httpx.AsyncBaseTransport):
    """Carries the vendors' posts to the real webhook addresses, as soon as there is somebody to receive them."""

    def __init__(self) -> None:
        self._inside: httpx.ASGITransport | None = None

    def serve(self, runtime: Runtime) -> None:
        """From now on the posts arrive."""
        app = FastAPI()
        app.include_router(webhooks.router)
        app.state.runtime, app.state.settings = runtime, runtime.settings
        self._inside = httpx.ASGITransport(app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._inside is None:
            return httpx.Response(503)
        return await self._inside.handle_async_request(request)


async def subscribe(joint: Joint, postman: Postman) -> None:
    """Both vendors learn where to post."""
    postman.serve(joint.runtime)
    async with joint.runtime.database.transaction(CONNECTION) as tx:
        connection = await connections.get(tx, CONNECTION)
        assert connection is not None
        sealed = joint.runtime.vault.seal(SECRET, secret_context(CONNECTION))
        await connections.save(tx, replace(connection, oncord_secrets=(sealed,)), joint.clock.now())
    site = joint.shop.sites[SITE]
    site.connector.update(url=f"http://service.test/webhooks/oncord/{CONNECTION}", secret=SECRET)
    joint.books.webhooks.configure({"url": "http://service.test/webhooks/quickbooks"})


async def deliver(joint: Joint) -> None:
    """The post comes: whatever there is to tell is told."""
    joint.clock.pass_time(1.5)
    await joint.shop.events.deliver_due()
    await joint.books.webhooks.deliver_due()


@dataclass(frozen=True, slots=True)
class Call:
    """One write that the service sent: what it is called at the vendor's, with which body, and upon which version."""

    side: str
    entity: str
    action: str
    id: str
    body: Body
    version: str = ""


MOST_CALLS = 1000
"""So many calls between two moments of rest are no work any more: a run goes round in circles."""


class InCircles(Exception):
    """A run that does not end by itself."""


@dataclass
class Outside:
    """Stands around the service's own calls. `before` sees each write, `after` is called when a call was answered; `guard` sees
    what the calls do to the books."""

    before: Callable[[Call], Awaitable[None]] | None = None
    after: Callable[[], Awaitable[None]] | None = None
    guard: Guard | None = None
    calls: list[Call] = field(default_factory=list)
    since_rest: int = 0
    turns: InTurn = field(default_factory=InTurn)
    """Calls that go out at once come one after the other."""

    def around(self, side: str, transport: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        """A transport that tells of what goes through it."""
        return _Watched(self, side, transport)

    def made(self, entity: str, note: str) -> Body | None:
        """The body with which the service made a document of the books that bears a note, a void's word before it or not."""
        bodies = (c.body for c in self.calls if (c.side, c.entity, c.action) == ("quickbooks", entity, "create"))
        return next((b for b in bodies if b.get("PrivateNote") and note.endswith(b["PrivateNote"])), None)


class _Watched(httpx.AsyncBaseTransport):
    def __init__(self, outside: Outside, side: str, inner: httpx.AsyncBaseTransport) -> None:
        self._outside, self._side, self._inner = outside, side, inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._renews(request):
            return await self._told(request)
        async with self._outside.turns.call():
            return await self._told(request)

    async def _told(self, request: httpx.Request) -> httpx.Response:
        self._outside.since_rest += 1
        if self._outside.since_rest > MOST_CALLS:
            last = [(c.side, c.entity, c.action, c.id) for c in self._outside.calls[-3:]]
            raise InCircles(f"I5: a run has made {MOST_CALLS} calls and goes on, at last {last}")
        if request.url.path.endswith("/batch"):
            for call in _writes(self._side, request.url.path, json.loads(await request.aread())):
                if self._outside.before is not None:
                    await self._outside.before(call)
                self._outside.calls.append(call)
        try:
            return await self._guarded(request)
        finally:
            if self._outside.after is not None and not self._is_alone(request):
                await self._outside.after()

    async def _guarded(self, request: httpx.Request) -> httpx.Response:
        guard = self._outside.guard
        if guard is None or self._side != "quickbooks" or not request.url.path.endswith("/batch"):
            return await self._inner.handle_async_request(request)
        content, answer = json.loads(await request.aread()), None
        guard.before(content)
        try:
            response = await self._inner.handle_async_request(request)
            answer = json.loads(await response.aread()) if response.status_code == 200 else None
        finally:
            await guard.after(content, answer)
        return response

    def _is_alone(self, request: httpx.Request) -> bool:
        """Nobody acts after a report: it came later than the lives that are on record, which go on as they were. Nor while tokens are
        renewed: whoever acts then needs them, too, and would wait for ever inside of what it waits for."""
        return "/reports/" in request.url.path or self._renews(request)

    @staticmethod
    def _renews(request: httpx.Request) -> bool:
        return "/tokens/" in request.url.path


def _writes(side: str, path: str, content: Body) -> list[Call]:
    found = []
    if side == "oncord":
        entity = path.split("/")[-2].removesuffix("s")
        for each in content["operations"]:
            record_id, version = str(each.get("id") or ""), str(each.get("version") or "")
            found.append(Call(side, entity, each["action"], record_id, each.get("record") or {}, version))
    for item in content.get("BatchItemRequest", []):
        for name, body in item.items():
            if isinstance(body, dict):
                action = "void" if "void" in str(item.get("optionsData", "")).lower() else str(item.get("operation"))
                found.append(Call(side, name.lower(), action.lower(), str(body.get("Id") or ""), body))
    return found
