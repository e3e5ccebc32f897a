"""The lock date of a connection: the latest of three, and what it says of a day."""

from datetime import date

import pytest

from app.domain.guards.locked_period import Lock, LockedBy, lock_of

JUNE, SEPTEMBER = date(2026, 6, 30), date(2026, 9, 30)


@pytest.mark.parametrize(
    ("closed", "lodged", "sealed", "found"),
    [
        ("", None, "", None),
        ("2026-06-30", None, "", Lock(JUNE, LockedBy.BOOKS)),
        ("", SEPTEMBER, "", Lock(SEPTEMBER, LockedBy.LODGED)),
        ("", None, "2026-02", Lock(date(2026, 2, 28), LockedBy.SEALED)),
        ("2026-06-30", SEPTEMBER, "2026-02", Lock(SEPTEMBER, LockedBy.LODGED)),
        ("2026-06-30", date(2026, 3, 31), "2026-10", Lock(date(2026, 10, 31), LockedBy.SEALED)),
        ("2026-09-30", SEPTEMBER, "2026-09", Lock(SEPTEMBER, LockedBy.BOOKS)),
        ("soon", None, "", None),
    ],
)
def test_b1_the_lock_date_is_the_latest_of_the_closing_date_what_was_lodged_and_the_last_sealed_month(
    closed: str, lodged: date | None, sealed: str, found: Lock | None
) -> None:
    assert lock_of(closed, lodged, sealed) == found


def test_b1_the_lock_date_itself_is_locked_and_the_day_after_it_is_open() -> None:
    lock = Lock(JUNE, LockedBy.BOOKS)

    assert lock.holds(JUNE)
    assert lock.holds(date(2026, 7, 1), date(2026, 6, 1))
    assert not lock.holds(date(2026, 7, 1))
    assert not lock.holds(None)


@pytest.mark.parametrize("by", LockedBy)
def test_b1_a_lock_says_where_it_comes_from_and_what_opens_it(by: LockedBy) -> None:
    lock = Lock(JUNE, by)

    assert "30 Jun 2026" in lock.in_words
    assert lock.way_out


def test_b1_quickbooks_own_closing_date_is_known_whatever_has_locked_more_than_that() -> None:
    lock = lock_of("2026-06-30", SEPTEMBER, "")

    assert lock is not None
    assert lock.closes(JUNE)
    assert not lock.closes(date(2026, 7, 1), None)
    assert lock.holds(date(2026, 7, 1))
