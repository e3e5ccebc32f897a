"""Both simulators, a database and the engine as a worker runs it; put back to any checkpoint in some fifty milliseconds.

The worker's part is played by `answer` (app.sync.ring), the alarm clock by `until_quiet`: what the bell was asked for is
rung at its moment on the virtual clock, and a sweep finds what a dead process left behind.
"""

import asyncio
import os
import pickle
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import httpx
import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from app.runtime import Runtime, Seams, open_runtime
from app.sandbox.oncord import create_app as shop_app
from app.sandbox.oncord import state as shop_state
from app.sandbox.postgres import OWNER
from app.sandbox.quickbooks import state as books_state
from app.sandbox.quickbooks.app import create_app as books_app
from app.sandbox.services import ServiceAddresses
from app.settings import Settings
from app.storage import connections, runs
from app.storage.database import conninfo
from app.sync.ring import Ringing, answer, engine_turn, timing
from tests.crashpoints.gate import Gate, GatedTransport
from tests.support.joint import CONNECTION, Joint, JointClock, joined
from tests.support.services import TEMPLATE

TIMING = timing(quiet_seconds=120, longest_wait_seconds=600, idle_hours=12)
LEASE_RUNS_OUT = 300.0
"""Longer than a lease and the grace after it."""
SOON = timedelta(hours=2)
"""What rings later than this is the daily round, not unfinished work."""
ROUNDS = 60
_databases = count(1)


class NotQuiet(Exception):
    """The engine does not come to rest, or failed by a fault of its own."""


@dataclass
class AlarmClock:
    """The bell of one process: remembers for when it was asked to ring."""

    clock: JointClock
    moments: list[datetime] = field(default_factory=list)

    async def ring(self, connection_id: str, at: datetime | None = None) -> None:
        """Ring at `at`, or now."""
        self.moments.append(at or self.clock.now())

    async def ring_all(self, rings: Any) -> None:
        """Nobody rings for many here."""
        raise AssertionError("only the sweeper rings for many")

    async def answers(self) -> bool:
        """Whether the alarm clock goes."""
        return True


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A moment of everything: a database to copy, both worlds, and the time."""

    database: str
    shop: bytes
    books: bytes
    at: datetime


class Databases:
    """Copies of databases, each for one telling of the story."""

    def __init__(self, services: ServiceAddresses) -> None:
        assert services.admin_database_url is not None
        self.app_url = services.database_url
        self.admin_url = services.admin_database_url

    def url(self, database: str) -> str:
        """How the service reaches a database."""
        return make_url(self.app_url).set(database=database).render_as_string(hide_password=False)

    def copied(self, template: str) -> str:
        """A copy of a database to which nobody is connected."""
        name = f"crash_{os.getpid()}_{next(_databases)}"
        with self._admin() as admin:
            admin.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                    sql.Identifier(name), sql.Identifier(template), sql.Identifier(OWNER)
                )
            )
        return name

    def drop(self, database: str) -> None:
        """Take a database away, whoever is still connected."""
        with self._admin() as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def _admin(self) -> psycopg.Connection[Any]:
        url = make_url(self.admin_url).set(database="postgres").render_as_string(hide_password=False)
        return psycopg.connect(conninfo(url), autocommit=True)


class Stage:
    """Where stories are played: one at a time, each on a database of its own."""

    def __init__(self, databases: "Databases", joint: Joint, settings: Settings) -> None:
        self.databases = databases
        self.joint = joint
        self.settings = settings
        self.seeds = count(1)
        self.to_shop = httpx.ASGITransport(shop_app(joint.shop))
        self.to_books = httpx.ASGITransport(books_app(joint.books))

    @property
    def clock(self) -> JointClock:
        """The one time of everything."""
        return self.joint.clock

    def checkpoint(self, database: str) -> Checkpoint:
        """Remember this moment. Nobody may be connected to `database`, which is kept as it is from now on."""
        shop = pickle.dumps(shop_state.saved(self.joint.shop))
        return Checkpoint(database, shop, pickle.dumps(books_state.snapshot(self.joint.books)), self.clock.at)

    def put_back(self, checkpoint: Checkpoint) -> str:
        """Be at that moment again; answers the copied database."""
        self.clock.at = checkpoint.at
        self.joint.books.clock._latest = checkpoint.at  # this clock refuses to go back; here time itself does
        shop_state.load(self.joint.shop, pickle.loads(checkpoint.shop))  # noqa: S301 - written above
        books_state.restore(self.joint.books, pickle.loads(checkpoint.books))  # noqa: S301
        return self.databases.copied(checkpoint.database)

    @asynccontextmanager
    async def process(self, database: str, gate: Gate) -> AsyncIterator["Process"]:
        """A worker's process on `database`, whose outside calls all pass `gate`."""
        bell = AlarmClock(self.clock)
        to_shop, to_books = GatedTransport(gate, self.to_shop, "shop"), GatedTransport(gate, self.to_books, "books")
        seams = Seams(
            clock=self.clock,
            chance=random.Random(next(self.seeds)),
            quickbooks_transport=to_books,
            oncord_transport=to_shop,
            bell=bell,
        )
        url = self.databases.url(database)
        async with open_runtime(self.settings.model_copy(update={"database_url": url}), seams) as runtime:
            gate.wrap(runtime.database, self.clock.now)
            before, self.joint.runtime = self.joint.runtime, runtime
            try:
                yield Process(self, runtime, bell, gate)
            finally:
                self.joint.runtime = before


