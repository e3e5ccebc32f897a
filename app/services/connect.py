"""Joining an Oncord site: its address and token are tried before anything is stored, then the site is told where to post."""

from dataclasses import asdict, replace
from typing import Any

from psycopg.errors import UniqueViolation

from app.domain.model.actor import Actor
from app.domain.model.exchange import SideFacts
from app.errors import (
    Conflict,
    InvalidInput,
    Rejection,
    Remedy,
)
from app.services import sites
from app.services.permits import CHANGE, record_refusal
from app.services.ports import ServiceContainer
from app.services.site_secrets import new_secret, tell_site
from app.site_events import POSTS_ELSEWHERE
from app.storage.connections import connections
from app.storage.connections.channel_names import kept_with
from app.storage.connections.connections import Connection, token_context
from app.storage.database import EVERY_CONNECTION, Transaction
from app.storage.people import attention, audit
from app.storage.runs import runs


def facts_to_json(facts: SideFacts) -> dict[str, Any]:
    """What a side says of itself, as it is stored and shown."""
    return {**asdict(facts), "features": sorted(facts.features)}


async def connect_site(
    container: ServiceContainer, *, oncord_api_url: str, oncord_token: str, name: str, who: Actor
) -> Connection:
    """Create the connection of a site that has none, and have the site post its events here.

    Raises `InvalidInput` for an address or token that does not work or a site that lacks Commerce or Marketing,
    `Conflict` where the site is connected already, `Unavailable` where it does not answer.
    """
    address = container.check_site_address(oncord_api_url)
    oncord_token = sites.usable_token(oncord_token)
    connection_id = container.ids.new("con")
    await _refuse_second(container, address, "")
    shop = container.shop(connection_id, address, oncord_token)
    facts = await sites.facts_of(shop)
    await _refuse_second(container, address, facts.id)
    now = container.clock.now()
    connection = Connection(
        id=connection_id,
        name=name.strip() or facts.name or address,
        oncord_api_url=address,
        site_id=facts.id,
        oncord_token=container.vault.seal(oncord_token, token_context(connection_id)),
        oncord_secrets=(new_secret(container, connection_id),),
        facts={"oncord": facts_to_json(facts)},
        created_at=now,
        updated_at=now,
    )
    try:
        async with container.database.transaction(connection_id) as tx:
            await connections.insert(tx, connection)
            await audit.record(
                tx, connection_id, at=now, who=who, action="connection.created", detail={"oncord_api_url": address}
            )
    except UniqueViolation:
        raise _second_site() from None
    # Only now: the site may post at once, and must find its connection here.
    return await tell_site(container, connection, shop)


async def change_site(
    container: ServiceContainer,
    connection_id: str,
    *,
    who: Actor,
    name: str | None = None,
    oncord_token: str | None = None,
    oncord_api_url: str | None = None,
) -> Connection:
    """Give a connection another name, or a fresh token or address of its site, tried first; the site is told again
    where to post. An address is where the *same* site has moved to: every link stays. The stored token is sent to no other
    host than before: a new host needs a token with it. What is refused is written down.

    Raises `InvalidInput` where the token or address does not work or belongs to another site, `Conflict` where that site
    has another connection, `Unavailable` where the site does not answer.
    """
    async with container.database.transaction(connection_id) as tx:
        connection = await sites.require_connection(tx, connection_id)
    asked = {"name": name, "oncord_api_url": oncord_api_url, "oncord_token": oncord_token}
    try:
        return await _changed_site(container, connection, who, name, oncord_token or None, oncord_api_url)
    except Rejection as refusal:
        fields = sorted(field for field, value in asked.items() if value)
        detail = {"fields": fields, "refused_as": refusal.type, **_refused_address(container, oncord_api_url)}
        await record_refusal(container, who, connection_id, CHANGE, detail)
        raise


def _refused_address(container: ServiceContainer, oncord_api_url: str | None) -> dict[str, str]:
    """The address that was asked for, unless it is none: a name and password may stand in one."""
    try:
        return {"oncord_api_url": container.check_site_address(oncord_api_url)} if oncord_api_url else {}
    except InvalidInput:
        return {}


