"""What people do at random on both sides. Whatever a vendor refuses has not happened; same seed, same life."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.joint import SITE, Joint

Body = dict[str, Any]
CODES = ("GST", "GST", "GST", "FREE")


@dataclass(frozen=True, slots=True)
class Typed:
    """Somebody typed `value` into `member` of a record at `tick`."""

    tick: int
    side: str
    kind: str
    id: str
    member: str
    value: str


@dataclass
class Life:
    """One shop, one company, what was typed into them, and how far time has come."""

    joint: Joint
    chance: random.Random
    codes: dict[str, tuple[str, str]]
    """Tax code by name: the shop's code and the books' id."""
    item: str
    bank: str
    receivable: str
    method: str
    tick: int = 0
    told: list[str] = field(default_factory=list)
    typed: list[Typed] = field(default_factory=list)
    people: int = 0
    met: set[str] = field(default_factory=set)
    """Customers into which others were merged: what they are called may be what the other one's contact is not."""
    restored: set[str] = field(default_factory=set)
    """Sales that were deleted and brought back: the shop has taken their receipts off them, the books have not."""
    clean: list[int] = field(default_factory=list)
    """The ticks at which a run went through without trouble."""

    # both doors, forgiving

    async def shop(self, verb: str, path: str, body: Any = None) -> Body | None:
        """Do something at the shop; None where it was refused."""
        answer = await self.joint.http_shop.request(verb, f"/_sandbox/sites/{SITE}/{path}", json=body)
        self.joint.clock.pass_time(1)
        self.told.append(f"{self.tick:3} shop  {verb} {path} {body or ''} -> {answer.status_code}")
        return answer.json() if answer.status_code < 300 else None

    async def books(self, entity: str, body: Body, **options: str) -> Body | None:
        """Do something at the books; None where it was refused."""
        query = "&".join(f"{k}={v}" for k, v in options.items())
        path = f"/_sandbox/companies/{self.joint.realm}/{entity}?{query}"
        answer = await self.joint.http_books.post(path, json=body)
        self.joint.clock.pass_time(1)
        content = answer.json()
        refused = answer.status_code != 200 or any("ault" in str(k) for k in content)
        brief = {k: v for k, v in body.items() if k not in ("MetaData", "domain")}
        self.told.append(f"{self.tick:3} books {query} {entity} {brief} -> {'refused' if refused else 'done'}")
        if refused:
            return None
        found: Body = next((v for k, v in content.items() if k != "time"), content)
        return found

    async def some(self, collection: str, *, live: Callable[[Body], bool] = lambda _: True) -> Body | None:
        """Any record of the shop."""
        found = [r for r in await self.joint.shop_list(collection) if live(r)]
        return self.chance.choice(found) if found else None

    async def any_book(self, entity: str, *, live: Callable[[Body], bool] = lambda _: True) -> Body | None:
        """Any object of the books."""
        found = [r for r in await self.joint.books_list(entity) if live(r)]
        return self.chance.choice(found) if found else None

    def type(self, side: str, kind: str, record: Body | None, member: str, value: str) -> None:
        """Remember what somebody typed, so that it can be looked for in the end."""
        if record is not None:
            self.typed.append(Typed(self.tick, side, kind, str(record.get("id") or record.get("Id")), member, value))

    def settled_before(self, tick: int) -> int:
        """The tick of the last run without trouble before `tick`: what was typed since then was typed at once."""
        return max((t for t in self.clean if t < tick), default=0)

    def number(self) -> str:
        return f"0{self.chance.randrange(200000000, 900000000)}"

    def day(self) -> str:
        return f"2026-12-{self.chance.randrange(1, 29):02}"

    def price(self) -> str:
        return f"{self.chance.randrange(1, 40000) / 100:.2f}"


def _person(life: Life) -> tuple[str, str, str]:
    life.people += 1
    return f"P{life.people}", "Smith", f"p{life.people}@example.com"


# at the shop


async def contact_made(life: Life) -> None:
    first, last, email = _person(life)
    body = {"type": "individual", "first_name": first, "last_name": last, "email": email}
    made = await life.shop("POST", "contacts", body)
    if made and life.chance.random() < 0.15:  # whom the books know already
        name = {"GivenName": first, "FamilyName": last, "PrimaryEmailAddr": {"Address": email}}
        await life.books("customer", name)
    if made and life.chance.random() < 0.8:
        await _sale(life, made["id"])


