"""Keys: who is behind one, and making, rotating and ending those of a connection.

ADMIN_API_KEY is the operator's: every scope, every connection, listed nowhere. Every other key belongs to one connection, is
shown once, and is kept as a digest. It has 256 bits of chance, so that a plain digest cannot be guessed.
"""

import hashlib
import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.errors import Conflict, InvalidInput, NotFound
from app.services import let_in
from app.services.callers import EVERY_SCOPE, KEY, OPERATOR, Caller, Scope, refuse_beyond
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.people import api_keys, audit
from app.storage.people.api_keys import ApiKey

OPERATORS_NAME = "API key"
"""How ADMIN_API_KEY is called in the audit."""
LASTS = timedelta(days=365)
LONGEST = timedelta(days=5 * 366)
OVERLAP_HOURS = 24
MOST = 50
"""How many keys of one connection may be good at once."""
_BEGINS = "oqk_"
_LENGTH = len(_BEGINS) + 43
_SEEN_AGAIN_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A key with its secret, which nobody sees a second time."""

    key: ApiKey
    secret: str


def encoded(text: str) -> bytes:
    """A text as bytes, whatever it is made of: half a surrogate pair has none in UTF-8 proper."""
    return text.encode("utf-8", "surrogatepass")


def digest(secret: str) -> str:
    """The form in which a key is stored."""
    return hashlib.sha256(encoded(secret)).hexdigest()


def operators_key(given: str, operators: Sequence[str]) -> str:
    """Which of the operator's keys was shown, in constant time; "" for none of them. An empty one never is."""
    matches = [key for key in operators if key and hmac.compare_digest(encoded(given), encoded(key))]
    return matches[0] if matches else ""


async def who_is(container: ServiceContainer, given: str, operators: Sequence[str], address: str) -> Caller | None:
    """Who shows this key, coming from this (shortened) address; None for a key that is none, or is good no more."""
    if operators_key(given, operators):
        return Caller(OPERATORS_NAME, OPERATOR, EVERY_SCOPE, address=address)
    if len(given) != _LENGTH or not given.startswith(_BEGINS) or not given.isascii():
        return None
    key = await container.key_look_ups.of(digest(given))
    if key is None:
        return None
    now = container.clock.now()
    if key.last_used_at is None or now - key.last_used_at > _SEEN_AGAIN_AFTER:
        async with container.database.transaction(key.connection_id) as tx:
            await api_keys.used(tx, key.id, now)
    scopes = frozenset(map(Scope, key.scopes))
    return Caller(key.name, KEY, scopes, key.connection_id, address, key.ends_at, (key.id,))


async def make_key(
    container: ServiceContainer,
    connection_id: str,
    *,
    name: str,
    scopes: Collection[Scope],
    ends_at: datetime | None,
    caller: Caller,
) -> ShownKey:
    """A new key of a connection; `ends_at` None: in a year.

    Raises `Forbidden` for scopes that the caller has not got, `Conflict` for a name in use or too many keys.
    """
    now = container.clock.now()
    refuse_beyond(caller, scopes, "Whoever has this key")
    secret = _new_secret(container)
    key = ApiKey(
        id=container.ids.new("key"),
        connection_id=connection_id,
        name=name,
        scopes=tuple(sorted(set(scopes))),
        created_at=now,
        created_by=caller.name,
        ends_at=_end(ends_at, now),
    )
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id, lock=True)
        good = [each for each in await api_keys.of_connection(tx, connection_id) if each.ends_at > now]
        if any(each.name == name for each in good):
            raise Conflict(
                "key-name-taken", "A key of this connection has this name already. Rotate it, or end it first."
            )
        if len(good) >= MOST:
            raise Conflict("too-many-keys", f"A connection has {MOST} keys at most. End one that is not used.")
        await api_keys.insert(tx, key, digest(secret))
        detail = {"key": name, "scopes": list(key.scopes), "ends_at": key.ends_at}
        await audit.record(tx, connection_id, at=now, who=caller.actor, action="key.made", detail=detail)
    return ShownKey(key, secret)


async def list_keys(container: ServiceContainer, connection_id: str) -> list[ApiKey]:
    """The keys of a connection without their secrets, ended ones included, the newest first."""
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        return await api_keys.of_connection(tx, connection_id)


async def rotate_key(
    container: ServiceContainer,
    connection_id: str,
    key_id: str,
    *,
    overlap: timedelta,
    ends_at: datetime | None,
    caller: Caller,
) -> ShownKey:
    """Give a key a new secret; the present one is good for `overlap` longer. `ends_at` None: the key's own lifetime anew.

    Raises `NotFound` where there is none, `Conflict` where it has ended, `Forbidden` for one that may do more than the caller.
    """
    now, secret = container.clock.now(), _new_secret(container)
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        key = _there(await api_keys.get(tx, connection_id, key_id))
        if key.ends_at <= now:
            raise Conflict("key-ended", "This key has ended. Make another one.")
        refuse_beyond(caller, tuple(map(Scope, key.scopes)), "This key")
        end = _end(ends_at, now)
        until = min(now + overlap, key.ends_at)
        await api_keys.rotate(tx, key_id, digest=digest(secret), ends_at=end, previous_ends_at=until)
        detail = {"key": key.name, "previous_ends_at": until, "ends_at": end}
        await audit.record(tx, connection_id, at=now, who=caller.actor, action="key.rotated", detail=detail)
        key = _there(await api_keys.get(tx, connection_id, key_id))
    return ShownKey(key, secret)


async def end_key(container: ServiceContainer, connection_id: str, key_id: str, *, caller: Caller) -> None:
    """End a key at once, both of its secrets, and whoever was let in with it. Nothing happens where it has ended already.

    Raises `NotFound` where there is none, `Forbidden` for one that may do more than the caller.
    """
    now = container.clock.now()
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        key = _there(await api_keys.get(tx, connection_id, key_id))
        refuse_beyond(caller, tuple(map(Scope, key.scopes)), "This key")
        if await api_keys.end(tx, connection_id, [key_id], now, caller.name):
            detail = {"key": key.name}
            await audit.record(tx, connection_id, at=now, who=caller.actor, action="key.ended", detail=detail)
            await let_in.end(tx, key_id, now, caller.actor)


def _new_secret(container: ServiceContainer) -> str:
    return _BEGINS + container.secret()


def _there(key: ApiKey | None) -> ApiKey:
    if key is None:
        raise NotFound("key-not-found", "This connection has no key with this id.")
    return key


def _end(given: datetime | None, now: datetime) -> datetime:
    end = given or now + LASTS
    if not now < end <= now + LONGEST:
        raise InvalidInput(
            "invalid-input",
            "A key ends at some moment within the next five years.",
            fields={"ends_at": "lies in the past, or more than five years ahead"},
        )
    return end
