"""records as people call them.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels = None
depends_on = None

_NAMED = ("attention", "operation")


def upgrade() -> None:
    """Apply. Rows of earlier runs keep an empty name; a constant default rewrites no table."""
    for table in _NAMED:
        column = sa.Column(
            "subject", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        )
        op.add_column(table, column)


def downgrade() -> None:
    """Take back."""
    for table in _NAMED:
        op.drop_column(table, "subject")
