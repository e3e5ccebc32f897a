"""`python -m app.export CONNECTION FILE`: writes everything of a connection into a zip archive."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from app.container import build_container
from app.domain.model.actor import COMMAND_LINE
from app.errors import Rejection
from app.runtime import open_runtime
from app.services import export
from app.settings import Settings, load_settings


def main(words: Sequence[str], settings: Settings | None = None) -> int:
    """Carry out a command line; 0: written; 1: refused; 2: not understood."""
    parser = argparse.ArgumentParser(prog="python -m app.export")
    parser.add_argument("connection", help="the connection's id")
    parser.add_argument("file", type=Path, help="the archive to write; one that is there is not overwritten")
    try:
        asked = parser.parse_args(words)
    except SystemExit as ended:
        return int(ended.code or 0)
    try:
        with asked.file.open("xb") as archive:
            size = asyncio.run(_write(settings or load_settings(), asked.connection, archive))
    except FileExistsError:
        sys.stderr.write(f"{asked.file} is there already.\n")
        return 1
    except Rejection as refused:
        asked.file.unlink()
        sys.stderr.write(f"{refused.detail}\n")
        return 1
    sys.stdout.write(f"{asked.file}: {size} bytes\n")
    return 0


async def _write(settings: Settings, connection_id: str, archive: BinaryIO) -> int:
    async with open_runtime(settings) as runtime:
        pieces = await export.begin(build_container(runtime), connection_id, who=COMMAND_LINE)
        return sum([archive.write(piece) async for piece in pieces])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
