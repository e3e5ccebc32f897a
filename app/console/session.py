"""Who is looking: the session cookie, the word against forged forms, and what happens to those who have neither."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import Depends, Path, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from fastapi.routing import APIRoute
from starlette.datastructures import FormData

from app.api.problems import headers_of
from app.console.view import page
from app.errors import InvalidInput, OutsideError, Rejection
from app.services import flash, sessions
from app.services.flash import Message
from app.services.ports import ServiceContainer
from app.settings import Settings

COOKIE = "session"
CALLER = "console"
"""How acts of the console are signed in the audit."""


class NotSignedIn(Exception):
    """This page is for whoever has signed in."""


class Forged(Rejection):
    """A form that this console did not give out (403)."""

    status = 403


def _container(request: Request) -> ServiceContainer:
    container: ServiceContainer = request.app.state.container
    return container


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


ContainerOf = Annotated[ServiceContainer, Depends(_container)]
SettingsOf = Annotated[Settings, Depends(_settings)]


def csrf_of(request: Request) -> str:
    """The session's word for its forms; "" for whoever has not signed in."""
    keys = _settings(request).admin_api_keys
    return sessions.csrf_word(_container(request), request.cookies.get(COOKIE, ""), keys) or ""


def _visitor(request: Request) -> str:
    csrf = csrf_of(request)
    if not csrf:
        raise NotSignedIn
    return csrf


SignedIn = Annotated[str, Depends(_visitor)]
"""The word for the forms of this page; only for whoever has signed in."""


async def _form(request: Request, csrf: SignedIn) -> FormData:
    form = await request.form(max_files=0, max_fields=2000)
    if not sessions.same(str(form.get("csrf", "")), csrf):
        raise Forged("form-ended", "This form has ended. Go back, load the page again, and repeat what you did.")
    if any("\x00" in name or "\x00" in str(value) for name, value in form.multi_items()):
        raise InvalidInput("invalid-input", "The form holds a character that no text has. Go back and type it again.")
    return form


Form = Annotated[FormData, Depends(_form)]
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""The fields of a form that this session gave out."""


def set_cookie(answer: Response, settings: Settings, name: str, value: str, seconds: int) -> None:
    """A cookie that scripts cannot read; inside Oncord's frame it must be one that crosses sites."""
    secure = settings.public_url.startswith("https:")
    framed = bool(settings.console_frame_origin) and secure
    answer.set_cookie(
        name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="none" if framed else "lax"
    )


def go(request: Request, path: str, words: str = "", *, good: bool = True) -> RedirectResponse:
    """On to another page after a form, with a message for it."""
    answer = RedirectResponse(path, status_code=303)
    if words:
        cookie = flash.seal(_container(request), words, good=good)
        set_cookie(answer, _settings(request), flash.COOKIE, cookie, int(flash.LASTS.total_seconds()))
    return answer


def error_page(request: Request, status: int, words: str) -> Response:
    """The page for whoever asked for one that is not there, or by a link that has ended."""
    return page(request, "refused.html", csrf=csrf_of(request), status=status, message=Message(words, False))


class PageRoute(APIRoute):
    """Answers what goes wrong with a page rather than with a problem document."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of a route, with its refusals turned into pages."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except NotSignedIn:
                return RedirectResponse("/", status_code=303)
            except Rejection as refused:
                refusal = error_page(request, refused.status, refused.detail)
                refusal.headers.update(headers_of(refused))
                return refusal
            except OutsideError as failed:
                words, status = str(failed), 503
            except RequestValidationError:
                words, status = "There is no such page.", 404
            return error_page(request, status, words)

        return handle
