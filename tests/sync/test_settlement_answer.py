"""What the shop is answered about one sale before it reminds anybody, over the API: each answer, with its amounts and what
they are called (docs/oncord.md 5)."""

import datetime as dt
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.api import settlement
from app.api.auth import admit
from app.container import build_container
from app.domain.model.days import day_in_words
from tests.support.joint import Joint
from tests.support.settlements import bad_debts, banked, journal, set_against, up_front
from tests.support.stories import Body, book, payment, remove, run, void

PAID = {"total": "22.00", "settled": "22.00", "open": "0.00", "currency": "AUD", "chase": False}
NOTHING = {"total": "22.00", "settled": "0", "open": "0", "currency": "AUD", "chase": False, "causes": []}


async def answer(joint: Joint, sale: Body) -> dict[str, Any]:
    """What the address answers of a sale, besides as of when: that is the last reading of both sides."""
    app = FastAPI()
    app.include_router(settlement.router)
    app.state.container = build_container(joint.runtime)
    app.dependency_overrides[admit] = lambda: None
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.test") as api:
        found = await api.get(f"/api/v1/connections/{joint.connection_id}/sales/{sale['id']}/settlement")
    assert found.status_code == 200, found.text
    told: dict[str, Any] = found.json()
    assert (told.pop("opening_since"), told.pop("opening_balance")) == (None, None)
    age = joint.clock.now() - dt.datetime.fromisoformat(told.pop("as_of"))
    assert dt.timedelta(0) <= age < dt.timedelta(minutes=5), age
    return told


async def owing(joint: Joint) -> tuple[Body, Body]:
    """A sale of 22.00, past due and in the books, and its invoice."""
    sale = await joint.sale((await joint.contact())["id"], date="2026-10-01", due_date="2026-11-01")
    await run(joint)
    [invoice] = await joint.books_list("invoice")
    return sale, invoice


def cause(name: str, amount: str, label: str = "") -> Body:
    return {"cause": name, "amount": amount, "label": label}


