"""What a person does at the shop, through the side door."""

from typing import Any

import pytest

from tests.sandbox_oncord.shop import Shop


async def test_a_sale_is_filled_in(shop: Shop) -> None:
    mia = await shop.contact(billing_address={"line1": "12 Wharf Street"})
    sale = await shop.sale(mia["id"])

    assert {name: sale[name] for name in ("id", "number", "status", "date", "due_date", "currency", "source")} == {
        "id": "1", "number": "1001", "status": "confirmed", "date": "2026-11-22", "due_date": "2026-12-06",
        "currency": "AUD", "source": "manual",
    }  # fmt: skip
    assert (sale["lines"][0]["line_total"], sale["lines"][0]["tax_amount"], sale["total"]) == (
        "110.00",
        "10.00",
        "110.00",
    )
    assert (sale["billing_address"]["line1"], sale["kind"], sale["amount_paid"]) == ("12 Wharf Street", "sale", "0.00")
    assert (await shop.api("/contacts"))["items"][0]["sales_count"] == 1


async def test_today_is_the_shops_own_day(shop: Shop) -> None:
    shop.wait(13 * 3600)

    assert (await shop.sale((await shop.contact())["id"]))["date"] == "2026-11-23"


async def test_an_inline_contact_is_created_with_the_sale(shop: Shop) -> None:
    sale = await shop.door(
        "POST",
        "/sales",
        {"contact": {"first_name": "Zoe", "email": "zoe@example.com"}, "lines": [{"product_code": "MUG"}]},
    )

    assert (await shop.api("/contacts", ids=sale["contact_id"]))["items"][0]["email_marketing_status"] == "pending"
    line = sale["lines"][0]
    assert (line["product_id"], line["description"], line["unit_price"], line["tax_code"]) == (
        "1", "Enamel mug", "18.50", "GST",
    )  # fmt: skip


async def test_numbers_may_be_typed_as_numbers(shop: Shop) -> None:
    mia = await shop.contact()
    sale = await shop.sale(mia["id"], lines=[{"description": "Thing", "quantity": 3, "unit_price": 19.95}])

    assert (sale["total"], sale["lines"][0]["quantity"]) == ("59.85", "3")


async def test_tax_is_rounded_line_by_line_half_up(shop: Shop) -> None:
    mia = await shop.contact()
    sale = await shop.sale(mia["id"], lines=[{"unit_price": "0.05"} for _ in range(3)])
    on_top = await shop.sale(mia["id"], lines=[{"unit_price": "0.05"} for _ in range(3)], amounts_include_tax=False)

    assert ([line["tax_amount"] for line in sale["lines"]], sale["total"]) == (["0.00"] * 3, "0.15")
    assert ([line["tax_amount"] for line in on_top["lines"]], on_top["total"]) == (["0.01"] * 3, "0.18")


async def test_discounts_shipping_and_rounding_are_in_the_total(shop: Shop) -> None:
    mia = await shop.contact()
    sale = await shop.sale(
        mia["id"],
        lines=[
            {"quantity": "2", "unit_price": "55.00", "discount_amount": "5.50"},
            {"unit_price": "10.00", "tax_code": "FRE"},
        ],
        order_discounts=[{"description": "Welcome", "amount": "11.00"}],
        shipping={"method": "Post", "amount": "5.50"},
        rounding="0.01",
    )

    assert [line["tax_amount"] for line in sale["lines"]] == ["9.50", "0.00"]
    assert (sale["order_discounts"][0]["tax_amount"], sale["shipping"]["tax_amount"]) == ("1.00", "0.50")
    assert (sale["tax_total"], sale["total"]) == ("9.00", "109.01")


async def test_an_edit_works_the_totals_out_anew(shop: Shop) -> None:
    sale = await shop.sale((await shop.contact())["id"])
    lines = sale["lines"]
    lines[0]["unit_price"] = "220.00"

    edited = await shop.door("PATCH", f"/sales/{sale['id']}", {"lines": [*lines, {"unit_price": "11.00"}]})

    assert [line["tax_amount"] for line in edited["lines"]] == ["20.00", "1.00"]
    assert (edited["lines"][0]["id"], edited["tax_total"], edited["total"]) == (lines[0]["id"], "21.00", "231.00")
    assert (edited["version"], edited["created_at"]) == ("2", sale["created_at"])
    assert edited["modified_at"] > sale["modified_at"]


