"""The processes of the service, each started again when it ends, as whoever runs it in production would do."""

import asyncio
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from app.sandbox.local.lifeline import signalled_without_parent
from app.sandbox.local.services import PROJECT

LOOK_SECONDS = 0.1
PAUSE_SECONDS = 0.5
"""Between the end of a process and its next start."""


@dataclass(slots=True)
class Program:
    """A command line, and its process while it runs."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes]"
    killed: int = 0
    ended: list[int] = field(default_factory=list)
    """The exit codes with which it ended although nobody had killed it."""
    most_memory: int = 0
    struck: bool = False
    start_again_at: float = 0.0


class Programs:
    """All programs by name. Ends them by the process it started, never by a name."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self.all: dict[str, Program] = {}

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a program; its output goes to a log of its name."""
        log = self._logs / f"{name}.log"
        self.all[name] = Program(name, command, environment, log, _spawn(command, environment, log))

    def kill(self, name: str) -> None:
        """SIGKILL, at whatever it is doing."""
        program = self.all[name]
        if program.process.poll() is None:
            program.killed += 1
            program.struck = True
            program.process.kill()

    async def tend(self) -> None:
        """Start again whatever has ended, and look at how much memory the others have; for ever."""
        while True:
            for program in self.all.values():
                self._look_after(program)
            await asyncio.sleep(LOOK_SECONDS)

    def _look_after(self, program: Program) -> None:
        code = program.process.poll()
        if code is None:
            try:
                memory = int(psutil.Process(program.process.pid).memory_info().rss)
            except psutil.NoSuchProcess:
                return
            program.most_memory = max(program.most_memory, memory)
        elif program.start_again_at == 0.0:
            if not program.struck:
                program.ended.append(code)
            program.start_again_at = time.monotonic() + PAUSE_SECONDS
        elif time.monotonic() >= program.start_again_at:
            program.process = _spawn(program.command, program.environment, program.log)
            program.struck, program.start_again_at = False, 0.0

    def close(self) -> None:
        """Kill and bury all of them."""
        for program in self.all.values():
            program.process.kill()
        for program in self.all.values():
            program.process.wait()


def _spawn(command: Sequence[str], environment: Mapping[str, str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=PROJECT,
            env=dict(environment),
            start_new_session=True,
            preexec_fn=signalled_without_parent(9),  # noqa: PLW1509 - between fork and exec only the kernel is asked
        )
