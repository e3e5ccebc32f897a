"""Errors as `application/problem+json` (RFC 9457), for the connector and the side door alike."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException


class FieldError(BaseModel):
    """One complaint about one field; list positions are part of the path."""

    field: str = Field(examples=["lines.0.tax_code"])
    message: str = Field(examples=["unknown tax code GTS"])


class ProblemDetails(BaseModel):
    """What went wrong with a request as a whole."""

    type: str = Field("about:blank", examples=["urn:oncord:connector:unauthorized"])
    title: str = Field(examples=["Unauthorized"])
    status: int = Field(examples=[401])
    detail: str | None = None
    errors: list[FieldError] | None = Field(None, description="Field by field, where that makes sense.")


class Problem(Exception):
    """Answer the request with a problem document."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[tuple[str, str]] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers


def as_json(status: int, detail: str, errors: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """The document."""
    title = HTTPStatus(status).phrase
    document: dict[str, Any] = {
        "type": f"urn:oncord:connector:{title.lower().replace(' ', '-')}",
        "title": title,
        "status": status,
        "detail": detail,
    }
    if errors:
        document["errors"] = listed(errors)
    return document


def listed(errors: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """(field, message) pairs as the contract writes them."""
    return [{"field": name, "message": message} for name, message in errors]


def complaints(error: ValidationError | RequestValidationError, skip: int = 0) -> list[tuple[str, str]]:
    """What pydantic found, as (field, message); `skip` leaves out the first steps of the path."""
    return [(".".join(map(str, item["loc"][skip:])), str(item["msg"])) for item in error.errors()]


def answer(
    status: int, detail: str, errors: Sequence[tuple[str, str]] = (), headers: dict[str, str] | None = None
) -> JSONResponse:
    """A response with the document."""
    return JSONResponse(as_json(status, detail, errors), status, headers=headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Have every error of the app answered as a problem document."""

    @app.exception_handler(Problem)
    async def on_problem(_: Request, error: Problem) -> JSONResponse:
        return answer(error.status, error.detail, error.errors, error.headers)

    @app.exception_handler(HTTPException)
    async def on_http(_: Request, error: HTTPException) -> JSONResponse:
        return answer(error.status_code, str(error.detail), headers=dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def on_invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return answer(422, "The request does not have the shape that this call takes.", complaints(error, skip=1))
