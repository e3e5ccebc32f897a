"""Looking into the inbox: what the senders told, and what was kept aside."""

from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.changes import events
from app.storage.changes.events import Event
from app.storage.database import EVERY_CONNECTION
from app.storage.paging import Page


async def list_events(
    container: ServiceContainer, connection_id: str | None, status: str | None, limit: int, cursor: str | None
) -> Page[Event]:
    """The events of a connection, or of all of them, the newest first."""
    async with container.database.transaction(connection_id or EVERY_CONNECTION) as tx:
        if connection_id is not None:
            await require_connection(tx, connection_id)
        return await events.page(tx, connection_id, status, limit, cursor)
