"""Members that Intuit's schema does not have are refused wherever they stand (2010), and no answer ever holds one."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest

from app.sandbox.quickbooks.requests.writes import KINDS
from app.sandbox.quickbooks.values.members import MEMBERS, strays
from app.sandbox.quickbooks.values.wire import dumps

from .books import Body, Books, open_books, select


def placed(body: Body, where: str, member: str) -> Body:
    """A body with one more member at a place such as `Line.0.SalesItemLineDetail`."""
    changed = copy.deepcopy(body)
    inside: Any = changed
    for step in where.split(".") if where else ():
        inside = inside[int(step) if step.isdigit() else step]
    inside[member] = 1
    return changed


def whole(books: Books, customer: Body) -> Body:
    """An invoice with something at every place that a line has."""
    discount = {"DetailType": "DiscountLineDetail", "Amount": 1, "DiscountLineDetail": {"PercentBased": False}}
    words = {"DetailType": "DescriptionOnly", "Description": "x", "DescriptionLineDetail": {}}
    return {
        "CustomerRef": {"value": customer["Id"]},
        "Line": [books.line("10", MarkupInfo={"PercentBased": True, "Percent": 5}), words, discount],
        "BillAddr": {"Line1": "1 Main Street"},
        "BillEmail": {"Address": "a@example.com"},
        "CustomerMemo": {"value": "x"},
        "TxnTaxDetail": {"TotalTax": 0, "TaxLine": []},
    }


@pytest.mark.parametrize(
    ("where", "member", "owner"),
    [
        ("", "Colour", "Invoice"),
        ("CustomerRef", "Colour", "ReferenceType"),
        ("Line.0", "Qty", "Line"),
        ("Line.0.SalesItemLineDetail", "Amount", "SalesItemLineDetail"),
        ("Line.0.SalesItemLineDetail.ItemRef", "id", "ReferenceType"),
        ("Line.0.SalesItemLineDetail.MarkupInfo", "Amount", "MarkupInfo"),
        ("Line.1.DescriptionLineDetail", "Qty", "DescriptionLineDetail"),
        ("Line.2.DiscountLineDetail", "TaxInclusiveAmt", "DiscountLineDetail"),
        ("BillAddr", "State", "PhysicalAddress"),
        ("BillEmail", "Email", "EmailAddress"),
        ("CustomerMemo", "Text", "MemoRef"),
        ("TxnTaxDetail", "Tax", "TxnTaxDetail"),
    ],
)
async def test_a_member_that_the_schema_lacks_is_refused_with_the_name_of_its_class(
    au: Books, where: str, member: str, owner: str
) -> None:
    customer = await au.customer()
    body = whole(au, customer)
    assert (await au.write("Invoice", body))["Id"]

    fault = await au.fault("Invoice", placed(body, where, member))

    names = MEMBERS["Ref" if owner == "ReferenceType" else owner]
    known = ", ".join(f'"{name}"' for name in names)
    assert fault == {
        "Message": "Request has invalid or unsupported property",
        "Detail": f'Property Name:Unrecognized field "{member}" (class com.intuit.schema.finance.v3.{owner}), '
        f"not marked as ignorable ({len(names)} known properties: {known}])\n specified is unsupported or invalid",
        "code": "2010",
    }


@pytest.mark.parametrize("batched", [True, False])
async def test_an_update_a_void_and_a_delete_are_refused_like_a_create(au: Books, batched: bool) -> None:
    made = await au.invoice(await au.customer())
    for operation in ("update", "void", "delete"):
        body = {"Id": made["Id"], "SyncToken": made["SyncToken"], "Colour": 1}
        if not batched:
            verb = {} if operation == "update" else {"operation": operation}
            assert (await au.fault("Invoice", body, **verb))["code"] == "2010"
            continue
        item = {"bId": "1", "operation": operation, "Invoice": body}
        answer = (await au.call("POST", "batch", json={"BatchItemRequest": [item]})).json()
        assert answer["BatchItemResponse"][0]["Fault"]["Error"][0]["code"] == "2010"
    assert (await au.read("Invoice", made["Id"]))["SyncToken"] == "0"


async def test_members_of_the_schema_are_taken_also_where_they_mean_nothing_here(au: Books) -> None:
    customer = await au.customer(RootCustomerRef={"value": "1"}, CreditLimit=5, ContactName="x")
    body = whole(au, customer)
    body["Line"][0]["SalesItemLineDetail"] |= {"UnitCostPrice": 1, "InventorySiteRef": {"value": "1"}}
    made = await au.write("Invoice", body | {"FOB": "x", "PONumber": "x", "TotalAmt": 99, "invoiceStatus": "x"})
    vendor = await au.write("Vendor", {"DisplayName": "A supplier", "TaxReportingBasis": "Cash"})
    deposit = {"DepositToAccountRef": {"value": "35"}, "DocNumber": "D-1"}
    put_in = {"Amount": 5, "DetailType": "DepositLineDetail", "DepositLineDetail": {"AccountRef": {"value": "87"}}}

    assert (made["TotalAmt"], "FOB" in made) == (Decimal("9.90"), False)
    assert vendor["TaxReportingBasis"] == "Cash"
    assert (await au.write("Deposit", deposit | {"Line": [put_in]}))["DocNumber"] == "D-1"


def test_every_entity_that_is_served_has_its_members() -> None:
    assert KINDS.keys() <= MEMBERS.keys()
    for entity, kind in KINDS.items():
        assert kind.writable.keys() <= MEMBERS[entity].keys(), entity


def test_the_vendors_own_list_of_a_sales_line_and_a_discount_line_is_in_the_table() -> None:
    # as a refusal of 2023 listed them (routablehq/python-quickbooks, issue 299), and as the schema has them
    sales = (
        "ItemRef DiscountRate TaxClassificationRef ServiceDate UnitPrice TaxInclusiveAmt InventorySiteRef MarkupInfo "
        "SalesItemLineDetailEx PriceLevelRef ItemAccountRef ClassRef DeferredRevenue UOMRef RatePercent DiscountAmt Qty "
        "TaxCodeRef"
    )
    discount = "ClassRef DiscountAccountRef DiscountPercent DiscountRef PercentBased ServiceDate TaxCodeRef"

    assert set(sales.split()) <= MEMBERS["SalesItemLineDetail"].keys()
    assert set(discount.split()) | {"DiscountLineDetailEx"} == MEMBERS["DiscountLineDetail"].keys()


@pytest.mark.parametrize("country", ["US", "AU"])
async def test_no_answer_holds_a_member_that_the_schema_lacks(country: str) -> None:
    books = open_books(country, sample=True)
    for entity in KINDS:
        found = await books.query(select(entity, "MetaData.CreateTime > '2000-01-01'"))
        for row in found.get(entity, []):
            one = await books.read(entity, row["Id"]) if row["Id"].isdigit() else row
            assert not [*strays(entity, row), *strays(entity, one)], entity
    for entity in ("Invoice", "CreditMemo", "Payment", "Customer"):
        row = json.loads(dumps((await books.query(select(entity, "MetaData.CreateTime > '2000-01-01'")))[entity][0]))
        note = {"PrivateNote": "x"} if "Line" in row else {}
        written = await books.write(entity, {"Id": row["Id"], "SyncToken": row["SyncToken"], "sparse": True} | note)
        assert not list(strays(entity, written)), entity
