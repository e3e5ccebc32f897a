"""R3, R5 and R7: what a bank statement has told of is deleted, dated otherwise, given another amount or moved to another account
only where a person says so, once; asking QuickBooks costs two reports, and only where a plan would do such a thing."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.container import build_container
from app.domain.model.configuration import MappedMethod
from app.domain.model.operations import Action
from app.services import tie_outs
from tests.support.joint import Joint, joined
from tests.support.people import SOMEBODY
from tests.support.services import DatabaseUrls
from tests.support.stories import Body, book, book_or_none, customer, invoice, payment, quiet, reasons, run, shop
from tests.sync.companies import each_company
from tests.sync.test_rules_refunds import returned
from tests.sync.test_rules_split_receipts import split_receipt

UNAPPLY, ANYWAY, LEAVE = "unapply", "do_it_anyway", "leave_difference"
DAY = "2026-11-12"
AN_HOUR = 3700
"""After which the company's accounts are read again."""


async def received(joint: Joint, amount: str = "22.00", **members: Any) -> tuple[Body, Body, Body]:
    """A sale of 22.00, its receipt of a day last week, and the payment of that in the bank account."""
    sale = await joint.sale((await joint.contact())["id"], number="1041")
    receipt = await joint.receipt(sale, amount, **{"date": DAY, **members})
    await run(joint)
    [paid] = await joint.books_list("payment")
    return sale, receipt, paid


async def reconcile(joint: Joint, status: str = "Reconciled", **body: Any) -> None:
    account = body.pop("account", None) or await joint.account("Bank")
    await joint.in_books("POST", "reconcile", {"account": account, "status": status, **body})


async def held(joint: Joint) -> list[Any]:
    return [item for item in await joint.attention() if item.kind == "cleared_money"]


async def answered(joint: Joint, answer: str) -> None:
    [item] = await held(joint)
    await joint.answer(item.id, answer)
    await run(joint)
    assert await held(joint) == []


async def reports(joint: Joint) -> int:
    """How many reports were read since last asked; nothing else is read one by one."""
    calls = await joint.in_books("GET", "calls")
    await joint.in_books("DELETE", "calls")
    return int(calls["read"])


async def differences(joint: Joint) -> list[tuple[str, str, str]]:
    """What a comparison of everything finds: what differs, why, and by how much."""
    container = build_container(joint.runtime)
    await tie_outs.take(container, joint.connection_id, who=SOMEBODY)
    found = await tie_outs.list_standing(container, joint.connection_id)
    return sorted((line["what"], line["cause"], line["amount"]) for line in found)


async def amounts(joint: Joint, paid: Body) -> tuple[Decimal, Decimal]:
    """The amount of a payment, and what of it pays nothing."""
    now = await book(joint, "payment", paid["Id"])
    return Decimal(str(now["TotalAmt"])), Decimal(str(now["UnappliedAmt"]))


async def amend(joint: Joint, receipt: Body, **members: Any) -> None:
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", members)


async def less(joint: Joint, sale: Body, receipt: Body, amount: str = "12.00") -> None:
    await amend(joint, receipt, amount=amount, allocations=[{"sale_id": sale["id"], "amount": amount}])


@each_company
@pytest.mark.parametrize("status", ["Reconciled", "Cleared"])
async def test_r3_a_deleted_receipt_leaves_its_cleared_payment_and_one_question_that_names_it(
    joint: Joint, status: str
) -> None:
    _, receipt, paid = await received(joint)
    await reconcile(joint, status)
    await reports(joint)
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)

    assert await amounts(joint, paid) == (22, 0)
    [item] = await held(joint)
    name = next(a["Name"] for a in await joint.books_list("account") if a["AccountType"] == "Bank")
    assert item.summary.startswith(
        f"Payment, Ada Lovelace of 12 Nov 2026, 22.00 {joint.currency} in {name} in QuickBooks, was deleted in Oncord. It was not deleted"
        " there, since "
    )
    assert "the bank reconciliation holds it" in item.summary
    assert (item.rule, item.actions) == ("R3", [UNAPPLY, ANYWAY, LEAVE])
    assert "Proposed: unapply it and leave it as the customer's credit" in item.advice
    assert await reports(joint) == 2
    assert await differences(joint) == [("missing", "cleared", "22.00")]
    await quiet(joint)
    assert len(await held(joint)) == 1


