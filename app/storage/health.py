"""What the database says about the state of the service: which schema it has, and who was last seen alive."""

import datetime as dt

from app.storage.database import Transaction

SWEPT = "sweeper"
"""The duty of a sweep of which every step went well."""
SWEEPING = "sweeper_at_work"
"""The duty of a sweep that has come to its end, whether or not each step went well."""


async def schema_version(tx: Transaction) -> str:
    """The revision that the database was migrated to; "" for an empty database."""
    found = await (await tx.execute("SELECT to_regclass('alembic_version') IS NOT NULL AS there")).fetchone()
    if not found or not found["there"]:
        return ""
    row = await (await tx.execute("SELECT version_num FROM alembic_version ORDER BY version_num")).fetchone()
    return str(row["version_num"]) if row else ""


async def last_seen(tx: Transaction, name: str) -> dt.datetime | None:
    """When a recurring duty (`SWEPT`, `SWEEPING`) last gave a sign of life."""
    row = await (await tx.execute("SELECT at FROM heartbeat WHERE name = %s", (name,))).fetchone()
    return row["at"] if row else None
