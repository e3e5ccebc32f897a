"""Pages are only for whoever has signed in, and their forms cannot be forged."""

import re
from urllib.parse import urlencode

import httpx
import pytest

from app.access import TABLE
from app.services.callers import Need
from app.storage.database import EVERY_CONNECTION
from tests.api.test_access import a_session
from tests.console.pages import csrf_in, shown, sign_in
from tests.support.app import API_KEY, Service, running_service
from tests.support.services import DatabaseUrls


async def test_a_stranger_reads_what_this_is_and_how_to_sign_in(service: Service) -> None:
    answer = await service.browser.get("/")

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "Sign in" in shown(answer)
    assert "<script" not in answer.text


async def test_pages_are_for_whoever_has_signed_in(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]

    for path in ("/connections/new", f"/connections/{connection_id}", f"/connections/{connection_id}/configuration"):
        answer = await service.browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/?{urlencode({'next': path})}"), path
    for path in ("synchronise", "automatic", "disconnect", "start-over", "configuration", "attention/att_1"):
        answer = await service.browser.post(f"/connections/{connection_id}/{path}", data={"sure": "1"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/"), path


async def test_a_wrong_key_signs_nobody_in(service: Service) -> None:
    answer = await service.browser.post("/sign-in", data={"key": "guessed"})

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert "not the API key" in shown(answer)


async def test_a_sign_in_from_another_site_is_ignored(service: Service) -> None:
    answer = await service.browser.post("/sign-in", data={"key": API_KEY}, headers={"Sec-Fetch-Site": "cross-site"})

    assert "session" not in answer.headers.get("set-cookie", "")


async def test_the_session_is_hidden_from_scripts_and_ends_after_twelve_hours(service: Service) -> None:
    answer = await service.browser.post("/sign-in", data={"key": API_KEY})

    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert API_KEY not in cookie
    assert "Connect a site" in shown(await service.browser.get("/"))
    service.clock.advance(hours=13)
    assert "Connect a site" not in shown(await service.browser.get("/"))


async def test_a_session_ends_two_hours_after_it_was_used_last(service: Service) -> None:
    await sign_in(service)
    for _ in range(3):
        service.clock.advance(minutes=110)
        assert "Connect a site" in shown(await service.browser.get("/"))

    service.clock.advance(minutes=121)

    assert "Connect a site" not in shown(await service.browser.get("/"))


async def test_signing_out_ends_the_session_for_whoever_kept_its_cookie(service: Service) -> None:
    csrf = await sign_in(service)
    kept = dict(service.browser.cookies)
    await service.browser.post("/sign-out", data={"csrf": csrf})

    service.browser.cookies.update(kept)

    assert "Connect a site" not in shown(await service.browser.get("/"))


async def test_signing_in_again_ends_the_session_that_the_browser_had(service: Service) -> None:
    await sign_in(service)
    before = dict(service.browser.cookies)

    await sign_in(service)

    assert service.browser.cookies["session"] != before["session"]
    (session,) = (await service.api.get("/api/v1/sessions")).json()["items"]
    service.browser.cookies.update(before)
    assert "Connect a site" not in shown(await service.browser.get("/"))
    async with service.container.database.transaction(EVERY_CONNECTION) as tx:
        acts = await (
            await tx.execute("SELECT action, who FROM audit WHERE action LIKE 'session.%' ORDER BY id")
        ).fetchall()
    # The former one ends last, so that whoever it has let in can be handed over.
    assert [act["action"] for act in acts] == ["session.opened", "session.opened", "session.ended"]
    assert session["role"] == "operator"


@pytest.mark.parametrize("brought", ["A" * 43, "é" * 43, "short", "x" * 5000])
async def test_a_cookie_that_a_stranger_has_set_never_becomes_a_session(service: Service, brought: str) -> None:
    cookie = {b"Cookie": f"session={brought}".encode()}
    answer = await service.browser.post("/sign-in", data={"key": API_KEY}, headers=cookie)

    assert answer.status_code == 303
    assert brought not in answer.headers["set-cookie"]
    service.browser.cookies.clear()
    assert "Connect a site" not in shown(await service.browser.get("/", headers=cookie))


async def test_signing_out_has_the_browser_forget_what_it_kept(service: Service) -> None:
    csrf = await sign_in(service)

    answer = await service.browser.post("/sign-out", data={"csrf": csrf})

    assert answer.headers["clear-site-data"] == '"cache", "storage"'


async def test_the_database_alone_opens_no_session(service: Service) -> None:
    csrf = await sign_in(service)
    async with service.container.database.transaction(EVERY_CONNECTION) as tx:
        stored = str(await (await tx.execute("SELECT * FROM console_session")).fetchall())

    assert service.browser.cookies["session"] not in stored
    assert csrf not in stored
    assert API_KEY not in stored


async def test_the_operator_sees_who_is_signed_in_and_ends_it(service: Service) -> None:
    await sign_in(service)
    elsewhere = dict(service.browser.cookies)
    service.browser.cookies.clear()
    csrf = await sign_in(service)
    page = await service.browser.get("/sessions")
    assert shown(page).count("API key operator") == 2
    (other,) = re.findall(r'action="(/sessions/[^"]+/end)"', page.text)

    ended = await service.browser.post(other, data={"csrf": csrf})
    again = await service.browser.post(other, data={"csrf": csrf})

    assert (ended.headers["location"], again.headers["location"]) == ("/sessions", "/sessions")
    assert "Connect a site" in shown(await service.browser.get("/"))
    service.browser.cookies.clear()
    service.browser.cookies.update(elsewhere)
    assert "Connect a site" not in shown(await service.browser.get("/"))


async def test_sessions_are_listed_and_ended_over_the_api(service: Service) -> None:
    await sign_in(service)
    (session,) = (await service.api.get("/api/v1/sessions")).json()["items"]
    assert (session["name"], session["role"], session["connection_id"]) == ("API key", "operator", None)

    assert (await service.api.delete(f"/api/v1/sessions/{session['id']}")).status_code == 204

    assert (await service.api.get("/api/v1/sessions")).json() == {"items": []}
    assert (await service.api.delete(f"/api/v1/sessions/{session['id']}")).status_code == 404
    assert "Connect a site" not in shown(await service.browser.get("/"))


async def test_another_api_key_ends_every_session(own_database: DatabaseUrls) -> None:
    async with running_service(own_database) as before:
        await sign_in(before)
        cookies = before.browser.cookies
        async with running_service(own_database, admin_api_key="another-key") as after:
            after.browser.cookies = cookies
            assert "Connect a site" not in shown(await after.browser.get("/"))


async def test_signing_out_needs_the_form_and_ends_the_session(service: Service) -> None:
    csrf = await sign_in(service)

    await service.browser.post("/sign-out", data={"csrf": "forged"})
    assert "Sign out" in shown(await service.browser.get("/"))
    await service.browser.post("/sign-out", data={"csrf": csrf})
    assert "Sign out" not in shown(await service.browser.get("/"))


@pytest.mark.parametrize("csrf", ["", "forged", "ümlaut"])
async def test_a_form_without_the_word_does_nothing(service: Service, csrf: str) -> None:
    connection_id, _ = await service.ready_connection()
    await sign_in(service)

    for path in ("synchronise", "disconnect", "automatic"):
        answer = await service.browser.post(f"/connections/{connection_id}/{path}", data={"csrf": csrf})
        assert answer.status_code == 403
    state = await service.state(connection_id)
    assert (state["state"], state["auto_sync"], state["last_sync"]) == ("ready", True, None)


FRAMED = {"public_url": "https://sync.example", "console_frame_origin": "https://shop.example"}
IN_A_FRAME = {"__Host-session", "HttpOnly", "Path=/", "Secure", "SameSite=None", "Partitioned"}


def attributes(answer: httpx.Response) -> set[str]:
    """What a cookie is set or deleted with, and its name; without its value and age."""
    (session,) = [each for each in answer.headers.get_list("set-cookie") if "session=" in each]
    parts = {part.strip() for part in session.split(";")}
    return {part.partition("=")[0] if "session=" in part else part for part in parts if not part.startswith("Max-Age")}


@pytest.mark.parametrize("said", [{}, {"Sec-Fetch-Dest": "iframe"}])
async def test_in_a_frame_of_oncord_the_session_is_a_cookie_that_a_browser_keeps_and_forgets(
    own_database: DatabaseUrls, said: dict[str, str]
) -> None:
    async with running_service(own_database, **FRAMED) as service:
        service.browser.headers.update(said)
        answer = await service.browser.post("/sign-in", data={"key": API_KEY})
        cookie = answer.headers["set-cookie"].partition(";")[0]
        service.browser.cookies.clear()
        service.browser.headers["Cookie"] = cookie
        left = await service.browser.post("/sign-out", data={"csrf": csrf_in(await service.browser.get("/"))})

        assert "Sign in" in shown(await service.browser.get("/"))

    assert "frame-ancestors https://shop.example" in answer.headers["content-security-policy"]
    assert "x-frame-options" not in answer.headers
    assert attributes(answer) == attributes(left) == IN_A_FRAME
    assert "Max-Age=0" in left.headers["set-cookie"]


async def test_outside_of_the_frame_the_session_stays_on_this_site(own_database: DatabaseUrls) -> None:
    async with running_service(own_database, **FRAMED) as service:
        answer = await service.browser.post("/sign-in", data={"key": API_KEY}, headers={"Sec-Fetch-Dest": "document"})

    assert attributes(answer) == IN_A_FRAME - {"SameSite=None", "Partitioned"} | {"SameSite=Lax"}


async def test_a_viewer_is_shown_no_button_that_would_be_refused(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    seen = {}
    for role in ("viewer", "bookkeeper", "merchant"):
        visitor = await a_session(service, connection_id, role)
        page = await service.browser.get(f"/connections/{connection_id}")
        seen[role] = {
            form for form in re.findall(r'<form method="post" action="([^"]+)"', page.text) if form != "/sign-out"
        }
        for form in seen[role]:
            method_and_path = f"POST /connections/{{connection_id}}{form.removeprefix(f'/connections/{connection_id}')}"
            need = TABLE[method_and_path]
            assert isinstance(need, Need)
            assert visitor.may(need.scope), method_and_path

    assert not seen["viewer"]
    assert seen["viewer"] < seen["bookkeeper"] < seen["merchant"]
