"""A Chromium for the tests that look at pages as a browser does: the system's, or one that Playwright has fetched.

`python -m tests.support.chromium` fetches one where there is none, and says why where it cannot; `make test` begins with it.
"""

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Playwright, async_playwright
from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "No Chromium is here: install the system's (on Debian and Ubuntu: apt install chromium), or playwright install chromium."


def of_the_system() -> str | None:
    """Where the system's Chromium is; None where it has none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A running browser. Raises LookupError where there is none."""
    async with async_playwright() as playwright:
        program = of_the_system() or _fetched(playwright)
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        await browser.close()


def _fetched(playwright: Playwright) -> str:
    program = playwright.chromium.executable_path
    if not Path(program).exists():
        raise LookupError(MISSING)
    return program


def main() -> int:
    """Fetch one where there is none."""
    if of_the_system():
        return 0
    with sync_playwright() as playwright:
        if Path(playwright.chromium.executable_path).exists():
            return 0
    done = subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    if done.returncode:
        sys.stderr.write(f"make test: {MISSING} The tests in tests/browser are skipped.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
