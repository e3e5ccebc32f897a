"""The embedded servers of one data folder, from the lock to the last socket.

Two runs never share a folder; what an earlier run left behind when it was killed is cleared before anything starts; and
`stop` leaves neither process nor socket.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from app.sandbox.local import postgres, processes, valkey
from app.sandbox.local.account import Account, NoAccount, services_account
from app.sandbox.local.binaries import (
    POINTER,
    PREFIX,
    Binaries,
    NoBinaries,
    find_binaries,
    home_of,
    within_reach,
)

START_SECONDS = 60.0  # PostgreSQL may have to recover after a power cut
STOP_SECONDS = 8.0
GUARDED_SECONDS = 3.0
LONGEST_SOCKET_PATH = 100  # the kernel's own limit is 104 on macOS and 108 on Linux, the terminating zero included
SHORT_FOLDERS = ("/tmp", "/var/tmp")  # noqa: S108 - only ever through mkdtemp


class Faulty(Exception):
    """The servers cannot be started, or one has ended by itself; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server and how it is asked to stop."""

    name: str
    process: "subprocess.Popen[bytes]"
    farewell: int
    ready: Callable[[], bool]


class Servers:
    """PostgreSQL and Valkey over one data folder."""

    def __init__(self, data: Path, *, durable: bool, ephemeral: bool) -> None:
        self.data = data
        self.durable = durable
        self.ephemeral = ephemeral
        self.sockets: Path | None = None
        self.running: list[Server] = []
        self._lock: IO[str] | None = None

    def start(self, *, database: bool, redis: bool) -> Path:
        """Start what is asked for, wait until it answers, and tell the folder of the sockets.

        Raises `Faulty` where one of them cannot be started.
        """
        self._take_lock()
        self._sweep_sockets()
        try:
            account = services_account()
            home = home_of(self.data, account)
            binaries = within_reach(find_binaries(), home, account)
            self.sockets = sockets = self._socket_folder(account)
            if database:
                self._start_postgres(binaries, home, sockets, account)
            if redis:
                process = valkey.start_valkey(binaries, sockets, account, self._fresh_log("valkey"))
                self.running.append(Server("valkey", process, valkey.STOP_SIGNAL, lambda: valkey.is_ready(sockets)))
        except (NoAccount, NoBinaries, postgres.PostgresFailed, OSError) as error:
            raise Faulty(str(error)) from error
        self._await_ready()
        return sockets

    def insist_alive(self) -> None:
        """Raises `Faulty` when a server has ended by itself."""
        for server in self.running:
            if (code := server.process.poll()) is not None:
                raise Faulty(f"{server.name} ended with {code}; see {self.data / 'logs' / server.name}.log")

    def stop(self) -> None:
        """Stop the servers, then remove every trace of them."""
        there = [processes.seen(server.process.pid, server.farewell) for server in self.running if _alive(server)]
        processes.end([running for running in there if running is not None], STOP_SECONDS)
        for server in self.running:
            server.process.wait()
        if self.sockets is not None:
            shutil.rmtree(self.sockets, ignore_errors=True)
            (self.data / "sockets").unlink(missing_ok=True)
        if self.ephemeral and self._lock is not None:
            pointer = self.data / POINTER
            if pointer.is_file():
                shutil.rmtree(pointer.read_text().splitlines()[0], ignore_errors=True)
            shutil.rmtree(self.data, ignore_errors=True)

    def _start_postgres(self, binaries: Binaries, home: Path, sockets: Path, account: Account) -> None:
        log = self._fresh_log("postgres")
        cluster = postgres.prepare_cluster(binaries, home, account, log)
        postgres.stop_leftover(cluster)
        process = postgres.start_postgres(binaries, cluster, sockets, account, durable=self.durable, log=log)
        ready = partial(postgres.is_ready, cluster, process)
        self.running.append(Server("postgres", process, postgres.STOP_SIGNAL, ready))

    def _await_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not all(server.ready() for server in self.running):
            self.insist_alive()
            if time.monotonic() > deadline:
                raise Faulty(f"the services did not become ready in {START_SECONDS:.0f} s; see {self.data / 'logs'}")
            time.sleep(0.01)

    def _take_lock(self) -> None:
        (self.data / "logs").mkdir(parents=True, exist_ok=True)
        lock = (self.data / "lock").open("a+")
        # A keeper whose asker was killed needs a moment to put things away.
        deadline = time.monotonic() + GUARDED_SECONDS + STOP_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                lock.seek(0)
                holder = lock.read().strip()
                if time.monotonic() > deadline or not _abandoned(holder):
                    who = holder.partition(" ")[2]
                    raise Faulty(f"another run (process {who}) is using {self.data}; stop it first") from None
                time.sleep(0.05)
        lock.truncate(0)
        lock.write(f"{os.getpid()} {os.getppid()}")
        lock.flush()
        self._lock = lock

    def _sweep_sockets(self) -> None:
        """Remove the folder of an earlier keeper that was killed."""
        note = self.data / "sockets"
        if note.is_file():
            folder = Path(note.read_text().strip())
            if folder.name.startswith(PREFIX) and str(folder.parent) in (*SHORT_FOLDERS, tempfile.gettempdir()):
                shutil.rmtree(folder, ignore_errors=True)
            note.unlink()

    def _socket_folder(self, account: Account) -> Path:
        for parent in (*SHORT_FOLDERS, tempfile.gettempdir()):
            if Path(parent).is_dir() and os.access(parent, os.W_OK) and account.reaches(Path(parent)):
                folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
                account.own(folder)
                if len(bytes(folder / ".s.PGSQL.5432.lock")) < LONGEST_SOCKET_PATH:
                    (self.data / "sockets").write_text(f"{folder}\n")
                    return folder
                folder.rmdir()
        raise Faulty(f"no writable folder with a short name for the sockets: tried {', '.join(SHORT_FOLDERS)}")

    def _fresh_log(self, name: str) -> Path:
        log = self.data / "logs" / f"{name}.log"
        log.write_bytes(b"")
        return log


def _alive(server: Server) -> bool:
    return server.process.poll() is None


def _abandoned(holder: str) -> bool:
    """Whether the keeper that holds the lock has lost its asker and is on its way out."""
    keeper, _, asker = holder.partition(" ")
    if not (keeper.isdigit() and asker.isdigit()):
        return True  # caught between taking the lock and writing down its name
    return not processes.exists(int(asker))
