"""R5: money paid back is money out against Accounts Receivable, joined to the credit that it pays back, both ways."""

from typing import Any

import pytest

from app.domain.model.configuration import MappedMethod
from tests.support.joint import Joint
from tests.support.stories import (
    asked,
    book,
    book_or_none,
    change,
    credit_memo,
    customer,
    invoice,
    quiet,
    remove,
    run,
    shop,
    void,
)

Body = dict[str, Any]
TEA = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "GST"}


async def returned(joint: Joint, quantity: str = "-2") -> tuple[Body, Body]:
    """A contact that has paid for its tea and brought it back: the contact and the adjustment."""
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    await joint.receipt(sale)
    return contact, await joint.sale(
        contact["id"], {**TEA, "tax_code": joint.code, "quantity": quantity}, kind="adjustment"
    )


async def refunded(joint: Joint, amount: str = "-22.00", **members: Any) -> tuple[Body, Body, Body, Body]:
    """A refund that is synchronised: the receipt, the money out, the joining payment, the credit memo."""
    _, adjustment = await returned(joint)
    receipt = await joint.receipt(adjustment, amount, **members)
    await run(joint)
    [paid] = await _refunds(joint)
    [joined] = [p for p in await joint.books_list("payment") if not p["TotalAmt"]]
    [credit] = await joint.books_list("creditmemo")
    return receipt, paid, joined, credit


async def _refunds(joint: Joint) -> list[Body]:
    """The purchases that pay customers back."""
    return [p for p in await joint.books_list("purchase") if p.get("EntityRef", {}).get("type") == "Customer"]


async def _receivable(joint: Joint) -> str:
    return await joint.account("Accounts Receivable")


async def paid_back(joint: Joint, owner: str, amount: float, **members: Any) -> Body:
    """A bookkeeper pays a customer back in QuickBooks."""
    detail = {"AccountRef": {"value": await _receivable(joint)}}
    line = {"Amount": amount, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": detail}
    body = {
        "PaymentType": "Cash",
        "AccountRef": {"value": await joint.account("Bank")},
        "EntityRef": {"value": owner, "type": "Customer"},
        "Line": [line],
        **members,
    }
    return await joint.person("purchase", body)


async def joined_to(joint: Joint, owner: str, purchase: Body, credit: Body, amount: float) -> Body:
    lines = [
        {"Amount": amount, "LinkedTxn": [{"TxnId": purchase["Id"], "TxnType": "Expense"}]},
        {"Amount": amount, "LinkedTxn": [{"TxnId": credit["Id"], "TxnType": "CreditMemo"}]},
    ]
    return await joint.person("payment", {"CustomerRef": {"value": owner}, "TotalAmt": 0, "Line": lines})


def links_of(paid: Body) -> dict[str, tuple[str, float]]:
    return {x["LinkedTxn"][0]["TxnType"]: (x["LinkedTxn"][0]["TxnId"], x["Amount"]) for x in paid["Line"]}


async def test_r5_a_refund_is_money_out_joined_to_its_credit_and_touches_no_income(joint: Joint) -> None:
    receipt, paid, joined, credit = await refunded(joint, reference="RF-1")
    [line] = paid["Line"]

    assert paid["AccountRef"]["value"] == await joint.account("Bank")
    assert (paid["TotalAmt"], paid["DocNumber"], paid["TxnDate"]) == (22, "RF-1", receipt["date"])
    assert line["AccountBasedExpenseLineDetail"]["AccountRef"]["value"] == await _receivable(joint)
    assert paid["EntityRef"]["value"] == credit["CustomerRef"]["value"]
    assert links_of(joined) == {"CreditMemo": (credit["Id"], 22), "Expense": (paid["Id"], 22)}
    [owner] = [c for c in await joint.books_list("customer") if c["Id"] == paid["EntityRef"]["value"]]
    assert (credit["RemainingCredit"], owner["Balance"]) == (0, 0)
    assert await joint.books_list("refundreceipt") == []
    assert len(await joint.books_list("creditmemo")) == 1
    assert await asked(joint) == []
    await quiet(joint)


async def test_r5_a_refund_of_part_of_a_credit_leaves_the_rest_open(joint: Joint) -> None:
    _, paid, joined, credit = await refunded(joint, "-12.00")

    assert (paid["TotalAmt"], credit["RemainingCredit"]) == (12, 10)
    assert links_of(joined)["CreditMemo"] == (credit["Id"], 12)
    await quiet(joint)


async def test_r5_a_refund_that_pays_back_no_document_is_money_out_alone(joint: Joint) -> None:
    contact, adjustment = await returned(joint)
    receipt = await joint.receipt(adjustment, "-22.00", allocations=[])
    await run(joint)

    [paid] = await _refunds(joint)
    assert [p["TotalAmt"] for p in await joint.books_list("payment")] == [22]
    allocations = [{"sale_id": adjustment["id"], "amount": "-22.00"}]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"allocations": allocations})

    assert await run(joint) == [("quickbooks", "receipt", "create")]
    [joined] = [p for p in await joint.books_list("payment") if not p["TotalAmt"]]
    assert links_of(joined)["Expense"] == (paid["Id"], 22), contact
    await quiet(joint)


