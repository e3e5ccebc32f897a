"""A run may carry out just what a dry run has shown.

Revision ID: 0040
Revises: 0039

Reads and writes no row: runs of before carry out nothing but what they plan.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0040"
down_revision: str | None = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("run", sa.Column("carries_out", JSONB()))


def downgrade() -> None:
    """Undo."""
    op.drop_column("run", "carries_out")
