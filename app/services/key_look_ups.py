"""Whose keys are shown: asked of PostgreSQL together, so that made-up ones cost one statement at a time, however many come.

Only a look-up says that a key is wrong, and whoever guesses may come faster than a statement is answered. So one is under
way at most, and whoever comes meanwhile shares the next one: a right key is found at any time, and keeps nobody waiting longer.
"""

import asyncio
from dataclasses import dataclass, field

from app.services.ports import Clock
from app.storage.database import Database, Presented
from app.storage.people import api_keys
from app.storage.people.api_keys import ApiKey


@dataclass(slots=True)
class _Together:
    """The digests that one statement asks about, and what came of it."""

    digests: set[str] = field(default_factory=set)
    keys: dict[str, ApiKey] | None = None
    error: Exception | None = None


class KeyLookUps:
    """The look-ups of one process."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._next = _Together()
        self._turn = asyncio.Lock()

    async def of(self, digest: str) -> ApiKey | None:
        """The key that a secret with this digest belongs to, if it is good now. Raises psycopg's errors, to all who share them."""
        together = self._next
        together.digests.add(digest)
        async with self._turn:
            if together.keys is None and together.error is None:
                if together is self._next:
                    self._next = _Together()
                await self._look_up(together)
        if together.error is not None:
            raise together.error
        return (together.keys or {}).get(digest)

    async def _look_up(self, together: _Together) -> None:
        """Where whoever does so is cancelled, the next of those who wait asks once more."""
        try:
            async with self._database.transaction(Presented(*together.digests)) as tx:
                together.keys = await api_keys.live(tx, together.digests, self._clock.now())
        except Exception as error:  # noqa: BLE001 - whoever shares the statement is told
            together.error = error
