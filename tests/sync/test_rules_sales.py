"""S1 to S7: sales and invoices, adjustments and credit memos, beyond the cells of the table."""

from datetime import date
from decimal import Decimal

import pytest

from app.domain.model.configuration import ItemPolicy
from app.domain.model.operations import Action
from tests.support.joint import Joint
from tests.support.stories import (
    asked,
    book,
    book_or_none,
    change,
    credit_memo,
    customer,
    invoice,
    line,
    payment,
    quiet,
    reasons,
    remove,
    run,
    shop,
    tax_code,
    void,
)

TEA = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "GST"}


async def test_s1_a_draft_waits_and_becomes_an_invoice_once_it_is_confirmed(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"], status="draft")

    assert await run(joint) == []
    assert any("draft" in why for why in await reasons(joint, Action.SKIP))

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"status": "confirmed"})
    await run(joint)

    assert len(await joint.books_list("invoice")) == 1
    await quiet(joint)


async def test_s1_a_sale_that_was_settled_before_the_start_date_is_never_created_nor_are_its_receipts(
    joint: Joint,
) -> None:
    sale = await joint.sale((await joint.contact())["id"], date="2025-12-30")
    await joint.receipt(sale, date="2025-12-31")

    assert await run(joint) == []
    assert any("start date" in why for why in await reasons(joint, Action.SKIP))
    assert await asked(joint) == []


async def test_s1_a_sale_before_the_start_date_is_linked_where_its_invoice_is_there(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"], date="2025-12-31", number="OLD-1")
    made = await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    old = await invoice(joint, made["Id"], await line(joint, "20.00"), DocNumber="OLD-1", TxnDate="2025-12-31")
    await run(joint)

    assert len(await joint.shop_list("sales")) == 1
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "found"})
    await run(joint)

    assert (await book(joint, "invoice", old["Id"]))["CustomerMemo"]["value"] == "found"
    await quiet(joint)


