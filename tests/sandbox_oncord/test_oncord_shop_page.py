"""The shop's page: a person buys, pays, wants the money back and cancels, and the connector is told of it."""

from typing import Any

import pytest

from tests.sandbox_oncord.shop import Shop

RUBY = {"site": "demo", "first_name": "Ruby", "last_name": "Martin", "email": "ruby@example.com", "product": "MUG"}


async def posted(shop: Shop, address: str, **form: str) -> str:
    """Send a form that is accepted; the page that it leads to."""
    answer = await shop.client.post(address, data={"site": "demo", **form})
    assert answer.status_code == 303, answer.text
    return (await shop.client.get(answer.headers["location"])).text


async def refused(shop: Shop, address: str, **form: str) -> str:
    """Send a form that is not; the page that says why."""
    answer = await shop.client.post(address, data={"site": "demo", **form})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    return answer.text


async def newest(shop: Shop, collection: str) -> dict[str, Any]:
    found: dict[str, Any] = (await shop.door("GET", f"/{collection}"))["items"][-1]
    return found


async def test_a_sale_is_paid_in_two_parts_and_each_is_told(shop: Shop) -> None:
    await shop.connect()
    assert "the first of the last sales" in await posted(shop, "/order", **RUBY, quantity="2")
    sale = await newest(shop, "sales")
    await posted(shop, "/pay", sale=sale["id"], amount="$7.00", method="6")
    page = await posted(shop, "/pay", sale=sale["id"], method="1")
    await shop.world.events.deliver_due()

    assert [r["amount"] for r in (await shop.door("GET", "/receipts"))["items"]] == ["7.00", "30.00"]
    assert (await newest(shop, "sales"))["amount_owing"] == "0.00"
    assert "No sale waits for money." in page
    assert [kind for kind, _ in shop.mailbox.told if kind == "receipt.saved"] == ["receipt.saved"] * 2


@pytest.mark.parametrize("typed", ["38.00", "0", "-1.00", "much", "NaN"])
async def test_an_amount_that_is_not_owed_is_refused_and_nothing_is_received(shop: Shop, typed: str) -> None:
    await posted(shop, "/order", **RUBY, quantity="2")
    sale = await newest(shop, "sales")

    await refused(shop, "/pay", sale=sale["id"], amount=typed, method="1")

    assert (await shop.door("GET", "/receipts"))["items"] == []


@pytest.mark.parametrize("country", ["AU", "US"])
async def test_a_refund_gives_all_of_a_sale_back_to_the_cent_by_the_way_the_money_came(country: str) -> None:
    shop = Shop(country=country)
    contact = await shop.contact()
    lines = [
        {"product_code": "MUG", "quantity": "3", "discount_amount": "1.25"},
        {"product_code": "COFFEE", "quantity": "2"},
        {"description": "Engraving", "unit_price": "9.99"},
    ]
    await shop.door(
        "POST",
        "/sales",
        {
            "contact_id": contact["id"],
            "lines": lines,
            "shipping": {"method": "Parcel post", "amount": "9.95"},
            "order_discounts": [{"description": "Welcome", "amount": "10.00"}],
        },
    )
    sale = await newest(shop, "sales")
    await posted(shop, "/pay", sale=sale["id"], method="3")

    await posted(shop, "/refund", sale=sale["id"])

    adjustment, receipt = await newest(shop, "sales"), await newest(shop, "receipts")
    assert (adjustment["kind"], adjustment["adjusts_sale_id"]) == ("adjustment", sale["id"])
    assert (adjustment["total"], adjustment["tax_total"]) == (f"-{sale['total']}", f"-{sale['tax_total']}")
    assert (receipt["amount"], receipt["payment_method_id"]) == (f"-{sale['total']}", "3")
    assert receipt["allocations"] == [{"sale_id": adjustment["id"], "amount": adjustment["total"]}]
    assert "was given back already" in await refused(shop, "/refund", sale=sale["id"])
    await shop.client.aclose()


async def test_only_a_sale_that_nobody_has_paid_for_is_cancelled(shop: Shop) -> None:
    await posted(shop, "/order", **RUBY, method="1")
    paid = await newest(shop, "sales")
    await posted(shop, "/order", **RUBY)
    open_sale = await newest(shop, "sales")

    await posted(shop, "/cancel", sale=open_sale["id"])

    assert (await newest(shop, "sales"))["status"] == "cancelled"
    assert "refund it" in await refused(shop, "/cancel", sale=paid["id"])
    assert "is not paid" in await refused(shop, "/refund", sale=open_sale["id"])


async def test_an_order_without_a_customer_is_refused_with_the_reason(shop: Shop) -> None:
    page = await refused(shop, "/order", product="MUG", quantity="1")

    assert "a contact needs a name" in page
    assert (await shop.door("GET", "/sales"))["items"] == []


async def test_a_sale_is_edited_deleted_and_brought_back_and_each_is_told(shop: Shop) -> None:
    await shop.connect()
    await posted(shop, "/order", **RUBY, quantity="2")
    sale = await newest(shop, "sales")
    line = sale["lines"][0]["id"]
    page = (await shop.client.get("/", params={"site": "demo", "sale": sale["id"]})).text
    assert f'name="quantity-{line}" value="{sale["lines"][0]["quantity"]}"' in page

    page = await posted(shop, "/edit", sale=sale["id"], number="E-1", notes="Gift", **{f"quantity-{line}": "3"})
    edited = await newest(shop, "sales")
    assert "The sale is saved." in page
    assert (edited["number"], edited["notes"], float(edited["lines"][0]["quantity"])) == ("E-1", "Gift", 3)
    assert float(edited["total"]) * 2 == float(sale["total"]) * 3
    assert "much is not a number" in await refused(shop, "/edit", sale=sale["id"], **{f"quantity-{line}": "much"})

    assert "The sale is deleted." in await posted(shop, "/delete", sale=sale["id"])
    assert (await newest(shop, "sales"))["deleted"]
    assert "The sale is back as it was." in await posted(shop, "/restore", sale=sale["id"])
    back = await newest(shop, "sales")
    assert (back["number"], back["total"], back["deleted"]) == ("E-1", edited["total"], False)
    await shop.world.events.deliver_due()
    assert {"sale.saved", "sale.deleted"} <= {kind for kind, _ in shop.mailbox.told}


async def test_what_was_not_deleted_is_not_brought_back(shop: Shop) -> None:
    await posted(shop, "/order", **RUBY)
    sale = await newest(shop, "sales")

    answer = await shop.client.post("/restore", data={"site": "demo", "sale": sale["id"]})

    assert answer.status_code == 404
    assert "There is no deleted sale" in answer.text
