"""What the shop page lets a person do: buy, pay, refund, cancel, edit, delete and restore; each by what a person does at the shop (`person`)."""

from collections.abc import Mapping
from decimal import InvalidOperation
from typing import Any

from app.sandbox.oncord import person
from app.sandbox.oncord.fields import Record, amount, money
from app.sandbox.oncord.problems import Problem
from app.sandbox.oncord.site import Site


def buy(shop: Site, form: Mapping[str, str]) -> Record:
    """Find or make the customer, make the sale, and take the money where a way to pay is chosen."""
    known = shop.shelves["contact"].find("email", form.get("email", "").lower())
    who = {name: form.get(name) for name in ("first_name", "last_name", "email")}
    typed = {
        **({"contact_id": known[0]} if known else {"contact": who}),
        "lines": [{"product_code": form.get("product"), "quantity": form.get("quantity", "1")}],
        "source": "checkout",
    }
    sale = person.create(shop, "sale", typed, "system")
    if form.get("method"):
        _receive(shop, sale, form["method"], sale["total"], "system")
    return sale


def pay(shop: Site, form: Mapping[str, str]) -> Record:
    """Take money for a sale, all that is owed unless an amount is typed. Raises `Problem` (422) for an amount that is none, or more than that."""
    sale = person.existing(shop, "sale", form.get("sale", ""))
    typed = form.get("amount", sale["amount_owing"]).lstrip("$").replace(",", "")
    try:
        fits = 0 < amount(typed) <= amount(sale["amount_owing"])
    except InvalidOperation as error:
        raise Problem(422, "The amount is not a number.") from error
    if not fits:
        raise Problem(422, f"Of sale {sale['number']} {sale['amount_owing']} {sale['currency']} is owed.")
    return _receive(shop, sale, form.get("method", ""), typed, "user")


def refund(shop: Site, form: Mapping[str, str]) -> Record:
    """Give a paid sale back: an adjustment of all its lines, and the money by the way it came.

    Raises `Problem` (422) where it is not paid in full, or was given back already.
    """
    sale = person.existing(shop, "sale", form.get("sale", ""))
    if sale not in refundable(shop):
        raise Problem(422, f"Sale {sale['number']} is not paid, or was given back already.")
    receipts = shop.shelves["receipt"]
    method = receipts.records[receipts.find("sale_id", sale["id"])[-1]]["payment_method_id"]
    typed = {
        "kind": "adjustment",
        "adjusts_sale_id": sale["id"],
        "contact_id": sale["contact_id"],
        "currency": sale["currency"],
        "amounts_include_tax": sale["amounts_include_tax"],
        "lines": _given_back(sale),
        "rounding": money(-amount(sale["rounding"]), sale["currency"]),
    }
    adjustment = person.create(shop, "sale", typed)
    _receive(shop, adjustment, method, adjustment["total"], "user")
    return adjustment


def cancel(shop: Site, form: Mapping[str, str]) -> Record:
    """Cancel a sale that nobody has paid for. Raises `Problem` (422) where somebody has."""
    sale = person.existing(shop, "sale", form.get("sale", ""))
    if sale not in unpaid(shop):
        raise Problem(422, f"Sale {sale['number']} was paid for; refund it.")
    return person.edit(shop, "sale", sale["id"], {"status": "cancelled"})


def edit(shop: Site, form: Mapping[str, str]) -> Record:
    """Save a sale as it stands in the form: number, note, and of each line how many and at what price.

    Raises `Problem` (422) for what is no number, or where the shop itself would refuse.
    """
    sale = person.existing(shop, "sale", form.get("sale", ""))
    lines = [_retyped(line, form) for line in sale["lines"]]
    typed = {"number": form.get("number", sale["number"]), "notes": form.get("notes", ""), "lines": lines}
    return person.edit(shop, "sale", sale["id"], typed)


