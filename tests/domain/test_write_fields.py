"""What a write carries is stored as the texts of always, and read back as the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.model.description import merged_fields
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Kind, Side
from app.domain.model.write_fields import (
    ACTIVE,
    ROOM,
    UNDO,
    Besides,
    BooksMark,
    BooksStatus,
    WriteField,
    format_write_field,
    groups_of,
    marks_of,
    parse_write_field,
)

GROUPS = sorted({group for kind in Kind for group in merged_fields(kind)})
FIELDS = (
    st.sampled_from(GROUPS) | st.sampled_from(list(Besides)) | st.builds(BooksMark, st.sampled_from(list(BooksStatus)))
)


@given(FIELDS)
def test_what_is_stored_is_read_back_as_the_same(field: WriteField) -> None:
    assert parse_write_field(format_write_field(field)) == field


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("phone", "phone"),
        ("active", ACTIVE),
        ("room:made", ROOM),
        ("undo", UNDO),
        ("books_status:gone", BooksMark(BooksStatus.GONE)),
        ("books_status:linked", BooksMark(BooksStatus.LINKED)),
        ("books_status:void", BooksMark(BooksStatus.VOID)),
        ("books_status:odd", "books_status:odd"),
    ],
)
def test_the_texts_of_rows_that_are_there_mean_what_they_meant(text: str, field: WriteField) -> None:
    assert parse_write_field(text) == field
    assert format_write_field(field) == text


def test_only_groups_of_the_record_are_compared_and_merged() -> None:
    fields = ("phone", ACTIVE, BooksMark(BooksStatus.VOID), "email")
    write = Operation(Action.UPDATE, Side.QUICKBOOKS, Kind.CONTACT, "C6", "It is needed.", fields=fields)
    assert write.groups == groups_of(fields) == ("phone", "email")
    assert marks_of(fields) == (BooksMark(BooksStatus.VOID),)


def test_nothing_that_a_write_does_besides_is_named_like_a_group() -> None:
    assert not {each.value for each in Besides} & set(GROUPS)
