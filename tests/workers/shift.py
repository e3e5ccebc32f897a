"""A worker's shift under a controlled clock: rings are answered when their moment comes, turns are pretended.

The pretended turn does to PostgreSQL what the engine's does: it begins the pulse, claims and clears what is queued, and
finishes the run; `also` lets a test do something in the middle of it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.domain.model.records import Kind, Side
from app.storage.changes import change_queue, cursors, due_changes, schedule
from app.storage.changes.cursors import DownloadState
from app.storage.connections import connections
from app.storage.runs import runs
from app.storage.runs.leases import Lease
from app.sync.ending import TurnResult
from app.sync.waking.sweep import SweepContext, sweep
from app.sync.waking.wake import WakeContext, answer
from app.sync.waking.wake import timing as timing_of
from tests.support.intake import SITE, Door

TIMING = timing_of(quiet_seconds=120, longest_wait_seconds=600, idle_hours=12)


async def _nothing(connection_id: str, run_id: str) -> TurnResult | None:
    return None


@dataclass
class Shift:
    """One worker beside the door."""

    door: Door
    began: list[tuple[str, datetime]] = field(default_factory=list)
    """When turns began, and for whom."""
    also: Callable[[str, str], Awaitable[TurnResult | None]] = _nothing

    @property
    def wake_context(self) -> WakeContext:
        runtime = self.door.runtime
        return WakeContext(
            database=runtime.database,
            clock=self.door.clock,
            ids=runtime.ids,
            waker=self.door.waker,
            timing=TIMING,
            owner="worker",
            turn=self.turn,
        )

    async def turn(self, connection_id: str, run_id: str, lease: Lease, taken: float) -> TurnResult:
        now = self.door.clock.now
        self.began.append((connection_id, now()))
        async with self.door.database.transaction(connection_id) as tx:
            run = await runs.get(tx, connection_id, run_id)
            assert run is not None
            await runs.start(tx, run_id, now())
            if run.phase == "":
                await schedule.begin(tx, connection_id)
                await runs.progress(tx, run_id, {}, phase="pull")
            rows = await due_changes.claim(tx, connection_id, now())
        different = await self.also(connection_id, run_id)
        async with self.door.database.transaction(connection_id) as tx:
            if different is not None and different.more:
                return different
            state: runs.State = "failed" if different is not None and different.state == "failed" else "succeeded"
            if state == "succeeded":
                await change_queue.clear(tx, connection_id, rows)
                await connections.mark_first_sync_completed(tx, connection_id, now())
                for side in Side:
                    done = DownloadState(side, Kind.SALE, completed_at=now())
                    await cursors.save(tx, connection_id, done)
            await runs.finish(tx, run_id, state, {}, now())
            return TurnResult(False, state=state)

    async def answer_due(self) -> None:
        """Answer every ring whose moment has come."""
        while connection_ids := self.door.waker.due():
            for connection_id in connection_ids:
                await answer(self.wake_context, connection_id)

    async def until(self, moment: datetime, each: timedelta = timedelta(seconds=1)) -> None:
        """Let time pass and answer the rings."""
        while True:
            await self.answer_due()
            if self.door.clock.at >= moment:
                return
            self.door.clock.at = min(self.door.clock.at + each, moment)

    async def sweep(self) -> int:
        """One sweep."""
        return await sweep(
            SweepContext(
                database=self.door.database,
                clock=self.door.clock,
                waker=self.door.waker,
                timing=TIMING,
                every=timedelta(seconds=30),
                retention=timedelta(days=90),
                ids=self.door.runtime.ids,
            )
        )

    async def request(self, trigger: runs.Trigger = "manual", connection_id: str = SITE) -> runs.Run:
        """Somebody asks for a run and rings."""
        async with self.door.database.transaction(connection_id) as tx:
            run = await runs.request(
                tx,
                connection_id,
                run_id=self.door.runtime.ids.new("run"),
                trigger=trigger,
                requested_by="a person",
                now=self.door.clock.now(),
            )
        await self.door.waker.wake(connection_id)
        return run
