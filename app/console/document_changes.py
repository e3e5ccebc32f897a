"""The page of what was done to documents and money, by the period that they are dated in."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.console.session import ContainerOf, Id, PageRoute, SignedIn
from app.console.view import page, zone_of
from app.console.what_changed import what_changed
from app.errors import InvalidInput
from app.services import document_changes, overview
from app.services.flash import Message
from app.storage.paging import Page
from app.storage.records.document_changes import DocumentChange

router = APIRouter(route_class=PageRoute, include_in_schema=False)

SHOWN = 20
"""So many changes are on a page, as in other lists."""
Day = Annotated[str, Query(max_length=10)]


@router.get("/connections/{connection_id}/document-changes")
async def show_document_changes(
    request: Request,
    container: ContainerOf,
    visitor: SignedIn,
    connection_id: Id,
    since: Annotated[str, Query(alias="from", max_length=10)] = "",
    until: Day = "",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """What was done to the documents of a period, the latest first."""
    found = await overview.read_connection(container, connection_id)
    message: Message | None = None
    changes: Page[DocumentChange] = Page(())
    try:
        changes = await document_changes.list_changes(
            container, connection_id, since=_day(since), until=_day(until), limit=SHOWN, cursor=cursor
        )
    except InvalidInput as refused:
        message = Message(refused.detail, False)
    return page(
        request,
        "document_changes.html",
        visitor=visitor,
        status=422 if message else 200,
        message=message,
        overview=found,
        zone=zone_of(found),
        changes=changes,
        since=since,
        until=until,
        paged=cursor is not None,
        in_words=document_changes.in_words,
        what_changed=what_changed,
    )


def _day(text: str) -> dt.date | None:
    """A day of the form; None where it was left empty. Raises `InvalidInput` for what is none."""
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidInput("invalid-input", "Choose the period by its first and last day.", fields={}) from None
