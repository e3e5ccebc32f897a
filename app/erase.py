"""`python -m app.erase CONNECTION SIDE ID [--really]`: says what erasing a person will do, and with `--really` does it."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from app.container import build_container
from app.domain.model.actor import COMMAND_LINE
from app.domain.model.records import Side
from app.errors import Rejection
from app.runtime import open_runtime
from app.services import erasure
from app.services.erasure import SHOWN, Outlook
from app.settings import Settings, load_settings


def main(words: Sequence[str], settings: Settings | None = None) -> int:
    """Carry out a command line; 0: told, or done; 1: refused; 2: not understood."""
    parser = argparse.ArgumentParser(prog="python -m app.erase")
    parser.add_argument("connection", help="the connection's id")
    parser.add_argument("side", choices=[side.value for side in Side], help="where the person is known by ID")
    parser.add_argument("id", help="of the contact in Oncord, or of the customer in QuickBooks")
    parser.add_argument("--really", action="store_true", help="erase, rather than say what would happen; for good")
    try:
        asked = parser.parse_args(words)
    except SystemExit as ended:
        return int(ended.code or 0)
    try:
        outlook = asyncio.run(
            _carry_out(settings or load_settings(), asked.connection, Side(asked.side), asked.id, asked.really)
        )
    except Rejection as refused:
        sys.stderr.write(f"{refused.detail}\n")
        return 1
    sys.stdout.write(_told(outlook))
    return 0


async def _carry_out(settings: Settings, connection_id: str, side: Side, record_id: str, really: bool) -> Outlook:
    async with open_runtime(settings) as runtime:
        container = build_container(runtime)
        if really:
            return await erasure.erase(container, connection_id, side, record_id, who=COMMAND_LINE)
        return await erasure.look(container, connection_id, side, record_id)


def _told(outlook: Outlook) -> str:
    lines = [
        f"{outlook.name or 'Nobody who has a name here any more'}: {len(outlook.contacts)} contacts in Oncord,"
        f" {len(outlook.customers)} customers in QuickBooks, {outlook.documents} documents and receipts",
        *(
            f"stays until it is gone there: {each.kind} {each.label} in {Side(each.side).called}"
            for each in outlook.staying[:SHOWN]
        ),
    ]
    if outlook.advice:
        lines.append(outlook.advice)
    elif outlook.emptied is None:
        lines.append("Nothing was erased yet: say --really.")
    else:
        lines.append("Erased: " + ", ".join(f"{table} {rows}" for table, rows in sorted(outlook.emptied.items())))
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
