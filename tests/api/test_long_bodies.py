"""Long bodies are read at a pace that all of them share, and whoever sends a few bytes does not wait for them."""

import asyncio

import pytest

from app import long_bodies, serve
from app.long_bodies import RATE, SHORT_BYTES, Pace
from app.unread_answers import Line
from tests.api.test_heads import Served, served, until

__all__ = ["served"]
LONG = 4 * SHORT_BYTES
POST = f"POST /long HTTP/1.1\r\nhost: x\r\ncontent-length: {LONG}\r\n\r\n".encode()
CHUNKED = b"POST /long HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
SHORT = b"POST /short HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\nconnection: close\r\n\r\nshort"


@pytest.fixture(autouse=True)
def own_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is owed ends with the test."""
    monkeypatch.setattr(serve, "_all", {})


class Loop(asyncio.AbstractEventLoop):
    """A clock that somebody else moves, and what is to be called later."""

    def __init__(self) -> None:
        self.now = 100.0
        self.later: list[object] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, callback: object, *_: object, **__: object) -> asyncio.TimerHandle:  # type: ignore[override]
        self.later.append(callback)
        return asyncio.TimerHandle(self.now + delay, lambda: None, (), self)

    def get_debug(self) -> bool:
        return False


class Transport(asyncio.Transport):
    """What was asked of it."""

    reads = True
    gone = False

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        assert not self.gone
        self.reads = True

    def is_closing(self) -> bool:
        return self.gone


def test_each_waits_until_all_that_was_read_before_is_paid_for() -> None:
    loop = Loop()
    pace = Pace(loop)
    assert pace.seconds(RATE // 10) == pytest.approx(0.1)
    assert pace.seconds(RATE // 10) == pytest.approx(0.2), "the rate is that of all together"
    loop.now += 0.15
    assert pace.seconds(RATE // 10) == pytest.approx(0.15)
    loop.now += 60
    assert pace.seconds(RATE // 10) == pytest.approx(0.1), "nothing is saved up, and nothing owed for ever"
    loop.now += 60
    assert pace.seconds(RATE // 1000) == 0, "what is due in a moment is read at once"


def test_a_line_that_is_held_is_read_again_once_it_is_due_and_somebody_wants_to() -> None:
    loop, transport = Loop(), Transport()
    line = Line(transport)
    line.hold_reading(loop, 0.1)
    assert not transport.reads
    line.pause_reading()
    line.resume_reading()
    assert not transport.reads, "it is still held"
    line.hold_reading(loop, 0.1)
    assert len(loop.later) == 1
    line.pause_reading()
    line._end_holding()
    assert not transport.reads, "nobody wants to hear it as yet"
    line.resume_reading()
    assert transport.reads
    line.hold_reading(loop, 0.1)
    transport.gone = True
    line._end_holding()


def long_post(content: bytes, *, chunked: bool) -> bytes:
    """A post of this."""
    return CHUNKED + b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content) if chunked else POST + content


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_short_body_does_not_wait_for_a_long_one(
    served: Served, monkeypatch: pytest.MonkeyPatch, *, chunked: bool
) -> None:
    monkeypatch.setattr(long_bodies, "RATE", SHORT_BYTES / 1000)  # what is too much comes in a quarter of an hour
    async with served.connected() as (_, writer):
        writer.write(long_post(b"x" * LONG, chunked=chunked))
        await until(lambda: any(one.line._held for one in served.connections))
        assert (await served.sent(SHORT)).endswith(b"/short")
        assert served.bodies == [b"short"], "the long one is still on its way"
        for one in served.connections:
            one.line.abort()


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_long_body_comes_whole_and_what_is_sent_behind_it_is_answered(
    served: Served, monkeypatch: pytest.MonkeyPatch, *, chunked: bool
) -> None:
    held: list[float] = []
    hold = Line.hold_reading
    monkeypatch.setattr(long_bodies, "RATE", LONG * 10)
    monkeypatch.setattr(Line, "hold_reading", lambda *given: (held.append(given[2]), hold(*given)))
    content = bytes(range(256)) * (LONG // 256)
    assert (await served.sent(long_post(content, chunked=chunked), SHORT)).endswith(b"/short")
    assert served.bodies == [content, b"short"]
    assert held, "it was read at a pace"
