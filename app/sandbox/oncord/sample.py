"""The shops that the simulator opens: what a country's configuration looks like, and a few weeks of trade.

The sample holds one of each kind of thing that the service must cope with: individuals and companies, a
contact that was merged away, one with a company name only, drafts, a cancelled sale, discounts, GST-free
goods, an adjustment with its refund, a receipt for two sales, a part payment, and two deleted records.
"""

from datetime import timedelta
from typing import Any

from app.sandbox.oncord import person
from app.sandbox.oncord.fields import Record
from app.sandbox.oncord.site import Site

COUNTRIES: dict[str, dict[str, Any]] = {
    "AU": {
        "name": "Brisbane Homewares",
        "currency": "AUD",
        "time_zone": "Australia/Brisbane",
        "prices_include_tax": True,
        "tax_codes": [("GST", "GST 10 %", "10"), ("FRE", "GST free", "0")],
        "taxed": "GST",
        "free": "FRE",
    },
    "US": {
        "name": "Portland Homewares",
        "currency": "USD",
        "time_zone": "America/Los_Angeles",
        "prices_include_tax": False,
        "tax_codes": [("TAX", "Sales tax 8 %", "8"), ("NON", "Not taxed", "0")],
        "taxed": "TAX",
        "free": "NON",
    },
}
METHODS = (
    ("Credit card", "credit_card"),
    ("Credit card by phone", "credit_card_phone"),
    ("PayPal", "paypal"),
    ("Direct deposit", "direct_deposit"),
    ("Cheque", "cheque"),
    ("Cash", "cash"),
    ("Gift voucher", "other"),
)
PRODUCTS = (
    ("MUG", "Enamel mug", "18.50", True),
    ("PLATE", "Stoneware plate", "32.00", True),
    ("BOWL", "Salad bowl", "64.95", True),
    ("KNIFE", "Chef's knife", "149.00", True),
    ("BOARD", "Camphor laurel board", "89.00", True),
    ("TOWEL", "Linen tea towel", "24.95", True),
    ("APRON", "Canvas apron", "59.00", True),
    ("KETTLE", "Stove-top kettle", "119.95", True),
    ("TEAPOT", "Glass teapot", "74.50", True),
    ("COFFEE", "Coffee beans 1 kg", "46.00", False),
    ("HONEY", "Bush honey 500 g", "16.90", False),
    ("VOUCHER", "Cooking class", "135.00", True),
)


def configure(site: Site, country: str) -> None:
    """Give a new shop its country's money, time, taxes and ways to pay, and a catalogue."""
    settings = COUNTRIES[country]
    site.country, site.name, site.currency = country, settings["name"], settings["currency"]
    site.time_zone, site.prices_include_tax = settings["time_zone"], settings["prices_include_tax"]
    site.tax_codes = [
        {"code": code, "name": name, "rate": rate, "active": True} for code, name, rate in settings["tax_codes"]
    ]
    site.payment_methods = [
        {"id": str(number), "title": title, "type": kind, "active": True}
        for number, (title, kind) in enumerate(METHODS, 1)
    ]
    site.products = [
        {
            "id": str(number),
            "code": code,
            "title": title,
            "price": price,
            "tax_code": settings["taxed" if taxed else "free"],
            "active": True,
        }
        for number, (code, title, price, taxed) in enumerate(PRODUCTS, 1)
    ]


