"""R5: of a sale no more is given back than was sold, however many refunds and adjustments it has; credit that is open already is paid
back first; and a part of the price bears the tax of goods alone. Whole stories, in Australia of either basis and in America."""

from dataclasses import replace
from typing import Any

import pytest

from app.sync.engine import WITHOUT_END
from tests.support.joint import Joint
from tests.support.stories import asked, quiet, run, shop
from tests.sync.test_cancelled_late import TEA, differences
from tests.sync.test_direct_refunds import DAY, adjustments, answer, balance, expense_account, paid_sale, refund
from tests.sync.test_lines_without_a_code import configured
from tests.sync.test_rules_refunds import _refunds
from tests.sync.test_vouchers import voucher_item

Body = dict[str, Any]
GOODS = {**TEA, "quantity": "-2"}


async def credited(joint: Joint) -> list[tuple[float, float, float]]:
    """What each credit memo comes to, its tax, and what is open of it."""
    memos = await joint.books_list("creditmemo")
    return sorted((m["TotalAmt"], m["TxnTaxDetail"]["TotalTax"], m["RemainingCredit"]) for m in memos)


async def taken_back(joint: Joint, sale: Body, *lines: Body, number: str = "A1", **members: Any) -> Body:
    """An adjustment that the shop has made of the sale."""
    contact = sale["contact_id"]
    members = {"kind": "adjustment", "adjusts_sale_id": sale["id"], "number": number, "date": "2026-11-18"} | members
    return await joint.sale(contact, *(lines or (GOODS,)), **members)


@pytest.mark.parametrize("basis", ["accrual", "cash"])
async def test_r5_a_refund_of_a_sale_that_was_taken_back_pays_that_credit_back(joint: Joint, basis: str) -> None:
    await joint.configure(gst_basis=basis)
    sale = await paid_sale(joint)
    credit = await taken_back(joint, sale)
    await run(joint)
    made = await refund(joint, sale, "-22.00")

    [item] = await joint.attention()
    assert item.actions == ["pays_credit", "overpayment", "goodwill"], "nothing is left that could be given back"
    assert item.advice.startswith(
        "Proposed: the refund pays back credit that is open already, 22.00 AUD of adjustment A1"
    )
    assert "of sale 1041 over 22.00 AUD adjustments give back 22.00 AUD already, which leaves 0.00 AUD" in item.advice
    await answer(joint, "pays_credit")

    assert await credited(joint) == [(22, 2, 0)]
    assert [(p["TotalAmt"], p["TxnDate"]) for p in await _refunds(joint)] == [(22, DAY)]
    told = await shop(joint, "receipts", made["id"])
    assert told["allocations"] == [{"sale_id": credit["id"], "amount": "-22.00"}]
    assert await balance(joint) == 0
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("at_once", [True, False])
async def test_r5_two_whole_refunds_of_one_sale_give_it_back_once(joint: Joint, at_once: bool) -> None:
    sale = await paid_sale(joint)
    await refund(joint, sale, "-22.00")
    if not at_once:
        await answer(joint, "given_back")
    await refund(joint, sale, "-22.00")
    if at_once:
        both = [each for each in await joint.attention() if each.kind == "refund"]
        assert sorted("Proposed" in each.advice for each in both) == [False, True], (
            "the second one is somebody's to explain"
        )
        for item in both:
            await joint.answer(item.id, "given_back")
        await run(joint)
        await run(joint)

    [left] = [each for each in await joint.attention() if each.kind == "refund"]
    assert left.actions == ["overpayment", "goodwill"]
    assert "Proposed" not in left.advice
    assert await credited(joint) == [(22, 2, 0)]
    await joint.answer(left.id, "goodwill", await expense_account(joint))
    await run(joint)
    assert await credited(joint) == [(22, 2, 0)]
    assert [p["TotalAmt"] for p in await _refunds(joint)] == [22, 22]
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_r5_parts_of_one_sale_are_given_back_one_by_one_up_to_what_it_came_to(joint: Joint) -> None:
    sale = await paid_sale(joint)
    for amount in ("-7.33", "-7.33", "-7.34"):
        await refund(joint, sale, amount)
        await answer(joint, "given_back")

    assert sorted(a["number"] for a in await adjustments(joint)) == ["1041-R", "1041-R2", "1041-R3"]
    assert await credited(joint) == [(7.33, 0.66, 0), (7.33, 0.67, 0), (7.34, 0.67, 0)], "2.00 of GST, as was sold"
    await refund(joint, sale, "-0.01")
    [item] = await joint.attention()
    assert item.actions == ["overpayment", "goodwill"]
    assert [cause for _, cause, _ in await differences(joint)] == ["held"]


