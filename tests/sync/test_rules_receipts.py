"""R1 to R4, R6 and R7: receipts and payments, credits, and one receipt over several customers."""

from app.domain.model.configuration import MappedMethod
from app.domain.model.operations import Action
from tests.support.joint import Joint
from tests.support.stories import (
    asked,
    book,
    change,
    credit_memo,
    customer,
    invoice,
    line,
    payment,
    plain,
    quiet,
    reasons,
    remove,
    run,
    shop,
    void,
)

TEA = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "GST"}


def _applied(paid: dict[str, object]) -> dict[str, float]:
    lines = paid["Line"]
    assert isinstance(lines, list)
    return {x["LinkedTxn"][0]["TxnId"]: x["Amount"] for x in lines}


async def test_r1_a_method_that_is_not_synchronised_leaves_its_receipts_alone(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await joint.receipt(sale, payment_method_id=await joint.method("cash"))
    await run(joint)

    assert await joint.books_list("payment") == []
    assert await asked(joint) == []
    assert any("not synchronised" in why for why in await reasons(joint, Action.SKIP))


async def test_r1_an_unmapped_method_is_asked_about_once_and_its_receipts_come_back(joint: Joint) -> None:
    method = await joint.method("paypal")
    sale = await joint.sale((await joint.contact())["id"])
    for amount in ("10.00", "5.00"):
        await joint.receipt(sale, amount, payment_method_id=method)
    await run(joint)

    assert await joint.books_list("payment") == []
    assert await asked(joint) == [("R1", "unmapped")]

    await joint.configure(payment_methods=(MappedMethod(method, await joint.account("Bank")),))
    await run(joint)

    assert sorted(p["TotalAmt"] for p in await joint.books_list("payment")) == [5, 10]
    await quiet(joint)


async def test_r1_partial_payments_and_an_overpayment_keep_their_cash(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await joint.receipt(sale, "10.00")
    await joint.receipt(sale, "20.00", allocations=[{"sale_id": sale["id"], "amount": "12.00"}])
    await run(joint)

    [made] = await joint.books_list("invoice")
    paid = sorted(await joint.books_list("payment"), key=lambda p: p["TotalAmt"])
    assert made["Balance"] == 0
    assert [(p["TotalAmt"], p["UnappliedAmt"]) for p in paid] == [(10, 0), (20, 8)]
    await quiet(joint)


async def test_r1_one_receipt_over_several_sales_is_one_payment(joint: Joint) -> None:
    contact = await joint.contact()
    one, two = await joint.sale(contact["id"]), await joint.sale(contact["id"])
    parts = [{"sale_id": one["id"], "amount": "22.00"}, {"sale_id": two["id"], "amount": "8.00"}]
    await joint.receipt(one, "30.00", allocations=parts)
    await run(joint)

    [paid] = await joint.books_list("payment")
    assert sorted(_applied(paid).values()) == [8, 22]
    await quiet(joint)


async def test_r1_one_receipt_over_several_customers_is_several_payments(joint: Joint) -> None:
    ada, bea = await joint.contact(), await joint.contact("Bea", "Arthur")
    one, two = await joint.sale(ada["id"]), await joint.sale(bea["id"])
    parts = [{"sale_id": one["id"], "amount": "22.00"}, {"sale_id": two["id"], "amount": "8.00"}]
    receipt = await joint.receipt(one, "35.00", allocations=parts)
    await run(joint)

    paid = {p["CustomerRef"]["name"]: p for p in await joint.books_list("payment")}
    assert {k: (p["TotalAmt"], p["UnappliedAmt"]) for k, p in paid.items()} == {
        "Ada Lovelace": (27, 5),
        "Bea Arthur": (8, 0),
    }
    await quiet(joint)

    parts = [{"sale_id": one["id"], "amount": "20.00"}, {"sale_id": two["id"], "amount": "15.00"}]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"allocations": parts, "reference": "both"})
    await run(joint)

    paid = {p["CustomerRef"]["name"]: p for p in await joint.books_list("payment")}
    assert {k: (p["TotalAmt"], p["PaymentRefNum"]) for k, p in paid.items()} == {
        "Ada Lovelace": (20, "both"),
        "Bea Arthur": (15, "both"),
    }
    await quiet(joint)

    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)

    assert await joint.books_list("payment") == []
    await quiet(joint)


