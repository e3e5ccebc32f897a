"""The short form of the storm; `make chaos` is the long one."""

import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.size import SHORT
from tests.chaos.trial import hold_trial

pytestmark = [pytest.mark.processes, pytest.mark.slow]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the services' own account may enter, which it may not below pytest's folders."""
    place = Path(tempfile.mkdtemp(prefix="oncord-chaos-"))
    yield place
    shutil.rmtree(place, ignore_errors=True)


async def test_i1_i13_whatever_is_killed_each_acknowledged_event_ends_in_the_final_state_of_both_sides_once(
    folder: Path,
) -> None:
    seed = random.SystemRandom().randrange(10**6)

    report = await hold_trial(folder, SHORT, seed, lambda words: sys.stderr.write(f"{words}\n"))

    found = report.verdict
    assert (found.lost, found.doubled, found.wrong) == ([], [], []), f"seed {seed}: {report.summary}"
    assert found.records > 100
