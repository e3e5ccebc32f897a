"""Several currencies: a customer per contact and currency, deposit accounts per method and currency, in both directions."""

from decimal import Decimal

import pytest

from app.domain.model.configuration import MappedMethod
from app.domain.model.operations import Action
from app.storage.connections import connections
from tests.support.joint import Joint
from tests.support.stories import (
    Body,
    asked,
    book,
    change,
    credit_memo,
    customer,
    invoice,
    payment,
    quiet,
    reasons,
    run,
    shop,
)


@pytest.fixture
async def joint(joint: Joint) -> Joint:
    """A company that keeps several currencies, with its one payment method mapped in the home currency only."""
    await change(joint, "preferences", "1", CurrencyPrefs={"MultiCurrencyEnabled": True})
    await joint.configure(multi_currency=True)
    return joint


async def in_dollars(joint: Joint, contact_id: str, price: str = "11.00", **members: object) -> Body:
    """A sale of two in USD; 22.00 unless priced otherwise."""
    tea = {"description": "Tea", "quantity": "2", "unit_price": price, "tax_code": "GST"}
    return await joint.sale(contact_id, tea, currency="USD", **members)


async def dollars(joint: Joint) -> str:
    """A bank account kept in USD, mapped to the payment method for receipts in USD."""
    body = {"Name": "Dollars", "AccountType": "Bank", "CurrencyRef": {"value": "USD"}}
    account = str((await joint.person("account", body))["Id"])
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        connection = await connections.get(tx, joint.connection_id)
    assert connection is not None
    assert connection.configuration is not None
    known = connection.configuration.payment_methods
    further = MappedMethod(await joint.method("direct_deposit"), account, preferred=True, currency="USD")
    await joint.configure(payment_methods=(*known, further))
    return account


async def customers(joint: Joint) -> dict[str, Body]:
    """The customers by currency, one of each."""
    found = await joint.books_list("customer")
    by_currency = {str(c["CurrencyRef"]["value"]): c for c in found}
    assert len(by_currency) == len(found), [c["DisplayName"] for c in found]
    return by_currency


async def jane(joint: Joint) -> Body:
    """A contact with a sale in each currency, synchronised."""
    contact = await joint.contact("Jane", "Doe")
    await joint.sale(contact["id"])
    await in_dollars(joint, contact["id"])
    await run(joint)
    return contact


async def jane_in_dollars(joint: Joint, name: str = "Jane Doe (USD)", email: str = "jane@example.com") -> Body:
    """A customer in USD that a person made in QuickBooks for the same Jane."""
    return await customer(
        joint,
        "Jane",
        "Doe",
        email,
        DisplayName=name,
        CurrencyRef={"value": "USD"},
        PrimaryPhone={"FreeFormNumber": "1"},
    )


async def test_c1_a_contact_gets_a_customer_for_each_currency_of_its_sales(joint: Joint) -> None:
    contact = await joint.contact("Jane", "Doe")
    await joint.sale(contact["id"])
    await in_dollars(joint, contact["id"], "10.05")
    wrote = await run(joint)

    assert wrote == [("quickbooks", "contact", "create")] * 2 + [("quickbooks", "sale", "create")] * 2
    made = await customers(joint)
    assert {code: c["DisplayName"] for code, c in made.items()} == {"AUD": "Jane Doe", "USD": "Jane Doe (USD)"}
    assert {c["PrimaryEmailAddr"]["Address"] for c in made.values()} == {"jane@example.com"}
    assert {
        i["CurrencyRef"]["value"]: (i["CustomerRef"]["value"], i["TotalAmt"]) for i in await joint.books_list("invoice")
    } == {"AUD": (made["AUD"]["Id"], 22), "USD": (made["USD"]["Id"], 20.1)}
    await quiet(joint)

    await in_dollars(joint, contact["id"], "5.00")
    assert await run(joint) == [("quickbooks", "sale", "create")]
    there = [i["CustomerRef"]["value"] for i in await joint.books_list("invoice")]
    assert there.count(made["USD"]["Id"]) == 2
    await quiet(joint)


async def test_c1_the_first_sale_decides_which_customer_is_the_primary_one(joint: Joint) -> None:
    contact = await joint.contact("Jane", "Doe")
    await in_dollars(joint, contact["id"])
    await run(joint)
    await joint.sale(contact["id"])
    await run(joint)

    made = await customers(joint)
    assert {code: c["DisplayName"] for code, c in made.items()} == {"USD": "Jane Doe", "AUD": "Jane Doe (AUD)"}
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0400 111 222"})
    assert await run(joint) == [("quickbooks", "contact", "update")]
    assert (await customers(joint))["USD"]["PrimaryPhone"]["FreeFormNumber"] == "0400 111 222"
    await quiet(joint)


