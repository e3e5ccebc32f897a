"""Customers and the other lists: names, hierarchy, inactivity, merges."""

from __future__ import annotations

import pytest

from .books import Books


async def test_a_customer_is_answered_with_what_the_server_adds(us: Books) -> None:
    made = await us.write(
        "Customer", {"GivenName": "Ada", "FamilyName": "Lovelace", "PrimaryEmailAddr": {"Address": "ada@example.com"}}
    )

    assert made["DisplayName"] == made["FullyQualifiedName"] == made["PrintOnCheckName"] == "Ada Lovelace"
    assert (made["SyncToken"], made["Active"], made["Balance"], made["Job"]) == ("0", True, 0, False)
    assert made["CurrencyRef"] == {"value": "USD", "name": "United States Dollar"}
    assert made["MetaData"] == {
        "CreateTime": "2026-11-20T14:00:00-08:00",
        "LastUpdatedTime": "2026-11-20T14:00:00-08:00",
    }


async def test_a_customer_without_any_name_is_refused(us: Books) -> None:
    assert (await us.fault("Customer", {"PrimaryEmailAddr": {"Address": "a@b.example"}}))["code"] == "6080"


@pytest.mark.parametrize("holder", ["Customer", "Vendor", "Employee"])
async def test_a_display_name_is_unique_over_three_lists_whatever_its_case(us: Books, holder: str) -> None:
    await us.person(holder, {"DisplayName": "Acme Ltd", "GivenName": "Acme"})

    error = await us.fault("Customer", {"DisplayName": " ACME ltd "})

    assert error["code"] == "6240"
    assert error["Detail"] == (
        "The name supplied already exists. : Another customer, vendor or employee is already using this \nname. Please use a different name."
    )


async def test_customers_vendors_and_employees_share_one_sequence_of_ids(us: Books) -> None:
    customer = await us.customer("One")
    vendor = await us.write("Vendor", {"DisplayName": "Two"})

    assert int(vendor["Id"]) == int(customer["Id"]) + 1


@pytest.mark.parametrize("name", ["Parent:Child", "Tab\there"])
async def test_a_display_name_holds_no_colon_and_no_tab(us: Books, name: str) -> None:
    assert (await us.fault("Customer", {"DisplayName": name}))["code"] == "2040"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("DisplayName", "x" * 501, "2050"),
        ("PrimaryPhone", {"FreeFormNumber": "1" * 31}, "2050"),
        ("PrimaryEmailAddr", {"Address": "nobody"}, "2210"),
        ("PreferredDeliveryMethod", "Pigeon", "2170"),
        ("FavouriteColour", "green", "2010"),
        ("Taxable", "perhaps", "2230"),
        ("ParentRef", {"value": "9999"}, "2500"),
    ],
)
async def test_a_bad_value_is_refused_under_its_own_code(us: Books, field: str, value: object, code: str) -> None:
    assert (await us.fault("Customer", {"DisplayName": "Fine", field: value}))["code"] == code


async def test_a_sub_customer_is_qualified_by_its_parent_and_follows_its_name(us: Books) -> None:
    parent = await us.customer("Parent")
    child = await us.customer("Child", Job=True, ParentRef={"value": parent["Id"]})
    await us.write("Customer", {"Id": parent["Id"], "SyncToken": "0", "sparse": True, "DisplayName": "Renamed"})

    assert (child["FullyQualifiedName"], child["Level"], child["Job"]) == ("Parent:Child", 1, True)
    assert (await us.read("Customer", child["Id"]))["FullyQualifiedName"] == "Renamed:Child"


async def test_sub_customers_go_five_levels_deep_and_no_deeper(us: Books) -> None:
    above = await us.customer("L1")
    for level in range(2, 6):
        above = await us.customer(f"L{level}", ParentRef={"value": above["Id"]})

    assert (await us.fault("Customer", {"DisplayName": "L6", "ParentRef": {"value": above["Id"]}}))["code"] == "6180"


