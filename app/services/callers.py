"""Who is asking, and what they may do: plain data, whether they showed a key or came with a session.

Scopes do not contain each other: a key that may only start runs reads nothing. A caller of one connection does not learn that
there are others.
"""

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.model.actor import Actor
from app.errors import NotFound, Rejection


class Scope(StrEnum):
    """One kind of thing that may be done."""

    READ = "read"
    """See the connection, its records, runs and questions."""
    SYNC = "sync"
    """What a bookkeeper does from day to day: start runs, compare, answer questions, seal months."""
    CONFIGURE = "configure"
    """Join and leave the company, choose what goes where, renew the site's token, let people in; see who did what."""
    ADMIN = "admin"
    """Make and end keys, start over, remove the connection."""


EVERY_SCOPE = frozenset(Scope)
OPERATOR = "operator"
"""The role of whoever shows ADMIN_API_KEY, over the API or when signing in."""
KEY = "key"
"""The role of a program that shows the key of one connection."""

ROLES: dict[str, frozenset[Scope]] = {
    "viewer": frozenset({Scope.READ}),
    "bookkeeper": frozenset({Scope.READ, Scope.SYNC}),
    "merchant": frozenset({Scope.READ, Scope.SYNC, Scope.CONFIGURE}),
}
"""What a person may do whom the host vouches for with a launch link."""


WHO_MAY = {
    Scope.READ: "Only somebody who may look at this shop's pages can open this: ask whoever runs the shop to let you in as a viewer.",
    Scope.SYNC: "Only somebody who may synchronise this shop and answer its questions can do this: ask whoever runs the shop to let you in as a"
    " bookkeeper.",
    Scope.CONFIGURE: "Only somebody who may change the configuration of this shop can do this: ask whoever runs the shop, who is let in as a"
    " merchant.",
    Scope.ADMIN: "Only whoever runs this service can do this, or a program that was given a key for it: ask them.",
}
"""Who may do what needs a scope, said to somebody who may not, and whom to ask."""


class Forbidden(Rejection):
    """The caller is known, and may not do this (403)."""

    status = 403


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `connection_id` is the only connection that they may ask about, "" for all of them; `address` is shortened.

    `until`: when the key or the session that they came with ends by itself; None for what does not. `let_in_by`: the ids of that key
    or session and of those without which it would not be there, the former last; empty for the operator's key.
    """

    name: str
    role: str
    scopes: frozenset[Scope]
    connection_id: str = ""
    address: str = ""
    until: datetime | None = None
    let_in_by: tuple[str, ...] = ()

    @property
    def actor(self) -> Actor:
        """As the audit names them."""
        return Actor(self.name, self.role, self.address)

    def may(self, scope: Scope | str) -> bool:
        """Whether they have a scope, on the connections that they may ask about."""
        return scope in self.scopes


@dataclass(frozen=True, slots=True)
class Need:
    """What an address asks of its caller: a scope, and with `everywhere` that they are nobody's of one connection."""

    scope: Scope
    everywhere: bool = False


def refusal(caller: Caller, need: Need, connection_id: str) -> Rejection | None:
    """Why a caller may not do what needs this, on one connection ("" where the address names none); None where they may.

    What is said is said to people; the scope that is missing stands in the answer's `scope`.

    `NotFound` for another connection than theirs, in the words of one that does not exist.
    """
    if connection_id and caller.connection_id not in ("", connection_id):
        return no_connection()
    if need.everywhere and caller.connection_id:
        return Forbidden(
            "operator-only",
            "This is about all shops. Only whoever runs this service can do it, with the operator's key: ask them.",
        )
    if need.scope not in caller.scopes:
        return Forbidden("scope-missing", WHO_MAY[need.scope], extra={"scope": need.scope.value})
    return None


def no_connection() -> NotFound:
    """There is no such connection, as far as this caller is concerned."""
    return NotFound("connection-not-found", "There is no connection with this id, or it has been removed.")


DEEDS = {
    Scope.READ: "look",
    Scope.SYNC: "synchronise and answer questions",
    Scope.CONFIGURE: "change the configuration",
    Scope.ADMIN: "make keys and remove the connection",
}
"""What each scope lets somebody do."""


def refuse_beyond(caller: Caller, scopes: Collection[Scope], words: str) -> None:
    """Refuse that a caller gives away, or ends, what may do more than they; `words` name that, up to "may".

    Raises `Forbidden`; the scopes that they have not got stand in the answer's `scopes`.
    """
    missing = sorted(set(scopes) - caller.scopes)
    if missing:
        deeds = " and ".join(DEEDS[scope] for scope in missing)
        told = f"{words} may {deeds}, which you may not do yourself."
        raise Forbidden("scope-beyond", told, extra={"scopes": [scope.value for scope in missing]})


def host_of(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address as a host has it, IPv4 also where it is written as IPv6; None for what is none."""
    try:
        host = ipaddress.ip_address(address)
    except ValueError:
        return None
    return (host.ipv4_mapped or host) if isinstance(host, ipaddress.IPv6Address) else host


def shortened(address: str | None) -> str:
    """The network that an address belongs to: enough to tell two places apart, too little to find a person."""
    host = host_of(address or "")
    if host is None:
        return ""
    return str(ipaddress.ip_network((host, 24 if host.version == 4 else 48), strict=False))
