"""What happens at the demo's shop and in its books before pictures are taken: an ordinary fortnight, with what needs a person.

A way to pay that nobody has mapped, a contact and a due date that both sides changed, a person who could be somebody
already known, a closed period, an invoice that somebody deleted; then a comparison, and a dry run over what came in since.
"""

import datetime as dt
from dataclasses import dataclass

from tests.screenshots.stack import Body, Stack

PERTH = {"line1": "2 Norfolk Street", "suburb": "Fremantle", "state": "WA", "postcode": "6160", "country": "AU"}
AFTERPAY = (("TEAPOT", "1"), ("KNIFE", "2"), ("APRON", "1"))


@dataclass
class Places:
    """Where the pictures are taken: paths behind the connection's own."""

    conflict: str
    question: str
    locked: str
    sale: str
    run: str
    preview: str
    certificate: str


async def lived(stack: Stack) -> Places:
    """Live it, with synchronising by hand, so that each step ends before the next one begins."""
    await stack.api("PATCH", "", {"auto_sync": False, "name": "Brisbane Homewares"})
    await _afterpay(stack)
    await _somebody_known(stack)
    await _job_in_the_books(stack)
    await stack.synchronise()
    await _both_type(stack)
    await _closed_period(stack)
    run = await stack.synchronise()
    certificate = await stack.api("POST", "/tie-outs", ledger="true")
    await _later(stack)
    tried = await stack.synchronise(dry_run=True)
    items = (await stack.api("GET", "/attention", limit="200"))["items"]
    return Places(
        conflict=_item(items, "conflict"),
        question=_item(items, "ambiguous_match"),
        locked=_item(items, "locked"),
        sale=f"/records/oncord/sale/{(await _sale(stack, '1001'))['id']}",
        run=f"/runs/{run['id']}",
        preview=f"/runs/{tried['id']}/preview",
        certificate=f"/tie-outs/{certificate['id']}",
    )


def _item(items: list[Body], kind: str) -> str:
    return next(f"/attention/{item['id']}" for item in items if kind in item["kind"])


async def _sale(stack: Stack, number: str) -> Body:
    sales = (await stack.in_shop("GET", "sales"))["items"]
    return next(dict(sale) for sale in sales if sale.get("number") == number)


async def _invoice(stack: Stack, number: str, customer: str) -> Body:
    invoices = await stack.books("invoice")
    return next(i for i in invoices if i.get("DocNumber") == number and i["CustomerRef"]["name"] == customer)


async def _sell(stack: Stack, contact: Body | str, product: str, quantity: str = "1", **more: object) -> Body:
    who = {"contact_id": contact} if isinstance(contact, str) else {"contact": contact}
    line = {"product_code": product, "quantity": quantity}
    return dict(await stack.in_shop("POST", "sales", {**who, "lines": [line], "source": "checkout", **more}))


async def _paid(stack: Stack, sale: Body, method: str) -> None:
    allocation = {"sale_id": sale["id"], "amount": sale["total"]}
    await stack.in_shop("POST", "receipts", {"payment_method_id": method, "allocations": [allocation]})


async def _afterpay(stack: Stack) -> None:
    """The shop takes Afterpay from now on, and nobody has said where that money goes."""
    method = await stack.in_shop("POST", "payment-methods", {"title": "Afterpay", "type": "other", "active": True})
    people = (("Ruby", "Martin"), ("Hamish", "Reid"), ("Priya", "Patel"))
    for (first, last), (product, quantity) in zip(people, AFTERPAY, strict=True):
        email = f"{first}.{last}@example.com".lower()
        sale = await _sell(stack, {"first_name": first, "last_name": last, "email": email}, product, quantity)
        await _paid(stack, sale, method["id"])


