"""A dry run keeps what each of its writes would change: the target as it is, and what a person is shown besides.

Revision ID: 0036
Revises: 0035

Reads and writes no row: what was tried before has neither.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0036"
down_revision: str | None = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("operation", sa.Column("before", JSONB()))
    op.add_column("operation", sa.Column("preview", JSONB()))


def downgrade() -> None:
    """Undo."""
    op.drop_column("operation", "preview")
    op.drop_column("operation", "before")
