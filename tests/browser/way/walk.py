"""Somebody on the way through the pages: what they press, what they see, and what axe-core says of each page on it."""

from dataclasses import dataclass, field
from typing import Literal

from playwright.async_api import Locator, Page, expect

from tests.support.axe import COLOURS, WHOLE, findings, too_wide, with_axe
from tests.support.networked import Networked

PATIENCE_MS = 60_000
"""So long a page may take on a machine that is busy with other things."""
Scheme = Literal["light", "dark"]
OTHER: dict[Scheme, Scheme] = {"light": "dark", "dark": "light"}


@dataclass(frozen=True)
class Look:
    """How somebody looks at the pages."""

    name: str
    scheme: Scheme
    width: int
    height: int
    script: bool = True


@dataclass
class Walk:
    """Somebody on the way: `faults` is what was found of the pages so far, `secret` what they were given to check messages with."""

    world: Networked
    page: Page
    look: Look
    faults: list[str] = field(default_factory=list)
    secret: str = ""

    @property
    def main(self) -> Locator:
        """What a page says, without its frame."""
        return self.page.locator("main")

    def card(self, heading: str) -> Locator:
        """A part of a page, by its heading."""
        return self.page.locator("section", has=self.page.get_by_role("heading", name=heading))

    async def open(self, address: str) -> None:
        """Go to an address that was told."""
        await self.page.goto(address)

    async def follow(self, name: str, within: Locator | None = None) -> None:
        """Press a link."""
        await (within or self.page).get_by_role("link", name=name, exact=True).first.click()

    async def press(self, name: str, within: Locator | None = None) -> None:
        """Press a button."""
        await (within or self.page).get_by_role("button", name=name, exact=True).first.click()

    async def sees(self, heading: str, *words: str, within: Locator | None = None) -> None:
        """A page comes whose heading and visible text say this; it is looked at as axe-core does, and as a phone does."""
        await expect(self.page.get_by_role("heading", level=1)).to_contain_text(heading, timeout=PATIENCE_MS)
        for each in words:
            await expect(within or self.main).to_contain_text(each, use_inner_text=True, timeout=PATIENCE_MS)
        await self._look(heading)

    async def _look(self, heading: str) -> None:
        """Note what is wrong with the page: as it is looked at, and its colours in the other scheme."""
        at = f"{self.page.url}, {heading}, {self.look.name}"
        self.faults += await too_wide(self.page, at)
        if not self.look.script:  # axe-core is one; the pages are the same but for how a run is followed
            return
        await with_axe(self.page)
        self.faults += await findings(self.page, at, WHOLE)
        await self.page.emulate_media(color_scheme=OTHER[self.look.scheme])
        self.faults += await findings(self.page, f"{at}, {OTHER[self.look.scheme]}", COLOURS)
        await self.page.emulate_media(color_scheme=self.look.scheme)
