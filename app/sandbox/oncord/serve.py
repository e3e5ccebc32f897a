"""The simulator as a process of its own, on the loopback interface."""

import logging
import secrets
from pathlib import Path

import uvicorn

from app.sandbox.oncord import state
from app.sandbox.oncord.app import create_app
from app.sandbox.oncord.wire import AnswerLost
from app.sandbox.oncord.world import World


def _is_an_accident(record: logging.LogRecord) -> bool:
    """Not a log record about an answer that was lost on purpose."""
    return not (record.exc_info and isinstance(record.exc_info[1], AnswerLost))


def make_world(
    country: str = "AU",
    state_file: Path | None = None,
    site_id: str | None = None,
    token: str | None = None,
    sample: bool = True,
) -> World:
    """The world of a file if there is one, otherwise a new one with one shop.

    A named shop is there in any case, and answers to the given token.
    """
    if state_file is None or not state_file.exists():
        return World(
            seed=secrets.randbits(64), country=country, site_id=site_id or "demo", token=token, with_sample=sample
        )
    world = World()
    state.read(world, state_file)
    if site_id is not None and site_id not in world.sites:
        world.add_site(country=country, with_sample=sample, site_id=site_id, token=token)
    elif site_id is not None and token is not None and world.sites[site_id].token != token:
        world.sites[site_id].token, world.sites[site_id].revoked = token, False
    return world


def run(
    port: int,
    country: str = "AU",
    state_file: Path | None = None,
    site_id: str | None = None,
    token: str | None = None,
    sample: bool = True,
) -> None:
    """Serve until a signal says stop."""
    logging.getLogger("uvicorn.error").addFilter(_is_an_accident)
    app = create_app(make_world(country, state_file, site_id, token, sample), state_file=state_file)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)
