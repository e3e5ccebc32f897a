"""Shops that deal their answers out a byte at a time: four of ten hold the changes of the others up."""

import asyncio
import json
import signal
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.attack.attack import Attack, Count
from tests.attack.ground import Ground
from tests.chaos.branches import Branch, open_branches
from tests.chaos.sender import Post

MORE_SHOPS = 6
DRIPPING = 4
MOST = 1.5
"""So many times its quiet time a change may take."""
FULL = 120
"""Changes of honest shops, quiet and while others drip."""
FEWEST = 6
BYTE_SECONDS = 0.5
TOLD_EVERY = 0.5
"""The dripping shops tell of a change so often, so that they are always due."""
BEGUN_SECONDS = 8.0
LOOK_SECONDS = 0.05
LONGEST_SECONDS = 120.0


class Drips:
    """Stands before the simulated shops: hands everything through, or answers a byte at a time."""

    def __init__(self, behind: str) -> None:
        self._behind = behind
        self.dripping = False
        self.dripped = 0
        """Requests that were answered so."""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            if self.dripping:
                await self._drip(writer)
            else:
                await self._hand_through(head[0], headers, body, writer)
        writer.close()

    async def _drip(self, writer: asyncio.StreamWriter) -> None:
        self.dripped += 1
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n")
        while self.dripping:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(BYTE_SECONDS)

    async def _hand_through(
        self, line: str, headers: dict[str, str], body: bytes, writer: asyncio.StreamWriter
    ) -> None:
        method, target, _ = line.split(" ")
        passed = {name: value for name, value in headers.items() if name in ("authorization", "content-type")}
        async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
            answer = await http.request(method, self._behind + target, headers=passed, content=body)
        start = f"HTTP/1.1 {answer.status_code} X\r\ncontent-type: application/json\r\n"
        writer.write(
            f"{start}content-length: {len(answer.content)}\r\nconnection: close\r\n\r\n".encode() + answer.content
        )
        await writer.drain()


async def carry_out(ground: Ground) -> Count:
    """Time the changes of honest shops, quiet and while four others drip; the median is what counts."""
    branches = await open_branches(ground.stage, MORE_SHOPS)
    slow, honest = branches[:DRIPPING], [*branches[DRIPPING:], *ground.shops]
    count = max(FEWEST, ground.of(FULL))
    async with _one_worker(ground), _behind_drips(ground, slow) as drips:
        quiet = await _timed(ground, honest, count)
        async with _dripping(ground, drips, slow):
            loaded = await _timed(ground, honest, count)
    before, after = statistics.median(quiet), statistics.median(loaded)
    late = [seconds for seconds in loaded if seconds > MOST * before] if after > MOST * before else []
    said = (
        f"a change takes {before:.1f} s, with them {after:.1f} s, {max(loaded):.1f} s at most; {drips.dripped} dripped"
    )
    return Count(len(loaded), len(late) if drips.dripped else len(loaded), said)


@asynccontextmanager
async def _one_worker(ground: Ground) -> AsyncIterator[None]:
    """With as many places as there are dripping shops: the other worker stands still."""
    process = ground.stage.programs.all["worker-2"].process
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        process.send_signal(signal.SIGCONT)


@asynccontextmanager
async def _behind_drips(ground: Ground, slow: Sequence[Branch]) -> AsyncIterator[Drips]:
    """Move these shops behind a server of our own, and back in the end."""
    drips = Drips(ground.stage.world.oncord)
    server = await asyncio.start_server(drips, "127.0.0.1", 0)
    there = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    await _move(ground, slow, there)
    try:
        yield drips
    finally:
        drips.dripping = False
        await _move(ground, slow, ground.stage.world.oncord)
        server.close()


async def _move(ground: Ground, slow: Sequence[Branch], there: str) -> None:
    sites = (await ground.stage.http.get(f"{ground.stage.world.oncord}/_sandbox/sites")).json()["items"]
    tokens = {site["site_id"]: site["token"] for site in sites}
    for branch in slow:
        moved = await ground.stage.http.patch(
            f"{ground.url}/api/v1/connections/{branch.id}",
            headers={"Authorization": f"Bearer {ground.stage.keys.admin_api_key}"},
            json={
                "oncord_api_url": f"{there}/sites/{branch.site_id}/api/connector/v1",
                "oncord_token": tokens[branch.site_id],
            },
        )
        assert moved.is_success, moved.text


@asynccontextmanager
async def _dripping(ground: Ground, drips: Drips, slow: Sequence[Branch]) -> AsyncIterator[None]:
    async def tell() -> None:
        number = 0
        while True:
            number += 1
            for branch in slow:
                await _post(ground, branch, "sale", str(number))
            await asyncio.sleep(TOLD_EVERY)

    drips.dripping = True
    telling = asyncio.create_task(tell())
    try:
        await asyncio.sleep(BEGUN_SECONDS)
        yield
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
        drips.dripping = False


async def _timed(ground: Ground, honest: Sequence[Branch], count: int) -> list[float]:
    """How long so many changes take, one after the other, from the sale to its invoice."""
    return [await _one_change(ground, honest[number % len(honest)], number) for number in range(count)]


async def _one_change(ground: Ground, branch: Branch, number: int) -> float:
    before = await _invoices(ground, branch)
    door = f"{ground.stage.world.oncord}/_sandbox/sites/{branch.site_id}"
    person = {"type": "individual", "first_name": "Ada", "last_name": f"Honest{time.monotonic_ns()}"}
    contact = await _made(ground, f"{door}/contacts", {**person, "email": f"ada{time.monotonic_ns()}@example.com"})
    line = {"description": "Tea", "quantity": "1", "unit_price": "11.00", "tax_code": "GST"}
    sale = await _made(ground, f"{door}/sales", {"contact_id": contact["id"], "lines": [line]})
    began = time.monotonic()
    await _post(ground, branch, "contact", contact["id"])
    await _post(ground, branch, "sale", sale["id"])
    while await _invoices(ground, branch) == before:
        if time.monotonic() - began > LONGEST_SECONDS:
            break
        await asyncio.sleep(LOOK_SECONDS)
    return time.monotonic() - began


async def _invoices(ground: Ground, branch: Branch) -> int:
    answer = await ground.stage.http.get(
        f"{ground.stage.world.quickbooks}/_sandbox/companies/{branch.realm_id}/invoice"
    )
    return len(answer.json()["items"])


async def _made(ground: Ground, url: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await ground.stage.http.post(url, json=body)
    answer.raise_for_status()
    made: dict[str, Any] = answer.json()
    return made


async def _post(ground: Ground, branch: Branch, entity: str, record_id: str) -> None:
    entry = {"entity": entity, "id": record_id, "version": "1", "action": "saved", "actor": "user"}
    body = {"type": f"{entity}.saved", "timestamp": datetime.now(UTC).isoformat(), "data": entry}
    message_id = f"msg_{branch.tag}_{time.monotonic_ns()}"
    post = Post(f"/webhooks/oncord/{branch.id}", json.dumps(body).encode(), [], branch.secret, message_id)
    answer = await ground.stage.http.post(
        ground.url + post.path, content=post.body, headers=post.headers(datetime.now(UTC))
    )
    answer.raise_for_status()


ATTACK = Attack("shops that drip", carry_out)
