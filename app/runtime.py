"""The composition root: opens database, Redis, HTTP clients, clock, ids and chance once, for API, workers and tests.

Nothing else in the project reads the time, sleeps, makes an id, draws a number, opens a client or starts a task.
A simulation passes its own `Seams` and transports and thereby owns everything that is not deterministic.
"""

import asyncio
import gc
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import httpx

from app import log
from app.answer_headers import no_cookies
from app.domain.guards.allowance import Refill
from app.domain.model.configuration import PLAIN_DOCUMENTS
from app.domain.model.records import Side
from app.oncord.client import OncordSide
from app.oncord.guard import PublicTransport
from app.oncord.site import REQUEST_SECONDS
from app.queue import RedisWaker, Waker
from app.quickbooks.client import QuickBooksSide
from app.quickbooks.company_facts import KeptRows, from_json, in_json
from app.quickbooks.http.oauth import OAuth
from app.quickbooks.http.throttle import LEASE_HOLDER, Throttle
from app.quickbooks.http.tokens import Tokens
from app.run_slots import RunSlots, Waiting
from app.settings import Settings
from app.storage.connections import company_facts
from app.storage.connections.company_facts import Kept
from app.storage.connections.connections import Connection, token_context
from app.storage.connections.tokens import Tokens as TokenStore
from app.storage.connections.vault import Vault
from app.storage.database import Database
from app.storage.runs.meter import Meter

_log = log.get(__name__)

OUTGOING_SECONDS = 15.0
"""For each step of a request to somebody who is told."""
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]
"""Two digits at a time: every request and every operation gets an id."""


class Clock(Protocol):
    """Time, as everything in this project sees it."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, never going back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let `seconds` pass."""
        await asyncio.sleep(seconds)


class Ids:
    """Ids that sort by the time they were made: `prefix_` and 20 characters of Crockford's base 32 (50 bits time, 50 chance)."""

    def __init__(self, clock: Clock, chance: random.Random) -> None:
        self._clock = clock
        self._chance = chance
        self._last = 0

    def new(self, prefix: str) -> str:
        """Make an id, for instance `op_01h2xcejqtf2nbrexx3v`; larger than every one made before by this process."""
        stamp = max(int(self._clock.now().timestamp() * 100_000), self._last + 1)
        self._last = stamp
        number = (stamp & ((1 << 50) - 1)) << 50 | self._chance.getrandbits(50)
        digits = "".join([_PAIRS[number >> shift & 1023] for shift in range(90, -1, -10)])
        return f"{prefix}_{digits}"


class Tasks:
    """The only place that starts tasks; it keeps them alive, and ends them at `close`."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run `work` beside everything else."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def start_every(self, seconds: float, work: Callable[[], Awaitable[None]], name: str) -> asyncio.Task[Any]:
        """Do `work` beside everything else, so many seconds after the start and after each time: real ones, whatever the clock says."""

        async def again_and_again() -> None:
            while True:
                await asyncio.sleep(seconds)
                try:
                    await work()
                except Exception:  # noqa: BLE001 - the next time may go well
                    _log.exception("what is done again and again failed", task=name)

        return self.start(again_and_again(), name)

    async def close(self) -> None:
        """Cancel what still runs and wait for it."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


@dataclass(slots=True)
class Seams:
    """Everything that is not deterministic; a test or a simulation passes its own."""

    clock: Clock = field(default_factory=SystemClock)
    chance: random.Random = field(default_factory=random.SystemRandom)
    quickbooks_transport: httpx.AsyncBaseTransport | None = None
    oncord_transport: httpx.AsyncBaseTransport | None = None
    outgoing_transport: httpx.AsyncBaseTransport | None = None
    waker: Waker | None = None


