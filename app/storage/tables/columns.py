"""The kinds of columns that tables are made of."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field


def moment_column(*, null: bool = False, index: bool = False) -> Any:
    """A moment, with its time zone."""
    return Field(default=None if null else ..., sa_type=DateTime(timezone=True), nullable=null, index=index)


def json_column(default: str = "{}", *, null: bool = False) -> Any:
    """JSON; empty where nothing is said."""
    return Field(
        default=None if null else ...,
        sa_column=Column(JSONB, nullable=null, server_default=None if null else text(f"'{default}'::jsonb")),
    )


def text_column(default: str = "") -> Any:
    """A text of any length; empty where nothing is said."""
    return Field(default=default, sa_type=Text, nullable=False, sa_column_kwargs={"server_default": default})


def serial_column() -> Any:
    """A key that PostgreSQL counts up."""
    return Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))


def big_column(default: int = 0) -> Any:
    """A whole number that may become large."""
    return Field(default=default, sa_type=BigInteger, nullable=False, sa_column_kwargs={"server_default": str(default)})