async def test_s1_an_earlier_start_date_brings_what_was_left_out(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"], date="2025-12-31")
    await run(joint)
    await joint.configure(start_date=date(2025, 1, 1))
    await joint.touched("oncord", "sale", sale["id"])
    await run(joint)

    assert len(await joint.books_list("invoice")) == 1
    await quiet(joint)


async def test_s1_and_s4_two_full_sides_meet_without_a_double(joint: Joint) -> None:
    contact = await joint.contact()
    made = await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    sale = await joint.sale(contact["id"], number="A-1")
    theirs = await invoice(joint, made["Id"], await line(joint, "20.00", "Tea"), DocNumber="A-1")
    await joint.receipt(sale)
    await payment(joint, made["Id"], "22.00", {theirs["Id"]: "22.00"})
    own = await joint.sale(contact["id"], number="A-2")
    await invoice(joint, made["Id"], DocNumber="A-3")
    await run(joint)

    assert [len(await joint.books_list(e)) for e in ("customer", "invoice", "payment")] == [1, 3, 1]
    assert [len(await joint.shop_list(c)) for c in ("contacts", "sales", "receipts")] == [1, 3, 1]
    await quiet(joint)

    await joint.in_shop("DELETE", f"sales/{sale['id']}?cascade=true")
    await joint.in_shop("DELETE", f"sales/{own['id']}")
    await run(joint)

    assert sorted(i["DocNumber"] for i in await joint.books_list("invoice")) == ["A-1", "A-3"]
    assert len(await joint.books_list("payment")) == 1


async def test_s1_several_possible_invoices_are_asked_about_and_nothing_is_created(joint: Joint) -> None:
    contact = await joint.contact()
    made = await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    await joint.sale(contact["id"], number="A-1")
    for _ in range(2):
        await invoice(joint, made["Id"], await line(joint, "20.00", "Tea"), DocNumber="A-1")

    assert [w for w in await run(joint) if w[1] == "sale"] == []
    assert len(await joint.books_list("invoice")) == 2
    assert len(await joint.shop_list("sales")) == 1
    assert ("S1", "ambiguous_match") in await asked(joint)


async def test_s1_several_possible_sales_are_asked_about_and_nothing_is_created(joint: Joint) -> None:
    contact = await joint.contact()
    made = await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    for _ in range(2):
        await joint.sale(contact["id"], number="A-1")
    await invoice(joint, made["Id"], await line(joint, "20.00", "Tea"), DocNumber="A-1")

    assert [w for w in await run(joint) if w[1] == "sale"] == []
    assert len(await joint.shop_list("sales")) == 2


async def test_s1_a_sale_in_another_currency_is_parked_in_clear_words(joint: Joint) -> None:
    await joint.sale((await joint.contact())["id"], currency="USD")

    assert await run(joint) == []
    [item] = await joint.attention()
    assert (item.rule, item.kind) == ("S1", "unmapped")
    assert "USD" in item.summary
    assert "AUD" in item.summary


async def test_c1_a_sale_that_waits_for_a_tax_code_makes_no_customer_and_takes_no_name(joint: Joint) -> None:
    await joint.in_shop("POST", "tax-codes", {"code": "ODD", "name": "Odd", "rate": "10"})
    await joint.sale((await joint.contact())["id"], {**TEA, "tax_code": "ODD"})
    await joint.hazard("quickbooks", "displayname_taken")

    assert await run(joint) == []
    assert await joint.books_list("customer") == []


async def test_c1_a_sale_that_can_go_makes_the_customer_that_one_which_waits_did_not(joint: Joint) -> None:
    await joint.in_shop("POST", "tax-codes", {"code": "ODD", "name": "Odd", "rate": "10"})
    contact = await joint.contact()
    await joint.sale(contact["id"], {**TEA, "tax_code": "ODD"})
    await joint.sale(contact["id"])

    await run(joint)

    assert (len(await joint.books_list("customer")), len(await joint.books_list("invoice"))) == (1, 1)
    await quiet(joint)


async def test_s1_an_unmapped_tax_code_waits_for_the_configuration_and_comes_back(joint: Joint) -> None:
    await joint.in_shop("POST", "tax-codes", {"code": "ODD", "name": "Odd", "rate": "10"})
    contact = await joint.contact()
    sales = [await joint.sale(contact["id"], {**TEA, "tax_code": "ODD"}) for _ in range(2)]
    await joint.receipt(sales[0])

    assert await run(joint) == []
    assert len(await joint.attention()) == 1

    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        from app.storage.connections import connections

        connection = await connections.get(tx, joint.connection_id)
    assert connection is not None
    assert connection.configuration is not None
    codes = connection.configuration.tax_codes
    from app.domain.model.configuration import MappedTaxCode

    await joint.configure(tax_codes=(*codes, MappedTaxCode("ODD", await tax_code(joint), "10")))
    await run(joint)

    assert len(await joint.books_list("invoice")) == 2
    assert len(await joint.books_list("payment")) == 1
    await quiet(joint)


async def test_s1_a_changed_mapping_rewrites_no_linked_document(joint: Joint) -> None:
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    receipt = await joint.receipt(sale)
    await run(joint)
    await joint.configure(payment_methods=(), tax_codes=())
    for kind, record_id in (("sale", sale["id"]), ("receipt", receipt["id"])):
        await joint.touched("oncord", kind, record_id)

    assert await run(joint) == []
    assert await asked(joint) == []

    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "R 1"})
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**sale["lines"][0], "quantity": "3"}]})
    await run(joint)

    [made] = await joint.books_list("invoice")
    [paid] = await joint.books_list("payment")
    assert (made["TotalAmt"], paid["PaymentRefNum"]) == (33, "R 1")
    await quiet(joint)


