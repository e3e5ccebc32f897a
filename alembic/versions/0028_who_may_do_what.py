"""Keys of connections, sessions of the console and launch links are kept; the audit says in which role, from where and whether.

Revision ID: 0028
Revises: 0027

Every act so far was done, by the operator's key. The audit could be changed by nobody before; now it cannot be emptied at once
either. Rows older than five years may be deleted still, which is how the owner's job prunes it.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0028"
down_revision: str | None = "0027"
branch_labels = None
depends_on = None

_NEVER_EMPTIED = """
CREATE FUNCTION never_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'records of % are kept for five years at least', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
_RECORDS = ("audit", "document_change")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), server_default="", nullable=False) for name in names]


def _moment(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _of_a_connection() -> sa.Column[str]:
    return sa.Column("connection_id", sa.Text(), sa.ForeignKey("connection.id"), nullable=False)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "api_key",
        sa.Column("id", sa.Text(), primary_key=True),
        _of_a_connection(),
        *_texts("name"),
        sa.Column("scopes", JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False),
        *_texts("digest", "previous_digest"),
        _moment("previous_ends_at", null=True),
        _moment("created_at"),
        *_texts("created_by"),
        _moment("ends_at"),
        *_texts("ended_by"),
        _moment("last_used_at", null=True),
    )
    op.create_index("api_key_by_digest", "api_key", ["digest"], unique=True)
    op.create_index("api_key_by_previous_digest", "api_key", ["previous_digest"])
    op.create_index("api_key_of_connection", "api_key", ["connection_id", "id"])
    op.create_table(
        "console_session",
        sa.Column("id", sa.Text(), primary_key=True),
        *_texts("digest", "connection_id", "name", "role", "address", "key_digest"),
        *(_moment(name) for name in ("created_at", "last_seen_at", "ends_at")),
    )
    op.create_index("console_session_by_digest", "console_session", ["digest"], unique=True)
    op.create_index("console_session_by_connection", "console_session", ["connection_id"])
    op.create_index("console_session_by_end", "console_session", ["ends_at"])
    op.create_table(
        "launch_link",
        sa.Column("id", sa.Text(), primary_key=True),
        _of_a_connection(),
        *_texts("created_by"),
        _moment("ends_at"),
        _moment("used_at", null=True),
    )
    op.create_index("launch_link_by_connection", "launch_link", ["connection_id"])
    op.create_index("launch_link_by_end", "launch_link", ["ends_at"])
    for column in _texts("role", "address"):
        op.add_column("audit", column)
    for column in _texts("who", "role", "address"):
        op.add_column("oauth_state", column)
    op.add_column("audit", sa.Column("outcome", sa.Text(), server_default="done", nullable=False))
    op.execute(_NEVER_EMPTIED)
    for table in _RECORDS:
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION never_emptied()"
        )


def downgrade() -> None:
    """Undo."""
    for table in _RECORDS:
        op.execute(f"DROP TRIGGER never_emptied ON {table}")
    op.execute("DROP FUNCTION never_emptied()")
    for column in ("who", "role", "address"):
        op.drop_column("oauth_state", column)
    for column in ("outcome", "address", "role"):
        op.drop_column("audit", column)
    for table in ("launch_link", "console_session", "api_key"):
        op.drop_table(table)
