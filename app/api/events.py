"""The inbox: every acknowledged event, and those that were kept aside."""

import datetime as dt
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict

from app.api.auth import CallerOf, admit
from app.api.dependencies import ContainerOf
from app.api.lists import also_as_csv, csv_of
from app.api.problems import responses
from app.api.schemas import A_LIST, ConnectionId, Cursor, Limit
from app.services import inbox, quarantine
from app.storage.changes.events import Event

router = APIRouter(
    prefix="/api/v1", tags=["events"], dependencies=[Depends(admit)], responses=responses(401, 403, 422, 503)
)

Status = Annotated[
    Literal["accepted", "echo", "skipped", "quarantined", "read_again"] | None,
    Query(
        description="Only these; `quarantined` are signed bodies that nobody could read, `read_again` those that could be later."
    ),
]


class EventOut(BaseModel):
    """One event: a hint that a record moved, never its content."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 4711,
                    "sender": "quickbooks",
                    "event_key": "9341453474484455/0c6f1b7e/0",
                    "connection_id": "con_01h2xcejqtf2nbrexx3v",
                    "received_at": "2026-11-22T02:01:00Z",
                    "occurred_at": "2026-11-22T02:00:41Z",
                    "kind": "sale",
                    "record_id": "145",
                    "action": "updated",
                    "version": "",
                    "status": "accepted",
                    "reason": "",
                    "request_id": "req_01h2xcejqtf2nbrexx40",
                }
            ]
        }
    )
    id: int
    sender: str
    event_key: str
    connection_id: str | None
    received_at: dt.datetime
    occurred_at: dt.datetime | None
    kind: str
    record_id: str
    action: str
    version: str
    status: str
    reason: str
    request_id: str

    @classmethod
    def of(cls, event: Event) -> "EventOut":
        """As it is shown."""
        values = {name: getattr(event, name) for name in cls.model_fields}
        return cls(**{**values, "connection_id": event.connection_id or None})


class UnreadOut(BaseModel):
    """A signed delivery that nobody could read: the reason, and what of its body was kept."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": 4712,
                    "sender": "oncord",
                    "connection_id": "con_01h2xcejqtf2nbrexx3v",
                    "received_at": "2026-11-22T02:01:00Z",
                    "reason": "no data",
                    "body": '{"type": "sale.saved"}',
                    "bytes": 22,
                }
            ]
        }
    )
    id: int
    sender: str
    connection_id: str | None
    received_at: dt.datetime
    reason: str
    body: str
    bytes: int


class ReadAgain(BaseModel):
    """How many changes a delivery names that was read again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"changes": 2}]})
    changes: int


class EventPage(BaseModel):
    """Events, the newest first."""

    model_config = A_LIST
    items: list[EventOut]
    next_cursor: str | None


@router.get(
    "/connections/{connection_id}/events",
    summary="List a connection's events",
    responses={**responses(404), **csv_of(EventPage, name="events")},
)
@also_as_csv("events")
async def list_connection_events(
    container: ContainerOf, connection_id: ConnectionId, status: Status = None, limit: Limit = 50, cursor: Cursor = None
) -> EventPage:
    """What Oncord and QuickBooks told about this connection."""
    page = await inbox.list_events(container, connection_id, status, limit, cursor)
    return EventPage(items=[EventOut.of(each) for each in page.items], next_cursor=page.next_cursor)


@router.get("/events", summary="List all events", responses=csv_of(EventPage, name="events"))
@also_as_csv("events")
async def list_events(
    container: ContainerOf, status: Status = None, limit: Limit = 50, cursor: Cursor = None
) -> EventPage:
    """For the operator: the events of every connection, and those that belong to none or could not be read."""
    page = await inbox.list_events(container, None, status, limit, cursor)
    return EventPage(items=[EventOut.of(each) for each in page.items], next_cursor=page.next_cursor)


EventId = Annotated[int, Path(ge=1, lt=1 << 63, description="The event's number.", examples=[4712])]


@router.get("/events/{event_id}/delivery", summary="Read a delivery that nobody could read", responses=responses(404))
async def read_delivery(container: ContainerOf, event_id: EventId) -> UnreadOut:
    """For the operator: what was posted, as far as it was kept, and why it could not be used."""
    found = await quarantine.read_unread(container, event_id)
    event = found.event
    return UnreadOut(
        id=event.id,
        sender=event.sender,
        connection_id=event.connection_id or None,
        received_at=event.received_at,
        reason=event.reason,
        body=found.body,
        bytes=found.bytes,
    )


@router.post("/events/{event_id}/read-again", summary="Read it again", responses=responses(404, 409))
async def read_delivery_again(container: ContainerOf, caller: CallerOf, event_id: EventId) -> ReadAgain:
    """For the operator: take a delivery in that nobody could read before, as if it came in now. A 409 says why it still cannot be."""
    return ReadAgain(changes=await quarantine.read_again(container, event_id, who=caller.actor))
