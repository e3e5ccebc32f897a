"""Attention items: what only a person can settle."""

import datetime as dt
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from app.api.auth import CallerOf, admit
from app.api.dependencies import ContainerOf
from app.api.lists import also_as_csv, csv_of
from app.api.problems import responses
from app.api.requests import Answer, AnswerToMany
from app.api.run_schemas import Named
from app.api.schemas import CONNECTION_ID_EXAMPLE, SYNC_EXAMPLE, ConnectionId, Cursor, ItemId, Limit, example
from app.domain.model.records import Side
from app.services import attention, work
from app.services.attention import answers
from app.services.record_links import Links, links_of
from app.services.work import WorkGroup, cause_in_words
from app.storage.encoding import subject_shown as named_whole
from app.storage.people.attention import AttentionItem
from app.storage.people.bulk_questions import Pair

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/attention",
    tags=["attention"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 422, 503),
)


_CAUSE = {
    "cause": "",
    "words": "12 receipts wait for PayPal: choose its account.",
    "items": 1,
    "records": 12,
    "amounts": {"AUD": "1204.50"},
}


class RecordOut(Named):
    """The record that an item is about."""

    side: str
    kind: str
    id: str


class ChoiceOut(BaseModel):
    """A record that the item's record could be, and what tells it from the others."""

    side: str
    id: str
    name: str
    facts: dict[str, str]
    speaks_for: list[str] = []
    """Why it could be the same one, in words; `against` says what does not fit."""
    against: list[str] = []


class AttentionOut(BaseModel):
    """Something that only a person can settle, and the answers there are."""

    model_config = example(
        id="att_01h2xd1m8kq4w7r0p600",
        kind="unmapped",
        rule="R1",
        summary="Receipt 88 was paid by a method that goes to no account yet.",
        advice="Map the payment method, or choose not to synchronise it.",
        record={
            "side": "oncord",
            "kind": "receipt",
            "id": "88",
            "label": "Receipt, Ada Byron",
            "number": "",
            "date": "2026-11-22",
            "amount": "44.00",
            "currency": "AUD",
            "person": "Ada Byron",
            "links": {"here": f"/connections/{CONNECTION_ID_EXAMPLE}/records/oncord/receipt/88"},
        },
        detail={"payment_method_id": "4"},
        choices=[],
        actions=["retry", "dismiss"],
        state="open",
        resolution="",
        created_at="2026-11-22T02:04:05Z",
        updated_at="2026-11-22T02:04:05Z",
        resolved_at=None,
        resolved_by="",
        sync_id=SYNC_EXAMPLE,
    )
    id: str
    kind: str
    rule: str
    summary: str
    advice: str
    record: RecordOut | None
    detail: dict[str, Any]
    choices: list[ChoiceOut]
    actions: list[str]
    state: str
    resolution: str
    created_at: dt.datetime
    updated_at: dt.datetime
    resolved_at: dt.datetime | None
    resolved_by: str
    sync_id: str | None

    @classmethod
    def of(cls, item: AttentionItem, links: Links) -> "AttentionOut":
        """As it is shown."""
        named = {
            "side": item.side,
            "kind": item.record_kind,
            "id": item.record_id,
            **item.subject,
            "links": links.of_item(item),
        }
        record = RecordOut(**named) if item.record_id else None
        detail = {
            name: value for name, value in item.detail.items() if name not in ("choices", "scope", "lot", "blank")
        }
        if "records" in detail:
            detail["records"] = [named_whole(each) for each in detail["records"]]
        others = {
            "record": record,
            "sync_id": item.run_id or None,
            "actions": list(answers(item)),
            "detail": detail,
            "choices": item.detail.get("choices", []),
        }
        return cls(**{name: getattr(item, name) for name in cls.model_fields if name not in others}, **others)


class AttentionPage(BaseModel):
    """Items, the newest first."""

    items: list[AttentionOut]
    next_cursor: str | None


class PairOut(BaseModel):
    """Two records that could be one, as each side has it."""

    model_config = example(
        item_id="att_01h2xd1m8kq4w7r0p601",
        oncord={"side": "oncord", "id": "17", "name": "Ada Byron", "facts": {}},
        quickbooks={"side": "quickbooks", "id": "58", "name": "Ada Byron", "facts": {"email": "ada@example.com"}},
    )
    item_id: str
    """The question about this pair alone."""
    oncord: ChoiceOut
    quickbooks: ChoiceOut

    @classmethod
    def of(cls, pair: Pair) -> "PairOut":
        """As it is shown."""
        cards = {side.value: ChoiceOut.model_validate(pair.on(side)) for side in Side}
        return cls(item_id=pair.id, **cards)


class PairPage(BaseModel):
    """Pairs, in the order in which they were found."""

    items: list[PairOut]
    next_cursor: str | None


