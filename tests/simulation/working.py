"""One process that lives lives: its own services, and a fresh database for each."""

import asyncio
import traceback
from typing import Any

from app import log
from tests.simulation.lives import End, live
from tests.simulation.verdict import Verdict
from tests.support.services import copied_database, migrate_template, running_services


def work(seeds: Any, ends: Any, deeds: int) -> None:
    """Take seeds until None comes, and put how each life ended; what stops a life is a violation, too."""
    log.configure("text", level="CRITICAL")
    with running_services() as services:
        migrate_template(services)
        while (seed := seeds.get()) is not None:
            with copied_database(services) as fresh:
                try:
                    end = asyncio.run(live(fresh.app, seed, deeds))
                except Exception:  # noqa: BLE001 - whatever stops a life is what the life has found
                    last = traceback.format_exc().strip().splitlines()
                    end = End(
                        seed, Verdict([f"stopped: {last[-1]} ({last[-3].strip() if len(last) > 2 else ''})"]), last
                    )
            ends.put(end)
