"""Writing records through the connector API's batches."""

from typing import Any

import pytest

from tests.sandbox_oncord.shop import API, TOKEN, Shop

WEEK = 7 * 24 * 3600
CONTACT = {"first_name": "Liam", "last_name": "Jones", "email": "liam@example.com", "email_marketing_status": "pending"}


def invoice(contact_id: str, **more: Any) -> dict[str, Any]:
    """A sale whose parts add up, as the connector sends it."""
    line = {
        "description": "Thing", "quantity": "2", "unit_price": "55.00", "tax_code": "GST",
        "tax_amount": "10.00", "line_total": "110.00",
    }  # fmt: skip
    return {"contact_id": contact_id, "date": "2026-11-20", "currency": "AUD", "amounts_include_tax": True,
            "lines": [line], "tax_total": "10.00", "total": "110.00", **more}  # fmt: skip


def fields(result: dict[str, Any]) -> list[str]:
    assert result["status"] == "invalid", result
    return [error["field"] for error in result["errors"]]


async def test_results_come_in_order_and_a_bad_operation_fails_alone(shop: Shop) -> None:
    results = await shop.batch(
        "contacts",
        {"key": "a", "action": "create", "record": CONTACT},
        {"key": "b", "action": "create", "record": {"email": "not an address"}},
        {"key": "c", "action": "fly"},
        {"action": "create", "record": CONTACT},
        {"key": "e", "action": "update", "id": "99", "version": "1", "record": {}},
        {"key": "f", "action": "create", "record": {"company_name": "Last Pty Ltd"}},
    )

    assert [(result["key"], result["status"]) for result in results] == [
        ("a", "ok"), ("b", "invalid"), ("c", "invalid"), (None, "invalid"), ("e", "not_found"), ("f", "ok"),
    ]  # fmt: skip
    assert len((await shop.api("/contacts"))["items"]) == 2


async def test_more_than_a_hundred_operations_are_refused_as_a_whole(shop: Shop) -> None:
    operations = [{"key": str(n), "action": "create", "record": CONTACT} for n in range(101)]
    answer = await shop.client.post(f"{API}/contacts/batch", json={"operations": operations}, headers=TOKEN)

    assert answer.status_code == 422
    assert (await shop.api("/contacts"))["items"] == []


async def test_a_repeated_key_gives_its_first_answer_again(shop: Shop) -> None:
    operation = {"key": "k", "action": "create", "record": CONTACT}
    (first,) = await shop.batch("contacts", operation)
    await shop.door("PATCH", f"/contacts/{first['record']['id']}", {"phone": "changed since"})
    (again,) = await shop.batch("contacts", operation)

    assert again == first
    assert len((await shop.api("/contacts"))["items"]) == 1


async def test_a_key_with_another_body_is_invalid(shop: Shop) -> None:
    await shop.write("contacts", "create", key="k", record=CONTACT)

    other = await shop.write("contacts", "create", key="k", record={**CONTACT, "phone": "1"})

    assert fields(other) == ["key"]
    sale = await shop.write("sales", "create", key="k", record=CONTACT)
    assert fields(sale) == ["key"]


async def test_a_key_is_forgotten_after_a_week(shop: Shop) -> None:
    await shop.write("contacts", "create", key="k", record=CONTACT)
    shop.wait(WEEK + 1)

    again = await shop.write("contacts", "create", key="k", record=CONTACT)

    assert again["record"]["id"] == "2"


async def test_a_refused_operation_may_be_tried_again_under_its_key(shop: Shop) -> None:
    mia = await shop.contact()
    await shop.door("PATCH", f"/contacts/{mia['id']}", {"phone": "1"})
    operation = {"key": "k", "action": "create", "record": invoice("2")}
    (refused,) = await shop.batch("sales", operation)
    await shop.contact()
    (accepted,) = await shop.batch("sales", operation)

    assert fields(refused) == ["contact_id"]
    assert accepted["status"] == "ok"


