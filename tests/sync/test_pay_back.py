"""S5: what a late cancellation has left with its customer is paid back by an answer: a refund in Oncord, money out in QuickBooks
from the account that is chosen, joined to the credit memo. Whole stories, in Australia and America."""

from datetime import date
from typing import Any

import pytest

from app.errors import InvalidInput
from tests.support.joint import Joint
from tests.support.stories import asked, book, payment, quiet, run, shop
from tests.sync.test_cancelled_late import TODAY, a_sale, cancel, credits_of, differences, revive
from tests.sync.test_cleared_money import reconcile
from tests.sync.test_rules_refunds import _refunds, links_of

Body = dict[str, Any]


async def cancelled_after(joint: Joint, *amounts: str) -> tuple[Body, Body]:
    """A sale of 22.00 of which so much was paid, receipt by receipt, before it was cancelled; and its invoice."""
    sale, made = await a_sale(joint)
    for amount in amounts:
        await joint.receipt(sale, amount)
    await run(joint)
    await cancel(joint, sale)
    await run(joint)
    return sale, made


async def pay_back(joint: Joint, account: str | None = None) -> None:
    """Somebody answers that the credit is paid back, from the bank account unless another one is said."""
    [item] = [each for each in await joint.attention() if each.kind == "open_credit"]
    await joint.answer(item.id, "pay_back", account or await joint.account("Bank"))
    await run(joint)


async def money_back(joint: Joint) -> list[Body]:
    """The refunds of the shop."""
    return [r for r in await joint.shop_list("receipts") if r["amount"].startswith("-")]


@pytest.mark.parametrize("basis", ["accrual", "cash"])
async def test_s5_pay_it_back_records_a_refund_on_both_sides_and_joins_it_to_the_credit_memo(
    joint: Joint, basis: str
) -> None:
    await joint.configure(gst_basis=basis)
    sale, made = await cancelled_after(joint, "22.00")
    [item] = await joint.attention()
    assert item.actions == ["pay_back", "dismiss"]
    assert item.advice.startswith("Pay it back: the refund is recorded in Oncord and in QuickBooks")
    [paid] = await joint.books_list("payment")
    await pay_back(joint)

    [back] = await money_back(joint)
    assert (back["amount"], back["date"], back["contact_id"]) == ("-22.00", TODAY, sale["contact_id"])
    assert back["allocations"] == [{"sale_id": sale["id"], "amount": "-22.00"}]
    assert back["payment_method_id"] == await joint.method("direct_deposit")
    assert back["books_status"] == "linked"
    [out] = await _refunds(joint)
    [memo] = await joint.books_list("creditmemo")
    [joining] = [p for p in await joint.books_list("payment") if not p["TotalAmt"]]
    assert (out["TotalAmt"], out["TxnDate"], out["AccountRef"]["value"]) == (22, TODAY, await joint.account("Bank"))
    assert links_of(joining) == {"CreditMemo": (memo["Id"], 22), "Expense": (out["Id"], 22)}
    assert memo["RemainingCredit"] == 0
    assert (await book(joint, "payment", paid["Id"]))["SyncToken"] == paid["SyncToken"], "nobody touches what was paid"
    assert (await book(joint, "invoice", made["Id"]))["Balance"] == 0
    assert (await shop(joint, "sales", sale["id"]))["amount_paid"] == "0.00"
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)
    await quiet(joint)


@pytest.mark.parametrize(("amounts", "left"), [(("8.00",), 8), (("8.00", "9.00"), 17), (("8.00", "14.00"), 22)])
async def test_s5_what_is_paid_back_is_what_was_paid(joint: Joint, amounts: tuple[str, ...], left: int) -> None:
    await cancelled_after(joint, *amounts)
    assert await credits_of(joint) == [(TODAY, 22, left)]
    await pay_back(joint)

    assert [p["TotalAmt"] for p in await _refunds(joint)] == [left]
    assert [r["amount"] for r in await money_back(joint)] == [f"-{left}.00"]
    assert await credits_of(joint) == [(TODAY, 22, 0)]
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_s5_the_account_is_that_of_the_configuration_unless_another_one_is_said(joint: Joint) -> None:
    await cancelled_after(joint, "22.00")
    [item] = await joint.attention()
    with pytest.raises(InvalidInput, match="Choose in the configuration"):
        await joint.answer(item.id, "pay_back")
    with pytest.raises(InvalidInput, match="payment methods is mapped to"):
        await joint.answer(item.id, "pay_back", await joint.account("Expense"))
    await joint.configure(pay_back_account=await joint.account("Bank"))
    await joint.answer(item.id, "pay_back")
    await run(joint)

    assert [p["AccountRef"]["value"] for p in await _refunds(joint)] == [await joint.account("Bank")]
    assert await asked(joint) == []


async def test_s5_a_cleared_payment_stays_as_it_is_and_what_it_left_is_paid_back(joint: Joint) -> None:
    sale, _ = await a_sale(joint)
    await joint.receipt(sale)
    await run(joint)
    [paid] = await joint.books_list("payment")
    await reconcile(joint)
    await cancel(joint, sale)
    await run(joint)
    await pay_back(joint)

    assert (await book(joint, "payment", paid["Id"]))["TotalAmt"] == 22
    assert [p["TotalAmt"] for p in await _refunds(joint)] == [22]
    assert await credits_of(joint) == [(TODAY, 22, 0)]
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_s5_a_refund_of_a_locked_day_is_dated_on_the_first_that_is_not(joint: Joint) -> None:
    sale, _ = await a_sale(joint)
    await joint.receipt(sale)
    await run(joint)
    await joint.in_books("POST", "close-books", {"date": "2026-11-30"})
    await cancel(joint, sale)
    await run(joint)
    await pay_back(joint)

    assert [r["date"] for r in await money_back(joint)] == ["2026-12-01"]
    assert [p["TxnDate"] for p in await _refunds(joint)] == ["2026-12-01"]
    assert await asked(joint) == [], "nothing of a locked period moves, and nobody is asked"
    assert await differences(joint) == []


