"""What waits for a person."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    Index,
    Text,
    text,
)
from sqlmodel import Field, SQLModel

from app.storage.tables.columns import json_column, moment_column, text_column


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
        Index(
            "attention_asks_which",
            "connection_id",
            "record_kind",
            postgresql_where=text("state = 'open' AND kind = 'ambiguous_match'"),
        ),
        Index("attention_about", "connection_id", "record_id", postgresql_where=text("record_id <> ''")),
        Index("attention_open", "kind", "connection_id", postgresql_where=text("state = 'open'")),
        Index("attention_in_a_lot", "connection_id", postgresql_where=text("state = 'open' AND detail ? 'lot'")),
        Index("attention_of_grants", "connection_id", postgresql_where=text("key = 'grant:ageing'")),
        Index("attention_by_age", "created_at", postgresql_where=text("state = 'open'")),
        Index("attention_by_change", "updated_at"),
        Index("attention_answered", "connection_id", "resolution", postgresql_where=text("state = 'resolved'")),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    connection_id: str = text_column()
    key: str = text_column()
    """What the matter is about; one open item each."""
    kind: str = text_column()
    """conflict, parked, ambiguous_match, unmapped, mass_delete, refused, deleted, blocked, settled_otherwise, sealed_month, locked_period, cleared_money."""
    rule: str = text_column()
    summary: str = text_column()
    advice: str = text_column()
    side: str = text_column()
    record_kind: str = text_column()
    record_id: str = text_column()
    detail: Any = json_column()
    actions: Any = json_column("[]")
    subject: Any = json_column()
    """The record as people call it: label, number, date, amount, currency."""
    person: str = text_column()
    contact: str = text_column()
    """Whose it is, apart from the rest so that it can be erased: the name, and the contact's id on its side ("oncord:17")."""
    state: str = text_column("open")
    resolution: str = text_column()
    run_id: str = text_column()
    created_at: dt.datetime = moment_column()
    updated_at: dt.datetime = moment_column()
    resolved_at: dt.datetime | None = moment_column(null=True)
    resolved_by: str = text_column()


class OpeningAnswerRow(SQLModel, table=True):
    """What somebody has said about one sale from before the start date that was open on it (domain.model.opening)."""

    __tablename__ = "opening_answer"
    connection_id: str = Field(primary_key=True, sa_type=Text)
    sale_id: str = Field(primary_key=True, sa_type=Text)
    choice: str = text_column()
    document_id: str = text_column()
    answered_by: str = text_column()
    answered_at: dt.datetime = moment_column()
