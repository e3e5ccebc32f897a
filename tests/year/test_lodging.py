"""Five weeks around a lodgement, with few orders: the quarter before is lodged, closed and sealed, and sales of it are written off
after that; G1, G2, G3 and 1A of the books are what the shop's own documents say. In America sales and sales tax are."""

import datetime as dt

import pytest

from tests.support.services import DatabaseUrls
from tests.year.calendar import live
from tests.year.companies import COMPANIES

BEGINS = dt.date(2026, 12, 24)


@pytest.mark.parametrize("company", ["au", "au-cash", "us"])
async def test_what_is_written_off_after_a_lodgement_leaves_both_sides_figures_alike(
    own_database: DatabaseUrls, company: str
) -> None:
    outcome = await live(
        own_database.app, orders=3, days=36, company=COMPANIES[company], begins=BEGINS, say=lambda _: None
    )

    assert outcome.faults == []
    assert len(outcome.quarters) == 1
    assert outcome.counts["bad debts"] == 2
