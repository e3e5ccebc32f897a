"""The processes that `make run` starts beside the services: started, watched, restarted, stopped.

Each child has a session of its own, so that Ctrl-C in the terminal reaches only the supervisor, who stops them in order.
Should the supervisor be killed, the keeper of the services ends them (and on Linux the kernel asks them to go).
"""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.sandbox.local.lifeline import signalled_without_parent
from app.sandbox.local.services import PROJECT, LocalServices

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0
STOP_SECONDS = 8.0


class ChildEnded(Exception):
    """A child that is needed has ended; the message shows the last lines of its log."""


@dataclass(slots=True)
class Child:
    """A program, and its process while it runs."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes]"
    started: float
    pause: float = FIRST_PAUSE
    due: float | None = None
    """When it is started again, if it has ended."""


class Children:
    """All children of one run, in the order they were started."""

    def __init__(self, logs: Path, services: LocalServices, say: Callable[[str], None]) -> None:
        self._logs = logs
        self._services = services
        self._say = say
        self._children: dict[str, Child] = {}

    def all(self) -> list[Child]:
        """The children in the order they were started."""
        return list(self._children.values())

    def start(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        """Start a program; its output goes to a fresh log of its name."""
        log = self._logs / f"{name}.log"
        log.write_bytes(b"")
        process = self._spawn(command, environment, log)
        self._children[name] = Child(name, command, environment, log, process, started=time.monotonic())

    async def run_to_end(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        """Run a program that ends by itself. Raises `ChildEnded` when it does not end well."""
        self.start(name, command, environment)
        child = self._children[name]
        while child.process.poll() is None:  # noqa: ASYNC110 - a process sets no event
            await asyncio.sleep(0.02)
        if (code := child.process.poll()) != 0:
            raise ChildEnded(_obituary(child, code))
        del self._children[name]
        self._services.release(child.process.pid)

    def insist_alive(self) -> None:
        """Raises `ChildEnded` when any child has: for the time before everything is up, when nothing is worth a second try."""
        for child in self._children.values():
            if (code := child.process.poll()) is not None:
                raise ChildEnded(_obituary(child, code))

    def tend(self) -> None:
        """Start again whoever has ended, each time after a longer pause; one that held for a minute has a clean slate."""
        now = time.monotonic()
        for child in self._children.values():
            code = child.process.poll()
            if code is None:
                continue
            if child.due is None:
                self._services.release(child.process.pid)
                if now - child.started > STEADY_SECONDS:
                    child.pause = FIRST_PAUSE
                child.due = now + child.pause
                self._say(f"{child.name} ended with {code}; starting it again in {child.pause:g} s (log: {child.log})")
            elif now >= child.due:
                child.process = self._spawn(child.command, child.environment, child.log)
                child.started, child.due = now, None
                child.pause = min(child.pause * 2, LONGEST_PAUSE)

    async def stop(self) -> None:
        """Ask all children to end, the youngest first, and end those that do not."""
        for child in reversed(self._children.values()):
            if child.process.poll() is None:
                child.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while any(child.process.poll() is None for child in self._children.values()):
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(0.02)
        for child in self._children.values():
            # The whole session, also when its leader has gone: nothing that a child started may stay.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
            self._services.release(child.process.pid)

    def _spawn(self, command: list[str], environment: Mapping[str, str], log: Path) -> "subprocess.Popen[bytes]":
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=PROJECT,
                env=environment,
                start_new_session=True,
                preexec_fn=signalled_without_parent(signal.SIGTERM),  # noqa: PLW1509 - this program starts no threads
            )
        self._services.guard(process.pid)
        return process


def _obituary(child: Child, code: int | None, lines: int = 8) -> str:
    """One line that says it all, then where it comes from."""
    said = child.log.read_text(errors="replace").strip().splitlines()[-lines:] or ["it said nothing"]
    return "\n".join(
        [f"{child.name} failed ({code}): {said[-1].strip()} (log: {child.log})", *(f"    {line}" for line in said)]
    )