async def test_a_create_whose_external_ref_exists_answers_with_the_holder(shop: Shop) -> None:
    first = await shop.write("contacts", "create", record={**CONTACT, "external_ref": "r"})
    again = await shop.write("contacts", "create", record={**CONTACT, "external_ref": "r"})
    await shop.door("DELETE", f"/contacts/{first['record']['id']}")
    after_delete = await shop.write("contacts", "create", record={**CONTACT, "external_ref": "r"})

    assert (again["status"], again["record"]) == ("exists", first["record"])
    assert (after_delete["status"], after_delete["record"]["deleted"]) == ("exists", True)
    sale = await shop.write("sales", "create", record=invoice((await shop.contact())["id"], external_ref="r"))
    assert sale["status"] == "ok"


async def test_an_update_needs_the_present_version(shop: Shop) -> None:
    mia = await shop.contact()
    await shop.door("PATCH", f"/contacts/{mia['id']}", {"phone": "1"})

    none = await shop.write("contacts", "update", id=mia["id"], record={"phone": "2"})
    old = await shop.write("contacts", "update", id=mia["id"], version="1", record={"phone": "2"})
    right = await shop.write("contacts", "update", id=mia["id"], version="2", record={"phone": "2"})

    assert fields(none) == ["version"]
    assert (old["status"], old["record"]["version"], old["record"]["phone"]) == ("stale", "2", "1")
    assert (right["status"], right["record"]["version"], right["record"]["phone"]) == ("ok", "3", "2")


async def test_an_update_is_partial_and_keeps_unknown_fields(shop: Shop) -> None:
    mia = await shop.contact(
        email="mia@example.com", loyalty={"tier": "gold"}, billing_address={"line1": "1", "lot": "9"}
    )

    done = await shop.write(
        "contacts", "update", id=mia["id"], version="1", record={"phone": "2", "billing_address": {"line1": "5"}}
    )

    record = done["record"]
    assert (record["email"], record["loyalty"], record["phone"]) == ("mia@example.com", {"tier": "gold"}, "2")
    assert (record["billing_address"]["line1"], record["billing_address"]["lot"]) == ("5", "9")


async def test_lines_replace_the_list_and_keep_their_ids_and_unknown_fields(shop: Shop) -> None:
    mia = await shop.contact()
    lines = [{"description": text, "unit_price": "11.00", "class": text} for text in ("one", "two", "three")]
    sale = await shop.sale(mia["id"], lines=lines)
    second = sale["lines"][1]

    done = await shop.write(
        "sales", "update", id=sale["id"], version="1",
        record={"lines": [{"description": "new", "unit_price": "5.50"}, {"id": second["id"], "description": "TWO"}]},
    )  # fmt: skip

    record = done["record"]
    assert [line["description"] for line in record["lines"]] == ["new", "TWO"]
    assert record["lines"][1] == {**second, "description": "TWO"}
    assert record["lines"][0]["id"] not in {line["id"] for line in sale["lines"]}
    assert record["total"] == "16.50"


async def test_a_line_id_that_the_sale_does_not_have_is_refused(shop: Shop) -> None:
    sale = await shop.sale((await shop.contact())["id"])
    body = {"lines": [{"id": "77", "unit_price": "1.00"}]}

    assert fields(await shop.write("sales", "update", id=sale["id"], version="1", record=body)) == ["lines.0.id"]


