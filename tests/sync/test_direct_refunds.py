"""R5: a refund that pays back no adjustment is asked about once, with ready answers, and each of them is carried out exactly once:
goods or price given back, an overpayment returned, goodwill. Whole stories, in Australia and America."""

from datetime import timedelta
from typing import Any

import pytest

from app.container import build_container
from app.errors import InvalidInput
from app.services.settlement import read_settlement
from tests.support.joint import Joint
from tests.support.stories import asked, book_or_none, quiet, remove, run, shop
from tests.sync.test_cancelled_late import TEA, TODAY, differences
from tests.sync.test_cleared_money import held, reconcile
from tests.sync.test_rules_refunds import _refunds

Body = dict[str, Any]
DAY = "2026-11-19"


async def paid_sale(joint: Joint, *lines: Body, paid: str | None = None, **members: Any) -> Body:
    """A sale, of 22.00 unless lines are given, that is paid on both sides."""
    sale = await joint.sale((await joint.contact())["id"], *lines, number="1041", **members)
    allocated = [{"sale_id": sale["id"], "amount": sale["total"]}]
    await joint.receipt(sale, paid or sale["total"], allocations=allocated)
    await run(joint)
    return sale


async def refund(joint: Joint, sale: Body, amount: str, **members: Any) -> Body:
    """A refund that names the sale, synchronised as far as that goes."""
    made = await joint.receipt(sale, amount, date=DAY, **members)
    await run(joint)
    return made


async def answer(joint: Joint, said: str, choice: str | None = None) -> None:
    [item] = [each for each in await joint.attention() if each.kind == "refund"]
    await joint.answer(item.id, said, choice)
    await run(joint)


async def ready(joint: Joint) -> list[str]:
    """The answers that the question about a refund offers."""
    [item] = [each for each in await joint.attention() if each.kind == "refund"]
    return list(item.actions)


async def expense_account(joint: Joint) -> str:
    return next(str(a["Id"]) for a in await joint.books_list("account") if a["Name"] == "Miscellaneous")


async def adjustments(joint: Joint) -> list[Body]:
    return [s for s in await joint.shop_list("sales") if s["kind"] == "adjustment"]


async def balance(joint: Joint) -> float:
    """What the customer owes by QuickBooks."""
    [owner] = await joint.books_list("customer")
    return float(owner["Balance"])


async def test_r5_a_refund_of_the_whole_sale_proposes_that_it_was_given_back_and_makes_the_adjustment(
    joint: Joint,
) -> None:
    sale = await paid_sale(joint)
    made = await refund(joint, sale, "-22.00")

    [item] = await joint.attention()
    assert (item.rule, item.kind) == ("R5", "refund")
    assert item.actions == ["given_back", "overpayment", "goodwill"]
    assert "takes money off sale 1041 directly" in item.summary
    assert "22.00 AUD" in item.summary
    assert item.advice.startswith("Proposed: goods or price given back")
    assert await _refunds(joint) == []
    assert [cause for _, cause, _ in await differences(joint)] == ["held"]

    await answer(joint, "given_back")
    [adjustment] = await adjustments(joint)
    assert (adjustment["number"], adjustment["total"], adjustment["tax_total"]) == ("1041-R", "-22.00", "-2.00")
    assert (adjustment["date"], adjustment["adjusts_sale_id"]) == (DAY, sale["id"])
    [memo] = await joint.books_list("creditmemo")
    assert (memo["TotalAmt"], memo["TxnTaxDetail"]["TotalTax"], memo["RemainingCredit"]) == (22, 2, 0)
    assert memo["TxnDate"] == DAY
    assert [(p["TotalAmt"], p["TxnDate"]) for p in await _refunds(joint)] == [(22, DAY)]
    told = await shop(joint, "receipts", made["id"])
    assert told["allocations"] == [{"sale_id": adjustment["id"], "amount": "-22.00"}]
    assert told["books_status"] == "linked"
    assert (await shop(joint, "sales", sale["id"]))["amount_owing"] == "0.00"
    settled = await read_settlement(build_container(joint.runtime), joint.connection_id, sale["id"])
    assert (settled.state, settled.open) == ("paid", 0)
    assert await balance(joint) == 0
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)
    await quiet(joint)


