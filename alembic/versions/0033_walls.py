"""PostgreSQL itself keeps connections apart: row-level security on every table with a connection, forced on the owner, too.

Revision ID: 0033
Revises: 0032

A transaction sees the rows of the connection that it names (`app.connection_id`), or the rows whose digests it shows
(`app.presented`). Two roles without a password are made where the migrating role may make them: `oncord_app`, as whom the
service works whoever it signs in as, and `oncord_every`, which a transaction takes on that is about every connection. Where they
cannot be made, the owner is walled in all the same, and a transaction about every connection says "*"; `put_up_walls`, which
runs after each upgrade, takes the roles up once somebody has made them (docs/decisions/walls.md).

The audit, the changes of documents and the certificates are only added to by the service.
"""

from alembic import op

revision = "0033"
down_revision: str | None = "0032"
branch_labels = None
depends_on = None

_ROLES = """
CREATE FUNCTION make_wall_roles() RETURNS void LANGUAGE plpgsql AS $$
-- Make the service's roles and let everybody who works with the tables take them on, as far as the caller may.
DECLARE
    belongs record;
BEGIN
    IF current_setting('server_version_num')::int < 160000 THEN
        RETURN;
    END IF;
    IF (SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user) THEN
        IF to_regrole('oncord_app') IS NULL THEN
            CREATE ROLE oncord_app;
        END IF;
        IF to_regrole('oncord_every') IS NULL THEN
            CREATE ROLE oncord_every;
        END IF;
    END IF;
    IF to_regrole('oncord_app') IS NULL OR to_regrole('oncord_every') IS NULL THEN
        RETURN;
    END IF;
    FOR belongs IN SELECT DISTINCT role, member FROM wall_members() WHERE NOT pg_has_role(member, role, 'SET') LOOP
        BEGIN
            EXECUTE format('GRANT %I TO %I WITH INHERIT FALSE, SET TRUE', belongs.role, belongs.member);
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE NOTICE '% cannot be given to %', belongs.role, belongs.member;
        END;
    END LOOP;
END $$
"""
_MEMBERS = """
CREATE FUNCTION wall_members() RETURNS TABLE (role name, member name) LANGUAGE sql STABLE AS $$
-- Who has to be able to take a role of the service on: the owner of the tables, and whoever writes connections.
SELECT 'oncord_every'::name, 'oncord_app'::name
UNION ALL SELECT r.role, pg_get_userbyid(c.relowner) FROM pg_class c CROSS JOIN (VALUES ('oncord_app'::name), ('oncord_every')) r(role)
    WHERE c.oid = 'connection'::regclass
UNION ALL SELECT 'oncord_app', pg_get_userbyid(a.grantee) FROM pg_class c CROSS JOIN aclexplode(c.relacl) a
    WHERE c.oid = 'connection'::regclass AND a.privilege_type = 'INSERT' AND a.grantee <> 0
    AND a.grantee NOT IN (c.relowner, coalesce(to_regrole('oncord_app'), 0), coalesce(to_regrole('oncord_every'), 0))
$$
"""
_BY_ROLES = """
CREATE FUNCTION walls_by_roles() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
-- Whether both roles are there and whoever needs them can take them on. Before PostgreSQL 16 a role that is taken on is
-- a role that one always has.
BEGIN
    RETURN current_setting('server_version_num')::int >= 160000 AND to_regrole('oncord_app') IS NOT NULL AND to_regrole('oncord_every') IS NOT NULL
        AND (SELECT bool_and(pg_has_role(member, role, 'SET')) FROM wall_members());
END $$
"""
_WALL = """
CREATE FUNCTION put_behind_wall(walled regclass, of_connection name) RETURNS void LANGUAGE plpgsql AS $$
-- `of_connection` is the column with the id of the row's connection. Called again, it begins anew.
DECLARE
    every CONSTANT text := $q$current_setting('app.connection_id', true) = '*'$q$;
    owner CONSTANT name := (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = walled);
    named text;
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', walled);
    FOREACH named IN ARRAY ARRAY['one_connection', 'every_connection', 'whole_installation'] LOOP
        EXECUTE format('DROP POLICY IF EXISTS %I ON %s', named, walled);
    END LOOP;
    EXECUTE format($q$CREATE POLICY one_connection ON %s USING (%I = nullif(current_setting('app.connection_id', true), ''))$q$,
        walled, of_connection);
    IF walls_by_roles() THEN
        EXECUTE format('CREATE POLICY every_connection ON %s TO oncord_every USING (true)', walled);
        EXECUTE format('CREATE POLICY whole_installation ON %s TO %I USING (%s)', walled, owner, every);
    ELSE
        EXECUTE format('CREATE POLICY whole_installation ON %s USING (%s)', walled, every);
    END IF;
END $$
"""
_OWN = """
CREATE FUNCTION show_own(shown name, walled regclass) RETURNS void LANGUAGE plpgsql AS $$
-- A view of a table's rows of the transaction's connection. Behind row-level security no index is used whose comparison may
-- leak (those over arrays); behind a condition of an ordinary view, which `oncord_every` reads for the caller, it is.
DECLARE
    may_create boolean;
    reader name;
BEGIN
    EXECUTE format('DROP VIEW IF EXISTS %I', shown);
    EXECUTE format($q$CREATE VIEW %I AS SELECT * FROM %s WHERE connection_id = nullif(current_setting('app.connection_id', true), '')$q$,
        shown, walled);
    FOR reader IN SELECT pg_get_userbyid(a.grantee) FROM pg_class c CROSS JOIN aclexplode(c.relacl) a
        WHERE c.oid = walled AND a.privilege_type = 'SELECT' AND a.grantee NOT IN (0, c.relowner)
    LOOP
        EXECUTE format('REVOKE ALL ON %I FROM %I', shown, reader);
        EXECUTE format('GRANT SELECT ON %I TO %I', shown, reader);
    END LOOP;
    IF walls_by_roles() THEN
        may_create := has_schema_privilege('oncord_every', current_schema(), 'CREATE');
        BEGIN
            IF NOT may_create THEN
                EXECUTE format('GRANT CREATE ON SCHEMA %I TO oncord_every', current_schema());
            END IF;
            EXECUTE format('ALTER VIEW %I OWNER TO oncord_every', shown);
            IF NOT may_create THEN
                EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM oncord_every', current_schema());
            END IF;
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE NOTICE '% stays with its maker, and finds its rows more slowly', shown;
        END;
    END IF;
END $$
"""
_GRANTS = """
CREATE FUNCTION grant_to_wall_roles() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    made regclass;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO oncord_app, oncord_every', current_schema());
    FOR made IN SELECT oid::regclass FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO oncord_app, oncord_every', made);
    END LOOP;
END $$
"""
_ADDED_TO = """
CREATE FUNCTION only_add_to_records() RETURNS void LANGUAGE plpgsql AS $$
-- Nobody but the owner changes or deletes what was written down of acts and money. What a person is erased from is emptied
-- (a trigger lets nothing else happen to it), and comparisons without a certificate are pruned, about every connection only.
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
            EXECUTE format('GRANT UPDATE (standing) ON tie_out_difference TO %s', writer.name);
        END IF;
        IF writer.every AND writer.records = 'document_change'::regclass THEN
            EXECUTE format('GRANT UPDATE (label, reason, before, after, document) ON document_change TO %s', writer.name);
        END IF;
        IF writer.every AND writer.records IN ('tie_out'::regclass, 'tie_out_difference'::regclass) THEN
            EXECUTE format('GRANT DELETE ON %s TO %s', writer.records, writer.name);
        END IF;
    END LOOP;
END $$
"""
_PUT_UP = """
CREATE FUNCTION put_up_walls() RETURNS void LANGUAGE plpgsql AS $$
-- After every upgrade: behind a wall comes what has a connection and is not there yet, or all of it where roles have come.
DECLARE
    by_roles boolean;
    changed boolean := false;
    walled record;
BEGIN
    PERFORM make_wall_roles();
    by_roles := walls_by_roles();
    FOR walled IN SELECT c.oid::regclass AS name, coalesce(a.attname, 'id') AS of_connection FROM pg_class c
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'connection_id' AND NOT a.attisdropped
        WHERE c.relkind IN ('r', 'p') AND c.relnamespace = current_schema()::regnamespace
        AND (a.attname IS NOT NULL OR c.oid = 'connection'::regclass)
        AND (NOT c.relrowsecurity OR NOT c.relforcerowsecurity OR by_roles <> EXISTS (
            SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'every_connection'))
        ORDER BY c.relname
    LOOP
        PERFORM put_behind_wall(walled.name, walled.of_connection);
        changed := true;
    END LOOP;
    IF by_roles THEN
        PERFORM grant_to_wall_roles();
    END IF;
    PERFORM only_add_to_records();
    IF changed OR to_regclass('own_mirror') IS NULL OR to_regclass('own_difference') IS NULL THEN
        PERFORM show_own('own_mirror', 'mirror');
        PERFORM show_own('own_difference', 'tie_out_difference');
    END IF;
END $$
"""
_PRESENTED = """
CREATE POLICY presented ON api_key FOR SELECT USING (digest = ANY (string_to_array(nullif(current_setting('app.presented', true), ''), ','))
    OR previous_digest = ANY (string_to_array(nullif(current_setting('app.presented', true), ''), ',')));
CREATE POLICY presented_and_used ON api_key FOR UPDATE USING (digest = ANY (string_to_array(nullif(current_setting('app.presented', true), ''), ','))
    OR previous_digest = ANY (string_to_array(nullif(current_setting('app.presented', true), ''), ',')));
CREATE POLICY presented ON console_session FOR SELECT USING (digest = ANY (string_to_array(nullif(current_setting('app.presented', true), ''), ',')));
CREATE POLICY presented_and_used ON console_session FOR UPDATE USING (digest = ANY (string_to_array(nullif(current_setting('app.presented', true), ''), ',')));
CREATE POLICY presented ON oauth_state FOR SELECT USING (state_digest = ANY (string_to_array(nullif(current_setting('app.presented', true), ''), ',')));
CREATE POLICY presented_and_used ON oauth_state FOR UPDATE USING (state_digest = ANY (string_to_array(nullif(current_setting('app.presented', true), ''), ',')))
"""
_READS = """
CREATE FUNCTION reads_of_all_connections(since date) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
-- How many reads all connections together have had: one figure, whose parts nobody sees by it.
DECLARE
    caller CONSTANT text := current_setting('app.connection_id', true);
    total bigint;
BEGIN
    PERFORM set_config('app.connection_id', '*', true);
    SELECT coalesce(sum(reads), 0) INTO total FROM read_meter WHERE day >= since;
    PERFORM set_config('app.connection_id', coalesce(caller, ''), true);
    RETURN total;
END $$
"""
_MOVE = """
CREATE FUNCTION move_to_connection(kept text[], source text, target text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
-- Move rows of some tables between a connection and what was set aside of the same site (T5), whichever of the two asks.
DECLARE
    caller CONSTANT text := current_setting('app.connection_id', true);
    name text;
BEGIN
    IF caller IS NULL OR caller NOT IN (source, target, '*') THEN
        RAISE EXCEPTION 'neither of the two connections asks' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM set_config('app.connection_id', '*', true);
    IF NOT EXISTS (SELECT FROM connection s JOIN connection t ON t.id = target AND (t.oncord_api_url = s.oncord_api_url
            OR t.site_id = s.site_id AND s.site_id <> '')
            WHERE s.id = source AND s.id <> t.id AND (s.archived_at IS NOT NULL OR t.archived_at IS NOT NULL)) THEN
        RAISE EXCEPTION 'the two are not a connection and its past' USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOREACH name IN ARRAY kept LOOP
        EXECUTE format('UPDATE %I SET connection_id = $1 WHERE connection_id = $2', name) USING target, source;
    END LOOP;
    PERFORM set_config('app.connection_id', caller, true);
END $$
"""
_FUNCTIONS = (_MEMBERS, _ROLES, _BY_ROLES, _WALL, _OWN, _GRANTS, _ADDED_TO, _PUT_UP, _READS, _MOVE)
_UNDONE = """
DROP VIEW own_difference;
DROP VIEW own_mirror;
DROP FUNCTION move_to_connection(text[], text, text);
DROP FUNCTION reads_of_all_connections(date);
DROP FUNCTION put_up_walls();
DROP FUNCTION only_add_to_records();
DROP FUNCTION grant_to_wall_roles();
DROP FUNCTION show_own(name, regclass);
DROP FUNCTION put_behind_wall(regclass, name);
DROP FUNCTION walls_by_roles();
DROP FUNCTION make_wall_roles();
DROP FUNCTION wall_members()
"""
_NO_WALLS = """
DO $$
DECLARE
    policy record;
    writer record;
BEGIN
    FOR policy IN SELECT polname, polrelid::regclass AS walled FROM pg_policy LOOP
        EXECUTE format('DROP POLICY %I ON %s', policy.polname, policy.walled);
        EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY', policy.walled);
    END LOOP;
    FOR writer IN SELECT DISTINCT c.oid::regclass AS records, a.grantee::regrole AS name
        FROM pg_class c CROSS JOIN aclexplode(c.relacl) a
        WHERE c.oid IN ('audit'::regclass, 'document_change'::regclass, 'tie_out'::regclass, 'tie_out_difference'::regclass)
        AND a.privilege_type = 'INSERT' AND a.grantee NOT IN (0, c.relowner)
    LOOP
        EXECUTE format('GRANT UPDATE, DELETE ON %s TO %s', writer.records, writer.name);
    END LOOP;
END $$
"""


def upgrade() -> None:
    """Apply."""
    # Where the functions that work with the owner's rights find their tables, whatever their caller has made.
    op.execute("SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', true)")
    for statement in (*_FUNCTIONS, "SELECT put_up_walls()", *_PRESENTED.split(";")):
        op.execute(statement)


def downgrade() -> None:
    """Undo; the roles stay, since other databases of the server may use them."""
    op.execute(_NO_WALLS)
    for statement in _UNDONE.split(";"):
        op.execute(statement)
