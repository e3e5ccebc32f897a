"""Where a request ends is never a matter of opinion: what could be read in two ways is refused, and nothing behind it is read."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app import serve

PATIENCE = 20.0
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nhost: x\r\n\r\n"
CHUNKED = b"0\r\n\r\n"


class Served:
    """A server of ours with an application that remembers what it was asked."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.port = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.paths.append(scope["path"])
        try:
            await Request(scope, receive).body()
        except ClientDisconnect:
            return
        await Response("answered")(scope, receive, send)

    async def sent(self, content: bytes) -> bytes:
        """What is answered until the connection is closed."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(content)
            return await asyncio.wait_for(reader.read(), PATIENCE)
        finally:
            writer.close()


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    app = Served()
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, http=serve.HttpProtocol, ws="none", lifespan="off", log_config=None)
    )
    serving = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn sets no event
        await asyncio.sleep(0.01)
    app.port = server.servers[0].sockets[0].getsockname()[1]
    yield app
    server.should_exit = True
    await serving


@pytest.mark.parametrize(
    "sent",
    [
        b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n" + CHUNKED,
        b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n" + CHUNKED,
        b"transfer-encoding:\r\n chunked\r\ncontent-length: 5\r\n\r\n" + CHUNKED,
        b"transfer-encoding: xchunked\r\n\r\n" + CHUNKED,
        b"transfer-encoding: chunked, identity\r\n\r\n" + CHUNKED,
        b"transfer-encoding: chunked\r\n\r\n0;a\nb\r\n\r\n",
        b"transfer-encoding: chunked\r\n\r\n-1\r\n\r\n",
        b"content-length: 0\r\ncontent-length: 35\r\n\r\n",
        b"content-length: 0, 35\r\n\r\n",
        b"content-length: +0\r\n\r\n",
        b"content-length : 35\r\n\r\n",
        b"content-length: 0\n\n",
        b"x-a: b\x00c\r\n\r\n",
    ],
)
async def test_a_request_that_could_end_in_two_places_smuggles_nothing(served: Served, sent: bytes) -> None:
    answer = await served.sent(b"POST / HTTP/1.1\r\nhost: x\r\n" + sent + SMUGGLED)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"answered" not in answer
    assert "/smuggled" not in served.paths


async def test_two_requests_one_after_the_other_are_two(served: Served) -> None:
    first = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"

    answer = await served.sent(first + SMUGGLED.replace(b"host: x", b"host: x\r\nconnection: close"))

    assert answer.count(b"answered") == 2
    assert served.paths == ["/", "/smuggled"]
