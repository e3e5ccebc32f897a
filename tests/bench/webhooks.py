"""What a durable acknowledgement costs: `POST /webhooks/quickbooks` beside two endpoints of FastAPI that keep nothing.

One only answers 200, the other reads the same body and verifies the same signature first. Everything is real: uvicorn processes
on the loopback interface, PostgreSQL that waits for the disk at each commit, Valkey, and senders that sign. All three are loaded
in turns by the same senders, with one event a post. Where there is a second core, what is judged has one to itself, and sender,
database and Valkey run elsewhere: what they take there is not counted, and is bounded by nothing but the rate. What was
acknowledged is looked for in the database, also after senders that are slow and after ten times what can be done.
"""

import statistics
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.sandbox.local.migrations import apply_migrations
from app.sandbox.local.services import LocalServices, ServiceAddresses
from tests.bench.cores import on, shared_out
from tests.bench.figures import Bench, Figure, Note
from tests.bench.ground import CONNECTIONS, Ground, disk_wait, environment_of, sent, with_companies
from tests.bench.load import Answers
from tests.bench.processes import cpu, free_port, server
from tests.bench.under_load import slow_senders, too_much

ROUNDS, ROUND_SECONDS = 12, 1.5
LEAST_RATE, MOST_P99 = 0.45, 3.0
PLAIN, VERIFYING = "/plain", "/verifying"


@dataclass(slots=True)
class _Endpoint:
    """Where one of them listens, its process, and what came back round by round."""

    port: int
    pid: int
    path: str
    answers: list[Answers] = field(default_factory=list)
    cpu: float = 0

    @property
    def cpu_of_one(self) -> float:
        """Seconds of CPU for each event that was answered with a 2xx."""
        return self.cpu / sum(one.accepted for one in self.answers)

    def loaded(self, ground: Ground) -> None:
        """Load it for one round."""
        before = cpu(self.pid)
        order = ground.order(self.port, seconds=ROUND_SECONDS, path=self.path)
        self.answers.append(sent(order))
        self.cpu += cpu(self.pid) - before
        if self.path not in (PLAIN, VERIFYING):
            ground.look_for(order)


def _measure(full: bool) -> Iterator[Figure | Note]:
    cores = shared_out()
    with ExitStack() as stack:
        stack.enter_context(on(cores.others))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oncord-bench-")))
        folder.chmod(0o711)
        services = stack.enter_context(LocalServices(folder / "services", durable=True, ephemeral=True))
        apply_migrations(services.migration_database_url, {"DATABASE_URL": services.database_url})
        database = stack.enter_context(with_companies(services))
        [commit] = database.execute("SHOW synchronous_commit").fetchone() or [""]
        [sync] = database.execute("SHOW fsync").fetchone() or [""]
        yield Note(f"PostgreSQL with synchronous_commit {commit} and fsync {sync}; {CONNECTIONS} senders")
        yield Note(cores.words)
        yield Figure("the disk takes to keep a page", disk_wait(folder) * 1000, "ms")
        ground = Ground(folder, database)
        yield from _one_worker(ground, services, cores.judged)
        yield Note("two workers each, on all cores")
        yield from _two_workers(ground, services, cores.judged | cores.others)
        yield Figure("events acknowledged and looked for in all", ground.looked_for)
        yield Figure("  of these, not in the database", ground.missing, at_most=0)


@contextmanager
def _all_three(
    services: ServiceAddresses, workers: int, cores: frozenset[int]
) -> Iterator[tuple[_Endpoint, _Endpoint, _Endpoint]]:
    """The plain endpoint, the verifying one and the service, each with so many worker processes."""
    ports = [free_port() for _ in range(3)]
    options = ["--no-access-log", "--log-level", "warning", "--workers", str(workers)]
    environment = environment_of(services)
    bare, service = ["uvicorn", "tests.bench.bare:app", *options], ["app.serve", *options]
    commands = [bare, bare, service]
    paths = [PLAIN, VERIFYING, "/webhooks/quickbooks"]
    with ExitStack() as stack:
        with on(cores):
            pids = [
                stack.enter_context(server([*command, "--port", str(port)], port, environment))
                for command, port in zip(commands, ports, strict=True)
            ]
        plain, verifying, ours = map(_Endpoint, ports, pids, paths)
        yield plain, verifying, ours


def _in_turns(ground: Ground, endpoints: tuple[_Endpoint, ...], rounds: int) -> None:
    """Load them in turns, shortly and often: what else this machine does meets all."""
    for endpoint in endpoints:
        sent(ground.order(endpoint.port, seconds=1.0, path=endpoint.path))
    for _ in range(rounds):
        for endpoint in endpoints:
            endpoint.loaded(ground)


def _beside(
    service: _Endpoint, bare: _Endpoint, called: str, least_rate: float | None, most_p99: float | None
) -> Iterator[Figure]:
    """The service's figures as ratios to those of an endpoint that keeps nothing: the middle of the rounds."""
    rounds = list(zip(service.answers, bare.answers, strict=True))
    rate = statistics.median(ours.rate / theirs.rate for ours, theirs in rounds)
    tail = statistics.median(ours.p99 / theirs.p99 for ours, theirs in rounds)
    yield Figure(f"rate of durable acknowledgements, to {called}", rate, "x", at_least=least_rate)
    yield Figure("  p99, to the p99 there", tail, "x", at_most=most_p99)
    yield Figure("  CPU of the API for one, to the CPU there", service.cpu_of_one / bare.cpu_of_one, "x")


def _of(service: _Endpoint) -> Iterator[Figure]:
    """The service's figures as they are."""
    yield Figure("  acknowledgements", rate_of(service), "a second")
    yield Figure("  p99", statistics.median(one.p99 for one in service.answers) * 1000, "ms")
    yield Figure("  answers other than 200", sum(one.sent - one.accepted for one in service.answers), at_most=0)


def rate_of(service: _Endpoint) -> float:
    """Its usual rate."""
    return statistics.median(one.rate for one in service.answers)


def _one_worker(ground: Ground, services: ServiceAddresses, cores: frozenset[int]) -> Iterator[Figure]:
    with _all_three(services, 1, cores) as (plain, verifying, service):
        _in_turns(ground, (plain, verifying, service), ROUNDS)
        yield from _beside(service, plain, "an endpoint that answers", LEAST_RATE, MOST_P99)
        yield from _beside(service, verifying, "one that reads and verifies", LEAST_RATE, MOST_P99)
        yield from _of(service)
        yield from slow_senders(ground, service.port, service.pid, rate_of(service))
        yield from too_much(ground, service.port, service.pid, rate_of(service))


def _two_workers(ground: Ground, services: ServiceAddresses, cores: frozenset[int]) -> Iterator[Figure]:
    with _all_three(services, 2, cores) as (plain, verifying, service):
        _in_turns(ground, (plain, verifying, service), 4)
        yield from _beside(service, plain, "two that answer", None, None)
        yield from _of(service)


BENCH = Bench("webhooks", "durable acknowledgements beside endpoints that keep nothing", _measure)