async def contact_edited(life: Life) -> None:
    contact = await life.some("contacts")
    if contact:
        number = life.number()
        member = life.chance.choice(("phone", "mobile"))
        if await life.shop("PATCH", f"contacts/{contact['id']}", {member: number}):
            life.type("oncord", "contact", contact, member, number)


async def contact_renamed(life: Life) -> None:
    contact = await life.some("contacts")
    if contact:
        await life.shop("PATCH", f"contacts/{contact['id']}", {"last_name": f"Jones{life.tick}"})


async def contact_deleted(life: Life) -> None:
    contact = await life.some("contacts")
    if contact:
        cascade = life.chance.choice(("?cascade=true", "?cascade=true", ""))
        await life.shop("DELETE", f"contacts/{contact['id']}{cascade}")


async def contacts_merged(life: Life) -> None:
    one, other = await life.some("contacts"), await life.some("contacts")
    if one and other and one["id"] != other["id"]:
        await life.shop("POST", f"contacts/{one['id']}/merge", {"into": other["id"]})


def _lines(life: Life) -> list[Body]:
    lines = []
    for _ in range(life.chance.randrange(1, 4)):
        line = {
            "description": f"Thing {life.chance.randrange(1000)}",
            "quantity": str(life.chance.choice((1, 2, 3, "0.5", "1.25"))),
            "unit_price": life.price(),
            "tax_code": life.codes[life.chance.choice(CODES)][0],
        }
        if life.chance.random() < 0.2:
            line["discount_amount"] = f"{float(line['unit_price']) * float(line['quantity']) / 10:.2f}"
        lines.append(line)
    return lines


async def _sale(life: Life, contact_id: str, **members: Any) -> Body | None:
    inclusive = {"amounts_include_tax": life.chance.random() < 0.5}
    return await life.shop("POST", "sales", {"contact_id": contact_id, "lines": _lines(life), **inclusive, **members})


async def sale_made(life: Life) -> None:
    contact = await life.some("contacts")
    if contact:
        draft = {"status": "draft"} if life.chance.random() < 0.1 else {}
        await _sale(life, contact["id"], **draft)


async def adjustment_made(life: Life) -> None:
    sale = await life.some("sales", live=lambda s: s["kind"] == "sale" and not s["voided"])
    if sale:
        lines = [{**x, "quantity": f"-{x['quantity']}", "discount_amount": "0"} for x in _lines(life)[:1]]
        body = {"contact_id": sale["contact_id"], "kind": "adjustment", "lines": lines, "adjusts_sale_id": sale["id"]}
        await life.shop("POST", "sales", body)


async def sale_edited(life: Life) -> None:
    sale = await life.some("sales", live=lambda s: not s["voided"] and s["kind"] == "sale")
    if sale is None:
        return
    what = life.chance.randrange(3)
    if what == 0:
        value = life.day()
        if await life.shop("PATCH", f"sales/{sale['id']}", {"due_date": value}):
            life.type("oncord", "sale", sale, "due_date", value)
    elif what == 1:
        value = f"Note {life.tick}"
        if await life.shop("PATCH", f"sales/{sale['id']}", {"notes": value}):
            life.type("oncord", "sale", sale, "notes", value)
    else:
        lines = [{**x, "quantity": str(life.chance.randrange(1, 9)), "discount_amount": "0"} for x in sale["lines"]]
        await life.shop("PATCH", f"sales/{sale['id']}", {"lines": lines})


async def sale_voided(life: Life) -> None:
    sale = await life.some("sales", live=lambda s: not s["voided"])
    if sale:
        await life.shop("PATCH", f"sales/{sale['id']}", {"voided": True})


async def sale_deleted(life: Life) -> None:
    sale = await life.some("sales")
    if sale:
        cascade = life.chance.choice(("?cascade=true", ""))
        await life.shop("DELETE", f"sales/{sale['id']}{cascade}")


