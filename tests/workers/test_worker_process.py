"""The worker as it is started in production, on a real PostgreSQL and a real Valkey."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from app.sandbox.local.services import ServiceAddresses
from app.storage.connections.connections import token_context
from app.storage.connections.vault import Vault
from app.storage.database import conninfo
from tests.support.services import DatabaseUrls

pytestmark = [pytest.mark.processes]
KEY = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
ROOT = Path(__file__).parent.parent.parent


@contextmanager
def worker(services: ServiceAddresses, database: DatabaseUrls) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process; ended by SIGKILL at the latest."""
    environment = {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
        "DATABASE_URL": database.app,
        "REDIS_URL": services.redis_url,
        "SYNC_SWEEP_SECONDS": "1",
        "LOG_FORMAT": "text",
        "ENCRYPTION_KEYS": KEY,
    }
    command = [sys.executable, "-m", "arq", "workers.main.WorkerSettings"]
    started = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield started
    finally:
        started.kill()
        started.wait()


def until(seconds: float, look: Callable[[], Any]) -> Any:
    """The first answer of `look` that is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def test_i13_a_queued_run_is_found_without_any_ring_also_after_redis_was_flushed_and_the_worker_ends_in_order(
    services: ServiceAddresses, own_database: DatabaseUrls
) -> None:
    now = datetime.now(UTC)
    with (
        psycopg.connect(conninfo(own_database.admin), autocommit=True) as database,
        redis.Redis.from_url(services.redis_url) as cache,
        worker(services, own_database) as process,
    ):
        database.execute(
            "INSERT INTO connection (id, oncord_token, facts, oncord_secrets, created_at, updated_at) "
            "VALUES ('c', %s, '{}', '[]', %s, %s)",
            (Vault([KEY], random.Random(1)).seal("token", token_context("c")), now, now),
        )

        def ask(run_id: str) -> None:
            database.execute(
                "INSERT INTO run (id, connection_id, trigger, state, counters, requested_at) "
                "VALUES (%s, 'c', 'manual', 'queued', '{}', %s)",
                (run_id, datetime.now(UTC)),
            )

        def ended(run_id: str) -> Any:
            row = database.execute("SELECT error FROM run WHERE id = %s AND state = 'cancelled'", (run_id,)).fetchone()
            return row and row[0]

        ask("run_1")
        assert until(20, lambda: ended("run_1")) == "The connection is not configured yet."
        cache.flushall()
        ask("run_2")
        until(75, lambda: ended("run_2"))
        assert database.execute("SELECT count(*) FROM heartbeat WHERE name = 'sweeper'").fetchone() == (1,)
        until(
            5, lambda: database.execute("SELECT owner FROM lease").fetchone() == ("",)
        )  # given back after the run's end

        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0
