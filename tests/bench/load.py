"""A sender of signed QuickBooks events, in a process of its own: `python -m tests.bench.load ORDER`, ORDER and answer JSON.

Either each connection sends its next event once the last one is answered, or events leave at a given rate whatever the
answers do; a slow sender takes seconds to hand over each body. The numbers of the events that were answered with a 2xx
are written down, one per line, so that somebody can look for them in the database.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import sys
import time
from collections import Counter, deque
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import cast

import uvloop

PATIENCE_SECONDS = 10.0
"""How long answers are waited for after the last event has left."""
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Order:
    """What to send. `rate` 0: as fast as answers come. `pieces` above 1: each body in so many, one a second."""

    port: int
    name: str
    token: str
    acknowledged: str
    connections: int = 32
    seconds: float = 5
    rate: float = 0
    pieces: int = 1
    padding: int = 0
    path: str = "/webhooks/quickbooks"
    realms: int = 50


@dataclass(slots=True)
class Answers:
    """What came back."""

    sent: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    unanswered: int = 0
    not_sent: int = 0
    """Events that had no free connection when they were due."""
    seconds: float = 0
    median: float = 0
    p99: float = 0
    cpu: float = 0

    @property
    def accepted(self) -> int:
        """How many were answered with a 2xx."""
        return sum(count for status, count in self.statuses.items() if status.startswith("2"))

    @property
    def rate(self) -> float:
        """2xx answers a second."""
        return self.accepted / self.seconds


class _Load:
    def __init__(self, order: Order) -> None:
        self.order = order
        self.token = order.token.encode()
        self.padding = "x" * order.padding
        self.answers = Answers()
        self.statuses: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.acknowledged: list[int] = []
        self.free: deque[_Sender] = deque()
        self.waiting = 0
        self.idle = asyncio.Event()
        self.end = 0.0

    def request(self) -> tuple[int, bytes, bytes]:
        """The next event: its number, the head and the body of its POST."""
        self.answers.sent += 1
        number, order = self.answers.sent, self.order
        body = (
            f'[{{"specversion":"1.0","id":"{order.name}-{number}","source":"intuit","type":"qbo.invoice.updated.v1",'
            f'"time":"2026-11-22T02:00:00Z","intuitentityid":"{number % 20_000}",'
            f'"intuitaccountid":"{realm(number % order.realms)}","data":{{"padding":"{self.padding}"}}}}]'
        ).encode()
        signature = base64.b64encode(hmac.digest(self.token, body, hashlib.sha256))
        head = (
            b"POST %b HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
            b"intuit-signature: %b\r\ncontent-length: %d\r\n\r\n" % (order.path.encode(), signature, len(body))
        )
        return number, head, body

    async def carry_out(self) -> Answers:
        loop = asyncio.get_running_loop()
        cpu, began = time.process_time(), time.perf_counter()
        self.end = began + self.order.seconds
        for _ in range(self.order.connections):
            await loop.create_connection(lambda: _Sender(self), "127.0.0.1", self.order.port)
        if self.order.rate:
            await self._at_rate(began)
        await asyncio.sleep(self.end - time.perf_counter())
        with suppress(TimeoutError):
            await asyncio.wait_for(self.idle.wait(), PATIENCE_SECONDS + self.order.pieces)
        answers = self.answers
        answers.statuses = dict(sorted(self.statuses.items()))
        answers.unanswered = self.waiting
        answers.seconds = self.order.seconds
        answers.cpu = time.process_time() - cpu
        if ordered := sorted(self.latencies):
            answers.median, answers.p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
        return answers

    async def _at_rate(self, began: float) -> None:
        due = 0
        while (now := time.perf_counter()) < self.end:
            while due < (now - began) * self.order.rate:
                due += 1
                if self.free:
                    self.free.popleft().send()
                else:
                    self.answers.not_sent += 1
            await asyncio.sleep(0.001)


class _Sender(asyncio.Protocol):
    """One connection, with one event under way at most."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._number = 0
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._rest()

    def _rest(self) -> None:
        if self._load.order.rate:
            self._load.free.append(self)
        elif time.perf_counter() < self._load.end:
            self.send()

    def send(self) -> None:
        assert self._transport is not None
        self._number, head, body = self._load.request()
        self._load.waiting += 1
        self._load.idle.clear()
        self._sent_at = time.perf_counter()
        if self._load.order.pieces == 1:
            self._transport.write(head + body)
            return
        self._transport.write(head)
        size = -(-len(body) // self._load.order.pieces)
        for piece in range(self._load.order.pieces):
            part = body[piece * size : (piece + 1) * size]
            asyncio.get_running_loop().call_later(1 + piece, self._transport.write, part)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not found or len(body) < int(length[1] if length else 0):
            return
        status = head[9:12].decode()
        self._received = b""
        self._answered(status)
        self._rest()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._number:
            self._answered("lost")

    def _answered(self, status: str) -> None:
        self._load.waiting -= 1
        if not self._load.waiting:
            self._load.idle.set()
        self._load.statuses[status] += 1
        if status.startswith("2"):
            self._load.latencies.append(time.perf_counter() - self._sent_at)
            self._load.acknowledged.append(self._number)
        self._number = 0


def realm(number: int) -> str:
    """The company that an event is about."""
    return f"93410000000{number:05}"


def main() -> None:
    """Carry out the order in the first argument."""
    order = Order(**json.loads(sys.argv[1]))
    load = _Load(order)
    answers = uvloop.run(load.carry_out())
    Path(order.acknowledged).write_text("\n".join(map(str, load.acknowledged)))
    sys.stdout.write(json.dumps(asdict(answers)))


if __name__ == "__main__":
    main()
