"""R5 and S5: a refund of a sale that was cancelled late is paid out against the credit memo that takes the sale back, and nobody
is asked. Whole stories, in Australia and America."""

from typing import Any

from tests.support.joint import Joint
from tests.support.stories import asked, book, book_or_none, quiet, run, shop
from tests.sync.test_cancelled_late import TODAY, a_sale, cancel, credits_of, differences, revive
from tests.sync.test_rules_refunds import _refunds, joined_to, links_of, paid_back

Body = dict[str, Any]


async def paid_and_cancelled(joint: Joint) -> tuple[Body, Body]:
    """A sale of 22.00 that was paid and then cancelled, and its invoice."""
    sale, made = await a_sale(joint)
    await joint.receipt(sale)
    await run(joint)
    await cancel(joint, sale)
    return sale, made


async def test_r5_a_refund_of_a_cancelled_sale_is_paid_out_against_its_credit_memo(joint: Joint) -> None:
    sale, _ = await paid_and_cancelled(joint)
    await run(joint)
    assert await asked(joint) == [("S5", "open_credit")]
    await joint.receipt(sale, "-22.00", date=TODAY)
    await run(joint)

    [paid] = await _refunds(joint)
    [memo] = await joint.books_list("creditmemo")
    [joining] = [p for p in await joint.books_list("payment") if not p["TotalAmt"]]
    assert (paid["TotalAmt"], memo["RemainingCredit"]) == (22, 0)
    assert links_of(joining) == {"CreditMemo": (memo["Id"], 22), "Expense": (paid["Id"], 22)}
    assert [s["status"] for s in await joint.shop_list("sales")] == ["cancelled"]
    assert await asked(joint) == [], "the credit is used up"
    assert await differences(joint) == []
    await quiet(joint)
    await quiet(joint)


async def test_r5_a_refund_that_comes_with_the_cancellation_waits_for_its_credit_memo(joint: Joint) -> None:
    sale, _ = await paid_and_cancelled(joint)
    await joint.receipt(sale, "-22.00", date=TODAY)
    await run(joint)

    assert await credits_of(joint) == [(TODAY, 22, 0)]
    assert [p["TotalAmt"] for p in await _refunds(joint)] == [22]
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_r5_a_refund_of_part_of_a_cancelled_sale_leaves_the_rest_open_and_named(joint: Joint) -> None:
    sale, _ = await paid_and_cancelled(joint)
    await joint.receipt(sale, "-8.00", date=TODAY)
    await run(joint)

    assert await credits_of(joint) == [(TODAY, 22, 14)]
    [item] = await joint.attention()
    assert "14.00 AUD of that" in item.summary
    assert await differences(joint) == []
    await quiet(joint)


async def test_r7_a_refund_of_a_cancelled_sale_that_changes_changes_both_documents(joint: Joint) -> None:
    sale, _ = await paid_and_cancelled(joint)
    refund = await joint.receipt(sale, "-22.00", date=TODAY)
    await run(joint)
    less = {"amount": "-15.00", "allocations": [{"sale_id": sale["id"], "amount": "-15.00"}]}
    await joint.in_shop("PATCH", f"receipts/{refund['id']}", less)
    await run(joint)

    assert [p["TotalAmt"] for p in await _refunds(joint)] == [15]
    assert await credits_of(joint) == [(TODAY, 22, 7)]
    assert await asked(joint) == [("S5", "open_credit")]
    assert await differences(joint) == []
    await quiet(joint)


async def test_r3_a_refund_of_a_cancelled_sale_that_is_deleted_leaves_the_credit_open_again(joint: Joint) -> None:
    sale, _ = await paid_and_cancelled(joint)
    refund = await joint.receipt(sale, "-22.00", date=TODAY)
    await run(joint)
    [paid] = await _refunds(joint)
    await joint.in_shop("DELETE", f"receipts/{refund['id']}")
    await run(joint)
    await run(joint)

    assert await book_or_none(joint, "purchase", paid["Id"]) is None
    assert await credits_of(joint) == [(TODAY, 22, 22)]
    assert await asked(joint) == [("S5", "open_credit")]
    assert await differences(joint) == []
    await quiet(joint)


async def test_s5_a_sale_that_stands_again_keeps_a_credit_memo_that_was_paid_out_and_somebody_is_asked(
    joint: Joint,
) -> None:
    sale, _ = await paid_and_cancelled(joint)
    await joint.receipt(sale, "-22.00", date=TODAY)
    await run(joint)
    await revive(joint, sale)
    await run(joint)

    assert await credits_of(joint) == [(TODAY, 22, 0)]
    assert ("S5", "parked") in await asked(joint)
    assert all(cause != "unexplained" for _, cause, _ in await differences(joint))


async def test_r5_a_bookkeeper_who_pays_the_credit_back_makes_a_refund_of_the_cancelled_sale(joint: Joint) -> None:
    sale, made = await paid_and_cancelled(joint)
    await run(joint)
    owner = made["CustomerRef"]["value"]
    [memo] = await joint.books_list("creditmemo")
    paid = await paid_back(joint, owner, 22.0)
    await joined_to(joint, owner, paid, memo, 22.0)
    await run(joint)
    await run(joint)

    [refund] = [r for r in await joint.shop_list("receipts") if r["amount"].startswith("-")]
    assert refund["allocations"] == [{"sale_id": sale["id"], "amount": "-22.00"}]
    assert (await shop(joint, "sales", sale["id"]))["amount_paid"] == "0.00"
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_r5_a_lost_answer_pays_a_cancelled_sale_out_once(joint: Joint) -> None:
    sale, _ = await paid_and_cancelled(joint)
    await joint.receipt(sale, "-22.00", date=TODAY)
    await joint.hazard("quickbooks", "requestid_ignored")
    await joint.hazard("quickbooks", "answer_lost", times=3)
    await run(joint)
    await joint.hazard("quickbooks", "answer_lost", on=False)
    await run(joint)
    await run(joint)

    assert await credits_of(joint) == [(TODAY, 22, 0)]
    assert [p["TotalAmt"] for p in await _refunds(joint)] == [22]
    assert await differences(joint) == []
    await quiet(joint)


async def test_r5_in_america_a_refund_of_a_cancelled_sale_is_paid_out_with_its_sales_tax(us: Joint) -> None:
    ada = await us.contact()
    line = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "TAX", "tax_amount": "1.76"}
    sale = await us.sale(ada["id"], line, date="2026-10-12", number="1041")
    await run(us)
    await us.receipt(sale)
    await run(us)
    [made] = await us.books_list("invoice")
    await cancel(us, sale)
    await us.receipt(sale, f"-{sale['total']}", date=TODAY)
    await run(us)

    assert (await book(us, "invoice", made["Id"]))["Balance"] == 0
    assert [p["TotalAmt"] for p in await _refunds(us)] == [made["TotalAmt"]]
    [memo] = await us.books_list("creditmemo")
    assert memo["RemainingCredit"] == 0
    assert await asked(us) == []
    assert await differences(us) == []
    await quiet(us)
