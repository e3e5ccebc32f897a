"""Which of the lines that stand there now the wanted ones are."""

from decimal import Decimal

from app.domain.matching.standing_lines import upon
from app.domain.model.records import Line


def a_line(line_id: str, words: str, total: str = "10") -> Line:
    return Line(total=Decimal(total), id=line_id, description=words)


def ids(wanted: list[Line], standing: list[Line]) -> list[str]:
    return [line.id for line in upon(wanted, standing)]


def test_a_line_that_is_still_there_keeps_its_id() -> None:
    assert ids([a_line("1", "Tea"), a_line("2", "Cake", "12")], [a_line("1", "Tea"), a_line("2", "Bun")]) == ["1", "2"]


def test_a_line_that_was_typed_anew_is_the_one_that_says_the_same_in_its_place() -> None:
    assert ids([a_line("1", "Tea"), a_line("2", "Cake")], [a_line("3", "Cake"), a_line("4", "Tea")]) == ["4", "3"]


def test_a_line_that_is_gone_is_a_new_one() -> None:
    assert ids([a_line("1", "Tea"), a_line("2", "Cake")], [a_line("1", "Tea"), a_line("3", "Jam")]) == ["1", ""]


def test_a_line_without_an_id_takes_none_although_another_one_says_the_same() -> None:
    assert ids([a_line("", "Tea")], [a_line("1", "Tea")]) == [""]


def test_no_two_lines_become_one() -> None:
    wanted = [a_line("1", "Tea"), a_line("1", "Tea"), a_line("2", "Tea"), a_line("5", "Tea")]

    assert ids(wanted, [a_line("1", "Tea"), a_line("3", "Tea")]) == ["1", "3", "", ""]
