"""The lock date of a connection, put together from where its three sources are kept (B1, `domain.guards.locked_period`)."""

from app.domain.guards.locked_period import Lock, lock_of
from app.storage.connections.connections import Connection
from app.storage.database import Transaction
from app.storage.tieouts import seals


async def lock_in_force(tx: Transaction, connection: Connection) -> Lock | None:
    """Up to when the books of a connection are locked at this moment; None where they are not."""
    configuration = connection.configuration
    lodged_until = configuration.lodged_until if configuration is not None else None
    return lock_of(connection.closed_until, lodged_until, await seals.last_month(tx, connection.id))
