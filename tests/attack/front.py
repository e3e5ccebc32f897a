"""A server of our own before the simulated shops: it hands everything through, until an attack has it answer otherwise."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import httpx

from tests.attack.ground import Ground
from tests.chaos.branches import Branch

Answering = Callable[[asyncio.StreamWriter], Awaitable[None]]
HANGS_UP = (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError)


class Front:
    """Stands before the simulated shops. `address` is where it listens."""

    def __init__(self, behind: str) -> None:
        self._behind = behind
        self.address = ""
        self.answer: Answering | None = None
        """What it answers instead; None: what the shop behind it does."""
        self.answered = 0
        """Requests that were answered so."""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(*HANGS_UP):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            if self.answer is not None:
                self.answered += 1
                await self.answer(writer)
            else:
                await self._hand_through(head[0], headers, body, writer)
        writer.close()

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


@asynccontextmanager
async def behind_front(ground: Ground, shops: Sequence[Branch]) -> AsyncIterator[Front]:
    """Move these shops behind a front, and back in the end."""
    front = Front(ground.stage.world.oncord)
    server = await asyncio.start_server(front, "127.0.0.1", 0)
    front.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    await _move(ground, shops, front.address)
    try:
        yield front
    finally:
        front.answer = None
        await _move(ground, shops, ground.stage.world.oncord)
        server.close()


async def _move(ground: Ground, shops: Sequence[Branch], there: str) -> None:
    sites = (await ground.stage.http.get(f"{ground.stage.world.oncord}/_sandbox/sites")).json()["items"]
    tokens = {site["site_id"]: site["token"] for site in sites}
    for branch in shops:
        moved = await ground.stage.http.patch(
            f"{ground.url}/api/v1/connections/{branch.id}",
            headers={"Authorization": f"Bearer {ground.stage.keys.admin_api_key}"},
            json={
                "oncord_api_url": f"{there}/sites/{branch.site_id}/api/connector/v1",
                "oncord_token": tokens[branch.site_id],
            },
        )
        assert moved.is_success, moved.text
