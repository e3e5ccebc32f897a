"""What both sides hold, which of it is one, and how documents of the books are settled."""

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    Index,
    Numeric,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from app.storage.tables.columns import big_column, json_column, moment_column, serial_column, text_column


class Cursor(SQLModel, table=True):
    """How far a side has been downloaded: the watermark, and the page to go on from while a download is under way."""

    connection_id: str = Field(primary_key=True, sa_type=Text)
    side: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    watermark: dt.datetime | None = moment_column(null=True)
    page_cursor: str | None = Field(default=None, sa_type=Text)
    page_since: dt.datetime | None = moment_column(null=True)
    page_as_of: dt.datetime | None = moment_column(null=True)
    """The side's clock before the first page; becomes the watermark when the last page is in."""
    completed_at: dt.datetime | None = moment_column(null=True)
    """When a download of this kind last completed (T2)."""
    records: int = big_column()


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
            "mirror_by_keys_version",
            "connection_id",
            "keys_version",
        ),
        Index("mirror_by_paid", "pays", postgresql_using="gin", postgresql_where=text("kind = 'receipt'")),
        Index("mirror_by_merge", "connection_id", "side", "merged_into", postgresql_where=text("merged_into <> ''")),
    )
    connection_id: str = Field(primary_key=True, sa_type=Text)
    side: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    record_id: str = Field(primary_key=True, sa_type=Text)
    version: str = text_column()
    account_version: str = text_column()
    """Of a payment in QuickBooks: the version in which it was first seen in the account that it lies in; "" where that is not known."""
    record: Any = json_column(null=True)
    deleted: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    deleted_with: str = text_column()
    merged_into: str = text_column()
    marker: str = text_column()
    extras: Any = json_column("[]")
    digest: str = text_column()
    """Of what the merge looks at; a record whose digest stays the same has not changed for us."""
    modified_at: dt.datetime | None = moment_column(null=True)
    seen_at: dt.datetime = moment_column()
    moved_at: dt.datetime | None = moment_column(null=True)
    """When its amounts, date, number or account last became others here, or it came or went; None: before anybody kept that."""
    key_email: str = text_column()
    key_name: str = text_column()
    key_number: str = text_column()
    key_contact: str = text_column()
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


class SearchKey(SQLModel, table=True):
    """What a person finds a record by, one row for each key (storage.records.search); in the order of bytes."""

    __tablename__ = "search_key"
    __table_args__ = (Index("search_key_by_record", "connection_id", "side", "kind", "record_id"),)
    connection_id: str = Field(primary_key=True, sa_type=Text)
    key: str = Field(sa_column=Column(Text(collation="C"), primary_key=True))
    side: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    record_id: str = Field(primary_key=True, sa_type=Text)


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
        Index(
            "link_by_base_customer",
            "connection_id",
            "kind",
            "base_customer",
            "id",
            postgresql_where=text("state = 'live' AND base_customer IS NOT NULL"),
        ),
        CheckConstraint("origin IN ('oncord', 'quickbooks', 'both')", name="origin_is_known"),
    )
    id: int | None = serial_column()
    connection_id: str = text_column()
    kind: str = text_column()
    oncord_id: str = text_column()
    quickbooks_id: str = text_column()
    origin: str = text_column()
    state: str = text_column("live")
    generation: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    part: str = text_column()
    base_oncord: Any = json_column(null=True)
    base_quickbooks: Any = json_column(null=True)
    base_customer: str | None = Field(
        default=None, sa_column=Column(Text, Computed("base_quickbooks ->> 'contact_id'::text", persisted=True))
    )
    """Whose in QuickBooks the record was when the pair last agreed; a column, since behind the walls no expression is looked up."""
    gone: str = text_column()
    gone_reason: str = text_column()
    vocabulary: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    """The number of the vocabulary that the bases were written in (domain.model.description)."""
    created_at: dt.datetime = moment_column()
    updated_at: dt.datetime = moment_column()


class SettlementDue(SQLModel, table=True):
    """A document or receipt of which something has moved that decides how a sale is settled; looked at when a run ends."""

    __tablename__ = "settlement_due"
    connection_id: str = Field(primary_key=True, sa_type=Text)
    side: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    record_id: str = Field(primary_key=True, sa_type=Text)


class MarkDue(SQLModel, table=True):
    """A record of Oncord that a run has looked at, and of which may have to be said anew how it stands in the books."""

    __tablename__ = "mark_due"
    connection_id: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    oncord_id: str = Field(primary_key=True, sa_type=Text)


class SettledOtherwise(SQLModel, table=True):
    """What QuickBooks shows as settled of a document by something that is no synchronised receipt or credit."""

    __tablename__ = "settled_otherwise"
    connection_id: str = Field(primary_key=True, sa_type=Text)
    quickbooks_id: str = Field(primary_key=True, sa_type=Text)
    oncord_id: str = text_column()
    amount: Decimal = Field(sa_type=Numeric, nullable=False)
    """In the document's currency: its total less its balance, less the payments that are applied to it."""
    parts: Any = json_column("[]")
    """`cause`, `amount` and `label` of what that consists of."""
    named_at: dt.datetime = moment_column()


class SourceCheck(SQLModel, table=True):
    """What a side counts of one kind beside what its mirror holds, and how far a second reading of it has come."""

    __tablename__ = "source_check"
    __table_args__ = (Index("source_check_found", "connection_id", "found", postgresql_where=text("found > 0")),)
    connection_id: str = Field(primary_key=True, sa_type=Text)
    side: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    checked_at: dt.datetime | None = moment_column(null=True)
    there: int = big_column()
    here: int = big_column()
    apart: int = big_column()
    """The difference that the last complete second reading left: what the side counts and is none of ours."""
    at_once: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    page_cursor: str | None = Field(default=None, sa_type=Text)
    began_at: dt.datetime | None = moment_column(null=True)
    compared_at: dt.datetime | None = moment_column(null=True)
    """When each record was last compared one by one."""
    found: int = big_column()
    found_at: dt.datetime | None = moment_column(null=True)
    asked_at: dt.datetime | None = moment_column(null=True)
