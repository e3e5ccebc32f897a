"""The PostgreSQL and the Valkey that `make run` and the tests use: real servers out of wheels, on unix sockets.

`LocalServices` starts them through a keeper process (see `keeper`), which stops them when we say so or when we are gone.
What the caller already has, an address from its environment, is not started and simply handed on.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from app.sandbox.local import postgres, valkey
from app.sandbox.local.keeper import Order, Report
from app.sandbox.local.servers import GUARDED_SECONDS, STOP_SECONDS

PROJECT = Path(__file__).resolve().parents[3]


class ServicesUnavailable(Exception):
    """The embedded services could not be started; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class ServiceAddresses:
    """Where the services answer. `migration_database_url` is the owner's; `admin_database_url` exists only for our own."""

    database_url: str
    migration_database_url: str
    redis_url: str
    admin_database_url: str | None


class LocalServices:
    """PostgreSQL and Valkey with their data in one folder. Use as a context, or `start()` and `stop()`.

    durable=False gives up crash safety for speed; ephemeral=True removes the whole data folder at the end.
    """

    def __init__(
        self,
        data: Path,
        *,
        database_url: str = "",
        migration_database_url: str = "",
        redis_url: str = "",
        durable: bool = True,
        ephemeral: bool = False,
    ) -> None:
        self.data = data.resolve()
        self.database_url = database_url
        self.migration_database_url = migration_database_url
        self.redis_url = redis_url
        self._order = Order(
            data=str(self.data), database=not database_url, redis=not redis_url, durable=durable, ephemeral=ephemeral
        )
        self._keeper: subprocess.Popen[str] | None = None
        self._report = Report()

    def start(self) -> ServiceAddresses:
        """Start what is not given, wait until it answers, and tell the addresses.

        Raises `ServicesUnavailable` where they do not start.
        """
        logs = self.data / "logs"
        try:
            logs.mkdir(parents=True, exist_ok=True)
            with (logs / "keeper.log").open("w") as log:
                self._keeper = keeper = subprocess.Popen(
                    [sys.executable, "-m", "app.sandbox.local.keeper"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    cwd=PROJECT,
                    start_new_session=True,
                )
        except OSError as error:
            raise ServicesUnavailable(f"cannot use {self.data}: {error}") from error
        try:
            self._tell(json.dumps(asdict(self._order)))
            answer = keeper.stdout.readline() if keeper.stdout else ""
            if not answer:
                raise ServicesUnavailable(f"the launcher of the services ended early; see {logs / 'keeper.log'}")
            self._report = Report(**json.loads(answer))
            if self._report.error:
                raise ServicesUnavailable(self._report.error)
        except BaseException:
            self.stop()
            raise
        return self._addresses(Path(self._report.sockets))

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of the servers that were started."""
        return tuple(self._report.pids)

    @property
    def keeper_pid(self) -> int | None:
        """The process id of the keeper, while there is one."""
        return self._keeper.pid if self._keeper else None

    def running(self) -> bool:
        """Whether the services are still being kept."""
        return self._keeper is not None and self._keeper.poll() is None

    def guard(self, pid: int) -> None:
        """Have this process ended, too, should we vanish without a word."""
        self._tell(f"guard {pid}")

    def release(self, pid: int) -> None:
        """This process has ended; its number may go to a stranger."""
        self._tell(f"release {pid}")

    def stop(self) -> None:
        """Stop the services and wait until they are gone; harmless when they never started."""
        keeper, self._keeper = self._keeper, None
        if keeper is None:
            return
        with suppress(OSError):
            if keeper.stdin:
                keeper.stdin.close()
        try:
            keeper.wait(GUARDED_SECONDS + 2 * STOP_SECONDS)
        except subprocess.TimeoutExpired:
            keeper.kill()
            keeper.wait()
        if keeper.stdout:
            keeper.stdout.close()
        if keeper.returncode < 0:
            # The keeper was killed: on Linux the kernel has told the servers already; elsewhere we do.
            for pid in self._report.pids:
                with suppress(OSError):
                    os.kill(pid, signal.SIGINT)
            if self._report.sockets:
                shutil.rmtree(self._report.sockets, ignore_errors=True)

    def __enter__(self) -> ServiceAddresses:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _tell(self, line: str) -> None:
        with suppress(OSError):
            if self._keeper and self._keeper.stdin:
                self._keeper.stdin.write(line + "\n")
                self._keeper.stdin.flush()

    def _addresses(self, sockets: Path) -> ServiceAddresses:
        own = not self.database_url
        app = postgres.database_url(postgres.APP, sockets) if own else self.database_url
        owner = postgres.database_url(postgres.OWNER, sockets) if own else self.migration_database_url
        return ServiceAddresses(
            database_url=app,
            migration_database_url=owner or app,
            redis_url=self.redis_url or valkey.redis_url(sockets),
            admin_database_url=postgres.database_url(postgres.SUPERUSER, sockets) if own else None,
        )