async def test_taxes_are_stored_as_they_are_given_when_they_add_up(shop: Shop) -> None:
    mia = await shop.contact()
    odd = invoice(mia["id"], tax_total="9.99")
    odd["lines"][0]["tax_amount"] = "9.99"

    done = await shop.write("sales", "create", record=odd)

    assert (done["record"]["tax_total"], done["record"]["lines"][0]["tax_amount"]) == ("9.99", "9.99")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"total": "110.01"}, "total"),
        ({"tax_total": "9.00"}, "tax_total"),
        ({"amounts_include_tax": False}, "total"),
        ({"rounding": "0.01"}, "total"),
        ({"shipping": {"amount": "5.00"}}, "total"),
        ({"order_discounts": [{"amount": "1.00"}]}, "total"),
        ({"currency": "AUS"}, "currency"),
        ({"currency": None, "date": None}, "date"),
        ({"date": "2026-02-30"}, "date"),
        ({"total": 110.0}, "total"),
        ({"contact_id": "99"}, "contact_id"),
        ({"contact_id": None}, "contact_id"),
        ({"status": "paid"}, "status"),
        ({"adjusts_sale_id": "99"}, "adjusts_sale_id"),
        ({"lines": [{"unit_price": "110.00", "tax_code": "GTS", "tax_amount": "10.00"}]}, "lines.0.tax_code"),
        ({"lines": [{"unit_price": "100.00", "line_total": "110.00", "tax_amount": "10.00"}]}, "lines.0.line_total"),
        ({"lines": [{"unit_price": "110.00", "product_id": "99", "tax_amount": "10.00"}]}, "lines.0.product_id"),
    ],
)
async def test_a_sale_that_does_not_hold_together_is_invalid(shop: Shop, change: dict[str, Any], field: str) -> None:
    mia = await shop.contact()

    assert fields(await shop.write("sales", "create", record={**invoice(mia["id"]), **change})) == [field]
    assert (await shop.api("/sales"))["items"] == []


async def test_a_sale_of_a_merged_contact_says_where_the_contact_went(shop: Shop) -> None:
    loser, winner = await shop.contact(), await shop.contact()
    await shop.door("POST", f"/contacts/{loser['id']}/merge", {"into": winner["id"]})

    refused = await shop.write("sales", "create", record=invoice(loser["id"]))

    assert refused["errors"] == [{"field": "contact_id", "message": "contact 1 was merged into 2"}]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"payment_method_id": "99"}, "payment_method_id"),
        ({"amount": None}, "amount"),
        ({"amount": "100.00"}, "allocations"),
        ({"amount": "-110.00"}, "allocations"),
        ({"allocations": [{"sale_id": "99", "amount": "10.00"}]}, "allocations.0.sale_id"),
        ({"currency": "USD"}, "allocations.0.sale_id"),
        ({"allocations": [{"sale_id": "1", "amount": 5}]}, "allocations.0.amount"),
    ],
)
async def test_a_receipt_that_does_not_hold_together_is_invalid(shop: Shop, change: dict[str, Any], field: str) -> None:
    mia = await shop.contact()
    sale = await shop.sale(mia["id"])
    receipt = {"contact_id": mia["id"], "payment_method_id": "1", "date": "2026-11-20", "amount": "110.00",
               "allocations": [{"sale_id": sale["id"], "amount": "110.00"}]}  # fmt: skip

    assert fields(await shop.write("receipts", "create", record={**receipt, **change})) == [field]


async def test_a_receipt_pays_its_sales(shop: Shop) -> None:
    mia = await shop.contact()
    one, two = await shop.sale(mia["id"]), await shop.sale(mia["id"], price="50.00")
    allocations = [{"sale_id": one["id"], "amount": "110.00"}, {"sale_id": two["id"], "amount": "20.00"}]
    receipt = {"contact_id": mia["id"], "payment_method_id": "1", "date": "2026-11-20", "amount": "150.00",
               "allocations": allocations}  # fmt: skip
    done = await shop.write("receipts", "create", record=receipt)

    assert done["record"]["unallocated_amount"] == "20.00"
    assert [sale["amount_paid"] for sale in (await shop.api("/sales"))["items"]] == ["110.00", "20.00"]
    await shop.write("receipts", "update", id="1", version="1", record={"allocations": allocations[:1]})
    assert [sale["amount_paid"] for sale in (await shop.api("/sales"))["items"]] == ["110.00", "0.00"]
    await shop.write("receipts", "delete", id="1")
    assert [sale["amount_paid"] for sale in (await shop.api("/sales"))["items"]] == ["0.00", "0.00"]


