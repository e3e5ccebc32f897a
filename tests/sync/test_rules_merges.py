"""C5 and C6: customers that were merged in QuickBooks. An event tells it once; nothing is ever merged in Oncord."""

import pytest

from app.domain.model.link_part import PRIMARY
from app.domain.model.records import Kind, Side
from app.domain.model.write_fields import ACTIVE
from app.storage.records import links
from tests.support.joint import Joint
from tests.support.stories import Body, book, change, customer, quiet, remove, run, shop
from tests.sync.test_hazards_events import delivered, listening


async def merged(joint: Joint, loser: Body, survivor: Body, *, told: bool = True) -> None:
    """Two customers are merged by a person; the event comes unless it is lost."""
    await joint.in_books("POST", "customer/merge", {"from": loser["Id"], "into": survivor["Id"]})
    if told:
        await event(joint, loser, survivor)


async def event(joint: Joint, loser: Body, survivor: Body) -> None:
    await joint.touched("quickbooks", "contact", loser["Id"], deleted_with=f"merged:{survivor['Id']}")
    await joint.touched("quickbooks", "contact", survivor["Id"])


async def pairs(joint: Joint) -> dict[str, str]:
    """Which customer each contact's own link speaks of, by the contact's first name."""
    names = {c["id"]: c["first_name"] for c in await joint.shop_list("contacts")}
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        found = await links.of_records(tx, joint.connection_id, Kind.CONTACT, Side.ONCORD, list(names))
    return {names[link.oncord_id]: link.quickbooks_id for link in found if link.part is PRIMARY}


async def asleep(joint: Joint, loser: Body) -> bool:
    return (await book(joint, "customer", loser["Id"]))["Active"] is False


async def test_c5_the_contact_of_a_merged_customer_without_invoices_belongs_to_the_survivor(joint: Joint) -> None:
    async with listening(joint):
        ada = await customer(joint, "Ada", PrimaryPhone={"FreeFormNumber": "0400 111 111"})
        await delivered(joint)
        await run(joint)
        survivor = await customer(joint, "Augusta", email="")
        await joint.in_books("POST", "customer/merge", {"from": ada["Id"], "into": survivor["Id"]})
        await delivered(joint)
    await joint.sync(download=False)

    [contact] = await joint.shop_list("contacts")
    assert await pairs(joint) == {"Ada": survivor["Id"]}
    assert contact["email"] == "ada.hopper@example.com"
    told = await book(joint, "customer", survivor["Id"])
    assert told["PrimaryPhone"]["FreeFormNumber"] == "0400 111 111"

    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"mobile": "0400 222 222"})
    await joint.sale(contact["id"])
    await run(joint)

    assert (await book(joint, "customer", survivor["Id"]))["Mobile"]["FreeFormNumber"] == "0400 222 222"
    assert {i["CustomerRef"]["value"] for i in await joint.books_list("invoice")} == {survivor["Id"]}
    assert await asleep(joint, ada)
    await quiet(joint)


async def test_c5_an_event_that_comes_after_the_loser_was_seen_inactive_still_tells(joint: Joint) -> None:
    ada = await customer(joint, "Ada")
    await run(joint)
    survivor = await customer(joint, "Ada", "King", email="")
    await merged(joint, ada, survivor, told=False)
    await joint.touched("quickbooks", "contact", ada["Id"])
    await joint.sync(download=False)
    await event(joint, ada, survivor)
    await joint.sync(download=False)
    [contact] = [c for c in await joint.shop_list("contacts") if c["last_name"] == "Hopper"]
    await joint.sale(contact["id"])
    await run(joint)

    assert [i["CustomerRef"]["value"] for i in await joint.books_list("invoice")] == [survivor["Id"]]
    assert await asleep(joint, ada)
    await quiet(joint)