async def test_r5_two_parts_that_are_answered_at_once_have_numbers_of_their_own(joint: Joint) -> None:
    sale = await paid_sale(joint)
    for amount in ("-5.00", "-6.00"):
        await refund(joint, sale, amount)
    for item in await joint.attention():
        await joint.answer(item.id, "given_back")
    await run(joint)
    await run(joint)

    assert sorted((a["number"], a["total"]) for a in await adjustments(joint)) == [
        ("1041-R", "-5.00"),
        ("1041-R2", "-6.00"),
    ]
    assert [rest for _, _, rest in await credited(joint)] == [0, 0]
    assert await asked(joint) == []
    await quiet(joint)


async def test_r5_credit_of_another_sale_is_paid_back_first_and_a_bad_debt_never_is(joint: Joint) -> None:
    sale = await paid_sale(joint)
    other = await joint.sale(sale["contact_id"], number="1042")
    await joint.receipt(other, "22.00", allocations=[{"sale_id": other["id"], "amount": "22.00"}])
    await taken_back(joint, other)
    await taken_back(joint, sale, number="B1", adjustment_reason="bad_debt")
    await joint.receipt(sale, "-22.00", date=DAY)
    await run(joint)

    [item] = [each for each in await joint.attention() if each.kind == "refund"]
    assert item.actions[0] == "pays_credit"
    assert "22.00 AUD of adjustment A1" in item.advice
    assert "B1" not in item.advice


async def test_r5_two_refunds_that_pay_one_credit_back_pay_it_once(joint: Joint) -> None:
    sale = await paid_sale(joint)
    credit = await taken_back(joint, sale)
    await run(joint)
    for _ in range(2):
        await refund(joint, sale, "-22.00")
    for item in await joint.attention():
        await joint.answer(item.id, "pays_credit")
    await run(joint)

    named = [r["allocations"] for r in await joint.shop_list("receipts") if float(r["amount"]) < 0]
    assert named.count([{"sale_id": credit["id"], "amount": "-22.00"}]) == 1
    [left] = await joint.attention()
    assert left.actions == ["overpayment", "goodwill"]
    assert await credited(joint) == [(22, 2, 0)]


async def test_r5_an_answer_that_the_shop_has_overtaken_with_an_adjustment_is_asked_anew(joint: Joint) -> None:
    sale = await paid_sale(joint)
    await refund(joint, sale, "-22.00")
    [item] = await joint.attention()
    await taken_back(joint, sale)
    await joint.answer(item.id, "given_back")
    await run(joint)

    assert [a["number"] for a in await adjustments(joint)] == ["A1"]
    [again] = await joint.attention()
    assert again.actions[0] == "pays_credit"
    await answer(joint, "pays_credit")
    assert await credited(joint) == [(22, 2, 0)]
    assert await differences(joint) == []


