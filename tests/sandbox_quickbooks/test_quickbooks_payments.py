"""Payments, credits, money paid back, deposits (docs/quickbooks.md 9.3 and R5)."""

from __future__ import annotations

from .books import Body, Books, payment_body


async def test_an_unapplied_payment_goes_to_undeposited_funds(us: Books) -> None:
    made = await us.payment(await us.customer(), 100)

    assert (made["TotalAmt"], made["UnappliedAmt"], made["Line"], made["ProcessPayment"]) == (100, 100, [], False)
    assert made["DepositToAccountRef"] == {"value": "4"}
    assert made["TxnDate"] == "2026-11-20"


async def test_applying_raises_the_invoices_token_and_lowers_its_balance(us: Books) -> None:
    customer = await us.customer()
    invoice = await us.invoice(customer)
    payment = await us.payment(customer, 40, (invoice, 40))
    found = await us.read("Invoice", invoice["Id"])

    assert (found["Balance"], found["SyncToken"]) == (60, "1")
    assert found["LinkedTxn"] == [{"TxnId": payment["Id"], "TxnType": "Payment"}]
    assert payment["UnappliedAmt"] == 0
    assert [row["value"]["Name"] for row in payment["Line"][0]["LineEx"]["any"]] == [
        "txnId",
        "txnOpenBalance",
        "txnReferenceNumber",
    ]


async def test_each_apply_and_delete_raises_the_invoices_token_by_one(us: Books) -> None:
    customer = await us.customer()
    invoice = await us.invoice(customer)
    for _ in range(2):
        payment = await us.payment(customer, 10, (invoice, 10))
        await us.write("Payment", {"Id": payment["Id"], "SyncToken": "0"}, operation="delete")

    found = await us.read("Invoice", invoice["Id"])

    assert (found["SyncToken"], found["Balance"], found["LinkedTxn"]) == ("4", 100, [])


