"""Cookies and launch links that are forged, ended, old, somebody else's or planted, and forms that others have made up."""

import asyncio
import hashlib
import random
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import psycopg

from app.storage.database import conninfo
from tests.attack.attack import Attack, Count
from tests.attack.ground import Ground, from_anywhere

FULL = 10_000
VISITORS = 8
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True, slots=True)
class _Known:
    """What a thief may have got hold of, all of it good once or good for something else."""

    good: str
    """Cookie of an operator who is signed in: nothing of it is shown as it is."""
    word: str
    """The word for the forms of another session than `good`."""
    ended: tuple[str, ...]
    """Cookies of sessions that were signed out, ended by somebody, replaced, or are too old."""
    ids: tuple[str, ...]
    """What the API and the database say of sessions: ids and digests."""
    tickets: tuple[str, ...]
    """Launch links that were used, are for QuickBooks alone, or were altered."""


async def _carry_out(ground: Ground) -> Count:
    known = await _prepared(ground)
    chance = random.Random(15)
    numbers = iter(range(max(len(_WAYS) * 4, ground.of(FULL))))
    got_in: Counter[str] = Counter()
    tried: Counter[str] = Counter()

    async def visit() -> None:
        async with _browser(ground) as http:
            for number in numbers:
                way = _WAYS[number % len(_WAYS)]
                tried[way.__name__] += 1
                if await way(http, known, chance):
                    got_in[way.__name__] += 1

    await asyncio.gather(*(visit() for _ in range(VISITORS)))
    async with _browser(ground) as http:
        still = await _shows(http, known.good)
    fixed = await _planted(ground)
    said = f"tried {dict(tried)}" + (f"; got in: {dict(got_in)}" if got_in else "")
    faults = [*(["A GOOD SESSION ENDED"] if not still else []), *fixed]
    return Count(tried.total() + 2, got_in.total() + len(faults), "; ".join([said, *faults]))


def _browser(ground: Ground) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=ground.url, trust_env=False, timeout=30)


async def _prepared(ground: Ground) -> _Known:
    """Sign operators in and out, use links up, and make sessions old."""
    async with _browser(ground) as http:
        good, another, signed_out, replaced, ended, idle, old = [await _signed_in(ground, http) for _ in range(7)]
        word = await _word(http, another)
        await http.post("/sign-out", data={"csrf": await _word(http, signed_out)}, headers=_with(signed_out))
        await http.post("/sign-in", data={"key": ground.stage.keys.admin_api_key}, headers=_with(replaced))
        _make_old(ground, idle, "last_seen_at = last_seen_at - interval '2 hours'")
        _make_old(ground, old, "ends_at = ends_at - interval '12 hours'")
        key = {"Authorization": f"Bearer {ground.stage.keys.admin_api_key}", **from_anywhere()}
        sessions = (await http.get("/api/v1/sessions", headers=key)).json()["items"]
        assert (await http.delete(f"/api/v1/sessions/{_id_of(ground, ended)}", headers=key)).status_code == 204
        shop = ground.shops[0].id
        person = {"person": "Jane", "role": "merchant", "page": ""}
        link = f"/api/v1/connections/{shop}/launch-link"
        used, consent = [
            re.sub(r".*=", "", (await http.post(link, headers=key, json=body)).json()["url"]) for body in (person, None)
        ]
        assert (await http.post("/launch", data={"ticket": used}, headers=from_anywhere())).status_code == 303
        digests = tuple(
            hashlib.sha256(each.encode()).hexdigest()[:43] for each in (good, ground.stage.keys.admin_api_key)
        )
        ids = (*(each["id"].ljust(43, "x") for each in sessions), *digests, ground.stage.keys.admin_api_key[:43])
    return _Known(good, word, (signed_out, replaced, ended, idle, old), ids, (used, consent, used[:-1], used[1:]))


async def _signed_in(ground: Ground, http: httpx.AsyncClient) -> str:
    http.cookies.clear()
    headers = {**SAME_SITE, **from_anywhere()}
    answer = await http.post("/sign-in", data={"key": ground.stage.keys.admin_api_key}, headers=headers)
    assert answer.status_code == 303, answer.text
    cookie = str(answer.cookies["session"])
    http.cookies.clear()
    return cookie


async def _word(http: httpx.AsyncClient, cookie: str) -> str:
    page = await http.get("/sessions", headers=_with(cookie))
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def _with(cookie: str) -> dict[bytes, bytes]:
    return {b"Cookie": f"session={cookie}".encode(), **{k.encode(): v.encode() for k, v in from_anywhere().items()}}