@pytest.mark.parametrize("known", ["code", "name", "neither"])
async def test_s1_products_become_items_found_by_code_or_name_or_created(joint: Joint, known: str) -> None:
    income = await joint.account("Income")
    body = {"Type": "Service", "IncomeAccountRef": {"value": income}}
    if known != "neither":
        named = {"Name": "Green tea"} if known == "name" else {"Name": "Something", "Sku": "TEA-1"}
        await joint.person("item", {**body, **named})
    await joint.configure(items=ItemPolicy("match", "", income))
    product = await joint.in_shop(
        "POST", "products", {"code": "TEA-1", "title": "Green tea", "price": "11.00", "tax_code": "GST"}
    )
    contact = await joint.contact()
    goods = {"product_id": product["id"], "quantity": "2", "tax_code": "GST"}
    await joint.sale(contact["id"], goods)
    await joint.sale(contact["id"], goods)
    await run(joint)

    items = [i for i in await joint.books_list("item") if i.get("Sku") == "TEA-1" or i["Name"] == "Green tea"]
    used = {i["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"] for i in await joint.books_list("invoice")}
    assert [i["Id"] for i in items] == list(used), [str(a.summary) for a in await joint.attention()]
    assert items[0]["Name"] == {"code": "Something"}.get(known, "Green tea")
    await quiet(joint)


async def test_s2_an_edit_of_one_line_keeps_what_the_invoice_holds_besides(joint: Joint) -> None:
    income = await joint.account("Income")
    other = await joint.person("item", {"Name": "Consulting", "Type": "Service", "IncomeAccountRef": {"value": income}})
    made = await customer(joint, "Grace")
    theirs = await invoice(
        joint,
        made["Id"],
        await line(joint, "30.00", "Advice", item=other["Id"], Qty=3, UnitPrice=10, ServiceDate="2026-10-01"),
        await line(joint, "50.00", "Design"),
        PrivateNote="keep me",
    )
    await run(joint)
    [sale] = await joint.shop_list("sales")
    first, second = sale["lines"]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [first, {**second, "unit_price": "60.00"}]})
    await run(joint)

    kept = await book(joint, "invoice", theirs["Id"])
    detail = kept["Line"][0]["SalesItemLineDetail"]
    assert (detail["ItemRef"]["value"], detail["ServiceDate"]) == (other["Id"], "2026-10-01")
    assert (kept["PrivateNote"], kept["TotalAmt"]) == ("keep me", 99)
    await quiet(joint)


async def test_s5_an_edit_in_quickbooks_keeps_the_products_of_the_sale(joint: Joint) -> None:
    product = await joint.in_shop(
        "POST", "products", {"code": "TEA-1", "title": "Green tea", "price": "11.00", "tax_code": "GST"}
    )
    sale = await joint.sale((await joint.contact())["id"], {"product_id": product["id"], "quantity": "2"}, TEA)
    await run(joint)
    [made] = await joint.books_list("invoice")
    lines = [x for x in made["Line"] if x["DetailType"] == "SalesItemLineDetail"]
    lines[1]["Description"] = "Black tea"
    await change(joint, "invoice", made["Id"], Line=lines)
    await run(joint)

    changed = await shop(joint, "sales", sale["id"])
    assert [x["product_id"] for x in changed["lines"]] == [product["id"], None]
    assert [x["id"] for x in changed["lines"]] == [x["id"] for x in sale["lines"]]
    assert changed["lines"][1]["description"] == "Black tea"
    assert changed["total"] == sale["total"]
    await quiet(joint)


async def test_s2_a_conflict_of_amounts_is_won_as_a_whole_and_the_loser_is_kept(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    [made] = await joint.books_list("invoice")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**sale["lines"][0], "quantity": "5"}]})
    await change(joint, "invoice", made["Id"], Line=[await line(joint, "80.00")], TxnTaxDetail={"TotalTax": 8})
    await run(joint)

    changed = await shop(joint, "sales", sale["id"])
    assert (changed["total"], (await book(joint, "invoice", made["Id"]))["TotalAmt"]) == ("80.00", 80)
    [item] = await joint.attention()
    [lost] = item.detail["disagreements"]
    assert (lost["field"], lost["winner"], lost["oncord"]["total"]) == ("money", "quickbooks", "55.00")
    await quiet(joint)