async def test_an_edit_of_words_leaves_the_money_alone(shop: Shop) -> None:
    mia = await shop.contact()
    record = {"contact_id": mia["id"], "date": "2026-11-20", "tax_total": "9.99",
              "lines": [{"unit_price": "110.00", "tax_code": "GST", "tax_amount": "9.99"}]}  # fmt: skip
    sale = (await shop.write("sales", "create", record=record))["record"]

    noted = await shop.door("PATCH", f"/sales/{sale['id']}", {"notes": "Ring first", "total": "5.00"})
    same_lines = await shop.door("PATCH", f"/sales/{sale['id']}", {"lines": sale["lines"]})

    assert (noted["notes"], noted["tax_total"], noted["total"]) == ("Ring first", "9.99", "110.00")
    assert (same_lines["tax_total"], same_lines["total"]) == ("9.99", "110.00")


async def test_turning_a_sale_to_tax_exclusive_works_its_taxes_out_anew(shop: Shop) -> None:
    sale = await shop.sale((await shop.contact())["id"])

    edited = await shop.door("PATCH", f"/sales/{sale['id']}", {"amounts_include_tax": False})

    assert (edited["tax_total"], edited["total"]) == ("11.00", "121.00")


@pytest.mark.parametrize(
    ("collection", "typed", "field"),
    [
        ("contacts", {"email": "nobody"}, "email"),
        ("contacts", {"type": "robot", "first_name": "R2"}, "type"),
        ("contacts", {}, "last_name"),
        ("sales", {"contact_id": "1", "lines": [{"unit_price": "dear"}]}, "lines.0.unit_price"),
        ("sales", {"lines": []}, "contact_id"),
        ("receipts", {"contact_id": "1", "amount": "5.00"}, "payment_method_id"),
    ],
)
async def test_what_cannot_be_saved_is_a_problem_with_its_field(
    shop: Shop, collection: str, typed: dict[str, Any], field: str
) -> None:
    await shop.contact()

    answer = await shop.client.post(f"/_sandbox/sites/demo/{collection}", json=typed)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_receipt_takes_contact_and_amount_from_its_allocation(shop: Shop) -> None:
    mia = await shop.contact()
    sale = await shop.sale(mia["id"])

    receipt = await shop.door(
        "POST", "/receipts", {"payment_method_id": "4", "allocations": [{"sale_id": sale["id"], "amount": "60.00"}]}
    )

    assert (receipt["contact_id"], receipt["amount"], receipt["date"], receipt["unallocated_amount"]) == (
        mia["id"], "60.00", "2026-11-22", "0.00",
    )  # fmt: skip
    assert (await shop.door("GET", f"/sales/{sale['id']}"))["amount_paid"] == "60.00"


async def test_a_cascade_takes_sales_and_receipts_along(shop: Shop) -> None:
    mia, other = await shop.contact(), await shop.contact()
    sale, theirs = await shop.sale(mia["id"]), await shop.sale(other["id"])
    parts = [{"sale_id": sale["id"], "amount": "10.00"}]
    await shop.door("POST", "/receipts", {"payment_method_id": "1", "allocations": parts})

    stub = await shop.door("DELETE", f"/contacts/{mia['id']}?cascade=true")

    along = {"entity": "contact", "id": mia["id"]}
    assert stub["deleted_with"] is None
    assert [item["deleted_with"] for item in (await shop.api("/sales", ids=sale["id"]))["items"]] == [along]
    assert [item["deleted_with"] for item in (await shop.api("/receipts"))["items"]] == [along]
    assert (await shop.door("GET", f"/sales/{theirs['id']}"))["deleted"] is False


