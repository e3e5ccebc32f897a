"""What the sweeper does for the life of data: erases what is left of removed connections, and what comes back of erased persons.

A run of the connection that is under way goes first; the next sweep looks again.
"""

from datetime import datetime, timedelta

from app import log
from app.storage.database import EVERY_CONNECTION, Database
from app.storage.life import departed, standing_orders
from app.storage.runs import leases
from app.sync.context import Ids

_log = log.get(__name__)

AT_ONCE = 5
"""So many connections are looked at by one sweep."""
PORTIONS = 20
"""So many portions of one connection are erased by one sweep, each in a transaction of its own."""
LOOK_AGAIN = timedelta(days=1)
"""How often it is looked whether something of an erased person has come back."""


async def look_after_data(
    database: Database, ids: Ids, now: datetime, *, keep_removed: timedelta, request_seconds: float
) -> int:
    """Erase some of what is due; answers how many rows of removed connections, and persons who had come back, that were."""
    async with database.transaction(EVERY_CONNECTION) as tx:
        removed = await departed.due(tx, now - keep_removed, AT_ONCE)
        erased = await standing_orders.due(tx, now - LOOK_AGAIN, AT_ONCE)
    count = 0
    for connection_id in removed:
        for _ in range(PORTIONS):
            async with database.transaction(EVERY_CONNECTION) as tx:
                portion = await departed.erase_some(tx, connection_id, now)
            count += portion
            if not portion:
                _log.info("what was left of a removed connection is erased", connection=connection_id)
                break
    for connection_id in erased:
        async with database.transaction(connection_id) as tx:
            lease = await leases.take(tx, connection_id, ids.new("life"), seconds=1, grace=request_seconds)
            if lease is None:
                continue
            count += await standing_orders.carry_out(tx, connection_id, now)
            await leases.release(tx, lease)
    return count
