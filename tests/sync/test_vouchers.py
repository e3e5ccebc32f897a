"""Vouchers: what is paid for one is owed, not earned (one item on a liability account, outside tax), and redeeming it takes that
away again. Whole stories, in Australia and America, by the shop's documents and by the books'."""

from dataclasses import replace
from typing import Any

import pytest

from app.container import build_container
from app.domain.model.configuration import ItemPolicy, MappedMethod
from app.services import tie_outs
from app.storage.connections import connections
from tests.support.joint import Joint
from tests.support.people import SOMEBODY
from tests.support.stories import asked, change, customer, invoice, line, quiet, run, sales_item, shop
from tests.sync.test_tie_out import certificate

Body = dict[str, Any]
TEA: Body = {"description": "Tea", "quantity": "1", "unit_price": "22.00", "tax_code": "GST"}
CARD: Body = {"description": "Gift card", "quantity": "1", "unit_price": "50.00", "tax_code": "", "voucher": True}
REDEEMED: Body = {**CARD, "description": "Gift card used", "unit_price": "-20.00"}


async def voucher_item(joint: Joint) -> str:
    """The item on a liability account that somebody has made in QuickBooks."""
    account = await joint.person("account", {"Name": "Vouchers sold", "AccountType": "Other Current Liability"})
    body = {"Name": "Gift vouchers", "Type": "Service", "IncomeAccountRef": {"value": account["Id"]}}
    return str((await joint.person("item", body))["Id"])


async def choose(joint: Joint) -> str:
    """Somebody says which item vouchers are."""
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        connection = await connections.get(tx, joint.connection_id)
    assert connection is not None
    assert connection.configuration is not None
    item = await voucher_item(joint)
    await joint.configure(items=replace(connection.configuration.items, voucher_item_id=item))
    return item


async def lines_of(joint: Joint, number: str, entity: str = "invoice") -> list[tuple[str, float, str, str]]:
    """(words, amount, item, tax code) of the lines of a document, by name."""
    items = {str(i["Id"]): str(i["Name"]) for i in await joint.books_list("item")}
    codes = {str(c["Id"]): str(c["Name"]) for c in await joint.books_list("taxcode")}
    [made] = [d for d in await joint.books_list(entity) if d["DocNumber"] == number]
    found = [(x, x["SalesItemLineDetail"]) for x in made["Line"] if x["DetailType"] == "SalesItemLineDetail"]
    return [
        (x["Description"], x["Amount"], items[d["ItemRef"]["value"]], codes.get(code := d["TaxCodeRef"]["value"], code))
        for x, d in found
    ]


async def differences(joint: Joint) -> list[tuple[str, str, str]]:
    container = build_container(joint.runtime)
    await tie_outs.take(container, joint.connection_id, who=SOMEBODY)
    found = await tie_outs.list_standing(container, joint.connection_id)
    return sorted((each["what"], each["cause"], each["amount"]) for each in found)


@pytest.mark.parametrize("basis", ["accrual", "cash"])
async def test_s1_a_voucher_waits_under_one_question_and_becomes_its_item_outside_tax_once_that_is_chosen(
    joint: Joint, basis: str
) -> None:
    await joint.configure(gst_basis=basis)
    ada = await joint.contact()
    await joint.sale(ada["id"], CARD, TEA, number="V-1")
    await joint.sale(ada["id"], CARD, number="V-2")
    await joint.sale(ada["id"], TEA, number="T-1")
    await run(joint)

    assert [d["DocNumber"] for d in await joint.books_list("invoice")] == ["T-1"], "the ordinary sale waits for nobody"
    [item] = await joint.attention()
    assert (item.kind, item.rule) == ("unmapped", "S1")
    assert "nobody has chosen the QuickBooks item for vouchers" in item.summary
    assert "2 sales of 122.00 AUD wait for this" in item.summary
    await quiet(joint)

    await choose(joint)
    await run(joint)

    assert await lines_of(joint, "V-1") == [
        ("Gift card", 50, "Gift vouchers", "Out of Scope"),
        ("Tea", 20, "Oncord sales", "GST"),
    ]
    [made] = [d for d in await joint.books_list("invoice") if d["DocNumber"] == "V-1"]
    assert (made["TotalAmt"], made["TxnTaxDetail"]["TotalTax"]) == (72, 2)
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_s1_in_america_a_voucher_is_not_taxed(us: Joint) -> None:
    await choose(us)
    ada = await us.contact()
    taxed = {**TEA, "unit_price": "100.00", "tax_code": "TAX"}
    await us.sale(ada["id"], {**CARD, "tax_code": "NON"}, taxed, number="V-1")
    await us.sale(ada["id"], CARD, REDEEMED, number="V-2")
    await run(us)

    assert await lines_of(us, "V-1") == [("Gift card", 50, "Gift vouchers", "NON"), ("Tea", 100, "Oncord sales", "TAX")]
    assert await lines_of(us, "V-2") == [
        ("Gift card", 50, "Gift vouchers", "NON"),
        ("Gift card used", -20, "Gift vouchers", "NON"),
    ]
    assert await asked(us) == []
    assert await differences(us) == []
    await quiet(us)


