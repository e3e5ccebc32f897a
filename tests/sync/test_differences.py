"""B1, the first answer: what has changed of a sale after its invoice was locked is entered as a document of its own, dated today or
on the first open day. Whole stories, in Australia and America."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.domain.model.configuration import MappedTaxCode
from app.domain.model.operations import Action
from app.domain.model.records import Line, Money
from app.domain.planning.differences import less
from tests.support.joint import Joint
from tests.support.settlements import standing, told, up_front
from tests.support.stories import asked, book, change, line, payment, quiet, reasons, remove, run, shop, tax_code
from tests.sync.test_cancelled_late import cancel, credits_of, differences, joinings
from tests.sync.test_discount_lines import us_line
from tests.sync.test_rules_locked import LEAVE, LODGED, a_sale, lines, locked

Body = dict[str, Any]
ENTER, DO = "enter_difference", "do_in_old_period"
TODAY = "2026-11-20"
NET = {"GlobalTaxCalculation": "TaxExcluded"}


async def edit(joint: Joint, sale: Body, **members: Any) -> None:
    await joint.in_shop("PATCH", f"sales/{sale['id']}", members)


async def enter(joint: Joint) -> None:
    """Answer the one question with a document of its own, and run until that is settled."""
    [item] = await locked(joint)
    await joint.answer(item.id, ENTER)
    await run(joint)


async def invoices(joint: Joint) -> list[tuple[str, str, float, float]]:
    """(number, date, total, what is open) of the invoices."""
    found = await joint.books_list("invoice")
    return sorted((i.get("DocNumber", ""), i["TxnDate"], i["TotalAmt"], i["Balance"]) for i in found)


async def changed(joint: Joint, price: str) -> tuple[Body, Body]:
    """A lodged sale of 22.00 that comes to `price` by now, the difference being entered."""
    sale, made = await a_sale(joint)
    await joint.configure(lodged_until=LODGED)
    await edit(joint, sale, **lines(price))
    await run(joint)
    await enter(joint)
    return sale, made


async def test_b1_the_difference_is_offered_with_what_it_comes_to(joint: Joint) -> None:
    sale, _ = await a_sale(joint)
    await joint.configure(lodged_until=LODGED)
    await edit(joint, sale, **lines("11.00"))
    await run(joint)

    [item] = await locked(joint)
    assert item.actions == [ENTER, DO, LEAVE]
    assert item.advice.startswith(
        "Enter the difference: A credit memo of 11.00 AUD, tax 1.00, dated 20 Nov 2026 names the invoice, applied to the invoice "
        "as far as that is open, and the invoice stays as it is. Or do it in the old period"
    )


async def test_b1_a_sale_that_comes_to_less_gets_a_credit_memo_of_today_applied_to_its_invoice(joint: Joint) -> None:
    sale, made = await changed(joint, "11.00")

    assert told(await standing(joint, sale)) == ("open", "0.00", "11.00")
    assert await invoices(joint) == [("1041", "2026-09-12", 22, 11)]
    [memo] = await joint.books_list("creditmemo")
    assert (memo["TxnDate"], memo["TotalAmt"], memo["RemainingCredit"], memo["DocNumber"]) == (TODAY, 11, 0, "1041-D")
    assert memo["TxnTaxDetail"]["TotalTax"] == 1
    assert memo["InvoiceRef"]["value"] == made["Id"]
    assert memo["CustomerMemo"]["value"] == "Difference of invoice 1041 of 12 Sep 2026"
    assert "sale 1041" in memo["PrivateNote"]
    [joining] = await joinings(joint)
    assert joining["TxnDate"] == TODAY
    assert len(await joint.shop_list("sales")) == 1, "no adjustment comes of it"
    assert await joint.shop_list("receipts") == []
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)
    await quiet(joint)


async def test_b1_a_sale_that_comes_to_more_gets_an_invoice_of_today(joint: Joint) -> None:
    _, made = await changed(joint, "44.00")

    assert await invoices(joint) == [("1041", "2026-09-12", 22, 22), ("1041-D", TODAY, 22, 22)]
    assert (await book(joint, "invoice", made["Id"]))["SyncToken"] == made["SyncToken"], "nobody touches the invoice"
    assert len(await joint.shop_list("sales")) == 1
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)
    await quiet(joint)


async def test_b1_a_further_change_is_asked_about_again_and_gets_a_document_of_its_own(joint: Joint) -> None:
    sale, _ = await changed(joint, "44.00")
    await edit(joint, sale, **lines("33.00"))
    await run(joint)

    [item] = await locked(joint)
    assert item.actions == [ENTER, LEAVE], "the invoice is not written over any more"
    assert (
        "44.00 AUD, tax 4.00, with the documents over earlier changes, in QuickBooks, is to become 33.00"
        in item.summary
    )
    assert await credits_of(joint) == []
    await joint.answer(item.id, ENTER)
    await run(joint)
    assert [(x[0], x[2]) for x in await invoices(joint)] == [("1041", 22), ("1041-D", 22)]
    [memo] = await joint.books_list("creditmemo")
    assert (memo["DocNumber"], memo["TotalAmt"], memo["RemainingCredit"]) == ("1041-D2", 11, 0)
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_b1_what_is_set_back_is_a_difference_too(joint: Joint) -> None:
    sale, _ = await changed(joint, "44.00")
    await edit(joint, sale, **lines("22.00"))
    await run(joint)
    await enter(joint)

    assert await credits_of(joint) == [(TODAY, 22, 0)]
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_b1_what_is_left_as_a_named_difference_stays_so_beside_a_difference(joint: Joint) -> None:
    sale, _ = await changed(joint, "44.00")
    await edit(joint, sale, **lines("55.00"))
    await run(joint)
    [item] = await locked(joint)
    await joint.answer(item.id, LEAVE)
    await run(joint)

    assert len(await invoices(joint)) == 2
    assert await differences(joint) == [("total", "locked", "-11.00")]
    await edit(joint, sale, notes="Thanks")
    await run(joint)
    assert await locked(joint) == []
    await edit(joint, sale, **lines("44.00"))
    await run(joint)
    assert await asked(joint) == []
    assert await differences(joint) == []


async def test_b1_notes_go_to_the_invoice_and_ask_nothing(joint: Joint) -> None:
    sale, made = await changed(joint, "44.00")
    await edit(joint, sale, notes="Thanks")
    await run(joint)

    assert (await book(joint, "invoice", made["Id"]))["CustomerMemo"]["value"] == "Thanks"
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_b1_once_the_period_is_open_again_a_further_difference_asks_nobody_and_is_never_doubled(
    joint: Joint,
) -> None:
    sale, made = await changed(joint, "44.00")
    await joint.configure(lodged_until=None)
    await run(joint)
    assert await differences(joint) == []
    await edit(joint, sale, **lines("55.00"))
    await run(joint)

    assert [(x[0], x[2]) for x in await invoices(joint)] == [("1041", 22), ("1041-D", 22), ("1041-D2", 11)]
    assert (await book(joint, "invoice", made["Id"]))["SyncToken"] == made["SyncToken"]
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_b1_the_difference_stands_on_the_codes_of_the_lines_that_have_changed(joint: Joint) -> None:
    free = next(c["code"] for c in await joint.shop_list("tax-codes") if float(c["rate"]) == 0)
    tea = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "GST"}
    bread = {"description": "Bread", "quantity": "1", "unit_price": "5.00", "tax_code": free}
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], tea, bread, date="2026-09-12", number="1041")
    await run(joint)
    await joint.configure(lodged_until=LODGED)
    await edit(joint, sale, lines=[tea, {**bread, "quantity": "3"}])
    await run(joint)
    await enter(joint)

    new = next(x for x in await joint.books_list("invoice") if x["DocNumber"] == "1041-D")
    own = next(x for x in await joint.books_list("invoice") if x["DocNumber"] == "1041")
    [charge] = [x for x in new["Line"] if x["DetailType"] == "SalesItemLineDetail"]
    codes = {
        x["Description"]: x["SalesItemLineDetail"]["TaxCodeRef"]["value"] for x in own["Line"] if "Description" in x
    }
    assert (charge["Amount"], charge["Description"]) == (10, "Bread")
    assert charge["SalesItemLineDetail"]["TaxCodeRef"]["value"] == codes["Bread"]
    assert (new["TotalAmt"], (new.get("TxnTaxDetail") or {}).get("TotalTax", 0)) == (10, 0)
    assert await differences(joint) == []

    await edit(joint, sale, lines=[{**tea, "quantity": "1"}, {**bread, "quantity": "4"}])
    await run(joint)
    await enter(joint)
    [memo] = await joint.books_list("creditmemo")
    amounts = {x["Description"]: x["Amount"] for x in memo["Line"] if x["DetailType"] == "SalesItemLineDetail"}
    assert (memo["TotalAmt"], memo["TxnTaxDetail"]["TotalTax"], amounts) == (6, 1, {"Tea": 10, "Bread": -5})
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("basis", ["accrual", "cash"])
async def test_b1_receipts_pay_the_invoice_and_the_document_over_its_difference(joint: Joint, basis: str) -> None:
    sale, _ = await changed(joint, "44.00")
    await joint.configure(lodged_until=LODGED, gst_basis=basis)
    await joint.receipt(sale, "30.00", date=TODAY)
    await run(joint)

    assert [(x[0], x[3]) for x in await invoices(joint)] == [("1041", 0), ("1041-D", 14)]
    [paid] = await joint.books_list("payment")
    assert (paid["TotalAmt"], paid["UnappliedAmt"]) == (30, 0)
    assert told(await standing(joint, sale)) == ("partly", "30.00", "14.00")
    await joint.receipt(sale, "14.00", date=TODAY, reference="rest")
    await run(joint)
    assert [x[3] for x in await invoices(joint)] == [0, 0]
    assert told(await standing(joint, sale)) == ("paid", "44.00", "0.00")
    shown = await shop(joint, "sales", sale["id"])
    assert (shown["books_status"], shown["amount_owing"]) == ("linked", "0.00")
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)
    [receipt, *_] = [r for r in await joint.shop_list("receipts") if r["amount"] == "30.00"]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "again"})
    await run(joint)
    assert [x[3] for x in await invoices(joint)] == [0, 0]
    assert await differences(joint) == []
    await quiet(joint)


async def test_b1_a_receipt_that_came_before_the_difference_pays_it_too(joint: Joint) -> None:
    sale, _ = await a_sale(joint)
    await joint.configure(lodged_until=LODGED)
    await edit(joint, sale, **lines("44.00"))
    await joint.receipt(sale, "44.00", date=TODAY)
    await run(joint)
    await enter(joint)
    await run(joint)

    assert [x[3] for x in await invoices(joint)] == [0, 0]
    assert await differences(joint) == []
    await quiet(joint)


async def test_b1_a_payment_of_the_books_for_both_becomes_one_receipt_for_the_sale(joint: Joint) -> None:
    sale, made = await changed(joint, "44.00")
    new = next(x for x in await joint.books_list("invoice") if x["DocNumber"] == "1041-D")
    await payment(joint, made["CustomerRef"]["value"], "44.00", {made["Id"]: "22.00", new["Id"]: "22.00"})
    await run(joint)

    [receipt] = await joint.shop_list("receipts")
    assert [(a["sale_id"], a["amount"]) for a in receipt["allocations"]] == [(sale["id"], "44.00")]
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_b1_of_a_sale_that_was_paid_the_difference_is_the_customers_credit_and_named(joint: Joint) -> None:
    sale, _ = await a_sale(joint)
    await joint.receipt(sale, date="2026-09-20")
    await run(joint)
    await joint.configure(lodged_until=LODGED)
    await edit(joint, sale, **lines("11.00"))
    await run(joint)
    await enter(joint)

    assert await credits_of(joint) == [(TODAY, 11, 11)]
    assert await joinings(joint) == []
    [item] = await joint.attention()
    assert (item.rule, item.kind) == ("B1", "open_credit")
    assert "11.00 AUD of that is Ada Lovelace's credit" in item.summary
    assert told(await standing(joint, sale)) == ("overpaid", "22.00", "0.00")
    assert await differences(joint) == []
    await quiet(joint)


async def test_b1_what_settles_the_further_document_otherwise_is_named_on_the_sale(joint: Joint) -> None:
    sale, _ = await changed(joint, "44.00")
    new = next(x for x in await joint.books_list("invoice") if x["DocNumber"] == "1041-D")
    await up_front(joint, new["Id"], "5.00")
    await run(joint)

    assert (await shop(joint, "sales", sale["id"]))["books_settled"] == "5.00"
    assert told(await standing(joint, sale)) == ("partly", "5.00", "39.00")
    assert await asked(joint) == [("S5", "settled_otherwise")]
    assert await differences(joint) == [("settled", "settled_otherwise", "5.00")]
    await quiet(joint)


async def sale_lines(joint: Joint, sale: Body) -> list[tuple[str, str]]:
    return [(each["description"], each["line_total"]) for each in (await shop(joint, "sales", sale["id"]))["lines"]]


async def test_b1_a_difference_that_the_bookkeeper_deletes_is_not_made_again_and_its_sale_is_told(joint: Joint) -> None:
    sale, _ = await changed(joint, "44.00")
    new = next(x for x in await joint.books_list("invoice") if x["DocNumber"] == "1041-D")
    await remove(joint, "invoice", new["Id"])
    await run(joint)

    assert [x[0] for x in await invoices(joint)] == ["1041"]
    assert await sale_lines(joint, sale) == [("Tea", "44.00"), ("Tea", "-22.00")]
    assert any("Changed in QuickBooks" in why and "locked period" in why for why in await reasons(joint, Action.UPDATE))
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)

    await edit(joint, sale, **lines("44.00"))
    await run(joint)
    [item] = await locked(joint)
    assert "22.00 AUD, tax 2.00 in QuickBooks, is to become 44.00" in item.summary, "an edit of Oncord's again"
    await joint.answer(item.id, ENTER)
    await run(joint)
    assert [x[2] for x in await invoices(joint)] == [22, 22]
    assert await differences(joint) == []
    await quiet(joint)


async def test_b1_what_the_bookkeeper_changes_of_a_difference_is_pulled_each_time_and_said(joint: Joint) -> None:
    sale, made = await changed(joint, "44.00")
    new = next(x for x in await joint.books_list("invoice") if x["DocNumber"] == "1041-D")
    for net, total in (("30.00", "55.00"), ("10.00", "33.00")):
        new = await change(joint, "invoice", new["Id"], Line=[await line(joint, net)], **NET)
        await run(joint)
        assert (await shop(joint, "sales", sale["id"]))["total"] == total
        assert any("locked period" in why for why in await reasons(joint, Action.UPDATE))
        assert await asked(joint) == []
        assert await differences(joint) == []
        await quiet(joint)

    await change(joint, "invoice", made["Id"], Line=[await line(joint, "25.00", "Tea")], **NET)
    await run(joint)
    shown = await shop(joint, "sales", sale["id"])
    assert (shown["total"], shown["tax_total"]) == ("38.50", "3.50"), "of the lodged invoice itself, too"
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)

    await edit(joint, sale, lines=[*shown["lines"], {**lines("11.00")["lines"][0], "description": "Cup"}])
    await run(joint)
    [item] = await locked(joint)
    assert item.actions == [ENTER, LEAVE]
    await joint.answer(item.id, ENTER)
    await run(joint)
    assert [(x[0], x[2]) for x in await invoices(joint)] == [("1041", 27.5), ("1041-D", 11), ("1041-D2", 11)]
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_b1_a_code_that_leads_elsewhere_by_now_rewrites_neither_the_documents_nor_the_sale(joint: Joint) -> None:
    free = next(c["code"] for c in await joint.shop_list("tax-codes") if float(c["rate"]) == 0)
    tea = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "GST"}
    bread = {"description": "Bread", "quantity": "1", "unit_price": "5.00", "tax_code": free}
    sale, _ = await a_sale(joint)
    await joint.configure(lodged_until=LODGED)
    await edit(joint, sale, lines=[tea, bread])
    await run(joint)
    await enter(joint)
    gst, out = await tax_code(joint), await tax_code(joint, "Out of Scope")
    await joint.configure(tax_codes=(MappedTaxCode("GST", gst, "10"), MappedTaxCode(free, out, "0")))
    await edit(joint, sale, notes="Thanks")
    await run(joint)

    assert await sale_lines(joint, sale) == [("Tea", "22.00"), ("Bread", "5.00")]
    assert [(x[0], x[2]) for x in await invoices(joint)] == [("1041", 22), ("1041-D", 5)]
    assert await asked(joint) == []
    await quiet(joint)


async def test_b1_what_the_bookkeeper_changes_back_leaves_the_sale_as_it_was(joint: Joint) -> None:
    sale, _ = await changed(joint, "44.00")
    new = next(x for x in await joint.books_list("invoice") if x["DocNumber"] == "1041-D")
    for net in ("30.00", "20.00"):
        await change(joint, "invoice", new["Id"], Line=[await line(joint, net, "Tea")], **NET)
        await run(joint)

    assert await sale_lines(joint, sale) == [("Tea", "44.00")]
    assert await differences(joint) == []
    await quiet(joint)


async def test_b1_what_is_deleted_of_several_differences_is_pulled_and_what_oncord_changes_then_is_asked_about(
    joint: Joint,
) -> None:
    sale, _ = await changed(joint, "44.00")
    await edit(joint, sale, **lines("33.00"))
    await run(joint)
    await enter(joint)
    [memo] = await joint.books_list("creditmemo")
    [joining] = await joinings(joint)
    await remove(joint, "payment", joining["Id"])
    await remove(joint, "creditmemo", memo["Id"])
    await run(joint)
    assert (await shop(joint, "sales", sale["id"]))["total"] == "44.00"
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)

    await edit(joint, sale, **lines("33.00"))
    await run(joint)
    [item] = await locked(joint)
    assert "is to become 33.00" in item.summary
    assert (await shop(joint, "sales", sale["id"]))["total"] == "33.00", "what Oncord says is not taken back"


async def test_b1_in_america_what_the_bookkeeper_changes_of_a_difference_is_pulled(us: Joint) -> None:
    ada = await us.contact()
    tea = {"description": "Tea", "quantity": "1", "unit_price": "10.00", "tax_code": "NON"}
    sale = await us.sale(ada["id"], tea, date="2026-09-12", number="1041")
    await run(us)
    await us.configure(lodged_until=LODGED)
    await edit(us, sale, lines=[{**tea, "unit_price": "25.00"}])
    await run(us)
    await enter(us)
    new = next(x for x in await us.books_list("invoice") if x["DocNumber"] == "1041-D")
    await change(us, "invoice", new["Id"], Line=[await us_line(us, "20.00", "Tea")])
    await run(us)

    assert (await shop(us, "sales", sale["id"]))["total"] == "30.00"
    assert await asked(us) == []
    assert await differences(us) == []
    await quiet(us)


async def test_s5_a_sale_with_a_difference_is_taken_back_whole(joint: Joint) -> None:
    sale, _ = await changed(joint, "44.00")
    await cancel(joint, sale)
    await run(joint)

    assert [x[3] for x in await invoices(joint)] == [0, 0]
    assert await credits_of(joint) == [(TODAY, 44, 0)]
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"status": "confirmed"})
    await run(joint)
    assert [x[3] for x in await invoices(joint)] == [22, 22]
    assert await credits_of(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_s3_a_sale_with_a_difference_that_is_deleted_leaves_all_its_documents_and_is_asked_about(
    joint: Joint,
) -> None:
    sale, _ = await changed(joint, "44.00")
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)

    assert [x[2] for x in await invoices(joint)] == [22, 22]
    [item] = await joint.attention()
    assert (item.rule, item.kind) == ("S3", "parked")
    assert {cause for _, cause, _ in await differences(joint)} == {"held"}
    await quiet(joint)


async def test_b1_in_closed_books_the_difference_is_dated_on_the_first_open_day(joint: Joint) -> None:
    sale, _ = await a_sale(joint, TODAY)
    await joint.in_books("POST", "close-books", {"date": "2026-11-30"})
    await edit(joint, sale, **lines("11.00"))
    await run(joint)
    await enter(joint)

    assert await invoices(joint) == [("1041", TODAY, 22, 11)]
    assert await credits_of(joint) == [("2026-12-01", 11, 0)]
    assert [joining["TxnDate"] for joining in await joinings(joint)] == ["2026-12-01"]
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


@pytest.mark.parametrize(("price", "open_amounts"), [("25.00", [10, 15]), ("4.00", [4])])
async def test_b1_in_america_the_difference_has_its_own_tax_and_no_invoice_to_refer_to(
    us: Joint, price: str, open_amounts: list[float]
) -> None:
    ada = await us.contact()
    tea = {"description": "Tea", "quantity": "1", "unit_price": "10.00", "tax_code": "NON"}
    sale = await us.sale(ada["id"], tea, date="2026-09-12", number="1041")
    await run(us)
    await us.configure(lodged_until=date(2026, 9, 30))
    await edit(us, sale, lines=[{**tea, "unit_price": price}])
    await run(us)
    await enter(us)

    assert [x[3] for x in await invoices(us)] == open_amounts
    assert [memo[1] for memo in await credits_of(us)] == ([6] if price == "4.00" else [])
    assert all("InvoiceRef" not in memo for memo in await us.books_list("creditmemo"))
    assert await asked(us) == []
    assert await differences(us) == []
    await quiet(us)


async def test_b1_a_sale_of_an_open_period_is_written_over_as_ever(joint: Joint) -> None:
    sale, _ = await a_sale(joint, TODAY)
    await joint.configure(lodged_until=LODGED)
    await edit(joint, sale, **lines("44.00"))
    await run(joint)

    assert [x[2] for x in await invoices(joint)] == [44]
    assert await asked(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("times", [1, 2])
async def test_b1_a_lost_answer_makes_no_second_document(joint: Joint, times: int) -> None:
    sale, _ = await a_sale(joint)
    await joint.configure(lodged_until=LODGED)
    await edit(joint, sale, **lines("11.00"))
    await run(joint)
    await joint.hazard("quickbooks", "requestid_ignored")
    await joint.hazard("quickbooks", "answer_lost", times=times)
    await enter(joint)
    await joint.hazard("quickbooks", "answer_lost", on=False)
    await run(joint)

    assert await credits_of(joint) == [(TODAY, 11, 0)]
    assert len(await joinings(joint)) == 1
    assert await differences(joint) == []
    await quiet(joint)


def given(price: str) -> Body:
    """The lines of an adjustment that gives so much."""
    return {"lines": [{"description": "Tea", "quantity": "-1", "unit_price": price, "tax_code": "GST"}]}


async def less_given(joint: Joint, price: str) -> tuple[Body, Body]:
    """A lodged adjustment of 22.00 that gives another amount by now, the difference being entered."""
    ada = await joint.contact()
    adjustment = await joint.sale(
        ada["id"], *given("22.00")["lines"], kind="adjustment", date="2026-09-12", number="A1"
    )
    await run(joint)
    [memo] = await joint.books_list("creditmemo")
    await joint.configure(lodged_until=LODGED)
    await edit(joint, adjustment, **given(price))
    await run(joint)
    return adjustment, memo


async def test_b1_an_adjustment_that_gives_less_gets_an_invoice_of_today_that_uses_its_credit(joint: Joint) -> None:
    adjustment, memo = await less_given(joint, "11.00")
    [item] = await locked(joint)
    assert item.actions == [ENTER, DO, LEAVE]
    assert (
        "An invoice of 11.00 AUD, tax 1.00, dated 20 Nov 2026 names the credit memo, applied to the credit memo as far as that is open"
        in item.advice
    )
    await enter(joint)

    assert await invoices(joint) == [("A1-D", TODAY, 11, 0)]
    now = await book(joint, "creditmemo", memo["Id"])
    assert (now["TotalAmt"], now["RemainingCredit"], now["TxnDate"]) == (22, 11, "2026-09-12")
    [new] = await joint.books_list("invoice")
    assert new["CustomerMemo"]["value"] == "Difference of credit memo A1 of 12 Sep 2026"
    assert "Difference of Oncord adjustment A1" in new["PrivateNote"]
    assert len(await joint.shop_list("sales")) == 1
    assert await joint.shop_list("receipts") == []
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)
    await quiet(joint)

    await cancel(joint, adjustment)
    await run(joint)
    assert [x[0] for x in await invoices(joint)] == ["A1-C", "A1-D"], "cancelled, all of it is taken back"
    assert (await book(joint, "creditmemo", memo["Id"]))["RemainingCredit"] == 0
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_b1_an_adjustment_that_gives_more_gets_a_further_credit_memo_and_both_are_its_credit(
    joint: Joint,
) -> None:
    adjustment, _ = await less_given(joint, "33.00")
    await enter(joint)

    memos = {m["DocNumber"]: m for m in await joint.books_list("creditmemo")}
    assert {n: (m["TxnDate"], m["TotalAmt"], m["RemainingCredit"]) for n, m in memos.items()} == {
        "A1": ("2026-09-12", 22, 22),
        "A1-D": (TODAY, 11, 11),
    }
    assert await invoices(joint) == []
    assert await asked(joint) == [], "open credit of an adjustment is what an adjustment is"
    assert await differences(joint) == []
    await quiet(joint)

    await joint.receipt(adjustment, "-33.00", date=TODAY)
    await run(joint)
    left = [m["RemainingCredit"] for m in await joint.books_list("creditmemo")]
    assert left == [0, 0], "what pays it back uses both"
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_b1_what_the_bookkeeper_changes_of_an_adjustments_difference_is_pulled(joint: Joint) -> None:
    adjustment, _ = await less_given(joint, "33.00")
    await enter(joint)
    new = next(x for x in await joint.books_list("creditmemo") if x["DocNumber"] == "A1-D")
    await change(joint, "creditmemo", new["Id"], Line=[await line(joint, "20.00", "Tea")], **NET)
    await run(joint)

    assert (await shop(joint, "sales", adjustment["id"]))["total"] == "-44.00"
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("price", ["6.00", "15.00"])
async def test_b1_in_america_the_difference_of_an_adjustment_goes_either_way(us: Joint, price: str) -> None:
    ada = await us.contact()
    tea = {"description": "Tea", "quantity": "-1", "unit_price": "10.00", "tax_code": "NON"}
    adjustment = await us.sale(ada["id"], tea, kind="adjustment", date="2026-09-12", number="A1")
    await run(us)
    await us.configure(lodged_until=LODGED)
    await edit(us, adjustment, lines=[{**tea, "unit_price": price}])
    await run(us)
    await enter(us)

    memos = sorted((m["TotalAmt"], m["RemainingCredit"]) for m in await us.books_list("creditmemo"))
    assert memos == ([(10, 6)] if price == "6.00" else [(5, 5), (10, 10)])
    assert await asked(us) == []
    assert await differences(us) == []
    await quiet(us)


async def test_b1_of_a_day_that_has_changed_as_well_the_amounts_are_entered_and_the_day_is_asked_about(
    joint: Joint,
) -> None:
    sale, _ = await a_sale(joint)
    await joint.configure(lodged_until=LODGED)
    await edit(joint, sale, date="2026-10-12", **lines("44.00"))
    await run(joint)
    [item] = await locked(joint)
    assert item.actions == [ENTER, DO, LEAVE]
    assert "Its day is asked about by itself afterwards." in item.advice
    await joint.answer(item.id, ENTER)
    await run(joint)

    assert [(x[0], x[1], x[2]) for x in await invoices(joint)] == [("1041", "2026-09-12", 22), ("1041-D", TODAY, 22)]
    [item] = await locked(joint)
    assert item.actions == [DO, LEAVE]
    assert "is to be dated 12 Oct 2026" in item.summary
    assert "No document can move a day: what was reported for its period stays reported there" in item.advice
    await joint.answer(item.id, LEAVE)
    await run(joint)
    assert await asked(joint) == []
    assert {(what, cause) for what, cause, _ in await differences(joint)} == {("date", "locked")}
    await quiet(joint)


async def test_b1_what_is_to_be_dated_in_a_locked_period_keeps_its_day_and_its_amounts_travel(joint: Joint) -> None:
    sale, _ = await a_sale(joint, "2026-10-12")
    await joint.configure(lodged_until=LODGED)
    await edit(joint, sale, date="2026-09-12", **lines("44.00"))
    await run(joint)

    assert await invoices(joint) == [("1041", "2026-10-12", 44, 44)]
    [item] = await locked(joint)
    assert item.actions == [DO, LEAVE]
    assert "is to be dated 12 Sep 2026" in item.summary
    await quiet(joint)


async def test_b1_another_customer_is_no_document_and_the_question_says_why(joint: Joint) -> None:
    sale, _ = await a_sale(joint)
    bob = await joint.contact("Bob", "Byron")
    await joint.configure(lodged_until=LODGED)
    await edit(joint, sale, contact_id=bob["id"], **lines("44.00"))
    await run(joint)

    [item] = await locked(joint)
    assert item.actions == [DO, LEAVE]
    assert "cancel it in Oncord and enter it anew for the other contact" in item.advice


@pytest.mark.parametrize(("rounded", "is_rounding"), [("0.02", True), ("0.05", False)])
def test_b1_no_more_is_rounding_than_rounding_can_be(rounded: str, is_rounding: bool) -> None:
    line_ = Line(Decimal("20.00"), item="1", tax_code="5", tax=Decimal("2.00"))
    round_off = Line(Decimal(rounded), item="9", tax_code="7", description="Rounding")
    money = Money("AUD", (line_, round_off), tax_total=Decimal("2.00"), total=Decimal("22.00") + Decimal(rounded))
    without = replace(money, lines=(line_,), total=Decimal("22.00"))

    difference = less(money, without)
    assert difference is not None
    assert [each.kind for each in difference.lines] == (["rounding"] if is_rounding else ["item"])
