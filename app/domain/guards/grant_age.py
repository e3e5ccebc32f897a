"""What an OAuth grant is, as plain data, so that the vendor's room and the storage room can speak of it."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What the token endpoint answered. `refresh_hard_expires_at` is the five-year ceiling, where it was told."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_expires_at: datetime | None = None
    refresh_hard_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """A connection's stored pair. `version` grows with every pair stored; `dead_since` is set by invalid_grant."""

    pair: TokenPair
    version: int
    claim_owner: str = ""
    claim_expires_at: datetime | None = None
    dead_since: datetime | None = None

    def claimed_at(self, now: datetime) -> bool:
        """Whether somebody is refreshing it at the moment."""
        return self.claim_owner != "" and self.claim_expires_at is not None and self.claim_expires_at > now
