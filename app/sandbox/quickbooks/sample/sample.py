"""A company as full as Intuit's own sample: customers with sub-customers, items of every type, documents in every state.

Written through the same door as everything else, as a person, over the three months before now, and without events.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.requests.interference import bank_deposit
from app.sandbox.quickbooks.requests.writes import write
from app.sandbox.quickbooks.sample.chart import default_tax, furnish, sales_code
from app.sandbox.quickbooks.sample.data import (
    EMPLOYEES,
    FIRST_BY_NAME,
    ITEMS,
    PEOPLE,
    PLACES,
    SUBS,
    VENDORS,
)
from app.sandbox.quickbooks.tax.rounding import cents
from app.sandbox.quickbooks.values.wire import Body, money
from app.sandbox.quickbooks.world import World

_DAYS = 90


def new_company(world: World, country: str, *, sample: bool, name: str = "") -> Company:
    """A furnished company, with the sample's books when wanted."""
    company = world.add_company(country, name)
    start = world.clock.now() - timedelta(days=_DAYS)
    with company.quietly(start):
        furnish(company)
    if sample:
        with company.quietly(start):
            _fill(company)
    return company


def _fill(company: Company) -> None:
    items = _items(company)
    customers = _customers(company)
    for name in VENDORS:
        write(company, "Vendor", {"DisplayName": name}, person=True)
    for given, family in EMPLOYEES:
        write(company, "Employee", {"GivenName": given, "FamilyName": family}, person=True)
    moments = _moments(company)
    invoices = [_invoice(company, customers, items, number, moments) for number in range(31)]
    _settle(company, invoices, moments)
    _credits(company, customers, items, invoices, moments)
    _receipts(company, customers, items, moments)
    next(moments)


def _moments(company: Company) -> Iterator[int]:
    """Moves the company's time on, a day and more at each document, and stays before now."""
    step = 0
    end = company.clock.now()
    while True:
        step += 1
        assert company.moment is not None
        company.moment = min(company.moment + timedelta(hours=31, minutes=step % 7), end)
        yield step


def _customers(company: Company) -> list[str]:
    places = PLACES["US" if company.country == "US" else "AU"]
    ids: dict[str, str] = {}
    for number, (display, given, family, business) in enumerate(PEOPLE):
        city, state, postcode = places[number % len(places)]
        body: Body = {
            "DisplayName": display,
            "GivenName": given,
            "FamilyName": family,
            "CompanyName": business or None,
            "PrimaryEmailAddr": {"Address": f"{given}.{family}@example.com".lower()},
            "PrimaryPhone": {
                "FreeFormNumber": f"(650) 555-{2000 + 37 * number:04d}"
                if company.country == "US"
                else f"02 5550 {1000 + 37 * number:04d}"
            },
            "BillAddr": {
                "Line1": f"{12 + 7 * number} Main Street",
                "City": city,
                "CountrySubDivisionCode": state,
                "PostalCode": postcode,
            },
        }
        ids[display] = write(company, "Customer", body, person=True)["Id"]
    for parent, name in SUBS:
        body = {"DisplayName": name, "Job": True, "ParentRef": {"value": ids[parent]}, "BillWithParent": True}
        ids[name] = write(company, "Customer", body, person=True)["Id"]
    gone = write(company, "Customer", {"DisplayName": "Old Mill Books"}, person=True)
    write(company, "Customer", {"Id": gone["Id"], "sparse": True, "Active": False}, person=True)
    return list(ids.values())


def _items(company: Company) -> list[Body]:
    found = []
    category = write(company, "Item", {"Name": "Landscaping", "Type": "Category"}, person=True)
    for name, kind, price, income in ITEMS:
        body: Body = {
            "Name": name,
            "Type": kind,
            "UnitPrice": Decimal(price),
            "IncomeAccountRef": {"value": income},
            **default_tax(company),
        }
        body["Sku"] = name[:3].upper() + "-" + price.replace(".", "")
        if kind == "Inventory":
            body.update(ExpenseAccountRef={"value": "80"}, AssetAccountRef={"value": "81"}, QtyOnHand=500)
            body.update(InvStartDate=company.today(), TrackQtyOnHand=True, PurchaseCost=Decimal(price) / 2)
        if kind == "Service":
            body.update(SubItem=True, ParentRef={"value": category["Id"]})
        found.append(write(company, "Item", body, person=True))
    parts = [{"ItemRef": {"value": item["Id"]}, "Qty": 2} for item in found[9:11]]
    bundle = {
        "Name": "Fountain bundle",
        "Type": "Group",
        "ItemGroupDetail": {"ItemGroupLine": parts},
        "PrintGroupedItems": True,
    }
    write(company, "Item", bundle, person=True)
    bears = {} if company.country == "US" else default_tax(company)
    write(company, "Item", {**bears, **FIRST_BY_NAME}, person=True)
    return found


