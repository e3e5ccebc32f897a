"""The main job, both ways: a sale with its receipt, and an invoice with its payment."""

from tests.support.joint import Joint


async def test_s1_a_confirmed_sale_becomes_one_customer_and_one_invoice_with_the_same_total(joint: Joint) -> None:
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    await joint.touched("oncord", "sale", sale["id"])
    run = await joint.sync(download=False)

    assert run.state == "succeeded", (run.error, run.counters)
    assert await joint.writes() == [("quickbooks", "contact", "create"), ("quickbooks", "sale", "create")]
    [customer] = await joint.books_list("customer")
    assert customer["DisplayName"] == "Ada Lovelace"
    [invoice] = await joint.books_list("invoice")
    assert f"{invoice['TotalAmt']:.2f}" == sale["total"]
    assert invoice["DocNumber"] == sale["number"]

    again = await joint.sync()

    assert await joint.writes() == [], again.counters


async def test_r1_a_receipt_becomes_a_payment_in_the_mapped_account_applied_to_the_invoice(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    receipt = await joint.receipt(sale)
    await joint.touched("oncord", "receipt", receipt["id"])
    run = await joint.sync(download=False)

    assert run.state == "succeeded", (run.error, run.counters)
    [payment] = await joint.books_list("payment")
    [invoice] = await joint.books_list("invoice")
    assert payment["DepositToAccountRef"]["value"] == await joint.account("Bank")
    assert payment["Line"][0]["LinkedTxn"] == [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]
    assert invoice["Balance"] == 0

    again = await joint.sync()

    assert await joint.writes() == [], again.counters


async def test_s4_and_r2_an_invoice_and_its_payment_made_in_quickbooks_arrive_in_oncord(joint: Joint) -> None:
    customer = await joint.person(
        "customer", {"GivenName": "Grace", "FamilyName": "Hopper", "PrimaryEmailAddr": {"Address": "g@example.com"}}
    )
    item = next(i for i in await joint.books_list("item") if i["Name"] == "Oncord sales")
    gst = next(c["Id"] for c in await joint.books_list("taxcode") if c["Name"] == "GST")
    detail = {"ItemRef": {"value": item["Id"]}, "Qty": 3, "UnitPrice": 10, "TaxCodeRef": {"value": gst}}
    invoice = await joint.person(
        "invoice",
        {
            "CustomerRef": {"value": customer["Id"]},
            "GlobalTaxCalculation": "TaxExcluded",
            "Line": [{"Amount": 30, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}],
        },
    )
    await joint.person(
        "payment",
        {
            "CustomerRef": {"value": customer["Id"]},
            "TotalAmt": 33,
            "DepositToAccountRef": {"value": await joint.account("Bank")},
            "Line": [{"Amount": 33, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}],
        },
    )
    run = await joint.sync()

    assert run.state == "succeeded", (run.error, run.counters)
    [contact] = await joint.shop_list("contacts")
    assert (contact["first_name"], contact["email"]) == ("Grace", "g@example.com")
    assert contact["email_marketing_status"] == "pending"
    [sale] = await joint.shop_list("sales")
    assert (sale["total"], sale["number"], sale["amount_paid"]) == ("33.00", invoice["DocNumber"], "33.00")
    [receipt] = await joint.shop_list("receipts")
    assert receipt["payment_method_id"] == await joint.method("direct_deposit")
    assert receipt["allocations"] == [{"sale_id": sale["id"], "amount": "33.00"}]

    again = await joint.sync()

    assert await joint.writes() == [], again.counters


async def test_s2_and_s5_edits_travel_both_ways_and_make_no_echo(joint: Joint) -> None:
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    await joint.sync()
    line = {**sale["lines"][0], "quantity": "5"}
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [line]})
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0400 000 000"})
    await joint.sync()

    assert sorted(await joint.writes()) == [("quickbooks", "contact", "update"), ("quickbooks", "sale", "update")]
    [invoice] = await joint.books_list("invoice")
    assert invoice["TotalAmt"] == 55
    [customer] = await joint.books_list("customer")
    assert customer["PrimaryPhone"]["FreeFormNumber"] == "0400 000 000"

    await joint.person("invoice", {"Id": invoice["Id"], "sparse": True, "DueDate": "2027-01-31"})
    await joint.sync()

    assert await joint.writes() == [("oncord", "sale", "update")]
    [changed] = await joint.shop_list("sales")
    assert changed["due_date"] == "2027-01-31"
    assert changed["total"] == "55.00"

    again = await joint.sync()

    assert await joint.writes() == [], again.counters
