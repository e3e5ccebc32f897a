"""What this room needs from others; storage and runtime satisfy it structurally, `runtime` wires it."""

from datetime import date, datetime
from typing import Protocol

from app.domain.guards.allowance import Refill
from app.domain.guards.grant_age import Grant, TokenPair


class Clock(Protocol):
    """Time, injected."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""
        ...


class Meter(Protocol):
    """Counts metered reads per connection and day (law 9)."""

    async def count(self, connection_id: str, day: date, reads: int, *, upkeep: bool = False) -> None:
        """Add `reads` to the day's count; `upkeep`: no reads of synchronising, but of looking after what is known of a company."""
        ...


class TokenSource(Protocol):
    """Where the client gets its access tokens. Raises `Unauthorised` where the grant is gone."""

    async def access_token(self, connection_id: str) -> str:
        """A token that is good for a while yet."""
        ...

    async def renewed_token(self, connection_id: str, rejected: str) -> str:
        """A token other than `rejected`, which the vendor has just answered with 401."""
        ...


class Allowance(Protocol):
    """The client's own share of the vendor's rate limits (`throttle.Throttle`)."""

    async def acquire(self, *, batch: bool = False) -> None:
        """Wait until one more call is allowed."""
        ...

    def pause(self, seconds: float) -> None:
        """Allow nothing for `seconds`: the vendor said so."""
        ...

    def left(self) -> Refill | None:
        """What is left for whoever uses this share next; None where nobody does."""
        ...


class TokenStore(Protocol):
    """The stored grant and the claim that lets one process at a time refresh it. Every call is one transaction."""

    async def read(self, connection_id: str) -> Grant | None:
        """The grant, or None where there is none (any more)."""
        ...

    async def claim(
        self, connection_id: str, version: int, owner: str, now: datetime, expires_at: datetime
    ) -> Grant | None:
        """Claim the right to refresh `version`; None where somebody else holds it or the version has moved on."""
        ...

    async def store(self, connection_id: str, version: int, pair: TokenPair, now: datetime) -> bool:
        """Replace the pair of `version` and end the claim; False where another pair was stored meanwhile."""
        ...

    async def invalidate(self, connection_id: str, version: int, owner: str, now: datetime) -> bool:
        """Note that the refresh token of `version` is dead; False where the claim or the version moved on."""
        ...

    async def release(self, connection_id: str, owner: str) -> None:
        """Give the claim back without a result."""
        ...
