"""C1 to C6: contacts and customers, their names, merges, sub-customers, and the first meeting of two full sides."""

from app.domain.model.operations import Action
from tests.support.joint import Joint
from tests.support.stories import asked, book, change, customer, invoice, payment, quiet, reasons, run, shop


async def test_c1_a_contact_without_a_sale_is_not_created(joint: Joint) -> None:
    await joint.contact()

    assert await run(joint) == []
    assert await joint.books_list("customer") == []


async def test_c1_a_draft_an_early_sale_or_a_loose_receipt_creates_no_customer(joint: Joint) -> None:
    contact = await joint.contact()
    await joint.sale(contact["id"], status="draft")
    await joint.sale(contact["id"], date="2025-12-31")
    body = {"contact_id": contact["id"], "payment_method_id": await joint.method("direct_deposit"), "amount": "5.00"}
    await joint.in_shop("POST", "receipts", body)

    assert await run(joint) == []
    assert await joint.books_list("customer") == []


async def test_c1_a_loose_receipt_follows_once_its_contact_has_a_sale(joint: Joint) -> None:
    contact = await joint.contact()
    body = {"contact_id": contact["id"], "payment_method_id": await joint.method("direct_deposit"), "amount": "5.00"}
    await joint.in_shop("POST", "receipts", body)
    await run(joint)
    await joint.sale(contact["id"])
    await run(joint)

    [paid] = await joint.books_list("payment")
    assert (paid["TotalAmt"], paid["UnappliedAmt"]) == (5, 5)
    await quiet(joint)


async def test_c1_two_sales_of_one_contact_share_one_customer(joint: Joint) -> None:
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await joint.sale(contact["id"])
    await run(joint)

    assert len(await joint.books_list("customer")) == 1
    assert len(await joint.books_list("invoice")) == 2
    await quiet(joint)


async def test_c1_a_supplier_of_the_same_name_gives_the_customer_a_readable_suffix(joint: Joint) -> None:
    await joint.person("vendor", {"DisplayName": "Ada Lovelace"})
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await run(joint)

    [made] = await joint.books_list("customer")
    assert made["DisplayName"] == "Ada Lovelace (ada@example.com)"
    [unchanged] = await joint.shop_list("contacts")
    assert (unchanged["first_name"], unchanged["last_name"]) == ("Ada", "Lovelace")
    await quiet(joint)


async def test_c2_the_suffix_of_a_name_survives_every_change_but_a_new_name(joint: Joint) -> None:
    await joint.person("vendor", {"DisplayName": "Ada Lovelace"})
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await run(joint)
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0400 1"})
    await run(joint)

    [made] = await joint.books_list("customer")
    assert made["DisplayName"] == "Ada Lovelace (ada@example.com)"

    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"last_name": "King"})
    await run(joint)

    [made] = await joint.books_list("customer")
    assert (made["DisplayName"], made["FamilyName"]) == ("Ada King", "King")
    await quiet(joint)


async def test_c2_a_display_name_that_a_person_chose_is_not_rewritten(joint: Joint) -> None:
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await run(joint)
    [made] = await joint.books_list("customer")
    await change(joint, "customer", made["Id"], DisplayName="Countess of Lovelace")
    await run(joint)

    assert (await shop(joint, "contacts", contact["id"]))["last_name"] == "Lovelace"

    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"last_name": "King"})
    await run(joint)

    [made] = await joint.books_list("customer")
    assert (made["DisplayName"], made["FamilyName"]) == ("Countess of Lovelace", "King")
    await quiet(joint)


async def test_c2_and_c5_different_fields_of_one_contact_merge(joint: Joint) -> None:
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await run(joint)
    [made] = await joint.books_list("customer")
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0400 111 222"})
    await change(joint, "customer", made["Id"], Mobile={"FreeFormNumber": "0499 333 444"})
    await run(joint)

    found = await shop(joint, "contacts", contact["id"])
    made = await book(joint, "customer", made["Id"])
    assert (found["phone"], found["mobile"]) == ("0400 111 222", "0499 333 444")
    assert made["PrimaryPhone"]["FreeFormNumber"] == "0400 111 222"
    assert made["Mobile"]["FreeFormNumber"] == "0499 333 444"
    assert await asked(joint) == []
    await quiet(joint)


