"""Figures for whoever watches this service."""

from collections.abc import Mapping

from app.services.ports import Desk
from app.storage import gauges
from app.storage.database import EVERY_CONNECTION


async def read_gauges(desk: Desk) -> Mapping[str, Mapping[str, float]]:
    """What there is to say at this moment, by figure and label."""
    async with desk.database.transaction(EVERY_CONNECTION) as tx:
        return await gauges.read(tx, desk.clock.now())
