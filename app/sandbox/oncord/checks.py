"""What a record must satisfy before it is stored, beyond the shape of its single values.

Pure questions to a site; each answer is a list of (field, message), empty when all is well. The
connector and the person at the shop are held to the same.
"""

from decimal import Decimal

from app.sandbox.oncord import totals
from app.sandbox.oncord.fields import Record, amount, fits
from app.sandbox.oncord.records import Entity
from app.sandbox.oncord.site import Site

Problems = list[tuple[str, str]]


def problems(site: Site, entity: Entity, record: Record, old: Record | None) -> Problems:
    """Why the record may not be stored."""
    if entity == "contact":
        found = _contact(record)
    elif entity == "sale":
        found = _sale(site, record, old)
    else:
        found = _receipt(site, record, old)
    ref = record["external_ref"]
    holder = site.shelves[entity].refs.get(ref) if ref else None
    if old is not None and holder not in (None, old["id"]):
        found.append(("external_ref", f"belongs to {entity} {holder}"))
    return found


def _contact(contact: Record) -> Problems:
    if any(contact[name] for name in ("first_name", "last_name", "company_name", "email")):
        return []
    return [("last_name", "a contact needs a name, a company name or an e-mail address")]


def _customer(site: Site, record: Record, old: Record | None) -> Problems:
    contact_id = record["contact_id"]
    if not contact_id:
        return [("contact_id", "is required")]
    if old is not None and old["contact_id"] == contact_id:
        return []
    contact = site.shelves["contact"].get(contact_id, site.clock.now())
    if contact is None:
        return [("contact_id", f"contact {contact_id} does not exist")]
    if contact["deleted"]:
        into = contact["merged_into_id"]
        return [("contact_id", f"contact {contact_id} was {f'merged into {into}' if into else 'deleted'}")]
    return []


def _sale(site: Site, sale: Record, old: Record | None) -> Problems:
    found = _customer(site, sale, old)
    if not sale["date"]:
        found.append(("date", "is required"))
    original = sale["adjusts_sale_id"]
    if original and original != (old or {}).get("adjusts_sale_id") and site.shelves["sale"].live(original) is None:
        found.append(("adjusts_sale_id", f"sale {original} does not exist"))
    codes = site.rates()
    products = {product["id"] for product in site.products}
    known_lines = {line["id"] for line in (old or {"lines": []})["lines"]}
    for position, line in enumerate(sale["lines"]):
        where = f"lines.{position}"
        if line["id"] is not None and line["id"] not in known_lines:
            found.append((f"{where}.id", f"this sale has no line {line['id']}"))
        if line["product_id"] is not None and line["product_id"] not in products:
            found.append((f"{where}.product_id", f"product {line['product_id']} does not exist"))
        if line["tax_code"] and line["tax_code"] not in codes:
            found.append((f"{where}.tax_code", f"unknown tax code {line['tax_code']}"))
    given_ids = [line["id"] for line in sale["lines"] if line["id"] is not None]
    if len(given_ids) != len(set(given_ids)):
        found.append(("lines", "a line id occurs twice"))
    parts = [(f"order_discounts.{index}", part) for index, part in enumerate(sale["order_discounts"])]
    if sale["shipping"] is not None:
        parts.append(("shipping", sale["shipping"]))
    for where, part in parts:
        if part["tax_code"] and part["tax_code"] not in codes:
            found.append((f"{where}.tax_code", f"unknown tax code {part['tax_code']}"))
    return found + totals.problems(sale)


def _receipt(site: Site, receipt: Record, old: Record | None) -> Problems:
    found = _customer(site, receipt, old)
    if not receipt["date"]:
        found.append(("date", "is required"))
    if receipt["payment_method_id"] not in {method["id"] for method in site.payment_methods}:
        found.append(("payment_method_id", f"unknown payment method {receipt['payment_method_id']}"))
    if receipt["amount"] is None:
        found.append(("amount", "is required"))
    elif not fits(receipt["amount"], receipt["currency"]):
        found.append(("amount", f"{receipt['amount']} cannot be paid in {receipt['currency']}"))
    allocated = Decimal(0)
    for position, part in enumerate(receipt["allocations"]):
        allocated += amount(part["amount"])
        sale = site.shelves["sale"].live(part["sale_id"])
        where = f"allocations.{position}.sale_id"
        if sale is None:
            found.append((where, f"sale {part['sale_id']} does not exist"))
        elif sale["currency"] != receipt["currency"]:
            found.append((where, f"sale {part['sale_id']} is in {sale['currency']}, not {receipt['currency']}"))
    cash = amount(receipt["amount"])
    if receipt["amount"] is not None and not min(cash, Decimal(0)) <= allocated <= max(cash, Decimal(0)):
        found.append(("allocations", f"{allocated} is allocated out of {cash}"))
    return found
