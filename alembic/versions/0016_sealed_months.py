"""Months can be sealed: what each document of a month said then is kept, and held against what it says today.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0016"
down_revision: str | None = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "sealed_month",
        sa.Column("connection_id", sa.Text(), primary_key=True),
        sa.Column("month", sa.Text(), primary_key=True),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_by", sa.Text(), server_default="", nullable=False),
        sa.Column("tie_out_id", sa.Text(), server_default="", nullable=False),
        sa.Column("documents", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("differences", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("hash", sa.Text(), server_default="", nullable=False),
    )
    keys = ("connection_id", "side", "kind", "record_id", "month")
    op.create_table(
        "sealed_document",
        *(sa.Column(key, sa.Text(), primary_key=True) for key in keys),
        sa.Column("figures", JSONB()),
        sa.Column("today", JSONB()),
    )
    op.create_index(
        "sealed_document_moved",
        "sealed_document",
        ["connection_id", "month"],
        postgresql_where=sa.text("today IS NOT NULL"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("sealed_document")
    op.drop_table("sealed_month")