@each_company
async def test_r3_money_that_is_unapplied_stays_in_the_books_as_the_customers_credit(joint: Joint) -> None:
    _, receipt, paid = await received(joint)
    await reconcile(joint)
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)
    await answered(joint, UNAPPLY)

    assert await amounts(joint, paid) == (22, 22)
    now = await book(joint, "payment", paid["Id"])
    assert (now["TxnDate"], now["DepositToAccountRef"]) == (paid["TxnDate"], paid["DepositToAccountRef"])
    assert any("as the customer's credit, as test said on" in why for why in await reasons(joint, Action.UPDATE))
    assert await differences(joint) == [("missing", "cleared", "22.00")]
    assert await joint.attention() == []
    await quiet(joint)
    await joint.in_shop("POST", f"receipts/{receipt['id']}/restore")
    await run(joint)
    assert await amounts(joint, paid) == (22, 0), "the same money, which is back"
    assert len(await joint.books_list("payment")) == 1
    await quiet(joint)


@each_company
async def test_r3_what_is_to_be_done_all_the_same_is_done_once(joint: Joint) -> None:
    sale, receipt, paid = await received(joint)
    await reconcile(joint)
    await less(joint, sale, receipt)
    await run(joint)
    await answered(joint, ANYWAY)
    assert await amounts(joint, paid) == (12, 0)
    assert any(
        "although the bank reconciliation holds it, as test said" in w for w in await reasons(joint, Action.UPDATE)
    )
    await quiet(joint)

    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)
    assert await amounts(joint, paid) == (12, 0), "the answer of before was for that change alone"
    await answered(joint, ANYWAY)
    assert await book_or_none(joint, "payment", paid["Id"]) is None
    assert await differences(joint) == []
    await quiet(joint)


@each_company
async def test_r3_a_difference_that_is_left_has_a_name_until_the_receipt_is_changed_again(joint: Joint) -> None:
    sale, receipt, paid = await received(joint)
    await reconcile(joint)
    await less(joint, sale, receipt)
    await run(joint)
    await answered(joint, LEAVE)

    assert await amounts(joint, paid) == (22, 0)
    named = await differences(joint)
    assert ("amount", "cleared", "10.00") in named
    assert {cause for _, cause, _ in named} == {"cleared"}
    await amend(joint, receipt, reference="T-9")
    await run(joint)
    assert (await book(joint, "payment", paid["Id"]))["PaymentRefNum"] == "T-9", "what moves no money travels"
    assert (await held(joint), await amounts(joint, paid)) == ([], (22, 0))
    await quiet(joint)
    await less(joint, sale, receipt, "11.00")
    await run(joint)
    [again] = await held(joint)
    assert f"is to become 11.00 {joint.currency}" in again.summary


@each_company
async def test_r7_a_smaller_amount_that_is_unapplied_leaves_the_rest_as_credit(joint: Joint) -> None:
    sale, receipt, paid = await received(joint)
    await reconcile(joint)
    await less(joint, sale, receipt)
    await run(joint)
    [item] = await held(joint)
    assert (item.rule, item.actions) == ("R7", [UNAPPLY, ANYWAY, LEAVE])
    assert f"22.00 {joint.currency} in" in item.summary
    assert f"is to become 12.00 {joint.currency}" in item.summary
    await answered(joint, UNAPPLY)

    assert await amounts(joint, paid) == (22, 10)
    assert (await shop(joint, "receipts", receipt["id"]))["amount"] == "12.00"
    assert await differences(joint) == [("amount", "cleared", "10.00")]
    await quiet(joint)
    await amend(joint, receipt, reference="T-9")
    await run(joint)
    assert (await amounts(joint, paid), await held(joint)) == ((22, 10), []), "in that both are agreed"


@each_company
async def test_r7_a_larger_amount_leaves_no_credit_and_offers_none(joint: Joint) -> None:
    sale, receipt, paid = await received(joint, "10.00")
    await reconcile(joint)
    await less(joint, sale, receipt, "22.00")
    await run(joint)

    [item] = await held(joint)
    assert item.actions == [ANYWAY, LEAVE]
    assert await amounts(joint, paid) == (10, 0)