async def test_s5_on_a_cash_basis_nothing_of_a_lodged_period_moves(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await joint.receipt(sale, date="2026-10-12")
    await run(joint)
    [paid] = await joint.books_list("payment")
    await joint.configure(lodged_until=date(2026, 10, 31), gst_basis="cash")
    await cancel(joint, sale)
    await run(joint)
    await pay_back(joint)

    assert (await book(joint, "payment", paid["Id"]))["SyncToken"] == paid["SyncToken"]
    assert (await book(joint, "invoice", made["Id"]))["TotalAmt"] == 22
    assert [(p["TotalAmt"], p["TxnDate"]) for p in await _refunds(joint)] == [(22, TODAY)]
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_s5_a_refund_that_somebody_records_meanwhile_is_the_only_one(joint: Joint) -> None:
    sale, _ = await cancelled_after(joint, "22.00")
    [item] = await joint.attention()
    await joint.answer(item.id, "pay_back", await joint.account("Bank"))
    await joint.receipt(sale, "-22.00", date=TODAY)
    await run(joint)

    assert [r["amount"] for r in await money_back(joint)] == ["-22.00"]
    assert [p["TotalAmt"] for p in await _refunds(joint)] == [22]
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_s5_an_answer_holds_for_the_credit_as_it_was_shown(joint: Joint) -> None:
    sale, made = await cancelled_after(joint, "22.00")
    [item] = await joint.attention()
    await joint.sale(sale["contact_id"], number="1050")
    await run(joint)
    [memo] = await joint.books_list("creditmemo")
    new = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "1050")
    await joint.answer(item.id, "pay_back", await joint.account("Bank"))
    await payment(joint, made["CustomerRef"]["value"], "0", {new["Id"]: "10.00"}, {memo["Id"]: "10.00"})
    await run(joint)

    assert await _refunds(joint) == []
    [again] = [each for each in await joint.attention() if each.kind == "open_credit"]
    assert "12.00 AUD of that is Ada Lovelace's credit" in again.summary
    await pay_back(joint)
    assert [p["TotalAmt"] for p in await _refunds(joint)] == [12]
    assert await credits_of(joint) == [(TODAY, 22, 0)]
    await quiet(joint)


@pytest.mark.parametrize("side", ["oncord", "quickbooks"])
async def test_s5_a_lost_answer_pays_back_once(joint: Joint, side: str) -> None:
    await cancelled_after(joint, "22.00")
    await joint.hazard(side, "answer_lost", times=2)
    await pay_back(joint)
    await joint.hazard(side, "answer_lost", on=False)
    await run(joint)
    await run(joint)

    assert [r["amount"] for r in await money_back(joint)] == ["-22.00"]
    assert [p["TotalAmt"] for p in await _refunds(joint)] == [22]
    assert await credits_of(joint) == [(TODAY, 22, 0)]
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_r3_a_refund_that_is_deleted_leaves_the_credit_to_be_paid_back_once_more(joint: Joint) -> None:
    await cancelled_after(joint, "22.00")
    await pay_back(joint)
    [back] = await money_back(joint)
    await joint.in_shop("DELETE", f"receipts/{back['id']}")
    await run(joint)
    await run(joint)
    assert await _refunds(joint) == []
    assert await asked(joint) == [("S5", "open_credit")]

    await pay_back(joint)
    assert [p["TotalAmt"] for p in await _refunds(joint)] == [22]
    assert await credits_of(joint) == [(TODAY, 22, 0)]
    assert await differences(joint) == []
    await quiet(joint)


async def test_s5_a_sale_that_stands_again_after_it_was_paid_back_is_asked_about(joint: Joint) -> None:
    sale, _ = await cancelled_after(joint, "22.00")
    await pay_back(joint)
    await revive(joint, sale)
    await run(joint)

    assert ("S5", "parked") in await asked(joint)
    assert [p["TotalAmt"] for p in await _refunds(joint)] == [22]


async def test_s5_who_says_nothing_pays_nothing_back(joint: Joint) -> None:
    await joint.configure(pay_back_account=await joint.account("Bank"))
    await cancelled_after(joint, "22.00")
    [item] = await joint.attention()
    await joint.answer(item.id, "dismiss")
    await run(joint)

    assert await _refunds(joint) == []
    assert await money_back(joint) == []
    assert await credits_of(joint) == [(TODAY, 22, 22)]
    await quiet(joint)


async def test_s5_in_america_what_is_paid_back_has_its_sales_tax(us: Joint) -> None:
    ada = await us.contact()
    line = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "TAX", "tax_amount": "1.76"}
    sale = await us.sale(ada["id"], line, date="2026-10-12", number="1041")
    await run(us)
    await us.receipt(sale)
    await run(us)
    await cancel(us, sale)
    await run(us)
    await pay_back(us)

    assert [p["TotalAmt"] for p in await _refunds(us)] == [23.76]
    assert [r["amount"] for r in await money_back(us)] == ["-23.76"]
    assert [c[2] for c in await credits_of(us)] == [0]
    assert await asked(us) == []
    assert await differences(us) == []
    await quiet(us)
