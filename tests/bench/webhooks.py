"""What a durable acknowledgement costs: `POST /webhooks/quickbooks` beside an endpoint of FastAPI that only answers 200.

Everything is real: uvicorn processes on the loopback interface, PostgreSQL that waits for the disk at each commit,
Valkey, and senders that sign. Both endpoints are loaded in turns by the same senders. What was acknowledged is then
looked for in the database, also after senders that are slow and after ten times what can be done.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import psycopg

from app.sandbox.local.migrations import PROJECT, apply_migrations
from app.sandbox.local.services import LocalServices, ServiceAddresses
from app.storage.database import OWNERS_OPTIONS, conninfo
from tests.bench.figures import Bench, Figure, Note
from tests.bench.load import Answers, Order, realm
from tests.bench.processes import cpu, free_port, memory, server
from tests.support.app import ENCRYPTION_KEY

TOKEN = "verifier-token"
CONNECTIONS, SECONDS = 32, 5.0
ROUNDS, ROUND_SECONDS = 12, 1.5
LEAST_RATE, MOST_P99 = 0.40, 3.0
SLOW_SENDERS, PIECES = 300, 4
TIMES_TOO_MUCH, CROWD, PADDING = 10, 3_000, 8_000
MOST_GROWTH = 200e6
"""Bytes: 64 MB of bodies and 2,000 requests may wait, and Python gives memory back late."""

_COMPANIES = """
INSERT INTO connection (id, oncord_api_url, realm_id, state, facts, oncord_secrets, created_at, updated_at,
    first_sync_completed_at) SELECT 'con_' || n, 'https://' || n, '93410000000' || lpad(n::text, 5, '0'), 'ready', '{}', '[]',
    clock_timestamp(), clock_timestamp(), clock_timestamp() FROM generate_series(0, 49) AS n
"""


@dataclass
class Ground:
    """Where events are sent, and what has been acknowledged so far without a row in the database."""

    folder: Path
    database: psycopg.Connection[tuple[object, ...]]
    phases: int = 0
    missing: int = 0
    looked_for: int = 0
    seen: list[Answers] = field(default_factory=list)

    def order(self, port: int, **changes: object) -> Order:
        """What a sender is to do at this port, under a name that no other one has."""
        self.phases += 1
        name = f"phase{self.phases}"
        order = Order(port, name, TOKEN, str(self.folder / name), connections=CONNECTIONS, seconds=SECONDS)
        return replace(order, **changes)  # type: ignore[arg-type]

    def look_for(self, order: Order) -> None:
        """Count what was acknowledged in this phase and is not in the database."""
        rows = self.database.execute("SELECT event_key FROM event WHERE event_key LIKE %s", (f"%/{order.name}-%",))
        stored = {str(row[0]) for row in rows}
        numbers = [int(line) for line in Path(order.acknowledged).read_text().split()]
        keys = [f"{realm(number % order.realms)}/{order.name}-{number}/0" for number in numbers]
        self.looked_for += len(keys)
        self.missing += sum(key not in stored for key in keys)


@contextmanager
def _sending(order: Order) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.bench.load", json.dumps(asdict(order))]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as sender:
        yield sender


def _answers(sender: "subprocess.Popen[str]") -> Answers:
    said = sender.communicate()[0]
    return Answers(**json.loads(said))


def sent(order: Order) -> Answers:
    """Carry an order out in a process of its own."""
    with _sending(order) as sender:
        return _answers(sender)


def _measure(full: bool) -> Iterator[Figure | Note]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oncord-bench-")))
        folder.chmod(0o711)
        services = stack.enter_context(LocalServices(folder / "services", durable=True, ephemeral=True))
        apply_migrations(services.migration_database_url, {"DATABASE_URL": services.database_url})
        database = stack.enter_context(with_companies(services))
        [commit] = database.execute("SHOW synchronous_commit").fetchone() or [""]
        [sync] = database.execute("SHOW fsync").fetchone() or [""]
        yield Note(f"PostgreSQL with synchronous_commit {commit} and fsync {sync}; {CONNECTIONS} senders")
        ground = Ground(folder, database)
        yield from _one_worker(ground, services)
        yield from _two_workers(ground, services)
        yield Figure("events acknowledged and looked for in all", ground.looked_for)
        yield Figure("  of these, not in the database", ground.missing, at_most=0)


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """Where one of the two listens, and its process."""

    port: int
    pid: int


def with_companies(services: ServiceAddresses) -> psycopg.Connection[tuple[object, ...]]:
    """A connection of the owner's, who sees all rows, once there are companies that events may be about."""
    address = conninfo(services.migration_database_url)
    database = psycopg.connect(address, autocommit=True, options=OWNERS_OPTIONS)
    database.execute(_COMPANIES)
    return database


def environment_of(services: ServiceAddresses) -> dict[str, str]:
    """What a service finds in its environment that is to take events in."""
    return {
        "DATABASE_URL": services.database_url,
        "REDIS_URL": services.redis_url,
        "ENCRYPTION_KEYS": ENCRYPTION_KEY,
        "QUICKBOOKS_WEBHOOK_VERIFIER_TOKENS": TOKEN,
        "LOG_LEVEL": "ERROR",
    }


@contextmanager
def _both(services: ServiceAddresses, workers: int) -> Iterator[tuple[_Endpoint, _Endpoint]]:
    """The bare endpoint and the service, each with so many worker processes."""
    bare, port = free_port(), free_port()
    options = ["--no-access-log", "--log-level", "warning", "--workers", str(workers)]
    environment = environment_of(services)
    service = ["app.serve", "--port", str(port), *options]
    with (
        server(["uvicorn", "tests.bench.bare:app", "--port", str(bare), *options], bare) as bare_pid,
        server(service, port, environment) as pid,
    ):
        yield _Endpoint(bare, bare_pid), _Endpoint(port, pid)


