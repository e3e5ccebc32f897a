"""How far a run has come, as people and programs follow it: its step, what of it is done, what is left, and what did not go through of late."""

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from app.errors import NotFound
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.runs import progress, runs
from app.storage.runs.progress import Progress, RefusedWrite, Step
from app.storage.runs.runs import Run

OF_LATE = dt.timedelta(minutes=1)
LOOK_SECONDS = 1.0
"""So often somebody who follows a run is told, as long as something moves."""
ASK_AGAIN_SECONDS = 5.0
"""So often it is asked whether whoever follows may still do so."""
LASTS_SECONDS = 30.0
"""So long one stream lasts; a browser opens the next one by itself."""
_FEWEST_SECONDS = 5.0
"""Before that nobody can say how long a step takes."""


@dataclass(frozen=True, slots=True)
class RunProgress:
    """A run, and how far its step has come. `done` and `total` count records (`total` None: nobody knows of how many), `seconds_left` is
    what the step is likely to take yet (None: nobody can say). `rests`: why the outside is left alone, until `goes_on_at`.
    `refused_lately` writes did not go through in the last minute, of which the latest are listed."""

    run: Run
    step: Step | None = None
    done: int = 0
    total: int | None = None
    seconds_left: int | None = None
    rests: str = ""
    goes_on_at: dt.datetime | None = None
    refused_lately: int = 0
    refused: Sequence[RefusedWrite] = ()

    @property
    def ended(self) -> bool:
        """Whether there is nothing to follow any more."""
        return self.run.state not in ("queued", "running")


async def read_progress(container: ServiceContainer, connection_id: str, run_id: str) -> RunProgress:
    """How far a run has come. Raises `NotFound` where the connection has none of this id."""
    now = container.clock.now()
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        run = await runs.get(tx, connection_id, run_id)
        if run is None:
            raise NotFound("sync-not-found", "This connection has no run with this id.")
        if run.state != "running":
            return RunProgress(run)
        come_to = await progress.read(tx, connection_id, run_id)
        count, refused = await progress.refused_since(tx, connection_id, run_id, now - OF_LATE)
    total = None if come_to.total is None else max(come_to.total, come_to.done)
    rests = come_to.goes_on_at is not None and now < come_to.goes_on_at + OF_LATE
    return RunProgress(
        run,
        step=come_to.step,
        done=come_to.done,
        total=total,
        seconds_left=seconds_left(come_to, now),
        rests=come_to.interrupted if rests else "",
        goes_on_at=come_to.goes_on_at if rests else None,
        refused_lately=count,
        refused=tuple(refused),
    )


def seconds_left(come_to: Progress, now: dt.datetime) -> int | None:
    """How long a step is likely to take yet, at the pace that it has kept; None where that cannot be said."""
    if come_to.total is None or come_to.since is None or not come_to.done:
        return None
    taken = (now - come_to.since).total_seconds()
    if taken < _FEWEST_SECONDS:
        return None
    return round(taken / come_to.done * max(0, come_to.total - come_to.done))


async def follow(
    container: ServiceContainer, connection_id: str, run_id: str, may_go_on: Callable[[], Awaitable[bool]]
) -> AsyncIterator[RunProgress]:
    """How far a run has come, again whenever that has changed: until it ends, `may_go_on` says no, or half a minute is over.

    Between two looks nothing is held: no connection to the database, no transaction.
    """
    clock = container.clock
    end, ask_again = clock.monotonic() + LASTS_SECONDS, clock.monotonic() + ASK_AGAIN_SECONDS
    shown: RunProgress | None = None
    while True:
        current = await read_progress(container, connection_id, run_id)
        if current != shown:
            yield current
            shown = current
        if current.ended or clock.monotonic() + LOOK_SECONDS / 2 >= end:
            return
        await clock.sleep(LOOK_SECONDS)
        if clock.monotonic() >= ask_again:
            if not await may_go_on():
                return
            ask_again = clock.monotonic() + ASK_AGAIN_SECONDS
