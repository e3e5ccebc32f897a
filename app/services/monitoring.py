"""Figures for whoever watches this service."""

from collections.abc import Mapping

from app.domain.guards.read_budget import forecast
from app.services.ports import ServiceContainer
from app.storage import gauges
from app.storage.database import EVERY_CONNECTION


async def read_gauges(container: ServiceContainer) -> Mapping[str, Mapping[str, float]]:
    """What there is to say at this moment, by figure and label."""
    now = container.clock.now()
    async with container.database.transaction(EVERY_CONNECTION) as tx:
        found = await gauges.read(tx, now)
    read = {**found["metered_reads_of_connection"], **found["metered_reads_this_month"]}
    return {**found, "metered_reads_forecast": {label: forecast(int(reads), now) for label, reads in read.items()}}
