"""The guard at the door of the books: what moves in a locked period, or of money that the bank holds, is noted unless somebody has
said so; and what is held says how much."""

from collections.abc import AsyncIterator
from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.storage.people import attention
from tests.simulation import held
from tests.simulation.guarded import Guard
from tests.simulation.life import Life
from tests.simulation.looking import Question, World
from tests.simulation.outside import Outside
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import Body, book, change, customer, invoice, line, payment, remove, run, void

SEPTEMBER, LODGED = "2026-09-12", "2026-09-30"


@pytest.fixture
async def joint(own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    async with joined(own_database.app) as made:
        yield made


async def _document(joint: Joint, day: str = SEPTEMBER) -> Body:
    return await invoice(
        joint, (await customer(joint, f"Kay {day}", email=""))["Id"], TxnDate=day, DocNumber=f"Q-{day}"
    )


async def _noted(guard: Guard, entity: str, document: Body, deed: Any, answer: Body | None = None) -> list[str]:
    """What is noted when a call that names a document does `deed` to it."""
    content = {"BatchItemRequest": [{"bId": "b1", "operation": "update", entity: {"Id": document["Id"]}}]}
    guard.before(content)
    await deed
    await guard.after(content, answer)
    return [fault.partition(":")[0] for fault in guard.faults]


@pytest.mark.parametrize("lock", ["lodged", "sealed", "closed"])
async def test_a_document_that_moves_in_a_locked_period_is_noted(joint: Joint, lock: str) -> None:
    made, guard = await _document(joint), Guard(joint)
    deed = change(joint, "invoice", made["Id"], TxnDate="2026-11-02")
    if lock == "lodged":
        guard.lodged = LODGED
    elif lock == "sealed":
        guard.sealed = {"2026-09"}
    content = {"BatchItemRequest": [{"bId": "b1", "operation": "update", "Invoice": {"Id": made["Id"]}}]}
    guard.before(content)
    await deed
    if lock == "closed":
        await joint.in_books("POST", "close-books", {"date": LODGED})
    await guard.after(content, {"BatchItemResponse": []})

    assert [fault.partition(":")[0] for fault in guard.faults] == ["B1"]


async def test_a_note_an_open_day_and_what_was_refused_are_no_fault(joint: Joint) -> None:
    made, guard = await _document(joint), Guard(joint, lodged=LODGED)
    note = change(joint, "invoice", made["Id"], CustomerMemo={"value": "Thanks"}, DueDate="2026-12-24")
    assert await _noted(guard, "Invoice", made, note) == []

    refused = {"BatchItemResponse": [{"bId": "b1", "Fault": {}}]}
    assert await _noted(guard, "Invoice", made, remove(joint, "invoice", made["Id"]), refused) == []

    today = await _document(joint, "2026-11-02")
    assert await _noted(guard, "Invoice", today, remove(joint, "invoice", today["Id"])) == []


@pytest.mark.parametrize(("free", "noted"), [(True, []), (False, ["B1"])])
async def test_what_a_payment_of_a_locked_period_is_applied_to_moves_a_figure_on_cash_basis(
    joint: Joint, free: bool, noted: list[str]
) -> None:
    made = await _document(joint)
    paid = await payment(joint, made["CustomerRef"]["value"], "33", {made["Id"]: "33"}, TxnDate=SEPTEMBER)
    guard = Guard(joint, lodged=LODGED, allocations_are_free=free)
    whole = await book(joint, "payment", paid["Id"])

    assert await _noted(guard, "Payment", paid, joint.person("payment", {**whole, "Line": []})) == noted


@pytest.mark.parametrize(("status", "noted"), [("Reconciled", ["R3/R7"]), ("Cleared", ["R3/R7"]), ("Uncleared", [])])
async def test_money_that_the_bank_holds_is_noted_when_its_day_moves(
    joint: Joint, status: str, noted: list[str]
) -> None:
    made = await _document(joint)
    paid = await payment(joint, made["CustomerRef"]["value"], "33", {made["Id"]: "33"}, TxnDate="2026-11-02")
    await joint.in_books("POST", "reconcile", {"account": await joint.account("Bank"), "status": status})
    whole = await book(joint, "payment", paid["Id"])
    later = joint.person("payment", {**whole, "TxnDate": "2026-11-03"})

    assert await _noted(Guard(joint), "Payment", paid, later) == noted


@pytest.mark.parametrize("free", [False, True])
async def test_what_is_taken_off_a_payment_of_a_locked_period_by_a_write_to_what_it_pays_is_noted_on_cash_basis(
    joint: Joint, free: bool
) -> None:
    async def pays_of_september(number: str) -> Body:
        made = await invoice(joint, kay["Id"], TxnDate="2026-11-02", DocNumber=number)
        await payment(joint, kay["Id"], "33", {made["Id"]: "33"}, TxnDate=SEPTEMBER)
        return made

    kay = await customer(joint, "Kay", email="")
    whole, less, gone, more = [await pays_of_september(f"Q-{number}") for number in range(4)]

    async def moved(made: Body, deed: Any) -> list[str]:
        return await _noted(Guard(joint, lodged=LODGED, allocations_are_free=free), "Invoice", made, deed)

    noted = [] if free else ["B1"]
    assert await moved(whole, void(joint, "invoice", whole["Id"])) == noted
    assert await moved(less, change(joint, "invoice", less["Id"], Line=[await line(joint, "10.00")])) == noted
    assert await moved(gone, remove(joint, "invoice", gone["Id"])) == noted
    assert await moved(more, change(joint, "invoice", more["Id"], Line=[await line(joint, "40.00")])) == []


async def test_what_is_taken_off_money_that_the_bank_holds_is_noted_where_its_document_counts_no_more(
    joint: Joint,
) -> None:
    kay = await customer(joint, "Kay", email="")
    whole, less = [await invoice(joint, kay["Id"], TxnDate="2026-11-02", DocNumber=f"Q-{n}") for n in range(2)]
    for made in (whole, less):
        await payment(joint, kay["Id"], "33", {made["Id"]: "33"}, TxnDate="2026-11-02")
    await joint.in_books("POST", "reconcile", {"account": await joint.account("Bank"), "status": "Reconciled"})

    assert await _noted(Guard(joint), "Invoice", whole, void(joint, "invoice", whole["Id"])) == ["S3/S5"]
    lower = change(joint, "invoice", less["Id"], Line=[await line(joint, "10.00")])
    assert await _noted(Guard(joint), "Invoice", less, lower) == [], "what money pays is another matter (R7)"


@pytest.mark.parametrize("holds", ["lodged", "reconciled"])
@pytest.mark.parametrize("mended", [True, False])
async def test_a_service_that_voids_under_a_payment_that_stays_is_found_out(
    own_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch, holds: str, mended: bool
) -> None:
    outside = Outside()
    async with joined(own_database.app, around=outside.around) as joint:
        sale = await joint.sale((await joint.contact())["id"], date="2026-11-12", number="1041")
        receipt = await joint.receipt(sale, date="2026-10-28")
        await run(joint)
        outside.guard = guard = Guard(joint)
        if holds == "lodged":
            guard.lodged = "2026-10-31"
            await joint.configure(lodged_until=date(2026, 10, 31), gst_basis="cash")
        else:
            await joint.in_books("POST", "reconcile", {"account": await joint.account("Bank"), "status": "Reconciled"})
        if not mended:
            monkeypatch.setattr("app.domain.sales.cancelled._goes", lambda *_: True)
        await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
        await joint.in_shop("PATCH", f"sales/{sale['id']}", {"status": "cancelled"})
        guard.run_begins()
        await run(joint)

    found = {"lodged": "B1", "reconciled": "S3/S5"}[holds]
    assert {fault.partition(":")[0] for fault in guard.faults} == (set() if mended else {found})


@pytest.mark.parametrize("mended", [True, False])
async def test_a_service_that_takes_money_of_the_bank_off_what_was_deleted_is_found_out(
    own_database: DatabaseUrls, monkeypatch: pytest.MonkeyPatch, mended: bool
) -> None:
    outside = Outside()
    async with joined(own_database.app, around=outside.around) as joint:
        sale = await joint.sale((await joint.contact())["id"], date="2026-11-12", number="1041")
        await joint.receipt(sale, date="2026-11-12")
        await run(joint)
        await joint.in_books("POST", "reconcile", {"account": await joint.account("Bank"), "status": "Reconciled"})
        outside.guard = guard = Guard(joint)
        if not mended:
            monkeypatch.setattr("app.domain.sales.deletion.bank_holds", lambda *_: None)
        await joint.in_shop("DELETE", f"sales/{sale['id']}")
        guard.run_begins()
        await run(joint)

    assert {fault.partition(":")[0] for fault in guard.faults} == (set() if mended else {"S3"})


async def test_what_the_service_does_as_answered_is_no_fault_and_only_in_one_run(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"], date=SEPTEMBER, number="1041")
    await run(joint)
    await joint.configure(lodged_until=date.fromisoformat(LODGED))
    line = {"description": "Tea", "quantity": "1", "unit_price": "44.00", "tax_code": "GST"}
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [line]})
    await run(joint)
    [item] = await joint.attention()
    await joint.answer(item.id, "do_in_old_period")
    [made] = await joint.books_list("invoice")
    guard = Guard(joint, lodged=LODGED, answered={str(item.id): "do_in_old_period"})
    guard.run_begins()

    assert await _noted(guard, "Invoice", made, change(joint, "invoice", made["Id"], TxnDate="2026-09-13")) == []
    assert guard.counts == {"B1 moved as answered": 1}
    guard.run_ended(through=True)
    guard.run_begins()
    assert await _noted(guard, "Invoice", made, change(joint, "invoice", made["Id"], TxnDate="2026-09-14")) == ["B1"]