async def test_making_inactive_frees_the_name_and_making_active_regains_it(us: Books) -> None:
    first = await us.customer("Acme")
    gone = await us.write("Customer", {"Id": first["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    second = await us.customer("Acme")
    clashing = await us.write("Customer", {"Id": first["Id"], "SyncToken": "1", "sparse": True, "Active": True})
    await us.write("Customer", {"Id": second["Id"], "SyncToken": "0", "sparse": True, "DisplayName": "Acme Two"})
    await us.write("Customer", {"Id": first["Id"], "SyncToken": "2", "sparse": True, "Active": False})
    back = await us.write("Customer", {"Id": first["Id"], "SyncToken": "3", "sparse": True, "Active": True})

    assert gone["DisplayName"] == gone["FullyQualifiedName"] == "Acme (deleted)"
    assert clashing["DisplayName"] == "Acme (deleted)"
    assert back["Active"] is True


async def test_a_second_inactive_bearer_of_a_name_gets_a_number(us: Books) -> None:
    for _ in range(2):
        made = await us.customer("Acme")
        await us.write("Customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Active": False})

    found = await us.query("select DisplayName from Customer where Active = false orderby Id")

    assert [row["DisplayName"] for row in found["Customer"]] == ["Acme (deleted)", "Acme (deleted 1)"]


async def test_a_customer_with_an_open_balance_stays_active(us: Books) -> None:
    customer = await us.customer()
    await us.invoice(customer)

    assert (await us.fault("Customer", {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "Active": False}))[
        "code"
    ] == "6220"


async def test_an_inactive_customer_can_be_read_but_not_sold_to(us: Books) -> None:
    customer = await us.customer()
    await us.write("Customer", {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "Active": False})

    error = await us.fault("Invoice", {"CustomerRef": {"value": customer["Id"]}, "Line": [us.line("1")]})

    assert (await us.read("Customer", customer["Id"]))["Active"] is False
    assert error["code"] == "610"


async def test_a_customer_cannot_be_deleted(us: Books) -> None:
    customer = await us.customer()

    assert (await us.fault("Customer", {"Id": customer["Id"], "SyncToken": "0"}, operation="delete"))["code"] == "500"


async def test_renaming_a_customer_renames_it_on_its_documents_without_touching_them(us: Books) -> None:
    customer = await us.customer("Before")
    invoice = await us.invoice(customer)
    us.world.clock.advance(60)
    await us.write("Customer", {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "DisplayName": "After"})

    found = await us.read("Invoice", invoice["Id"])

    assert found["CustomerRef"]["name"] == "After"
    assert (found["SyncToken"], found["MetaData"]) == (invoice["SyncToken"], invoice["MetaData"])


async def test_a_merge_moves_documents_and_balance_and_leaves_the_loser_inactive(us: Books) -> None:
    loser, survivor = await us.customer("Loser"), await us.customer("Survivor")
    invoice = await us.invoice(loser, us.line("70"))
    await us.client.post(
        f"/_sandbox/companies/{us.company.realm}/customer/merge", json={"from": loser["Id"], "into": survivor["Id"]}
    )

    gone, kept, moved = (
        await us.read("Customer", loser["Id"]),
        await us.read("Customer", survivor["Id"]),
        await us.read("Invoice", invoice["Id"]),
    )

    assert (gone["Active"], gone["DisplayName"], gone["Balance"]) == (False, "Loser (deleted)", 0)
    assert kept["Balance"] == 70
    assert moved["CustomerRef"] == {"value": survivor["Id"], "name": "Survivor"}


async def test_an_account_made_through_the_api_gets_a_large_id_and_its_types_defaults(us: Books) -> None:
    made = await us.write("Account", {"Name": "Till", "AccountType": "Bank"})

    assert made["Id"] == "1150040001"
    assert (made["AccountSubType"], made["Classification"], made["CurrentBalance"]) == ("CashOnHand", "Asset", 0)


async def test_an_item_gets_its_defaults_and_needs_an_income_account(us: Books) -> None:
    made = await us.write("Item", {"Name": "Widget", "Type": "Service", "IncomeAccountRef": {"value": "79"}})
    wrong = await us.fault("Item", {"Name": "Other", "Type": "Service", "IncomeAccountRef": {"value": "35"}})
    without = await us.fault("Item", {"Name": "Third", "Type": "NonInventory"})
    twice = await us.fault("Item", {"Name": "WIDGET", "Type": "Service", "IncomeAccountRef": {"value": "79"}})

    assert (made["UnitPrice"], made["PurchaseCost"], made["Taxable"], made["TrackQtyOnHand"]) == (0, 0, False, False)
    assert made["DeferredRevenue"] is False
    assert [wrong["code"], without["code"], twice["code"]] == ["6430", "2020", "6240"]


async def test_selling_stock_raises_the_items_token_and_lowers_its_quantity(us: Books) -> None:
    item = await us.write(
        "Item",
        {
            "Name": "Pump",
            "Type": "Inventory",
            "TrackQtyOnHand": True,
            "QtyOnHand": 10,
            "InvStartDate": "2026-01-01",
            "IncomeAccountRef": {"value": "79"},
            "ExpenseAccountRef": {"value": "80"},
            "AssetAccountRef": {"value": "81"},
        },
    )
    await us.invoice(await us.customer(), us.line("30", ItemRef={"value": item["Id"]}, Qty=3, UnitPrice=10))

    sold = await us.read("Item", item["Id"])

    assert (sold["QtyOnHand"], sold["SyncToken"]) == (7, "1")


async def test_preferences_change_section_by_section(us: Books) -> None:
    await us.write(
        "Preferences", {"Id": "1", "SyncToken": "0", "sparse": True, "SalesFormsPrefs": {"CustomTxnNumbers": True}}
    )

    found = await us.query("select * from Preferences")

    assert found["Preferences"][0]["SalesFormsPrefs"]["CustomTxnNumbers"] is True
    assert found["Preferences"][0]["SalesFormsPrefs"]["AllowDiscount"] is True


async def test_a_tax_code_is_made_through_the_tax_service_only(au: Books) -> None:
    body = {
        "TaxCode": "Levy",
        "TaxRateDetails": [{"TaxRateName": "Levy 5", "RateValue": "5", "TaxAgencyId": "1", "TaxApplicableOn": "Sales"}],
    }
    answer = await au.call("POST", "taxservice/taxcode", json=body)
    direct = await au.fault("TaxCode", {"Name": "Direct"})
    invoice = await au.invoice(await au.customer(), au.line("10", answer.json()["TaxCodeId"]))

    assert "time" not in answer.json()
    assert direct["code"] == "500"
    assert invoice["TxnTaxDetail"]["TotalTax"] == pytest.approx(0.5)


async def test_inactive_entries_of_small_lists_are_renamed_too(us: Books) -> None:
    term = await us.write("Term", {"Name": "Net 90", "DueDays": 90})
    gone = await us.write("Term", {"Id": term["Id"], "SyncToken": "0", "sparse": True, "Active": False})

    assert gone["Name"] == "Net 90 (deleted)"
    assert await us.ids("select * from Term where Name = 'Net 90'") == []
