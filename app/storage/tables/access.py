"""Keys of connections, sessions of the console, and launch links. Of each secret only a digest is kept."""

import datetime as dt
from typing import Any

from sqlalchemy import Column, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from app.storage.tables.columns import json_column, moment_column, text_column


def _let_in_by() -> Any:
    return Field(default=..., sa_column=Column(ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")))


class ApiKeyRow(SQLModel, table=True):
    """A key of one connection. After a rotation the secret before it is good until `previous_ends_at`."""

    __tablename__ = "api_key"
    __table_args__ = (
        Index("api_key_by_digest", "digest", unique=True),
        Index("api_key_by_previous_digest", "previous_digest"),
        Index("api_key_of_connection", "connection_id", "id"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    connection_id: str = Field(foreign_key="connection.id", sa_type=Text)
    name: str = text_column()
    scopes: Any = json_column("[]")
    digest: str = text_column()
    previous_digest: str = text_column()
    previous_ends_at: dt.datetime | None = moment_column(null=True)
    created_at: dt.datetime = moment_column()
    created_by: str = text_column()
    ends_at: dt.datetime = moment_column()
    """The end that it was made with, or the moment at which somebody ended it."""
    ended_by: str = text_column()
    last_used_at: dt.datetime | None = moment_column(null=True)


class ConsoleSessionRow(SQLModel, table=True):
    """Somebody who has signed in to the console: deleted when they sign out."""

    __tablename__ = "console_session"
    __table_args__ = (
        Index("console_session_by_digest", "digest", unique=True),
        Index("console_session_by_connection", "connection_id"),
        Index("console_session_by_end", "ends_at"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    digest: str = text_column()
    connection_id: str = text_column()
    """The only connection that it is about; "" for all of them."""
    name: str = text_column()
    role: str = text_column()
    address: str = text_column()
    key_digest: str = text_column()
    """Of the operator's key that it was opened with; "" for a person who came by a launch link."""
    created_at: dt.datetime = moment_column()
    last_seen_at: dt.datetime = moment_column()
    ends_at: dt.datetime = moment_column()
    let_in_by: Any = _let_in_by()
    """The keys and sessions (their ids) without which nobody would be here, the one that made the link last; empty for the operator's
    key, and for a link that was made with it."""


class LaunchLinkRow(SQLModel, table=True):
    """A launch link that was given out: who it is for stands in the link itself, sealed."""

    __tablename__ = "launch_link"
    __table_args__ = (
        Index("launch_link_by_connection", "connection_id"),
        Index("launch_link_by_end", "ends_at"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    connection_id: str = Field(foreign_key="connection.id", sa_type=Text)
    created_by: str = text_column()
    ends_at: dt.datetime = moment_column()
    used_at: dt.datetime | None = moment_column(null=True)
    let_in_by: Any = _let_in_by()
    """As in a session that it opens."""
