"""S7: an adjustment for a bad debt is applied to its sale by the service, in Oncord by a receipt of zero and in QuickBooks by the payment
of zero that comes of it; never a credit beside an unpaid sale. Whole stories, in Australia and America."""

from datetime import date
from typing import Any

import pytest

from tests.support.joint import Joint
from tests.support.settlements import standing
from tests.support.stories import asked, book, payment, quiet, run, shop
from tests.sync.test_bad_debts import OFF, TEA, WRITTEN_OFF, choose, differences, expense_item, owed, use, written_off
from tests.sync.test_cancelled_late import joinings
from tests.sync.test_vouchers import lines_of

Body = dict[str, Any]


async def receipts_of_zero(joint: Joint) -> list[Body]:
    return [r for r in await joint.shop_list("receipts") if r["amount"] == "0.00"]


async def sold(joint: Joint) -> Body:
    """A sale of October of 22.00 that is on both sides."""
    sale = await joint.sale((await joint.contact())["id"], TEA, date="2026-10-12", number="1041")
    await run(joint)
    return sale


async def write_off(joint: Joint, sale: Body, **members: Any) -> Body:
    """The adjustment of November that writes all of it off, applied to nothing."""
    said = {"date": WRITTEN_OFF, "number": "1041-W", "adjusts_sale_id": sale["id"], "adjustment_reason": "bad_debt"}
    return await joint.sale(sale["contact_id"], OFF, kind="adjustment", **{**said, **members})


@pytest.mark.parametrize("basis", ["accrual", "cash"])
async def test_s7_a_bad_debt_is_applied_to_its_sale_on_both_sides(joint: Joint, basis: str) -> None:
    await joint.configure(gst_basis=basis)
    sale, adjustment = await written_off(joint, apply=False)
    await run(joint)
    assert await joint.books_list("creditmemo") == [], "it waits until its item is chosen"
    assert await receipts_of_zero(joint) == [], "and nothing is applied in Oncord before"

    await choose(joint, bad_debt=await expense_item(joint))
    await run(joint)

    [applied] = await receipts_of_zero(joint)
    assert (applied["date"], applied["contact_id"]) == (WRITTEN_OFF, sale["contact_id"])
    assert {(a["sale_id"], a["amount"]) for a in applied["allocations"]} == {
        (sale["id"], "22.00"),
        (adjustment["id"], "-22.00"),
    }
    assert await lines_of(joint, "1041-W", "creditmemo") == [("Written off", 20, "Bad debts", "GST")]
    [memo] = await joint.books_list("creditmemo")
    assert (memo["TxnDate"], memo["TotalAmt"], memo["TxnTaxDetail"]["TotalTax"]) == (WRITTEN_OFF, 22, 2)
    assert memo["RemainingCredit"] == 0
    [joining] = await joinings(joint)
    assert joining["TxnDate"] == WRITTEN_OFF
    [invoice] = await joint.books_list("invoice")
    assert (invoice["TotalAmt"], invoice["Balance"]) == (22, 0)
    assert owed(await shop(joint, "sales", sale["id"])) == ("0.00", "22.00", "0.00")
    assert (await standing(joint, sale)).state == "written_off"
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)
    await quiet(joint)


async def test_s7_a_bad_debt_that_a_person_has_applied_is_applied_once(joint: Joint) -> None:
    await choose(joint, bad_debt=await expense_item(joint))
    await written_off(joint)
    await run(joint)

    assert len(await receipts_of_zero(joint)) == len(await joinings(joint)) == 1
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_s7_the_rest_of_a_bad_debt_that_a_person_has_applied_in_part_is_applied_too(joint: Joint) -> None:
    await choose(joint, bad_debt=await expense_item(joint))
    sale, adjustment = await written_off(joint, apply=False)
    parts = [{"sale_id": sale["id"], "amount": "10.00"}, {"sale_id": adjustment["id"], "amount": "-10.00"}]
    await joint.receipt(sale, "0.00", allocations=parts)
    await run(joint)

    used = sorted(a["amount"] for r in await receipts_of_zero(joint) for a in r["allocations"])
    assert used == ["-10.00", "-12.00", "10.00", "12.00"]
    assert [m["RemainingCredit"] for m in await joint.books_list("creditmemo")] == [0]
    assert (await joint.books_list("invoice"))[0]["Balance"] == 0
    assert await differences(joint) == []
    await quiet(joint)