@each_company
async def test_r7_another_day_waits_while_the_reference_travels(joint: Joint) -> None:
    _, receipt, paid = await received(joint)
    await reconcile(joint)
    await amend(joint, receipt, date="2026-11-02", reference="T-9")
    await run(joint)

    now = await book(joint, "payment", paid["Id"])
    assert (now["TxnDate"], now["PaymentRefNum"]) == (DAY, "T-9")
    [item] = await held(joint)
    assert (item.rule, item.actions) == ("R7", [ANYWAY, LEAVE])
    assert "is to be dated 2 Nov 2026" in item.summary
    await quiet(joint)
    await answered(joint, ANYWAY)
    assert (await book(joint, "payment", paid["Id"]))["TxnDate"] == "2026-11-02"
    await quiet(joint)


@each_company
@pytest.mark.parametrize("answer", [ANYWAY, LEAVE])
async def test_r7_cleared_money_follows_no_method_to_another_account_before_somebody_says_so(
    joint: Joint, answer: str
) -> None:
    bank = await joint.account("Bank")
    till = str((await joint.person("account", {"Name": "Card clearing", "AccountType": "Bank"}))["Id"])
    direct, card = await joint.method("direct_deposit"), await joint.method("credit_card")
    await joint.configure(payment_methods=(MappedMethod(direct, bank, preferred=True), MappedMethod(card, till)))
    joint.clock.pass_time(AN_HOUR)
    _, receipt, paid = await received(joint)
    await reconcile(joint)
    await amend(joint, receipt, payment_method_id=card)
    await run(joint)

    [item] = await held(joint)
    assert "is to lie in Card clearing" in item.summary
    assert item.actions == [ANYWAY, LEAVE]
    await answered(joint, answer)
    where = (await book(joint, "payment", paid["Id"]))["DepositToAccountRef"]["value"]
    assert where == (till if answer == ANYWAY else bank)
    assert await differences(joint) == ([] if answer == ANYWAY else [("account", "cleared", "22.00")])
    await quiet(joint)


async def test_r7_what_cleared_money_pays_moves_and_costs_no_report(joint: Joint) -> None:
    sale, receipt, paid = await received(joint)
    other = await joint.sale(sale["contact_id"], number="1042")
    await run(joint)
    await reconcile(joint)
    await reports(joint)
    await amend(joint, receipt, allocations=[{"sale_id": other["id"], "amount": "22.00"}], reference="T-9")
    await run(joint)

    assert {x["DocNumber"]: x["Balance"] for x in await joint.books_list("invoice")} == {"1041": 22, "1042": 0}
    assert (await reports(joint), await held(joint), await amounts(joint, paid)) == (0, [], (22, 0))
    await quiet(joint)


async def test_r3_money_that_no_statement_holds_is_deleted_as_ever(joint: Joint) -> None:
    _, receipt, paid = await received(joint)
    await reconcile(joint, until="2026-10-31")
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)

    assert await book_or_none(joint, "payment", paid["Id"]) is None
    assert await joint.attention() == []
    await quiet(joint)


async def test_law_9_ordinary_runs_read_no_report_and_a_run_reads_two_however_much_it_asks_about(joint: Joint) -> None:
    ada = await joint.contact()
    receipts = []
    for number in range(1041, 1046):
        sale = await joint.sale(ada["id"], number=str(number))
        receipts.append(await joint.receipt(sale, date=DAY))
    await run(joint)
    kay = await customer(joint, "Kay")
    bill = await invoice(joint, kay["Id"])
    theirs = await payment(joint, kay["Id"], "33.00", {bill["Id"]: "33.00"}, TxnDate=DAY)
    await run(joint)
    await joint.person("payment", {**await book(joint, "payment", theirs["Id"]), "TxnDate": "2026-11-10"})
    await amend(joint, receipts[0], reference="T-9")
    await run(joint)
    await run(joint)
    assert await reports(joint) == 0

    await reconcile(joint)
    for receipt in receipts[:4]:
        await amend(joint, receipt, date="2026-11-02")
    await joint.in_shop("DELETE", f"receipts/{receipts[4]['id']}")
    await run(joint)
    assert await reports(joint) == 2
    assert len(await held(joint)) == 5
    for item in await held(joint):
        await joint.answer(item.id, LEAVE)
    await run(joint)
    assert await reports(joint) == 2
    await run(joint)
    assert await reports(joint) == 0