async def test_c2_a_conflict_is_won_by_the_configured_side_and_the_loser_is_kept(joint: Joint) -> None:
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await run(joint)
    [made] = await joint.books_list("customer")
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0400 111 222"})
    await change(joint, "customer", made["Id"], PrimaryPhone={"FreeFormNumber": "0499 333 444"})
    await run(joint)

    assert (await book(joint, "customer", made["Id"]))["PrimaryPhone"]["FreeFormNumber"] == "0400 111 222"
    [item] = await joint.attention()
    assert item.kind == "conflict"
    [lost] = item.detail["disagreements"]
    assert (lost["oncord"], lost["quickbooks"], lost["winner"]) == ("0400 111 222", "0499 333 444", "oncord")
    await quiet(joint)


async def test_c2_the_same_value_typed_on_both_sides_is_no_conflict(joint: Joint) -> None:
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await run(joint)
    [made] = await joint.books_list("customer")
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0400 111 222"})
    await change(joint, "customer", made["Id"], PrimaryPhone={"FreeFormNumber": "0400111222"})

    assert await run(joint) == []
    assert await asked(joint) == []


async def test_c4_customers_are_pulled_and_suppliers_and_employees_are_not(joint: Joint) -> None:
    await customer(joint, "Grace")
    await joint.person("vendor", {"DisplayName": "Paper Supplies"})
    await joint.person("employee", {"GivenName": "Em", "FamilyName": "Ployee"})
    await run(joint)

    [contact] = await joint.shop_list("contacts")
    assert (contact["first_name"], contact["email_marketing_status"]) == ("Grace", "pending")
    await quiet(joint)


async def test_c4_a_customer_with_a_display_name_only_becomes_a_company(joint: Joint) -> None:
    await joint.person("customer", {"DisplayName": "Acme Pty Ltd"})
    await run(joint)

    [contact] = await joint.shop_list("contacts")
    assert (contact["type"], contact["company_name"]) == ("company", "Acme Pty Ltd")
    await quiet(joint)


async def test_c4_a_sub_customer_stands_for_its_parent_and_its_invoice_keeps_it(joint: Joint) -> None:
    parent = await customer(joint, "Grace")
    site = await joint.person("customer", {"DisplayName": "Kitchen", "Job": True, "ParentRef": {"value": parent["Id"]}})
    made = await invoice(joint, site["Id"])
    await run(joint)

    [contact] = await joint.shop_list("contacts")
    [sale] = await joint.shop_list("sales")
    assert sale["contact_id"] == contact["id"]

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "soon"})
    receipt = await joint.receipt(sale)
    await run(joint)

    kept = await book(joint, "invoice", made["Id"])
    assert (kept["CustomerRef"]["value"], kept["CustomerMemo"]["value"]) == (site["Id"], "soon")
    [paid] = await joint.books_list("payment")
    assert paid["CustomerRef"]["value"] == site["Id"]
    assert kept["Balance"] == 0, receipt
    await quiet(joint)


async def test_c4_a_sub_customer_with_an_email_is_a_contact_of_its_own(joint: Joint) -> None:
    parent = await customer(joint, "Grace")
    await joint.person(
        "customer",
        {
            "DisplayName": "Kitchen",
            "Job": True,
            "ParentRef": {"value": parent["Id"]},
            "PrimaryEmailAddr": {"Address": "kitchen@example.com"},
        },
    )
    await run(joint)

    assert sorted(c["email"] for c in await joint.shop_list("contacts")) == [
        "grace.hopper@example.com",
        "kitchen@example.com",
    ]


