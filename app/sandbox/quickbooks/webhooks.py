"""Delivers events as QBO does: signed POSTs to one address for all companies, in order, retried on the documented schedule.

Events of roughly the same moment leave together. A POST that fails blocks everything behind it until it is acknowledged.
`deliver_due` posts whatever is due now (tests and simulations step it); `run` is the task that calls it in a live program.
"""

from __future__ import annotations

import asyncio
import random
import uuid
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx

from app.sandbox.quickbooks.clock import Clock, stamp
from app.sandbox.quickbooks.events import (
    SUBSCRIBABLE,
    Event,
    cloud,
    legacy,
    signature,
)
from app.sandbox.quickbooks.hazards.switches import Hazards
from app.sandbox.quickbooks.values.wire import dumps

RETRIES = (10, 20, 30, 300, 1200, 7200, 14400, 21600)
"""Seconds to wait after each failure; the last one repeats."""
TOGETHER_SECONDS = 1.0
LARGEST_POST = 100
TIMEOUT_SECONDS = 3.0
FORMATS = ("cloudevents", "legacy")


@dataclass(slots=True)
class Post:
    events: list[Event]
    due: datetime
    failures: int = 0


class Webhooks:
    """The outbox of one world."""

    def __init__(
        self,
        clock: Clock,
        chance: random.Random,
        hazards: Hazards,
        verifier_token: str,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.clock, self.chance, self.hazards = clock, chance, hazards
        self.verifier_token, self.transport = verifier_token, transport
        self.url, self.format, self.time_scale = "", "cloudevents", 1.0
        self.waiting: list[tuple[datetime, Event]] = []
        self.queue: deque[Post] = deque()
        self.delivered = 0
        self._client: httpx.AsyncClient | None = None
        self._wake: asyncio.Event | None = None
        self._delivering = False

    # recording

    def record(self, realm: str, entity: str, entity_id: str, operation: str, merged_away: str | None) -> None:
        """Notes a change for delivery; without an address there is nobody to tell."""
        if not self.url or entity not in SUBSCRIBABLE or self.hazards.strikes("webhooks_dropped", entity):
            return
        now = self.clock.now()
        aged = self.hazards.strikes("webhooks_aged", entity)
        at = now - timedelta(seconds=float(aged["seconds"])) if aged else now
        identifier = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        event = Event(identifier, realm, entity, entity_id, operation, at, merged_away)
        due = now + timedelta(seconds=TOGETHER_SECONDS * self.time_scale)
        delayed = self.hazards.strikes("webhooks_delayed", entity)
        if delayed:
            due += timedelta(seconds=float(delayed["seconds"]) * self.time_scale)
        self.waiting.append((due, event))
        if self.hazards.strikes("webhooks_doubled", entity):
            self.waiting.append((due + timedelta(seconds=5 * self.time_scale), event))
        self.stir()

    def stir(self) -> None:
        """Something changed (an event, the clock, the address): look again."""
        if self._wake is not None:
            self._wake.set()

    # delivering

    def next_due(self) -> datetime | None:
        """When the next POST will be due, or None when nothing is waiting."""
        moments = [due for due, _ in self.waiting]
        if self.queue:
            moments = [self.queue[0].due]  # nothing overtakes the head of the line
        return min(moments, default=None)

    async def deliver_due(self) -> int:
        """Posts everything that is due now, in order; returns how many POSTs were acknowledged."""
        if self._delivering:
            return 0
        self._delivering = True
        try:
            self._gather()
            acknowledged = 0
            while self.queue and self.queue[0].due <= self.clock.now():
                post = self.queue[0]
                if not await self._send(post):
                    wait = RETRIES[min(post.failures, len(RETRIES) - 1)] * self.time_scale
                    post.failures += 1
                    post.due = self.clock.now() + timedelta(seconds=wait)
                    break
                if self.queue and self.queue[0] is post:  # the outbox may have been emptied meanwhile
                    self.queue.popleft()
                acknowledged += 1
                self.delivered += len(post.events)
                self._gather()
            return acknowledged
        finally:
            self._delivering = False

    def _gather(self) -> None:
        now = self.clock.now()
        due = [event for moment, event in self.waiting if moment <= now]
        if not due:
            return
        self.waiting = [(moment, event) for moment, event in self.waiting if moment > now]
        if self.hazards.strikes("webhooks_reordered"):
            self.chance.shuffle(due)
        if self.hazards.strikes("webhooks_mixed_companies"):
            groups = [due]
        else:
            groups = [
                [event for event in due if event.realm == realm]
                for realm in dict.fromkeys(event.realm for event in due)
            ]
        for group in groups:
            for start in range(0, len(group), LARGEST_POST):
                self.queue.append(Post(group[start : start + LARGEST_POST], now))

    async def _send(self, post: Post) -> bool:
        content: Any = cloud(post.events) if self.format == "cloudevents" else legacy(post.events)
        body = dumps(content).encode()
        headers = {
            "content-type": "application/json; charset=utf-8",
            "accept": "application/json",
            "user-agent": "intuit_notification_server/0.1",
            "intuit-signature": signature(self.verifier_token, body),
            "intuit-created-time": stamp(int(self.clock.now().timestamp())),
            "intuit-t-id": str(uuid.UUID(int=self.chance.getrandbits(128), version=4)),
            "intuit-notification-schema-version": "0.1",
        }
        if self._client is None:
            self._client = httpx.AsyncClient(transport=self.transport, timeout=TIMEOUT_SECONDS, trust_env=False)
        try:
            answer = await self._client.post(self.url, content=body, headers=headers)
        except Exception:  # noqa: BLE001 - whatever goes wrong at the receiver, in process or over the wire, is a failed delivery
            return False
        return answer.is_success

    # living

    async def run(self) -> None:
        """Delivers until cancelled."""
        self._wake = asyncio.Event()
        try:
            while True:
                self._wake.clear()
                await self.deliver_due()
                due = self.next_due()
                pause = 1.0 if due is None else min(1.0, max(0.01, (due - self.clock.now()).total_seconds()))
                try:
                    await asyncio.wait_for(self._wake.wait(), pause)
                except TimeoutError:
                    continue
        finally:
            self._wake = None
            await self.close()

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    # the side door

    def configure(self, wishes: dict[str, Any]) -> None:
        """Change what the side door names of these settings. Raises `ValueError` for an unknown format."""
        kind = wishes.get("format", self.format)
        if kind not in FORMATS:
            raise ValueError(f"format is one of {', '.join(FORMATS)}")
        self.format = kind
        self.url = str(wishes.get("url", self.url) or "")
        self.verifier_token = str(wishes.get("verifier_token") or self.verifier_token)
        self.time_scale = float(wishes.get("time_scale", self.time_scale))
        self.stir()

    def settings(self) -> dict[str, Any]:
        return {
            "url": self.url,
            "verifier_token": self.verifier_token,
            "format": self.format,
            "time_scale": self.time_scale,
        }

    def undelivered(self) -> list[Event]:
        return [event for post in self.queue for event in post.events] + [event for _, event in self.waiting]
