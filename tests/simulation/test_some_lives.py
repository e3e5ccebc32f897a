"""A sample of lives; `make simulate` lives more of them."""

import pytest

from tests.simulation.lives import live
from tests.support.services import DatabaseUrls


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12, 13])
async def test_a_life_ends_in_agreement(own_database: DatabaseUrls, seed: int) -> None:
    end = await live(own_database.app, seed)

    assert end.verdict.violations == []
    assert end.verdict.counts["agreed"] > 5
