"""R5: a refund that names several sales without an adjustment is asked about once, and what is given back becomes one credit memo for
each sale. Whole stories, in Australia and America."""

from typing import Any

import pytest

from tests.support.joint import Joint
from tests.support.stories import asked, quiet, run, shop
from tests.sync.test_cancelled_late import TEA, differences
from tests.sync.test_direct_refunds import DAY, adjustments, answer, balance, expense_account
from tests.sync.test_rules_refunds import _refunds

Body = dict[str, Any]
BREAD: Body = {"description": "Bread", "quantity": "1", "unit_price": "10.00", "tax_code": "FRE"}


async def two_paid(joint: Joint, *, tea: Body = TEA, bread: Body = BREAD) -> tuple[Body, Body]:
    """Two paid sales of one contact: 1041 of tea, 1042 of tea and bread."""
    ada = await joint.contact()
    one = await joint.sale(ada["id"], tea, number="1041")
    other = await joint.sale(ada["id"], tea, bread, number="1042")
    for sale in (one, other):
        await joint.receipt(sale)
    await run(joint)
    return one, other


async def refund_of(joint: Joint, *parts: tuple[Body, str]) -> Body:
    """One refund that names these sales, each with so much."""
    total = sum(float(amount) for _, amount in parts)
    allocations = [{"sale_id": sale["id"], "amount": f"-{amount}"} for sale, amount in parts]
    made = await joint.receipt(parts[0][0], f"-{total:.2f}", allocations=allocations, date=DAY)
    await run(joint)
    return made


async def test_r5_what_is_given_back_of_several_sales_is_a_credit_memo_for_each(joint: Joint) -> None:
    one, other = await two_paid(joint)
    made = await refund_of(joint, (one, "22.00"), (other, "10.00"))

    [item] = await joint.attention()
    assert (item.rule, item.kind) == ("R5", "refund")
    assert item.actions == ["given_back", "overpayment", "goodwill"]
    assert "sales 1041 (22.00 AUD) and 1042 (10.00 AUD) directly" in item.summary
    assert item.advice.startswith("Proposed: goods or price given back")
    assert "of sale 1041 all lines of the sale; of sale 1042 the line of that amount" in item.advice
    assert await _refunds(joint) == []
    await quiet(joint)

    await answer(joint, "given_back")
    found = {a["number"]: a for a in await adjustments(joint)}
    assert {n: (a["total"], a["tax_total"], a["adjusts_sale_id"], a["date"]) for n, a in found.items()} == {
        "1041-R": ("-22.00", "-2.00", one["id"], DAY),
        "1042-R": ("-10.00", "0.00", other["id"], DAY),
    }
    memos = await joint.books_list("creditmemo")
    assert sorted((m["DocNumber"], m["TotalAmt"], m["RemainingCredit"], m["TxnDate"]) for m in memos) == [
        ("1041-R", 22, 0, DAY),
        ("1042-R", 10, 0, DAY),
    ]
    assert [(p["TotalAmt"], p["TxnDate"]) for p in await _refunds(joint)] == [(32, DAY)]
    told = await shop(joint, "receipts", made["id"])
    assert {(a["sale_id"], a["amount"]) for a in told["allocations"]} == {
        (found["1041-R"]["id"], "-22.00"),
        (found["1042-R"]["id"], "-10.00"),
    }
    assert [(await shop(joint, "sales", s["id"]))["amount_owing"] for s in (one, other)] == ["0.00", "0.00"]
    assert await balance(joint) == 0
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)
    await quiet(joint)