def _retyped(line: Record, form: Mapping[str, str]) -> Record:
    """A line as it stands in the form."""
    typed = {name: form.get(f"{name}-{line['id']}", line[name]) for name in ("quantity", "unit_price")}
    if line["kind"] == "subtotal" or typed == {name: line[name] for name in typed}:
        return line
    return {**line, "quantity": _number(typed["quantity"]), "unit_price": _number(typed["unit_price"])}


def _number(typed: str) -> str:
    """What was typed as a number. Raises `Problem` (422) where it is none."""
    plain = typed.lstrip("$").replace(",", "")
    try:
        finite = amount(plain).is_finite()
    except InvalidOperation:
        finite = False
    if not finite:
        raise Problem(422, f"{typed} is not a number.")
    return plain


def delete(shop: Site, form: Mapping[str, str]) -> Record:
    """Delete a sale; what was received for it stays with its customer."""
    return person.delete(shop, "sale", form.get("sale", ""))


def restore(shop: Site, form: Mapping[str, str]) -> Record:
    """Bring a deleted sale back as it was."""
    return person.restore(shop, "sale", form.get("sale", ""))


def deleted(shop: Site) -> list[Record]:
    """Sales that were deleted and can come back, the last one first."""
    shelf = shop.shelves["sale"]
    return [sale for sale_id, sale in reversed(shelf.buried.items()) if shelf.live(sale_id) is None]


def owed(shop: Site) -> list[Record]:
    """Sales that wait for money, the newest first."""
    return [sale for sale in _live(shop) if _sold(sale) and amount(sale["amount_owing"]) > 0]


def refundable(shop: Site) -> list[Record]:
    """Sales that were paid in full and not given back, the newest first."""
    adjusted = {sale["adjusts_sale_id"] for sale in _live(shop)}
    return [
        sale
        for sale in _live(shop)
        if _sold(sale)
        and amount(sale["amount_paid"]) == amount(sale["total"]) > 0
        and sale["id"] not in adjusted
        and shop.shelves["receipt"].find("sale_id", sale["id"])
    ]


def unpaid(shop: Site) -> list[Record]:
    """Sales for which nobody has paid anything, the newest first."""
    return [sale for sale in _live(shop) if _sold(sale) and amount(sale["amount_owing"]) == amount(sale["total"])]


def latest(shop: Site) -> list[Record]:
    """All sales and adjustments, the newest first."""
    return list(_live(shop))


def _live(shop: Site) -> list[Record]:
    return [sale for sale in reversed(shop.shelves["sale"].records.values()) if not sale["deleted"]]


def _sold(sale: Record) -> bool:
    return bool(sale["kind"] == "sale" and sale["status"] == "confirmed" and not sale["voided"])


def _receive(shop: Site, sale: Record, method: str, value: str, actor: str) -> Record:
    allocation = {"sale_id": sale["id"], "amount": value}
    return person.create(shop, "receipt", {"payment_method_id": method, "allocations": [allocation]}, actor)


def _given_back(sale: Record) -> list[dict[str, Any]]:
    """The lines of an adjustment that takes all of a sale back, shipping and discounts of the whole order included."""
    lines = [_reversed(line) for line in sale["lines"] if line["kind"] != "subtotal"]
    if sale["shipping"] is not None:
        lines.append(_worth(sale["shipping"]["method"] or "Shipping", "-1", sale["shipping"]))
    lines += [_worth(part["description"] or "Discount", "1", part) for part in sale["order_discounts"]]
    return lines


def _reversed(line: Record) -> dict[str, Any]:
    """A line with its quantity below zero; one with a discount of its own as one piece at what it came to."""
    kept = {name: line[name] for name in ("kind", "product_id", "product_code", "description", "tax_code", "voucher")}
    if amount(line["discount_amount"]):
        return {**kept, "quantity": "-1", "unit_price": line["line_total"]}
    return {**kept, "quantity": str(-amount(line["quantity"])), "unit_price": line["unit_price"]}


def _worth(words: str, quantity: str, part: Record) -> dict[str, Any]:
    return {
        "kind": "text",
        "description": words,
        "quantity": quantity,
        "unit_price": part["amount"],
        "tax_code": part["tax_code"],
    }