@dataclass(slots=True)
class _Compared:
    """Both endpoints in turns: the service's figures as ratios to the bare one's, round by round."""

    rates: list[float] = field(default_factory=list)
    tails: list[float] = field(default_factory=list)
    ours: list[Answers] = field(default_factory=list)
    our_cpu: float = 0
    their_cpu: float = 0
    theirs: list[Answers] = field(default_factory=list)

    def figures(self, what: str, least_rate: float | None, most_p99: float | None) -> Iterator[Figure]:
        """The middle of the rounds."""
        ours, theirs = (sum(one.accepted for one in answers) for answers in (self.ours, self.theirs))
        yield Figure(
            f"rate of durable acknowledgements, {what}", statistics.median(self.rates), "x", at_least=least_rate
        )
        yield Figure("  p99, to the bare p99", statistics.median(self.tails), "x", at_most=most_p99)
        yield Figure("  acknowledgements", self.rate, "a second")
        yield Figure("  p99", statistics.median(one.p99 for one in self.ours) * 1000, "ms")
        yield Figure("  API's CPU for one, to the bare CPU", self.our_cpu / ours / (self.their_cpu / theirs), "x")
        yield Figure("  answers other than 200", sum(one.sent - one.accepted for one in self.ours), at_most=0)

    @property
    def rate(self) -> float:
        """The usual rate of the service."""
        return statistics.median(one.rate for one in self.ours)


def _in_turns(ground: Ground, bare: _Endpoint, service: _Endpoint, rounds: int) -> _Compared:
    """Load both in turns, shortly and often: what else this machine does meets both."""
    sent(ground.order(bare.port, seconds=1.0))
    sent(ground.order(service.port, seconds=1.0))
    compared = _Compared()
    for _ in range(rounds):
        before = cpu(bare.pid)
        theirs = sent(ground.order(bare.port, seconds=ROUND_SECONDS))
        compared.their_cpu += cpu(bare.pid) - before
        before = cpu(service.pid)
        order = ground.order(service.port, seconds=ROUND_SECONDS)
        ours = sent(order)
        compared.our_cpu += cpu(service.pid) - before
        ground.look_for(order)
        compared.theirs.append(theirs)
        compared.ours.append(ours)
        compared.rates.append(ours.rate / theirs.rate)
        compared.tails.append(ours.p99 / theirs.p99)
    return compared


def _one_worker(ground: Ground, services: ServiceAddresses) -> Iterator[Figure]:
    with _both(services, 1) as (bare, service):
        compared = _in_turns(ground, bare, service, ROUNDS)
        yield from compared.figures("one worker, to the bare rate", LEAST_RATE, MOST_P99)
        yield from _slow(ground, service.port, service.pid, compared.rate)
        yield from _too_much(ground, service.port, service.pid, compared.rate)


def _slow(ground: Ground, port: int, pid: int, usual: float) -> Iterator[Figure]:
    """Many senders who take seconds to hand over their bodies, beside the usual ones."""
    slow = ground.order(port, connections=SLOW_SENDERS, pieces=PIECES, seconds=SECONDS)
    order = ground.order(port)
    before = memory(pid)
    with _watched(pid) as peak, _sending(slow) as slow_sender:
        answers = sent(order)
        crawled = _answers(slow_sender)
    ground.look_for(order)
    ground.look_for(slow)
    yield Figure(
        f"rate beside {SLOW_SENDERS} slow senders, to the rate without", answers.rate / usual, "x", at_least=0.5
    )
    yield Figure("  slow senders' events acknowledged", crawled.accepted, at_least=SLOW_SENDERS)
    yield Figure("  memory, more than before", (peak[0] - before) / 1e6, "MB", at_most=MOST_GROWTH / 1e6)


def _too_much(ground: Ground, port: int, pid: int, usual: float) -> Iterator[Figure]:
    """Ten times what can be done, whatever is answered."""
    order = ground.order(port, connections=CROWD, rate=TIMES_TOO_MUCH * usual, padding=PADDING)
    before = memory(pid)
    with _watched(pid) as peak:
        answers = sent(order)
    ground.look_for(order)
    asked = answers.sent + answers.not_sent
    others = {status: count for status, count in answers.statuses.items() if status not in ("200", "503")}
    yield Figure(f"events due at {TIMES_TOO_MUCH} times the rate, over {CROWD:,} connections", asked)
    yield Figure("  sent", answers.sent)
    yield Figure("  acknowledged", answers.accepted, at_least=1)
    yield Figure("  turned away with 503", answers.statuses.get("503", 0))
    yield Figure(f"  answered otherwise {others or ''}".rstrip(), sum(others.values()), at_most=0)
    yield Figure("  never answered", answers.unanswered, at_most=0)
    yield Figure("  memory, more than before", (peak[0] - before) / 1e6, "MB", at_most=MOST_GROWTH / 1e6)
    yield Figure("rate afterwards, to the rate before", sent(ground.order(port)).rate / usual, "x", at_least=0.5)


def _two_workers(ground: Ground, services: ServiceAddresses) -> Iterator[Figure]:
    with _both(services, 2) as (bare, service):
        yield from _in_turns(ground, bare, service, 4).figures("two workers, to the bare rate of two", None, None)


@contextmanager
def _watched(pid: int) -> Iterator[list[int]]:
    """The most memory that a process has used in the block."""
    peak, done = [memory(pid)], threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            peak[0] = max(peak[0], memory(pid))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


BENCH = Bench("webhooks", "durable acknowledgements beside an endpoint that does nothing", _measure)
