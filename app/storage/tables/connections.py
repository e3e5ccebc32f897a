"""Connections, their tokens, and what was done to them."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    Index,
    Text,
    text,
)
from sqlmodel import Field, SQLModel

from app.storage.tables.columns import big_column, json_column, moment_column, serial_column, text_column


class Connection(SQLModel, table=True):
    """One Oncord site joined to one QuickBooks company: the tenant and the shard key of everything."""

    __table_args__ = (
        Index(
            "one_live_connection_per_site", "oncord_api_url", unique=True, postgresql_where=text("archived_at IS NULL")
        ),
        Index(
            "one_live_connection_per_site_id",
            "site_id",
            unique=True,
            postgresql_where=text("archived_at IS NULL AND site_id <> ''"),
        ),
        Index(
            "one_live_connection_per_company",
            "realm_id",
            unique=True,
            postgresql_where=text("archived_at IS NULL AND realm_id <> ''"),
        ),
        Index("connection_probed", "probe_at", postgresql_where=text("state = 'blocked' AND archived_at IS NULL")),
        Index("connection_by_change", "updated_at"),
        Index("connection_removed", "id", postgresql_where=text("archived_at IS NOT NULL")),
        Index(
            "connection_to_erase",
            "archived_at",
            postgresql_where=text("archived_at IS NOT NULL AND erased_at IS NULL"),
        ),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    name: str = text_column()
    state: str = text_column("not_connected")
    """not_connected, needs_configuration, ready, reconnect_required, blocked (docs/rules.md 9)."""
    state_since: dt.datetime | None = moment_column(null=True)
    """Since when it is in this state; None: since it was made."""
    state_reason: str = text_column()
    remedy: str = text_column()
    """connect_quickbooks, renew_site_token, correct_site_address: what a person does here about it."""
    auto_sync: bool = Field(default=True, sa_column_kwargs={"server_default": "true"})
    oncord_api_url: str = text_column()
    site_id: str = text_column()
    """What the site says that it is (GET /site); "" where it does not."""
    oncord_token: str = text_column()
    """Sealed (storage.connections.vault)."""
    oncord_secrets: Any = json_column("[]")
    """Sealed webhook secrets, the newest first."""
    realm_id: str = text_column()
    facts: Any = json_column()
    """What both sides last said of themselves: {"oncord": {...}, "quickbooks": {...}}."""
    configuration: Any = json_column(null=True)
    configuration_version: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    company_generation: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Grows whenever somebody may have changed the company's settings (app.runtime)."""
    connected_at: dt.datetime | None = moment_column(null=True)
    first_sync_completed_at: dt.datetime | None = moment_column(null=True)
    probe_at: dt.datetime | None = moment_column(null=True)
    """When a blocked connection is tried again."""
    created_at: dt.datetime = moment_column()
    updated_at: dt.datetime = moment_column()
    archived_at: dt.datetime | None = moment_column(null=True)
    restored_from: dt.datetime | None = moment_column(null=True)
    """When the backup was taken that the installation was restored from, until both sides were compared since."""
    restored_at: dt.datetime | None = moment_column(null=True)
    erased_at: dt.datetime | None = moment_column(null=True)
    """When all but the identities of its links was erased, some time after it was archived (storage.life.departed)."""


class ConnectionsByState(SQLModel, table=True):
    """How many live connections are in which state, as a sum: PostgreSQL appends what each statement changes (migration 0050), and a sweep
    gathers it."""

    __tablename__ = "connections_by_state"
    id: int | None = serial_column()
    state: str = text_column()
    connections: int = big_column()
    """More than before, or fewer."""


class CompanyFacts(SQLModel, table=True):
    """What the company has said of itself, kept from run to run since reading it costs (`storage.connections.company_facts`)."""

    __tablename__ = "company_facts"
    connection_id: str = Field(primary_key=True, foreign_key="connection.id", sa_type=Text)
    realm_id: str = text_column()
    generation: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Of `connection.company_generation`, as these were read."""
    rows: str = text_column()
    read_at: dt.datetime = moment_column()
    closing_read_at: dt.datetime = moment_column()


class Token(SQLModel, table=True):
    """The QuickBooks grant of a connection, sealed, and the claim that makes refreshing a matter of one at a time."""

    __table_args__ = (
        Index(
            "token_by_end",
            text("least(refresh_expires_at, refresh_hard_expires_at)"),
            postgresql_where=text("dead_since IS NULL"),
        ),
    )
    connection_id: str = Field(primary_key=True, foreign_key="connection.id", sa_type=Text)
    version: int = big_column()
    """Grows with every stored pair; a refresh is fenced by the version that it read."""
    access_token: str = text_column()
    refresh_token: str = text_column()
    access_expires_at: dt.datetime = moment_column()
    refresh_expires_at: dt.datetime | None = moment_column(null=True)
    refresh_hard_expires_at: dt.datetime | None = moment_column(null=True)
    claim_owner: str = text_column()
    claim_expires_at: dt.datetime | None = moment_column(null=True)
    dead_since: dt.datetime | None = moment_column(null=True)
    """Set by invalid_grant; cleared when another pair is stored."""
    updated_at: dt.datetime = moment_column()


class OAuthState(SQLModel, table=True):
    """A single-use `state` of the consent page, bound to a connection and to a cookie."""

    __tablename__ = "oauth_state"
    state_digest: str = Field(primary_key=True, sa_type=Text)
    connection_id: str = Field(foreign_key="connection.id", index=True, sa_type=Text)
    cookie_digest: str = text_column()
    return_to: str = text_column()
    who: str = text_column()
    """Who set out, in which role, from which network: as in the audit."""
    role: str = text_column()
    address: str = text_column()
    created_at: dt.datetime = moment_column(index=True)
    used_at: dt.datetime | None = moment_column(null=True)


class Audit(SQLModel, table=True):
    """Who did what to a connection, and when; never a secret, and append-only (triggers of migrations 0025 and 0028)."""

    __table_args__ = (Index("audit_newest_first", "connection_id", "id"), Index("audit_by_age", "at"))
    id: int | None = serial_column()
    connection_id: str = text_column()
    at: dt.datetime = moment_column()
    who: str = text_column()
    """The person, or the name of the key."""
    role: str = text_column()
    """operator, key, viewer, bookkeeper, merchant; "" for the service itself."""
    address: str = text_column()
    """The network that they came from, shortened."""
    action: str = text_column()
    outcome: str = text_column("done")
    """done, refused."""
    detail: Any = json_column()
