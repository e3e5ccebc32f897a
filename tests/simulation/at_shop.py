"""What people do at random in the shop. Whatever the shop refuses has not happened."""

from typing import Any

from tests.simulation.life import BOOKS, SHOP, Body, Life, Twin
from tests.simulation.outside import deliver

CODES = ("GST", "GST", "GST", "FREE")
ODD = ("O’Brien", "Zoë Müller", "Ng\u200b", "Д. Иванов", "tab\there", "bell\x07", "Smith \U0001f600", "a\u00a0b")
STATES = ("CA", "AZ", "")


def person(life: Life) -> tuple[str, str, str]:
    """A new name with an address; once in a while the address is shared, or the name has an odd character."""
    life.people += 1
    last = life.chance.choice(ODD) if life.likely(0.1) else f"Smith{life.people}"
    email = "office@agency.example" if life.likely(0.08) else f"p{life.people}@example.com"
    return f"P{life.people}", last, email


def place(life: Life) -> Body:
    """An address; in America it decides about the tax."""
    if life.world == "american":
        state = life.chance.choice(STATES)
        return {"line1": f"{life.tick} Main St", "suburb": "Town", "state": state, "postcode": "90001", "country": "US"}
    return {"line1": f"{life.tick} High St", "suburb": "City", "state": "QLD", "postcode": "4000", "country": "AU"}


async def contact_made(life: Life) -> None:
    first, last, email = person(life)
    body: Body = {"type": "individual", "first_name": first, "last_name": last, "email": email}
    if life.likely(0.5):
        body["billing_address"] = body["shipping_address"] = place(life)
    made = await life.shop("POST", "contacts", body)
    if made and life.likely(0.15):  # whom the books know already
        name = {"GivenName": first, "FamilyName": last.strip() or "X", "PrimaryEmailAddr": {"Address": email}}
        await life.books("customer", name)
    if made and life.likely(0.8):
        await sale_for(life, made["id"])


async def contact_edited(life: Life) -> None:
    contact = await life.some("contacts")
    if contact:
        member = life.chance.choice(("phone", "mobile"))
        await life.type_at_shop("contact", contact, **{member: life.number()})


async def contact_renamed(life: Life) -> None:
    contact = await life.some("contacts")
    if contact:
        await life.type_at_shop("contact", contact, last_name=f"Jones{life.tick}")


async def contact_deleted(life: Life) -> None:
    contact = await life.some("contacts")
    if contact:
        cascade = life.chance.choice(("?cascade=true", "?cascade=true", ""))
        await life.shop("DELETE", f"contacts/{contact['id']}{cascade}")


async def contacts_merged(life: Life) -> None:
    one, other = await life.some("contacts"), await life.some("contacts")
    if one and other and one["id"] != other["id"]:
        own = await life.of_contact(one["id"])
        if await life.shop("POST", f"contacts/{one['id']}/merge", {"into": other["id"]}):
            life.carried[one["id"]] = own
            life.winners.add(other["id"])


def lines_for(life: Life, most: int = 3) -> list[Body]:
    """Some lines that somebody types."""
    lines = []
    for _ in range(life.chance.randrange(1, most + 1)):
        line: Body = {
            "description": f"Thing {life.chance.randrange(1000)}",
            "quantity": str(life.chance.choice((1, 2, 3, "0.5", "1.25"))),
            "unit_price": life.price(),
            "tax_code": life.codes[life.chance.choice(CODES)][0],
        }
        if life.likely(0.2):
            line["discount_amount"] = f"{float(line['unit_price']) * float(line['quantity']) / 10:.2f}"
        lines.append(line)
    return lines


async def sale_for(life: Life, contact_id: str, **members: Any) -> Body | None:
    body: Body = {"contact_id": contact_id, "lines": lines_for(life), "currency": life.currency()}
    if life.world != "american":
        body["amounts_include_tax"] = life.likely(0.5)
    return await life.shop("POST", "sales", {**body, **members})


async def sale_made(life: Life) -> None:
    contact = await life.some("contacts")
    if contact:
        draft = {"status": "draft"} if life.likely(0.1) else {}
        await sale_for(life, contact["id"], **draft)


async def adjustment_made(life: Life) -> None:
    sale = await life.some("sales", live=lambda s: s["kind"] == "sale" and not s["voided"])
    if sale:
        lines = [{**x, "quantity": f"-{x['quantity']}", "discount_amount": "0"} for x in lines_for(life, 1)]
        body = {"contact_id": sale["contact_id"], "kind": "adjustment", "lines": lines, "adjusts_sale_id": sale["id"]}
        await life.shop("POST", "sales", {**body, "currency": sale["currency"]})


def _sale(s: Body) -> bool:
    return not s["voided"] and s["kind"] == "sale"


