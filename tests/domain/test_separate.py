"""Whether two cards that were made of what may be one person have been merged since."""

import pytest

from app.domain.contacts.separate import merged_since
from app.domain.model.records import (
    Contact,
    Kind,
    Side,
    Snapshot,
)


def _card(card: str, *, active: bool = True, merged_into: str = "") -> Snapshot:
    return Snapshot(Side.QUICKBOOKS, Kind.CONTACT, card, "1", Contact(active=active), merged_into=merged_into)


@pytest.mark.parametrize(
    ("made", "offered", "cards", "answered"),
    [
        ({"2"}, {"1"}, [_card("1"), _card("2")], False),
        ({"1"}, {"1"}, [_card("1"), _card("2", active=False)], True),
        ({"2"}, {"1"}, [_card("1", active=False, merged_into="2"), _card("2")], True),
        ({"2"}, {"1", "3"}, [_card("1", active=False, merged_into="2"), _card("2"), _card("3")], True),
        ({"2"}, {"1", "3"}, [_card("1", active=False), _card("2"), _card("3")], False),
        ({"2"}, {"1"}, [_card("1", active=False), _card("2")], True),
        ({"2"}, {"1"}, [_card("1"), _card("2", active=False)], True),
        (set(), {"1"}, [_card("1")], False),
    ],
)
def test_the_question_is_answered_where_the_two_are_one_or_one_is_out_of_use(
    made: set[str], offered: set[str], cards: list[Snapshot], answered: bool
) -> None:
    assert merged_since(made, offered, {card.id: card for card in cards}) is answered