async def test_r7_a_share_changed_in_quickbooks_changes_the_one_receipt(joint: Joint) -> None:
    ada, bea = await joint.contact(), await joint.contact("Bea", "Arthur")
    one, two = await joint.sale(ada["id"]), await joint.sale(bea["id"])
    parts = [{"sale_id": one["id"], "amount": "22.00"}, {"sale_id": two["id"], "amount": "8.00"}]
    receipt = await joint.receipt(one, "30.00", allocations=parts)
    await run(joint)
    bea_paid = next(p for p in await joint.books_list("payment") if p["CustomerRef"]["name"] == "Bea Arthur")
    await joint.person("payment", {**bea_paid, "TotalAmt": 9, "Line": [{**bea_paid["Line"][0], "Amount": 9}]})
    await run(joint)

    changed = await shop(joint, "receipts", receipt["id"])
    assert changed["amount"] == "31.00"
    assert {a["sale_id"]: a["amount"] for a in changed["allocations"]} == {one["id"]: "22.00", two["id"]: "9.00"}
    await quiet(joint)


async def test_r7_a_receipt_that_comes_to_pay_a_second_customer_gets_a_second_payment(joint: Joint) -> None:
    ada, bea = await joint.contact(), await joint.contact("Bea", "Arthur")
    one, two = await joint.sale(ada["id"]), await joint.sale(bea["id"])
    receipt = await joint.receipt(one)
    await run(joint)
    parts = [{"sale_id": one["id"], "amount": "12.00"}, {"sale_id": two["id"], "amount": "10.00"}]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"allocations": parts})
    await run(joint)

    paid = {p["CustomerRef"]["name"]: p["TotalAmt"] for p in await joint.books_list("payment")}
    assert paid == {"Ada Lovelace": 12, "Bea Arthur": 10}
    await quiet(joint)


async def test_r7_a_payment_moved_between_invoices_in_oncord_moves_in_quickbooks(joint: Joint) -> None:
    contact = await joint.contact()
    one, two = await joint.sale(contact["id"]), await joint.sale(contact["id"])
    receipt = await joint.receipt(one)
    await run(joint)
    await joint.in_shop(
        "PATCH", f"receipts/{receipt['id']}", {"allocations": [{"sale_id": two["id"], "amount": "22.00"}]}
    )

    assert await run(joint) == [("quickbooks", "receipt", "update")]
    balances = {i["DocNumber"]: i["Balance"] for i in await joint.books_list("invoice")}
    assert balances == {one["number"]: 22, two["number"]: 0}
    await quiet(joint)


async def test_r7_a_payment_moved_between_invoices_in_quickbooks_moves_in_oncord(joint: Joint) -> None:
    owner = await customer(joint, "Grace")
    one, two = await invoice(joint, owner["Id"]), await invoice(joint, owner["Id"])
    paid = await payment(joint, owner["Id"], "33.00", {one["Id"]: "33.00"})
    await run(joint)
    line = {"Amount": 33, "LinkedTxn": [{"TxnId": two["Id"], "TxnType": "Invoice"}]}
    await joint.person("payment", {**await book(joint, "payment", paid["Id"]), "Line": [line]})
    await run(joint)

    amounts = {s["number"]: s["amount_paid"] for s in await joint.shop_list("sales")}
    assert amounts == {one["DocNumber"]: "0.00", two["DocNumber"]: "33.00"}
    await quiet(joint)


