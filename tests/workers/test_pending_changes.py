"""Dirty records: cleared by compare-and-set, postponed, parked, freed."""

from datetime import timedelta

from app.domain.model.deletion import DeletedAlong
from app.domain.model.records import Kind, Side
from app.domain.model.waiting import ANY_CHANGE, ConfigurationChoice, Family, PersonsDecision
from app.storage.changes import change_queue, due_changes
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from tests.support.intake import SITE, TWO, sale
from tests.workers.shift import Shift

LATER = TWO + timedelta(minutes=5)


def record(number: int, **more: object) -> PendingChange:
    return PendingChange(Side.ONCORD, Kind.SALE, str(number), **more)  # type: ignore[arg-type]


async def ids(tx: Transaction, **more: object) -> list[str]:
    return [row.id for row in await due_changes.claim(tx, SITE, TWO, **more)]  # type: ignore[arg-type]


async def test_what_grew_after_it_was_read_stays_dirty(shift: Shift) -> None:
    await shift.door.oncord(sale(1), sale(2))
    async with shift.door.database.transaction(SITE) as tx:
        read = await due_changes.claim(tx, SITE, TWO)
    await shift.door.oncord(sale(1))

    async with shift.door.database.transaction(SITE) as tx:
        assert await change_queue.clear(tx, SITE, read) == 1
        assert [(row.id, row.generation) for row in await due_changes.claim(tx, SITE, TWO)] == [("1", 2)]


async def test_a_new_event_makes_a_record_unseen_again(shift: Shift) -> None:
    await shift.door.oncord(sale(1))
    async with shift.door.database.transaction(SITE) as tx:
        await change_queue.note_mirrored(tx, SITE, await due_changes.claim(tx, SITE, TWO))
        assert await ids(tx, mirrored=False) == []
        assert await ids(tx, mirrored=True) == ["1"]
    await shift.door.oncord(sale(1))

    async with shift.door.database.transaction(SITE) as tx:
        assert await ids(tx, mirrored=False) == ["1"]


async def test_postponed_records_come_back_and_count_their_attempts(shift: Shift) -> None:
    async with shift.door.database.transaction(SITE) as tx:
        await change_queue.add(tx, SITE, [record(1), record(2)], TWO)
        await change_queue.postpone(tx, SITE, [record(1)], LATER, "no answer")

        assert await ids(tx) == ["2"]
        assert [(row.id, row.attempts, row.reason) for row in await due_changes.claim(tx, SITE, LATER)] == [
            ("1", 1, "no answer"),
            ("2", 0, ""),
        ]
        assert await change_queue.count(tx, SITE, TWO) == (1, 1)


async def test_parked_records_wait_for_what_they_wait_for(shift: Shift) -> None:
    async with shift.door.database.transaction(SITE) as tx:
        await change_queue.add(tx, SITE, [record(n) for n in range(1, 5)], TWO)
        for number, reason in ((1, ConfigurationChoice()), (2, PersonsDecision()), (3, ANY_CHANGE)):
            await change_queue.park(tx, SITE, [record(number)], waits_for=reason, reason="why")
        assert await ids(tx) == ["4"]

        assert await change_queue.release(tx, SITE, TWO, family=Family.CONFIGURATION) == 1
        assert await change_queue.release(tx, SITE, TWO, keys=[record(2).key]) == 1
        assert await change_queue.release(tx, SITE, TWO) == 0

        assert await ids(tx) == ["1", "2", "4"]
        assert [row.parked for row in await change_queue.load(tx, SITE, [record(3).key])] == [True]


async def test_a_download_marks_what_moved_without_ringing(shift: Shift) -> None:
    async with shift.door.database.transaction(SITE) as tx:
        await change_queue.add(tx, SITE, [record(1, mirrored=True, deleted_with=DeletedAlong(Kind.CONTACT, "7"))], TWO)
        await change_queue.add(tx, SITE, [record(1, mirrored=True)], LATER)

        [row] = await due_changes.claim(tx, SITE, LATER)
    assert (row.generation, row.mirrored, row.deleted_with, row.first_changed_at) == (
        2,
        True,
        DeletedAlong(Kind.CONTACT, "7"),
        TWO,
    )
    assert shift.door.waker.wakes == []
