"""What recordings showed otherwise than the simulator had it: neither stricter nor kinder than QuickBooks itself."""

from __future__ import annotations

import pytest

from .books import Body, Books


async def test_a_query_may_ask_for_what_is_not_equal(us: Books) -> None:
    ada, bea = await us.customer("Ada Lovelace"), await us.customer("Bea Arthur")

    found = await us.ids("select Id from Customer where DisplayName != 'Ada Lovelace'")

    assert bea["Id"] in found
    assert ada["Id"] not in found


@pytest.mark.parametrize(
    ("path", "code"), [("customer/1.5", "2030"), ("customer/1/5", "500"), ("customer/99999", "610")]
)
async def test_an_address_that_names_no_object_is_refused_in_the_vendors_words(us: Books, path: str, code: str) -> None:
    answer = await us.call("GET", path)

    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, code)


async def test_an_account_may_have_a_number_of_eleven_characters(us: Books) -> None:
    made = await us.write("Account", {"Name": "Till", "AccountType": "Bank", "AcctNum": "12345678901"})

    assert made["AcctNum"] == "12345678901"


async def test_a_deposit_has_a_number(us: Books) -> None:
    bank = await us.write("Account", {"Name": "Till", "AccountType": "Bank"})
    income = us.company.account_of("Income").id
    line = {"Amount": 5, "DetailType": "DepositLineDetail", "DepositLineDetail": {"AccountRef": {"value": income}}}

    made = await us.write("Deposit", {"DepositToAccountRef": {"value": bank["Id"]}, "DocNumber": "D-7", "Line": [line]})

    assert made["DocNumber"] == "D-7"


@pytest.mark.parametrize("half", ["\\ud83d", "\\ude00", "\\ud83dx"])
async def test_half_a_character_is_no_json(us: Books, half: str) -> None:
    body = f'{{"DisplayName": "Ada {half}"}}'

    answer = await us.call("POST", "customer", content=body)

    assert answer.status_code == 400
    assert (await us.call("GET", "/_sandbox/state")).status_code == 200


async def test_a_whole_character_beyond_the_basic_plane_is_kept(us: Books) -> None:
    answer = await us.call("POST", "customer", content='{"DisplayName": "Ada \\ud83d\\ude00"}')

    assert answer.json()["Customer"]["DisplayName"] == "Ada \U0001f600"


async def credit(books: Books, customer: Body, amount: str) -> Body:
    return await books.write("CreditMemo", {"CustomerRef": {"value": customer["Id"]}, "Line": [books.line(amount)]})


async def automatically(books: Books, **switches: bool) -> None:
    await books.write("Preferences", {"SyncToken": "0", "sparse": True, "SalesFormsPrefs": switches})


async def test_a_payment_goes_to_the_oldest_invoices_where_the_company_wants_that(us: Books) -> None:
    customer = await us.customer()
    first, second = await us.invoice(customer, us.line("30")), await us.invoice(customer, us.line("50"))
    await automatically(us, AutoApplyPayments=True)

    paid = await us.payment(customer, 40)

    assert [(x["LinkedTxn"][0]["TxnId"], x["Amount"]) for x in paid["Line"]] == [(first["Id"], 30), (second["Id"], 10)]
    assert (await us.read("Invoice", second["Id"]))["Balance"] == 40


@pytest.mark.parametrize("order", ["credit first", "invoice first"])
async def test_credit_joins_an_invoice_by_itself_where_the_company_wants_that(us: Books, order: str) -> None:
    customer = await us.customer()
    await automatically(us, AutoApplyCredit=True)
    if order == "credit first":
        memo, invoice = await credit(us, customer, "20"), await us.invoice(customer, us.line("30"))
    else:
        invoice, memo = await us.invoice(customer, us.line("30")), await credit(us, customer, "20")

    assert (await us.read("Invoice", invoice["Id"]))["Balance"] == 10
    assert (await us.read("CreditMemo", memo["Id"]))["Balance"] == 0
    [joined] = (await us.query("select * from Payment"))["Payment"]
    assert joined["TotalAmt"] == 0


async def test_nothing_is_applied_by_itself_in_a_company_that_has_not_said_so(us: Books) -> None:
    customer = await us.customer()
    invoice = await us.invoice(customer, us.line("30"))
    await credit(us, customer, "20")
    await us.payment(customer, 5)

    assert (await us.read("Invoice", invoice["Id"]))["Balance"] == 30


@pytest.mark.parametrize(("code", "lines", "refused"), [("GST", 751, True), ("GST", 750, False), ("", 751, False)])
async def test_a_document_with_tax_has_at_most_750_lines(au: Books, code: str, lines: int, *, refused: bool) -> None:
    mode = {"GlobalTaxCalculation": "TaxExcluded" if code else "NotApplicable"}
    line = au.line("1", None if code else "")
    body = {"CustomerRef": {"value": (await au.customer())["Id"]}, "Line": [line] * lines, **mode}

    answer = await au.call("POST", "invoice", json=body)

    assert answer.status_code == (400 if refused else 200), answer.text[:300]


