"""The page "Access": a link that lets somebody in, who is signed in, and what was done by whom."""

from typing import Annotated, get_args

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import ValidationError

from app.api.requests import LaunchRequest
from app.console.acts import in_words
from app.console.session import ContainerOf, Form, Id, PageRoute, SignedIn, go
from app.console.view import page, zone_of
from app.errors import Rejection
from app.services import launch, overview, sessions
from app.services.flash import Message
from app.services.ports import ServiceContainer
from app.services.sessions import Visitor

router = APIRouter(route_class=PageRoute, include_in_schema=False, prefix="/connections/{connection_id}/access")
ROLES = {
    "viewer": "looks, and changes nothing",
    "bookkeeper": "looks, synchronises, answers questions and seals months",
    "merchant": "does that, and chooses what goes where",
}
"""What somebody may do, by their role; in the order of the form."""
assert set(ROLES) == set(get_args(LaunchRequest.model_fields["role"].annotation))
_ACTS = 20


@router.get("")
async def show_access(
    request: Request,
    container: ContainerOf,
    visitor: SignedIn,
    connection_id: Id,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    """The form for a link, the sessions, and the latest acts."""
    return await _page(request, container, visitor, connection_id, cursor=cursor)


@router.post("")
async def let_in(
    request: Request, container: ContainerOf, visitor: SignedIn, form: Form, connection_id: Id
) -> Response:
    """Make a link for somebody; it is shown on the page that comes back, and nowhere again."""
    values = {name: str(form.get(name, "")).strip() for name in ("person", "role")}
    try:
        asked = LaunchRequest.model_validate(values)
    except ValidationError:
        wrong = (
            {"person": "Say who it is for, in up to 100 letters."}
            if values["role"] in ROLES
            else {"role": "Choose one."}
        )
        message = Message("No link was made. The fields below say what they need.", False)
        return await _page(
            request, container, visitor, connection_id, status=422, message=message, values=values, errors=wrong
        )
    try:
        made = await launch.launch_link(
            container, connection_id, person=asked.person.strip(), role=asked.role, page="", caller=visitor.caller
        )
    except Rejection as refused:
        message = Message(refused.detail, False)
        return await _page(
            request, container, visitor, connection_id, status=refused.status, message=message, values=values
        )
    return await _page(
        request,
        container,
        visitor,
        connection_id,
        message=Message(f"The link for {asked.person.strip()} is made.", True),
        made=made,
    )


@router.post("/sessions/{session_id}/end")
async def end_session(
    request: Request, container: ContainerOf, visitor: SignedIn, form: Form, connection_id: Id, session_id: Id
) -> Response:
    """End the session of somebody who is signed in for this connection."""
    back = f"/connections/{connection_id}/access"
    try:
        await sessions.end_session(container, session_id, caller=visitor.caller, connection_id=connection_id)
    except Rejection as refused:
        return go(request, back, refused.detail, good=False)
    return go(request, back, "The session has ended.")


async def _page(
    request: Request,
    container: ServiceContainer,
    visitor: Visitor,
    connection_id: str,
    *,
    cursor: str | None = None,
    status: int = 200,
    message: Message | None = None,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    made: dict[str, str] | None = None,
) -> Response:
    found = await overview.read_connection(container, connection_id)
    acts = await overview.list_audit(container, connection_id, _ACTS, cursor)
    return page(
        request,
        "access.html",
        visitor=visitor,
        status=status,
        message=message,
        overview=found,
        zone=zone_of(found),
        sessions=await sessions.list_sessions(container, connection_id),
        acts=acts,
        said_of_act=in_words,
        roles=ROLES,
        values=values or {},
        errors=errors or {},
        made=made,
        paged=cursor is not None,
    )
