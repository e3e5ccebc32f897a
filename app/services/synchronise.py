"""Starting a run by hand, and reading what runs have done."""

from app.domain.model.actor import Actor
from app.errors import Conflict, NotFound
from app.services.configure import choices_address
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.connections import connections
from app.storage.connections.connections import Connection
from app.storage.paging import Page
from app.storage.people import audit
from app.storage.runs import decisions, runs
from app.storage.runs.decisions import Decision
from app.storage.runs.runs import Run


async def start_run(
    container: ServiceContainer, connection_id: str, *, who: Actor, dry_run: bool = False, request_id: str = ""
) -> Run:
    """Queue a run, or join one that will still see everything (T3). `Conflict` before T4 is met or without a grant."""
    now = container.clock.now()
    async with container.database.transaction(connection_id) as tx:
        may_run(await require_connection(tx, connection_id))
        await connections.company_may_have_changed(tx, connection_id)
        new_id = container.ids.new("run")
        run = await runs.request(
            tx,
            connection_id,
            run_id=new_id,
            trigger="manual",
            requested_by=who.name,
            now=now,
            dry_run=dry_run,
            download=True,
            request_id=request_id,
        )
        detail = {"run": run.id, "dry_run": dry_run, "joined": run.id != new_id}
        await audit.record(tx, connection_id, at=now, who=who, action="run.requested", detail=detail)
    await container.waker.wake(connection_id)
    return run


async def list_runs(container: ServiceContainer, connection_id: str, limit: int, cursor: str | None) -> Page[Run]:
    """The runs of a connection, the newest first."""
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        return await runs.page(tx, connection_id, limit, cursor)


async def read_run(container: ServiceContainer, connection_id: str, run_id: str) -> Run:
    """One run with its report. Raises `NotFound` where the connection has none of this id."""
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        run = await runs.get(tx, connection_id, run_id)
    if run is None:
        raise NotFound("sync-not-found", "This connection has no run with this id.")
    return run


async def list_decisions(
    container: ServiceContainer,
    connection_id: str,
    run_id: str,
    limit: int,
    cursor: str | None,
    *,
    left_alone: bool = True,
) -> Page[Decision]:
    """What a run decided, in order, each with its rule and its reason; without `left_alone` not what was left as it is."""
    await read_run(container, connection_id, run_id)
    async with container.database.transaction(connection_id) as tx:
        return await decisions.page(tx, connection_id, run_id, limit, cursor, left_alone=left_alone)


def may_run(connection: Connection) -> None:
    """Make sure that a run may begin here. Raises `Conflict`, which says what is missing (T4)."""
    if connection.connected_at is None:
        raise Conflict("not-connected", "Connect this site to QuickBooks before it is synchronised.")
    if connection.state == "reconnect_required":
        raise Conflict(
            "reconnect-required",
            "QuickBooks or Oncord no longer accepts this connection. Connect it again; what has changed meanwhile waits.",
        )
    if connection.configuration is None:
        raise Conflict(
            "configuration-required",
            "Before the first synchronisation this connection must be configured: when to start, which payment method"
            " goes to which account, which tax code is which. `choices` lists what may be chosen.",
            extra={"choices": choices_address(connection.id)},
        )
