"""What is asked for of one connection is found by an index, however many runs it has behind it.

Revision ID: 0047
Revises: 0046

Rewrites no row: the index holds the few runs that have not ended.
"""

import sqlalchemy as sa

from alembic import op

revision = "0047"
down_revision: str | None = "0046"
branch_labels = None
depends_on = None

_UNFINISHED = sa.text("state IN ('queued', 'running')")


def upgrade() -> None:
    """Apply."""
    op.drop_index("run_queued", table_name="run")
    op.create_index("run_queued", "run", ["connection_id", "requested_at", "id"], postgresql_where=_UNFINISHED)


def downgrade() -> None:
    """Undo."""
    op.drop_index("run_queued", table_name="run")
    op.create_index("run_queued", "run", ["state", "requested_at"], postgresql_where=_UNFINISHED)
