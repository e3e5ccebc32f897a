"""PostgreSQL keeps connections apart (I10): whatever a statement forgets to say, it sees and touches the rows of one.

Tables are taken from the database, so that one that comes later is tested, too.
"""

import ast
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, RestrictViolation

from app.sandbox.local.services import ServiceAddresses
from app.storage.connections import archive
from app.storage.database import EVERY_CONNECTION, About, Database, Presented, Transaction, conninfo
from app.storage.runs import meter
from tests.storage.rows import NOON
from tests.support.services import DatabaseUrls, copied_database
from tests.support.walls import HERE, THERE, Walled, fill, insertion, serving, walled_tables

ROOT = Path(__file__).parent.parent.parent
BYPASSES = {
    "api/site_secrets.py::_answer_all": "intake's look-up of a site's secrets",
    "api/event_intake.py::quarantine": "intake",
    "api/event_intake.py::_store": "intake",
    "sync/waking/sweep.py::sweep": "the sweeper: pruning, what grants need, its sign of life",
    "sync/waking/sweep.py::_wakes": "the sweeper: what is due",
    "sync/waking/sweep.py::_sound_alarms": "the sweeper",
    "sync/waking/telling.py::tell_changes": "the sweeper: what somebody is to be told of",
    "outgoing/delivering.py::_deliver_some": "a worker: messages that are due, of whatever connection",
    "services/being_told.py::_about": "the operator's own recipients",
    "services/being_told.py::list_messages": "the operator's list of all messages",
    "sync/waking/life_of_data.py::look_after_data": "erasing what is left of connections that were removed",
    "services/monitoring.py::read_gauges": "metrics",
    "services/freshness.py::read_freshness": "metrics",
    "services/readiness.py::_look": "which schema, and when the sweeper was seen: no connection at all",
    "services/inbox.py::list_events": "the operator's list of all events",
    "services/watchlist.py::list_watched": "the operator's list of all connections, trouble first",
    "services/quarantine.py::read_unread": "the operator's look at what nobody could read",
    "services/quarantine.py::read_again": "the operator has it read again: intake",
    "services/overview.py::list_connections": "the operator's list of all connections",
    "services/overview.py::names_of_connections": "the operator's list of sessions",
    "services/sessions.py::sign_in": "the operator's own session",
    "services/sessions.py::list_sessions": "the operator's list of sessions",
    "services/sessions.py::end_former": "the operator's own session of before, whose cookie is shown",
    "services/sessions.py::end_session": "the operator's ending of anybody's session",
    "services/permits.py::_write": "what was refused to the operator, about no connection",
    "services/connect.py::_refuse_second": "uniqueness of a site",
    "services/consent.py::_join": "uniqueness of a company",
    "services/consent.py::_joined": "uniqueness of a company, and what was set aside of it",
    "services/consent.py::_give_back": "uniqueness of a company",
    "services/restoring.py::hold_all": "the operator holds all connections of a restored backup",
    "services/secrets_at_rest.py::by_key": "key rotation: what each key seals",
    "services/secrets_at_rest.py::seal_anew": "key rotation",
    "backup.py::_run": "backups, by the owner",
    "prune_records.py::prune": "pruning, by the owner",
}
"""Who goes around the wall, and why. Nobody else does; `tests/api/test_walls_and_keys.py` shows that no key of a connection gets there."""
NARROW = {
    "services/key_look_ups.py::_look_up": "Presented",
    "services/sessions.py::end_former": "Presented",
    "services/sessions.py::visitor_of": "Presented",
    "services/consent.py::_taken": "Presented",
    "services/lifecycle.py::start_over": "turn_to",
}
"""Who sees a row by the digest of a secret that is shown, or makes a connection to set another's rows aside."""


@pytest.fixture(scope="module")
def filled(migrated: ServiceAddresses) -> Iterator[DatabaseUrls]:
    with copied_database(migrated) as urls:
        fill(urls.admin)
        yield urls