def _make_old(ground: Ground, cookie: str, change: str) -> None:
    _asked(ground, f"UPDATE console_session SET {change} WHERE digest = %s RETURNING id", cookie)  # noqa: S608


def _id_of(ground: Ground, cookie: str) -> str:
    return _asked(ground, "SELECT id FROM console_session WHERE digest = %s", cookie)


def _asked(ground: Ground, statement: str, cookie: str) -> str:
    """As the database's own administrator, who alone could do so."""
    address = ground.stage.servers.addresses.admin_database_url
    assert address is not None
    with psycopg.connect(conninfo(address)) as connection:
        row = connection.execute(statement.encode(), (hashlib.sha256(cookie.encode()).hexdigest(),)).fetchone()
        assert row is not None, "there is no such session"
        return str(row[0])


async def _shows(http: httpx.AsyncClient, cookie: str) -> bool:
    """Whether a cookie shows what is for operators alone."""
    http.cookies.clear()
    return (await http.get("/sessions", headers=_with(cookie))).status_code == httpx.codes.OK


async def _forged(http: httpx.AsyncClient, known: _Known, chance: random.Random) -> bool:
    return await _shows(http, "".join(chance.choices(LETTERS, k=43)))


async def _altered(http: httpx.AsyncClient, known: _Known, chance: random.Random) -> bool:
    at = chance.randrange(43)
    return await _shows(
        http, known.good[:at] + chance.choice(LETTERS.replace(known.good[at], "")) + known.good[at + 1 :]
    )


async def _misshapen(http: httpx.AsyncClient, known: _Known, chance: random.Random) -> bool:
    good = known.good
    shapes = ("", good[:-1], good + "A", good.swapcase(), f'"{good}"x', "é" * 43, good * 100, "%00" + good[3:], "*")
    return await _shows(http, chance.choice(shapes))


async def _ended(http: httpx.AsyncClient, known: _Known, chance: random.Random) -> bool:
    return await _shows(http, chance.choice(known.ended))


async def _found_out(http: httpx.AsyncClient, known: _Known, chance: random.Random) -> bool:
    return await _shows(http, chance.choice(known.ids))


async def _made_up_form(http: httpx.AsyncClient, known: _Known, chance: random.Random) -> bool:
    """A form of a page that is signed in, without its word, or with that of another session."""
    http.cookies.clear()
    word = chance.choice(("", "forged", known.word, hashlib.sha256(known.good.encode()).hexdigest()))
    answer = await http.post("/sign-out", data={"csrf": word}, headers=_with(known.good))
    return answer.status_code < httpx.codes.BAD_REQUEST


async def _from_another_site(http: httpx.AsyncClient, known: _Known, chance: random.Random) -> bool:
    """A form for signing in, or a link's button, that a page of somebody else sends."""
    http.cookies.clear()
    headers = {"Sec-Fetch-Site": chance.choice(("cross-site", "same-site")), **from_anywhere()}
    path, form = chance.choice((("/sign-in", {"key": known.good}), ("/launch", {"ticket": known.tickets[0]})))
    answer = await http.post(path, data=form, headers=headers)
    return "session=" in answer.headers.get("set-cookie", "")


async def _used_ticket(http: httpx.AsyncClient, known: _Known, chance: random.Random) -> bool:
    http.cookies.clear()
    ticket = chance.choice(known.tickets)
    at = chance.randrange(len(ticket))
    ticket = chance.choice((ticket, ticket[:at] + chance.choice(LETTERS) + ticket[at + 1 :], ticket[:at]))
    answer = await http.post("/launch", data={"ticket": ticket}, headers=from_anywhere())
    return "session=" in answer.headers.get("set-cookie", "")


_WAYS: tuple[Callable[[httpx.AsyncClient, _Known, random.Random], Awaitable[bool]], ...] = (
    _forged,
    _altered,
    _misshapen,
    _ended,
    _found_out,
    _made_up_form,
    _from_another_site,
    _used_ticket,
)


async def _planted(ground: Ground) -> list[str]:
    """A stranger has put a cookie into a browser before somebody signs in there: what they know is good for nothing."""
    faults = []
    async with _browser(ground) as http:
        mine = await _signed_in(ground, http)
        for planted in ("A" * 43, mine):
            form = {"key": ground.stage.keys.admin_api_key}
            http.cookies.clear()
            answer = await http.post("/sign-in", data=form, headers={**_with(planted)})
            fresh = str(answer.cookies.get("session", ""))
            if fresh in ("", planted) or await _shows(http, planted) or not await _shows(http, fresh):
                faults.append("A PLANTED COOKIE BECAME A SESSION")
    return faults


ATTACK = Attack("forged, ended and planted sessions", _carry_out)
