"""Where a bench sends events: addresses, a sender in a process of its own, and a database in which what was acknowledged is looked for."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import psycopg

from app.sandbox.local.migrations import PROJECT
from app.sandbox.local.services import ServiceAddresses
from app.storage.database import OWNERS_OPTIONS, conninfo
from tests.bench.load import Answers, Order, realm
from tests.support.app import ENCRYPTION_KEY

TOKEN = "verifier-token"
CONNECTIONS, SECONDS = 32, 5.0

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
def sending(order: Order) -> Iterator["subprocess.Popen[str]"]:
    """A process that carries an order out while the block runs."""
    command = [sys.executable, "-m", "tests.bench.load", json.dumps(asdict(order))]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as sender:
        yield sender


def answers_of(sender: "subprocess.Popen[str]") -> Answers:
    """What came back, once all of it has been sent."""
    said = sender.communicate()[0]
    return Answers(**json.loads(said))


def sent(order: Order) -> Answers:
    """Carry an order out in a process of its own."""
    with sending(order) as sender:
        return answers_of(sender)


def disk_wait(folder: Path) -> float:
    """How long the disk below this folder takes to keep a page for certain, in the middle of a hundred: seconds.

    Nobody who keeps what it acknowledges can be quicker than that.
    """
    waits: list[float] = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        file.write(bytes(100 * 8192))
        os.fsync(file.fileno())
        for page in range(100):
            file.seek(page * 8192)
            file.write(b"x" * 8192)
            before = time.perf_counter()
            os.fdatasync(file.fileno())
            waits.append(time.perf_counter() - before)
    return statistics.median(waits)


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
