"""The real PostgreSQL and Valkey of a test session: in a random folder, never those of `make run` or of the environment.

The services die with the session however it ends, and their folder with them. The database `oncord` is migrated once and
then only copied: whoever wants tables gets a database of their own in some forty milliseconds.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from app.sandbox.local.migrations import apply_migrations
from app.sandbox.local.postgres import OWNER
from app.sandbox.local.services import LocalServices, ServiceAddresses
from app.storage.database import conninfo

TEMPLATE = "oncord"
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class DatabaseUrls:
    """One migrated database, as the service (`app`), as the owner of its tables, and as the superuser."""

    app: str
    owner: str
    admin: str


@contextmanager
def running_services() -> Iterator[ServiceAddresses]:
    """Start the services without crash safety, and take them and their data away at the end."""
    folder = Path(tempfile.mkdtemp(prefix="oncord-tests-"))
    folder.chmod(0o711)  # the services' account must pass through
    with LocalServices(folder, durable=False, ephemeral=True) as addresses:
        yield addresses


def migrate_template(services: ServiceAddresses) -> None:
    """Make the tables in the database that all others are copied from."""
    apply_migrations(services.migration_database_url, {"DATABASE_URL": services.database_url})


@contextmanager
def copied_database(services: ServiceAddresses) -> Iterator[DatabaseUrls]:
    """A database of one's own with all tables and no rows; dropped at the end, whoever is still connected."""
    assert services.admin_database_url is not None
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(_on(services.admin_database_url, "postgres", libpq=True), autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(TEMPLATE), sql.Identifier(OWNER)
            )
        )
        try:
            yield DatabaseUrls(
                app=_on(services.database_url, name),
                owner=_on(services.migration_database_url, name),
                admin=_on(services.admin_database_url, name),
            )
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def migrated_database(services: ServiceAddresses) -> Iterator[DatabaseUrls]:
    """The same beside a database that is at work, and cannot be copied therefore."""
    assert services.admin_database_url is not None
    name = f"beside_{os.getpid()}_{next(_numbers)}"
    urls = DatabaseUrls(
        app=_on(services.database_url, name),
        owner=_on(services.migration_database_url, name),
        admin=_on(services.admin_database_url, name),
    )
    with psycopg.connect(_on(services.admin_database_url, "postgres", libpq=True), autocommit=True) as admin:
        made, owner = sql.Identifier(name), sql.Identifier(OWNER)
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template1 OWNER {}").format(made, owner))
        try:
            apply_migrations(urls.owner, {"DATABASE_URL": urls.app})
            yield urls
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(made))


def _on(url: str, database: str, *, libpq: bool = False) -> str:
    moved = make_url(url).set(database=database).render_as_string(hide_password=False)
    return conninfo(moved) if libpq else moved
