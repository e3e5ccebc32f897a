"""What QuickBooks may answer: large, packed once at most, in so much time."""

import gzip
import json
import zlib
from datetime import UTC, datetime

import httpx
import pytest

from app.errors import Blocked, OutsideError, Unreachable
from app.quickbooks.http import wire
from app.quickbooks.http.wire import Wire
from tests.oncord.test_answer_limits import Pieces
from tests.quickbooks.company import CountingMeter, VirtualClock

ANSWER = {"QueryResponse": {"Invoice": [{"Id": str(number)} for number in range(3)]}, "time": "2026-11-22T00:00:00Z"}
BODY = json.dumps(ANSWER).encode()


class Tokens:
    async def access_token(self, connection_id: str) -> str:
        return "token"

    async def renewed_token(self, connection_id: str, refused: str) -> str:
        return "token"


class Free:
    async def acquire(self, *, batch: bool) -> None:
        return

    def pause(self, seconds: float) -> None:
        return


async def asked(body: bytes, packing: str = "", pause: float = 0) -> list[str]:
    """The ids of a query that is answered so."""
    headers = {"content-encoding": packing} if packing else {}
    size = 1 if pause else 64 * 1024

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=headers, stream=Pieces(body, size, pause))

    async with httpx.AsyncClient(transport=httpx.MockTransport(respond)) as http:
        way = Wire(
            connection_id="con_1",
            realm_id="1",
            http=http,
            base_url="https://books.example",
            tokens=Tokens(),
            throttle=Free(),
            meter=CountingMeter(),
            clock=VirtualClock(),
            environment="sandbox",
        )
        found, at = await way.query("SELECT * FROM Invoice")
    assert at == datetime(2026, 11, 22, tzinfo=UTC)
    return [row["Id"] for row in found]


@pytest.mark.parametrize(
    ("packing", "body"), [("", BODY), ("gzip", gzip.compress(BODY, mtime=0)), ("deflate", zlib.compress(BODY))]
)
async def test_an_answer_is_plain_or_packed_once(packing: str, body: bytes) -> None:
    assert await asked(body, packing) == ["0", "1", "2"]


async def test_an_answer_of_ten_megabytes_is_ordinary() -> None:
    assert await asked(BODY + b" " * (10 * 1024 * 1024)) == ["0", "1", "2"]


async def test_an_answer_beyond_all_documents_is_the_operators_affair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MAX_BYTES", 1024 * 1024)

    with pytest.raises(Blocked) as refused:
        await asked(gzip.compress(b" " * (32 * 1024 * 1024)), "gzip")

    assert "operator" in refused.value.advice


@pytest.mark.parametrize(
    ("packing", "body"), [("gzip, gzip", gzip.compress(BODY, mtime=0)), ("br", BODY), ("gzip", BODY)]
)
async def test_an_answer_that_is_packed_otherwise_is_none(packing: str, body: bytes) -> None:
    with pytest.raises(Unreachable):
        await asked(body, packing)


async def test_an_answer_that_is_dealt_out_ends_when_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "CALL_SECONDS", 0.2)

    with pytest.raises(OutsideError) as refused:
        await asked(BODY, pause=0.05)

    assert refused.value.code == "timeout"