async def test_without_a_cascade_the_sales_of_a_deleted_contact_stay(shop: Shop) -> None:
    mia = await shop.contact()
    sale = await shop.sale(mia["id"])
    await shop.door("DELETE", f"/contacts/{mia['id']}")

    edited = await shop.door("PATCH", f"/sales/{sale['id']}", {"notes": "still here"})

    assert (edited["contact_id"], edited["notes"]) == (mia["id"], "still here")


async def test_receipts_of_a_deleted_sale_become_unallocated(shop: Shop) -> None:
    sale = await shop.sale((await shop.contact())["id"])
    parts = [{"sale_id": sale["id"], "amount": "10.00"}]
    receipt = await shop.door("POST", "/receipts", {"payment_method_id": "1", "allocations": parts})

    await shop.door("DELETE", f"/sales/{sale['id']}")

    left = await shop.door("GET", f"/receipts/{receipt['id']}")
    assert (left["allocations"], left["unallocated_amount"], left["version"]) == ([], "10.00", "2")


async def test_a_merge_moves_everything_and_leaves_a_stub_that_says_where(shop: Shop) -> None:
    loser, winner = await shop.contact(), await shop.contact(last_name="Stays")
    sale = await shop.sale(loser["id"])
    receipt = await shop.door("POST", "/receipts", {"payment_method_id": "1", "amount": "5", "contact_id": loser["id"]})

    merged = await shop.door("POST", f"/contacts/{loser['id']}/merge", {"into": winner["id"]})

    assert (merged["id"], merged["last_name"], merged["sales_count"]) == (winner["id"], "Stays", 1)
    stub = await shop.door("GET", f"/contacts/{loser['id']}")
    assert (stub["deleted"], stub["merged_into_id"], stub["deleted_with"]) == (True, winner["id"], None)
    assert (await shop.door("GET", f"/sales/{sale['id']}"))["contact_id"] == winner["id"]
    assert (await shop.door("GET", f"/receipts/{receipt['id']}"))["contact_id"] == winner["id"]


async def test_a_deleted_record_can_be_brought_back_as_it_was(shop: Shop) -> None:
    sale = await shop.sale((await shop.contact())["id"], external_ref="r")
    await shop.door("DELETE", f"/sales/{sale['id']}")

    back = await shop.door("POST", f"/sales/{sale['id']}/restore")

    changed = {"version", "modified_at"}
    assert {k: v for k, v in back.items() if k not in changed} == {k: v for k, v in sale.items() if k not in changed}
    assert back["version"] == "3"
    assert (await shop.api("/sales", external_ref="r"))["items"] == [back]


async def test_a_list_seeds_many_records_at_once(shop: Shop) -> None:
    made = await shop.door("POST", "/contacts", [{"first_name": f"N{n}"} for n in range(50)])

    assert [contact["id"] for contact in made] == [str(n) for n in range(1, 51)]


async def test_configuration_can_be_changed_at_the_shop(shop: Shop) -> None:
    method = await shop.door("POST", "/payment-methods", {"title": "Afterpay"})
    await shop.door("PATCH", "/payment-methods/1", {"title": "Cards", "active": False})
    await shop.door("POST", "/tax-codes", {"code": "EXP", "name": "Export", "rate": 0})
    product = await shop.door("POST", "/products", {"code": "SPOON", "title": "Spoon", "price": 9.5, "tax_code": "GST"})
    await shop.door("DELETE", "/products/1")

    methods = (await shop.api("/payment-methods"))["items"]
    assert (method["id"], methods[0]["title"], methods[0]["active"]) == ("8", "Cards", False)
    assert (await shop.api("/tax-codes"))["items"][-1] == {"code": "EXP", "name": "Export", "rate": "0", "active": True}
    assert (product["id"], product["price"]) == ("13", "9.5")
    assert "1" not in [item["id"] for item in (await shop.api("/products"))["items"]]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/sites/nowhere/sales"), ("GET", "/sites/demo/unicorns"), ("PATCH", "/sites/demo/sales/9"),
        ("DELETE", "/sites/demo/contacts/9"), ("GET", "/sites/demo/products/99"), ("POST", "/sites/demo/sales/9/restore"),
    ],
)  # fmt: skip
async def test_what_is_not_there_is_answered_404(shop: Shop, method: str, path: str) -> None:
    answer = await shop.client.request(method, f"/_sandbox{path}", json={} if method == "PATCH" else None)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_calls_are_counted_since_they_were_cleared(shop: Shop) -> None:
    await shop.contact()
    assert set((await shop.door("DELETE", "/calls")).values()) == {0}
    await shop.api("/contacts")
    await shop.api("/site")
    operations = [{"key": str(n), "action": "create", "record": {"first_name": "N"}} for n in range(3)]
    await shop.batch("contacts", *operations)
    await shop.connect()

    calls = await shop.door("GET", "/calls")

    assert {name: calls[name] for name in ("read", "write", "batch", "batch_writes", "creates_contact")} == {
        "read": 2, "write": 1, "batch": 1, "batch_writes": 3, "creates_contact": 3,
    }  # fmt: skip
    assert all(type(count) is int for count in calls.values())


