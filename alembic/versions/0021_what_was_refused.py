"""A record that was refused says so in the queue itself, whatever became of the item that told of it.

Revision ID: 0021
Revises: 0020

What lies aside is found by its item, open or closed by a person; a handful of rows for each connection. The open questions
about which one a record is get a small index of their own.
"""

import sqlalchemy as sa

from alembic import op

revision = "0021"
down_revision: str | None = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("pending_change", sa.Column("refused", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE pending_change d SET refused = true WHERE d.parked AND EXISTS (SELECT 1 FROM attention a"
        " WHERE a.connection_id = d.connection_id AND a.kind = 'refused' AND a.side = d.side AND a.record_kind = d.kind"
        " AND a.record_id = d.record_id AND (a.state = 'open' OR a.resolution = 'dismiss' AND a.summary = d.reason))"
    )
    op.create_index(
        "attention_asks_which",
        "attention",
        ["connection_id", "record_kind"],
        postgresql_where=sa.text("state = 'open' AND kind = 'ambiguous_match'"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("attention_asks_which", table_name="attention")
    op.drop_column("pending_change", "refused")
