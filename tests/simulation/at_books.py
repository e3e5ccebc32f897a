"""What people do at random in the books. Whatever QuickBooks refuses has not happened."""

from typing import Any

from tests.simulation.at_shop import CODES, place
from tests.simulation.at_shop import person as _person
from tests.simulation.life import Body, Life


def _awake(c: Body) -> bool:
    return bool(c["Active"])


def _address(life: Life) -> Body:
    at = place(life)
    return {
        "Line1": at["line1"],
        "City": at["suburb"],
        "CountrySubDivisionCode": at["state"],
        "PostalCode": at["postcode"],
    }


async def customer_made(life: Life) -> None:
    first, last, email = _person(life)
    last = last.replace("\t", " ")
    name: Body = {"GivenName": first, "FamilyName": last, "PrimaryEmailAddr": {"Address": email}}
    if len(life.currencies) > 1:
        name["CurrencyRef"] = {"value": life.currency()}
    if life.world == "american":
        name["Taxable"] = life.likely(0.7)
        name["ShipAddr"] = _address(life)
    made = await life.books("customer", name)
    if made and life.likely(0.8):
        await _document(life, "invoice", made["Id"])
    if made and life.likely(0.15):  # whom the shop knows already
        await life.shop(
            "POST", "contacts", {"type": "individual", "first_name": first, "last_name": last, "email": email}
        )


async def customer_edited(life: Life) -> None:
    customer = await life.any_book("customer", live=_awake)
    if customer:
        name = life.chance.choice(("PrimaryPhone", "Mobile"))
        await life.type_at_books("customer", customer, **{name: {"FreeFormNumber": life.number()}})


async def customer_renamed(life: Life) -> None:
    customer = await life.any_book("customer", live=_awake)
    if customer and customer.get("FamilyName"):
        await life.type_at_books("customer", customer, FamilyName=f"Brown{life.tick}")


async def customer_asleep(life: Life) -> None:
    customer = await life.any_book("customer", live=_awake)
    if customer:
        await life.books("customer", {"Id": customer["Id"], "sparse": True, "Active": False})


async def customers_merged(life: Life) -> None:
    """Two customers become one; the event may be lost, and a name may just have been typed in the shop."""
    linked = {i for ids in (await life.counterparts("contact")).values() for i in ids}
    one = await life.any_book("customer", live=_awake, rather=lambda c: c["Id"] in linked)
    other = await life.any_book("customer", live=_awake, rather=lambda c: c["Id"] not in linked)
    if one and other and one["Id"] != other["Id"]:
        ties = await life.links("contact", str(one["Id"]))
        contact = next(
            (c for c in await life.joint.shop_list("contacts") if ties and c["id"] == ties[0]["oncord_id"]), None
        )
        if contact and life.likely(0.5):
            await life.type_at_shop("contact", contact, last_name=f"Merger{life.tick}")
        lost = life.likely(0.5)
        if lost:
            await life.joint.hazard("quickbooks", "webhooks_dropped")
        life.met.add(other["Id"])
        await life.books("customer/merge", {"from": one["Id"], "into": other["Id"]})
        if lost:
            await life.joint.hazard("quickbooks", "webhooks_dropped", on=False)


async def _document(life: Life, entity: str, customer: str, old: Body | None = None) -> Body | None:
    lines = []
    for _ in range(life.chance.randrange(1, 4)):
        code = life.codes[life.chance.choice(CODES)][1]
        detail = {"ItemRef": {"value": life.item}, "TaxCodeRef": {"value": code}}
        lines.append(
            {
                "Amount": float(life.price()),
                "Description": f"Work {life.chance.randrange(1000)}",
                "DetailType": "SalesItemLineDetail",
                "SalesItemLineDetail": detail,
            }
        )
    body: Body = {"CustomerRef": {"value": customer}, "Line": lines}
    if life.world != "american":
        body["GlobalTaxCalculation"] = life.chance.choice(("TaxExcluded", "TaxInclusive"))
    elif old is None and life.likely(0.6):
        body["ShipAddr"] = _address(life)
    if old is not None:
        return await life.type_at_books(entity, old, **body)
    return await life.books(entity, body)


async def invoice_made(life: Life) -> None:
    customer = await life.any_book("customer", live=_awake)
    if customer:
        await _document(life, life.chance.choice(("invoice", "invoice", "creditmemo")), customer["Id"])


async def invoice_edited(life: Life) -> None:
    invoice = await life.any_book("invoice", live=lambda i: i["TotalAmt"] > 0)
    if invoice is None:
        return
    what = life.chance.randrange(3)
    if what == 0:
        await life.type_at_books("invoice", invoice, DueDate=life.day())
    elif what == 1:
        await life.type_at_books("invoice", invoice, CustomerMemo={"value": f"Memo {life.tick}"})
    else:
        await _document(life, "invoice", invoice["CustomerRef"]["value"], invoice)


