"""Attention items: what only a person can settle."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from app.api.auth import require_key
from app.api.desk import CALLER, DeskOf
from app.api.problems import responses
from app.api.requests import Answer
from app.api.schemas import AttentionOut, AttentionPage, ConnectionId, Cursor, ItemId, Limit
from app.services import attention

router = APIRouter(
    prefix="/api/v1/connections/{connection_id}/attention",
    tags=["attention"],
    dependencies=[Depends(require_key)],
    responses=responses(401, 404, 422, 503),
)


@router.get("", summary="List what needs attention")
async def list_attention(
    desk: DeskOf,
    connection_id: ConnectionId,
    state: Annotated[
        Literal["open", "resolved"], Query(description="Those to be answered, or the answered ones.")
    ] = "open",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> AttentionPage:
    """Conflicts, unmapped methods, refused documents and the like, the newest first."""
    page = await attention.list_items(desk, connection_id, state, limit, cursor)
    return AttentionPage(items=[AttentionOut.of(item) for item in page.items], next_cursor=page.next_cursor)


@router.get("/{item_id}", summary="Read an item")
async def read_attention(desk: DeskOf, connection_id: ConnectionId, item_id: ItemId) -> AttentionOut:
    """One item, open or resolved."""
    return AttentionOut.of(await attention.read_item(desk, connection_id, item_id))


@router.post("/{item_id}/resolve", summary="Answer an item", responses=responses(400, 409))
async def resolve_attention(desk: DeskOf, connection_id: ConnectionId, item_id: ItemId, body: Answer) -> AttentionOut:
    """Answer with one of the item's `actions`. Anything but `dismiss` looks at its records again, with a run."""
    return AttentionOut.of(await attention.resolve(desk, connection_id, item_id, body.action, who=CALLER))


@router.post("/{item_id}/retry", summary="Try an item's record again", responses=responses(409))
async def retry_attention(desk: DeskOf, connection_id: ConnectionId, item_id: ItemId) -> AttentionOut:
    """The same as answering `retry`: what was in the way has been mended."""
    return AttentionOut.of(await attention.resolve(desk, connection_id, item_id, attention.RETRY, who=CALLER))
