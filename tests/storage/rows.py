"""Rows for storage tests, with everything that a test does not care about filled in."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.domain.model.configuration import (
    Configuration,
    ItemPolicy,
    MappedMethod,
    MappedTaxCode,
)
from app.storage.connections import connections
from app.storage.connections.connections import Connection
from app.storage.database import Transaction
from app.storage.runs import runs
from app.storage.runs.runs import Run

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """A moment so many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


CONFIGURATION = Configuration(
    start_date=date(2026, 11, 1),
    payment_methods=(MappedMethod("1", "35", preferred=True), MappedMethod("2")),
    tax_codes=(MappedTaxCode("GST", "6", "10"),),
    items=ItemPolicy(item_id="1", income_account_id="79"),
)


async def a_connection(tx: Transaction, connection_id: str = "con_1", **changes: Any) -> Connection:
    """A stored connection of a site of its own."""
    connection = replace(
        Connection(
            id=connection_id,
            name=f"Shop {connection_id}",
            oncord_api_url=f"https://{connection_id}.example/api",
            oncord_token="sealed token",
            oncord_secrets=("sealed secret",),
            facts={},
            created_at=NOON,
            updated_at=NOON,
        ),
        **changes,
    )
    await connections.insert(tx, connection)
    return connection


async def a_run(tx: Transaction, run_id: str, minutes: float = 0, **changes: Any) -> Run:
    """A run of con_1, requested so many minutes after noon."""
    wishes: dict[str, Any] = {"trigger": "manual", "requested_by": "a person", **changes}
    return await runs.request(tx, "con_1", run_id=run_id, now=at(minutes), **wishes)
