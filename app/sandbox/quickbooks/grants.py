"""What a user's consent left behind: codes, access tokens, refresh tokens, and how they age, rotate and die."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from app.sandbox.quickbooks.clock import Clock
from app.sandbox.quickbooks.hazards.switches import Hazards

ACCESS_SECONDS = 3600
REFRESH_SECONDS = 8726400
HARD_SECONDS = 157680000
ROTATION_SECONDS = 86400
CODE_SECONDS = 600


class GrantError(Exception):
    """The token endpoint refuses; `error` and `description` go on the wire."""

    def __init__(self, error: str, description: str = "", status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.error, self.description, self.status = error, description, status


@dataclass(slots=True)
class Grant:
    """One consent: this app may act for this company."""

    realm: str
    scope: str
    since: float
    refresh: str
    refresh_since: float
    previous: dict[str, float] = field(default_factory=dict)
    """Rotated-away values and when."""
    access: dict[str, float] = field(default_factory=dict)
    """Access tokens and when they expire."""
    revoked: bool = False


@dataclass(slots=True)
class Code:
    realm: str
    redirect_uri: str
    scope: str
    expires: float
    grant: Grant | None = None


class Grants:
    def __init__(self, clock: Clock, chance: random.Random, hazards: Hazards) -> None:
        self._clock, self._chance, self._hazards = clock, chance, hazards
        self.grants: list[Grant] = []
        self.codes: dict[str, Code] = {}
        self._by_access: dict[str, Grant] = {}
        self._by_refresh: dict[str, Grant] = {}

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _text(self, prefix: str, length: int) -> str:
        alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        return prefix + "".join(self._chance.choices(alphabet, k=length))

    def _refresh_value(self) -> str:
        return self._text(f"RT1-{self._chance.randrange(10, 250)}-H0-{int(self._now()) + REFRESH_SECONDS}", 24)

    # consent

    def code(self, realm: str, redirect_uri: str, scope: str) -> str:
        code = self._text("XAB1", 46)
        self.codes[code] = Code(realm, redirect_uri, scope, self._now() + CODE_SECONDS)
        return code

    def grant(self, realm: str, scope: str = "com.intuit.quickbooks.accounting") -> Grant:
        now = self._now()
        grant = Grant(realm, scope, now, self._refresh_value(), now)
        self.grants.append(grant)
        self._by_refresh[grant.refresh] = grant
        self._issue(grant)
        return grant

    def _issue(self, grant: Grant) -> str:
        now = self._now()
        for token in [known for known, expires in grant.access.items() if expires < now - ACCESS_SECONDS]:
            del grant.access[token]
            del self._by_access[token]
        token = self._text("eyJlbmMiOiJBMTI4Q0JDLUhTMjU2IiwiYWxnIjoiZGlyIn0..", 120)
        grant.access[token] = now + ACCESS_SECONDS
        self._by_access[token] = grant
        return token

    # the token endpoint

    def exchange(self, code: str, redirect_uri: str) -> tuple[Grant, str]:
        """The grant of an authorization code, and its first access token. A code that is used twice revokes what it gave.

        Raises `GrantError` for a code that is unknown, used, too old or of another address.
        """
        known = self.codes.get(code)
        if known is None:
            raise GrantError("invalid_grant", "Invalid authorization code")
        if known.grant is not None:
            known.grant.revoked = True  # a code used twice may have been stolen
            raise GrantError("invalid_grant", "Authorization code was used already")
        if known.expires < self._now():
            raise GrantError("invalid_grant", "Authorization code expired")
        if known.redirect_uri != redirect_uri:
            raise GrantError("invalid_grant", "Invalid redirect uri")
        known.grant = self.grant(known.realm, known.scope)
        return known.grant, next(reversed(known.grant.access))

    def refresh(self, value: str) -> tuple[Grant, str]:
        """Renews; within a day the same value comes back, afterwards (or under strict rotation) a new one.

        Raises `GrantError` for a value that is not, or no longer, a refresh token.
        """
        if value in self._by_access:
            raise GrantError("invalid_grant", "Incorrect Token type or clientID")
        grant = self._by_refresh.get(value)
        now = self._now()
        if grant is None or grant.revoked:
            raise GrantError("invalid_grant", "Incorrect or invalid refresh token")
        if value != grant.refresh:
            overlap = self._hazards.on("rotation_overlap")
            if overlap is None or now - grant.previous[value] > float(overlap["seconds"]):
                if self._hazards.strikes("reuse_revokes_grant", "oauth"):
                    grant.revoked = True
                raise GrantError("invalid_grant", "Incorrect or invalid refresh token")
        elif now - grant.refresh_since > REFRESH_SECONDS or now - grant.since > HARD_SECONDS:
            raise GrantError("invalid_grant", "Incorrect or invalid refresh token")
        elif now - grant.refresh_since >= ROTATION_SECONDS or self._hazards.strikes("strict_rotation", "oauth"):
            grant.previous[grant.refresh] = now
            grant.refresh, grant.refresh_since = self._refresh_value(), now
            self._by_refresh[grant.refresh] = grant
        return grant, self._issue(grant)

    def answer(self, grant: Grant, access: str, *, hard: bool) -> dict[str, Any]:
        now = self._now()
        found = {
            "token_type": "bearer",
            "access_token": access,
            "expires_in": ACCESS_SECONDS,
            "refresh_token": grant.refresh,
            "x_refresh_token_expires_in": int(grant.refresh_since + REFRESH_SECONDS - now),
        }
        if hard:
            found["x_refresh_token_hard_expires_in"] = int(grant.since + HARD_SECONDS - now)
        return found

    def revoke(self, token: str) -> bool:
        """Revoking either kind of token ends the whole grant of that company."""
        grant = self._by_access.get(token) or self._by_refresh.get(token)
        if grant is None or grant.revoked:
            return False
        self.revoke_company(grant.realm)
        return True

    def revoke_company(self, realm: str) -> None:
        for grant in self.grants:
            if grant.realm == realm:
                grant.revoked = True

    def lives(self, realm: str) -> bool:
        """Whether anybody has access to a company."""
        return any(grant.realm == realm and not grant.revoked for grant in self.grants)

    def lookup(self, access: str) -> tuple[Grant | None, str]:
        """The live grant behind an access token, or why there is none."""
        grant = self._by_access.get(access)
        if grant is None:
            return None, "Malformed bearer token: too short or too long" if len(access) < 20 else "AuthenticationFailed"
        if grant.revoked:
            return None, "Token revoked"
        if grant.access[access] <= self._now():
            return None, "Token expired: AB01" + access[-8:]
        return grant, ""

    def index(self) -> None:
        """Builds the look-ups anew after a world was loaded."""
        self._by_access = {token: grant for grant in self.grants for token in grant.access}
        self._by_refresh = {value: grant for grant in self.grants for value in (*grant.previous, grant.refresh)}
