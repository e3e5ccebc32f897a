"""The mass-delete fuse: how many removals are too many."""

import pytest

from app.domain.guards.mass_removal import Removals, holds


@pytest.mark.parametrize(
    ("pending", "recent", "links", "held"),
    [
        (1, 0, 1, False),
        (2, 0, 2, False),
        (3, 0, 5, True),
        (3, 0, 6, False),
        (10, 0, 100, False),
        (11, 0, 100, True),
        (6, 5, 95, True),
        (50, 0, 1000, False),
        (51, 0, 1000, True),
        (1800, 0, 50_000, False),
        (2501, 0, 50_000, True),
    ],
)
def test_more_than_ten_and_five_percent_or_over_half_of_three_and_more_is_held(
    pending: int, recent: int, links: int, held: bool
) -> None:
    assert holds(Removals(pending, recent, links)) is held
