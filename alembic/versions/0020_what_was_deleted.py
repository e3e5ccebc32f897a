"""What was deleted is kept as it was returned before, with the delete.

Revision ID: 0020
Revises: 0019

The column is empty for what is there already, which changes the catalogue only.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0020"
down_revision: str | None = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("operation", sa.Column("document", postgresql.JSONB()))


def downgrade() -> None:
    """Undo."""
    op.drop_column("operation", "document")