async def sale_edited(life: Life) -> None:
    sale = await life.some("sales", live=_sale)
    if sale is None:
        return
    what = life.chance.randrange(3)
    if what == 0:
        await life.type_at_shop("sale", sale, due_date=life.day())
    elif what == 1:
        odd = life.chance.choice(("", "", "", "\x07", "’s"))
        await life.type_at_shop("sale", sale, notes=f"Note {life.tick}{odd}")
    else:
        lines = [{**x, "quantity": str(life.chance.randrange(1, 9)), "discount_amount": "0"} for x in sale["lines"]]
        await life.type_at_shop("sale", sale, lines=lines)


async def lines_retyped(life: Life) -> None:
    """The lines are typed anew: other ids, one more or one less, or all of them others."""
    sale = await life.some("sales", live=_sale)
    if sale is None:
        return
    fresh = lines_for(life)
    kept = [x for x in sale["lines"] if life.likely(0.4)]
    await life.type_at_shop("sale", sale, lines=[*kept, *fresh])


async def quantity_doubled(life: Life) -> None:
    """Only the quantities change, all by the same factor: then the tax does, too."""
    sale = await life.some("sales", live=lambda s: _sale(s) and not s["order_discounts"] and not s["shipping"])
    if sale is None or not float(sale["total"]):
        return
    lines = [
        {
            "id": x["id"],
            "quantity": str(2 * float(x["quantity"])),
            "discount_amount": f"{2 * float(x['discount_amount']):.2f}",
        }
        for x in sale["lines"]
        if x["kind"] in ("item", "text")
    ]
    if len(lines) != len(sale["lines"]):
        return
    saved = await life.type_at_shop("sale", sale, lines=lines)
    if saved and abs(float(saved["tax_total"]) - 2 * float(sale["tax_total"])) > 0.03 * len(lines):
        life.faults.append(
            f"F27: sale {sale['id']} is taxed at another rate after its quantities were doubled:"
            f" {sale['tax_total']} of {sale['total']}, then {saved['tax_total']} of {saved['total']}"
        )


async def sale_shipped_elsewhere(life: Life) -> None:
    sale = await life.some("sales", live=_sale)
    if sale:
        await life.type_at_shop("sale", sale, shipping_address=place(life))


async def sale_moved(life: Life) -> None:
    """A sale goes to another contact, with its receipts or without."""
    sale = await life.some("sales", live=_sale)
    other = await life.some("contacts")
    if sale is None or other is None or other["id"] == sale["contact_id"]:
        return
    await life.type_at_shop("sale", sale, contact_id=other["id"])
    if life.likely(0.6):
        for receipt in await life.joint.shop_list("receipts"):
            if any(a["sale_id"] == sale["id"] for a in receipt["allocations"]):
                await life.type_at_shop("receipt", receipt, contact_id=other["id"])


async def sale_voided(life: Life) -> None:
    sale = await life.some("sales", live=lambda s: not s["voided"])
    if sale:
        await life.shop("PATCH", f"sales/{sale['id']}", {"voided": True})


async def sale_deleted(life: Life) -> None:
    """A sale is deleted, rather one that the bookkeeper has taken money for."""
    receipts = await life.counterparts("receipt")
    theirs = {r for r, ids in receipts.items() if any(f"payment:{i}" in life.born[BOOKS] for i in ids)}
    paid = {a["sale_id"] for r in await life.joint.shop_list("receipts") if r["id"] in theirs for a in r["allocations"]}
    sale = await life.some("sales", rather=lambda s: s["id"] in paid and f"sale:{s['id']}" in life.born[SHOP])
    if sale:
        cascade = life.chance.choice(("?cascade=true", "", ""))
        await life.shop("DELETE", f"sales/{sale['id']}{cascade}")


async def receipt_made(life: Life) -> None:
    sale = await life.some("sales", live=lambda s: s["status"] == "confirmed" and not s["voided"])
    if sale is None:
        return
    total = float(sale["total"])
    amount = round(total * life.chance.choice((1, 1, 0.5, 0.25)), 2)
    if not amount:
        return
    method = life.methods[0] if life.likely(0.75) else life.chance.choice(life.methods)
    body: Body = {"contact_id": sale["contact_id"], "payment_method_id": method, "amount": f"{amount:.2f}"}
    body["currency"] = sale["currency"]
    body["allocations"] = [{"sale_id": sale["id"], "amount": f"{amount:.2f}"}]
    what = life.chance.random()
    if what < 0.15:
        body["allocations"] = []
    elif what < 0.3 and amount > 0:  # more than what is owed
        body["amount"] = f"{amount + 5:.2f}"
    await life.shop("POST", "receipts", body)


