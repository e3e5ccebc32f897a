"""Pages are only for whoever has signed in, and their forms cannot be forged."""

import pytest

from tests.console.pages import shown, sign_in
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
        assert (answer.status_code, answer.headers["location"]) == (303, "/"), path
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
    assert {"HttpOnly", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
    assert API_KEY not in cookie
    assert "Connect a site" in shown(await service.browser.get("/"))
    service.clock.advance(hours=13)
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


async def test_a_frame_of_oncord_is_admitted_only_where_it_is_configured(own_database: DatabaseUrls) -> None:
    changes = {"public_url": "https://sync.example", "console_frame_origin": "https://shop.example"}
    async with running_service(own_database, **changes) as service:
        answer = await service.browser.post("/sign-in", data={"key": API_KEY})

    assert "frame-ancestors https://shop.example" in answer.headers["content-security-policy"]
    assert "x-frame-options" not in answer.headers
    assert {"SameSite=none", "Secure"} <= {part.strip() for part in answer.headers["set-cookie"].split(";")}
