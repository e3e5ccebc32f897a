"""What one turn of a run works with: the connection as it is configured, its two sides, and fenced transactions."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar
from zoneinfo import ZoneInfo

from app.domain.guards.read_budget import Budget, Pace
from app.domain.model.configuration import Configuration
from app.domain.model.records import Kind, Side
from app.errors import Unreachable
from app.storage.connections.channel_names import note_methods
from app.storage.connections.connections import Connection
from app.storage.database import Database, Transaction
from app.storage.runs import leases, meter
from app.storage.runs.leases import Lease
from app.storage.runs.progress import Progress, Step
from app.sync.ports import SyncSide
from app.zones import zone_named

Answer = TypeVar("Answer")


class Clock(Protocol):
    """Time, injected."""

    def now(self) -> datetime:
        """The present moment, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start."""
        ...


class Ids(Protocol):
    """Makes ids that sort by time."""

    def new(self, prefix: str) -> str:
        """Make an id with this prefix."""
        ...


@dataclass(slots=True)
class Counters:
    """What a run did, as shown while it runs and in its report."""

    values: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, amount: int = 1) -> None:
        """Count."""
        self.values[name] = int(self.values.get(name, 0)) + amount

    def get(self, name: str) -> int:
        """How many."""
        return int(self.values.get(name, 0))


@dataclass(frozen=True, slots=True)
class Restored:
    """The installation was restored `at` a moment from a backup that was taken at `since`: what happened between is not known."""

    since: datetime
    at: datetime

    @classmethod
    def of(cls, connection: Connection) -> "Restored | None":
        """Of this connection; None where there is nothing to compare any more."""
        since = connection.restored_from
        return None if since is None else cls(since, connection.restored_at or since)


@dataclass(slots=True)
class ShownPlan:
    """The dry run whose plan a run carries out; `only`: the operations of it that were chosen, None for all of them."""

    run_id: str
    only: tuple[str, ...] | None = None
    records: tuple[str, ...] | None = None
    """The changed records that those belong to ("oncord:sale:7"); None for all of them."""
    left: set[tuple[Side, Kind, str]] = field(default_factory=set)
    """Changed records of the plan that would be dealt with otherwise by now."""

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> "ShownPlan | None":
        """As it stands with its run."""
        if not stored:
            return None
        only, records = (stored.get(name) for name in ("only", "records"))
        return cls(stored["run"], None if only is None else tuple(only), None if records is None else tuple(records))


@dataclass(slots=True)
class TurnContext:
    """One turn of one run of one connection."""

    database: Database
    clock: Clock
    ids: Ids
    connection_id: str
    run_id: str
    dry_run: bool
    configuration: Configuration
    configuration_version: int
    sides: Mapping[Side, SyncSide]
    identity: Mapping[Side, str]
    """What each side calls itself: the site, the realm; part of external references."""
    lease: Lease
    lease_taken: float
    """On the monotonic clock, from before the lease was asked for or renewed."""
    deadline: float
    """On the monotonic clock: when this turn should hand over."""
    site_id: str = ""
    """What the site says that it is; "" where it never said."""
    events_url: str = ""
    """Where the site posts its events; "" where this process does not know under which name the service is reached."""
    zone: ZoneInfo = field(default_factory=lambda: zone_named(""))
    """The time zone of the site."""
    restored: Restored | None = None
    """Where both sides have not been compared since the installation was restored from a backup."""
    backfill: bool = False
    shown: ShownPlan | None = None
    """The plan that was shown and is carried out, and nothing else."""
    budget: Budget = field(default_factory=Budget)
    check_every: timedelta = timedelta(hours=24)
    """How often the mirrors are checked against their sources; zero: only when somebody asks."""
    idle: timedelta = timedelta(hours=12)
    """How long after its last download a side is downloaded untold (T2)."""
    certificate_key: str = ""
    """The private key that certificates are signed with; "" where the installation has none."""
    counters: Counters = field(default_factory=Counters)
    progress: Progress = field(default_factory=Progress)
    """How far the run has come, for people; it is written down along with what is committed anyway."""
    outdated: bool = False
    """Whether the configuration was changed since this turn began: the next turn goes on with the new one."""
    method_names: Mapping[str, str] | None = None
    """The titles of Oncord's payment methods by id, once they were needed."""
    month_pace: Pace | None = None
    """How often QuickBooks may be read this month, once that was needed."""
    names_refused: dict[str, str] = field(default_factory=dict)
    """Names that QuickBooks refused although no customer that we know of has them: vendors and employees."""
    looks: Counter[tuple[Side, Kind, str]] = field(default_factory=Counter)
    """How often this turn has looked at each record."""
    spelt_out: set[tuple[Side, Kind, str]] = field(default_factory=set)
    """Documents whose discount line came out otherwise in this turn: the next write says the discount in lines."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """A transaction that only the holder of the lease can commit anything in."""
        async with self.database.transaction(self.connection_id) as tx:
            await leases.fence(tx, self.connection_id, self.lease.epoch)
            yield tx

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Transaction]:
        """A transaction that only reads."""
        async with self.database.transaction(self.connection_id) as tx:
            yield tx

    def begin(self, step: Step, left: int | None = None) -> None:
        """Be at a step of the run from now on, or go on with it; `left`: so much is still to be done, None where nobody knows."""
        if self.progress.step != step:
            rest = self.progress
            self.progress = replace(rest, step=step, since=self.clock.now(), done=0, total=None)
        if left is not None:
            self.progress = replace(self.progress, total=self.progress.done + left)

    def advance(self, count: int) -> None:
        """So much more of the step is done."""
        self.progress = replace(self.progress, done=self.progress.done + count)

    async def hold(self) -> None:
        """Make sure that the lease outlasts the longest request; raises `LeaseLost`."""
        if self.clock.monotonic() - self.lease_taken < self.lease.seconds - self.lease.grace:
            return
        before = self.clock.monotonic()
        async with self.database.transaction(self.connection_id) as tx:
            await leases.renew(tx, self.lease)
        self.lease_taken = before

    async def titles_of_methods(self) -> Mapping[str, str]:
        """The titles of Oncord's payment methods by id; read once a turn, and kept for who reads of their money."""
        if self.method_names is None:
            await self.hold()
            self.method_names = await self.sides[Side.ONCORD].channel_names()
            async with self.transaction() as tx:
                await note_methods(tx, self.connection_id, self.method_names, self.clock.now())
        return self.method_names

    async def pace(self, tx: Transaction) -> Pace:
        """How often QuickBooks may be read, as the month's reads stand; looked up once a turn."""
        if self.month_pace is None:
            today = self.clock.now().date()
            self.month_pace = self.budget.pace(await meter.used_this_month(tx, today), today)
        return self.month_pace

    async def within_lease(self, request: Awaitable[Answer]) -> Answer:
        """The answer of a request that must not outlive the lease, whatever waits are inside it: a token refreshed on
        the way, an allowance, a slow body. Later than that it counts as lost (raises `Unreachable`), and recovery
        settles it."""
        left = self.lease.seconds + self.lease.grace - (self.clock.monotonic() - self.lease_taken)
        try:
            async with asyncio.timeout(left):
                return await request
        except TimeoutError as error:
            raise Unreachable("A write was not answered while the run's lease lasted.") from error

    def time_is_up(self) -> bool:
        """Whether the turn should end here and let others have theirs."""
        return self.clock.monotonic() >= self.deadline
