"""Senders with a right, at work while somebody attacks: each event that is not acknowledged at once has been kept out."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from tests.attack.ground import Ground
from tests.chaos.branches import Branch
from tests.chaos.sender import Post

PAUSE_SECONDS = 0.1
ANSWER_SECONDS = 10.0
RECORDS = 20
"""So many records are told of again and again: runs are not what is looked at."""


@dataclass(slots=True)
class Served:
    """What came of the genuine events."""

    sent: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    @property
    def kept_out(self) -> int:
        """Events that were not acknowledged."""
        return self.sent - self.answers["200"]

    @property
    def p99(self) -> float:
        """Seconds within which all but the slowest hundredth were answered."""
        ordered = sorted(self.seconds) or [0.0]
        return ordered[int(len(ordered) * 0.99)]

    @property
    def said(self) -> str:
        """In a few words."""
        others = {status: count for status, count in self.answers.items() if status != "200"}
        times = f"p99 {self.p99 * 1000:.0f} ms, slowest {max(self.seconds, default=0.0) * 1000:.0f} ms"
        return f"{self.sent} genuine events, {times}" + (f", answered {others}" if others else "")


def site_post(branch: Branch, number: int) -> Post:
    """One event of a shop, as its site posts it."""
    message_id = f"msg_{branch.tag}_{time.monotonic_ns()}_{number}"
    entry = {"entity": "sale", "id": str(number % RECORDS), "version": "1", "action": "saved", "actor": "user"}
    body = {"type": "sale.saved", "timestamp": datetime.now(UTC).isoformat(), "data": entry}
    return Post(f"/webhooks/oncord/{branch.id}", json.dumps(body).encode(), [], branch.secret, message_id)


def intuit_post(ground: Ground, branch: Branch, number: int) -> Post:
    """One event of a shop's company, as Intuit posts it."""
    event = {
        "specversion": "1.0",
        "id": f"{branch.tag}-{time.monotonic_ns()}-{number}",
        "source": "intuit.attack",
        "type": "qbo.invoice.updated.v1",
        "time": datetime.now(UTC).isoformat(),
        "intuitentityid": str(number % RECORDS),
        "intuitaccountid": branch.realm_id,
    }
    return Post("/webhooks/quickbooks", json.dumps([event]).encode(), [], ground.stage.keys.verifier_token)


@asynccontextmanager
async def serving(ground: Ground, shops: Sequence[Branch]) -> AsyncIterator[Served]:
    """Post events of these shops and of their companies while the block runs, each sender ten a second at most."""
    served, stopped = Served(), asyncio.Event()

    async def send(branch: Branch, *, intuit: bool) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS) as http:
            while not stopped.is_set():
                number = served.sent = served.sent + 1
                post = intuit_post(ground, branch, number) if intuit else site_post(branch, number)
                began = time.monotonic()
                served.answers[await _answer(http, ground.url, post)] += 1
                served.seconds.append(time.monotonic() - began)
                await asyncio.sleep(PAUSE_SECONDS)

    async with asyncio.TaskGroup() as senders:
        for branch in shops:
            senders.create_task(send(branch, intuit=False))
            senders.create_task(send(branch, intuit=True))
        try:
            yield served
        finally:
            stopped.set()


async def _answer(http: httpx.AsyncClient, url: str, post: Post) -> str:
    try:
        answer = await http.post(url + post.path, content=post.body, headers=post.headers(datetime.now(UTC)))
    except httpx.TransportError as error:
        return type(error).__name__
    return str(answer.status_code)
