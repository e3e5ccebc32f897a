"""Errors as problem documents (RFC 9457): a stable `type`, what to do in `detail`, one sentence per field in `errors`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import Scope

from app.api.away import is_away
from app.errors import OutsideError, Rejection, TooMany
from app.log import get
from app.settings import Settings
from app.storage.connections.vault import VaultError

_log = get(__name__)

MEDIA_TYPE = "application/problem+json"
_TYPES = {404: "not-found", 405: "method-not-allowed", 413: "too-large", 415: "unsupported-media-type"}


class FieldProblem(BaseModel):
    """One field at fault."""

    field: str
    message: str


class Problem(BaseModel):
    """A problem document. `type` ends in a stable word; further members depend on it."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "https://sync.example/problems/configuration-required",
                    "title": "Configuration required",
                    "status": 409,
                    "detail": "Before the first synchronisation this connection must be configured.",
                    "instance": "/api/v1/connections/con_01h2xcejqtf2nbrexx3v/syncs",
                    "request_id": "req_01h2xcejqtf2nbrexx40",
                    "choices": "/api/v1/connections/con_01h2xcejqtf2nbrexx3v/configuration/choices",
                }
            ]
        },
    )
    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    errors: list[FieldProblem] | None = None


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entries of the problems that an operation may answer with."""
    return {
        status: {
            "model": Problem,
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


def of_the_server() -> dict[int | str, dict[str, Any]]:
    """What `app.serve` answers a head that is too long, before anything is known of who asks: a line of text."""
    text = {"text/plain": {"schema": {"type": "string"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": text} for status in (414, 431)}


Page = Callable[[Request, int, str], Awaitable[Response]]
"""Shows a person, with this status, what went wrong and what to do."""
_FOR_PROGRAMS = ("/api/", "/webhooks/", "/health", "/ready", "/metrics", "/openapi.json")


def install(app: FastAPI, page: Page) -> None:
    """Answer every error of this application with a problem document, and a browser outside the API with a page."""
    app.state.error_page = page
    app.add_exception_handler(Rejection, _rejected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(OutsideError, _outside)
    app.add_exception_handler(VaultError, _sealed)
    app.add_exception_handler(psycopg.OperationalError, _away)
    app.add_exception_handler(psycopg.DataError, _unholdable)
    app.add_exception_handler(Exception, crashed)


async def _answer(
    request: Request,
    status: int,
    type_: str,
    detail: str,
    *,
    fields: Mapping[str, str] | None = None,
    extra: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    if _is_browser(request):
        shown: Response = await request.app.state.error_page(request, status, _PAGES.get(status, detail))
        shown.headers.update(headers or {})
        return shown
    settings: Settings = request.app.state.settings
    document: dict[str, object] = {
        "type": f"{settings.public_url.rstrip('/')}/problems/{type_}",
        "title": type_.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        "instance": request.scope["path"],
        "request_id": request.scope.get("request_id", ""),
    }
    if fields:
        document["errors"] = [{"field": _shown(field), "message": message} for field, message in fields.items()]
    return JSONResponse(
        {**(extra or {}), **document}, status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {})
    )


def _shown(field: str) -> str:
    """The name of a field, which anybody may have made up: not endless, and nothing that no text has."""
    return field[:200].encode("utf-8", "replace").decode()


def _is_browser(request: Request) -> bool:
    asks_for_page = "text/html" in request.headers.get("accept", "")
    return asks_for_page and not request.scope["path"].startswith(_FOR_PROGRAMS)


_PAGES = {
    404: "There is no page at this address. It may have been moved, or the link is incomplete.",
    405: "This page cannot be opened that way. Go back and use the button or the link again.",
    500: "This is a fault of ours, and it has been logged.",
}
"""What a person reads, where the words for programs would not help."""


async def answer(request: Request, error: Rejection | HTTPException) -> Response:
    """The problem document of an error, for whoever answers before the router does."""
    return await (_rejected if isinstance(error, Rejection) else _refused)(request, error)


async def _rejected(request: Request, error: Exception) -> Response:
    assert isinstance(error, Rejection)
    headers = headers_of(error)
    return await _answer(
        request, error.status, error.type, error.detail, fields=error.fields, extra=error.extra, headers=headers
    )


def headers_of(error: Rejection) -> dict[str, str]:
    """What the answer to a refusal says besides its words."""
    if isinstance(error, TooMany):
        return {"Retry-After": str(error.wait_seconds)}
    return {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}


_WORDS = {
    "extra_forbidden": "There is no such member here: take it out, or spell it as the document at /openapi.json does."
}
"""What is said of a field, where the validator's words would not help."""


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = {_path(each["loc"]): _WORDS.get(each["type"], str(each["msg"])) for each in error.errors()}
    return await _answer(
        request, 422, "invalid-input", "What was sent cannot be used; `errors` says which field and why.", fields=fields
    )


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 400 and error.__cause__ is not None:
        # What FastAPI says of a body that json.loads gives up on: lists a thousand deep, or letters in no encoding.
        detail = "The body cannot be read: send JSON in UTF-8, and not too deep."
        return await _answer(request, 422, "invalid-input", detail, fields={"body": "cannot be read as JSON"})
    type_ = _TYPES.get(error.status_code, HTTPStatus(error.status_code).phrase.lower().replace(" ", "-"))
    details = {
        404: "There is nothing at this address. The API's pages are listed at /docs.",
        405: "This address does not take that method. The API's pages are listed at /docs.",
    }
    detail = details.get(error.status_code, str(error.detail))
    headers = {"Allow": ", ".join(allowed_methods(request))} if error.status_code == 405 else error.headers
    return await _answer(request, error.status_code, type_, detail, headers=headers)


