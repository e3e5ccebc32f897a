"""What was written, voided or deleted of money is kept for years, append-only, and so are acts, configurations and certificates.

Revision ID: 0025
Revises: 0024

One new table. The triggers and the indexes on the tables that are there already read no row of the former and one column of
the latter.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0025"
down_revision: str | None = "0024"
branch_labels = None
depends_on = None

_APPEND_ONLY = """
CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
-- The arguments: the column with the row's moment, the columns that may change, the columns that may be emptied (a person
-- is erased). A row may be deleted once it is five years old.
DECLARE
    changed text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF (to_jsonb(OLD) ->> TG_ARGV[0])::timestamptz > now() - interval '5 years' THEN
            RAISE EXCEPTION 'a record of % is kept for five years at least', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    SELECT string_agg(o.key, ', ' ORDER BY o.key) INTO changed
    FROM jsonb_each(to_jsonb(OLD)) o JOIN jsonb_each(to_jsonb(NEW)) n ON n.key = o.key
    WHERE n.value IS DISTINCT FROM o.value AND o.key <> ALL (string_to_array(TG_ARGV[1], ','))
        AND NOT (o.key = ANY (string_to_array(TG_ARGV[2], ',')) AND n.value IN ('null', '""'));
    IF changed IS NOT NULL THEN
        RAISE EXCEPTION 'a record of % is never changed (%)', TG_TABLE_NAME, changed USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
_OF_A_CERTIFICATE = """
CREATE FUNCTION difference_of_a_certificate() RETURNS trigger LANGUAGE plpgsql AS $$
-- What a certificate lists goes with it, after five years, and not before.
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT FROM tie_out t WHERE t.id = OLD.tie_out_id AND t.certificate IS NOT NULL
                AND t.taken_at > now() - interval '5 years') THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'what a certificate lists is kept for five years at least' USING ERRCODE = 'restrict_violation';
    END IF;
    RAISE EXCEPTION 'a difference that was found is never changed' USING ERRCODE = 'restrict_violation';
END $$
"""
_TRIGGERS = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON document_change FOR EACH ROW
    EXECUTE FUNCTION append_only('written_at', 'connection_id', 'label,reason,before,after,document');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION append_only('at', '', '');
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON tie_out FOR EACH ROW WHEN (OLD.certificate IS NOT NULL)
    EXECUTE FUNCTION append_only('taken_at', 'connection_id', '');
CREATE TRIGGER kept_with_its_certificate BEFORE DELETE ON tie_out_difference FOR EACH ROW
    EXECUTE FUNCTION difference_of_a_certificate();
CREATE TRIGGER never_changed BEFORE UPDATE ON tie_out_difference FOR EACH ROW
    WHEN ((OLD.tie_out_id, OLD.position, OLD.cause, OLD.subjects, OLD.line)
        IS DISTINCT FROM (NEW.tie_out_id, NEW.position, NEW.cause, NEW.subjects, NEW.line))
    EXECUTE FUNCTION difference_of_a_certificate();
"""
_NO_TRIGGERS = """
DROP TRIGGER never_changed ON tie_out_difference;
DROP TRIGGER kept_with_its_certificate ON tie_out_difference;
DROP TRIGGER append_only ON tie_out;
DROP TRIGGER append_only ON audit;
"""


def upgrade() -> None:
    """Apply."""
    texts = (
        "operation_id",
        "run_id",
        "side",
        "kind",
        "record_id",
        "action",
        "rule",
        "decided_by",
        "decision",
        "called",
        "number",
    )
    op.create_table(
        "document_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("connection_id", sa.Text(), server_default="", nullable=False),
        sa.Column("realm_id", sa.Text(), server_default="", nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in texts),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("date", sa.Date()),
        sa.Column("date_before", sa.Date()),
        sa.Column("currency", sa.Text(), server_default="", nullable=False),
        *(sa.Column(name, sa.Numeric()) for name in ("amount", "amount_before", "tax", "tax_before")),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        *(sa.Column(name, JSONB()) for name in ("before", "after", "document")),
    )
    op.create_index("document_change_newest_first", "document_change", ["connection_id", "id"])
    op.create_index("document_change_by_date", "document_change", ["connection_id", "date"])
    op.create_index("document_change_by_date_before", "document_change", ["connection_id", "date_before"])
    op.create_index("one_change_of_an_operation", "document_change", ["operation_id"], unique=True)
    op.create_index("document_change_by_age", "document_change", ["written_at"])
    op.create_index("audit_by_age", "audit", ["at"])
    op.create_index("tie_out_touched_by_age", "tie_out", ["taken_at"], postgresql_where=sa.text("certificate IS NULL"))
    for statement in (_APPEND_ONLY, _OF_A_CERTIFICATE, *filter(str.strip, _TRIGGERS.split(";"))):
        op.execute(statement)


def downgrade() -> None:
    """Undo."""
    for statement in filter(str.strip, _NO_TRIGGERS.split(";")):
        op.execute(statement)
    op.drop_index("tie_out_touched_by_age", "tie_out")
    op.drop_index("audit_by_age", "audit")
    op.drop_table("document_change")
    op.execute("DROP FUNCTION difference_of_a_certificate()")
    op.execute("DROP FUNCTION append_only()")