async def typed_at_once(life: Life) -> None:
    """One field of one document is typed on both sides before anybody looks."""
    across = await life.counterparts("sale")
    asked = {i for sale in await life.asked_about("sale", "conflict") for i in across.get(sale, [])}
    invoice = await life.any_book("invoice", live=lambda i: i["TotalAmt"] > 0, rather=lambda i: i["Id"] in asked)
    ties = await life.links("sale", str(invoice["Id"])) if invoice else []
    if invoice is None or not ties:
        return
    sale = next((s for s in await life.joint.shop_list("sales") if s["id"] == ties[0]["oncord_id"]), None)
    if sale is None or sale["voided"]:
        return
    what = life.chance.randrange(3)
    if what == 0:
        await life.type_at_books("invoice", invoice, CustomerMemo={"value": f"Memo {life.tick}"})
        await life.type_at_shop("sale", sale, notes=f"Note {life.tick}")
    elif what == 1:
        await life.type_at_books("invoice", invoice, DueDate=life.day())
        await life.type_at_shop("sale", sale, due_date=life.day())
    else:
        await _document(life, "invoice", invoice["CustomerRef"]["value"], invoice)
        line = {"description": "Else", "quantity": "2", "unit_price": life.price(), "tax_code": life.codes["GST"][0]}
        kept = sale["lines"][1:] if life.likely(0.5) else []
        await life.type_at_shop("sale", sale, lines=[line, *kept])


async def invoice_moved(life: Life) -> None:
    """An invoice goes to another customer, perhaps with what was paid on it."""
    invoice = await life.any_book("invoice", live=lambda i: i["TotalAmt"] > 0)
    other = await life.any_book("customer", live=_awake)
    if invoice and other and other["Id"] != invoice["CustomerRef"]["value"]:
        await life.type_at_books("invoice", invoice, CustomerRef={"value": other["Id"]})


async def invoice_removed(life: Life) -> None:
    entity = life.chance.choice(("invoice", "creditmemo"))
    document = await life.any_book(entity)
    if document:
        how = "void" if entity == "invoice" and life.likely(0.5) else "delete"
        await life.books(entity, {"Id": document["Id"]}, operation=how)


async def payment_made(life: Life) -> None:
    invoice = await life.any_book("invoice", live=lambda i: i["Balance"] > 0)
    if invoice is None:
        return
    amount = round(float(invoice["Balance"]) * life.chance.choice((1, 1, 0.5)), 2)
    lines = [{"Amount": amount, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}]
    rest = 7 if life.likely(0.2) else 0
    if life.likely(0.1):
        lines, rest = [], 0
    accounts = life.accounts[invoice["CurrencyRef"]["value"]]
    account = accounts[0] if life.likely(0.8) else life.chance.choice(accounts)
    body = {"CustomerRef": invoice["CustomerRef"], "TotalAmt": round(amount + rest, 2), "Line": lines}
    await life.books("payment", {**body, "DepositToAccountRef": {"value": account}})


async def payment_edited(life: Life) -> None:
    paid = await life.any_book("payment", live=lambda p: p["TotalAmt"] > 0)
    if paid is None:
        return
    if life.likely(0.5):
        await life.type_at_books("payment", paid, PaymentRefNum=f"Q{life.tick}")
    else:
        await life.books("payment", {**paid, "Line": []})


async def payment_moved(life: Life) -> None:
    """A payment that is applied to nothing belongs to somebody else."""
    paid = await life.any_book("payment", live=lambda p: p["TotalAmt"] > 0 and not p["Line"])
    if paid is None:
        return
    currency = paid["CurrencyRef"]["value"]
    other = await life.any_book("customer", live=lambda c: _awake(c) and c["CurrencyRef"]["value"] == currency)
    if other and other["Id"] != paid["CustomerRef"]["value"]:
        await life.books("payment", {**paid, "CustomerRef": {"value": other["Id"]}})


async def payment_removed(life: Life) -> None:
    several = {i for ids in (await life.counterparts("receipt")).values() if len(ids) > 1 for i in ids}
    paid = await life.any_book("payment", rather=lambda p: p["Id"] in several)
    if paid:
        how = {"operation": "delete"} if life.likely(0.6) else {"operation": "update", "include": "void"}
        await life.books("payment", paid if "include" in how else {"Id": paid["Id"]}, **how)


async def credit_used(life: Life) -> None:
    credit = await life.any_book("creditmemo", live=lambda c: c["RemainingCredit"] > 0)
    if credit is None:
        return
    owner = credit["CustomerRef"]["value"]
    invoice = await life.any_book("invoice", live=lambda i: i["CustomerRef"]["value"] == owner and i["Balance"] > 0)
    if invoice is None:
        return
    amount = float(min(credit["RemainingCredit"], invoice["Balance"]))
    lines = [
        {"Amount": amount, "LinkedTxn": [{"TxnId": x["Id"], "TxnType": t}]}
        for x, t in ((invoice, "Invoice"), (credit, "CreditMemo"))
    ]
    await life.books("payment", {"CustomerRef": credit["CustomerRef"], "TotalAmt": 0, "Line": lines})


async def paid_back(life: Life) -> None:
    credit = await life.any_book("creditmemo", live=lambda c: c["RemainingCredit"] > 0)
    if credit is None or credit["CurrencyRef"]["value"] != life.currencies[0]:
        return
    detail: dict[str, Any] = {"AccountRef": {"value": life.receivable}}
    amount = float(credit["RemainingCredit"])
    line = {"Amount": amount, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": detail}
    entity = {**credit["CustomerRef"], "type": "Customer"}
    bank = life.accounts[life.currencies[0]][0]
    body = {"PaymentType": "Cash", "AccountRef": {"value": bank}, "EntityRef": entity, "Line": [line]}
    paid = await life.books("purchase", body)
    if paid and life.likely(0.7):
        lines = [
            {"Amount": amount, "LinkedTxn": [{"TxnId": x["Id"], "TxnType": t}]}
            for x, t in ((paid, "Expense"), (credit, "CreditMemo"))
        ]
        await life.books("payment", {"CustomerRef": credit["CustomerRef"], "TotalAmt": 0, "Line": lines})
