"""Checks of the mirrors against both sides: how old they are, and asking for one."""

from collections.abc import Sequence

from app.domain.model.actor import Actor
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.services.synchronise import may_run, start_run
from app.storage.people import audit
from app.storage.records import source_checks
from app.storage.records.source_checks import SourceCheck
from app.storage.runs.runs import Run


async def list_checks(container: ServiceContainer, connection_id: str) -> Sequence[SourceCheck]:
    """What is known of each kind of both sides."""
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        return list((await source_checks.load(tx, connection_id)).values())


async def ask(container: ServiceContainer, connection_id: str, *, who: Actor, request_id: str = "") -> Run:
    """Have all of both sides read once more and compared, by a dry run that is asked for now: it shows what would be written, and writes
    nothing. Raises as `start_run` does."""
    now = container.clock.now()
    async with container.database.transaction(connection_id) as tx:
        may_run(await require_connection(tx, connection_id))
        await source_checks.ask(tx, connection_id, now)
        await audit.record(tx, connection_id, at=now, who=who, action="source_check.requested")
    return await start_run(container, connection_id, who=who, dry_run=True, request_id=request_id)
