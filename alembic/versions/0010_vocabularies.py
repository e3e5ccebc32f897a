"""Links and mirrors remember in which vocabulary they were written.

Revision ID: 0010
Revises: 0009

What is there was written in the first one. Only the catalogue changes, in no time whatever the number of rows. A link's
`configuration_version` was never read and goes; `alembic downgrade 0009` brings it back as 0, which nothing reads either.
"""

import sqlalchemy as sa

from alembic import op

revision = "0010"
down_revision: str | None = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    for table in ("link", "mirror"):
        op.add_column(table, sa.Column("vocabulary", sa.Integer(), server_default="1", nullable=False))
    op.drop_column("link", "configuration_version")


def downgrade() -> None:
    """Undo."""
    op.add_column("link", sa.Column("configuration_version", sa.Integer(), server_default="0", nullable=False))
    for table in ("mirror", "link"):
        op.drop_column(table, "vocabulary")
