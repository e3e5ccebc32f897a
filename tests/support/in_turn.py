"""One outside call at a time, in the order in which they were asked for: what goes out at once is then no matter of chance.

A process that has several calls under way is switched at its calls alone, and always in the same way, so that a story or a life
can be told again. A call that is made while another is being answered (by people who act in between) belongs to that one.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

_inside: ContextVar[bool] = ContextVar("inside", default=False)


class InTurn:
    """Whose turn it is: the calls of one process."""

    def __init__(self) -> None:
        self._free = asyncio.Lock()

    @asynccontextmanager
    async def call(self) -> AsyncIterator[None]:
        """Wait for one's turn, and have it until the end of the block."""
        if _inside.get():
            yield
            return
        async with self._free:
            token = _inside.set(True)
            try:
                yield
            finally:
                _inside.reset(token)