async def test_r5_a_refund_that_takes_money_off_a_sale_is_asked_about(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await joint.receipt(sale)
    await joint.receipt(sale, "-22.00")
    await run(joint)

    assert await _refunds(joint) == []
    assert await asked(joint) == [("R5", "refund")]


async def test_r5_a_refund_by_a_method_that_is_not_mapped_waits_for_the_configuration(joint: Joint) -> None:
    _, adjustment = await returned(joint)
    method = await joint.method("paypal")
    await joint.receipt(adjustment, "-22.00", payment_method_id=method)
    await run(joint)
    assert (await _refunds(joint), await asked(joint)) == ([], [("R5", "unmapped")])

    direct = await joint.method("direct_deposit")
    bank = await joint.account("Bank")
    await joint.configure(payment_methods=(MappedMethod(direct, bank, preferred=True), MappedMethod(method, bank)))
    await run(joint)

    assert [p["TotalAmt"] for p in await _refunds(joint)] == [22]
    await quiet(joint)


async def test_r5_a_refund_that_the_company_refuses_is_asked_about(joint: Joint) -> None:
    _, adjustment = await returned(joint)
    await run(joint)
    [credit] = await joint.books_list("creditmemo")
    owner = credit["CustomerRef"]["value"]
    await joined_to(
        joint, owner, await paid_back(joint, owner, 22.0, DocNumber="mine", TxnDate="2020-01-01"), credit, 22.0
    )
    await joint.receipt(adjustment, "-22.00", date="2026-11-20")
    await run(joint)

    assert ("R5", "refused") in await asked(joint)


async def test_r7_a_refund_that_is_changed_in_oncord_changes_both_documents(joint: Joint) -> None:
    receipt, paid, joined, credit = await refunded(joint)
    less = {"amount": "-15.00", "allocations": [{"sale_id": receipt["allocations"][0]["sale_id"], "amount": "-15.00"}]}
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {**less, "reference": "less"})
    await run(joint)
    if (await book(joint, "purchase", paid["Id"]))["TotalAmt"] != 15:
        await run(joint)

    now = await book(joint, "purchase", paid["Id"])
    assert (now["TotalAmt"], now["DocNumber"]) == (15, "less")
    assert links_of(await book(joint, "payment", joined["Id"]))["Expense"] == (paid["Id"], 15)
    assert (await book(joint, "creditmemo", credit["Id"]))["RemainingCredit"] == 7
    assert await asked(joint) == []
    await quiet(joint)


async def test_r7_a_refund_that_grows_in_oncord_grows_in_quickbooks(joint: Joint) -> None:
    receipt, paid, joined, credit = await refunded(joint, "-12.00")
    more = {"amount": "-20.00", "allocations": [{"sale_id": receipt["allocations"][0]["sale_id"], "amount": "-20.00"}]}
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", more)
    await run(joint)

    assert (await book(joint, "purchase", paid["Id"]))["TotalAmt"] == 20
    assert links_of(await book(joint, "payment", joined["Id"]))["CreditMemo"] == (credit["Id"], 20)
    assert await asked(joint) == []
    await quiet(joint)


async def test_r7_allocations_that_a_refund_loses_in_oncord_free_the_credit(joint: Joint) -> None:
    receipt, paid, joined, credit = await refunded(joint)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"allocations": []})

    assert await run(joint) == [("quickbooks", "receipt", "delete")]
    assert await book_or_none(joint, "payment", joined["Id"]) is None
    assert (await book(joint, "creditmemo", credit["Id"]))["RemainingCredit"] == 22
    await quiet(joint)
    again = [{"sale_id": receipt["allocations"][0]["sale_id"], "amount": "-22.00"}]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"allocations": again})

    assert await run(joint) == [("quickbooks", "receipt", "create")]
    assert (await book(joint, "creditmemo", credit["Id"]))["RemainingCredit"] == 0
    assert (await book(joint, "purchase", paid["Id"]))["TotalAmt"] == 22
    await quiet(joint)