async def test_c1_a_taken_name_gives_the_further_customer_a_readable_one(joint: Joint) -> None:
    await joint.person("vendor", {"DisplayName": "Jane Doe (USD)"})
    await jane(joint)

    assert (await customers(joint))["USD"]["DisplayName"] == "Jane Doe (USD, jane@example.com)"
    await quiet(joint)


@pytest.mark.parametrize("entity", ["customer", "invoice"])
@pytest.mark.parametrize("known", [True, False])
async def test_c1_a_lost_answer_makes_no_second_customer_of_a_currency(
    joint: Joint, entity: str, *, known: bool
) -> None:
    contact = await joint.contact("Jane", "Doe")
    await joint.sale(contact["id"])
    if known:
        await run(joint)
    await joint.hazard("quickbooks", "requestid_forgotten", seconds=1)
    await joint.hazard("quickbooks", "answer_lost", times=1, entity=entity)
    await in_dollars(joint, contact["id"])
    await joint.sync()
    joint.clock.pass_time(7200)
    await run(joint)

    made = await customers(joint)
    assert sorted(made) == ["AUD", "USD"]
    there = {i["CurrencyRef"]["value"]: i["CustomerRef"]["value"] for i in await joint.books_list("invoice")}
    assert there == {code: c["Id"] for code, c in made.items()}
    assert len(await joint.books_list("invoice")) == 2
    await quiet(joint)


async def test_r1_a_receipt_goes_to_the_account_of_its_method_and_currency(joint: Joint) -> None:
    account = await dollars(joint)
    contact = await joint.contact("Jane", "Doe")
    at_home, abroad = await joint.sale(contact["id"]), await in_dollars(joint, contact["id"])
    await joint.receipt(at_home)
    await joint.receipt(abroad)
    await run(joint)

    made = await customers(joint)
    paid = {p["CurrencyRef"]["value"]: p for p in await joint.books_list("payment")}
    assert {
        k: (p["CustomerRef"]["value"], p["DepositToAccountRef"]["value"], p["TotalAmt"]) for k, p in paid.items()
    } == {
        "AUD": (made["AUD"]["Id"], await joint.account("Bank"), 22),
        "USD": (made["USD"]["Id"], account, 22),
    }
    assert [i["Balance"] for i in await joint.books_list("invoice")] == [0, 0]
    await quiet(joint)


async def test_r1_a_currency_without_an_account_asks_and_comes_back_with_the_configuration(joint: Joint) -> None:
    contact = await joint.contact("Jane", "Doe")
    await joint.receipt(await joint.sale(contact["id"]))
    abroad = await in_dollars(joint, contact["id"])
    await joint.receipt(abroad)
    await run(joint)

    assert [p["CurrencyRef"]["value"] for p in await joint.books_list("payment")] == ["AUD"]
    [item] = await joint.attention()
    assert item.kind == "unmapped"
    assert "Direct deposit: 1 (22.00 USD)" in item.summary
    await quiet(joint)

    account = await dollars(joint)
    assert await run(joint) == [("quickbooks", "receipt", "create")]
    paid = next(p for p in await joint.books_list("payment") if p["CurrencyRef"]["value"] == "USD")
    assert paid["DepositToAccountRef"]["value"] == account
    await quiet(joint)


async def test_r1_a_currency_that_is_not_to_be_synchronised_is_skipped(joint: Joint) -> None:
    method = await joint.method("direct_deposit")
    await joint.configure(
        payment_methods=(
            MappedMethod(method, await joint.account("Bank")),
            MappedMethod(method, currency="USD", left_out=True),
        )
    )
    await joint.receipt(await in_dollars(joint, (await joint.contact("Jane", "Doe"))["id"]))
    await run(joint)

    assert await joint.books_list("payment") == []
    assert await asked(joint) == []


