"""A dry run, and the look before what was shown is done, are made in pieces: the plan is that of the whole, the memory that of a piece."""

import tracemalloc
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.domain.model.configuration import ItemPolicy
from app.errors import OutsideError, Unauthorised, Unreachable
from app.sync import carrying_out, dry_run, engine, planning, previewing
from tests.support.joint import Joint, joined
from tests.support.previews import carried_out
from tests.support.services import DatabaseUrls
from tests.support.stories import customer, invoice, line, payment
from tests.sync.test_dry_run import a_day, a_past

FEW, MANY = 30, 150
PER_RECORD = 2000
"""So many bytes are remembered of each record at most: who is who, what was signed, what it says in a hash."""


def in_pieces(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Plan so many records at once, and read and store so many rows."""
    monkeypatch.setattr(planning, "PIECE", size)
    for module in (carrying_out, dry_run, previewing):
        monkeypatch.setattr(module, "AT_ONCE", size)
    monkeypatch.setattr(dry_run, "NEAR_AT_ONCE", size)


async def rows(joint: Joint) -> list[dict[str, Any]]:
    """All that a new dry run keeps, in order, but for what names the run."""
    run = await joint.sync(dry_run=True)
    assert run.state == "succeeded", run.error
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        found = await tx.execute("SELECT * FROM operation WHERE run_id = %s ORDER BY sequence", (run.id,))
        kept = [dict(row) for row in await found.fetchall()]
    own = {"id", "run_id", "epoch", "created_at", "settled_at", "edited_at"}
    return [{name: value for name, value in row.items() if name not in own} for row in kept]


async def test_in_whichever_pieces_a_day_is_planned_the_same_is_shown(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_day(joint, await a_past(joint))
    whole = await rows(joint)
    in_pieces(monkeypatch, 1)
    single = await rows(joint)
    in_pieces(monkeypatch, 4)

    assert single == whole
    assert await rows(joint) == whole
    assert any(row["preview"].get("effects") for row in whole)


async def test_a_first_synchronisation_in_pieces_shows_doubles_and_whom_both_sides_know(
    own_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with joined(own_database.app) as joint:
        await joint.configure(gst_basis="cash")
        await _two_sides(joint)
        whole = await rows(joint)
        in_pieces(monkeypatch, 1)

        assert await rows(joint) == whole
    parts = {row["preview"]["match"]["part"] for row in whole if "match" in row["preview"]}
    assert parts >= {"certain", "only_oncord", "only_quickbooks"}, parts
    assert any(row["preview"].get("match", {}).get("doubles") for row in whole)


async def _two_sides(joint: Joint) -> None:
    income = await joint.account("Income")
    item = next(i for i in await joint.books_list("item") if i["Name"] == "Oncord sales")
    await joint.configure(items=ItemPolicy("match", item["Id"], income))
    for name in ("Ada", "Bea"):
        person = await joint.contact(name, "Byron", email=f"{name}@example.com".lower())
        sale = await joint.sale(person["id"], number=f"{name}-1")
        await joint.receipt(sale, "5.00")
        known = await customer(joint, name, "Byron", email=f"{name}@example.com".lower())
        bill = await invoice(joint, known["Id"], DocNumber=f"{name}-1")
        await payment(joint, known["Id"], "7.00", {bill["Id"]: "7.00"})
    twice = await joint.contact("Cyd", "Byron", email="cyd@example.com")
    await joint.contact("Cyd", "Byron", email="cyd@example.com")
    first = await joint.sale(twice["id"], number="C-1")
    await joint.sale(twice["id"], number="#C-1")
    await joint.receipt(first, "1.00")
    zed = await customer(joint, "Zed", "Zebra")
    bill = await invoice(joint, zed["Id"], await line(joint, "99.00"), DocNumber="C-1")
    await payment(joint, zed["Id"], "3.00", {bill["Id"]: "3.00"})


async def test_in_pieces_what_was_shown_is_done_and_what_has_moved_is_named(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = await joint.contact("Ada"), await joint.contact("Bob")
    sale = await joint.sale(ada["id"], number="1041")
    await joint.receipt(sale)
    await joint.sale(bob["id"], number="1042")
    plan = (await joint.sync(dry_run=True)).id
    in_pieces(monkeypatch, 1)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"due_date": "2026-12-14"})
    await joint.sale(bob["id"], number="1043")

    refused = await carried_out(joint, plan)

    assert refused.state == "cancelled"
    listed = {s.operation.subject.number: s.message for s in await joint.decisions() if s.state == "moved"}
    assert listed == {"1041": "It would be done otherwise by now.", "1043": "It has come since."}
    assert 0 < refused.error.index("1041, Ada Lovelace") < refused.error.index("1043, Bob Lovelace"), refused.error
    again = (await joint.sync(dry_run=True)).id

    done = await carried_out(joint, again)

    assert (done.state, done.error) == ("succeeded", "")
    assert {str(i["DocNumber"]) for i in await joint.books_list("invoice")} == {"1041", "1042", "1043"}


@pytest.mark.parametrize("trouble", [Unreachable, Unauthorised])
async def test_a_dry_run_that_does_not_come_to_its_end_shows_nothing(
    joint: Joint, monkeypatch: pytest.MonkeyPatch, trouble: type[OutsideError]
) -> None:
    async def failing(_context: Any) -> None:
        raise trouble("QuickBooks does not answer.")

    ada = await joint.contact()
    await joint.sale(ada["id"])
    monkeypatch.setattr(dry_run, "tell_effects", failing)

    run = await joint.sync(dry_run=True)

    assert run.state == "failed"
    assert await joint.decisions() == []


async def test_the_memory_of_a_dry_run_and_of_the_look_before_it_is_done_does_not_grow_with_the_records(
    own_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_pieces(monkeypatch, 15)
    peaks: dict[str, list[int]] = {"keep_dry_run": [], "moved_since": []}
    for name, seen in peaks.items():
        monkeypatch.setattr(engine, name, _traced(getattr(engine, name), seen))
    async with joined(own_database.app) as joint:
        method = await joint.method("direct_deposit")
        for first, last in ((0, FEW), (FEW, MANY)):
            for number in range(first, last):
                person = await joint.contact(f"Ada{number}", "Byron")
                sale = await joint.sale(person["id"])
                await joint.receipt(sale, payment_method_id=method)
            plan = (await joint.sync(dry_run=True)).id
            await joint.in_shop("PATCH", f"contacts/{person['id']}", {"phone": "0400 111 111"})
            assert (await carried_out(joint, plan)).state == "cancelled"

    grown = {name: (many - few) / (3 * (MANY - FEW)) for name, (few, many) in peaks.items()}
    assert all(each < PER_RECORD for each in grown.values()), (grown, peaks)


def _traced(of: Callable[..., Awaitable[Any]], peaks: list[int]) -> Callable[..., Awaitable[Any]]:
    async def traced(*given: Any) -> Any:
        tracemalloc.start()
        try:
            return await of(*given)
        finally:
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()

    return traced