async def test_s1_redeeming_a_voucher_takes_away_what_was_owed_and_leaves_sales_and_tax_alone(joint: Joint) -> None:
    await choose(joint)
    ada = await joint.contact()
    await joint.sale(ada["id"], TEA, {**REDEEMED, "tax_code": "FRE"}, number="R-1")
    await run(joint)

    assert await lines_of(joint, "R-1") == [
        ("Tea", 20, "Oncord sales", "GST"),
        ("Gift card used", -20, "Gift vouchers", "Out of Scope"),
    ]
    [made] = await joint.books_list("invoice")
    assert (made["TotalAmt"], made["TxnTaxDetail"]["TotalTax"]) == (2, 2)
    assert await differences(joint) == []
    await quiet(joint)


async def test_s1_a_voucher_that_bears_tax_is_flagged_by_itself_and_goes_once_it_is_mended(joint: Joint) -> None:
    await choose(joint)
    ada = await joint.contact()
    taxed = await joint.sale(ada["id"], {**CARD, "tax_code": "GST"}, number="V-1")
    await joint.sale(ada["id"], CARD, number="V-2")
    await run(joint)

    assert [d["DocNumber"] for d in await joint.books_list("invoice")] == ["V-2"]
    [item] = await joint.attention()
    assert 'Its line "Gift card" sells a voucher and bears 10 % tax.' in item.summary

    [wrong] = (await shop(joint, "sales", taxed["id"]))["lines"]
    await joint.in_shop("PATCH", f"sales/{taxed['id']}", {"lines": [{**wrong, "tax_code": ""}]})
    await run(joint)

    assert await lines_of(joint, "V-1") == [("Gift card", 50, "Gift vouchers", "Out of Scope")]
    assert await asked(joint) == []
    await quiet(joint)


async def test_s7_a_voucher_that_is_given_back_is_a_credit_of_the_same_item(joint: Joint) -> None:
    await choose(joint)
    ada = await joint.contact()
    sold = await joint.sale(ada["id"], CARD, number="V-1")
    back = {**CARD, "quantity": "-1"}
    await joint.sale(ada["id"], back, kind="adjustment", adjusts_sale_id=sold["id"], number="CR-1")
    await run(joint)

    assert await lines_of(joint, "CR-1", "creditmemo") == [("Gift card", 50, "Gift vouchers", "Out of Scope")]
    assert await differences(joint) == []
    await quiet(joint)


async def test_s4_a_line_of_the_voucher_item_is_a_voucher_in_oncord_too(joint: Joint) -> None:
    item = await choose(joint)
    grace = await customer(joint, "Grace")
    await invoice(
        joint,
        grace["Id"],
        await line(joint, "50.00", "Gift card", code="Out of Scope", item=item),
        await line(joint, "30.00"),
        DocNumber="B-1",
    )
    await run(joint)

    [sale] = await joint.shop_list("sales")
    assert [(x["line_total"], x["voucher"]) for x in sale["lines"]] == [("50.00", True), ("30.00", False)]
    assert await differences(joint) == []
    await quiet(joint)


async def test_s2_what_is_linked_keeps_its_item_and_a_new_line_gets_that_for_vouchers(joint: Joint) -> None:
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], TEA, number="T-1")
    await run(joint)
    await choose(joint)
    [tea] = (await shop(joint, "sales", sale["id"]))["lines"]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**tea, "voucher": True}]})
    await run(joint)
    assert await lines_of(joint, "T-1") == [("Tea", 20, "Oncord sales", "GST")], "nobody has changed any money"

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**tea, "voucher": True}, CARD]})
    await run(joint)

    assert await lines_of(joint, "T-1") == [
        ("Tea", 20, "Oncord sales", "GST"),
        ("Gift card", 50, "Gift vouchers", "Out of Scope"),
    ]
    assert await differences(joint) == []
    await quiet(joint)