async def receipt_for_several(life: Life) -> None:
    """One receipt pays sales of one contact, or of two: then the books hold a payment for each."""
    one = await life.some("sales", live=_open)
    if one is None:
        return
    other = await life.some(
        "sales", live=lambda s: _open(s) and s["id"] != one["id"] and s["currency"] == one["currency"]
    )
    if other is None:
        return
    parts = [{"sale_id": s["id"], "amount": s["total"]} for s in (one, other)]
    body = {
        "contact_id": one["contact_id"],
        "payment_method_id": life.methods[0],
        "currency": one["currency"],
        "amount": f"{sum(float(p['amount']) for p in parts):.2f}",
        "allocations": parts,
    }
    await life.shop("POST", "receipts", body)


def _open(s: Body) -> bool:
    return _sale(s) and s["status"] == "confirmed" and not float(s["amount_paid"]) and float(s["total"]) > 0


async def receipt_edited(life: Life) -> None:
    lost = {record_id for _, _, kind, record_id in life.lost if kind == "receipt"}
    receipt = await life.some("receipts", rather=lambda r: len(r["allocations"]) > 1 or r["id"] in lost)
    if receipt is None:
        return
    if life.likely(0.5):
        await life.type_at_shop("receipt", receipt, reference=f"R{life.tick}")
    elif receipt["allocations"]:
        half = [{**a, "amount": f"{float(a['amount']) / 2:.2f}"} for a in receipt["allocations"]]
        amount = f"{sum(float(a['amount']) for a in half):.2f}"
        await life.type_at_shop("receipt", receipt, amount=amount, allocations=half)


async def receipt_moved(life: Life) -> None:
    """A receipt that pays nothing yet belongs to somebody else."""
    receipt = await life.some("receipts", live=lambda r: not r["allocations"])
    other = await life.some("contacts")
    if receipt and other and other["id"] != receipt["contact_id"]:
        await life.type_at_shop("receipt", receipt, contact_id=other["id"])


async def receipt_deleted(life: Life) -> None:
    receipt = await life.some("receipts")
    if receipt:
        await life.shop("DELETE", f"receipts/{receipt['id']}")


async def restored(life: Life) -> None:
    kind = life.chance.choice(("contact", "sale", "receipt"))
    gone = [r for r in await life.joint.shop_list(f"{kind}s", deleted=True) if r.get("deleted")]
    if gone:
        record_id = life.chance.choice(gone)["id"]
        if await life.shop("POST", f"{kind}s/{record_id}/restore"):
            life.revived.add((kind, record_id))
            life.edited.add((kind, record_id))
            if kind == "sale":
                life.restored.add(record_id)
            if kind == "contact":  # lives again beside the one that took its documents over: those have moved
                sales, receipts = life.carried.pop(record_id, (set(), set()))
                life.moved |= sales
                life.edited |= {("receipt", receipt) for receipt in receipts}


def _written(number: str, which: int) -> tuple[str, str]:
    """One number as it is written in the shop and in the books: with a mark, with other signs, with and without one."""
    head, tail = number[:2], number[2:]
    return ((number, f"#{number}"), (f"{head} - {tail}", f"{head}/{tail}"), (number, f"{head}-{tail}"))[which % 3]


async def entered_twice(life: Life) -> None:
    """The same sale is typed into both systems, exactly or nearly."""
    life.numbers += 1
    first, last, email = person(life)
    how = life.chance.choice(("exact", "exact", "cent", "mark", "email"))
    number, price = f"{71000 + life.numbers}", life.price()
    told, typed = _written(number, life.numbers) if how == "mark" else (number, number)
    contact = await life.shop(
        "POST", "contacts", {"type": "individual", "first_name": first, "last_name": last, "email": email}
    )
    theirs = f"other{life.people}@example.com" if how == "email" else email
    customer = await life.books(
        "customer", {"GivenName": first, "FamilyName": last, "PrimaryEmailAddr": {"Address": theirs}}
    )
    if contact is None or customer is None:
        return
    line = {"description": "Thing", "quantity": "1", "unit_price": price, "tax_code": life.codes["FREE"][0]}
    sale = await life.shop("POST", "sales", {"contact_id": contact["id"], "lines": [line], "number": told})
    detail = {"ItemRef": {"value": life.item}, "TaxCodeRef": {"value": life.codes["FREE"][1]}}
    amount = round(float(price) + (0.01 if how == "cent" else 0), 2)
    body: Body = {
        "CustomerRef": {"value": customer["Id"]},
        "DocNumber": typed,
        "TxnDate": sale["date"] if sale else None,
        "Line": [
            {
                "Amount": amount,
                "Description": "Thing",
                "DetailType": "SalesItemLineDetail",
                "SalesItemLineDetail": detail,
            }
        ],
    }
    if life.world != "american":
        body["GlobalTaxCalculation"] = "TaxExcluded"
    invoice = await life.books("invoice", body) if sale else None
    if sale and invoice:
        life.twins.append(Twin(sale["id"], invoice["Id"], how))
        await deliver(life.joint)  # both are told of at once: what a race between two reads doubles is another matter
