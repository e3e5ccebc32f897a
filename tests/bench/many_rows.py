"""The rows of very many connections that have been in agreement for long, as a life leaves them; `now` is a moment in PostgreSQL's words."""

_ROWS = """
CREATE TEMPORARY VIEW shop AS SELECT n, 'con_' || lpad(n::text, 6, '0') AS c, timestamptz '{now}' AS now,
    timestamptz '{now}' - interval '11.9 hours' * ((n * 7919 % 100000) / 100000.0) AS at, n % 300 BETWEEN 1 AND 3 AS stopped
    FROM generate_series({after} + 1, {until}) AS n;
ALTER TABLE connection DISABLE TRIGGER USER;
ALTER TABLE cursor DISABLE TRIGGER USER;
ALTER TABLE source_check DISABLE TRIGGER USER;
ALTER TABLE tie_out DISABLE TRIGGER USER;
INSERT INTO connection (id, name, oncord_api_url, realm_id, site_id, state, remedy, probe_at, auto_sync, facts, configuration, oncord_secrets,
        created_at, updated_at, first_sync_completed_at, connected_at)
    SELECT c, 'Shop ' || n, 'https://' || n, 'realm' || n, 'site' || n, (ARRAY['ready', 'reconnect_required', 'blocked'])[1 + n % 300 % 3
            * stopped::int], CASE WHEN n % 300 = 2 THEN 'renew_site_token' ELSE '' END, CASE WHEN n % 300 = 2 THEN now + interval '1 year' END,
        n % 300 <> 3, '{{"oncord": {{"time_zone": "Australia/Sydney"}}}}', '{{}}', '[]', now - interval '90 days', at, at, at FROM shop;
INSERT INTO foreseen (connection_id, automatic, oncord_at, quickbooks_at, summary_at, counted_at, compared_at)
    SELECT c, NOT stopped, at, at, now + interval '6 days', at, at FROM shop;
INSERT INTO connections_by_state (state, connections) SELECT state, count(*) FROM connection JOIN shop ON c = id GROUP BY state;
INSERT INTO schedule (connection_id, first_changed_at, last_changed_at)
    SELECT c, CASE WHEN stopped THEN at END, CASE WHEN stopped THEN at END FROM shop;
INSERT INTO cursor (connection_id, side, kind, watermark, completed_at) SELECT c, side, kind, at, at FROM shop,
    unnest(array['oncord', 'quickbooks']) AS side, unnest(array['contact', 'item', 'sale', 'receipt']) AS kind;
INSERT INTO source_check (connection_id, side, kind, checked_at) SELECT c, side, 'sale', at FROM shop, unnest(array['oncord', 'quickbooks']) AS side;
INSERT INTO token (connection_id, access_expires_at, refresh_expires_at, updated_at)
    SELECT c, at, now + interval '1 day' * (15 + n % 80), at FROM shop;
INSERT INTO run (id, connection_id, trigger, state, counters, requested_at, started_at, finished_at)
    SELECT 'run_' || n || '_' || r, c, 'idle', 'succeeded', '{{}}', m, m, m FROM shop, generate_series(0, 1) r,
    LATERAL (SELECT at - interval '12 hours' * r AS m) AS moment;
INSERT INTO lease (connection_id, owner, epoch, expires_at) SELECT c, '', 5, at FROM shop;
INSERT INTO read_meter (connection_id, day, reads) SELECT c, now::date - d, 2 FROM shop, generate_series(0, 2) d;
INSERT INTO reads_of_month (connection_id, month, reads) SELECT c, date_trunc('month', now)::date, 6 FROM shop;
INSERT INTO pending_change (connection_id, side, kind, record_id, first_changed_at, last_changed_at, parked, waits_for, mirrored)
    SELECT c, 'quickbooks', 'sale', 'x' || n, at, at, true, CASE WHEN n % 2 = 0 THEN 'contact:quickbooks:7' ELSE 'record:' || n END, true
    FROM shop WHERE n % 5 = 0;
INSERT INTO pending_change (connection_id, side, kind, record_id, first_changed_at, last_changed_at)
    SELECT c, 'oncord', 'sale', 'y' || r, at, at FROM shop, generate_series(1, 10) r WHERE stopped;
INSERT INTO attention (id, connection_id, key, kind, rule, summary, advice, side, record_kind, record_id, detail, actions, state, created_at,
        updated_at)
    SELECT 'att_' || n, c, 'record:' || n, 'parked', 'C1', 'It waits.', '', 'oncord', 'contact', 'z' || n, '{{}}', '[]', 'open',
        now - interval '3 days', now - interval '3 days' FROM shop WHERE n % 10 = 5;
INSERT INTO told_condition (connection_id, topic, key, since, told_at)
    SELECT c, 'summary', '', now - interval '90 days', now - interval '1 hour' FROM shop
    UNION ALL SELECT c, 'waiting', 'att_' || n, now - interval '2 days', now - interval '2 days' FROM shop WHERE n % 10 = 5
    UNION ALL SELECT c, 'reconnect', '', now - interval '2 days', now - interval '2 days' FROM shop WHERE n % 300 = 1
    UNION ALL SELECT c, 'blocked', 'renew_site_token', now - interval '2 days', now - interval '2 days' FROM shop WHERE n % 300 = 2;
INSERT INTO recipient (id, connection_id, name, way, address, topics, created_at)
    SELECT 'rec_' || n, c, 'Somebody', 'mail', 'a@example.com', '["waiting", "reconnect"]', now FROM shop WHERE n % 5 = 0;
INSERT INTO tie_out (id, connection_id, scope, taken_at, judged) SELECT 'tie_' || n, c, 'whole', at, 1 FROM shop;
INSERT INTO tie_out_difference (tie_out_id, position, connection_id, cause, line, standing)
    SELECT 'tie_' || n, 1, c, 'locked_period', '{{}}', true FROM shop WHERE n % 50 = 25;
ALTER TABLE connection ENABLE TRIGGER USER;
ALTER TABLE cursor ENABLE TRIGGER USER;
ALTER TABLE source_check ENABLE TRIGGER USER;
ALTER TABLE tie_out ENABLE TRIGGER USER;
DROP VIEW shop;
INSERT INTO heartbeat (name, at) VALUES ('sweeper', '{now}'), ('telling', '{now}') ON CONFLICT (name) DO UPDATE SET at = excluded.at
"""
TABLES = (
    "connection", "foreseen", "schedule", "cursor", "source_check", "token", "run", "lease", "read_meter", "pending_change", "attention",
    "told_condition", "recipient", "tie_out", "tie_out_difference", "reads_of_month",
)  # fmt: skip
"""Of which each connection has a row, or some."""
WAITS = ("pending_change", "attention", "tie_out_difference")
"""Those of them that hold nothing but what waits for somebody, or has waited."""
STATISTICS = f"VACUUM ANALYZE {', '.join(TABLES)}"
_LATE = """
UPDATE cursor SET completed_at = timestamptz '{now}' - interval '13 hours' - make_interval(mins => 10 * substr(connection_id, 5)::int)
    WHERE connection_id IN (SELECT c.id FROM connection c WHERE c.state = 'ready' AND c.auto_sync AND c.id ~ '^con_\\d{{6}}$' ORDER BY c.id LIMIT {late})
"""
"""The higher its number, the longer a connection waits: ten minutes more, since T2 spreads over five."""
_RAN = """
UPDATE cursor SET completed_at = '{now}' WHERE connection_id IN ('{ids}');
INSERT INTO run (id, connection_id, trigger, state, counters, requested_at, finished_at)
    SELECT 'late_{sweep}_' || c, c, 'idle', 'succeeded', '{{}}', '{now}', '{now}' FROM unnest(ARRAY['{ids}']) AS c
"""


def rows(after: int, until: int, now: str) -> str:
    """Statements that make the connections of these numbers."""
    return _ROWS.format(after=after, until=until, now=now)


def late(count: int, now: str) -> str:
    """Statements after which so many of them have not been downloaded for more than twelve hours."""
    return _LATE.format(late=count, now=now)


def ran(ids: str, now: str, sweep: int) -> str:
    """Statements after which these (a text of ids) have just been downloaded by a run each."""
    return _RAN.format(ids=ids, now=now, sweep=sweep)
