"""I13: a worker lives on while Redis is away, with the runs that it carries out."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.sandbox.local import valkey
from app.sandbox.local.account import services_account
from app.sandbox.local.binaries import find_binaries, home_of, within_reach
from app.storage.database import conninfo
from tests.support.services import DatabaseUrls
from tests.workers.test_worker_process import KEY, ROOT, until

pytestmark = [pytest.mark.processes]
AWAY_SECONDS = 2.0


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the services' own account may enter."""
    place = Path(tempfile.mkdtemp(prefix="oncord-redis-"))
    place.chmod(0o711)
    yield place
    shutil.rmtree(place, ignore_errors=True)


def test_i13_a_worker_outlives_a_redis_that_goes_away_for_a_while(own_database: DatabaseUrls, folder: Path) -> None:
    account = services_account()
    home = home_of(folder, account)
    binaries = within_reach(find_binaries(), home, account)
    sockets = folder / "s"
    sockets.mkdir()
    account.own(sockets)

    def start() -> "subprocess.Popen[bytes]":
        server = valkey.start_valkey(binaries, sockets, account, folder / "valkey.log")
        until(30, lambda: valkey.is_ready(sockets))
        return server

    environment = {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
        "DATABASE_URL": own_database.app,
        "REDIS_URL": valkey.redis_url(sockets),
        "SYNC_SWEEP_SECONDS": "1",
        "LOG_FORMAT": "text",
        "ENCRYPTION_KEYS": KEY,
    }
    server = start()
    log = (folder / "worker.log").open("wb")
    command = [sys.executable, "-m", "arq", "workers.main.WorkerSettings"]
    worker = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        with psycopg.connect(conninfo(own_database.app), autocommit=True) as database:

            def swept() -> Any:
                row = database.execute("SELECT at FROM heartbeat WHERE name = 'sweeper'").fetchone()
                return row and row[0]

            before = until(60, swept)
            server.kill()
            server.wait()
            time.sleep(AWAY_SECONDS)
            server = start()
            later: Callable[[], bool] = lambda: worker.poll() is not None or swept() > before  # noqa: E731
            before = swept()
            until(60, later)

            assert worker.poll() is None, (folder / "worker.log").read_text()[-3000:]
    finally:
        worker.kill()
        worker.wait()
        server.kill()
        server.wait()
        log.close()
        if home != folder:
            shutil.rmtree(home, ignore_errors=True)
