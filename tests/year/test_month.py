"""A month of the simulated shop, with fewer orders; `make year` lives the whole of it."""

import pytest

from tests.support.services import DatabaseUrls
from tests.year.calendar import live


@pytest.mark.slow
async def test_a_month_of_a_shop_ends_in_agreement_with_its_books(own_database: DatabaseUrls) -> None:
    outcome = await live(own_database.app, orders=3, days=31, say=lambda _: None)

    assert outcome.faults == []
    assert outcome.counts["orders"] == 93
    assert outcome.counts["receipts"] > 70
    assert outcome.counts["cancelled"] + outcome.counts["cancelled late, unpaid"] > 0
    assert [week.total() for week in outcome.questions][4:] == [0] or sum(
        week.total() for week in outcome.questions
    ) < 12


async def test_a_year_that_is_out_of_time_is_judged_as_far_as_it_was_lived(own_database: DatabaseUrls) -> None:
    outcome = await live(own_database.app, orders=2, days=365, seconds=0.01, say=lambda _: None)

    assert (outcome.days, outcome.counts["orders"]) == (1, 2)
    # One was sold abroad, and the other holds food, without a tax code: both wait, since what such lines are is said on the fourth day.
    assert [fault[:10] for fault in outcome.faults] == ["2027-Q1 G1", "2027-Q1 G2", "2027-Q1 G3", "2027-Q1 1A"]
    assert all("0 in the books" in fault for fault in outcome.faults)
