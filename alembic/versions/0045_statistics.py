"""Statistics of what a first synchronisation has just filled, for the plans of what it goes on with.

Revision ID: 0045
Revises: 0044

PostgreSQL's own job comes around once a minute; until then it takes tables for empty, and a connection that is new for one without
rows, so that it reads all of a connection for each record. The service may not ANALYZE; this function may, and does nothing else. Where one of the
tables is being analysed already it is left out. Reads and writes no row.
"""

from alembic import op

revision = "0045"
down_revision: str | None = "0044"
branch_labels = None
depends_on = None

_OF_RECORDS = """
CREATE FUNCTION statistics_of_records() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
    ANALYZE (SKIP_LOCKED) mirror (connection_id, side, kind, record_id, deleted, merged_into, key_email, key_name, key_number,
        key_contact, key_amount, people_keys, pays, keys_version);
    ANALYZE (SKIP_LOCKED) pending_change (connection_id, side, kind, record_id, parked, mirrored, not_before, waits_for);
END $$;
"""
_OF_LINKS = """
CREATE FUNCTION statistics_of_links() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
    ANALYZE (SKIP_LOCKED) link (id, connection_id, kind, oncord_id, quickbooks_id, part, state);
END $$;
"""


def upgrade() -> None:
    """Apply."""
    op.execute(_OF_RECORDS)
    op.execute(_OF_LINKS)


def downgrade() -> None:
    """Undo."""
    op.execute("DROP FUNCTION statistics_of_links()")
    op.execute("DROP FUNCTION statistics_of_records()")
