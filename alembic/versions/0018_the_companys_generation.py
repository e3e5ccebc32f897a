"""What a company says of itself is read anew once somebody may have changed it, whichever process remembers it.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa

from alembic import op

revision = "0018"
down_revision: str | None = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("connection", sa.Column("company_generation", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Undo."""
    op.drop_column("connection", "company_generation")
