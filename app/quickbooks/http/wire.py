"""One exchange with one company: signed, throttled, metered, logged, and its failures translated once.

Reads may be sent again after a 401 with a fresh token. A write that creates documents may not: a 401 can come after the
effect, so it is reported as `Unreachable`, and whoever sent it looks first (docs/rules.md 8). Nothing here retries for
any other reason; waiting is the caller's decision, except that the allowance itself waits.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import httpx
import simplejson

from app import log
from app.answer_bodies import PACKINGS, OtherPacking, TooLarge, Unreadable, read_aside, read_body
from app.errors import Blocked, Refused, Unauthorised, Unreachable
from app.json_values import amount
from app.quickbooks.http.faults import error_for, faults_in, read_json
from app.quickbooks.mapping.values import moment, rows
from app.quickbooks.ports import Allowance, Clock, Meter, TokenSource

MINOR_VERSION = "75"
CALL_SECONDS = 120.0
"""QuickBooks ends a request itself after this long."""
MAX_BYTES = 64 * 1024 * 1024
"""Of an answer, unpacked: a thousand documents of the size that QuickBooks takes are less."""
_LONG_STATEMENT = 1500
_HOSTS = {"production": "quickbooks.api.intuit.com", "sandbox": "sandbox-quickbooks.api.intuit.com"}
_logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its body, unpacked."""

    status_code: int
    headers: httpx.Headers
    content: bytes