async def receipt_made(life: Life) -> None:
    sale = await life.some("sales", live=lambda s: s["status"] == "confirmed" and not s["voided"])
    if sale is None:
        return
    total = float(sale["total"])
    amount = round(total * life.chance.choice((1, 1, 0.5, 0.25)), 2)
    if not amount:
        return
    body: Body = {"contact_id": sale["contact_id"], "payment_method_id": life.method, "amount": f"{amount:.2f}"}
    body["allocations"] = [{"sale_id": sale["id"], "amount": f"{amount:.2f}"}]
    what = life.chance.random()
    if what < 0.15:
        body["allocations"] = []
    elif what < 0.3 and amount > 0:  # more than what is owed
        body["amount"] = f"{amount + 5:.2f}"
    await life.shop("POST", "receipts", body)


async def receipt_edited(life: Life) -> None:
    receipt = await life.some("receipts")
    if receipt is None:
        return
    if life.chance.random() < 0.5:
        value = f"R{life.tick}"
        if await life.shop("PATCH", f"receipts/{receipt['id']}", {"reference": value}):
            life.type("oncord", "receipt", receipt, "reference", value)
    elif receipt["allocations"]:
        half = f"{float(receipt['amount']) / 2:.2f}"
        one = [{**receipt["allocations"][0], "amount": half}]
        await life.shop("PATCH", f"receipts/{receipt['id']}", {"amount": half, "allocations": one})


async def receipt_deleted(life: Life) -> None:
    receipt = await life.some("receipts")
    if receipt:
        await life.shop("DELETE", f"receipts/{receipt['id']}")


# at the books


async def customer_made(life: Life) -> None:
    first, last, email = _person(life)
    name = {"GivenName": first, "FamilyName": last, "PrimaryEmailAddr": {"Address": email}}
    made = await life.books("customer", name)
    if made and life.chance.random() < 0.8:
        await _document(life, "invoice", made["Id"])
    if made and life.chance.random() < 0.15:  # whom the shop knows already
        await life.shop(
            "POST", "contacts", {"type": "individual", "first_name": first, "last_name": last, "email": email}
        )


async def customer_edited(life: Life) -> None:
    customer = await life.any_book("customer", live=lambda c: bool(c["Active"]))
    if customer:
        number = life.number()
        member, name = life.chance.choice((("phone", "PrimaryPhone"), ("mobile", "Mobile")))
        body = {"Id": customer["Id"], "sparse": True, name: {"FreeFormNumber": number}}
        if await life.books("customer", body):
            life.type("quickbooks", "contact", customer, member, number)


async def customer_asleep(life: Life) -> None:
    customer = await life.any_book("customer", live=lambda c: bool(c["Active"]))
    if customer:
        await life.books("customer", {"Id": customer["Id"], "sparse": True, "Active": False})


async def customers_merged(life: Life) -> None:
    one = await life.any_book("customer", live=lambda c: bool(c["Active"]))
    other = await life.any_book("customer", live=lambda c: bool(c["Active"]))
    if one and other and one["Id"] != other["Id"]:
        life.met.add(other["Id"])
        await life.books("customer/merge", {"from": one["Id"], "into": other["Id"]})


async def _document(life: Life, entity: str, customer: str, **members: Any) -> Body | None:
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
    mode = life.chance.choice(("TaxExcluded", "TaxInclusive"))
    body = {"CustomerRef": {"value": customer}, "GlobalTaxCalculation": mode, "Line": lines, **members}
    return await life.books(entity, body)


async def invoice_made(life: Life) -> None:
    customer = await life.any_book("customer", live=lambda c: bool(c["Active"]))
    if customer:
        await _document(life, life.chance.choice(("invoice", "invoice", "creditmemo")), customer["Id"])


async def invoice_edited(life: Life) -> None:
    invoice = await life.any_book("invoice", live=lambda i: i["TotalAmt"] > 0)
    if invoice is None:
        return
    head = {"Id": invoice["Id"], "sparse": True}
    what = life.chance.randrange(3)
    if what == 0:
        value = life.day()
        if await life.books("invoice", {**head, "DueDate": value}):
            life.type("quickbooks", "sale", invoice, "due_date", value)
    elif what == 1:
        value = f"Memo {life.tick}"
        if await life.books("invoice", {**head, "CustomerMemo": {"value": value}}):
            life.type("quickbooks", "sale", invoice, "notes", value)
    else:
        await _document(life, "invoice", invoice["CustomerRef"]["value"], **head)