async def test_r7_a_refund_that_is_changed_in_quickbooks_changes_the_receipt(joint: Joint) -> None:
    receipt, paid, _, _ = await refunded(joint)
    await change(joint, "purchase", paid["Id"], DocNumber="corrected", TxnDate="2026-11-21")

    assert await run(joint) == [("oncord", "receipt", "update")]
    now = await shop(joint, "receipts", receipt["id"])
    assert (now["reference"], now["date"], now["amount"]) == ("corrected", "2026-11-21", "-22.00")
    assert now["allocations"] == receipt["allocations"]
    await quiet(joint)


async def test_r3_deleting_a_refund_takes_both_documents_back(joint: Joint) -> None:
    receipt, paid, joined, credit = await refunded(joint)
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)
    await run(joint)

    assert await book_or_none(joint, "purchase", paid["Id"]) is None
    assert await book_or_none(joint, "payment", joined["Id"]) is None
    assert (await book(joint, "creditmemo", credit["Id"]))["RemainingCredit"] == 22
    assert await asked(joint) == []
    await quiet(joint)


async def test_r4_money_out_that_is_deleted_in_quickbooks_is_marked_and_not_made_anew(joint: Joint) -> None:
    receipt, paid, _, _ = await refunded(joint)
    await remove(joint, "purchase", paid["Id"])

    assert await run(joint) == [("oncord", "receipt", "update")]
    assert (await shop(joint, "receipts", receipt["id"]))["books_status"] == "gone"
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "again"})
    assert await run(joint) == []
    assert await _refunds(joint) == []

    await joint.put_back("oncord", "receipt", receipt["id"])
    await run(joint)
    [again] = await _refunds(joint)
    assert again["DocNumber"] == "again"
    assert (await joint.books_list("creditmemo"))[0]["RemainingCredit"] == 0
    await quiet(joint)


async def test_r4_money_out_that_is_booked_elsewhere_counts_as_deleted(joint: Joint) -> None:
    receipt, paid, joined, _ = await refunded(joint)
    await remove(joint, "payment", joined["Id"])
    expense = await joint.account("Expense")
    [line] = paid["Line"]
    detail = {"AccountRef": {"value": expense}}
    await change(joint, "purchase", paid["Id"], Line=[{**line, "AccountBasedExpenseLineDetail": detail}])
    await run(joint)

    assert (await shop(joint, "receipts", receipt["id"]))["books_status"] == "gone"
    assert len(await _refunds(joint)) == 1
    await quiet(joint)


async def test_r4_a_credit_that_is_taken_off_in_quickbooks_stays_off(joint: Joint) -> None:
    receipt, paid, joined, credit = await refunded(joint)
    await remove(joint, "payment", joined["Id"])

    assert await run(joint) == [("oncord", "receipt", "update")]
    marked = await shop(joint, "receipts", receipt["id"])
    assert (marked["books_status"], marked["allocations"]) == ("gone", receipt["allocations"])
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "again"})
    assert await run(joint) == [("quickbooks", "receipt", "update")]
    assert (await book(joint, "purchase", paid["Id"]))["DocNumber"] == "again"
    assert (await book(joint, "creditmemo", credit["Id"]))["RemainingCredit"] == 22
    await quiet(joint)


async def test_r5_money_that_a_bookkeeper_pays_back_arrives_as_a_refund_with_its_credit(joint: Joint) -> None:
    owner = await customer(joint, "Grace")
    credit = await credit_memo(joint, owner["Id"])
    paid = await paid_back(joint, owner["Id"], 33.0, DocNumber="CHQ 7")
    await joined_to(joint, owner["Id"], paid, credit, 33.0)
    await run(joint)
    await run(joint)

    [receipt] = await joint.shop_list("receipts")
    [adjustment] = await joint.shop_list("sales")
    assert (receipt["amount"], receipt["reference"]) == ("-33.00", "CHQ 7")
    assert receipt["allocations"] == [{"sale_id": adjustment["id"], "amount": "-33.00"}]
    assert receipt["payment_method_id"] == await joint.method("direct_deposit")
    assert len(await joint.books_list("payment")) == 1
    assert await asked(joint) == []
    await quiet(joint)


