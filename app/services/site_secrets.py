"""The secret with which a site signs its events: told to it when it is joined, and changed without losing one event.

While a site takes a new one, the one before is good as well: it signs each attempt anew with what it has by then.
"""

from dataclasses import replace

from app.domain.model.actor import Actor
from app.errors import OutsideError, Unavailable
from app.log import get
from app.services.ports import ServiceContainer, Shop
from app.services.sites import require_connection, shop_of
from app.site_events import events_address
from app.storage.connections import connections
from app.storage.connections.connections import Connection, secret_context
from app.storage.people import audit

_log = get(__name__)


def new_secret(container: ServiceContainer, connection_id: str) -> str:
    """A new secret of Standard Webhooks, sealed."""
    return container.vault.seal(container.webhook_secret(), secret_context(connection_id))


async def tell_site(container: ServiceContainer, connection: Connection, shop: Shop) -> Connection:
    """Tell the site where its events go and how they are signed; safe to repeat.

    Raises `Unavailable` where the site does not take it.
    """
    try:
        return await _tell(container, connection, shop)
    except OutsideError as error:
        raise Unavailable(
            "oncord-unreachable",
            f"The connection exists, but the site could not be told where to post its events: {error.message}"
            " Send the site's token again (PATCH the connection) to repeat this step.",
            extra={"connection_id": connection.id},
        ) from error


async def rotate(container: ServiceContainer, connection_id: str, *, who: Actor) -> Connection:
    """Have the site sign with a new secret. Until it has taken it the one before is good too; once it has, that one is not.

    Asked for again after a failure, the same new secret is told again. Raises `NotFound`, and `Unavailable` where the site
    does not take it: nothing is lost then.
    """
    now = container.clock.now()
    async with container.database.transaction(connection_id) as tx:
        connection = await require_connection(tx, connection_id, lock=True)
        shop = shop_of(container, connection)
        known = container.vault.those_that_open(connection.oncord_secrets, secret_context(connection_id))
        if len(known) < 2:
            secrets = (new_secret(container, connection_id), *known)
            connection = await connections.save(tx, replace(connection, oncord_secrets=secrets), now)
        await audit.record(tx, connection_id, at=now, who=who, action="site_secret.renewed")
    try:
        return await _tell(container, connection, shop)
    except OutsideError as error:
        raise Unavailable(
            "oncord-unreachable",
            f"The site has not taken its new secret: {error.message} Until it has, both are good. Ask for it again"
            " in a moment; the same new secret is then told again.",
        ) from error


async def _tell(container: ServiceContainer, connection: Connection, shop: Shop) -> Connection:
    """Tell the site its newest secret, and forget the others once it has taken that. One that cannot be opened is replaced."""
    context = secret_context(connection.id)
    known = container.vault.those_that_open(connection.oncord_secrets, context)
    if not known:
        _log.warning("a webhook secret that cannot be opened is replaced", connection=connection.id)
        anew = new_secret(container, connection.id)
        known = {anew: container.vault.open(anew, context)}
        async with container.database.transaction(connection.id) as tx:
            connection = replace(await require_connection(tx, connection.id, lock=True), oncord_secrets=(anew,))
            connection = await connections.save(tx, connection, container.clock.now())
    secret = next(iter(known.values()))
    await shop.set_connector(events_address(container.public_url, connection.id), secret)
    return connection if len(connection.oncord_secrets) == 1 else await _keep_only(container, connection.id, secret)


async def _keep_only(container: ServiceContainer, connection_id: str, secret: str) -> Connection:
    """Forget the others. They are read anew, since a rotation of keys may have sealed them anew meanwhile."""
    async with container.database.transaction(connection_id) as tx:
        connection = await require_connection(tx, connection_id, lock=True)
        known = container.vault.those_that_open(connection.oncord_secrets, secret_context(connection_id))
        kept = [sealed for sealed, each in known.items() if each == secret]
        if not kept:
            return connection
        return await connections.save(tx, replace(connection, oncord_secrets=(kept[0],)), container.clock.now())
