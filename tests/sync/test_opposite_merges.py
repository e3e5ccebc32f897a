"""C2, C5, C6: contacts are merged one way in Oncord and their customers the other way; who is left are one pair (law 8)."""

import pytest

from app.domain.model.link_part import PRIMARY
from app.domain.model.records import Kind, Side
from app.storage.records import links
from tests.support.joint import Joint
from tests.support.stories import Body, book, quiet, run, shop
from tests.sync.test_rules_merges import merged

ORDERS = ("at once", "Oncord first", "QuickBooks first")


async def people(joint: Joint, *names: str) -> tuple[dict[str, Body], dict[str, Body]]:
    """Contacts with a sale each, and their customers, by first name."""
    contacts = {name: await joint.contact(name, phone=f"0400 000 00{n}") for n, name in enumerate(names)}
    for contact in contacts.values():
        await joint.sale(contact["id"])
    await run(joint)
    return contacts, {c["GivenName"]: c for c in await joint.books_list("customer")}


async def in_oncord(joint: Joint, loser: Body, survivor: Body) -> None:
    await joint.in_shop("POST", f"contacts/{loser['id']}/merge", {"into": survivor["id"]})


async def opposite(joint: Joint, order: str, told: bool = True) -> tuple[Body, Body]:
    """Ada goes into Bea in Oncord, and Bea's customer into Ada's in QuickBooks: the contact and the customer that stand."""
    contacts, customers = await people(joint, "Ada", "Bea")
    if order == "Oncord first":
        await in_oncord(joint, contacts["Ada"], contacts["Bea"])
        await run(joint)
    await merged(joint, customers["Bea"], customers["Ada"], told=told)
    if order == "QuickBooks first":
        await run(joint)
    if order != "Oncord first":
        await in_oncord(joint, contacts["Ada"], contacts["Bea"])
    await run(joint)
    return contacts["Bea"], customers["Ada"]


async def primary(joint: Joint, contact: Body) -> list[str]:
    """The customer that carries a contact's details."""
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        pairs = await links.of_records(tx, joint.connection_id, Kind.CONTACT, Side.ONCORD, [contact["id"]])
    return [link.quickbooks_id for link in pairs if link.part == PRIMARY and link.state == "live"]


async def travel(joint: Joint, contact: Body, customer: Body) -> None:
    """Edits of either reach the other one."""
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "0411 111 111"})
    await run(joint)
    assert (await book(joint, "customer", customer["Id"]))["PrimaryPhone"]["FreeFormNumber"] == "0411 111 111"
    typed = {"Id": customer["Id"], "sparse": True, "PrimaryPhone": {"FreeFormNumber": "0422 222 222"}}
    await joint.person("customer", typed)
    await run(joint)
    assert (await shop(joint, "contacts", contact["id"]))["phone"] == "0422 222 222"
    await quiet(joint)


@pytest.mark.parametrize("order", ORDERS)
async def test_c2_c5_who_is_left_of_opposite_merges_is_one_pair_and_edits_travel_both_ways(
    joint: Joint, order: str
) -> None:
    contact, customer = await opposite(joint, order)

    assert await primary(joint, contact) == [customer["Id"]]
    assert {i["CustomerRef"]["value"] for i in await joint.books_list("invoice")} == {customer["Id"]}
    await quiet(joint)
    await travel(joint, contact, customer)
    await joint.sale(contact["id"])
    await run(joint)
    assert {i["CustomerRef"]["value"] for i in await joint.books_list("invoice")} == {customer["Id"]}
    assert [c["GivenName"] for c in await joint.books_list("customer") if c["Active"]] == [
        (await book(joint, "customer", customer["Id"]))["GivenName"]
    ]
    await quiet(joint)


async def test_c6_opposite_merges_of_which_only_the_invoices_tell_leave_one_pair(joint: Joint) -> None:
    contact, customer = await opposite(joint, "QuickBooks first", told=False)

    assert await primary(joint, contact) == [customer["Id"]]
    await travel(joint, contact, customer)


async def test_c2_c5_merges_in_a_row_on_both_sides_leave_one_pair(joint: Joint) -> None:
    contacts, customers = await people(joint, "Ada", "Bea", "Cleo")
    await in_oncord(joint, contacts["Ada"], contacts["Cleo"])
    await in_oncord(joint, contacts["Bea"], contacts["Cleo"])
    await run(joint)
    await merged(joint, customers["Cleo"], customers["Bea"])
    await run(joint)
    await merged(joint, customers["Bea"], customers["Ada"])
    await run(joint)

    assert await primary(joint, contacts["Cleo"]) == [customers["Ada"]["Id"]]
    await travel(joint, contacts["Cleo"], customers["Ada"])


async def test_c2_merges_in_the_same_direction_leave_the_pair_as_it_is(joint: Joint) -> None:
    contacts, customers = await people(joint, "Ada", "Bea")
    await merged(joint, customers["Ada"], customers["Bea"])
    await in_oncord(joint, contacts["Ada"], contacts["Bea"])
    await run(joint)

    assert await primary(joint, contacts["Bea"]) == [customers["Bea"]["Id"]]
    assert await joint.attention() == []
    await travel(joint, contacts["Bea"], customers["Bea"])
