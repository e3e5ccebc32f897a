"""How far a run has come, in plain words; with script and without it the page says the same."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from app.console.said_of_progress import shown
from app.services.progress import RunProgress, seconds_left
from app.storage.runs.progress import STEPS, Progress, RefusedWrite
from app.storage.runs.runs import Run
from tests.console.test_vocabulary import ENGINE_WORDS

NOW = dt.datetime(2026, 11, 22, 1, 0, tzinfo=dt.UTC)
RUN = Run("run_1", "con_1", "manual", "running", False, True, "push", {}, 1, NOW, "Jane", NOW, NOW, None, "", "", "")


def said(**values: Any) -> dict[str, Any]:
    return shown(RunProgress(RUN, **values), dt.UTC, "AUD")


def test_a_step_says_how_much_of_it_is_done_and_how_long_it_takes() -> None:
    found = said(step="write", done=1200, total=4000, seconds_left=130)

    assert (found["step"], found["counts"], found["left"]) == (
        "Writing what is to be done.", "1,200 of 4,000 records", "about 2 minutes left",
    )  # fmt: skip
    assert (found["value"], found["most"]) == (1200, 4000)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0, "less than a minute left"),
        (29, "less than a minute left"),
        (60, "about 1 minute left"),
        (3540, "about 59 minutes left"),
        (3600, "about 1 hour left"),
        (7500, "about 2 hours 5 minutes left"),
    ],
)
def test_time_is_said_as_people_say_it(seconds: int | None, words: str) -> None:
    assert said(step="write", done=1, total=2, seconds_left=seconds)["left"] == words


def test_where_nobody_knows_of_how_many_no_time_is_promised() -> None:
    found = said(step="oncord", done=1200)

    assert (found["step"], found["counts"], found["left"], found["most"]) == (
        "Reading Oncord.", "1,200 records", "", None,
    )  # fmt: skip


def test_every_step_and_state_has_plain_words() -> None:
    words = [said(step=step)["step"] for step in (*STEPS, None)]
    words += [shown(RunProgress(replace(RUN, state=state)), None, "")["step"] for state in ("queued", "failed")]

    assert len(set(words)) == len(STEPS) + 3
    assert not [each for each in words if ENGINE_WORDS.search(each) or not each.endswith(".")]


def test_what_did_not_go_through_names_the_document_and_says_what_to_do() -> None:
    refused = RefusedWrite(NOW, {"label": "Invoice 1041, Ada Byron"}, "sale", "It comes to 1204.50 AUD.", "Look at it.")

    assert said(refused_lately=3, refused=(refused,))["refused"] == [
        "Invoice 1041, Ada Byron: It comes to $1,204.50. Look at it.", "And 2 more.",
    ]  # fmt: skip


def test_a_run_that_rests_says_why_and_until_when() -> None:
    found = said(step="write", rests="QuickBooks did not answer.", goes_on_at=NOW + dt.timedelta(seconds=30))

    assert found["step"] == "QuickBooks did not answer. It goes on at 01:00:30 UTC."


def test_the_time_that_is_left_is_that_of_the_pace_so_far() -> None:
    later = NOW + dt.timedelta(seconds=60)
    step = Progress("write", NOW, 1000, 4000)

    assert seconds_left(step, later) == 180
    assert seconds_left(replace(step, done=4100), later) == 0
    assert seconds_left(replace(step, total=None), later) is None
    assert seconds_left(replace(step, done=0), later) is None
    assert seconds_left(step, NOW + dt.timedelta(seconds=2)) is None
