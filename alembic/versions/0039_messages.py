"""Whom to tell, what they were told of a connection, and how each message reached them.

Revision ID: 0039
Revises: 0038
"""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0039"
down_revision: str | None = "0038"
branch_labels = None
depends_on = None


def _text(name: str, default: str = "", *, key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default, primary_key=key)


def _moment(name: str, *, null: bool = False) -> sa.Column[dt.datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _list(name: str) -> sa.Column[list[str]]:
    return sa.Column(name, JSONB(), nullable=False, server_default=sa.text("'[]'::jsonb"))


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "recipient",
        sa.Column("id", sa.Text(), primary_key=True),
        *(_text(name) for name in ("connection_id", "name", "way", "address", "secret", "created_by", "stopped")),
        _list("topics"),
        _moment("created_at"),
    )
    op.create_index("recipient_of_connection", "recipient", ["connection_id", "id"])
    op.create_table(
        "message",
        sa.Column("id", sa.Text(), primary_key=True),
        *(_text(name) for name in ("connection_id", "topic", "phase", "title", "summary", "advice", "path")),
        _list("lines"),
        _moment("at"),
        _moment("since", null=True),
    )
    op.create_index("message_newest_first", "message", ["connection_id", "at", "id"])
    op.create_index("message_by_age", "message", ["at"])
    op.create_table(
        "delivery",
        sa.Column("id", sa.Text(), primary_key=True),
        *(_text(name) for name in ("connection_id", "message_id", "recipient_id", "answer", "asked_by")),
        _text("state", "waiting"),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        _moment("created_at"),
        _moment("next_at", null=True),
        _moment("last_at", null=True),
    )
    op.create_index("delivery_of_message", "delivery", ["connection_id", "message_id"])
    op.create_index("delivery_due", "delivery", ["next_at"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_index("delivery_by_age", "delivery", ["created_at"])
    op.create_table(
        "told_condition",
        *(_text(name, key=True) for name in ("connection_id", "topic", "key")),
        _moment("since"),
        _moment("told_at", null=True),
        _moment("gone_since", null=True),
    )


def downgrade() -> None:
    """Undo."""
    for table in ("told_condition", "delivery", "message", "recipient"):
        op.drop_table(table)
