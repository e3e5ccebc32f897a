"""The page "Access": letting somebody in by a link, ending a session, and reading what was done, all without script."""

import re
from pathlib import Path

import app
from app.console.acts import ACTS
from tests.api.test_launch_links import HTML
from tests.console.pages import csrf_in, shown, sign_in
from tests.support.app import Service

_LITERAL = re.compile(r'"([a-z_]+\.[a-z_]+)"')


async def opened(service: Service) -> tuple[str, str]:
    connection_id = (await service.connect_site())["id"]
    return f"/connections/{connection_id}/access", await sign_in(service)


def link_in(text: str) -> str:
    found = re.search(r"<code>([^<]*ticket=[^<]+)</code>", text)
    assert found, text
    return found[1].partition("/launch")[2]


def test_every_act_that_is_written_down_has_words() -> None:
    nouns = {action.partition(".")[0] for action in ACTS}
    sources = (Path(app.__file__).parent / "services").glob("*.py")
    written = {literal for source in sources for literal in _LITERAL.findall(source.read_text())}
    written = {literal for literal in written if literal.partition(".")[0] in nouns}

    assert written == set(ACTS) - {"access"}


async def test_somebody_is_let_in_seen_and_shown_the_door(service: Service) -> None:
    here, csrf = await opened(service)
    assert "Nobody is signed in for this shop alone" in shown(await service.browser.get(here))

    made = await service.browser.post(here, data={"csrf": csrf, "person": "Jane Doe", "role": "viewer"})
    assert made.status_code == 200
    assert "The link for Jane Doe is made." in shown(made)
    link = link_in(made.text)
    assert "ticket=" not in (await service.browser.get(here)).text, "it is shown once"
    operator = dict(service.browser.cookies)
    service.browser.cookies.clear()
    door = await service.browser.get(f"/launch{link}", headers=HTML)
    ticket = link.partition("ticket=")[2]
    assert (await service.browser.post("/launch", data={"ticket": ticket})).status_code == 303
    assert door.status_code == 200
    assert (await service.browser.get(here)).status_code == 403, "a viewer lets nobody in"
    janes = dict(service.browser.cookies)

    service.browser.cookies.clear()
    service.browser.cookies.update(operator)
    page = await service.browser.get(here)
    words = shown(page)
    assert "Jane Doe viewer" in words
    assert "Made a link that lets somebody in: Jane Doe" in words
    assert "Asked for something that was not theirs: only for those who may change the configuration Refused" in words
    address = f"/api/v1{here.replace('/access', '/sessions')}"
    assert [each["name"] for each in (await service.api.get(address)).json()["items"]] == ["Jane Doe"]
    [end] = re.findall(r'action="([^"]+/sessions/[^"]+/end)"', page.text)
    ended = await service.browser.post(end, data={"csrf": csrf_in(page)}, follow_redirects=True)
    assert "The session has ended." in shown(ended)
    service.browser.cookies.clear()
    service.browser.cookies.update(janes)
    assert (await service.browser.get(here.removesuffix("/access"), headers=HTML)).status_code in (303, 401)


async def test_a_link_for_nobody_or_of_no_role_is_not_made(service: Service) -> None:
    here, csrf = await opened(service)

    for wrong, words in (
        ({"person": " ", "role": "viewer"}, "Say who it is for"),
        ({"person": "x" * 101, "role": "viewer"}, "Say who it is for"),
        ({"person": "Jane", "role": "operator"}, "Choose one."),
    ):
        refused = await service.browser.post(here, data={"csrf": csrf, **wrong})
        assert refused.status_code == 422
        assert words in shown(refused)
        assert "ticket=" not in refused.text


async def test_no_session_of_another_shop_is_listed_or_ended(service: Service) -> None:
    here, csrf = await opened(service)
    session = (await service.api.get("/api/v1/sessions")).json()["items"][0]["id"]

    refused = await service.browser.post(f"{here}/sessions/{session}/end", data={"csrf": csrf}, follow_redirects=True)

    assert "There is no session with this id, or it has ended." in shown(refused)
    address = f"/api/v1{here.replace('/access', '/sessions')}"
    assert (await service.api.get(address)).json() == {"items": []}
    assert (await service.api.delete(f"{address}/{session}")).status_code == 404
    assert len((await service.api.get("/api/v1/sessions")).json()["items"]) == 1
