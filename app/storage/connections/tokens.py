"""The QuickBooks grant of a connection: stored sealed, refreshed by one process at a time, replaced only by a newer one.

The claim is committed before the vendor is asked, so that a second process waits. A new pair is fenced by the version
that was read before the call: whoever stores first wins, and a late-comer learns that it lost.
"""

from datetime import datetime
from typing import Any

from app.domain.guards.grant_age import Grant, TokenPair
from app.storage.connections.vault import Vault
from app.storage.database import Database, Transaction

_COLUMNS = (
    "version, access_token, refresh_token, access_expires_at, refresh_expires_at, refresh_hard_expires_at, "
    "claim_owner, claim_expires_at, dead_since"
)


def access_context(connection_id: str) -> str:
    """What a sealed access token is bound to."""
    return f"token:{connection_id}:access"


def refresh_context(connection_id: str) -> str:
    """What a sealed refresh token is bound to."""
    return f"token:{connection_id}:refresh"


class Tokens:
    """All SQL about the `token` table; satisfies `app.quickbooks.ports.TokenStore`."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def read(self, connection_id: str) -> Grant | None:
        """The grant as it is now, or None where there is none."""
        async with self._database.transaction(connection_id) as t:
            cursor = await t.execute(
                f"SELECT {_COLUMNS} FROM token WHERE connection_id = %s",
                (connection_id,),
            )
            row = await cursor.fetchone()
        return self._grant(connection_id, row) if row else None

    async def lives(self, connection_id: str) -> bool:
        """Whether there is a grant that QuickBooks has not refused; it is not opened."""
        async with self._database.transaction(connection_id) as t:
            cursor = await t.execute(
                "SELECT FROM token WHERE connection_id = %s AND dead_since IS NULL", (connection_id,)
            )
            return await cursor.fetchone() is not None

    async def claim(
        self, connection_id: str, version: int, owner: str, now: datetime, expires_at: datetime
    ) -> Grant | None:
        """Claim the refreshing of `version`; None where it is claimed already, dead, or no longer the version."""
        async with self._database.transaction(connection_id) as t:
            cursor = await t.execute(
                "UPDATE token SET claim_owner = %s, claim_expires_at = %s"
                " WHERE connection_id = %s AND version = %s AND dead_since IS NULL"
                " AND (claim_owner = '' OR claim_expires_at IS NULL OR claim_expires_at <= %s)"
                f" RETURNING {_COLUMNS}",
                (owner, expires_at, connection_id, version, now),
            )
            row = await cursor.fetchone()
        return self._grant(connection_id, row) if row else None

    async def store(self, connection_id: str, version: int, pair: TokenPair, now: datetime) -> bool:
        """Replace the pair of `version`; False where another pair was stored meanwhile, which then stands."""
        async with self._database.transaction(connection_id) as t:
            cursor = await t.execute(
                "UPDATE token SET version = version + 1, access_token = %s, refresh_token = %s, access_expires_at = %s,"
                " refresh_expires_at = %s, refresh_hard_expires_at = coalesce(%s, refresh_hard_expires_at),"
                " claim_owner = '', claim_expires_at = NULL, dead_since = NULL, updated_at = %s"
                " WHERE connection_id = %s AND version = %s",
                (*self._sealed(connection_id, pair), now, connection_id, version),
            )
            return cursor.rowcount == 1

    async def invalidate(self, connection_id: str, version: int, owner: str, now: datetime) -> bool:
        """Note that the refresh token of `version` is dead; False where the claim or the version has moved on."""
        async with self._database.transaction(connection_id) as t:
            cursor = await t.execute(
                "UPDATE token SET dead_since = %s, claim_owner = '', claim_expires_at = NULL, updated_at = %s"
                " WHERE connection_id = %s AND version = %s AND claim_owner = %s",
                (now, now, connection_id, version, owner),
            )
            return cursor.rowcount == 1

    async def release(self, connection_id: str, owner: str) -> None:
        """End a claim that led to nothing."""
        async with self._database.transaction(connection_id) as t:
            await t.execute(
                "UPDATE token SET claim_owner = '', claim_expires_at = NULL"
                " WHERE connection_id = %s AND claim_owner = %s",
                (connection_id, owner),
            )

    async def put(self, t: Transaction, connection_id: str, pair: TokenPair, now: datetime) -> None:
        """Store the pair of a fresh consent, whatever was there before (part of the caller's transaction)."""
        await t.execute(
            "INSERT INTO token (access_token, refresh_token, access_expires_at, refresh_expires_at,"
            " refresh_hard_expires_at, updated_at, connection_id, version, claim_owner)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, 1, '')"
            " ON CONFLICT (connection_id) DO UPDATE SET version = token.version + 1,"
            " access_token = EXCLUDED.access_token, refresh_token = EXCLUDED.refresh_token,"
            " access_expires_at = EXCLUDED.access_expires_at, refresh_expires_at = EXCLUDED.refresh_expires_at,"
            " refresh_hard_expires_at = EXCLUDED.refresh_hard_expires_at, claim_owner = '', claim_expires_at = NULL,"
            " dead_since = NULL, updated_at = EXCLUDED.updated_at",
            (*self._sealed(connection_id, pair), now, connection_id),
        )

    async def remove(self, t: Transaction, connection_id: str) -> None:
        """Forget the grant (disconnect; part of the caller's transaction)."""
        await t.execute("DELETE FROM token WHERE connection_id = %s", (connection_id,))

    def _sealed(
        self, connection_id: str, pair: TokenPair
    ) -> tuple[str, str, datetime, datetime | None, datetime | None]:
        return (
            self._vault.seal(pair.access_token, access_context(connection_id)),
            self._vault.seal(pair.refresh_token, refresh_context(connection_id)),
            pair.access_expires_at,
            pair.refresh_expires_at,
            pair.refresh_hard_expires_at,
        )

    def _grant(self, connection_id: str, row: dict[str, Any]) -> Grant:
        return Grant(
            pair=TokenPair(
                access_token=self._vault.open(row["access_token"], access_context(connection_id)),
                refresh_token=self._vault.open(row["refresh_token"], refresh_context(connection_id)),
                access_expires_at=row["access_expires_at"],
                refresh_expires_at=row["refresh_expires_at"],
                refresh_hard_expires_at=row["refresh_hard_expires_at"],
            ),
            version=row["version"],
            claim_owner=row["claim_owner"],
            claim_expires_at=row["claim_expires_at"],
            dead_since=row["dead_since"],
        )
