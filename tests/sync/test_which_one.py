"""Where several records could be one, a person says which one it is, or that it is a new one; and is not asked twice."""

from typing import Any

from tests.support.joint import Joint
from tests.support.stories import book, change, customer, invoice, line, payment, quiet, remove, run

Body = dict[str, Any]


async def _two_customers(joint: Joint) -> tuple[Body, Body]:
    """Two customers that could both be Ada."""
    one = await customer(
        joint, "Ada", "Lovelace", email="ada@example.com", BillAddr={"City": "Brisbane", "PostalCode": "4000"}
    )
    other = await joint.person(
        "customer",
        {
            "DisplayName": "Ada L",
            "GivenName": "Ada",
            "PrimaryEmailAddr": {"Address": "ada@example.com"},
            "PrimaryPhone": {"FreeFormNumber": "07 3000 1111"},
        },
    )
    return one, other


async def _asked(joint: Joint) -> Any:
    """The one question that is open."""
    [item] = [i for i in await joint.attention() if i.kind == "ambiguous_match"]
    return item


def _choices(item: Any) -> dict[str, Body]:
    return {c["id"]: c for c in item.detail["choices"]}


async def test_two_customers_that_could_be_one_contact_are_offered_in_one_question(joint: Joint) -> None:
    one, other = await _two_customers(joint)
    contact = await joint.contact()
    await joint.sale(contact["id"])

    assert await run(joint) == []

    item = await _asked(joint)
    assert (item.side, item.record_kind, item.record_id) == ("oncord", "contact", contact["id"])
    assert item.actions == ["choose", "create_new", "retry"]
    offered = _choices(item)
    assert set(offered) == {one["Id"], other["Id"]}
    assert offered[one["Id"]] == {
        "side": "quickbooks",
        "id": one["Id"],
        "name": "Ada Lovelace",
        "facts": {"email": "ada@example.com", "suburb": "Brisbane"},
        "speaks_for": ["the same e-mail address", "the same name"],
    }
    assert offered[other["Id"]]["speaks_for"] == ["the same e-mail address", "part of the name"]
    assert offered[other["Id"]]["facts"] == {"email": "ada@example.com", "phone": "07 3000 1111"}


async def test_the_chosen_customer_is_adopted_and_gets_the_invoice_that_waited(joint: Joint) -> None:
    _, other = await _two_customers(joint)
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await run(joint)

    await joint.answer((await _asked(joint)).id, "choose", other["Id"])
    await joint.sync(download=False)

    [made] = await joint.books_list("invoice")
    assert made["CustomerRef"]["value"] == other["Id"]
    assert len(await joint.books_list("customer")) == 2
    assert await joint.attention() == []
    await quiet(joint)


async def test_a_contact_that_is_none_of_them_becomes_a_customer_with_a_name_of_its_own(joint: Joint) -> None:
    await _two_customers(joint)
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await run(joint)

    await joint.answer((await _asked(joint)).id, "create_new")
    await joint.sync(download=False)

    names = {c["Id"]: c["DisplayName"] for c in await joint.books_list("customer")}
    [made] = await joint.books_list("invoice")
    assert names[made["CustomerRef"]["value"]] == "Ada Lovelace (ada@example.com)"
    assert len(names) == 3
    assert len(await joint.shop_list("contacts")) == 3
    assert await joint.attention() == []
    await quiet(joint)


async def test_an_answer_is_kept_while_what_it_is_about_has_to_wait(joint: Joint) -> None:
    await _two_customers(joint)
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"status": "draft"})
    await joint.answer((await _asked(joint)).id, "create_new")
    await run(joint)

    assert await joint.books_list("invoice") == []

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"status": "confirmed"})
    await run(joint)

    assert len(await joint.books_list("invoice")) == 1
    assert len(await joint.books_list("customer")) == 3
    assert await joint.attention() == []


