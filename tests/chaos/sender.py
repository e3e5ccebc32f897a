"""Posts signed events as both vendors would, to either API process, again and again until one acknowledges.

Only a 2xx is an acknowledgement. Some posts are sent once more afterwards, and their order is shuffled, as it is on the
way from real vendors.
"""

import asyncio
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook

from app.sandbox.quickbooks.events import signature
from tests.chaos.branches import Branch
from tests.chaos.people import Moved
from tests.chaos.stage import Stage

SENDERS = 8
ANSWER_SECONDS = 5.0
PAUSES = (0.05, 0.8)
TWICE = 0.08
TOGETHER = 40
"""So many events of all companies at most travel in one POST of Intuit's."""

Key = tuple[str, str]


@dataclass(slots=True)
class Post:
    """One POST: where to, how it is signed, and the keys under which its events must be found in the inbox."""

    path: str
    body: bytes
    keys: list[Key]
    secret: str
    message_id: str = ""
    again: bool = False

    def headers(self, now: datetime) -> dict[str, str]:
        """The headers of one attempt."""
        if not self.message_id:
            return {"content-type": "application/json", "intuit-signature": signature(self.secret, self.body)}
        return {
            "content-type": "application/json",
            "webhook-id": self.message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(self.secret).sign(self.message_id, now, self.body.decode()),
        }


@dataclass(slots=True)
class Sender:
    """What is still to be posted, and what was acknowledged."""

    stage: Stage
    chance: random.Random
    waiting: list[Post] = field(default_factory=list)
    companies: list[tuple[Branch, Moved, str, str]] = field(default_factory=list)
    """Events of companies that travel with the next POST."""
    under_way: int = 0
    acknowledged: set[Key] = field(default_factory=set)
    told: int = 0
    """Events that people have caused so far."""
    attempts_failed: int = 0
    redelivered: int = 0
    refused: list[str] = field(default_factory=list)

    def shop_moved(self, branch: Branch, moved: Sequence[Moved]) -> None:
        """Tell of these records of a shop: one POST for each kind of event."""
        for kind in dict.fromkeys((one.entity, one.action) for one in moved):
            group = [one for one in moved if (one.entity, one.action) == kind]
            message_id = f"msg_{self.chance.getrandbits(96):024x}"
            data = [
                {"entity": m.entity, "id": m.id, "version": m.version, "action": m.action, "actor": "user"}
                for m in group
            ]
            body = {
                "type": ".".join(kind),
                "timestamp": _now().isoformat(),
                "data": data if len(data) > 1 else data[0],
            }
            keys = [("oncord", f"{branch.id}/{message_id}/{position}") for position in range(len(group))]
            path = f"/webhooks/oncord/{branch.id}"
            self.waiting.append(Post(path, json.dumps(body).encode(), keys, branch.secret, message_id))
            self.told += len(group)

    def books_moved(self, branch: Branch, moved: Sequence[Moved]) -> None:
        """Tell of these objects of a company, together with whatever moved in others at about this time."""
        at = _now().isoformat()
        self.companies += [(branch, one, f"{self.chance.getrandbits(128):032x}", at) for one in moved]
        self.told += len(moved)

    def done(self) -> bool:
        """Whether everything is acknowledged."""
        return not (self.waiting or self.companies or self.under_way)

    async def send(self) -> None:
        """One sender among several: take any post, deliver it, take the next; for ever."""
        async with httpx.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS) as http:
            while True:
                if self.companies and (len(self.companies) >= TOGETHER or not self.waiting):
                    self.waiting.append(self._from_intuit())
                if not self.waiting:
                    await asyncio.sleep(0.05)
                    continue
                post = self.waiting.pop(self.chance.randrange(len(self.waiting)))
                self.under_way += 1
                await self._deliver(http, post)
                self.under_way -= 1

    def _from_intuit(self) -> Post:
        count = self.chance.randint(1, TOGETHER)
        events, self.companies[:count] = self.companies[:count], []
        body = [
            {
                "specversion": "1.0",
                "id": event_id,
                "source": "intuit.storm",
                "type": f"qbo.{moved.entity}.{moved.action}.v1",
                "datacontenttype": "application/json",
                "time": at,
                "intuitentityid": moved.id,
                "intuitaccountid": branch.realm_id,
                "data": {},
            }
            for branch, moved, event_id, at in events
        ]
        keys = [
            ("quickbooks", f"{branch.realm_id}/{event_id}/{position}")
            for position, (branch, _, event_id, _) in enumerate(events)
        ]
        return Post("/webhooks/quickbooks", json.dumps(body).encode(), keys, self.stage.keys.verifier_token)

    async def _deliver(self, http: httpx.AsyncClient, post: Post) -> None:
        while True:
            url = self.chance.choice(self.stage.api_urls) + post.path
            try:
                answer = await http.post(url, content=post.body, headers=post.headers(_now()))
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.is_success:
                break
            if answer is not None and answer.status_code < 500:
                self.refused.append(f"{post.path} was answered {answer.status_code}: {answer.text[:200]}")
                return
            self.attempts_failed += 1
            await asyncio.sleep(self.chance.uniform(*PAUSES))
        self.acknowledged.update(post.keys)
        if post.again:
            self.redelivered += 1
        elif self.chance.random() < TWICE:
            post.again = True
            self.waiting.append(post)


def _now() -> datetime:
    return datetime.now(UTC)
