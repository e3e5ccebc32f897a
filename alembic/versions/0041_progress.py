"""How far a run has come is kept with it, for people who watch it.

Revision ID: 0041
Revises: 0040

Reads and writes no row: a run that is under way says where it is with its next page or chunk.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0041"
down_revision: str | None = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("run", sa.Column("progress", JSONB()))


def downgrade() -> None:
    """Undo."""
    op.drop_column("run", "progress")
