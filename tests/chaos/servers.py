"""A PostgreSQL that keeps its word and a Valkey, started by us so that we may also stop them without a word."""

import asyncio
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from app.sandbox.local import postgres, valkey
from app.sandbox.local.account import services_account
from app.sandbox.local.binaries import (
    POINTER,
    find_binaries,
    home_of,
    within_reach,
)
from app.sandbox.local.services import ServiceAddresses

READY_SECONDS = 60.0


class Servers:
    """Both servers over one folder. `close` leaves neither process nor data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._account = services_account()
        self._home = home_of(folder, self._account)
        self._binaries = within_reach(find_binaries(), self._home, self._account)
        self._sockets = Path(tempfile.mkdtemp(prefix="oncord-"))
        self._account.own(self._sockets)
        self._log = folder / "postgres.log"
        self._cluster = postgres.prepare_cluster(self._binaries, self._home, self._account, self._log)
        self._postgres: subprocess.Popen[bytes] | None = None
        self._valkey: subprocess.Popen[bytes] | None = None
        self.addresses = ServiceAddresses(
            database_url=postgres.database_url(postgres.APP, self._sockets),
            migration_database_url=postgres.database_url(postgres.OWNER, self._sockets),
            redis_url=valkey.redis_url(self._sockets),
            admin_database_url=postgres.database_url(postgres.SUPERUSER, self._sockets),
        )

    async def start_postgres(self) -> None:
        """Start it, durable as in production, and wait until it has recovered."""
        postgres.stop_leftover(self._cluster)
        self._postgres = server = postgres.start_postgres(
            self._binaries, self._cluster, self._sockets, self._account, durable=True, log=self._log
        )
        await _until(partial(postgres.is_ready, self._cluster, server), server)

    async def start_valkey(self) -> None:
        """Start it, empty."""
        self._valkey = server = valkey.start_valkey(
            self._binaries, self._sockets, self._account, self._folder / "valkey.log"
        )
        await _until(partial(valkey.is_ready, self._sockets), server)

    async def stop_postgres(self) -> None:
        """What `pg_ctl stop -m immediate` does: no checkpoint, no goodbye."""
        assert self._postgres is not None
        self._postgres.send_signal(signal.SIGQUIT)
        await asyncio.to_thread(self._postgres.wait)

    async def kill_valkey(self) -> None:
        """SIGKILL."""
        assert self._valkey is not None
        self._valkey.kill()
        await asyncio.to_thread(self._valkey.wait)

    def close(self) -> None:
        """End both and remove every trace."""
        for server, farewell in ((self._postgres, signal.SIGQUIT), (self._valkey, signal.SIGKILL)):
            if server is not None:
                server.send_signal(farewell)
                server.wait()
        for place in {self._sockets, self._home}:
            shutil.rmtree(place, ignore_errors=True)
        (self._folder / POINTER).unlink(missing_ok=True)


async def _until(ready: Callable[[], bool], server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not ready():
        if server.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"a server did not start: {server.args!r} ({server.poll()})")
        await asyncio.sleep(0.02)
