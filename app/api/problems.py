"""Errors as problem documents (RFC 9457): a stable `type`, what to do in `detail`, one sentence per field in `errors`."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from app.errors import OutsideError, Rejection
from app.log import get
from app.settings import Settings

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


Page = Callable[[Request, int, str], Response]
"""Shows a person, with this status, what went wrong and what to do."""
_FOR_PROGRAMS = ("/api/", "/webhooks/", "/health", "/ready", "/metrics", "/openapi.json")


def install(app: FastAPI, page: Page) -> None:
    """Answer every error of this application with a problem document, and a browser outside the API with a page."""
    app.state.error_page = page
    app.add_exception_handler(Rejection, _rejected)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(OutsideError, _outside)
    app.add_exception_handler(psycopg.OperationalError, _away)
    app.add_exception_handler(Exception, _crashed)


def _answer(
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
        shown: Response = request.app.state.error_page(request, status, _PAGES.get(status, detail))
        shown.headers.update(headers or {})
        return shown
    settings: Settings = request.app.state.settings
    document: dict[str, object] = {
        "type": f"{settings.public_url.rstrip('/')}/problems/{type_}",
        "title": type_.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        "request_id": request.scope.get("request_id", ""),
    }
    if fields:
        document["errors"] = [{"field": field, "message": message} for field, message in fields.items()]
    return JSONResponse(
        {**(extra or {}), **document}, status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {})
    )


def _is_browser(request: Request) -> bool:
    asks_for_page = "text/html" in request.headers.get("accept", "")
    return asks_for_page and not request.url.path.startswith(_FOR_PROGRAMS)


_PAGES = {
    404: "There is no page at this address. It may have been moved, or the link is incomplete.",
    405: "This page cannot be opened that way. Go back and use the button or the link again.",
}
"""What a person reads, where the words for programs would not help."""


async def answer(request: Request, error: Rejection | HTTPException) -> Response:
    """The problem document of an error, for whoever answers before the router does."""
    return await (_rejected if isinstance(error, Rejection) else _refused)(request, error)


async def _rejected(request: Request, error: Exception) -> Response:
    assert isinstance(error, Rejection)
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
    return _answer(
        request, error.status, error.type, error.detail, fields=error.fields, extra=error.extra, headers=headers
    )


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = {_path(each["loc"]): str(each["msg"]) for each in error.errors()}
    return _answer(
        request, 422, "invalid-input", "What was sent cannot be used; `errors` says which field and why.", fields=fields
    )


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    type_ = _TYPES.get(error.status_code, HTTPStatus(error.status_code).phrase.lower().replace(" ", "-"))
    details = {
        404: "There is nothing at this address. The API's pages are listed at /docs.",
        405: "This address does not take that method. The API's pages are listed at /docs.",
    }
    detail = details.get(error.status_code, str(error.detail))
    return _answer(request, error.status_code, type_, detail, headers=error.headers)


async def _outside(request: Request, error: Exception) -> Response:
    assert isinstance(error, OutsideError)
    _log.warning("an outside call failed", error=type(error).__name__, code=error.code, trace=error.trace_id)
    return _answer(request, 503, "outside-unavailable", str(error))


async def _away(request: Request, error: Exception) -> Response:
    _log.error("the database is away", error=type(error).__name__)
    return _answer(request, 503, "database-away", "The database is away at the moment. Try again a little later.")


async def _crashed(request: Request, error: Exception) -> Response:
    _log.error("the request failed", error=type(error).__name__, exc_info=error)
    detail = "This is a fault of ours and has been logged. Quote the request_id to the operator."
    return _answer(request, 500, "internal-error", detail)


def _path(location: Sequence[int | str]) -> str:
    """`("body", "payment_methods", 0, "id")` as `payment_methods[0].id`."""
    parts = list(location[1:]) if location and location[0] in ("body", "query", "path", "header") else list(location)
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).lstrip(".")
    return text or str(location[0] if location else "body")
