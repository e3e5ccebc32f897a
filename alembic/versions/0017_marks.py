"""How records stand in the books is said in Oncord when a run ends: what is due.

Revision ID: 0017
Revises: 0016

Nothing is due from the start: pairs of before are marked as soon as a run looks at them, not all at once.
"""

import sqlalchemy as sa

from alembic import op

revision = "0017"
down_revision: str | None = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    keys = ("connection_id", "kind", "oncord_id")
    op.create_table("mark_due", *(sa.Column(key, sa.Text(), primary_key=True) for key in keys))


def downgrade() -> None:
    """Undo."""
    op.drop_table("mark_due")