@pytest.mark.parametrize(("lodged", "noted"), [("", []), ("2026-12-31", ["B1", "R3/R7"])])
async def test_a_question_about_a_lock_that_is_gone_takes_no_answer_about_money_back(
    joint: Joint, lodged: str, noted: list[str]
) -> None:
    sale = await joint.sale((await joint.contact())["id"], date="2026-11-02", number="1041")
    receipt = await joint.receipt(sale, sale["total"], date="2026-11-03")
    await run(joint)
    [paid] = await joint.books_list("payment")
    await joint.in_books("POST", "reconcile", {"account": await joint.account("Bank"), "status": "Reconciled"})
    answers = {"cleared_money": "do_it_anyway", "locked_period": ""}
    about = {"side": "oncord", "record_kind": "receipt", "record_id": str(receipt["id"]), "rule": "R7", "summary": ""}
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        for kind in answers:
            joint.clock.pass_time(60)
            now, key = joint.clock.now(), f"{kind} {receipt['id']}"
            await attention.open_item(tx, joint.connection_id, item_id=kind, key=key, kind=kind, now=now, **about)
    guard = Guard(joint, lodged=lodged, answered=answers)
    guard.run_begins()

    assert await _noted(guard, "Payment", paid, change(joint, "payment", paid["Id"], TxnDate="2026-11-04")) == noted


