"""R5, S1: money that was paid back since the start date for what is from before is asked about, and never skipped in silence: the bank
has less. Each company, whatever it reports its tax by."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any, Literal

import pytest

from app.domain.model.operations import Action
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import Body, asked, customer, quiet, reasons, run, shop
from tests.sync.test_direct_refunds import adjustments, answer, expense_account, refund
from tests.sync.test_opening_receivables import choose, old_sale
from tests.sync.test_rules_refunds import _refunds

JULY = date(2026, 7, 1)
COMPANIES: tuple[tuple[Literal["AU", "US"], str], ...] = (("AU", "accrual"), ("AU", "cash"), ("US", "undecided"))


@pytest.fixture(params=COMPANIES, ids=["au", "au-cash", "us"])
async def company(own_database: DatabaseUrls, request: pytest.FixtureRequest) -> AsyncIterator[Joint]:
    country, basis = request.param
    async with joined(own_database.app, country=country) as made:
        await made.configure(start_date=JULY, gst_basis=basis)
        await run(made)
        yield made


async def credit_of_june(joint: Joint, **members: Any) -> tuple[Body, Body]:
    """A sale that was paid in June, and its adjustment of then that nobody has used."""
    sale = await old_sale(joint)
    await joint.receipt(sale, sale["total"], date="2026-06-12")
    code = sale["lines"][0]["tax_code"]
    off = {"description": "Tea", "quantity": "-1", "unit_price": "40.00", "tax_code": code}
    given = {"kind": "adjustment", "adjusts_sale_id": sale["id"], "date": "2026-06-20", "number": "OLD-1-A"}
    return sale, await joint.sale(sale["contact_id"], off, **{**given, **members})


async def test_r5_a_refund_of_an_adjustment_from_before_the_start_date_is_asked_about(company: Joint) -> None:
    _, adjustment = await credit_of_june(company)
    await company.sale(adjustment["contact_id"], adjustment_line(adjustment), number="NEW-1", date="2026-08-01")
    made = await refund(company, adjustment, adjustment["total"])

    [item] = await company.attention()
    assert (item.rule, item.kind, item.actions) == ("R5", "refund", ["overpayment", "goodwill"])
    money = f"{adjustment['total'].removeprefix('-')} {adjustment['currency']}"
    assert f"over {money} pays back {money} of adjustment OLD-1-A" in item.summary
    assert "from before the start date 1 Jul 2026, which is not in QuickBooks" in item.summary
    assert "money out against that credit" in item.advice
    assert await _refunds(company) == []
    await quiet(company)

    await answer(company, "goodwill", await expense_account(company))
    [out] = await _refunds(company)
    assert f"-{out['TotalAmt']:.2f}" == adjustment["total"]
    assert {x["DetailType"] for x in out["Line"]} == {"AccountBasedExpenseLineDetail"}
    assert (await shop(company, "receipts", made["id"]))["allocations"] == []
    assert await company.books_list("creditmemo") == []
    await quiet(company)


async def test_r5_credit_of_the_opening_balances_that_is_paid_back_is_money_out_against_it(company: Joint) -> None:
    _, adjustment = await credit_of_june(company)
    new = await company.sale(adjustment["contact_id"], adjustment_line(adjustment), number="NEW-1", date="2026-08-01")
    made = await refund(company, adjustment, adjustment["total"])
    await answer(company, "overpayment")

    assert len(await _refunds(company)) == 1
    assert (await shop(company, "receipts", made["id"]))["books_status"] == "linked"
    assert len(await company.books_list("invoice")) == 1, new["number"]
    await quiet(company)


def adjustment_line(adjustment: Body) -> Body:
    return {
        "description": "Tea",
        "quantity": "1",
        "unit_price": "11.00",
        "tax_code": adjustment["lines"][0]["tax_code"],
    }


@pytest.mark.parametrize("there", [False, True])
async def test_r5_somebody_who_has_bought_nothing_since_becomes_a_customer_once_by_the_answer(
    company: Joint, there: bool
) -> None:
    if there:
        await customer(company, "Ada", "Lovelace", "ada@example.com")
    _, adjustment = await credit_of_june(company)
    made = await refund(company, adjustment, adjustment["total"])
    assert len(await company.books_list("customer")) == int(there)
    await answer(company, "overpayment")

    [ada] = await company.books_list("customer")
    [out] = await _refunds(company)
    assert out["EntityRef"]["value"] == ada["Id"]
    assert (await shop(company, "receipts", made["id"]))["books_status"] == "linked"
    await quiet(company)


async def test_r5_goods_of_before_that_are_given_back_now_are_a_credit_memo_of_now(company: Joint) -> None:
    sale = await old_sale(company)
    await company.receipt(sale, sale["total"], date="2026-06-12")
    await refund(company, sale, f"-{sale['total']}")

    [item] = await company.attention()
    assert item.actions[0] == "given_back"
    assert "takes money off sale OLD-1 directly" in item.summary
    await answer(company, "given_back")
    [adjustment] = await adjustments(company)
    [memo] = await company.books_list("creditmemo")
    assert (memo["TxnDate"], memo["RemainingCredit"]) == ("2026-11-19", 0)
    assert f"-{memo['TotalAmt']:.2f}" == adjustment["total"] == f"-{sale['total']}"
    assert len(await _refunds(company)) == 1
    assert await company.books_list("invoice") == []
    assert await asked(company) == []
    await quiet(company)


async def test_r5_a_question_is_put_anew_when_only_the_early_sale_that_it_names_is_edited(company: Joint) -> None:
    sale = await old_sale(company)
    await company.receipt(sale, sale["total"], date="2026-06-12")
    await refund(company, sale, f"-{sale['total']}")
    [item] = await company.attention()
    assert item.actions[0] == "given_back"

    smaller = [{**sale["lines"][0], "unit_price": "1.00"}]
    await company.in_shop("PATCH", f"sales/{sale['id']}", {"lines": smaller})
    await run(company)
    [item] = [each for each in await company.attention() if each.kind == "refund"]
    assert "given_back" not in item.actions, "there is less to give back than was paid back"
    await quiet(company)


async def test_r5_one_that_names_both_sorts_of_credit_goes_over_when_it_is_said_what_the_old_one_is(
    company: Joint,
) -> None:
    sale, old = await credit_of_june(company)
    line = {**adjustment_line(old), "quantity": "-1"}
    given = {"kind": "adjustment", "adjusts_sale_id": sale["id"], "date": "2026-08-20", "number": "OLD-1-B"}
    new = await company.sale(sale["contact_id"], line, **given)
    both = [{"sale_id": each["id"], "amount": each["total"]} for each in (old, new)]
    amount = f"{float(old['total']) + float(new['total']):.2f}"
    made = await refund(company, old, amount, allocations=both)
    assert await _refunds(company) == []
    [item] = await company.attention()
    assert "overpayment" in item.actions

    await answer(company, "overpayment")
    [out] = await _refunds(company)
    [memo] = await company.books_list("creditmemo")
    assert (f"-{out['TotalAmt']:.2f}", memo["RemainingCredit"]) == (amount, 0)
    assert [a["sale_id"] for a in (await shop(company, "receipts", made["id"]))["allocations"]] == [new["id"]]
    await quiet(company)


async def test_s1_money_of_before_and_of_a_sale_that_somebody_has_left_out_is_asked_about_by_nobody(
    company: Joint,
) -> None:
    _, adjustment = await credit_of_june(company)
    await company.receipt(adjustment, adjustment["total"], date="2026-06-25")
    await run(company)
    assert await asked(company) == []

    left = await old_sale(company, "OLD-2", contact=await company.contact("Bob"))
    await choose(company, "left_out")
    await company.receipt(left, left["total"], date="2026-07-10")
    await refund(company, left, "-10.00")
    assert await asked(company) == []
    assert await _refunds(company) == []
    assert any("that is not synchronised" in why for why in await reasons(company, Action.SKIP))
    await quiet(company)
