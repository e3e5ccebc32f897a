"""The operator at work over the API while somebody attacks, from the address of this machine, which guesses come from, too."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tests.attack.ground import Ground

PAUSE_SECONDS = 0.1
ANSWER_SECONDS = 20.0


@asynccontextmanager
async def operating(ground: Ground) -> AsyncIterator[Counter[str]]:
    """Read the connections again and again while the block runs; counts the answers, at least one."""
    answers: Counter[str] = Counter()
    stopped = asyncio.Event()
    key = {"Authorization": f"Bearer {ground.stage.keys.admin_api_key}"}

    async def work() -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=ANSWER_SECONDS, headers=key) as http:
            while not (stopped.is_set() and answers):
                try:
                    answers[str((await http.get(f"{ground.url}/api/v1/connections")).status_code)] += 1
                except httpx.TransportError as error:
                    answers[type(error).__name__] += 1
                await asyncio.sleep(PAUSE_SECONDS)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(work())
        try:
            yield answers
        finally:
            stopped.set()


def kept_out(answers: Counter[str]) -> int:
    """How often the operator was not served."""
    return answers.total() - answers["200"]
