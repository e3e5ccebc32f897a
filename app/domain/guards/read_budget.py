"""The read budget (law 9): how much may still be read this month, and what to give up first.

Reads are metered per app and pooled over all its companies (docs/quickbooks.md 7.2); writes are free and go on
whatever happens. Pure: the caller brings the counts.
"""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

LONGEST_MONTH = timedelta(days=31)


class Pace(StrEnum):
    """How often a company is read when QuickBooks has something to tell."""

    FREE = "free"
    HOURLY = "hourly"
    """CDC at most once an hour."""
    IDLE_ONLY = "idle_only"
    """Only what T2 asks for, once in twice its time."""
    SPENT = "spent"
    """Only what a person asks for."""


@dataclass(frozen=True, slots=True)
class Budget:
    """`limit` reads a month; `hourly_from`, `idle_from` and `spent_from` are the shares of it at which the pace falls."""

    limit: int = 500_000
    hourly_from: Decimal = Decimal("0.80")
    idle_from: Decimal = Decimal("0.95")
    spent_from: Decimal = Decimal("0.99")
    upkeep: int = 0
    """So many reads a connection and week look after what is known of it, and are no part of synchronising; 0: no bound."""

    def upkeep_left(self, used: int, most: int) -> int:
        """How many such reads the last seven days have left; `most` where there is no bound."""
        return min(most, max(0, self.upkeep - used)) if self.upkeep else most

    def pace(self, used: int, today: date) -> Pace:
        """The pace for the rest of this month.

        A month that is on course to end within the limit is left alone: 80 % used on the 30th is no reason to slow down.
        """
        if self.limit <= 0:
            return Pace.FREE
        share = Decimal(used) / self.limit
        if share >= self.spent_from:
            return Pace.SPENT
        if share >= self.idle_from:
            return Pace.IDLE_ONLY
        days = calendar.monthrange(today.year, today.month)[1]
        if share >= self.hourly_from and used / today.day * days > self.limit:
            return Pace.HOURLY
        return Pace.FREE


def download_wait(pace: Pace, idle: timedelta) -> timedelta:
    """How long after its last download QuickBooks is downloaded again untold (T2), `idle` at the pace of an ordinary month. Once the
    reads are spent it waits for the next month, at whose beginning the pace is another one."""
    if pace is Pace.SPENT:
        return LONGEST_MONTH
    return idle * 2 if pace is Pace.IDLE_ONLY else idle


def next_month(now: datetime) -> datetime:
    """When the allowance begins anew."""
    began = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (began + LONGEST_MONTH + timedelta(days=1)).replace(day=1)


def forecast(used: int, now: datetime) -> int:
    """How many reads the month comes to if it goes on as it has so far; its first hours say no more than a whole day does."""
    began = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    days = calendar.monthrange(now.year, now.month)[1]
    passed = max(now - began, timedelta(days=1)) // timedelta(seconds=1)
    return used * days * 86_400 // passed
