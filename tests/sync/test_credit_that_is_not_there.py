"""R5: credit of which QuickBooks has nothing is not paid back, since a refund that named it would be in no books. Whole stories, in
Australia and America."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.joint import Joint
from tests.support.stories import asked, change, quiet, remove, run
from tests.sync.test_cancelled_late import differences
from tests.sync.test_direct_refunds import DAY, adjustments, answer, balance, paid_sale, refund
from tests.sync.test_given_back_once import GOODS, credited, taken_back
from tests.sync.test_lines_without_a_code import configured
from tests.sync.test_rules_refunds import _refunds

Body = dict[str, Any]
AMERICAN = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "TAX", "tax_amount": "1.76"}
BEFORE = "2025-12-01"
"""A day before the start date."""


async def the_question(joint: Joint) -> Any:
    [item] = [each for each in await joint.attention() if each.kind == "refund"]
    return item


async def lost_credit(joint: Joint, sale: Body, *lines: Body) -> Body:
    """An adjustment of the sale whose credit memo somebody has deleted in QuickBooks (R4)."""
    credit = await taken_back(joint, sale, *lines)
    await run(joint)
    [memo] = await joint.books_list("creditmemo")
    await remove(joint, "creditmemo", memo["Id"])
    await run(joint)
    return credit


async def saved_again(joint: Joint, made: Body) -> None:
    """Somebody saves the refund once more in Oncord."""
    await joint.in_shop("PATCH", f"receipts/{made['id']}", {"reference": "again"})
    await run(joint)


async def test_r5_credit_whose_memo_was_deleted_is_not_paid_back(joint: Joint) -> None:
    sale = await paid_sale(joint)
    credit = await lost_credit(joint, sale)
    made = await refund(joint, sale, "-22.00")

    item = await the_question(joint)
    assert item.actions == ["overpayment", "goodwill"]
    assert "Proposed" not in item.advice
    assert "cannot pay back 22.00 AUD of adjustment A1 either: QuickBooks has no credit memo" in item.advice

    await joint.in_shop("DELETE", f"sales/{credit['id']}")
    await saved_again(joint, made)
    item = await the_question(joint)
    assert item.actions == ["given_back", "overpayment", "goodwill"]
    await answer(joint, "given_back")
    assert await credited(joint) == [(22, 2, 0)]
    assert [(p["TotalAmt"], p["TxnDate"]) for p in await _refunds(joint)] == [(22, DAY)]
    assert await balance(joint) == 0
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_r5_credit_whose_memo_is_made_anew_is_paid_back(joint: Joint) -> None:
    sale = await paid_sale(joint)
    credit = await lost_credit(joint, sale)
    made = await refund(joint, sale, "-22.00")
    await joint.put_back("oncord", "sale", credit["id"])
    await run(joint)
    await saved_again(joint, made)

    item = await the_question(joint)
    assert item.actions == ["pays_credit", "overpayment", "goodwill"]
    await answer(joint, "pays_credit")
    assert await credited(joint) == [(22, 2, 0)]
    assert [p["TotalAmt"] for p in await _refunds(joint)] == [22]
    assert await asked(joint) == []
    await quiet(joint)


async def test_r5_credit_whose_memo_is_deleted_between_question_and_answer_is_asked_about_anew(joint: Joint) -> None:
    sale = await paid_sale(joint)
    await taken_back(joint, sale)
    await run(joint)
    await refund(joint, sale, "-22.00")
    item = await the_question(joint)
    assert item.actions[0] == "pays_credit"
    [memo] = await joint.books_list("creditmemo")
    await remove(joint, "creditmemo", memo["Id"])
    await joint.answer(item.id, "pays_credit")
    await run(joint)

    item = await the_question(joint)
    assert item.actions == ["overpayment", "goodwill"]


async def test_r5_old_store_credit_does_not_take_the_place_of_goods_given_back_today(joint: Joint) -> None:
    sale = await paid_sale(joint)
    await joint.sale(sale["contact_id"], GOODS, kind="adjustment", number="OLD", date=BEFORE)
    await run(joint)
    await refund(joint, sale, "-22.00")

    item = await the_question(joint)
    assert item.actions == ["given_back", "overpayment", "goodwill"]
    assert item.advice.startswith("Proposed: goods or price given back")
    assert "OLD" not in item.advice
    await answer(joint, "given_back")
    assert await credited(joint) == [(22, 2, 0)]
    assert [(p["TotalAmt"], p["TxnDate"]) for p in await _refunds(joint)] == [(22, DAY)]
    assert await balance(joint) == 0
    assert await asked(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("stays", ["draft", "left out"])
async def test_r5_credit_that_stays_in_oncord_is_not_paid_back(joint: Joint, stays: str) -> None:
    sale = await paid_sale(joint)
    codes = (await configured(joint)).tax_codes
    free = next(c.code for c in codes if c.code != "GST")
    await joint.configure(
        tax_codes=tuple(replace(c, quickbooks_id="", left_out=True) if c.code == free else c for c in codes)
    )
    members: Body = {"status": "draft"} if stays == "draft" else {}
    line = {**GOODS, "tax_code": "GST" if stays == "draft" else free}
    await joint.sale(sale["contact_id"], line, kind="adjustment", number="KEPT", date=DAY, **members)
    await run(joint)
    assert await joint.books_list("creditmemo") == []
    await refund(joint, sale, "-22.00")

    item = await the_question(joint)
    assert item.actions == ["given_back", "overpayment", "goodwill"]
    assert "KEPT" not in item.advice
    await answer(joint, "given_back")
    assert await credited(joint) == [(22, 2, 0)]
    assert [p["TotalAmt"] for p in await _refunds(joint)] == [22]


async def test_r5_in_america_neither_lost_nor_old_credit_is_paid_back(us: Joint) -> None:
    sale = await paid_sale(us, AMERICAN)
    back = {**AMERICAN, "quantity": "-2", "tax_amount": "-1.76"}
    await us.sale(sale["contact_id"], back, kind="adjustment", number="OLD", date=BEFORE)
    credit = await lost_credit(us, sale, back)
    made = await refund(us, sale, f"-{sale['total']}")

    item = await the_question(us)
    assert item.actions == ["overpayment", "goodwill"]
    await us.in_shop("DELETE", f"sales/{credit['id']}")
    await saved_again(us, made)
    await answer(us, "given_back")
    [memo] = await credited(us)
    assert (memo[0], memo[2]) == (float(sale["total"]), 0)
    assert [p["TotalAmt"] for p in await _refunds(us)] == [float(sale["total"])]
    assert await asked(us) == []


async def names_lost_credit(joint: Joint, *lines: Body) -> None:
    """The shop itself names the adjustment whose credit memo is gone."""
    sale = await paid_sale(joint, *lines)
    back = [{**line, "quantity": "-2", "tax_amount": f"-{line['tax_amount']}"} for line in lines]
    credit = await lost_credit(joint, sale, *back)
    amount = f"-{sale['total']}"
    await refund(joint, sale, amount, allocations=[{"sale_id": credit["id"], "amount": amount}])


async def test_r5_a_refund_whose_credit_memo_is_gone_is_asked_about_and_goes_over_once_that_is_there(
    joint: Joint,
) -> None:
    await names_lost_credit(joint)
    [item] = await joint.attention()
    assert (item.rule, item.kind) == ("R5", "deleted")
    assert "22.00 AUD were paid back" in item.summary
    assert await _refunds(joint) == []
    await quiet(joint)

    await joint.answer(item.id, "put_back")
    await run(joint)
    await run(joint)
    assert await credited(joint) == [(22, 2, 0)]
    assert [p["TotalAmt"] for p in await _refunds(joint)] == [22]
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_r5_in_america_a_refund_whose_credit_memo_is_gone_is_asked_about(us: Joint) -> None:
    await names_lost_credit(us, AMERICAN)
    assert await asked(us) == [("R5", "deleted")]


async def later_named(joint: Joint, sale: Body) -> Body:
    """A refund of 8.00 whose money out is there, and which names the sale later, of which A1 gives back all."""
    made = await refund(joint, sale, "-8.00", allocations=[])
    named = [{"sale_id": sale["id"], "amount": "-8.00"}]
    await joint.in_shop("PATCH", f"receipts/{made['id']}", {"allocations": named})
    await run(joint)
    return made


@pytest.mark.parametrize("basis", ["accrual", "cash"])
async def test_r5_a_question_stays_as_it_is_where_the_money_out_changes_in_quickbooks(joint: Joint, basis: str) -> None:
    await joint.configure(gst_basis=basis)
    sale = await paid_sale(joint, paid="30.00")
    await taken_back(joint, sale)
    await run(joint)
    await later_named(joint, sale)
    before = await the_question(joint)
    assert before.actions == ["pays_credit", "overpayment"]
    [out] = await _refunds(joint)
    await change(joint, "purchase", out["Id"], TxnDate="2026-11-17")
    await run(joint)

    item = await the_question(joint)
    assert (item.actions, item.advice) == (before.actions, before.advice)
    await answer(joint, "pays_credit")
    assert [rest for _, _, rest in await credited(joint)] == [14]
    assert [(p["TotalAmt"], p["TxnDate"]) for p in await _refunds(joint)] == [(8, "2026-11-17")]
    assert len(await adjustments(joint)) == 1
    await quiet(joint)


async def test_r5_in_america_a_question_stays_where_the_money_out_changes_in_quickbooks(us: Joint) -> None:
    sale = await paid_sale(us, AMERICAN, paid="40.00")
    await taken_back(us, sale, {**AMERICAN, "quantity": "-2", "tax_amount": "-1.76"})
    await run(us)
    await later_named(us, sale)
    [out] = await _refunds(us)
    await change(us, "purchase", out["Id"], TxnDate="2026-11-17")
    await run(us)
    assert (await the_question(us)).actions == ["pays_credit", "overpayment"]