async def test_r3_a_payment_that_began_in_quickbooks_stays_and_is_asked_about_by_nobody(joint: Joint) -> None:
    kay = await customer(joint, "Kay")
    bill = await invoice(joint, kay["Id"])
    paid = await payment(joint, kay["Id"], "33.00", {bill["Id"]: "33.00"}, TxnDate=DAY)
    await run(joint)
    await reconcile(joint)
    [receipt] = await joint.shop_list("receipts")
    await reports(joint)
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)

    assert await amounts(joint, paid) == (33, 0)
    assert (await reports(joint), await held(joint)) == (0, [])


@pytest.mark.parametrize("country", ["AU", "US"])
@pytest.mark.parametrize(("day", "stays"), [("2026-11-12", True), ("2026-11-18", False)])
async def test_r3_where_the_report_is_not_to_be_had_money_in_a_bank_counts_as_cleared_after_three_days(
    own_database: DatabaseUrls, country: Any, day: str, stays: bool
) -> None:
    async with joined(own_database.app, country=country) as joint:
        tea = {"description": "Tea", "quantity": "1", "unit_price": "22.00", "tax_code": "NON"}
        sale = await joint.sale((await joint.contact())["id"], *([tea] if country == "US" else []), number="1041")
        receipt = await joint.receipt(sale, "22.00", date=day)
        await run(joint)
        [paid] = await joint.books_list("payment")
        await joint.hazard("quickbooks", "report_refused")
        await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
        await run(joint)

        assert (await book_or_none(joint, "payment", paid["Id"]) is not None) == stays
        assert len(await held(joint)) == (1 if stays else 0)
        if stays:
            assert "QuickBooks does not tell" in (await held(joint))[0].summary
            await joint.hazard("quickbooks", "report_refused", on=False)
            await run(joint)
            assert await held(joint) == [], "it tells by now, and nothing holds the money"
            assert await book_or_none(joint, "payment", paid["Id"]) is None


@pytest.mark.parametrize("subtype", ["UndepositedFunds", ""])
async def test_r3_without_the_report_money_outside_a_bank_is_not_taken_for_cleared(joint: Joint, subtype: str) -> None:
    body = {"Name": "Gateway clearing", "AccountType": "Other Current Asset"}
    made = None if subtype else str((await joint.person("account", body))["Id"])
    account = made or await joint.account("Other Current Asset", subtype)
    direct = await joint.method("direct_deposit")
    await joint.configure(payment_methods=(MappedMethod(direct, account, preferred=True),))
    joint.clock.pass_time(AN_HOUR)
    _, receipt, paid = await received(joint)
    await joint.hazard("quickbooks", "report_refused")
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)

    assert await book_or_none(joint, "payment", paid["Id"]) is None
    assert await held(joint) == []


@pytest.mark.parametrize(
    ("slug", "parameters"), [("system_fault", {"entity": "reports"}), ("cleared_filter_ignored", {})]
)
async def test_r3_a_report_that_fails_or_that_lists_everything_is_none(
    joint: Joint, slug: str, parameters: Body
) -> None:
    _, receipt, paid = await received(joint)
    await joint.hazard("quickbooks", slug, **parameters)
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)

    assert await amounts(joint, paid) == (22, 0)
    [item] = await held(joint)
    assert "QuickBooks does not tell" in item.summary


async def test_r3_the_question_ends_by_itself_when_the_reconciliation_is_undone(joint: Joint) -> None:
    _, receipt, paid = await received(joint)
    await reconcile(joint)
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)
    assert len(await held(joint)) == 1
    await reconcile(joint, "Uncleared")
    await run(joint)

    assert await held(joint) == []
    assert await book_or_none(joint, "payment", paid["Id"]) is None
    await quiet(joint)