async def test_r5_a_part_of_the_price_is_given_back_in_proportion_by_tax_code(joint: Joint) -> None:
    free = next(c["code"] for c in await joint.shop_list("tax-codes") if float(c["rate"]) == 0)
    bread = {"description": "Bread", "quantity": "1", "unit_price": "10.00", "tax_code": free}
    sale = await paid_sale(joint, TEA, bread)
    await refund(joint, sale, "-16.00")
    [item] = await joint.attention()
    assert "Proposed" not in item.advice
    await answer(joint, "given_back")

    [adjustment] = await adjustments(joint)
    assert sorted((x["tax_code"], x["line_total"]) for x in adjustment["lines"]) == sorted(
        [("GST", "-11.00"), (free, "-5.00")]
    )
    [memo] = await joint.books_list("creditmemo")
    assert (memo["TotalAmt"], memo["TxnTaxDetail"]["TotalTax"], memo["RemainingCredit"]) == (16, 1, 0)
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_r5_an_overpayment_that_is_returned_is_money_out_and_a_named_open_pair_until_it_is_joined(
    joint: Joint,
) -> None:
    sale = await paid_sale(joint, paid="30.00")
    made = await refund(joint, sale, "-8.00")
    [item] = await joint.attention()
    assert item.actions[0] == "overpayment"
    await answer(joint, "overpayment")

    assert await joint.books_list("creditmemo") == []
    [out] = await _refunds(joint)
    assert out["TotalAmt"] == 8
    assert (await shop(joint, "receipts", made["id"]))["allocations"] == []
    assert (await shop(joint, "sales", sale["id"]))["amount_owing"] == "0.00"
    assert await balance(joint) == 0
    assert await differences(joint) == []
    [pair] = await joint.attention()
    assert (pair.rule, pair.kind, pair.actions) == ("R5", "open_refund", ["dismiss"])
    assert "8.00 AUD unapplied" in pair.summary
    assert "Receive payment" in pair.advice
    await quiet(joint)

    [paid] = [p for p in await joint.books_list("payment") if p["TotalAmt"] == 30]
    lines = [{"Amount": x["Amount"], "LinkedTxn": x["LinkedTxn"]} for x in paid["Line"]]
    joining = {"Amount": 8, "LinkedTxn": [{"TxnId": out["Id"], "TxnType": "Expense"}]}
    body = {
        name: paid[name] for name in ("Id", "SyncToken", "CustomerRef", "TotalAmt", "DepositToAccountRef", "TxnDate")
    }
    await joint.person("payment", {**body, "Line": [*lines, joining]})
    await run(joint)
    assert await asked(joint) == [], "it ends by itself"
    assert await differences(joint) == []
    await quiet(joint)


async def test_r5_money_back_to_somebody_with_open_credit_is_asked_about_by_nobody(joint: Joint) -> None:
    sale = await paid_sale(joint, paid="30.00")
    await refund(joint, sale, "-8.00", allocations=[])

    assert [p["TotalAmt"] for p in await _refunds(joint)] == [8]
    assert await asked(joint) == [("R5", "open_refund")]
    assert await differences(joint) == []


