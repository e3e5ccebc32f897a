"""The simulator as one ASGI app around a world.

Its OpenAPI document describes the connector API alone and is the contract's reference; the side door and
the shop page are left out of it.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI

from app.sandbox.oncord import connector, problems, shop_page, side_door, side_records, state
from app.sandbox.oncord.escaped import EscapedJSON
from app.sandbox.oncord.wire import Wire
from app.sandbox.oncord.world import World

SAVE_EVERY = 3.0
DESCRIPTION = """The remote API of the small Oncord-side connector component: how a shop's contacts, sales and
receipts are read, written and watched.

JSON in snake_case. Ids and versions are opaque strings. Money is a decimal string with its currency beside it on the
document. Times are RFC 3339 in UTC, dates are `YYYY-MM-DD` in the site's time zone. A reader ignores the fields it does
not know, and a writer keeps them. Errors are `application/problem+json`.

Every change is also posted to the address in `PUT /connector`, signed by the Standard Webhooks scheme and repeated until
it is answered with a 2xx:

    {"type": "sale.saved", "timestamp": "2026-11-22T02:00:00.000000Z",
     "data": {"entity": "sale", "id": "1041", "version": "7", "action": "saved", "merged_ids": [], "deleted_with": null,
              "actor": "user"}}

`type` is one of contact.saved, contact.deleted, contact.merged, sale.saved, sale.deleted, receipt.saved, receipt.deleted;
`actor` is user, system or connector; several changes of one type may come as a list in `data`.
"""


def create_app(world: World, *, state_file: Path | None = None) -> FastAPI:
    """The app. While it runs it delivers the world's events and, given a file, saves the world into it."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(world.events.run())]
        if state_file is not None:
            tasks.append(asyncio.create_task(_keep_saved(world, state_file)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            await world.events.close()
            if state_file is not None:
                state.write(world, state_file)

    app = FastAPI(
        title="Oncord connector API",
        version="1",
        description=DESCRIPTION,
        lifespan=lifespan,
        default_response_class=EscapedJSON,
    )
    app.state.world = world
    app.add_middleware(Wire, world=world)
    problems.install(app)
    for router in (connector.router, side_door.router, side_records.router, shop_page.router):
        app.include_router(router)
    return app


async def _keep_saved(world: World, path: Path) -> None:
    """Save now and then, when something happened; a big world less often than a small one."""
    loop = asyncio.get_running_loop()
    saved_revision, pause = -1, SAVE_EVERY
    while True:
        if world.revision != saved_revision:
            saved_revision, began = world.revision, loop.time()
            state.write(world, path)
            pause = max(SAVE_EVERY, 50 * (loop.time() - began))
        await asyncio.sleep(pause)
