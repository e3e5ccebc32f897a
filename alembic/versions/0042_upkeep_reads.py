"""Reads that look after what is known of a company are counted apart from those of synchronising.

Revision ID: 0042
Revises: 0041

Rewrites no row: what was read before counts as synchronising.
"""

import sqlalchemy as sa

from alembic import op

revision = "0042"
down_revision: str | None = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("read_meter", sa.Column("upkeep", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Undo."""
    op.drop_column("read_meter", "upkeep")
