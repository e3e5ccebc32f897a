"""Which events are taken for our own echo, and which never."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.guards.echoes import AnsweredWrite, SeenEvent, echoes
from app.domain.model.records import Kind, Side

SENT = datetime(2026, 11, 22, 2, 0, 0, 700_000, tzinfo=UTC)
WRITE = AnsweredWrite(
    "op_1", Side.QUICKBOOKS, Kind.SALE, "5", "3", sent_at=SENT, answered_at=SENT + timedelta(seconds=2)
)
EVENT = SeenEvent(1, Side.QUICKBOOKS, Kind.SALE, "5", SENT + timedelta(seconds=1))
OURS = AnsweredWrite("op_2", Side.ONCORD, Kind.CONTACT, "9", "7", sent_at=SENT, answered_at=SENT)


def test_an_event_within_our_call_about_what_we_wrote_is_an_echo() -> None:
    assert echoes([EVENT], [WRITE], ()) == {1: "op_1"}


@pytest.mark.parametrize(
    "event",
    [
        replace(EVENT, record_id="6"),
        replace(EVENT, kind=Kind.RECEIPT),
        replace(EVENT, side=Side.ONCORD),
        replace(EVENT, occurred_at=None),
        replace(EVENT, occurred_at=SENT - timedelta(microseconds=1)),
        replace(EVENT, occurred_at=WRITE.answered_at + timedelta(seconds=1, microseconds=1)),
    ],
)
def test_anything_in_doubt_is_a_change(event: SeenEvent) -> None:
    assert echoes([event], [WRITE], ()) == {}


def test_a_time_cut_to_whole_seconds_is_not_before_our_call() -> None:
    assert echoes([replace(EVENT, occurred_at=SENT.replace(microsecond=0))], [WRITE], ()) == {1: "op_1"}


def test_the_second_event_about_one_write_is_somebody_elses_edit() -> None:
    assert echoes([EVENT, replace(EVENT, id=2)], [WRITE], ()) == {1: "op_1"}
    assert echoes([EVENT], [WRITE], {("op_1", Kind.SALE, "5")}) == {}


def test_two_writes_have_two_echoes() -> None:
    again = replace(WRITE, operation_id="op_9")

    assert echoes([EVENT, replace(EVENT, id=2)], [WRITE, again], ()) == {1: "op_1", 2: "op_9"}


def test_a_payment_echoes_itself_and_each_invoice_it_paid() -> None:
    payment = replace(WRITE, kind=Kind.RECEIPT, record_id="8", paid=frozenset({"5", "6"}))
    about = [
        replace(EVENT, id=1, kind=Kind.RECEIPT, record_id="8"),
        replace(EVENT, id=2),
        replace(EVENT, id=3, record_id="6"),
        replace(EVENT, id=4, record_id="7"),
    ]

    assert echoes(about, [payment], ()) == {1: "op_1", 2: "op_1", 3: "op_1"}


def test_oncord_tells_an_echo_by_its_version_and_by_nothing_else() -> None:
    echo = SeenEvent(1, Side.ONCORD, Kind.CONTACT, "9", SENT + timedelta(hours=3), "7")

    assert echoes([echo], [OURS], ()) == {1: "op_2"}
    assert echoes([replace(echo, version="8")], [OURS], ()) == {}
    assert echoes([replace(echo, version="")], [replace(OURS, version="")], ()) == {}
