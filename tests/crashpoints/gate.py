"""Every outside call of a run passes one gate, which counts it and lets it fail as the point to be proved says.

An outside call is one SQL transaction or one HTTP request. A crash is not a cancelled task: from the crash on, every
outside call of the task fails, those of its `finally` blocks too, so that nothing of it reaches the outside any more.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import httpx
import psycopg
import simplejson

from app.storage.database import Database, Transaction
from tests.support.in_turn import InTurn


class Mode(StrEnum):
    """What happens at the chosen call."""

    BEFORE = "before"
    """The process dies; the call was not made."""
    AFTER = "after"
    """The call was carried out; the process dies without having seen the answer."""
    LOST = "lost"
    """The call was carried out; the connection breaks before the answer, and the process lives on."""
    FROZEN = "frozen"
    """The process stops for so long that another one takes over, and then wakes and makes the call."""
    HALF = "half"
    """A batch is carried out to half, then the process dies."""
    HALF_LOST = "half-lost"
    """A batch is carried out to half, then the connection breaks."""
    FAILED = "failed"
    """The call was carried out and is answered with an error page of the gateway."""
    DENIED = "denied"
    """The call was carried out and is answered with 401."""


EVERYWHERE = (Mode.BEFORE, Mode.AFTER, Mode.LOST)
AT_WRITES = (Mode.FAILED, Mode.DENIED)
AT_BATCHES = (Mode.HALF, Mode.HALF_LOST)


class Crash(BaseException):
    """The process is gone. Nothing catches this on purpose."""


@dataclass(frozen=True, slots=True)
class Call:
    """One outside call as it was seen: where from, and how many writes it carried."""

    name: str
    writes: int = 0
    request_id: str = ""


@dataclass
class Gate:
    """Counts calls while `armed`; at call number `at` (from zero) something happens."""

    at: int = -1
    mode: Mode = Mode.BEFORE
    crash: Callable[[], Any] | None = None
    """What a crash is; None raises `Crash`, a real process kills itself."""
    armed: bool = False
    dead: bool = False
    calls: list[Call] = field(default_factory=list)
    inside: int = 0
    """Transactions that are open: no HTTP request may be made meanwhile (law 10)."""
    faults: list[str] = field(default_factory=list)
    frozen: asyncio.Event = field(default_factory=asyncio.Event)
    thaw: asyncio.Event = field(default_factory=asyncio.Event)
    turns: InTurn = field(default_factory=InTurn)
    """Calls that go out at once come one after the other."""

    def _die(self) -> None:
        self.dead = True
        if self.crash is not None:
            self.crash()
        raise Crash

    async def enter(self, call: Call) -> bool:
        """A call begins; answers whether it is the chosen one."""
        if self.dead:
            raise Crash
        if not self.armed:
            return False
        number = len(self.calls)
        self.calls.append(call)
        if self.inside:
            self.faults.append(f"{call.name} while a transaction is open")
        if number != self.at:
            return False
        if self.mode is Mode.BEFORE:
            self._die()
        if self.mode is Mode.FROZEN:
            self.frozen.set()
            await self.thaw.wait()
        return True

    def leave(self) -> None:
        """The chosen call has been carried out."""
        if self.mode in (Mode.AFTER, Mode.HALF):
            self._die()

    def wrap(self, database: Database, now: Callable[[], datetime]) -> None:
        """Let every transaction of `database` pass here; leases are judged by `now`."""
        transaction, raw = database.transaction, database.raw

        @asynccontextmanager
        async def gated(connection_id: str, *, one_moment: bool = False) -> AsyncIterator[Transaction]:
            async with self._sql(transaction(connection_id, one_moment=one_moment), now) as tx:
                yield tx

        @asynccontextmanager
        async def gated_raw() -> AsyncIterator[Transaction]:
            async with self._sql(raw(), None) as tx:
                yield tx

        database.transaction = gated  # type: ignore[method-assign]
        database.raw = gated_raw  # type: ignore[method-assign]

    @asynccontextmanager
    async def _sql(
        self, whole: AbstractAsyncContextManager[Transaction], now: Callable[[], datetime] | None
    ) -> AsyncIterator[Transaction]:
        call = Call("sql " + _asked_by()) if self.armed or self.dead else None
        async with self.turns.call():
            chosen = await self.enter(call) if call is not None else False
            self.inside += 1
            try:
                async with whole as tx:
                    if now is not None:
                        await tx.execute("SELECT set_config('app.lease_now', %s, true)", (now().isoformat(),))
                    yield tx
            finally:
                self.inside -= 1
            if chosen:
                self.leave()
                if self.mode is Mode.LOST:
                    raise psycopg.OperationalError("the connection broke before the commit was answered")


def _asked_by() -> str:
    frame = sys._getframe(2)
    while frame is not None:
        path = frame.f_code.co_filename
        name = frame.f_code.co_name
        if "/app/" in path and name not in ("transaction", "reading", "about", "raw"):
            return f"{path.rpartition('/app/')[2].removesuffix('.py')}.{name}"
        frame = frame.f_back  # type: ignore[assignment]
    return "?"


class GatedTransport(httpx.AsyncBaseTransport):
    """The way to one vendor through the gate."""

    def __init__(self, gate: Gate, inner: httpx.AsyncBaseTransport, vendor: str) -> None:
        self.gate = gate
        self.inner = inner
        self.vendor = vendor

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry the request on, unless the point says otherwise."""
        async with self.gate.turns.call():
            return await self._carried_on(request)

    async def _carried_on(self, request: httpx.Request) -> httpx.Response:
        gate = self.gate
        content = await request.aread()
        items = _write_items(request, content)
        call = Call(
            f"{self.vendor} {request.method} {request.url.path.rpartition('/v1/')[2] or request.url.path}"
            if self.vendor == "shop"
            else f"{self.vendor} {request.method} {request.url.path.rpartition('/')[2]}",
            writes=len(items),
            request_id=request.url.params.get("requestid", ""),
        )
        if not await gate.enter(call):
            return await self.inner.handle_async_request(request)
        if gate.mode in AT_BATCHES:
            request = _half(request, content)
        answer = await self.inner.handle_async_request(request)
        await answer.aread()
        gate.leave()
        if gate.mode in (Mode.LOST, Mode.HALF_LOST):
            raise httpx.ReadError("the connection broke before the answer arrived", request=request)
        if gate.mode is Mode.FAILED:
            return httpx.Response(502, text="<html>Bad gateway</html>", request=request)
        if gate.mode is Mode.DENIED:
            return httpx.Response(401, json={}, request=request)
        return answer

    async def aclose(self) -> None:
        """The simulators outlive a crash."""


def _write_items(request: httpx.Request, content: bytes) -> list[Any]:
    if request.method != "POST" or not request.url.path.endswith("/batch"):
        return []
    body = simplejson.loads(content)
    items = body.get("BatchItemRequest", body.get("operations", []))
    return [item for item in items if "Query" not in item]


def _half(request: httpx.Request, content: bytes) -> httpx.Request:
    body = simplejson.loads(content, use_decimal=True)
    name = "BatchItemRequest" if "BatchItemRequest" in body else "operations"
    body[name] = body[name][: len(body[name]) // 2]
    shorter = simplejson.dumps(body, use_decimal=True).encode()
    headers = {k: v for k, v in request.headers.items() if k.lower() != "content-length"}
    return httpx.Request(request.method, request.url, headers=headers, content=shorter, extensions=request.extensions)


async def through(gate: Gate, work: Awaitable[Any]) -> Any:
    """Await `work` with the gate armed."""
    gate.armed = True
    try:
        return await work
    finally:
        gate.armed = False
