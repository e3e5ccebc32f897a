"""what mends a stopped connection.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa

from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. A connection that waits for access and whose grant still lives waits for a token of its site."""
    op.add_column("connection", sa.Column("remedy", sa.Text(), server_default="", nullable=False))
    op.execute(
        "UPDATE connection c SET remedy = CASE WHEN EXISTS (SELECT 1 FROM token t WHERE t.connection_id = c.id"
        " AND t.dead_since IS NULL) THEN 'renew_site_token' ELSE 'connect_quickbooks' END"
        " WHERE c.state = 'reconnect_required'"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_column("connection", "remedy")
