"""The guides as pages: for everybody, out of the repository's own files, with their pictures, and nothing from another host."""

import re
from pathlib import Path
from typing import get_args

import pytest

from app.console.guides import Guide
from tests.api.test_launch_links import HTML, a_link
from tests.console.pages import shown, sign_in
from tests.support.app import Service

GUIDES = Path(__file__).parents[2] / "docs" / "guides"


def test_each_guide_of_the_repository_is_a_page() -> None:
    assert set(get_args(Guide)) == {file.stem for file in GUIDES.glob("*.md")}


@pytest.mark.parametrize("guide", get_args(Guide))
async def test_a_guide_is_read_with_its_pictures_by_whoever_asks(service: Service, guide: str) -> None:
    page = await service.browser.get(f"/guides/{guide}")

    assert page.status_code == 200
    text = (GUIDES / f"{guide}.md").read_text()
    assert f"<h1>{text.splitlines()[0].removeprefix('# ')}</h1>" in page.text
    for heading in re.findall(r"^## (.*)$", text, re.MULTILINE):
        assert f"<h2>{heading}</h2>" in page.text
    pictures = re.findall(r'<img[^>]*src="([^"]+)"', page.text)
    assert len(pictures) == text.count("![") > 0
    for picture in pictures:
        answer = await service.browser.get(picture)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp"), picture
    assert page.text.count('alt=""') == 0
    links = set(re.findall(r'href="([^"]+)"', page.text)) - {"data:,"}
    assert all(link.startswith(("/", "#")) for link in links), "nothing from another host"
    for link in links:
        assert (await service.browser.get(link, headers=HTML)).status_code == 200, link


async def test_pages_lead_to_the_guides_in_every_role(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    link = await a_link(service, connection_id, {"person": "Vera", "role": "viewer", "page": ""})
    ticket = re.search(r'name="ticket" value="([^"]+)"', (await service.browser.get(link, headers=HTML)).text)
    assert ticket
    pages = {"a stranger": (await service.browser.get("/")).text}
    await service.browser.post("/launch", data={"ticket": ticket[1]})
    pages["a viewer"] = (await service.browser.get(f"/connections/{connection_id}")).text
    assert "Sign out" in shown(await service.browser.get("/guides/merchant")), "and stays signed in there"
    service.browser.cookies.clear()
    await sign_in(service)
    pages["the operator"] = (await service.browser.get("/")).text

    for who, page in pages.items():
        for guide in get_args(Guide):
            assert f'href="/guides/{guide}"' in page, who


async def test_there_is_no_other_guide(service: Service) -> None:
    for path in ("/guides/accountant", "/guides/..%2Flaws", "/guides/"):
        assert (await service.browser.get(path, headers=HTML)).status_code == 404, path
