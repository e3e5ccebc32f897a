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
    hash: str = text_column()


class TieOutDifference(SQLModel, table=True):
    """One difference of a tie-out. `standing`: no later tie-out has looked at its records again."""

    __tablename__ = "tie_out_difference"
    __table_args__ = (
        Index("difference_standing", "connection_id", "cause", postgresql_where=text("standing")),
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
