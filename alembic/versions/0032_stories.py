"""The story of a record is read by its id: what was decided about it, and what told of it.

Revision ID: 0032
Revises: 0031
"""

import sqlalchemy as sa

from alembic import op

revision = "0032"
down_revision: str | None = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "operation_by_source",
        "operation",
        ["connection_id", "side", "kind", "source_id"],
        postgresql_where=sa.text("source_id <> ''"),
    )
    op.create_index(
        "event_by_record", "event", ["connection_id", "record_id"], postgresql_where=sa.text("record_id <> ''")
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("event_by_record", table_name="event")
    op.drop_index("operation_by_source", table_name="operation")
