"""Signing in with the operator's key, signing out, and who else is signed in."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from app.api.dependencies import network_of
from app.api.rates import address_of, rates_of
from app.console.session import (
    LONGEST_NEXT,
    ContainerOf,
    FirstForm,
    Form,
    Id,
    PageRoute,
    SettingsOf,
    SignedIn,
    close_session,
    go,
    open_session,
    opening_page,
    session_cookie,
)
from app.console.view import page
from app.errors import Rejection
from app.services import overview, sessions
from app.services.flash import Message
from app.services.local_addresses import local_address

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.post("/sign-in")
async def sign_in(request: Request, container: ContainerOf, settings: SettingsOf, form: FirstForm) -> Response:
    """Trade the operator's key for a session."""
    given = str(form.get("key", "")).strip()
    deep = local_address(str(form.get("next", ""))[:LONGEST_NEXT])
    operators, network = settings.admin_api_keys, network_of(request)
    session = await sessions.sign_in(container, given, operators, network, instead_of=session_cookie(request))
    if session is None:
        rates_of(request.app.state).count_failure(address_of(request.scope))
        wrong = Message("This is not the API key of this service.", False)
        return opening_page(
            request, "welcome.html", status=403, closed=not settings.admin_api_key, message=wrong, wrong=True, deep=deep
        )
    answer = RedirectResponse(deep or "/", status_code=303)
    open_session(request, answer, session)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request, container: ContainerOf, visitor: SignedIn, form: Form) -> Response:
    """End the session, here and wherever else its cookie may be. Nothing is disconnected by it."""
    await sessions.sign_out(container, visitor)
    answer = RedirectResponse("/", status_code=303)
    close_session(request, answer)
    return answer


@router.get("/sessions")
async def show_sessions(request: Request, container: ContainerOf, visitor: SignedIn) -> Response:
    """Who is signed in, for the operator."""
    names = await overview.names_of_connections(container)
    listed = await sessions.list_sessions(container)
    return page(request, "sessions.html", visitor=visitor, sessions=listed, names=names)


@router.post("/sessions/{session_id}/end")
async def end_session(
    request: Request, container: ContainerOf, visitor: SignedIn, form: Form, session_id: Id
) -> Response:
    """End somebody's session."""
    try:
        await sessions.end_session(container, session_id, caller=visitor.caller)
    except Rejection as refused:
        return go(request, "/sessions", refused.detail, good=False)
    return go(request, "/sessions", "The session has ended.")