async def test_s2_a_voucher_whose_value_changes_stays_one_on_either_side(joint: Joint) -> None:
    await choose(joint)
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], CARD, number="V-1")
    await run(joint)
    [card] = (await shop(joint, "sales", sale["id"]))["lines"]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**card, "unit_price": "80.00"}]})
    await run(joint)
    assert await lines_of(joint, "V-1") == [("Gift card", 80, "Gift vouchers", "Out of Scope")]

    [made] = await joint.books_list("invoice")
    detail = {**made["Line"][0]["SalesItemLineDetail"], "UnitPrice": 60}
    detail.pop("TaxInclusiveAmt", None)
    await change(joint, "invoice", made["Id"], Line=[{**made["Line"][0], "Amount": 60, "SalesItemLineDetail": detail}])
    await run(joint)
    [now] = (await shop(joint, "sales", sale["id"]))["lines"]
    assert (now["line_total"], now["voucher"]) == ("60.00", True)
    assert await differences(joint) == []
    await quiet(joint)


async def test_s1_a_voucher_product_makes_no_item_of_its_own_where_each_product_has_one(joint: Joint) -> None:
    item = await choose(joint)
    income = await joint.account("Income")
    await joint.configure(items=ItemPolicy("match", await sales_item(joint), income, voucher_item_id=item))
    product = await joint.in_shop(
        "POST",
        "products",
        {"price": "50.00", "tax_code": "FRE", "title": "Card", "code": "CARD", "voucher": True},
    )
    ada = await joint.contact()
    await joint.sale(ada["id"], {"product_id": product["id"], "quantity": "1"}, number="V-1")
    await run(joint)

    assert await lines_of(joint, "V-1") == [("Card", 50, "Gift vouchers", "Out of Scope")]
    assert "Card" not in [i["Name"] for i in await joint.books_list("item")]
    await quiet(joint)


async def a_method(joint: Joint, kind: str) -> str:
    made = await joint.in_shop("POST", "payment-methods", {"title": kind, "type": kind})
    return str(made["id"])


async def clearing_account(joint: Joint) -> str:
    body = {"Name": "Voucher clearing", "AccountType": "Other Current Asset", "AccountSubType": "OtherCurrentAssets"}
    return str((await joint.person("account", body))["Id"])


async def methods(joint: Joint, *more: MappedMethod, **changes: Any) -> None:
    bank = await joint.account("Bank")
    await joint.configure(
        payment_methods=(MappedMethod(await joint.method("direct_deposit"), bank, preferred=True), *more), **changes
    )


async def test_r1_a_receipt_by_voucher_goes_to_the_clearing_account_of_its_method_and_to_no_other(joint: Joint) -> None:
    voucher = await a_method(joint, "voucher")
    await methods(joint, unmapped_methods_account=await joint.account("Bank"))
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], TEA, number="T-1")
    await joint.receipt(sale, "20.00", payment_method_id=voucher)
    await joint.receipt(sale, "2.00")
    await run(joint)

    assert [p["TotalAmt"] for p in await joint.books_list("payment")] == [2]
    [item] = await joint.attention()
    assert "20.00 AUD" in item.summary
    clearing = await clearing_account(joint)
    await methods(joint, MappedMethod(voucher, clearing))
    await run(joint)

    accounts = {p["TotalAmt"]: p["DepositToAccountRef"]["value"] for p in await joint.books_list("payment")}
    assert accounts == {2: await joint.account("Bank"), 20: clearing}
    assert (await joint.books_list("invoice"))[0]["Balance"] == 0
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def test_the_certificate_says_what_vouchers_are_owed_and_what_lies_in_their_clearing_account(
    joint: Joint,
) -> None:
    await choose(joint)
    voucher, clearing = await a_method(joint, "voucher"), await clearing_account(joint)
    await methods(joint, MappedMethod(voucher, clearing))
    ada = await joint.contact()
    await joint.sale(ada["id"], CARD, number="V-1")
    await joint.sale(ada["id"], TEA, {**REDEEMED, "unit_price": "-15.00"}, number="R-1")
    sale = await joint.sale(ada["id"], TEA, number="T-1")
    await joint.receipt(sale, "20.00", payment_method_id=voucher)
    await run(joint)
    proof = await certificate(joint)

    side = {"sold": "50.00", "redeemed_by_line": "15.00", "redeemed_by_payment": "20.00", "owed": "15.00"}
    assert proof["vouchers"] == [{"currency": "AUD", "oncord": side, "quickbooks": side}]
    [account] = [row for row in proof["accounts"] if row["channel"] == f"account:{clearing}"]
    assert account["quickbooks"]["balance"] == "20.00"


