"""The webhook secrets of the sites, as this process remembers them: they are asked for before a body is read.

Anybody can ask, with any id. So look-ups share a statement as events share a commit: one is under way at most, whatever comes
meanwhile shares the next one, and after one that has brought nothing new the next one waits a moment.
"""

import asyncio
from collections.abc import Sequence

from app import log
from app.api.away import PATIENCE_SECONDS, database_away, unavailable
from app.api.problems import CANNOT_BE_OPENED
from app.errors import Unavailable
from app.runtime import Runtime
from app.storage.changes import intake
from app.storage.connections.vault import VaultError
from app.storage.database import EVERY_CONNECTION

LAST_SECONDS = 30.0
KEPT = 10_000
"""Connections whose secrets this process remembers."""
LOOKED_UP_AT_ONCE = 1000
"""Connections asked about by one statement; who comes on top is turned away."""
FRESH_AT_ONCE = 16
"""So many bodies with a signature that is not known wait for a look-up; for one more, what is remembered counts."""
PAUSE_SECONDS = 0.05
"""Between a look-up that has brought nothing new and the next one."""

Secrets = tuple[str, ...]
_log = log.get(__name__)


class SiteSecrets:
    """The secrets that one process remembers."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._known: dict[str, tuple[Secrets, float]] = {}
        self._asked: dict[str, asyncio.Future[Secrets]] = {}
        self._fresh = 0
        self._busy = False

    async def of(self, connection_id: str, *, fresh: bool = False) -> Secrets:
        """The secrets of a live connection's site, as remembered for half a minute; `fresh` reads them anew.

        None where there is no such connection. Raises `Unavailable` where they cannot be read now.
        """
        known = self._known.get(connection_id)
        if known is not None and not fresh and self._runtime.clock.monotonic() < known[1]:
            return known[0]
        if not fresh:
            return await self._ask(connection_id)
        if known is not None and self._fresh >= FRESH_AT_ONCE:
            return known[0]
        self._fresh += 1
        try:
            return await self._ask(connection_id)
        finally:
            self._fresh -= 1

    async def _ask(self, connection_id: str) -> Secrets:
        asked = self._asked.get(connection_id)
        if asked is None:
            if len(self._asked) >= LOOKED_UP_AT_ONCE:
                raise database_away()
            asked = self._asked[connection_id] = asyncio.get_running_loop().create_future()
            if not self._busy:
                self._start()
        return await asyncio.shield(asked)

    def _start(self) -> None:
        self._busy = True
        self._runtime.tasks.start(self._look_up(), name="site secrets")

    async def _look_up(self) -> None:
        """Answer whoever has asked, until nobody asks."""
        news = True
        try:
            while self._asked and news:
                news = await self._answer_all()
        finally:
            if news:
                self._busy = False
            else:
                asyncio.get_running_loop().call_later(PAUSE_SECONDS, self._resume)

    def _resume(self) -> None:
        self._busy = False
        if self._asked:
            self._start()

    async def _answer_all(self) -> bool:
        """Answer those who have asked by now; whether each answer was a new one."""
        asked, self._asked = self._asked, {}
        try:
            with unavailable():
                async with (
                    asyncio.timeout(PATIENCE_SECONDS),
                    self._runtime.database.transaction(EVERY_CONNECTION) as tx,
                ):
                    sealed = await intake.sealed_secrets(tx, list(asked))
        except asyncio.CancelledError:
            for future in asked.values():
                future.cancel()
            raise
        except Exception as error:  # noqa: BLE001 - whoever has asked is told
            for future in asked.values():
                future.set_exception(error)
            return False
        news = [self._answer(id_, sealed.get(id_, ()), future) for id_, future in asked.items()]
        return all(news)

    def _answer(self, connection_id: str, sealed: Sequence[str], future: "asyncio.Future[Secrets]") -> bool:
        """Remember and tell one connection's secrets; whether there was any need to ask."""
        known = self._known.pop(connection_id, None)
        now = self._runtime.clock.monotonic()
        try:
            secrets = intake.opened_secrets(self._runtime.vault, connection_id, sealed)
        except VaultError as error:
            _log.error("a webhook secret cannot be opened", connection=connection_id, reason=str(error))
            future.set_exception(Unavailable("secret-unreadable", CANNOT_BE_OPENED))
            return False
        future.set_result(secrets)
        if not secrets:
            return False
        while len(self._known) >= KEPT:
            del self._known[next(iter(self._known))]
        self._known[connection_id] = secrets, now + LAST_SECONDS
        return known is None or known[1] <= now or known[0] != secrets
