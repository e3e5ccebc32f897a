"""Posts that nobody with a right has signed, to both addresses."""

import asyncio
import base64
import random
from collections import Counter
from datetime import UTC, datetime

import httpcore

from tests.attack.attack import Attack, Count
from tests.attack.genuine import intuit_post, site_post
from tests.attack.ground import Ground
from tests.chaos.sender import Post

FULL = 100_000
SENDERS = 16
PATIENCE = {"timeout": {"connect": 30.0, "read": 30.0, "write": 30.0, "pool": 30.0}}


async def _carry_out(ground: Ground) -> Count:
    chance = random.Random(13)
    numbers = iter(range(ground.of(FULL)))
    answers: Counter[int] = Counter()

    async def forge() -> None:
        async with httpcore.AsyncConnectionPool(
            max_connections=1
        ) as http:  # a hundred thousand cost half of httpx' time
            for number in numbers:
                post, headers = _forged(ground, chance, number)
                url = ground.url + post.path
                answer = await http.request("POST", url, headers=headers, content=post.body, extensions=PATIENCE)
                answers[answer.status] += 1

    await asyncio.gather(*(forge() for _ in range(SENDERS)))
    believed = sum(count for status, count in answers.items() if status not in (401, 404))
    return Count(sum(answers.values()), believed, f"answered {dict(answers)}")


def _forged(ground: Ground, chance: random.Random, number: int) -> tuple[Post, dict[str, str]]:
    """A post and its headers, with one thing about the signature that is not as it ought to be."""
    branch = ground.shops[number % len(ground.shops)]
    other = ground.shops[(number + 1) % len(ground.shops)]
    post = intuit_post(ground, branch, number) if number % 2 else site_post(branch, number)
    name = "intuit-signature" if number % 2 else "webhook-signature"
    headers = post.headers(datetime.now(UTC))
    match chance.randrange(6):
        case 0:
            headers[name] = base64.b64encode(chance.randbytes(32)).decode()
        case 1:
            headers[name] = "v1," + base64.b64encode(chance.randbytes(32)).decode()
        case 2:
            headers[name] = ""
        case 3:
            del headers[name]
        case 4:
            post.body = post.body.replace(b'"', b'" ', 1)
        case _:
            stranger = Post(post.path, post.body, [], other.secret, post.message_id)
            headers = stranger.headers(datetime.now(UTC))
            if not post.message_id:
                headers = {"intuit-signature": base64.b64encode(chance.randbytes(chance.randrange(40))).decode()}
    return post, headers


ATTACK = Attack("forged signatures", _carry_out)
