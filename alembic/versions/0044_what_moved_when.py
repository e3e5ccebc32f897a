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
    op.add_column("tie_out", sa.Column("of_month", JSONB()))


def downgrade() -> None:
    """Undo; a view of the mirror that was made anew since has the column, too."""
    op.execute("DROP VIEW IF EXISTS own_mirror")
    op.drop_column("tie_out", "of_month")
    op.drop_column("mirror", "moved_at")
    op.execute("SELECT put_up_walls()")
