"""I5: any single edit, of each atomic group on each side, is written exactly once on the other side, and echoes nothing.

All edits are made in one world, each to a pair of its own: one run makes the pairs, one carries the edits over, and a
third one must plan nothing.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from app.domain.model.configuration import ItemPolicy, MappedMethod
from app.domain.model.description import merged_fields
from app.domain.model.records import Kind
from app.storage.runs.operations import StoredOperation
from tests.support.joint import Joint, joined
from tests.support.services import copied_database
from tests.support.stories import Body, plain, run, written

AT = {"line1": "1 New Street", "suburb": "Perth", "state": "WA", "postcode": "6000", "country": "AU"}
THERE = {
    "Line1": "1 New Street",
    "City": "Perth",
    "CountrySubDivisionCode": "WA",
    "PostalCode": "6000",
    "Country": "AU",
}
GOODS = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "GST"}

EDITS: dict[tuple[str, str], tuple[Body, Body]] = {
    ("contact", "name"): ({"last_name": "King"}, {"FamilyName": "King"}),
    ("contact", "email"): ({"email": "new-{n}@example.com"}, {"PrimaryEmailAddr": {"Address": "new-{n}@example.com"}}),
    ("contact", "phone"): ({"phone": "0400 1"}, {"PrimaryPhone": {"FreeFormNumber": "0400 1"}}),
    ("contact", "mobile"): ({"mobile": "0400 2"}, {"Mobile": {"FreeFormNumber": "0400 2"}}),
    ("contact", "fax"): ({"fax": "0400 3"}, {"Fax": {"FreeFormNumber": "0400 3"}}),
    ("contact", "website"): ({"website": "https://a.example"}, {"WebAddr": {"URI": "https://a.example"}}),
    ("contact", "billing_address"): ({"billing_address": AT}, {"BillAddr": THERE}),
    ("contact", "shipping_address"): ({"shipping_address": AT}, {"ShipAddr": THERE}),
    ("contact", "tax_number"): ({"tax_number": "51 824 753 556"}, {"PrimaryTaxIdentifier": "51 824 753 556"}),
    ("sale", "contact_id"): ({"contact_id": "{other contact}"}, {"CustomerRef": {"value": "{other customer}"}}),
    ("sale", "money"): ({"lines": [GOODS | {"quantity": "3"}]}, {"Line": []}),
    ("sale", "number"): ({"number": "NEW-{n}"}, {"DocNumber": "NEW-{n}"}),
    ("sale", "date"): ({"date": "2026-11-21"}, {"TxnDate": "2026-11-21"}),
    ("sale", "due_date"): ({"due_date": "2027-02-03"}, {"DueDate": "2027-02-03"}),
    ("sale", "notes"): ({"notes": "Hello"}, {"CustomerMemo": {"value": "Hello"}}),
    ("sale", "billing_address"): ({"billing_address": AT}, {"BillAddr": THERE}),
    ("sale", "shipping_address"): ({"shipping_address": AT}, {"ShipAddr": THERE}),
    ("sale", "voided"): ({"voided": True}, {"void": True}),
    ("receipt", "payment"): (
        {"amount": "5.00", "allocations": [{"sale_id": "{sale}", "amount": "5.00"}]},
        {"TotalAmt": 5, "Line": []},
    ),
    ("receipt", "channel"): ({"payment_method_id": "{other method}"}, {"DepositToAccountRef": {"value": "{other}"}}),
    ("receipt", "date"): ({"date": "2026-11-21"}, {"TxnDate": "2026-11-21"}),
    ("receipt", "reference"): ({"reference": "R-1"}, {"PaymentRefNum": "R-1"}),
    ("item", "code"): ({"code": "NEW-{n}"}, {"Sku": "NEW-{n}"}),
    ("item", "name"): ({"title": "New {n}"}, {"Name": "New {n}"}),
    ("item", "price"): ({"price": "12.00"}, {"UnitPrice": 12}),
    ("item", "tax_code"): ({"tax_code": "{free}"}, {"SalesTaxCodeRef": {"value": "{free there}"}}),
}
"""What a person types, in Oncord and in QuickBooks; lines are filled in where the document is known."""

NOT_TYPED = {
    ("receipt", "contact_id"): "A receipt's contact follows from the sales that it pays.",
    ("receipt", "voided"): "Oncord's receipts cannot be void; a void payment is R4, in the table of the rules.",
}
COLLECTIONS = {"contact": "contacts", "sale": "sales", "receipt": "receipts", "item": "products"}
ENTITIES = {"contact": "customer", "sale": "invoice", "receipt": "payment", "item": "item"}


@dataclass
class Edit:
    kind: str
    group: str
    side: str
    number: int

    @property
    def id(self) -> str:
        return f"{self.kind}-{self.group}-in-{self.side}"

    @property
    def expected(self) -> int:
        """Products and items are only matched; their details stay each side's own. Of a tax number that was typed in
        QuickBooks only the end can be read, so that it goes nowhere. The account of a payment belongs to the books."""
        stays = self.side == "quickbooks" and self.group in ("tax_number", "channel")
        return 0 if self.kind == "item" or stays else 1


CASES = [
    Edit(kind, group, side, number)
    for number, (kind, group, side) in enumerate((k, g, s) for k, g in EDITS for s in ("oncord", "quickbooks"))
]


def test_every_atomic_group_is_edited_or_cannot_be() -> None:
    groups = {(kind.value, group) for kind in Kind for group in merged_fields(kind)}

    assert set(EDITS) | set(NOT_TYPED) == groups
    assert not set(EDITS) & set(NOT_TYPED)


@dataclass
class World:
    writes: list[StoredOperation]
    again: list[StoredOperation]
    ids: dict[str, tuple[str, str]]
    asked: list[str]


@pytest.fixture(scope="module")
async def world(migrated: Any) -> AsyncIterator[World]:
    """Every edit, made once, and what the two runs after them wrote."""
    with copied_database(migrated) as urls:
        async with joined(urls.app) as joint:
            yield await _played(joint)


async def _played(joint: Joint) -> World:
    texts = await _configured(joint)
    for case in CASES:
        await _given(joint, case)
    await run(joint)
    ids = {case.id: await _pair(joint, case) for case in CASES}
    for case in CASES:
        await _edit(joint, case, ids[case.id], texts)
    await run(joint)
    writes, asked = await written(joint), [item.summary for item in await joint.attention()]
    await run(joint)
    return World(writes, await written(joint), ids, asked)


async def _configured(joint: Joint) -> dict[str, str]:
    """A second account for receipts and an item for each product; what the edits speak of."""
    bank, other = await joint.account("Bank"), await joint.account("Other Current Asset", "UndepositedFunds")
    method, cash = await joint.method("direct_deposit"), await joint.method("cash")
    item = next(i for i in await joint.books_list("item") if i["Name"] == "Oncord sales")
    await joint.configure(
        items=ItemPolicy("match", item["Id"], await joint.account("Income")),
        payment_methods=(MappedMethod(method, bank, preferred=True), MappedMethod(cash, other)),
    )
    there = {c["Name"].lower().replace("-", " "): str(c["Id"]) for c in await joint.books_list("taxcode")}
    free = next(c["code"] for c in await joint.shop_list("tax-codes") if float(c["rate"]) == 0)
    return {"other method": cash, "other": other, "free": free, "free there": there["gst free"]}


async def _given(joint: Joint, case: Edit) -> None:
    name = f"Echo{case.number}"
    contact = await joint.contact(name, "Hopper")
    goods = GOODS
    if case.kind == "item":
        body = {"code": name, "title": name, "price": "11.00", "tax_code": "GST"}
        product = await joint.in_shop("POST", "products", body)
        goods = {"product_id": product["id"], "quantity": "2", "tax_code": "GST"}
    sale = await joint.sale(contact["id"], goods, number=f"N-{name}")
    if case.kind == "receipt":
        await joint.receipt(sale)
    if case.group == "contact_id":
        await joint.sale((await joint.contact(f"Other{case.number}", "Hopper"))["id"], number=f"O-{name}")


async def _pair(joint: Joint, case: Edit) -> tuple[str, str]:
    name = f"Echo{case.number}"
    contact = next(c for c in await joint.shop_list("contacts") if c["first_name"] == name)
    customer = next(c for c in await joint.books_list("customer") if c["GivenName"] == name)
    if case.kind == "contact":
        return contact["id"], customer["Id"]
    if case.kind == "item":
        return (
            next(p["id"] for p in await joint.shop_list("products") if p["title"] == name),
            next(i["Id"] for i in await joint.books_list("item") if i["Name"] == name),
        )
    if case.kind == "sale":
        return (
            next(s["id"] for s in await joint.shop_list("sales") if s["number"] == f"N-{name}"),
            next(i["Id"] for i in await joint.books_list("invoice") if i["DocNumber"] == f"N-{name}"),
        )
    return (
        next(r["id"] for r in await joint.shop_list("receipts") if r["contact_id"] == contact["id"]),
        next(p["Id"] for p in await joint.books_list("payment") if p["CustomerRef"]["value"] == customer["Id"]),
    )


async def _edit(joint: Joint, case: Edit, ids: tuple[str, str], texts: dict[str, str]) -> None:
    oncord, quickbooks = EDITS[case.kind, case.group]
    if case.side == "oncord":
        texts = texts | {"n": str(case.number)}
        if case.group == "contact_id":
            texts["other contact"] = next(
                c["id"] for c in await joint.shop_list("contacts") if c["first_name"] == f"Other{case.number}"
            )
        if case.group == "payment":
            held = next(r for r in await joint.shop_list("receipts") if r["id"] == ids[0])
            texts["sale"] = held["allocations"][0]["sale_id"]
        await joint.in_shop("PATCH", f"{COLLECTIONS[case.kind]}/{ids[0]}", _filled(oncord, texts))
        return
    entity = ENTITIES[case.kind]
    held = next(x for x in await joint.books_list(entity) if x["Id"] == ids[1])
    if case.group == "voided":
        await joint.person(entity, {"Id": ids[1]}, operation="void")
        return
    texts = texts | {"n": str(case.number)}
    if case.group == "contact_id":
        texts["other customer"] = next(
            c["Id"] for c in await joint.books_list("customer") if c["GivenName"] == f"Other{case.number}"
        )
    body = _filled(quickbooks, texts)
    if case.group == "money":
        first = held["Line"][0]
        detail = {**first["SalesItemLineDetail"], "Qty": 3}
        detail.pop("TaxInclusiveAmt", None)
        body = {"Line": [{**first, "Amount": round(first["Amount"] / 2 * 3, 2), "SalesItemLineDetail": detail}]}
    if case.group == "payment":
        body["Line"] = [{**held["Line"][0], "Amount": 5}]
    whole = held if case.kind == "receipt" else {"Id": ids[1], "sparse": True}
    await joint.person(entity, plain({**whole, **body}))


def _filled(body: Any, texts: dict[str, str]) -> Any:
    """The body with its {placeholders} filled in."""
    if isinstance(body, dict):
        return {k: _filled(v, texts) for k, v in body.items()}
    if isinstance(body, list):
        return [_filled(v, texts) for v in body]
    for name, text in texts.items():
        body = body.replace("{" + name + "}", text) if isinstance(body, str) else body
    return body


@pytest.mark.parametrize("case", CASES, ids=[case.id for case in CASES])
def test_i5_an_edit_is_written_once_on_the_other_side_and_never_on_its_own(world: World, case: Edit) -> None:
    oncord, quickbooks = world.ids[case.id]
    mine, theirs = (oncord, quickbooks) if case.side == "oncord" else (quickbooks, oncord)
    found = [o.operation for o in world.writes if o.operation.kind == case.kind]
    across = [o for o in found if o.side != case.side and o.target_id == theirs]
    back = [o for o in found if o.side == case.side and o.target_id == mine]

    assert len(across) == case.expected, world.asked
    assert back == []
    for operation in across:
        assert operation.action == "void" or case.group in operation.fields or case.group == "voided"


def test_i5_the_edits_wrote_nothing_else_and_the_next_run_writes_nothing(world: World) -> None:
    assert len(world.writes) == sum(case.expected for case in CASES), [
        (o.operation.kind, o.operation.target_id, o.operation.fields) for o in world.writes
    ]
    assert [(o.operation.kind, o.operation.fields, o.operation.reason) for o in world.again] == []
