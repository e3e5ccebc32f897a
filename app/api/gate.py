"""What a request must get past before a byte of its body is read: how often its address asks, its key, its characters.

The routers demand the key once more; this gate keeps everybody else's bodies out of memory. Webhooks never come here:
their signatures need the body, and `app.api.webhooks` has limits of its own.
"""

import asyncio
import re
from collections.abc import Mapping
from contextlib import AsyncExitStack
from urllib.parse import parse_qsl

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import auth
from app.api.dependencies import network_of
from app.api.places import places_of
from app.api.problems import answer
from app.api.rates import Rates, address_of
from app.errors import InvalidInput, NotFound, Rejection
from app.services.callers import Caller

BODY_BYTES = 256 * 1024
FORM_BYTES = 16 * 1024
"""Of a form that anybody may send, such as the one for signing in."""
READING_SECONDS = 20.0
"""How long somebody may take to hand over a body."""
_LARGE = ("/api/", "/connections/")
_PASS = ("/webhooks/", "/health")
_CONNECTION = re.compile(r"/api/v\d+/connections/([^/]{1,64})")
_WAY_BACK = "/oauth/quickbooks/callback"
"""Whoever comes back from the consent page is led on, whatever Intuit's address held; nothing of it is looked up as it is."""


class Gate:
    """Answers those who may not come in, and bounds the bodies of all others."""

    def __init__(self, app: ASGIApp, rates: Rates) -> None:
        self._app = app
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it."""
        if scope["type"] != "http" or path_of(scope).startswith(_PASS):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        headers: Mapping[str, str] = {}
        async with AsyncExitStack() as held:
            try:
                headers = await self._insist_on_key(request)
                _insist_on_characters(scope)
                body = Body(request, receive)
                await held.enter_async_context(
                    places_of(request.app.state).place(_connection_of(request), path_of(scope))
                )
            except (Rejection, HTTPException) as error:
                refusal = await answer(request, error)
                refusal.headers.update(headers)
                await refusal(scope, receive, send)
                return
            await self._let_in(scope, body, headers, send)

    async def _let_in(self, scope: Scope, body: "Body", headers: Mapping[str, str], send: Send) -> None:
        """Hand a request on; the answer has the headers that say what is left."""

        async def answering(message: Message) -> None:
            if message["type"] == "http.response.start":
                shown = MutableHeaders(scope=message)
                for name, value in headers.items():
                    shown.setdefault(name, value)
            await send(message)

        await self._app(scope, body.receive, answering)

    async def _insist_on_key(self, request: Request) -> Mapping[str, str]:
        """The headers that say what is left: to a key what its own limits leave, to whoever shows none what the address has.

        So nobody uses up what a key at the same address has. A wrong one counts against its address wherever it is shown.
        """
        credentials = await auth.bearer(request)
        try:
            state, key = request.app.state, credentials.credentials if credentials else None
            network = network_of(request)
            request.state.caller = await auth.caller_of(state.container, state.settings, key, network)
        except Rejection as refused:
            address = address_of(request.scope)
            headers = self._rates.count_address(address)
            if isinstance(refused, auth.KeyWrong):
                self._rates.count_failure(address)
            if path_of(request.scope).startswith("/api/"):
                raise
            return headers
        assert credentials is not None
        return self._rates.count_key(credentials.credentials, _connection_of(request))


def _connection_of(request: Request) -> str:
    """The connection that whoever shows a key asks about; "" for none. A key uses up nothing of one that it may not ask about."""
    caller: Caller | None = getattr(request.state, "caller", None)
    if caller is None:
        return ""
    named = _CONNECTION.match(path_of(request.scope))
    return caller.connection_id or (named[1] if named else "")


def path_of(scope: Scope) -> str:
    """What the router will look at. `request.url` is put together with the Host header, which anybody may write."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


class Body:
    """Bounds what comes in with one request, by its declared length, as it arrives, and in time."""

    def __init__(self, request: Request, receive: Receive) -> None:
        self._most = BODY_BYTES if path_of(request.scope).startswith(_LARGE) else FORM_BYTES
        self._receive = receive
        self._size = 0
        self._deadline: float | None = None
        self.complete = False
        if _declared(request) > self._most:
            raise self._too_large()

    async def receive(self) -> Message:
        """The next piece. Raises `HTTPException`: 413 as soon as it is too much, 408 where it takes too long."""
        if self.complete:
            return await self._receive()
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().time() + READING_SECONDS
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(
                408, f"The body took longer than {READING_SECONDS:.0f} seconds to come. Send it again in one go."
            ) from None
        if message["type"] != "http.request":
            return message
        self._size += len(message.get("body", b""))
        if self._size > self._most:
            raise self._too_large()
        self.complete = not message.get("more_body", False)
        return message

    def _too_large(self) -> HTTPException:
        return HTTPException(
            413,
            f"At most {self._most // 1024} KiB may be sent to this address. Send less at once, in several requests.",
        )


def _declared(request: Request) -> int:
    length = request.headers.get("content-length", "0")
    return int(length[:20]) if length.isdecimal() and length.isascii() else 0


def _insist_on_characters(scope: Scope) -> None:
    """No id, cursor or word of an address holds a character that PostgreSQL cannot: there is nothing under such a name."""
    in_path = "\x00" in scope["path"]
    if in_path and not path_of(scope).startswith("/api/"):
        raise NotFound("not-found", "There is nothing at this address: it holds a character that no name has.")
    in_query = [] if path_of(scope) == _WAY_BACK else _named(scope)
    if in_path or in_query:
        raise InvalidInput(
            "invalid-input",
            "What was asked for holds a character (%00) that no text has. Take it out.",
            fields=dict.fromkeys(["path"] if in_path else in_query, "holds a character that no text has"),
        )


def _named(scope: Scope) -> list[str]:
    """The parameters of the query that hold such a character; "query" for one whose own name does."""
    pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return ["query" if "\x00" in name else name for name, value in pairs if "\x00" in name or "\x00" in value]