async def test_a_chosen_customer_that_was_joined_meanwhile_is_asked_about_again(joint: Joint) -> None:
    one, other = await _two_customers(joint)
    contacts = [await joint.contact(), await joint.contact("Ada", "King")]
    for contact in contacts:
        await joint.sale(contact["id"])
    await run(joint)
    items = {(i.side, i.record_id): i.id for i in await joint.attention()}
    for contact in contacts:
        await joint.answer(items["oncord", contact["id"]], "choose", other["Id"])
    await joint.sync(download=False)

    [made] = await joint.books_list("invoice")
    assert made["CustomerRef"]["value"] == other["Id"]
    item = next(i for i in await joint.attention() if (i.side, i.record_id) == ("oncord", contacts[1]["id"]))
    assert "The chosen QuickBooks customer Ada L has been joined with another record meanwhile." in item.summary
    assert set(_choices(item)) == {one["Id"]}

    await joint.answer(item.id, "choose", one["Id"])
    await joint.sync(download=False)

    assert {i["CustomerRef"]["value"] for i in await joint.books_list("invoice")} == {one["Id"], other["Id"]}
    assert len(await joint.shop_list("contacts")) == 2
    assert await joint.attention() == []
    await quiet(joint)


async def test_two_contacts_of_one_person_for_whom_one_customer_was_chosen_are_both_billed_to_it(joint: Joint) -> None:
    _, other = await _two_customers(joint)
    contacts = [await joint.contact(phone=phone) for phone in ("0400 000 001", "0400 000 002")]
    for contact in contacts:
        await joint.sale(contact["id"])
    await run(joint)
    items = {(i.side, i.record_id): i.id for i in await joint.attention()}
    for contact in contacts:
        await joint.answer(items["oncord", contact["id"]], "choose", other["Id"])
    await joint.sync(download=False)

    assert [i["CustomerRef"]["value"] for i in await joint.books_list("invoice")] == [other["Id"]] * 2
    assert [i for i in await joint.attention() if i.record_id in items] == []


async def test_a_customer_that_could_be_two_contacts_is_the_chosen_one(joint: Joint) -> None:
    first, second = await joint.contact(phone="0400 000 001"), await joint.contact(phone="0400 000 002")
    made = await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    await invoice(joint, made["Id"])
    await run(joint)

    item = await _asked(joint)
    assert (item.side, item.record_id) == ("quickbooks", made["Id"])
    assert {i: c["facts"]["phone"] for i, c in _choices(item).items()} == {
        first["id"]: "0400 000 001",
        second["id"]: "0400 000 002",
    }

    await joint.answer(item.id, "choose", second["id"])
    await joint.sync(download=False)

    [sale] = await joint.shop_list("sales")
    assert sale["contact_id"] == second["id"]
    assert len(await joint.shop_list("contacts")) == 2
    assert await joint.attention() == []
    await quiet(joint)


async def test_a_customer_that_is_none_of_two_contacts_becomes_a_third(joint: Joint) -> None:
    await joint.contact(phone="0400 000 001")
    await joint.contact(phone="0400 000 002")
    made = await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    await invoice(joint, made["Id"])
    await run(joint)

    await joint.answer((await _asked(joint)).id, "create_new")
    await joint.sync(download=False)

    assert len(await joint.shop_list("contacts")) == 3
    assert len(await joint.shop_list("sales")) == 1
    assert await joint.attention() == []
    await quiet(joint)


async def test_an_inactive_customer_whose_invoice_needs_a_contact_is_asked_about_too(joint: Joint) -> None:
    await joint.contact(phone="0400 000 001")
    second = await joint.contact(phone="0400 000 002")
    made = await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    billed = await invoice(joint, made["Id"])
    await payment(joint, made["Id"], "33.00", {billed["Id"]: "33.00"})
    await change(joint, "customer", made["Id"], Active=False)
    await run(joint)

    await joint.answer((await _asked(joint)).id, "choose", second["id"])
    await joint.sync(download=False)

    [sale] = await joint.shop_list("sales")
    assert sale["contact_id"] == second["id"]
    await quiet(joint)


async def _two_invoices(joint: Joint) -> tuple[Body, Body, Body, Body]:
    """A sale and two invoices that could both be it."""
    contact = await joint.contact()
    owner = await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    sale = await joint.sale(contact["id"], number="A-1")
    made = [await invoice(joint, owner["Id"], await line(joint, "20.00", "Tea"), DocNumber="A-1") for _ in range(2)]
    return sale, owner, made[0], made[1]


