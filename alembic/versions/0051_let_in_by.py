"""A launch link and the session that it opens say which keys and sessions they come from, and end with each of them.

Revision ID: 0051
Revises: 0050

Nobody knows that any more of those that are there: they end as they would have.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from alembic import op

revision = "0051"
down_revision: str | None = "0050"
branch_labels = None
depends_on = None

_TABLES = ("console_session", "launch_link")


def upgrade() -> None:
    """Apply."""
    for table in _TABLES:
        op.add_column(
            table, sa.Column("let_in_by", ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'::text[]"))
        )


def downgrade() -> None:
    """Undo."""
    for table in _TABLES:
        op.drop_column(table, "let_in_by")
