"""The change queue and the schedule are called what they are.

Revision ID: 0009
Revises: 0008

Only names in the catalogue change, in no time whatever the number of rows. Processes of before know the old names, so
that they have to be stopped first (CHANGELOG); `alembic downgrade 0008` is the way back.
"""

from alembic import op

revision = "0009"
down_revision: str | None = "0008"
branch_labels = None
depends_on = None

TABLES = (("dirty", "pending_change"), ("pulse", "schedule"))
COLUMNS = (("pending_change", "seen", "mirrored"), ("schedule", "held_until", "due_by"))
INDEXES = (
    ("dirty_pkey", "pending_change_pkey"),
    ("dirty_to_do", "pending_change_to_do"),
    ("dirty_waiting", "pending_change_waiting"),
    ("dirty_backoff", "pending_change_backoff"),
    ("pulse_pkey", "schedule_pkey"),
    ("pulse_due", "schedule_due"),
)


def upgrade() -> None:
    """Apply."""
    for old, new in TABLES:
        op.rename_table(old, new)
    for table, old, new in COLUMNS:
        op.alter_column(table, old, new_column_name=new)
    for old, new in INDEXES:
        op.execute(f"ALTER INDEX {old} RENAME TO {new}")


def downgrade() -> None:
    """Undo."""
    for old, new in INDEXES:
        op.execute(f"ALTER INDEX {new} RENAME TO {old}")
    for table, old, new in COLUMNS:
        op.alter_column(table, new, new_column_name=old)
    for old, new in TABLES:
        op.rename_table(new, old)
