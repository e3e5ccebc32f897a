"""Law 8: what somebody types into a new document before the service has heard that it was made is an edit like any other.

The answer to the create is lost; by the time the document is found, it holds what somebody has typed besides. What a side works out
by itself, where nothing was sent, is no edit, as long as nobody has saved the document since.
"""

from typing import Any

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, book, change, customer, invoice, quiet, run, shop

ADDRESS = {"line1": "7 Garden Lane", "suburb": "Brisbane", "state": "QLD", "postcode": "4000", "country": "AU"}
BOOKS_ADDRESS = {
    "Line1": "7 Garden Lane",
    "City": "Brisbane",
    "CountrySubDivisionCode": "QLD",
    "PostalCode": "4000",
    "Country": "Australia",
}
TYPED = {
    "notes": ("After three", {"value": "After three"}),
    "due_date": ("2027-01-15", "2027-01-15"),
    "billing_address": (ADDRESS, BOOKS_ADDRESS),
    "shipping_address": (ADDRESS, BOOKS_ADDRESS),
}
"""What is typed, as the shop has it and as the books do."""
MEMBERS = {
    "notes": "CustomerMemo",
    "due_date": "DueDate",
    "billing_address": "BillAddr",
    "shipping_address": "ShipAddr",
}


async def _lost(joint: Joint, side: str, entity: str) -> None:
    """A run whose create is carried out, and never answered."""
    await joint.hazard(side, "answer_lost", times=1, entity=entity)
    await joint.sync(turns=1)
    await joint.hazard(side, "answer_lost", on=False)


async def _entered_in_the_books(joint: Joint) -> Body:
    """An invoice that the shop has got as a sale, without our hearing of it."""
    zed = await customer(joint, "Zed", "Zebra")
    await run(joint)
    made = await invoice(joint, zed["Id"])
    await _lost(joint, "oncord", "sale")
    return made


async def _sold_in_the_shop(joint: Joint) -> tuple[Body, Body]:
    """A sale whose invoice is in the books, without our hearing of it."""
    ada = await joint.contact()
    sale = await joint.sale(ada["id"])
    await _lost(joint, "quickbooks", "invoice")
    [made] = await joint.books_list("invoice")
    return sale, made


def _holds(present: Any, typed: Any) -> bool:
    if isinstance(typed, dict):
        return isinstance(present, dict) and all(present.get(name) == value for name, value in typed.items())
    return bool(present == typed)


@pytest.mark.parametrize("field", ["notes", "billing_address", "shipping_address"])
async def test_what_is_typed_into_a_sale_goes_over(joint: Joint, field: str) -> None:
    made = await _entered_in_the_books(joint)
    [sale] = await joint.shop_list("sales")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {field: TYPED[field][0]})
    await run(joint)

    assert _holds((await book(joint, "invoice", made["Id"])).get(MEMBERS[field]), TYPED[field][1])
    assert len(await joint.shop_list("sales")) == 1
    await quiet(joint)


@pytest.mark.parametrize("field", sorted(TYPED))
async def test_what_is_typed_into_an_invoice_goes_over(joint: Joint, field: str) -> None:
    sale, made = await _sold_in_the_shop(joint)
    await change(joint, "invoice", made["Id"], **{MEMBERS[field]: TYPED[field][1]})
    await run(joint)

    assert _holds((await shop(joint, "sales", sale["id"]))[field], TYPED[field][0])
    assert len(await joint.books_list("invoice")) == 1
    await quiet(joint)


async def test_what_the_books_work_out_by_themselves_is_nobodys_edit(joint: Joint) -> None:
    """QuickBooks writes the customer's address on an invoice that was sent without one."""
    ada = await joint.contact(billing_address=ADDRESS)
    sale = await joint.sale(ada["id"])
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"billing_address": None, "shipping_address": None})
    await _lost(joint, "quickbooks", "invoice")
    [made] = await joint.books_list("invoice")
    assert _holds(made["BillAddr"], {"Line1": "7 Garden Lane"})
    await run(joint)

    assert (await shop(joint, "sales", sale["id"]))["billing_address"] is None
    await quiet(joint)
