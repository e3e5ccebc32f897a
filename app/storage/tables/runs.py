"""Runs, their operations, leases and reads."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    Index,
    Text,
    text,
)
from sqlmodel import Field, SQLModel

from app.storage.tables.columns import big_column, json_column, moment_column, text_column


class OperationRow(SQLModel, table=True):
    """One intended write or decision of a run, committed before anything is sent (law 4)."""

    __tablename__ = "operation"
    __table_args__ = (
        Index("operation_by_run", "run_id", "sequence"),
        Index(
            "operation_unsettled",
            "connection_id",
            "sequence",
            postgresql_where=text("state IN ('prepared', 'sent')"),
        ),
        Index("operation_by_target", "connection_id", "side", "kind", "target_id", "sent_at"),
        Index(
            "operation_by_source",
            "connection_id",
            "side",
            "kind",
            "source_id",
            postgresql_where=text("source_id <> ''"),
        ),
        Index("operation_by_age", "created_at"),
        Index(
            "operation_seen",
            "connection_id",
            "side",
            "answered_at",
            postgresql_where=text("edited_at IS NOT NULL AND state = 'done'"),
        ),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    connection_id: str = text_column()
    run_id: str = text_column()
    sequence: int = big_column()
    epoch: int = big_column()
    action: str = text_column()
    side: str = text_column()
    kind: str = text_column()
    source_id: str = text_column()
    target_id: str = text_column()
    part: str = text_column()
    generation: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    origin: str = text_column()
    expected_version: str = text_column()
    fields: Any = json_column("[]")
    disagreements: Any = json_column("[]")
    record: Any = json_column(null=True)
    subject: Any = json_column()
    """The record as people call it: label, number, date, amount, currency."""
    person: str = text_column()
    contact: str = text_column()
    """Whose it is, apart from the rest so that it can be erased: the name, and the contact's id on its side ("oncord:17")."""
    answers: str = text_column()
    """The attention item whose decision it carries out."""
    rule: str = text_column()
    reason: str = text_column()
    waits_for: str = text_column()
    state: str = text_column("planned")
    """planned (dry run or not sent yet), prepared, sent, done, adopted, decided, refused, stale, waiting, failed."""
    batch_id: str = text_column()
    """The request id of its batch; the same batch is sent again with the same id."""
    position: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    item_key: str = text_column()
    body: str = text_column()
    """The JSON text that was, or will be, sent for this item."""
    document: Any = json_column(null=True)
    """Of a delete: the whole document as QuickBooks returned it before."""
    before: Any = json_column(null=True)
    """Of a dry run: what its target held when it was planned."""
    preview: Any = json_column(null=True)
    """Of a dry run: what else a person is shown of it before it is carried out (`app.sync.previewing`)."""
    external_ref: str = text_column()
    backfill: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    result_id: str = text_column()
    result_version: str = text_column()
    code: str = text_column()
    message: str = text_column()
    advice: str = text_column()
    trace_id: str = text_column()
    created_at: dt.datetime = moment_column()
    sent_at: dt.datetime | None = moment_column(null=True)
    answered_at: dt.datetime | None = moment_column(null=True)
    settled_at: dt.datetime | None = moment_column(null=True)
    edited_at: dt.datetime | None = moment_column(null=True)
    """Since when the edit that it carries over was known, or made where nobody told of it; None of the first synchronisation."""


class Run(SQLModel, table=True):
    """One pull, plan, push for one connection, and its report."""

    __table_args__ = (
        Index("run_newest_first", "connection_id", "requested_at", "id"),
        Index("run_by_age", "finished_at"),
        Index(
            "run_queued", "connection_id", "requested_at", "id", postgresql_where=text("state IN ('queued', 'running')")
        ),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    connection_id: str = text_column()
    trigger: str = text_column()
    """manual, quiet (T1), idle (T2), reconnect, approval."""
    state: str = text_column("queued")
    """queued, running, succeeded, partial, failed, cancelled, held."""
    dry_run: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    download: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    """Whether both sides are downloaded by "modified since" (T2, manual), rather than only what events named."""
    phase: str = text_column()
    """How far its turns have come: "recover", "pull", "push", ""."""
    counters: Any = json_column()
    turns: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    requested_at: dt.datetime = moment_column()
    requested_by: str = text_column()
    started_at: dt.datetime | None = moment_column(null=True)
    pulled_at: dt.datetime | None = moment_column(null=True)
    """When it finished pulling: a manual request after this moment needs a run of its own."""
    finished_at: dt.datetime | None = moment_column(null=True)
    error: str = text_column()
    advice: str = text_column()
    request_id: str = text_column()
    carries_out: Any = json_column(null=True)
    """The dry run whose plan it carries out, and which operations of that ("only"; null: all); null where it plans by itself."""
    progress: Any = json_column(null=True)
    """How far it has come, as people are shown it (`storage.runs.progress`); null before it begins and once it has ended."""
    cleared: Any = json_column(null=True)
    """What bank statements hold of some days, where a plan had to know (`storage.runs.cleared`); null where none had."""


class Lease(SQLModel, table=True):
    """At most one run per connection at a time; the epoch fences every later write of the run that holds it."""

    connection_id: str = Field(primary_key=True, sa_type=Text)
    owner: str = text_column()
    epoch: int = big_column()
    expires_at: dt.datetime = moment_column()
    full_calls_at: dt.datetime | None = moment_column(null=True)
    """When the vendor's allowances are full again and may be used, as whoever gave the lease back said; null where nobody has."""
    full_batches_at: dt.datetime | None = moment_column(null=True)
    paused_until: dt.datetime | None = moment_column(null=True)


class ReadMeter(SQLModel, table=True):
    """Metered reads of QuickBooks per connection and day (law 9)."""

    __tablename__ = "read_meter"
    __table_args__ = (Index("read_meter_by_day", "day"),)
    connection_id: str = Field(primary_key=True, sa_type=Text)
    day: dt.date = Field(primary_key=True)
    reads: int = big_column()
    upkeep: int = big_column()
    """Those of them that were no part of synchronising."""


class ReadsOfMonth(SQLModel, table=True):
    """Metered reads of a connection by month, counted along with those of a day: which connections read most is found by an index."""

    __tablename__ = "reads_of_month"
    __table_args__ = (
        Index("reads_of_month_most", "month", "reads", "connection_id"),
        Index("reads_of_month_most_upkeep", "month", "upkeep", "connection_id"),
    )
    connection_id: str = Field(primary_key=True, sa_type=Text)
    month: dt.date = Field(primary_key=True)
    """Its first day."""
    reads: int = big_column()
    upkeep: int = big_column()
    """Those of them that were no part of synchronising."""


class ReadsOfDay(SQLModel, table=True):
    """Metered reads of all connections together by day, with what removed connections have read: the allowance is the whole app's."""

    __tablename__ = "reads_of_day"
    day: dt.date = Field(primary_key=True)
    reads: int = big_column()
    upkeep: int = big_column()
    """Those of them that were no part of synchronising."""
