"""Access tokens that are always good, with any number of processes asking at once (docs/rules.md 9, I8).

A refresh token rotates and a raced refresh can kill the connection, so one process at a time refreshes: by a *claim*
that is committed before Intuit is asked. The others wait and read again. A new pair is stored, fenced by the version
that was read, before anybody uses it. A lost answer is asked for once more with the same value; `invalid_grant` buries
the grant, and nobody tries it again until another pair is stored.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Protocol
from weakref import WeakValueDictionary

from app.domain.guards.grant_age import Grant, TokenPair
from app.errors import Remedy, Unauthorised, Unreachable
from app.quickbooks.ports import Clock, TokenStore

MARGIN = timedelta(minutes=3)
"""A token that ends sooner than this is refreshed first: an answer may take two minutes."""
CLAIM = timedelta(seconds=60)
"""Longer than two attempts at the token endpoint, each of 20 seconds at most."""
_FIRST_WAIT, _LONGEST_WAIT = 0.02, 0.5


class Refresher(Protocol):
    """The part of `oauth.OAuth` that is needed here."""

    async def refresh(self, refresh_token: str) -> TokenPair:
        """Trade a refresh token for a new pair."""
        ...


class Tokens:
    """Satisfies `ports.TokenSource`. One per process; `new_owner` gives each claim a name of its own."""

    def __init__(self, store: TokenStore, oauth: Refresher, clock: Clock, new_owner: Callable[[], str]) -> None:
        self._store = store
        self._oauth = oauth
        self._clock = clock
        self._new_owner = new_owner
        self._gates: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def access_token(self, connection_id: str) -> str:
        """A token that is good for some minutes yet; refreshed first where need be."""
        grant = await self._read(connection_id)
        if grant.pair.access_expires_at - MARGIN > self._clock.now():
            return grant.pair.access_token
        return await self._renewed(connection_id, grant.version)

    async def renewed_token(self, connection_id: str, rejected: str) -> str:
        """A token other than `rejected`: the one that is stored meanwhile, or a refreshed one."""
        grant = await self._read(connection_id)
        if grant.pair.access_token != rejected:
            return grant.pair.access_token
        return await self._renewed(connection_id, grant.version)

    async def _renewed(self, connection_id: str, version: int) -> str:
        """The access token of a version later than `version`, by refreshing or by waiting for whoever does."""
        gate = self._gates.setdefault(connection_id, asyncio.Lock())
        async with gate:
            deadline = self._clock.monotonic() + 2 * CLAIM.total_seconds()
            wait = _FIRST_WAIT
            while True:
                grant = await self._read(connection_id)
                if grant.version > version:
                    return grant.pair.access_token
                now = self._clock.now()
                if not grant.claimed_at(now):
                    owner = self._new_owner()
                    claimed = await self._store.claim(connection_id, version, owner, now, now + CLAIM)
                    if claimed is not None:
                        renewed = await self._refresh(connection_id, claimed, owner)
                        if renewed is not None:
                            return renewed
                        continue
                if self._clock.monotonic() > deadline:
                    raise Unreachable("The access token is being refreshed by another process, which does not finish.")
                await self._clock.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT)

    async def _refresh(self, connection_id: str, grant: Grant, owner: str) -> str | None:
        """Refresh under the claim; None where another pair was stored meanwhile, which is then the one to use."""
        try:
            try:
                pair = await self._oauth.refresh(grant.pair.refresh_token)
            except Unreachable:
                pair = await self._oauth.refresh(grant.pair.refresh_token)
        except Unauthorised:
            if await self._store.invalidate(connection_id, grant.version, owner, self._clock.now()):
                raise
            return None
        except BaseException:
            await asyncio.shield(self._store.release(connection_id, owner))
            raise
        stored = await self._store.store(connection_id, grant.version, pair, self._clock.now())
        return pair.access_token if stored else None

    async def _read(self, connection_id: str) -> Grant:
        grant = await self._store.read(connection_id)
        if grant is None:
            raise Unauthorised(
                "This connection has no QuickBooks grant.", advice="Connect to QuickBooks.", remedy=Remedy.CONSENT
            )
        if grant.dead_since is not None:
            raise Unauthorised(
                "QuickBooks no longer accepts this connection.",
                code="invalid_grant",
                advice="Connect to QuickBooks again; nothing is lost meanwhile.",
                remedy=Remedy.CONSENT,
            )
        return grant