@pytest.mark.parametrize("invoiced", [False, True])
async def test_c6_a_survivor_that_has_a_contact_of_its_own_takes_the_invoices_of_both(
    joint: Joint, invoiced: bool
) -> None:
    ada, bea = await customer(joint, "Ada"), await customer(joint, "Bea")
    await run(joint)
    contacts = {c["first_name"]: c["id"] for c in await joint.shop_list("contacts")}
    if invoiced:
        await joint.sale(contacts["Ada"])
        await run(joint)
    await merged(joint, ada, bea)
    await joint.sync(download=False)
    await run(joint)
    sale = await joint.sale(contacts["Ada"])
    await run(joint)

    assert {i["CustomerRef"]["value"] for i in await joint.books_list("invoice")} == {bea["Id"]}
    assert (await shop(joint, "sales", sale["id"]))["contact_id"] == contacts["Ada"]
    assert {c["first_name"] for c in await joint.shop_list("contacts")} == {"Ada", "Bea"}
    assert await asleep(joint, ada)
    await quiet(joint)


async def test_c6_merges_in_a_row_are_followed_to_the_last_survivor(joint: Joint) -> None:
    ada = await customer(joint, "Ada")
    await run(joint)
    second, last = await customer(joint, "Second", email=""), await customer(joint, "Last", email="")
    await merged(joint, ada, second)
    await merged(joint, second, last)
    await joint.sync(download=False)

    assert await pairs(joint) == {"Ada": last["Id"]}
    await quiet(joint)


async def test_c6_an_event_about_a_customer_that_is_active_merges_nothing(joint: Joint) -> None:
    ada, bea = await customer(joint, "Ada"), await customer(joint, "Bea")
    await run(joint)
    await event(joint, ada, bea)
    await joint.sync(download=False)

    assert await joint.writes() == []
    assert await pairs(joint) == {"Ada": ada["Id"], "Bea": bea["Id"]}


async def test_c6_a_merged_customer_that_a_person_makes_active_again_is_itself_once_more(joint: Joint) -> None:
    ada, bea = await customer(joint, "Ada"), await customer(joint, "Bea")
    await run(joint)
    await merged(joint, ada, bea)
    await run(joint)
    await joint.person("customer", {"Id": ada["Id"], "sparse": True, "Active": True, "DisplayName": "Ada Hopper"})
    await run(joint)
    contact = next(c for c in await joint.shop_list("contacts") if c["first_name"] == "Ada")
    await joint.sale(contact["id"])
    await run(joint)

    assert [i["CustomerRef"]["value"] for i in await joint.books_list("invoice")] == [ada["Id"]]
    await quiet(joint)


async def test_c6_a_merge_of_a_customer_whose_invoices_are_all_gone_is_known_by_its_event(joint: Joint) -> None:
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    await run(joint)
    [ada] = await joint.books_list("customer")
    survivor = await customer(joint, "Ada", "King", email="")
    await joint.person("invoice", {"Id": (await joint.books_list("invoice"))[0]["Id"]}, operation="delete")
    await run(joint)
    await merged(joint, ada, survivor)
    await joint.sync(download=False)
    await joint.sale(contact["id"])
    await run(joint)

    assert [i["CustomerRef"]["value"] for i in await joint.books_list("invoice")] == [survivor["Id"]]
    assert (await shop(joint, "sales", sale["id"]))["books_status"] == "gone"
    assert await asleep(joint, ada)


async def test_c6_where_the_event_was_lost_and_no_invoice_tells_the_customer_is_made_active_again_and_says_so(
    joint: Joint,
) -> None:
    ada, bea = await customer(joint, "Ada"), await customer(joint, "Bea")
    await run(joint)
    await merged(joint, ada, bea, told=False)
    await run(joint)
    contact = next(c for c in await joint.shop_list("contacts") if c["first_name"] == "Ada")
    await joint.sale(contact["id"])
    await joint.sync()

    [woken] = [s.operation for s in await joint.decisions() if s.operation.fields == (ACTIVE,)]
    assert "merge them once more" in woken.reason
    assert not await asleep(joint, ada)
    await quiet(joint)


async def test_c2_two_contacts_that_are_merged_into_a_new_one_at_once_keep_both_customers(joint: Joint) -> None:
    contacts = [await joint.contact(name) for name in ("Ada", "Bea")]
    sales = [await joint.sale(contact["id"]) for contact in contacts]
    await run(joint)
    third = await joint.contact("Cleo")
    for contact in contacts:
        await joint.in_shop("POST", f"contacts/{contact['id']}/merge", {"into": third["id"]})
    await run(joint)
    for sale in sales:
        await joint.receipt({**sale, "contact_id": third["id"]})
    await run(joint)

    assert len(await joint.books_list("customer")) == 2
    assert [i["Balance"] for i in await joint.books_list("invoice")] == [0, 0]
    await quiet(joint)


