"""A bound that does not hold is said and ends in a non-zero exit; a table that is read whole is seen."""

import os
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from tests.bench import __main__ as program
from tests.bench import builds
from tests.bench.cores import Cores, on, shared_out
from tests.bench.explain import Access, _accesses, _numbered
from tests.bench.figures import Bench, Figure, Note
from tests.bench.first_sync_cost import Cost, _of_one
from tests.bench.load import Answers


def pretend(monkeypatch: pytest.MonkeyPatch, *found: Figure | Note) -> None:
    def measure(full: bool) -> Iterator[Figure | Note]:
        yield from found

    monkeypatch.setattr("app.log.configure", lambda *_: None)
    monkeypatch.setattr(program, "_load", lambda name, before: Bench(name, "a pretence", measure))
    monkeypatch.setattr(sys, "argv", ["bench", "--here", "engine"])


def test_a_bench_whose_bounds_hold_ends_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pretend(monkeypatch, Note("a circumstance"), Figure("calls", 3, at_most=3), Figure("rate", 0.4, "x", at_least=0.4))

    assert program.main() == 0
    assert "BROKEN" not in capsys.readouterr().out


def test_a_broken_bound_is_named_and_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pretend(monkeypatch, Figure("calls", 4, at_most=3), Figure("told only", 9))

    assert program.main() == 1
    assert "BROKEN in engine: calls is 4, at most 3" in capsys.readouterr().out


def test_there_is_no_bench_of_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "nonsense"])

    with pytest.raises(SystemExit) as ended:
        program.main()
    assert ended.value.code == 2


@pytest.mark.parametrize("names", [[], ["engine"], ["webhooks", "engine"], ["webhooks", "first_sync"]])
def test_only_two_benches_are_held_against_an_earlier_build_one_at_a_time(
    monkeypatch: pytest.MonkeyPatch, names: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "--before", "HEAD", *names])

    with pytest.raises(SystemExit) as ended:
        program.main()
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("large", "broken"),
    [
        (Cost(True, 0.35, 1.25, 0.5), []),
        (Cost(True, 0.36, 1.0, 0.4), ["statements"]),
        (Cost(True, 0.3, 1.26, 0.4), ["worker"]),
        (Cost(True, 0.3, 1.0, 0.51), ["PostgreSQL"]),
        (Cost(False, 0.3, 1.0, 0.4), ["not whole"]),
    ],
)
def test_a_first_synchronisation_that_asks_by_the_record_or_grows_dearer_is_told(
    large: Cost, broken: list[str]
) -> None:
    figures = _of_one("in", 5_000, Cost(True, 0.5, 1.0, 0.4), large)

    names = [figure.name for figure in figures if not figure.holds]
    assert len(names) == len(broken)
    assert all(word in name for word, name in zip(broken, names, strict=True))


@pytest.mark.parametrize(("later", "holds"), [(950.0, True), (949.0, False)])
def test_a_build_that_acknowledges_less_is_told(later: float, holds: bool) -> None:
    class Build:
        def __init__(self, rate: float) -> None:
            self.ground = SimpleNamespace(looked_for=10, missing=0)
            self._rate = rate
            self._slow = 0

        def loaded(self, seconds: float = 1.0) -> Answers:
            self._slow += 1  # a busy machine spoils some rounds of both
            rate = self._rate * (0.1 if self._slow % 3 == 0 else 1)
            return Answers(statuses={"200": int(rate)}, seconds=1.0)

    found = list(builds._figures(Build(1000.0), Build(later)))

    assert [figure.holds for figure in found if figure.at_least] == [holds]
    assert len([figure for figure in found if not figure.holds]) == (not holds)


@pytest.mark.parametrize("available", [{0}, {0, 1}, {2, 5, 7}])
def test_what_is_judged_has_a_core_to_itself_where_there_are_two(
    monkeypatch: pytest.MonkeyPatch, available: set[int]
) -> None:
    used = [frozenset(available)]
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(used[-1]), raising=False)
    monkeypatch.setattr(os, "sched_setaffinity", lambda _, cores: used.append(frozenset(cores)), raising=False)
    cores = shared_out()

    with on(cores.others):
        loading = used[-1]
        with on(cores.judged):
            judged = used[-1]
        assert used[-1] == loading
    assert used[-1] == available
    if len(available) == 1:
        assert cores == Cores()
        assert judged == loading == available
    else:
        assert (len(judged), judged | loading, judged & loading) == (1, available, frozenset())


def test_a_table_that_is_read_whole_is_seen_wherever_it_stands_in_the_plan() -> None:
    reading = {"Node Type": "Seq Scan", "Relation Name": "pending_change"}
    finding = {"Node Type": "Index Scan", "Relation Name": "event", "Index Name": "event_pkey"}
    plan = [{"Plan": {"Node Type": "Nested Loop", "Plans": [finding, {"Node Type": "Sort", "Plans": [reading]}]}}]

    assert set(_accesses(plan)) == {Access("pending_change", ""), Access("event", "event_pkey")}


def test_placeholders_are_numbered_by_name_and_by_place() -> None:
    assert (
        _numbered("a = %(x)s AND b = %(y)s OR c = %(x)s % 2".replace("% 2", "%% 2"))
        == "a = $1 AND b = $2 OR c = $1 % 2"
    )
    assert _numbered("a = %s AND b = %s") == "a = $1 AND b = $2"
