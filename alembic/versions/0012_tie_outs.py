"""Tie-outs: what both sides came to, and every difference with its cause.

Revision ID: 0012
Revises: 0011

New tables and one new index; nothing that is there changes. A connection is shown as not compared until its next
synchronisation has ended.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from alembic import op

revision = "0012"
down_revision: str | None = "0011"
branch_labels = None
depends_on = None


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default="0", nullable=False)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "tie_out",
        sa.Column("id", sa.Text(), primary_key=True),
        _text("connection_id"),
        _text("scope", "whole"),
        _text("run_id"),
        _text("asked_by"),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        _number("judged"),
        _number("differences"),
        _number("unexplained"),
        sa.Column("certificate", JSONB(), nullable=True),
        _text("hash"),
    )
    op.create_index("tie_out_newest_first", "tie_out", ["connection_id", "taken_at", "id"])
    op.create_index("tie_out_by_age", "tie_out", ["taken_at"])
    op.create_table(
        "tie_out_difference",
        sa.Column("tie_out_id", sa.Text(), primary_key=True),
        sa.Column("position", sa.BigInteger(), primary_key=True),
        _text("connection_id"),
        _text("cause"),
        sa.Column("subjects", ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False),
        sa.Column("line", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("standing", sa.Boolean(), server_default="false", nullable=False),
    )
    op.create_index(
        "difference_standing", "tie_out_difference", ["connection_id", "cause"], postgresql_where=sa.text("standing")
    )
    op.create_index(
        "difference_standing_about",
        "tie_out_difference",
        ["subjects"],
        postgresql_using="gin",
        postgresql_where=sa.text("standing"),
    )
    op.create_index(
        "attention_about",
        "attention",
        ["connection_id", "record_id"],
        postgresql_where=sa.text("record_id <> ''"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("attention_about", "attention")
    op.drop_table("tie_out_difference")
    op.drop_table("tie_out")
