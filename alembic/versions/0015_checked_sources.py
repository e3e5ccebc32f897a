"""The mirrors are checked against their sources: what was counted when, and how far a slow second reading has come.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa

from alembic import op

revision = "0015"
down_revision: str | None = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "source_check",
        *(sa.Column(key, sa.Text(), primary_key=True) for key in ("connection_id", "side", "kind")),
        sa.Column("checked_at", sa.DateTime(timezone=True)),
        sa.Column("there", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("here", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("apart", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("at_once", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("page_cursor", sa.Text()),
        sa.Column("began_at", sa.DateTime(timezone=True)),
        sa.Column("compared_at", sa.DateTime(timezone=True)),
        sa.Column("found", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True)),
        sa.Column("asked_at", sa.DateTime(timezone=True)),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("source_check")
