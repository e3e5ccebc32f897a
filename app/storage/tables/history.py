"""What was written, voided or deleted of money: kept for years, and append-only (the triggers of migration 0025); and who was
erased."""

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, Numeric, Text
from sqlmodel import Field, SQLModel

from app.storage.tables.columns import json_column, moment_column, serial_column, text_column


class DocumentChangeRow(SQLModel, table=True):
    """One write that made, changed, voided or deleted a document or money on a side.

    `label`, `reason`, `before`, `after` and `document` may be emptied when a person is erased; number, date, amount and tax
    stay, each in a column of its own. Nothing else of a row is ever changed, and none is deleted within five years.
    """

    __tablename__ = "document_change"
    __table_args__ = (
        Index("document_change_newest_first", "connection_id", "id"),
        Index("document_change_by_date", "connection_id", "date"),
        Index("document_change_by_date_before", "connection_id", "date_before"),
        Index("one_change_of_an_operation", "operation_id", unique=True),
        Index("document_change_by_age", "written_at"),
    )
    id: int | None = serial_column()
    connection_id: str = text_column()
    realm_id: str = text_column()
    """The company, since a connection may join another one later (T5)."""
    written_at: dt.datetime = moment_column()
    operation_id: str = text_column()
    run_id: str = text_column()
    side: str = text_column()
    kind: str = text_column()
    record_id: str = text_column()
    action: str = text_column()
    """created, changed, voided, deleted."""
    rule: str = text_column()
    decided_by: str = text_column()
    """Who answered the question that it carries out; "" where the rule alone decided."""
    decision: str = text_column()
    """The answer."""
    called: str = text_column()
    """The document without its person: "Invoice 1041"."""
    number: str = text_column()
    decided_at: dt.datetime | None = moment_column(null=True)
    date: dt.date | None = Field(default=None)
    date_before: dt.date | None = Field(default=None)
    currency: str = text_column()
    amount: Decimal | None = Field(default=None, sa_type=Numeric)
    amount_before: Decimal | None = Field(default=None, sa_type=Numeric)
    tax: Decimal | None = Field(default=None, sa_type=Numeric)
    tax_before: Decimal | None = Field(default=None, sa_type=Numeric)
    label: str = text_column()
    """The document with its person, as people called it then."""
    contact: str = text_column()
    """Whose it is: the contact's id on its side ("oncord:17")."""
    reason: str = text_column()
    before: Any = json_column(null=True)
    """As it was read last before the write, in our words; None: it was not there."""
    after: Any = json_column(null=True)
    """As the side returned it; None: it is gone."""
    document: Any = json_column(null=True)
    """Of a delete: the whole document as the side returned it before."""


class ErasedPerson(SQLModel, table=True):
    """A contact or customer of somebody who was erased. What is read of them later, until it is gone there, is erased as well."""

    __tablename__ = "erased_person"
    __table_args__ = (Index("erased_person_by_look", "looked_at"),)
    connection_id: str = Field(primary_key=True, sa_type=Text)
    side: str = Field(primary_key=True, sa_type=Text)
    record_id: str = Field(primary_key=True, sa_type=Text)
    erased_at: dt.datetime = moment_column()
    looked_at: dt.datetime = moment_column()
    """When it was last looked whether something of them had come back."""
