"""The application on a port of its own, for what asks over the network: other programs, and browsers."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from app.serve import HttpProtocol
from tests.support.app import Service
from tests.support.watched import Watched


@asynccontextmanager
async def listening(service: Service | Watched) -> AsyncIterator[str]:
    """The address at which a service listens."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            service.app, http=HttpProtocol, ws="none", lifespan="off", log_config=None, access_log=False
        )
        server = uvicorn.Server(config)
        task = service.app.state.runtime.tasks.start(server.serve(sockets=[door]), name="listening")
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        server.should_exit = True
        await task