async def test_the_chosen_invoice_is_the_sale_and_the_other_one_becomes_a_sale_of_its_own(joint: Joint) -> None:
    sale, _, one, other = await _two_invoices(joint)
    await run(joint)

    item = await _asked(joint)
    assert (item.side, item.record_kind, item.record_id) == ("oncord", "sale", sale["id"])
    offered = _choices(item)
    assert set(offered) == {one["Id"], other["Id"]}
    assert offered[one["Id"]]["facts"] == {"number": "A-1", "date": one["TxnDate"], "total": "22.00 AUD"}

    await joint.answer(item.id, "choose", other["Id"])
    await joint.sync(download=False)

    assert len(await joint.books_list("invoice")) == 2
    assert len(await joint.shop_list("sales")) == 2
    assert await joint.attention() == []
    await change(joint, "invoice", other["Id"], CustomerMemo={"value": "this one"})
    await run(joint)
    assert next(s for s in await joint.shop_list("sales") if s["id"] == sale["id"])["notes"] == "this one"
    await quiet(joint)


async def test_a_chosen_invoice_that_was_deleted_or_changed_meanwhile_is_asked_about_again(joint: Joint) -> None:
    _, _, one, other = await _two_invoices(joint)
    await run(joint)
    await joint.answer((await _asked(joint)).id, "choose", other["Id"])
    await remove(joint, "invoice", other["Id"])
    await run(joint)

    item = await _asked(joint)
    assert "has been deleted meanwhile" in item.summary
    assert set(_choices(item)) == {one["Id"]}

    await joint.answer(item.id, "choose", one["Id"])
    await change(joint, "invoice", one["Id"], DocNumber="B-7", Line=[await line(joint, "50.00", "Tea")])
    await run(joint)

    item = await _asked(joint)
    assert "has been changed meanwhile" in item.summary
    assert set(_choices(item)) == {one["Id"]}

    await joint.answer(item.id, "create_new")
    await run(joint)

    assert {float(i["TotalAmt"]) for i in await joint.books_list("invoice")} == {22, 55}
    assert not [i for i in await joint.attention() if i.kind == "ambiguous_match"]


async def test_one_answer_about_the_same_money_settles_its_twin_too(joint: Joint) -> None:
    contact = await joint.contact()
    owner = await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    sale = await joint.sale(contact["id"], number="A-1")
    tea = await line(joint, "20.00", "Tea")
    made = await invoice(joint, owner["Id"], tea, DocNumber="A-1")
    receipts = [await joint.receipt(sale, "11.00", date="2026-11-01") for _ in range(2)]
    paid = [
        await payment(joint, owner["Id"], "11.00", {made["Id"]: "11.00"}, TxnDate="2026-11-01", PaymentRefNum=ref)
        for ref in ("first", "second")
    ]
    await run(joint)

    items = [i for i in await joint.attention() if i.kind == "ambiguous_match"]
    item = next(i for i in items if (i.side, i.record_id) == ("oncord", receipts[0]["id"]))
    assert {c["facts"]["number"] for c in _choices(item).values()} == {"first", "second"}

    await joint.answer(item.id, "choose", paid[1]["Id"])
    await joint.sync(download=False)

    assert len(await joint.books_list("payment")) == 2
    assert len(await joint.shop_list("receipts")) == 2
    assert await joint.attention() == []
    await quiet(joint)


async def test_asking_to_retry_frees_everything_that_a_question_holds_up(joint: Joint) -> None:
    made = await customer(joint, "Grace")
    await run(joint)
    [contact] = await joint.shop_list("contacts")
    await joint.in_shop("DELETE", f"contacts/{contact['id']}")
    await run(joint)
    for _ in range(3):
        await invoice(joint, made["Id"])
    await run(joint)
    [item] = await joint.attention()

    await joint.answer(item.id, "retry")
    again = await joint.sync(download=False)

    assert again.counters["parked"] == 3

    await joint.put_back("quickbooks", "contact", made["Id"])
    await joint.sync(download=False)

    assert len(await joint.shop_list("sales")) == 3
    assert (await book(joint, "customer", made["Id"]))["Active"] is True
    assert await joint.attention() == []
