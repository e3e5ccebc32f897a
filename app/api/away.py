"""What an absent database looks like to whoever takes events in, and what the sender is told of it."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg_pool import PoolTimeout

from app import log
from app.errors import Unavailable

_log = log.get(__name__)

AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.InsufficientPrivilege,
    PoolTimeout,
    TimeoutError,
    OSError,
)
PATIENCE_SECONDS = 2.5
"""For one statement of the intake. Intuit wants an answer within three seconds."""


@contextmanager
def unavailable() -> Iterator[None]:
    """Raise `Unavailable` instead of what an absent database raises."""
    try:
        yield
    except AWAY as error:
        _log.error("the database is away", error=repr(error))
        raise database_away() from error


def database_away() -> Unavailable:
    """A 503 that says to come back."""
    return Unavailable("database-away", "Events cannot be stored at the moment. Send this one again a little later.")
