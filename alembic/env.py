"""Runs migrations as the owner of the tables: MIGRATION_DATABASE_URL, or DATABASE_URL where there is one role only.

Row-level security binds the owner, too: what is migrated is about every connection, and says so. At the end whatever has come
with a connection is put behind the wall (migration 0033).
"""

from typing import Any

from sqlalchemy import create_engine, event, pool, text

from alembic import context
from app.settings import load_settings
from app.storage.tables import metadata

settings = load_settings()
url = settings.owners_database_url
if not url:
    raise SystemExit("Set DATABASE_URL (or MIGRATION_DATABASE_URL) to the PostgreSQL database to migrate.")


def _about_every_connection(connection: Any, _: Any) -> None:
    connection.execute("SELECT set_config('app.connection_id', '*', false)")
    connection.commit()


if context.is_offline_mode():
    context.configure(url=url, target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    engine = create_engine(url, poolclass=pool.NullPool)
    event.listen(engine, "connect", _about_every_connection)
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=metadata, compare_server_default=True)
        with context.begin_transaction():
            context.run_migrations()
            if connection.scalar(text("SELECT to_regproc('put_up_walls') IS NOT NULL")):
                connection.execute(text("SELECT put_up_walls()"))
