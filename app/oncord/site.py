"""One site's connector API over HTTP: the token, the limits of what we swallow, and errors translated once.

A request has a time in all, however its answer is dealt out; an answer has a size, packed and unpacked, and a number of values.
Money never passes through a float: JSON numbers with a fraction arrive as Decimal.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Protocol

import httpx

from app.answer_bodies import PACKINGS, OtherPacking, TooLarge, Unreadable, read_aside, read_body
from app.answer_headers import moment_in, retry_after
from app.domain.model.exchange import Document
from app.domain.model.texts import cleaned, suspect
from app.errors import Blocked, OutsideError, Remedy, Throttled, TooSlow, Unauthorised, Unreachable
from app.json_values import text

MAX_BYTES = 8 * 1024 * 1024
MAX_VALUES = 600_000
"""A value is read in well under a microsecond; records as the contract has them take more than twenty bytes for each."""
REQUEST_SECONDS = 60.0
"""The longest that a request takes in all."""
QUICK_SECONDS = 5.0
"""After so long others go first."""
LONGEST_PROBLEM = 64 * 1024
"""Of the document that says why a call was refused; what is longer is not looked at."""
LONG_NUMBER = 100
"""Python reads no integer of thousands of digits; as a Decimal it is an amount that nobody can pay."""
RETRY_SECONDS = 30.0
"""How long to wait where a busy site does not say."""


class AnswerTooLarge(Blocked):
    """The answer is larger than an answer may be. Ask for less at a time."""


class Patience(Protocol):
    """What is told of the waiting for a shop, so that others go first."""

    def step_aside(self) -> bool:
        """The answer is long in coming; False where the request must end therefore."""
        ...

    def waited(self, seconds: float) -> None:
        """An answer came, or none, after so many seconds."""
        ...

    def takes_several(self) -> bool:
        """Whether several requests may be under way at once."""
        ...

    def refused_several(self) -> None:
        """They may not: while several were under way, the shop asked us to slow down or did not answer."""
        ...


class Unhurried:
    """Nobody else waits."""

    def __init__(self) -> None:
        self._several = True

    def step_aside(self) -> bool:
        """It may take its time."""
        return True

    def waited(self, seconds: float) -> None:
        """Whatever that was."""

    def takes_several(self) -> bool:
        """Until it has refused them."""
        return self._several

    def refused_several(self) -> None:
        """From now on it is asked one by one."""
        self._several = False


class Site:
    """Calls to one site. The HTTP client is shared and not ours to close."""

    def __init__(
        self,
        api_url: str,
        token: str,
        http: httpx.AsyncClient,
        *,
        request_seconds: float = REQUEST_SECONDS,
        quick_seconds: float = QUICK_SECONDS,
        patience: Patience | None = None,
    ) -> None:
        self._api_url = api_url.rstrip("/")
        self._token = token
        self._http = http
        self._request_seconds = request_seconds
        self._quick_seconds = quick_seconds
        self._patience = patience or Unhurried()
        self._under_way = 0
        self._most_under_way = 0
        self._waiting_since = 0.0
        self._in_turn = asyncio.Lock()

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """Read something; beside other requests, until the shop does not take that."""
        if not self._patience.takes_several():
            async with self._in_turn:
                return await self._call("GET", path, params=params)
        try:
            return await self._call("GET", path, params=params)
        except (Throttled, TooSlow):
            if self._most_under_way > 1:
                self._patience.refused_several()
            raise

    async def post(self, path: str, body: Document) -> Any:
        """Write something."""
        return await self._call("POST", path, body=body)

    async def put(self, path: str, body: Document) -> Any:
        """Set something."""
        return await self._call("PUT", path, body=body)

    async def _call(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, body: Document | None = None
    ) -> Any:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json", "Accept-Encoding": PACKINGS}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body, ensure_ascii=False).encode()
        request = self._http.build_request(
            method, self._api_url + path, params=params, content=content, headers=headers
        )
        response, answer = await self._answered(request)
        if response.status_code // 100 != 2:
            raise translate(response, answer)
        if sum(map(answer.count, (b",", b"{", b"["))) > MAX_VALUES:
            raise _too_large()
        try:
            return await read_aside(read_json, answer)
        except (ValueError, RecursionError) as error:
            raise _unreadable() from error

    async def _answered(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        """The answer with its body, within the time that a request has; less where it would keep others waiting."""
        try:
            async with asyncio.timeout(self._request_seconds) as limit:
                with self._waiting(), self._stepping_aside(limit):
                    return await self._read(request)
        except httpx.PoolTimeout as error:  # our own doing
            raise Unreachable("The shop could not be asked, since too much was under way.", code="pool") from error
        except (TimeoutError, httpx.TimeoutException) as error:
            self._patience.step_aside()  # the connection begins aside the next time
            raise TooSlow(
                "The shop did not answer in time.",
                code="timeout",
                advice="This is tried again by itself, less and less often."
                " Ask whoever looks after the shop why its connector is slow.",
            ) from error
        except httpx.HTTPError as error:
            raise Unreachable(
                "The shop did not answer.", code=type(error).__name__, advice="This is tried again by itself."
            ) from error
        except TooLarge as error:
            raise _too_large() from error
        except (
            Unreadable,
            httpx.InvalidURL,
            UnicodeError,
        ) as error:  # the latter two: where it says that it has moved to
            raise _unreadable() from error
        except OtherPacking as error:
            raise Blocked(
                "The shop's answer is packed in a way that is not read here.",
                code="other-packing",
                advice="Ask whoever looks after the shop to have its connector answer in plain JSON, or packed once by gzip.",
            ) from error

    async def _read(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        response = await self._http.send(request, stream=True, follow_redirects=False)
        try:
            return response, await read_body(response, MAX_BYTES)
        finally:
            await response.aclose()

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """Tell how long the shop was waited for: while several requests are under way at once, time passes once."""
        loop = asyncio.get_running_loop()
        if not self._under_way:
            self._waiting_since, self._most_under_way = loop.time(), 0
        self._under_way += 1
        self._most_under_way = max(self._most_under_way, self._under_way)
        try:
            yield
        finally:
            self._under_way -= 1
            now = loop.time()
            self._patience.waited(now - self._waiting_since)
            self._waiting_since = now

    @contextmanager
    def _stepping_aside(self, limit: asyncio.Timeout) -> Iterator[None]:
        """Say so once an answer is long in coming, and end the request where that must be."""
        loop = asyncio.get_running_loop()

        def step_aside() -> None:
            if not self._patience.step_aside():
                limit.reschedule(loop.time())

        timer = loop.call_later(self._quick_seconds, step_aside)
        try:
            yield
        finally:
            timer.cancel()


def _too_large() -> AnswerTooLarge:
    return AnswerTooLarge(
        f"The shop's answer is larger than {MAX_BYTES // 1024**2} MB, or holds more values than an answer does.",
        code="too-large",
        advice="Ask whoever looks after the shop's connector what it sends.",
    )


def _unreadable() -> Unreachable:
    return Unreachable(
        "The shop's answer cannot be read.",
        code="unreadable",
        advice="This is tried again by itself. If it stays, ask whoever looks after the shop's connector what it sends.",
    )


def read_json(answer: bytes) -> Any:
    """JSON whose fractions are Decimal and whose texts are cleaned; raises ValueError where it is none.

    Raw control characters, bytes that are no UTF-8 and endless numbers spoil the record that has them, not the page.
    """
    said = answer.decode("utf-8", "replace").removeprefix("\ufeff")
    content = json.loads(said, strict=False, parse_float=Decimal, parse_int=_integer)
    return cleaned(content) if suspect(said) else content


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < LONG_NUMBER else Decimal(digits)


def translate(response: httpx.Response, answer: bytes) -> OutsideError:
    """A refusal of a whole call, named by what to do next. What concerns one record stands in the batch's results."""
    status = response.status_code
    code, said = f"http-{status}", _said(answer)
    if status == 401:
        return Unauthorised(
            "The shop no longer accepts our token.",
            code=code,
            advice="Give this connection a fresh token of the shop; nothing is lost meanwhile.",
            remedy=Remedy.SITE_TOKEN,
        )
    if status in (429, 503) and (status == 429 or "retry-after" in response.headers):
        return Throttled("The shop asks us to slow down.", wait_seconds=_wait(response), code=code)
    if status >= 500 or status == 408:
        return Unreachable("The shop has a fault.", code=code, advice="This is tried again by itself.")
    if status // 100 == 3:
        return Blocked(
            "The shop's address has moved.",
            code=code,
            advice="Enter the address it is at now.",
            remedy=Remedy.SITE_ADDRESS,
        )
    if status in (403, 404, 410):
        return Blocked(
            f"The shop does not let its connector be used{said}",
            code=code,
            advice="Check that the connector is installed and switched on, and that its address is right.",
            remedy=Remedy.SITE_ADDRESS,
        )
    return Blocked(f"The shop did not understand us{said}", code=code, advice="Check the connector's version.")


def _said(answer: bytes) -> str:
    """What the problem document says, bounded, as the end of a sentence."""
    if len(answer) > LONGEST_PROBLEM:
        return "."
    try:
        problem = read_json(answer)
        sentence = text(problem.get("detail")) or text(problem.get("title"))
    except (ValueError, AttributeError, RecursionError):
        sentence = ""
    return f': "{sentence[:200]}"' if sentence else "."


def _wait(response: httpx.Response) -> float:
    sent = moment_in(response.headers.get("date", ""))
    seconds = retry_after(response.headers.get("retry-after", ""), sent)
    return RETRY_SECONDS if seconds is None else seconds