async def test_r5_goodwill_is_an_expense_that_nobody_owes(joint: Joint) -> None:
    sale = await paid_sale(joint)
    account = await expense_account(joint)
    made = await refund(joint, sale, "-5.00", allocations=[])
    [item] = await joint.attention()
    assert item.actions == ["overpayment", "goodwill"]
    with pytest.raises(InvalidInput):
        await joint.answer(item.id, "goodwill")
    with pytest.raises(InvalidInput):
        await joint.answer(item.id, "goodwill", await joint.account("Bank"))
    await answer(joint, "goodwill", account)

    [out] = await _refunds(joint)
    [line] = out["Line"]
    assert line["AccountBasedExpenseLineDetail"]["AccountRef"]["value"] == account
    assert (out["TotalAmt"], await balance(joint)) == (5, 0)
    assert await joint.books_list("creditmemo") == []
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)

    await joint.in_shop("PATCH", f"receipts/{made['id']}", {"amount": "-6.00"})
    await run(joint)
    assert [p["TotalAmt"] for p in await _refunds(joint)] == [6]
    await joint.in_shop("DELETE", f"receipts/{made['id']}")
    await run(joint)
    assert await _refunds(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_r5_goodwill_goes_to_the_account_of_the_configuration_and_its_refund_names_no_sale_any_more(
    joint: Joint,
) -> None:
    account = await expense_account(joint)
    await joint.configure(goodwill_account=account)
    sale = await paid_sale(joint)
    made = await refund(joint, sale, "-5.00")
    await answer(joint, "goodwill")

    [out] = await _refunds(joint)
    assert out["Line"][0]["AccountBasedExpenseLineDetail"]["AccountRef"]["value"] == account
    assert (await shop(joint, "receipts", made["id"]))["allocations"] == []
    assert (await shop(joint, "sales", sale["id"]))["amount_owing"] == "0.00"
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_r3_a_refund_that_is_deleted_takes_along_what_its_answer_has_made(joint: Joint) -> None:
    sale = await paid_sale(joint)
    made = await refund(joint, sale, "-22.00")
    await answer(joint, "given_back")
    [memo] = await joint.books_list("creditmemo")
    await joint.in_shop("DELETE", f"receipts/{made['id']}")
    for _ in range(3):
        await run(joint)

    assert await _refunds(joint) == []
    assert await book_or_none(joint, "creditmemo", memo["Id"]) is None
    assert await adjustments(joint) == []
    assert (await shop(joint, "sales", sale["id"]))["amount_owing"] == "0.00"
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("side", ["oncord", "quickbooks"])
async def test_r5_a_lost_answer_makes_nothing_twice(joint: Joint, side: str) -> None:
    sale = await paid_sale(joint)
    await refund(joint, sale, "-22.00")
    await joint.hazard(side, "answer_lost", times=2)
    await answer(joint, "given_back")
    await joint.hazard(side, "answer_lost", on=False)
    await run(joint)
    await run(joint)

    assert [a["total"] for a in await adjustments(joint)] == ["-22.00"]
    assert [m["RemainingCredit"] for m in await joint.books_list("creditmemo")] == [0]
    assert [p["TotalAmt"] for p in await _refunds(joint)] == [22]
    assert await differences(joint) == []
    await quiet(joint)


async def test_r5_an_answer_holds_for_the_refund_as_it_was_shown(joint: Joint) -> None:
    sale = await paid_sale(joint)
    made = await refund(joint, sale, "-22.00")
    [item] = await joint.attention()
    less = {"amount": "-5.00", "allocations": [{"sale_id": sale["id"], "amount": "-5.00"}]}
    await joint.in_shop("PATCH", f"receipts/{made['id']}", less)
    await joint.answer(item.id, "given_back")
    await run(joint)

    assert await adjustments(joint) == []
    [again] = await joint.attention()
    assert "5.00 AUD" in again.summary
    await answer(joint, "given_back")
    assert [a["total"] for a in await adjustments(joint)] == ["-5.00"]
    assert await differences(joint) == []


async def test_r5_a_question_ends_by_itself_where_the_shop_gives_the_credit(joint: Joint) -> None:
    sale = await paid_sale(joint)
    made = await refund(joint, sale, "-22.00")
    adjustment = await joint.sale(sale["contact_id"], {**TEA, "quantity": "-2"}, kind="adjustment", date=TODAY)
    back = [{"sale_id": adjustment["id"], "amount": "-22.00"}]
    await joint.in_shop("PATCH", f"receipts/{made['id']}", {"allocations": back})
    await run(joint)

    assert await asked(joint) == []
    assert [p["TotalAmt"] for p in await _refunds(joint)] == [22]
    await quiet(joint)


async def test_r5_a_refund_of_a_locked_period_is_asked_about_by_b1_as_well_and_moves_nothing_before(
    joint: Joint,
) -> None:
    sale = await paid_sale(joint)
    await joint.configure(lodged_until=joint.clock.now().date() - timedelta(days=1))
    await refund(joint, sale, "-22.00")
    await answer(joint, "given_back")

    assert [a["total"] for a in await adjustments(joint)] == ["-22.00"]
    assert await joint.books_list("creditmemo") == []
    assert await _refunds(joint) == []
    assert {kind for _, kind in await asked(joint)} == {"locked_period"}
    assert {cause for _, cause, _ in await differences(joint)} == {"locked", "parked"}, (
        "the refund waits for its credit"
    )
    for item in await joint.attention():
        await joint.answer(item.id, "date_first_open_day")
    for _ in range(2):
        await run(joint)
        for item in await joint.attention():
            await joint.answer(item.id, "date_first_open_day")
    await run(joint)
    assert [(m["TxnDate"], m["RemainingCredit"]) for m in await joint.books_list("creditmemo")] == [(TODAY, 0)]
    assert [(p["TxnDate"], p["TotalAmt"]) for p in await _refunds(joint)] == [(TODAY, 22)]


@pytest.mark.parametrize("said", ["unapply", "leave_difference", "do_it_anyway"])
async def test_r5_cleared_money_out_keeps_what_the_answer_has_made_before_somebody_lets_it_go(
    joint: Joint, said: str
) -> None:
    sale = await paid_sale(joint)
    made = await refund(joint, sale, "-22.00")
    await answer(joint, "given_back")
    await reconcile(joint)
    await joint.in_shop("DELETE", f"receipts/{made['id']}")
    await run(joint)
    [item] = await held(joint)
    assert len(await adjustments(joint)) == len(await joint.books_list("creditmemo")) == 1
    await joint.answer(item.id, said)
    for _ in range(3):
        await run(joint)

    gone = said == "do_it_anyway"
    assert (await _refunds(joint) == []) == gone
    assert (await adjustments(joint) == []) == (await joint.books_list("creditmemo") == []) == gone
    assert all(cause != "unexplained" for _, cause, _ in await differences(joint))
    await quiet(joint)


async def test_r5_a_refund_that_is_in_the_books_and_names_a_sale_later_is_asked_about_too(joint: Joint) -> None:
    sale = await paid_sale(joint, paid="30.00")
    made = await refund(joint, sale, "-8.00", allocations=[])
    back = [{"sale_id": sale["id"], "amount": "-8.00"}]
    await joint.in_shop("PATCH", f"receipts/{made['id']}", {"allocations": back})
    await run(joint)

    [item] = [each for each in await joint.attention() if each.kind == "refund"]
    assert sorted(item.actions) == ["given_back", "overpayment"], "its money out is booked already"
    await answer(joint, "given_back")
    assert [p["TotalAmt"] for p in await _refunds(joint)] == [8]
    assert [m["RemainingCredit"] for m in await joint.books_list("creditmemo")] == [0]
    assert await asked(joint) == [], "the open pair has ended, too"
    assert await differences(joint) == []
    await quiet(joint)


async def test_r5_in_america_what_is_given_back_has_its_sales_tax(us: Joint) -> None:
    line = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "TAX", "tax_amount": "1.76"}
    sale = await paid_sale(us, line)
    await refund(us, sale, f"-{sale['total']}")
    await answer(us, "given_back")

    [made] = await us.books_list("invoice")
    [memo] = await us.books_list("creditmemo")
    assert (memo["TotalAmt"], memo["TxnTaxDetail"]["TotalTax"]) == (made["TotalAmt"], made["TxnTaxDetail"]["TotalTax"])
    assert (memo["RemainingCredit"], await balance(us)) == (0, 0)
    assert await asked(us) == []
    assert await differences(us) == []
    await quiet(us)


