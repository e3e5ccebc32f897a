"""The stage: two API processes, two workers, both simulators, PostgreSQL and Valkey, and nothing else running."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.sandbox.local.environment import (
    Addresses,
    Keys,
    child_environment,
    load_keys,
)
from app.sandbox.local.migrations import apply_migrations
from app.settings import Settings
from tests.chaos.programs import Programs
from tests.chaos.servers import Servers
from tests.chaos.size import Size

APIS = ("api-1", "api-2")
WORKERS = ("worker-1", "worker-2")
UP_SECONDS = 180.0
"""On a machine that is busy with other things, too."""
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs, and where it answers."""

    servers: Servers
    programs: Programs
    keys: Keys
    world: Addresses
    """`service` is the first API process."""
    api_urls: tuple[str, ...]
    http: httpx.AsyncClient


@asynccontextmanager
async def set_stage(folder: Path, size: Size) -> AsyncIterator[Stage]:
    """Start everything in `folder`; whatever happens, none of it runs afterwards."""
    with ExitStack() as stack:
        data, logs = folder / "data", folder / "logs"
        for place in (folder, data, logs):
            place.mkdir(mode=0o711, exist_ok=True)
            place.chmod(0o711)
        servers = Servers(data)
        stack.callback(servers.close)
        await servers.start_postgres()
        await servers.start_valkey()
        await asyncio.to_thread(apply_migrations, servers.addresses.migration_database_url)
        keys = load_keys(data)
        *api_ports, quickbooks, oncord = _free_ports(4)
        api_urls = tuple(f"http://127.0.0.1:{port}" for port in api_ports)
        world = Addresses(api_urls[0], f"http://127.0.0.1:{quickbooks}", f"http://127.0.0.1:{oncord}")
        programs = Programs(logs)
        stack.callback(programs.close)
        environment = _environment(servers, keys, world, size)
        sandbox = [sys.executable, "-m", "app.sandbox"]
        programs.start(
            "quickbooks", [*sandbox, "quickbooks", "--port", str(quickbooks), "--empty", "--rate-limits"], environment
        )
        programs.start("oncord", [*sandbox, "oncord", "--port", str(oncord), "--empty"], environment)
        for name, port in zip(APIS, api_ports, strict=True):
            serve = [sys.executable, "-m", "app.serve", "--port", str(port)]
            programs.start(name, [*serve, "--host", "127.0.0.1", "--no-access-log"], environment)
        for name in WORKERS:
            programs.start(name, [sys.executable, "-m", "arq", "workers.main.WorkerSettings"], environment)
        async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
            for url in (*(f"{api}/ready" for api in api_urls), f"{world.oncord}/_sandbox/sites"):
                await until_it_answers(http, url)
            await until_it_answers(http, f"{world.quickbooks}/_sandbox/companies")
            tending = asyncio.create_task(programs.tend())
            try:
                yield Stage(servers, programs, keys, world, api_urls, http)
            finally:
                tending.cancel()
                await asyncio.gather(tending, return_exceptions=True)


def _environment(servers: Servers, keys: Keys, world: Addresses, size: Size) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name in _KEPT}
    environment = child_environment(Settings.model_construct(), inherited, keys, world, servers.addresses)
    return environment | {
        "SANDBOX_CLIENT_ID": keys.client_id,
        "SANDBOX_CLIENT_SECRET": keys.client_secret,
        "SANDBOX_VERIFIER_TOKEN": keys.verifier_token,
        "SYNC_QUIET_SECONDS": str(size.quiet_seconds),
        "SYNC_MAX_WAIT_SECONDS": str(size.longest_wait_seconds),
        "SYNC_SWEEP_SECONDS": str(size.sweep_seconds),
        "SYNC_REQUEST_SECONDS": str(size.request_seconds),
    }


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


async def until_it_answers(http: httpx.AsyncClient, url: str) -> None:
    """Wait until something answers there, for `UP_SECONDS` at most."""
    deadline = time.monotonic() + UP_SECONDS
    while True:
        try:
            if (await http.get(url)).is_success:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < deadline, f"{url} did not become ready"
        await asyncio.sleep(0.05)
