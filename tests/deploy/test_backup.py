"""A backup is made by PostgreSQL's own programs, holds no secret in the open, and is restored into an empty installation, where
nothing goes on by itself."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from app import backup
from app.sandbox.local.postgres import OWNER
from app.services import restoring
from app.settings import Settings
from app.storage.database import EVERY_CONNECTION, conninfo
from tests.support.app import SITE, SITE_TOKEN, Service, running_service
from tests.support.people import SOMEBODY
from tests.support.services import DatabaseUrls

NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)


@pytest.fixture
async def service(own_database: DatabaseUrls) -> AsyncIterator[Service]:
    async with running_service(own_database, migration_database_url=own_database.owner) as running:
        yield running


@pytest.fixture
def empty(own_database: DatabaseUrls) -> Iterator[DatabaseUrls]:
    """A new installation's database: its roles are there, and nothing else."""
    name = "restored_here"
    urls = [
        make_url(url).set(database=name).render_as_string(hide_password=False)
        for url in (own_database.app, own_database.owner, own_database.admin)
    ]
    with psycopg.connect(conninfo(own_database.admin), autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template1 OWNER {}").format(
                sql.Identifier(name), sql.Identifier(OWNER)
            )
        )
        try:
            yield DatabaseUrls(*urls)
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def on(settings: Settings, urls: DatabaseUrls) -> Settings:
    return settings.model_copy(update={"database_url": urls.app, "migration_database_url": urls.owner})


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


async def test_a_backup_goes_into_an_empty_installation_where_everything_is_held(
    service: Service, empty: DatabaseUrls, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    connection_id, _ = await service.ready_connection()
    made = backup.make(service.settings, tmp_path / "backups", NOW, keep_days=30)
    assert made.name == "oncord-20261130T020000Z.dump"
    assert made.stat().st_mode & 0o777 == 0o600
    assert SITE_TOKEN.encode() not in made.read_bytes()

    taken_at = backup.restore(on(service.settings, empty), made)
    held = await backup.hold(on(service.settings, empty), taken_at)

    assert abs(datetime.now(UTC) - taken_at) < timedelta(minutes=5)
    told = capsys.readouterr().out
    assert "1 connections are held until somebody has both sides compared" in told
    assert held == 1  # its site is a simulator in this process, which nobody reaches from there
    assert f"{connection_id}: its site could not be told where to post" in told
    async with running_service(empty) as restored:
        shown = await restored.state(connection_id)
        assert shown["auto_sync"] is False
        [item] = (await restored.api.get(f"/api/v1/connections/{connection_id}/attention")).json()["items"]
        assert item["kind"] == "restored"
        assert (await restored.browser.get("/ready")).json()["secrets"] == "ok"
        [act] = [
            each
            for each in (await restored.api.get(f"/api/v1/connections/{connection_id}/audit")).json()["items"]
            if each["action"] == "installation.restored"
        ]
        assert act["who"] == "command line"
    with psycopg.connect(conninfo(empty.app)) as as_service, pytest.raises(psycopg.errors.Error):
        as_service.execute("DELETE FROM audit")


async def test_nothing_is_put_over_a_database_that_holds_anything(service: Service, tmp_path: Path) -> None:
    made = backup.make(service.settings, tmp_path, NOW, keep_days=30)

    with pytest.raises(backup.BackupFailed, match="not empty"):
        backup.restore(service.settings, made)


async def test_what_is_no_backup_is_refused_and_says_so(service: Service, empty: DatabaseUrls, tmp_path: Path) -> None:
    nothing = tmp_path / "no.dump"
    nothing.write_text("no dump")

    with pytest.raises(backup.BackupFailed, match="pg_restore ended with"):
        backup.restore(on(service.settings, empty), nothing)


async def test_backups_are_kept_for_so_long_and_what_is_none_is_left_alone(service: Service, tmp_path: Path) -> None:
    others = [
        "oncord-20261001T020000Z.dump",
        "oncord-20261115T020000Z.dump",
        "notes.txt",
        "oncord-20261129T020000Z.dump",
    ]
    for name in others:
        (tmp_path / name).write_text("")

    backup.make(service.settings, tmp_path, NOW, keep_days=30)

    assert names_in(tmp_path) == sorted([*others[1:], "oncord-20261130T020000Z.dump"])


async def test_what_was_ended_after_the_backup_does_not_come_to_life_again(service: Service) -> None:
    await service.ready_connection()
    await service.api.post(
        f"/api/v1/connections/{(await service.api.get('/api/v1/connections')).json()['items'][0]['id']}/launch-link"
    )
    site = service.shop.sites[SITE]
    site.connector["url"] = "https://elsewhere.example/webhooks"

    held = await restoring.hold_all(service.container, service.clock.now() - timedelta(hours=1), who=SOMEBODY)

    assert held.not_told == ()
    assert site.connector["url"] == f"{service.settings.public_url}/webhooks/oncord/{held.connections[0]}"
    async with service.container.database.transaction(EVERY_CONNECTION) as tx:
        for table in ("launch_link", "oauth_state", "console_session"):
            left = await (await tx.execute(f"SELECT count(*) AS n FROM {table}")).fetchone()  # noqa: S608
            assert left == {"n": 0}


def test_a_moment_without_a_zone_is_no_moment() -> None:
    with pytest.raises(SystemExit):
        backup.main(["hold", "2026-11-21T02:00:00"])
