"""A person's decision about a conflict is carried out exactly once; what is typed afterwards is an edit like any other."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.sync.writing import stages
from tests.support.joint import Joint
from tests.support.stories import asked, book, change, quiet, run, shop

Pair = tuple[dict[str, Any], dict[str, Any]]


async def _a_pair(joint: Joint) -> Pair:
    sale = await joint.sale((await joint.contact())["id"], notes="As agreed")
    await run(joint)
    [invoice] = await joint.books_list("invoice")
    return sale, invoice


async def _type_notes(joint: Joint, pair: Pair, *, shop: str = "", books: str = "") -> None:
    if shop:
        await joint.in_shop("PATCH", f"sales/{pair[0]['id']}", {"notes": shop})
    if books:
        await change(joint, "invoice", pair[1]["Id"], CustomerMemo={"value": books})


async def _notes(joint: Joint, pair: Pair) -> tuple[str, str]:
    sale, invoice = await shop(joint, "sales", pair[0]["id"]), await book(joint, "invoice", pair[1]["Id"])
    return sale["notes"], invoice["CustomerMemo"]["value"]


async def _conflict(joint: Joint) -> tuple[Pair, str]:
    """QuickBooks' note has won; the shop's is kept in the item."""
    pair = await _a_pair(joint)
    await _type_notes(joint, pair, shop="Ring the bell", books="Leave at the door")
    await run(joint)
    assert await _notes(joint, pair) == ("Leave at the door", "Leave at the door")
    [item] = await joint.attention()
    return pair, item.id


@contextmanager
def _echoes(joint: Joint, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each write is told of by its side at once, while the run is still at work."""
    settle = stages.settle

    async def with_echo(context: Any, tx: Any, memory: Any, answered: Any, *more: Any) -> None:
        await settle(context, tx, memory, answered, *more)
        told = [PendingChange(s.operation.side, s.operation.kind, s.result_id, mirrored=True) for s, _ in answered]
        await change_queue.add(tx, joint.connection_id, told, joint.clock.now())

    with monkeypatch.context() as patch:
        patch.setattr(stages, "settle", with_echo)
        yield


