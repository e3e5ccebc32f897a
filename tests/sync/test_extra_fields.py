"""A plain field is a row in the description and one per vendor: then it is read, created and updated, both ways."""

from collections.abc import Iterator

import pytest

from app.domain.model.configuration import ItemPolicy
from app.domain.model.description import Field
from tests.support.joint import Joint
from tests.support.new_fields import IN_ONCORD, IN_QUICKBOOKS, with_field
from tests.support.stories import (
    book,
    change,
    credit_memo,
    customer,
    invoice,
    payment,
    plain,
    quiet,
    run,
    sales_item,
    shop,
)

ENTITIES = {"contacts": "customer", "sales": "invoice", "receipts": "payment"}
MEMBERS = {entity.lower(): member for entity, member in IN_QUICKBOOKS.items()}


@pytest.fixture(autouse=True)
def _extra() -> Iterator[None]:
    with with_field(Field("extra_note")):
        yield


async def _there(joint: Joint, entity: str) -> list[str]:
    return sorted(str(x.get(MEMBERS[entity], "")) for x in await joint.books_list(entity))


async def _here(joint: Joint, collection: str) -> list[str]:
    return sorted(str(x.get(IN_ONCORD) or "") for x in await joint.shop_list(collection))


async def test_an_extra_field_of_every_kind_travels_from_oncord_when_its_records_are_made_and_changed(
    joint: Joint,
) -> None:
    await joint.configure(items=ItemPolicy("match", await sales_item(joint), await joint.account("Income")))
    product = await joint.in_shop(
        "POST", "products", {"price": "22.00", "tax_code": "GST", "title": "Cup", "code": "CUP", IN_ONCORD: "of item"}
    )
    contact = await joint.contact(**{IN_ONCORD: "of contact"})
    goods = {"product_id": product["id"], "quantity": "1", "tax_code": "GST"}
    sale = await joint.sale(contact["id"], goods, **{IN_ONCORD: "of sale"})
    back = await joint.sale(
        contact["id"],
        {"description": "Back", "quantity": "-1", "unit_price": "11.00", "tax_code": "GST"},
        kind="adjustment",
        **{IN_ONCORD: "of adjustment"},
    )
    receipt = await joint.receipt(sale, **{IN_ONCORD: "of receipt"})
    refund = await joint.receipt(
        back,
        "-11.00",
        allocations=[{"sale_id": back["id"], "amount": "-11.00"}],
        **{IN_ONCORD: "of refund"},
    )
    await run(joint)

    assert await _there(joint, "customer") == ["of contact"]
    assert "of item" in await _there(joint, "item")
    assert await _there(joint, "invoice") == ["of sale"]
    assert await _there(joint, "creditmemo") == ["of adjustment"]
    assert "of receipt" in await _there(joint, "payment")
    assert await _there(joint, "purchase") == ["of refund"]
    await quiet(joint)

    for collection, record in (("contacts", contact), ("sales", sale), ("receipts", receipt), ("receipts", refund)):
        await joint.in_shop("PATCH", f"{collection}/{record['id']}", {IN_ONCORD: f"changed in {collection}"})
    await run(joint)

    assert await _there(joint, "customer") == ["changed in contacts"]
    assert await _there(joint, "invoice") == ["changed in sales"]
    assert "changed in receipts" in await _there(joint, "payment")
    assert await _there(joint, "purchase") == ["changed in receipts"]
    await quiet(joint)


async def test_an_extra_field_of_every_kind_travels_from_quickbooks_when_its_records_are_made_and_changed(
    joint: Joint,
) -> None:
    known = await customer(joint, "Grace", Notes="of customer")
    billed = await invoice(joint, known["Id"], TrackingNum="of invoice")
    await credit_memo(joint, known["Id"], TrackingNum="of memo")
    paid = await payment(joint, known["Id"], "33.00", {billed["Id"]: "33.00"}, TxnSource="of payment")
    await run(joint)

    assert await _here(joint, "contacts") == ["of customer"]
    assert await _here(joint, "sales") == ["of invoice", "of memo"]
    assert await _here(joint, "receipts") == ["of payment"]
    await quiet(joint)

    await change(joint, "customer", known["Id"], Notes="changed")
    await change(joint, "invoice", billed["Id"], TrackingNum="changed")
    await joint.person("payment", plain({**await book(joint, "payment", paid["Id"]), "TxnSource": "changed"}))
    await run(joint)

    assert await _here(joint, "contacts") == ["changed"]
    assert await _here(joint, "sales") == ["changed", "of memo"]
    assert await _here(joint, "receipts") == ["changed"]
    await quiet(joint)


async def test_an_extra_field_that_both_sides_change_is_decided_and_the_loser_is_kept(joint: Joint) -> None:
    contact = await joint.contact(**{IN_ONCORD: "first"})
    await joint.sale(contact["id"])
    await run(joint)
    [there] = await joint.books_list("customer")
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {IN_ONCORD: "from the shop"})
    await change(joint, "customer", there["Id"], Notes="from the books")
    await run(joint)

    assert (await book(joint, "customer", there["Id"]))["Notes"] == "from the shop"
    assert (await shop(joint, "contacts", contact["id"]))[IN_ONCORD] == "from the shop"
    [kept] = await joint.attention()
    assert kept.kind == "conflict"
    assert "extra note" in kept.summary
