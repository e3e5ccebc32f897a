"""what carries out a decision.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa

from alembic import op

revision = "0006"
down_revision: str | None = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply. A decision whose value was already written on the side that had lost is not written there once more."""
    op.add_column("operation", sa.Column("answers", sa.Text(), server_default="", nullable=False))
    op.execute(
        "UPDATE attention a SET resolution = 'used_other' WHERE a.state = 'resolved' AND a.resolution = 'use_other'"
        " AND EXISTS (SELECT 1 FROM operation o WHERE o.connection_id = a.connection_id AND o.state = 'done'"
        " AND o.side = a.detail #>> '{losing,side}' AND o.kind = a.detail #>> '{losing,kind}'"
        " AND o.target_id = a.detail #>> '{losing,id}' AND o.created_at >= a.resolved_at"
        " AND o.reason = 'A person put the value back that had lost a conflict.')"
    )


def downgrade() -> None:
    """Take back."""
    op.drop_column("operation", "answers")
