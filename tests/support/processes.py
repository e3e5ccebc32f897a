"""Watching real processes from a test: which run, as whom, and waiting until they are gone."""

import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil  # type: ignore[import-untyped]


def wait_until(true: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether something becomes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.02)
    return true()


def gone(pids: Iterable[int]) -> bool:
    """Whether none of these processes runs any more (a zombie does not run)."""
    return not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in pids)


def users_of(pids: Iterable[int]) -> set[int]:
    """The effective user ids of these processes."""
    return {psutil.Process(pid).uids().effective for pid in pids}


def family(pid: int) -> list[int]:
    """A process and everything it has started."""
    process = psutil.Process(pid)
    return [pid, *(child.pid for child in process.children(recursive=True))]


def three_free_ports() -> int:
    """The first of three neighbouring ports that nobody uses."""
    while True:
        with socket.socket() as first, socket.socket() as second, socket.socket() as third:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
                third.bind(("127.0.0.1", port + 2))
            except (OSError, OverflowError):
                continue
            return port


def sockets_of(url: str) -> Path:
    """The folder of the sockets in a database address."""
    return Path(url.partition("?host=")[2])
