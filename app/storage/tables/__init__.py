"""The tables. Every row but the platform's own belongs to one connection, which is the first column of its key."""

from sqlmodel import SQLModel

from app.storage.tables import access, changes, connections, history, messages, people, records, runs, tieouts

__all__ = [
    "access",
    "changes",
    "connections",
    "history",
    "messages",
    "metadata",
    "people",
    "records",
    "runs",
    "tieouts",
]

metadata = SQLModel.metadata
