"""What a shop may answer: so many bytes, packed once at most, in so much time, and what holds up nobody else."""

import asyncio
import gzip
import json
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from app.answer_bodies import ASIDE, STEP
from app.domain.model.records import Kind
from app.errors import Blocked, OutsideError, TooSlow, Unreachable
from app.oncord.client import OncordSide
from app.oncord.site import MAX_BYTES, MAX_VALUES, AnswerTooLarge, Site
from tests.oncord.test_oncord_client import NOW

Respond = Callable[[httpx.Request], httpx.Response]
SITE = b'{"id": "s", "features": ["commerce"]}'


class Pieces(httpx.AsyncByteStream):
    """A body that comes in pieces, `pause` seconds between them."""

    def __init__(self, body: bytes, size: int = 1000, pause: float = 0) -> None:
        self._pieces = [body[start : start + size] for start in range(0, len(body), size)]
        self._pause = pause

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            await asyncio.sleep(self._pause)
            yield piece


def answering(body: bytes, packing: str = "", **more: Any) -> Respond:
    headers = {"content-encoding": packing} if packing else {}
    return lambda request: httpx.Response(200, headers=headers, stream=Pieces(body, **more))


async def asked(respond: Respond, **more: Any) -> Any:
    async with httpx.AsyncClient(transport=httpx.MockTransport(respond)) as http:
        return await Site("https://shop.example", "secret", http, **more).get("/site")


def bare_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@pytest.mark.parametrize("size", [1, 7, 10**6])
@pytest.mark.parametrize(
    ("packing", "body"),
    [
        ("", SITE),
        ("identity", SITE),
        ("gzip", gzip.compress(SITE, mtime=0)),
        ("GZIP", gzip.compress(SITE, mtime=0)),
        ("deflate", zlib.compress(SITE)),
        ("deflate", bare_deflate(SITE)),
    ],
)
async def test_an_answer_is_plain_or_packed_once(packing: str, body: bytes, size: int) -> None:
    assert await asked(answering(body, packing, size=size)) == json.loads(SITE)


async def test_a_large_answer_that_is_packed_arrives_whole() -> None:
    text = "x" * (3 * STEP + 5)

    assert await asked(answering(gzip.compress(json.dumps({"text": text}).encode()), "gzip")) == {"text": text}


@pytest.mark.parametrize("packing", ["gzip, gzip", "gzip,deflate", "br", "zstd", "compress", "rot13"])
async def test_an_answer_that_is_packed_otherwise_is_not_unpacked(packing: str) -> None:
    with pytest.raises(Blocked) as refused:
        await asked(answering(gzip.compress(gzip.compress(SITE, mtime=0)), packing))

    assert refused.value.code == "other-packing"
    assert "gzip" in refused.value.advice


@pytest.mark.parametrize("packing", ["gzip", "deflate"])
async def test_a_little_that_would_be_much_takes_no_memory(packing: str) -> None:
    packed = gzip.compress if packing == "gzip" else zlib.compress
    bomb = packed(b" " * (8 * MAX_BYTES))
    tracemalloc.start()
    try:
        with pytest.raises(AnswerTooLarge):
            await asked(answering(bomb, packing, size=10**6))
        assert tracemalloc.get_traced_memory()[1] < 3 * MAX_BYTES
    finally:
        tracemalloc.stop()


async def test_an_endless_answer_that_is_not_packed_is_given_up() -> None:
    read = 0

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            nonlocal read
            while True:
                read += STEP
                yield b" " * STEP

    with pytest.raises(AnswerTooLarge):
        await asked(lambda request: httpx.Response(200, stream=Endless()))
    assert read <= MAX_BYTES + STEP


@pytest.mark.parametrize("body", [gzip.compress(SITE, mtime=0)[:-9], b"no gzip", gzip.compress(SITE, mtime=0)[:12]])
async def test_what_is_not_packed_as_it_says_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreachable) as refused:
        await asked(answering(body, "gzip"))

    assert refused.value.code == "unreadable"


@pytest.mark.parametrize("piece", [b"{},", b"[],", b"0,", b'{"a":1},'])
async def test_an_answer_of_small_values_is_not_read_at_all(piece: bytes) -> None:
    body = b"[" + piece * ((MAX_BYTES - 10) // len(piece)) + b"0]"
    began = time.process_time()

    with pytest.raises(AnswerTooLarge):
        await asked(answering(gzip.compress(body, 1), "gzip"))

    assert time.process_time() - began < 2


async def test_as_many_values_as_an_answer_may_have_are_read() -> None:
    body = b"[" + b"0," * (MAX_VALUES - 1) + b"0]"

    assert len(await asked(answering(body, size=STEP))) == MAX_VALUES


async def test_a_large_answer_is_read_while_others_go_on() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answering(SITE + b" " * ASIDE, size=10**7))) as http:
        other = asyncio.create_task(tick())
        before = ticks
        await Site("https://shop.example", "secret", http).get("/site")
        other.cancel()
    assert ticks > before


