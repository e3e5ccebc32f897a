"""A sweep finds by indexes what is due, and reads no table that has a row for each connection.

Revision ID: 0049
Revises: 0048

When both sides of a live connection were last downloaded, and whether its runs take place by themselves, stands in one narrow row. PostgreSQL
keeps it itself, in the transaction that moves the cursor or the connection, and last of all: whoever locks a connection,
its cursors or its queue waits for nobody who waits for him.
"""

import sqlalchemy as sa

from alembic import op

revision = "0049"
down_revision: str | None = "0048"
branch_labels = None
depends_on = None

_AUTOMATIC = "c.auto_sync AND c.state = 'ready' AND c.first_sync_completed_at IS NOT NULL"
_FORESEE = """
CREATE FUNCTION foresee() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
-- Keep the row of a connection; one that was removed or set aside has none.
DECLARE
    caller CONSTANT text := current_setting('app.connection_id', true);
    moved text;
BEGIN
    PERFORM set_config('app.connection_id', '*', true);
    IF TG_TABLE_NAME = 'connection' THEN
        moved := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        moved := OLD.connection_id;
    ELSE
        moved := NEW.connection_id;
    END IF;
    IF TG_TABLE_NAME = 'connection' THEN
        DELETE FROM foreseen f USING connection c WHERE f.connection_id = moved AND c.id = moved AND c.archived_at IS NOT NULL;
        INSERT INTO foreseen (connection_id) SELECT c.id FROM connection c WHERE c.id = moved AND c.archived_at IS NULL
            ON CONFLICT (connection_id) DO NOTHING;
    END IF;
    -- Whoever waits for another transaction here reads below, by a statement of its own, what that one has left.
    PERFORM FROM foreseen f WHERE f.connection_id = moved FOR UPDATE;
    UPDATE foreseen f SET automatic = n.automatic, oncord_at = n.oncord_at, quickbooks_at = n.quickbooks_at
        FROM (SELECT {automatic} AS automatic,
            (SELECT min(u.completed_at) FROM cursor u WHERE u.connection_id = c.id AND u.side = 'oncord') AS oncord_at,
            (SELECT min(u.completed_at) FROM cursor u WHERE u.connection_id = c.id AND u.side = 'quickbooks') AS quickbooks_at
            FROM connection c WHERE c.id = moved) n
        WHERE f.connection_id = moved AND (f.automatic, f.oncord_at, f.quickbooks_at)
            IS DISTINCT FROM (n.automatic, n.oncord_at, n.quickbooks_at);
    PERFORM set_config('app.connection_id', coalesce(caller, ''), true);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER foreseen_of_new AFTER INSERT ON connection DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION foresee();
CREATE CONSTRAINT TRIGGER foreseen_of_connection AFTER UPDATE OF auto_sync, state, first_sync_completed_at, archived_at ON connection
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN ((OLD.auto_sync, OLD.state, OLD.first_sync_completed_at, OLD.archived_at)
    IS DISTINCT FROM (NEW.auto_sync, NEW.state, NEW.first_sync_completed_at, NEW.archived_at)) EXECUTE FUNCTION foresee();
CREATE CONSTRAINT TRIGGER foreseen_of_cursor AFTER UPDATE OF completed_at ON cursor DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.completed_at IS DISTINCT FROM NEW.completed_at) EXECUTE FUNCTION foresee();
CREATE CONSTRAINT TRIGGER foreseen_of_new_cursor AFTER INSERT OR DELETE ON cursor DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION foresee()
"""
_TRIGGERS = (
    ("foreseen_of_new", "connection"),
    ("foreseen_of_connection", "connection"),
    ("foreseen_of_new_cursor", "cursor"),
    ("foreseen_of_cursor", "cursor"),
)
_ALL = """
INSERT INTO foreseen (connection_id, automatic, oncord_at, quickbooks_at)
SELECT c.id, {automatic}, min(u.completed_at) FILTER (WHERE u.side = 'oncord'), min(u.completed_at) FILTER (WHERE u.side = 'quickbooks')
FROM connection c LEFT JOIN cursor u ON u.connection_id = c.id WHERE c.archived_at IS NULL GROUP BY c.id
"""
_INDEXES = (
    ("foreseen_oncord", "foreseen", ["oncord_at", "connection_id"], "automatic"),
    ("foreseen_quickbooks", "foreseen", ["quickbooks_at", "connection_id"], "automatic"),
    ("foreseen_summary", "foreseen", ["summary_at", "connection_id"], None),
    ("schedule_due_by", "schedule", ["due_by"], "due_by IS NOT NULL"),
    ("connection_probed", "connection", ["probe_at"], "state = 'blocked' AND archived_at IS NULL"),
    ("connection_by_change", "connection", ["updated_at"], None),
    ("connection_to_erase", "connection", ["archived_at"], "archived_at IS NOT NULL AND erased_at IS NULL"),
    ("read_meter_by_day", "read_meter", ["day"], None),
    ("token_by_end", "token", [sa.text("least(refresh_expires_at, refresh_hard_expires_at)")], "dead_since IS NULL"),
    (
        "attention_alarming",
        "attention",
        ["kind", "connection_id"],
        "state = 'open' AND kind IN ('mass_delete', 'reconnect_soon')",
    ),
    ("attention_by_age", "attention", ["created_at"], "state = 'open'"),
    ("attention_by_change", "attention", ["updated_at"], None),
    ("difference_unexplained", "tie_out_difference", ["connection_id"], "standing AND cause = 'unexplained'"),
    (
        "told_unsettled",
        "told_condition",
        ["connection_id"],
        "topic IN ('unexplained', 'stuck', 'held') OR told_at IS NULL OR gone_since IS NOT NULL",
    ),
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "foreseen",
        sa.Column("connection_id", sa.Text(), primary_key=True),
        sa.Column("automatic", sa.Boolean(), nullable=False, server_default="false"),
        *(sa.Column(name, sa.DateTime(timezone=True)) for name in ("oncord_at", "quickbooks_at", "summary_at")),
    )
    # Where the function, which works with the owner's rights, finds its tables, whatever its caller has made.
    op.execute("SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true)")
    op.execute(_FORESEE.replace("{automatic}", _AUTOMATIC))
    op.execute(_ALL.replace("{automatic}", _AUTOMATIC))
    for name, table, columns, where in _INDEXES:
        op.create_index(name, table, columns, postgresql_where=sa.text(where) if where else None)


def downgrade() -> None:
    """Undo."""
    for name, table, _, _ in reversed(_INDEXES):
        op.drop_index(name, table_name=table)
    for trigger, table in _TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    op.execute("DROP FUNCTION foresee()")
    op.drop_table("foreseen")