async def test_r1_a_loose_receipt_waits_for_a_customer_of_its_currency(joint: Joint) -> None:
    await dollars(joint)
    contact = await joint.contact("Jane", "Doe")
    await joint.sale(contact["id"])
    body = {"contact_id": contact["id"], "payment_method_id": await joint.method("direct_deposit")}
    await joint.in_shop("POST", "receipts", {**body, "amount": "5.00", "currency": "USD"})
    await run(joint)
    assert await joint.books_list("payment") == []

    await in_dollars(joint, contact["id"])
    await run(joint)

    [paid] = await joint.books_list("payment")
    assert (paid["CurrencyRef"]["value"], paid["UnappliedAmt"]) == ("USD", 5)
    await quiet(joint)


async def test_c2_details_go_to_the_primary_customer_only(joint: Joint) -> None:
    contact = await jane(joint)
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0400 111 222", "last_name": "Roe"})

    assert await run(joint) == [("quickbooks", "contact", "update")]
    made = await customers(joint)
    assert (made["AUD"]["DisplayName"], made["AUD"]["PrimaryPhone"]["FreeFormNumber"]) == ("Jane Roe", "0400 111 222")
    assert (made["USD"]["DisplayName"], made["USD"].get("PrimaryPhone")) == ("Jane Doe (USD)", None)
    await quiet(joint)


async def test_c5_an_edit_of_a_further_customer_moves_nothing_and_says_why(joint: Joint) -> None:
    contact = await jane(joint)
    further = (await customers(joint))["USD"]
    await change(joint, "customer", further["Id"], PrimaryPhone={"FreeFormNumber": "0499 333 444"})

    assert await run(joint) == []
    assert any("primary customer" in why for why in await reasons(joint, Action.SKIP))
    assert not (await shop(joint, "contacts", contact["id"])).get("phone")
    assert await asked(joint) == []
    await quiet(joint)


async def test_s4_an_invoice_in_another_currency_becomes_a_sale_in_it(joint: Joint) -> None:
    account = await dollars(joint)
    made = await customer(joint, "Grace", CurrencyRef={"value": "USD"})
    sold = await invoice(joint, made["Id"], CurrencyRef={"value": "USD"})
    await payment(joint, made["Id"], "33.00", {sold["Id"]: "33.00"}, DepositToAccountRef={"value": account})
    await run(joint)

    [sale] = await joint.shop_list("sales")
    [receipt] = await joint.shop_list("receipts")
    assert (sale["currency"], sale["total"], sale["amount_paid"]) == ("USD", "33.00", "33.00")
    assert (receipt["currency"], receipt["amount"]) == ("USD", "33.00")
    assert receipt["payment_method_id"] == await joint.method("direct_deposit")
    await quiet(joint)


async def test_r2_a_payment_in_a_currency_whose_account_has_no_method_asks(joint: Joint) -> None:
    made = await customer(joint, "Grace", CurrencyRef={"value": "USD"})
    await payment(joint, made["Id"], "33.00")
    await run(joint)

    assert await joint.shop_list("receipts") == []
    [item] = await joint.attention()
    assert item.kind == "unmapped"
    assert "no payment method in USD" in item.summary


async def test_c4_a_customer_in_another_currency_joins_the_contact_that_is_linked_already(joint: Joint) -> None:
    account = await dollars(joint)
    contact = await joint.contact("Jane", "Doe")
    await joint.sale(contact["id"])
    await run(joint)
    further = await jane_in_dollars(joint)
    sold = await invoice(joint, further["Id"])
    await payment(joint, further["Id"], "33.00", {sold["Id"]: "33.00"}, DepositToAccountRef={"value": account})
    wrote = await run(joint)

    assert wrote == [("oncord", "sale", "create"), ("oncord", "receipt", "create")]
    assert [c["id"] for c in await joint.shop_list("contacts")] == [contact["id"]]
    assert not (await shop(joint, "contacts", contact["id"])).get("phone")
    assert {s["currency"] for s in await joint.shop_list("sales")} == {"AUD", "USD"}
    [receipt] = await joint.shop_list("receipts")
    assert (receipt["currency"], receipt["contact_id"]) == ("USD", contact["id"])

    await in_dollars(joint, contact["id"])
    assert await run(joint) == [("quickbooks", "sale", "create")]
    assert len(await customers(joint)) == 2
    await quiet(joint)


async def test_c4_a_customer_of_another_name_stays_a_contact_of_its_own(joint: Joint) -> None:
    contact = await joint.contact("Jane", "Doe")
    await joint.sale(contact["id"])
    await run(joint)
    await customer(joint, "Max", "Mustermann", "jane@example.com", CurrencyRef={"value": "USD"})

    assert await run(joint) == [("oncord", "contact", "create")]
    assert len(await joint.shop_list("contacts")) == 2