async def test_s2_amounts_and_notes_changed_on_different_sides_merge(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    [made] = await joint.books_list("invoice")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**sale["lines"][0], "quantity": "5"}]})
    await change(joint, "invoice", made["Id"], CustomerMemo={"value": "thanks"})
    await run(joint)

    changed = await shop(joint, "sales", sale["id"])
    made = await book(joint, "invoice", made["Id"])
    assert (changed["total"], changed["notes"]) == ("55.00", "thanks")
    assert (made["TotalAmt"], made["CustomerMemo"]["value"]) == (55, "thanks")
    assert await asked(joint) == []
    await quiet(joint)


async def test_s2_the_same_total_made_of_other_quantities_is_a_change(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    other = {**sale["lines"][0], "quantity": "4", "unit_price": "5.50"}
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [other]})
    await run(joint)

    [made] = await joint.books_list("invoice")
    assert (made["TotalAmt"], made["Line"][0]["SalesItemLineDetail"]["Qty"]) == (22, 4)
    await quiet(joint)


async def test_s2_a_sale_moved_to_another_contact_moves_its_invoice(joint: Joint) -> None:
    ada, bea = await joint.contact(), await joint.contact("Bea", "Arthur")
    sale = await joint.sale(ada["id"])
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"contact_id": bea["id"]})
    await run(joint)

    [made] = await joint.books_list("invoice")
    assert made["CustomerRef"]["name"] == "Bea Arthur"
    await quiet(joint)


async def test_s5_an_invoice_moved_to_another_customer_moves_its_sale(joint: Joint) -> None:
    first, second = await customer(joint, "Grace"), await customer(joint, "Bea", "Arthur")
    made = await invoice(joint, first["Id"])
    await run(joint)
    await change(joint, "invoice", made["Id"], CustomerRef={"value": second["Id"]})
    await run(joint)

    [sale] = await joint.shop_list("sales")
    assert (await shop(joint, "contacts", sale["contact_id"]))["first_name"] == "Bea"
    await quiet(joint)


async def test_s3_deleting_a_sale_that_began_in_quickbooks_leaves_the_invoice(joint: Joint) -> None:
    made = await invoice(joint, (await customer(joint, "Grace"))["Id"])
    await run(joint)
    [sale] = await joint.shop_list("sales")
    await joint.in_shop("DELETE", f"sales/{sale['id']}")

    assert await run(joint) == []
    assert await book_or_none(joint, "invoice", made["Id"])
    await change(joint, "invoice", made["Id"], CustomerMemo={"value": "later"})

    assert await run(joint) == []
    assert any("deleted" in why for why in await reasons(joint, Action.SKIP))


async def test_s3_own_payments_go_first_and_released_ones_stay_as_credit(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await joint.receipt(sale, "10.00")
    second = await joint.receipt(sale, "12.00")
    await run(joint)
    await joint.in_shop("DELETE", f"receipts/{second['id']}")
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)

    assert await joint.books_list("invoice") == []
    [paid] = await joint.books_list("payment")
    assert (paid["TotalAmt"], paid["UnappliedAmt"]) == (10, 10)
    await quiet(joint)


async def test_s3_an_invoice_that_somebody_changed_is_asked_about(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    [made] = await joint.books_list("invoice")
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await change(joint, "invoice", made["Id"], CustomerMemo={"value": "ours"})

    assert await run(joint) == []
    assert await asked(joint) == [("S3", "parked")]


async def test_s3_a_restored_sale_gets_a_new_invoice_and_only_one(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)
    assert await joint.books_list("invoice") == []

    await joint.in_shop("POST", f"sales/{sale['id']}/restore")
    await run(joint)

    assert len(await joint.books_list("invoice")) == 1
    await quiet(joint)


async def test_s3_a_restored_sale_whose_invoice_stayed_goes_on_with_it(joint: Joint) -> None:
    made = await invoice(joint, (await customer(joint, "Grace"))["Id"])
    await run(joint)
    [sale] = await joint.shop_list("sales")
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)
    await joint.in_shop("POST", f"sales/{sale['id']}/restore")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "back"})
    await run(joint)

    assert (await book(joint, "invoice", made["Id"]))["CustomerMemo"]["value"] == "back"
    assert len(await joint.books_list("invoice")) == 1
    await quiet(joint)


