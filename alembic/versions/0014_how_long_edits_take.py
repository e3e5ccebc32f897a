"""Since when each edit was known, kept with the write that carries it over; and the events that are held, by index.

Revision ID: 0014
Revises: 0013

Both columns are empty for what is there already, which changes the catalogue only.
"""

import sqlalchemy as sa

from alembic import op

revision = "0014"
down_revision: str | None = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("pending_change", sa.Column("edited_at", sa.DateTime(timezone=True)))
    op.add_column("operation", sa.Column("edited_at", sa.DateTime(timezone=True)))
    op.create_index(
        "operation_seen",
        "operation",
        ["connection_id", "side", "answered_at"],
        postgresql_where=sa.text("edited_at IS NOT NULL AND state = 'done'"),
    )
    op.create_index("event_held_back", "event", ["received_at"], postgresql_where=sa.text("status = 'echo'"))


def downgrade() -> None:
    """Undo."""
    op.drop_index("event_held_back", "event")
    op.drop_index("operation_seen", "operation")
    op.drop_column("operation", "edited_at")
    op.drop_column("pending_change", "edited_at")
