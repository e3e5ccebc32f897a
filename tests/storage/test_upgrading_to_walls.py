"""Whoever runs with one role can upgrade as ever: the walls stand with what that role may do, and by roles once there are some."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from app.domain.model.records import Kind, Side
from app.sandbox.local.migrations import PROJECT
from app.sandbox.local.services import ServiceAddresses
from app.storage.connections import archive
from app.storage.database import EVERY_CONNECTION, conninfo
from app.storage.people import audit
from app.storage.records import mirrors
from tests.domain.builders import contact, seen
from tests.storage.rows import NOON, a_connection, at
from tests.support.people import SOMEBODY
from tests.support.walls import Walled, serving

ROLE, STRANGER = "walls_one_role", "walls_writer"


@dataclass(frozen=True, slots=True)
class Installation:
    """A database that one role owns, who may make no roles; `url` is its address, `admin` the superuser's."""

    url: str
    admin: str

    def alembic(self, *words: str, url: str = "") -> None:
        surroundings = {name: value for name, value in os.environ.items() if name != "MIGRATION_DATABASE_URL"}
        done = subprocess.run(
            [sys.executable, "-m", "alembic", *words],
            cwd=PROJECT,
            env={**surroundings, "DATABASE_URL": url or self.url},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def as_admin(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(conninfo(self.admin), autocommit=True) as admin:
            done = admin.execute(statement)  # type: ignore[arg-type]
            return done.fetchall() if done.description else []


@pytest.fixture
def installation(services: ServiceAddresses) -> Iterator[Installation]:
    assert services.admin_database_url is not None
    address = make_url(services.admin_database_url)
    elsewhere = conninfo(address.set(database="postgres").render_as_string(hide_password=False))
    names = [sql.Identifier(name) for name in ("walls_of_one", ROLE, STRANGER)]
    with psycopg.connect(elsewhere, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(names[1]))
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(names[2]))
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(names[0], names[1]))
        try:
            here = address.set(database="walls_of_one")
            yield Installation(
                here.set(username=ROLE).render_as_string(hide_password=False),
                here.render_as_string(hide_password=False),
            )
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(names[0]))
            for role in names[1:]:
                admin.execute(sql.SQL("DROP ROLE {}").format(role))


async def it_serves_and_keeps_apart(url: str, *, only_adds: bool) -> None:
    """Two connections; each sees itself, the platform both, and what was written down stays."""
    async with serving(url) as database:
        for connection_id in ("con_1", "con_2"):
            async with database.transaction(connection_id) as tx:
                await a_connection(tx, connection_id, realm_id=connection_id[-1])
                await mirrors.save(tx, connection_id, [seen(Side.QUICKBOOKS, Kind.CONTACT, "c1", contact())], NOON)
                await audit.record(tx, connection_id, at=NOON, who=SOMEBODY, action="connection.created")
        for connection_id in ("con_1", "con_2"):
            async with database.transaction(connection_id) as tx:
                for table in ("mirror", "own_mirror", "audit", "connection"):
                    whose = "id" if table == "connection" else "connection_id"
                    found = await tx.execute(Walled(table, whose).select(f"{whose} AS whose"))
                    assert [row["whose"] for row in await found.fetchall()] == [connection_id]
                [person] = await mirrors.candidates(
                    tx, connection_id, Side.QUICKBOOKS, Kind.CONTACT, people=["@ada@example.com"]
                )
                assert person.id == "c1"
        async with database.transaction(EVERY_CONNECTION) as tx:
            await a_connection(tx, "con_past", oncord_api_url="https://con_1.example/api", archived_at=at(1))
            found = await tx.execute("SELECT id FROM connection ORDER BY id")
            assert [row["id"] for row in await found.fetchall()] == ["con_1", "con_2", "con_past"]
        async with database.raw() as connection:
            found = await connection.execute("SELECT id FROM connection ORDER BY id")
            assert len(await found.fetchall()) == 3
        async with database.transaction("con_1") as tx:
            await archive.move(tx, "con_1", "con_past")
        with pytest.raises(psycopg.errors.InsufficientPrivilege if only_adds else psycopg.errors.RestrictViolation):
            async with database.transaction("con_1") as tx:
                await tx.execute("UPDATE audit SET who = 'Bob'")
        async with database.transaction("con_1") as tx:
            await tx.execute("DELETE FROM mirror")
        async with database.transaction("con_2") as tx:
            assert len(await (await tx.execute("SELECT FROM mirror")).fetchall()) == 1


async def test_one_role_that_may_make_no_others_upgrades_and_is_walled_in_itself(installation: Installation) -> None:
    installation.alembic("upgrade", "0032")
    installation.alembic("upgrade", "head")

    await it_serves_and_keeps_apart(installation.url, only_adds=False)
    assert installation.as_admin("SELECT walls_by_roles()") == [(False,)]

    installation.as_admin(f"GRANT oncord_app, oncord_every TO {ROLE} WITH INHERIT FALSE")
    installation.as_admin("ALTER TABLE audit DISABLE TRIGGER USER")
    installation.as_admin("TRUNCATE connection, mirror, audit CASCADE")
    installation.as_admin("ALTER TABLE audit ENABLE TRIGGER USER")
    installation.alembic("upgrade", "head")

    assert installation.as_admin("SELECT walls_by_roles()") == [(True,)]
    await it_serves_and_keeps_apart(installation.url, only_adds=True)
    installation.alembic("downgrade", "0032")
    installation.alembic("upgrade", "head")


async def test_a_superuser_as_the_one_role_works_as_the_service(installation: Installation) -> None:
    installation.alembic("upgrade", "head", url=installation.admin)

    assert installation.as_admin("SELECT walls_by_roles()") == [(True,)]
    await it_serves_and_keeps_apart(installation.admin, only_adds=True)


async def test_a_service_of_another_name_is_walled_in_too(installation: Installation) -> None:
    """Beside an owner who may make no roles; nobody has to know of `oncord_app`."""
    installation.as_admin(
        f"ALTER DEFAULT PRIVILEGES FOR ROLE {ROLE} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {STRANGER}"
    )
    installation.alembic("upgrade", "head")
    service = make_url(installation.url).set(username=STRANGER).render_as_string(hide_password=False)

    await it_serves_and_keeps_apart(service, only_adds=True)