async def test_r7_a_changed_amount_travels_both_ways(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    receipt = await joint.receipt(sale)
    await run(joint)
    body = {"amount": "10.00", "allocations": [{"sale_id": sale["id"], "amount": "10.00"}]}
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", body)
    await run(joint)

    [paid] = await joint.books_list("payment")
    assert paid["TotalAmt"] == 10
    await joint.person("payment", {**paid, "TotalAmt": 12, "Line": [{**paid["Line"][0], "Amount": 12}]})
    await run(joint)

    changed = await shop(joint, "receipts", receipt["id"])
    assert (changed["amount"], changed["allocations"][0]["amount"]) == ("12.00", "12.00")
    await quiet(joint)


async def test_r7_a_receipt_keeps_its_method_while_it_maps_to_the_account(joint: Joint) -> None:
    bank = await joint.account("Bank")
    undeposited = await joint.account("Other Current Asset", "UndepositedFunds")
    direct, paypal, card = [await joint.method(m) for m in ("direct_deposit", "paypal", "credit_card")]
    await joint.configure(
        payment_methods=(
            MappedMethod(direct, bank, preferred=True),
            MappedMethod(paypal, bank),
            MappedMethod(card, undeposited),
        )
    )
    sale = await joint.sale((await joint.contact())["id"])
    receipt = await joint.receipt(sale, payment_method_id=paypal)
    await run(joint)
    [paid] = await joint.books_list("payment")
    await joint.person("payment", {**paid, "PaymentRefNum": "seen"})
    await run(joint)

    kept = await shop(joint, "receipts", receipt["id"])
    assert (kept["payment_method_id"], kept["reference"]) == (paypal, "seen")

    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"payment_method_id": card})
    await run(joint)

    [paid] = await joint.books_list("payment")
    assert paid["DepositToAccountRef"]["value"] == undeposited
    await quiet(joint)


async def test_r2_the_preferred_method_is_given_where_several_share_an_account(joint: Joint) -> None:
    bank = await joint.account("Bank")
    direct, paypal = await joint.method("direct_deposit"), await joint.method("paypal")
    await joint.configure(payment_methods=(MappedMethod(direct, bank), MappedMethod(paypal, bank, preferred=True)))
    await payment(joint, (await customer(joint, "Grace"))["Id"], "5.00")
    await run(joint)

    [receipt] = await joint.shop_list("receipts")
    assert (receipt["payment_method_id"], receipt["unallocated_amount"]) == (paypal, "5.00")
    await quiet(joint)


async def test_r2_an_unmapped_account_is_asked_about_once(joint: Joint) -> None:
    owner = await customer(joint, "Grace")
    undeposited = await joint.account("Other Current Asset", "UndepositedFunds")
    for _ in range(2):
        await payment(joint, owner["Id"], "5.00", DepositToAccountRef={"value": undeposited})
    await run(joint)

    assert await joint.shop_list("receipts") == []
    assert await asked(joint) == [("R2", "unmapped")]


async def test_r3_deleting_a_receipt_that_began_in_quickbooks_leaves_the_payment(joint: Joint) -> None:
    owner = await customer(joint, "Grace")
    made = await invoice(joint, owner["Id"])
    paid = await payment(joint, owner["Id"], "33.00", {made["Id"]: "33.00"})
    await run(joint)
    [receipt] = await joint.shop_list("receipts")
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")

    assert await run(joint) == [("oncord", "sale", "update")], "the sale says what has settled it in the books"
    assert (await book(joint, "invoice", made["Id"]))["Balance"] == 0, paid
    await quiet(joint)