async def test_s7_what_is_open_of_a_partly_paid_sale_is_written_off(joint: Joint) -> None:
    await choose(joint, bad_debt=await expense_item(joint))
    sale, _ = await written_off(joint, {**OFF, "unit_price": "14.00"}, apply=False)
    await joint.receipt(sale, "8.00")
    await run(joint)

    assert owed(await shop(joint, "sales", sale["id"])) == ("8.00", "14.00", "0.00")
    [memo] = await joint.books_list("creditmemo")
    assert (memo["TotalAmt"], memo["RemainingCredit"]) == (14, 0)
    assert (await joint.books_list("invoice"))[0]["Balance"] == 0
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_s7_more_than_is_open_is_not_written_off_and_says_how_much_is(joint: Joint) -> None:
    await choose(joint, bad_debt=await expense_item(joint))
    sale, adjustment = await written_off(joint, apply=False)
    await joint.receipt(sale, "8.00")
    await run(joint)

    assert await joint.books_list("creditmemo") == []
    assert await receipts_of_zero(joint) == []
    [item] = await joint.attention()
    assert "It writes off 22.00 AUD of sale 1041, of which only 14.00 AUD is open." in item.summary
    await quiet(joint)

    [line] = (await shop(joint, "sales", adjustment["id"]))["lines"]
    less = {"description": line["description"], "quantity": "-1", "unit_price": "14.00", "tax_code": "GST"}
    await joint.in_shop("PATCH", f"sales/{adjustment['id']}", {"lines": [less]})
    await run(joint)
    assert [(m["TotalAmt"], m["RemainingCredit"]) for m in await joint.books_list("creditmemo")] == [(14, 0)]
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("paid_in", ["shop", "books"])
async def test_s7_a_sale_that_was_paid_meanwhile_is_not_written_off(joint: Joint, paid_in: str) -> None:
    sale, _ = await written_off(joint, apply=False)
    await run(joint)
    [invoice] = await joint.books_list("invoice")
    await choose(joint, bad_debt=await expense_item(joint))
    if paid_in == "shop":
        await joint.receipt(sale)
    else:
        await payment(joint, invoice["CustomerRef"]["value"], "22.00", {invoice["Id"]: "22.00"})
    await run(joint)

    assert await joint.books_list("creditmemo") == []
    assert await receipts_of_zero(joint) == []
    reasons = [item.summary for item in await joint.attention()]
    assert any("of which nothing is open any more: it was paid meanwhile. Delete or cancel" in r for r in reasons), (
        reasons
    )
    await quiet(joint)


async def test_s7_a_cancelled_sale_is_not_written_off(joint: Joint) -> None:
    sale, _ = await written_off(joint, apply=False)
    await run(joint)
    await choose(joint, bad_debt=await expense_item(joint))
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"status": "cancelled"})
    await run(joint)

    assert await receipts_of_zero(joint) == []
    assert len(await joint.books_list("creditmemo")) == 1, "it was taken back by what cancels it, and by nothing else"
    assert any("which was cancelled: nothing of it is owed" in item.summary for item in await joint.attention())


async def test_s7_another_customers_sale_is_not_written_off(joint: Joint) -> None:
    await choose(joint, bad_debt=await expense_item(joint))
    sale = await sold(joint)
    bob = await joint.contact("Bob", "Babbage")
    await write_off(joint, {**sale, "contact_id": bob["id"]})
    await run(joint)

    assert await joint.books_list("creditmemo") == []
    assert any("which is another customer's" in item.summary for item in await joint.attention())