async def test_a_note_on_the_payment_does_not_touch_the_invoice(us: Books) -> None:
    customer = await us.customer()
    invoice = await us.invoice(customer)
    payment = await us.payment(customer, 10, (invoice, 10))
    noted = await us.write(
        "Payment", {"Id": payment["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "cheque 7"}
    )

    assert (noted["SyncToken"], noted["Line"]) == ("1", payment["Line"])
    assert (await us.read("Invoice", invoice["Id"]))["SyncToken"] == "1"


async def test_overpaying_leaves_the_excess_unapplied(us: Books) -> None:
    customer = await us.customer()
    invoice = await us.invoice(customer)
    made = await us.payment(customer, 120, (invoice, 100))

    assert made["UnappliedAmt"] == 20
    assert (await us.read("Customer", customer["Id"]))["Balance"] == -20


async def test_a_line_above_the_open_balance_is_refused(us: Books) -> None:
    customer = await us.customer()
    invoice = await us.invoice(customer)

    error = await us.fault("Payment", payment_body(customer, 120, (invoice, 120)))

    assert error["code"] == "6000"
    assert "open balance" in error["Detail"]


async def test_a_line_above_the_open_balance_can_be_accepted_by_a_hazard(us: Books) -> None:
    await us.hazards(overpaid_accepted=True)
    customer = await us.customer()
    made = await us.payment(customer, 120, (await us.invoice(customer), 120))

    assert (made["Line"][0]["Amount"], made["UnappliedAmt"]) == (100, 20)


async def test_lines_may_not_exceed_the_payment(us: Books) -> None:
    customer = await us.customer()
    invoice = await us.invoice(customer)

    assert (await us.fault("Payment", payment_body(customer, 50, (invoice, 60))))["code"] == "6000"


async def test_one_payment_settles_many_invoices_and_many_payments_one(us: Books) -> None:
    customer = await us.customer()
    first, second = await us.invoice(customer), await us.invoice(customer)
    await us.payment(customer, 150, (first, 100), (second, 50))
    await us.payment(customer, 50, (second, 50))

    assert [(await us.read("Invoice", form["Id"]))["Balance"] for form in (first, second)] == [0, 0]
    assert len((await us.read("Invoice", second["Id"]))["LinkedTxn"]) == 2


async def test_another_customers_invoice_is_refused_but_a_sub_customers_is_not(us: Books) -> None:
    parent, other = await us.customer("Parent"), await us.customer("Other")
    child = await us.customer("Child", ParentRef={"value": parent["Id"]}, BillWithParent=True)
    invoice = await us.invoice(child)

    assert (await us.fault("Payment", payment_body(other, 100, (invoice, 100))))["code"] == "6000"
    assert (await us.payment(parent, 100, (invoice, 100)))["UnappliedAmt"] == 0


async def test_amount_and_lines_need_the_full_object_and_a_void_where_that_is_on(us: Books) -> None:
    await us.hazards(sparse_void_refused=True)
    customer = await us.customer()
    payment = await us.payment(customer, 100)
    stub = {"Id": payment["Id"], "SyncToken": "0", "sparse": True}

    amount = await us.fault("Payment", {**stub, "TotalAmt": 90})
    lines = await us.fault("Payment", {**stub, "Line": []})
    void = await us.fault("Payment", stub, operation="update", include="void")

    assert [amount["code"], lines["code"], void["code"]] == ["2020", "2020", "2020"]
    await us.hazards(sparse_void_refused=False)
    voided = await us.write("Payment", stub, operation="update", include="void")
    assert (voided["TotalAmt"], voided["PrivateNote"]) == (0, "Voided"), "a sparse body was enough live"


async def test_unapplying_with_a_full_body_frees_the_invoice(us: Books) -> None:
    customer = await us.customer()
    invoice = await us.invoice(customer)
    payment = await us.payment(customer, 100, (invoice, 100))
    freed = await us.write("Payment", {**payment_body(customer, 100), "Id": payment["Id"], "SyncToken": "0"})

    assert (freed["UnappliedAmt"], freed["Line"]) == (100, [])
    assert (await us.read("Invoice", invoice["Id"]))["Balance"] == 100


async def test_a_voided_payment_stays_readable_with_nothing_in_it(us: Books) -> None:
    customer = await us.customer()
    invoice = await us.invoice(customer)
    payment = await us.payment(customer, 100, (invoice, 100))
    body = {**payment_body(customer, 100, (invoice, 100)), "Id": payment["Id"], "SyncToken": "0"}
    void = await us.write("Payment", body, operation="update", include="void")

    assert (void["TotalAmt"], void["Line"], void["UnappliedAmt"], void["PrivateNote"]) == (0, [], 0, "Voided")
    assert (await us.read("Invoice", invoice["Id"]))["Balance"] == 100


async def credit(us: Books, customer: Body, amount: str) -> Body:
    return await us.write("CreditMemo", {"CustomerRef": {"value": customer["Id"]}, "Line": [us.line(amount)]})


async def test_a_zero_payment_links_a_credit_to_a_charge(us: Books) -> None:
    customer = await us.customer()
    invoice, memo = await us.invoice(customer), await credit(us, customer, "30")
    made = await us.payment(customer, 0, (invoice, 30), (memo, 30))

    assert (made["TotalAmt"], made["UnappliedAmt"], "DepositToAccountRef" in made) == (0, 0, False)
    assert (await us.read("Invoice", invoice["Id"]))["Balance"] == 70
    assert (await us.read("CreditMemo", memo["Id"]))["RemainingCredit"] == 0
    assert (await us.read("Customer", customer["Id"]))["Balance"] == 70


async def test_voiding_the_charge_of_such_a_link_gives_the_credit_back_and_ends_the_link(us: Books) -> None:
    customer = await us.customer()
    invoice, memo = await us.invoice(customer), await credit(us, customer, "30")
    link = await us.payment(customer, 0, (invoice, 30), (memo, 30))
    await us.write("Invoice", {"Id": invoice["Id"], "SyncToken": "1"}, operation="void")

    assert (await us.read("CreditMemo", memo["Id"]))["RemainingCredit"] == 30
    assert (await us.call("GET", f"payment/{link['Id']}")).status_code == 400
    assert (await us.read("Customer", customer["Id"]))["Balance"] == -30


def paid_back(customer: Body, amount: int) -> Body:
    line = {
        "Amount": amount,
        "DetailType": "AccountBasedExpenseLineDetail",
        "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "84"}},
    }
    return {
        "PaymentType": "Cash",
        "AccountRef": {"value": "35"},
        "EntityRef": {"value": customer["Id"], "type": "Customer"},
        "Line": [line],
    }


async def test_money_paid_back_through_receivables_is_linked_to_the_credit_by_a_zero_payment(us: Books) -> None:
    customer = await us.customer()
    memo = await credit(us, customer, "30")
    purchase = await us.write("Purchase", paid_back(customer, 30))
    between = (await us.read("Customer", customer["Id"]))["Balance"]
    lines = [
        {"Amount": 30, "LinkedTxn": [{"TxnId": purchase["Id"], "TxnType": "Expense"}]},
        {"Amount": 30, "LinkedTxn": [{"TxnId": memo["Id"], "TxnType": "CreditMemo"}]},
    ]
    await us.write("Payment", {**payment_body(customer, 0), "Line": lines})

    assert between == 0
    assert (await us.read("CreditMemo", memo["Id"]))["Balance"] == 0
    assert (await us.read("Customer", customer["Id"]))["Balance"] == 0
    assert (await us.fault("Payment", {**payment_body(customer, 5), "Line": [{**lines[0], "Amount": 5}]}))[
        "code"
    ] == "6000"


async def test_receivables_lines_need_a_customer(us: Books) -> None:
    body = paid_back(await us.customer(), 30)
    del body["EntityRef"]

    assert (await us.fault("Purchase", body))["code"] == "6000"


async def test_a_payment_cannot_be_linked_to_another_payment(us: Books) -> None:
    customer = await us.customer()
    other = await us.payment(customer, 5)
    line = {"Amount": 5, "LinkedTxn": [{"TxnId": other["Id"], "TxnType": "Payment"}]}

    assert (await us.fault("Payment", {**payment_body(customer, 0), "Line": [line]}))["code"] == "620"


async def test_a_deposited_payment_is_frozen_until_its_deposit_goes(us: Books) -> None:
    customer = await us.customer()
    payment = await us.payment(customer, 100)
    deposit = await us.person("deposit", {"payments": [payment["Id"]]})
    frozen = await us.read("Payment", payment["Id"])

    assert deposit["TotalAmt"] == 100
    assert frozen["LinkedTxn"] == [{"TxnId": deposit["Id"], "TxnType": "Deposit"}]
    assert (await us.fault("Payment", {"Id": payment["Id"], "SyncToken": "1"}, operation="delete"))["code"] == "6540"
    await us.write("Deposit", {"Id": deposit["Id"], "SyncToken": "0"}, operation="delete")
    gone = await us.write("Payment", {"Id": payment["Id"], "SyncToken": "2"}, operation="delete")
    assert gone["status"] == "Deleted"


async def test_balances_of_accounts_follow_the_money(us: Books) -> None:
    customer = await us.customer()
    invoice = await us.invoice(customer)
    await us.payment(customer, 60, (invoice, 60), DepositToAccountRef={"value": "35"})

    assert (await us.read("Account", "35"))["CurrentBalance"] == 60
    assert (await us.read("Account", "84"))["CurrentBalance"] == 40


async def test_money_can_only_be_put_where_money_goes(us: Books) -> None:
    body = payment_body(await us.customer(), 5, DepositToAccountRef={"value": "79"})

    assert (await us.fault("Payment", body))["code"] == "6430"


async def test_each_customer_has_one_currency_and_money_goes_to_an_account_that_takes_it(us: Books) -> None:
    refused = await us.fault("Customer", {"DisplayName": "Abroad", "CurrencyRef": {"value": "EUR"}})
    await us.write(
        "Preferences", {"Id": "1", "SyncToken": "0", "sparse": True, "CurrencyPrefs": {"MultiCurrencyEnabled": True}}
    )
    abroad = await us.customer("Abroad", CurrencyRef={"value": "EUR"})
    pounds = await us.write("Account", {"Name": "Pounds", "AccountType": "Bank", "CurrencyRef": {"value": "GBP"}})
    changed = await us.write(
        "Customer", {"Id": abroad["Id"], "SyncToken": "0", "sparse": True, "CurrencyRef": {"value": "GBP"}}
    )
    invoice = await us.invoice(abroad, us.line("100"), ExchangeRate=1.25)
    wrong_account = await us.fault("Payment", payment_body(abroad, 5, DepositToAccountRef={"value": pounds["Id"]}))
    wrong_currency = await us.fault("Payment", payment_body(abroad, 5, CurrencyRef={"value": "USD"}))

    assert [refused["code"], wrong_account["code"], wrong_currency["code"]] == ["6000", "6000", "6000"]
    assert (changed["CurrencyRef"]["value"], changed["SyncToken"]) == ("EUR", "0")
    assert (invoice["CurrencyRef"]["value"], invoice["HomeTotalAmt"]) == ("EUR", 125)


async def test_sales_move_the_time_of_customer_and_accounts_but_no_token(us: Books) -> None:
    parent = await us.customer("Parent")
    customer = await us.customer("Child", ParentRef={"value": parent["Id"]})
    us.world.clock.advance(60)
    payment = await us.payment(customer, 100)

    for entity, identifier in (
        ("Customer", customer["Id"]),
        ("Customer", parent["Id"]),
        ("Account", "84"),
        ("Account", "4"),
    ):
        found = await us.read(entity, identifier)
        assert (found["SyncToken"], found["MetaData"]["LastUpdatedTime"]) == (
            "0",
            payment["MetaData"]["LastUpdatedTime"],
        )
    assert (await us.read("Customer", parent["Id"]))["BalanceWithJobs"] == -100
