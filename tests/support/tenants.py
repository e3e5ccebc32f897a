"""Two shops that share an installation, and one that asks over HTTP for what the other has.

Each question is asked twice, about the shop that is there and about one that is not, and has to be answered alike: status, headers
that matter and every letter, but for the names that were asked about.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from io import BytesIO
from random import Random
from typing import Any
from urllib.parse import quote, urlencode
from zipfile import ZipFile

import httpx

from app.access import TABLE
from app.services.callers import EVERY_SCOPE, ROLES, Caller, Need
from app.services.sessions import open_session, visitor_of
from app.storage import paging
from tests.support.app import Service
from tests.support.probes import NOW
from tests.support.services import DatabaseUrls
from tests.support.walls import fill

ONE = "{connection_id}"
IDS = {
    "{sync_id}": ("id",),
    "{run_id}": ("id",),
    "{item_id}": ("id",),
    "{key_id}": ("id",),
    "{session_id}": ("id",),
    "{tie_out_id}": ("id",),
    "{recipient_id}": ("id",),
    "{message_id}": ("id",),
    "{record_id}": ("record_id", "oncord_id", "quickbooks_id", "target_id", "source_id"),
    "{oncord_id}": ("oncord_id", "record_id"),
    "{sale_id}": ("sale_id", "oncord_id", "record_id"),
    "{month}": (),
    "{event_id}": ("id",),
    "{side}": (),
    "{kind}": (),
}
"""Where each place in an address takes another connection's ids from: the columns that hold them. An address with another place is
one that nobody has thought of yet, and fails."""
_NEW = re.compile(
    r"\b(con|key|lnk|req|att|run|tie|ses|op|ev|rcp|msg|del)_[0-9a-hjkmnp-tv-z]{20}\b|ticket=[\w.-]+|oqk_[\w-]{43}|launch=[\w.-]+"
)
"""What is made anew with each answer."""
_QUERY = ("connection_id", "limit", "state", "status", "only", "from", "kind", "cause", "q", "until")
KEPT_HEADERS = ("location", "allow", "retry-after", "content-type")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; "@" stands for the other shop's connection, wherever it is."""

    address: str
    path: str
    body: Any = None
    query: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Tenants:
    """The service with both shops; `own` asks about `there`, and about `nowhere`."""

    service: Service
    own: str
    there: str
    nowhere: str
    key: str
    cookie: str
    csrf: str

    async def leak(self, question: Question) -> str:
        """What is answered otherwise of a shop that is there; "" where nothing is."""
        answers = [await self._asked(question, other) for other in (self.there, self.nowhere)]
        return "" if answers[0] == answers[1] else f"{question.address} {question.path}: {answers[0]} | {answers[1]}"

    async def _asked(self, question: Question, other: str) -> str:
        method, _, _ = question.address.partition(" ")
        path = question.path.replace("@", other)
        members, parameters = self._known(question.address)
        query = urlencode([(name, _of(value, other)) for name, value in question.query if name in parameters])
        url = f"{path}?{query}" if query else path
        if " /api/" in question.address:
            shown = {"Authorization": f"Bearer {self.key}"}
            fitting = {name: value for name, value in (question.body or {}).items() if name in members}
            body = None if method == "GET" else _of(fitting, other)
            answer = await self.service.browser.request(method, url, headers=shown, json=body)
        else:
            data = {"csrf": self.csrf} if method == "POST" else None
            answer = await self.service.browser.request(
                method, url, headers={"cookie": f"session={self.cookie}"}, data=data
            )
        return _said(answer, other).replace(other, self.nowhere)

    def _known(self, address: str) -> tuple[set[str], set[str]]:
        """The members and parameters that an address takes: it refuses others, and what is beyond that is to be reached."""
        method, _, path = address.partition(" ")
        document = self.service.app.openapi()
        if path not in document["paths"]:  # a page, which takes what comes
            return set(), {"cursor", *_QUERY}
        said = document["paths"][path][method.lower()]
        shape = said.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        named = [each["$ref"].rpartition("/")[2] for each in (shape, *shape.get("anyOf", ())) if "$ref" in each]
        members = {member for name in named for member in document["components"]["schemas"][name]["properties"]}
        return members, {each["name"] for each in said.get("parameters", ()) if each["in"] == "query"}

    async def is_as_before(self, before: dict[str, Any]) -> bool:
        """Whether the other shop is as it was."""
        return await self.service.state(self.there) == before