async def test_s7_a_bad_debt_that_is_deleted_leaves_nothing_on_either_side(joint: Joint) -> None:
    await choose(joint, bad_debt=await expense_item(joint))
    sale, adjustment = await written_off(joint, apply=False)
    await run(joint)
    await joint.in_shop("DELETE", f"sales/{adjustment['id']}")
    for _ in range(3):
        await run(joint)

    assert await joint.books_list("creditmemo") == []
    assert await joinings(joint) == []
    assert await receipts_of_zero(joint) == []
    assert (await joint.books_list("invoice"))[0]["Balance"] == 22
    assert owed(await shop(joint, "sales", sale["id"])) == ("0.00", "0.00", "22.00")
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_s7_a_bad_debt_that_is_cancelled_is_owed_again_on_both_sides(joint: Joint) -> None:
    await choose(joint, bad_debt=await expense_item(joint))
    sale, adjustment = await written_off(joint, apply=False)
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{adjustment['id']}", {"status": "cancelled"})
    for _ in range(3):
        await run(joint)

    [memo] = await joint.books_list("creditmemo")
    assert memo["TotalAmt"] == 0
    assert await receipts_of_zero(joint) == []
    assert (await joint.books_list("invoice"))[0]["Balance"] == 22
    assert owed(await shop(joint, "sales", sale["id"])) == ("0.00", "0.00", "22.00")
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_s7_a_bad_debt_that_is_taken_off_its_sale_by_hand_is_asked_about(joint: Joint) -> None:
    await choose(joint, bad_debt=await expense_item(joint))
    _, adjustment = await written_off(joint, apply=False)
    await run(joint)
    [applied] = await receipts_of_zero(joint)
    await joint.in_shop("DELETE", f"receipts/{applied['id']}")
    await run(joint)

    [item] = await joint.attention()
    assert "22.00 AUD of its credit memo stands beside an unpaid invoice" in item.summary
    assert await receipts_of_zero(joint) == [], "nobody applies it again behind their back"
    assert await differences(joint) == []
    await quiet(joint)

    await joint.in_shop("DELETE", f"sales/{adjustment['id']}")
    await joint.answer(item.id, "retry")
    await run(joint)
    await run(joint)
    assert await joint.books_list("creditmemo") == []
    assert await asked(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("said", ["do_in_old_period", "date_first_open_day", "leave_difference"])
async def test_s7_a_bad_debt_of_a_locked_period_is_asked_about_once_and_joined_in_an_open_one(
    joint: Joint, said: str
) -> None:
    await choose(joint, bad_debt=await expense_item(joint))
    sale = await sold(joint)
    await joint.configure(lodged_until=date(2026, 11, 19))
    await write_off(joint, sale)
    await run(joint)
    assert await joint.books_list("creditmemo") == []
    [item] = await joint.attention()
    assert (item.kind, item.rule) == ("locked_period", "B1")
    await joint.answer(item.id, said)
    await run(joint)

    memos = [(m["TxnDate"], m["RemainingCredit"]) for m in await joint.books_list("creditmemo")]
    day = {"do_in_old_period": WRITTEN_OFF, "date_first_open_day": "2026-11-20"}.get(said)
    assert memos == ([(day, 0)] if day else [])
    assert [p["TxnDate"] for p in await joinings(joint)] == (["2026-11-20"] if day else [])
    assert [r["date"] for r in await receipts_of_zero(joint)] == ["2026-11-20"]
    assert all(cause != "unexplained" for _, cause, _ in await differences(joint))
    await quiet(joint)


@pytest.mark.parametrize("how", ["cancelled", "deleted"])
async def test_s7_a_bad_debt_that_is_taken_back_before_it_went_over_leaves_nothing(joint: Joint, how: str) -> None:
    await choose(joint, bad_debt=await expense_item(joint))
    sale = await sold(joint)
    await joint.configure(lodged_until=date(2026, 11, 19))
    adjustment = await write_off(joint, sale)
    await run(joint)
    assert len(await receipts_of_zero(joint)) == 1
    if how == "cancelled":
        await joint.in_shop("PATCH", f"sales/{adjustment['id']}", {"status": "cancelled"})
    else:
        await joint.in_shop("DELETE", f"sales/{adjustment['id']}")
    for _ in range(2):
        await run(joint)

    assert await receipts_of_zero(joint) == []
    assert await joint.books_list("creditmemo") == []
    assert await joinings(joint) == []
    assert owed(await shop(joint, "sales", sale["id"])) == ("0.00", "0.00", "22.00")
    assert await differences(joint) == []
    await quiet(joint)


async def test_s7_a_sale_of_a_lodged_quarter_is_written_off_today(joint: Joint) -> None:
    await choose(joint, bad_debt=await expense_item(joint))
    sale = await sold(joint)
    [invoice] = await joint.books_list("invoice")
    await joint.configure(lodged_until=date(2026, 10, 31), gst_basis="cash")
    await write_off(joint, sale)
    await run(joint)

    now = await book(joint, "invoice", invoice["Id"])
    assert (now["TotalAmt"], now["Balance"], now["TxnDate"]) == (22, 0, "2026-10-12")
    assert [m["TxnDate"] for m in await joint.books_list("creditmemo")] == [WRITTEN_OFF]
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("side", ["oncord", "quickbooks"])
async def test_s7_a_lost_answer_applies_a_bad_debt_once(joint: Joint, side: str) -> None:
    await choose(joint, bad_debt=await expense_item(joint))
    sale, _ = await written_off(joint, apply=False)
    await joint.hazard(side, "answer_lost", times=3)
    await run(joint)
    await joint.hazard(side, "answer_lost", on=False)
    await run(joint)
    await run(joint)

    assert len(await receipts_of_zero(joint)) == len(await joinings(joint)) == 1
    assert [(m["TotalAmt"], m["RemainingCredit"]) for m in await joint.books_list("creditmemo")] == [(22, 0)]
    assert owed(await shop(joint, "sales", sale["id"])) == ("0.00", "22.00", "0.00")
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_s7_an_ordinary_adjustment_is_applied_by_nobody(joint: Joint) -> None:
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], TEA, number="1041")
    await joint.sale(ada["id"], OFF, kind="adjustment", number="CR-1", adjusts_sale_id=sale["id"])
    await run(joint)

    assert [m["RemainingCredit"] for m in await joint.books_list("creditmemo")] == [22]
    assert await joint.shop_list("receipts") == []
    assert await asked(joint) == []
    await quiet(joint)


