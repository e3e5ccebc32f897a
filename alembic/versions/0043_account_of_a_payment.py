"""The mirror knows in which version a payment came to lie in its account.

Revision ID: 0043
Revises: 0042

Of payments that are there already it is not known; the column says so until they are moved. Touches no row.
"""

import sqlalchemy as sa

from alembic import op

revision = "0043"
down_revision: str | None = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("mirror", sa.Column("account_version", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Undo; a view of the mirror that was made anew since has the column, too."""
    op.execute("DROP VIEW IF EXISTS own_mirror")
    op.drop_column("mirror", "account_version")
    op.execute("SELECT put_up_walls()")