async def test_partly_with_amounts_causes_and_whether_to_chase(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    await joint.receipt(sale, "10.00")
    await up_front(joint, invoice["Id"], "2.00")
    await run(joint)

    assert await answer(joint, sale) == {
        "state": "partly",
        "total": "22.00",
        "settled": "12.00",
        "open": "10.00",
        "currency": "AUD",
        "chase": True,
        "causes": [cause("receipt", "10.00"), cause("deposit", "2.00")],
    }


async def test_open_until_it_is_paid_by_whatever_it_is(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    owed = {"state": "open", "total": "22.00", "settled": "0.00", "open": "22.00", "currency": "AUD"}
    assert await answer(joint, sale) == {**owed, "chase": True, "causes": []}

    deposit = await banked(joint, invoice["CustomerRef"]["value"], "2.00")
    await set_against(joint, await book(joint, "invoice", invoice["Id"]), "Deposit", deposit, "2.00")
    await payment(joint, invoice["CustomerRef"]["value"], "12.00", {invoice["Id"]: "12.00"})
    await joint.receipt(sale, "8.00", payment_method_id=await joint.method("cash"))
    await run(joint)
    settled = [
        cause("receipt", "12.00"),
        cause("receipt_in_oncord", "8.00"),
        cause("bank_deposit", "2.00", f"Bank deposit of {day_in_words(deposit['TxnDate'])}"),
    ]
    assert await answer(joint, sale) == {**PAID, "state": "paid", "causes": settled}


async def test_overpaid_by_what_only_the_shop_holds_beside_a_receipt_of_the_whole(joint: Joint) -> None:
    sale, _ = await owing(joint)
    await joint.receipt(sale)
    await run(joint)
    await joint.receipt(sale, "1.50", payment_method_id=await joint.method("cash"))
    await run(joint)

    settled = [cause("receipt", "22.00"), cause("receipt_in_oncord", "1.50")]
    assert await answer(joint, sale) == {**PAID, "state": "overpaid", "settled": "23.50", "causes": settled}


async def test_credited_by_an_adjustment_alone(joint: Joint) -> None:
    sale, _ = await owing(joint)
    back = {"description": "Back", "quantity": "-2", "unit_price": "11.00", "tax_code": "GST"}
    credit = await joint.sale(sale["contact_id"], back, kind="adjustment")
    both = [{"sale_id": sale["id"], "amount": "22.00"}, {"sale_id": credit["id"], "amount": "-22.00"}]
    await joint.receipt(sale, "0.00", allocations=both)
    await run(joint)

    assert await answer(joint, sale) == {**PAID, "state": "credited", "causes": [cause("credit", "22.00")]}


async def test_written_off_for_what_was_left_of_it_by_the_name_of_the_entry(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    await joint.receipt(sale, "5.50")
    await run(joint)
    entry = await journal(joint, invoice["CustomerRef"]["value"], "16.50", await bad_debts(joint), DocNumber="W1")
    await set_against(joint, await book(joint, "invoice", invoice["Id"]), "JournalEntry", entry, "16.50")
    await run(joint)

    settled = [
        cause("receipt", "5.50"),
        cause("written_off", "16.50", f"Journal entry W1 of {day_in_words(entry['TxnDate'])}"),
    ]
    assert await answer(joint, sale) == {**PAID, "state": "written_off", "causes": settled}


@pytest.mark.parametrize(("how", "state"), [(void, "void"), (remove, "gone")])
async def test_void_and_gone_are_owed_by_nobody_whatever_had_been_paid(joint: Joint, how: Any, state: str) -> None:
    sale, invoice = await owing(joint)
    await joint.receipt(sale, "10.00", payment_method_id=await joint.method("cash"))
    await run(joint)
    await how(joint, "invoice", invoice["Id"])
    await run(joint)

    assert await answer(joint, sale) == {**NOTHING, "state": state, "settled": "0.00", "open": "0.00"}


async def test_a_sale_that_was_deleted_or_cancelled_in_the_shop_is_gone_or_void(joint: Joint) -> None:
    sale, _ = await owing(joint)
    other = await joint.sale(sale["contact_id"], due_date="2026-11-01")
    await run(joint)
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await joint.in_shop("PATCH", f"sales/{other['id']}", {"status": "cancelled"})
    await run(joint)

    assert [(await answer(joint, each))["state"] for each in (sale, other)] == ["gone", "void"]


async def test_nobody_is_chased_for_the_rest_while_a_question_about_its_receipt_is_open(joint: Joint) -> None:
    sale, _ = await owing(joint)
    receipt = await joint.receipt(sale, "10.00")
    await run(joint)
    rest = {"state": "partly", "settled": "10.00", "open": "12.00"}
    assert (await answer(joint, sale)).items() >= {**rest, "chase": True}.items()

    [paid] = await joint.books_list("payment")
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "one"})
    await joint.person("payment", {**paid, "PaymentRefNum": "two"})
    await run(joint)
    [item] = await joint.attention()
    assert (item.kind, item.record_kind) == ("conflict", "receipt")
    asked = await answer(joint, sale)
    assert asked.items() >= {**rest, "chase": False}.items()
    assert asked["causes"] == [cause("receipt", "10.00")]

    await joint.answer(item.id, "dismiss")
    assert (await answer(joint, sale)).items() >= {**rest, "chase": True}.items()


async def test_nor_while_its_receipt_waits_for_a_choice_of_the_configuration(joint: Joint) -> None:
    sale, _ = await owing(joint)
    for amount in ("4.00", "6.00"):
        await joint.receipt(sale, amount, payment_method_id=await joint.method("paypal"))
    await run(joint)
    [item] = await joint.attention()
    assert (item.kind, item.record_id) == ("unmapped", "")

    told = await answer(joint, sale)
    assert (told["state"], told["settled"], told["open"], told["chase"]) == ("partly", "10.00", "12.00", False)
    assert told["causes"] == [cause("receipt_in_oncord", "4.00"), cause("receipt_in_oncord", "6.00")]


async def test_nor_while_its_receipt_may_be_the_money_of_a_payment_of_another_sale(joint: Joint) -> None:
    sale, _ = await owing(joint)
    other = await joint.sale(sale["contact_id"], date="2026-10-01", number="SECOND")
    both = [{"sale_id": other["id"], "amount": "22.00"}, {"sale_id": sale["id"], "amount": "10.00"}]
    receipt = await joint.receipt(other, "32.00", allocations=both)
    await run(joint)
    [paid] = await joint.books_list("payment")
    await remove(joint, "payment", paid["Id"])
    await run(joint)
    assert (await answer(joint, sale))["chase"] is True
    second = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "SECOND")
    await payment(joint, second["CustomerRef"]["value"], "22.00", {second["Id"]: "22.00"})
    await run(joint)
    [item] = [i for i in await joint.attention() if i.kind == "ambiguous_match"]
    assert (item.side, [c["id"] for c in item.detail["choices"]]) == ("quickbooks", [receipt["id"]])

    told = await answer(joint, sale)
    assert (told["state"], told["open"], told["chase"]) == ("partly", "12.00", False)
    assert told["causes"] == [cause("receipt_in_oncord", "10.00")]
