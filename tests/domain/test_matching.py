"""What records are found by when no link says what they are."""

from app.domain.matching.natural_keys import digits, natural_keys, normalised
from tests.domain.builders import contact


def test_keys_are_compared_without_case_spaces_and_accents_of_writing() -> None:
    assert normalised("  ÅSA  Öberg ") == normalised("Åsa öberg")
    assert digits("12 34") == ""
    assert natural_keys(contact(email="A@B.c")).email == "a@b.c"