async def two_tenants(service: Service, urls: DatabaseUrls) -> Tenants:
    """Both shops with a company each, a row in every table for the other one, and a key and a session of ours.

    From here on the browser keeps no cookie: each question shows its own, and several may be asked at once.
    """
    there, _ = await service.ready_connection()
    fill(urls.admin, there)
    nowhere = there[:-4] + ("zzzz" if not there.endswith("zzzz") else "yyyy")
    service.browser.cookies.clear()
    service.browser.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
    return await _asking(service, there, nowhere)


async def another(tenants: Tenants) -> Tenants:
    """One more shop that asks about the same other one: nobody has asked anything as this one yet."""
    return await _asking(tenants.service, tenants.there, tenants.nowhere)


async def _asking(service: Service, there: str, nowhere: str) -> Tenants:
    site = service.shop.add_site(with_sample=False)
    url = service.api_url.replace("/demo/", f"/{site.id}/")
    own = (await service.connect_site(oncord_api_url=url, oncord_token=site.token))["id"]
    made = await service.api.post(
        f"/api/v1/connections/{own}/keys", json={"name": "Curious", "scopes": sorted(EVERY_SCOPE)}
    )
    async with service.container.database.transaction(own) as tx:
        caller = Caller("Mallory", "merchant", ROLES["merchant"], own)
        cookie = await open_session(service.container, tx, caller)
    visitor = await visitor_of(service.container, cookie, (), "")
    assert visitor is not None
    return Tenants(service, own, there, nowhere, made.json()["key"], cookie, visitor.csrf)


def addresses() -> list[str]:
    """All that asks who it is and is about one connection, or lists several."""
    return sorted(address for address, need in TABLE.items() if isinstance(need, Need))


def questions(own: str, chance: Random) -> Iterator[Question]:
    """Every address with the other's connection, and with our own and the other's ids and cursors; again and again."""
    while True:
        for address in addresses():
            if ONE in address:
                yield _filled(address, "@", chance)
            places = [part for part in address.split("/") if part.startswith("{") and part != ONE]
            if any(IDS[place] for place in places):
                yield _filled(address, own, chance)
            if address.startswith("GET "):
                yield _filled(address, own, chance, cursor=True)


def _filled(address: str, connection_id: str, chance: Random, *, cursor: bool = False) -> Question:
    plain = {
        ONE: connection_id,
        "{side}": chance.choice(("oncord", "quickbooks")),
        "{kind}": chance.choice(("contact", "item", "sale", "receipt")),
        "{month}": "2026-11",
    }
    parts = []
    for part in address.partition(" ")[2].split("/"):
        columns = IDS.get(part, ())
        parts.append(plain.get(part) or (f"{chance.choice(columns)}-@" if columns else part))
    query: list[tuple[str, str]] = []
    if cursor:
        query.append(("cursor", chance.choice(("moment", "number", "id"))))
        query.append((chance.choice(_QUERY), chance.choice(("@", "1"))))
    return Question(address, quote("/".join(parts), safe="/@"), _body(address, chance), tuple(query))


def _body(address: str, chance: Random) -> Any:
    """Something plausible that speaks of the other."""
    return chance.choice(
        (
            {},
            {"connection_id": "@", "name": "Mine"},
            {"action": "choose", "choice": "record_id-@"},
            {"action": chance.choice(("approve", "dismiss", "use_other", "same")), "record_id": "record_id-@"},
            {"choice": "document", "document_id": "quickbooks_id-@"},
            {"scopes": ["read"], "name": "@"},
        )
    )


def _of(value: Any, other: str) -> Any:
    """The value with the other's connection in its place; a cursor that leads behind one of its rows."""
    if isinstance(value, dict):
        return {name: _of(each, other) for name, each in value.items()}
    if isinstance(value, list):
        return [_of(each, other) for each in value]
    if not isinstance(value, str):
        return value
    made = {"moment": (NOW, f"id-{other}"), "number": (3,), "id": (f"sale_id-{other}",)}
    return paging.encode(*made[value]) if value in made else value.replace("@", other)


def _said(answer: httpx.Response, other: str) -> str:
    if answer.headers.get("content-type") == "application/zip":  # our own, which has grown by each question
        with ZipFile(BytesIO(answer.content)) as archive:
            telling = [name for name in archive.namelist() if other.encode() in archive.read(name)]
        return f"{answer.status_code} an archive, with the other shop in {telling}"
    headers = [f"{name}: {answer.headers[name]}" for name in KEPT_HEADERS if name in answer.headers]
    headers += sorted(answer.cookies)  # their values are sealed anew each time
    return _NEW.sub("(new)", f"{answer.status_code} {headers} {answer.text}") if answer.status_code < 500 else "500"