async def test_c5_customers_of_two_contacts_that_are_merged_into_a_third_one_leave_a_contact_each(joint: Joint) -> None:
    contacts = [await joint.contact(name) for name in ("Ada", "Bea")]
    for contact in contacts:
        await joint.sale(contact["id"])
    await run(joint)
    grace = await customer(joint, "Grace")
    for one in await joint.books_list("customer"):
        if one["Id"] != grace["Id"]:
            await joint.in_books("POST", "customer/merge", {"from": one["Id"], "into": grace["Id"]})
    await run(joint)

    assert {i["CustomerRef"]["value"] for i in await joint.books_list("invoice")} == {grace["Id"]}
    assert {c["first_name"] for c in await joint.shop_list("contacts")} >= {"Ada", "Bea"}
    await quiet(joint)


async def test_c6_a_receipt_wakes_the_very_customer_that_its_invoice_is_on(joint: Joint) -> None:
    ada, bea = await joint.contact(), await joint.contact("Bea")
    first, _ = await joint.sale(ada["id"]), await joint.sale(bea["id"])
    paid = await joint.receipt(first)
    await run(joint)
    adas = next(c for c in await joint.books_list("customer") if c["GivenName"] == "Ada")
    await joint.in_shop("POST", f"contacts/{ada['id']}/merge", {"into": bea["id"]})
    await run(joint)
    await joint.person("customer", {"Id": adas["Id"], "sparse": True, "Active": False})
    await run(joint)
    await joint.in_shop("DELETE", f"receipts/{paid['id']}")
    await joint.receipt({**first, "contact_id": bea["id"]})
    await run(joint)

    assert [p["CustomerRef"]["value"] for p in await joint.books_list("payment")] == [adas["Id"]]
    assert next(c for c in await joint.books_list("customer") if c["Id"] == adas["Id"])["Active"]
    await quiet(joint)


async def test_c2_a_merge_in_oncord_gives_the_losers_customer_the_winners_name_with_its_address(joint: Joint) -> None:
    loser = await joint.contact("Bea", "Loserman", email="bea@old.example", mobile="0400 000 000")
    await joint.sale(loser["id"])
    await run(joint)
    [owner] = await joint.books_list("customer")
    winner = await joint.contact("Cleo", "Winner", email="cleo@new.example")
    await joint.in_shop("POST", f"contacts/{loser['id']}/merge", {"into": winner["id"]})
    await run(joint)
    await joint.sale(winner["id"])
    await run(joint)

    [made] = await joint.books_list("customer")
    assert (made["DisplayName"], made["FamilyName"]) == ("Cleo Winner", "Winner")
    assert made["PrimaryEmailAddr"]["Address"] == "cleo@new.example"
    assert {i["CustomerRef"]["name"] for i in await joint.books_list("invoice")} == {"Cleo Winner"}
    [item] = await joint.attention()
    lost = {d["field"]: d["quickbooks"] for d in item.detail["disagreements"]}
    assert (lost["name"]["last"], lost["email"]) == ("Loserman", "bea@old.example")
    assert made["Id"] == owner["Id"]
    await quiet(joint)


async def test_c2_a_merge_in_oncord_leaves_a_name_that_is_only_written_otherwise(joint: Joint) -> None:
    loser = await joint.contact("Bob", "Smith")
    await joint.sale(loser["id"])
    await run(joint)
    winner = await joint.contact("Robert", "Smith", email="")
    await joint.in_shop("POST", f"contacts/{loser['id']}/merge", {"into": winner["id"]})
    await run(joint)

    [made] = await joint.books_list("customer")
    assert made["DisplayName"] == "Bob Smith"
    assert await joint.attention() == []
    await quiet(joint)