class Wire:
    """The way to one company of one connection."""

    def __init__(
        self,
        *,
        connection_id: str,
        realm_id: str,
        http: httpx.AsyncClient,
        base_url: str,
        tokens: TokenSource,
        throttle: Allowance,
        meter: Meter,
        clock: Clock,
        environment: str,
    ) -> None:
        other = _HOSTS["sandbox" if environment == "production" else "production"]
        if httpx.URL(base_url).host == other:
            raise ValueError(f"QUICKBOOKS_API_URL points at {other}, which is not the {environment} environment")
        self.realm_id = realm_id
        self._connection_id = connection_id
        self._http = http
        self._root = f"{base_url.rstrip('/')}/v3/company/{quote(realm_id, safe='')}"
        self._tokens = tokens
        self._throttle = throttle
        self._meter = meter
        self._clock = clock
        self._write_rejected = False

    async def query(self, statement: str, *, upkeep: bool = False) -> tuple[list[dict[str, Any]], datetime]:
        """The rows of one statement, and QuickBooks' own time of it. One metered read, as are all that follow; `upkeep`: counted
        apart from those of synchronising (`ports.Meter`)."""
        if len(statement) <= _LONG_STATEMENT:
            content = await self._read("GET", "/query", {"query": statement}, upkeep=upkeep)
        else:
            content = await self._read("POST", "/query", {}, statement.encode(), upkeep=upkeep)
        answer = content.get("QueryResponse")
        return _only_rows(answer), self._time(content)

    async def cdc(self, entities: Sequence[str], since: datetime) -> tuple[dict[str, list[dict[str, Any]]], datetime]:
        """What changed since, by entity (deleted stubs included), and QuickBooks' own time. One metered read."""
        asked = {"entities": ",".join(entities), "changedSince": since.isoformat(timespec="seconds")}
        content = await self._read("GET", "/cdc", asked)
        found: dict[str, list[dict[str, Any]]] = {entity: [] for entity in entities}
        for response in rows(content.get("CDCResponse")):
            for block in rows(response.get("QueryResponse")):
                for entity in entities:
                    found[entity] += rows(block.get(entity))
        return found, self._time(content)

    async def exchange_rate(self, currency: str, day: date | None) -> Decimal | None:
        """The company's rate of a currency on a day, today where none is given; None where it has none. One metered read."""
        asked = {"sourcecurrencycode": currency} | ({"asofdate": day.isoformat()} if day else {})
        try:
            content = await self._read("GET", "/exchangerate", asked)
        except Refused:
            return None
        found = content.get("ExchangeRate")
        rate = amount(found.get("Rate")) if isinstance(found, dict) else None
        return rate or None

    async def report(self, name: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """A report as QuickBooks answers it. One metered read, of upkeep."""
        return await self._read("GET", f"/reports/{name}", parameters, upkeep=True)

    async def queries(self, statements: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
        """The rows of several statements in one call, by their names. Each is a metered read, of upkeep.

        Raises the `OutsideError` of the first statement that was refused, `Unreachable` where some were not answered.
        """
        return {name: _only_rows(answer) for name, answer in (await self._several(statements)).items()}

    async def counts(self, statements: Mapping[str, str]) -> dict[str, int]:
        """What several counting statements come to, in one call, by their names. Each is a metered read, of upkeep.

        Raises like `queries`, and `Unreachable` where one is answered without a number.
        """
        answers = await self._several(statements)
        numbers = {name: answer.get("totalCount") for name, answer in answers.items() if isinstance(answer, dict)}
        found = {name: number for name, number in numbers.items() if isinstance(number, int)}
        if len(found) != len(statements):
            raise Unreachable("QuickBooks answered a question for a number without one.", code="unreadable")
        return found

    async def _several(self, statements: Mapping[str, str]) -> dict[str, Any]:
        names = {f"q{number}": name for number, name in enumerate(statements)}
        items = [{"bId": bid, "Query": statements[name]} for bid, name in names.items()]
        content = await self._read(
            "POST", "/batch", {}, encode({"BatchItemRequest": items}), reads=len(items), batch=True, upkeep=True
        )
        found: dict[str, Any] = {}
        for item in rows(content.get("BatchItemResponse")):
            if faults_in(item):
                raise error_for(200, {}, encode(item), self._clock.now())
            name = names.get(str(item.get("bId")))
            if name:
                found[name] = item.get("QueryResponse")
        if len(found) != len(names):
            raise Unreachable("QuickBooks answered only some of the questions of a batch.")
        return found

    async def post_batch(
        self, items: Sequence[Mapping[str, Any]], request_id: str, *, creates: bool
    ) -> tuple[Any, str]:
        """Post write items under one request id; the answer's content and its trace id."""
        body = encode({"BatchItemRequest": list(items)})
        answer = await self._exchange("POST", "/batch", {"requestid": request_id}, body, batch=True, once=creates)
        return await self._content(answer), answer.headers.get("intuit_tid", "")

    async def _read(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        body: bytes = b"",
        *,
        reads: int = 1,
        batch: bool = False,
        upkeep: bool = False,
    ) -> dict[str, Any]:
        answer = await self._exchange(method, path, params, body, batch=batch, once=False)
        content = await self._content(answer)
        await self._meter.count(self._connection_id, self._clock.now().date(), reads, upkeep=upkeep)
        return content

    async def _exchange(
        self, method: str, path: str, params: Mapping[str, str], body: bytes, *, batch: bool, once: bool
    ) -> Answer:
        token = await self._tokens.access_token(self._connection_id)
        answer = await self._send(method, path, params, body, token, batch=batch)
        if answer.status_code == 401:
            fresh = await self._tokens.renewed_token(self._connection_id, token)
            if once and not self._write_rejected:
                self._write_rejected = True
                raise Unreachable(
                    "The access token ran out while documents were being created; it is looked up what was made.",
                    code="401",
                    trace_id=answer.headers.get("intuit_tid", ""),
                )
            if not once:
                answer = await self._send(method, path, params, body, fresh, batch=batch)
        if answer.status_code != 200:
            raise self._failed(answer)
        if once:
            self._write_rejected = False
        return answer

    async def _send(
        self, method: str, path: str, params: Mapping[str, str], body: bytes, token: str, *, batch: bool
    ) -> Answer:
        await self._throttle.acquire(batch=batch)
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "Accept-Encoding": PACKINGS}
        if body:
            headers["Content-Type"] = "application/text" if path == "/query" else "application/json"
        request = self._http.build_request(
            method,
            self._root + path,
            params={**params, "minorversion": MINOR_VERSION},
            content=body or None,
            headers=headers,
            timeout=httpx.Timeout(CALL_SECONDS, connect=10),
        )
        started = self._clock.monotonic()
        answer = await self._answered(request)
        _logger.debug(
            "quickbooks.call",
            path=path,
            status=answer.status_code,
            seconds=round(self._clock.monotonic() - started, 3),
            intuit_tid=answer.headers.get("intuit_tid", ""),
        )
        return answer

    async def _answered(self, request: httpx.Request) -> Answer:
        """The answer with its body, within the time and size that an answer has."""
        try:
            async with asyncio.timeout(CALL_SECONDS):
                response = await self._http.send(request, stream=True, follow_redirects=False)
                try:
                    content = await read_body(response, MAX_BYTES)
                finally:
                    await response.aclose()
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Unreachable("QuickBooks did not answer in time.", code="timeout") from error
        except (httpx.HTTPError, Unreadable, OtherPacking) as error:
            raise Unreachable("QuickBooks could not be reached.", code="transport") from error
        except TooLarge as error:
            raise Blocked(
                f"QuickBooks' answer is larger than {MAX_BYTES // 1024**2} MB, which no answer of its API is.",
                code="too-large",
                advice="The operator must check that QUICKBOOKS_API_URL leads to Intuit.",
            ) from error
        return Answer(response.status_code, response.headers, content)

    async def _content(self, answer: Answer) -> dict[str, Any]:
        try:
            content = await read_aside(read_json, answer.content)
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict) or faults_in(content):
            raise self._failed(answer)
        return content

    def _failed(self, answer: Answer) -> Exception:
        error = error_for(answer.status_code, answer.headers, answer.content, self._clock.now())
        wait = getattr(error, "wait_seconds", None)
        if wait is not None:
            self._throttle.pause(wait)
        _logger.warning(
            "quickbooks.failed",
            status=answer.status_code,
            error=type(error).__name__,
            code=error.code,
            intuit_tid=error.trace_id,
        )
        if isinstance(error, Unauthorised):
            error.advice = error.advice or "Connect to QuickBooks again."
        return error

    def _time(self, content: Mapping[str, Any]) -> datetime:
        """QuickBooks' own clock at the start of the request: the safe side of a watermark."""
        return moment(content.get("time")) or self._clock.now()


def encode(content: Any) -> bytes:
    """JSON bytes, the same for the same content; a Decimal is written as the number that it is."""
    return simplejson.dumps(content, use_decimal=True, separators=(",", ":"), ensure_ascii=False).encode()


def plain_numbers(content: Any) -> Any:
    """Content without exponents in its numbers, which not every reader of JSON expects."""
    if isinstance(content, dict):
        return {name: plain_numbers(value) for name, value in content.items()}
    if isinstance(content, list):
        return [plain_numbers(value) for value in content]
    if isinstance(content, Decimal):
        return Decimal(format(content, "f"))
    return content


def _only_rows(answer: Any) -> list[dict[str, Any]]:
    """The one list of a QueryResponse, whatever its name; nothing found means that there is none."""
    lists = [value for value in answer.values() if isinstance(value, list)] if isinstance(answer, dict) else []
    return rows(lists[0]) if lists else []