async def test_s7_in_america_a_bad_debt_is_applied_with_its_sales_tax(us: Joint) -> None:
    await choose(us, bad_debt=await expense_item(us))
    ada = await us.contact()
    tea = {**TEA, "unit_price": "100.00", "tax_code": "TAX"}
    sale = await us.sale(ada["id"], tea, date="2026-10-12", number="1041")
    off = {**tea, "description": "Written off", "quantity": "-1"}
    said = {"adjusts_sale_id": sale["id"], "adjustment_reason": "bad_debt", "date": WRITTEN_OFF}
    await us.sale(ada["id"], off, kind="adjustment", number="1041-W", **said)
    await run(us)

    [memo] = await us.books_list("creditmemo")
    assert (memo["TotalAmt"], memo["RemainingCredit"], memo["TxnDate"]) == (108, 0, WRITTEN_OFF)
    assert (await us.books_list("invoice"))[0]["Balance"] == 0
    assert (await standing(us, sale)).state == "written_off"
    assert await asked(us) == []
    assert await differences(us) == []
    await quiet(us)


async def test_s7_a_person_who_applies_a_bad_debt_that_waits_is_not_followed_by_the_service(joint: Joint) -> None:
    sale, adjustment = await written_off(joint, apply=False)
    await run(joint)
    await use(joint, sale, adjustment)
    await choose(joint, bad_debt=await expense_item(joint))
    await run(joint)

    assert len(await receipts_of_zero(joint)) == 1
    assert [m["RemainingCredit"] for m in await joint.books_list("creditmemo")] == [0]
    assert await differences(joint) == []
    await quiet(joint)
