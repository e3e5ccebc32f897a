"""The way to QuickBooks' consent page and back. Both answer with a redirect: an address with a code is never a page."""

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Cookie, Query, Request
from fastapi.responses import RedirectResponse

from app.api.auth import KeyRequired
from app.api.dependencies import ContainerOf, SettingsOf
from app.api.problems import responses
from app.services import connect, consent, flash, sessions
from app.services.consent import Callback

router = APIRouter(prefix="/oauth/quickbooks", tags=["oauth"])

BROWSER = "qbo_browser"
RESULT = "/connect/result"
_REDIRECT: dict[int | str, dict[str, Any]] = {
    302: {"description": "On to the next page.", "headers": {"Location": {"schema": {"type": "string"}}}}
}


@router.get(
    "/connect",
    summary="To QuickBooks' consent page",
    status_code=302,
    response_class=RedirectResponse,
    responses={**_REDIRECT, **responses(401, 404, 422)},
)
async def connect_quickbooks(
    container: ContainerOf,
    settings: SettingsOf,
    request: Request,
    launch: Annotated[str, Query(max_length=2000, description="The ticket of a launch link.")] = "",
    connection_id: Annotated[str, Query(max_length=64, description="For who is signed in, or shows the API key.")] = "",
    return_to: Annotated[str, Query(max_length=500, description="A page of the console to come back to.")] = "",
    session: Annotated[str, Cookie(include_in_schema=False)] = "",
    qbo_browser: Annotated[str, Cookie(include_in_schema=False)] = "",
) -> RedirectResponse:
    """Send the browser to QuickBooks to give access: by a launch link, or by `connection_id` for who is signed in."""
    wanted = connect.launched_connection(container, launch) if launch else None
    if wanted is None and connection_id and _may_choose(request, settings.admin_api_keys, container, session):
        wanted = connection_id
    if wanted is None:
        if launch or connection_id:
            raise KeyRequired(
                "launch-link-ended", "This link has ended. Ask for a new one, or sign in and press Connect."
            )
        return RedirectResponse("/", status_code=302)
    departure = await consent.set_out(container, wanted, cookie=qbo_browser, return_to=return_to)
    answer = RedirectResponse(departure.url, status_code=302)
    answer.set_cookie(
        BROWSER,
        departure.cookie,
        max_age=int(consent.STATE_LASTS.total_seconds()),
        path="/oauth/quickbooks",
        secure=settings.public_url.startswith("https:"),
        httponly=True,
        samesite="lax",
    )
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
    settings: SettingsOf,
    state: str = "",
    code: str = "",
    realm_id: Annotated[str, Query(alias="realmId")] = "",
    error: str = "",
    qbo_browser: Annotated[str, Cookie(include_in_schema=False)] = "",
) -> RedirectResponse:
    """Where QuickBooks sends the browser afterwards. Goes on to a page that says how it went: `outcome` is
    `connected` or the last word of a problem's `type`."""
    arrival = await consent.come_back(container, Callback(state, code, realm_id, error), qbo_browser)
    place = arrival.return_to or RESULT
    query = {"outcome": arrival.outcome, **({"connection_id": arrival.connection_id} if arrival.connection_id else {})}
    answer = RedirectResponse(f"{place}{'&' if '?' in place else '?'}{urlencode(query)}", status_code=302)
    answer.set_cookie(
        flash.COOKIE,
        flash.seal(container, arrival.words, good=arrival.outcome == consent.CONNECTED),
        max_age=300,
        path="/",
        secure=settings.public_url.startswith("https:"),
        httponly=True,
        samesite="lax",
    )
    return answer


def _may_choose(request: Request, keys: Sequence[str], container: ContainerOf, session: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and sessions.matching_key(given, keys) is not None:
        return True
    return sessions.csrf_word(container, session, keys) is not None