async def test_a_credit_can_be_allocated_to_a_sale_without_cash(shop: Shop) -> None:
    mia = await shop.contact()
    sale, credit = await shop.sale(mia["id"]), await shop.sale(mia["id"], price="-30.00", kind="adjustment")
    receipt = {"contact_id": mia["id"], "payment_method_id": "7", "date": "2026-11-20", "amount": "0.00",
               "allocations": [{"sale_id": sale["id"], "amount": "30.00"}, {"sale_id": credit["id"], "amount": "-30.00"}]}  # fmt: skip

    done = await shop.write("receipts", "create", record=receipt)

    assert (done["status"], done["record"]["unallocated_amount"]) == ("ok", "0.00")
    assert [item["amount_paid"] for item in (await shop.api("/sales"))["items"]] == ["30.00", "-30.00"]


async def test_read_only_fields_are_not_taken_from_the_writer(shop: Shop) -> None:
    record = {**CONTACT, "id": "77", "version": "9", "sales_count": 5, "merged_into_id": "3", "deleted": True}

    done = await shop.write("contacts", "create", record=record)

    got = done["record"]
    assert (got["id"], got["version"], got["sales_count"], got["merged_into_id"], got["deleted"]) == (
        "1", "1", 0, None, False,
    )  # fmt: skip


async def test_an_import_that_says_nothing_subscribes(shop: Shop) -> None:
    done = await shop.write("contacts", "create", record={"first_name": "Liam"})

    assert done["record"]["email_marketing_status"] == "subscribed"


@pytest.mark.parametrize(
    ("status", "email", "then"),
    [
        ("subscribed", "new@example.com", "pending"),
        ("subscribed", "MIA@example.com", "subscribed"),
        ("unsubscribed", "new@example.com", "unsubscribed"),
    ],
)
async def test_consent_does_not_travel_to_another_address(shop: Shop, status: str, email: str, then: str) -> None:
    mia = await shop.contact(email="mia@example.com", email_marketing_status=status)

    done = await shop.write("contacts", "update", id=mia["id"], version="1", record={"email": email})

    assert (done["record"]["email"], done["record"]["email_marketing_status"]) == (email, then)


async def test_the_connector_may_only_delete_what_it_created(shop: Shop) -> None:
    mia = await shop.contact()
    theirs = await shop.write("contacts", "delete", id=mia["id"], version="1")
    mine = (await shop.write("contacts", "create", record=CONTACT))["record"]
    stale = await shop.write("contacts", "delete", id=mine["id"], version="9")
    done = await shop.write("contacts", "delete", id=mine["id"], version="1")
    again = await shop.write("contacts", "delete", id=mine["id"])

    assert fields(theirs) == ["id"]
    assert stale["status"] == "stale"
    assert (done["status"], done["record"]["deleted"]) == ("ok", True)
    assert (again["status"], again["record"]["deleted"]) == ("not_found", True)


async def test_what_others_hang_on_is_not_deleted_by_the_connector(shop: Shop) -> None:
    contact = (await shop.write("contacts", "create", record=CONTACT))["record"]
    sale = (await shop.write("sales", "create", record=invoice(contact["id"])))["record"]
    await shop.door(
        "POST", "/receipts", {"payment_method_id": "1", "allocations": [{"sale_id": sale["id"], "amount": "1.00"}]}
    )

    assert fields(await shop.write("contacts", "delete", id=contact["id"])) == ["id"]
    assert fields(await shop.write("sales", "delete", id=sale["id"])) == ["id"]


async def test_a_backfill_keeps_marketing_quiet(shop: Shop) -> None:
    await shop.batch("contacts", {"key": "a", "action": "create", "record": CONTACT}, backfill=True)
    assert (await shop.door("GET", "/calls"))["marketing_triggers"] == 0
    await shop.batch("contacts", {"key": "b", "action": "create", "record": CONTACT})
    assert (await shop.door("GET", "/calls"))["marketing_triggers"] == 1


async def test_a_sale_without_a_number_gets_one(shop: Shop) -> None:
    mia = await shop.contact()
    await shop.sale(mia["id"], number="1001")

    done = await shop.write("sales", "create", record=invoice(mia["id"]))

    assert done["record"]["number"] == "1002"
