"""Records of money are append-only by the database itself: nobody changes one, and none is deleted within five years."""

from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, RestrictViolation
from psycopg.types.json import Jsonb
from pydantic import ValidationError

from app import prune_records
from app.domain.model.actor import Actor
from app.settings import Settings
from app.storage import pruning
from app.storage.database import Database, Transaction, owners_connection
from app.storage.people import audit
from app.storage.records import document_changes
from app.storage.tieouts import results
from app.storage.tieouts.results import TieOut
from tests.storage.rows import a_connection
from tests.support.services import DatabaseUrls

ANN = Actor("Ann")

NOW = datetime.now(UTC)
YOUNG, OLD = NOW - timedelta(days=5 * 365 - 10), NOW - timedelta(days=5 * 366 + 10)
CHANGE = (
    "INSERT INTO document_change (connection_id, written_at, operation_id, side, kind, record_id, action, rule, called, number,"
    " date, currency, amount, tax, label, reason, before, after) VALUES ('con_1', %s, %s, 'quickbooks', 'sale', '145', 'changed',"
    " 'S2', 'Invoice 1041', '1041', '2026-11-20', 'AUD', 44, 4, 'Sale 1041, Ada', 'Ada has paid', '{}', '{\"notes\": \"Ada\"}')"
)


@pytest.fixture
async def tx(tx: Transaction) -> Transaction:
    """The service, with records of its own."""
    await keep(tx)
    return tx


@pytest.fixture
async def owner(owner: Transaction) -> Transaction:
    """The owner of the tables, with the same."""
    await keep(owner)
    return owner


async def keep(tx: Transaction) -> None:
    await a_connection(tx)
    for number, moment in enumerate((YOUNG, OLD)):
        await tx.execute(CHANGE, (moment, f"op_{number}"))
        await audit.record(tx, "con_1", at=moment, who=ANN, action="month.sealed", detail={"month": "2026-10"})
        await audit.record(tx, "con_1", at=moment, who=ANN, action="configuration.changed", detail={"before": None})
        for scope, certificate in (("whole", {"format": "1"}), ("touched", None)):
            tie_out = f"tie_{scope}_{number}"
            found = TieOut(tie_out, "con_1", scope, "", "", moment, 1, 1, 0, certificate, "proof")
            await results.save(tx, found)
            await tx.execute(
                "INSERT INTO tie_out_difference (tie_out_id, position, connection_id, cause, line)"
                " VALUES (%s, 0, 'con_1', 'waiting', '{\"amount\": \"1.00\"}')",
                (tie_out,),
            )


async def refused(
    tx: Transaction, statement: LiteralString | sql.Composed, why: type[psycopg.Error] = RestrictViolation
) -> str:
    """What PostgreSQL says to a statement that it does not carry out."""
    with pytest.raises(why) as error:
        async with tx.transaction():
            await tx.execute(statement)
    return str(error.value)


async def counted(tx: Transaction) -> dict[str, int]:
    counts = {}
    for table in ("document_change", "audit", "tie_out", "tie_out_difference"):
        query = sql.SQL("SELECT count(*) AS n FROM {} WHERE connection_id = 'con_1'").format(sql.Identifier(table))
        found = await (await tx.execute(query)).fetchone()
        assert found is not None
        counts[table] = found["n"]
    return counts


@pytest.mark.parametrize(
    "change",
    [
        "amount = 43",
        "tax = 0",
        "date = NULL",
        "number = ''",
        "decided_by = 'Bob'",
        "written_at = now()",
        "label = 'Bob'",
    ],
)
async def test_nothing_of_what_was_done_to_a_document_is_ever_changed(
    owner: Transaction, change: LiteralString
) -> None:
    words = await refused(owner, sql.SQL("UPDATE document_change SET {}").format(sql.SQL(change)))

    assert f"never changed ({change.partition(' ')[0]})" in words


async def test_a_person_can_be_erased_and_number_date_amount_and_tax_stay(tx: Transaction) -> None:
    await tx.execute(
        "UPDATE document_change SET label = '', reason = '', before = NULL, after = NULL, document = NULL"
        " WHERE connection_id = 'con_1'"
    )

    rows = (await document_changes.page(tx, "con_1")).items
    assert len(rows) == 2
    for row in rows:
        assert (row.number, row.date and row.date.isoformat(), row.amount, row.tax) == ("1041", "2026-11-20", 44, 4)
        assert (row.label, row.reason, row.before, row.after) == ("", "", None, None)


async def test_records_follow_their_company_to_another_connection(owner: Transaction) -> None:
    await owner.execute("UPDATE document_change SET connection_id = 'con_2' WHERE connection_id = 'con_1'")

    assert len((await document_changes.page(owner, "con_2")).items) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET who = 'Bob'",
        "UPDATE audit SET detail = '{}'",
        "UPDATE tie_out SET certificate = '{}' WHERE scope = 'whole'",
        "UPDATE tie_out SET hash = '' WHERE scope = 'whole'",
        "UPDATE tie_out_difference SET line = '{}'",
        "UPDATE tie_out_difference SET cause = 'rounding'",
    ],
)
async def test_acts_configurations_and_certificates_are_never_changed(
    owner: Transaction, statement: LiteralString
) -> None:
    assert "never changed" in await refused(owner, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET who = 'Bob'",
        "DELETE FROM audit",
        "UPDATE document_change SET amount = 43",
        "UPDATE document_change SET connection_id = 'con_2'",
        "DELETE FROM document_change",
        "UPDATE tie_out SET hash = ''",
        "UPDATE tie_out_difference SET cause = 'rounding'",
    ],
)
async def test_the_service_may_only_add_to_records(tx: Transaction, statement: LiteralString) -> None:
    """Whatever they say and however old they are: there is not even anything to try."""
    await refused(tx, sql.SQL(statement), InsufficientPrivilege)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM tie_out",
        "DELETE FROM tie_out_difference",
        "DELETE FROM document_change",
        "DELETE FROM audit",
        "UPDATE audit SET who = 'Bob'",
    ],
)
async def test_within_one_connection_it_may_not_prune(storage_database: Database, statement: LiteralString) -> None:
    with pytest.raises(InsufficientPrivilege):
        async with storage_database.transaction("con_1") as one:
            await one.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE document_change SET label = 'Bob'",
        "UPDATE document_change SET after = '{}'",
        "UPDATE tie_out SET certificate = '{}' WHERE scope = 'whole'",
        "UPDATE tie_out_difference SET line = '{}'",
        'UPDATE tie_out_difference SET line = line || \'{"amount": ""}\'',
    ],
)
async def test_what_names_a_person_is_emptied_within_one_connection_and_nothing_else_changes(
    tx: Transaction, statement: LiteralString
) -> None:
    """Whoever may erase a person has a key of the connection; the right goes no further than these columns, and they to nothing."""
    assert "never changed" in await refused(tx, sql.SQL(statement))


