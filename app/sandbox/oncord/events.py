"""Telling the connector what changed: signed posts (Standard Webhooks), repeated until a 2xx.

Each site's posts leave in order: one that fails holds back those behind it, and is tried again after
growing delays. Changes of one kind that happened together travel in one post. A post that a hazard
delays or shuffles gives up its place and may be overtaken.

Nothing here sleeps: `deliver_due` posts what is due now and `next_due` says when to come again, so that a
simulation can step it; `run` is the loop that does so in real time.
"""

import asyncio
import json
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

import httpx
from standardwebhooks import Webhook

from app.sandbox.oncord.clock import Clock, read, written
from app.sandbox.oncord.hazards import Hazards
from app.sandbox.oncord.outbox import Message, Outbox
from app.sandbox.oncord.site import Change, Site

DELAYS = (1, 5, 15, 60, 300, 900, 3600)
TOGETHER = 50


def payload(changes: Sequence[Change]) -> str:
    """The body of a post about changes of one type; one change is an object, several are a list."""
    data = [
        {
            "entity": change.entity,
            "id": change.id,
            "version": change.version,
            "action": change.action,
            "merged_ids": list(change.merged_ids),
            "deleted_with": change.deleted_with,
            "actor": change.actor,
        }
        for change in changes
    ]
    first = changes[0]
    kind = f"{first.entity}.{first.action}"
    return json.dumps({"type": kind, "timestamp": first.at, "data": data if len(data) > 1 else data[0]})


def signatures(secrets: Sequence[str], message_id: str, moment: datetime, body: str) -> str:
    """The `webhook-signature` header: one signature per secret."""
    return " ".join(Webhook(secret).sign(message_id, moment, body) for secret in secrets)


class Events:
    """The posts that are still to be made."""

    def __init__(
        self,
        clock: Clock,
        chance: random.Random,
        hazards: Hazards,
        sites: dict[str, Site],
        transport: httpx.AsyncBaseTransport | None = None,
        time_scale: float = 1.0,
    ) -> None:
        self.clock = clock
        self.chance = chance
        self.hazards = hazards
        self.sites = sites
        self.transport = transport
        self.time_scale = time_scale
        self.pending: dict[str, Outbox] = {}
        self.wake = asyncio.Event()
        self._client: httpx.AsyncClient | None = None
        self._delivering = asyncio.Lock()

    def publish(self, site: Site, changes: Sequence[Change]) -> None:
        """Queue the posts about these changes; a site without an address tells nobody."""
        if not site.connector["url"] or not (site.connector["secret"] or site.connector["secrets"]):
            return
        for message in self._messages(site, changes):
            self.pending.setdefault(site.id, Outbox()).add(message)
            self.wake.set()

    def _messages(self, site: Site, changes: Sequence[Change]) -> Iterator[Message]:
        for _, group in groupby(changes, lambda change: (change.entity, change.action)):
            told = [change for change in group if self.hazards.strikes("events_dropped", change.entity) is None]
            for start in range(0, len(told), TOGETHER):
                yield from self._message(site, told[start : start + TOGETHER])

    def _message(self, site: Site, changes: Sequence[Change]) -> Iterator[Message]:
        entity = changes[0].entity
        due, in_order = self.clock.now(), True
        if (late := self.hazards.strikes("events_delayed", entity)) is not None:
            due, in_order = due + timedelta(seconds=float(late["seconds"])), False
        if (shuffled := self.hazards.strikes("events_reordered", entity)) is not None:
            due, in_order = due + timedelta(seconds=self.chance.uniform(0, float(shuffled["seconds"]))), False
        message_id = f"msg_{self.chance.getrandbits(96):024x}"
        kind = f"{entity}.{changes[0].action}"
        message = Message(message_id, site.id, entity, kind, payload(changes), written(due), in_order)
        yield message
        if self.hazards.strikes("events_doubled", entity) is not None:
            yield Message(**vars(message))

    def _next(self, site_id: str) -> Message | None:
        outbox = self.pending.get(site_id)
        return outbox.next(lambda entity: self.hazards.active("events_held", entity)) if outbox else None

    def next_due(self) -> datetime | None:
        """When `deliver_due` has something to do again; None when nothing waits (or all of it is held)."""
        moments = [read(message.due) for site_id in self.pending if (message := self._next(site_id)) is not None]
        released = self.hazards.all["events_held"].ends() if any(self.pending.values()) else None
        if released is not None and self.hazards.active("events_held"):
            moments.append(released)
        return min(moments, default=None)

    async def deliver_due(self) -> int:
        """Post everything that is due, each once; answers how many posts were made, successful or not."""
        tried: set[int] = set()
        async with self._delivering:
            for site_id in list(self.pending):
                while (message := self._next(site_id)) is not None:
                    if id(message) in tried or message.due > written(self.clock.now()):
                        break
                    tried.add(id(message))
                    await self._post(self.sites[site_id], message)
        return len(tried)

    async def _post(self, site: Site, message: Message) -> None:
        now, outbox = self.clock.now(), self.pending[site.id]
        secrets = list(dict.fromkeys(filter(None, [site.connector["secret"], *site.connector["secrets"]])))
        headers = {
            "content-type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signatures(secrets, message.id, now, message.body),
        }
        try:
            answer = await self._http().post(site.connector["url"], content=message.body, headers=headers)
            delivered, message.last_answer = answer.is_success, str(answer.status_code)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            delivered, message.last_answer = False, type(error).__name__
        site.calls["events_posted"] += 1
        if delivered:
            outbox.remove(message)
            return
        site.calls["events_refused"] += 1
        delay = DELAYS[min(message.attempts, len(DELAYS) - 1)] * self.time_scale
        message.attempts += 1
        message.due = written(self.clock.now() + timedelta(seconds=delay))

    def _http(self) -> httpx.AsyncClient:
        if self._client is None or self._client.is_closed:
            self._client = httpx.AsyncClient(transport=self.transport, timeout=10, trust_env=False)
        return self._client

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.aclose()

    async def run(self) -> None:
        """Deliver for ever, in the world's time."""
        while True:
            self.wake.clear()
            await self.deliver_due()
            due = self.next_due()
            wait = None if due is None else max(0.0, (due - self.clock.now()).total_seconds())
            try:
                await asyncio.wait_for(self.wake.wait(), wait)
            except TimeoutError:
                continue