async def test_the_certificate_of_a_shop_without_vouchers_says_nothing_of_them(joint: Joint) -> None:
    await joint.sale((await joint.contact())["id"], TEA)
    await run(joint)

    assert (await certificate(joint))["vouchers"] == []


async def test_r6_account_credit_is_no_payment(joint: Joint) -> None:
    credit = await a_method(joint, "account_credit")
    await methods(joint, unmapped_methods_account=await joint.account("Bank"))
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], TEA, number="T-1")
    await joint.receipt(sale, "5.00", payment_method_id=credit)
    await run(joint)

    assert await joint.books_list("payment") == []
    [item] = await joint.attention()
    assert "It pays 5.00 AUD by account credit, which is no money that came in." in item.summary
    await quiet(joint)


async def clearing_item(joint: Joint, clearing: str) -> str:
    """The item on the clearing account that somebody has made in QuickBooks."""
    body = {"Name": "Vouchers used", "Type": "Service", "IncomeAccountRef": {"value": clearing}}
    return str((await joint.person("item", body))["Id"])


async def test_r1_where_vouchers_are_redeemed_by_a_line_a_receipt_by_voucher_says_what_to_do_and_no_payment_is_made(
    joint: Joint,
) -> None:
    await choose(joint)
    voucher = await a_method(joint, "voucher")
    await methods(joint, MappedMethod(voucher, await clearing_account(joint)), vouchers_redeemed="line")
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], TEA, number="T-1")
    redeemed = await joint.receipt(sale, "20.00", payment_method_id=voucher)
    await joint.receipt(sale, "2.00")
    await joint.sale(ada["id"], TEA, REDEEMED, number="R-1")
    await run(joint)

    assert [p["TotalAmt"] for p in await joint.books_list("payment")] == [2], "what is money goes on"
    assert (await lines_of(joint, "R-1"))[1] == ("Gift card used", -20, "Gift vouchers", "Out of Scope")
    [item] = await joint.attention()
    assert (item.kind, item.rule) == ("unmapped", "R1")
    assert (
        "It redeems a voucher of 20.00 AUD by a payment method, and vouchers are redeemed by a line here"
        in item.summary
    )
    assert "take this receipt off and redeem the voucher by a line below zero of the sale" in item.summary
    await quiet(joint)

    await joint.in_shop("DELETE", f"receipts/{redeemed['id']}")
    [tea] = (await shop(joint, "sales", sale["id"]))["lines"]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [tea, REDEEMED]})
    await run(joint)
    assert (await lines_of(joint, "T-1"))[1] == ("Gift card used", -20, "Gift vouchers", "Out of Scope")
    assert {d["DocNumber"]: d["Balance"] for d in await joint.books_list("invoice")}["T-1"] == 0
    assert await differences(joint) == []
    await quiet(joint)