@pytest.fixture(params=["app", "owner", "admin"])
async def database(filled: DatabaseUrls, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """The service, signed in as itself, as the owner of the tables, and as a superuser."""
    async with serving(getattr(filled, request.param)) as opened:
        yield opened


async def owners_of(tx: Transaction, walled: Walled) -> list[str]:
    found = await tx.execute(walled.select(f"{walled.of_connection} AS whose"))
    return [row["whose"] for row in await found.fetchall()]


def test_every_table_with_a_connection_is_walled_for_its_owner_too(database_urls: DatabaseUrls) -> None:
    """A table that comes is walled by the upgrade that brings it; one whose rows belong to a connection by a parent is not."""
    with psycopg.connect(conninfo(database_urls.admin)) as admin:
        walled = admin.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relrowsecurity AND c.relforcerowsecurity AND (SELECT count(*) FROM pg_policy p"
            " WHERE p.polrelid = c.oid AND p.polname IN ('one_connection', 'every_connection', 'whole_installation')) = 3"
            " ORDER BY 1"
        ).fetchall()

    assert [name for (name,) in walled] == [each.table for each in walled_tables(database_urls.admin)]
    assert len(walled) > 25


def test_the_service_owns_nothing_and_is_above_no_wall(database_urls: DatabaseUrls) -> None:
    with psycopg.connect(conninfo(database_urls.admin)) as admin:
        roles = admin.execute(
            "SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname LIKE 'oncord_%' ORDER BY 1"
        ).fetchall()
        owners = admin.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'").fetchall()

    assert roles == [("oncord_app", False), ("oncord_every", False), ("oncord_owner", False)]
    assert owners == [("oncord_owner",)]


async def test_i10_a_transaction_sees_the_rows_of_its_connection_and_no_others(
    database: Database, filled: DatabaseUrls
) -> None:
    for walled in walled_tables(filled.admin):
        for about, seen in ((HERE, [HERE]), (THERE, [THERE]), ("con_of_nobody", []), ("", []), ("*", [])):
            async with database.transaction(about) as tx:
                assert await owners_of(tx, walled) == seen, (walled, about)
        async with database.transaction(EVERY_CONNECTION) as tx:
            assert sorted(await owners_of(tx, walled)) == [HERE, THERE], walled


async def test_i10_it_changes_deletes_and_adds_no_rows_of_others(filled: DatabaseUrls) -> None:
    with psycopg.connect(conninfo(filled.admin), row_factory=psycopg.rows.dict_row) as admin:
        async with serving(filled.app) as database:
            for walled in walled_tables(filled.admin):
                name, column = sql.Identifier(walled.table), sql.Identifier(walled.of_connection)
                statements = (
                    (sql.SQL("UPDATE {0} SET {1} = {1} WHERE {1} = %s").format(name, column), [THERE]),
                    (sql.SQL("DELETE FROM {} WHERE {} = %s").format(name, column), [THERE]),
                )
                for statement, values in statements:
                    assert await attempt(database, HERE, statement, values) in (0, "refused"), statement
                assert await attempt(database, HERE, *insertion(admin, walled, THERE, " again")) == "refused", walled
                mine = sql.SQL("UPDATE {} SET {} = %s").format(name, column)
                assert await attempt(database, HERE, mine, [THERE]) == "refused", walled


async def attempt(database: Database, about: About, statement: sql.Composed, values: list[object]) -> int | str:
    """How many rows a statement touches, "refused" where PostgreSQL lets nobody do so; undone in any case."""
    try:
        async with database.transaction(about) as tx:
            count = (await tx.execute(statement, values)).rowcount
            await tx.rollback()
            return count
    except (InsufficientPrivilege, RestrictViolation):
        return "refused"


async def test_a_connection_without_a_transaction_sees_nothing(filled: DatabaseUrls) -> None:
    with psycopg.connect(conninfo(filled.app), autocommit=True) as app:
        for walled in walled_tables(filled.admin):
            assert app.execute(walled.select()).fetchall() == []
        app.execute("SELECT set_config('app.connection_id', '*', false)")
        assert app.execute("SELECT id FROM connection ORDER BY id").fetchall() == []
        with pytest.raises(InsufficientPrivilege):
            app.execute("SET row_security = off; SELECT id FROM connection ORDER BY id")


@pytest.mark.parametrize(
    ("table", "column"), [("api_key", "digest"), ("console_session", "digest"), ("oauth_state", "state_digest")]
)
async def test_whoever_shows_a_secret_sees_the_row_of_its_digest(database: Database, table: str, column: str) -> None:
    async with database.transaction(Presented(f"{column}-{HERE}")) as tx:
        assert await owners_of(tx, Walled(table, "connection_id")) == [HERE]
        assert await owners_of(tx, Walled("connection", "id")) == []
    for nothing in ("", "*", "another"):
        async with database.transaction(Presented(nothing)) as tx:
            assert await owners_of(tx, Walled(table, "connection_id")) == []


@pytest.mark.parametrize("view", ["own_mirror", "own_difference"])
async def test_a_view_of_ones_own_rows_shows_them_and_is_only_read(database: Database, view: str) -> None:
    walled = Walled(view, "connection_id")
    for about, seen in ((HERE, [HERE]), (THERE, [THERE]), ("", []), ("*", [])):
        async with database.transaction(about) as tx:
            assert await owners_of(tx, walled) == seen
    for statement in ("UPDATE {} SET connection_id = %s", "DELETE FROM {} WHERE connection_id = %s"):
        asked = sql.SQL(statement).format(sql.Identifier(view))
        assert await attempt(database, HERE, asked, [THERE]) == "refused"


def test_a_view_shows_every_column_of_its_table(database_urls: DatabaseUrls) -> None:
    """Where a column was added: SELECT show_own('own_mirror', 'mirror') in the migration that does so."""
    with psycopg.connect(conninfo(database_urls.admin)) as admin:
        for view, table in (("own_mirror", "mirror"), ("own_difference", "tie_out_difference")):
            columns = [
                admin.execute(
                    "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY 1",
                    (name,),
                ).fetchall()
                for name in (view, table)
            ]
            assert columns[0] == columns[1]


async def test_rows_move_between_a_connection_and_its_own_past_only(own_database: DatabaseUrls) -> None:
    fill(own_database.admin)
    with psycopg.connect(conninfo(own_database.admin), autocommit=True) as admin:
        admin.execute(
            "INSERT INTO connection (id, oncord_api_url, archived_at, oncord_secrets, facts, created_at, updated_at)"
            " SELECT 'con_past', oncord_api_url, now(), '[]', '{}', created_at, updated_at FROM connection WHERE id = %s",
            (HERE,),
        )
    async with serving(own_database.app) as database:
        for about, source, target in (
            (HERE, THERE, HERE),
            (HERE, HERE, THERE),
            (THERE, HERE, "con_past"),
            (EVERY_CONNECTION, HERE, THERE),
            (HERE, HERE, "con_of_nobody"),
        ):
            with pytest.raises(InsufficientPrivilege):
                async with database.transaction(about) as tx:
                    await archive.move(tx, source, target)
        async with database.transaction(HERE) as tx:
            await archive.move(tx, HERE, "con_past")
            assert await owners_of(tx, Walled("link", "connection_id")) == []
        async with database.transaction("con_past") as tx:
            assert await owners_of(tx, Walled("link", "connection_id")) == ["con_past"]


async def test_reads_of_all_connections_are_one_figure(filled: DatabaseUrls) -> None:
    async with serving(filled.app) as database:
        for connection_id in (HERE, THERE):
            await meter.Meter(database).count(connection_id, NOON.date(), 3)
        async with database.transaction(HERE) as tx:
            assert await meter.used_this_month(tx, NOON.date()) == 6
            assert {*await owners_of(tx, Walled("read_meter", "connection_id"))} == {HERE}


def users(words: set[str]) -> dict[str, set[str]]:
    """Which function of the service uses which of these names."""
    found: dict[str, set[str]] = {}
    for path in sorted([*(ROOT / "app").rglob("*.py"), *(ROOT / "workers").rglob("*.py")]):
        place = str(path.relative_to(ROOT)).removeprefix("app/")
        if place == "storage/database.py":
            continue
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                names = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)}
                names |= {
                    ast.unparse(n).rpartition("database")[-1]
                    for n in ast.walk(function)
                    if isinstance(n, ast.Attribute)
                }
                if names & words:
                    found[f"{place}::{function.name}"] = names & words
    return found


