"""What a connection may send and leave unread has an end: heads, trailers, requests behind each other, answers that nobody fetches."""

import asyncio
import logging
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
import uvloop
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app import half_open, serve, unread_answers
from tests.api.test_half_open import pour

PATIENCE = 20.0
"""Seconds after which something counts as never happening; what is expected takes a fraction of one."""
HEAD = b"GET / HTTP/1.1\r\nhost: x\r\n"
CHUNKED = b"PATCH / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
MEGABYTE = 1_000_000


class Served:
    """A server of ours; the application remembers what it was asked, and answers as the path says."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.bodies: list[bytes] = []
        self.at_work = self.most_at_work = 0
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.server = uvicorn.Server(
            uvicorn.Config(self, port=0, http=serve.HttpProtocol, ws="none", lifespan="off", log_config=None)
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.asked.append((request.url.path, dict(request.headers)))
        self.at_work += 1
        self.most_at_work = max(self.at_work, self.most_at_work)
        try:
            await self.go_on.wait()
            self.bodies.append(await request.body())
            await self._answer(request.url.path)(scope, receive, send)
        except ClientDisconnect:
            return
        finally:
            self.at_work -= 1

    def _answer(self, path: str) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(400):
                yield b"x" * 10_000

        if path == "/stream":
            return StreamingResponse(pieces())
        return Response(b"x" * 4 * MEGABYTE if path == "/page" else path)

    @property
    def port(self) -> int:
        return int(self.server.servers[0].sockets[0].getsockname()[1])

    @property
    def connections(self) -> list[serve.HttpProtocol]:
        return [one for one in self.server.server_state.connections if isinstance(one, serve.HttpProtocol)]

    async def sent(self, *pieces: bytes) -> bytes:
        """What is answered until the connection is closed."""
        async with self.connected() as (reader, writer):
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0)
            return await asyncio.wait_for(reader.read(), PATIENCE)

    @asynccontextmanager
    async def connected(
        self, receive_buffer: int | None = None
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A connection, on which the kernel keeps so many bytes that came and were not read."""
        channel = socket.socket()
        if receive_buffer:
            channel.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        channel.setblocking(False)
        await asyncio.get_running_loop().sock_connect(channel, ("127.0.0.1", self.port))
        reader, writer = await asyncio.open_connection(sock=channel, limit=1024)
        try:
            yield reader, writer
        finally:
            writer.close()


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    app = Served()
    serving = asyncio.create_task(app.server._serve())
    while not app.server.started:  # noqa: ASYNC110 - uvicorn sets no event
        await asyncio.sleep(0.01)
    yield app
    app.go_on.set()
    app.server.should_exit = True
    await serving


async def until(happened: Callable[[], bool]) -> None:
    """Wait for it."""
    async with asyncio.timeout(PATIENCE):
        while not happened():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.02)


def headers(count: int, length: int) -> bytes:
    """So many of such a length each."""
    return b"".join(b"x-%04d: " % number + b"a" * (length - 10) + b"\r\n" for number in range(count))


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (HEAD + b"a: " + b"a" * 40_000, 431),
        (HEAD + b"a" * 40_000, 431),
        (HEAD + headers(40, 1000), 431),
        (HEAD + headers(110, 20), 431),
        (HEAD + headers(100, 20) + b"\r\n", 431),
        (HEAD + b"a: " + b"a" * 40_000 + b"\r\n\r\n", 431),
        (b"GET /" + b"a" * 9000, 414),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nhost: x\r\n\r\n", 414),
        (b"GET /?" + b"a=1&" * 60_000, 414),
        (b"\r\n" * 20_000, 400),
    ],
)
@pytest.mark.parametrize("one_by_one", [False, True])
async def test_a_head_that_is_too_long_is_refused_and_nobody_is_asked(
    served: Served, sent: bytes, status: int, *, one_by_one: bool
) -> None:
    pieces = [sent[start : start + 700] for start in range(0, len(sent), 700)] if one_by_one else [sent]

    answer = await served.sent(*pieces)

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"\r\nconnection: close\r\n" in answer
    assert answer.count(b"HTTP/1.1") == 1
    assert served.asked == []


