"""Requests that are never finished: their connections are closed, on a real socket, and nobody else's is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app import half_open, serve

PATIENCE = 20.0
"""Seconds after which a connection counts as never closed; what is expected takes a fraction of one."""
WHOLE = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nbody"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the length of the body, once all of it is there; at /early before it has been read."""
    request = Request(scope, receive)
    try:
        body = b"" if request.url.path == "/early" else await request.body()
    except ClientDisconnect:
        return
    await Response(str(len(body)))(scope, receive, send)


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """A server of ours that has little patience."""
    monkeypatch.setattr(serve, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(serve, "REQUEST_SECONDS", 0.3)
    monkeypatch.setattr(half_open, "LOOK_SECONDS", 0.05)
    server = uvicorn.Server(
        uvicorn.Config(echo, port=0, http=serve.HttpProtocol, ws="none", lifespan="off", log_config=None)
    )
    serving = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn sets no event
        await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def until_closed(reader: asyncio.StreamReader) -> bytes:
    """What comes until the other side closes."""
    return await asyncio.wait_for(reader.read(), PATIENCE)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\r\n",
        b"P",
        b"POST / HTTP/1.1\r\nhost: x",
        b"POST / HTTP/1.1\r\nhost: x\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nbod",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n",
    ],
)
async def test_a_request_that_is_never_finished_is_closed_and_not_answered(port: int, sent: bytes) -> None:
    async with connected(port) as (reader, writer):
        writer.write(sent)

        assert await until_closed(reader) == b""


async def test_a_head_that_comes_drop_by_drop_is_closed_all_the_same(port: int) -> None:
    async with connected(port) as (reader, writer):
        ended = asyncio.create_task(until_closed(reader))
        while not ended.done():
            writer.write(b"x")
            await asyncio.sleep(0.02)

        assert b" 200 " not in await ended


@pytest.mark.parametrize("junk", [b"\r\n", b"POST / HTTP/1.1\r\nho"])
async def test_on_a_connection_that_was_answered_before_the_next_request_must_come_too(port: int, junk: bytes) -> None:
    async with connected(port) as (reader, writer):
        writer.write(WHOLE)
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n4"), PATIENCE)
        writer.write(junk)

        assert await until_closed(reader) == b""


async def test_the_rest_of_a_body_that_was_answered_early_is_not_waited_for(port: int) -> None:
    async with connected(port) as (reader, writer):
        writer.write(b"POST /early HTTP/1.1\r\nhost: x\r\ncontent-length: 400\r\n\r\nb")
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n0"), PATIENCE)
        writer.write(b"b")

        assert await until_closed(reader) == b""


@pytest.mark.parametrize("length", [2, 400, 900_000])
async def test_who_was_answered_early_may_send_the_rest_and_asks_again(port: int, length: int) -> None:
    async with connected(port) as (reader, writer):
        for _ in range(2):
            writer.write(f"POST /early HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\nb".encode())
            assert b" 200 " in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n0"), PATIENCE)
            writer.write(b"b" * (length - 1))
            await writer.drain()
        writer.write(WHOLE)

        assert b" 200 " in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n4"), PATIENCE)


async def test_what_was_thrown_away_of_several_bodies_is_not_added_up(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "REST_BYTES", 1000)

    await test_who_was_answered_early_may_send_the_rest_and_asks_again(port, 800)


async def test_what_came_of_a_body_before_it_was_answered_early_takes_no_room_afterwards(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "HEAD_SECONDS", PATIENCE)
    async with connected(port) as (reader, writer):
        writer.write(b"POST /early HTTP/1.1\r\nhost: x\r\ncontent-length: 900000\r\n\r\n" + b"b" * 50_000)
        assert b" 200 " in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n0"), PATIENCE)
        writer.write(b"b" * 50_000)
        await writer.drain()
        [connection] = serve._waiting_in(asyncio.get_running_loop())._since
        assert isinstance(connection, serve.HttpProtocol)
        await asyncio.sleep(0.05)

        assert (connection.cycle.more_body, len(connection.cycle.body)) == (True, 0)


async def pour(writer: asyncio.StreamWriter, content: bytes) -> None:
    """Send it as fast as it is taken."""
    for start in range(0, len(content), 10_000):
        writer.write(content[start : start + 10_000])
        await writer.drain()


@pytest.mark.parametrize("framing", [b"content-length: 9000000", b"transfer-encoding: chunked"])
async def test_who_goes_on_for_ever_after_the_answer_is_hung_up_on(
    port: int, framing: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "HEAD_SECONDS", PATIENCE)
    monkeypatch.setattr(serve, "REST_BYTES", 100_000)
    piece = b"2710\r\n" + b"b" * 10_000 + b"\r\n"
    async with connected(port) as (reader, writer):
        writer.write(b"POST /early HTTP/1.1\r\nhost: x\r\n" + framing + b"\r\n\r\n")
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n0"), PATIENCE)

        with pytest.raises(ConnectionError):
            await pour(writer, piece * 1000)


@pytest.mark.parametrize("path", [b"/", b"/early"])
async def test_who_waits_to_be_asked_for_a_body_is_hung_up_on_after_the_answer(port: int, path: bytes) -> None:
    async with connected(port) as (reader, writer):
        writer.write(b"POST " + path + b" HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\n")
        if path == b"/":
            assert await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE) == b"HTTP/1.1 100 Continue\r\n\r\n"
            writer.write(b"body")

        answer = await until_closed(reader)

        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"connection: close" in answer


async def test_whole_requests_are_answered_one_after_the_other_and_in_pieces(port: int) -> None:
    async with connected(port) as (reader, writer):
        for pieces in ([WHOLE], [WHOLE[:10], WHOLE[10:-2], WHOLE[-2:]], [WHOLE]):
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0)
            assert b" 200 " in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n4"), PATIENCE)


class Connection:
    """A connection of which only the closing is looked at."""

    most_seconds = 10.0

    def __init__(self, *, is_heavy: bool = False) -> None:
        self.closed = False
        self.is_heavy = is_heavy

    def hang_up(self) -> None:
        self.closed = True


async def test_where_too_many_wait_the_one_that_has_waited_longest_makes_room() -> None:
    waiting = half_open.Waiting(asyncio.get_running_loop(), 3)
    connections: list[Any] = [Connection() for _ in range(5)]
    for connection in connections[:3]:
        waiting.begin(connection)
    waiting.end(connections[0])
    for connection in connections[3:]:
        waiting.begin(connection)
        waiting.begin(connection)

    assert [connection.closed for connection in connections] == [False, True, False, False, False]


async def test_where_too_many_long_heads_wait_the_first_of_them_makes_room_and_short_ones_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(half_open, "MOST_HEAVY", 2)
    waiting = half_open.Waiting(asyncio.get_running_loop(), 10)
    connections: list[Any] = [Connection(is_heavy=number > 0) for number in range(5)]
    for connection in connections[:3]:
        waiting.begin(connection)
    connections[1].is_heavy = False
    waiting.begin(connections[1])
    for connection in connections[3:]:
        waiting.begin(connection)

    assert [connection.closed for connection in connections] == [False, False, True, False, False]
