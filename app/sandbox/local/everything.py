"""The local world: everything on this machine from one command, and nothing of it left afterwards.

Services, migrations, both simulators, the API and a worker are started in that order, then the demo connects through the
real API. Whatever fails on the way is told in one line (with the end of a log, where there is one), and all is stopped again.
"""

import asyncio
import errno
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

import httpx
import psycopg
from pydantic import ValidationError

from app.sandbox.local.children import ChildEnded, Children
from app.sandbox.local.demo import (
    DEMO_SITE,
    Demo,
    DemoClient,
    DemoFailed,
    how_to_connect,
    set_up_demo,
)
from app.sandbox.local.environment import (
    Addresses,
    Keys,
    addresses_from,
    child_environment,
    load_keys,
    ports_from,
)
from app.sandbox.local.migrations import COMMAND as MIGRATE
from app.sandbox.local.postgres import WALL_ROLES
from app.sandbox.local.services import LocalServices, ServiceAddresses, ServicesUnavailable
from app.settings import Settings
from app.storage.database import conninfo
from app.weak_settings import weaknesses

READY_SECONDS = 60.0
RUN_SECONDS = 180.0
LOOK_SECONDS = 0.2
FAILED = 2
PYTHON = [sys.executable, "-m"]


class Unable(Exception):
    """The local world cannot be started, or cannot go on; the message is for a person."""


def run_local_world(port: int, data: Path, *, empty: bool = False) -> int:
    """Run until somebody asks to stop; answers the exit code. `empty`: with nothing connected."""
    return asyncio.run(_run(port, data, empty=empty))


async def _run(port: int, data: Path, *, empty: bool) -> int:
    loop = asyncio.get_running_loop()
    main = asyncio.current_task()
    assert main is not None
    stopping: list[int] = []

    def stop(number: int) -> None:
        # Once is enough: a second Ctrl-C must not interrupt the tidying up.
        if not stopping:
            stopping.append(number)
            main.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Whoever starts this with nohup means it to outlive the terminal.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            loop.add_signal_handler(number, stop, number)
    try:
        settings = Settings()
        insist_ports_free(ports_from(port))
        await _live(settings, port, data, empty=empty)
    except asyncio.CancelledError:
        return 0
    except ValidationError as error:
        fault = error.errors()[0]
        say(f"make run: the setting {'.'.join(map(str, fault['loc'])).upper()} is wrong: {fault['msg']}", sys.stderr)
    except (Unable, ServicesUnavailable, ChildEnded, DemoFailed) as error:
        say(f"make run: {error}", sys.stderr)
    return 0 if stopping else FAILED


async def _live(settings: Settings, port: int, data: Path, *, empty: bool) -> None:
    services = LocalServices(
        data,
        database_url=settings.database_url,
        migration_database_url=settings.migration_database_url,
        redis_url=settings.redis_url,
    )
    children = Children(services.data / "logs", services, say)
    try:
        say(f"Starting PostgreSQL and Valkey (data: {services.data}) ...")
        where = services.start()
        _let_walls_stand(where)
        keys = load_keys(services.data)
        say(await _start_everything(settings, children, where, keys, port, services.data, empty=empty))
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not services.running():
                raise Unable(f"PostgreSQL or Valkey has ended; see {services.data / 'logs'}")
            children.tend()
    except OSError as error:
        raise Unable(str(error)) from error
    finally:
        started = services.running()
        if started:
            say("Stopping ...")
        await children.stop()
        services.stop()
        if started:
            say("Stopped; the data stays for the next start.")


def _let_walls_stand(where: ServiceAddresses) -> None:
    """Make what a cluster from before the walls between connections has not got."""
    if where.admin_database_url is not None:
        with psycopg.connect(conninfo(where.admin_database_url), autocommit=True) as admin:
            admin.execute(WALL_ROLES)


async def _start_everything(
    settings: Settings,
    children: Children,
    where: ServiceAddresses,
    keys: Keys,
    port: int,
    data: Path,
    *,
    empty: bool,
) -> str:
    world = addresses_from(port)
    environment = child_environment(settings, os.environ, keys, world, where)
    start_simulators(children, environment, keys, port, data / "worlds")
    say("Applying the migrations ...")
    owner = {"MIGRATION_DATABASE_URL": where.migration_database_url}
    await children.run_to_end("migrations", MIGRATE, environment | owner)
    say("Starting the API, a worker and the simulators ...")
    listen = ["--host", "127.0.0.1", "--port", str(port), "--timeout-graceful-shutdown", "3"]
    children.start("api", [*PYTHON, "app.serve", *listen], environment)
    children.start("worker", [*PYTHON, "arq", "workers.main.WorkerSettings"], environment)
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        for url in (
            f"{world.quickbooks}/_sandbox/companies",
            f"{world.oncord}/_sandbox/sites",
            f"{world.service}/ready",
        ):
            await _wait_for(http, url, children)
        client = DemoClient(http, world, keys, _served_with(environment).admin_api_keys[0])
        if empty:
            demo = await how_to_connect(client)
        else:
            say("Connecting the demo shop and synchronising ...")
            demo = await set_up_demo(client, _patience(children))
    return welcome(demo, world, environment, data)