async def _changed_site(
    container: ServiceContainer,
    connection: Connection,
    who: Actor,
    name: str | None,
    oncord_token: str | None,
    oncord_api_url: str | None,
) -> Connection:
    connection_id = connection.id
    changes: dict[str, Any] = {}
    if name is not None and name.strip():
        changes["name"] = name.strip()
    shop = None
    if oncord_token is not None or oncord_api_url is not None:
        address = connection.oncord_api_url if oncord_api_url is None else container.check_site_address(oncord_api_url)
        if oncord_token is None:
            sites.keep_token_from_others(connection.oncord_api_url, address)
        token = (
            container.vault.open(connection.oncord_token, token_context(connection_id))
            if oncord_token is None
            else sites.usable_token(oncord_token)
        )
        shop = container.shop(connection_id, address, token)
        facts = await sites.facts_of(shop)
        sites.refuse_other_site(connection, facts, address)
        changes["oncord_api_url"] = address
        changes["site_id"] = facts.id or connection.site_id
        changes["oncord_token"] = container.vault.seal(token, token_context(connection_id))
        kept = replace(facts, id=facts.id or sites.known_id(connection))
        changes["facts"] = {**(connection.facts or {}), "oncord": kept_with(connection, facts_to_json(kept))}
    if not changes:
        return connection
    was, becomes = (
        {field: str(getattr(each, field)) for field in ("name", "oncord_api_url") if field in changes}
        for each in (connection, replace(connection, **changes))
    )
    told = {"before": was, "after": becomes}
    granted = await container.grants.lives(connection_id)
    now = container.clock.now()
    try:
        async with container.database.transaction(connection_id) as tx:
            current = replace(await sites.require_connection(tx, connection_id, lock=True), **changes)
            stopped = current.state != "ready"
            if shop is not None:
                current = _site_mended(current, granted=granted)
            connection = await connections.save(tx, current, now)
            await audit.record(
                tx,
                connection_id,
                at=now,
                who=who,
                action="connection.changed",
                detail={"fields": sorted(changes), **told},
            )
            if stopped:
                await run_after_return(container, tx, connection, who)
    except UniqueViolation:
        raise _second_site() from None
    if shop is not None:
        connection = await tell_site(container, connection, shop)
        async with container.database.transaction(connection_id) as tx:
            await attention.settle(
                tx, connection_id, [POSTS_ELSEWHERE], reason="The site was told where to post.", now=now
            )
        if stopped and connection.state == "ready":
            await container.waker.wake(connection_id)
    return connection


async def run_after_return(container: ServiceContainer, tx: Transaction, connection: Connection, who: Actor) -> None:
    """Ask for a run that reads both sides anew, where runs take place by themselves: events may have been missed."""
    if connection.first_sync_completed_at and connection.auto_sync and connection.state == "ready":
        await runs.request(
            tx,
            connection.id,
            run_id=container.ids.new("run"),
            trigger="reconnect",
            requested_by=who.name,
            now=container.clock.now(),
            download=True,
        )


def resting_state(connection: Connection) -> connections.State:
    """The state of a connection that nothing is wrong with."""
    if not connection.realm_id or connection.connected_at is None:
        return "not_connected"
    return "ready" if connection.configuration is not None else "needs_configuration"


def _site_mended(connection: Connection, *, granted: bool) -> Connection:
    """The connection once its site answers again; what is wrong with its access to QuickBooks stays to be mended."""
    if connection.state == "reconnect_required" and not granted:
        reason = "QuickBooks no longer accepts this connection. Connect to QuickBooks again; nothing is lost meanwhile."
        return replace(connection, state_reason=reason, remedy=Remedy.CONSENT)
    if connection.state in ("blocked", "reconnect_required"):
        return replace(connection, state=resting_state(connection), state_reason="", remedy="", probe_at=None)
    return connection


async def _refuse_second(container: ServiceContainer, address: str, site_id: str) -> None:
    async with container.database.transaction(EVERY_CONNECTION) as tx:
        existing = await connections.live_for_site(tx, address, site_id)
    if existing is not None:
        raise _second_site()


def _second_site() -> Conflict:
    return Conflict(
        "site-already-connected",
        "This Oncord site has a connection already. Use that one, or remove it before making another.",
    )
