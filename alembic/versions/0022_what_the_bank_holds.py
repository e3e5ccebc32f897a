"""What bank statements hold of the money that a run would touch is kept with the run that asked.

Revision ID: 0022
Revises: 0021

The column is empty for what is there already, which changes the catalogue only.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0022"
down_revision: str | None = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("run", sa.Column("cleared", postgresql.JSONB()))


def downgrade() -> None:
    """Undo."""
    op.drop_column("run", "cleared")
