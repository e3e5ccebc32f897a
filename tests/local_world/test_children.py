"""The supervisor's children: restarted with growing pauses, and ended whatever they think of it."""

import os
import sys
from pathlib import Path

import pytest

from app.sandbox.local import children as supervisor
from app.sandbox.local.children import ChildEnded, Children
from app.sandbox.local.services import LocalServices
from tests.support.processes import gone, wait_until

pytestmark = pytest.mark.processes
PYTHON = [sys.executable, "-c"]
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def told() -> list[str]:
    """What the person at the terminal reads."""
    return []


@pytest.fixture
def children(tmp_path: Path, told: list[str]) -> Children:
    """A supervisor whose services were never started."""
    return Children(tmp_path, LocalServices(tmp_path / "unused"), told.append)


async def test_a_child_that_keeps_ending_is_started_again_after_ever_longer_pauses(
    children: Children, told: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 0.2)
    children.start("worker", [*PYTHON, "print('here'); raise SystemExit(3)"], os.environ)
    for child in children.all():
        child.pause = 0.05

    def tended() -> bool:
        children.tend()
        return len(told) >= 4

    assert wait_until(tended)
    await children.stop()
    pauses = [line.partition("again in ")[2].partition(" s")[0] for line in told[:4]]
    assert pauses == ["0.05", "0.1", "0.2", "0.2"]
    assert told[0].startswith("worker ended with 3; ")
    assert (tmp_path / "worker.log").read_text().count("here") >= 3


async def test_a_child_that_ends_while_everything_starts_is_quoted(children: Children) -> None:
    children.start("api", [*PYTHON, "raise SystemExit('no database here')"], os.environ)

    def ended() -> bool:
        try:
            children.insist_alive()
        except ChildEnded as error:
            return "no database here" in str(error) and str(error).startswith("api failed (1)")
        return False

    assert wait_until(ended)
    await children.stop()


async def test_stopping_ends_those_who_do_not_listen_and_what_they_have_started(
    children: Children, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.2)
    children.start("stubborn", [*PYTHON, STUBBORN], os.environ)
    log = tmp_path / "stubborn.log"
    assert wait_until(lambda: log.read_text().endswith("\n"))
    pids = [int(log.read_text()), *(child.process.pid for child in children.all())]

    await children.stop()

    assert wait_until(lambda: gone(pids))


async def test_a_program_that_must_end_well_is_quoted_when_it_does_not(children: Children) -> None:
    await children.run_to_end("migrations", [*PYTHON, "pass"], os.environ)
    with pytest.raises(ChildEnded, match="no such revision"):
        await children.run_to_end("migrations", [*PYTHON, "raise SystemExit('no such revision')"], os.environ)
    await children.stop()
