"""Documents know when their figures last moved, and a comparison keeps its month beside its certificate.

Revision ID: 0044
Revises: 0043

Reads and writes no row: of records of before nobody knows when they moved, and certificates of before have their month within.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0044"
down_revision: str | None = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("mirror", sa.Column("moved_at", sa.DateTime(timezone=True)))
    op.add_column("tie_out", sa.Column("month", JSONB()))


def downgrade() -> None:
    """Undo."""
    op.drop_column("tie_out", "month")
    op.drop_column("mirror", "moved_at")