async def test_c6_a_sale_makes_its_inactive_customer_active_before_its_invoice(joint: Joint) -> None:
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    await joint.receipt(sale)
    await run(joint)
    [made] = await joint.books_list("customer")
    await change(joint, "customer", made["Id"], Active=False)
    await run(joint)

    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0400 111 222"})
    assert await run(joint) == []

    await joint.sale(contact["id"])
    await joint.sale(contact["id"])
    wrote = await run(joint)

    assert wrote == [("quickbooks", "contact", "update"), *[("quickbooks", "sale", "create")] * 2]
    made = await book(joint, "customer", made["Id"])
    assert (made["Active"], made["DisplayName"]) == (True, "Ada Lovelace")
    assert made["PrimaryPhone"]["FreeFormNumber"] == "0400 111 222"
    await quiet(joint)


async def test_c6_what_was_typed_while_a_customer_slept_travels_both_ways_when_it_wakes(joint: Joint) -> None:
    contact = await joint.contact(phone="0400 000 000")
    await joint.receipt(await joint.sale(contact["id"]))
    await run(joint)
    [owner] = await joint.books_list("customer")
    typed = {"Mobile": {"FreeFormNumber": "0499 111 111"}, "PrimaryPhone": {"FreeFormNumber": "0499 222 222"}}
    await change(joint, "customer", owner["Id"], **typed, Active=False)
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0400 333 333", "fax": "02 9000 0000"})
    assert await run(joint) == []

    await joint.sale(contact["id"])
    await run(joint)

    [now] = await joint.books_list("customer")
    assert now["Active"]
    assert (now["PrimaryPhone"]["FreeFormNumber"], now["Fax"]["FreeFormNumber"]) == ("0400 333 333", "02 9000 0000")
    kept = await shop(joint, "contacts", contact["id"])
    assert (kept["mobile"], kept["phone"]) == ("0499 111 111", "0400 333 333")
    [item] = await joint.attention()
    assert (item.kind, "use_other" in item.actions) == ("conflict", True)
    await quiet(joint)


async def test_c6_a_customer_that_was_merged_away_is_not_made_active_again(joint: Joint) -> None:
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await run(joint)
    [loser] = await joint.books_list("customer")
    survivor = await customer(joint, "Ada", "King", email="")
    await joint.in_books("POST", "customer/merge", {"from": loser["Id"], "into": survivor["Id"]})
    await run(joint)

    assert len(await joint.shop_list("contacts")) == 1

    await joint.sale(contact["id"])
    await run(joint)

    assert {i["CustomerRef"]["value"] for i in await joint.books_list("invoice")} == {survivor["Id"]}
    assert (await book(joint, "customer", loser["Id"]))["Active"] is False
    await quiet(joint)


async def test_c5_a_contact_whose_customer_is_merged_loses_none_of_its_details(joint: Joint) -> None:
    contact = await joint.contact(phone="0400 111 111")
    await joint.sale(contact["id"])
    await run(joint)
    [loser] = await joint.books_list("customer")
    survivor = await customer(joint, "Augusta", "King", email="", Mobile={"FreeFormNumber": "0400 999 999"})
    await joint.in_books("POST", "customer/merge", {"from": loser["Id"], "into": survivor["Id"]})
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0400 222 222"})
    await run(joint)

    kept = await shop(joint, "contacts", contact["id"])
    made = await book(joint, "customer", survivor["Id"])
    assert (kept["first_name"], kept["email"], kept["phone"]) == ("Ada", "ada@example.com", "0400 222 222")
    assert (kept["mobile"], made["DisplayName"]) == ("0400 999 999", "Ada Lovelace (ada@example.com)")
    assert made["PrimaryEmailAddr"]["Address"] == "ada@example.com"
    assert made["PrimaryPhone"]["FreeFormNumber"] == "0400 222 222"
    await quiet(joint)

    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"fax": "02 9000 0000"})
    await run(joint)

    assert (await shop(joint, "contacts", contact["id"]))["email"] == "ada@example.com"
    await quiet(joint)