def test_the_list_of_those_who_go_around_the_wall_is_closed() -> None:
    assert set(users({"EVERY_CONNECTION", ".raw", "owners_connection", "OWNERS_OPTIONS"})) == set(BYPASSES)
    assert {place: "".join(words) for place, words in users({"Presented", "turn_to"}).items()} == NARROW
    for word in ("app.connection_id", "oncord_every", "SET ROLE", "set_config"):
        spoken = [path for path in sorted((ROOT / "app").rglob("*.py")) if word in path.read_text()]
        assert {path.name for path in spoken} <= {"database.py", "postgres.py"}, word


async def test_look_ups_over_lists_keep_their_index_behind_a_view(own_database: DatabaseUrls) -> None:
    """The reason for the view: behind the wall itself PostgreSQL may not use it, since the comparison could leak."""
    with psycopg.connect(conninfo(own_database.admin), autocommit=True) as admin:
        admin.execute(
            "INSERT INTO mirror (connection_id, side, kind, record_id, seen_at, pays)"
            " SELECT %s, 'oncord', 'receipt', n::text, now(), ARRAY['sale ' || n] FROM generate_series(1, 5000) n",
            (HERE,),
        )
        admin.execute("ANALYZE mirror")
    statement = (
        "EXPLAIN SELECT record_id FROM {} WHERE connection_id = %s AND kind = 'receipt' AND pays && ARRAY['sale 7']"
    )
    async with serving(own_database.app) as database, database.transaction(HERE) as tx:
        plans = {}
        for name in ("mirror", "own_mirror"):
            found = await tx.execute(sql.SQL(statement).format(sql.Identifier(name)), (HERE,))
            plans[name] = "\n".join([row["QUERY PLAN"] for row in await found.fetchall()])

    assert "mirror_by_paid" in plans["own_mirror"]
    assert "mirror_by_paid" not in plans["mirror"]
