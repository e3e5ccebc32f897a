"""The standalone program: starts on a port, keeps its world in a file, stops when it is asked to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from .books import free_port

PROGRAM = "from app.sandbox.quickbooks import serve; import sys, pathlib; serve.run(int(sys.argv[1]), state_file=pathlib.Path(sys.argv[2]), sample=False)"


def start(port: int, file: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(port), str(file)], env={**os.environ, "PYTHONPATH": os.getcwd()}
    )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return process
    process.kill()
    raise AssertionError("the program did not start")


@pytest.mark.processes
def test_a_lost_answer_breaks_the_connection_and_a_world_survives_the_end_of_its_program(tmp_path: Path) -> None:
    port, file = free_port(), tmp_path / "world.json"
    base = f"http://127.0.0.1:{port}/_sandbox"
    first = start(port, file)
    made = httpx.post(f"{base}/companies", json={"sample": False}, trust_env=False).json()
    realm, headers = made["realm_id"], {"authorization": f"Bearer {made['access_token']}", "accept": "application/json"}
    httpx.put(f"{base}/hazards", json={"answer_lost": {"times": 1}}, trust_env=False)
    with pytest.raises(httpx.TransportError):
        httpx.post(
            f"http://127.0.0.1:{port}/v3/company/{realm}/customer",
            json={"DisplayName": "Kept"},
            headers=headers,
            trust_env=False,
        )
    first.send_signal(signal.SIGTERM)
    ended = first.wait(20)

    second = start(port, file)
    rows = httpx.get(f"{base}/companies/{realm}/customer", trust_env=False).json()["items"]
    second.send_signal(signal.SIGINT)

    assert [row["DisplayName"] for row in rows] == ["Kept"]
    assert (ended, second.wait(20)) == (0, 0)
