"""What is wrong with a page as a browser shows it: what axe-core finds, and what makes it wider than its window."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

WHOLE: dict[str, Any] = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
"""With the rule that targets have 24 px, which axe-core leaves out unless it is asked."""
COLOURS: dict[str, Any] = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
"""What another scheme can do to a page: nothing else of it differs."""
_TOO_WIDE = """() => document.scrollingElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("main *")]
  .filter(each => each.getBoundingClientRect().right > innerWidth).map(each => each.outerHTML.slice(0, 120)).slice(-3)"""


async def with_axe(page: Page) -> None:
    """Bring axe-core into the page that is open; it needs script."""
    await page.evaluate(AXE_SCRIPT)


async def findings(page: Page, at: str, options: dict[str, Any]) -> list[str]:
    """What axe-core finds, each with where it is."""
    found: Any = await page.evaluate("options => axe.run(options)", options)
    return [
        f"{at}: {each['id']}, {each['help']}: {'; '.join(str(node['html'])[:160] for node in each['nodes'][:3])}"
        for each in found["violations"]
    ]


async def too_wide(page: Page, at: str) -> list[str]:
    """What makes the page wider than its window."""
    wide = await page.evaluate(_TOO_WIDE)
    return [f"{at}: too wide: {wide}"] if wide else []
