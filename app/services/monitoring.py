"""Figures for whoever watches this service."""

from collections.abc import Mapping

from app.services.ports import ServiceContainer
from app.storage import gauges
from app.storage.database import EVERY_CONNECTION


async def read_gauges(container: ServiceContainer) -> Mapping[str, Mapping[str, float]]:
    """What there is to say at this moment, by figure and label."""
    async with container.database.transaction(EVERY_CONNECTION) as tx:
        return await gauges.read(tx, container.clock.now())
