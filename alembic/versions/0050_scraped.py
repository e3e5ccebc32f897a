"""A scrape reads what is kept for it and what somebody has to look at, and no row for each connection.

Revision ID: 0050
Revises: 0049

How many live connections are in which state is kept as a sum to which each change is appended, so that nobody waits for anybody; what a
connection has read in a month is counted along with its day; when its mirrors were last counted, and both sides last compared whole,
stands beside what comes by itself. The narrow row that each connection has of the last is written once; no other row is.
"""

import sqlalchemy as sa

from alembic import op

revision = "0050"
down_revision: str | None = "0049"
branch_labels = None
depends_on = None

_APPEND = """
CREATE FUNCTION count_connections() RETURNS trigger LANGUAGE plpgsql AS $$
-- Append what a statement has changed in how many live connections are in which state.
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO connections_by_state (state, connections) SELECT state, count(*) FROM come WHERE archived_at IS NULL GROUP BY state;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO connections_by_state (state, connections) SELECT state, -count(*) FROM gone WHERE archived_at IS NULL GROUP BY state;
    ELSE
        INSERT INTO connections_by_state (state, connections) SELECT state, sum(n) FROM (
            SELECT state, 1 AS n FROM come WHERE archived_at IS NULL UNION ALL SELECT state, -1 FROM gone WHERE archived_at IS NULL) AS moved
            GROUP BY state HAVING sum(n) <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER counted_when_made AFTER INSERT ON connection REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION count_connections();
CREATE TRIGGER counted_when_moved AFTER UPDATE ON connection REFERENCING NEW TABLE AS come OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION count_connections();
CREATE TRIGGER counted_when_gone AFTER DELETE ON connection REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_connections();
INSERT INTO connections_by_state (state, connections) SELECT state, count(*) FROM connection WHERE archived_at IS NULL GROUP BY state
"""
_LOOKED = """
CREATE FUNCTION note_looks() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
-- Note when the mirrors of a live connection were last counted, and both sides last compared whole; when it was made where never.
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
    -- Whoever waits for another transaction here reads below, by a statement of its own, what that one has left.
    PERFORM FROM foreseen f WHERE f.connection_id = moved FOR UPDATE;
    UPDATE foreseen f SET counted_at = n.counted_at, compared_at = n.compared_at FROM ({looks}) n
        WHERE f.connection_id = moved AND n.id = moved AND (f.counted_at, f.compared_at) IS DISTINCT FROM (n.counted_at, n.compared_at);
    PERFORM set_config('app.connection_id', coalesce(caller, ''), true);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER looked_at_new AFTER INSERT ON connection DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note_looks();
CREATE CONSTRAINT TRIGGER looked_at_again AFTER UPDATE OF archived_at ON connection DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.archived_at IS NOT NULL AND NEW.archived_at IS NULL) EXECUTE FUNCTION note_looks();
CREATE CONSTRAINT TRIGGER looked_at_by_number AFTER INSERT OR DELETE ON source_check DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION note_looks();
CREATE CONSTRAINT TRIGGER looked_at_by_number_again AFTER UPDATE OF checked_at ON source_check DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.checked_at IS DISTINCT FROM NEW.checked_at) EXECUTE FUNCTION note_looks();
CREATE CONSTRAINT TRIGGER looked_at_whole AFTER INSERT ON tie_out DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.scope = 'whole') EXECUTE FUNCTION note_looks();
UPDATE foreseen f SET counted_at = n.counted_at, compared_at = n.compared_at FROM ({looks}) n WHERE n.id = f.connection_id
"""
_LOOKS = """SELECT c.id,
            coalesce((SELECT min(s.checked_at) FROM source_check s WHERE s.connection_id = c.id), c.created_at) AS counted_at,
            coalesce((SELECT max(t.taken_at) FROM tie_out t WHERE t.connection_id = c.id AND t.scope = 'whole'), c.created_at) AS compared_at
        FROM connection c"""
_READS = """
INSERT INTO reads_of_month (connection_id, month, reads, upkeep)
SELECT connection_id, date_trunc('month', day)::date, sum(reads), sum(upkeep) FROM read_meter GROUP BY 1, 2
"""
_ALARMING = "state = 'open' AND kind IN ('mass_delete', 'reconnect_soon')"
_TRIGGERS = (
    ("counted_when_made", "connection"),
    ("counted_when_moved", "connection"),
    ("counted_when_gone", "connection"),
    ("looked_at_new", "connection"),
    ("looked_at_again", "connection"),
    ("looked_at_by_number", "source_check"),
    ("looked_at_by_number_again", "source_check"),
    ("looked_at_whole", "tie_out"),
)
_INDEXES = (
    ("reads_of_month_most", "reads_of_month", ["month", "reads", "connection_id"], None),
    ("reads_of_month_most_upkeep", "reads_of_month", ["month", "upkeep", "connection_id"], None),
    ("foreseen_counted", "foreseen", ["counted_at", "connection_id"], None),
    ("foreseen_compared", "foreseen", ["compared_at", "connection_id"], None),
    ("connection_removed", "connection", ["id"], "archived_at IS NOT NULL"),
    ("source_check_found", "source_check", ["connection_id", "found"], "found > 0"),
    ("attention_open", "attention", ["kind", "connection_id"], "state = 'open'"),
    ("attention_in_a_lot", "attention", ["connection_id"], "state = 'open' AND detail ? 'lot'"),
    ("attention_of_grants", "attention", ["connection_id"], "key = 'grant:ageing'"),
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "connections_by_state",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False, server_default=""),
        sa.Column("connections", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.create_table(
        "reads_of_month",
        sa.Column("connection_id", sa.Text(), primary_key=True),
        sa.Column("month", sa.Date(), primary_key=True),
        sa.Column("reads", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("upkeep", sa.BigInteger(), nullable=False, server_default="0"),
    )
    for name in ("counted_at", "compared_at"):
        op.add_column("foreseen", sa.Column(name, sa.DateTime(timezone=True)))
    # Where the function, which works with the owner's rights, finds its tables, whatever its caller has made.
    op.execute("SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true)")
    op.execute(_APPEND)
    op.execute(_LOOKED.replace("{looks}", _LOOKS))
    op.execute(_READS)
    for name, table, columns, where in _INDEXES:
        op.create_index(name, table, columns, postgresql_where=sa.text(where) if where else None)
    op.drop_index("attention_alarming", table_name="attention")


def downgrade() -> None:
    """Undo."""
    op.create_index("attention_alarming", "attention", ["kind", "connection_id"], postgresql_where=sa.text(_ALARMING))
    for name, table, _, _ in reversed(_INDEXES):
        op.drop_index(name, table_name=table)
    for trigger, table in _TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    op.execute("DROP FUNCTION note_looks(); DROP FUNCTION count_connections()")
    for name in ("compared_at", "counted_at"):
        op.drop_column("foreseen", name)
    op.drop_table("reads_of_month")
    op.drop_table("connections_by_state")
