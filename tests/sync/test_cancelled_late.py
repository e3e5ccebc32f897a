"""S5, cancelling late: after its month, after payment or in a locked period a cancelled sale becomes a credit memo of the day of
its cancellation, for all of its invoice, joined to it as far as it is open. Whole stories, in Australia and America."""

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.container import build_container
from app.services import tie_outs
from tests.support.joint import Joint
from tests.support.people import SOMEBODY
from tests.support.stories import (
    asked,
    book,
    change,
    customer,
    invoice,
    payment,
    quiet,
    remove,
    run,
    shop,
    void,
    written,
)
from tests.sync.test_rules_currencies import in_dollars, rates

Body = dict[str, Any]
LAST_MONTH, THIS_MONTH, TODAY = "2026-10-12", "2026-11-12", "2026-11-20"
TEA = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "GST"}


async def a_sale(joint: Joint, day: str = LAST_MONTH, *lines: Body, **members: Any) -> tuple[Body, Body]:
    """A sale of 22.00 and its invoice."""
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], *lines, date=day, number="1041", **members)
    await run(joint)
    [made] = await joint.books_list("invoice")
    return sale, made


async def cancel(joint: Joint, sale: Body) -> None:
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"status": "cancelled"})


async def revive(joint: Joint, sale: Body) -> None:
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"status": "confirmed"})


async def credits_of(joint: Joint) -> list[tuple[str, float, float]]:
    """(date, total, what is open) of the credit memos."""
    memos = await joint.books_list("creditmemo")
    return sorted((m["TxnDate"], m["TotalAmt"], m["RemainingCredit"]) for m in memos)


async def joinings(joint: Joint) -> list[Body]:
    """The payments that move no money."""
    return [p for p in await joint.books_list("payment") if not p["TotalAmt"]]


async def differences(joint: Joint) -> list[tuple[str, str, str]]:
    """What a comparison of all finds: what differs, why, and by how much."""
    container = build_container(joint.runtime)
    await tie_outs.take(container, joint.connection_id, who=SOMEBODY)
    found = await tie_outs.list_standing(container, joint.connection_id)
    return sorted((line["what"], line["cause"], line["amount"]) for line in found)


async def test_s5_an_unpaid_sale_of_this_month_is_void_as_ever(joint: Joint) -> None:
    sale, made = await a_sale(joint, THIS_MONTH)
    await cancel(joint, sale)

    assert await run(joint) == [("quickbooks", "sale", "void")]
    assert (await book(joint, "invoice", made["Id"]))["TotalAmt"] == 0
    assert await credits_of(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_s5_an_unpaid_sale_of_last_month_becomes_a_credit_memo_of_today_that_settles_its_invoice(
    joint: Joint,
) -> None:
    sale, made = await a_sale(joint)
    await cancel(joint, sale)
    await run(joint)

    now = await book(joint, "invoice", made["Id"])
    assert (now["TotalAmt"], now["Balance"], now["TxnDate"]) == (22, 0, LAST_MONTH)
    [memo] = await joint.books_list("creditmemo")
    assert (memo["TxnDate"], memo["TotalAmt"], memo["RemainingCredit"]) == (TODAY, 22, 0)
    assert (memo["TxnTaxDetail"]["TotalTax"], memo["DocNumber"]) == (2, "1041-C")
    assert memo["CustomerRef"]["value"] == made["CustomerRef"]["value"]
    assert memo["InvoiceRef"]["value"] == made["Id"]
    assert "sale 1041" in memo["PrivateNote"]
    [joining] = await joinings(joint)
    assert joining["TxnDate"] == TODAY

    assert [s["status"] for s in await joint.shop_list("sales")] == ["cancelled"], "no adjustment comes of it"
    assert await joint.shop_list("receipts") == []
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)
    await quiet(joint)


