"""Invoices and their relatives: numbers, dates, tax, rounding, void and delete (docs/quickbooks.md 9.2 to 9.13)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from app.sandbox.quickbooks.values.wire import dumps

from .books import Body, Books, open_books


def tax(form: Body) -> Any:
    return form["TxnTaxDetail"]["TotalTax"]


async def test_an_invoice_is_completed_by_the_server(us: Books) -> None:
    customer = await us.customer(BillAddr={"Line1": "1 Way", "City": "Bayshore"})
    made = await us.invoice(customer, us.line("100", Qty=1, UnitPrice=100), TxnDate="2024-01-15")

    assert (made["DueDate"], made["DocNumber"], made["TotalAmt"], made["Balance"]) == ("2024-02-14", "1001", 100, 100)
    assert made["BillAddr"]["Line1"] == made["ShipAddr"]["Line1"] == "1 Way"
    assert made["Line"][0]["LineNum"] == 1
    assert made["Line"][-1] == {"Amount": 100, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    assert (made["LinkedTxn"], made["CustomField"], made["EmailStatus"]) == ([], [], "NotSet")
    assert made["CustomerRef"]["name"] == "Ada Lovelace"


async def test_terms_move_the_due_date(us: Books) -> None:
    made = await us.invoice(await us.customer(), TxnDate="2024-01-15", SalesTermRef={"value": "2"})

    assert made["DueDate"] == "2024-01-30"


async def test_a_new_invoice_is_dated_today_in_the_companys_zone(us: Books) -> None:
    assert (await us.invoice(await us.customer()))["TxnDate"] == "2026-11-20"


async def test_numbers_run_through_invoices_credit_memos_and_receipts_and_honour_a_given_one(us: Books) -> None:
    customer = await us.customer()
    body = {"CustomerRef": {"value": customer["Id"]}, "Line": [us.line("1")]}
    first = await us.invoice(customer)
    second = await us.write("CreditMemo", body)
    given = await us.invoice(customer, DocNumber="SHOP-0099")
    third = await us.write("SalesReceipt", body)
    twin = await us.invoice(customer, DocNumber="SHOP-0099")

    assert [form["DocNumber"] for form in (first, second, given, third, twin)] == [
        "1001",
        "1002",
        "SHOP-0099",
        "SHOP-0100",
        "SHOP-0099",
    ]


async def test_with_custom_numbers_an_omitted_number_stays_away_and_a_double_one_is_refused_when_warned_about(
    us: Books,
) -> None:
    prefs = {
        "Id": "1",
        "SyncToken": "0",
        "sparse": True,
        "SalesFormsPrefs": {"CustomTxnNumbers": True, "WarnDuplicateTxnNumber": True},
    }
    await us.person("Preferences", prefs)
    customer = await us.customer()
    without = await us.invoice(customer)
    await us.invoice(customer, DocNumber="7")
    body = {"CustomerRef": {"value": customer["Id"]}, "Line": [us.line("1")], "DocNumber": "7"}

    assert "DocNumber" not in without
    assert (await us.fault("Invoice", body))["code"] == "6140"
    assert (await us.write("Invoice", body, include="allowduplicatedocnum"))["DocNumber"] == "7"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"CustomerRef": None}, "2020"),
        ({"CustomerRef": {"value": "9999"}}, "2500"),
        ({"Line": []}, "2020"),
        ({"DocNumber": "x" * 22}, "2050"),
        ({"PrivateNote": "x" * 4001}, "2050"),
        ({"TxnDate": "yesterday"}, "2060"),
        ({"EmailStatus": "NeedToSend"}, "6420"),
        ({"CurrencyRef": {"value": "EUR"}}, "6000"),
        ({"Nonsense": 1}, "2010"),
        (
            {
                "Line": [
                    {
                        "Amount": 1,
                        "DetailType": "SalesItemLineDetail",
                        "SalesItemLineDetail": {"ItemRef": {"value": "999"}},
                    }
                ]
            },
            "2500",
        ),
        (
            {
                "Line": [
                    {
                        "Amount": 10,
                        "DetailType": "SalesItemLineDetail",
                        "SalesItemLineDetail": {"Qty": 3, "UnitPrice": 3.33},
                    }
                ]
            },
            "6070",
        ),
        ({"Line": [{"Amount": -1, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {}}]}, "6000"),
        (
            {
                "Line": [
                    {
                        "Amount": 1,
                        "DetailType": "SalesItemLineDetail",
                        "SalesItemLineDetail": {"TaxCodeRef": {"value": "5"}},
                    }
                ]
            },
            "6100",
        ),
        ({"Line": [{"Amount": 1, "DetailType": "MysteryDetail"}]}, "2170"),
        ({"Line": [{"DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {}}]}, "2020"),
    ],
)
async def test_a_bad_invoice_is_refused_under_its_own_code(us: Books, change: Body, code: str) -> None:
    customer = await us.customer()
    body = {"CustomerRef": {"value": customer["Id"]}, "Line": [us.line("1")], **change}

    assert (await us.fault("Invoice", body))["code"] == code


async def test_a_line_without_an_item_becomes_services(us: Books) -> None:
    made = await us.invoice(
        await us.customer(), {"Amount": 5, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {}}
    )

    assert made["Line"][0]["SalesItemLineDetail"]["ItemRef"] == {"value": "1", "name": "Services"}


async def test_a_line_sent_with_only_an_amount_is_stored_without_quantity_and_price(us: Books) -> None:
    detail = (await us.invoice(await us.customer(), us.line("5")))["Line"][0]["SalesItemLineDetail"]

    assert not {"Qty", "UnitPrice"} & detail.keys()


async def test_unit_prices_keep_seven_decimals(au: Books) -> None:
    made = await au.invoice(await au.customer(), au.line("89.28", Qty=44, UnitPrice=2.0290909))

    assert made["Line"][0]["SalesItemLineDetail"]["UnitPrice"] == Decimal("2.0290909")


# tax, United States


async def test_us_tax_is_rounded_once_per_rate_on_the_summed_base(us: Books) -> None:
    lines = [us.line("140.66", "TAX"), us.line("140.67", "TAX"), us.line("140.67", "TAX"), us.line("10", "NON")]
    made = await us.invoice(await us.customer(), *lines, ShipAddr={"Line1": "1 Way", "CountrySubDivisionCode": "AZ"})

    assert [line["Amount"] for line in made["TxnTaxDetail"]["TaxLine"]] == [Decimal("29.96"), Decimal("8.44")]
    assert (tax(made), made["TotalAmt"]) == (Decimal("38.40"), Decimal("470.40"))


async def test_us_tax_needs_an_address(us: Books) -> None:
    made = await us.invoice(await us.customer(), us.line("100", "TAX"))

    assert made["TxnTaxDetail"] == {"TotalTax": 0}


async def test_us_item_taxability_decides_where_a_line_says_nothing(us: Books) -> None:
    plain = await us.write("Item", {"Name": "Plain", "Type": "Service", "IncomeAccountRef": {"value": "79"}})
    made = await us.invoice(await us.customer(), us.line("1", "", ItemRef={"value": plain["Id"]}), us.line("1", ""))

    assert [line["SalesItemLineDetail"]["TaxCodeRef"]["value"] for line in made["Line"][:2]] == ["NON", "TAX"]


async def test_us_override_is_honoured_prorated_unless_it_is_ignored(us: Books) -> None:
    customer = await us.customer(BillAddr={"Line1": "1", "CountrySubDivisionCode": "AZ"})
    body = {"CustomerRef": {"value": customer["Id"]}, "Line": [us.line("100", "TAX")], "TxnTaxDetail": {"TotalTax": 10}}
    honoured = await us.write("Invoice", body)
    await us.hazards(tax_override_ignored=True)
    ignored = await us.write("Invoice", body)

    assert [line["Amount"] for line in honoured["TxnTaxDetail"]["TaxLine"]] == [Decimal("7.80"), Decimal("2.20")]
    assert (tax(honoured), tax(ignored)) == (10, Decimal("9.10"))


async def test_us_discount_lessens_the_tax_only_when_it_comes_first(us: Books) -> None:
    customer = await us.customer(BillAddr={"Line1": "1", "CountrySubDivisionCode": "CA"})
    discount = {"DetailType": "DiscountLineDetail", "Amount": 10, "DiscountLineDetail": {"PercentBased": False}}
    after = await us.invoice(customer, us.line("100", "TAX"), discount)
    before = await us.invoice(customer, us.line("100", "TAX"), discount, ApplyTaxAfterDiscount=True)

    assert (tax(after), after["TotalAmt"]) == (8, 98)
    assert (tax(before), before["TotalAmt"]) == (Decimal("7.20"), Decimal("97.20"))


async def test_a_percentage_discount_is_rounded_half_up(us: Books) -> None:
    discount = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 5}}
    made = await us.invoice(await us.customer(), us.line("1005"), discount)

    assert made["Line"][-1]["Amount"] == Decimal("50.25")
    assert made["Line"][-1]["DiscountLineDetail"]["DiscountAccountRef"]["name"] == "Discounts given"
    assert made["TotalAmt"] == Decimal("954.75")


# tax, Australia


@pytest.mark.parametrize(("country", "word"), [("AU", "GST"), ("CA", "GST/HST"), ("GB", "VAT")])
async def test_outside_the_us_every_line_needs_a_tax_code(country: str, word: str) -> None:
    books = open_books(country)
    customer = await books.customer()
    body = {
        "CustomerRef": {"value": customer["Id"]},
        "Line": [books.line("1", "")],
        "TxnTaxDetail": {"TxnTaxCodeRef": {"value": "5"}},
    }

    error = await books.fault("Invoice", body)

    assert error["code"] == "6000"
    assert (
        error["Detail"]
        == f"Business Validation Error: Make sure all your transactions have a {word} rate before you save."
    )


async def test_tax_excluded_adds_gst_once_on_the_sum(au: Books) -> None:
    made = await au.invoice(
        await au.customer(),
        *[au.line("0.15")] * 3,
        au.line("5", au.code("GST-free")),
        GlobalTaxCalculation="TaxExcluded",
    )

    assert (tax(made), made["TotalAmt"]) == (Decimal("0.05"), Decimal("5.50"))
    assert [
        (line["Amount"], line["TaxLineDetail"]["NetAmountTaxable"]) for line in made["TxnTaxDetail"]["TaxLine"]
    ] == [(Decimal("0.05"), Decimal("0.45")), (0, 5)]


@pytest.mark.parametrize(
    ("gross", "net", "gst"),
    [
        ("11548.95", "10499.05", "1049.90"),
        ("769.94", "699.95", "69.99"),
        ("61.10", "55.55", "5.55"),
        ("98.21", "89.28", "8.93"),
    ],
)
async def test_tax_inclusive_preserves_the_gross_amount(au: Books, gross: str, net: str, gst: str) -> None:
    made = await au.invoice(await au.customer(), au.line(gross), GlobalTaxCalculation="TaxInclusive")

    assert (made["TotalAmt"], made["Line"][0]["Amount"], tax(made)) == (Decimal(gross), Decimal(net), Decimal(gst))
    assert made["Line"][0]["SalesItemLineDetail"]["TaxInclusiveAmt"] == Decimal(gross)


async def test_tax_inclusive_derives_the_net_unit_price(au: Books) -> None:
    made = await au.invoice(
        await au.customer(), au.line("98.21", Qty=44, UnitPrice=2.2320455), GlobalTaxCalculation="TaxInclusive"
    )

    assert made["Line"][0]["SalesItemLineDetail"]["UnitPrice"] == Decimal("2.0290909")


@pytest.mark.parametrize(
    ("quantity", "price", "refused"),
    [(0, 0, False), (0, None, False), (None, 0, False), (None, None, False), (2, 0, True), (0, 5, True), (2, 4, True)],
)
async def test_zeros_for_none_are_no_wrong_product(
    au: Books, quantity: int | None, price: int | None, refused: bool
) -> None:
    said = {name: value for name, value in (("Qty", quantity), ("UnitPrice", price)) if value is not None}
    body = {"CustomerRef": {"value": (await au.customer())["Id"]}, "Line": [au.line("10", **said)]}

    if refused:
        assert (await au.fault("Invoice", body))["code"] == "6070"
    else:
        assert (await au.write("Invoice", body))["TotalAmt"] == 11


async def test_an_amount_beside_its_gross_is_net(au: Books) -> None:
    net = await au.invoice(
        await au.customer(), au.line("89.28", TaxInclusiveAmt=98.21), GlobalTaxCalculation="TaxInclusive"
    )
    both = await au.invoice(
        await au.customer("B"), au.line("100", TaxInclusiveAmt=100), GlobalTaxCalculation="TaxInclusive"
    )

    assert (net["TotalAmt"], tax(net)) == (Decimal("98.21"), Decimal("8.93"))
    assert both["TotalAmt"] == 110


async def test_what_was_answered_can_be_sent_back_without_a_cent_moving(au: Books) -> None:
    lines = [au.line("19.99", Qty=1, UnitPrice=19.99), au.line("7.77"), au.line("3.33", au.code("GST-free"))]
    discount = {
        "DetailType": "DiscountLineDetail",
        "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 7.5},
    }
    made = await au.invoice(await au.customer(), *lines, discount, GlobalTaxCalculation="TaxInclusive")
    echoed = await au.read("Invoice", made["Id"])
    body = {
        name: value for name, value in au.company.table("Invoice").rows[made["Id"]].body.items() if name != "sparse"
    }
    again = await au.person("Invoice", json.loads(dumps(body)))

    assert again["SyncToken"] == "0"
    assert (again["TotalAmt"], again["Line"]) == (echoed["TotalAmt"], echoed["Line"])


async def test_an_override_of_a_few_cents_is_honoured_and_survives_other_updates(au: Books) -> None:
    rate = au.company.table("TaxRate").find("Name", "GST (sales)")[0].id
    line = {"Amount": 0.06, "DetailType": "TaxLineDetail", "TaxLineDetail": {"TaxRateRef": {"value": rate}}}
    made = await au.invoice(
        await au.customer(), *[au.line("0.15")] * 3, TxnTaxDetail={"TotalTax": 0.06, "TaxLine": [line]}
    )
    noted = await au.write("Invoice", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"})
    relined = await au.write("Invoice", {"Id": made["Id"], "SyncToken": "1", "sparse": True, "Line": [au.line("0.45")]})

    assert [(tax(form), form["TotalAmt"]) for form in (made, noted, relined)] == [
        (Decimal("0.06"), Decimal("0.51")),
        (Decimal("0.06"), Decimal("0.51")),
        (Decimal("0.05"), Decimal("0.50")),
    ]


async def test_a_bare_total_overrides_too_and_a_far_one_is_worked_out_anew(au: Books) -> None:
    customer = await au.customer()
    near = await au.invoice(customer, au.line("100"), TxnTaxDetail={"TotalTax": 10.05})
    far = await au.invoice(customer, au.line("100"), TxnTaxDetail={"TotalTax": 10.06})

    assert (tax(near), tax(far)) == (Decimal("10.05"), 10)


async def test_an_inclusive_override_moves_cents_between_net_and_tax(au: Books) -> None:
    made = await au.invoice(
        await au.customer(), au.line("110"), GlobalTaxCalculation="TaxInclusive", TxnTaxDetail={"TotalTax": 9.99}
    )

    assert (made["TotalAmt"], tax(made), made["Line"][0]["Amount"]) == (110, Decimal("9.99"), Decimal("100.01"))


async def test_not_applicable_bears_no_tax_and_takes_none(au: Books) -> None:
    customer = await au.customer()
    made = await au.invoice(customer, au.line("10", ""), GlobalTaxCalculation="NotApplicable")
    body = {
        "CustomerRef": {"value": customer["Id"]},
        "Line": [au.line("10")],
        "GlobalTaxCalculation": "NotApplicable",
        "TxnTaxDetail": {"TotalTax": 1},
    }

    assert (made["TotalAmt"], "TxnTaxDetail" in made) == (10, False)
    assert (await au.fault("Invoice", body))["code"] == "6170"


async def test_a_company_that_is_not_registered_asks_for_no_codes(au: Books) -> None:
    await au.write("Preferences", {"Id": "1", "SyncToken": "0", "sparse": True, "TaxPrefs": {"UsingSalesTax": False}})
    made = await au.invoice(await au.customer(), au.line("10", ""), TxnTaxDetail={"TotalTax": 1})

    assert (made["TotalAmt"], "TxnTaxDetail" in made) == (10, False)


async def test_a_discount_outside_the_us_lessens_the_taxed_base(au: Books) -> None:
    customer = await au.customer()
    discount = {"DetailType": "DiscountLineDetail", "Amount": 10, "DiscountLineDetail": {}}
    spread = await au.invoice(customer, au.line("50"), au.line("50", au.code("GST-free")), discount)
    bound = await au.invoice(
        customer,
        au.line("50"),
        au.line("50", au.code("GST-free")),
        {**discount, "DiscountLineDetail": {"TaxCodeRef": {"value": au.code("GST")}}},
    )

    assert (tax(spread), spread["TotalAmt"]) == (Decimal("4.50"), Decimal("94.50"))
    assert (tax(bound), bound["TotalAmt"]) == (4, 94)


async def test_shipping_is_an_item_of_its_own(au: Books) -> None:
    made = await au.invoice(await au.customer(), au.line("10"), au.line("5", ItemRef={"value": "SHIPPING_ITEM_ID"}))

    assert made["Line"][1]["SalesItemLineDetail"]["ItemRef"] == {"value": "SHIPPING_ITEM_ID"}
    assert made["TotalAmt"] == Decimal("16.50")


async def test_description_lines_keep_their_place(au: Books) -> None:
    note = {"DetailType": "DescriptionOnly", "Description": "Thank you", "DescriptionLineDetail": {}}
    made = await au.invoice(await au.customer(), au.line("10"), note, au.line("1"))

    assert [line.get("LineNum") for line in made["Line"]] == [1, 2, 3, None]
    assert made["Line"][1]["Description"] == "Thank you"


# what happens to them


async def test_a_void_zeroes_amounts_keeps_lines_and_says_so(us: Books) -> None:
    made = await us.invoice(await us.customer(), us.line("30", Qty=3, UnitPrice=10), PrivateNote="order 7")
    void = await us.write("Invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="void")

    assert (void["TotalAmt"], void["Balance"], void["SyncToken"], void["PrivateNote"]) == (
        0,
        0,
        "1",
        "Voided - order 7",
    )
    assert (void["Line"][0]["Amount"], void["Line"][0]["SalesItemLineDetail"]["Qty"]) == (0, 0)
    assert (await us.read("Customer", made["CustomerRef"]["value"]))["Balance"] == 0


async def test_voiding_a_paid_invoice_leaves_the_payment_unapplied(us: Books) -> None:
    customer = await us.customer()
    made = await us.invoice(customer)
    payment = await us.payment(customer, 100, (made, 100))
    void = await us.write("Invoice", {"Id": made["Id"], "SyncToken": "1"}, operation="void")
    left = await us.read("Payment", payment["Id"])

    assert void["LinkedTxn"] == []
    assert (left["UnappliedAmt"], left["Line"]) == (100, [])
    assert (await us.read("Customer", customer["Id"]))["Balance"] == -100


async def test_deleting_a_paid_invoice_leaves_the_payment_unapplied(us: Books) -> None:
    customer = await us.customer()
    made = await us.invoice(customer)
    payment = await us.payment(customer, 100, (made, 100))
    stub = await us.write("Invoice", {"Id": made["Id"], "SyncToken": "1"}, operation="delete")

    assert stub == {"domain": "QBO", "status": "Deleted", "Id": made["Id"]}
    assert (await us.read("Payment", payment["Id"]))["UnappliedAmt"] == 100
    answer = await us.call("GET", f"invoice/{made['Id']}")
    assert (answer.status_code, answer.json()["Fault"]["Error"][0]["code"]) == (400, "610")


async def test_making_a_paid_invoice_smaller_gives_the_payment_its_excess_back(us: Books) -> None:
    customer = await us.customer()
    made = await us.invoice(customer)
    payment = await us.payment(customer, 100, (made, 100))
    smaller = await us.write("Invoice", {"Id": made["Id"], "SyncToken": "1", "sparse": True, "Line": [us.line("60")]})
    left = await us.read("Payment", payment["Id"])

    assert (smaller["TotalAmt"], smaller["Balance"]) == (60, 0)
    assert (left["UnappliedAmt"], left["Line"][0]["Amount"]) == (40, 60)


async def test_credit_memos_and_refund_receipts_are_not_voided_through_the_api(us: Books) -> None:
    memo = await us.write("CreditMemo", {"CustomerRef": {"value": (await us.customer())["Id"]}, "Line": [us.line("5")]})

    refused = await us.fault("CreditMemo", {"Id": memo["Id"], "SyncToken": "0"}, operation="void")
    done = await us.person("CreditMemo", {"Id": memo["Id"]}, operation="void")

    assert refused["code"] == "500"
    assert (done["TotalAmt"], done["RemainingCredit"]) == (0, 0)


async def test_a_credit_memo_lowers_the_customers_balance(us: Books) -> None:
    customer = await us.customer()
    memo = await us.write("CreditMemo", {"CustomerRef": {"value": customer["Id"]}, "Line": [us.line("5")]})

    assert (memo["Balance"], memo["RemainingCredit"], memo["TotalAmt"]) == (5, 5, 5)
    assert (await us.read("Customer", customer["Id"]))["Balance"] == -5


async def test_receipts_need_no_customer_but_a_refund_needs_an_account(us: Books) -> None:
    receipt = await us.write("SalesReceipt", {"Line": [us.line("5")]})
    refused = await us.fault("RefundReceipt", {"Line": [us.line("5")]})
    refund = await us.write("RefundReceipt", {"Line": [us.line("5")], "DepositToAccountRef": {"value": "35"}})
    wrong = await us.fault("RefundReceipt", {"Line": [us.line("5")], "DepositToAccountRef": {"value": "79"}})

    assert receipt["DepositToAccountRef"] == {"value": "4", "name": "Undeposited Funds"}
    assert (receipt["Balance"], refund["Balance"]) == (0, 0)
    assert [refused["code"], wrong["code"]] == ["2020", "6430"]


async def test_a_sales_receipt_is_voided_sparsely(us: Books) -> None:
    receipt = await us.write("SalesReceipt", {"Line": [us.line("5")]})
    void = await us.write(
        "SalesReceipt", {"Id": receipt["Id"], "SyncToken": "0", "sparse": True}, operation="update", include="void"
    )

    assert void["TotalAmt"] == 0


async def test_mailing_an_invoice_moves_its_time_but_not_its_token(us: Books) -> None:
    made = await us.invoice(await us.customer(), BillEmail={"Address": "a@b.example"})
    us.world.clock.advance(60)
    sent = (await us.call("POST", f"invoice/{made['Id']}/send", sendTo="x@y.example")).json()["Invoice"]

    assert (sent["EmailStatus"], sent["SyncToken"]) == ("EmailSent", "0")
    assert sent["MetaData"]["LastUpdatedTime"] > made["MetaData"]["LastUpdatedTime"]


async def test_closed_books_refuse_what_is_dated_before(us: Books) -> None:
    customer = await us.customer()
    made = await us.invoice(customer, TxnDate="2026-06-30")
    await us.client.post(f"/_sandbox/companies/{us.company.realm}/close-books", json={"date": "2026-06-30"})
    body = {"CustomerRef": {"value": customer["Id"]}, "Line": [us.line("1")]}

    assert (await us.fault("Invoice", {**body, "TxnDate": "2026-06-30"}))["code"] == "6210"
    assert (await us.fault("Invoice", {"Id": made["Id"], "SyncToken": "0"}, operation="delete"))["code"] == "6210"
    assert (await us.write("Invoice", {**body, "TxnDate": "2026-07-01"}))["TotalAmt"] == 1