@pytest.mark.parametrize(
    "head",
    [
        HEAD + headers(98, 20) + b"connection: close\r\n\r\n",
        HEAD + headers(30, 1000) + b"connection: close\r\n\r\n",
        HEAD + b"a: " + b"a" * 30_000 + b"\r\nconnection: close\r\n\r\n",
        b"GET /" + b"a" * 8000 + b" HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    ],
)
async def test_a_long_head_within_the_limits_is_answered_as_it_was_sent(served: Served, head: bytes) -> None:
    answer = await served.sent(head[:5000], head[5000:])

    assert answer.startswith(b"HTTP/1.1 200 ")
    [(_, got)] = served.asked
    assert sum(len(name) + len(value) + 4 for name, value in got.items()) > len(head) - 10_000


async def test_limits_count_for_each_request_and_not_for_the_connection(served: Served) -> None:
    async with served.connected() as (reader, writer):
        for _ in range(5):
            writer.write(HEAD + headers(25, 1000) + b"\r\n")
            assert b" 200 " in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n/"), PATIENCE)


async def test_of_an_endless_head_the_parser_sees_little_and_the_sender_is_hung_up_on(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "REFUSED_BYTES", 50_000)
    async with served.connected() as (_, writer):
        writer.write(HEAD + b"a: ")

        with pytest.raises(ConnectionError):
            await pour(writer, b"a" * 10_000_000)


async def test_a_refusal_is_not_written_into_an_answer_that_is_not_out_yet(served: Served) -> None:
    served.go_on.clear()
    async with served.connected() as (reader, writer):
        writer.write(CHUNKED + b"5\r\nbody1\r\n")
        await until(lambda: bool(served.asked))
        writer.write(b"0\r\n\r\nGET /next HTTP/1.1\r\na:" + b"b" * 3000)
        await until(lambda: all(not one.at_body for one in served.connections))
        writer.write(b"\x00" * 3000 + b"b" * 10_000)
        served.go_on.set()

        answer = await asyncio.wait_for(reader.read(), PATIENCE)

    assert answer.count(b"HTTP/1.1 200 ") <= 1
    assert not answer or answer.startswith(b"HTTP/1.1 200 ")


TRAILERS = b"Authorization: Bearer x\r\nX-Forwarded-For: 1.2.3.4\r\nExpect: 100-continue\r\n"


async def test_trailers_are_no_headers_of_this_request_or_of_the_next(served: Served) -> None:
    answer = await served.sent(CHUNKED + b"4;name=value\r\nbody\r\n0\r\n" + TRAILERS + b"\r\n" + LAST)

    assert answer.count(b"HTTP/1.1 200 ") == 2
    assert served.bodies == [b"body", b""]
    assert [set(got) for _, got in served.asked] == [{"host", "transfer-encoding"}, {"host", "connection"}]


@pytest.mark.parametrize(
    "extra",
    [
        b"0\r\nx-a: " + b"a" * 500_000,
        b"0\r\n" + headers(100, 1000),
        b"4;" + b"a" * 900_000,
        b"".join(b"4;" + b"a" * 200 + b"\r\nbody\r\n" for _ in range(500)),
        b"0" * 100_000 + b"4\r\nbody\r\n",
    ],
)
async def test_trailers_and_what_hangs_on_chunks_have_an_end(
    served: Served, extra: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "REFUSED_BYTES", MEGABYTE)

    answer = await served.sent(CHUNKED + extra)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert served.bodies == []
    await until(lambda: served.at_work == 0)


async def test_small_chunks_are_no_extra(served: Served) -> None:
    answer = await served.sent(CHUNKED + b"1\r\nx\r\n" * 30_000 + b"0\r\n\r\n", LAST)

    assert answer.count(b"HTTP/1.1 200 ") == 2
    assert served.bodies[0] == b"x" * 30_000


async def test_requests_behind_each_other_are_dealt_with_one_at_a_time_and_all_are_answered(served: Served) -> None:
    with_body = b"POST /post HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nbody"
    chunked = CHUNKED + b"4\r\nbody\r\n0\r\n\r\n"
    around = [HEAD + b"\r\n", with_body, HEAD + b"\r\n", chunked] * 50

    answer = await served.sent(b"".join(around) + LAST)

    assert answer.count(b"HTTP/1.1 200 ") == 201
    assert served.most_at_work == 1
    assert [body for body in served.bodies if body] == [b"body"] * 100
    assert [path for path, _ in served.asked] == ["/", "/post", "/", "/"] * 50 + ["/last"]


async def test_a_body_of_a_megabyte_comes_whole_beside_what_follows(served: Served) -> None:
    post = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % MEGABYTE + b"\r\n\r\n!" * (MEGABYTE // 5)

    answer = await served.sent(post, post, LAST)

    assert answer.count(b"HTTP/1.1 200 ") == 3
    assert [len(body) for body in served.bodies] == [MEGABYTE, MEGABYTE, 0]


@pytest.mark.parametrize("behind", [HEAD + b"\r\n", CHUNKED + b"0\r\n\r\n"])
async def test_who_sends_much_behind_a_request_that_is_not_answered_is_hung_up_on(
    served: Served, behind: bytes
) -> None:
    served.go_on.clear()
    async with served.connected() as (reader, writer):
        with suppress(ConnectionError):
            writer.write(CHUNKED + b"0\r\n\r\n" + behind * 20_000)
            assert await asyncio.wait_for(reader.read(), PATIENCE) == b""

    await until(lambda: not served.connections)
    assert len(served.asked) == 1


async def test_little_behind_it_waits_unread(served: Served) -> None:
    served.go_on.clear()
    async with served.connected() as (reader, writer):
        writer.write((HEAD + b"\r\n") * 300)
        await until(lambda: bool(served.asked))
        [connection] = served.connections
        await asyncio.sleep(0.1)

        assert (len(served.asked), len(connection.pipeline)) == (1, 0)
        assert 0 < len(connection.held) <= serve.HELD_BYTES
        served.go_on.set()
        for _ in range(300):
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n/"), PATIENCE)


async def test_a_wish_for_another_protocol_is_answered_as_ever_and_ends_the_connection(served: Served) -> None:
    answer = await served.sent(HEAD + b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\n\r\n" + LAST)

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert [path for path, _ in served.asked] == ["/"]


@pytest.fixture
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread_answers, "UNREAD_SECONDS", 0.5)
    monkeypatch.setattr(unread_answers, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(half_open, "LOOK_SECONDS", 0.05)


UNREAD = [
    b"GET /page HTTP/1.1\r\nhost: x\r\n\r\n",
    b"GET /page HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    b"GET /stream HTTP/1.1\r\nhost: x\r\n\r\n",
    b"GET /small HTTP/1.1\r\nhost: x\r\n\r\n",
]


@pytest.mark.usefixtures("little_patience")
@pytest.mark.parametrize("asked", UNREAD)
async def test_who_does_not_read_is_hung_up_on_and_nothing_is_kept(served: Served, asked: bytes) -> None:
    async with served.connected(receive_buffer=2048) as (_, writer):
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await until(lambda: bool(served.connections))
        for _ in range(100 if b"small" in asked else 1):
            writer.write(asked * 100)
            await asyncio.sleep(0.01)

        await until(lambda: not served.connections)
    await until(lambda: not served.at_work)
    assert not serve._unread_in(asyncio.get_running_loop())._seen


@pytest.mark.usefixtures("little_patience")
@pytest.mark.parametrize("asked", UNREAD[1:3])
async def test_who_reads_slowly_and_goes_on_reading_gets_all_of_it(served: Served, asked: bytes) -> None:
    async with served.connected(receive_buffer=100_000) as (reader, writer):
        writer.write(asked)
        count = pauses = 0
        began = asyncio.get_running_loop().time()
        while count < 4 * MEGABYTE:
            piece = await asyncio.wait_for(reader.read(100_000), PATIENCE)
            assert piece, f"hung up on after {count} bytes"
            count += len(piece)
            if count // 100_000 > pauses:
                pauses = count // 100_000
                await asyncio.sleep(0.05)

    assert asyncio.get_running_loop().time() - began > 3 * unread_answers.UNREAD_SECONDS


async def test_where_too_much_is_kept_whoever_has_read_nothing_for_longest_makes_room(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unread_answers, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(unread_answers, "UNREAD_BYTES", 100_000)
    async with served.connected(receive_buffer=2048) as (_, first):
        first.transport.pause_reading()  # type: ignore[attr-defined]
        first.write(UNREAD[2])
        await until(lambda: bool(serve._unread_in(asyncio.get_running_loop())._seen))
        await asyncio.sleep(0.2)
        assert len(served.connections) == 1
        async with served.connected(receive_buffer=2048) as (_, second):
            second.transport.pause_reading()  # type: ignore[attr-defined]
            second.write(UNREAD[2])

            await until(lambda: len(served.asked) == 2 and len(served.connections) == 1)
            await asyncio.sleep(0.2)
            [left] = served.connections
            assert left.client == second.get_extra_info("sockname")


def hang_up_again_and_again(port: int) -> None:
    """Ask, and be gone before the answer, or while it comes, or after some of it; in several ways."""
    for number in range(60):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)) as channel:
            channel.sendall((UNREAD[number % 3] + HEAD + b"\r\n") * (1 + number % 2))
            if number % 5:
                channel.recv(100)
            if number % 4 == 1:
                channel.shutdown(socket.SHUT_WR)
            if number % 4 == 2:
                channel.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def test_hanging_up_during_an_answer_is_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """On the loop of the service: uvloop's transports raise where something is written to a connection that is gone."""

    async def served() -> Served:
        app = Served()
        serving = asyncio.create_task(app.server._serve())
        while not app.server.started:  # noqa: ASYNC110 - uvicorn sets no event
            await asyncio.sleep(0.01)
        asking = threading.Thread(target=hang_up_again_and_again, args=(app.port,))
        asking.start()
        while asking.is_alive():  # noqa: ASYNC110 - a thread sets no event of a loop
            await asyncio.sleep(0.01)
        app.server.should_exit = True
        await serving
        return app

    with caplog.at_level(logging.WARNING), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        app = runner.run(served())

    assert len(app.asked) > 60
    assert caplog.messages == []