def _people(country: str) -> list[dict[str, Any]]:
    place = ("Brisbane City", "QLD", "4000") if country == "AU" else ("Portland", "OR", "97205")

    def at(street: str) -> dict[str, str]:
        return {"line1": street, "suburb": place[0], "state": place[1], "postcode": place[2], "country": country}

    return [
        {"first_name": "Mia", "last_name": "Tran", "email": "mia.tran@example.com", "phone": "07 3000 1234",
         "billing_address": at("12 Wharf Street"), "email_marketing_status": "subscribed"},
        {"first_name": "Oliver", "last_name": "Smith", "email": "oliver@example.com", "mobile": "0400 111 222",
         "billing_address": at("5 Eagle Street"), "email_marketing_status": "unsubscribed"},
        {"type": "company", "company_name": "Riverside Cafe Pty Ltd", "first_name": "Zoe", "last_name": "Nguyen",
         "email": "accounts@riverside.example", "phone": "07 3000 5678", "tax_number": "51 824 753 556",
         "billing_address": at("88 River Terrace"), "shipping_address": at("90 River Terrace")},
        {"type": "company", "company_name": "Harbour Hotels Group"},
        {"first_name": "Chloé", "last_name": "O'Brien", "email": "chloe@example.com", "billing_address": at("3 Bay Road"),
         "email_marketing_status": "subscribed"},
        {"first_name": "Jack", "last_name": "Smith", "email": "jack.smith@example.com", "phone": "07 3000 9999"},
        {"first_name": "Ava", "last_name": "Williams", "email": "ava@example.com", "billing_address": at("41 Ann Street")},
        {"first_name": "Ava", "last_name": "Williams", "email": "ava.old@example.com"},
        {"type": "company", "company_name": "Green Kitchen Co-op", "email": "orders@greenkitchen.example",
         "website": "https://greenkitchen.example", "billing_address": at("7 Garden Lane")},
        {"first_name": "Noah", "last_name": "Kelly", "email": "noah@example.com", "email_marketing_status": "subscribed"},
    ]  # fmt: skip


def fill(site: Site) -> None:
    """A few weeks of trade."""
    today = site.clock.today(site.time_zone)
    free = COUNTRIES[site.country]["free"]
    contacts = [person.create(site, "contact", typed)["id"] for typed in _people(site.country)]

    def sell(buyer: int, days_ago: int, lines: list[dict[str, Any]], **more: Any) -> Record:
        day = (today - timedelta(days=days_ago)).isoformat()
        typed = {"contact_id": contacts[buyer], "date": day, "lines": lines, "source": "checkout", **more}
        return person.create(site, "sale", typed, "system")

    def pay(method: int, days_ago: int, *parts: tuple[Record, str], **more: Any) -> Record:
        day = (today - timedelta(days=days_ago)).isoformat()
        allocations = [{"sale_id": sale["id"], "amount": amount} for sale, amount in parts]
        typed = {"payment_method_id": str(method), "date": day, "allocations": allocations, **more}
        return person.create(site, "receipt", typed, "system")

    mugs = sell(0, 24, [_item("MUG", 4), _item("TOWEL", 2)], shipping={"method": "Parcel post", "amount": "9.95"})
    pay(1, 24, (mugs, mugs["total"]))
    cafe = sell(2, 20, [_item("PLATE", 24, discount_amount="76.80"), _item("COFFEE", 3)], source="manual")
    hotel = sell(3, 18, [_item("KETTLE", 6), _text("Engraving of six kettles", "90.00")], source="manual")
    pay(4, 12, (cafe, cafe["total"]), reference="Remittance 5541")
    pay(5, 8, (hotel, "300.00"), reference="Cheque 000123")
    knife = sell(1, 15, [_item("KNIFE", 1)], order_discounts=[{"description": "Welcome", "amount": "10.00"}])
    pay(3, 15, (knife, knife["total"]))
    sell(4, 11, [_item("TEAPOT", 1), _item("HONEY", 2)])
    class_, again = sell(6, 9, [_item("VOUCHER", 2)]), sell(6, 7, [_item("APRON", 2)])
    both = (class_, class_["total"]), (again, again["total"])
    pay(6, 6, *both)
    sell(8, 5, [_item("BOARD", 3), _text("Delivery by our own van", "25.00", tax_code=free)], source="recurring")
    sell(5, 3, [_item("BOWL", 1)], status="draft", source="manual")
    sell(9, 4, [_item("TEAPOT", 1)], status="cancelled")
    returned = sell(
        1, 2, [_item("KNIFE", -1)], kind="adjustment", adjusts_sale_id=knife["id"], source="manual",
        notes="Returned unused.",
    )  # fmt: skip
    pay(3, 2, (returned, returned["total"]), reference="Refund")
    pay(7, 1, contact_id=contacts[4], amount="20.00", reference="Voucher bought ahead")
    mistake = sell(9, 1, [_item("MUG", 1)], source="manual")
    person.delete(site, "sale", mistake["id"])
    person.merge(site, contacts[7], contacts[6])


def _item(code: str, quantity: int, **more: Any) -> dict[str, Any]:
    return {"product_code": code, "quantity": quantity, **more}


def _text(description: str, price: str, **more: Any) -> dict[str, Any]:
    return {"description": description, "unit_price": price, **more}
