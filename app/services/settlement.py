"""How a sale of the shop stands in both systems: what the shop asks before it reminds somebody of an unpaid invoice."""

from app.domain.settlement.state import Settlement, settlement_of
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.records import settlements
from app.zones import zone_named


async def read_settlement(container: ServiceContainer, connection_id: str, sale_id: str) -> Settlement:
    """How far a sale, by its id in Oncord, is settled; `unknown` for one that was never seen.

    Raises `NotFound` for a connection that is not there.
    """
    async with container.database.transaction(connection_id) as tx:
        connection = await require_connection(tx, connection_id)
        standing = await settlements.standing(tx, connection_id, sale_id)
    now = container.clock.now()
    shop = (connection.facts or {}).get("oncord") or {}
    return settlement_of(standing, now, now.astimezone(zone_named(str(shop.get("time_zone") or ""))).date())
