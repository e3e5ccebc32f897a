"""A bound that does not hold is said and ends in a non-zero exit; a table that is read whole is seen."""

import sys
from collections.abc import Iterator

import pytest

from tests.bench import __main__ as program
from tests.bench.explain import Access, _accesses, _numbered
from tests.bench.figures import Bench, Figure, Note


def pretend(monkeypatch: pytest.MonkeyPatch, *found: Figure | Note) -> None:
    def measure(full: bool) -> Iterator[Figure | Note]:
        yield from found

    monkeypatch.setattr("app.log.configure", lambda *_: None)
    monkeypatch.setattr(program, "_load", lambda name: Bench(name, "a pretence", measure))
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