async def test_a_bundle_stands_on_no_plain_line(us: Books) -> None:
    bundle = await us.person("Item", {"Name": "Set", "Type": "Group"})
    body = {
        "CustomerRef": {"value": (await us.customer())["Id"]},
        "Line": [us.line("1", ItemRef={"value": bundle["Id"]})],
    }

    assert (await us.fault("Invoice", body))["code"] == "6000"


@pytest.mark.parametrize(("day", "refused"), [("2026-01-14", True), ("2026-01-15", False)])
async def test_an_inventory_item_is_sold_from_its_start_date_on(us: Books, day: str, *, refused: bool) -> None:
    accounts = {
        name: {"value": us.company.account_of(kind, subtype).id}
        for name, kind, subtype in (
            ("IncomeAccountRef", "Income", ""),
            ("ExpenseAccountRef", "Cost of Goods Sold", ""),
            ("AssetAccountRef", "Other Current Asset", "Inventory"),
        )
    }
    stock = {"Name": "Cup", "Type": "Inventory", "TrackQtyOnHand": True, "QtyOnHand": 5, "InvStartDate": "2026-01-15"}
    item = await us.write("Item", {**stock, **accounts})
    line = us.line("1", ItemRef={"value": item["Id"]})
    body = {"CustomerRef": {"value": (await us.customer())["Id"]}, "TxnDate": day, "Line": [line]}

    answer = await us.call("POST", "invoice", json=body)

    assert answer.status_code == (400 if refused else 200), answer.text
    assert not refused or answer.json()["Fault"]["Error"][0]["code"] == "6270"


@pytest.mark.parametrize(("how", "sort"), [("Cash", "54"), ("Check", "3"), ("CreditCard", "1")])
async def test_a_purchase_is_answered_as_it_was_recorded(us: Books, how: str, sort: str) -> None:
    kind = "Credit Card" if how == "CreditCard" else "Bank"
    detail = {"AccountRef": {"value": us.company.account_of("Expense").id}}
    line = {"Amount": 12.5, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": detail}
    body = {"AccountRef": {"value": us.company.account_of(kind).id}, "PaymentType": how, "Line": [line]}

    made = await us.write("Purchase", body)

    [extra] = made["PurchaseEx"]["any"]
    assert extra["value"] == {"Name": "TxnType", "Value": sort}
    [answered] = made["Line"]
    assert sorted(answered) == ["AccountBasedExpenseLineDetail", "Amount", "DetailType", "Id"]
    said = answered["AccountBasedExpenseLineDetail"]
    assert (said["BillableStatus"], said["TaxCodeRef"]) == ("NotBillable", {"value": "NON"})
    again = await us.write(
        "Purchase", {**body, "Id": made["Id"], "SyncToken": "0", "Line": [{**line, "Id": answered["Id"]}]}
    )
    assert again["SyncToken"] == "0"


async def test_a_paid_invoice_stays_with_the_customer_of_its_payment(us: Books) -> None:
    ada, bea = await us.customer("Ada Lovelace"), await us.customer("Bea Arthur")
    made = await us.invoice(ada, us.line("30"))
    paid = await us.payment(ada, 30, (made, 30))
    token = (await us.read("Invoice", made["Id"]))["SyncToken"]
    moved = {"Id": made["Id"], "SyncToken": token, "sparse": True, "CustomerRef": {"value": bea["Id"]}}

    assert (await us.fault("Invoice", moved))["code"] == "6000"

    await us.write("Payment", {"Id": paid["Id"], "SyncToken": "0"}, operation="delete")
    moved["SyncToken"] = (await us.read("Invoice", made["Id"]))["SyncToken"]
    assert (await us.write("Invoice", moved))["CustomerRef"]["value"] == bea["Id"]


async def test_what_a_company_has_beside_its_sales_shares_ids_names_and_change_data(us: Books) -> None:
    vendor = await us.write("Vendor", {"DisplayName": "A supplier"})
    assert (await us.fault("Customer", {"DisplayName": "a supplier"}))["code"] == "6240"
    bank, other = (us.company.account_of(kind).id for kind in ("Bank", "Other Current Asset"))
    detail = {"AccountRef": {"value": us.company.account_of("Expense").id}}
    line = {"Amount": 5, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": detail}
    bought = {"VendorRef": {"value": vendor["Id"]}, "Line": [line]}
    made = [
        await us.write("Bill", bought),
        await us.write("VendorCredit", bought),
        await us.write("Transfer", {"FromAccountRef": {"value": bank}, "ToAccountRef": {"value": other}, "Amount": 9}),
        await us.invoice(await us.customer()),
    ]
    assert [int(x["Id"]) - int(made[0]["Id"]) for x in made] == [0, 1, 2, 3], "transactions share one sequence"

    note = {"Note": "Signed", "AttachableRef": [{"EntityRef": {"type": "Invoice", "value": made[3]["Id"]}}]}
    assert (await us.write("Attachable", note))["AttachableRef"][0]["EntityRef"]["value"] == made[3]["Id"]
    kinds = ("Bill", "VendorCredit", "Transfer", "Invoice")
    answer = await us.call("GET", "cdc", entities=",".join(kinds), changedSince="2026-11-19")
    found = answer.json()["CDCResponse"][0]["QueryResponse"]
    assert [block[kind][0]["Id"] for kind, block in zip(kinds, found, strict=True)] == [x["Id"] for x in made]
