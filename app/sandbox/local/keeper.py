"""The process that owns the embedded PostgreSQL and Valkey, and outlives whoever asked for them just long enough.

It runs in a session of its own, so Ctrl-C does not reach it or its servers. Its standard input is the lifeline: when that
closes, because the asker says goodbye or because it was killed, the keeper ends the processes it was told to guard, stops
the servers, and leaves neither process nor socket behind. While it lives it holds the lock on the data folder.

First line in: an `Order` as JSON. First line out: a `Report` as JSON. After that, lines `guard PID` and `release PID` in.
"""

import json
import os
import selectors
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from app.sandbox.local import processes
from app.sandbox.local.servers import GUARDED_SECONDS, Faulty, Servers

SIGNALS_TO_STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for: where the data lies, which servers, and whether the data outlives a crash, or the servers."""

    data: str
    database: bool
    redis: bool
    durable: bool
    ephemeral: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What the asker is told: the folder of the sockets and the servers' process ids, or the fault in one line."""

    sockets: str = ""
    pids: tuple[int, ...] = ()
    error: str = ""


def main() -> int:
    """Start, report, keep until the lifeline closes or somebody asks to stop, and put everything away."""
    woken = _wake_on_signals()
    lines = _lines(sys.stdin.fileno(), woken)
    first = next(lines, None)
    if first is None:
        return 0
    order = Order(**json.loads(first))
    servers = Servers(Path(order.data), durable=order.durable, ephemeral=order.ephemeral)
    guarded: dict[int, processes.Running] = {}
    try:
        sockets = servers.start(database=order.database, redis=order.redis)
        pids = tuple(server.process.pid for server in servers.running)
        _say(Report(sockets=str(sockets), pids=pids))
        for line in lines:
            servers.insist_alive()
            word, _, number = line.partition(" ")
            if word == "guard" and (running := processes.seen(int(number))):
                guarded[int(number)] = running
            elif word == "release":
                guarded.pop(int(number), None)
    except Faulty as error:
        sys.stderr.write(f"{error}\n")
        _say(Report(error=str(error)))
        return 1
    finally:
        processes.end(list(guarded.values()), GUARDED_SECONDS)
        servers.stop()
    return 0


def _wake_on_signals() -> int:
    """Turn signals into bytes on a pipe: a child's end wakes us up, a request to stop is heard between two lines."""
    out, into = os.pipe()
    os.set_blocking(into, False)
    signal.set_wakeup_fd(into)
    for number in (*SIGNALS_TO_STOP, signal.SIGCHLD):
        signal.signal(number, lambda _number, _frame: None)
    return out


def _lines(lifeline: int, woken: int) -> Iterator[str]:
    """What the asker says, line by line; an empty line when a child ended; the end when we are to stop."""
    selector = selectors.DefaultSelector()
    selector.register(lifeline, selectors.EVENT_READ)
    selector.register(woken, selectors.EVENT_READ)
    unread = b""
    while True:
        for key, _ in selector.select():
            said = os.read(key.fd, 4096)
            if key.fd == woken:
                if any(number in SIGNALS_TO_STOP for number in said):
                    return
                yield ""
            elif not said:
                return
            else:
                *whole, unread = (unread + said).split(b"\n")
                yield from (line.decode() for line in whole)


def _say(report: Report) -> None:
    try:
        sys.stdout.write(json.dumps(asdict(report)) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # The asker is gone already; the lifeline says the same. Nothing may be written at exit, either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