@dataclass(slots=True)
class Runtime:
    """What a process holds open. Made by `open_runtime`."""

    settings: Settings
    database: Database
    vault: Vault
    clock: Clock
    ids: Ids
    chance: random.Random
    tasks: Tasks
    quickbooks_http: httpx.AsyncClient
    oncord_http: httpx.AsyncClient
    outgoing_http: httpx.AsyncClient
    """For webhooks, to wherever somebody wants to be told."""
    waker: Waker
    oauth: OAuth
    grants: TokenStore
    tokens: Tokens
    meter: Meter
    slots: RunSlots
    owner: str
    """Names this process in leases and claims."""

    @asynccontextmanager
    async def sides(
        self, connection: Connection, left: Refill | None = None
    ) -> AsyncIterator[dict[Side, OncordSide | QuickBooksSide]]:
        """Both sides of a connection, for the run that holds its lease, and what the run before it has left of the allowance.

        What is known of the company is read from PostgreSQL, and kept there in the end where it is more by then.
        """
        async with self.database.transaction(connection.id) as tx:
            stored = await company_facts.load(tx, connection)
        kept = KeptRows(from_json(stored.rows), stored.read_at, stored.closing_read_at) if stored else None
        known: list[KeptRows] = []
        yield self._sides(connection, left, kept, known.append)
        if known:
            last = known[-1]
            facts = Kept(in_json(last.rows), last.read_at, last.closing_read_at)
            async with self.database.transaction(connection.id) as tx:
                await company_facts.keep(tx, connection, facts)

    def _sides(
        self,
        connection: Connection,
        left: Refill | None,
        kept: KeptRows | None,
        keep: Callable[[KeptRows], None],
    ) -> dict[Side, OncordSide | QuickBooksSide]:
        token = self.vault.open(connection.oncord_token, token_context(connection.id))
        items = connection.configuration.items if connection.configuration else None
        return {
            Side.ONCORD: OncordSide(
                connection_id=connection.id,
                api_url=connection.oncord_api_url,
                token=token,
                http=self.oncord_http,
                clock=self.clock.now,
                request_seconds=self.oncord_seconds,
                patience=Waiting(self.slots, connection.id),
            ),
            Side.QUICKBOOKS: QuickBooksSide(
                connection_id=connection.id,
                realm_id=connection.realm_id,
                kept=kept,
                keep=keep,
                http=self.quickbooks_http,
                base_url=self.settings.quickbooks_base,
                tokens=self.tokens,
                throttle=Throttle(self.clock, LEASE_HOLDER, left=left),
                meter=self.meter,
                clock=self.clock,
                environment=self.settings.quickbooks_environment,
                default_item=items.item_id if items else "",
                rounding_item=items.rounding_item_id if items else "",
                income_account=items.income_account_id if items else "",
                documents=connection.configuration.documents if connection.configuration else PLAIN_DOCUMENTS,
            ),
        }

    @property
    def oncord_seconds(self) -> float:
        """The longest that a request to a site takes in all."""
        return min(REQUEST_SECONDS, self.settings.sync_request_seconds)


def _http(transport: httpx.AsyncBaseTransport | None, seconds: float) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=transport,
        timeout=httpx.Timeout(seconds, connect=10),
        follow_redirects=False,
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
        trust_env=False,
        cookies=no_cookies(),
    )


COLLECTED_AFTER = 10_000
"""Objects that are more than there were, until a collector looks for rings among them; by itself Python takes 700."""


def keep_what_is_there() -> None:
    """Let no collection go through what a process has made before its work, all of which stays: each full one would halt
    everything for 50 ms and more. What is made later is looked through after more of it than Python takes by itself, which for a first
    synchronisation is a tenth of the work."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECTED_AFTER)


@asynccontextmanager
async def open_runtime(settings: Settings, seams: Seams | None = None) -> AsyncIterator[Runtime]:
    """Open everything, and close it again in reverse order."""
    seams = seams or Seams()
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url)
        await database.open()
        stack.push_async_callback(database.close)
        quickbooks_http = await stack.enter_async_context(
            _http(seams.quickbooks_transport, settings.sync_request_seconds)
        )
        oncord_transport = seams.oncord_transport or (None if settings.allow_private_oncord_urls else PublicTransport())
        oncord_http = await stack.enter_async_context(
            _http(oncord_transport, min(REQUEST_SECONDS, settings.sync_request_seconds))
        )
        outgoing_transport = seams.outgoing_transport or (
            None if settings.allow_private_oncord_urls else PublicTransport()
        )
        outgoing_http = await stack.enter_async_context(_http(outgoing_transport, OUTGOING_SECONDS))
        tasks = Tasks()
        stack.push_async_callback(tasks.close)
        waker = seams.waker
        if waker is None:
            waker = redis = RedisWaker(settings.redis_url, seams.clock)
            stack.push_async_callback(redis.close)
        ids = Ids(seams.clock, seams.chance)
        vault = Vault(settings.encryption_keys, seams.chance)
        oauth = OAuth(
            client_id=settings.quickbooks_client_id,
            client_secret=settings.quickbooks_client_secret,
            http=quickbooks_http,
            clock=seams.clock,
            authorize_url=settings.quickbooks_authorize_url,
            token_url=settings.quickbooks_token_url,
            revoke_url=settings.quickbooks_revoke_url,
        )
        grants = TokenStore(database, vault)
        yield Runtime(
            settings=settings,
            database=database,
            vault=vault,
            clock=seams.clock,
            ids=ids,
            chance=seams.chance,
            tasks=tasks,
            quickbooks_http=quickbooks_http,
            oncord_http=oncord_http,
            outgoing_http=outgoing_http,
            waker=waker,
            oauth=oauth,
            grants=grants,
            tokens=Tokens(grants, oauth, seams.clock, lambda: ids.new("claim")),
            meter=Meter(database),
            slots=RunSlots(settings.worker_max_runs, settings.worker_slow_runs),
            owner=ids.new(f"process-{os.getpid()}"),
        )
