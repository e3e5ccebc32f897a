"""What a sweep writes down for people to be told: each change once, along with its deliveries."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from psycopg.types.json import Jsonb

from app.domain.messages.topics import CHOOSABLE, Topic
from app.domain.model.operations import Label
from app.storage.connections import connections
from app.storage.database import EVERY_CONNECTION, Transaction
from app.storage.people import attention, messages, recipients
from app.storage.people.recipients import Recipient
from app.sync.waking import telling
from tests.support.counted import Counted
from tests.support.intake import SITE, TWO, a_ready_connection, sale
from tests.workers.shift import Shift

SYDNEY = ZoneInfo("Australia/Sydney")


async def a_recipient(shift: Shift, recipient_id: str, connection_id: str, *topics: Topic) -> None:
    found = Recipient(
        recipient_id, connection_id, "Bookkeeper", "webhook", "https://b.example", "", topics or CHOOSABLE, "", TWO
    )
    async with shift.door.database.transaction(connection_id or EVERY_CONNECTION) as tx:
        await recipients.insert(tx, found)


async def become(shift: Shift, state: connections.State, reason: str = "", remedy: str = "") -> None:
    async with shift.door.database.transaction(SITE) as tx:
        await connections.set_state(tx, SITE, state, reason, shift.door.clock.now(), remedy=remedy)


async def after(shift: Shift, seconds: float) -> None:
    shift.door.clock.at += timedelta(seconds=seconds)
    await shift.sweep()


async def told(shift: Shift) -> list[tuple[str, str]]:
    found = await shift.door.rows("SELECT topic, phase FROM message ORDER BY at, id")
    return [(row["topic"], row["phase"]) for row in found]


async def a_question(shift: Shift, item_id: str, **more: Any) -> None:
    async with shift.door.database.transaction(SITE) as tx:
        await attention.open_item(
            tx,
            SITE,
            item_id=item_id,
            key=item_id,
            rule="R1",
            now=shift.door.clock.now(),
            **{"kind": "conflict", "summary": "Its total was changed on both sides.", **more},
        )


async def test_a_lost_grant_is_told_with_the_next_sweep_to_whoever_wants_to_know(shift: Shift) -> None:
    await a_recipient(shift, "rcp_1", SITE, Topic.RECONNECT)
    await a_recipient(shift, "rcp_2", SITE, Topic.WAITING)
    await a_recipient(shift, "rcp_operator", "", Topic.RECONNECT)
    await become(shift, "reconnect_required", "QuickBooks has taken the permission back.", "connect_quickbooks")

    await after(shift, 30)
    for _ in range(3):
        await after(shift, 3600)

    (message,) = await shift.door.rows("SELECT * FROM message")
    assert message["summary"].startswith("QuickBooks has taken the permission back. Nothing is synchronised")
    assert message["path"] == f"/connections/{SITE}"
    sent = await shift.door.rows("SELECT recipient_id, state FROM delivery ORDER BY recipient_id")
    assert [(row["recipient_id"], row["state"]) for row in sent] == [("rcp_1", "waiting"), ("rcp_operator", "waiting")]


async def test_being_blocked_for_a_moment_is_told_by_nobody_and_for_longer_once_and_its_end_once(shift: Shift) -> None:
    await become(shift, "blocked", "The site's token was refused.", "renew_site_token")
    await after(shift, 30)
    await become(shift, "ready")
    await after(shift, 600)
    assert await told(shift) == []

    await become(shift, "blocked", "The site's token was refused.", "renew_site_token")
    for _ in range(15):
        await after(shift, 30)
    await become(shift, "ready")
    for _ in range(30):
        await after(shift, 30)

    assert await told(shift) == [("blocked", "begun"), ("blocked", "ended")]


async def test_a_question_that_waits_for_a_day_is_told_with_its_document_and_money(shift: Shift) -> None:
    label = Label("Invoice 1041", "1041", date(2026, 11, 22), None, "AUD", "Ada Byron", "oncord:7")
    await a_question(shift, "att_1", subject=label)
    await after(shift, 86400 - 60)
    assert await told(shift) == []

    await after(shift, 120)
    await after(shift, 301)

    (message,) = await shift.door.rows("SELECT * FROM message")
    assert (message["topic"], message["phase"]) == ("waiting", "begun")
    assert message["lines"] == ["Invoice 1041, Ada Byron (22 Nov 2026): Its total was changed on both sides."]
    assert message["path"] == f"/connections/{SITE}/attention"


async def test_held_removals_and_differences_without_a_cause_are_told_after_five_minutes(shift: Shift) -> None:
    await a_question(shift, "att_1", kind="mass_delete", summary="12 sales were removed in Oncord.")
    line = {
        "kind": "sale",
        "what": "total",
        "number": "1041",
        "who": "Ada Byron",
        "date": "2026-11-22",
        "currency": "AUD",
        "oncord": "44.00",
        "quickbooks": "40.00",
    }
    async with shift.door.database.transaction(SITE) as tx:
        await tx.execute(
            "INSERT INTO tie_out_difference (tie_out_id, position, connection_id, cause, subjects, line, standing)"
            " VALUES ('tie_1', 1, %s, 'unexplained', '{oncord:sale:7}', %s, true)",
            (SITE, Jsonb(line)),
        )

    await after(shift, 30)
    await after(shift, 300)

    found = {row["topic"]: row["lines"] for row in await shift.door.rows("SELECT * FROM message")}
    assert found == {
        "unexplained": ["Sale 1041, Ada Byron (22 Nov 2026): 44.00 AUD in Oncord, 40.00 AUD in QuickBooks"],
        "held": ["12 sales were removed in Oncord."],
    }


async def test_what_nobody_looks_at_for_minutes_is_told(shift: Shift) -> None:
    await shift.door.oncord(sale(1))
    shift.door.waker.worker_lives = False
    shift.door.clock.at = TWO + timedelta(minutes=4)
    for _ in range(14):
        await after(shift, 30)

    assert await told(shift) == [("stuck", "begun")]
    (message,) = await shift.door.rows("SELECT summary FROM message")
    assert message["summary"].startswith("A change is due since 22 Nov 2026, 02:02 UTC")


async def test_an_ordinary_week_is_one_summary_on_monday_at_eight_and_nothing_else(shift: Shift) -> None:
    await a_recipient(shift, "rcp_1", SITE)
    async with shift.door.database.transaction(SITE) as tx:
        await tx.execute("UPDATE connection SET facts = %s", (Jsonb({"oncord": {"time_zone": "Australia/Sydney"}}),))
        await connections.mark_first_sync_completed(tx, SITE, TWO)
    shift.door.clock.at = datetime(2026, 11, 24, 9, 0, tzinfo=SYDNEY)
    await shift.sweep()
    shift.door.clock.at = datetime(2026, 11, 30, 7, 59, tzinfo=SYDNEY)
    await shift.request()
    await shift.answer_due()
    await shift.door.rows("DELETE FROM message RETURNING id")

    await after(shift, 59)
    assert await told(shift) == []
    for _ in range(5):
        await after(shift, 60)

    (message,) = await shift.door.rows("SELECT * FROM message")
    assert (message["topic"], message["title"]) == ("summary", "The week from 23 Nov to 30 Nov")
    assert message["summary"] == "Both sides have not been compared yet. No question is open."


async def test_without_anybody_who_wants_it_no_summary_is_written(shift: Shift) -> None:
    await a_recipient(shift, "rcp_1", SITE, Topic.BLOCKED)
    async with shift.door.database.transaction(SITE) as tx:
        await connections.mark_first_sync_completed(tx, SITE, TWO)
    await shift.sweep()
    shift.door.clock.at = TWO + timedelta(days=8)
    await shift.request()
    await shift.answer_due()

    await after(shift, 1)

    assert ("summary", "once") not in await told(shift)


async def test_a_removed_connection_is_told_of_no_more(shift: Shift) -> None:
    await become(shift, "reconnect_required", "Gone.")
    async with shift.door.database.transaction(SITE) as tx:
        await tx.execute("UPDATE connection SET archived_at = %s", (shift.door.clock.now(),))

    await after(shift, 30)

    assert await told(shift) == []


async def test_what_cannot_be_told_of_one_is_told_of_all_others_and_of_it_once_it_can(
    shift: Shift, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        await a_ready_connection(shift.door.runtime, f"con_{number}", str(number), state="reconnect_required")
    stuck = "con_3"
    words = telling.in_words

    def fail(news: Any, standings: Mapping[Topic, Any], zone: ZoneInfo) -> Any:
        if zone == SYDNEY:
            raise IsADirectoryError("Is a directory: 'Australia'")
        return words(news, standings, zone)

    async with shift.door.database.transaction(stuck) as tx:
        facts = Jsonb({"oncord": {"time_zone": "Australia/Sydney"}})
        await tx.execute("UPDATE connection SET facts = %s WHERE id = %s", (facts, stuck))
    with monkeypatch.context() as patched:
        patched.setattr(telling, "in_words", fail)
        for _ in range(2):
            with pytest.raises(ExceptionGroup):
                await after(shift, 30)
            assert await of_whom(shift) == ["con_0", "con_1", "con_2", "con_4"]

    await after(shift, 3600)
    await after(shift, 30)
    assert await of_whom(shift) == ["con_0", "con_1", "con_2", "con_3", "con_4"]


async def test_a_statement_that_fails_for_one_keeps_nobody_else_from_being_told(
    shift: Shift, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        await a_ready_connection(shift.door.runtime, f"con_{number}", str(number), state="reconnect_required")
    insert = messages.insert

    async def fail(tx: Transaction, *letters: messages.Message) -> None:
        await insert(tx, *letters)
        if any(letter.connection_id == "con_0" for letter in letters):
            await tx.execute("SELECT 1 / 0")

    monkeypatch.setattr(messages, "insert", fail)
    with pytest.raises(ExceptionGroup):
        await after(shift, 30)

    assert await of_whom(shift) == ["con_1", "con_2", "con_3", "con_4"]


@pytest.mark.parametrize("zone", ["Australia", "A" * 300])
async def test_a_time_zone_that_is_none_and_is_kept_since_long_stops_no_sweep(shift: Shift, zone: str) -> None:
    async with shift.door.database.transaction(SITE) as tx:
        await tx.execute("UPDATE connection SET facts = %s", (Jsonb({"oncord": {"time_zone": zone}}),))
    await become(shift, "reconnect_required", "Gone.")

    await after(shift, 30)

    assert await of_whom(shift) == [SITE]


async def of_whom(shift: Shift) -> list[str]:
    rows = await shift.door.rows("SELECT connection_id FROM message WHERE topic = 'reconnect' ORDER BY connection_id")
    return [row["connection_id"] for row in rows]


async def test_what_many_are_told_of_is_written_by_as_few_statements_as_what_one_is(shift: Shift) -> None:
    await a_recipient(shift, "rcp_operator", "", Topic.RECONNECT)
    await become(shift, "reconnect_required", "QuickBooks has taken the permission back.", "connect_quickbooks")
    counted = Counted()
    counted.watch(shift.door.database)

    async def statements() -> int:
        counted.statements.clear()
        await after(shift, 30)
        return sum(text.startswith(("INSERT", "DELETE")) and "unnest" in text for text in counted.statements)

    one = await statements()
    for number in range(30):
        await a_ready_connection(shift.door.runtime, f"con_{number}", str(number), state="reconnect_required")

    assert await statements() == one == 3
    assert len(await told(shift)) == 31
    assert len(await shift.door.rows("SELECT DISTINCT message_id FROM delivery")) == 31
