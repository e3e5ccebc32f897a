"""What a browser does and a person reads."""

import re
from html import unescape

import httpx

from tests.support.app import API_KEY, Service


async def sign_in(service: Service) -> str:
    """Sign the browser in; the word for its forms."""
    answer = await service.browser.post("/sign-in", data={"key": API_KEY})
    assert answer.status_code == 303, answer.text
    return csrf_in(await service.browser.get("/"))


def csrf_in(answer: httpx.Response) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', answer.text)
    assert found, answer.text
    return found[1]


def shown(answer: httpx.Response) -> str:
    """What a person reads on a page."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def fields(form: httpx.Response) -> dict[str, str]:
    """What a browser would send if nothing was touched."""
    found = {}
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form.text, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected>', inner)
        found[name] = unescape(chosen[1]) if chosen else ""
    for tag in re.findall(r"<input[^>]*>", form.text):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and (("checkbox" not in tag and "radio" not in tag) or "checked" in tag):
            found[name[1]] = unescape(value[1])
    return found