@dataclass
class Process:
    """One worker process, from its start to its end or crash."""

    stage: Stage
    runtime: Runtime
    bell: AlarmClock
    gate: Gate

    @property
    def clock(self) -> JointClock:
        """The one time of everything."""
        return self.stage.clock

    def ringing(self) -> Ringing:
        """What the worker's job is made of, exactly as `workers.jobs` makes it."""
        runtime = self.runtime
        turn = engine_turn(runtime.database, self.clock, runtime.ids, runtime.sides, 60)
        return Ringing(runtime.database, self.clock, runtime.ids, self.bell, TIMING, runtime.owner, turn)

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
            self.bell.moments.clear()
            self.gate.armed = True
            try:
                result = await answer(self.ringing(), CONNECTION)
            except (psycopg.OperationalError, psycopg.InterfaceError):
                result = "the database was away"
            finally:
                self.gate.armed = False
            came.append(result)
            if result == "failed":
                raise NotQuiet("a turn failed by a fault of this service")
            if result in ("busy", "the database was away"):
                self.clock.pass_time(LEASE_RUNS_OUT)
            elif self.bell.moments:
                at = min(self.bell.moments)
                if at > self.clock.now() + SOON:
                    return came
                self.clock.pass_time(max(0.0, (at - self.clock.now()).total_seconds()))
            elif result == "nothing due":
                return came
        raise NotQuiet(f"still busy after {ROUNDS} rings: {came}")


@asynccontextmanager
async def open_stage(services: ServiceAddresses) -> AsyncIterator[tuple[Stage, Checkpoint]]:
    """A stage with a connection that has been synchronised once, both sides empty."""
    databases = Databases(services)
    database = databases.copied(TEMPLATE)
    async with joined(databases.url(database)) as joint:
        settings = joint.runtime.settings
        run = await joint.sync()
        assert run.state == "succeeded", (run.error, run.counters)
        async with joint.runtime.database.transaction(CONNECTION) as tx:
            await tx.execute(
                "DELETE FROM lease"
            )  # it was given back by the real clock; from here on the virtual one counts
    stage = Stage(databases, joint, settings)
    shop = httpx.AsyncClient(transport=stage.to_shop, base_url="http://shop.test")
    books = httpx.AsyncClient(transport=stage.to_books, base_url="http://books.test")
    async with shop, books:
        joint.http_shop, joint.http_books = shop, books
        await asyncio.sleep(0)
        yield stage, stage.checkpoint(database)
