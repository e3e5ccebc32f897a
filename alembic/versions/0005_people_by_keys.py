"""people by keys.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. The keys of contacts that are there already are worked out by the next run of their connection."""
    people: sa.Column[list[int]] = sa.Column(
        "people_keys", postgresql.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'::bigint[]"), nullable=False
    )
    op.add_column("mirror", people)
    op.add_column("mirror", sa.Column("keys_version", sa.Integer(), server_default="0", nullable=False))
    op.create_index(
        "mirror_by_people",
        "mirror",
        ["people_keys"],
        postgresql_using="gin",
        postgresql_where=sa.text("kind = 'contact'"),
    )
    op.create_index(
        "mirror_with_old_keys",
        "mirror",
        ["connection_id"],
        postgresql_where=sa.text("kind = 'contact' AND keys_version < 1"),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("mirror_with_old_keys", table_name="mirror")
    op.drop_index("mirror_by_people", table_name="mirror")
    op.drop_column("mirror", "keys_version")
    op.drop_column("mirror", "people_keys")
