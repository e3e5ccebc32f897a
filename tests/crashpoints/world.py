"""Both simulators, a database and the engine as a worker runs it; put back to any checkpoint in some milliseconds.

The worker's part is played by `answer` (app.sync.waking.wake), the alarm clock by `until_quiet`: what the bell was asked for is
rung at its moment on the virtual clock, and a sweep finds what a dead process left behind.
"""

import pickle
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, Literal
from unittest.mock import patch

import httpx
import psycopg

import app.oncord.client
import app.quickbooks.client
import app.runtime
from app.quickbooks.http.paging import walk
from app.runtime import Runtime, Seams, open_runtime
from app.sandbox.local.services import ServiceAddresses
from app.sandbox.oncord import create_app as shop_app
from app.sandbox.oncord import state as shop_state
from app.sandbox.quickbooks.app import create_app as books_app
from app.sandbox.quickbooks.side_door import state as books_state
from app.settings import Settings
from app.storage.connections import connections
from app.storage.database import Database, conninfo
from app.storage.runs import runs
from app.sync.waking.wake import (
    WakeContext,
    answer,
    engine_turn,
    timing,
)
from tests.crashpoints.gate import Gate, GatedTransport
from tests.crashpoints.rows import Rows, SharedDatabase
from tests.support.joint import CONNECTION, Joint, JointClock, joined
from tests.support.services import copied_database

TIMING = timing(quiet_seconds=120, longest_wait_seconds=600, idle_hours=12)
LEASE_RUNS_OUT = 300.0
"""Longer than a lease and the grace after it."""
SOON = timedelta(hours=2)
"""What rings later than this is the daily round, not unfinished work."""
ROUNDS = 60
Start = Literal["new", "synchronised"]


class NotQuiet(Exception):
    """The engine does not come to rest, or failed by a fault of its own."""


@dataclass
class AlarmClock:
    """The bell of one process: remembers for when it was asked to ring."""

    clock: JointClock
    moments: list[datetime] = field(default_factory=list)

    async def wake(self, connection_id: str, at: datetime | None = None) -> None:
        """Ring at `at`, or now."""
        self.moments.append(at or self.clock.now())

    async def wake_all(self, wakes: Any) -> None:
        """Nobody rings for many here."""
        raise AssertionError("only the sweeper rings for many")

    async def wake_for_messages(self) -> None:
        """Nobody sends messages here."""
        return

    async def answers(self) -> bool:
        """Whether the alarm clock goes."""
        return True

    async def waiting(self) -> frozenset[str]:
        """Nobody else is here to answer."""
        return frozenset()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A moment of everything: the rows, both worlds, and the time."""

    rows: str
    shop: bytes
    books: bytes
    at: datetime


class Stage:
    """Where stories are played: one at a time, on one database."""

    def __init__(self, rows: Rows, joint: Joint, settings: Settings) -> None:
        self.rows = rows
        self.joint = joint
        self.settings = settings
        self.database = Database(settings.database_url)
        self.seeds = count(1)
        self.to_shop = httpx.ASGITransport(shop_app(joint.shop))
        self.to_books = httpx.ASGITransport(books_app(joint.books))

    @property
    def clock(self) -> JointClock:
        """The one time of everything."""
        return self.joint.clock

    def checkpoint(self) -> Checkpoint:
        """Remember this moment."""
        shop = pickle.dumps(shop_state.saved(self.joint.shop))
        return Checkpoint(self.rows.keep(), shop, pickle.dumps(books_state.snapshot(self.joint.books)), self.clock.at)

    def put_back(self, checkpoint: Checkpoint) -> None:
        """Be at that moment again."""
        self.clock.at = checkpoint.at
        self.joint.books.clock._latest = checkpoint.at  # this clock refuses to go back; here time itself does
        shop_state.load(self.joint.shop, pickle.loads(checkpoint.shop))  # noqa: S301 - written above
        books_state.restore(self.joint.books, pickle.loads(checkpoint.books))  # noqa: S301
        self.rows.put_back(checkpoint.rows)

    @asynccontextmanager
    async def process(self, gate: Gate) -> AsyncIterator["Process"]:
        """A worker's process, whose outside calls all pass `gate`."""
        waker = AlarmClock(self.clock)
        to_shop, to_books = GatedTransport(gate, self.to_shop, "shop"), GatedTransport(gate, self.to_books, "books")
        seams = Seams(
            clock=self.clock,
            chance=random.Random(next(self.seeds)),
            quickbooks_transport=to_books,
            oncord_transport=to_shop,
            waker=waker,
        )
        async with AsyncExitStack() as stack:
            with patch.object(app.runtime, "Database", lambda _: SharedDatabase(self.database)):
                runtime = await stack.enter_async_context(open_runtime(self.settings, seams))
            gate.wrap(runtime.database, self.clock.now)
            before, self.joint.runtime = self.joint.runtime, runtime
            try:
                yield Process(self, runtime, waker, gate)
            finally:
                self.joint.runtime = before


