"""`python -m tests.screenshots [--anew]`: take the pictures of docs/screenshots out of a demo that is started for them.

A picture whose page says what it said the last time, but for days, times and ids, is left as it is; `--anew` takes all.
"""

import argparse
import asyncio
import sys

from tests.screenshots.pictures import FOLDER, Album
from tests.screenshots.stack import running
from tests.screenshots.story import lived
from tests.screenshots.tour import tour
from tests.support.chromium import chromium

MOST_BYTES = 1_500_000
"""How much the repository shall carry of them."""


async def _take_all(*, anew: bool) -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    album = Album(anew=anew)
    async with chromium() as browser, running() as stack:
        await tour(browser, stack, await lived(stack), album)
    size = album.close()
    sys.stdout.write(f"{len(album.taken)} taken: {', '.join(album.taken) or 'none'}; all have {size:,} bytes\n")
    if size > MOST_BYTES:
        sys.stderr.write(f"make screenshots: that is more than {MOST_BYTES:,} bytes; picture less of the pages\n")
        return 1
    return 0


def main() -> int:
    """Take them; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.screenshots", description="Pictures of the console.")
    parser.add_argument("--anew", action="store_true", help="take every picture, whether its page has changed or not")
    try:
        return asyncio.run(_take_all(anew=parser.parse_args().anew))
    except (LookupError, RuntimeError) as error:
        sys.stderr.write(f"make screenshots: {error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