async def test_c6_customers_of_two_contacts_that_are_merged_leave_both_contacts(joint: Joint) -> None:
    ada, bea = await joint.contact(), await joint.contact("Bea", "Arthur")
    sale, _ = await joint.sale(ada["id"]), await joint.sale(bea["id"])
    await run(joint)
    customers = {c["GivenName"]: c["Id"] for c in await joint.books_list("customer")}
    await joint.in_books("POST", "customer/merge", {"from": customers["Ada"], "into": customers["Bea"]})

    assert await run(joint) == []
    assert (await shop(joint, "sales", sale["id"]))["contact_id"] == ada["id"]

    await joint.sale(ada["id"])
    await run(joint)

    assert {i["CustomerRef"]["value"] for i in await joint.books_list("invoice")} == {customers["Bea"]}
    assert (await book(joint, "customer", customers["Ada"]))["Active"] is False
    await quiet(joint)


async def test_c2_a_merge_in_oncord_moves_no_invoice_and_merges_nothing_in_quickbooks(joint: Joint) -> None:
    ada, bea = await joint.contact(), await joint.contact("Bea", "Arthur")
    sale, _ = await joint.sale(ada["id"]), await joint.sale(bea["id"])
    await run(joint)
    before = {i["Id"]: i["CustomerRef"]["value"] for i in await joint.books_list("invoice")}
    await joint.in_shop("POST", f"contacts/{ada['id']}/merge", {"into": bea["id"]})

    assert await run(joint) == []
    assert {i["Id"]: i["CustomerRef"]["value"] for i in await joint.books_list("invoice")} == before

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "merged"})
    await joint.receipt(await shop(joint, "sales", sale["id"]))
    await run(joint)

    changed = next(i for i in await joint.books_list("invoice") if i.get("CustomerMemo", {}).get("value") == "merged")
    assert changed["CustomerRef"]["value"] == before[changed["Id"]]
    assert changed["Balance"] == 0
    await joint.sale(bea["id"])
    await run(joint)

    assert all(c["Active"] for c in await joint.books_list("customer"))
    assert len(await joint.books_list("customer")) == 2
    await quiet(joint)


async def test_c3_a_restored_contact_is_the_same_customer_again(joint: Joint) -> None:
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await run(joint)
    await joint.in_shop("DELETE", f"contacts/{contact['id']}")
    await run(joint)
    await joint.in_shop("POST", f"contacts/{contact['id']}/restore")
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0400 111 222"})
    await run(joint)
    await joint.sale(contact["id"])
    await run(joint)

    [made] = await joint.books_list("customer")
    assert made["PrimaryPhone"]["FreeFormNumber"] == "0400 111 222"
    assert len(await joint.books_list("invoice")) == 2
    await quiet(joint)


async def test_c3_a_new_invoice_for_a_deleted_contact_asks_once_and_resurrects_nothing(joint: Joint) -> None:
    made = await customer(joint, "Grace")
    await run(joint)
    [contact] = await joint.shop_list("contacts")
    await joint.in_shop("DELETE", f"contacts/{contact['id']}")
    await run(joint)
    await invoice(joint, made["Id"])
    await invoice(joint, made["Id"])

    assert await run(joint) == []
    assert await joint.shop_list("contacts") == []
    assert await joint.shop_list("sales") == []
    assert len(await joint.attention()) == 1


async def test_matching_joins_the_same_email_and_a_compatible_name(joint: Joint) -> None:
    await customer(joint, "Ada", "Lovelace", email="ADA@example.com", PrimaryPhone={"FreeFormNumber": "0400 1234567"})
    contact = await joint.contact(mobile="0499 7654321")
    await run(joint)

    [made] = await joint.books_list("customer")
    found = await shop(joint, "contacts", contact["id"])
    assert found["phone"] == "0400 1234567"
    assert made["Mobile"]["FreeFormNumber"] == "0499 7654321"
    assert len(await joint.shop_list("contacts")) == 1
    await quiet(joint)