async def test_what_is_made_in_a_locked_period_is_noted_as_long_as_it_is_there(joint: Joint) -> None:
    guard = Guard(joint, lodged=LODGED)
    guard.before({})
    made = await _document(joint)
    await guard.after({}, {"BatchItemResponse": [{"bId": "b1", "Invoice": {"Id": made["Id"], "SyncToken": "0"}}]})
    assert len(await guard.made_without_leave()) == 1

    await remove(joint, "invoice", made["Id"])
    assert await guard.made_without_leave() == []


def _held(summary: str, *, resolution: str = "") -> list[str]:
    """Sale 7 of 44.00 is invoice 10 of 22.00, and is held under a question."""
    question = Question("oncord", "sale", "7", "", "locked_period", "B1", summary, not resolution, True, "", resolution)
    link = {"kind": "sale", "oncord_id": "7", "quickbooks_id": "10", "part": "", "state": "live", "origin": "oncord"}
    shop: dict[str, dict[str, Body]] = {"sale": {"7": {"id": "7", "total": "44.00", "lines": []}}}
    books: dict[str, dict[str, Body]] = {"sale": {"10": {"Id": "10", "TotalAmt": 22, "Line": []}}}
    life = cast(Life, SimpleNamespace(guard=None))
    return list(held.judge(World(life, shop, books, [link], [question], [], set(), {}, {}, set())))


def test_a_question_that_does_not_name_both_amounts_is_noted() -> None:
    assert _held("22.00 AUD is to become 44.00 AUD.") == []
    assert _held("22.00 AUD is to become 44.00 AUD.", resolution="leave_difference") == []
    assert len(_held("It is to become 44.00 AUD.")) == 1
    assert len(_held("It is to become 45.00 AUD.")) == 2
    assert _held("It was done.", resolution="done_in_old_period") == []
