"""Requests that do not need each other go out at once, and what came of each is looked at in its own turn.

None is given up because another one has failed: a token may just be renewed for it, and a renewal whose answer nobody
takes can kill the connection (I8). Nobody goes on before all have ended, so that no task outlives the block.
"""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar

Answer = TypeVar("Answer")


class Ask(Protocol):
    """Sends a request out beside the others of its block."""

    def __call__(self, request: Coroutine[Any, Any, Answer]) -> "asyncio.Task[Answer]":
        """After the block `result()` of the task is the answer, or raises what the request raised."""
        ...


@asynccontextmanager
async def at_once() -> AsyncIterator[Ask]:
    """A block in which requests are made, and at whose end all of them have ended, however they did."""
    requests: list[asyncio.Task[Any]] = []
    loop = asyncio.get_running_loop()

    def ask(request: Coroutine[Any, Any, Answer]) -> "asyncio.Task[Answer]":
        task = loop.create_task(request)
        requests.append(task)
        return task

    try:
        yield ask
    finally:
        await asyncio.gather(*requests, return_exceptions=True)
