"""Sessions of the console: opened with the operator's key or by a launch link, kept here, and ended by signing out.

The cookie is chance alone; PostgreSQL knows its digest. A session ends two hours after it was used last, twelve hours after it
was opened, when the key it was opened with is replaced, and when somebody ends it, or what it was let in by.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.domain.model.actor import Actor
from app.errors import NotFound
from app.services import keys, let_in
from app.services.callers import EVERY_SCOPE, OPERATOR, ROLES, Caller, Scope
from app.services.ports import ServiceContainer
from app.storage.database import EVERY_CONNECTION, Presented, Transaction
from app.storage.people import audit, console_sessions, launch_links
from app.storage.people.console_sessions import ConsoleSession

COOKIE = "session"
IDLE = timedelta(hours=2)
LASTS = timedelta(hours=12)
_SEEN_AGAIN_AFTER = timedelta(minutes=1)
_LETTERS = 43


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever looks at a page, signed in; `csrf` is the word that every form of this session carries."""

    caller: Caller
    csrf: str
    session_id: str

    @property
    def actor(self) -> Actor:
        """As the audit names them."""
        return self.caller.actor

    def may(self, scope: Scope | str) -> bool:
        """Whether they may do what needs this scope."""
        return self.caller.may(scope)


def same(given: str, expected: str) -> bool:
    """Whether two words are the same, in constant time."""
    return hmac.compare_digest(keys.encoded(given), keys.encoded(expected))


async def sign_in(
    container: ServiceContainer, given: str, operators: Sequence[str], address: str, *, instead_of: str = ""
) -> str | None:
    """A session for whoever knows the operator's key, as the cookie that opens it; None for anybody else.

    `instead_of`: the cookie that the browser has brought along, whose session ends.
    """
    key = keys.operators_key(given, operators)
    if not key:
        return None
    caller = Caller(keys.OPERATORS_NAME, OPERATOR, EVERY_SCOPE, address=address)
    async with container.database.transaction(EVERY_CONNECTION) as tx:
        opened = await open_session(container, tx, caller, key_digest=keys.digest(key))
    await end_former(container, instead_of, caller, opened)
    return opened


async def open_session(container: ServiceContainer, tx: Transaction, caller: Caller, *, key_digest: str = "") -> str:
    """Open a session for somebody, as the cookie that opens it; the transaction must be about the caller's connection.

    It ends with what the caller came by: whoever is let in by somebody's session is so for no longer than that one.
    """
    cookie, now = container.secret(_LETTERS), container.clock.now()
    session = ConsoleSession(
        id=container.ids.new("ses"),
        connection_id=caller.connection_id,
        name=caller.name,
        role=caller.role,
        address=caller.address,
        key_digest=key_digest,
        created_at=now,
        last_seen_at=now,
        ends_at=min(now + LASTS, caller.until or now + LASTS),
        let_in_by=caller.let_in_by,
    )
    await console_sessions.forget(tx, now=now, seen_since=now - IDLE)
    await console_sessions.insert(tx, session, keys.digest(cookie))
    await audit.record(tx, session.connection_id, at=now, who=caller.actor, action="session.opened")
    return cookie


async def end_former(container: ServiceContainer, cookie: str, caller: Caller, opened: str) -> None:
    """End the session that a browser had before it was given another one (their cookies), whoever's it was: nothing of it goes on but
    those whom it has let in, which are the other one's from now on, where that is about all connections or the same one."""
    if not _is_cookie(cookie):
        return
    digests = keys.digest(cookie), keys.digest(opened)
    async with container.database.transaction(Presented(*digests)) as tx:
        former, present = [await console_sessions.find(tx, digest) for digest in digests]
    if former is None:
        return
    async with container.database.transaction(former.connection_id or EVERY_CONNECTION) as tx:
        if present is not None and present.connection_id in ("", former.connection_id):
            await launch_links.hand_over(tx, former.id, present.id)
            await console_sessions.hand_over(tx, former.id, present.id)
        await _end(container, tx, former.id, caller)


async def visitor_of(
    container: ServiceContainer, cookie: str, operators: Sequence[str], address: str, *, uses: bool = True
) -> Visitor | None:
    """Who comes with this cookie, from this (shortened) address; None where the session has ended. `uses`: they do something themselves, so
    that the session is kept; looking whether it is still good does not keep it."""
    if not _is_cookie(cookie):
        return None
    now = container.clock.now()
    digest = keys.digest(cookie)
    async with container.database.transaction(Presented(digest)) as tx:
        session = await console_sessions.find(tx, digest)
        if session is None or session.ends_at <= now or session.last_seen_at + IDLE <= now:
            return None
        scopes = _scopes(session, operators)
        if scopes is None:
            return None
        if uses and now - session.last_seen_at > _SEEN_AGAIN_AFTER:
            await console_sessions.seen(tx, session.id, now)
    came_by = (*session.let_in_by, session.id)
    caller = Caller(session.name, session.role, scopes, session.connection_id, address, session.ends_at, came_by)
    return Visitor(caller, keys.digest(f"forms of {cookie}"), session.id)


async def sign_out(container: ServiceContainer, visitor: Visitor) -> None:
    """End the session that somebody comes with."""
    await end_session(container, visitor.session_id, caller=visitor.caller)


async def list_sessions(container: ServiceContainer, connection_id: str = "") -> list[ConsoleSession]:
    """Who is signed in, the newest first: for the operator, or those of one connection."""
    now = container.clock.now()
    async with container.database.transaction(connection_id or EVERY_CONNECTION) as tx:
        return await console_sessions.good(tx, now=now, seen_since=now - IDLE)


async def end_session(container: ServiceContainer, session_id: str, *, caller: Caller, connection_id: str = "") -> None:
    """End a session; with `connection_id` one of that connection only. Raises `NotFound` where there is none."""
    async with container.database.transaction(connection_id or caller.connection_id or EVERY_CONNECTION) as tx:
        if not await _end(container, tx, session_id, caller):
            raise NotFound("session-not-found", "There is no session with this id, or it has ended.")


async def _end(container: ServiceContainer, tx: Transaction, session_id: str, caller: Caller) -> bool:
    """End a session with all whom it has let in, and write it down; whether there was one."""
    session = await console_sessions.end(tx, session_id)
    if session is None:
        return False
    now, detail = container.clock.now(), {"of": session.name, "role": session.role}
    await audit.record(tx, session.connection_id, at=now, who=caller.actor, action="session.ended", detail=detail)
    await let_in.end(tx, session_id, now, caller.actor)
    return True


def _is_cookie(cookie: str) -> bool:
    """Whether it looks like one of ours, so that PostgreSQL may be asked for it."""
    return len(cookie) == _LETTERS and cookie.isascii()


def _scopes(session: ConsoleSession, operators: Sequence[str]) -> frozenset[Scope] | None:
    """What a session may do; None where the operator's key that it was opened with is none any more."""
    if session.role != OPERATOR:
        return ROLES.get(session.role)
    digests = [keys.digest(key) for key in operators if key]
    return EVERY_SCOPE if any(hmac.compare_digest(session.key_digest, each) for each in digests) else None