async def test_s5_the_tax_of_each_line_and_code_is_taken_back(joint: Joint) -> None:
    free = next(c["code"] for c in await joint.shop_list("tax-codes") if float(c["rate"]) == 0)
    bread = {"description": "Bread", "quantity": "1", "unit_price": "5.00", "tax_code": free}
    sale, made = await a_sale(
        joint, LAST_MONTH, TEA, bread, shipping={"method": "Post", "amount": "11.00", "tax_code": "GST"}
    )
    await cancel(joint, sale)
    await run(joint)

    [memo] = await joint.books_list("creditmemo")

    def by_code(document: Body) -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        for line in document["Line"]:
            code = (line.get("SalesItemLineDetail") or {}).get("TaxCodeRef", {}).get("value")
            if code:
                found[code] = found.get(code, Decimal(0)) + Decimal(str(line["Amount"]))
        return found

    assert by_code(memo) == by_code(made)
    assert (memo["TotalAmt"], memo["TxnTaxDetail"]["TotalTax"]) == (made["TotalAmt"], made["TxnTaxDetail"]["TotalTax"])
    assert await differences(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("day", [LAST_MONTH, THIS_MONTH])
async def test_s5_a_paid_sale_leaves_its_payment_and_its_credit_is_the_customers_and_named(
    joint: Joint, day: str
) -> None:
    sale, made = await a_sale(joint, day)
    await joint.receipt(sale)
    await run(joint)
    [paid] = await joint.books_list("payment")
    await cancel(joint, sale)
    await run(joint)

    assert (await book(joint, "invoice", made["Id"]))["Balance"] == 0
    assert await credits_of(joint) == [(TODAY, 22, 22)]
    assert await joinings(joint) == []
    assert (await book(joint, "payment", paid["Id"]))["SyncToken"] == paid["SyncToken"], "nobody touches the payment"
    [item] = await joint.attention()
    assert (item.rule, item.kind, item.actions) == ("S5", "open_credit", ["pay_back", "dismiss"])
    assert "22.00 AUD of that is Ada Lovelace's credit" in item.summary
    assert await differences(joint) == []
    await quiet(joint)

    await joint.answer(item.id, "dismiss")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Gone wrong"})
    await run(joint)
    assert (await book(joint, "invoice", made["Id"]))["CustomerMemo"]["value"] == "Gone wrong"
    assert await asked(joint) == [], "it is said once"


async def test_s5_a_sale_whose_receipt_was_deleted_along_was_not_paid_and_is_void(joint: Joint) -> None:
    sale, made = await a_sale(joint, THIS_MONTH)
    receipt = await joint.receipt(sale)
    await run(joint)
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await cancel(joint, sale)
    await run(joint)

    assert (await book(joint, "invoice", made["Id"]))["TotalAmt"] == 0
    assert await joint.books_list("payment") == []
    assert await credits_of(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_s5_a_sale_that_is_paid_in_part_is_settled_as_far_as_it_is_open(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await joint.receipt(sale, "8.00")
    await run(joint)
    await cancel(joint, sale)
    await run(joint)

    assert (await book(joint, "invoice", made["Id"]))["Balance"] == 0
    assert await credits_of(joint) == [(TODAY, 22, 8)]
    [item] = await joint.attention()
    assert "8.00 AUD of that" in item.summary
    assert await differences(joint) == []
    await quiet(joint)


async def test_s5_what_the_bookkeeper_was_paid_stays_as_it_is(joint: Joint) -> None:
    sale, made = await a_sale(joint, THIS_MONTH)
    theirs = await payment(joint, made["CustomerRef"]["value"], "22.00", {made["Id"]: "22.00"})
    await run(joint)
    await cancel(joint, sale)
    await run(joint)

    now = await book(joint, "payment", theirs["Id"])
    assert (now["TotalAmt"], now["UnappliedAmt"], now["SyncToken"]) == (22, 0, theirs["SyncToken"])
    assert await credits_of(joint) == [(TODAY, 22, 22)]
    assert await asked(joint) == [("S5", "open_credit")]
    assert await differences(joint) == []
    await quiet(joint)


async def test_s5_the_credit_is_said_no_more_once_it_is_used_up(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await joint.receipt(sale)
    await run(joint)
    await cancel(joint, sale)
    await run(joint)
    await joint.sale(sale["contact_id"], number="1050")
    await run(joint)
    [memo] = await joint.books_list("creditmemo")
    new = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "1050")
    await payment(joint, made["CustomerRef"]["value"], "0", {new["Id"]: "22.00"}, {memo["Id"]: "22.00"})
    await run(joint)

    assert await asked(joint) == [("S5", "settled_otherwise")], "the new sale is said to be settled by it"
    told = next(s for s in await joint.shop_list("sales") if s["number"] == "1050")
    assert (told["books_settled"], told["amount_owing"]) == ("22.00", "0.00")
    assert len(await joint.shop_list("receipts")) == 1, "Oncord has no document for that credit"
    assert all(cause != "unexplained" for _, cause, _ in await differences(joint))
    await quiet(joint)


async def test_s5_a_locked_invoice_is_taken_back_in_the_first_open_period(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await joint.configure(lodged_until=date(2026, 10, 31))
    await cancel(joint, sale)
    await run(joint)

    assert (await book(joint, "invoice", made["Id"]))["TotalAmt"] == 22
    assert await credits_of(joint) == [(TODAY, 22, 0)]
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_s5_a_cancellation_of_a_locked_day_is_dated_on_the_first_that_is_not(joint: Joint) -> None:
    sale, made = await a_sale(joint, THIS_MONTH)
    await joint.in_books("POST", "close-books", {"date": "2026-11-30"})
    await cancel(joint, sale)
    await run(joint)

    assert (await book(joint, "invoice", made["Id"]))["TotalAmt"] == 22
    assert await credits_of(joint) == [("2026-12-01", 22, 0)]
    [joining] = await joinings(joint)
    assert joining["TxnDate"] == "2026-12-01"
    assert await asked(joint) == []
    assert await differences(joint) == []


@pytest.mark.parametrize("paid", [False, True])
async def test_s5_a_sale_that_stands_again_loses_its_credit_memo(joint: Joint, paid: bool) -> None:
    sale, made = await a_sale(joint)
    if paid:
        await joint.receipt(sale)
        await run(joint)
    await cancel(joint, sale)
    await run(joint)
    await revive(joint, sale)
    await run(joint)

    now = await book(joint, "invoice", made["Id"])
    assert (now["TotalAmt"], now["Balance"]) == (22, 0 if paid else 22)
    assert await credits_of(joint) == []
    assert await joinings(joint) == []
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)

    await cancel(joint, sale)
    await run(joint)
    assert await credits_of(joint) == [(TODAY, 22, 22 if paid else 0)], "cancelled again, it is taken back again"
    assert await differences(joint) == []
    await quiet(joint)


async def test_s5_what_is_typed_into_a_sale_that_stands_again_travels(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await cancel(joint, sale)
    await run(joint)
    kept = await shop(joint, "sales", sale["id"])
    line = {**kept["lines"][0], "quantity": "3"}
    for name in ("line_total", "tax_amount"):
        line.pop(name)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"status": "confirmed", "lines": [line]})
    await run(joint)

    assert (await book(joint, "invoice", made["Id"]))["TotalAmt"] == 33
    assert await credits_of(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_s5_a_credit_that_was_used_meanwhile_is_not_taken_away_and_somebody_is_asked(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await joint.receipt(sale)
    await run(joint)
    await cancel(joint, sale)
    await run(joint)
    await joint.sale(sale["contact_id"], number="1050")
    await run(joint)
    [memo] = await joint.books_list("creditmemo")
    new = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "1050")
    await payment(joint, made["CustomerRef"]["value"], "0", {new["Id"]: "22.00"}, {memo["Id"]: "22.00"})
    await run(joint)
    await revive(joint, sale)
    await run(joint)

    assert len(await joint.books_list("creditmemo")) == 1
    [item] = [each for each in await joint.attention() if each.kind == "parked"]
    assert item.rule == "S5"
    assert "its credit was used, or paid back" in item.summary
    assert all(cause != "unexplained" for _, cause, _ in await differences(joint))
    await quiet(joint)


async def test_s5_a_credit_memo_that_the_bookkeeper_deletes_is_not_made_again(joint: Joint) -> None:
    sale, _made = await a_sale(joint)
    await joint.receipt(sale)
    await run(joint)
    await cancel(joint, sale)
    await run(joint)
    [memo] = await joint.books_list("creditmemo")
    await remove(joint, "creditmemo", memo["Id"])
    await run(joint)

    assert await credits_of(joint) == []
    assert await asked(joint) == []
    assert await differences(joint) == [("void", "void", "22.00")]
    await quiet(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Still gone"})
    await run(joint)
    assert await credits_of(joint) == []

    await revive(joint, sale)
    await run(joint)
    await cancel(joint, sale)
    await run(joint)
    assert await credits_of(joint) == [(TODAY, 22, 22)], "a new cancellation is another one"


async def test_s5_what_the_bookkeeper_takes_apart_stays_apart(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await cancel(joint, sale)
    await run(joint)
    [joining] = await joinings(joint)
    await remove(joint, "payment", joining["Id"])
    await run(joint)

    assert (await book(joint, "invoice", made["Id"]))["Balance"] == 22
    assert await joinings(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_s5_an_invoice_that_is_voided_beside_its_credit_memo_is_asked_about(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await joint.receipt(sale)
    await run(joint)
    await cancel(joint, sale)
    await run(joint)
    await void(joint, "invoice", made["Id"])
    await run(joint)

    assert ("S5", "parked") in await asked(joint)
    assert ("missing", "parked", "-22.00") in await differences(joint) or (
        "missing",
        "held",
        "-22.00",
    ) in await differences(joint)


async def test_s3_a_cancelled_sale_that_is_deleted_leaves_both_documents(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await cancel(joint, sale)
    await run(joint)
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)

    assert (await book(joint, "invoice", made["Id"]))["TotalAmt"] == 22
    assert await credits_of(joint) == [(TODAY, 22, 0)]
    assert await asked(joint) == []
    assert {cause for _, cause, _ in await differences(joint)} == {"kept_by_rule"}
    await quiet(joint)

    await joint.in_shop("POST", f"sales/{sale['id']}/restore")
    await run(joint)
    assert await differences(joint) == [], "restored, it is the same pair with the same credit memo"
    await quiet(joint)


@pytest.mark.parametrize(("gone", "take_away"), [("creditmemo", remove), ("invoice", remove), ("invoice", void)])
async def test_s3_what_the_bookkeeper_takes_away_of_a_cancelled_sale_that_is_deleted_leaves_the_other_by_rule(
    joint: Joint, gone: str, take_away: Callable[[Joint, str, str], Awaitable[None]]
) -> None:
    sale, _made = await a_sale(joint)
    await cancel(joint, sale)
    await run(joint)
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)
    [document] = await joint.books_list(gone)
    await take_away(joint, gone, document["Id"])
    await run(joint)

    assert {cause for _, cause, _ in await differences(joint)} <= {"kept_by_rule", "void"}
    assert ("missing", "kept_by_rule") in {(what, cause) for what, cause, _ in await differences(joint)}
    assert await asked(joint) == []
    await quiet(joint)


async def test_s5_a_sale_that_did_not_begin_in_oncord_is_not_taken_back_for_you(joint: Joint) -> None:
    made = await invoice(joint, (await customer(joint, "Grace"))["Id"], TxnDate=LAST_MONTH)
    await run(joint)
    [sale] = await joint.shop_list("sales")
    await cancel(joint, sale)
    await run(joint)

    assert await asked(joint) == [("S5", "parked")]
    assert await credits_of(joint) == []
    assert (await book(joint, "invoice", made["Id"]))["TotalAmt"] == 33


async def test_s5_a_dry_run_only_says_what_would_be_made(joint: Joint) -> None:
    sale, _ = await a_sale(joint)
    await cancel(joint, sale)
    await joint.sync(dry_run=True)

    [planned] = await written(joint)
    assert (planned.operation.action, planned.operation.rule) == ("create", "S5")
    assert "A credit memo of 22.00 AUD dated 20 Nov 2026" in planned.operation.reason
    assert await credits_of(joint) == []
    await run(joint)
    assert await credits_of(joint) == [(TODAY, 22, 0)]


@pytest.mark.parametrize("times", [1, 2])
async def test_s5_a_lost_answer_makes_no_second_credit_memo(joint: Joint, times: int) -> None:
    sale, made = await a_sale(joint)
    await cancel(joint, sale)
    await joint.hazard("quickbooks", "requestid_ignored")
    await joint.hazard("quickbooks", "answer_lost", times=times)
    await run(joint)
    await joint.hazard("quickbooks", "answer_lost", on=False)
    await run(joint)

    assert await credits_of(joint) == [(TODAY, 22, 0)]
    assert len(await joinings(joint)) == 1
    assert (await book(joint, "invoice", made["Id"]))["Balance"] == 0
    assert await differences(joint) == []
    await quiet(joint)


async def test_s5_a_receipt_that_pays_another_sale_instead_lets_the_credit_settle_its_invoice(joint: Joint) -> None:
    sale, _made = await a_sale(joint)
    receipt = await joint.receipt(sale)
    await run(joint)
    await cancel(joint, sale)
    await run(joint)
    new = await joint.sale(sale["contact_id"], number="1050")
    await run(joint)
    await joint.in_shop(
        "PATCH", f"receipts/{receipt['id']}", {"allocations": [{"sale_id": new["id"], "amount": "22.00"}]}
    )
    await run(joint)

    assert {i["DocNumber"]: i["Balance"] for i in await joint.books_list("invoice")} == {"1041": 0, "1050": 0}
    assert await credits_of(joint) == [(TODAY, 22, 0)]
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_s5_on_a_cash_basis_no_payment_of_a_lodged_period_moves(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await joint.receipt(sale, "8.00", date=LAST_MONTH)
    await run(joint)
    [paid] = await joint.books_list("payment")
    await joint.configure(lodged_until=date(2026, 10, 31), gst_basis="cash")
    await cancel(joint, sale)
    await run(joint)

    assert (await book(joint, "payment", paid["Id"]))["SyncToken"] == paid["SyncToken"]
    [joining] = await joinings(joint)
    assert (joining["TxnDate"], await credits_of(joint)) == (TODAY, [(TODAY, 22, 8)])
    assert (await book(joint, "invoice", made["Id"]))["Balance"] == 0
    assert await asked(joint) == [("S5", "open_credit")]
    assert await differences(joint) == []
    await quiet(joint)


async def test_s5_what_is_in_another_currency_is_taken_back_at_the_rate_of_its_invoice(joint: Joint) -> None:
    await change(joint, "preferences", "1", CurrencyPrefs={"MultiCurrencyEnabled": True})
    await joint.configure(multi_currency=True)
    await rates(joint, ("2026-10-01", "1.5"), ("2026-11-15", "1.9"))
    sale = await in_dollars(joint, (await joint.contact())["id"], date=LAST_MONTH, number="1041")
    await run(joint)
    [made] = await joint.books_list("invoice")
    await cancel(joint, sale)
    await run(joint)

    [memo] = await joint.books_list("creditmemo")
    assert (memo["CurrencyRef"]["value"], memo["TotalAmt"], memo["TxnDate"][:7]) == ("USD", 22, "2026-11")
    assert memo["ExchangeRate"] == made["ExchangeRate"] == 1.5
    assert (await book(joint, "invoice", made["Id"]))["Balance"] == memo["RemainingCredit"] == 0
    assert await differences(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("paid", [False, True])
async def test_s5_in_america_the_sales_tax_is_taken_back_too(us: Joint, paid: bool) -> None:
    ada = await us.contact()
    line = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "TAX", "tax_amount": "1.76"}
    sale = await us.sale(ada["id"], line, date=LAST_MONTH, number="1041")
    await run(us)
    if paid:
        await us.receipt(sale)
        await run(us)
    [made] = await us.books_list("invoice")
    await cancel(us, sale)
    await run(us)

    [memo] = await us.books_list("creditmemo")
    assert (memo["TotalAmt"], memo["TxnTaxDetail"]["TotalTax"]) == (made["TotalAmt"], made["TxnTaxDetail"]["TotalTax"])
    assert memo["RemainingCredit"] == (made["TotalAmt"] if paid else 0)
    assert (await book(us, "invoice", made["Id"]))["Balance"] == 0
    assert await asked(us) == ([("S5", "open_credit")] if paid else [])
    assert await differences(us) == []
    await quiet(us)


async def an_adjustment(joint: Joint, day: str, *lines: Body) -> tuple[Body, Body]:
    """An adjustment of 22.00 and its credit memo."""
    back = lines or ({**TEA, "quantity": "-2"},)
    ada = await joint.contact()
    adjustment = await joint.sale(ada["id"], *back, date=day, number="1041-A", kind="adjustment")
    await run(joint)
    [memo] = await joint.books_list("creditmemo")
    return adjustment, memo


async def test_s7_an_unused_adjustment_of_this_month_is_void_as_ever(joint: Joint) -> None:
    adjustment, memo = await an_adjustment(joint, THIS_MONTH)
    await cancel(joint, adjustment)

    assert await run(joint) == [("quickbooks", "sale", "void")]
    assert (await book(joint, "creditmemo", memo["Id"]))["TotalAmt"] == 0
    assert await joint.books_list("invoice") == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_s7_an_unused_adjustment_of_last_month_is_taken_back_by_an_invoice_that_uses_its_credit(
    joint: Joint,
) -> None:
    adjustment, memo = await an_adjustment(joint, LAST_MONTH)
    await cancel(joint, adjustment)
    await run(joint)

    now = await book(joint, "creditmemo", memo["Id"])
    assert (now["TotalAmt"], now["RemainingCredit"], now["TxnDate"]) == (22, 0, LAST_MONTH)
    [invoice_] = await joint.books_list("invoice")
    assert (invoice_["TxnDate"], invoice_["TotalAmt"], invoice_["Balance"]) == (TODAY, 22, 0)
    assert (invoice_["TxnTaxDetail"]["TotalTax"], invoice_["DocNumber"]) == (2, "1041-A-C")
    assert invoice_["CustomerRef"]["value"] == memo["CustomerRef"]["value"]
    assert invoice_["CustomerMemo"]["value"] == "Takes back credit memo 1041-A of 12 Oct 2026"
    assert "Takes back Oncord adjustment 1041-A, which was cancelled" in invoice_["PrivateNote"]
    assert len(await joinings(joint)) == 1
    assert [(s["status"], s["kind"]) for s in await joint.shop_list("sales")] == [("cancelled", "adjustment")]
    assert await joint.shop_list("receipts") == []
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)
    await quiet(joint)

    await revive(joint, adjustment)
    await run(joint)
    assert await joint.books_list("invoice") == []
    assert (await book(joint, "creditmemo", memo["Id"]))["RemainingCredit"] == 22
    assert await differences(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("basis", ["accrual", "cash"])
async def test_s7_an_adjustment_of_a_lodged_period_moves_nothing_there_and_asks_nobody(
    joint: Joint, basis: str
) -> None:
    adjustment, memo = await an_adjustment(joint, "2026-09-12")
    await joint.configure(lodged_until=date(2026, 11, 30), gst_basis=basis)
    await cancel(joint, adjustment)
    await run(joint)

    assert (await book(joint, "creditmemo", memo["Id"]))["TotalAmt"] == 22
    [invoice_] = await joint.books_list("invoice")
    assert (invoice_["TxnDate"], invoice_["Balance"]) == ("2026-12-01", 0), "the first open day"
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_s7_of_an_adjustment_whose_credit_was_used_the_customer_owes_it_which_is_named_until_it_is_paid(
    joint: Joint,
) -> None:
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], date=THIS_MONTH, number="1041")
    await run(joint)
    [own] = await joint.books_list("invoice")
    adjustment = await joint.sale(ada["id"], {**TEA, "quantity": "-2"}, date=THIS_MONTH, number="A", kind="adjustment")
    await run(joint)
    [memo] = await joint.books_list("creditmemo")
    await payment(joint, own["CustomerRef"]["value"], "0", {own["Id"]: "22.00"}, {memo["Id"]: "22.00"})
    await run(joint)
    await cancel(joint, adjustment)
    await run(joint)

    assert (await book(joint, "creditmemo", memo["Id"]))["TotalAmt"] == 22
    new = next(x for x in await joint.books_list("invoice") if x["DocNumber"] == "A-C")
    assert (new["TotalAmt"], new["Balance"]) == (22, 22)
    [item] = [each for each in await joint.attention() if each.kind == "open_credit"]
    assert "22.00 AUD of that is open, and Ada Lovelace owes it." in item.summary
    assert item.actions == ["dismiss"]
    assert (await shop(joint, "sales", sale["id"]))["voided"] is False
    assert await differences(joint) == []
    await quiet(joint)

    await payment(joint, own["CustomerRef"]["value"], "22.00", {new["Id"]: "22.00"})
    await run(joint)
    assert [each.kind for each in await joint.attention() if each.kind == "open_credit"] == []


async def test_s7_in_america_an_adjustment_is_taken_back_with_its_own_tax(us: Joint) -> None:
    back = {"description": "Tea", "quantity": "-1", "unit_price": "10.00", "tax_code": "NON"}
    adjustment, memo = await an_adjustment(us, LAST_MONTH, back)
    await cancel(us, adjustment)
    await run(us)

    [invoice_] = await us.books_list("invoice")
    assert (invoice_["TxnDate"], invoice_["TotalAmt"], invoice_["Balance"]) == (TODAY, 10, 0)
    assert (await book(us, "creditmemo", memo["Id"]))["RemainingCredit"] == 0
    assert await asked(us) == []
    assert await differences(us) == []
    await quiet(us)


@pytest.mark.parametrize("times", [1, 2])
async def test_s7_a_lost_answer_takes_an_adjustment_back_once(joint: Joint, times: int) -> None:
    adjustment, _ = await an_adjustment(joint, LAST_MONTH)
    await joint.hazard("quickbooks", "requestid_ignored")
    await joint.hazard("quickbooks", "answer_lost", times=times)
    await cancel(joint, adjustment)
    await run(joint)
    await joint.hazard("quickbooks", "answer_lost", on=False)
    await run(joint)

    assert [x["Balance"] for x in await joint.books_list("invoice")] == [0]
    assert len(await joinings(joint)) == 1
    assert await differences(joint) == []
    await quiet(joint)
