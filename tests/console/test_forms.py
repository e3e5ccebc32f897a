"""What may come in as a form: fields in UTF-8 as this console's pages send them, and to open a session only from one of these pages."""

import logging
from urllib.parse import quote

import pytest

from app.console.session import FORM
from app.services import keys, sessions
from tests.console.pages import shown, sign_in
from tests.support.app import API_KEY, Service, running_service
from tests.support.services import DatabaseUrls

BOUND = "multipart/form-data; boundary=x"
CHARSETS = ("punycode", "idna", "undefined", "utf-7", "unicode_escape", "rot13", "utf-8", "nothing-of-python")


def multipart(**fields: str) -> bytes:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    return ("".join(parts) + "--x--\r\n").encode()


async def test_a_stranger_names_no_codec(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    content = multipart(key="+2AA- \\ud800 xn--" + "a" * 60, ticket="xn--aaa")
    for path in ("/sign-in", "/launch"):
        for charset in CHARSETS:
            with caplog.at_level(logging.ERROR):
                headers = {"Content-Type": f"{BOUND}; charset={charset}"}
                answer = await service.browser.post(path, content=content, headers=headers)

            assert answer.status_code == 415, (path, charset)
            assert "application/x-www-form-urlencoded" in shown(answer)
    assert not caplog.records


async def test_whoever_is_signed_in_names_no_codec_either(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    csrf = await sign_in(service)

    for path in (f"/connections/{connection_id}/synchronise", "/sign-out"):
        answer = await service.browser.post(
            path, content=multipart(csrf=csrf), headers={"Content-Type": f"{BOUND}; charset=punycode"}
        )
        assert answer.status_code == 415, path
    assert (await service.state(connection_id))["last_sync"] is None
    assert "Sign out" in shown(await service.browser.get("/"))


async def test_nothing_but_a_form_is_one_and_it_is_read_in_utf_8_whatever_it_says(service: Service) -> None:
    async def sent(kind: str, key: str = API_KEY) -> int:
        content = f"key={quote(key, safe='%')}".encode()
        return (await service.browser.post("/sign-in", content=content, headers={"Content-Type": kind})).status_code

    for kind in ("text/plain", "application/json", "multipart/form-data", ";", f"{FORM}x"):
        assert await sent(kind) == 415, kind
    for kind in (FORM, FORM.title(), f"{FORM}; charset=UTF-8", f"{FORM}; charset=punycode"):
        assert await sent(kind) == 303, kind
    for key in ("%ED%A0%80", "%FF%FE", "%C0%80", "\\ud800", "ü", "%00"):
        assert await sent(FORM, key) == 403, key


def test_half_a_letter_is_compared_like_any_other_text() -> None:
    assert keys.operators_key("\ud800", [API_KEY]) == ""
    assert keys.operators_key(API_KEY, [API_KEY]) == API_KEY
    assert keys.digest("\ud800") != keys.digest("\ud801")
    assert not sessions.same("\ud800", "word")
    assert sessions.same("wörd", "wörd")


OF_OTHERS = (
    {"Origin": "https://evil.example"},
    {"Origin": "http://localhost:8001"},
    {"Origin": "null"},
    {"Origin": "http://[::1"},
    {"Origin": "http://localhost:8000", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": ""},
)
OF_THIS_SITE = (
    {},
    {"Origin": "http://localhost:8000"},
    {"Origin": "HTTP://LOCALHOST:8000"},
    {"Origin": "http://127.0.0.1:9000", "Host": "127.0.0.1:9000"},
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
)


async def test_only_a_form_of_this_site_opens_a_session(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]
    body = {"person": "Jane", "role": "viewer"}
    link = (await service.api.post(f"/api/v1/connections/{connection_id}/launch-link", json=body)).json()["url"]
    ticket = link.rpartition("ticket=")[2]

    for said in OF_OTHERS:
        for path, fields in (("/sign-in", {"key": API_KEY}), ("/launch", {"ticket": ticket})):
            answer = await service.browser.post(path, data=fields, headers=said)
            assert (answer.status_code, answer.headers["location"]) == (303, "/"), (path, said)
            assert "session=" not in answer.headers.get("set-cookie", "")
    for said in OF_THIS_SITE:
        answer = await service.browser.post("/sign-in", data={"key": API_KEY}, headers=said)
        assert "session=" in answer.headers["set-cookie"], said
    assert "session=" in (await service.browser.post("/launch", data={"ticket": ticket})).headers["set-cookie"]


async def test_behind_a_proxy_that_names_another_host_the_public_address_counts(own_database: DatabaseUrls) -> None:
    async with running_service(own_database, public_url="https://sync.example") as service:
        said = {"Origin": "https://sync.example", "Host": "api:8000"}
        answer = await service.browser.post("/sign-in", data={"key": API_KEY}, headers=said)

    assert "session=" in answer.headers["set-cookie"]


async def test_pages_whose_forms_open_a_session_let_browsers_say_where_these_stood(service: Service) -> None:
    """A page under `no-referrer` has its forms sent with `Origin: null`."""
    connection_id = (await service.connect_site())["id"]
    body = {"person": "Jane", "role": "viewer"}
    link = (await service.api.post(f"/api/v1/connections/{connection_id}/launch-link", json=body)).json()["url"]

    opening = [
        await service.browser.get("/"),
        await service.browser.post("/sign-in", data={"key": "wrong"}),
        await service.browser.get(link.replace("http://localhost:8000", "")),
    ]

    assert [answer.headers["referrer-policy"] for answer in opening] == ["same-origin"] * 3
    assert (await service.browser.get("/docs")).headers["referrer-policy"] == "no-referrer"
