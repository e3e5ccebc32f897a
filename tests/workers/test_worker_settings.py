"""arq's traps stay closed."""

import subprocess
import sys
from datetime import datetime
from typing import Any

import pytest

from app.queue import decode, encode
from app.settings import Settings
from workers.main import WorkerSettings, sweeps, worker_settings


def settings(**changes: Any) -> dict[str, Any]:
    return worker_settings(Settings(_env_file=None, **changes))


def test_no_result_is_kept_since_it_would_block_its_job_id() -> None:
    assert settings()["keep_result"] == 0
    assert all(function.keep_result_s == 0 for function in settings()["functions"])


def test_jobs_are_json_on_both_ends() -> None:
    assert (settings()["job_serializer"], settings()["job_deserializer"]) == (encode, decode)
    assert decode(encode({"a": ("con_1",), "t": None})) == {"a": ["con_1"], "t": None}


def test_a_job_waits_for_a_place_and_lasts_a_turn_and_one_request_and_the_limits_follow_the_settings() -> None:
    chosen = settings(sync_turn_seconds=10, worker_max_runs=3, worker_slow_runs=1)

    assert chosen["job_timeout"] == 200
    assert chosen["max_jobs"] == 4 + 1 + 1, "one that sends messages and one that sweeps have places of their own"
    assert chosen["queue_read_limit"] <= 100


@pytest.mark.parametrize(
    ("every", "seconds", "minutes"),
    [(30, {0, 30}, None), (0.5, set(range(60)), None), (20, {0, 20, 40}, None), (300, 0, set(range(0, 60, 5)))],
)
def test_the_sweeper_runs_at_start_up_and_as_often_as_set(every: float, seconds: Any, minutes: Any) -> None:
    job = sweeps(every)

    assert job.run_at_startup
    assert job.unique
    assert (job.second, job.minute) == (seconds, minutes)
    job.calculate_next(datetime(2026, 11, 22, 2, 0, 1))  # noqa: DTZ001 - arq's own way


def test_the_name_that_arq_is_started_with_is_there() -> None:
    assert WorkerSettings.__dict__["queue_name"]


_LOOP = """
import sys
sys.argv[0] = {program!r}
import workers.main
from arq.worker import Worker
print(type(Worker(functions=[workers.main.jobs.wake], handle_signals=False).loop).__module__.partition(".")[0])
"""


@pytest.mark.parametrize(
    ("program", "loop"),
    [("/usr/local/bin/arq", "uvloop"), ("/site-packages/arq/__main__.py", "uvloop"), ("/usr/bin/pytest", "asyncio")],
)
def test_a_worker_works_on_uvloop_and_whoever_else_looks_at_its_settings_does_not(program: str, loop: str) -> None:
    made = subprocess.run(
        [sys.executable, "-c", _LOOP.format(program=program)], capture_output=True, text=True, check=True
    )

    assert made.stdout.split() == [loop]
