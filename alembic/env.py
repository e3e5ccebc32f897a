"""Runs migrations as the owner of the tables: MIGRATION_DATABASE_URL, or DATABASE_URL where there is one role only."""

from sqlalchemy import create_engine, pool

from alembic import context
from app.settings import load_settings
from app.storage.tables import metadata

settings = load_settings()
url = settings.migration_database_url or settings.database_url
if not url:
    raise SystemExit("Set DATABASE_URL (or MIGRATION_DATABASE_URL) to the PostgreSQL database to migrate.")

if context.is_offline_mode():
    context.configure(url=url, target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=metadata, compare_server_default=True)
        with context.begin_transaction():
            context.run_migrations()
