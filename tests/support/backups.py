"""A backup of a test's database, and what restoring it amounts to, without a server of its own: rows out, rows in."""

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql

from app.container import build_container
from app.services import restoring
from app.storage.database import conninfo
from tests.support.joint import Joint
from tests.support.people import SOMEBODY
from tests.support.services import DatabaseUrls


@dataclass(frozen=True)
class Backup:
    """Every table's rows, as they stood at a moment."""

    taken_at: datetime
    rows: dict[str, bytes]


def back_up(joint: Joint, urls: DatabaseUrls) -> Backup:
    """Take a backup."""
    with psycopg.connect(conninfo(urls.admin)) as admin:
        return Backup(joint.clock.now(), {table: _out(admin, table) for table in _tables(admin)})


async def restore(joint: Joint, urls: DatabaseUrls, backup: Backup, *, without: tuple[str, ...] = ("token",)) -> None:
    """Put a backup back and hold everything, as an operator does. The grant stays as it is: as if somebody had connected QuickBooks
    again meanwhile."""
    with psycopg.connect(conninfo(urls.admin)) as admin:
        admin.execute("SET session_replication_role = replica")
        for table, rows in backup.rows.items():
            if table in without:
                continue
            admin.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            with admin.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as into:
                into.write(rows)
    await restoring.hold_all(build_container(joint.runtime), backup.taken_at, who=SOMEBODY)


def _tables(admin: "psycopg.Connection[tuple[str]]") -> list[str]:
    found = admin.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        " AND table_name <> 'alembic_version' ORDER BY 1"
    )
    return [row[0] for row in found.fetchall()]


def _out(admin: "psycopg.Connection[tuple[str]]", table: str) -> bytes:
    with admin.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as out:
        return b"".join(bytes(part) for part in out)
