"""The simulator as a program: one world behind uvicorn on the loopback interface, kept in a file between starts."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import uvicorn

from app.sandbox.quickbooks.app import create_app
from app.sandbox.quickbooks.sample.sample import new_company
from app.sandbox.quickbooks.side_door import state
from app.sandbox.quickbooks.values import wire
from app.sandbox.quickbooks.world import World

SAVE_SECONDS = 5.0


def open_world(
    *,
    country: str = "AU",
    state_file: Path | None = None,
    rate_limits: bool = False,
    sample: bool = True,
    redirect_uris: Collection[str] | None = None,
    client_id: str | None = None,
    client_secret: str | None = None,
    verifier_token: str | None = None,
) -> World:
    """The saved world, or a fresh one with one company; credentials that are given win over saved ones.

    Over real HTTP a lost answer breaks the connection.
    """
    world = World(redirect_uris=redirect_uris, lost_answers="close")
    if state_file is not None and state_file.exists():
        state.restore(world, wire.parse(state_file.read_bytes()))
    else:
        new_company(world, country, sample=sample)
    world.client_id = client_id or world.client_id
    world.client_secret = client_secret or world.client_secret
    world.webhooks.verifier_token = verifier_token or world.webhooks.verifier_token
    if rate_limits:
        world.hazards.turn("rate_limits")
    return world


def save(world: World, state_file: Path) -> None:
    _write(state.snapshot(world), state_file)


def _write(picture: dict[str, Any], state_file: Path) -> None:
    """Writes a picture beside the old file and swaps them, so that a crash leaves one of the two."""
    state_file.parent.mkdir(parents=True, exist_ok=True)
    fresh = state_file.with_suffix(".writing")
    fresh.write_text(wire.dumps(picture), encoding="utf-8")
    os.replace(fresh, state_file)


class Server(uvicorn.Server):
    """uvicorn, except that it does not die of the signal that asked it to stop: the world still has to be saved."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop, signals = asyncio.get_running_loop(), (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)


async def serve(world: World, port: int, state_file: Path | None = None) -> None:
    """Serves until asked to stop; saves when something changed and at the end."""
    config = uvicorn.Config(create_app(world), host="127.0.0.1", port=port, log_level="warning", access_log=False)
    server = Server(config)
    keeper = asyncio.create_task(_keep(world, state_file)) if state_file is not None else None
    try:
        await server.serve()
    finally:
        if keeper is not None and state_file is not None:
            keeper.cancel()
            with suppress(asyncio.CancelledError):
                await keeper
            save(world, state_file)


async def _keep(world: World, state_file: Path) -> None:
    saved, pause = -1, SAVE_SECONDS
    while True:
        if world.revision != saved:
            saved, started = world.revision, time.monotonic()
            await asyncio.to_thread(_write, state.snapshot(world), state_file)
            # a large world takes long to write and must not spend its time on that
            pause = max(SAVE_SECONDS, 20 * (time.monotonic() - started))
        await asyncio.sleep(pause)


def run(
    port: int,
    country: str = "AU",
    state_file: Path | None = None,
    rate_limits: bool = False,
    sample: bool = True,
    redirect_uris: Collection[str] | None = None,
    client_id: str | None = None,
    client_secret: str | None = None,
    verifier_token: str | None = None,
) -> None:
    """Runs the standalone simulator until it is interrupted."""
    world = open_world(
        country=country,
        state_file=state_file,
        rate_limits=rate_limits,
        sample=sample,
        redirect_uris=redirect_uris,
        client_id=client_id,
        client_secret=client_secret,
        verifier_token=verifier_token,
    )
    asyncio.run(serve(world, port, state_file))
