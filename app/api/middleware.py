"""What surrounds every request: its id in the answer and in the log, and headers that keep browsers careful."""

import re
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import log
from app.api.rates import address_of

_log = log.get(__name__)

_GIVEN = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_QUIET = ("/health", "/ready", "/webhooks/")
"""Not worth a line unless they fail: they come all the time, and an event leaves a row with its request's id."""
_AT_THE_DOOR = (401, 403, 408, 413, 429)
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"
"""A year of https alone, for the service's host and those below it."""


def request_id_of(scope: Scope, new_id: Callable[[Scope], str]) -> str:
    """The caller's `X-Request-ID` where it is a decent one, else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _GIVEN.fullmatch(value):
            return str(value.decode())
    return new_id(scope)


class RequestId:
    """Takes the caller's `X-Request-ID` where it is a decent one, else makes one; writes one log line per request."""

    def __init__(self, app: ASGIApp, new_id: Callable[[Scope], str]) -> None:
        self._app = app
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on inside its log context."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(scope, self._new_id)
        scope["request_id"] = request_id
        status = 0

        async def answering(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        with log.context(request=request_id):
            try:
                await self._app(scope, receive, answering)
            finally:
                if status >= 400 or not scope["path"].startswith(_QUIET):
                    # Whom to stop is asked of those who were refused at the door, and of nobody else.
                    who = {"address": address_of(scope)} if status in _AT_THE_DOOR else {}
                    _log.info("request", method=scope["method"], path=scope["path"], status=status, **who)


class SecurityHeaders:
    """Headers for every answer; pages may be framed by `frame_origin` only (Oncord's own console), or by nobody."""

    def __init__(self, app: ASGIApp, *, secure: bool, frame_origin: str = "") -> None:
        self._app = app
        frames = frame_origin or "'none'"
        self._headers = {
            "x-content-type-options": "nosniff",
            "referrer-policy": "no-referrer",
            "content-security-policy": (
                f"default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
                f" form-action 'self'; frame-ancestors {frames}"
            ),
        }
        if not frame_origin:
            self._headers["x-frame-options"] = "DENY"
        if secure:
            self._headers["strict-transport-security"] = STRICT_TRANSPORT

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers that an answer does not set itself."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def answering(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, answering)
