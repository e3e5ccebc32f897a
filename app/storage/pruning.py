"""Clears away what is too old to be asked about: events and finished runs with their decisions. Never what is queued."""

from datetime import datetime

from app.storage.database import Transaction

AT_ONCE = 2000


async def prune(tx: Transaction, before: datetime) -> int:
    """Delete some rows that ended before `before`; answers how many. Called again and again, it keeps tables small."""
    count = 0
    # The number stands in the statement: PostgreSQL plans for it, and would read whole tables for one it does not know.
    for statement in (
        "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE received_at < %s ORDER BY received_at {limit})",
        "DELETE FROM operation WHERE id IN (SELECT id FROM operation WHERE created_at < %s "
        "AND state NOT IN ('prepared', 'sent') ORDER BY created_at {limit})",
        "DELETE FROM tie_out_difference WHERE (tie_out_id, position) IN (SELECT d.tie_out_id, d.position"
        " FROM tie_out_difference d JOIN tie_out t ON t.id = d.tie_out_id WHERE t.taken_at < %s AND NOT d.standing {limit})",
        "DELETE FROM tie_out WHERE id IN (SELECT t.id FROM tie_out t WHERE t.taken_at < %s AND NOT EXISTS (SELECT 1"
        " FROM tie_out_difference d WHERE d.tie_out_id = t.id) AND EXISTS (SELECT 1 FROM tie_out n WHERE"
        " n.connection_id = t.connection_id AND n.scope = 'whole' AND n.taken_at > t.taken_at) ORDER BY t.taken_at {limit})",
        "DELETE FROM run WHERE id IN (SELECT id FROM run WHERE finished_at < %s ORDER BY finished_at {limit})",
    ):
        result = await tx.execute(statement.format(limit=f"LIMIT {AT_ONCE}"), (before,))
        count += result.rowcount
    return count