async def test_c4_a_second_customer_of_the_same_currency_is_no_further_customer(joint: Joint) -> None:
    await jane(joint)
    await jane_in_dollars(joint, "Jane Doe abroad")

    assert await run(joint) == [("oncord", "contact", "create")]
    await quiet(joint)


@pytest.mark.parametrize("foreign_first", [True, False])
@pytest.mark.parametrize("known_in_oncord", [True, False])
async def test_matching_twins_in_two_currencies_are_one_contact(
    joint: Joint, *, foreign_first: bool, known_in_oncord: bool
) -> None:
    made = {}
    for currency in ("USD", "AUD") if foreign_first else ("AUD", "USD"):
        if currency == "USD":
            made[currency] = await jane_in_dollars(joint)
        else:
            made[currency] = await customer(joint, "Jane", "Doe", "jane@example.com")
    for twin in made.values():
        await invoice(joint, twin["Id"])
    if known_in_oncord:
        await joint.contact("Jane", "Doe")
    await run(joint)

    [contact] = await joint.shop_list("contacts")
    assert {s["currency"]: s["contact_id"] for s in await joint.shop_list("sales")} == {
        "AUD": contact["id"],
        "USD": contact["id"],
    }
    assert await asked(joint) == []
    assert not contact.get("phone")
    await quiet(joint)

    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"mobile": "0400 111 222"})
    await in_dollars(joint, contact["id"])
    await joint.sale(contact["id"])
    wrote = await run(joint)

    assert wrote == [("quickbooks", "contact", "update"), *[("quickbooks", "sale", "create")] * 2]
    assert (await book(joint, "customer", made["AUD"]["Id"]))["Mobile"]["FreeFormNumber"] == "0400 111 222"
    assert sorted(i["CustomerRef"]["value"] for i in await joint.books_list("invoice")) == sorted(
        [made["AUD"]["Id"], made["USD"]["Id"]] * 2
    )
    await quiet(joint)


async def test_matching_a_sale_finds_the_customer_of_its_currency(joint: Joint) -> None:
    made = await jane_in_dollars(joint)
    await run(joint)
    [contact] = await joint.shop_list("contacts")
    await joint.sale(contact["id"])
    await in_dollars(joint, contact["id"])
    await run(joint)

    found = await customers(joint)
    assert found["USD"]["Id"] == made["Id"]
    assert found["AUD"]["DisplayName"] == "Jane Doe (AUD)"
    assert len(await joint.shop_list("contacts")) == 1
    await quiet(joint)


async def test_s2_a_linked_sale_that_changes_its_currency_asks_what_to_do(joint: Joint) -> None:
    contact = await joint.contact("Jane", "Doe")
    sale = await joint.sale(contact["id"])
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"currency": "USD"})

    assert await run(joint) == []
    [item] = await joint.attention()
    assert "cannot change the currency" in item.summary
    assert "USD" in item.summary
    assert "AUD" in item.summary
    assert sorted(await customers(joint)) == ["AUD"]
    await quiet(joint)

    receipt = await joint.receipt(await shop(joint, "sales", sale["id"]))
    assert await run(joint) == []
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"currency": "AUD"})
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"currency": "AUD"})
    assert await run(joint) == [("quickbooks", "receipt", "create")]
    assert await joint.attention() == []
    await quiet(joint)


async def test_s2_a_sale_that_moves_to_another_contact_moves_to_its_customer_of_the_currency(joint: Joint) -> None:
    contact, other = await jane(joint), await joint.contact("Bea", "Arthur")
    await joint.sale(other["id"])
    await run(joint)
    sale = next(s for s in await joint.shop_list("sales") if s["currency"] == "USD")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"contact_id": other["id"]})
    await run(joint)

    moved = next(i for i in await joint.books_list("invoice") if i["CurrencyRef"]["value"] == "USD")
    assert moved["CustomerRef"]["name"] == "Bea Arthur (USD)", contact
    await quiet(joint)


async def test_c3_a_deleted_contact_leaves_both_customers_and_comes_back_to_both(joint: Joint) -> None:
    contact = await jane(joint)
    before = await customers(joint)
    await joint.in_shop("DELETE", f"contacts/{contact['id']}")

    assert await run(joint) == []
    assert await customers(joint) == before
    assert len(await joint.books_list("invoice")) == 2
    for made in before.values():
        await invoice(joint, made["Id"])
    assert await run(joint) == []
    assert await joint.shop_list("contacts") == []