async def _somebody_known(stack: Stack) -> None:
    """A Kate Bowen orders, and the bookkeeper has entered a Kate Bowen of the same town: the same one, or a neighbour?"""
    street = {"Line1": "40 Market Street", "City": PERTH["suburb"]}
    known = {"GivenName": "Kate", "FamilyName": "Bowen", "PrimaryEmailAddr": {"Address": "bowen.kate@example.com"}}
    place = {**street, "CountrySubDivisionCode": PERTH["state"], "PostalCode": PERTH["postcode"]}
    await stack.in_books("customer", {**known, "BillAddr": place})
    kate = {"first_name": "Kate", "last_name": "Bowen", "email": "kate@bowenceramics.example", "billing_address": PERTH}
    await _sell(stack, kate, "BOWL", "2")


async def _job_in_the_books(stack: Stack) -> None:
    """The bookkeeper bills a job and takes the money for an older invoice."""
    customers = {customer["DisplayName"]: customer for customer in await stack.books("customer")}
    code = next(code["Id"] for code in await stack.books("taxcode") if code["Name"] == "GST")
    line = {
        "Amount": 450,
        "Description": "Kitchen styling, one day",
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"TaxCodeRef": {"value": code}},
    }
    body = {"CustomerRef": {"value": customers["Red Rock Diner"]["Id"]}, "GlobalTaxCalculation": "TaxExcluded"}
    await stack.in_books("invoice", {**body, "Line": [line], "CustomerMemo": {"value": "Thank you for your business"}})


async def _both_type(stack: Stack) -> None:
    """Mia Tran's phone and the day on which the Green Kitchen's boards are due are typed on both sides before anybody looks."""
    sale = await _sale(stack, "1008")
    mia = next(c for c in (await stack.in_shop("GET", "contacts"))["items"] if c.get("email") == "mia.tran@example.com")
    known = next(c for c in await stack.books("customer") if c.get("GivenName") == "Mia")
    invoice = await _invoice(stack, "1008", "Green Kitchen Co-op")
    day = dt.date.fromisoformat(sale["date"])
    await stack.in_shop("PATCH", f"contacts/{mia['id']}", {"phone": "07 3000 4444"})
    await stack.in_books(
        "customer", {"Id": known["Id"], "sparse": True, "PrimaryPhone": {"FreeFormNumber": "07 3111 2222"}}
    )
    await stack.in_shop("PATCH", f"sales/{sale['id']}", {"due_date": (day + dt.timedelta(days=30)).isoformat()})
    due = (day + dt.timedelta(days=21)).isoformat()
    await stack.in_books("invoice", {"Id": invoice["Id"], "sparse": True, "DueDate": due})


async def _closed_period(stack: Stack) -> None:
    """The books are closed up to a fortnight ago, and then somebody corrects the quantity of an older sale."""
    sale = await _sale(stack, "1003")
    closed = dt.date.fromisoformat(sale["date"]) + dt.timedelta(days=2)
    await stack.in_books("close-books", {"date": closed.isoformat()})
    lines = [{**sale["lines"][0], "quantity": "5", "line_total": None, "tax_amount": None}, *sale["lines"][1:]]
    await stack.in_shop("PATCH", f"sales/{sale['id']}", {"lines": lines})


async def _later(stack: Stack) -> None:
    """What has come in since: two orders, one paid; a change; a payment in the books; an order that was deleted."""
    ava = next(c for c in (await stack.in_shop("GET", "contacts"))["items"] if c.get("email") == "ava@example.com")
    await _paid(stack, await _sell(stack, ava["id"], "KETTLE"), "1")
    await _sell(stack, {"first_name": "Lena", "last_name": "Vogt", "email": "lena@example.com"}, "HONEY", "6")
    await stack.in_shop("PATCH", f"contacts/{ava['id']}", {"mobile": "0400 555 111"})
    invoice = await _invoice(stack, "1005", "Chloé O'Brien")
    applied = {"Amount": invoice["Balance"], "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    bank = next(a["Id"] for a in await stack.books("account") if a["AccountType"] == "Bank")
    body = {"CustomerRef": invoice["CustomerRef"], "TotalAmt": invoice["Balance"], "Line": [applied]}
    await stack.in_books("payment", {**body, "DepositToAccountRef": {"value": bank}})
    await stack.in_shop("DELETE", f"sales/{(await _sale(stack, '1008'))['id']}")
