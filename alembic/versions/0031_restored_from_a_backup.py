"""A connection remembers that it was restored from a backup, until both sides were compared since.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa

from alembic import op

revision = "0031"
down_revision: str | None = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("connection", sa.Column("restored_from", sa.DateTime(timezone=True), nullable=True))
    op.add_column("connection", sa.Column("restored_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column("connection", "restored_at")
    op.drop_column("connection", "restored_from")
