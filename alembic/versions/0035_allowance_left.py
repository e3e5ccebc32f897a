"""A lease that is given back says what is left of the vendor's rate limits.

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa

from alembic import op

revision = "0035"
down_revision: str | None = "0034"
branch_labels = None
depends_on = None

COLUMNS = ("full_calls_at", "full_batches_at", "paused_until")


def upgrade() -> None:
    """Apply."""
    for name in COLUMNS:
        op.add_column("lease", sa.Column(name, sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo."""
    for name in COLUMNS:
        op.drop_column("lease", name)
