#!/bin/sh
# Run by the postgres image when its volume is empty, and before each migration for a volume from before: the owner makes the
# tables, the service uses them, and takes another role on where it is about every connection (docs/decisions/walls.md).
# The same grants as in app/sandbox/local/postgres.py. What is there is left as it is.
set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname template1 \
    --set owner_password="$ONCORD_OWNER_PASSWORD" --set app_password="$ONCORD_APP_PASSWORD" <<'SQL'
SELECT format('CREATE ROLE oncord_owner LOGIN PASSWORD %L', :'owner_password') WHERE to_regrole('oncord_owner') IS NULL \gexec
SELECT format('CREATE ROLE oncord_app LOGIN PASSWORD %L', :'app_password') WHERE to_regrole('oncord_app') IS NULL \gexec
SELECT 'CREATE ROLE oncord_every' WHERE to_regrole('oncord_every') IS NULL \gexec
GRANT oncord_every TO oncord_app WITH INHERIT FALSE, SET TRUE;
GRANT oncord_app, oncord_every TO oncord_owner WITH INHERIT FALSE, SET TRUE;
GRANT USAGE ON SCHEMA public TO oncord_app;
ALTER DEFAULT PRIVILEGES FOR ROLE oncord_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO oncord_app;
ALTER DEFAULT PRIVILEGES FOR ROLE oncord_owner GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO oncord_app;
SELECT 'CREATE DATABASE oncord OWNER oncord_owner' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'oncord') \gexec
SQL