async def test_r5_credit_that_a_bookkeeper_joins_later_arrives_later(joint: Joint) -> None:
    owner = await customer(joint, "Grace")
    credit = await credit_memo(joint, owner["Id"])
    paid = await paid_back(joint, owner["Id"], 33.0)
    await run(joint)
    [receipt] = await joint.shop_list("receipts")
    assert receipt["allocations"] == []
    joined = await joined_to(joint, owner["Id"], paid, credit, 33.0)

    assert await run(joint) == [("oncord", "receipt", "update")]
    [receipt] = await joint.shop_list("receipts")
    assert [a["amount"] for a in receipt["allocations"]] == ["-33.00"]
    await quiet(joint)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"allocations": []})

    assert await run(joint) == [("quickbooks", "receipt", "delete")]
    assert await book_or_none(joint, "payment", joined["Id"]) is None
    await quiet(joint)


async def test_r3_a_refund_that_began_in_quickbooks_stays_there(joint: Joint) -> None:
    owner = await customer(joint, "Grace")
    await credit_memo(joint, owner["Id"])
    await paid_back(joint, owner["Id"], 33.0)
    await run(joint)
    [receipt] = await joint.shop_list("receipts")
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")

    assert await run(joint) == []
    assert len(await _refunds(joint)) == 1
    await quiet(joint)


async def test_r5_a_refund_that_is_on_both_sides_already_is_adopted(joint: Joint) -> None:
    _, adjustment = await returned(joint)
    await run(joint)
    [credit] = await joint.books_list("creditmemo")
    owner = credit["CustomerRef"]["value"]
    paid = await paid_back(joint, owner, 22.0)
    await joined_to(joint, owner, paid, credit, 22.0)
    await joint.receipt(adjustment, "-22.00", date=paid["TxnDate"])

    assert await run(joint) == []
    assert len(await _refunds(joint)) == len(await joint.books_list("payment")) - 1 == 1
    assert await asked(joint) == []
    await quiet(joint)