async def test_s6_a_paid_invoice_that_is_deleted_leaves_the_sale_and_what_paid_it(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    receipt = await joint.receipt(sale)
    await run(joint)
    [made] = await joint.books_list("invoice")
    await remove(joint, "invoice", made["Id"])
    await run(joint)

    kept = await shop(joint, "sales", sale["id"])
    assert (kept["books_status"], kept["amount_paid"]) == ("gone", "22.00")
    await quiet(joint)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "late"})
    await run(joint)

    [paid] = await joint.books_list("payment")
    assert (paid["PaymentRefNum"], paid["UnappliedAmt"]) == ("late", 22)
    await quiet(joint)


async def test_s5_a_cancelled_sale_counts_as_void(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"status": "cancelled"})

    assert await run(joint) == [("quickbooks", "sale", "void")]
    [made] = await joint.books_list("invoice")
    assert made["PrivateNote"].startswith("Voided")
    await quiet(joint)


async def test_s5_while_void_amounts_are_neither_compared_nor_pushed(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    [made] = await joint.books_list("invoice")
    await void(joint, "invoice", made["Id"])
    await run(joint)
    kept = await shop(joint, "sales", sale["id"])
    assert (kept["voided"], kept["total"]) == (True, "22.00")

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**kept["lines"][0], "quantity": "9"}]})

    assert await run(joint) == []
    assert (await book(joint, "invoice", made["Id"]))["TotalAmt"] == 0


async def test_s5_a_void_sale_that_began_in_oncord_can_be_deleted_with_its_invoice(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"voided": True})
    await run(joint)
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)

    assert await joint.books_list("invoice") == []
    await quiet(joint)


async def test_s5_a_sale_voided_before_it_was_synchronised_is_never_created(joint: Joint) -> None:
    await joint.sale((await joint.contact())["id"], voided=True)

    assert await run(joint) == []


async def test_s7_a_negative_adjustment_becomes_a_credit_memo_with_positive_amounts(joint: Joint) -> None:
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    back = {**TEA, "quantity": "-1"}
    adjustment = await joint.sale(contact["id"], back, kind="adjustment", adjusts_sale_id=sale["id"])
    await run(joint)

    [made] = await joint.books_list("creditmemo")
    assert (made["TotalAmt"], made["DocNumber"], adjustment["total"]) == (11, adjustment["number"], "-11.00")
    assert len(await joint.books_list("invoice")) == 1
    await quiet(joint)


async def test_s7_a_credit_memo_becomes_a_negative_adjustment(joint: Joint) -> None:
    made = await credit_memo(joint, (await customer(joint, "Grace"))["Id"])
    await run(joint)

    [sale] = await joint.shop_list("sales")
    assert (sale["kind"], sale["total"], sale["tax_total"]) == ("adjustment", "-33.00", "-3.00")
    await quiet(joint)

    await change(joint, "creditmemo", made["Id"], Line=[await line(joint, "40.00")])
    await run(joint)

    assert (await shop(joint, "sales", sale["id"]))["total"] == "-44.00"
    await quiet(joint)


async def test_s7_a_positive_adjustment_is_a_further_invoice(joint: Joint) -> None:
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    await joint.sale(contact["id"], kind="adjustment", adjusts_sale_id=sale["id"])
    await run(joint)

    assert len(await joint.books_list("invoice")) == 2
    await quiet(joint)


async def test_a_record_that_makes_no_sense_delays_only_itself(joint: Joint) -> None:
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    site = joint.shop.sites["demo"]
    site.shelves["sale"].records[sale["id"]]["total"] = "many"
    await joint.sale(contact["id"])
    await run(joint)

    [made] = await joint.books_list("invoice")
    assert Decimal(str(made["TotalAmt"])) == 22


