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
"""What is raised while the database is away; `is_away` tells whether it is."""
PATIENCE_SECONDS = 2.5
"""For one statement of the intake. Intuit wants an answer within three seconds."""


LIMIT_EXCEEDED = "54"
"""The class of SQLSTATE for what is too large for PostgreSQL, whoever tries and whenever (psycopg calls it operational, too)."""


def is_away(error: BaseException) -> bool:
    """Whether an error says that the database is away, and not that it cannot hold what it was given."""
    too_large = isinstance(error, psycopg.Error) and (error.sqlstate or "").startswith(LIMIT_EXCEEDED)
    return isinstance(error, AWAY) and not too_large


@contextmanager
def unavailable() -> Iterator[None]:
    """Raise `Unavailable` instead of what an absent database raises."""
    try:
        yield
    except AWAY as error:
        if not is_away(error):
            raise
        _log.error("the database is away", error=repr(error))
        raise database_away() from error


def database_away() -> Unavailable:
    """A 503 that says to come back."""
    return Unavailable("database-away", "Events cannot be stored at the moment. Send this one again a little later.")
