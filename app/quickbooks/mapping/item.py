"""QuickBooks' Item <-> `Item`. Pure. Items that we create are services: nothing is counted, whatever the plan."""

from typing import Any

from app.domain.model.description import DESCRIPTIONS, merged_fields
from app.domain.model.records import Item, Kind
from app.json_values import text
from app.quickbooks.mapping.contact import allowed_name, without_deleted
from app.quickbooks.mapping.fields import read, write
from app.quickbooks.mapping.values import cut, present

NAME = 100


def read_item(document: dict[str, Any]) -> Item:
    """An item of the wire. A price that includes tax is left as it is: lines bring their own prices."""
    active = document.get("Active") is not False
    name = text(document.get("Name"))
    found: Item = DESCRIPTIONS[Kind.ITEM].record(
        name=name if active else without_deleted(name), **read("Item", document)
    )
    return found


def item_extras(document: dict[str, Any]) -> tuple[str, ...]:
    """The item's type, where it is not something that can simply be sold ("category", "group", "inventory")."""
    kind = text(document.get("Type")).lower()
    return (kind,) if kind in ("category", "group", "inventory", "bundle") else ()


def write_item(item: Item, fields: tuple[str, ...]) -> dict[str, Any]:
    """The members that carry `fields`."""
    name = {"Name": cut(allowed_name(item.name), NAME)} if "name" in fields else {}
    return name | write("Item", item, fields)


def create_item(item: Item, income_account_id: str, country: str) -> dict[str, Any]:
    """A new service item that books to `income_account_id`; in the US taxability is said by TAX and NON."""
    body = present(write_item(item, merged_fields(Kind.ITEM)))
    if country == "US":
        body.pop("SalesTaxCodeRef", None)
        body["Taxable"] = item.tax_code == "TAX"
    return {"Type": "Service", "IncomeAccountRef": {"value": income_account_id}} | body
