"""Names of persons can be taken out of certificates, whose hash holds all the same; erased persons are remembered by their ids.

Revision ID: 0034
Revises: 0033

Reads and writes no row. What certificates of before say of persons may be emptied as well; their hash covers it, so that only the
file which was handed out proves them from then on.
"""

import sqlalchemy as sa

from alembic import op

revision = "0034"
down_revision: str | None = "0033"
branch_labels = None
depends_on = None

_EMPTIED = """
CREATE FUNCTION only_texts_emptied(was jsonb, becomes jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
-- Whether a figure or difference of a certificate is the same but for texts that may name a person, each as it was or empty.
    SELECT was - t.names - 'erased' = becomes - t.names - 'erased' AND NOT EXISTS (
        SELECT FROM unnest(t.names) AS n(name) WHERE becomes -> n.name IS DISTINCT FROM was -> n.name AND becomes ->> n.name IS DISTINCT FROM '')
    FROM (SELECT CASE WHEN was ? 'table' THEN ARRAY['name', 'salt'] WHEN was ->> 'what' = 'contact'
        THEN ARRAY['who', 'why', 'salt', 'oncord', 'quickbooks'] ELSE ARRAY['who', 'why', 'salt'] END AS names) t
$$
"""
_OF_A_CERTIFICATE = """
CREATE OR REPLACE FUNCTION difference_of_a_certificate() RETURNS trigger LANGUAGE plpgsql AS $$
-- What a certificate lists goes with it, after five years, and not before.
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT FROM tie_out t WHERE t.id = OLD.tie_out_id AND t.certificate IS NOT NULL
                AND t.taken_at > now() - interval '5 years') THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'what a certificate lists is kept for five years at least' USING ERRCODE = 'restrict_violation';
    END IF;{exception}
    RAISE EXCEPTION 'a difference that was found is never changed' USING ERRCODE = 'restrict_violation';
END $$
"""
_BUT_FOR_TEXTS = """
    IF (OLD.tie_out_id, OLD.position, OLD.cause, OLD.subjects) = (NEW.tie_out_id, NEW.position, NEW.cause, NEW.subjects)
            AND only_texts_emptied(OLD.line, NEW.line) THEN
        RETURN NEW;
    END IF;"""
_CERTIFICATE = """
CREATE FUNCTION certificate_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.certificate - 'figures' IS DISTINCT FROM NEW.certificate - 'figures'
        OR jsonb_array_length(coalesce(OLD.certificate -> 'figures', '[]'))
            <> jsonb_array_length(coalesce(NEW.certificate -> 'figures', '[]'))
        OR EXISTS (SELECT FROM ROWS FROM (jsonb_array_elements(coalesce(OLD.certificate -> 'figures', '[]')),
            jsonb_array_elements(coalesce(NEW.certificate -> 'figures', '[]'))) AS f(was, becomes)
            WHERE only_texts_emptied(f.was, f.becomes) IS NOT TRUE) THEN
        RAISE EXCEPTION 'a record of tie_out is never changed (certificate)' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
_APPEND_ONLY = (
    "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON tie_out FOR EACH ROW WHEN (OLD.certificate IS NOT NULL)"
    " EXECUTE FUNCTION append_only('taken_at', '{may_change}', '')"
)
_KEPT = (
    "CREATE TRIGGER certificate_kept BEFORE UPDATE ON tie_out FOR EACH ROW"
    " WHEN (OLD.certificate IS NOT NULL AND OLD.certificate IS DISTINCT FROM NEW.certificate)"
    " EXECUTE FUNCTION certificate_kept()"
)


_ADDED_TO = """
CREATE OR REPLACE FUNCTION only_add_to_records() RETURNS void LANGUAGE plpgsql AS $$
-- Nobody but the owner changes or deletes what was written down of acts and money. What a person is erased from is emptied
-- (triggers let nothing else happen to it), and comparisons without a certificate are pruned, about every connection only.
DECLARE
    writer record;
BEGIN
    FOR writer IN SELECT DISTINCT c.oid::regclass AS records, a.grantee::regrole AS name,
            NOT walls_by_roles() OR a.grantee <> to_regrole('oncord_app') AS every
        FROM pg_class c CROSS JOIN aclexplode(c.relacl) a
        WHERE c.oid IN ('audit'::regclass, 'document_change'::regclass, 'tie_out'::regclass, 'tie_out_difference'::regclass)
        AND a.grantee NOT IN (0, c.relowner)
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %s FROM %s', writer.records, writer.name);
        IF writer.records = 'tie_out_difference'::regclass THEN
            EXECUTE format('GRANT UPDATE ({of_differences}) ON tie_out_difference TO %s', writer.name);
        END IF;{more}
        IF {whose}writer.records = 'document_change'::regclass THEN
            EXECUTE format('GRANT UPDATE (label, reason, before, after, document) ON document_change TO %s', writer.name);
        END IF;
        IF writer.every AND writer.records IN ('tie_out'::regclass, 'tie_out_difference'::regclass) THEN
            EXECUTE format('GRANT DELETE ON %s TO %s', writer.records, writer.name);
        END IF;
    END LOOP;
END $$
"""
_OF_CERTIFICATES = """
        IF writer.records = 'tie_out'::regclass THEN
            EXECUTE format('GRANT UPDATE (certificate) ON tie_out TO %s', writer.name);
        END IF;"""


def _added_to(of_differences: str, more: str, whose: str) -> str:
    """The function of migration 0033, with what may be emptied by whom. `put_up_walls` calls it after each upgrade."""
    body = _ADDED_TO.replace("{of_differences}", of_differences).replace("{more}", more)
    return body.replace("{whose}", whose)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "erased_person",
        *(sa.Column(name, sa.Text(), primary_key=True) for name in ("connection_id", "side", "record_id")),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("erased_person_by_look", "erased_person", ["looked_at"])
    op.add_column("connection", sa.Column("erased_at", sa.DateTime(timezone=True)))
    op.execute(_EMPTIED)
    op.execute(_OF_A_CERTIFICATE.replace("{exception}", _BUT_FOR_TEXTS))
    op.execute(_CERTIFICATE)
    op.execute("DROP TRIGGER append_only ON tie_out")
    op.execute(_APPEND_ONLY.format(may_change="connection_id,certificate"))
    op.execute(_KEPT)
    op.execute(_added_to("standing, line", _OF_CERTIFICATES, ""))


def downgrade() -> None:
    """Undo."""
    op.execute(_added_to("standing", "", "writer.every AND "))
    op.execute("DROP TRIGGER certificate_kept ON tie_out")
    op.execute("DROP TRIGGER append_only ON tie_out")
    op.execute(_APPEND_ONLY.format(may_change="connection_id"))
    op.execute("DROP FUNCTION certificate_kept()")
    op.execute(_OF_A_CERTIFICATE.replace("{exception}", ""))
    op.execute("DROP FUNCTION only_texts_emptied(jsonb, jsonb)")
    op.drop_column("connection", "erased_at")
    op.drop_table("erased_person")
