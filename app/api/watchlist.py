"""The operator's list of all connections, trouble first."""

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from app.api.auth import admit
from app.api.dependencies import ContainerOf
from app.api.lists import also_as_csv, csv_of
from app.api.problems import responses
from app.api.schemas import CONNECTION_ID_EXAMPLE, SYNC_EXAMPLE, Cursor, LastSync, Limit, example
from app.services import watchlist
from app.services.watchlist import Listed
from app.storage.connections.connections import State
from app.storage.watchlist import Looked, Trouble

router = APIRouter(
    prefix="/api/v1/watchlist",
    tags=["connections"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 422, 503),
)

_EXAMPLE = {
    "id": CONNECTION_ID_EXAMPLE,
    "name": "Harbour Coffee",
    "site_name": "Harbour Coffee",
    "oncord_api_url": "https://shop.example/api/connector/v1",
    "company_name": "Harbour Coffee Pty Ltd",
    "state": "ready",
    "troubles": ["unexplained"],
    "why": ["1 difference between both sides without an explanation."],
    "since": "2026-11-21T00:00:00Z",
    "next_step": {"words": "See the differences", "page": f"/connections/{CONNECTION_ID_EXAMPLE}#agreement"},
    "light": "unexplained",
    "behind": 0,
    "behind_since": None,
    "unexplained": 1,
    "waiting": 0,
    "waiting_since": None,
    "access_ends": "2027-02-28T23:15:00Z",
    "reads_this_month": 812,
    "upkeep_reads_this_month": 96,
    "reads_forecast": 1144,
    "attention_count": 3,
    "last_sync": {"id": SYNC_EXAMPLE, "state": "succeeded", "finished_at": "2026-11-22T02:04:11Z"},
}


class NextStep(BaseModel):
    """What to do about the worst of it, and the page of the console on which that is done."""

    words: str
    page: str


class WatchedOut(BaseModel):
    """A connection as its operator looks at it.

    `troubles` are the worst first, and `why` has a sentence for each: `stuck` (something is due, and nobody is going to look),
    `reconnect`, `blocked`, `unexplained` (differences without a cause), `access_ends` (QuickBooks' permission ends within 14 days),
    `backlog` (something has waited for over an hour), `reads` (the month's allowance is nearly used up, and it has had more than its
    share), `not_set_up`. `since` is that of the worst; of access that ends it is when it does.
    """

    model_config = example(**_EXAMPLE)
    id: str
    name: str
    site_name: str
    oncord_api_url: str
    company_name: str
    state: State
    troubles: list[Trouble]
    why: list[str]
    since: dt.datetime | None
    next_step: NextStep | None
    light: Literal["agrees", "waits", "differs", "unexplained", "unknown"]
    behind: int
    """Changed records that wait for a person to synchronise, or for longer than they should; a light that would be green `waits` then."""
    behind_since: dt.datetime | None
    unexplained: int
    waiting: int
    """Records that wait to be looked at; of a queue of more than 1,000 so many."""
    waiting_since: dt.datetime | None
    access_ends: dt.datetime | None
    reads_this_month: int
    upkeep_reads_this_month: int
    """Those of them that were no part of synchronising: facts of the company, its closing date, checks, reports, choices."""
    reads_forecast: int
    """How many this month comes to if it goes on so."""
    attention_count: int
    last_sync: LastSync | None

    @classmethod
    def of(cls, listed: Listed) -> "WatchedOut":
        """As it is shown."""
        each, last = listed.watched, listed.last_run
        return cls(
            id=each.id,
            name=each.name,
            site_name=each.site_name,
            oncord_api_url=each.oncord_api_url,
            company_name=each.company_name,
            state=each.state,
            troubles=list(each.troubles),
            why=list(listed.why),
            since=listed.since,
            next_step=NextStep(words=listed.step.button, page=listed.step.page) if listed.step else None,
            light=listed.light,
            behind=listed.behind,
            behind_since=listed.behind_since,
            unexplained=each.unexplained,
            waiting=each.waiting,
            waiting_since=each.waiting_since,
            access_ends=each.access_ends,
            reads_this_month=each.reads,
            upkeep_reads_this_month=each.upkeep,
            reads_forecast=listed.forecast,
            attention_count=listed.open_items,
            last_sync=LastSync(id=last.id, state=last.state, finished_at=last.finished_at) if last else None,
        )


class WatchedPage(BaseModel):
    """Connections, trouble first, and of one trouble the oldest first. `counts` says how many there are of each trouble and state
    (`state:ready`) among those that the text is in; "" counts all of these."""

    model_config = example(
        items=[_EXAMPLE],
        next_cursor=None,
        counts={"": 1, "state:ready": 1, "unexplained": 1},
        reads_this_month=20411,
        reads_forecast=28760,
        monthly_reads=500000,
        pace="free",
    )
    items: list[WatchedOut]
    next_cursor: str | None
    counts: dict[str, int]
    reads_this_month: int
    reads_forecast: int
    """How many this month comes to if it goes on so."""
    monthly_reads: int
    pace: Literal["free", "hourly", "idle_only", "spent"]
    """How often companies are read for the rest of this month."""


@router.get("", summary="List connections, trouble first", responses=csv_of(WatchedPage, name="watchlist"))
@also_as_csv("watchlist")
async def list_watched(
    container: ContainerOf,
    q: Annotated[str, Query(max_length=100, description="Part of a name, a site's address or a company's name.")] = "",
    trouble: Annotated[Trouble | None, Query(description="Only those with this trouble.")] = None,
    state: Annotated[State | None, Query(description="Only those in this state.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> WatchedPage:
    """For the operator: every live connection with what is the matter with it, since when, and the next step."""
    found = await watchlist.list_watched(container, Looked(q, trouble or "", state or ""), limit, cursor)
    return WatchedPage(
        items=[WatchedOut.of(each) for each in found.page.items],
        next_cursor=found.page.next_cursor,
        counts=found.counts,
        reads_this_month=found.reads,
        reads_forecast=found.forecast,
        monthly_reads=found.monthly_reads,
        pace=found.pace.value,
    )