def _line(company: Company, item: Body, quantity: int) -> Body:
    unit = money(item["UnitPrice"])
    detail: Body = {"ItemRef": {"value": item["Id"]}, "Qty": quantity, "UnitPrice": unit}
    if company.country != "US":
        detail["TaxCodeRef"] = {"value": sales_code(company)}
    return {
        "DetailType": "SalesItemLineDetail",
        "Amount": cents(unit * quantity),
        "Description": item["Name"],
        "SalesItemLineDetail": detail,
    }


def _form(company: Company, customer: str | None, items: list[Body], number: int) -> Body:
    lines = [
        _line(company, items[(number * 3 + offset) % len(items)], 1 + (number + offset) % 4)
        for offset in range(1 + number % 3)
    ]
    body: Body = {"Line": lines, "TxnDate": company.today()}
    if customer:
        body["CustomerRef"] = {"value": customer}
    if company.country != "US":
        body["GlobalTaxCalculation"] = "TaxInclusive" if number % 2 else "TaxExcluded"
    return body


def _invoice(company: Company, customers: list[str], items: list[Body], number: int, moments: Iterator[int]) -> Body:
    next(moments)
    body = _form(company, customers[(number * 5) % len(customers)], items, number)
    if number % 6 == 5:
        percent = {"PercentBased": True, "DiscountPercent": 5}
        body["Line"].append({"DetailType": "DiscountLineDetail", "DiscountLineDetail": percent})
    if number % 7 == 3:
        body["SalesTermRef"] = {"value": "2"}
    return write(company, "Invoice", body, person=True)


def _payment(
    company: Company,
    invoice: Body,
    amount: Decimal,
    method: str,
    account: str | None = None,
    extra: Decimal = Decimal(0),
) -> Body:
    line = {"Amount": amount, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    body: Body = {
        "CustomerRef": invoice["CustomerRef"],
        "TotalAmt": amount + extra,
        "Line": [line],
        "PaymentMethodRef": {"value": method},
    }
    if account:
        body["DepositToAccountRef"] = {"value": account}
    return write(company, "Payment", {**body, "TxnDate": company.today()}, person=True)


def _settle(company: Company, invoices: list[Body], moments: Iterator[int]) -> None:
    """Paid, partly paid, overpaid, deposited, void; the rest stays open."""
    waiting = []
    for number, invoice in enumerate(invoices[:22]):
        next(moments)
        total = money(invoice["TotalAmt"])
        if number % 5 == 4:
            _payment(company, invoice, cents(total / 3), "1")
        elif number % 7 == 6:
            _payment(company, invoice, total, "2", "35", extra=Decimal(20))
        elif number % 3 == 0:
            _payment(company, invoice, total, "3", "35")
        else:
            waiting.append(_payment(company, invoice, total, "2"))
    bank_deposit(company, [("Payment", payment["Id"]) for payment in waiting[:5]])
    write(company, "Invoice", {"Id": invoices[23]["Id"]}, operation="void", person=True)


def _credits(
    company: Company, customers: list[str], items: list[Body], invoices: list[Body], moments: Iterator[int]
) -> None:
    for number in range(3):
        next(moments)
        write(company, "CreditMemo", _form(company, customers[number], items, number + 6), person=True)
    invoice = invoices[25]
    memo = write(company, "CreditMemo", _form(company, invoice["CustomerRef"]["value"], items, 15), person=True)
    amount = min(money(memo["TotalAmt"]), money(invoice["TotalAmt"]))
    links = [
        {"Amount": amount, "LinkedTxn": [{"TxnId": form["Id"], "TxnType": kind}]}
        for form, kind in ((invoice, "Invoice"), (memo, "CreditMemo"))
    ]
    note = "Created by QB Online to link credits to charges."
    write(
        company,
        "Payment",
        {"CustomerRef": invoice["CustomerRef"], "TotalAmt": 0, "Line": links, "PrivateNote": note},
        person=True,
    )


def _receipts(company: Company, customers: list[str], items: list[Body], moments: Iterator[int]) -> None:
    for number in range(4):
        next(moments)
        receipt = _form(company, customers[number * 2] if number else None, items, number + 20)
        write(company, "SalesReceipt", {**receipt, "PaymentMethodRef": {"value": "3"}}, person=True)
    refund = _form(company, customers[4], items, 3)
    write(
        company,
        "RefundReceipt",
        {**refund, "DepositToAccountRef": {"value": "35"}, "PaymentMethodRef": {"value": "2"}},
        person=True,
    )
    line = {
        "Amount": Decimal(85),
        "DetailType": "AccountBasedExpenseLineDetail",
        "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "15"}},
    }
    write(company, "Purchase", {"PaymentType": "Cash", "AccountRef": {"value": "35"}, "Line": [line]}, person=True)
