"""Switching automatic synchronisation, leaving QuickBooks, starting over with another company, removing a connection."""

import asyncio
from dataclasses import replace

from app.domain.guards.grant_age import Grant
from app.domain.model.actor import Actor
from app.errors import Conflict, OutsideError
from app.log import get
from app.services.ports import ServiceContainer
from app.services.sites import require_connection, shop_of
from app.site_events import events_address
from app.storage.connections import archive, connections, oauth_states
from app.storage.connections.connections import Connection
from app.storage.connections.vault import VaultError
from app.storage.database import Transaction, turn_to
from app.storage.people import api_keys, audit, console_sessions, launch_links
from app.storage.runs import leases, runs

SITE_SECONDS = 10.0
"""How long a removal waits for a site that it takes leave of."""

_log = get(__name__)


async def set_auto_sync(container: ServiceContainer, connection_id: str, on: bool, *, who: Actor) -> Connection:
    """T3: while it is off, changes wait for the manual trigger and none is lost."""
    now = container.clock.now()
    async with container.database.transaction(connection_id) as tx:
        connection = await require_connection(tx, connection_id, lock=True)
        if connection.auto_sync == on:
            return connection
        connection = await connections.save(tx, replace(connection, auto_sync=on), now)
        await audit.record(tx, connection_id, at=now, who=who, action="auto_sync.changed", detail={"auto_sync": on})
    if on:
        await container.waker.wake(connection_id)
    return connection


async def disconnect(container: ServiceContainer, connection_id: str, *, who: Actor) -> Connection:
    """Give the grant back and forget it. Links, mirrors and waiting changes stay for when the company returns (T5)."""
    grant = await _grant_to_give_back(container, connection_id)
    now = container.clock.now()
    async with container.database.transaction(connection_id) as tx:
        connection = await require_connection(tx, connection_id, lock=True)
        connection = await _leave(container, tx, connection, who)
        connection = await connections.save(tx, connection, now)
    left = await _revoke(container, connection_id, grant, who)
    return await _saying(container, connection, left)


async def start_over(container: ServiceContainer, connection_id: str, *, who: Actor) -> Connection:
    """Set the links to the present company aside, so that another company may be joined (T5).

    They come back by themselves if the same company is joined again later.
    """
    grant = await _grant_to_give_back(container, connection_id)
    now = container.clock.now()
    async with container.database.transaction(connection_id) as tx:
        await refuse_while_running(container, tx, connection_id)
        connection = await require_connection(tx, connection_id, lock=True)
        connection = await _leave(container, tx, connection, who)
        kept: dict[str, str] = {}
        if connection.realm_id:
            aside = replace(
                connection, id=container.ids.new("con"), archived_at=now, oncord_token="", oncord_secrets=()
            )
            await turn_to(tx, aside.id)
            await connections.insert(tx, aside)
            await turn_to(tx, connection_id)
            await archive.move(tx, connection_id, aside.id)
            kept = {"set_aside_as": aside.id}
        await archive.drop_present(tx, connection_id)
        await _end_what_was_begun(tx, connection_id)
        facts = {side: side_facts for side, side_facts in (connection.facts or {}).items() if side != "quickbooks"}
        connection = await connections.save(
            tx,
            replace(
                connection,
                realm_id="",
                facts=facts,
                configuration=None,
                first_sync_completed_at=None,
            ),
            now,
        )
        await audit.record(tx, connection_id, at=now, who=who, action="connection.started_over", detail=kept)
    left = await _revoke(container, connection_id, grant, who)
    return await _saying(container, connection, left)


async def remove(container: ServiceContainer, connection_id: str, *, who: Actor) -> tuple[str, ...]:
    """Archive a connection: nothing is synchronised any more, and its links come back if site and company do.

    Answers what could not be undone outside, in a sentence each, with what a person does about it; both are in the audit.
    """
    grant = await _grant_to_give_back(container, connection_id)
    now = container.clock.now()
    async with container.database.transaction(connection_id) as tx:
        await refuse_while_running(container, tx, connection_id)
        connection = await require_connection(tx, connection_id, lock=True)
        connection = await _leave(container, tx, connection, who)
        await archive.drop_present(tx, connection_id)
        await _end_what_was_begun(tx, connection_id)
        await api_keys.end(tx, connection_id, None, now, who.name)
        await console_sessions.end_of_connection(tx, connection_id)
        await connections.save(tx, replace(connection, archived_at=now, oncord_token="", oncord_secrets=()), now)
        await audit.record(tx, connection_id, at=now, who=who, action="connection.removed")
    left = [await _revoke(container, connection_id, grant, who), await _leave_site(container, connection, who)]
    return tuple(filter(None, left))


