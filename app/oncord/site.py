"""One site's connector API over HTTP: the token, the limits of what we swallow, and errors translated once.

Money never passes through a float: JSON numbers with a fraction arrive as Decimal.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from app.domain.model.exchange import Document
from app.domain.model.texts import cleaned, suspect
from app.errors import Blocked, OutsideError, Remedy, Throttled, Unauthorised, Unreachable
from app.json_values import text

MAX_BYTES = 64 * 1024 * 1024
LONG_NUMBER = 100
"""Python reads no integer of thousands of digits; as a Decimal it is an amount that nobody can pay."""
RETRY_SECONDS = 30.0
"""How long to wait where a busy site does not say."""


class Site:
    """Calls to one site. The HTTP client is shared and not ours to close."""

    def __init__(self, api_url: str, token: str, http: httpx.AsyncClient) -> None:
        self._api_url = api_url.rstrip("/")
        self._token = token
        self._http = http

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """Read something."""
        return await self._call("GET", path, params=params)

    async def post(self, path: str, body: Document) -> Any:
        """Write something."""
        return await self._call("POST", path, body=body)

    async def put(self, path: str, body: Document) -> Any:
        """Set something."""
        return await self._call("PUT", path, body=body)

    async def _call(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, body: Document | None = None
    ) -> Any:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body, ensure_ascii=False).encode()
        request = self._http.build_request(
            method, self._api_url + path, params=params, content=content, headers=headers
        )
        try:
            response = await self._http.send(request, stream=True, follow_redirects=False)
            try:
                answer = await _read(response)
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise Unreachable(
                "The shop did not answer.", code=type(error).__name__, advice="This is tried again by itself."
            ) from error
        if response.status_code // 100 != 2:
            raise translate(response, answer)
        try:
            return read_json(answer)
        except (ValueError, RecursionError) as error:
            raise Unreachable("The shop's answer cannot be read.", code="unreadable") from error


def read_json(answer: bytes) -> Any:
    """JSON whose fractions are Decimal and whose texts are cleaned; raises ValueError where it is none.

    Raw control characters, bytes that are no UTF-8 and endless numbers spoil the record that has them, not the page.
    """
    said = answer.decode("utf-8", "replace").removeprefix("\ufeff")
    content = json.loads(said, strict=False, parse_float=Decimal, parse_int=_integer)
    return cleaned(content) if suspect(said) else content


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) < LONG_NUMBER else Decimal(digits)


async def _read(response: httpx.Response) -> bytes:
    pieces, size = [], 0
    async for piece in response.aiter_bytes():
        size += len(piece)
        if size > MAX_BYTES:
            raise Blocked("The shop's answer is too large to be one.", code="too-large")
        pieces.append(piece)
    return b"".join(pieces)


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
    try:
        problem = read_json(answer)
        sentence = text(problem.get("detail")) or text(problem.get("title"))
    except (ValueError, AttributeError, RecursionError):
        sentence = ""
    return f': "{sentence[:200]}"' if sentence else "."


def _wait(response: httpx.Response) -> float:
    value = response.headers.get("retry-after", "")
    if value.isdigit():
        return float(value)
    try:
        sent = parsedate_to_datetime(response.headers.get("date", ""))
        return max(0.0, (parsedate_to_datetime(value) - sent).total_seconds())
    except (ValueError, TypeError):
        return RETRY_SECONDS
