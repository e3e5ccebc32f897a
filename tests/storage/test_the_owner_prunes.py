"""Whoever owns the tables prunes records that are old enough, and cannot empty them at once by mistake."""

from typing import LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import RestrictViolation

from app.storage.database import OWNERS_OPTIONS, conninfo
from tests.support.services import DatabaseUrls


@pytest.mark.parametrize("table", ["audit", "document_change"])
def test_the_owner_prunes_what_is_old_and_cannot_empty_the_table_at_once(
    own_database: DatabaseUrls, table: LiteralString
) -> None:
    name = sql.Identifier(table)
    with psycopg.connect(conninfo(own_database.owner), options=OWNERS_OPTIONS) as owner:
        moment = "at" if table == "audit" else "written_at"
        for days in (5 * 366, 5 * 365 - 10):
            owner.execute(
                sql.SQL(
                    "INSERT INTO {} (connection_id, {}{}) VALUES ('con_1', now() - %s * interval '1 day'{})"
                ).format(
                    name,
                    sql.Identifier(moment),
                    sql.SQL(", detail" if table == "audit" else ", operation_id"),
                    sql.SQL(", '{}'" if table == "audit" else f", 'op_{days}'"),
                ),
                (days,),
            )
        assert (
            owner.execute(
                sql.SQL("DELETE FROM {} WHERE {} < now() - interval '5 years'").format(name, sql.Identifier(moment))
            ).rowcount
            == 1
        )
        with pytest.raises(RestrictViolation, match="five years"):
            owner.execute(sql.SQL("TRUNCATE {}").format(name))
        owner.rollback()
