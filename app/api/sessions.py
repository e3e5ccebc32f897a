"""Sessions of the console: who is signed in, and ending what should not go on; all of them for the operator, and those of one
connection for whoever configures it."""

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel

from app.api.auth import CallerOf, admit
from app.api.dependencies import ContainerOf
from app.api.lists import also_as_csv, csv_of
from app.api.problems import responses
from app.api.schemas import A_LIST, CONNECTION_ID_EXAMPLE, ConnectionId, example
from app.services import sessions
from app.storage.people.console_sessions import ConsoleSession

router = APIRouter(
    prefix="/api/v1/sessions",
    tags=["sessions"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 422, 503),
)
of_one = APIRouter(
    prefix="/api/v1/connections/{connection_id}/sessions",
    tags=["sessions"],
    dependencies=[Depends(admit)],
    responses=responses(401, 403, 404, 422, 503),
)

SessionId = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="The session's id.", examples=["ses_01h2xd1m8kq4w7r0p7cc"])
]


class SessionOut(BaseModel):
    """Somebody who is signed in to the console; `connection_id` null: the operator, on all connections."""

    model_config = example(
        id="ses_01h2xd1m8kq4w7r0p7cc",
        name="Jane",
        role="bookkeeper",
        connection_id=CONNECTION_ID_EXAMPLE,
        address="203.0.113.0/24",
        created_at="2026-11-22T01:00:00Z",
        last_seen_at="2026-11-22T01:20:00Z",
        ends_at="2026-11-22T13:00:00Z",
    )
    id: str
    name: str
    role: str
    connection_id: str | None
    address: str
    created_at: dt.datetime
    last_seen_at: dt.datetime
    ends_at: dt.datetime

    @classmethod
    def of(cls, session: ConsoleSession) -> "SessionOut":
        """As it is shown."""
        values = {name: getattr(session, name) for name in cls.model_fields}
        return cls(**{**values, "connection_id": session.connection_id or None})


class Sessions(BaseModel):
    """Who is signed in, the newest first."""

    model_config = A_LIST
    items: list[SessionOut]


@router.get("", summary="List who is signed in to the console", responses=csv_of(Sessions, name="sessions"))
@also_as_csv("sessions")
async def list_sessions(container: ContainerOf) -> Sessions:
    """Every session that has not ended: by signing out, after two hours without use, or after twelve hours."""
    return Sessions(items=[SessionOut.of(each) for each in await sessions.list_sessions(container)])


@router.delete("/{session_id}", status_code=204, summary="End a session of the console", responses=responses(404))
async def end_session(container: ContainerOf, caller: CallerOf, session_id: SessionId) -> None:
    """Its cookie is good no more, from this moment on."""
    await sessions.end_session(container, session_id, caller=caller)


@of_one.get(
    "",
    summary="List who is signed in for a connection",
    responses=csv_of(Sessions, name="sessions_of_a_connection"),
)
@also_as_csv("sessions_of_a_connection")
async def list_connection_sessions(container: ContainerOf, connection_id: ConnectionId) -> Sessions:
    """Whoever was let in with a launch link and has not left; the operator is not among them."""
    return Sessions(items=[SessionOut.of(each) for each in await sessions.list_sessions(container, connection_id)])


@of_one.delete("/{session_id}", status_code=204, summary="End a session of a connection")
async def end_connection_session(
    container: ContainerOf, caller: CallerOf, connection_id: ConnectionId, session_id: SessionId
) -> None:
    """Its cookie is good no more, from this moment on."""
    await sessions.end_session(container, session_id, caller=caller, connection_id=connection_id)