_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


def allowed_methods(request: Request) -> list[str]:
    """The methods that any route of this address takes: the router itself names those of the first one alone."""
    scope = {**request.scope, "root_path": request.scope.get("app_root_path", request.scope.get("root_path", ""))}
    return [method for method in _METHODS if _takes(request.app.routes, {**scope, "method": method})]


def _takes(routes: Sequence[BaseRoute], scope: Scope) -> bool:
    """Whether a route takes this method; what is mounted are files, which are read."""
    for route in routes:
        match, _ = route.matches(dict(scope))
        if match is Match.FULL:
            return not isinstance(route, Mount) or scope["method"] in ("GET", "HEAD")
    return False


async def _outside(request: Request, error: Exception) -> Response:
    assert isinstance(error, OutsideError)
    _log.warning("an outside call failed", error=type(error).__name__, code=error.code, trace=error.trace_id)
    return await _answer(request, 503, "outside-unavailable", str(error))


CANNOT_BE_OPENED = (
    "A secret that this needs cannot be opened. Whoever runs the service puts its key back into ENCRYPTION_KEYS; where the key is"
    " lost, give the site's token again, or connect QuickBooks again."
)
DATABASE_AWAY = "The database is away at the moment. Try again a little later."


async def _away(request: Request, error: Exception) -> Response:
    if not is_away(error):
        raise error
    _log.error("the database is away", error=type(error).__name__)
    return await _answer(request, 503, "database-away", DATABASE_AWAY)


async def _sealed(request: Request, error: Exception) -> Response:
    """A key of the installation is missing: nothing that the caller has sent is amiss."""
    _log.error("a stored secret cannot be opened", reason=str(error))
    return await _answer(request, 503, "secret-unreadable", f"{CANNOT_BE_OPENED} ({error})")


async def _unholdable(request: Request, error: Exception) -> Response:
    """What passed every check and is no text, number or date of PostgreSQL's all the same."""
    _log.error("the database cannot hold what was sent", error=type(error).__name__, exc_info=error)
    detail = (
        "What was sent holds a character, number or date that cannot be stored. Look for odd ones and take them out."
    )
    return await _answer(request, 422, "invalid-input", detail)


async def crashed(request: Request, error: Exception) -> Response:
    """The problem document of what nobody has foreseen, which is logged."""
    _log.error("the request failed", error=type(error).__name__, exc_info=error)
    detail = "This is a fault of ours and has been logged. Quote the request_id to the operator."
    return await _answer(request, 500, "internal-error", detail)


def _path(location: Sequence[int | str]) -> str:
    """`("body", "payment_methods", 0, "id")` as `payment_methods[0].id`."""
    parts = list(location[1:]) if location and location[0] in ("body", "query", "path", "header") else list(location)
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).lstrip(".")
    return text or str(location[0] if location else "body")
