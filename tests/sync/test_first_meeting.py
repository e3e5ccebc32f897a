"""What two records tell each other when they meet for the first time, and what is left of it when a write fails."""

from typing import Any

import pytest

from tests.support.joint import Joint
from tests.support.stories import book, change, customer, invoice, line, payment, quiet, run, shop

Body = dict[str, Any]

NO_ADDRESS = "ada@..example"
"""An e-mail address that Oncord takes and QuickBooks refuses."""
ADDRESS = "ada@example.com"


async def _pair(joint: Joint, sale: Body, memo: Body, *, paid: bool = False) -> tuple[Body, Body]:
    """A sale and an invoice of the same number, contact and total, synchronised once."""
    contact = await joint.contact()
    owner = await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    made = await joint.sale(contact["id"], number="A-1", **{"date": "2026-11-10", **sale})
    tea = await line(joint, "20.00", "Tea")
    billed = await invoice(joint, owner["Id"], tea, DocNumber="A-1", **{"TxnDate": "2026-11-10", **memo})
    if paid:
        await joint.receipt(made, date="2026-11-11")
        await payment(joint, owner["Id"], "22.00", {billed["Id"]: "22.00"}, TxnDate="2026-11-11")
    await run(joint)
    assert len(await joint.books_list("invoice")) == len(await joint.shop_list("sales")) == 1
    return await shop(joint, "sales", made["id"]), await book(joint, "invoice", billed["Id"])


async def test_notes_that_only_one_side_has_reach_the_other(joint: Joint) -> None:
    sale, billed = await _pair(joint, {}, {"CustomerMemo": {"value": "Leave it at the door."}})

    assert (sale["notes"], billed["CustomerMemo"]["value"]) == ("Leave it at the door.", "Leave it at the door.")
    assert await joint.attention() == []
    await quiet(joint)


async def test_notes_that_differ_are_decided_and_the_other_ones_are_kept(joint: Joint) -> None:
    sale, billed = await _pair(joint, {"notes": "Ring twice."}, {"CustomerMemo": {"value": "Leave it at the door."}})

    assert (sale["notes"], billed["CustomerMemo"]["value"]) == ("Leave it at the door.", "Leave it at the door.")
    [item] = await joint.attention()
    assert item.summary.startswith("The two sides met with a different notes.")
    await quiet(joint)

    await joint.answer(item.id, "use_other")
    await joint.sync(download=False)

    assert (await book(joint, "invoice", billed["Id"]))["CustomerMemo"]["value"] == "Ring twice."
    assert (await shop(joint, "sales", sale["id"]))["notes"] == "Ring twice."
    await quiet(joint)


async def test_a_date_that_differs_is_decided_and_one_of_another_time_zone_is_not(joint: Joint) -> None:
    sale, _ = await _pair(joint, {"date": "2026-11-01"}, {"TxnDate": "2026-11-05"})

    assert sale["date"] == "2026-11-05"
    assert [item.kind for item in await joint.attention()] == ["conflict"]
    await quiet(joint)


async def test_a_day_between_two_time_zones_is_no_difference(joint: Joint) -> None:
    sale, billed = await _pair(joint, {"date": "2026-11-11"}, {"TxnDate": "2026-11-10"})

    assert (sale["date"], billed["TxnDate"]) == ("2026-11-11", "2026-11-10")
    assert await joint.attention() == []
    await quiet(joint)


@pytest.mark.parametrize(
    ("shop_day", "books_day", "kept"),
    [
        ("2026-09-30", "2026-10-01", "2026-10-01"),
        ("2026-10-01", "2026-09-30", "2026-09-30"),
        ("2026-10-01", "2026-10-02", "2026-10-01"),
        ("2026-09-29", "2026-09-30", "2026-09-29"),
    ],
)
async def test_a_day_between_two_months_is_decided_since_each_belongs_to_another_return(
    joint: Joint, shop_day: str, books_day: str, kept: str
) -> None:
    sale, billed = await _pair(joint, {"date": shop_day}, {"TxnDate": books_day})

    assert (sale["date"], billed["TxnDate"]) == (kept, books_day)
    assert [item.kind for item in await joint.attention()] == (["conflict"] if shop_day[:7] != books_day[:7] else [])
    await quiet(joint)


