"""The application on a port of its own, for what asks over the network: other programs, and browsers."""

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

from app.serve import HttpProtocol
from tests.support.app import Service
from tests.support.watched import Watched


@contextmanager
def a_door() -> Iterator[socket.socket]:
    """A port that is ours before anybody serves behind it, so that its address can be told first."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        yield door


def behind(door: socket.socket, host: str = "127.0.0.1") -> str:
    """The address of a door."""
    return f"http://{host}:{door.getsockname()[1]}"


@asynccontextmanager
async def serving(service: Service | Watched, app: Any, door: socket.socket) -> AsyncIterator[None]:
    """An ASGI application behind a door, for as long as the service runs at most."""
    config = uvicorn.Config(app, http=HttpProtocol, ws="none", lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    task = service.app.state.runtime.tasks.start(server.serve(sockets=[door]), name="listening")
    yield
    server.should_exit = True
    await task


@asynccontextmanager
async def listening(service: Service | Watched) -> AsyncIterator[str]:
    """The address at which a service listens."""
    with a_door() as door:
        async with serving(service, service.app, door):
            yield behind(door)
