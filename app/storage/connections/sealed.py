"""All that is stored sealed, by the key that seals it: what a rotation of keys goes through, and what tells of a missing key.

Each batch locks its rows and is committed by itself: whoever stores a fresh token meanwhile waits for it, or comes first and
has then sealed with the newest key already.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from app.storage.connections.connections import recipient_context, secret_context, token_context
from app.storage.connections.tokens import access_context, refresh_context
from app.storage.connections.vault import Vault, VaultError, key_of
from app.storage.database import Transaction

_CONTEXTS: dict[str, Callable[[str], str]] = {
    "site token": token_context,
    "webhook secret": secret_context,
    "access token": access_context,
    "refresh token": refresh_context,
    "recipient secret": recipient_context,
}
_SEALED = """
SELECT id AS connection_id, 'site token' AS what, oncord_token AS sealed FROM connection WHERE oncord_token <> ''
UNION ALL SELECT id, 'webhook secret', jsonb_array_elements_text(oncord_secrets) FROM connection
UNION ALL SELECT connection_id, 'access token', access_token FROM token
UNION ALL SELECT connection_id, 'refresh token', refresh_token FROM token
UNION ALL SELECT connection_id, 'recipient secret', secret FROM recipient WHERE secret <> ''
"""


@dataclass(frozen=True, slots=True)
class SealedBy:
    """How many secrets of how many connections a key seals, and whether it opens them."""

    key_id: str
    secrets: int
    connections: int
    opens: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of some rows: `last` is where the next batch goes on from, "" where there is none."""

    last: str
    sealed_anew: int = 0
    unopenable: tuple[str, ...] = ()
    """The connections of which something could not be opened."""


async def by_key(tx: Transaction, vault: Vault) -> list[SealedBy]:
    """Each key that seals anything, with what it seals; one secret of each is opened, since a key can be there by name alone."""
    first = "(array_agg({} ORDER BY connection_id, what, sealed))[1]"
    cursor = await tx.execute(
        "SELECT split_part(sealed, '.', 2) AS key_id, count(*) AS secrets, count(DISTINCT connection_id) AS connections,"
        f" {first.format('connection_id')} AS connection_id, {first.format('what')} AS what,"
        f" {first.format('sealed')} AS sealed FROM ({_SEALED}) AS each GROUP BY key_id ORDER BY key_id"
    )
    return [
        SealedBy(
            row["key_id"],
            row["secrets"],
            row["connections"],
            vault.opens(row["sealed"], _CONTEXTS[row["what"]](row["connection_id"])),
        )
        for row in await cursor.fetchall()
    ]


async def seal_sites_anew(tx: Transaction, vault: Vault, after: str, limit: int) -> Batch:
    """Seal the site tokens and webhook secrets of the next connections under the newest key. What cannot be opened stays."""
    cursor = await tx.execute(
        "SELECT id, oncord_token, oncord_secrets FROM connection WHERE id > %s AND (oncord_token <> ''"
        " OR oncord_secrets <> '[]') ORDER BY id LIMIT %s FOR UPDATE",
        (after, limit),
    )
    done = _Counted(vault)
    rows = await cursor.fetchall()
    for row in rows:
        token = done.anew(row["id"], row["oncord_token"], "site token")
        secrets = [done.anew(row["id"], secret, "webhook secret") for secret in row["oncord_secrets"]]
        if token != row["oncord_token"] or secrets != row["oncord_secrets"]:
            await tx.execute(
                "UPDATE connection SET oncord_token = %s, oncord_secrets = %s WHERE id = %s",
                (token, Jsonb(secrets), row["id"]),
            )
    return done.batch(rows, "id", limit)


async def seal_grants_anew(tx: Transaction, vault: Vault, after: str, limit: int) -> Batch:
    """Seal the tokens of the next grants under the newest key. What cannot be opened stays."""
    cursor = await tx.execute(
        "SELECT connection_id, access_token, refresh_token FROM token WHERE connection_id > %s"
        " ORDER BY connection_id LIMIT %s FOR UPDATE",
        (after, limit),
    )
    done = _Counted(vault)
    rows = await cursor.fetchall()
    for row in rows:
        access = done.anew(row["connection_id"], row["access_token"], "access token")
        refresh = done.anew(row["connection_id"], row["refresh_token"], "refresh token")
        if access != row["access_token"] or refresh != row["refresh_token"]:
            await tx.execute(
                "UPDATE token SET access_token = %s, refresh_token = %s WHERE connection_id = %s",
                (access, refresh, row["connection_id"]),
            )
    return done.batch(rows, "connection_id", limit)


async def seal_recipients_anew(tx: Transaction, vault: Vault, after: str, limit: int) -> Batch:
    """Seal what the messages of the next recipients are signed with under the newest key. What cannot be opened stays."""
    cursor = await tx.execute(
        "SELECT id, connection_id, secret FROM recipient WHERE id > %s AND secret <> '' ORDER BY id LIMIT %s FOR UPDATE",
        (after, limit),
    )
    done = _Counted(vault)
    rows = await cursor.fetchall()
    for row in rows:
        secret = done.anew(row["connection_id"], row["secret"], "recipient secret")
        if secret != row["secret"]:
            await tx.execute("UPDATE recipient SET secret = %s WHERE id = %s", (secret, row["id"]))
    return done.batch(rows, "id", limit)


class _Counted:
    """Seals anew, and counts."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._sealed_anew = 0
        self._unopenable: list[str] = []

    def anew(self, connection_id: str, sealed: str, what: str) -> str:
        """The secret under the newest key; as it is where it is so already, is none, or cannot be opened."""
        if not sealed or key_of(sealed) == self._vault.key_ids[0]:
            return sealed
        try:
            anew = self._vault.seal_anew(sealed, _CONTEXTS[what](connection_id))
        except VaultError:
            self._unopenable.append(connection_id)
            return sealed
        self._sealed_anew += 1
        return anew

    def batch(self, rows: list[dict[str, Any]], key: str, limit: int) -> Batch:
        """What was done, and where to go on."""
        last = rows[-1][key] if len(rows) == limit else ""
        return Batch(last, self._sealed_anew, tuple(dict.fromkeys(self._unopenable)))
