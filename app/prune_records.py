"""`python -m app.prune_records`: deletes records that have been kept for RETENTION_RECORD_YEARS, as the owner of the tables.

The service itself may only add to records (migration 0033), so that this is a job of its own, with MIGRATION_DATABASE_URL.
"""

import asyncio
import sys
from datetime import datetime, timedelta

from app.runtime import SystemClock
from app.settings import Settings, load_settings
from app.storage.database import owners_connection
from app.storage.pruning import prune_records


async def prune(settings: Settings, now: datetime) -> int:
    """Delete all that is old enough, some rows with each transaction; answers how many rows that were."""
    before = now - timedelta(days=366 * settings.retention_record_years)
    count = 0
    async with owners_connection(settings.owners_database_url) as owner:
        while True:
            async with owner.transaction():
                pruned = await prune_records(owner, before)
            count += pruned
            if not pruned:
                return count


if __name__ == "__main__":
    deleted = asyncio.run(prune(load_settings(), SystemClock().now()))
    sys.stdout.write(f"{deleted} records were old enough and are deleted\n")
