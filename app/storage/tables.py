"""The tables. Every row but the platform's own belongs to one connection, which is the first column of its key."""

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Numeric,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel


def _at(*, null: bool = False, index: bool = False) -> Any:
    return Field(default=None if null else ..., sa_type=DateTime(timezone=True), nullable=null, index=index)


def _json(default: str = "{}", *, null: bool = False) -> Any:
    return Field(
        default=None if null else ...,
        sa_column=Column(JSONB, nullable=null, server_default=None if null else text(f"'{default}'::jsonb")),
    )


def _text(default: str = "") -> Any:
    return Field(default=default, sa_type=Text, nullable=False, sa_column_kwargs={"server_default": default})


def _serial() -> Any:
    return Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))


def _big(default: int = 0) -> Any:
    return Field(default=default, sa_type=BigInteger, nullable=False, sa_column_kwargs={"server_default": str(default)})


class Connection(SQLModel, table=True):
    """One Oncord site joined to one QuickBooks company: the tenant and the shard key of everything."""

    __table_args__ = (
        Index(
            "one_live_connection_per_site", "oncord_api_url", unique=True, postgresql_where=text("archived_at IS NULL")
        ),
        Index(
            "one_live_connection_per_company",
            "realm_id",
            unique=True,
            postgresql_where=text("archived_at IS NULL AND realm_id <> ''"),
        ),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    name: str = _text()
    state: str = _text("not_connected")
    """not_connected, needs_configuration, ready, reconnect_required, blocked (docs/rules.md 9)."""
    state_reason: str = _text()
    remedy: str = _text()
    """connect_quickbooks, renew_site_token, correct_site_address: what a person does here about it."""
    auto_sync: bool = Field(default=True, sa_column_kwargs={"server_default": "true"})
    oncord_api_url: str = _text()
    oncord_token: str = _text()
    """Sealed (storage.connections.vault)."""
    oncord_secrets: Any = _json("[]")
    """Sealed webhook secrets, the newest first."""
    realm_id: str = _text()
    facts: Any = _json()
    """What both sides last said of themselves: {"oncord": {...}, "quickbooks": {...}}."""
    configuration: Any = _json(null=True)
    configuration_version: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    connected_at: dt.datetime | None = _at(null=True)
    first_sync_completed_at: dt.datetime | None = _at(null=True)
    probe_at: dt.datetime | None = _at(null=True)
    """When a blocked connection is tried again."""
    created_at: dt.datetime = _at()
    updated_at: dt.datetime = _at()
    archived_at: dt.datetime | None = _at(null=True)


class Token(SQLModel, table=True):
    """The QuickBooks grant of a connection, sealed, and the claim that makes refreshing a matter of one at a time."""

    connection_id: str = Field(primary_key=True, foreign_key="connection.id", sa_type=Text)
    version: int = _big()
    """Grows with every stored pair; a refresh is fenced by the version that it read."""
    access_token: str = _text()
    refresh_token: str = _text()
    access_expires_at: dt.datetime = _at()
    refresh_expires_at: dt.datetime | None = _at(null=True)
    refresh_hard_expires_at: dt.datetime | None = _at(null=True)
    claim_owner: str = _text()
    claim_expires_at: dt.datetime | None = _at(null=True)
    dead_since: dt.datetime | None = _at(null=True)
    """Set by invalid_grant; cleared when another pair is stored."""
    updated_at: dt.datetime = _at()


class OAuthState(SQLModel, table=True):
    """A single-use `state` of the consent page, bound to a connection and to a cookie."""

    __tablename__ = "oauth_state"
    state_digest: str = Field(primary_key=True, sa_type=Text)
    connection_id: str = Field(foreign_key="connection.id", index=True, sa_type=Text)
    cookie_digest: str = _text()
    return_to: str = _text()
    created_at: dt.datetime = _at(index=True)
    used_at: dt.datetime | None = _at(null=True)


class Event(SQLModel, table=True):
    """The durable inbox: one row per acknowledged event. A hint that something moved, never its content."""

    __table_args__ = (
        UniqueConstraint("sender", "event_key", name="one_row_per_event"),
        Index("event_by_connection", "connection_id", "id"),
        Index("event_by_age", "received_at"),
        Index("event_kept_aside", "status", "id", postgresql_where=text("status IN ('quarantined', 'skipped')")),
        Index("event_held_back", "received_at", postgresql_where=text("status = 'echo'")),
    )
    id: int | None = _serial()
    sender: str = _text()
    event_key: str = _text()
    """The sender's id and the position in the POST."""
    connection_id: str = _text()
    """"" where no connection of ours is meant."""
    received_at: dt.datetime = _at()
    occurred_at: dt.datetime | None = _at(null=True)
    kind: str = _text()
    record_id: str = _text()
    action: str = _text()
    version: str = _text()
    detail: Any = _json()
    status: str = _text("accepted")
    """accepted, echo (held back), skipped, quarantined."""
    reason: str = _text()
    request_id: str = _text()


class PendingChange(SQLModel, table=True):
    """A record that somebody said has moved. Cleared by compare-and-set on the generation that a run has read."""

    __table_args__ = (
        Index("pending_change_to_do", "connection_id", "kind", "last_changed_at", postgresql_where=text("NOT parked")),
        Index("pending_change_waiting", "connection_id", "waits_for", postgresql_where=text("waits_for <> ''")),
        Index("pending_change_backoff", "not_before", postgresql_where=text("not_before IS NOT NULL AND NOT parked")),
    )
    connection_id: str = Field(primary_key=True, sa_type=Text)
    side: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    record_id: str = Field(primary_key=True, sa_type=Text)
    generation: int = _big(1)
    first_changed_at: dt.datetime = _at()
    last_changed_at: dt.datetime = _at()
    not_before: dt.datetime | None = _at(null=True)
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    parked: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    waits_for: str = _text()
    """What must change before it is tried again: "configuration", "person", "contact:17" ..."""
    reason: str = _text()
    deleted_with: str = _text()
    mirrored: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    """Whether the mirror already holds what this row tells of (pulled by a page or a CDC answer)."""
    edited_at: dt.datetime | None = _at(null=True)
    """The side's own moment of the change, where no event told of it and a download found it."""


class Schedule(SQLModel, table=True):
    """Since when a connection has pending changes, and when the last one came: what T1's quiet time is counted from.

    `first_changed_at` is None while nothing is due; a run sets it to None when it begins, so that what arrives during
    the run makes it due again.
    """

    __table_args__ = (Index("schedule_due", "first_changed_at", postgresql_where=text("first_changed_at IS NOT NULL")),)
    connection_id: str = Field(primary_key=True, sa_type=Text)
    first_changed_at: dt.datetime | None = _at(null=True)
    last_changed_at: dt.datetime | None = _at(null=True)
    due_by: dt.datetime | None = _at(null=True)
    """Own echoes that are held back wake a worker at this time at the latest."""


class Cursor(SQLModel, table=True):
    """How far a side has been downloaded: the watermark, and the page to go on from while a download is under way."""

    connection_id: str = Field(primary_key=True, sa_type=Text)
    side: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    watermark: dt.datetime | None = _at(null=True)
    page_cursor: str | None = Field(default=None, sa_type=Text)
    page_since: dt.datetime | None = _at(null=True)
    page_as_of: dt.datetime | None = _at(null=True)
    """The side's clock before the first page; becomes the watermark when the last page is in."""
    completed_at: dt.datetime | None = _at(null=True)
    """When a download of this kind last completed (T2)."""
    records: int = _big()


class Mirror(SQLModel, table=True):
    """What we last saw of one record on one side, with a light natural-key index for matching."""

    __table_args__ = (
        Index(
            "mirror_by_email", "connection_id", "side", "kind", "key_email", postgresql_where=text("key_email <> ''")
        ),
        Index("mirror_by_name", "connection_id", "side", "kind", "key_name", postgresql_where=text("key_name <> ''")),
        Index(
            "mirror_by_number", "connection_id", "side", "kind", "key_number", postgresql_where=text("key_number <> ''")
        ),
        Index(
            "mirror_by_contact",
            "connection_id",
            "side",
            "kind",
            "key_contact",
            postgresql_where=text("key_contact <> ''"),
        ),
        Index("mirror_by_people", "people_keys", postgresql_using="gin", postgresql_where=text("kind = 'contact'")),
        Index(
            "mirror_with_old_keys",
            "connection_id",
            postgresql_where=text("kind = 'contact' AND keys_version < 1"),
        ),
        Index("mirror_by_paid", "pays", postgresql_using="gin", postgresql_where=text("kind = 'receipt'")),
        Index("mirror_by_merge", "connection_id", "side", "merged_into", postgresql_where=text("merged_into <> ''")),
    )
    connection_id: str = Field(primary_key=True, sa_type=Text)
    side: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    record_id: str = Field(primary_key=True, sa_type=Text)
    version: str = _text()
    record: Any = _json(null=True)
    deleted: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    deleted_with: str = _text()
    merged_into: str = _text()
    marker: str = _text()
    extras: Any = _json("[]")
    digest: str = _text()
    """Of what the merge looks at; a record whose digest stays the same has not changed for us."""
    modified_at: dt.datetime | None = _at(null=True)
    seen_at: dt.datetime = _at()
    key_email: str = _text()
    key_name: str = _text()
    key_number: str = _text()
    key_contact: str = _text()
    key_amount: Decimal | None = Field(default=None, sa_type=Numeric)
    people_keys: Any = Field(
        default=...,
        sa_column=Column(ARRAY(BigInteger), nullable=False, server_default=text("'{}'::bigint[]")),
    )
    pays: Any = Field(
        default=...,
        sa_column=Column(ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    )
    """The documents that a receipt is applied to (storage.records.mirror_rows.paid_keys)."""
    keys_version: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    vocabulary: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    """The number of the vocabulary that the record was read in (domain.model.description)."""


class LinkRow(SQLModel, table=True):
    """The memory that two records are one thing (domain.model.links.Link)."""

    __tablename__ = "link"
    __table_args__ = (
        Index(
            "one_live_link_per_oncord_part",
            "connection_id",
            "kind",
            "oncord_id",
            "part",
            unique=True,
            postgresql_where=text("state = 'live'"),
        ),
        Index(
            "one_live_link_per_quickbooks_record",
            "connection_id",
            "kind",
            "quickbooks_id",
            unique=True,
            postgresql_where=text("state = 'live'"),
        ),
        Index("link_by_oncord", "connection_id", "kind", "oncord_id"),
        Index("link_by_quickbooks", "connection_id", "kind", "quickbooks_id"),
        CheckConstraint("origin IN ('oncord', 'quickbooks', 'both')", name="origin_is_known"),
    )
    id: int | None = _serial()
    connection_id: str = _text()
    kind: str = _text()
    oncord_id: str = _text()
    quickbooks_id: str = _text()
    origin: str = _text()
    state: str = _text("live")
    generation: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    part: str = _text()
    base_oncord: Any = _json(null=True)
    base_quickbooks: Any = _json(null=True)
    gone: str = _text()
    gone_reason: str = _text()
    vocabulary: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    """The number of the vocabulary that the bases were written in (domain.model.description)."""
    created_at: dt.datetime = _at()
    updated_at: dt.datetime = _at()


class SettlementDue(SQLModel, table=True):
    """A document or receipt of which something has moved that decides how a sale is settled; looked at when a run ends."""

    __tablename__ = "settlement_due"
    connection_id: str = Field(primary_key=True, sa_type=Text)
    side: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    record_id: str = Field(primary_key=True, sa_type=Text)


class SettledOtherwise(SQLModel, table=True):
    """What QuickBooks shows as settled of a document by something that is no synchronised receipt or credit."""

    __tablename__ = "settled_otherwise"
    connection_id: str = Field(primary_key=True, sa_type=Text)
    quickbooks_id: str = Field(primary_key=True, sa_type=Text)
    oncord_id: str = _text()
    amount: Decimal = Field(sa_type=Numeric, nullable=False)
    """In the document's currency: its total less its balance, less the payments that are applied to it."""
    parts: Any = _json("[]")
    """`cause`, `amount` and `label` of what that consists of."""
    named_at: dt.datetime = _at()


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
    connection_id: str = _text()
    run_id: str = _text()
    sequence: int = _big()
    epoch: int = _big()
    action: str = _text()
    side: str = _text()
    kind: str = _text()
    source_id: str = _text()
    target_id: str = _text()
    part: str = _text()
    generation: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    origin: str = _text()
    expected_version: str = _text()
    fields: Any = _json("[]")
    disagreements: Any = _json("[]")
    record: Any = _json(null=True)
    subject: Any = _json()
    """The record as people call it: label, number, date, amount, currency."""
    answers: str = _text()
    """The attention item whose decision it carries out."""
    rule: str = _text()
    reason: str = _text()
    waits_for: str = _text()
    state: str = _text("planned")
    """planned (dry run or not sent yet), prepared, sent, done, adopted, decided, refused, stale, waiting, failed."""
    batch_id: str = _text()
    """The request id of its batch; the same batch is sent again with the same id."""
    position: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    item_key: str = _text()
    body: str = _text()
    """The JSON text that was, or will be, sent for this item."""
    external_ref: str = _text()
    backfill: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    result_id: str = _text()
    result_version: str = _text()
    code: str = _text()
    message: str = _text()
    advice: str = _text()
    trace_id: str = _text()
    created_at: dt.datetime = _at()
    sent_at: dt.datetime | None = _at(null=True)
    answered_at: dt.datetime | None = _at(null=True)
    settled_at: dt.datetime | None = _at(null=True)
    edited_at: dt.datetime | None = _at(null=True)
    """Since when the edit that it carries over was known, or made where nobody told of it; None of the first synchronisation."""


class Run(SQLModel, table=True):
    """One pull, plan, push for one connection, and its report."""

    __table_args__ = (
        Index("run_newest_first", "connection_id", "requested_at", "id"),
        Index("run_by_age", "finished_at"),
        Index("run_queued", "state", "requested_at", postgresql_where=text("state IN ('queued', 'running')")),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    connection_id: str = _text()
    trigger: str = _text()
    """manual, quiet (T1), idle (T2), reconnect, approval."""
    state: str = _text("queued")
    """queued, running, succeeded, partial, failed, cancelled, held."""
    dry_run: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    download: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    """Whether both sides are downloaded by "modified since" (T2, manual), rather than only what events named."""
    phase: str = _text()
    """How far its turns have come: "recover", "pull", "push", ""."""
    counters: Any = _json()
    turns: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    requested_at: dt.datetime = _at()
    requested_by: str = _text()
    started_at: dt.datetime | None = _at(null=True)
    pulled_at: dt.datetime | None = _at(null=True)
    """When it finished pulling: a manual request after this moment needs a run of its own."""
    finished_at: dt.datetime | None = _at(null=True)
    error: str = _text()
    advice: str = _text()
    request_id: str = _text()


class Lease(SQLModel, table=True):
    """At most one run per connection at a time; the epoch fences every later write of the run that holds it."""

    connection_id: str = Field(primary_key=True, sa_type=Text)
    owner: str = _text()
    epoch: int = _big()
    expires_at: dt.datetime = _at()


class Attention(SQLModel, table=True):
    """Something only a person can settle."""

    __table_args__ = (
        Index("one_open_item_per_matter", "connection_id", "key", unique=True, postgresql_where=text("state = 'open'")),
        Index("attention_newest_first", "connection_id", "state", "created_at", "id"),
        Index(
            "attention_by_record",
            "connection_id",
            "record_kind",
            "record_id",
            postgresql_where=text("state = 'open'"),
        ),
        Index("attention_about", "connection_id", "record_id", postgresql_where=text("record_id <> ''")),
        Index("attention_answered", "connection_id", "resolution", postgresql_where=text("state = 'resolved'")),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    connection_id: str = _text()
    key: str = _text()
    """What the matter is about; one open item each."""
    kind: str = _text()
    """conflict, parked, ambiguous_match, unmapped, mass_delete, refused, deleted, blocked, settled_otherwise."""
    rule: str = _text()
    summary: str = _text()
    advice: str = _text()
    side: str = _text()
    record_kind: str = _text()
    record_id: str = _text()
    detail: Any = _json()
    actions: Any = _json("[]")
    subject: Any = _json()
    """The record as people call it: label, number, date, amount, currency."""
    state: str = _text("open")
    resolution: str = _text()
    run_id: str = _text()
    created_at: dt.datetime = _at()
    updated_at: dt.datetime = _at()
    resolved_at: dt.datetime | None = _at(null=True)
    resolved_by: str = _text()


class TieOut(SQLModel, table=True):
    """One comparison of both sides by the judge (`app.tieout`), and what it came to; never changed afterwards."""

    __tablename__ = "tie_out"
    __table_args__ = (
        Index("tie_out_newest_first", "connection_id", "taken_at", "id"),
        Index("tie_out_by_age", "taken_at"),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    connection_id: str = _text()
    scope: str = _text("whole")
    """whole, or touched: what one run looked at."""
    run_id: str = _text()
    asked_by: str = _text()
    taken_at: dt.datetime = _at()
    judged: int = _big()
    """How many groups of records were compared."""
    differences: int = _big()
    unexplained: int = _big()
    certificate: Any = _json(null=True)
    """All of a whole one's certificate but its differences."""
    hash: str = _text()


class TieOutDifference(SQLModel, table=True):
    """One difference of a tie-out. `standing`: no later tie-out has looked at its records again."""

    __tablename__ = "tie_out_difference"
    __table_args__ = (
        Index("difference_standing", "connection_id", "cause", postgresql_where=text("standing")),
        Index("difference_standing_about", "subjects", postgresql_using="gin", postgresql_where=text("standing")),
    )
    tie_out_id: str = Field(primary_key=True, sa_type=Text)
    position: int = Field(primary_key=True, sa_type=BigInteger)
    connection_id: str = _text()
    cause: str = _text()
    subjects: Any = Field(
        default=...,
        sa_column=Column(ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    )
    """The records that it is about, as "oncord:sale:7"."""
    line: Any = _json()
    """As it stands in the certificate."""
    standing: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})


class ReadMeter(SQLModel, table=True):
    """Metered reads of QuickBooks per connection and day (law 9)."""

    __tablename__ = "read_meter"
    connection_id: str = Field(primary_key=True, sa_type=Text)
    day: dt.date = Field(primary_key=True)
    reads: int = _big()


class Audit(SQLModel, table=True):
    """Who did what to a connection, and when; never a secret."""

    __table_args__ = (Index("audit_newest_first", "connection_id", "id"),)
    id: int | None = _serial()
    connection_id: str = _text()
    at: dt.datetime = _at()
    who: str = _text()
    action: str = _text()
    detail: Any = _json()


class Heartbeat(SQLModel, table=True):
    """When each recurring duty (the sweeper, a worker) was last seen alive."""

    name: str = Field(primary_key=True, sa_type=Text)
    at: dt.datetime = _at()


metadata = SQLModel.metadata
