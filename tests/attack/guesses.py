"""Keys that somebody guesses, at the API and where one signs in, while the operator works from the same address."""

import asyncio
import random
import time
from collections import Counter

import httpx

from app.settings import Settings
from tests.attack.attack import Attack, Count
from tests.attack.ground import Ground
from tests.attack.operator import kept_out, operating

FULL = 10_000
GUESSERS = 8
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
A_MINUTE: int = Settings.model_fields["api_failed_keys_per_minute"].default


async def _carry_out(ground: Ground) -> Count:
    chance = random.Random(14)
    right = ground.stage.keys.admin_api_key
    numbers = iter(range(ground.of(FULL)))
    answers: Counter[int] = Counter()
    began = time.monotonic()

    async def guess() -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
            for number in numbers:
                key = _near(right, chance, number)
                if number % 2:
                    answer = await http.post(f"{ground.url}/sign-in", data={"key": key})
                else:
                    shown = {"Authorization": f"Bearer {key}"}
                    answer = await http.get(f"{ground.url}/api/v1/connections", headers=shown)
                answers[answer.status_code] += 1

    async with operating(ground) as served:
        await asyncio.gather(*(guess() for _ in range(GUESSERS)))
    minutes = (time.monotonic() - began) // 60 + 1
    believed = sum(count for status, count in answers.items() if status not in (401, 403, 429))
    # A moving window lets no more than twice a minute's share through in a minute and the next.
    not_slowed = max(0, answers[401] + answers[403] - int(A_MINUTE * (minutes + 1)))
    said = f"answered {dict(answers)}, the operator {dict(served)}"
    return Count(answers.total(), believed + not_slowed + kept_out(served), said)


def _near(right: str, chance: random.Random, number: int) -> str:
    """Anything, what looks like a connection's key, or the right key but for a letter or its end."""
    match number % 5:
        case 0:
            return "".join(chance.choices(LETTERS, k=len(right)))
        case 1:
            at = chance.randrange(len(right))
            return right[:at] + chance.choice(LETTERS.replace(right[at], "")) + right[at + 1 :]
        case 2:
            return right[: chance.randrange(1, len(right))]
        case 3:
            return "oqk_" + "".join(chance.choices(LETTERS, k=43))
        case _:
            return f"{right},{right}"


ATTACK = Attack("guessed keys", _carry_out)
