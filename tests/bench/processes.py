"""The project's own processes for a bench: started on free ports, watched, and ended by their ids."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from app.sandbox.local.migrations import PROJECT

START_SECONDS = 30.0


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def process(command: list[str], environment: Mapping[str, str] | None = None, folder: Path = PROJECT) -> Iterator[int]:
    """A Python module of `folder` as a process while the block runs; its process id. Ended with all that it has started."""
    surroundings = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    with tempfile.TemporaryFile("w+") as said:
        started = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=folder,
            env={**surroundings, "ALLOW_WEAK_SETTINGS": "1", **(environment or {})},
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        try:
            yield started.pid
        finally:
            ended_by_itself = started.poll() is not None
            family = _family(started.pid)
            started.terminate()
            try:
                started.wait(30)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()
            for child in family:
                if child.is_running():
                    child.kill()
            if ended_by_itself:
                said.seek(0)
                sys.stderr.write(f"{' '.join(command)} ended by itself: {said.read()[-2000:]}\n")


@contextmanager
def server(
    command: list[str], port: int, environment: Mapping[str, str] | None = None, folder: Path = PROJECT
) -> Iterator[int]:
    """A process that listens on `port`, once it does."""
    with process(command, environment, folder) as pid:
        deadline = time.monotonic() + START_SECONDS
        while not _listens(port):
            if time.monotonic() > deadline or not psutil.pid_exists(pid):
                raise RuntimeError(f"{' '.join(command)} does not listen on {port}")
            time.sleep(0.05)
        yield pid


def memory(pid: int) -> int:
    """The resident bytes of a process and everything that it has started."""
    total = 0
    for member in [psutil.Process(pid), *_family(pid)]:
        try:
            total += member.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def peak_memory(pid: int) -> int:
    """The most resident bytes of one process so far, where the system keeps that mark; else its resident bytes now."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    now: int = psutil.Process(pid).memory_info().rss
    return now


def cpu(pid: int) -> float:
    """The CPU seconds that a process and everything that it has started have used."""
    times = [member.cpu_times() for member in [psutil.Process(pid), *_family(pid)]]
    return float(sum(one.user + one.system for one in times))


def _family(pid: int) -> list[psutil.Process]:
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