async def test_the_owners_job_prunes_what_has_been_kept_long_enough(own_database: DatabaseUrls) -> None:
    """Also without an address of the owner's own, where one role is all there is."""
    async with owners_connection(own_database.owner) as owner:
        await keep(owner)
        await owner.execute("UPDATE tie_out_difference SET standing = false")
    settings = Settings(_env_file=None, database_url=own_database.owner, retention_record_years=5)  # type: ignore[call-arg]

    assert [await prune_records.prune(settings, NOW) for _ in range(2)] == [1 + 1 + 2 + 2, 0]

    async with owners_connection(own_database.owner) as owner:
        assert await counted(owner) == {"document_change": 1, "audit": 3, "tie_out": 2, "tie_out_difference": 2}


async def test_a_difference_may_stop_standing(tx: Transaction) -> None:
    done = await tx.execute("UPDATE tie_out_difference SET standing = false")

    assert done.rowcount == 4


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM document_change WHERE operation_id = 'op_0'",
        "DELETE FROM audit WHERE at > now() - interval '5 years'",
        "DELETE FROM tie_out WHERE id = 'tie_whole_0'",
        "DELETE FROM tie_out_difference WHERE tie_out_id = 'tie_whole_0'",
    ],
)
async def test_none_is_deleted_within_five_years(owner: Transaction, statement: LiteralString) -> None:
    assert "kept for five years at least" in await refused(owner, statement)


@pytest.mark.parametrize("table", ["document_change", "audit", "tie_out", "tie_out_difference"])
async def test_the_service_cannot_empty_a_table_or_take_its_triggers_away(
    tx: Transaction, table: LiteralString
) -> None:
    name = sql.Identifier(table)
    await refused(tx, sql.SQL("TRUNCATE {}").format(name), InsufficientPrivilege)
    await refused(tx, sql.SQL("ALTER TABLE {} DISABLE TRIGGER ALL").format(name), InsufficientPrivilege)


async def test_pruning_takes_old_reads_and_leaves_records_until_their_years_are_over(owner: Transaction) -> None:
    await owner.execute("UPDATE tie_out_difference SET standing = false")
    before = await counted(owner)

    await pruning.prune(owner, NOW - timedelta(days=90))
    await pruning.prune(owner, NOW - timedelta(days=90))
    await pruning.prune_records(owner, NOW - timedelta(days=7 * 366))

    assert before == {"document_change": 2, "audit": 4, "tie_out": 4, "tie_out_difference": 4}
    assert await counted(owner) == {"document_change": 2, "audit": 4, "tie_out": 2 + 1, "tie_out_difference": 2}

    await pruning.prune_records(owner, NOW - timedelta(days=5 * 366))

    rest: dict[str, Any] = await counted(owner)
    assert (rest["document_change"], rest["tie_out_difference"]) == (1, 1)
    assert rest["audit"] == 3, "configurations stay, however old"


@pytest.mark.parametrize(("years", "fine"), [(4, False), (5, True), (7, True)])
def test_no_setting_keeps_records_for_less_than_five_years(years: int, fine: bool) -> None:
    with nullcontext() if fine else pytest.raises(ValidationError):
        assert Settings(_env_file=None, retention_record_years=years).retention_record_years == years  # type: ignore[call-arg]


async def test_what_was_done_to_documents_is_read_by_the_days_they_had_and_have(tx: Transaction) -> None:
    for number, days in enumerate((("2026-09-30", None), ("2026-10-01", "2026-09-30"), ("2026-10-31", "2026-11-01"))):
        await tx.execute(
            "INSERT INTO document_change (connection_id, written_at, operation_id, number, date, date_before, amount, before)"
            " VALUES ('con_1', %s, %s, %s, %s, %s, %s, %s)",
            (NOW, f"op_d{number}", str(number), *days, Decimal("1.10"), Jsonb({})),
        )

    async def numbers(since: str, until: str) -> list[str]:
        days = [datetime.fromisoformat(day).date() for day in (since, until)]
        found = await document_changes.page(tx, "con_1", since=days[0], until=days[1])
        return [row.number for row in found.items]

    assert await numbers("2026-07-01", "2026-09-30") == ["1", "0"]
    assert await numbers("2026-10-01", "2026-10-31") == ["2", "1"]
    assert await numbers("2026-12-01", "2026-12-31") == []
    first = await document_changes.page(tx, "con_1", limit=3)
    second = await document_changes.page(tx, "con_1", limit=3, cursor=first.next_cursor)
    assert [row.number for row in (*first.items, *second.items)] == ["2", "1", "0", "1041", "1041"]
    assert second.next_cursor is None