async def test_r3_a_payment_that_somebody_changed_is_asked_about(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    receipt = await joint.receipt(sale)
    await run(joint)
    [paid] = await joint.books_list("payment")
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await change(joint, "payment", paid["Id"], PaymentRefNum="mine")

    assert await run(joint) == []
    assert await asked(joint) == [("R3", "parked")]


async def test_r3_a_restored_receipt_gets_a_new_payment(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    receipt = await joint.receipt(sale)
    await run(joint)
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)
    assert await joint.books_list("payment") == []
    await joint.in_shop("POST", f"receipts/{receipt['id']}/restore")
    await run(joint)

    assert len(await joint.books_list("payment")) == 1
    await quiet(joint)


async def test_r3_a_receipt_of_a_deleted_sale_from_quickbooks_releases_nothing_there(joint: Joint) -> None:
    owner = await customer(joint, "Grace")
    made = await invoice(joint, owner["Id"])
    await payment(joint, owner["Id"], "33.00", {made["Id"]: "33.00"})
    await run(joint)
    [sale] = await joint.shop_list("sales")
    await joint.in_shop("DELETE", f"sales/{sale['id']}")

    assert await run(joint) == []
    assert (await book(joint, "invoice", made["Id"]))["Balance"] == 0
    await quiet(joint)


async def test_r4_a_deleted_payment_is_marked_and_not_made_anew(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    receipt = await joint.receipt(sale)
    await run(joint)
    [paid] = await joint.books_list("payment")
    await remove(joint, "payment", paid["Id"])

    assert await run(joint) == [("oncord", "receipt", "update")]
    kept = await shop(joint, "receipts", receipt["id"])
    assert (kept["books_status"], kept["amount"]) == ("gone", "22.00")
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "again"})

    assert await run(joint) == []
    assert await joint.books_list("payment") == []


async def test_r4_a_void_payment_is_marked_once(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    receipt = await joint.receipt(sale)
    await run(joint)
    [paid] = await joint.books_list("payment")
    await void(joint, "payment", paid["Id"])

    assert await run(joint) == [("oncord", "receipt", "update")]
    assert (await shop(joint, "receipts", receipt["id"]))["books_status"] == "void"
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "again"})
    await quiet(joint)


async def test_r6_using_a_credit_in_oncord_joins_it_in_quickbooks(joint: Joint) -> None:
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    adjustment = await joint.sale(contact["id"], {**TEA, "quantity": "-1"}, kind="adjustment")
    parts = [{"sale_id": sale["id"], "amount": "11.00"}, {"sale_id": adjustment["id"], "amount": "-11.00"}]
    receipt = await joint.receipt(sale, "0.00", allocations=parts)
    await run(joint)

    [paid] = await joint.books_list("payment")
    [made], [credit] = await joint.books_list("invoice"), await joint.books_list("creditmemo")
    assert (paid["TotalAmt"], made["Balance"], credit["RemainingCredit"]) == (0, 11, 0)
    assert _applied(paid) == {made["Id"]: 11, credit["Id"]: 11}
    await quiet(joint)

    parts = [{"sale_id": sale["id"], "amount": "5.00"}, {"sale_id": adjustment["id"], "amount": "-5.00"}]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"allocations": parts})
    await run(joint)

    assert (await book(joint, "creditmemo", credit["Id"]))["RemainingCredit"] == 6
    await quiet(joint)


async def test_r6_using_a_credit_in_quickbooks_allocates_the_adjustment_in_oncord(joint: Joint) -> None:
    owner = await customer(joint, "Grace")
    made, credit = await invoice(joint, owner["Id"]), await credit_memo(joint, owner["Id"])
    paid = await payment(joint, owner["Id"], "0", {made["Id"]: "20.00"}, {credit["Id"]: "20.00"})
    await run(joint)

    sales = {s["kind"]: s for s in await joint.shop_list("sales")}
    [receipt] = await joint.shop_list("receipts")
    assert receipt["amount"] == "0.00"
    assert {a["sale_id"]: a["amount"] for a in receipt["allocations"]} == {
        sales["sale"]["id"]: "20.00",
        sales["adjustment"]["id"]: "-20.00",
    }
    assert (sales["sale"]["amount_paid"], sales["adjustment"]["amount_paid"]) == ("20.00", "-20.00")
    await quiet(joint)

    await remove(joint, "payment", paid["Id"])
    await run(joint)

    assert (await shop(joint, "receipts", receipt["id"]))["books_status"] == "gone"
    await quiet(joint)