@pytest.mark.parametrize(
    ("loser", "winner"), [(("Bea", "Jones"), ("Bea", "Smith")), (("Bea", "Smith"), ("Bea", "Smiht"))]
)
async def test_c2_a_merge_in_oncord_decides_about_names_that_nobody_would_take_for_one_unasked(
    joint: Joint, loser: tuple[str, str], winner: tuple[str, str]
) -> None:
    lost = await joint.contact(*loser, email="bea@example.com")
    await joint.sale(lost["id"])
    await run(joint)
    kept = await joint.contact(*winner, email="bea@example.com")
    await joint.in_shop("POST", f"contacts/{lost['id']}/merge", {"into": kept["id"]})
    await run(joint)

    [made] = await joint.books_list("customer")
    assert made["DisplayName"] == " ".join(winner)
    [item] = await joint.attention()
    assert item.detail["disagreements"][0]["quickbooks"]["last"] == loser[1]
    await quiet(joint)


@pytest.mark.parametrize("survivor", ["Ada", "Augusta"])
async def test_c5_a_name_typed_in_oncord_before_a_merge_in_quickbooks_travels_and_the_other_is_kept(
    joint: Joint, survivor: str
) -> None:
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await run(joint)
    [loser] = await joint.books_list("customer")
    other = await customer(joint, survivor, "Hopper", email="")
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"last_name": "King"})
    await joint.in_books("POST", "customer/merge", {"from": loser["Id"], "into": other["Id"]})
    await run(joint)
    await run(joint)

    told = await book(joint, "customer", other["Id"])
    kept = await shop(joint, "contacts", contact["id"])
    assert (kept["last_name"], told["FamilyName"], told["DisplayName"]) == ("King", "King", "Ada King")
    [item] = await joint.attention()
    lost = {d["field"]: d["quickbooks"] for d in item.detail["disagreements"]}
    assert (lost["name"]["first"], lost["name"]["last"]) == (survivor, "Hopper")
    await quiet(joint)


@pytest.mark.parametrize("further", [False, True])
async def test_c6_a_merge_whose_event_was_lost_is_known_by_where_its_invoices_went(joint: Joint, further: bool) -> None:
    ada = await joint.contact()
    await joint.sale(ada["id"])
    if further:
        bea = await joint.contact("Bea", "Arthur")
        await joint.sale(bea["id"])
    await run(joint)
    loser = next(c for c in await joint.books_list("customer") if c["GivenName"] == "Ada")
    if further:
        await joint.in_shop("POST", f"contacts/{bea['id']}/merge", {"into": ada["id"]})
        await run(joint)
    survivor = await customer(joint, "Ada", "Byron", email="")
    await run(joint)
    await merged(joint, loser, survivor, told=False)
    await run(joint)
    sale = await joint.sale(ada["id"])
    await run(joint)

    assert await asleep(joint, loser)
    billed = {i["CustomerRef"]["name"] for i in await joint.books_list("invoice")}
    assert loser["Id"] not in {i["CustomerRef"]["value"] for i in await joint.books_list("invoice")}, sale
    assert len(billed) == (2 if further else 1)
    await quiet(joint)


async def two_customers_of_one(joint: Joint) -> tuple[Body, list[Body], Body]:
    """Bea, into whom Ada was merged in Oncord, the customers of both, and a customer that is nobody's yet."""
    ada, bea = await joint.contact(), await joint.contact("Bea")
    for contact in (ada, bea):
        await joint.sale(contact["id"])
    await run(joint)
    await joint.in_shop("POST", f"contacts/{ada['id']}/merge", {"into": bea["id"]})
    await run(joint)
    losers = await joint.books_list("customer")
    return bea, losers, await customer(joint, "Grace", email="")


async def test_c5_both_customers_of_one_contact_that_are_merged_into_a_new_one_stop_nothing(joint: Joint) -> None:
    async with listening(joint):
        bea, losers, new = await two_customers_of_one(joint)
        for loser in losers:
            await joint.in_books("POST", "customer/merge", {"from": loser["Id"], "into": new["Id"]})
        await delivered(joint)
    await run(joint)
    await joint.sale(bea["id"])
    await run(joint)

    assert (await pairs(joint))["Bea"] == new["Id"]
    assert {i["CustomerRef"]["value"] for i in await joint.books_list("invoice")} == {new["Id"]}
    await quiet(joint)


