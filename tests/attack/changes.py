"""Changes of honest shops, from the sale to its invoice, and the time that they take."""

import asyncio
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tests.attack.ground import Ground
from tests.chaos.branches import Branch
from tests.chaos.sender import Post

LOOK_SECONDS = 0.05
LONGEST_SECONDS = 120.0
AT_ONCE = 3
"""So many shops change something at the same time: half of what waits for them is the quiet time of each."""


async def timed(ground: Ground, honest: Sequence[Branch], count: int) -> list[float]:
    """How long so many changes take, from the sale to its invoice: several shops at once, each one after the other."""
    numbers = iter(range(count))

    async def change(shops: Sequence[Branch]) -> list[float]:
        return [await one_change(ground, shops[number % len(shops)]) for number in numbers]

    several = await asyncio.gather(*(change(honest[first::AT_ONCE]) for first in range(AT_ONCE)))
    return [seconds for one in several for seconds in one]


async def one_change(ground: Ground, branch: Branch) -> float:
    """How long a new sale takes until its invoice is there, `LONGEST_SECONDS` at most."""
    before = await _invoices(ground, branch)
    door = f"{ground.stage.world.oncord}/_sandbox/sites/{branch.site_id}"
    person = {"type": "individual", "first_name": "Ada", "last_name": f"Honest{time.monotonic_ns()}"}
    contact = await _made(ground, f"{door}/contacts", {**person, "email": f"ada{time.monotonic_ns()}@example.com"})
    line = {"description": "Tea", "quantity": "1", "unit_price": "11.00", "tax_code": "GST"}
    sale = await _made(ground, f"{door}/sales", {"contact_id": contact["id"], "lines": [line]})
    began = time.monotonic()
    await tell(ground, branch, "contact", contact["id"])
    await tell(ground, branch, "sale", sale["id"])
    while await _invoices(ground, branch) == before:
        if time.monotonic() - began > LONGEST_SECONDS:
            break
        await asyncio.sleep(LOOK_SECONDS)
    return time.monotonic() - began


async def _invoices(ground: Ground, branch: Branch) -> int:
    answer = await ground.stage.http.get(
        f"{ground.stage.world.quickbooks}/_sandbox/companies/{branch.realm_id}/invoice"
    )
    return len(answer.json()["items"])


async def _made(ground: Ground, url: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await ground.stage.http.post(url, json=body)
    answer.raise_for_status()
    made: dict[str, Any] = answer.json()
    return made


async def tell(ground: Ground, branch: Branch, entity: str, record_id: str) -> None:
    """Post one event of a shop; raises where it is not acknowledged."""
    entry = {"entity": entity, "id": record_id, "version": "1", "action": "saved", "actor": "user"}
    body = {"type": f"{entity}.saved", "timestamp": datetime.now(UTC).isoformat(), "data": entry}
    message_id = f"msg_{branch.tag}_{time.monotonic_ns()}"
    post = Post(f"/webhooks/oncord/{branch.id}", json.dumps(body).encode(), [], branch.secret, message_id)
    answer = await ground.stage.http.post(
        ground.url + post.path, content=post.body, headers=post.headers(datetime.now(UTC))
    )
    answer.raise_for_status()
