"""What took a record along is stored as the text of always, and read back as the same thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.model.deletion import (
    ABSENCE,
    DeletedAlong,
    DeletedWith,
    MergedInto,
    format_deleted_with,
    parse_deleted_with,
    with_its_contact,
)
from app.domain.model.records import Kind

IDS = st.text(min_size=1)
VALUES = (
    st.none()
    | st.just(ABSENCE)
    | st.builds(MergedInto, IDS)
    | st.builds(DeletedAlong, st.sampled_from(list(Kind)), IDS)
)


@given(VALUES)
def test_what_is_stored_is_read_back_as_the_same(value: DeletedWith | None) -> None:
    assert parse_deleted_with(format_deleted_with(value)) == value


@given(st.text())
def test_any_stored_text_can_be_read(text: str) -> None:
    assert format_deleted_with(parse_deleted_with(text)) in ("", text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("absence", ABSENCE),
        ("contact:17", DeletedAlong(Kind.CONTACT, "17")),
        ("sale:a:b", DeletedAlong(Kind.SALE, "a:b")),
        ("merged:9", MergedInto("9")),
        ("voucher:9", None),
        ("contact:", None),
    ],
)
def test_the_texts_of_rows_that_are_there_mean_what_they_meant(text: str, value: DeletedWith | None) -> None:
    assert parse_deleted_with(text) == value
    if value is not None:
        assert format_deleted_with(value) == text


def test_nothing_goes_along_with_a_record_without_an_id() -> None:
    for build in (lambda: DeletedAlong(Kind.CONTACT, ""), lambda: MergedInto("")):
        with pytest.raises(ValueError, match="id"):
            build()


def test_c3_only_the_deletion_of_a_contact_spares_the_documents() -> None:
    along = DeletedAlong(Kind.CONTACT, "17")
    assert with_its_contact(None, along)
    assert not with_its_contact(None, ABSENCE, MergedInto("17"), DeletedAlong(Kind.SALE, "17"))