async def _leave_site(container: ServiceContainer, connection: Connection, who: Actor) -> str:
    """Take the address of a removed connection out of its site, unless another one stands there by now; "" or why it is left."""
    try:
        shop = shop_of(container, connection)
        async with asyncio.timeout(SITE_SECONDS):
            if await shop.posts_to() == events_address(container.public_url, connection.id):
                await shop.clear_connector()
        return ""
    except (OutsideError, TimeoutError, VaultError) as error:
        reason = _reason(error)
        _log.warning("the site still posts to a removed connection", connection=connection.id, reason=reason)
        detail = {"oncord_api_url": connection.oncord_api_url, "reason": reason}
        await _record(container, connection.id, who, "connection.site_still_posts", detail)
        return (
            f"The shop could not be told to stop posting its changes here: {reason} What it posts is refused. Take the"
            " address of this service out on the connector's page in Oncord."
        )


def _reason(error: Exception) -> str:
    """Why something was left, as a sentence."""
    if isinstance(error, VaultError):
        return f"The secret for it cannot be opened ({error})."
    return str(error) or "The shop did not answer in time."


async def _record(
    container: ServiceContainer, connection_id: str, who: Actor, action: str, detail: dict[str, str]
) -> None:
    async with container.database.transaction(connection_id) as tx:
        await audit.record(tx, connection_id, at=container.clock.now(), who=who, action=action, detail=detail)


async def _end_what_was_begun(tx: Transaction, connection_id: str) -> None:
    """Nobody joins a company any more by a link that was given out, or a way that was set out on, before now."""
    await launch_links.end_of_connection(tx, connection_id)
    await oauth_states.end_of_connection(tx, connection_id)


async def _leave(container: ServiceContainer, tx: Transaction, connection: Connection, who: Actor) -> Connection:
    now = container.clock.now()
    await container.grants.remove(tx, connection.id)
    await runs.cancel_queued(tx, connection.id, now, "The connection to QuickBooks was ended.")
    await audit.record(
        tx, connection.id, at=now, who=who, action="quickbooks.disconnected", detail={"realm_id": connection.realm_id}
    )
    return replace(
        connection,
        state="not_connected",
        state_reason=f"Disconnected by {who.name}.",
        remedy="",
        connected_at=None,
        probe_at=None,
    )


async def refuse_while_running(container: ServiceContainer, tx: Transaction, connection_id: str) -> None:
    """Take the lease away from whoever might still write. Before any row lock, as a run does it. Raises `Conflict` during a run."""
    owner = container.ids.new("lifecycle")
    lease = await leases.take(tx, connection_id, owner, seconds=1, grace=container.request_seconds)
    if lease is None:
        raise Conflict("sync-under-way", "A synchronisation is under way. Wait until it has ended, then try again.")
    await leases.release(tx, lease)


async def _grant_to_give_back(container: ServiceContainer, connection_id: str) -> Grant | VaultError | None:
    """The grant; or why it cannot be opened, since whoever leaves must not be kept by that."""
    try:
        return await container.grants.read(connection_id)
    except VaultError as error:
        return error


async def _revoke(container: ServiceContainer, connection_id: str, grant: Grant | VaultError | None, who: Actor) -> str:
    """Give a grant back at Intuit; "" or, as a sentence, why it is left. It is gone from here, which is what counts."""
    if grant is None:
        return ""
    try:
        if isinstance(grant, VaultError):
            raise grant
        await container.oauth.revoke(grant.pair.refresh_token)
    except (OutsideError, VaultError) as error:
        reason = _reason(error)
        _log.warning("the grant could not be given back", connection=connection_id, reason=reason)
        await _record(container, connection_id, who, "quickbooks.not_revoked", {"reason": reason})
        return (
            f"QuickBooks could not be told that the access has ended: {reason} Nobody here uses it any more, and it"
            " dies of disuse; an admin of the company can end it at once, under Apps in QuickBooks."
        )
    return ""


async def _saying(container: ServiceContainer, connection: Connection, left: str) -> Connection:
    """The connection with what was left outside in the reason for its state."""
    if not left:
        return connection
    async with container.database.transaction(connection.id) as tx:
        current = await require_connection(tx, connection.id, lock=True)
        said = replace(current, state_reason=f"{current.state_reason} {left}")
        return await connections.save(tx, said, container.clock.now())