async def test_r7_the_question_ends_by_itself_when_the_change_is_taken_back(joint: Joint) -> None:
    sale, receipt, paid = await received(joint)
    await reconcile(joint)
    await less(joint, sale, receipt)
    await run(joint)
    assert len(await held(joint)) == 1
    await less(joint, sale, receipt, "22.00")
    await run(joint)

    assert (await held(joint), await amounts(joint, paid)) == ([], (22, 0))
    await quiet(joint)


async def test_r3_a_deleted_receipt_that_is_back_ends_its_question(joint: Joint) -> None:
    _, receipt, paid = await received(joint)
    await reconcile(joint)
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)
    await joint.in_shop("POST", f"receipts/{receipt['id']}/restore")
    await run(joint)

    assert (await held(joint), await amounts(joint, paid)) == ([], (22, 0))
    await quiet(joint)


async def test_b1_money_of_a_locked_period_that_is_cleared_too_is_one_question_that_says_both(joint: Joint) -> None:
    _, receipt, paid = await received(joint)
    await reconcile(joint)
    await joint.configure(lodged_until=date(2026, 11, 15))
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)

    [item] = await joint.attention()
    assert (item.kind, item.rule) == ("locked_period", "B1")
    assert "a BAS or tax return is lodged up to 15 Nov 2026. Also, the bank reconciliation holds it." in item.summary
    assert UNAPPLY not in item.actions
    await joint.answer(item.id, "do_in_old_period")
    await run(joint)
    assert await book_or_none(joint, "payment", paid["Id"]) is None
    assert await joint.attention() == []


async def test_b1_who_was_told_of_the_locked_period_alone_is_asked_again_once_the_bank_holds_it_too(
    joint: Joint,
) -> None:
    _, receipt, paid = await received(joint)
    await joint.configure(lodged_until=date(2026, 11, 15))
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)
    [item] = await joint.attention()
    await reconcile(joint)
    await joint.answer(item.id, "do_in_old_period")
    await run(joint)

    assert await amounts(joint, paid) == (22, 0)
    [again] = await joint.attention()
    assert "Also, the bank reconciliation holds it." in again.summary


async def test_r3_money_whose_period_is_opened_is_still_held_by_the_bank(joint: Joint) -> None:
    _, receipt, paid = await received(joint)
    await reconcile(joint)
    await joint.configure(lodged_until=date(2026, 11, 15))
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)
    await joint.configure(lodged_until=None)
    await run(joint)

    assert [item.kind for item in await joint.attention()] == ["cleared_money"]
    assert await amounts(joint, paid) == (22, 0)


@each_company
async def test_s3_an_invoice_goes_once_its_cleared_payment_was_taken_off_it(joint: Joint) -> None:
    sale, receipt, paid = await received(joint)
    await reconcile(joint)
    await joint.in_shop("DELETE", f"sales/{sale['id']}?cascade=true")
    await run(joint)

    [item] = await joint.attention()
    assert (item.kind, item.rule) == ("cleared_money", "R3")
    assert [x["Balance"] for x in await joint.books_list("invoice")] == [0], "neither is taken apart"
    await quiet(joint)
    await answered(joint, UNAPPLY)
    assert await joint.books_list("invoice") == []
    assert await amounts(joint, paid) == (22, 22)
    assert await joint.attention() == []
    assert await differences(joint) == [("missing", "cleared", "22.00")]
    await quiet(joint)
    assert receipt["id"]


@each_company
async def test_s3_a_payment_that_is_left_keeps_its_invoice_which_is_said(joint: Joint) -> None:
    sale, _, paid = await received(joint)
    await reconcile(joint)
    await joint.in_shop("DELETE", f"sales/{sale['id']}?cascade=true")
    await run(joint)
    await answered(joint, LEAVE)

    assert await amounts(joint, paid) == (22, 0)
    assert len(await joint.books_list("invoice")) == 1
    [item] = await joint.attention()
    assert item.kind == "parked"
    assert "test left as a named difference" in item.summary
    assert {cause for _, cause, _ in await differences(joint)} <= {"cleared", "held"}
    await quiet(joint)


