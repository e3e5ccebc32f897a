"""answers by index.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa

from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "attention_answered",
        "attention",
        ["connection_id", "resolution"],
        postgresql_where=sa.text("state = 'resolved'"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("attention_answered", table_name="attention", postgresql_where=sa.text("state = 'resolved'"))
