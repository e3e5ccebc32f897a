"""One picture of a page: WebP, small, and left alone where the page says the same as the last time but for days, times and ids."""

import base64
import hashlib
import json
import re
from pathlib import Path

from playwright.async_api import Page

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
INDEX = FOLDER / "pages.json"
"""What each picture was taken of, as a digest."""
QUALITY = 80
PASSING = re.compile(
    r"(?<=name=\"csrf\" value=\")[^\"]*|_[0-9a-z]{8,}|\b[0-9a-f]{32,}\b|\b[\w+/]{40,}=*|\b934145\d+|127\.0\.0\.1:\d+"
    r"|\d{1,2} [A-Z][a-z]{2,8} \d{4}|\d{4}-\d{2}-\d{2}|\d{2}:\d{2}|[A-Z][a-z]{2,8} \d{4}"
    r"|\d+(?:\.\d+)? (?:seconds|minutes|hours|days)"
)
"""What differs from one demo to the next, and would change a picture for nothing: secrets, ids, days and times."""


class Album:
    """The pictures that are there, and of which pages they are."""

    def __init__(self, *, anew: bool) -> None:
        self._known: dict[str, str] = json.loads(INDEX.read_text()) if INDEX.is_file() and not anew else {}
        self._seen: dict[str, str] = {}
        self.taken: list[str] = []

    async def take(self, page: Page, name: str, top: float, height: float) -> None:
        """Store a picture of the open page from `top` on, `height` pixels of it, unless there is one of the same page."""
        whole = await page.evaluate("[document.documentElement.outerHTML, document.styleSheets.length]")
        styles = await page.evaluate(
            "[...document.styleSheets].map(each => [...each.cssRules].map(rule => rule.cssText).join()).join()"
        )
        size = page.viewport_size or {}
        said = json.dumps([PASSING.sub("", str(whole)), styles, size, height])
        digest = hashlib.sha256(said.encode()).hexdigest()[:24]
        self._seen[name] = digest
        file = FOLDER / f"{name}.webp"
        if self._known.get(name) != digest or not file.is_file():
            file.write_bytes(await _webp(page, top, height))
            self.taken.append(name)

    def close(self) -> int:
        """Forget pictures that nobody takes any more; how many bytes all of them have."""
        INDEX.write_text(json.dumps(self._seen, indent=1, sort_keys=True) + "\n")
        pictures = list(FOLDER.glob("*.webp"))
        for file in pictures:
            if file.stem not in self._seen:
                file.unlink()
        return sum(file.stat().st_size for file in FOLDER.glob("*.webp"))


async def _webp(page: Page, top: float, height: float) -> bytes:
    """The part of the page as WebP, which Playwright itself does not write."""
    session = await page.context.new_cdp_session(page)
    width = (page.viewport_size or {"width": 0})["width"]
    clip = {"x": 0, "y": top, "width": width, "height": height, "scale": 1}
    options = {"format": "webp", "quality": QUALITY, "clip": clip, "captureBeyondViewport": True}
    answer = await session.send("Page.captureScreenshot", options)
    await session.detach()
    return base64.b64decode(answer["data"])
