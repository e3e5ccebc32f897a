"""A shop with a right of its own that posts as much as it may, six times at once: the others must not wait for it."""

import asyncio
import json
import time
from datetime import UTC, datetime

import httpx

from tests.attack.attack import Attack, Count
from tests.attack.genuine import serving
from tests.attack.ground import Ground
from tests.chaos.branches import Branch
from tests.chaos.sender import Post

CONNECTIONS, ENTRIES, RECORDS = 6, 20_000, 500
PATIENCE_SECONDS = 120.0


async def _carry_out(ground: Ground) -> Count:
    greedy, *others = ground.shops
    posts = [_post(greedy, number, ground.of(ENTRIES)) for number in range(CONNECTIONS)]
    async with serving(ground, others) as served:
        stored = await asyncio.gather(*(_stored(ground, post) for post in posts))
    return Count(served.sent + len(posts), served.kept_out + stored.count(False), served.said)


def _post(branch: Branch, number: int, entries: int) -> Post:
    data = [{"entity": "sale", "id": str(entry % RECORDS)} for entry in range(entries)]
    body = {"type": "sale.saved", "timestamp": datetime.now(UTC).isoformat(), "data": data}
    content = json.dumps(body, separators=(",", ":")).encode()
    return Post(
        f"/webhooks/oncord/{branch.id}", content, [], branch.secret, f"msg_large_{time.monotonic_ns()}_{number}"
    )


async def _stored(ground: Ground, post: Post) -> bool:
    """Whether it is acknowledged in the end, sent again whenever it is not, as a site does."""
    until = time.monotonic() + PATIENCE_SECONDS
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as http:
        while time.monotonic() < until:
            answer = await http.post(ground.url + post.path, content=post.body, headers=post.headers(datetime.now(UTC)))
            if answer.status_code == httpx.codes.OK:
                return True
            await asyncio.sleep(1)
    return False


ATTACK = Attack("large posts of one shop", _carry_out)
