"""Who is looking: the session cookie, the word against forged forms, and what happens to those who have neither."""

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

import psycopg
from fastapi import Depends, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute
from starlette.datastructures import FormData, Headers

from app.access import needed
from app.api.auth import route_address
from app.api.dependencies import network_of
from app.api.places import places_of
from app.api.problems import headers_of
from app.api.rates import rates_of
from app.console.refusals import refusal
from app.console.view import page
from app.cookies import cookie_name, forget_cookie, set_cookie
from app.errors import InvalidInput, OutsideError, Rejection
from app.services import flash, sessions
from app.services.flash import Message
from app.services.local_addresses import local_address
from app.services.permits import permit
from app.services.ports import ServiceContainer
from app.services.sessions import Visitor
from app.settings import Settings

FORM = "application/x-www-form-urlencoded"
LONGEST_NEXT = 1000
"""An address that is longer is not gone back to."""


class NotSignedIn(Exception):
    """This page is for whoever has signed in."""


class Forged(Rejection):
    """A form that this console did not give out (403)."""

    status = 403


class NotAForm(Rejection):
    """A body that no form of this console sends (415)."""

    status = 415


def _container(request: Request) -> ServiceContainer:
    container: ServiceContainer = request.app.state.container
    return container


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


ContainerOf = Annotated[ServiceContainer, Depends(_container)]
SettingsOf = Annotated[Settings, Depends(_settings)]


async def visitor_of(request: Request) -> Visitor | None:
    """Who has signed in, looked up once for a request; None for anybody else."""
    if not hasattr(request.state, "visitor"):
        operators = _settings(request).admin_api_keys
        request.state.visitor = await sessions.visitor_of(
            _container(request), session_cookie(request), operators, network_of(request)
        )
    found: Visitor | None = request.state.visitor
    return found


async def _signed_in(request: Request) -> AsyncIterator[Visitor]:
    """It lasts until the answer is out: what somebody asks for counts as asked for by their connection, like what its keys ask for."""
    visitor = await visitor_of(request)
    if visitor is None:
        raise NotSignedIn
    address = route_address(request)
    connection_id = str(request.path_params.get("connection_id", ""))
    await permit(_container(request), visitor.caller, needed(address), connection_id, address=address)
    about, state = connection_id or visitor.caller.connection_id, request.app.state
    if about:
        rates_of(state).count_connection(about)
    async with places_of(state).place(about, request.scope["path"]):
        yield visitor


SignedIn = Annotated[Visitor, Depends(_signed_in)]
"""Whoever has signed in and may open this page (`app.access`)."""


async def _first_form(request: Request) -> FormData:
    """The fields of a form that opens a session; raises `NotSignedIn` for one that another site's page sends."""
    if not _of_this_site(request.headers, _settings(request).public_url):
        raise NotSignedIn
    return await _fields(request, most=10)


def _of_this_site(headers: Headers, public_url: str) -> bool:
    """Whether a page of this site sends a form, or a program does: browsers say which, older ones by `Origin` alone
    (`opening_page`)."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site in ("same-origin", "none")
    return origin is None or _host(origin) in {headers.get("host", "").lower(), _host(public_url)} - {""}


def _host(origin: str) -> str:
    """The host and port of an origin; "" for one that says none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


async def _fields(request: Request, most: int) -> FormData:
    """The fields of a form, percent-encoded in UTF-8 as every form of this console sends them; raises `NotAForm` for anything else.

    A multipart form may name any codec that Python has: some take minutes, some leave text that nothing can encode.
    """
    kind = request.headers.get("content-type", FORM).partition(";")[0].strip().lower()
    if kind != FORM:
        raise NotAForm("unsupported-media-type", f"A form of the console is sent as {FORM}.")
    return await request.form(max_files=0, max_fields=most)


FirstForm = Annotated[FormData, Depends(_first_form)]
"""The fields of a form that is sent before there is a session."""


async def _form(request: Request, visitor: SignedIn) -> FormData:
    form = await _fields(request, most=2000)
    if not sessions.same(str(form.get("csrf", "")), visitor.csrf):
        raise Forged("form-ended", "This form has ended. Go back, load the page again, and repeat what you did.")
    if any("\x00" in name or "\x00" in str(value) for name, value in form.multi_items()):
        raise InvalidInput("invalid-input", "The form holds a character that no text has. Go back and type it again.")
    return form


Form = Annotated[FormData, Depends(_form)]
"""The fields of a form that this session gave out."""
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


def opening_page(request: Request, template: str, **values: Any) -> Response:
    """A page with a form that opens a session: where it stood is said in `Origin`, which `no-referrer` makes null."""
    answer = page(request, template, **values)
    answer.headers["referrer-policy"] = "same-origin"
    return answer


def session_cookie(request: Request) -> str:
    """What the browser brings along as its session, good or not; "" for none."""
    return request.cookies.get(cookie_name(_settings(request), sessions.COOKIE), "")


def open_session(request: Request, answer: Response, cookie: str) -> None:
    """Have the browser keep a session."""
    set_cookie(request, answer, sessions.COOKIE, cookie, int(sessions.LASTS.total_seconds()))


def close_session(request: Request, answer: Response) -> None:
    """Have the browser forget its session, and whatever it may have kept of the pages."""
    forget_cookie(request, answer, sessions.COOKIE)
    answer.headers["clear-site-data"] = '"cache", "storage"'


def go(request: Request, path: str, words: str = "", *, good: bool = True) -> RedirectResponse:
    """On to another page after a form, with a message for it."""
    answer = RedirectResponse(path, status_code=303)
    if words:
        cookie = flash.seal(_container(request), words, good=good)
        set_cookie(request, answer, flash.COOKIE, cookie, int(flash.LASTS.total_seconds()))
    return answer


async def error_page(request: Request, status: int, words: str) -> Response:
    """The page for whoever asked for one that is not there, or by a link that has ended."""
    try:
        visitor = await visitor_of(request)
    except psycopg.OperationalError:  # the page says so, or that of the next request does
        visitor = None
    return page(
        request,
        "refused.html",
        visitor=visitor,
        status=status,
        message=Message(words, False),
        words=refusal(status),
        status_=status,
        request_id=request.scope.get("request_id", ""),
    )


def _way_in(request: Request) -> str:
    """Where whoever has not signed in does so; back to the page that they asked for, where it is one that can be opened."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    deep = request.method == "GET" and local_address(asked) and len(asked) <= LONGEST_NEXT
    return f"/?{urlencode({'next': asked})}" if deep else "/"


def _what_is_wrong(refused: RequestValidationError) -> tuple[str, int]:
    """What to say of an address that cannot be read, and the status: a page that is not there, or one that was asked for wrongly."""
    places = [each["loc"] for each in refused.errors()]
    if any(place[:1] != ("query",) for place in places):
        return "There is no such page.", 404
    names = ", ".join(sorted({str(place[1]) for place in places}))
    return (
        f"This address says something behind its “?” that cannot be used: {names}. Go back, and use the page's own link.",
        422,
    )


class PageRoute(APIRoute):
    """Answers what goes wrong with a page rather than with a problem document."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of a route, with its refusals turned into pages."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except NotSignedIn:
                return RedirectResponse(_way_in(request), status_code=303)
            except Rejection as refused:
                refusal = await error_page(request, refused.status, refused.detail)
                refusal.headers.update(headers_of(refused))
                return refusal
            except OutsideError as failed:
                words, status = str(failed), 503
            except RequestValidationError as wrong:
                words, status = _what_is_wrong(wrong)
            return await error_page(request, status, words)

        return handle
