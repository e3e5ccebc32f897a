"""Odd characters and unreadable rows: they are cleaned or set aside, and everything else goes on (I16)."""

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, asked, change, customer, invoice, line, quiet, run, shop

NUL, BELL, HALF, NEXT = "\x00", "\x07", "\ud83d", "\x9b"


async def sold(joint: Joint, **members: object) -> Body:
    """A sale to Ada."""
    ada = next((c for c in await joint.shop_list("contacts")), None) or await joint.contact()
    return await joint.sale(ada["id"], **members)


def put(record: Body, field: str, odd: str) -> None:
    """Replace the bar in a text of a stored record by an odd character, as a shop's database may hold it."""
    holder = record["lines"][0] if field == "description" else record["billing_address"] if field == "line1" else record
    holder[field] = holder[field].replace("|", odd)


EVERY = ["description", "notes", "line1", "number", "last_name", "reference"]


@pytest.mark.parametrize(
    ("odd", "fields"),
    [
        *[(NUL, [field]) for field in EVERY],
        *[(odd, EVERY) for odd in (HALF, BELL, NEXT, "\x1f", "\x7f", "\uffff")],
    ],
)
async def test_an_odd_character_in_any_text_of_the_shop_stops_nothing_and_is_taken_out(
    joint: Joint, odd: str, fields: list[str]
) -> None:
    good = await sold(joint)
    contact = await joint.contact("Bob", "Ma|rley")
    tea = {"description": "Gr|een", "unit_price": "11.00", "tax_code": "GST"}
    address = {"line1": "Gr|een", "suburb": "Perth"}
    sale = await joint.sale(contact["id"], tea, notes="Gr|een", number="A|7", billing_address=address)
    receipt = await joint.receipt(sale, reference="R|1")
    shelves = joint.shop.sites["demo"].shelves
    for kind, made, texts in (
        ("contact", contact, ["last_name"]),
        ("sale", sale, ["description", "notes", "line1", "number"]),
        ("receipt", receipt, ["reference"]),
    ):
        for one in texts:
            put(shelves[kind].records[made["id"]], one, odd if one in fields else "")  # type: ignore[index]
    await run(joint)

    found = {i["CustomerRef"]["name"]: i for i in await joint.books_list("invoice")}
    assert set(found) == {"Ada Lovelace", "Bob Marley"}
    there = found["Bob Marley"]
    [paid] = await joint.books_list("payment")
    assert (there["Line"][0]["Description"], there["CustomerMemo"]["value"]) == ("Green", "Green")
    assert (there["BillAddr"]["Line1"], there["DocNumber"], there["Balance"]) == ("Green", "A7", 0)
    assert paid["PaymentRefNum"] == "R1"
    assert await asked(joint) == []
    await quiet(joint)

    for one in (sale, good):
        await joint.in_shop("PATCH", f"sales/{one['id']}", {"notes": "Thanks"})
    assert await run(joint) == [("quickbooks", "sale", "update")] * 2
    await quiet(joint)


async def test_what_people_do_type_stays(joint: Joint) -> None:
    tea = {"description": "Tee\u200d \U0001f375\nzwei Zeilen\tTab", "unit_price": "11.00", "tax_code": "GST"}
    await joint.sale((await joint.contact())["id"], tea, notes="L\u00ednea 1\nL\u00ednea 2")
    await run(joint)

    [there] = await joint.books_list("invoice")
    assert there["Line"][0]["Description"] == tea["description"]
    assert there["CustomerMemo"]["value"] == "L\u00ednea 1\nL\u00ednea 2"
    await quiet(joint)


@pytest.mark.parametrize(
    ("collection", "member", "wrong"),
    [
        ("sales", "total", "12,00"),
        ("sales", "date", "the 5th"),
        ("sales", "total", "1e999999"),
        ("sales", "lines", [7]),
        ("sales", "total", "9" * 5000),
        ("contacts", "sales_count", "many"),
    ],
)
async def test_an_unreadable_record_of_the_shop_is_set_aside_with_its_reason_and_the_others_go_on(
    joint: Joint, collection: str, member: str, wrong: object
) -> None:
    sale = await sold(joint)
    await run(joint)
    broken = sale if collection == "sales" else await shop(joint, "contacts", sale["contact_id"])
    kept = await shop(joint, collection, broken["id"])
    shelf = joint.shop.sites["demo"].shelves["sale" if collection == "sales" else "contact"]
    changed = {"notes": "x"} if collection == "sales" else {"phone": "0400 111 222"}
    await joint.in_shop("PATCH", f"{collection}/{broken['id']}", changed)
    shelf.records[broken["id"]][member] = wrong
    other = await joint.sale((await joint.contact("Bob", "Marley"))["id"])
    await run(joint)

    assert sorted(i["DocNumber"] for i in await joint.books_list("invoice")) == sorted(
        [sale["number"], other["number"]]
    )
    [item] = await joint.attention()
    assert "could not be read" in item.summary
    assert await joint.writes() != []
    await quiet(joint)

    shelf.records[broken["id"]][member] = kept[member]
    await joint.in_shop(
        "PATCH",
        f"{collection}/{broken['id']}",
        {"notes": "Better"} if collection == "sales" else {"phone": "0400 111 333"},
    )
    assert await run(joint) == [("quickbooks", "sale" if collection == "sales" else "contact", "update")]
    assert await asked(joint) == []
    await quiet(joint)


async def test_an_unreadable_invoice_is_set_aside_and_nothing_is_written_over_it(joint: Joint) -> None:
    made = await customer(joint, "Grace")
    first = await invoice(joint, made["Id"], await line(joint, "10.00"))
    await run(joint)
    [sale] = await joint.shop_list("sales")
    company = joint.books.companies[joint.realm]
    record = company.table("Invoice").rows[first["Id"]]
    whole = dict(record.body)
    company.change("Invoice", record, {**record.body, "TotalAmt": "a lot"})
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Thanks"})
    second = await invoice(joint, made["Id"], await line(joint, "20.00"))
    await run(joint)

    assert {s["number"] for s in await joint.shop_list("sales")} == {first["DocNumber"], second["DocNumber"]}
    assert await joint.writes() == [("oncord", "sale", "create")]
    assert all("could not be read" in item.summary for item in await joint.attention())
    assert len(await joint.attention()) >= 1

    company.change("Invoice", record, {**whole, "DueDate": "2027-01-05"})
    await run(joint)
    assert (await shop(joint, "sales", sale["id"]))["due_date"] == "2027-01-05"
    assert await asked(joint) == []
    await quiet(joint)


async def test_a_title_that_no_index_can_hold_stops_nothing(joint: Joint) -> None:
    import random

    words = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=9000))
    await joint.in_shop("POST", "products", {"code": "LONG", "title": words, "price": "1.00"})
    await change(joint, "customer", (await customer(joint, "Grace"))["Id"], Notes="x")
    await sold(joint)
    await run(joint)

    assert len(await joint.books_list("invoice")) == 1
