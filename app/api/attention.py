"""Attention items: what only a person can settle."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from app.api.attention_shapes import AnsweredOut, AttentionOut, AttentionPage, GroupOut, Groups, LikelyPairOut, PairPage
from app.api.auth import CallerOf, admit
from app.api.dependencies import ContainerOf
from app.api.lists import also_as_csv, csv_of
from app.api.problems import responses
from app.api.requests import Answer, AnswerToMany
from app.api.schemas import ConnectionId, Cursor, ItemId, Limit
from app.services import attention, work
from app.services.record_links import links_of

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/attention",
    tags=["attention"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 422, 503),
)


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


@router.get(
    "/groups", summary="Count what needs attention, by its cause", responses=csv_of(Groups, name="attention-groups")
)
@also_as_csv("attention-groups")
async def list_groups(container: ContainerOf, connection_id: ConnectionId) -> Groups:
    """The open items by their kind, and of each kind by cause, with counts and amounts."""
    found = await work.list_groups(container, connection_id)
    return Groups(items=[GroupOut.of(each) for each in found])


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
    return PairPage(items=[LikelyPairOut.of(pair) for pair in page.items], next_cursor=page.next_cursor)


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
    (goods or price: an adjustment of the sale is made), pays back an adjustment that is open already (`pays_credit`), is an `overpayment`
    returned, or `goodwill`, with an expense account as its `choice` where it is not to be the one of the configuration (R5). What a sale that was cancelled late has left with its
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
