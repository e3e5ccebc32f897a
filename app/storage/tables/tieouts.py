"""Comparisons of both sides, and the differences that they found."""

import datetime as dt
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from app.storage.tables.columns import big_column, json_column, moment_column, text_column


class TieOut(SQLModel, table=True):
    """One comparison of both sides by the judge (`app.tieout`), and what it came to; never changed afterwards."""

    __tablename__ = "tie_out"
    __table_args__ = (
        Index("tie_out_newest_first", "connection_id", "taken_at", "id"),
        Index("tie_out_by_age", "taken_at"),
        Index("tie_out_touched_by_age", "taken_at", postgresql_where=text("certificate IS NULL")),
    )
    id: str = Field(primary_key=True, sa_type=Text)
    connection_id: str = text_column()
    scope: str = text_column("whole")
    """whole, or touched: what one run looked at."""
    run_id: str = text_column()
    asked_by: str = text_column()
    taken_at: dt.datetime = moment_column()
    judged: int = big_column()
    """How many groups of records were compared."""
    differences: int = big_column()
    unexplained: int = big_column()
    certificate: Any = json_column(null=True)
    """All of a whole one's certificate but its differences."""
    of_month: Any = json_column(null=True)
    """Of a whole one: what the connection's page says of the month in which it was taken."""
    hash: str = text_column()
    signature: str = text_column()
    """Of a whole one, by the installation's key, under its hash."""
    ledger_checked_at: dt.datetime | None = moment_column(null=True)
    """When QuickBooks' own reports were read for it; None: it holds documents against each other only."""


class TieOutDifference(SQLModel, table=True):
    """One difference of a tie-out. `standing`: no later tie-out has looked at its records again."""

    __tablename__ = "tie_out_difference"
    __table_args__ = (
        Index("difference_standing", "connection_id", "cause", postgresql_where=text("standing")),
        Index("difference_unexplained", "connection_id", postgresql_where=text("standing AND cause = 'unexplained'")),
        Index("difference_standing_about", "subjects", postgresql_using="gin", postgresql_where=text("standing")),
    )
    tie_out_id: str = Field(primary_key=True, sa_type=Text)
    position: int = Field(primary_key=True, sa_type=BigInteger)
    connection_id: str = text_column()
    cause: str = text_column()
    subjects: Any = Field(
        default=...,
        sa_column=Column(ARRAY(Text), nullable=False, server_default=text("'{}'::text[]")),
    )
    """The records that it is about, as "oncord:sale:7"."""
    line: Any = json_column()
    """As it stands in the certificate."""
    standing: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})


class SealedMonth(SQLModel, table=True):
    """A month after which whatever moves in it rings (app.sealed_months)."""

    __tablename__ = "sealed_month"
    connection_id: str = Field(primary_key=True, sa_type=Text)
    month: str = Field(primary_key=True, sa_type=Text)
    """"2026-10"."""
    sealed_at: dt.datetime = moment_column()
    sealed_by: str = text_column()
    tie_out_id: str = text_column()
    documents: int = big_column()
    differences: int = big_column()
    hash: str = text_column()


class SealedDocument(SQLModel, table=True):
    """What a document or payment of a sealed month said when it was sealed, and says today where that is something else."""

    __tablename__ = "sealed_document"
    __table_args__ = (
        Index("sealed_document_moved", "connection_id", "month", postgresql_where=text("today IS NOT NULL")),
    )
    connection_id: str = Field(primary_key=True, sa_type=Text)
    side: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(primary_key=True, sa_type=Text)
    record_id: str = Field(primary_key=True, sa_type=Text)
    month: str = Field(primary_key=True, sa_type=Text)
    figures: Any = json_column(null=True)
    """None: it was not there then."""
    today: Any = json_column(null=True)
    """None: as it was sealed; {"gone": true}: it is not there any more."""