async def test_c3_a_restored_contact_has_both_customers_again(joint: Joint) -> None:
    contact = await jane(joint)
    before = await customers(joint)
    await joint.in_shop("DELETE", f"contacts/{contact['id']}")
    await run(joint)
    await joint.in_shop("POST", f"contacts/{contact['id']}/restore")
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0400 111 222"})
    await run(joint)
    await joint.sale(contact["id"])
    await in_dollars(joint, contact["id"])
    await run(joint)

    after = await customers(joint)
    assert {code: c["Id"] for code, c in after.items()} == {code: c["Id"] for code, c in before.items()}
    assert after["AUD"]["PrimaryPhone"]["FreeFormNumber"] == "0400 111 222"
    assert "PrimaryPhone" not in after["USD"]
    assert len(await joint.books_list("invoice")) == 4
    await quiet(joint)


async def test_c3_customers_that_are_put_back_one_by_one_are_one_contact_again(joint: Joint) -> None:
    contact = await jane(joint)
    await joint.in_shop("DELETE", f"contacts/{contact['id']}")
    await run(joint)
    made = await customers(joint)
    for currency in ("USD", "AUD"):
        await joint.put_back("quickbooks", "contact", made[currency]["Id"])
        await run(joint)

    [anew] = await joint.shop_list("contacts")
    await joint.sale(anew["id"])
    await in_dollars(joint, anew["id"])
    assert await run(joint) == [("quickbooks", "sale", "create")] * 2
    assert {c["Id"] for c in await joint.books_list("customer")} == {c["Id"] for c in made.values()}
    await quiet(joint)


async def test_c6_only_the_customer_that_a_sale_needs_is_made_active_again(joint: Joint) -> None:
    account = await dollars(joint)
    contact = await jane(joint)
    abroad = next(s for s in await joint.shop_list("sales") if s["currency"] == "USD")
    await joint.receipt(abroad)
    await joint.receipt(next(s for s in await joint.shop_list("sales") if s["currency"] == "AUD"))
    await run(joint)
    for made in (await customers(joint)).values():
        await change(joint, "customer", made["Id"], Active=False)
    assert await run(joint) == []
    assert len(await joint.shop_list("contacts")) == 1

    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0400 111 222"})
    await in_dollars(joint, contact["id"])
    wrote = await run(joint)

    assert wrote == [("quickbooks", "contact", "update"), ("quickbooks", "sale", "create")], account
    made = await customers(joint)
    assert (made["AUD"]["Active"], made["USD"]["Active"]) == (False, True)
    assert "PrimaryPhone" not in made["USD"]
    await quiet(joint)


async def test_c6_a_customer_without_invoices_left_was_not_merged_into_one_of_another_currency(joint: Joint) -> None:
    contact = await jane(joint)
    at_home = next(s for s in await joint.shop_list("sales") if s["currency"] == "AUD")
    await joint.in_shop("DELETE", f"sales/{at_home['id']}")
    await run(joint)
    primary = (await customers(joint))["AUD"]
    await change(joint, "customer", primary["Id"], Active=False)
    await run(joint)
    await joint.sale(contact["id"])
    await run(joint)

    made = await customers(joint)
    assert (made["AUD"]["Id"], made["AUD"]["Active"]) == (primary["Id"], True)
    assert sorted(i["CurrencyRef"]["value"] for i in await joint.books_list("invoice")) == ["AUD", "USD"]
    await quiet(joint)


async def test_c2_contacts_merged_in_oncord_keep_every_customer(joint: Joint) -> None:
    loser, survivor = await jane(joint), await joint.contact("Bea", "Arthur")
    await joint.sale(survivor["id"])
    await run(joint)
    before = {c["Id"]: c["DisplayName"] for c in await joint.books_list("customer")}
    await joint.in_shop("POST", f"contacts/{loser['id']}/merge", {"into": survivor["id"]})
    assert await run(joint) == []

    await in_dollars(joint, survivor["id"], "1.00")
    await joint.sale(survivor["id"])
    await run(joint)

    assert {c["Id"]: c["DisplayName"] for c in await joint.books_list("customer")} == before
    newest = sorted(await joint.books_list("invoice"), key=lambda i: int(i["Id"]))[-2:]
    assert {i["CustomerRef"]["name"] for i in newest} == {"Jane Doe (USD)", "Bea Arthur"}
    await quiet(joint)


