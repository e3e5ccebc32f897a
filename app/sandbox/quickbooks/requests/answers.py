"""Responses: JSON or XML by what was asked for, and the answers that never arrive."""

from __future__ import annotations

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.sandbox.quickbooks.values.wire import Body, dumps, xml_envelope
from app.sandbox.quickbooks.world import World

MAINTENANCE = (
    "<!DOCTYPE html><html><head><title>503 Service Temporarily Unavailable</title></head>"
    "<body><h1>QuickBooks is temporarily unavailable</h1><p>We are working on it. Please try again.</p></body></html>"
)


class AnswerLostError(httpx.ReadError):
    """In process: the effect happened, the answer did not arrive. A transport error to whoever called."""


class BrokenAnswer(Response):
    """Over real HTTP: promises a body and hangs up, so the caller sees the connection break."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


def lost(world: World) -> Response:
    """An answer that never arrives. Raises `AnswerLostError` in process; over HTTP the connection is broken."""
    if world.lost_answers == "raise":
        raise AnswerLostError("the connection broke before the answer arrived")
    return BrokenAnswer()


def wants_json(request: Request) -> bool:
    """XML is the default of the real API."""
    return "json" in request.headers.get("accept", "")


def envelope(request: Request, body: Body, status: int, tid: str, headers: dict[str, str] | None = None) -> Response:
    if wants_json(request):
        content, media = dumps(body), "application/json;charset=UTF-8"
    else:
        content, media = xml_envelope(body), "application/xml;charset=UTF-8"
    shown = {"intuit_tid": tid, "QBO-Version": "2026.75.1", "cache-control": "no-cache, no-store", **(headers or {})}
    return Response(content, status, shown, media)


def plain_json(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(dumps(body), status, headers, "application/json")


def html(text: str, status: int = 200) -> Response:
    return Response(text, status, None, "text/html; charset=utf-8")
