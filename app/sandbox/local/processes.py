"""Other processes of this machine: is it still there, is it the one we mean, and make it end.

The only module that knows `psutil`; a process is remembered with its start time, so a recycled number never fools us.
"""

import signal
from dataclasses import dataclass
from pathlib import Path

import psutil  # type: ignore[import-untyped]


@dataclass(frozen=True, slots=True)
class Running:
    """A process that was seen, and the signal that asks it to end."""

    process: psutil.Process
    farewell: int


def seen(pid: int, farewell: int = signal.SIGTERM) -> Running | None:
    """The process of this number, if there is one."""
    try:
        return Running(psutil.Process(pid), farewell)
    except psutil.NoSuchProcess:
        return None


def exists(pid: int) -> bool:
    """Whether any process has this number."""
    return bool(psutil.pid_exists(pid))


def works_in(running: Running, folder: Path) -> bool:
    """Whether the process has this folder as its working folder."""
    try:
        return Path(running.process.cwd()) == folder
    except (psutil.Error, OSError):
        return False


def end(processes: list[Running], seconds: float) -> None:
    """Ask each process to end, and after `seconds` make it end, with what it has started."""
    for running in processes:
        _signal(running.process, running.farewell)
    _, stubborn = psutil.wait_procs([running.process for running in processes], timeout=seconds)
    family = [member for process in stubborn for member in (*_children(process), process)]
    for process in family:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(family, timeout=seconds)


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