async def test_matching_never_joins_different_emails_on_the_name(joint: Joint) -> None:
    await customer(joint, "Ada", "Lovelace", email="other@example.com", BillAddr={"PostalCode": "4000"})
    await joint.contact(billing_address={"postcode": "3000"})
    await run(joint)

    assert len(await joint.shop_list("contacts")) == 2
    assert await joint.attention() == []


async def test_matching_asks_about_different_emails_of_one_name_in_one_postcode(joint: Joint) -> None:
    await customer(joint, "Ada", "Lovelace", email="other@example.com", BillAddr={"PostalCode": "4000"})
    await joint.contact(billing_address={"postcode": "4000"})

    assert await run(joint) == []
    [item] = await joint.attention()
    [offered] = item.detail["choices"]
    assert offered["speaks_for"] == ["the same name", "the same postcode"]
    assert offered["against"] == ["another e-mail address"]


async def test_matching_joins_a_name_without_email_when_the_postcode_and_the_door_agree(joint: Joint) -> None:
    await customer(joint, "Ada", "Lovelace", email="", BillAddr={"Line1": "12 Wharf St", "PostalCode": "4000"})
    await joint.contact(billing_address={"line1": "Unit 3, 12 Wharf Street", "postcode": "4000"})
    await run(joint)

    assert len(await joint.shop_list("contacts")) == 1
    [made] = await joint.books_list("customer")
    assert made["PrimaryEmailAddr"]["Address"] == "ada@example.com"
    await quiet(joint)


async def test_matching_asks_where_several_contacts_could_be_the_customer(joint: Joint) -> None:
    for phone in ("0400 111 222", "0400 333 444"):
        await joint.contact(phone=phone)
    await customer(joint, "Ada", "Lovelace", email="ada@example.com")

    assert await run(joint) == []
    assert len(await joint.shop_list("contacts")) == 2
    assert await asked(joint) == [("C4", "ambiguous_match")]


async def test_matching_asks_where_several_customers_could_be_the_contact(joint: Joint) -> None:
    await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    await joint.person(
        "customer", {"DisplayName": "Ada L", "PrimaryEmailAddr": {"Address": "ada@example.com"}, "GivenName": "Ada"}
    )
    contact = await joint.contact()
    await joint.sale(contact["id"])

    assert await run(joint) == []
    assert len(await joint.books_list("customer")) == 2
    assert len(await joint.shop_list("contacts")) == 1
    assert await asked(joint)


async def test_c6_an_inactive_twin_is_adopted_and_made_active_for_a_sale(joint: Joint) -> None:
    made = await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    await change(joint, "customer", made["Id"], Active=False)
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await run(joint)

    [kept] = await joint.books_list("customer")
    assert kept["Active"] is True
    assert len(await joint.books_list("invoice")) == 1
    assert await reasons(joint, Action.CREATE)
    await quiet(joint)


async def test_c5_a_customer_that_pays_only_does_not_move_its_contact(joint: Joint) -> None:
    made = await customer(joint, "Grace")
    first = await invoice(joint, made["Id"])
    await run(joint)
    await payment(joint, made["Id"], "33.00", {first["Id"]: "33.00"})

    assert await run(joint) == [("oncord", "receipt", "create")]


async def test_matching_goes_on_once_a_person_has_told_two_customers_apart(joint: Joint) -> None:
    await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    other = await joint.person(
        "customer", {"DisplayName": "Ada L", "GivenName": "Ada", "PrimaryEmailAddr": {"Address": "ada@example.com"}}
    )
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await run(joint)
    assert await joint.books_list("invoice") == []

    await change(joint, "customer", other["Id"], PrimaryEmailAddr={"Address": "ada.l@example.com"})
    await joint.touched("oncord", "contact", contact["id"])
    await run(joint)

    [made] = await joint.books_list("invoice")
    assert made["CustomerRef"]["name"] == "Ada Lovelace"
    await quiet(joint)
