"""Records are found by what people know of them: a narrow table of keys, written with the mirror.

Revision ID: 0030
Revises: 0029

What is there already gets its keys by the next run, a thousand records at a time, as keys of a former version do.
"""

import sqlalchemy as sa

from alembic import op

revision = "0030"
down_revision: str | None = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    names = ("side", "kind", "record_id")
    op.create_table(
        "search_key",
        sa.Column("connection_id", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(collation="C"), primary_key=True),
        *(sa.Column(name, sa.Text(), primary_key=True) for name in names),
    )
    op.create_index("search_key_by_record", "search_key", ["connection_id", *names])
    op.drop_index("mirror_by_keys_version", table_name="mirror")
    op.create_index("mirror_by_keys_version", "mirror", ["connection_id", "keys_version"])


def downgrade() -> None:
    """Undo; the records are given their keys anew by the run after the next upgrade."""
    op.drop_index("mirror_by_keys_version", table_name="mirror")
    op.create_index(
        "mirror_by_keys_version",
        "mirror",
        ["connection_id", "keys_version"],
        postgresql_where=sa.text("kind IN ('contact', 'sale')"),
    )
    op.execute("UPDATE mirror SET keys_version = 3 WHERE keys_version > 3")
    op.drop_table("search_key")