async def test_s1_a_number_that_is_taken_is_shown_and_makes_no_second_invoice(joint: Joint) -> None:
    warned = {"SalesFormsPrefs": {"CustomTxnNumbers": True, "WarnDuplicateTxnNumber": True}}
    joint.books.companies[joint.realm].preferences["SalesFormsPrefs"].update(warned["SalesFormsPrefs"])
    await invoice(joint, (await customer(joint, "Grace"))["Id"], DocNumber="A-1")
    await run(joint)
    await joint.sale((await joint.contact())["id"], number="A-1")
    await run(joint)

    assert len(await joint.books_list("invoice")) == 1
    [item] = await joint.attention()
    assert item.rule == "S1"
    assert "number" in item.summary


async def test_s1_an_inactive_customer_is_found_before_its_invoice_is_made_twice(joint: Joint) -> None:
    owner = await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    theirs = await invoice(joint, owner["Id"], await line(joint, "20.00", "Tea"), DocNumber="A-1")
    await payment(joint, owner["Id"], "22.00", {theirs["Id"]: "22.00"})
    await change(joint, "customer", owner["Id"], Active=False)
    await joint.receipt(await joint.sale((await joint.contact())["id"], number="A-1"))
    await run(joint)

    assert [len(await joint.books_list(e)) for e in ("customer", "invoice", "payment")] == [1, 1, 1]
    assert [len(await joint.shop_list(c)) for c in ("contacts", "sales", "receipts")] == [1, 1, 1]
    await quiet(joint)


async def test_s3_a_question_is_closed_once_the_sale_is_put_back(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    [made] = await joint.books_list("invoice")
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await change(joint, "invoice", made["Id"], CustomerMemo={"value": "ours"})
    await run(joint)
    assert await asked(joint) == [("S3", "parked")]

    await joint.in_shop("POST", f"sales/{sale['id']}/restore")
    await run(joint)

    assert await asked(joint) == []
    assert (await shop(joint, "sales", sale["id"]))["notes"] == "ours"
    await quiet(joint)


@pytest.mark.parametrize("side", ["oncord", "quickbooks"])
async def test_s3_and_s6_what_is_deleted_before_it_was_synchronised_leaves_no_trace(joint: Joint, side: str) -> None:
    if side == "oncord":
        sale = await joint.sale((await joint.contact())["id"])
        receipt = await joint.receipt(sale)
        await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
        await joint.in_shop("DELETE", f"sales/{sale['id']}")
    else:
        owner = await customer(joint, "Grace")
        made = await invoice(joint, owner["Id"])
        paid = await payment(joint, owner["Id"], "33.00", {made["Id"]: "33.00"})
        await remove(joint, "payment", paid["Id"])
        await remove(joint, "invoice", made["Id"])
    wrote = await run(joint)

    assert [w for w in wrote if w[1] != "contact"] == []
    assert await asked(joint) == []


async def test_s1_a_parked_sale_that_is_deleted_asks_nothing_more(joint: Joint) -> None:
    goods = {**TEA, "tax_rate": "10", "tax_amount": "9.00"}
    sale = await joint.sale((await joint.contact())["id"], goods)
    await run(joint)
    assert await asked(joint) == [("S1", "refused")]

    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)

    assert await asked(joint) == []
    assert await joint.books_list("invoice") == []


async def test_s1_quickbooks_may_number_its_own_documents(joint: Joint) -> None:
    await joint.configure(document_numbers="quickbooks")
    sale = await joint.sale((await joint.contact())["id"], number="WEB-77")
    await run(joint)
    [made] = await joint.books_list("invoice")

    assert made["DocNumber"] != "WEB-77"
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "soon"})
    await run(joint)

    assert (await shop(joint, "sales", sale["id"]))["number"] == "WEB-77"
    assert (await book(joint, "invoice", made["Id"]))["DocNumber"] == made["DocNumber"]
    await quiet(joint)
