"""`make run`, as a newcomer sees it: ready, complete, gone without a trace, and back with what it knew."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.sandbox.local.binaries import POINTER
from app.sandbox.local.services import PROJECT
from tests.support.processes import family, gone, three_free_ports, wait_until

pytestmark = pytest.mark.processes
READY_SECONDS = 90.0
KEY = "the-key-of-this-test"


class World:
    """One `python -m app.sandbox run` in a process group of its own, its output in a file."""

    def __init__(self, data: Path, port: int, *options: str) -> None:
        self.service = f"http://127.0.0.1:{port}"
        self.output = data.parent / "output.txt"
        command = [sys.executable, "-m", "app.sandbox", "run", "--port", str(port), "--data", str(data), *options]
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                command, cwd=PROJECT, stdout=output, stderr=output, start_new_session=True, env=_environment()
            )
        self.everybody: list[int] = []

    def said(self) -> str:
        """What it has told so far."""
        return self.output.read_text()

    def await_ready(self) -> None:
        """Wait for the word, or fail with everything that was said."""
        assert wait_until(lambda: "\nready" in self.said() or self.process.poll() is not None, READY_SECONDS), (
            self.said()
        )
        assert self.process.poll() is None, self.said()
        self.everybody = family(self.process.pid)

    def end(self, number: int) -> int:
        """Signal the whole process group, as the terminal does, and wait."""
        os.killpg(self.process.pid, number)
        return self.process.wait(20)

    def connections(self) -> list[dict[str, Any]]:
        """The API's answer."""
        answer = httpx.get(
            f"{self.service}/api/v1/connections", headers={"Authorization": f"Bearer {KEY}"}, trust_env=False
        )
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    return kept | {"ADMIN_API_KEY": KEY, "SYNC_QUIET_SECONDS": "1"}


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[list[World]]:
    """Every world that a test has started; whatever still runs at its end is killed."""
    started: list[World] = []
    yield started
    for world in started:
        if world.process.poll() is None:
            world.process.kill()
            world.process.wait()
    # As root the data lies outside of the test's own folder.
    pointer = tmp_path / "data" / POINTER
    if pointer.is_file():
        shutil.rmtree(pointer.read_text().splitlines()[0], ignore_errors=True)


def test_it_becomes_ready_ends_without_a_trace_and_comes_back_with_the_same_connection_on_other_ports(
    worlds: list[World], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    world = World(data, three_free_ports())
    worlds.append(world)
    world.await_ready()
    [connection] = world.connections()
    ready = httpx.get(f"{world.service}/ready", trust_env=False)
    sockets = Path((data / "sockets").read_text().strip())

    assert ready.status_code == 200
    assert connection["state"] == "ready"
    assert connection["last_sync"]["state"] in ("succeeded", "partial")
    assert world.service in world.said()
    assert "1 quiet seconds" in world.said()

    assert world.end(signal.SIGINT) == 0, world.said()
    assert gone(world.everybody)
    assert not sockets.exists()

    again = World(data, three_free_ports())
    worlds.append(again)
    again.await_ready()
    [found] = again.connections()

    assert found["id"] == connection["id"]
    assert found["oncord_api_url"] != connection["oncord_api_url"]
    assert found["last_sync"]["id"] != connection["last_sync"]["id"]
    assert again.end(signal.SIGTERM) == 0
    assert gone(again.everybody)


def test_with_nothing_connected_it_says_what_a_person_needs_to_connect_the_shop(
    worlds: list[World], tmp_path: Path
) -> None:
    world = World(tmp_path / "data", three_free_ports(), "--empty")
    worlds.append(world)
    world.await_ready()
    assert world.connections() == []
    address, token = (
        next(line.rpartition(" ")[2] for line in world.said().splitlines() if f"API {what}" in line)
        for what in ("address", "token")
    )
    wish = {"oncord_api_url": address, "oncord_token": token}
    made = httpx.post(
        f"{world.service}/api/v1/connections",
        json=wish,
        headers={"Authorization": f"Bearer {KEY}"},
        trust_env=False,
        timeout=30,
    )

    assert made.status_code == 201, made.text
    assert [each["state"] for each in world.connections()] == ["not_connected"]
    assert world.end(signal.SIGINT) == 0
    assert gone(world.everybody)


def test_a_taken_port_is_told_in_one_line_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [
            sys.executable,
            "-m",
            "app.sandbox",
            "run",
            "--port",
            str(port - 1),
            "--data",
            str(tmp_path / "data"),
        ]
        result = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, env=_environment())

    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    assert str(port) in result.stderr
    assert "taken" in result.stderr
    assert not (tmp_path / "data").exists()
