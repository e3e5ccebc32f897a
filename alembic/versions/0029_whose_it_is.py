"""Whose a record is stands apart from what it is called, with the contact's id, so that a person's name can be erased.

Revision ID: 0029
Revises: 0028

Rows of before keep the name within the label; operations of before are deleted with their age, and open questions are brought
up to date by the next run.
"""

import sqlalchemy as sa

from alembic import op

revision = "0029"
down_revision: str | None = "0028"
branch_labels = None
depends_on = None

_COLUMNS = {"operation": ("person", "contact"), "attention": ("person", "contact"), "document_change": ("contact",)}
_NAMED_AGAIN = (
    "UPDATE {} SET subject = jsonb_set(subject, '{{label}}', to_jsonb(concat_ws(CASE WHEN subject ->> 'label'"
    " IN ('Contact', 'Customer') THEN ' ' ELSE ', ' END, subject ->> 'label', person))) WHERE person <> ''"
)


def upgrade() -> None:
    """Apply."""
    for table, columns in _COLUMNS.items():
        for name in columns:
            op.add_column(table, sa.Column(name, sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Undo: a name goes back into its label."""
    for table in ("operation", "attention"):
        op.execute(_NAMED_AGAIN.format(table))
    for table, columns in _COLUMNS.items():
        for name in columns:
            op.drop_column(table, name)
