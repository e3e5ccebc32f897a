"""Clears away what is too old to be asked about: events, and finished runs with their decisions. Never what is queued.

Records are kept far longer: what was done to documents and money, who did what, certificates with what they list, and answered
questions.
PostgreSQL itself refuses to delete one within five years (migration 0025), and lets the service delete none at all: the owner
of the tables does (`python -m app.prune_records`). The configurations of a connection stay.
"""

from collections.abc import Sequence
from datetime import datetime

from app.storage.database import Transaction

AT_ONCE = 2000

# The number stands in the statement: PostgreSQL plans for it, and would read whole tables for one it does not know.
_DIFFERENCES = (
    "DELETE FROM tie_out_difference WHERE (tie_out_id, position) IN (SELECT d.tie_out_id, d.position"
    " FROM tie_out_difference d JOIN tie_out t ON t.id = d.tie_out_id WHERE t.taken_at < %s AND NOT d.standing{those} {limit})"
)
_TIE_OUTS = (
    "DELETE FROM tie_out WHERE id IN (SELECT t.id FROM tie_out t WHERE t.taken_at < %s{those} AND NOT EXISTS (SELECT 1"
    " FROM tie_out_difference d WHERE d.tie_out_id = t.id) AND EXISTS (SELECT 1 FROM tie_out n WHERE"
    " n.connection_id = t.connection_id AND n.scope = 'whole' AND n.taken_at > t.taken_at) ORDER BY t.taken_at {limit})"
)
_WITHOUT_CERTIFICATE = " AND t.certificate IS NULL"
_READS = (
    "DELETE FROM event WHERE id IN (SELECT id FROM event WHERE received_at < %s ORDER BY received_at {limit})",
    "DELETE FROM operation WHERE id IN (SELECT id FROM operation WHERE created_at < %s "
    "AND state NOT IN ('prepared', 'sent') ORDER BY created_at {limit})",
    _DIFFERENCES.replace("{those}", _WITHOUT_CERTIFICATE),
    _TIE_OUTS.replace("{those}", _WITHOUT_CERTIFICATE),
    "DELETE FROM run WHERE id IN (SELECT id FROM run WHERE finished_at < %s ORDER BY finished_at {limit})",
    "DELETE FROM console_session WHERE id IN (SELECT id FROM console_session WHERE ends_at < %s ORDER BY ends_at {limit})",
    "DELETE FROM launch_link WHERE id IN (SELECT id FROM launch_link WHERE ends_at < %s ORDER BY ends_at {limit})",
    "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE created_at < %s AND state <> 'waiting' ORDER BY created_at {limit})",
    "DELETE FROM message WHERE id IN (SELECT m.id FROM message m WHERE m.at < %s AND NOT EXISTS (SELECT FROM delivery d"
    " WHERE d.connection_id = m.connection_id AND d.message_id = m.id) ORDER BY m.at {limit})",
    "DELETE FROM oauth_state WHERE state_digest IN (SELECT state_digest FROM oauth_state WHERE created_at < %s"
    " ORDER BY created_at {limit})",
    # A month's reads are counted up to its end, whatever else is kept for less.
    "DELETE FROM read_meter WHERE (connection_id, day) IN (SELECT connection_id, day FROM read_meter"
    " WHERE day < least(%s::date, current_date - 62) {limit})",
    "DELETE FROM reads_of_month WHERE (connection_id, month) IN (SELECT connection_id, month FROM reads_of_month"
    " WHERE month < least(%s::date, current_date - 62) {limit})",
    "DELETE FROM reads_of_day WHERE day < least(%s::date, current_date - 62)",
)
_RECORDS = (
    "DELETE FROM document_change WHERE id IN (SELECT id FROM document_change WHERE written_at < %s ORDER BY written_at"
    " {limit})",
    "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < %s AND action <> 'configuration.changed' ORDER BY at"
    " {limit})",
    _DIFFERENCES.replace("{those}", ""),
    _TIE_OUTS.replace("{those}", ""),
    "DELETE FROM attention WHERE id IN (SELECT id FROM attention WHERE state <> 'open' AND resolved_at < %s {limit})",
)


async def prune(tx: Transaction, before: datetime) -> int:
    """Delete some rows that ended before a moment; answers how many. Called again and again, it keeps tables small."""
    return await _delete(tx, _READS, before)


async def prune_records(tx: Transaction, before: datetime) -> int:
    """Delete some records of before a moment, as the owner of the tables; answers how many."""
    return await _delete(tx, _RECORDS, before)


async def _delete(tx: Transaction, statements: Sequence[str], before: datetime) -> int:
    count = 0
    for statement in statements:
        result = await tx.execute(statement.format(limit=f"LIMIT {AT_ONCE}"), (before,))
        count += result.rowcount
    return count