async def test_s7_adjustments_and_their_joining_stay_within_a_currency(joint: Joint) -> None:
    contact = await jane(joint)
    abroad = next(s for s in await joint.shop_list("sales") if s["currency"] == "USD")
    given = await in_dollars(joint, contact["id"], "-2.50", kind="adjustment", adjusts_sale_id=abroad["id"])
    parts = [{"sale_id": abroad["id"], "amount": "5.00"}, {"sale_id": given["id"], "amount": "-5.00"}]
    await joint.receipt(abroad, "0.00", allocations=parts)
    await run(joint)

    [memo] = await joint.books_list("creditmemo")
    further = (await customers(joint))["USD"]
    assert (memo["CurrencyRef"]["value"], memo["CustomerRef"]["value"]) == ("USD", further["Id"])
    assert (memo["TotalAmt"], memo["RemainingCredit"]) == (5, 0)
    [joined] = await joint.books_list("payment")
    assert (joined["TotalAmt"], joined["CurrencyRef"]["value"]) == (0, "USD")
    await quiet(joint)


async def test_r5_a_refund_is_paid_back_in_its_currency_to_the_customer_of_it(joint: Joint) -> None:
    account = await dollars(joint)
    owed = {"Name": "Owed in dollars", "AccountType": "Accounts Receivable", "CurrencyRef": {"value": "USD"}}
    await joint.person("account", owed)
    contact = await jane(joint)
    abroad = next(s for s in await joint.shop_list("sales") if s["currency"] == "USD")
    await joint.receipt(abroad)
    given = await in_dollars(joint, contact["id"], "-11.00", kind="adjustment", adjusts_sale_id=abroad["id"])
    await joint.receipt(given, "-22.00")
    await run(joint)

    [back] = await joint.books_list("purchase")
    further = (await customers(joint))["USD"]
    assert (back["TotalAmt"], back["CurrencyRef"]["value"], back["AccountRef"]["value"]) == (22, "USD", account)
    assert back["EntityRef"]["value"] == further["Id"]
    [memo] = await joint.books_list("creditmemo")
    assert memo["RemainingCredit"] == 0
    await quiet(joint)


async def test_s7_a_credit_memo_in_another_currency_is_pulled_in_it(joint: Joint) -> None:
    contact = await jane(joint)
    await credit_memo(joint, (await customers(joint))["USD"]["Id"])
    await run(joint)

    given = next(s for s in await joint.shop_list("sales") if s["kind"] == "adjustment")
    assert (given["currency"], given["contact_id"], given["total"]) == ("USD", contact["id"], "-33.00")
    await quiet(joint)


@pytest.mark.parametrize("tax_included", [True, False])
async def test_money_in_another_currency_is_the_same_to_the_cent(joint: Joint, *, tax_included: bool) -> None:
    contact = await joint.contact("Jane", "Doe")
    lines = [
        {"description": f"Line {n}", "quantity": "3", "unit_price": f"{n}.37", "tax_code": "GST"} for n in range(1, 8)
    ]
    sale = await joint.sale(contact["id"], *lines, currency="USD", amounts_include_tax=tax_included)
    await run(joint)

    [made] = await joint.books_list("invoice")
    assert (Decimal(str(made["TotalAmt"])), made["CurrencyRef"]["value"]) == (Decimal(sale["total"]), "USD")
    assert Decimal(str(made["TxnTaxDetail"]["TotalTax"])) == Decimal(sale["tax_total"])
    await quiet(joint)


async def test_r1_a_receipt_over_sales_of_two_currencies_is_refused_in_words(joint: Joint) -> None:
    await dollars(joint)
    contact = await joint.contact("Jane", "Doe")
    one, two = await joint.sale(contact["id"]), await joint.sale(contact["id"])
    parts = [{"sale_id": s["id"], "amount": "22.00"} for s in (one, two)]
    await joint.receipt(one, "44.00", allocations=parts)
    await joint.in_shop("PATCH", f"sales/{two['id']}", {"currency": "USD"})
    await run(joint)

    assert await joint.books_list("payment") == []
    assert len(await joint.books_list("invoice")) == 2
    [item] = await joint.attention()
    assert "one receipt for each currency" in item.summary
    await quiet(joint)


