"""Clears away what is too old to be asked about: events and finished runs with their decisions. Never what is dirty."""

from datetime import datetime

from app.storage.database import Transaction

AT_ONCE = 2000


async def prune(tx: Transaction, before: datetime) -> int:
    """Delete some rows that ended before `before`; answers how many. Called again and again, it keeps tables small."""
    count = 0
    for statement in (
        "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE received_at < %s ORDER BY received_at LIMIT %s)",
        "DELETE FROM operation WHERE id IN (SELECT id FROM operation WHERE created_at < %s "
        "AND state NOT IN ('prepared', 'sent') ORDER BY created_at LIMIT %s)",
        "DELETE FROM run WHERE id IN (SELECT id FROM run WHERE finished_at < %s ORDER BY finished_at LIMIT %s)",
    ):
        result = await tx.execute(statement, (before, AT_ONCE))
        count += result.rowcount
    return count