@pytest.mark.parametrize("basis", ["accrual", "cash"])
async def test_r5_a_question_offers_what_the_adjustments_of_the_moment_leave(joint: Joint, basis: Any) -> None:
    await joint.configure(gst_basis=basis)
    sale = await paid_sale(joint)
    await refund(joint, sale, "-22.00")
    [item] = await joint.attention()
    assert item.actions[0] == "given_back"

    given = {"kind": "adjustment", "date": TODAY, "adjusts_sale_id": sale["id"], "number": "1041-A"}
    adjustment = await joint.sale(sale["contact_id"], {**TEA, "quantity": "-2"}, **given)
    await run(joint)
    [item] = await joint.attention()
    assert item.actions[0] == "pays_credit"
    assert "22.00 AUD of adjustment 1041-A" in item.advice
    assert "given_back" not in item.actions, "nothing is left of the sale"
    await quiet(joint)

    [memo] = await joint.books_list("creditmemo")
    await remove(joint, "creditmemo", memo["Id"])
    await run(joint)
    assert "pays_credit" not in await ready(joint), "QuickBooks has no such credit now"

    await joint.in_shop("DELETE", f"sales/{adjustment['id']}")
    await run(joint)
    assert (await ready(joint))[0] == "given_back"
    await quiet(joint)
