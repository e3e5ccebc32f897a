"""Whom to tell, what they were told of a connection, and how each message reached them."""

import datetime as dt
from typing import Any

from sqlalchemy import Index, Text, text
from sqlmodel import Field, SQLModel

from app.storage.tables.columns import json_column, moment_column, text_column


class RecipientRow(SQLModel, table=True):
    """Somebody, or a program, who is told of a connection; with `connection_id` "" the operator's own, told of all of them."""

    __tablename__ = "recipient"
    __table_args__ = (Index("recipient_of_connection", "connection_id", "id"),)
    id: str = Field(primary_key=True, sa_type=Text)
    connection_id: str = text_column()
    name: str = text_column()
    way: str = text_column()
    """webhook, mail."""
    address: str = text_column()
    """Of a webhook, or of a mail box."""
    secret: str = text_column()
    """What a webhook's messages are signed with, sealed."""
    topics: Any = json_column("[]")
    created_by: str = text_column()
    stopped: str = text_column()
    """Why nothing is sent there any more; "" while it is."""
    created_at: dt.datetime = moment_column()


class MessageRow(SQLModel, table=True):
    """One message, in words. It is sent as it stands here at that moment, so that whoever was erased is in no later one."""

    __tablename__ = "message"
    __table_args__ = (
        Index("message_newest_first", "connection_id", "at", "id"),
        Index("message_by_age", "at"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    connection_id: str = text_column()
    topic: str = text_column()
    phase: str = text_column()
    """begun, more, ended, once."""
    title: str = text_column()
    summary: str = text_column()
    advice: str = text_column()
    path: str = text_column()
    """The page that it is about, behind PUBLIC_URL."""
    lines: Any = json_column("[]")
    at: dt.datetime = moment_column()
    since: dt.datetime | None = moment_column(null=True)


class DeliveryRow(SQLModel, table=True):
    """A message on its way to one recipient."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("delivery_of_message", "connection_id", "message_id"),
        Index("delivery_due", "next_at", postgresql_where=text("state = 'waiting'")),
        Index("delivery_by_age", "created_at"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    connection_id: str = text_column()
    """The message's, also where the recipient is the operator's."""
    message_id: str = text_column()
    recipient_id: str = text_column()
    answer: str = text_column()
    """What the last attempt came to, in words."""
    asked_by: str = text_column()
    """Who had it sent once more, or pressed Test; "" where nobody did."""
    state: str = text_column("waiting")
    """waiting, delivered, given_up."""
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    created_at: dt.datetime = moment_column()
    next_at: dt.datetime | None = moment_column(null=True)
    last_at: dt.datetime | None = moment_column(null=True)


class ToldConditionRow(SQLModel, table=True):
    """What somebody was told of, or is about to be (domain.messages.changes), so that nobody is told twice."""

    __tablename__ = "told_condition"
    __table_args__ = (
        Index(
            "told_unsettled",
            "connection_id",
            postgresql_where=text(
                "topic IN ('unexplained', 'stuck', 'held') OR told_at IS NULL OR gone_since IS NOT NULL"
            ),
        ),
    )
    connection_id: str = Field(primary_key=True, sa_type=Text, sa_column_kwargs={"server_default": ""})
    topic: str = Field(primary_key=True, sa_type=Text, sa_column_kwargs={"server_default": ""})
    key: str = Field(primary_key=True, sa_type=Text, sa_column_kwargs={"server_default": ""})
    since: dt.datetime = moment_column()
    told_at: dt.datetime | None = moment_column(null=True)
    gone_since: dt.datetime | None = moment_column(null=True)
