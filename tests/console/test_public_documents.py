"""Public documents cost something once: whoever asks for them, and however often, they are made once and kept."""

import json
from typing import Any

import httpx
import pytest

from app import main
from app.console import reference, view
from tests.console.pages import shown, sign_in
from tests.support.app import PUBLIC_URL, Service

PUBLIC = ("/openapi.json", "/reference", "/docs", "/guides/merchant", "/guides/bookkeeper")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was made, in order."""
    names: list[str] = []
    groups, get = reference._groups, view._environment.get_template

    def counted_groups(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
        names.append("groups")
        return groups(document)

    def counted_template(name: str, *parent: Any) -> Any:
        names.append(name)
        return get(name, *parent)

    monkeypatch.setattr(reference, "_groups", counted_groups)
    monkeypatch.setattr(view._environment, "get_template", counted_template)
    return names


async def test_they_are_made_once_however_often_strangers_ask(service: Service, made: list[str]) -> None:
    first = [await service.browser.get(path) for path in PUBLIC]
    once = list(made)
    for headers in ({}, {"Host": "evil.example"}, {"Cookie": "session=" + "A" * 43}, {"Accept-Encoding": "identity"}):
        again = [await service.browser.get(path, headers=headers) for path in PUBLIC]
        assert [answer.text for answer in again] == [answer.text for answer in first]

    assert made == once
    assert "evil.example" not in "".join(answer.text for answer in again)
    assert once.count("groups") == once.count("reference_text.html") == 1


async def test_whoever_has_them_is_sent_nothing_again(service: Service) -> None:
    for path in PUBLIC:
        answer = await service.browser.get(path)
        assert (answer.status_code, answer.headers["content-encoding"]) == (200, "gzip"), path
        plain = await service.browser.get(path, headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.content == answer.content
        assert plain.headers["etag"] != answer.headers["etag"]

        had = await service.browser.get(path, headers={"If-None-Match": answer.headers["etag"]})
        other = await service.browser.get(path, headers={"If-None-Match": '"another"'})

        assert (had.status_code, had.content) == (304, b"")
        assert (other.status_code, other.headers["cache-control"]) == (200, "no-cache")


async def test_whoever_is_signed_in_has_their_name_above_it_and_the_text_is_not_made_again(
    service: Service, made: list[str]
) -> None:
    await service.browser.get("/reference")
    await sign_in(service)

    for path in ("/reference", "/guides/merchant"):
        answer = await service.browser.get(path)
        assert "Sign out" in shown(answer), path
        assert "etag" not in answer.headers
    assert made.count("groups") == 1
    service.browser.cookies.clear()
    assert "Sign out" not in shown(await service.browser.get("/reference"))


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("GZIP;q=0.5, br", True),
        ("x-gzip", True),
        ("*", True),
        ("br, *;q=0.1", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("*;q=0", False),
        ("gzip;q=none", False),
        ("br", False),
        ("not-gzip", False),
        ("", False),
    ],
)
async def test_it_is_packed_for_those_alone_who_take_it_so(service: Service, accepted: str, packed: bool) -> None:
    answer = await service.browser.get("/openapi.json", headers={"Accept-Encoding": accepted})

    assert (answer.headers.get("content-encoding") == "gzip") is packed
    assert answer.json()["openapi"]


async def test_a_process_makes_what_takes_seconds_before_anybody_asks(
    service: Service, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main, "settings_to_serve_with", lambda: service.settings)
    monkeypatch.setattr(main.log, "configure", lambda *_: None)
    app = main.create_app()
    app.state.runtime, app.state.container = service.app.state.runtime, service.container
    made.clear()
    monkeypatch.setattr(app, "openapi", lambda: pytest.fail("it is made when somebody asks"))
    inside = httpx.ASGITransport(app)

    async with httpx.AsyncClient(transport=inside, base_url=PUBLIC_URL) as stranger:
        assert (await stranger.get("/openapi.json")).status_code == 200
        assert (await stranger.get("/reference")).status_code == 200

    assert {*made} == {"reference.html", "base.html"}, "what costs something was made before"


async def test_the_document_is_the_one_of_the_application(service: Service) -> None:
    answer = await service.browser.get("/openapi.json")

    assert answer.json() == json.loads(json.dumps(service.app.openapi()))
    assert answer.headers["content-type"] == "application/json"
    assert (await service.browser.head("/openapi.json")).status_code == 200