async def test_c5_a_customer_that_another_was_merged_into_while_its_contact_comes_back_stops_nothing(
    joint: Joint,
) -> None:
    async with listening(joint):
        ada, bea = await joint.contact(), await joint.contact("Bea")
        for contact in (ada, bea):
            await joint.sale(contact["id"])
        await run(joint)
        of = {c["GivenName"]: c for c in await joint.books_list("customer")}
        await joint.in_shop("DELETE", f"contacts/{ada['id']}")
        await run(joint)
        await joint.in_books("POST", "customer/merge", {"from": of["Bea"]["Id"], "into": of["Ada"]["Id"]})
        await joint.in_shop("POST", f"contacts/{ada['id']}/restore")
        await delivered(joint)
    await run(joint)

    assert (await pairs(joint))["Ada"] == of["Ada"]["Id"]
    await quiet(joint)


@pytest.mark.parametrize("looked", ["before the sale", "with the sale", "one after the other"])
async def test_c6_both_customers_of_one_contact_merged_into_a_new_one_without_an_event_bill_the_survivor(
    joint: Joint, looked: str
) -> None:
    bea, losers, new = await two_customers_of_one(joint)
    for loser in losers:
        await merged(joint, loser, new, told=False)
        if looked == "one after the other":
            await run(joint)
    if looked == "before the sale":
        await run(joint)
    await joint.sale(bea["id"])
    await run(joint)

    assert {i["CustomerRef"]["value"] for i in await joint.books_list("invoice")} == {new["Id"]}
    assert [c["Active"] for c in await joint.books_list("customer") if c["Id"] != new["Id"]] == [False, False]
    assert (await pairs(joint))["Bea"] == new["Id"]
    await quiet(joint)


async def test_c2_a_merge_in_oncord_after_one_in_quickbooks_moves_no_invoice(joint: Joint) -> None:
    contacts = [await joint.contact(name) for name in ("Ada", "Bea", "Cleo")]
    for contact in contacts:
        await joint.sale(contact["id"])
    await run(joint)
    of = {c["GivenName"]: c for c in await joint.books_list("customer")}
    await merged(joint, of["Ada"], of["Bea"])
    await run(joint)
    await joint.in_shop("POST", f"contacts/{contacts[0]['id']}/merge", {"into": contacts[2]["id"]})

    assert ("quickbooks", "sale", "update") not in await run(joint)
    billed = sorted(i["CustomerRef"]["value"] for i in await joint.books_list("invoice"))
    assert billed == sorted([of["Bea"]["Id"], of["Bea"]["Id"], of["Cleo"]["Id"]])
    await quiet(joint)


async def test_s5_an_invoice_that_is_moved_from_a_customer_who_was_inactive_before_takes_its_sale_along(
    joint: Joint,
) -> None:
    """Seed 100156 of `make simulate`: it was taken for a merge."""
    ada, bea = await joint.contact(), await joint.contact("Bea", "Arthur")
    sale, _ = await joint.sale(ada["id"]), await joint.sale(bea["id"])
    receipt = await joint.receipt(sale, "22.00")
    await run(joint)
    customers = {c["GivenName"]: c for c in await joint.books_list("customer")}
    [adas] = [i for i in await joint.books_list("invoice") if i["CustomerRef"]["value"] == customers["Ada"]["Id"]]
    await change(joint, "customer", customers["Ada"]["Id"], Active=False)
    [payment] = await joint.books_list("payment")
    await remove(joint, "payment", payment["Id"])
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"due_date": "2026-12-24"})
    await run(joint)

    await change(joint, "invoice", adas["Id"], CustomerRef={"value": customers["Bea"]["Id"]})
    await run(joint)
    assert (await shop(joint, "sales", sale["id"]))["contact_id"] == bea["id"]
    assert (await book(joint, "invoice", adas["Id"]))["CustomerRef"]["value"] == customers["Bea"]["Id"]
    assert (await shop(joint, "receipts", receipt["id"]))["contact_id"] == ada["id"]
    await quiet(joint)
