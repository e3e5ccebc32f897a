"""Shops whose addresses lead into our own network, in every spelling, by a name or one that changes its mind.

An API process of its own, which lets nobody into private networks as in production; behind each address a trap listens.
"""

import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address
from itertools import product

import httpx

from tests.attack.attack import Attack, Count
from tests.attack.ground import Ground
from tests.attack.resolving import TABLE
from tests.bench.processes import free_port
from tests.chaos.stage import until_it_answers

FULL = 5_000
AT_ONCE = 16
ANSWER_SECONDS = 30.0
REFUSED = (404, 409, 422, 503)
"""A shop that is not reached is a 503; that nobody was asked is seen at the trap."""
PRIVATE = (
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "100.100.100.200",
    "169.254.169.254", "192.0.0.192", "168.63.129.16", "198.18.0.1", "203.0.113.1", "224.0.0.1", "255.255.255.255",
)  # fmt: skip
SIX = (
    "::", "::1", "0:0:0:0:0:0:0:1", "100::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%25lo", "fec0::1", "ff02::1",
    "5f00::1", "64:ff9b:1::1", "2001:db8::1", "3fff::1", "2001::1",
)  # fmt: skip
NAMES = (
    "localhost", "LOCALHOST", "localhost.", "a.localhost", "printer.local", "metadata.google.internal", "metadata", "a..b.com",
    "xn--a.com", "-a.com", "a-.com", "a_b", ".", "..", "\u2100.example", "a" * 64 + ".com", "a." * 130 + "com", "127.0.0.1.", "1",
)  # fmt: skip
SHAPES = (
    "https://{host}:{port}/api", "https://{host}:{port}", "HTTPS://{host}:{port}/./a/../api", "https://{host}/api",
    "https://user@{host}:{port}/api", "https://shop.example@{host}:{port}/", "https://{host}:{port}#shop.example",
    "https://{host}:{port}?shop.example", "https://shop.example\\@{host}:{port}/", "https://{host}:0/", "https://{host}:65536/",
    "https:/{host}:{port}/", "//{host}:{port}/", "http://{host}:{port}/api", "ftp://{host}:{port}/", "gopher://{host}:{port}/",
    "file://{host}/etc/passwd", "unix://{host}/run/postgresql", "  https://{host}:{port}/ ", "https://{host}:{port}/%2e%2e/api",
)  # fmt: skip


def spellings(address: str) -> Iterator[str]:
    """An IPv4 address as resolvers, browsers and IPv6 may write it."""
    number = int(IPv4Address(address))
    parts = [int(part) for part in address.split(".")]
    pair = f"{number >> 16:x}:{number & 0xFFFF:x}"
    yield from (address, f"{address}.", str(number), hex(number), hex(number).upper(), f"0{number:o}")
    yield ".".join(f"0{part:o}" for part in parts)
    yield ".".join(hex(part) for part in parts)
    yield f"{parts[0]}.{number & 0xFFFFFF}"
    yield f"{parts[0]}.{parts[1]}.{number & 0xFFFF}"
    yield "".join(chr(0xFF10 + int(digit)) if digit.isdigit() else "\u3002" for digit in address)
    yield "".join(
        "\u24ea\u2460\u2461\u2462\u2463\u2464\u2465\u2466\u2467\u2468"[int(d)] if d.isdigit() else d for d in address
    )
    yield "".join(f"%{ord(letter):02x}" for letter in address)
    yield from (f"[::ffff:{address}]", f"[::ffff:{pair}]", f"[::{address}]", f"[::ffff:0:{address}]")
    yield from (f"[64:ff9b::{pair}]", f"[64:ff9b:1::{pair}]", f"[2002:{pair}::1]", f"[2001:0:{pair}::1]")
    yield from (f"[fe80::5efe:{pair}]", f"[fec0::{pair}]", f"[::ffff:{address}%25lo]")


def hosts() -> list[str]:
    """Every host that is tried."""
    spelled = [host for address in PRIVATE for host in spellings(address)]
    return [*spelled, *(f"[{six}]" for six in SIX), *NAMES, *TABLE]


async def _carry_out(ground: Ground) -> Count:
    chance = random.Random(16)
    async with _trap() as (port, caught), _guarded(ground) as url:
        tried = [shape.format(host=host, port=port) for host, shape in product(hosts(), SHAPES[:4])]
        tried += [shape.format(host=chance.choice(hosts()), port=port) for shape in SHAPES for _ in range(20)]
        names = [
            f"https://{name}:{port}/api" for name in TABLE
        ] * 2  # twice: one that changes its mind has then done so
        chosen = [*names, *chance.sample(tried, min(len(tried), ground.of(FULL)))]
        answers = await _entered(ground, url, chosen)
        wrong = {status: count for status, count in answers.items() if status not in map(str, REFUSED)}
        said = f"answered {dict(answers)}, {caught['connections']} reached the trap"
        return Count(len(chosen), sum(wrong.values()) + caught["connections"], said)


@asynccontextmanager
async def _trap() -> AsyncIterator[tuple[int, Counter[str]]]:
    """Listens on this machine, and counts who comes."""
    caught: Counter[str] = Counter()

    async def catch(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caught["connections"] += 1
        writer.close()

    server = await asyncio.start_server(catch, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], caught
    finally:
        server.close()


@asynccontextmanager
async def _guarded(ground: Ground) -> AsyncIterator[str]:
    """An API process as in production, with the attacker's names; its address."""
    programs, port = ground.stage.programs, free_port()
    environment = {**programs.all["api-1"].environment, "ALLOW_PRIVATE_ONCORD_URLS": "0"}
    command = [sys.executable, "-m", "tests.attack.resolving", "--host", "127.0.0.1", "--port", str(port)]
    programs.start("api-guarded", command, environment)
    try:
        await until_it_answers(ground.stage.http, f"http://127.0.0.1:{port}/ready")
        yield f"http://127.0.0.1:{port}"
    finally:
        program = programs.all.pop("api-guarded")
        program.process.kill()
        program.process.wait()


async def _entered(ground: Ground, url: str, tried: list[str]) -> Counter[str]:
    """Enter shops with these addresses, new ones and in place of one that is there; what was answered, or "late"."""
    addresses, answers = iter(enumerate(tried)), Counter[str]()
    key = {"Authorization": f"Bearer {ground.stage.keys.admin_api_key}"}

    async def enter() -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=2 * ANSWER_SECONDS, headers=key) as http:
            for number, address in addresses:
                body = {"oncord_api_url": address, "oncord_token": "token-of-a-stranger"}
                door = "" if number % 2 else f"/{ground.shops[number % len(ground.shops)].id}"
                status, seconds = httpx.codes.TOO_MANY_REQUESTS, 0.0
                while status == httpx.codes.TOO_MANY_REQUESTS:
                    began = time.monotonic()
                    answer = await http.request(
                        "PATCH" if door else "POST", f"{url}/api/v1/connections{door}", json=body
                    )
                    status, seconds = answer.status_code, time.monotonic() - began
                    await asyncio.sleep(float(answer.headers.get("retry-after", 0)))
                answers["late" if seconds > ANSWER_SECONDS else str(status)] += 1

    await asyncio.gather(*(enter() for _ in range(AT_ONCE)))
    return answers


ATTACK = Attack("addresses that lead into our own network", _carry_out)
