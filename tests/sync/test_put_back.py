"""Law 8: a value that lost a conflict is kept and can be put back, on both sides."""

import pytest

from app.errors import Conflict, NotFound
from tests.support.joint import Joint


async def test_the_other_value_of_a_conflict_goes_on_to_both_sides_when_a_person_wants_it(joint: Joint) -> None:
    contact = await joint.contact(phone="0400 000 000")
    await joint.sale(contact["id"])
    await joint.sync()
    [customer] = await joint.books_list("customer")
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0411 111 111"})
    await joint.person(
        "customer", {"Id": customer["Id"], "sparse": True, "PrimaryPhone": {"FreeFormNumber": "0422 222 222"}}
    )
    await joint.sync()
    [customer] = await joint.books_list("customer")
    assert customer["PrimaryPhone"]["FreeFormNumber"] == "0411 111 111"
    [item] = [i for i in await joint.attention() if i.kind == "conflict"]

    await joint.answer(item.id, "use_other")
    run = await joint.sync(download=False)

    assert run.state == "succeeded", run.counters
    [customer] = await joint.books_list("customer")
    [changed] = await joint.shop_list("contacts")
    assert customer["PrimaryPhone"]["FreeFormNumber"] == "0422 222 222"
    assert changed["phone"] == "0422 222 222"
    assert await joint.attention() == []

    await joint.sync()

    assert await joint.writes() == []


async def test_a_value_that_is_put_back_where_somebody_saves_at_that_moment_is_put_back_all_the_same(
    joint: Joint,
) -> None:
    contact = await joint.contact(phone="0400 000 000")
    await joint.sale(contact["id"])
    await joint.sync()
    [customer] = await joint.books_list("customer")
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0411 111 111"})
    body = {"Id": customer["Id"], "sparse": True, "PrimaryPhone": {"FreeFormNumber": "0422 222 222"}}
    await joint.person("customer", body)
    await joint.sync()
    [item] = await joint.attention()

    await joint.answer(item.id, "use_other")
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"fax": "02 9000 0000"})
    await joint.hazard("quickbooks", "synctoken_bumped", times=1)
    await joint.sync()
    await joint.sync()

    [customer] = await joint.books_list("customer")
    [changed] = await joint.shop_list("contacts")
    assert (customer["PrimaryPhone"]["FreeFormNumber"], changed["phone"]) == ("0422 222 222", "0422 222 222")
    assert await joint.attention() == []


async def test_an_invoice_whose_typing_lost_to_quickbooks_can_be_put_back(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await joint.sync()
    [invoice] = await joint.books_list("invoice")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"due_date": "2027-03-03"})
    await joint.person("invoice", {"Id": invoice["Id"], "sparse": True, "DueDate": "2027-02-02"})
    await joint.sync()
    [changed] = await joint.shop_list("sales")
    assert changed["due_date"] == "2027-02-02"
    [item] = [i for i in await joint.attention() if i.kind == "conflict"]

    await joint.answer(item.id, "use_other")
    await joint.sync(download=False)

    [changed] = await joint.shop_list("sales")
    [invoice] = await joint.books_list("invoice")
    assert (changed["due_date"], invoice["DueDate"]) == ("2027-03-03", "2027-03-03")

    await joint.sync()

    assert await joint.writes() == []


async def test_a_deleted_invoice_is_made_anew_only_when_a_person_asks_for_it(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await joint.sync()
    [invoice] = await joint.books_list("invoice")
    await joint.in_books("POST", "invoice?operation=delete", {"Id": invoice["Id"]})
    await joint.sync()
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"due_date": "2027-03-03"})
    await joint.sync()
    assert await joint.books_list("invoice") == []

    await joint.put_back("oncord", "sale", sale["id"])
    run = await joint.sync()

    assert run.state == "succeeded", run.counters
    [anew] = await joint.books_list("invoice")
    assert (anew["DocNumber"], anew["DueDate"]) == (sale["number"], "2027-03-03")
    assert anew["Id"] != invoice["Id"]

    await joint.sync()

    assert await joint.writes() == []


async def test_what_has_its_counterpart_or_was_itself_deleted_cannot_be_put_back(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await joint.sync()

    with pytest.raises(Conflict, match="has its counterpart"):
        await joint.put_back("oncord", "sale", sale["id"])
    with pytest.raises(NotFound):
        await joint.put_back("oncord", "sale", "999")
