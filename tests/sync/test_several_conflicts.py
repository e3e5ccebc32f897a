"""Every value that loses a conflict is kept, however many conflicts a record has before anybody answers (law 8)."""

from typing import Any

import pytest

from tests.support.joint import Joint
from tests.support.stories import book, change, quiet, run, shop


async def _pair(joint: Joint) -> tuple[dict[str, Any], dict[str, Any]]:
    sale = await joint.sale((await joint.contact())["id"], notes="As agreed")
    await run(joint)
    [invoice] = await joint.books_list("invoice")
    return sale, invoice


async def _notes(joint: Joint, sale: dict[str, Any], invoice: dict[str, Any]) -> tuple[str, str]:
    ours, theirs = await shop(joint, "sales", sale["id"]), await book(joint, "invoice", invoice["Id"])
    return ours["notes"], theirs["CustomerMemo"]["value"]


async def _clash(joint: Joint, sale: dict[str, Any], invoice: dict[str, Any], ours: str, theirs: str) -> None:
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": ours})
    await change(joint, "invoice", invoice["Id"], CustomerMemo={"value": theirs})
    await run(joint)


def _keeps(item: Any, group: str) -> str:
    return str(item.detail["losing"]["record"][group])


async def test_a_second_conflict_leaves_what_the_first_one_keeps(joint: Joint) -> None:
    sale, invoice = await _pair(joint)
    await _clash(joint, sale, invoice, "Ours 1", "Theirs 1")
    await _clash(joint, sale, invoice, "Ours 2", "Theirs 2")

    newer, older = await joint.attention()
    assert (_keeps(older, "notes"), _keeps(newer, "notes")) == ("Ours 1", "Ours 2")
    assert older.detail["losing"]["typed_at"] < newer.detail["losing"]["typed_at"]
    assert all(item.detail["losing"]["typed_at"] < item.detail["losing"]["won_at"] for item in (older, newer))
    for item, value in ((older, "Ours 1"), (newer, "Ours 2")):
        assert f"Oncord said “{value}”" in item.summary

    await joint.answer(older.id, "use_other")
    await run(joint)

    assert await _notes(joint, sale, invoice) == ("Ours 1", "Ours 1")
    await joint.answer(newer.id, "use_other")
    await run(joint)
    assert await _notes(joint, sale, invoice) == ("Ours 2", "Ours 2")


async def test_two_values_of_one_field_that_are_asked_for_at_once_leave_the_one_asked_for_last(joint: Joint) -> None:
    sale, invoice = await _pair(joint)
    await _clash(joint, sale, invoice, "Ours 1", "Theirs 1")
    await _clash(joint, sale, invoice, "Ours 2", "Theirs 2")
    newer, older = await joint.attention()

    await joint.answer(newer.id, "use_other")
    joint.clock.pass_time(1)
    await joint.answer(older.id, "use_other")
    await run(joint)

    assert await _notes(joint, sale, invoice) == ("Ours 1", "Ours 1")
    await run(joint)
    await quiet(joint)


async def test_a_second_conflict_in_another_field_is_kept_beside_the_first(joint: Joint) -> None:
    sale, invoice = await _pair(joint)
    await _clash(joint, sale, invoice, "Ours", "Theirs")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"due_date": "2027-03-03"})
    await change(joint, "invoice", invoice["Id"], DueDate="2027-02-02")
    await run(joint)

    for item in await joint.attention():
        await joint.answer(item.id, "use_other")
    await run(joint)

    assert await _notes(joint, sale, invoice) == ("Ours", "Ours")
    assert (await book(joint, "invoice", invoice["Id"]))["DueDate"] == "2027-03-03"
    assert await joint.attention() == []
    await quiet(joint)


async def test_two_conflicts_of_a_contact_keep_both_values(joint: Joint) -> None:
    contact = await joint.contact(phone="0400 000 000")
    await joint.sale(contact["id"])
    await run(joint)
    [customer] = await joint.books_list("customer")
    for ours, theirs in (("0411 111 111", "0422 222 222"), ("0433 333 333", "0444 444 444")):
        await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": ours})
        await change(joint, "customer", customer["Id"], PrimaryPhone={"FreeFormNumber": theirs})
        await run(joint)

    newer, older = await joint.attention()
    assert (_keeps(older, "phone"), _keeps(newer, "phone")) == ("0422 222 222", "0444 444 444")


async def test_one_conflict_is_one_item_however_often_its_record_is_looked_at(joint: Joint) -> None:
    sale, invoice = await _pair(joint)
    await _clash(joint, sale, invoice, "Ours", "Theirs")
    await joint.touched("oncord", "sale", sale["id"])
    await run(joint)

    assert len(await joint.attention()) == 1
    await quiet(joint)


@pytest.mark.parametrize("side", ["quickbooks", "oncord"])
async def test_i4_what_is_typed_and_taken_back_before_a_run_comes_by_is_no_conflict(joint: Joint, side: str) -> None:
    sale, invoice = await _pair(joint)
    for value in ("Typed by mistake", "As agreed"):
        if side == "quickbooks":
            await change(joint, "invoice", invoice["Id"], CustomerMemo={"value": value})
        else:
            await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": value})
    if side == "quickbooks":
        await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Newer"})
    else:
        await change(joint, "invoice", invoice["Id"], CustomerMemo={"value": "Newer"})
    await run(joint)

    assert await _notes(joint, sale, invoice) == ("Newer", "Newer")
    assert await joint.attention() == []
    await quiet(joint)


async def test_i4_what_is_taken_back_after_a_run_came_by_is_a_change_like_any_other(joint: Joint) -> None:
    sale, invoice = await _pair(joint)
    await change(joint, "invoice", invoice["Id"], CustomerMemo={"value": "Typed by mistake"})
    await run(joint)
    await _clash(joint, sale, invoice, "Newer", "As agreed")

    [item] = await joint.attention()
    assert _keeps(item, "notes") == "Newer"
    assert await _notes(joint, sale, invoice) == ("As agreed", "As agreed")
    await quiet(joint)
