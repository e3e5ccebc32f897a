"""What was told, what is waiting to be looked at, and when that is due."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from app.storage.tables.columns import big_column, json_column, moment_column, serial_column, text_column


class Event(SQLModel, table=True):
    """The durable inbox: one row per acknowledged event. A hint that something moved, never its content."""

    __table_args__ = (
        UniqueConstraint("sender", "event_key", name="one_row_per_event"),
        Index("event_by_connection", "connection_id", "id"),
        Index("event_by_record", "connection_id", "record_id", postgresql_where=text("record_id <> ''")),
        Index("event_by_age", "received_at"),
        Index("event_kept_aside", "status", "id", postgresql_where=text("status IN ('quarantined', 'skipped')")),
        Index("event_held_back", "received_at", postgresql_where=text("status = 'echo'")),
    )
    id: int | None = serial_column()
    sender: str = text_column()
    event_key: str = text_column()
    """The sender's id and the position in the POST."""
    connection_id: str = text_column()
    """"" where no connection of ours is meant."""
    received_at: dt.datetime = moment_column()
    occurred_at: dt.datetime | None = moment_column(null=True)
    kind: str = text_column()
    record_id: str = text_column()
    action: str = text_column()
    version: str = text_column()
    detail: Any = json_column()
    status: str = text_column("accepted")
    """accepted, echo (held back), skipped, quarantined, read_again (it was quarantined, and could be read later)."""
    reason: str = text_column()
    request_id: str = text_column()


class PendingChange(SQLModel, table=True):
    """A record that somebody said has moved. Cleared by compare-and-set on the generation that a run has read."""

    __tablename__ = "pending_change"
    __table_args__ = (
        Index("pending_change_to_do", "connection_id", "kind", "last_changed_at", postgresql_where=text("NOT parked")),
        Index("pending_change_waiting", "connection_id", "waits_for", postgresql_where=text("waits_for <> ''")),
        Index("pending_change_backoff", "not_before", postgresql_where=text("not_before IS NOT NULL AND NOT parked")),
    )
    connection_id: str = Field(primary_key=True, sa_type=Text)
    side: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    record_id: str = Field(primary_key=True, sa_type=Text)
    generation: int = big_column(1)
    first_changed_at: dt.datetime = moment_column()
    last_changed_at: dt.datetime = moment_column()
    not_before: dt.datetime | None = moment_column(null=True)
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    parked: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    waits_for: str = text_column()
    """What must change before it is tried again: "configuration", "person", "contact:17" ..."""
    reason: str = text_column()
    refused: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    """Whether it was laid aside since one side does not take it: so until it changes, whatever became of the item."""
    deleted_with: str = text_column()
    mirrored: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    """Whether the mirror already holds what this row tells of (pulled by a page or a CDC answer)."""
    edited_at: dt.datetime | None = moment_column(null=True)
    """The side's own moment of the change, where no event told of it and a download found it."""


class Schedule(SQLModel, table=True):
    """Since when a connection has pending changes, and when the last one came: what T1's quiet time is counted from.

    `first_changed_at` is None while nothing is due; a run sets it to None when it begins, so that what arrives during
    the run makes it due again.
    """

    __table_args__ = (
        Index("schedule_due", "first_changed_at", postgresql_where=text("first_changed_at IS NOT NULL")),
        Index("schedule_due_by", "due_by", postgresql_where=text("due_by IS NOT NULL")),
    )
    connection_id: str = Field(primary_key=True, sa_type=Text)
    first_changed_at: dt.datetime | None = moment_column(null=True)
    last_changed_at: dt.datetime | None = moment_column(null=True)
    due_by: dt.datetime | None = moment_column(null=True)
    """Own echoes that are held back wake a worker at this time at the latest."""


class Foreseen(SQLModel, table=True):
    """What comes by itself of a live connection, however long nothing is told of it, and when it last came. PostgreSQL keeps the row, in the
    transaction that moves a cursor, the connection, a check or a comparison (migrations 0049, 0050); one that was removed or set aside has none."""

    __table_args__ = (
        Index("foreseen_oncord", "oncord_at", "connection_id", postgresql_where=text("automatic")),
        Index("foreseen_quickbooks", "quickbooks_at", "connection_id", postgresql_where=text("automatic")),
        Index("foreseen_summary", "summary_at", "connection_id"),
        Index("foreseen_counted", "counted_at", "connection_id"),
        Index("foreseen_compared", "compared_at", "connection_id"),
    )
    connection_id: str = Field(primary_key=True, sa_type=Text)
    automatic: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    """Whether its runs take place by themselves: ready, first synchronised by hand (T4), and not switched off (T3)."""
    oncord_at: dt.datetime | None = moment_column(null=True)
    """When the kind of the shop's records that waits longest was last downloaded; None where none was."""
    quickbooks_at: dt.datetime | None = moment_column(null=True)
    summary_at: dt.datetime | None = moment_column(null=True)
    """When the next summary of a week is due; None before the first look."""
    counted_at: dt.datetime | None = moment_column(null=True)
    """When the kind of its records that waits longest was last held against its side by number; when it was made where none was."""
    compared_at: dt.datetime | None = moment_column(null=True)
    """When both sides were last compared whole; when it was made where they never were."""


class Heartbeat(SQLModel, table=True):
    """When each recurring duty (the sweeper, a worker) was last seen alive."""

    name: str = Field(primary_key=True, sa_type=Text)
    at: dt.datetime = moment_column()