async def test_r5_a_part_of_each_of_several_sales_is_given_back_in_proportion_by_tax_code(joint: Joint) -> None:
    one, other = await two_paid(joint)
    await refund_of(joint, (one, "11.00"), (other, "16.00"))
    [item] = await joint.attention()
    assert "Proposed" not in item.advice
    await answer(joint, "given_back")

    memos = {m["DocNumber"]: m for m in await joint.books_list("creditmemo")}
    assert {n: (m["TotalAmt"], m["TxnTaxDetail"]["TotalTax"], m["RemainingCredit"]) for n, m in memos.items()} == {
        "1041-R": (11, 1, 0),
        "1042-R": (16, 1, 0),
    }
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("said", ["overpayment", "goodwill"])
async def test_r5_the_other_answers_take_the_refund_off_all_its_sales(joint: Joint, said: str) -> None:
    await joint.configure(goodwill_account=await expense_account(joint))
    one, other = await two_paid(joint)
    made = await refund_of(joint, (one, "5.00"), (other, "5.00"))
    await answer(joint, said)

    assert await joint.books_list("creditmemo") == []
    assert [p["TotalAmt"] for p in await _refunds(joint)] == [10]
    assert (await shop(joint, "receipts", made["id"]))["allocations"] == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_r3_a_deleted_refund_of_several_sales_takes_all_its_adjustments_along(joint: Joint) -> None:
    one, other = await two_paid(joint)
    made = await refund_of(joint, (one, "22.00"), (other, "32.00"))
    await answer(joint, "given_back")
    assert len(await joint.books_list("creditmemo")) == 2
    await joint.in_shop("DELETE", f"receipts/{made['id']}")
    for _ in range(3):
        await run(joint)

    assert await _refunds(joint) == []
    assert await joint.books_list("creditmemo") == []
    assert await adjustments(joint) == []
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("side", ["oncord", "quickbooks"])
async def test_r5_a_lost_answer_makes_no_credit_memo_of_several_twice(joint: Joint, side: str) -> None:
    one, other = await two_paid(joint)
    await refund_of(joint, (one, "22.00"), (other, "32.00"))
    await joint.hazard(side, "answer_lost", times=3)
    await answer(joint, "given_back")
    await joint.hazard(side, "answer_lost", on=False)
    await run(joint)
    await run(joint)

    assert sorted(a["total"] for a in await adjustments(joint)) == ["-22.00", "-32.00"]
    assert sorted((m["TotalAmt"], m["RemainingCredit"]) for m in await joint.books_list("creditmemo")) == [
        (22, 0),
        (32, 0),
    ]
    assert [p["TotalAmt"] for p in await _refunds(joint)] == [54]
    assert await differences(joint) == []
    await quiet(joint)


async def test_r5_sales_of_several_people_are_not_given_back_by_one_refund(joint: Joint) -> None:
    one, _ = await two_paid(joint)
    bob = await joint.contact("Bob", "Babbage")
    strange = await joint.sale(bob["id"], TEA, number="1050")
    await joint.receipt(strange)
    await run(joint)
    await refund_of(joint, (one, "22.00"), (strange, "22.00"))

    [item] = await joint.attention()
    assert item.actions == ["overpayment", "goodwill"]
    assert await joint.books_list("creditmemo") == []


async def test_r5_a_sale_of_somebody_else_that_is_given_back_has_one_adjustment(joint: Joint) -> None:
    await two_paid(joint)
    [ada] = await joint.shop_list("contacts")
    bob = await joint.contact("Bob", "Babbage")
    sale = await joint.sale(bob["id"], TEA, number="1050")
    await joint.receipt(sale)
    await run(joint)
    await joint.receipt(sale, "-22.00", contact_id=ada["id"], date=DAY)
    await run(joint)
    await answer(joint, "given_back")

    assert [(a["number"], a["contact_id"]) for a in await adjustments(joint)] == [("1050-R", bob["id"])]
    assert [m["RemainingCredit"] for m in await joint.books_list("creditmemo")] == [0]
    assert [p["TotalAmt"] for p in await _refunds(joint)] == [22]
    await quiet(joint)


async def test_r5_in_america_each_credit_memo_has_the_sales_tax_of_its_sale(us: Joint) -> None:
    tea = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "TAX", "tax_amount": "1.76"}
    bread = {"description": "Bread", "quantity": "1", "unit_price": "10.00", "tax_code": "NON", "tax_amount": "0.00"}
    one, other = await two_paid(us, tea=tea, bread=bread)
    await refund_of(us, (one, one["total"]), (other, other["total"]))
    await answer(us, "given_back")

    memos = {m["DocNumber"]: m for m in await us.books_list("creditmemo")}
    assert {n: (m["TotalAmt"], m["TxnTaxDetail"]["TotalTax"], m["RemainingCredit"]) for n, m in memos.items()} == {
        "1041-R": (23.76, 1.76, 0),
        "1042-R": (33.76, 1.76, 0),
    }
    assert await asked(us) == []
    assert await differences(us) == []
    await quiet(us)
