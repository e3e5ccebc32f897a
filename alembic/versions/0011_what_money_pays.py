"""Receipts are found by the documents that they pay, and open items by the record that they are about.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from alembic import op

revision = "0011"
down_revision: str | None = "0010"
branch_labels = None
depends_on = None

PAYS = (
    "UPDATE mirror m SET pays = ARRAY(SELECT DISTINCT m.connection_id || ' ' || m.side || ' ' || (a ->> 'sale_id')"
    " FROM jsonb_array_elements(m.record #> '{payment,allocations}') a ORDER BY 1)"
    " WHERE m.kind = 'receipt' AND NOT m.deleted AND jsonb_typeof(m.record #> '{payment,allocations}') = 'array'"
)
"""What `mirrors.paid_keys` says of the receipts that are there already."""


def upgrade() -> None:
    """Apply."""
    op.add_column("mirror", sa.Column("pays", ARRAY(sa.Text()), server_default=sa.text("'{}'::text[]"), nullable=False))
    op.execute(PAYS)
    op.create_index(
        "mirror_by_paid", "mirror", ["pays"], postgresql_using="gin", postgresql_where=sa.text("kind = 'receipt'")
    )
    op.create_index(
        "attention_by_record",
        "attention",
        ["connection_id", "record_kind", "record_id"],
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("attention_by_record", "attention")
    op.drop_index("mirror_by_paid", "mirror")
    op.drop_column("mirror", "pays")
