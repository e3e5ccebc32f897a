"""What does not fit is said once, and only where it is written."""

from app.domain.model.fitting import Notes


def test_prose_is_cut_and_said_once_for_the_field_that_is_written() -> None:
    notes = Notes("Oncord", ("name",))
    assert notes.cut("name", "first name", "Ada", 3) == "Ada"
    assert notes.cut("name", "first name", "Ada Byron", 4) == "Ada"
    assert notes.cut("name", "first name", "Ada Byron", 4) == "Ada"
    assert notes.cut("email", "e-mail address", "long", 2) == "lo"

    assert str(notes) == "Its first name is cut to the 4 characters that Oncord takes."


def test_what_identifies_is_left_out_rather_than_cut() -> None:
    notes = Notes("QuickBooks", ("number",))
    assert notes.whole("number", "number", "12", 2) == "12"
    assert notes.whole("number", "number", "123", 2) == ""

    assert str(notes) == "Its number is longer than the 2 characters that QuickBooks takes, and was left out."