async def test_r1_a_receipt_that_waits_for_how_vouchers_are_redeemed_goes_once_that_is_by_a_payment(
    joint: Joint,
) -> None:
    voucher, clearing = await a_method(joint, "voucher"), await clearing_account(joint)
    await methods(joint, vouchers_redeemed="line")
    sale = await joint.sale((await joint.contact())["id"], TEA, number="T-1")
    await joint.receipt(sale, payment_method_id=voucher)
    await run(joint)
    assert await joint.books_list("payment") == []

    await methods(joint, MappedMethod(voucher, clearing), vouchers_redeemed="payment")
    await run(joint)
    assert [p["DepositToAccountRef"]["value"] for p in await joint.books_list("payment")] == [clearing]
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("basis", ["accrual", "cash"])
async def test_s1_where_vouchers_are_redeemed_by_a_payment_a_line_that_redeems_one_lies_on_the_clearing_account(
    joint: Joint, basis: str
) -> None:
    await choose(joint)
    voucher, clearing = await a_method(joint, "voucher"), await clearing_account(joint)
    await methods(joint, MappedMethod(voucher, clearing), vouchers_redeemed="payment", gst_basis=basis)
    ada = await joint.contact()
    await joint.sale(ada["id"], CARD, TEA, number="V-1")
    await joint.sale(ada["id"], TEA, REDEEMED, number="R-1")
    sale = await joint.sale(ada["id"], TEA, number="T-1")
    await joint.receipt(sale, "10.00", payment_method_id=voucher)
    await run(joint)

    assert sorted(d["DocNumber"] for d in await joint.books_list("invoice")) == ["T-1", "V-1"], "only the line waits"
    [item] = await joint.attention()
    assert (item.kind, item.rule) == ("unmapped", "S1")
    assert "make such an item in QuickBooks and choose it in the configuration" in item.summary
    await quiet(joint)

    await _choose_clearing(joint, await clearing_item(joint, clearing))
    await run(joint)
    assert await lines_of(joint, "R-1") == [
        ("Tea", 20, "Oncord sales", "GST"),
        ("Gift card used", -20, "Vouchers used", "Out of Scope"),
    ]
    assert (await lines_of(joint, "V-1"))[0] == ("Gift card", 50, "Gift vouchers", "Out of Scope")
    [made] = [d for d in await joint.books_list("invoice") if d["DocNumber"] == "R-1"]
    assert (made["TotalAmt"], made["TxnTaxDetail"]["TotalTax"]) == (2, 2)
    side = {"sold": "50.00", "redeemed_by_line": "20.00", "redeemed_by_payment": "10.00", "owed": "20.00"}
    assert (await certificate(joint))["vouchers"] == [{"currency": "AUD", "oncord": side, "quickbooks": side}]
    assert await asked(joint) == []
    assert await differences(joint) == []
    await quiet(joint)


async def _choose_clearing(joint: Joint, item: str) -> None:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        connection = await connections.get(tx, joint.connection_id)
    assert connection is not None
    assert connection.configuration is not None
    await joint.configure(items=replace(connection.configuration.items, voucher_clearing_item_id=item))


async def test_s4_a_line_of_the_clearing_item_is_a_voucher_in_oncord_too(joint: Joint) -> None:
    item = await clearing_item(joint, await clearing_account(joint))
    await _choose_clearing(joint, item)
    await joint.configure(vouchers_redeemed="payment")
    grace = await customer(joint, "Grace")
    used = await line(joint, "-20.00", "Gift card used", code="Out of Scope", item=item)
    await invoice(joint, grace["Id"], await line(joint, "30.00"), used, DocNumber="B-1")
    await run(joint)

    [sale] = await joint.shop_list("sales")
    assert [(x["line_total"], x["voucher"]) for x in sale["lines"]] == [("30.00", False), ("-20.00", True)]
    assert await differences(joint) == []
    await quiet(joint)


async def test_s2_what_is_linked_stays_where_it_is_when_another_way_is_chosen(joint: Joint) -> None:
    await choose(joint)
    voucher, clearing = await a_method(joint, "voucher"), await clearing_account(joint)
    await methods(joint, MappedMethod(voucher, clearing))
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], TEA, REDEEMED, number="R-1")
    paid = await joint.sale(ada["id"], TEA, number="T-1")
    receipt = await joint.receipt(paid, "20.00", payment_method_id=voucher)
    await run(joint)
    await _choose_clearing(joint, await clearing_item(joint, clearing))
    for way in ("payment", "line"):
        await joint.configure(vouchers_redeemed=way)
        await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": f"Now by {way}"})
        await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": f"by {way}"})
        await run(joint)

        assert (await lines_of(joint, "R-1"))[1][2] == "Gift vouchers"
        assert [p["DepositToAccountRef"]["value"] for p in await joint.books_list("payment")] == [clearing]
        assert await asked(joint) == []
        await quiet(joint)


async def test_s1_in_america_a_line_that_redeems_by_a_payment_is_not_taxed(us: Joint) -> None:
    await choose(us)
    await _choose_clearing(us, await clearing_item(us, await clearing_account(us)))
    await us.configure(vouchers_redeemed="payment")
    taxed = {**TEA, "unit_price": "100.00", "tax_code": "TAX"}
    await us.sale((await us.contact())["id"], taxed, REDEEMED, number="R-1")
    await run(us)

    assert await lines_of(us, "R-1") == [
        ("Tea", 100, "Oncord sales", "TAX"),
        ("Gift card used", -20, "Vouchers used", "NON"),
    ]
    assert await asked(us) == []
    assert await differences(us) == []
    await quiet(us)
