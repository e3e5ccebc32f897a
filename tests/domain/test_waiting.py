"""What a record waits for is stored as the text of always, and read back as the same thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.model.records import Kind, Side
from app.domain.model.waiting import (
    ANY_CHANGE,
    UNDECIDED,
    Answer,
    Approval,
    ConfigurationChoice,
    Family,
    ListRow,
    OpenPeriod,
    OtherRecord,
    PersonsDecision,
    Twin,
    Uncleared,
    WaitsFor,
    deleted_counterpart,
    format_waits_for,
    parse_waits_for,
)

KINDS, SIDES, TEXTS = st.sampled_from(list(Kind)), st.sampled_from(list(Side)), st.text()
IDS = st.text(st.characters(exclude_characters=":"))
SCOPES = st.just("") | st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3)
VALUES = (
    st.none()
    | st.just(ANY_CHANGE)
    | st.builds(OtherRecord, KINDS, SIDES, TEXTS)
    | st.builds(Twin, SIDES, TEXTS)
    | st.builds(ConfigurationChoice, TEXTS)
    | st.builds(ListRow, st.sampled_from(["Account", "Item", "TaxCode"]), st.from_regex(r"\S+", fullmatch=True))
    | st.builds(OpenPeriod, KINDS, SIDES, TEXTS)
    | st.builds(Uncleared, KINDS, SIDES, TEXTS)
    | st.builds(PersonsDecision, TEXTS)
    | st.builds(Approval, st.none() | KINDS)
    | st.builds(Answer, KINDS, SIDES, IDS, SCOPES)
)

STORED: list[tuple[str, WaitsFor | None]] = [
    ("", None),
    ("change", ANY_CHANGE),
    ("configuration", ConfigurationChoice()),
    ("configuration:payment method 3", ConfigurationChoice("payment method 3")),
    ("configuration:payment methods", UNDECIDED),
    ("configuration:Account 33", ListRow("Account", "33")),
    ("configuration:locked period sale:oncord:17", OpenPeriod(Kind.SALE, Side.ONCORD, "17")),
    ("configuration:cleared receipt:oncord:17", Uncleared(Kind.RECEIPT, Side.ONCORD, "17")),
    ("person", PersonsDecision()),
    ("person:deleted contact 5", deleted_counterpart(Kind.CONTACT, "5")),
    ("person:separate oncord 17", PersonsDecision("separate oncord 17")),
    ("approval", Approval(None)),
    ("approval:mass removal of sales", Approval(Kind.SALE)),
    ("contact:oncord:17", OtherRecord(Kind.CONTACT, Side.ONCORD, "17")),
    ("receipt:quickbooks:a:b", OtherRecord(Kind.RECEIPT, Side.QUICKBOOKS, "a:b")),
    ("twin:quickbooks:9", Twin(Side.QUICKBOOKS, "9")),
    ("record:sale:oncord:17", Answer(Kind.SALE, Side.ONCORD, "17")),
    ("record:contact:oncord:17:USD", Answer(Kind.CONTACT, Side.ONCORD, "17", "USD")),
]


@given(VALUES)
def test_what_is_stored_is_read_back_as_the_same(value: WaitsFor | None) -> None:
    assert parse_waits_for(format_waits_for(value)) == value


@given(st.text() | st.tuples(st.sampled_from([text for text, _ in STORED]), st.text()).map("".join))
def test_what_can_be_read_is_written_as_it_was(text: str) -> None:
    value = parse_waits_for(text)
    if value is not None and not text.endswith(":"):
        assert format_waits_for(value) == text


@pytest.mark.parametrize(("text", "value"), STORED)
def test_the_texts_of_rows_that_are_there_mean_what_they_meant(text: str, value: WaitsFor | None) -> None:
    assert parse_waits_for(text) == value
    assert format_waits_for(value) == text


@pytest.mark.parametrize("key", ["lot:run_1", "conflict:sale:9:op_1", "differs:sale:9", "grant:ageing", "approval:all"])
def test_nobody_waits_for_the_keys_of_other_items(key: str) -> None:
    assert parse_waits_for(key) is None


def test_a_family_is_how_the_texts_of_its_members_begin() -> None:
    members: dict[Family, WaitsFor] = {
        Family.CONFIGURATION: ConfigurationChoice("items"),
        Family.PRODUCTS: OtherRecord(Kind.ITEM, Side.ONCORD, "4"),
        Family.QUESTIONS_ABOUT_SALES: Answer(Kind.SALE, Side.QUICKBOOKS, "4"),
    }
    assert set(members) == set(Family)
    for family, member in members.items():
        assert format_waits_for(member).startswith(f"{family}:")


def test_no_kind_is_named_like_what_begins_another_text() -> None:
    others = (
        ANY_CHANGE,
        Twin(Side.ONCORD, "9"),
        ConfigurationChoice(),
        PersonsDecision(),
        Approval(None),
        Answer(Kind.SALE, Side.ONCORD, "9"),
    )
    heads = {format_waits_for(each).partition(":")[0] for each in others}
    assert len(heads) == len(others)
    assert not heads & set(Kind)
