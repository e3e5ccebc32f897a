"""What one plan makes of a person's decision to put a value back that had lost."""

from typing import Any

from app.domain.model.records import Kind, Record, Side
from app.domain.planning.plan_input import PlanInput
from app.domain.planning.restorations import (
    Answer,
    Restoration,
    looked_at,
    shown,
)
from tests.domain.builders import linked, plan_input, sale, seen

OURS, THEIRS = (Side.ONCORD, Kind.SALE, "1"), (Side.QUICKBOOKS, Kind.SALE, "9")


def a_wish(**members: Any) -> Restoration:
    """The shop's note "Ours" lost, and shall stand again."""
    return Restoration(
        **{"item_id": "att", "key": OURS, "others": ("9",), "fields": ("notes",), "record": note("Ours"), **members}
    )


def note(words: str, **members: Any) -> Record:
    return sale(notes=words, **members)


def about(ours: Record, theirs: Record, base: str = "Theirs") -> PlanInput:
    return plan_input(
        seen(*OURS, ours),
        seen(*THEIRS, theirs),
        linked(Kind.SALE, "1", "9", note(base), note(base)),
    )


def test_a_value_is_first_written_where_it_had_lost_and_nothing_else_goes_with_it() -> None:
    look = looked_at(about(note("Theirs"), note("Theirs", number="7")), [a_wish()])

    assert look.edit is not None
    assert (look.edit.side, look.edit.fields, look.edit.answers) == (Side.ONCORD, ("notes",), "att")
    assert look.edit.record == note("Ours")


def test_a_newer_value_on_either_side_goes_on_and_the_decision_goes_back() -> None:
    for ours, theirs, where in (("Newer", "Theirs", "in Oncord"), ("Theirs", "Newer", "in QuickBooks")):
        look = looked_at(about(note(ours), note(theirs)), [a_wish()])

        [(_, summary, _, possible)] = look.returned
        assert (look.edit, possible, where in summary) == (None, True, True)


def test_a_value_that_stands_again_travels_alone() -> None:
    now = about(note("Ours", number="7"), note("Theirs"))
    look = looked_at(now, [a_wish(as_answered=note("Ours"))])

    seen_by_plan = shown(now, [look]).snapshots[OURS].record
    assert (look.edit, look.more) == (None, True)
    assert seen_by_plan == note("Ours")


def test_a_value_that_was_refused_is_not_shown_to_plans_until_somebody_types_there() -> None:
    refused = a_wish(as_answered=note("Ours"), answer=None)
    now = about(note("Ours", number="7"), note("Theirs"))
    look = looked_at(now, [refused])

    assert shown(now, [look]).snapshots[OURS].record == note("Theirs", number="7")
    assert looked_at(about(note("Newer"), note("Theirs")), [refused]).ended == [refused]


def test_a_value_that_is_taken_back_gives_way_to_what_was_agreed_on() -> None:
    look = looked_at(about(note("Ours"), note("Theirs")), [a_wish(as_answered=note("Ours"), answer=Answer.TAKE_BACK)])

    assert look.edit is not None
    assert look.edit.record == note("Theirs")


def test_a_value_that_stands_on_both_sides_is_carried_out() -> None:
    done = a_wish(as_answered=note("Ours"))

    assert looked_at(about(note("Ours"), note("Ours"), base="Ours"), [done]).ended == [done]
    assert looked_at(about(note("Ours"), note("Ours"), base="Ours"), [a_wish()]).edit is None


def test_one_decision_about_a_record_is_carried_on_at_a_time() -> None:
    later = a_wish(item_id="later", record=note("Later"))
    look = looked_at(about(note("Theirs"), note("Theirs")), [a_wish(), later])

    assert look.edit is not None
    assert (look.edit.answers, look.more) == ("att", True)


def test_a_decision_about_a_record_that_is_gone_goes_back_and_cannot_be_repeated() -> None:
    gone = plan_input(
        seen(*OURS, note("Theirs")),
        seen(*THEIRS, note("Theirs"), deleted=True),
        linked(Kind.SALE, "1", "9", None, None),
    )

    [(_, summary, _, possible)] = looked_at(gone, [a_wish()]).returned
    assert (summary, possible) == ("It was deleted in QuickBooks.", False)