async def test_of_a_paid_document_nothing_but_the_date_is_compared(joint: Joint) -> None:
    sale, billed = await _pair(
        joint, {"notes": "Ring twice."}, {"CustomerMemo": {"value": "Leave it at the door."}}, paid=True
    )

    assert (sale["notes"], billed["CustomerMemo"]["value"]) == ("Ring twice.", "Leave it at the door.")
    assert await joint.attention() == []
    await quiet(joint)


async def test_s1_documents_from_before_the_start_date_are_linked_and_left_as_they_are(joint: Joint) -> None:
    sale, billed = await _pair(
        joint,
        {"date": "2025-11-01", "notes": "Ring twice."},
        {"TxnDate": "2025-11-05", "CustomerMemo": {"value": "Leave it at the door."}},
    )

    assert (sale["date"], sale["notes"]) == ("2025-11-01", "Ring twice.")
    assert (billed["TxnDate"], billed["CustomerMemo"]["value"]) == ("2025-11-05", "Leave it at the door.")
    assert await joint.attention() == []
    await quiet(joint)
    await change(joint, "invoice", billed["Id"], CustomerMemo={"value": "Changed."})
    await run(joint)
    assert (await shop(joint, "sales", sale["id"]))["notes"] == "Changed."


async def _half_each(joint: Joint, **members: Any) -> tuple[Body, Body]:
    """A contact and a customer that are one, each with something that the other lacks."""
    made = await customer(
        joint,
        "Ada",
        "Lovelace",
        email="",
        BillAddr={"Line1": "12 Wharf St", "PostalCode": "4000"},
        Mobile={"FreeFormNumber": "0400 000 001"},
    )
    contact = await joint.contact(billing_address={"line1": "12 Wharf St", "postcode": "4000"}, **members)
    return contact, made


async def test_a_filling_that_is_refused_stays_open_and_is_applied_once_it_can_be(joint: Joint) -> None:
    contact, made = await _half_each(joint, email=NO_ADDRESS, phone="07 3000 1111")
    await joint.sale(contact["id"])
    await run(joint)

    assert (await shop(joint, "contacts", contact["id"]))["mobile"] == "0400 000 001"
    assert "PrimaryPhone" not in await book(joint, "customer", made["Id"])
    [item] = await joint.attention()
    assert (item.kind, item.record_kind, item.record_id) == ("refused", "contact", contact["id"])
    assert len(await joint.books_list("invoice")) == 1

    await joint.answer(item.id, "retry")
    await joint.sync(download=False)

    assert [again.kind for again in await joint.attention()] == ["refused"]

    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"email": ADDRESS})
    await run(joint)

    found = await book(joint, "customer", made["Id"])
    assert found["PrimaryPhone"]["FreeFormNumber"] == "07 3000 1111"
    assert found["PrimaryEmailAddr"]["Address"] == ADDRESS
    assert await joint.attention() == []
    await quiet(joint)


async def test_a_contact_found_by_way_of_its_sale_is_filled_by_itself_and_holds_no_invoice_up(joint: Joint) -> None:
    contact = await joint.contact(email=NO_ADDRESS, billing_address={"line1": "12 Wharf St", "postcode": "4000"})
    await run(joint)
    made = await customer(joint, "Ada", "Lovelace", email="", BillAddr={"Line1": "12 Wharf St", "PostalCode": "4000"})
    sale = await joint.sale(contact["id"])
    await joint.touched("oncord", "sale", sale["id"])
    await run(joint)

    [billed] = await joint.books_list("invoice")
    assert billed["CustomerRef"]["value"] == made["Id"]
    assert [item.kind for item in await joint.attention()] == ["refused"]

    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"email": ADDRESS})
    await run(joint)

    assert (await book(joint, "customer", made["Id"]))["PrimaryEmailAddr"]["Address"] == ADDRESS
    assert await joint.attention() == []
    await quiet(joint)


async def test_what_lost_at_a_first_meeting_is_kept_although_the_first_attempt_failed(joint: Joint) -> None:
    contact, made = await _half_each(joint, email=NO_ADDRESS, mobile="0499 999 999")
    await run(joint)

    assert (await book(joint, "customer", made["Id"]))["Mobile"]["FreeFormNumber"] == "0400 000 001"

    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"email": ADDRESS})
    await run(joint)

    assert (await book(joint, "customer", made["Id"]))["Mobile"]["FreeFormNumber"] == "0499 999 999"
    [item] = await joint.attention()
    assert item.kind == "conflict"
    [lost] = item.detail["disagreements"]
    assert (lost["field"], lost["quickbooks"]) == ("mobile", "0400 000 001")
    await quiet(joint)