def start_simulators(children: Children, environment: dict[str, str], keys: Keys, port: int, worlds: Path) -> None:
    """Start both simulators over the worlds of the last time; secrets travel in the environment, which `ps` does not show."""
    worlds.mkdir(mode=0o700, exist_ok=True)
    secret = {
        "SANDBOX_CLIENT_ID": keys.client_id,
        "SANDBOX_CLIENT_SECRET": keys.client_secret,
        "SANDBOX_VERIFIER_TOKEN": keys.verifier_token,
        "SANDBOX_ONCORD_TOKEN": keys.oncord_token,
    }
    sandbox = [*PYTHON, "app.sandbox"]
    _, quickbooks, oncord = ports_from(port)
    for name, number, more in (
        ("quickbooks", quickbooks, ["--rate-limits"]),
        ("oncord", oncord, ["--site", DEMO_SITE]),
    ):
        command = [*sandbox, name, "--port", str(number), "--country", "AU", "--state", str(worlds / f"{name}.json")]
        children.start(name, [*command, *more], environment | secret)


def _patience(children: Children) -> Callable[[], Awaitable[None]]:
    """What to await between two looks at something that takes a while; it ends when that takes too long."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + RUN_SECONDS

    async def wait() -> None:
        children.insist_alive()
        if loop.time() > deadline:
            raise Unable(f"the synchronisation has not ended after {RUN_SECONDS:.0f} s; see the logs")
        await asyncio.sleep(LOOK_SECONDS)

    return wait


async def _wait_for(http: httpx.AsyncClient, url: str, children: Children) -> None:
    """Wait until an address answers 200, as long as nobody has ended."""
    deadline = asyncio.get_running_loop().time() + READY_SECONDS
    said = "nothing"
    while True:
        children.insist_alive()
        try:
            answer = await http.get(url)
            if answer.status_code == httpx.codes.OK:
                return
            said = f"{answer.status_code} {answer.text[:200]}"
        except httpx.TransportError as error:
            said = str(error) or type(error).__name__
        if asyncio.get_running_loop().time() > deadline:
            raise Unable(f"{url} did not become ready in {READY_SECONDS:.0f} s; it answered: {said}")
        await asyncio.sleep(0.05)


def insist_ports_free(ports: tuple[int, ...]) -> None:
    """Raises `Unable` when somebody listens on any of the ports already."""
    taken = []
    for port in ports:
        with socket.socket() as probe:
            # As the servers themselves do it: connections that linger from the last run are no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    raise Unable(f"port {port}: {error}") from error
                taken.append(str(port))
    if taken:
        ports_text = "port " + taken[0] + " is" if len(taken) == 1 else "ports " + ", ".join(taken) + " are"
        raise Unable(
            f"{ports_text} taken; choose three others in a row, for instance: make run PORT={ports[0] + 10000}"
        )


def welcome(demo: Demo, world: Addresses, environment: Mapping[str, str], data: Path) -> str:
    """What a newcomer wants to know once everything is up."""
    served = _served_with(environment)
    quiet = environment["SYNC_QUIET_SECONDS"]
    return "\n".join(
        [
            "",
            *(f"  {line}" for line in demo.told),
            "",
            f"  Console and API    {world.service}/    the API, to be tried: {world.service}/docs",
            f"  API key            {served.admin_api_keys[0]}",
            f"  The shop           {world.oncord}/    buy, pay, refund, cancel, edit, delete, restore",
            "                     (Oncord simulator; side door: /_sandbox/sites)",
            f"  The books          {world.quickbooks}/    edit an invoice, receive a payment, change a customer, take access away",
            "                     (QuickBooks simulator; side door: /_sandbox/companies)",
            f"  Logs and data      {data}",
            "",
            f"  A change is synchronised after {quiet} quiet seconds here (SYNC_QUIET_SECONDS; 120 in production).",
            *(f"  Weak, and allowed by `make run` alone: {each}" for each in weaknesses(served)),
            "",
            "ready (Ctrl-C stops everything; the data stays)",
        ]
    )


def _served_with(environment: Mapping[str, str]) -> Settings:
    """The settings as the API and the worker read them."""
    values: dict[str, Any] = {
        name: environment[name.upper()] for name in Settings.model_fields if name.upper() in environment
    }
    return Settings(**values)


def say(words: str, stream: TextIO | None = None) -> None:
    """Tell the person at the terminal, if there still is one."""
    with suppress(OSError, ValueError):
        out = stream or sys.stdout
        out.write(f"{words}\n")
        out.flush()