@pytest.mark.parametrize("side", ["oncord", "quickbooks"])
async def test_r5_a_lost_answer_pays_credit_back_once(joint: Joint, side: str) -> None:
    sale = await paid_sale(joint)
    await taken_back(joint, sale)
    await run(joint)
    await refund(joint, sale, "-22.00")
    await joint.hazard(side, "answer_lost", times=2)
    await answer(joint, "pays_credit")
    await joint.hazard(side, "answer_lost", on=False)
    await run(joint)

    assert await credited(joint) == [(22, 2, 0)]
    assert [p["TotalAmt"] for p in await _refunds(joint)] == [22]
    assert await asked(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("includes", [True, False])
@pytest.mark.parametrize("basis", ["accrual", "cash"])
async def test_r5_a_part_of_the_price_of_a_sale_that_a_voucher_paid_bears_the_gst_of_goods(
    joint: Joint, basis: str, includes: bool
) -> None:
    policy = (await configured(joint)).items
    await joint.configure(gst_basis=basis, items=replace(policy, voucher_item_id=await voucher_item(joint)))
    tea = {**TEA, "quantity": "1", "unit_price": "88.00" if includes else "80.00"}
    used = {"description": "Card used", "quantity": "1", "unit_price": "-20.00", "tax_code": "", "voucher": True}
    sale = await paid_sale(joint, tea, used, amounts_include_tax=includes)
    await refund(joint, sale, "-30.00")
    await answer(joint, "given_back")

    assert await credited(joint) == [(30, 2.73, 0)]
    [adjustment] = await adjustments(joint)
    assert [x["description"] for x in adjustment["lines"]] == [tea["description"]], "no liability is taken back"
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_r5_in_america_a_part_bears_the_sales_tax_of_goods_and_no_more_is_given_back_than_sold(us: Joint) -> None:
    policy = (await configured(us)).items
    await us.configure(items=replace(policy, voucher_item_id=await voucher_item(us)))
    tea = {"description": "Tea", "quantity": "1", "unit_price": "80.00", "tax_code": "TAX", "tax_amount": "6.40"}
    used = {"description": "Card used", "quantity": "1", "unit_price": "-20.00", "tax_code": "NON", "voucher": True}
    sale = await paid_sale(us, tea, used)
    await refund(us, sale, "-21.60")
    await answer(us, "given_back")
    assert await credited(us) == [(21.6, 1.6, 0)]

    await refund(us, sale, f"-{sale['total']}")
    [item] = await us.attention()
    assert item.actions == ["overpayment", "goodwill"]
    await us.answer(item.id, "overpayment")
    await run(us)
    assert await credited(us) == [(21.6, 1.6, 0)]
    assert await asked(us) == []


async def test_open_questions_of_one_sale_put_each_other_anew_once_whatever_happens_to_the_others(joint: Joint) -> None:
    sale = await paid_sale(joint)
    made = [await refund(joint, sale, amount) for amount in ("-22.00", "-5.00", "-22.00")]

    proposed = {each.record_id: "Proposed" in each.advice for each in await joint.attention() if each.kind == "refund"}
    assert proposed == {made[0]["id"]: True, made[1]["id"]: False, made[2]["id"]: False}
    smaller = {"amount": "-21.00", "allocations": [{"sale_id": sale["id"], "amount": "-21.00"}]}
    await joint.in_shop("PATCH", f"receipts/{made[0]['id']}", smaller)
    await run(joint)
    await taken_back(joint, sale)
    await run(joint)
    assert [each.actions[0] for each in await joint.attention() if each.kind == "refund"] == ["pays_credit"] * 3


async def test_a_run_comes_to_its_end_although_two_records_set_each_other_free_for_ever(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.sync.writing.refunds_asked._NO_NEWS", ())
    monkeypatch.setattr("app.sync.engine.MOST_LOOKS", 6)
    sale = await paid_sale(joint)
    await refund(joint, sale, "-22.00")
    await joint.receipt(sale, "-22.00", date=DAY, allocations=[{"sale_id": sale["id"], "amount": "-22.00"}])
    done = await joint.sync()

    assert done.state == "partial"
    assert await joint.postponed(WITHOUT_END)
