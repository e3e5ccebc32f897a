"""The body of a vendor's answer, read with limits: how many bytes it may be on the wire and unpacked, and how long it takes to read.

An answer is unpacked here, in bounded steps, and never by the HTTP client: 2 kB that are packed twice can be gigabytes. A large
one is read in a thread, so that it holds up nobody else. Whoever asks says what the errors mean there.
"""

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx

STEP = 64 * 1024
"""So many bytes are unpacked at a time."""
ASIDE = 512 * 1024
"""What is larger than so many bytes is read in a thread."""
PACKINGS = "gzip, deflate"
"""What is asked for as Accept-Encoding; one of them, once, is understood."""


class TooLarge(Exception):
    """The answer goes on after as much as it may hold."""


class Unreadable(Exception):
    """The answer is not packed as it says."""


class OtherPacking(Exception):
    """The answer is packed in a way that nobody asked for, or more than once."""


async def read_body(response: httpx.Response, most: int) -> bytes:
    """The unpacked body of an answer that is being streamed, `most` bytes of it.

    Raises `TooLarge`, `Unreadable`, `OtherPacking`, and httpx's errors of reading.
    """
    if response.is_stream_consumed:  # a transport may hand an answer over whole
        if len(response.content) > most:
            raise TooLarge
        return response.content
    packing = response.headers.get("content-encoding", "").strip().lower()
    pieces: list[bytes] = []
    size = 0
    async for piece in _unpacked(packing, response.aiter_raw(), most):
        size += len(piece)
        if size > most:
            raise TooLarge
        pieces.append(piece)
    return b"".join(pieces)


async def read_aside(read: Callable[[bytes], Any], body: bytes) -> Any:
    """What `read` makes of a body, in a thread where that may take a while."""
    return await asyncio.to_thread(read, body) if len(body) > ASIDE else read(body)


async def _unpacked(packing: str, raw: AsyncIterator[bytes], most: int) -> AsyncIterator[bytes]:
    if packing in ("", "identity"):
        async for piece in raw:
            yield piece
        return
    if packing not in ("gzip", "x-gzip", "deflate"):
        raise OtherPacking
    unpacker: Any = None
    received = 0
    async for piece in raw:
        received += len(piece)
        if received > most:
            raise TooLarge
        if not piece:
            continue
        unpacker = unpacker or _unpacker(packing, piece)
        try:
            for step in _steps(unpacker, piece):
                yield step
        except zlib.error as error:
            raise Unreadable from error
    if unpacker is not None and not unpacker.eof:
        raise Unreadable


def _unpacker(packing: str, first: bytes) -> Any:
    """For deflate the zlib format, or the bare one that some servers send under its name (RFC 9110, 8.4.1.2)."""
    if packing != "deflate":
        return zlib.decompressobj(zlib.MAX_WBITS | 16)
    zlib_header = first[0] & 0x0F == 8 and (len(first) < 2 or int.from_bytes(first[:2]) % 31 == 0)
    return zlib.decompressobj(zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS)


def _steps(unpacker: Any, piece: bytes) -> Iterator[bytes]:
    while not unpacker.eof:
        step = unpacker.decompress(piece, STEP)
        yield step
        piece = unpacker.unconsumed_tail
        if not piece and len(step) < STEP:
            return
