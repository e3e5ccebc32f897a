"""How what somebody sent becomes the next state of a record.

Fields that were not sent stay, unknown ones included; `lines` and `order_discounts` replace the whole
list, but a line that comes with its id keeps the fields it does not mention. An amount that follows from
others is dropped (None, to be filled in again by `totals`) when its causes changed and it was not sent.

A person's edit differs from the connector's in one way: an amount that a person sends back unchanged was
not typed, it was only carried along by the form, so it is worked out anew.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from app.sandbox.oncord.fields import Record
from app.sandbox.oncord.records import Address, ContactFields, Entity, ReceiptFields
from app.sandbox.oncord.sale import OrderDiscount, SaleFields, SaleLine, Shipping

MODELS: Mapping[Entity, type[BaseModel]] = {"contact": ContactFields, "sale": SaleFields, "receipt": ReceiptFields}
READ_ONLY = frozenset(
    [
        "id",
        "version",
        "created_at",
        "modified_at",
        "deleted",
        "deleted_with",
        "sales_count",
        "merged_into_id",
        "amount_paid",
        "amount_owing",
        "amount_written_off",
        "unallocated_amount",
        "payment_method_type",
    ]
)
MONEY_BLOCK = frozenset(["lines", "order_discounts", "shipping", "rounding", "amounts_include_tax"])
_LINE, _DISCOUNT, _SHIPPING = (model().model_dump() for model in (SaleLine, OrderDiscount, Shipping))
_ADDRESS = Address().model_dump()


def parsed(entity: Entity, given: Mapping[str, Any]) -> Record:
    """Only what was sent, checked in shape, without the read-only fields; raises pydantic's ValidationError."""
    writable = {name: value for name, value in given.items() if name not in READ_ONLY}
    return MODELS[entity].model_validate(writable).model_dump(exclude_unset=True)


def edited(entity: Entity, old: Record | None, given: Record, *, by_person: bool) -> Record:
    """The next state of a record (None: a new one), with amounts to be worked out set to None."""
    base = old if old is not None else {"id": None, **MODELS[entity]().model_dump()}
    new = {**base, **given}
    for name in ("billing_address", "shipping_address"):
        if name in given and given[name] is not None:
            new[name] = {**_unknown(base[name]), **_ADDRESS, **given[name]}
    if entity == "sale":
        _edit_money(new, base, given, by_person)
    return new


def _unknown(address: Record | None) -> Record:
    return {name: value for name, value in (address or {}).items() if name not in _ADDRESS}


def _edit_money(new: Record, base: Record, given: Record, by_person: bool) -> None:
    if not MONEY_BLOCK & given.keys():
        if by_person:
            new["total"], new["tax_total"] = base["total"], base["tax_total"]
        return
    mode_changed = base["amounts_include_tax"] not in (None, new["amounts_include_tax"])
    old_lines = {line["id"]: line for line in base["lines"]}
    lines = new["lines"]
    new["lines"] = [_part(old_lines.get(line.get("id")), line, _LINE, by_person, mode_changed) for line in lines]
    discounts = new["order_discounts"]
    old_discounts = [*base["order_discounts"], *([None] * len(discounts))]
    new["order_discounts"] = [
        _part(old, part, _DISCOUNT, by_person, mode_changed)
        for old, part in zip(old_discounts, discounts, strict=False)
    ]
    if new["shipping"] is not None:
        new["shipping"] = _part(base["shipping"], new["shipping"], _SHIPPING, by_person, mode_changed)
    for name in ("tax_total", "total"):
        if by_person or name not in given:
            new[name] = None


CAUSES = {
    "line_total": frozenset(("quantity", "unit_price", "discount_amount")),
    "tax_rate": frozenset(("tax_code",)),
    "tax_amount": frozenset(
        ("quantity", "unit_price", "discount_amount", "line_total", "amount", "tax_code", "tax_rate")
    ),
}


def _part(old: Record | None, given: Record, defaults: Record, by_person: bool, mode_changed: bool) -> Record:
    if old is None:
        return {**defaults, **given}
    new = {**old, **given}
    changed = {name for name, value in given.items() if value != old.get(name)}
    told = changed if by_person else given.keys()
    for name, causes in CAUSES.items():
        caused = bool(causes & changed) or (mode_changed and name == "tax_amount")
        if name in new and name not in told and caused:
            new[name] = None
    return new
