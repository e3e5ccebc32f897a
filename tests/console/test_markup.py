"""What people typed never becomes markup, and no page leads to another site than it should."""

import re
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from app.console.view import STATIC
from tests.api.test_launch_links import HTML, a_link
from tests.api.test_two_shops import sell
from tests.console.pages import sign_in
from tests.support.app import SHOP_HOST, Service
from workers.jobs import wake

CONSOLE = STATIC.parent
PAYLOADS = (
    "<img/src=x/onerror=alert(1)>",
    '"autofocus/onfocus="alert(1)',
    "</title><script>alert(1)</script>",
    "{{7*7}}",
)
HOSTILE = f"{PAYLOADS[0]} {''.join(PAYLOADS[1:])}"
"""A name for everything that somebody may name."""
MARKUP = re.compile(r"<img/src|<script|\"autofocus|</title><|>49<", re.IGNORECASE)
TURNS = 10


async def test_whatever_people_name_things_it_stays_text_on_every_page(service: Service) -> None:
    site = service.shop.add_site(with_sample=False)
    realm = service.company(name=HOSTILE)
    api_url = f"{SHOP_HOST}/sites/{site.id}/api/connector/v1"
    connection_id = (await service.connect_site(oncord_api_url=api_url, oncord_token=site.token, name=HOSTILE))["id"]
    assert await service.join_company(connection_id, realm) == "connected"
    assert (await service.configure(connection_id)).status_code == 200
    await sell(service, site.id, HOSTILE)
    assert (await service.api.post(f"/api/v1/connections/{connection_id}/syncs")).status_code == 202
    for _ in range(TURNS):
        await wake({"runtime": service.app.state.runtime}, connection_id)
    key = {"name": HOSTILE, "scopes": ["read"]}
    assert (await service.api.post(f"/api/v1/connections/{connection_id}/keys", json=key)).status_code == 201
    link = await a_link(service, connection_id, {"person": HOSTILE[:100], "role": "viewer", "page": ""})
    run = (await service.state(connection_id))["last_sync"]["id"]
    csrf = await sign_in(service)
    one = f"/connections/{connection_id}"
    await service.browser.post(f"{one}/tie-outs", data={"csrf": csrf})

    shown = ""
    for path in (
        "/",
        one,
        f"{one}/runs/{run}",
        f"{one}/document-changes",
        f"{one}/configuration",
        f"{one}/being-told",
        f"{one}/access",
        link,
        "/sessions",
        "/being-told",
    ):
        page = await service.browser.get(path, headers=HTML)
        assert page.status_code == 200, path
        assert not MARKUP.search(page.text), path
        shown += page.text
    for path in (f"/{HOSTILE}", f"{one}/attention/{HOSTILE}", f"/launch?{urlencode({'ticket': HOSTILE})}"):
        refused = await service.browser.get(path, headers=HTML)
        assert refused.status_code >= 400
        assert not MARKUP.search(refused.text), path

    assert shown.count("&lt;img/src") > 5, "nothing was there to be seen"


@pytest.mark.parametrize("template", sorted((CONSOLE / "templates").glob("*.html")), ids=lambda path: path.name)
def test_no_page_has_scripts_handlers_or_text_that_is_not_escaped(template: Path) -> None:
    text = template.read_text()

    if template.name in ("docs.html", "run.html"):  # The pages with scripts: files of ours and of Swagger UI's.
        text = re.sub(r'<script src="/static/[a-z./-]+" defer></script>', "", text)
    assert not re.search(
        r"<script|javascript:|\son[a-z]+\s*=|\sstyle\s*=|\|\s*safe\b|autoescape|<base|<object", text, re.IGNORECASE
    )
    assert not re.search(r"<th[^>]*></th>", text), "a column without a heading"
    for address in re.findall(r'(?:href|action)="([^"]*)"', text):
        assert address.startswith(("/", "#", "?", "{{", "{%", "data:,")), address


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        ("/connections/con_1", "/connections/con_1"),
        ("//evil.example/x", "/connect/result"),
        ("https://evil.example", "/connect/result"),
        ("/\\evil.example", "/connect/result"),
        ("/\t/evil.example", "/connect/result"),
        ("\\\\evil.example", "/connect/result"),
        ("javascript:alert(1)", "/connect/result"),
        (" /connections", "/connect/result"),
        ("/x\r\nset-cookie: a=b", "/connect/result"),
    ],
)
async def test_whoever_comes_back_from_quickbooks_is_led_to_no_other_site(
    service: Service, asked: str, led_to: str
) -> None:
    realm = service.company()
    connection_id = (await service.connect_site())["id"]
    await sign_in(service)
    query = urlencode({"connection_id": connection_id, "return_to": asked})
    departure = await service.browser.get(f"/oauth/quickbooks/connect?{query}")
    back = await service.consent(departure.headers["location"], f"approve={realm}")

    arrival = await service.browser.get(back)

    place = urlsplit(arrival.headers["location"])
    assert (arrival.status_code, place.scheme, place.netloc, place.path) == (302, "", "", led_to)
    assert "outcome=connected" in place.query