async def test_r5_what_the_company_pays_to_others_is_none_of_ours(joint: Joint) -> None:
    owner = await customer(joint, "Grace")
    detail = {"AccountRef": {"value": await joint.account("Expense")}}
    line = {"Amount": 9.5, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": detail}
    paid = await paid_back(joint, owner["Id"], 9.5, Line=[line])
    await run(joint)
    await joint.touched("quickbooks", "receipt", paid["Id"])
    await run(joint)
    await remove(joint, "purchase", paid["Id"])
    await run(joint)

    assert (await joint.shop_list("receipts"), await asked(joint)) == ([], [])
    await quiet(joint)


async def test_r5_a_payment_that_joins_a_refund_and_an_invoice_at_once_is_asked_about(joint: Joint) -> None:
    owner = await customer(joint, "Grace")
    credit = await credit_memo(joint, owner["Id"])
    made = await invoice(joint, owner["Id"])
    paid = await paid_back(joint, owner["Id"], 13.0)
    lines = [
        {"Amount": 13.0, "LinkedTxn": [{"TxnId": paid["Id"], "TxnType": "Expense"}]},
        {"Amount": 20.0, "LinkedTxn": [{"TxnId": made["Id"], "TxnType": "Invoice"}]},
        {"Amount": 33.0, "LinkedTxn": [{"TxnId": credit["Id"], "TxnType": "CreditMemo"}]},
    ]
    await joint.person("payment", {"CustomerRef": {"value": owner["Id"]}, "TotalAmt": 0, "Line": lines})
    await run(joint)

    assert await asked(joint) == [("R5", "parked")]
    assert [r["amount"] for r in await joint.shop_list("receipts")] == ["-13.00"]


async def test_r5_an_adopted_refund_whose_credit_is_open_is_joined_to_it(joint: Joint) -> None:
    _, adjustment = await returned(joint)
    await run(joint)
    [credit] = await joint.books_list("creditmemo")
    paid = await paid_back(joint, credit["CustomerRef"]["value"], 22.0)
    await joint.receipt(adjustment, "-22.00", date=paid["TxnDate"])

    assert await run(joint) == [("quickbooks", "receipt", "create")]
    [joined] = [p for p in await joint.books_list("payment") if not p["TotalAmt"]]
    assert links_of(joined) == {"CreditMemo": (credit["Id"], 22), "Expense": (paid["Id"], 22)}
    assert await asked(joint) == []
    await quiet(joint)


async def test_r7_a_refund_and_its_credit_that_both_grow_in_quickbooks_grow_the_receipt_in_both(joint: Joint) -> None:
    receipt, paid, joined, credit = await refunded(joint, "-12.00")
    await change(joint, "purchase", paid["Id"], Line=[{**paid["Line"][0], "Amount": 20}])
    await joint.person("payment", {**joined, "Line": [{**line, "Amount": 20} for line in joined["Line"]]})
    await run(joint)

    held = await shop(joint, "receipts", receipt["id"])
    assert (held["amount"], [a["amount"] for a in held["allocations"]]) == ("-20.00", ["-20.00"])
    assert (await book(joint, "purchase", paid["Id"]))["TotalAmt"] == 20
    assert (await book(joint, "creditmemo", credit["Id"]))["RemainingCredit"] == 2
    assert await asked(joint) == []
    await quiet(joint)


async def test_r7_a_refund_and_its_credit_that_both_shrink_in_quickbooks_shrink_the_receipt_in_both(
    joint: Joint,
) -> None:
    receipt, paid, joined, credit = await refunded(joint)
    await joint.person("payment", {**joined, "Line": [{**line, "Amount": 8} for line in joined["Line"]]})
    await change(joint, "purchase", paid["Id"], Line=[{**paid["Line"][0], "Amount": 10}])
    await run(joint)

    held = await shop(joint, "receipts", receipt["id"])
    assert (held["amount"], [a["amount"] for a in held["allocations"]]) == ("-10.00", ["-8.00"])
    assert (await book(joint, "purchase", paid["Id"]))["TotalAmt"] == 10
    assert (await book(joint, "creditmemo", credit["Id"]))["RemainingCredit"] == 14
    assert await asked(joint) == []
    await quiet(joint)


async def test_r4_a_joining_that_is_voided_in_quickbooks_takes_nothing_off_the_receipt(joint: Joint) -> None:
    receipt, paid, joined, credit = await refunded(joint)
    await void(joint, "payment", joined["Id"])

    assert await run(joint) == [("oncord", "receipt", "update")]
    marked = await shop(joint, "receipts", receipt["id"])
    assert (marked["books_status"], marked["allocations"]) == ("void", receipt["allocations"])
    assert (await book(joint, "purchase", paid["Id"]))["TotalAmt"] == 22
    assert (await book(joint, "creditmemo", credit["Id"]))["RemainingCredit"] == 22
    await quiet(joint)

    await change(joint, "payment", joined["Id"], PrivateNote="Voided - by mistake")
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "again"})
    assert await run(joint) == [("quickbooks", "receipt", "update")]
    assert (await book(joint, "creditmemo", credit["Id"]))["RemainingCredit"] == 22
    assert (await shop(joint, "receipts", receipt["id"]))["books_status"] == "void"
    await quiet(joint)


@pytest.mark.parametrize("how", ["delete", "void"])
async def test_r4_a_joining_that_is_put_back_is_made_anew_for_the_refund_that_stands(joint: Joint, how: str) -> None:
    receipt, paid, joined, credit = await refunded(joint)
    await (remove if how == "delete" else void)(joint, "payment", joined["Id"])
    await run(joint)
    await joint.put_back("oncord", "receipt", receipt["id"])
    await run(joint)

    assert [p["Id"] for p in await _refunds(joint)] == [paid["Id"]]
    assert (await book(joint, "creditmemo", credit["Id"]))["RemainingCredit"] == 0
    assert (await shop(joint, "receipts", receipt["id"]))["books_status"] == "linked"
    await quiet(joint)


async def test_r7_a_refund_that_shrinks_and_gives_its_credit_back_at_once(joint: Joint) -> None:
    receipt, paid, joined, credit = await refunded(joint)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"amount": "-12.00", "allocations": []})
    await run(joint)
    await run(joint)

    assert (await book(joint, "purchase", paid["Id"]))["TotalAmt"] == 12
    assert await book_or_none(joint, "payment", joined["Id"]) is None
    assert (await book(joint, "creditmemo", credit["Id"]))["RemainingCredit"] == 22
    assert await asked(joint) == []
    await quiet(joint)