@dataclass
class Process:
    """One worker process, from its start to its end or crash."""

    stage: Stage
    runtime: Runtime
    waker: AlarmClock
    gate: Gate

    @property
    def clock(self) -> JointClock:
        """The one time of everything."""
        return self.stage.clock

    def wake_context(self) -> WakeContext:
        """What the worker's job is made of, exactly as `workers.jobs` makes it."""
        runtime = self.runtime
        turn = engine_turn(runtime.database, self.clock, runtime.ids, runtime.sides, 60)
        return WakeContext(runtime.database, self.clock, runtime.ids, self.waker, TIMING, runtime.owner, turn)

    async def ask_for_run(self, *, download: bool) -> None:
        """A person presses Synchronise."""
        self.clock.pass_time(1)
        async with self.runtime.database.transaction(CONNECTION) as tx:
            await runs.request(
                tx,
                CONNECTION,
                run_id=self.runtime.ids.new("run"),
                trigger="manual",
                requested_by="test",
                now=self.clock.now(),
                download=download,
            )

    async def reconnected(self) -> bool:
        """Whether access was lost; then a person has connected again, and pressed Synchronise."""
        async with self.runtime.database.transaction(CONNECTION) as tx:
            connection = await connections.get(tx, CONNECTION)
        if connection is None or connection.state != "reconnect_required":
            return False
        joint = self.stage.joint
        pair = await self.runtime.oauth.refresh(joint.books.grants.grant(joint.realm).refresh)
        async with self.runtime.database.transaction(CONNECTION) as tx:
            await self.runtime.grants.put(tx, CONNECTION, pair, self.clock.now())
            await connections.set_state(tx, CONNECTION, "ready", "", self.clock.now())
        await self.ask_for_run(download=True)
        await self.until_quiet()
        return True

    async def until_quiet(self) -> list[str]:
        """Ring as the alarm clock and the sweeper would, until nothing more is due; what each ring came to."""
        came: list[str] = []
        while len(came) < ROUNDS:
            self.waker.moments.clear()
            self.gate.armed = True
            try:
                result = await answer(self.wake_context(), CONNECTION)
            except (psycopg.OperationalError, psycopg.InterfaceError):
                result = "the database was away"
            finally:
                self.gate.armed = False
            came.append(result)
            if result == "failed":
                raise NotQuiet("a turn failed by a fault of this service")
            if result in ("busy", "the database was away"):
                self.clock.pass_time(LEASE_RUNS_OUT)
            elif self.waker.moments:
                at = min(self.waker.moments)
                if at > self.clock.now() + SOON:
                    return came
                self.clock.pass_time(max(0.0, (at - self.clock.now()).total_seconds()))
            elif result == "nothing due":
                return came
        raise NotQuiet(f"still busy after {ROUNDS} rings: {came}")


@contextmanager
def paged(size: int) -> Iterator[None]:
    """Both sides read in pages of `size` records (0: as always), so that a few records are several pages."""
    with ExitStack() as stack:
        if size:
            stack.enter_context(patch.object(app.oncord.client, "PAGE_SIZE", size))
            stack.enter_context(patch.object(app.quickbooks.client, "walk", partial(walk, page=size)))
        yield


@asynccontextmanager
async def open_stage(services: ServiceAddresses) -> AsyncIterator[tuple[Stage, dict[Start, Checkpoint]]]:
    """A stage with a connection between two empty sides: `new`, and after a first synchronisation."""
    assert services.admin_database_url is not None
    async with AsyncExitStack() as stack:
        urls = stack.enter_context(copied_database(services))
        owner = stack.enter_context(
            psycopg.connect(
                conninfo(urls.admin), autocommit=True, options="-c session_replication_role=replica -c lock_timeout=20s"
            )
        )
        async with joined(urls.app) as joint:
            stage = Stage(Rows(owner), joint, joint.runtime.settings)
            starts: dict[Start, Checkpoint] = {"new": stage.checkpoint()}
            run = await joint.sync()
            assert run.state == "succeeded", (run.error, run.counters)
            async with joint.runtime.database.transaction(CONNECTION) as tx:
                # it was given back by the real clock; from here on the virtual one counts
                await tx.execute("DELETE FROM lease")
        starts["synchronised"] = stage.checkpoint()
        await stage.database.open()
        stack.push_async_callback(stage.database.close)
        shop = httpx.AsyncClient(transport=stage.to_shop, base_url="http://shop.test")
        books = httpx.AsyncClient(transport=stage.to_books, base_url="http://books.test")
        joint.http_shop, joint.http_books = shop, books
        await stack.enter_async_context(shop)
        await stack.enter_async_context(books)
        yield stage, starts
