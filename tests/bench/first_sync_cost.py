"""What a first synchronisation costs, in both directions and with payments: statements, the worker's CPU and PostgreSQL's.

Each is done in a process of its own on a database of its own (`one_first_sync`), twice: a smaller one and a larger one, for each record of
which it must not cost more. With `--before REVISION` an earlier build does the same in turn. The comparison of both sides at the end of a
run is left out.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from app.sandbox.local.migrations import COMMAND, PROJECT
from app.sandbox.local.services import ServiceAddresses
from app.storage.database import conninfo
from tests.bench.figures import Bench, Figure, Note
from tests.bench.many_connections import SECRETS
from tests.bench.processes import free_port, server
from tests.bench.trees import tree_of
from tests.support.app import ENCRYPTION_KEY
from tests.support.services import copied_database, running_services

SIZES, FULL_SIZES = (1_000, 5_000), (5_000, 50_000)
DIRECTIONS = {"in": "into the shop", "out": "into the books"}
MOST_STATEMENTS = 0.35
MOST_GROWTH = 1.25
MOST_OF_BEFORE = {"in": (0.8, 0.5), "out": (0.9, 0.7)}
"""Worker's CPU and PostgreSQL's for a record of the larger one, to those of the build before."""
ROUNDS = 3
_ONE = Path(__file__).with_name("one_first_sync.py")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one first synchronisation took for each thousand records, in CPU seconds, and for each record: statements, and bytes that were
    written ahead and that the database grew by (with what the comparison at its end keeps)."""

    succeeded: bool
    statements: float
    worker: float
    database: float
    wal: float = 0
    disk: float = 0


@dataclass(frozen=True, slots=True)
class Build:
    """A build of the service with a PostgreSQL and a Valkey of its own."""

    tree: Path
    services: ServiceAddresses

    def cost(self, direction: str, records: int) -> Cost:
        """Have it carry out one first synchronisation of so many records."""
        oncord, quickbooks = free_port(), free_port()
        with ExitStack() as stack:
            urls = stack.enter_context(copied_database(self.services))
            for name, port in (("oncord", oncord), ("quickbooks", quickbooks)):
                command = ["app.sandbox", name, "--port", str(port), "--empty"]
                stack.enter_context(server(command, port, SECRETS))
            books = f"http://127.0.0.1:{quickbooks}"
            order = {
                "direction": direction,
                "records": records,
                "oncord": f"http://127.0.0.1:{oncord}",
                "quickbooks": books,
                "owner": conninfo(urls.owner),
                "settings": {
                    "database_url": urls.app,
                    "redis_url": self.services.redis_url,
                    "encryption_keys": ENCRYPTION_KEY,
                    "quickbooks_client_id": SECRETS["SANDBOX_CLIENT_ID"],
                    "quickbooks_client_secret": SECRETS["SANDBOX_CLIENT_SECRET"],
                    "quickbooks_api_url": books,
                    "quickbooks_token_url": f"{books}/oauth2/v1/tokens/bearer",
                    "allow_private_oncord_urls": True,
                },
            }
            command = [sys.executable, "-P", str(_ONE), json.dumps(order)]  # and find none of the modules beside it
            environment = {**os.environ, "PYTHONPATH": str(self.tree)}
            ended = subprocess.run(
                command, cwd=self.tree, env=environment, stdout=subprocess.PIPE, text=True, check=True
            )
        said = json.loads(ended.stdout.splitlines()[-1])
        whole = said["state"] == "succeeded" and said["created"] == records
        thousands = records / 1000
        return Cost(
            succeeded=whole,
            statements=said["statements"] / records,
            worker=said["worker"] / thousands,
            database=said["database"] / thousands,
            wal=said["wal"] / records,
            disk=said["disk"] / records,
        )


@contextmanager
def _build(tree: Path) -> Iterator[Build]:
    with running_services() as services:
        urls = {"MIGRATION_DATABASE_URL": services.migration_database_url, "DATABASE_URL": services.database_url}
        subprocess.run(COMMAND, cwd=tree, env={**os.environ, **urls}, check=True, capture_output=True)
        yield Build(tree, services)


def costs(full: bool) -> Iterator[Figure | Note]:
    """This build's, with a bound on statements and on growth."""
    with _build(PROJECT) as build:
        for direction in DIRECTIONS:
            small, large = (build.cost(direction, size) for size in _sizes(full))
            yield from _of_one(direction, _sizes(full)[1], small, large)


def compared(before: str) -> Bench:
    """The bench that holds this build against the one at `before`, a revision of this repository or a folder."""

    def measure(full: bool) -> Iterator[Figure | Note]:
        sizes = _sizes(full)
        with tree_of(before) as tree, _build(tree) as first, _build(PROJECT) as second:
            yield Note(f"the build of {before} and this one in turn")
            for direction, (most_worker, most_database) in MOST_OF_BEFORE.items():
                small = second.cost(direction, sizes[0])
                pairs = [_pair(first, second, direction, sizes[1], number) for number in range(1 if full else ROUNDS)]
                yield from _of_one(direction, sizes[1], small, pairs[0][1])
                worker = median(later.worker / earlier.worker for earlier, later in pairs)
                database = median(later.database / earlier.database for earlier, later in pairs)
                statements = median(earlier.statements for earlier, _ in pairs)
                yield Figure("  statements for each record, of the build before", statements)
                yield Figure("  worker's CPU, to that of the build before", worker, "x", at_most=most_worker)
                yield Figure("  PostgreSQL's CPU, to that of the build before", database, "x", at_most=most_database)

    return Bench("first_sync", "the first synchronisation of two builds in turn", measure)


def _pair(first: Build, second: Build, direction: str, size: int, number: int) -> tuple[Cost, Cost]:
    """Both builds, the first of the two in turn."""
    if number % 2:
        later = second.cost(direction, size)
        return first.cost(direction, size), later
    return first.cost(direction, size), second.cost(direction, size)


def _of_one(direction: str, size: int, small: Cost, large: Cost) -> Iterator[Figure]:
    yield Figure(
        f"{size:,} records {DIRECTIONS[direction]}, with payments: statements for each",
        large.statements,
        at_most=MOST_STATEMENTS,
    )
    yield Figure("  worker's CPU for 1,000 records", large.worker, "seconds")
    yield Figure("  PostgreSQL's CPU for 1,000 records", large.database, "seconds")
    yield Figure("  written ahead (WAL) for each", large.wal / 1000, "kB")
    yield Figure("  of the database for each", large.disk / 1000, "kB")
    yield Figure(
        "  worker's CPU for a record, to that of a smaller one",
        large.worker / small.worker,
        "x",
        at_most=MOST_GROWTH,
    )
    yield Figure(
        "  PostgreSQL's CPU for a record, to that of a smaller one",
        large.database / small.database,
        "x",
        at_most=MOST_GROWTH,
    )
    yield Figure("  of both, not whole", 2 - small.succeeded - large.succeeded, at_most=0)


def _sizes(full: bool) -> tuple[int, int]:
    return FULL_SIZES if full else SIZES
