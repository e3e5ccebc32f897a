"""The README's commands, run as they stand, do what the README says."""

import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from app.sandbox.local.binaries import POINTER
from app.sandbox.local.services import PROJECT
from tests.local_world.test_make_run import World
from tests.support.processes import gone, three_free_ports

pytestmark = pytest.mark.processes
COMMANDS = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def test_a_sale_becomes_one_invoice_and_its_payment_one_receipt_as_the_readme_shows(tmp_path: Path) -> None:
    blocks = COMMANDS.findall((PROJECT / "README.md").read_text())
    port = three_free_ports()
    script = "set -e\n" + "\n".join(blocks)
    for place, shown in enumerate(("8000", "8001", "8002")):
        script = script.replace(f"localhost:{shown}", f"127.0.0.1:{port + place}")
    script = script.replace("/tmp/readme-invoice", str(tmp_path / "invoice"))  # noqa: S108 - as the README has it
    world = World(tmp_path / "data", port)
    try:
        world.await_ready()
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=90, check=False)
        said = done.stdout.splitlines()
        assert world.end(signal.SIGINT) == 0, world.said()
    finally:
        if world.process.poll() is None:
            world.process.kill()
            world.process.wait()
        pointer = tmp_path / "data" / POINTER
        if pointer.is_file():
            shutil.rmtree(pointer.read_text().splitlines()[0], ignore_errors=True)

    assert done.returncode == 0, done.stderr
    assert len(blocks) == 3
    assert sum("customer" in line and line.startswith("invoice") and "Ada Byron total 44" in line for line in said) == 1
    assert [line for line in said if line.startswith("sale ")] == [said[-1]]
    assert said[-1].endswith("total 44.00 paid 44.00")
    assert gone(world.everybody)
