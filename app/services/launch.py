"""Launch links: the host vouches for a person, who opens the console without a second password, or joins the company.

A link is sealed, is good for ten minutes, and is used once, by pressing a button: opening it uses nothing up, so that a mail
scanner does no harm. It ends when the connection starts over or is removed, and with the key or session that it was made with, as
does what it has opened.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.errors import InvalidInput, Rejection
from app.services import sessions, tickets
from app.services.callers import ROLES, Caller, Forbidden, refuse_beyond
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.connections.connections import Connection
from app.storage.people import audit, launch_links

LASTS = timedelta(minutes=10)
CONSENT = "consent"
"""The role of a link that leads to QuickBooks and gives no session."""
PAGES = {
    "": "",
    "connection": "",
    "attention": "#attention",
    "configuration": "/configuration",
    "document-changes": "/document-changes",
    "opening-receivables": "/opening-receivables",
}
"""Where a link may lead, below the page of its connection."""
_BELOW = re.compile(r"(/[A-Za-z0-9_-]+)*")


class LinkEnded(Rejection):
    """A launch link that was used, is too old, or is none of ours (401)."""

    status = 401


@dataclass(frozen=True, slots=True)
class Launch:
    """What a launch link says: who may open which page of a connection. `page` is an address of this site.

    `until`: when the session or key ends that it was made with, and so what it opens; None for what does not end by itself.
    """

    id: str
    connection_id: str
    person: str
    role: str
    page: str
    until: datetime | None = None

    def caller(self, address: str, let_in_by: tuple[str, ...] = ()) -> Caller:
        """The person, coming from this (shortened) address, and let in by these keys and sessions."""
        scopes = ROLES.get(self.role, frozenset())
        return Caller(self.person, self.role, scopes, self.connection_id, address, self.until, let_in_by)


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that was used: the session that it opened ("" where it leads to QuickBooks)."""

    launch: Launch
    session: str


async def consent_link(container: ServiceContainer, connection_id: str, caller: Caller) -> dict[str, str]:
    """A link that leads its bearer to QuickBooks, to join the company of this connection, and nowhere else.

    Raises `Forbidden` where what the caller came with has ended meanwhile.
    """
    launch = Launch(container.ids.new("lnk"), connection_id, caller.name, CONSENT, "", caller.until)
    return await _given_out(container, launch, caller, "/oauth/quickbooks/connect?launch=")


async def launch_link(
    container: ServiceContainer, connection_id: str, *, person: str, role: str, page: str, caller: Caller
) -> dict[str, str]:
    """A link that opens the console for a person in a role, on one page of a connection.

    Raises `Forbidden` for a role that may do more than the caller, and where what they came with has ended meanwhile; `InvalidInput` for a
    page that is none of the connection's.
    """
    refuse_beyond(caller, ROLES[role], f"A {role}")
    launch = Launch(container.ids.new("lnk"), connection_id, person, role, _address(connection_id, page), caller.until)
    return await _given_out(container, launch, caller, "/launch?ticket=")


async def look(container: ServiceContainer, ticket: str) -> tuple[Launch, Connection]:
    """What a link says, and of which connection; nothing is used up. Raises `LinkEnded`."""
    launch = _read(container, ticket)
    async with container.database.transaction(launch.connection_id) as tx:
        if not await launch_links.is_good(tx, launch.id, container.clock.now()):
            raise _ended()
        return launch, await require_connection(tx, launch.connection_id)


async def use(container: ServiceContainer, ticket: str, address: str, *, instead_of: str = "") -> Opened:
    """Use a link up, once: open its session, or answer where nobody needs one. Raises `LinkEnded`.

    `instead_of`: the cookie that the browser has brought along, whose session ends where another one is opened.
    """
    launch = _read(container, ticket)
    async with container.database.transaction(launch.connection_id) as tx:
        let_in_by = await launch_links.use(tx, launch.id, container.clock.now())
        if let_in_by is None:
            raise _ended()
        await require_connection(tx, launch.connection_id)
        if launch.role == CONSENT:
            return Opened(launch, "")
        caller = launch.caller(address, let_in_by)
        opened = await sessions.open_session(container, tx, caller)
    await sessions.end_former(container, instead_of, caller, opened)
    return Opened(launch, opened)


async def _given_out(container: ServiceContainer, launch: Launch, caller: Caller, path: str) -> dict[str, str]:
    content: dict[str, Any] = {
        "id": launch.id,
        "connection": launch.connection_id,
        "person": launch.person,
        "role": launch.role,
        "page": launch.page,
        "until": launch.until.isoformat() if launch.until else "",
    }
    now = container.clock.now()
    ticket, ends = tickets.issue(container, "launch", content, min(LASTS, (launch.until or now + LASTS) - now))
    async with container.database.transaction(launch.connection_id) as tx:
        await require_connection(tx, launch.connection_id)
        if caller.connection_id and not await launch_links.hold_maker(tx, caller.let_in_by[-1], now):
            raise Forbidden(
                "caller-ended", "The key or session that you came with has ended meanwhile. No link was made."
            )
        await launch_links.forget(tx, now - timedelta(days=1))
        await launch_links.insert(
            tx, launch.id, launch.connection_id, by=caller.name, ends_at=ends, let_in_by=caller.let_in_by
        )
        detail = {"person": launch.person, "role": launch.role, "page": launch.page}
        await audit.record(tx, launch.connection_id, at=now, who=caller.actor, action="launch_link.made", detail=detail)
    return {"url": f"{container.public_url}{path}{ticket}", "expires_at": ends.isoformat()}


def _read(container: ServiceContainer, ticket: str) -> Launch:
    content = tickets.read(container, "launch", ticket)
    if content is None:
        raise _ended()
    until = datetime.fromisoformat(content["until"]) if content.get("until") else None
    return Launch(content["id"], content["connection"], content["person"], content["role"], content["page"], until)


def _address(connection_id: str, page: str) -> str:
    own = f"/connections/{connection_id}"
    below = PAGES.get(page)
    if below is None and page.startswith(own):
        below = page.removeprefix(own)
        below = below if _BELOW.fullmatch(below) else None
    if below is None:
        named = ", ".join(name for name in PAGES if name)
        raise InvalidInput(
            "invalid-input",
            f"A link leads to a page of its connection: {named}, or an address that begins with {own}.",
            fields={"page": "is no page of this connection"},
        )
    return own + below


def _ended() -> LinkEnded:
    return LinkEnded(
        "launch-link-ended",
        "This link has ended: each is good for ten minutes, and for one use. Open the page from Oncord again, or ask whoever"
        " sent you the link for a new one.",
    )