async def test_the_sample_holds_one_of_each_kind() -> None:
    for country, code, currency in (("AU", "GST", "AUD"), ("US", "TAX", "USD")):
        shop = Shop(with_sample=True, country=country)
        contacts = (await shop.door("GET", "/contacts"))["items"]
        sales = [sale for sale in (await shop.door("GET", "/sales"))["items"] if not sale["deleted"]]
        receipts = (await shop.door("GET", "/receipts"))["items"]

        assert len(contacts) == 10
        assert [contact["merged_into_id"] for contact in contacts if contact["deleted"]] == ["7"]
        assert {sale["status"] for sale in sales} == {"draft", "confirmed", "cancelled"}
        assert {sale["kind"] for sale in sales} == {"sale", "adjustment"}
        assert {sale["currency"] for sale in sales} == {currency}
        assert code in {line["tax_code"] for sale in sales for line in sale["lines"]}
        assert min(float(receipt["amount"]) for receipt in receipts) < 0
        assert max(len(receipt["allocations"]) for receipt in receipts) == 2
        await shop.client.aclose()


async def test_the_shop_page_takes_an_order(shop: Shop) -> None:
    form = {"site": "demo", "first_name": "Ruby", "last_name": "<b>", "email": "ruby@example.com", "product": "MUG",
            "quantity": "2", "method": "1"}  # fmt: skip
    first = await shop.client.post("/order", data=form)
    again = await shop.client.post("/order", data={**form, "method": ""})
    page = (await shop.client.get("/")).text

    assert (first.status_code, again.status_code) == (303, 303)
    sales = (await shop.api("/sales"))["items"]
    assert [(sale["contact_id"], sale["source"], sale["amount_paid"]) for sale in sales] == [
        ("1", "checkout", "37.00"), ("1", "checkout", "0.00"),
    ]  # fmt: skip
    assert "1002" in page
    assert "Ruby &lt;b&gt;" in page
    assert "Ruby <b>" not in page


async def test_the_log_keeps_requests_and_answers_without_secrets(shop: Shop) -> None:
    await shop.connect()
    await shop.write("contacts", "create", key="k", record={"first_name": "Liam"})

    answer = await shop.client.get("/_sandbox/log")

    settings, batch = answer.json()["items"]
    assert (settings["path"], settings["request"], settings["answer"]) == (
        "/sites/demo/api/connector/v1/connector",
        None,
        None,
    )
    assert batch["request"]["operations"][0]["key"] == "k"
    assert batch["answer"]["results"][0]["status"] == "ok"
    assert "right" not in answer.text
    assert "whsec" not in answer.text


async def test_the_clock_moves_forward_only(shop: Shop) -> None:
    moved = await shop.client.post("/_sandbox/clock", json={"advance_seconds": 3600})

    assert moved.json() == {"now": "2026-11-22T03:00:00.000000Z"}
    assert (await shop.contact())["created_at"] == "2026-11-22T03:00:00.000000Z"
    assert (await shop.client.post("/_sandbox/clock", json={"advance_seconds": -1})).status_code == 422
