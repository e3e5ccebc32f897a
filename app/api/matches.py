"""How both sides meet before the first synchronisation: the list of what is one, may be one, or is on one side only, and what is said of it."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from app.api.auth import CallerOf, admit
from app.api.dependencies import ContainerOf
from app.api.lists import also_as_csv, csv_of
from app.api.problems import responses
from app.api.record_shapes import RecordOut
from app.api.requests import Printable, Sent
from app.api.schemas import SYNC_EXAMPLE, ConnectionId, Cursor, Limit, example
from app.domain.model.records import Kind
from app.services import match_answers, matches
from app.services.matches import Card, Match, Meeting, Saying
from app.services.record_links import Links, links_of
from app.storage.runs.matches import PARTS, Part

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/matches",
    tags=["matches"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 409, 422, 503),
)

_SALE_EXAMPLE = {
    "side": "oncord", "kind": "sale", "id": "1041", "gone": False, "label": "Sale 1041, Ada Byron", "number": "1041", "date": "2026-11-22",
    "amount": "44.00", "currency": "AUD", "person": "Ada Byron", "links": {},
}  # fmt: skip
_INVOICE_EXAMPLE = {**_SALE_EXAMPLE, "side": "quickbooks", "id": "145", "label": "Invoice 1041, A. Byron"}


_MATCH_EXAMPLE: dict[str, Any] = {
    "id": "op_01h2xd1m8kq4w7r0p700",
    "part": "probable",
    "record": _SALE_EXAMPLE,
    "facts": {"number": "1041", "date": "2026-11-22", "total": "44.00 AUD"},
    "candidates": [
        {
            "record": _INVOICE_EXAMPLE,
            "facts": {"number": "1041", "date": "2026-11-23", "total": "44.00 AUD"},
            "speaks_for": ["the same number", "1 day apart", "the same total"],
            "against": ["another contact"],
        }
    ],
    "action": "park",
    "reason": "One QuickBooks document could be Oncord sale 1041. Say which one it is, or that it is a new one.",
    "doubles": [],
    "clashes": [],
    "answer": None,
    "choice": "",
    "answered_by": "",
    "answered_at": None,
}


class CandidateOut(BaseModel):
    """A record across that another one is, or could be: `facts` tell it from others, and so much speaks for and against it."""

    record: RecordOut
    facts: dict[str, str]
    speaks_for: list[str]
    against: list[str]

    @classmethod
    def of(cls, card: Card, links: Links) -> "CandidateOut":
        """As it is shown."""
        return cls(
            record=RecordOut.of(card.named, links),
            facts=dict(card.facts),
            speaks_for=list(card.speaks_for),
            against=list(card.against),
        )


class MatchOut(BaseModel):
    """One row. `part`: `certain` (they are taken for one), `probable` (asked about), `ambiguous` (several could be it), `only_oncord`,
    `only_quickbooks`. `action`: what the next run would do with the record, for the reason `reason`.

    `doubles` are records of its own side that say the same, `clashes` documents across that have its number and are others. `answer` is what
    somebody has said (null: nothing): `same` as `choice`, or `new`.
    """

    model_config = example(**_MATCH_EXAMPLE)
    id: str
    part: str
    record: RecordOut
    facts: dict[str, str]
    candidates: list[CandidateOut]
    action: str
    reason: str
    doubles: list[str]
    clashes: list[str]
    answer: Literal["same", "new"] | None
    choice: str
    answered_by: str
    answered_at: dt.datetime | None

    @classmethod
    def of(cls, found: Match, links: Links) -> "MatchOut":
        """As it is shown."""
        said = found.said
        answer: Literal["same", "new"] | None = None
        if said is not None:
            answer = "same" if said.chosen else "new"
        return cls(
            id=found.row.id,
            part=found.row.match.part,
            record=RecordOut.of(found.own.named, links),
            facts=dict(found.own.facts),
            candidates=[CandidateOut.of(each, links) for each in found.across],
            action=found.row.action,
            reason=found.row.reason,
            doubles=[str(each.subject.get("label", "")) for each in found.doubles],
            clashes=[str(each.subject.get("label", "")) for each in found.clashes],
            answer=answer,
            choice=said.chosen if said else "",
            answered_by=said.by if said else "",
            answered_at=said.at if said else None,
        )


class MatchPage(BaseModel):
    """Rows in the order in which they would be dealt with."""

    model_config = example(items=[_MATCH_EXAMPLE], next_cursor=None)
    items: list[MatchOut]
    next_cursor: str | None


class MeetingOut(BaseModel):
    """The list in numbers: the dry run whose plan it is, and how many rows each part has of each kind. What is in `doubles` or `clashes` is in
    another part, too."""

    model_config = example(
        sync_id=SYNC_EXAMPLE,
        as_of="2026-11-22T02:04:11Z",
        counts={"certain": {"contact": 12, "sale": 340}, "probable": {"sale": 3}},
    )
    sync_id: str
    as_of: dt.datetime
    counts: dict[str, dict[str, int]]

    @classmethod
    def of(cls, found: Meeting) -> "MeetingOut":
        """As it is shown."""
        counts: dict[str, dict[str, int]] = {}
        for (part, kind), number in sorted(found.counts.items()):
            counts.setdefault(part, {})[kind] = number
        return cls(sync_id=found.run.id, as_of=found.run.finished_at or found.run.requested_at, counts=counts)


class MatchesSaid(Sent):
    """What is said of some rows, by their `ids`, or of all rows of a `part` (and a `kind`) that have no answer yet: `same`, `new` (two different
    ones), or `forget` what was said before. `choice`: of one row, the id of the record across that it is. `sync_id`: the dry run that was looked
    at, as the counts name it; where a newer one has come, the answer is 409 and nothing is answered."""

    model_config = example(answer="same", ids=["op_01h2xd1m8kq4w7r0p700"])
    answer: Saying
    ids: Annotated[list[Annotated[Printable, Field(max_length=64)]], Field(min_length=1, max_length=500)] | None = None
    part: Part | None = None
    kind: Kind | None = None
    choice: Annotated[Printable, Field(min_length=1, max_length=64)] | None = None
    sync_id: Annotated[Printable, Field(min_length=1, max_length=64)] | None = None


class MatchesAnswered(BaseModel):
    """Of how many rows it was said; `left`: of how many it could not be, since several could be it, or none."""

    model_config = example(answered=3, left=0)
    answered: int
    left: int


@router.get("/counts", summary="Count how both sides meet")
async def count_matches(container: ContainerOf, connection_id: ConnectionId) -> MeetingOut:
    """How many records are one, may be one, or are on one side only, as the latest dry run planned it. Before a dry run, and once the first
    synchronisation is through, the answer is 409."""
    return MeetingOut.of(await matches.read(container, connection_id))


@router.get("", summary="List how both sides meet", responses=csv_of(MatchPage, name="matches"))
@also_as_csv("matches")
async def list_matches(
    container: ContainerOf,
    connection_id: ConnectionId,
    part: Annotated[Part, Query(description=f"One of {', '.join(PARTS)}.")] = "probable",
    kind: Annotated[Kind | None, Query(description="Only records of this kind.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> MatchPage:
    """One part of the list: each record with what it is, or could be, across, with names, dates and money."""
    page = await matches.list_matches(container, connection_id, part, kind or "", limit, cursor)
    links = await links_of(container, connection_id)
    return MatchPage(items=[MatchOut.of(each, links) for each in page.items], next_cursor=page.next_cursor)


@router.post("/answers", summary="Say which records are one")
async def answer_matches(
    container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, body: MatchesSaid
) -> MatchesAnswered:
    """Accept what is taken for one, or change it, one by one or all of a part. Nothing is written on either side: the first synchronisation
    carries it out. A preview from before it shows what was planned without it: make another one."""
    done = await match_answers.say(
        container,
        connection_id,
        body.answer,
        who=caller.actor,
        ids=body.ids,
        part=body.part,
        kind=body.kind or "",
        choice_id=body.choice,
        looked_at=body.sync_id,
    )
    return MatchesAnswered(answered=done.answered, left=done.left)
