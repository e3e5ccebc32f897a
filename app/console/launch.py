"""The pages that a launch link opens: which shop it is about, who is let in, and a button that uses it up."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from app.api.dependencies import network_of
from app.console.session import (
    ContainerOf,
    FirstForm,
    Id,
    PageRoute,
    SettingsOf,
    SignedIn,
    open_session,
    opening_page,
    session_cookie,
)
from app.console.view import page
from app.cookies import browser_of, remember_browser
from app.services import consent, overview
from app.services import launch as launches
from app.services.callers import ROLES
from app.services.launch import CONSENT

router = APIRouter(route_class=PageRoute, include_in_schema=False)

WORDS_OF_ROLES = {
    "viewer": "see what is synchronised",
    "bookkeeper": "see what is synchronised, start synchronisations and answer questions",
    "merchant": "see what is synchronised, start synchronisations, answer questions and change the configuration",
}
assert WORDS_OF_ROLES.keys() == ROLES.keys()


@router.get("/launch")
async def show_launch(
    request: Request, container: ContainerOf, ticket: Annotated[str, Query(max_length=2000)] = ""
) -> Response:
    """Which shop a link is about, and what its button does; nothing is used up."""
    launch, connection = await launches.look(container, ticket)
    return opening_page(
        request,
        "launch.html",
        ticket=ticket,
        launch=launch,
        shop=connection.name,
        site=((connection.facts or {}).get("oncord") or {}).get("name") or "",
        company=((connection.facts or {}).get("quickbooks") or {}).get("name") or "",
        may=WORDS_OF_ROLES.get(launch.role, ""),
    )


@router.post("/launch")
async def use_launch(request: Request, container: ContainerOf, settings: SettingsOf, form: FirstForm) -> Response:
    """Use a link up, once: open the console for its person, or go on to QuickBooks."""
    host = network_of(request)
    ticket = str(form.get("ticket", ""))[:2000]
    opened = await launches.use(container, ticket, host, instead_of=session_cookie(request))
    launch = opened.launch
    if launch.role != CONSENT:
        answer: Response = RedirectResponse(launch.page, status_code=303)
        open_session(request, answer, opened.session)
        return answer
    departure = await consent.set_out(
        container,
        launch.connection_id,
        cookie=browser_of(request),
        who=launch.caller(host).actor,
    )
    # A page and no redirect: browsers let no form lead to another site here (`form-action`).
    answer = page(request, "onward.html", url=departure.url)
    remember_browser(answer, settings, departure.cookie)
    return answer


@router.get("/connections/{connection_id}/connect")
async def leave_the_frame(request: Request, container: ContainerOf, visitor: SignedIn, connection_id: Id) -> Response:
    """The way to QuickBooks out of a frame: a window of its own knows nothing of the session in the frame, but a link does."""
    link = await launches.consent_link(container, connection_id, visitor.caller)
    found = await overview.read_connection(container, connection_id)
    return page(request, "leave_frame.html", visitor=visitor, overview=found, url=link["url"])
