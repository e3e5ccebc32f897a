"""Pairs are found by the customer that was theirs in QuickBooks when they last agreed.

Revision ID: 0046
Revises: 0045

Where a customer is inactive and no event tells of a merge, its documents and money of before are looked up: each time all links of
the connection were read for it. PostgreSQL writes the column by itself; behind the walls an index over the expression would not be
used (docs/decisions/walls.md). Writes the table of links anew, once.
"""

import sqlalchemy as sa

from alembic import op

revision = "0046"
down_revision: str | None = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    customer = sa.Computed("base_quickbooks ->> 'contact_id'::text", persisted=True)
    op.add_column("link", sa.Column("base_customer", sa.Text(), customer))
    op.create_index(
        "link_by_base_customer",
        "link",
        ["connection_id", "kind", "base_customer", "id"],
        postgresql_where=sa.text("state = 'live' AND base_customer IS NOT NULL"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("link_by_base_customer", table_name="link")
    op.drop_column("link", "base_customer")
