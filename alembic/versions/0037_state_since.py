"""A connection knows since when it is in its state.

Revision ID: 0037
Revises: 0036

Of connections that are there already it is not known; the moment at which they were last changed is since when at the latest. Writes
one row for each connection.
"""

import sqlalchemy as sa

from alembic import op

revision = "0037"
down_revision: str | None = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("connection", sa.Column("state_since", sa.DateTime(timezone=True)))
    op.execute("UPDATE connection SET state_since = updated_at WHERE archived_at IS NULL")


def downgrade() -> None:
    """Undo."""
    op.drop_column("connection", "state_since")
