"""What a person does at the shop: create, edit, delete, bring back, merge.

A person types little and the shop fills in the rest: number, dates, status, currency, addresses, tax and
totals. The rules of `checks` hold here too; what breaks them is answered as a problem with its fields.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError

from app.sandbox.oncord import checks, totals
from app.sandbox.oncord.edits import edited, parsed
from app.sandbox.oncord.fields import Record, amount, money
from app.sandbox.oncord.problems import Problem, complaints
from app.sandbox.oncord.records import Entity
from app.sandbox.oncord.site import Site

TERMS = timedelta(days=14)


def create(site: Site, entity: Entity, typed: Mapping[str, Any], actor: str = "user") -> Record:
    """A new record out of what was typed. Raises `Problem` (409) where the marker belongs to another record."""
    typed = _as_text(typed)
    if entity == "contact":
        typed = {"email_marketing_status": "pending", **typed}
    elif typed.get("contact") is not None:
        contact = create(site, "contact", typed["contact"], actor)
        typed = {**{name: value for name, value in typed.items() if name != "contact"}, "contact_id": contact["id"]}
    if entity == "sale":
        typed = _sale_defaults(site, typed)
    elif entity == "receipt":
        typed = _receipt_defaults(site, typed)
    ref = typed.get("external_ref")
    if ref and ref in site.shelves[entity].refs:
        raise Problem(409, f"external_ref {ref} belongs to {entity} {site.shelves[entity].refs[ref]}.")
    return _store(site, entity, None, typed, actor)


def edit(site: Site, entity: Entity, record_id: str, typed: Mapping[str, Any], actor: str = "user") -> Record:
    """Change the typed fields of a record; the money follows."""
    return _store(site, entity, existing(site, entity, record_id), _as_text(typed), actor)


def existing(site: Site, entity: Entity, record_id: str) -> Record:
    """The live record. Raises `Problem` (404) where there is none."""
    record = site.shelves[entity].live(record_id)
    if record is None:
        raise Problem(404, f"There is no {entity} {record_id}.")
    return record


def delete(site: Site, entity: Entity, record_id: str, *, cascade: bool = False, actor: str = "user") -> Record:
    """Delete a record. With `cascade`, a contact takes its sales and receipts along, and a sale the receipts
    that pay nothing else; without it they stay, and receipts of a deleted sale become unallocated."""
    record = existing(site, entity, record_id)
    along_with = {"entity": entity, "id": record_id}
    receipts = site.shelves["receipt"]
    if entity == "contact" and cascade:
        for follower in receipts.find("contact_id", record_id):
            site.delete("receipt", receipts.records[follower], actor, along_with=along_with)
        for sale_id in site.shelves["sale"].find("contact_id", record_id):
            _release_receipts(site, sale_id, actor)
            site.delete("sale", site.shelves["sale"].records[sale_id], actor, along_with=along_with)
    elif entity == "sale":
        if cascade:
            for follower in receipts.find("sale_id", record_id):
                receipt = receipts.records[follower]
                if {part["sale_id"] for part in receipt["allocations"]} == {record_id}:
                    site.delete("receipt", receipt, actor, along_with=along_with)
        _release_receipts(site, record_id, actor)
    return site.delete(entity, record, actor)


def _release_receipts(site: Site, sale_id: str, actor: str) -> None:
    receipts = site.shelves["receipt"]
    for receipt_id in receipts.find("sale_id", sale_id):
        receipt = receipts.records[receipt_id]
        kept = [part for part in receipt["allocations"] if part["sale_id"] != sale_id]
        site.save("receipt", {**receipt, "allocations": kept}, actor)


def restore(site: Site, entity: Entity, record_id: str, actor: str = "user") -> Record:
    """Bring a deleted record back as it was, under its old id and a new version.

    Raises `Problem`: 404 where it was not deleted, 422 where it no longer makes sense.
    """
    shelf = site.shelves[entity]
    stub, buried = shelf.get(record_id, site.clock.now()), shelf.buried.get(record_id)
    if stub is None or not stub["deleted"] or buried is None:
        raise Problem(404, f"There is no deleted {entity} {record_id}.")
    if errors := checks.problems(site, entity, buried, buried):
        raise Problem(422, f"The {entity} cannot come back as it was.", errors=errors)
    return site.save(entity, dict(buried), actor)


def merge(site: Site, loser_id: str, winner_id: str, actor: str = "user") -> Record:
    """Merge one contact into another; answers the one that stays. Raises `Problem` (422) where both are the same."""
    loser, winner = existing(site, "contact", loser_id), existing(site, "contact", winner_id)
    if loser_id == winner_id:
        raise Problem(422, "A contact cannot be merged into itself.")
    return site.merge(loser, winner, actor)


def _store(site: Site, entity: Entity, old: Record | None, typed: Mapping[str, Any], actor: str) -> Record:
    try:
        given = parsed(entity, typed)
    except ValidationError as error:
        raise Problem(422, f"This {entity} cannot be saved.", errors=complaints(error)) from error
    record = edited(entity, old, given, by_person=old is not None)
    if entity == "sale":
        _look_up_products(site, record)
        totals.fill_in(record, site.rates())
    if errors := checks.problems(site, entity, record, old):
        raise Problem(422, f"This {entity} cannot be saved.", errors=errors)
    return site.save(entity, record, actor)


def _sale_defaults(site: Site, typed: Mapping[str, Any]) -> dict[str, Any]:
    today = site.clock.today(site.time_zone)
    day = str(typed.get("date") or today.isoformat())
    contact = site.shelves["contact"].live(typed.get("contact_id"))
    filled: dict[str, Any] = {
        "number": site.new_number() if not typed.get("number") else None,
        "date": day,
        "due_date": _after(day, TERMS),
        "currency": site.currency,
        "amounts_include_tax": site.prices_include_tax,
        "status": "confirmed",
        "source": "manual",
    }
    for name in ("billing_address", "shipping_address"):
        if contact is not None and contact[name]:
            filled[name] = contact[name]
    return {**filled, **{name: value for name, value in typed.items() if value is not None}}


def _after(day: str, terms: timedelta) -> str | None:
    try:
        return (date.fromisoformat(day) + terms).isoformat()
    except ValueError:
        return None


def _receipt_defaults(site: Site, typed: Mapping[str, Any]) -> dict[str, Any]:
    filled: dict[str, Any] = {"date": site.clock.today(site.time_zone).isoformat(), "currency": site.currency}
    allocations: Sequence[Any] = typed.get("allocations") or []
    first = next((part.get("sale_id") for part in allocations if isinstance(part, Mapping)), None)
    if (sale := site.shelves["sale"].live(first)) is not None:
        filled["contact_id"], filled["currency"] = sale["contact_id"], sale["currency"]
    if typed.get("amount") is None and allocations:
        try:
            allocated = (amount(part.get("amount")) for part in allocations if isinstance(part, Mapping))
            filled["amount"] = money(sum(allocated, Decimal(0)), str(filled["currency"]))
        except InvalidOperation as error:
            raise Problem(422, "An allocation's amount is not a number.") from error
    return {**filled, **{name: value for name, value in typed.items() if value is not None}}


def _look_up_products(site: Site, sale: Record) -> None:
    """Complete new lines that name a product by id or by code only; what has no tax code gets the usual one."""
    by_id = {product["id"]: product for product in site.products}
    by_code = {product["code"]: product for product in site.products}
    for line in sale["lines"]:
        product = by_id.get(line["product_id"]) or by_code.get(line["product_code"])
        if line["id"] is not None or line["kind"] == "subtotal":
            continue
        if product is not None:
            line["product_id"], line["product_code"] = product["id"], product["code"]
            line["description"] = line["description"] or product["title"]
            line["voucher"] = line["voucher"] or product.get("voucher") is True
            if line["unit_price"] == "0.00":
                line["unit_price"] = product["price"]
        if line["tax_code"] is None:
            line["tax_code"] = (product or {}).get("tax_code") or site.tax_codes[0]["code"]
    for part in [*sale["order_discounts"], *([sale["shipping"]] if sale["shipping"] else [])]:
        if part["tax_code"] is None and part["tax_amount"] is None:
            part["tax_code"] = site.tax_codes[0]["code"]


def _as_text(value: Any) -> Any:
    """A person may type numbers as JSON numbers; the contract's records hold texts."""
    if isinstance(value, Mapping):
        return {name: _as_text(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_as_text(part) for part in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value
