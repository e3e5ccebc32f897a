"""What QuickBooks settles of a document by something that is no payment is compared when a run ends.

Revision ID: 0013
Revises: 0012

Every payment and every invoice of which something is settled is compared once by the next run of its connection.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0013"
down_revision: str | None = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    keys = ("connection_id", "side", "kind", "record_id")
    op.create_table("settlement_due", *(sa.Column(key, sa.Text(), primary_key=True) for key in keys))
    op.create_table(
        "settled_otherwise",
        sa.Column("connection_id", sa.Text(), primary_key=True),
        sa.Column("quickbooks_id", sa.Text(), primary_key=True),
        sa.Column("oncord_id", sa.Text(), server_default="", nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("parts", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute(
        "INSERT INTO settlement_due SELECT connection_id, side, kind, record_id FROM mirror WHERE NOT deleted"
        " AND side = 'quickbooks' AND kind = 'sale' AND record ->> 'paid' IS NOT NULL"
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("settled_otherwise")
    op.drop_table("settlement_due")