async def test_r6_cash_and_credit_in_one_receipt_are_one_payment(joint: Joint) -> None:
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    adjustment = await joint.sale(contact["id"], {**TEA, "quantity": "-1"}, kind="adjustment")
    parts = [{"sale_id": sale["id"], "amount": "22.00"}, {"sale_id": adjustment["id"], "amount": "-11.00"}]
    await joint.receipt(sale, "11.00", allocations=parts)
    await run(joint)

    [paid] = await joint.books_list("payment")
    [made] = await joint.books_list("invoice")
    assert (paid["TotalAmt"], paid["UnappliedAmt"], made["Balance"]) == (11, 0, 0)
    await quiet(joint)


async def test_matching_two_payments_of_one_amount_are_told_apart_by_their_dates(joint: Joint) -> None:
    contact = await joint.contact()
    owner = await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    sale = await joint.sale(contact["id"], number="A-1")
    made = await invoice(joint, owner["Id"], DocNumber="A-1", Line=[await _tea(joint)])
    for day in ("2026-11-01", "2026-11-05"):
        await joint.receipt(sale, "11.00", date=day)
        await payment(joint, owner["Id"], "11.00", {made["Id"]: "11.00"}, TxnDate=day)
    await run(joint)

    assert len(await joint.books_list("payment")) == 2
    assert len(await joint.shop_list("receipts")) == 2
    assert await asked(joint) == []
    await quiet(joint)


async def test_matching_asks_where_the_same_money_was_recorded_twice_on_one_day(joint: Joint) -> None:
    contact = await joint.contact()
    owner = await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    sale = await joint.sale(contact["id"], number="A-1")
    made = await invoice(joint, owner["Id"], DocNumber="A-1", Line=[await _tea(joint)])
    await joint.receipt(sale, "11.00", date="2026-11-01")
    for _ in range(2):
        await payment(joint, owner["Id"], "11.00", {made["Id"]: "11.00"}, TxnDate="2026-11-01")

    assert [w for w in await run(joint) if w[1] == "receipt"] == []
    assert len(await joint.books_list("payment")) == 2
    assert len(await joint.shop_list("receipts")) == 1
    assert "R1" in {rule for rule, _ in await asked(joint)}


async def test_matching_money_within_a_month_that_would_overpay_the_invoice_is_adopted(joint: Joint) -> None:
    contact = await joint.contact()
    owner = await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    sale = await joint.sale(contact["id"], number="A-1")
    made = await invoice(joint, owner["Id"], DocNumber="A-1", Line=[await _tea(joint)])
    await joint.receipt(sale, date="2026-10-02")
    await payment(joint, owner["Id"], "22.00", {made["Id"]: "22.00"}, TxnDate="2026-11-01")

    assert [w for w in await run(joint) if w[1] == "receipt"] == []
    assert len(await joint.books_list("payment")) == 1
    assert await joint.attention() == []
    await quiet(joint)


async def _tea(joint: Joint) -> dict[str, object]:

    found: dict[str, object] = plain(await line(joint, "20.00", "Tea"))
    return found


async def test_i4_a_receipt_changed_on_both_sides_keeps_the_loser(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    receipt = await joint.receipt(sale)
    await run(joint)
    [paid] = await joint.books_list("payment")
    await joint.in_shop(
        "PATCH",
        f"receipts/{receipt['id']}",
        {"amount": "10.00", "allocations": [{"sale_id": sale["id"], "amount": "10.00"}]},
    )
    await joint.person("payment", {**paid, "TotalAmt": 12, "Line": [{**paid["Line"][0], "Amount": 12}]})
    await run(joint)

    assert (await shop(joint, "receipts", receipt["id"]))["amount"] == "12.00"
    assert await asked(joint) == [("R7", "conflict")]
    await quiet(joint)