@each_company
@pytest.mark.parametrize("answer", [UNAPPLY, ANYWAY, LEAVE])
async def test_r5_money_that_was_paid_back_stays_as_it_is_before_somebody_says_so(joint: Joint, answer: str) -> None:
    _, adjustment = await returned(joint)
    await run(joint)
    refund = await joint.receipt(adjustment, "-22.00", date=DAY)
    await run(joint)
    [out] = [p for p in await joint.books_list("purchase") if p.get("EntityRef", {}).get("type") == "Customer"]
    await reconcile(joint)
    await joint.in_shop("DELETE", f"receipts/{refund['id']}")
    await run(joint)

    assert await book_or_none(joint, "purchase", out["Id"]) is not None
    [item] = await held(joint)
    assert item.rule == "R5"
    assert item.summary.startswith("Refund")
    assert item.actions == [UNAPPLY, ANYWAY, LEAVE]
    await quiet(joint)
    await answered(joint, answer)
    joins = [p for p in await joint.books_list("payment") if not p["TotalAmt"]]
    assert len(joins) == (1 if answer == LEAVE else 0), "what joins it to its credit moves no money"
    assert (await book_or_none(joint, "purchase", out["Id"]) is None) == (answer == ANYWAY)
    left = [("missing", "cleared", "-22.00"), ("missing", "cleared", "0.00")]
    assert await differences(joint) == {ANYWAY: [], UNAPPLY: left[:1], LEAVE: left}[answer]
    await quiet(joint)


async def test_r5_the_day_of_money_that_was_paid_back_waits_too(joint: Joint) -> None:
    _, adjustment = await returned(joint)
    await run(joint)
    refund = await joint.receipt(adjustment, "-22.00", date=DAY)
    await run(joint)
    await reconcile(joint)
    await amend(joint, refund, date="2026-11-02")
    await run(joint)

    [out] = [p for p in await joint.books_list("purchase") if p.get("EntityRef", {}).get("type") == "Customer"]
    assert out["TxnDate"] == DAY
    [item] = await held(joint)
    assert (item.rule, item.actions) == ("R5", [ANYWAY, LEAVE])
    await answered(joint, ANYWAY)
    assert (await book(joint, "purchase", out["Id"]))["TxnDate"] == "2026-11-02"
    await quiet(joint)


@each_company
async def test_r3_the_payments_of_one_receipt_are_one_question(joint: Joint) -> None:
    receipt, payments = await split_receipt(joint)
    await reconcile(joint)
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)

    assert len(await joint.books_list("payment")) == len(payments)
    await answered(joint, UNAPPLY)
    assert all(p["UnappliedAmt"] == p["TotalAmt"] for p in await joint.books_list("payment"))
    assert {cause for _, cause, _ in await differences(joint)} == {"cleared"}
    await quiet(joint)


async def test_r3_money_in_a_bank_deposit_is_guarded_by_that_and_costs_no_report(joint: Joint) -> None:
    undeposited = await joint.account("Other Current Asset", "UndepositedFunds")
    direct = await joint.method("direct_deposit")
    await joint.configure(payment_methods=(MappedMethod(direct, undeposited, preferred=True),))
    _, receipt, paid = await received(joint)
    await joint.person("deposit", {"payments": [paid["Id"]]})
    await reconcile(joint)
    await run(joint)
    await reports(joint)
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)

    assert await amounts(joint, paid) == (22, 0)
    [item] = await joint.attention()
    assert "part of a bank deposit" in item.summary
    assert await reports(joint) == 0


async def test_r3_a_preview_says_what_would_be_asked_and_changes_nothing(joint: Joint) -> None:
    _, receipt, paid = await received(joint)
    await reconcile(joint)
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await joint.sync(dry_run=True)

    assert ("quickbooks", "receipt", "delete") not in await joint.writes()
    assert (await held(joint), await amounts(joint, paid)) == ([], (22, 0))


async def test_r7_the_bookkeepers_own_change_of_cleared_money_is_pulled_as_ever(joint: Joint) -> None:
    _, receipt, paid = await received(joint)
    await reconcile(joint)
    await reports(joint)
    await joint.person("payment", {**await book(joint, "payment", paid["Id"]), "TxnDate": "2026-11-02"})
    await run(joint)

    assert (await shop(joint, "receipts", receipt["id"]))["date"] == "2026-11-02"
    assert (await reports(joint), await held(joint)) == (0, [])
