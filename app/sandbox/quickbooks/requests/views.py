"""The same object looks a little different from endpoint to endpoint, as recorded: which property shows up where.

Business properties are the same everywhere; nobody should compare these.
"""

from __future__ import annotations

from app.sandbox.quickbooks.books.company import Company
from app.sandbox.quickbooks.books.tables import Record
from app.sandbox.quickbooks.tax.taxes import PSEUDO_CODES
from app.sandbox.quickbooks.values.wire import Body

_NOT_IN_QUERY = {"Customer": ("DefaultTaxCodeRef",), "Item": ("DeferredRevenue",)}
_NOT_IN_WRITE = {"Customer": ("V4IDPseudonym", "ClientEntityId")}
_OF_THE_SCREENS = ("WarnDuplicateTxnNumber", "AllowGratuity")
"""Switches of the sales forms that the API neither tells nor takes."""
_PSEUDO = ("Id", "Name", "Description", "Taxable", "TaxGroup", "MetaData")
"""All that a pseudo code of an American company was seen with."""
_NOT_IN_READ = {"Customer": ("ClientEntityId",)}


_VISIBLE = 5
"""Characters at the end of a tax number that the API shows, by Intuit's reference of a customer ("XXXXXX56789")."""


def _without(body: Body, names: tuple[str, ...]) -> Body:
    shown = {name: value for name, value in body.items() if name not in names} if names else body
    number = str(shown.get("PrimaryTaxIdentifier", ""))
    if len(number) <= _VISIBLE:
        return shown
    return {**shown, "PrimaryTaxIdentifier": "X" * (len(number) - _VISIBLE) + number[-_VISIBLE:]}


def queried(entity: str, record: Record) -> Body:
    return _told(entity, _without(record.body, _NOT_IN_QUERY.get(entity, ())))


def _told(entity: str, body: Body) -> Body:
    """What the API tells of an object."""
    if entity == "TaxCode" and body["Id"] in PSEUDO_CODES:
        return {name: value for name, value in body.items() if name in _PSEUDO}
    if entity != "Preferences":
        return body
    return {**body, "SalesFormsPrefs": _without(body["SalesFormsPrefs"], _OF_THE_SCREENS)}


def fetched(entity: str, record: Record, include: str, company: Company) -> Body:
    shown = _told(entity, _without(record.body, _NOT_IN_READ.get(entity, ())))
    if entity == "Customer" and "BillAddr" in shown:
        shown = {**shown, "BillAddr": {"Id": f"{int(record.id) + 7}", **shown["BillAddr"]}}
    return _linked(entity, shown, include, company)


def written(entity: str, body: Body, include: str, company: Company) -> Body:
    """Write answers name the addresses anew and give up on their coordinates."""
    shown = _told(entity, _without(body, _NOT_IN_WRITE.get(entity, ())))
    for name in ("BillAddr", "ShipAddr"):
        if name in shown:
            shown = {
                **shown,
                name: {
                    "Id": str(2 * int(body["Id"]) if str(body["Id"]).isdigit() else 2),
                    **shown[name],
                    "Lat": "INVALID",
                    "Long": "INVALID",
                },
            }
    return _linked(entity, shown, include, company)


def _linked(entity: str, body: Body, include: str, company: Company) -> Body:
    if entity == "Invoice" and "invoicelink" in include.lower():
        link = f"https://connect.intuit.com/t/scs-v1-{company.realm}-{body['Id']}"
        return {**body, "InvoiceLink": link}
    return body
