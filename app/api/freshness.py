"""How a connection's freshness leaves the API."""

import datetime as dt
from typing import Any

from pydantic import BaseModel, ConfigDict

from app.domain.guards.stuck import WORDS, WaitsOn
from app.domain.model.records import Side
from app.services.freshness import Freshness

_SIDE_EXAMPLE: dict[str, Any] = {
    "read_until": "2026-11-22T02:04:01Z",
    "waiting": 1,
    "waiting_since": "2026-11-22T02:11:30Z",
    "waits_for": "quiet",
    "waits_for_words": WORDS[WaitsOn.QUIET],
    "waits_until": "2026-11-22T02:13:30Z",
    "laid_aside": 0,
    "laid_aside_since": None,
    "edits": 214,
    "seconds_to_visible_p50": 131.2,
    "seconds_to_visible_p95": 188.9,
}
EXAMPLE: dict[str, Any] = {
    "alarm": False,
    "stuck": 0,
    "stuck_since": None,
    "unread_since": None,
    "oncord": _SIDE_EXAMPLE,
    "quickbooks": {**_SIDE_EXAMPLE, "waiting": 0, "waiting_since": None, "waits_for": None}
    | {"waits_for_words": "", "waits_until": None},
}


class SideFreshness(BaseModel):
    """One side: read until when by its own clock; what of it waits since when, for what, and until when it is looked at.

    `waits_until` is null where only a person can end the waiting, or where a worker is at it. `laid_aside` waits for an
    answer or for another record. `seconds_to_visible_...`: how long the last edits of this side (`edits`, of seven days)
    took until the other side had them, counted from when they were told of, or made where nobody told.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_SIDE_EXAMPLE]})
    read_until: dt.datetime | None
    waiting: int
    waiting_since: dt.datetime | None
    waits_for: WaitsOn | None
    waits_for_words: str
    waits_until: dt.datetime | None
    laid_aside: int
    laid_aside_since: dt.datetime | None
    edits: int
    seconds_to_visible_p50: float | None
    seconds_to_visible_p95: float | None

    @classmethod
    def of(cls, fresh: Freshness, side: Side) -> "SideFreshness":
        """As it is shown."""
        waits, read = fresh.outlook.sides[side], fresh.read[side]
        return cls(
            read_until=read.until,
            waiting=waits.records,
            waiting_since=waits.since,
            waits_for=waits.cause,
            waits_for_words=WORDS[waits.cause] if waits.cause else "",
            waits_until=waits.until if waits.cause is not WaitsOn.NOTHING else None,
            laid_aside=waits.aside,
            laid_aside_since=waits.aside_since,
            edits=read.edits,
            seconds_to_visible_p50=_seconds(read.p50),
            seconds_to_visible_p95=_seconds(read.p95),
        )


class FreshnessOut(BaseModel):
    """How fresh both sides are. `alarm`: `stuck` records are due, since `stuck_since`, while nobody is going to look at
    them; or a download of both sides is due since `unread_since` and nobody makes it. Look for a worker that has stopped."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})
    alarm: bool
    stuck: int
    stuck_since: dt.datetime | None
    unread_since: dt.datetime | None
    oncord: SideFreshness
    quickbooks: SideFreshness

    @classmethod
    def of(cls, fresh: Freshness) -> "FreshnessOut":
        """As it is shown."""
        outlook = fresh.outlook
        return cls(
            alarm=outlook.alarm,
            stuck=outlook.stuck,
            stuck_since=outlook.stuck_since,
            unread_since=outlook.unread_since,
            oncord=SideFreshness.of(fresh, Side.ONCORD),
            quickbooks=SideFreshness.of(fresh, Side.QUICKBOOKS),
        )


def _seconds(span: dt.timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()
