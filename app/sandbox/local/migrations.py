"""Applies the migrations as production does: `alembic upgrade head` in a process of its own, as the owner of the tables."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
COMMAND = [sys.executable, "-m", "alembic", "upgrade", "head"]


class MigrationFailed(Exception):
    """The database could not be brought up to date; the message ends with what Alembic said last."""


def apply_migrations(owner_url: str, environment: Mapping[str, str] | None = None) -> None:
    """Bring the database up to the newest revision. Raises `MigrationFailed` with the last line that alembic said."""
    surroundings = {**(os.environ if environment is None else environment), "MIGRATION_DATABASE_URL": owner_url}
    result = subprocess.run(COMMAND, cwd=PROJECT, env=surroundings, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        said = (result.stderr or result.stdout).strip().splitlines() or ["nothing"]
        raise MigrationFailed(f"the migrations could not be applied: {said[-1]}")
