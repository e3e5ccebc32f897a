"""The keys of documents that were there before are filled in as they are worked out now."""

import importlib.util
from pathlib import Path

import pytest
from psycopg.sql import SQL

from app.domain.matching.document_numbers import number_keys
from app.storage.database import Transaction

_FILE = next(Path("alembic/versions").glob("*_numbers_of_documents.py"))


def _migration() -> tuple[str, str]:
    spec = importlib.util.spec_from_file_location("numbers_of_documents", _FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.FORM, module.SHORTENED


@pytest.mark.parametrize("number", ["#1001", "006829", "INV 0042", "1.05", "W-000", "0", "WEB-ORDER-2026-11-28-000001"])
async def test_the_migration_fills_in_the_keys_that_the_planner_looks_up(tx: Transaction, number: str) -> None:
    form, shortened = _migration()
    before = number.casefold()[:21]
    plain = form.format("left(%(before)s, 21)")
    long_one = form.format(shortened.format("%(number)s::text"))
    statement = SQL(f"SELECT {plain} AS plain, {long_one} AS long_one")  # type: ignore[arg-type]
    cursor = await tx.execute(statement, {"before": before, "number": number})
    row = await cursor.fetchone()
    assert row is not None

    assert (row["plain"], row["long_one"] if len(number) > 21 else "") == number_keys(number)