async def test_i18_what_is_typed_after_a_decision_stays_although_the_sides_echo_what_was_written(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair, item = await _conflict(joint)
    await joint.answer(item, "use_other")
    with _echoes(joint, monkeypatch):
        await joint.sync(download=False)
        assert await _notes(joint, pair) == ("Ring the bell", "Ring the bell")
        assert sorted(await joint.writes()) == [("oncord", "sale", "update"), ("quickbooks", "sale", "update")]

        await _type_notes(joint, pair, books="Sent")
        await run(joint)

    assert await _notes(joint, pair) == ("Sent", "Sent")
    assert await asked(joint) == []
    await _type_notes(joint, pair, shop="Paid in cash")
    await run(joint)
    assert await _notes(joint, pair) == ("Paid in cash", "Paid in cash")
    await quiet(joint)


@pytest.mark.parametrize("side", ["oncord", "quickbooks"])
async def test_what_is_typed_between_a_decision_and_its_run_goes_on_and_the_person_is_asked_again(
    joint: Joint, side: str
) -> None:
    pair, item = await _conflict(joint)
    await joint.answer(item, "use_other")
    await _type_notes(joint, pair, **{"shop" if side == "oncord" else "books": "Newer"})

    await run(joint)

    assert await _notes(joint, pair) == ("Newer", "Newer")
    [again] = await joint.attention()
    assert (again.id, "use_other" in again.actions) == (item, True)
    assert "newer" in again.summary

    await joint.answer(item, "use_other")
    await run(joint)

    assert await _notes(joint, pair) == ("Ring the bell", "Ring the bell")
    [kept] = await joint.attention()
    await joint.answer(kept.id, "use_other")
    await run(joint)
    assert await _notes(joint, pair) == ("Newer", "Newer")


async def test_what_is_typed_into_another_field_travels_beside_a_decision(joint: Joint) -> None:
    pair, item = await _conflict(joint)
    await joint.answer(item, "use_other")
    await joint.in_shop("PATCH", f"sales/{pair[0]['id']}", {"due_date": "2027-05-05"})
    await change(joint, "invoice", pair[1]["Id"], TxnDate="2026-11-19")

    await run(joint)

    assert await _notes(joint, pair) == ("Ring the bell", "Ring the bell")
    sale, invoice = await shop(joint, "sales", pair[0]["id"]), await book(joint, "invoice", pair[1]["Id"])
    assert (sale["due_date"], invoice["DueDate"]) == ("2027-05-05", "2027-05-05")
    assert (sale["date"], invoice["TxnDate"]) == ("2026-11-19", "2026-11-19")
    assert await asked(joint) == []
    await quiet(joint)


async def test_a_decision_about_a_contact_is_carried_out_once_too(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = await joint.contact(phone="0400 000 000")
    await joint.sale(contact["id"])
    await run(joint)
    [customer] = await joint.books_list("customer")
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0411 111 111"})
    await change(joint, "customer", customer["Id"], PrimaryPhone={"FreeFormNumber": "0422 222 222"})
    await run(joint)
    [item] = await joint.attention()
    await joint.answer(item.id, "use_other")
    with _echoes(joint, monkeypatch):
        await joint.sync(download=False)
        await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0433 333 333"})
        await run(joint)

    [customer] = await joint.books_list("customer")
    assert customer["PrimaryPhone"]["FreeFormNumber"] == "0433 333 333"
    assert (await shop(joint, "contacts", contact["id"]))["phone"] == "0433 333 333"
    await quiet(joint)


async def test_a_decision_about_a_receipt_is_carried_out_once_too(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = await joint.receipt(await joint.sale((await joint.contact())["id"]), reference="A")
    await run(joint)
    [payment] = await joint.books_list("payment")
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "Shop"})
    await change(joint, "payment", payment["Id"], PaymentRefNum="Books")
    await run(joint)
    [item] = await joint.attention()
    await joint.answer(item.id, "use_other")
    with _echoes(joint, monkeypatch):
        await joint.sync(download=False)
        assert (await book(joint, "payment", payment["Id"]))["PaymentRefNum"] == "Shop"
        await change(joint, "payment", payment["Id"], PaymentRefNum="Later")
        await run(joint)

    assert (await shop(joint, "receipts", receipt["id"]))["reference"] == "Later"
    assert await asked(joint) == []
    await quiet(joint)


class Killed(Exception):
    """The process ends here."""


@pytest.mark.parametrize("point", range(6))
async def test_a_crash_at_any_step_neither_loses_nor_doubles_a_decision(
    joint: Joint, monkeypatch: pytest.MonkeyPatch, point: int
) -> None:
    pair, item = await _conflict(joint)
    await joint.answer(item, "use_other")
    versions = (await shop(joint, "sales", pair[0]["id"]))["version"], await book(joint, "invoice", pair[1]["Id"])
    steps = iter(range(100))
    settle, send = stages.settle, stages._send

    async def at(step: Any, *arguments: Any) -> Any:
        if next(steps) == point:
            raise Killed
        return await step(*arguments)

    async def settle_or_die(*arguments: Any) -> None:
        await at(settle, *arguments)
        if next(steps) == point:  # within the transaction: nothing of it is remembered
            raise Killed

    async def send_or_die(*arguments: Any) -> Any:
        return await at(send, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(stages, "settle", settle_or_die)
        patch.setattr(stages, "_send", send_or_die)
        with pytest.raises(Killed):
            await joint.sync(download=False)
    await joint.sync(download=False)

    assert await _notes(joint, pair) == ("Ring the bell", "Ring the bell")
    assert await asked(joint) == []
    now = (await shop(joint, "sales", pair[0]["id"]))["version"], await book(joint, "invoice", pair[1]["Id"])
    assert int(now[1]["SyncToken"]) - int(versions[1]["SyncToken"]) == 1
    assert now[0] != versions[0]
    await _type_notes(joint, pair, shop="Newer")
    await run(joint)
    assert await _notes(joint, pair) == ("Newer", "Newer")
    await quiet(joint)