async def test_r7_a_receipt_that_changes_its_currency_asks_what_to_do(joint: Joint) -> None:
    await dollars(joint)
    contact = await jane(joint)
    body = {"contact_id": contact["id"], "payment_method_id": await joint.method("direct_deposit"), "amount": "5.00"}
    loose = await joint.in_shop("POST", "receipts", body)
    await run(joint)
    await joint.in_shop("PATCH", f"receipts/{loose['id']}", {"currency": "USD"})

    assert await run(joint) == []
    [item] = await joint.attention()
    assert "cannot change the currency" in item.summary
    await quiet(joint)


async def test_c1_which_customer_a_contact_is_is_asked_for_each_currency_by_itself(joint: Joint) -> None:
    home = [
        await customer(joint, "Jane", "Doe", "jane@example.com", DisplayName=name) for name in ("Jane Doe", "Jane D")
    ]
    dollar = [await jane_in_dollars(joint, name) for name in ("Jane Doe (USD)", "Jane D (USD)")]
    contact = await joint.contact("Jane", "Doe")
    await joint.sale(contact["id"])
    await in_dollars(joint, contact["id"])

    assert await run(joint) == []
    items = {item.detail["scope"]: item for item in await joint.attention()}
    assert {scope: {c["id"] for c in item.detail["choices"]} for scope, item in items.items()} == {
        "": {c["Id"] for c in home},
        "USD": {c["Id"] for c in dollar},
    }

    await joint.answer(items["USD"].id, "choose", dollar[1]["Id"])
    await joint.sync(download=False)

    assert {i["CustomerRef"]["value"] for i in await joint.books_list("invoice")} == {dollar[1]["Id"]}
    [item] = await joint.attention()
    await joint.answer(item.id, "choose", home[1]["Id"])
    await joint.sync(download=False)

    made = {str(i["CurrencyRef"]["value"]): i["CustomerRef"]["value"] for i in await joint.books_list("invoice")}
    assert made == {"USD": dollar[1]["Id"], "AUD": home[1]["Id"]}
    assert await joint.attention() == []
    await quiet(joint)


@pytest.mark.parametrize("kind", ["Bank", "Other Current Asset"])
async def test_r1_money_in_another_currency_may_go_to_an_account_of_the_home_currency(joint: Joint, kind: str) -> None:
    """As QuickBooks itself allows: Stripe or PayPal pays what was earned in dollars into the bank at home."""
    rates = [{"currency": "USD", "date": "2026-01-01", "rate": "1.5"}]
    await joint.in_books("PUT", "exchange-rates", {"items": rates})
    home = await joint.account(kind, "UndepositedFunds" if kind != "Bank" else "")
    method = await joint.method("direct_deposit")
    await joint.configure(payment_methods=(MappedMethod(method, home), MappedMethod(method, home, currency="USD")))
    contact = await joint.contact("Jane", "Doe")
    await joint.receipt(await joint.sale(contact["id"]))
    await joint.receipt(await in_dollars(joint, contact["id"]))
    made = await customer(joint, "Grace", CurrencyRef={"value": "USD"})
    sold = await invoice(joint, made["Id"], CurrencyRef={"value": "USD"})
    await run(joint)
    await payment(joint, made["Id"], "33.00", {sold["Id"]: "33.00"}, DepositToAccountRef={"value": home})
    await run(joint)

    paid = await joint.books_list("payment")
    assert {p["DepositToAccountRef"]["value"] for p in paid} == {home}
    assert sorted((p["CurrencyRef"]["value"], p["TotalAmt"], float(p["ExchangeRate"])) for p in paid) == [
        ("AUD", 22, 1),
        ("USD", 22, 1.5),
        ("USD", 33, 1.5),
    ]
    receipts = sorted((r["currency"], r["amount"], r["payment_method_id"]) for r in await joint.shop_list("receipts"))
    assert receipts == [("AUD", "22.00", method), ("USD", "22.00", method), ("USD", "33.00", method)]
    assert [i["Balance"] for i in await joint.books_list("invoice")] == [0, 0, 0]
    assert await asked(joint) == []
    await quiet(joint)


async def rates(joint: Joint, *rows: tuple[str, str]) -> None:
    """The company's exchange rates of dollars, by day."""
    items = [{"currency": "USD", "date": day, "rate": rate} for day, rate in rows]
    await joint.in_books("PUT", "exchange-rates", {"items": items})


