"""Single records: what they are on both sides, and what only a person may ask for."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel

from app.api.auth import CallerOf, admit
from app.api.dependencies import ContainerOf
from app.api.lists import also_as_csv, csv_of
from app.api.problems import responses
from app.api.run_schemas import Named, SyncOut, asked_for
from app.api.schemas import A_LIST, SYNC_EXAMPLE, ConnectionId, OfKind, OnSide, example
from app.domain.model.records import Kind, Side
from app.services import pairs, records, search, story
from app.services.record_links import Links, links_of
from app.services.story import FieldOnBothSides, Step, Story

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/records",
    tags=["records"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 422, 503),
)

Text = Annotated[
    str, Query(min_length=1, max_length=100, description="What to look for.", examples=["1041", "ada by", "44.00"])
]
RecordId = Annotated[str, Path(max_length=64, description="The record's id on its side.", examples=["1041"])]


class RecordOut(Named):
    """A record as its side calls it. `gone`: it was deleted there."""

    side: Side
    kind: Kind
    id: str
    gone: bool

    @classmethod
    def of(cls, named: pairs.Named, links: Links) -> "RecordOut":
        """As it is shown."""
        return cls(
            side=named.side, kind=named.kind, id=named.id, gone=named.gone, **named.subject, links=links.of_named(named)
        )


class MoveOut(BaseModel):
    """Who moved a field last on a side: `shop` or `books` (somebody entered it there), the `service` (from the other side), a `person`
    who had answered so (`decided_by`), or nobody since the `start`; by which rule and call it was carried over, where it was."""

    by: Literal["shop", "books", "service", "person", "start"]
    at: dt.datetime | None
    sync_id: str = ""
    rule: str = ""
    call: str = ""
    decided_by: str = ""


class FieldOut(BaseModel):
    """A field as both sides hold it, null where there is no such record."""

    name: str
    called: str
    oncord: Any
    quickbooks: Any
    differs: bool
    moved: dict[str, MoveOut]

    @classmethod
    def of(cls, field: FieldOnBothSides, told: Story) -> "FieldOut":
        """As it is shown."""
        moved = {}
        for side, move in field.moved.items():
            write = told.write(move.write)
            carried = {"sync_id": write.run_id, "rule": write.rule, "call": write.call} if write else {}
            moved[side.value] = MoveOut(by=move.by, at=move.at, decided_by=move.decided_by, **carried)
        own = {name: getattr(field, name) for name in ("name", "called", "oncord", "quickbooks", "differs")}
        return cls(**own, moved=moved)


class StepOut(BaseModel):
    """One thing that happened: an event (`what` is "event"), or a decision or a write by its action."""

    at: dt.datetime
    what: str
    side: str
    state: str = ""
    fields: list[str] = []
    rule: str = ""
    reason: str = ""
    message: str = ""
    advice: str = ""
    sync_id: str = ""
    call: str = ""
    decided_by: str = ""

    @classmethod
    def of(cls, step: Step) -> "StepOut":
        """As it is shown."""
        if step.happened is None:
            return cls(at=step.at, what="event", side=step.told.side if step.told else "")
        each = step.happened
        return cls(
            at=step.at,
            what=each.action,
            side=each.side,
            state=each.state,
            fields=list(each.fields),
            rule=each.rule,
            reason=each.reason,
            message=each.message,
            advice=each.advice,
            sync_id=each.run_id,
            call=each.call,
            decided_by=each.decided_by,
        )


class PairOut(BaseModel):
    """A record with its counterparts across, the primary one first; `says` are facts about them, in sentences: a pair that
    has another number on either side names both."""

    model_config = example(
        record={
            "side": "oncord",
            "kind": "sale",
            "id": "1041",
            "gone": False,
            "label": "Sale SO-88423, Ada Byron",
            "number": "SO-88423",
            "date": "2026-11-22",
            "amount": "44.00",
            "currency": "AUD",
        },
        across=[
            {
                "side": "quickbooks",
                "kind": "sale",
                "id": "145",
                "gone": False,
                "label": "Invoice 88423, Ada Byron",
                "number": "88423",
                "date": "2026-11-22",
                "amount": "44.00",
                "currency": "AUD",
            }
        ],
        books_status="linked",
        books_reason="",
        books_url="https://qbo.intuit.com/app/invoice?txnId=145",
        says=["Its number is SO-88423 in Oncord and 88423 in QuickBooks."],
        fields=[
            {
                "name": "number",
                "called": "number",
                "oncord": "SO-88423",
                "quickbooks": "88423",
                "differs": True,
                "moved": {
                    "oncord": {"by": "shop", "at": "2026-11-22T01:58:00Z", "rule": "S1", "call": "1-6a1689ad-df26"},
                    "quickbooks": {
                        "by": "service",
                        "at": "2026-11-22T02:04:09Z",
                        "rule": "S1",
                        "call": "1-6a1689ad-df26",
                    },
                },
            }
        ],
        story=[
            {
                "at": "2026-11-22T02:04:09Z",
                "what": "create",
                "side": "quickbooks",
                "state": "done",
                "rule": "S1",
                "reason": "Sale SO-88423 is confirmed and has no invoice yet.",
                "sync_id": SYNC_EXAMPLE,
                "call": "1-6a1689ad-df26",
            }
        ],
        actions=["retry"],
        attention=[],
        dismissed=[],
    )
    record: RecordOut
    across: list[RecordOut]
    books_status: str
    books_reason: str
    books_url: str
    says: list[str]
    fields: list[FieldOut]
    story: list[StepOut]
    actions: list[str]
    """What may be asked for of it now: `retry` (look at it again), `put_back` where its counterpart was deleted."""
    attention: list[str]
    """The ids of the questions about it that are open; their answers are what else can be done."""
    dismissed: list[str]
    """The ids of conflicts about it that were left as they are: re-opened, the value that lost can be put back."""


class HitOut(BaseModel):
    """A record that was found, with its counterpart, and how it stands."""

    model_config = example(
        record={
            "side": "oncord",
            "kind": "sale",
            "id": "1041",
            "gone": False,
            "label": "Sale 1041, Ada Byron",
            "number": "1041",
            "date": "2026-11-22",
            "amount": "44.00",
            "currency": "AUD",
            "person": "Ada Byron",
        },
        across=None,
        stands="Only in Oncord. It waits until its payment method has an account.",
    )
    record: RecordOut
    across: RecordOut | None
    stands: str


class FoundOut(BaseModel):
    """What was found, what is most alike first. `more`: there are others, which more of the text would tell apart."""

    model_config = A_LIST
    items: list[HitOut]
    more: bool


@router.get("", summary="Find records", responses=csv_of(FoundOut, name="records"))
@also_as_csv("records")
async def find_records(container: ContainerOf, connection_id: ConnectionId, q: Text) -> FoundOut:
    """Records by what somebody knows of them: a number, an id or an amount exactly, a name or an e-mail address by the beginning
    of each word. Of people that are found so, the latest documents come along."""
    found = await search.find(container, connection_id, q)
    links = await links_of(container, connection_id)
    items = [
        HitOut(
            record=RecordOut.of(hit.own, links),
            across=RecordOut.of(hit.across, links) if hit.across else None,
            stands=hit.stands,
        )
        for hit in found.hits
    ]
    return FoundOut(items=items, more=found.more)


@router.get("/{side}/{kind}/{record_id}", summary="A record on both sides")
async def read_record(
    container: ContainerOf, connection_id: ConnectionId, side: OnSide, kind: OfKind, record_id: RecordId
) -> PairOut:
    """What a record is called on its side and across, how it stands in the books, each field as both sides hold it with who moved
    it last, and what led to that, the latest first, as far back as decisions are kept; all as it was last read."""
    found = await pairs.read_pair(container, connection_id, side, kind, record_id)
    links = await links_of(container, connection_id)
    told = await story.tell(container, connection_id, side, kind, record_id)
    return PairOut(
        record=RecordOut.of(found.own, links),
        across=[RecordOut.of(each, links) for each in found.across],
        books_status=found.books_status,
        books_reason=found.books_reason,
        books_url=found.books_url,
        says=list(found.says),
        fields=[FieldOut.of(each, told) for each in told.fields],
        story=[StepOut.of(each) for each in told.steps],
        actions=[
            *(["retry"] if records.may_look_again(links.connection) else []),
            *(["put_back"] if told.gone else []),
        ],
        attention=[item.id for item in told.items],
        dismissed=[item.id for item in told.dismissed],
    )


@router.post(
    "/{side}/{kind}/{record_id}/retry",
    status_code=202,
    summary="Look at a record again",
    responses=responses(409),
)
async def retry_record(
    container: ContainerOf,
    caller: CallerOf,
    connection_id: ConnectionId,
    side: OnSide,
    kind: OfKind,
    record_id: RecordId,
    response: Response,
) -> SyncOut:
    """Whatever it waited for: it is due, and goes over if nothing is in the way. Answers the run that looks at it."""
    run = await records.look_again(container, connection_id, side, kind, record_id, who=caller.actor)
    return asked_for(response, run)


@router.post(
    "/{side}/{kind}/{record_id}/put-back",
    status_code=202,
    summary="Make a deleted counterpart anew",
    responses=responses(409),
)
async def put_record_back(
    container: ContainerOf,
    caller: CallerOf,
    connection_id: ConnectionId,
    side: OnSide,
    kind: OfKind,
    record_id: RecordId,
    response: Response,
) -> SyncOut:
    """The counterpart of this record was deleted on the other side, which is never undone by itself (S3, S6, R3, R4).

    Asks for it to be made anew, and answers the run that does so.
    """
    run = await records.recreate(container, connection_id, side, kind, record_id, who=caller.actor)
    return asked_for(response, run)
