"""The simulator as others meet it: over real HTTP, on a free port, with one sample company in the US."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import uvicorn

from app.sandbox.quickbooks import World, create_app


@dataclass
class Served:
    base: str
    company: dict[str, str]

    @property
    def discovery(self) -> str:
        return f"{self.base}/.well-known/openid_sandbox_configuration"


@contextmanager
def serving() -> Iterator[Served]:
    server = uvicorn.Server(
        uvicorn.Config(create_app(World(lost_answers="close")), host="127.0.0.1", port=0, log_level="error")
    )
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    base = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield Served(base, new_company(base))
    server.should_exit = True
    thread.join(10)


def new_company(base: str) -> dict[str, str]:
    """A sample company in the US with its own grant."""
    with httpx.Client(trust_env=False) as http:
        made: dict[str, str] = http.post(f"{base}/_sandbox/companies", json={"country": "US"}).json()
    return made
