"""Public documents cost something once: whoever asks for them, and however often, they are made once and kept."""

import json
from typing import Any

import pytest

from app.console import reference, view
from tests.console.pages import shown, sign_in
from tests.support.app import Service

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


async def test_the_document_is_the_one_of_the_application(service: Service) -> None:
    answer = await service.browser.get("/openapi.json")

    assert answer.json() == json.loads(json.dumps(service.app.openapi()))
    assert answer.headers["content-type"] == "application/json"
    assert (await service.browser.head("/openapi.json")).status_code == 200