async def invoice_removed(life: Life) -> None:
    entity = life.chance.choice(("invoice", "creditmemo"))
    document = await life.any_book(entity)
    if document:
        how = "void" if entity == "invoice" and life.chance.random() < 0.5 else "delete"
        await life.books(entity, {"Id": document["Id"]}, operation=how)


async def payment_made(life: Life) -> None:
    invoice = await life.any_book("invoice", live=lambda i: i["Balance"] > 0)
    if invoice is None:
        return
    amount = round(float(invoice["Balance"]) * life.chance.choice((1, 1, 0.5)), 2)
    lines = [{"Amount": amount, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}]
    rest = 7 if life.chance.random() < 0.2 else 0
    body = {"CustomerRef": invoice["CustomerRef"], "TotalAmt": round(amount + rest, 2), "Line": lines}
    await life.books("payment", {**body, "DepositToAccountRef": {"value": life.bank}})


async def payment_edited(life: Life) -> None:
    paid = await life.any_book("payment", live=lambda p: p["TotalAmt"] > 0)
    if paid is None:
        return
    if life.chance.random() < 0.5:
        value = f"Q{life.tick}"
        if await life.books("payment", {"Id": paid["Id"], "sparse": True, "PaymentRefNum": value}):
            life.type("quickbooks", "receipt", paid, "reference", value)
    else:
        await life.books("payment", {**paid, "Line": []})


async def payment_removed(life: Life) -> None:
    paid = await life.any_book("payment")
    if paid:
        how = {"operation": "delete"} if life.chance.random() < 0.6 else {"operation": "update", "include": "void"}
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
    if credit is None:
        return
    detail = {"AccountRef": {"value": life.receivable}}
    amount = float(credit["RemainingCredit"])
    line = {"Amount": amount, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": detail}
    entity = {**credit["CustomerRef"], "type": "Customer"}
    body = {"PaymentType": "Cash", "AccountRef": {"value": life.bank}, "EntityRef": entity, "Line": [line]}
    paid = await life.books("purchase", body)
    if paid and life.chance.random() < 0.7:
        lines = [
            {"Amount": amount, "LinkedTxn": [{"TxnId": x["Id"], "TxnType": t}]}
            for x, t in ((paid, "Expense"), (credit, "CreditMemo"))
        ]
        await life.books("payment", {"CustomerRef": credit["CustomerRef"], "TotalAmt": 0, "Line": lines})


async def restored(life: Life) -> None:
    collection = life.chance.choice(("contacts", "sales", "receipts"))
    gone = [r for r in await life.joint.shop_list(collection, deleted=True) if r.get("deleted")]
    if gone:
        record_id = life.chance.choice(gone)["id"]
        if await life.shop("POST", f"{collection}/{record_id}/restore") and collection == "sales":
            life.restored.add(record_id)


async def question_answered(life: Life) -> None:
    """Somebody works through the attention items, one way or another."""
    asked = await life.joint.attention()
    if not asked:
        return
    item = life.chance.choice(asked)
    action = life.chance.choice(item.actions)
    choice = life.chance.choice([str(c["id"]) for c in item.detail["choices"]]) if action == "choose" else None
    life.told.append(f"{life.tick:3} clerk {item.kind} {item.summary!r}: {action} {choice or ''}")
    await life.joint.answer(item.id, action, choice)


Deed = Callable[[Life], Awaitable[None]]
DEEDS: dict[Deed, int] = {
    contact_made: 8,
    contact_edited: 5,
    contact_renamed: 2,
    contact_deleted: 1,
    contacts_merged: 1,
    sale_made: 7,
    adjustment_made: 2,
    sale_edited: 6,
    sale_voided: 1,
    sale_deleted: 2,
    receipt_made: 7,
    receipt_edited: 3,
    receipt_deleted: 2,
    customer_made: 6,
    customer_edited: 5,
    customer_asleep: 1,
    customers_merged: 1,
    invoice_made: 5,
    invoice_edited: 6,
    invoice_removed: 2,
    payment_made: 6,
    payment_edited: 3,
    payment_removed: 2,
    credit_used: 2,
    paid_back: 1,
    restored: 1,
    question_answered: 4,
}
"""What people do, and how often."""
