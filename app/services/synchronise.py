"""Starting a run by hand, and reading what runs have done."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.model.actor import Actor
from app.domain.model.days import day_in_words
from app.errors import Conflict, InvalidInput, NotFound
from app.lock_date import lock_in_force
from app.services.configure import choices_address
from app.services.ports import ServiceContainer
from app.services.preview_money import in_figures
from app.services.sites import require_connection
from app.storage.connections import connections
from app.storage.connections.connections import Connection
from app.storage.database import Transaction
from app.storage.paging import Page
from app.storage.people import audit
from app.storage.runs import decisions, previews, runs, shown_plans
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


@dataclass(frozen=True, slots=True)
class CarryingOut:
    """A run that does what a dry run has shown. `added`: operations that were not chosen, and that the chosen ones need."""

    run: Run
    added: tuple[str, ...] = ()


async def carry_out(
    container: ServiceContainer,
    connection_id: str,
    plan_id: str,
    *,
    who: Actor,
    only: Sequence[str] | None = None,
    earlier_periods: bool = False,
    request_id: str = "",
) -> CarryingOut:
    """Queue a run that does what a dry run has shown and nothing else; of that only some operations, with what they need.

    Raises `NotFound`, `Conflict` for a run that has shown nothing, and where an earlier or locked period would move without
    `earlier_periods`; `InvalidInput` for an operation that is none of it.
    """
    now = container.clock.now()
    async with container.database.transaction(connection_id) as tx:
        connection = await require_connection(tx, connection_id)
        may_run(connection)
        plan = await runs.get(tx, connection_id, plan_id)
        if plan is None:
            raise NotFound("sync-not-found", "This connection has no run with this id.")
        if not plan.dry_run or plan.finished_at is None or plan.state in ("failed", "cancelled"):
            raise Conflict("nothing-shown", "Only a dry run that has come to its end can be carried out.")
        chosen = await shown_plans.with_what_it_needs(tx, connection_id, plan_id, only) if only is not None else None
        if only is not None and (chosen is None or not only):
            raise InvalidInput("invalid-input", "Choose from what was shown.", fields={"only": "ids of its operations"})
        ids = chosen.ids if chosen is not None else None
        await _ask_twice(tx, connection, plan, ids, earlier_periods=earlier_periods)
        run = await runs.request(
            tx,
            connection_id,
            run_id=container.ids.new("run"),
            trigger="manual",
            requested_by=who.name,
            now=now,
            download=True,
            request_id=request_id,
            carries_out={"run": plan_id}
            if chosen is None
            else {"run": plan_id, "only": list(chosen.ids), "records": list(chosen.records)},
        )
        detail = {
            "run": run.id,
            "plan": plan_id,
            "only": None if ids is None else len(ids),
            "earlier_periods": earlier_periods,
        }
        await audit.record(tx, connection_id, at=now, who=who, action="run.requested", detail=detail)
    await container.waker.wake(connection_id)
    return CarryingOut(run, chosen.added if chosen is not None else ())


async def _ask_twice(
    tx: Transaction, connection: Connection, plan: Run, ids: Sequence[str] | None, *, earlier_periods: bool
) -> None:
    """Raises `Conflict` where a locked or an earlier period would move and nobody has said yes to that."""
    if earlier_periods:
        return
    lock = await lock_in_force(tx, connection)
    moved = await previews.moved(tx, connection.id, plan.id, lock.until if lock else None, only=ids)
    effect = in_figures(moved, connection, plan.finished_at or plan.requested_at)
    if effect.asks_twice:
        days = [(p.first, p.last) for p in effect.periods if (p.locked or p.earlier) and p.first and p.last]
        periods = ", ".join(f"{day_in_words(first)} to {day_in_words(last)}" for first, last in days)
        raise Conflict(
            "earlier-period-moves", f"An earlier or locked period would move: {periods}. Say that this is meant, too."
        )


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
