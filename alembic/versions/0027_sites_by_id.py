"""A site's own id decides which connection is its one; of sites that are connected twice already the first keeps it.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa

from alembic import op

revision = "0027"
down_revision: str | None = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("connection", sa.Column("site_id", sa.Text(), server_default="", nullable=False))
    op.execute(
        "UPDATE connection c SET site_id = c.facts #>> '{oncord,id}' WHERE coalesce(c.facts #>> '{oncord,id}', '') <> ''"
        " AND (c.archived_at IS NOT NULL OR NOT EXISTS (SELECT FROM connection o WHERE o.archived_at IS NULL"
        " AND o.facts #>> '{oncord,id}' = c.facts #>> '{oncord,id}' AND (o.created_at, o.id) < (c.created_at, c.id)))"
    )
    op.create_index(
        "one_live_connection_per_site_id",
        "connection",
        ["site_id"],
        unique=True,
        postgresql_where=sa.text("archived_at IS NULL AND site_id <> ''"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index(
        "one_live_connection_per_site_id",
        table_name="connection",
        postgresql_where=sa.text("archived_at IS NULL AND site_id <> ''"),
    )
    op.drop_column("connection", "site_id")
