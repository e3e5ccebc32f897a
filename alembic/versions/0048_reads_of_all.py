"""The reads of all connections together are kept by day, and no more summed up over every connection in each run.

Revision ID: 0048
Revises: 0047
"""

import sqlalchemy as sa

from alembic import op

revision = "0048"
down_revision: str | None = "0047"
branch_labels = None
depends_on = None

_COUNT_UP = (
    "INSERT INTO reads_of_day (day, reads, upkeep) SELECT day, sum(reads), sum(upkeep) FROM read_meter GROUP BY day"
)
_SUMMED = """
CREATE FUNCTION reads_of_all_connections(since date) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
-- How many reads all connections together have had: one figure, whose parts nobody sees by it.
DECLARE
    caller CONSTANT text := current_setting('app.connection_id', true);
    total bigint;
BEGIN
    PERFORM set_config('app.connection_id', '*', true);
    SELECT coalesce(sum(reads), 0) INTO total FROM read_meter WHERE day >= since;
    PERFORM set_config('app.connection_id', coalesce(caller, ''), true);
    RETURN total;
END $$
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "reads_of_day",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("reads", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("upkeep", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.execute("SELECT set_config('app.connection_id', '*', true)")
    op.execute(_COUNT_UP)
    op.execute("DROP FUNCTION reads_of_all_connections(date)")


def downgrade() -> None:
    """Undo."""
    op.execute("SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true)")
    op.execute(_SUMMED)
    op.drop_table("reads_of_day")
