#!/bin/sh
# Run once by the postgres image, when its volume is empty: the owner makes the tables, the service uses them.
# The same grants as in app/sandbox/postgres.py.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname template1 \
    --set owner_password="$ONCORD_OWNER_PASSWORD" --set app_password="$ONCORD_APP_PASSWORD" <<'SQL'
CREATE ROLE oncord_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE oncord_app LOGIN PASSWORD :'app_password';
GRANT USAGE ON SCHEMA public TO oncord_app;
ALTER DEFAULT PRIVILEGES FOR ROLE oncord_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO oncord_app;
ALTER DEFAULT PRIVILEGES FOR ROLE oncord_owner GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO oncord_app;
CREATE DATABASE oncord OWNER oncord_owner;
SQL
