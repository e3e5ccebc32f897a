"""The same with a process that is really killed: the engine's turn runs in a child, over sockets, until SIGKILL.

Run as a module this is that child; what it is to do comes as JSON on its standard input.
"""

import asyncio
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import datetime
from typing import Any

import httpx
import simplejson
import uvicorn

from app import log
from app.runtime import Seams, open_runtime
from app.settings import Settings
from app.sync.waking.wake import WakeContext, answer, engine_turn
from tests.crashpoints.gate import Gate, GatedTransport, Mode
from tests.crashpoints.points import Point, Stories, Verdict, compared
from tests.crashpoints.world import LEASE_RUNS_OUT, TIMING, AlarmClock, NotQuiet, paged
from tests.support.joint import CONNECTION, JointClock


class _Server(uvicorn.Server):
    """uvicorn beside a test: signals are the test's business."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def _served(app: Any) -> AsyncIterator[int]:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = _Server(uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off"))
        serving = asyncio.ensure_future(server.serve(sockets=[listening]))
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            await serving


def chosen(stories: Stories, number: int) -> list[Point]:
    """So many points, spread over the story, each before or after its call."""
    if number < 2:
        return []
    points = [p for p in stories.points() if p.mode in (Mode.BEFORE, Mode.AFTER)]
    writes = [p for p in points if stories.told[p.chapter].calls[p.call].writes]
    half = number // 2
    return [*writes[:: max(1, len(writes) // half)][:half], *points[7 :: len(points) // (number - half)]][:number]


async def prove_killed(stories: Stories, point: Point) -> Verdict:
    """Kill a process there, go on in this one, and look."""
    stage, told = stories.stage, stories.told[point.chapter]
    stage.put_back(told.begins)
    companions = stage.rows.companions()
    verdict = Verdict()
    try:
        async with AsyncExitStack() as stack:
            shop = await stack.enter_async_context(_served(stage.to_shop.app))
            books = await stack.enter_async_context(_served(stage.to_books.app))
            told_to = {
                "settings": stage.settings.model_dump(mode="json"),
                "page": told.chapter.page,
                "ports": {"shop.test": shop, "books.test": books},
                "now": stage.clock.now().isoformat(),
                "at": point.call,
                "mode": point.mode.value,
            }
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.crashpoints.killed", stdin=-1, stdout=-3, stderr=-1
            )
            _, said = await child.communicate(simplejson.dumps(told_to, default=_secret).encode())
        if child.returncode != -signal.SIGKILL:
            verdict.wrong.append(
                f"the process was not killed but ended with {child.returncode}: {said.decode()[-2000:]}"
            )
        stage.clock.pass_time(LEASE_RUNS_OUT)
        stage.rows.left_alone(companions)
        async with stage.process(Gate()) as process:
            with paged(told.chapter.page):
                await process.until_quiet()
            await process.reconnected()
            verdict.wrong += await compared(process, told)
    except NotQuiet as error:
        verdict.wrong.append(str(error))
    return verdict


def _secret(value: Any) -> Any:
    return value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)


class _Rerouted(httpx.AsyncHTTPTransport):
    """A real connection to where a simulator listens, whatever name the address has."""

    def __init__(self, ports: dict[str, int]) -> None:
        super().__init__()
        self.ports = ports

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(host="127.0.0.1", port=self.ports[request.url.host])
        return await super().handle_async_request(request)


async def _child(told: dict[str, Any]) -> None:
    clock = JointClock()
    clock.at = datetime.fromisoformat(told["now"])
    gate = Gate(told["at"], Mode(told["mode"]), crash=lambda: os.kill(os.getpid(), signal.SIGKILL))
    waker = AlarmClock(clock)
    real = _Rerouted(told["ports"])
    seams = Seams(
        clock=clock,
        chance=random.Random(told["at"]),
        quickbooks_transport=GatedTransport(gate, real, "books"),
        oncord_transport=GatedTransport(gate, real, "shop"),
        waker=waker,
    )
    async with AsyncExitStack() as stack:
        runtime = await stack.enter_async_context(open_runtime(Settings(_env_file=None, **told["settings"]), seams))
        stack.enter_context(paged(told["page"]))
        gate.wrap(runtime.database, clock.now)
        turn = engine_turn(runtime.database, clock, runtime.ids, runtime.sides, 60)
        wake_context = WakeContext(runtime.database, clock, runtime.ids, waker, TIMING, runtime.owner, turn)
        gate.armed = True
        for _ in range(20):
            waker.moments.clear()
            if await answer(wake_context, CONNECTION) == "nothing due":
                return
            clock.pass_time(1)


if __name__ == "__main__":
    log.configure("text", level="CRITICAL")
    asyncio.run(_child(simplejson.loads(sys.stdin.read())))
