"""The two roles of the database: the owner makes tables, the service uses them."""

import psycopg
import pytest
import redis

from app.sandbox.local.services import ServiceAddresses
from app.storage.database import conninfo
from tests.support.services import DatabaseUrls


def test_the_service_may_use_what_the_owner_makes_and_may_not_change_it(own_database: DatabaseUrls) -> None:
    with psycopg.connect(conninfo(own_database.owner)) as owner:
        owner.execute("CREATE TABLE made_by_the_owner (id bigserial PRIMARY KEY, word text)")
    with psycopg.connect(conninfo(own_database.app), autocommit=True) as app:
        row = app.execute("INSERT INTO made_by_the_owner (word) VALUES ('hello') RETURNING id").fetchone()
        app.execute("UPDATE made_by_the_owner SET word = 'bye'")
        app.execute("DELETE FROM made_by_the_owner")

        assert row == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("DROP TABLE made_by_the_owner")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("CREATE TABLE made_by_the_service (id int)")


def test_the_migrations_leave_every_table_with_the_owner(database_urls: DatabaseUrls) -> None:
    with psycopg.connect(conninfo(database_urls.admin)) as admin:
        owners = admin.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").fetchall()

    assert owners == [("oncord_owner",)]


def test_redis_answers_on_a_socket_with_a_short_path_and_on_no_port(services: ServiceAddresses) -> None:
    with redis.Redis.from_url(services.redis_url, decode_responses=True) as client:
        settings = client.config_get("*")

    assert settings["port"] == "0"
    assert settings["appendonly"] == "no"
    assert len(settings["unixsocket"]) < 100