@pytest.mark.parametrize("where", ["https://xn--a.com/", "https://[", "https://a..b/", "\xff\xfe", ""])
async def test_an_answer_that_leads_to_no_address_is_an_error_of_the_shop(where: str) -> None:
    headers = {"location": where.encode("latin-1")}

    with pytest.raises(OutsideError):
        await asked(lambda request: httpx.Response(302, headers=headers, stream=Pieces(SITE)))


async def test_a_refusal_without_end_is_not_read_for_its_words() -> None:
    body = b'{"detail": "no", "rest": [' + b"{}," * 100_000 + b"0]}"

    with pytest.raises(Blocked) as refused:
        await asked(lambda request: httpx.Response(403, stream=Pieces(body, STEP)))
    with pytest.raises(Blocked) as short:
        await asked(lambda request: httpx.Response(403, stream=Pieces(b'{"detail": "no"}')))

    assert '"no"' not in refused.value.message
    assert '"no"' in short.value.message


async def test_nesting_without_end_is_unreadable() -> None:
    with pytest.raises(Unreachable):
        await asked(answering(b"[" * 100_000))


async def test_an_answer_that_is_dealt_out_ends_when_its_time_is_over() -> None:
    began = time.monotonic()

    with pytest.raises(TooSlow) as refused:
        await asked(answering(SITE, size=1, pause=0.05), request_seconds=0.2)

    assert time.monotonic() - began < 1.5
    assert refused.value.code == "timeout"
    assert "slow" in refused.value.advice


async def test_our_own_full_pool_is_no_fault_of_the_shop() -> None:
    def full(request: httpx.Request) -> httpx.Response:
        raise httpx.PoolTimeout("full")

    with pytest.raises(Unreachable) as refused:
        await asked(full)

    assert not isinstance(refused.value, TooSlow)


def answered(content: Any) -> httpx.Response:
    return httpx.Response(200, stream=Pieces(json.dumps(content).encode(), STEP))


def shop_of_large_records(size: int) -> tuple[Respond, list[str]]:
    """A shop with ten sales of `size` bytes each."""
    asked_for: list[str] = []
    sales = [{"id": str(number), "version": "1", "deleted": False, "notes": "x" * size} for number in range(10)]

    def respond(request: httpx.Request) -> httpx.Response:
        params = request.url.params
        asked_for.append(str(params.get("ids") or params["limit"]))
        if "ids" in params:
            items = [sale for sale in sales if sale["id"] in params["ids"].split(",")]
            return answered({"items": items, "missing": []})
        start, limit = int(params.get("cursor", "0")), int(params["limit"])
        following = str(start + limit) if start + limit < len(sales) else None
        return answered({"items": sales[start : start + limit], "next_cursor": following})

    return respond, asked_for


@pytest.mark.parametrize(("size", "limits"), [(1000, ["500"]), (MAX_BYTES // 5, ["500", "100", "20", "4", "4", "4"])])
async def test_a_page_that_is_too_large_is_asked_for_in_smaller_ones(size: int, limits: list[str]) -> None:
    respond, asked_for = shop_of_large_records(size)
    async with httpx.AsyncClient(transport=httpx.MockTransport(respond)) as http:
        side = OncordSide(
            connection_id="con_1", api_url="https://shop.example", token="t", http=http, clock=lambda: NOW
        )
        ids = [one.id async for page in side.pages(Kind.SALE, None) for one in page.snapshots]

    assert ids == [str(number) for number in range(10)]
    assert asked_for == limits


async def test_records_by_id_that_are_too_large_together_are_asked_for_in_halves() -> None:
    respond, asked_for = shop_of_large_records(MAX_BYTES // 5)
    async with httpx.AsyncClient(transport=httpx.MockTransport(respond)) as http:
        side = OncordSide(
            connection_id="con_1", api_url="https://shop.example", token="t", http=http, clock=lambda: NOW
        )
        fetched = await side.fetch(Kind.SALE, [str(number) for number in range(10)])

    assert [one.id for one in fetched.snapshots] == [str(number) for number in range(10)]
    assert asked_for == ["0,1,2,3,4,5,6,7,8,9", "0,1,2,3,4", "0,1", "2,3,4", "5,6,7,8,9", "5,6", "7,8,9"]


async def test_a_record_that_is_too_large_alone_is_named_so() -> None:
    respond, _ = shop_of_large_records(MAX_BYTES)
    async with httpx.AsyncClient(transport=httpx.MockTransport(respond)) as http:
        side = OncordSide(
            connection_id="con_1", api_url="https://shop.example", token="t", http=http, clock=lambda: NOW
        )
        with pytest.raises(OutsideError) as refused:
            await side.fetch(Kind.SALE, ["1"])

    assert isinstance(refused.value, AnswerTooLarge)