@router.get("", summary="List what needs attention", responses=csv_of(AttentionPage, name="attention"))
@also_as_csv("attention")
async def list_attention(
    container: ContainerOf,
    connection_id: ConnectionId,
    state: Annotated[
        Literal["open", "resolved"], Query(description="Those to be answered, or the answered ones.")
    ] = "open",
    kind: Annotated[str, Query(max_length=64, description="Of one kind only, as `groups` says them.")] = "",
    cause: Annotated[str, Query(max_length=64, description="Of one cause only, as `groups` says them.")] = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> AttentionPage:
    """Conflicts, unmapped methods, refused documents and the like, the newest first."""
    page = await attention.list_items(container, connection_id, state, limit, cursor, kind=kind, cause=cause)
    links = await links_of(container, connection_id)
    return AttentionPage(items=[AttentionOut.of(item, links) for item in page.items], next_cursor=page.next_cursor)


class CauseOut(BaseModel):
    """The open items of one kind that have one cause, in words. `cause` narrows the list to them; it is "" of a payment method, which is
    one of several that an item asks about."""

    model_config = example(**_CAUSE)
    cause: str
    words: str
    items: int
    records: int
    amounts: dict[str, str]


class GroupOut(BaseModel):
    """The open items of one kind: how many, about how many records, what these come to, a decimal string by currency; and the same by
    cause, the largest first."""

    model_config = example(kind="unmapped", items=1, records=12, amounts={"AUD": "1204.50"}, causes=[_CAUSE])
    kind: str
    items: int
    records: int
    amounts: dict[str, str]
    causes: list[CauseOut]

    @classmethod
    def of(cls, found: WorkGroup) -> "GroupOut":
        """As it is shown."""
        causes = [
            CauseOut(
                cause=each.cause,
                words=cause_in_words(each),
                items=each.items,
                records=each.records,
                amounts=dict(each.amounts),
            )
            for each in found.causes
        ]
        return cls(**asdict(found.group), causes=causes)


class Groups(BaseModel):
    """The open items by their kind, the largest group first."""

    items: list[GroupOut]


@router.get(
    "/groups", summary="Count what needs attention, by its cause", responses=csv_of(Groups, name="attention-groups")
)
@also_as_csv("attention-groups")
async def list_groups(container: ContainerOf, connection_id: ConnectionId) -> Groups:
    """The open items by their kind, and of each kind by cause, with counts and amounts."""
    found = await work.list_groups(container, connection_id)
    return Groups(items=[GroupOut.of(each) for each in found])


class AnsweredOut(BaseModel):
    """How many items took the answer, and why the others did not, in words."""

    model_config = example(answered=12, refused=["Somebody else has answered it meanwhile."])
    answered: int
    refused: list[str]


@router.post("/resolve", summary="Answer several items at once")
async def resolve_many(
    container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, body: AnswerToMany
) -> AnsweredOut:
    """Give several items one answer, each by itself: one that cannot take it keeps no other from it. What removes many documents,
    chooses, or answers many pairs is answered item by item."""
    done = await work.answer_all(container, connection_id, body.items, body.action, who=caller.actor)
    return AnsweredOut(answered=done.answered, refused=list(done.refused))


@router.post("/{item_id}/reopen", summary="Ask again what was dismissed", responses=responses(409))
async def reopen_attention(
    container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, item_id: ItemId
) -> AttentionOut:
    """An item that somebody has dismissed is open again."""
    item = await work.reopen(container, connection_id, item_id, who=caller.actor)
    return AttentionOut.of(item, await links_of(container, connection_id))


@router.get("/{item_id}", summary="Read an item")
async def read_attention(container: ContainerOf, connection_id: ConnectionId, item_id: ItemId) -> AttentionOut:
    """One item, open or resolved."""
    item = await attention.read_item(container, connection_id, item_id)
    return AttentionOut.of(item, await links_of(container, connection_id))


@router.get(
    "/{item_id}/pairs",
    summary="List the pairs that an item asks about together",
    responses=csv_of(PairPage, name="pairs"),
)
@also_as_csv("pairs")
async def list_pairs(
    container: ContainerOf, connection_id: ConnectionId, item_id: ItemId, limit: Limit = 50, cursor: Cursor = None
) -> PairPage:
    """The contacts and customers that have nothing but a name in common; empty for an item about one thing."""
    page = await attention.list_pairs(container, connection_id, item_id, limit, cursor)
    return PairPage(items=[PairOut.of(pair) for pair in page.items], next_cursor=page.next_cursor)


@router.post("/{item_id}/resolve", summary="Answer an item", responses=responses(400, 409))
async def resolve_attention(
    container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, item_id: ItemId, body: Answer
) -> AttentionOut:
    """Answer with one of the item's `actions`. Anything but `dismiss` looks at its records again, with a run.

    Where several records could be the item's record, `choose` with the id of one of its `choices` joins the two, and
    `create_new` says that it is none of them. Where an item asks about many pairs (`GET .../pairs`), `all_same` joins
    each, `none_same` says that all are two, and `one_by_one` has each asked about by itself. What a locked period holds back
    (B1) is let through once by `do_in_old_period`, entered as a document of its own by `enter_difference` (what has changed of the
    amounts of a sale or an adjustment; the `advice` says why where it is not offered), made on the first open day by `date_first_open_day`, and left as a named difference by `leave_difference`. Of money that a bank statement has told of, `unapply` takes it off what it pays and
    leaves it where it is, and `do_it_anyway` lets the change through, once. A refund that pays back no adjustment is `given_back`
    (goods or price: an adjustment of the sale is made), an `overpayment` returned, or `goodwill`, with an expense account as
    its `choice` where it is not to be the one of the configuration (R5). What a sale that was cancelled late has left with its
    customer is paid back by `pay_back`: a refund is recorded on both sides, from the account of the configuration or the one that
    is the `choice` (S5). The answer is kept until it has been carried out.
    """
    answered = await attention.resolve(
        container, connection_id, item_id, body.action, who=caller.actor, choice=body.choice, count=body.count
    )
    return AttentionOut.of(answered, await links_of(container, connection_id))


@router.post("/{item_id}/retry", summary="Try an item's record again", responses=responses(409))
async def retry_attention(
    container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, item_id: ItemId
) -> AttentionOut:
    """The same as answering `retry`: what was in the way has been mended."""
    item = await attention.resolve(container, connection_id, item_id, attention.RETRY, who=caller.actor)
    return AttentionOut.of(item, await links_of(container, connection_id))