async def test_s1_each_new_document_is_booked_at_the_rate_of_its_day(joint: Joint) -> None:
    """An API that is told no rate books one to one (F30)."""
    await rates(joint, ("2026-01-01", "1.5"), ("2026-11-05", "1.6"))
    await dollars(joint)
    contact = await joint.contact("Jane", "Doe")
    early = await in_dollars(joint, contact["id"], date="2026-11-01")
    await in_dollars(joint, contact["id"], date="2026-11-01")
    late = await in_dollars(joint, contact["id"], date="2026-11-06")
    await joint.receipt(early, date="2026-11-07")
    given = await in_dollars(joint, contact["id"], "-11.00", kind="adjustment", adjusts_sale_id=late["id"])
    await joint.receipt(given, "-22.00")
    await run(joint)

    sold = sorted(
        (i["TxnDate"], float(i["ExchangeRate"]), i["HomeTotalAmt"]) for i in await joint.books_list("invoice")
    )
    assert sold == [("2026-11-01", 1.5, 33), ("2026-11-01", 1.5, 33), ("2026-11-06", 1.6, 35.2)]
    for entity in ("creditmemo", "payment", "purchase"):
        assert {float(d["ExchangeRate"]) for d in await joint.books_list(entity)} == {1.6}
    assert await asked(joint) == []
    await quiet(joint)


async def test_s2_an_edit_keeps_the_rate_that_a_document_was_booked_at(joint: Joint) -> None:
    await rates(joint, ("2026-01-01", "1.5"))
    await dollars(joint)
    sale = await in_dollars(joint, (await joint.contact("Jane", "Doe"))["id"])
    receipt = await joint.receipt(sale, "11.00")
    await run(joint)
    await rates(joint, ("2026-01-01", "1.9"))
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Urgent"})
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "TRX 1"})
    await run(joint)

    assert [float(d["ExchangeRate"]) for d in await joint.books_list("invoice")] == [1.5]
    assert [float(d["ExchangeRate"]) for d in await joint.books_list("payment")] == [1.5]
    await quiet(joint)


async def test_s1_a_day_without_a_rate_says_what_to_do_and_goes_once_there_is_one(joint: Joint) -> None:
    await rates(joint, ("2026-11-05", "1.6"))
    contact = await joint.contact("Jane", "Doe")
    await joint.sale(contact["id"])
    await in_dollars(joint, contact["id"], date="2026-11-01")
    await run(joint)

    [item] = await joint.attention()
    assert item.summary == "QuickBooks has no exchange rate of USD for 1 Nov 2026, and would book it one to one."
    assert item.advice == "Enter the rate of USD for that day in QuickBooks, under Currencies, and try again."
    assert len(await joint.books_list("invoice")) == 1

    await rates(joint, ("2026-01-01", "1.5"))
    await joint.answer(item.id, "retry")
    await run(joint)
    booked = sorted((i["CurrencyRef"]["value"], float(i["ExchangeRate"])) for i in await joint.books_list("invoice"))
    assert booked == [("AUD", 1), ("USD", 1.5)]
    assert await asked(joint) == []


async def test_the_rate_of_a_currency_is_read_once_a_day_and_none_for_the_home_currency(joint: Joint) -> None:
    await rates(joint, ("2026-01-01", "1.5"))
    contact = await joint.contact("Jane", "Doe")

    async def read() -> int:
        joint.books.log.clear()
        await run(joint)
        return sum("exchangerate" in str(entry) for entry in joint.books.log)

    await joint.sale(contact["id"])
    assert await read() == 0
    for day in ("2026-11-01", "2026-11-01", "2026-11-02"):
        await in_dollars(joint, contact["id"], date=day)
    assert await read() == 2


async def test_r5_an_account_that_was_made_since_the_last_reading_is_found_before_anything_is_refused(
    joint: Joint,
) -> None:
    account = await dollars(joint)
    await joint.sale((await joint.contact("Ann", "Home"))["id"])
    await run(joint)  # what the company has is remembered from here on: nothing owed in dollars
    contact = await joint.contact("Jane", "Doe")
    abroad = await in_dollars(joint, contact["id"])
    await joint.receipt(abroad)
    given = await in_dollars(joint, contact["id"], "-11.00", kind="adjustment", adjusts_sale_id=abroad["id"])
    await joint.receipt(given, "-22.00")
    await run(joint)

    [back] = await joint.books_list("purchase")
    assert (back["TotalAmt"], back["CurrencyRef"]["value"], back["AccountRef"]["value"]) == (22, "USD", account)
    assert await asked(joint) == []
    await quiet(joint)
