"""Which pages are pictured, at the desk and on a phone, and how much of each."""

from dataclasses import dataclass

from playwright.async_api import Browser, Page

from tests.local_world.test_make_run import KEY
from tests.screenshots.pictures import Album
from tests.screenshots.stack import Stack
from tests.screenshots.story import Places

DESK = (1280, 800)
PHONE = (390, 844)
SHARP = 1.5
"""Pixels of a picture for one of the phone's, whose text is small."""


@dataclass(frozen=True)
class Shot:
    """A picture: its name, where it is taken, from which element on, and how high it may be; `phone`: one on a phone too,
    of its first screen."""

    name: str
    address: str
    start: str = ""
    height: int = 1100
    phone: bool = True


def shots(stack: Stack, places: Places) -> list[Shot]:
    """The tour, in its order."""
    here = f"/connections/{stack.connection}"
    return [
        Shot("connections", "/", phone=False),
        Shot("connection", here, height=1500),
        Shot("work", f"{here}/attention", height=1300),
        Shot("conflict", here + places.conflict),
        Shot("question", here + places.question, phone=False),
        Shot("locked", here + places.locked, phone=False),
        Shot("find", f"{here}/records?q=ava", phone=False),
        Shot("record", here + places.sale, height=1400, phone=False),
        Shot("run", here + places.run, phone=False),
        Shot("preview", here + places.preview, height=1300),
        Shot("preview-lines", f"{here}{places.preview}?part=made", start="#lines", height=800, phone=False),
        Shot("certificate", here + places.certificate, height=1300),
        Shot("configuration", f"{here}/configuration", height=1300, phone=False),
        Shot("told", f"{here}/being-told", height=900, phone=False),
        Shot("shop", f"{stack.at.oncord}/", phone=False),
        Shot("books", f"{stack.at.quickbooks}/?invoice=31", phone=False),
    ]


async def tour(browser: Browser, stack: Stack, places: Places, album: Album) -> None:
    """Take all of them, as the operator sees them, in the light."""
    for suffix, (width, height), scale in (("", DESK, 1.0), ("-phone", PHONE, SHARP)):
        context = await browser.new_context(
            base_url=stack.at.service,
            viewport={"width": width, "height": height},
            device_scale_factor=scale,
            locale="en-AU",
            timezone_id="Australia/Brisbane",
            color_scheme="light",
        )
        page = await context.new_page()
        await _sign_in(page)
        for shot in shots(stack, places):
            if not suffix or shot.phone:
                await _take(page, shot, album, shot.name + suffix, height if suffix else shot.height)
        await context.close()


async def _sign_in(page: Page) -> None:
    await page.goto("/")
    await page.get_by_label("API key").fill(KEY)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("heading", name="Connections").wait_for()


async def _take(page: Page, shot: Shot, album: Album, name: str, most: int) -> None:
    answer = await page.goto(shot.address)
    if answer is None or not answer.ok:
        raise RuntimeError(f"{shot.address} does not show a page")
    top = 0.0
    if shot.start:
        box = await page.locator(shot.start).bounding_box()
        top = max(0.0, (box["y"] if box else 0) - 24)
    end = await page.evaluate("document.querySelector('main').lastElementChild.getBoundingClientRect().bottom + 24")
    await album.take(page, name, top, min(most, end - top))
