"""The stack of `make run` on ports of its own, with data that is gone afterwards, and hands that reach all three of its programs."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from app.sandbox.local.binaries import POINTER
from app.sandbox.local.demo import DEMO_SITE, DemoClient, set_up_demo
from app.sandbox.local.environment import Addresses, addresses_from, load_keys
from tests.local_world.test_make_run import KEY, World
from tests.support.processes import three_free_ports, wait_until

Body = dict[str, Any]
READY_SECONDS = 400.0
ENDED_SECONDS = 60.0
COMPANY = "Brisbane Homewares Pty Ltd"
"""What the demo's company is called in the pictures."""


@dataclass
class Stack:
    """The running demo: what its people do over HTTP."""

    at: Addresses
    http: httpx.AsyncClient
    realm: str = ""
    connection: str = ""

    async def in_shop(self, method: str, path: str, body: Any = None) -> Any:
        """A person at the shop does something."""
        return await self._ask(method, f"{self.at.oncord}/_sandbox/sites/{DEMO_SITE}/{path}", body)

    async def in_books(self, path: str, body: Body, **parameters: str) -> Body:
        """A bookkeeper writes something in QuickBooks; the object."""
        answer = await self._ask(
            "POST", f"{self.at.quickbooks}/_sandbox/companies/{self.realm}/{path}", body, parameters
        )
        return next((value for name, value in answer.items() if name != "time"), answer)

    async def books(self, entity: str) -> list[Body]:
        """Every object of an entity in QuickBooks."""
        return list((await self._ask("GET", f"{self.at.quickbooks}/_sandbox/companies/{self.realm}/{entity}"))["items"])

    async def api(self, method: str, path: str, body: Any = None, **parameters: str) -> Any:
        """The service's API, about the demo's connection."""
        address = f"{self.at.service}/api/v1/connections/{self.connection}{path}"
        return await self._ask(method, address, body, parameters)

    async def synchronise(self, **body: bool) -> Body:
        """Start a run and wait for its end."""
        run = await self.api("POST", "/syncs", body)
        while run["state"] in ("queued", "running"):
            await asyncio.sleep(0.2)
            run = await self.api("GET", f"/syncs/{run['id']}")
        if run["state"] == "failed":
            raise RuntimeError(f"the run failed: {run['error']}")
        return dict(run)

    async def _ask(self, method: str, url: str, body: Any = None, parameters: Any = None) -> Any:
        answer = await self.http.request(
            method, url, json=body, params=parameters, headers={"Authorization": f"Bearer {KEY}"}
        )
        if answer.is_error:
            raise RuntimeError(f"{method} {url} answered {answer.status_code}: {answer.text[:400]}")
        return answer.json() if answer.content else None


@asynccontextmanager
async def running() -> AsyncIterator[Stack]:
    """The demo, connected, configured and synchronised once. Raises `RuntimeError` where a step fails."""
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder:
        data, port = Path(folder) / "data", three_free_ports()
        world = World(data, port, "--empty")
        try:
            await asyncio.to_thread(_await_ready, world)
            async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
                yield await _connected(addresses_from(port), http, data)
        finally:
            _end(world)
            pointer = data / POINTER
            if pointer.is_file():
                shutil.rmtree(pointer.read_text().splitlines()[0], ignore_errors=True)


def _await_ready(world: World) -> None:
    up = wait_until(lambda: "\nready" in world.said() or world.process.poll() is not None, READY_SECONDS)
    if not up or world.process.poll() is not None:
        raise RuntimeError(f"the demo did not start: {world.said()}")


def _end(world: World) -> None:
    """Stop everything, in the end by force."""
    if world.process.poll() is None:
        os.killpg(world.process.pid, signal.SIGINT)
    try:
        world.process.wait(ENDED_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(world.process.pid, signal.SIGKILL)
        world.process.wait()


async def _connected(at: Addresses, http: httpx.AsyncClient, data: Path) -> Stack:
    stack = Stack(at, http)
    stack.realm = (await http.get(f"{at.quickbooks}/_sandbox/companies")).json()["items"][0]["realm_id"]
    await stack.in_books("companyinfo", {"CompanyName": COMPANY})
    pointer = data / POINTER
    kept = Path(pointer.read_text().splitlines()[0]) if pointer.is_file() else data
    client = DemoClient(http, at, load_keys(kept), KEY)
    await set_up_demo(client, lambda: asyncio.sleep(0.2))
    listed = (await http.get(f"{at.service}/api/v1/connections", headers={"Authorization": f"Bearer {KEY}"})).json()
    stack.connection = listed["items"][0]["id"]
    return stack
