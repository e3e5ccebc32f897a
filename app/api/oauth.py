"""The way to QuickBooks' consent page and back. Both answer with a redirect: an address with a code is never a page."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse

from app.api.auth import KeyRequired, route_address
from app.api.dependencies import ContainerOf, SettingsOf, network_of
from app.api.problems import responses
from app.cookies import browser_of, cookie_name, remember_browser, set_cookie
from app.services import consent, flash, sessions
from app.services.callers import Caller, Need, Scope
from app.services.consent import Callback
from app.services.permits import permit
from app.services.ports import ServiceContainer
from app.settings import Settings

router = APIRouter(prefix="/oauth/quickbooks", tags=["oauth"])

RESULT = "/connect/result"
_REDIRECT: dict[int | str, dict[str, Any]] = {
    302: {"description": "On to the next page.", "headers": {"Location": {"schema": {"type": "string"}}}}
}


@router.get(
    "/connect",
    summary="To QuickBooks' consent page",
    status_code=302,
    response_class=RedirectResponse,
    responses={**_REDIRECT, **responses(401, 403, 404, 422)},
)
async def connect_quickbooks(
    container: ContainerOf,
    settings: SettingsOf,
    request: Request,
    launch: Annotated[str, Query(max_length=2000, description="The ticket of a launch link.")] = "",
    connection_id: Annotated[str, Query(max_length=64, description="For who is signed in, or shows the API key.")] = "",
    return_to: Annotated[str, Query(max_length=500, description="A page of the console to come back to.")] = "",
) -> RedirectResponse:
    """Send the browser to QuickBooks to give access, by `connection_id` for who is signed in or shows a key with the scope
    `configure`. A launch link leads to the page that says which shop it is about (`/launch`), whoever opens it: mail scanners
    and previews use nothing up; only the button there does.
    """
    if launch:
        return RedirectResponse(f"/launch?{urlencode({'ticket': launch})}", status_code=302)
    if not connection_id:
        return RedirectResponse("/", status_code=302)
    caller = await _who_chooses(request, container, settings, network_of(request))
    await permit(container, caller, Need(Scope.CONFIGURE), connection_id, address=route_address(request))
    cookie = browser_of(request)
    departure = await consent.set_out(container, connection_id, cookie=cookie, return_to=return_to, who=caller.actor)
    answer = RedirectResponse(departure.url, status_code=302)
    remember_browser(answer, settings, departure.cookie)
    return answer


@router.get(
    "/callback",
    summary="Back from QuickBooks",
    status_code=302,
    response_class=RedirectResponse,
    responses={**_REDIRECT, **responses(422)},
)
async def come_back_from_quickbooks(
    container: ContainerOf,
    request: Request,
    state: Annotated[str, Query(description="What the browser was sent out with; good once, in that browser.")] = "",
    code: Annotated[str, Query(description="What Intuit gives for a consent.")] = "",
    realm_id: Annotated[str, Query(alias="realmId", description="The company that was chosen.")] = "",
    error: Annotated[str, Query(description="`access_denied` where somebody has said no.")] = "",
) -> RedirectResponse:
    """Where QuickBooks sends the browser afterwards. Goes on to a page that says how it went: `outcome` is
    `connected` or the last word of a problem's `type`."""
    arrival = await consent.come_back(container, Callback(state, code, realm_id, error), browser_of(request))
    place = arrival.return_to or RESULT
    query = {"outcome": arrival.outcome, **({"connection_id": arrival.connection_id} if arrival.connection_id else {})}
    answer = RedirectResponse(f"{place}{'&' if '?' in place else '?'}{urlencode(query)}", status_code=302)
    cookie = flash.seal(container, arrival.words, good=arrival.outcome == consent.CONNECTED)
    set_cookie(request, answer, flash.COOKIE, cookie, int(flash.LASTS.total_seconds()))
    return answer


async def _who_chooses(request: Request, container: ServiceContainer, settings: Settings, host: str) -> Caller:
    """Whoever shows a key or has signed in. Raises `KeyRequired` for anybody else."""
    shown: Caller | None = getattr(request.state, "caller", None)  # the gate has looked at it
    if shown is not None:
        return shown
    cookie = request.cookies.get(cookie_name(settings, sessions.COOKIE), "")
    visitor = await sessions.visitor_of(container, cookie, settings.admin_api_keys, host)
    if visitor is None:
        raise KeyRequired("key-or-session-required", "Sign in and press Connect, or ask for a launch link.")
    return visitor.caller
