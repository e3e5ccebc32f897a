"""A private PostgreSQL cluster on a unix socket: made once, started, stopped.

A fresh cluster has a database `oncord`, owned by `oncord_owner` (who runs the migrations), the role `oncord_app` (the
service), which may use whatever the owner makes and owns nothing, and `oncord_every`, as which the service works where it is
about every connection. The grants stand in `template1`, so every further database that the owner is given behaves the same.
Nobody needs a password: only who may enter the socket's folder can connect.
"""

import shutil
import signal
import subprocess
from pathlib import Path

from app.sandbox.local import processes
from app.sandbox.local.account import Account
from app.sandbox.local.binaries import Binaries

DATABASE = "oncord"
OWNER = "oncord_owner"
APP = "oncord_app"
EVERY = "oncord_every"
SUPERUSER = "postgres"
STOP_SIGNAL = signal.SIGINT  # "fast": ends the sessions, keeps the data tidy

WALL_ROLES = f"""
DO $$ BEGIN IF to_regrole('{EVERY}') IS NULL THEN CREATE ROLE {EVERY}; END IF; END $$;
GRANT {EVERY} TO {APP} WITH INHERIT FALSE, SET TRUE;
GRANT {APP}, {EVERY} TO {OWNER} WITH INHERIT FALSE, SET TRUE;
""".strip()
"""What the walls between connections stand on (migration 0033); also of a cluster that was made before them."""
_TEMPLATE_SQL = f"""
CREATE ROLE {OWNER} LOGIN;
CREATE ROLE {APP} LOGIN;
{WALL_ROLES}
GRANT USAGE ON SCHEMA public TO {APP};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {APP};
CREATE DATABASE {DATABASE} OWNER {OWNER};
"""
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
}
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresFailed(Exception):
    """A program of PostgreSQL did not do its work; its log says why."""


def prepare_cluster(binaries: Binaries, home: Path, account: Account, log: Path) -> Path:
    """The folder of the cluster, made first if need be; a making that was cut short leaves nothing that counts."""
    cluster = home / f"postgres-{binaries.postgres_major}"
    if cluster.is_dir():
        return cluster
    unfinished = cluster.with_suffix(".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    account.own(unfinished)
    make = [
        str(binaries.initdb),
        "-D",
        str(unfinished),
        "-U",
        SUPERUSER,
        "--auth=trust",
        "--no-sync",
        "--no-instructions",
    ]
    # The builtin locale sorts the same on every machine, whatever locales are installed.
    make += ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    _must(account, make, log)
    # Roles and database are made in single-user mode, before the server ever listens: a cluster is whole or absent.
    single = [str(binaries.postgres), "--single", "-D", str(unfinished), "-c", "exit_on_error=on", "template1"]
    _must(account, single, log, _TEMPLATE_SQL.lstrip())
    unfinished.rename(cluster)
    return cluster


def start_postgres(
    binaries: Binaries, cluster: Path, sockets: Path, account: Account, *, durable: bool, log: Path
) -> "subprocess.Popen[bytes]":
    """Start the server; it is ready when `is_ready` says so."""
    settings = _SETTINGS | {"unix_socket_directories": str(sockets)} | ({} if durable else _FORGETFUL)
    command = [str(binaries.postgres), "-D", str(cluster)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return account.spawn(command, log, STOP_SIGNAL)


def is_ready(cluster: Path, server: "subprocess.Popen[bytes]") -> bool:
    """Whether this very server accepts connections: it says so in the eighth line of its pid file."""
    lines = _pid_file(cluster)
    return len(lines) >= 8 and lines[0].strip() == str(server.pid) and lines[7].strip() == "ready"


def stop_leftover(cluster: Path, seconds: float = 10) -> None:
    """Clear what a server left behind that could not say goodbye: its process if it still runs, else its pid file.

    The number in an old pid file may belong to a stranger by now, whom PostgreSQL would take for itself and refuse to start.
    """
    lines = _pid_file(cluster)
    if not lines or not lines[0].strip().isdigit():
        return
    running = processes.seen(int(lines[0]), STOP_SIGNAL)
    if running is not None and processes.works_in(running, cluster):
        processes.end([running], seconds)
    else:
        (cluster / "postmaster.pid").unlink(missing_ok=True)


def database_url(role: str, sockets: Path) -> str:
    """The address for SQLAlchemy with psycopg; libpq finds the socket in that folder."""
    return f"postgresql+psycopg://{role}@/{DATABASE}?host={sockets}"


def _must(account: Account, command: list[str], log: Path, script: str = "") -> None:
    if (code := account.run(command, log, script)) != 0:
        raise PostgresFailed(f"{Path(command[0]).name} ended with {code}; see {log}")


def _pid_file(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []
