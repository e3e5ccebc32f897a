"""A day-old backup restored after the shop and the books have gone on: nothing is doubled, nothing lost, nothing deleted comes back,
and no older value is written over a newer one. Whole stories, in Australia and America."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Literal

import pytest

from app.storage.connections import connections
from tests.support.backups import back_up, restore
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import (
    asked,
    change,
    customer,
    invoice,
    line,
    payment,
    quiet,
    remove,
    run,
    shop,
)
from tests.sync.test_rules_merges import merged

Body = dict[str, Any]
Country = Literal["AU", "US"]
HOUR = 3600
COUNTRIES: tuple[Country, ...] = ("AU", "US")
BOOKS = ("customer", "invoice", "creditmemo", "payment", "purchase")
SHOP = ("contacts", "sales", "receipts")


class World:
    """A shop and its books that have been synchronised for a while: a sale with its invoice and a bookkeeper's invoice with its sale."""

    def __init__(self, joint: Joint, country: Country) -> None:
        self.joint = joint
        self.country = country
        self.ada: Body = {}
        self.sale: Body = {}
        self.grace: Body = {}
        self.invoice: Body = {}

    def tea(self, quantity: str = "2", words: str = "Tea") -> Body:
        code = "TAX" if self.country == "US" else "GST"
        return {"description": words, "quantity": quantity, "unit_price": "11.00", "tax_code": code}

    async def sold(self, contact: Body, *lines: Body, **members: Any) -> Body:
        return await self.joint.sale(contact["id"], *(lines or (self.tea(),)), **members)

    async def billed(self, customer_id: str, amount: str = "30.00", **members: Any) -> Body:
        code = "TAX" if self.country == "US" else "GST"
        lines = [await line(self.joint, amount, code=code)] if self.country == "AU" else [await self._us_line(amount)]
        return await invoice(self.joint, customer_id, *lines, **members)

    async def _us_line(self, amount: str) -> Body:
        item = next(i["Id"] for i in await self.joint.books_list("item") if i["Name"] == "Oncord sales")
        detail = {"ItemRef": {"value": item}, "TaxCodeRef": {"value": "NON"}}
        return {
            "Amount": float(amount),
            "Description": "Design",
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": detail,
        }

    async def begin(self) -> None:
        self.ada = await self.joint.contact()
        self.sale = await self.sold(self.ada, number="1041")
        self.grace = await customer(self.joint, "Grace")
        self.invoice = await self.billed(self.grace["Id"], DocNumber="5001")
        await run(self.joint)
        await quiet(self.joint)

    async def invoice_of(self, sale: Body) -> Body:
        return next(i for i in await self.joint.books_list("invoice") if i.get("DocNumber") == sale["number"])

    async def sale_of(self, document: Body) -> Body:
        return next(s for s in await self.joint.shop_list("sales") if s["number"] == document["DocNumber"])


async def contents(joint: Joint) -> dict[str, dict[str, Body]]:
    """Everything on both sides, but for what says how a record stands in the books."""
    found: dict[str, dict[str, Body]] = {}
    for collection in SHOP:
        items = await joint.shop_list(collection, deleted=True)
        found[collection] = {
            i["id"]: {name: value for name, value in i.items() if not name.startswith("books_")} for i in items
        }
    for entity in BOOKS:
        found[entity] = {i["Id"]: i for i in await joint.books_list(entity)}
    return found


async def taken_back(world: World, urls: DatabaseUrls, *deeds: Callable[[World], Awaitable[None]]) -> None:
    """What is done, and synchronised, between the backup and its restoring, a day later."""
    joint = world.joint
    backup = back_up(joint, urls)
    joint.clock.pass_time(3 * HOUR)
    for deed in deeds:
        await deed(world)
    joint.clock.pass_time(20 * HOUR)
    await restore(joint, urls, backup)


# what happens after the backup; each ends with everything synchronised


async def a_new_customer_buys(world: World) -> None:
    bob = await world.joint.contact("Bob", "Builder")
    await world.sold(bob, world.tea("3"), number="1042")
    await run(world.joint)


async def a_known_customer_buys_again(world: World) -> None:
    await world.sold(world.ada, world.tea("3"), number="1042")
    await run(world.joint)


async def two_equal_sales_are_made(world: World) -> None:
    for number in ("1042", "1043"):
        await world.sold(world.ada, world.tea("3"), number=number)
    await run(world.joint)


async def the_bookkeeper_bills(world: World) -> None:
    hal = await customer(world.joint, "Hal")
    await world.billed(hal["Id"], "50.00", DocNumber="5002")
    await run(world.joint)


async def the_sale_is_paid_in_the_shop(world: World) -> None:
    await world.joint.receipt(world.sale)
    await run(world.joint)


async def the_invoice_is_paid_in_the_books(world: World) -> None:
    made = await world.invoice_of(world.sale)
    await payment(world.joint, made["CustomerRef"]["value"], str(made["TotalAmt"]), {made["Id"]: str(made["TotalAmt"])})
    await run(world.joint)


async def the_sale_is_edited(world: World) -> None:
    await world.joint.in_shop(
        "PATCH", f"sales/{world.sale['id']}", {"lines": [world.tea("5")], "notes": "Five, please"}
    )
    await run(world.joint)


async def the_invoice_is_edited(world: World) -> None:
    await change(world.joint, "invoice", world.invoice["Id"], CustomerMemo={"value": "Thank you"}, DueDate="2026-12-24")
    await run(world.joint)


async def the_contact_is_edited(world: World) -> None:
    await world.joint.in_shop("PATCH", f"contacts/{world.ada['id']}", {"phone": "+61 2 5550 1234", "last_name": "King"})
    await run(world.joint)


async def it_is_edited_twice_and_put_back(world: World) -> None:
    await the_sale_is_edited(world)
    await world.joint.in_shop("PATCH", f"sales/{world.sale['id']}", {"lines": [world.tea("2")], "notes": ""})
    await run(world.joint)


async def the_sale_is_deleted(world: World) -> None:
    await world.joint.in_shop("DELETE", f"sales/{world.sale['id']}")
    await run(world.joint)


async def the_invoice_is_deleted(world: World) -> None:
    await remove(world.joint, "invoice", (await world.invoice_of(world.sale))["Id"])
    await run(world.joint)


async def a_sale_is_made_and_deleted(world: World) -> None:
    sale = await world.sold(world.ada, world.tea("3"), number="1042")
    await run(world.joint)
    await world.joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(world.joint)


async def a_sale_is_made_and_its_invoice_deleted(world: World) -> None:
    sale = await world.sold(world.ada, world.tea("3"), number="1042")
    await run(world.joint)
    await remove(world.joint, "invoice", (await world.invoice_of(sale))["Id"])
    await run(world.joint)


async def an_invoice_is_made_and_its_sale_deleted(world: World) -> None:
    made = await world.billed(world.grace["Id"], "70.00", DocNumber="5003")
    await run(world.joint)
    await world.joint.in_shop("DELETE", f"sales/{(await world.sale_of(made))['id']}")
    await run(world.joint)


async def a_receipt_is_made_and_its_payment_deleted(world: World) -> None:
    await world.joint.receipt(world.sale)
    await run(world.joint)
    [paid] = await world.joint.books_list("payment")
    await remove(world.joint, "payment", paid["Id"])
    await run(world.joint)


async def a_sale_is_paid_returned_and_refunded(world: World) -> None:
    joint = world.joint
    await joint.receipt(world.sale)
    back = await world.sold(
        world.ada, world.tea("-2"), kind="adjustment", number="1042", adjusts_sale_id=world.sale["id"]
    )
    await joint.receipt(back, back["total"])
    await run(joint)


async def two_contacts_are_merged(world: World) -> None:
    bob = await world.joint.contact("Bob", "Builder")
    await world.sold(bob, world.tea("3"), number="1042")
    await run(world.joint)
    await world.joint.in_shop("POST", f"contacts/{bob['id']}/merge", {"into": world.ada["id"]})
    await run(world.joint)


async def two_customers_are_merged(world: World) -> None:
    loser = next(c for c in await world.joint.books_list("customer") if c["DisplayName"].startswith("Ada"))
    await merged(world.joint, loser, world.grace)
    await run(world.joint)


async def one_receipt_pays_two_customers(world: World) -> None:
    bob = await world.joint.contact("Bob", "Builder")
    other = await world.sold(bob, world.tea("3"), number="1042")
    parts = [{"sale_id": world.sale["id"], "amount": "20.00"}, {"sale_id": other["id"], "amount": "10.00"}]
    await world.joint.receipt(world.sale, "30.00", allocations=parts)
    await run(world.joint)


async def a_new_customer_buys_and_is_deleted(world: World) -> None:
    bob = await world.joint.contact("Bob", "Builder")
    await world.sold(bob, world.tea("3"), number="1042")
    await run(world.joint)
    await world.joint.in_shop("DELETE", f"contacts/{bob['id']}")
    await run(world.joint)


SYNCHRONISED = (
    a_new_customer_buys,
    a_known_customer_buys_again,
    two_equal_sales_are_made,
    the_bookkeeper_bills,
    the_sale_is_paid_in_the_shop,
    the_invoice_is_paid_in_the_books,
    the_sale_is_edited,
    the_invoice_is_edited,
    the_contact_is_edited,
    it_is_edited_twice_and_put_back,
    the_sale_is_deleted,
    the_invoice_is_deleted,
    a_sale_is_made_and_deleted,
    a_sale_is_made_and_its_invoice_deleted,
    an_invoice_is_made_and_its_sale_deleted,
    a_receipt_is_made_and_its_payment_deleted,
    a_sale_is_paid_returned_and_refunded,
    two_contacts_are_merged,
    two_customers_are_merged,
    one_receipt_pays_two_customers,
)


@pytest.mark.parametrize("country", COUNTRIES)
@pytest.mark.parametrize("deed", SYNCHRONISED)
async def test_what_was_synchronised_after_the_backup_is_left_as_it_is_and_asked_about_by_nobody(
    own_database: DatabaseUrls, deed: Callable[[World], Awaitable[None]], country: Country
) -> None:
    async with joined(own_database.app, country=country) as joint:
        await joint.sync()
        world = World(joint, country)
        await world.begin()
        already = await asked(joint)
        await taken_back(world, own_database, deed)
        before = await contents(joint)

        await run(joint)

        assert await contents(joint) == before
        assert await asked(joint) == already
        await quiet(joint)


@pytest.fixture
async def world(own_database: DatabaseUrls) -> AsyncIterator[World]:
    """An Australian one."""
    async with joined(own_database.app) as joint:
        await joint.sync()
        made = World(joint, "AU")
        await made.begin()
        yield made


def unmark(world: World) -> None:
    """As if the run had died before it said in Oncord how the records stand in the books."""
    site = world.joint.shop.sites["demo"]
    for shelf in site.shelves.values():
        for record in shelf.records.values():
            record |= {"books_status": "none", "books_url": None, "books_reason": None}


async def lines_of(world: World, sale: Body) -> tuple[str, float]:
    """What the sale comes to, and its invoice."""
    return (await shop(world.joint, "sales", sale["id"]))["total"], (await world.invoice_of(sale))["TotalAmt"]


@pytest.mark.parametrize("country", COUNTRIES)
async def test_what_was_typed_last_and_not_taken_over_is_overwritten_by_nothing_older(
    own_database: DatabaseUrls, country: Country
) -> None:
    async with joined(own_database.app, country=country) as joint:
        await joint.sync()
        world = World(joint, country)
        await world.begin()

        async def typed_again(_: World) -> None:
            await the_sale_is_edited(world)
            await joint.in_shop("PATCH", f"sales/{world.sale['id']}", {"lines": [world.tea("7")]})

        await taken_back(world, own_database, typed_again)
        before = await contents(joint)

        await run(joint)

        assert await contents(joint) == before
        [item] = [i for i in await joint.attention() if i.kind == "conflict"]
        assert "Which one is newer cannot be told, so that nothing was written." in item.summary
        typed, taken_over = {"AU": ("77.00 AUD", "55.00 AUD"), "US": ("83.16 USD", "59.40 USD")}[country]
        assert f"In Oncord it is {typed}, in QuickBooks {taken_over}." in item.summary
        assert item.actions == ["dismiss"]
        async with joint.runtime.database.transaction(joint.connection_id) as tx:
            found = await tx.execute(
                "SELECT differences, unexplained FROM tie_out ORDER BY taken_at DESC, id DESC LIMIT 1"
            )
            compared = await found.fetchone()
        assert compared is not None
        assert compared["differences"] > 0
        assert compared["unexplained"] == 0
        await quiet(joint)
        await joint.in_shop("PATCH", f"sales/{world.sale['id']}", {"lines": [world.tea("8")]})
        await run(joint)
        total, billed = await lines_of(world, world.sale)
        assert float(total) == billed


async def test_what_the_bookkeeper_typed_last_is_not_overwritten_either(
    world: World, own_database: DatabaseUrls
) -> None:
    async def typed_in_the_books(_: World) -> None:
        await the_sale_is_edited(world)
        made = await world.invoice_of(world.sale)
        await change(world.joint, "invoice", made["Id"], DueDate="2027-01-31", CustomerMemo={"value": "Later"})

    await taken_back(world, own_database, typed_in_the_books)
    before = await contents(world.joint)

    await run(world.joint)

    assert await contents(world.joint) == before
    assert [i.kind for i in await world.joint.attention()] == ["conflict"]


async def test_what_only_one_side_has_moved_since_goes_over_as_ever(world: World, own_database: DatabaseUrls) -> None:
    async def typed(_: World) -> None:
        await world.joint.in_shop("PATCH", f"sales/{world.sale['id']}", {"lines": [world.tea("4")]})
        await change(world.joint, "invoice", world.invoice["Id"], CustomerMemo={"value": "Thank you"})

    await taken_back(world, own_database, typed)

    await run(world.joint)

    assert await lines_of(world, world.sale) == ("44.00", 44.0)
    assert (await world.sale_of(world.invoice))["notes"] == "Thank you"
    assert await asked(world.joint) == []
    await quiet(world.joint)


async def test_a_sale_that_was_never_taken_over_becomes_one_invoice(world: World, own_database: DatabaseUrls) -> None:
    async def bought(_: World) -> None:
        await world.sold(world.ada, world.tea("3"), number="1042")

    await taken_back(world, own_database, bought)

    await run(world.joint)

    assert sorted(i["DocNumber"] for i in await world.joint.books_list("invoice")) == ["1041", "1042", "5001"]
    await quiet(world.joint)


async def test_two_equal_sales_of_which_one_was_made_become_two_invoices_and_no_third(
    world: World, own_database: DatabaseUrls
) -> None:
    joint = world.joint
    await joint.configure(document_numbers="quickbooks")

    async def one_made_and_one_not(_: World) -> None:
        await a_known_customer_buys_again(world)
        await world.sold(world.ada, world.tea("3"), number="1043")
        unmark(world)

    await taken_back(world, own_database, one_made_and_one_not)
    before = await joint.books_list("invoice")

    await run(joint)

    assert len(await joint.books_list("invoice")) == len(before) + 1
    assert [item for item in await joint.attention() if item.kind == "deleted"] == []
    await quiet(joint)


@pytest.mark.parametrize("numbers", ["oncord", "quickbooks"])
async def test_a_pair_of_which_nothing_tells_but_the_documents_is_found_again_and_keeps_its_origin(
    world: World, own_database: DatabaseUrls, numbers: Literal["oncord", "quickbooks"]
) -> None:
    joint = world.joint
    await joint.configure(document_numbers=numbers)

    async def bought_and_unmarked(_: World) -> None:
        await a_new_customer_buys(world)
        unmark(world)

    await taken_back(world, own_database, bought_and_unmarked)
    before = await contents(joint)

    await run(joint)

    assert await contents(joint) == before
    assert await asked(joint) == []
    sale = next(s for s in await joint.shop_list("sales") if s["number"] == "1042")
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)
    assert len(await joint.books_list("invoice")) == len(before["invoice"]) - 1


@pytest.mark.parametrize("country", COUNTRIES)
async def test_a_document_that_quickbooks_numbered_is_found_again_by_its_mark_although_its_sale_was_changed_since(
    own_database: DatabaseUrls, country: Country
) -> None:
    async with joined(own_database.app, country=country) as joint:
        await joint.sync()
        world = World(joint, country)
        await world.begin()
        await joint.configure(document_numbers="quickbooks")

        async def bought_unmarked_and_changed(_: World) -> None:
            await a_known_customer_buys_again(world)
            unmark(world)
            [sale] = [s for s in await joint.shop_list("sales") if s["number"] == "1042"]
            await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [world.tea("5")]})

        await taken_back(world, own_database, bought_unmarked_and_changed)
        before = await joint.books_list("invoice")

        await run(joint)

        [sale] = [s for s in await joint.shop_list("sales") if s["number"] == "1042"]
        after = await joint.books_list("invoice")
        assert len(after) == len(before)
        assert float(sale["total"]) in [i["TotalAmt"] for i in after]
        assert sale["lines"][0]["quantity"] in ("5", "5.0", "5.00")
        assert await asked(joint) == []
        await quiet(joint)
        await joint.in_shop("DELETE", f"sales/{sale['id']}")
        await run(joint)
        assert len(await joint.books_list("invoice")) == len(before) - 1


async def test_what_the_bookkeeper_typed_on_a_document_that_is_found_again_by_its_mark_is_not_overwritten(
    world: World, own_database: DatabaseUrls
) -> None:
    joint = world.joint
    await joint.configure(document_numbers="quickbooks")

    async def both_changed(_: World) -> None:
        known = {i["Id"] for i in await joint.books_list("invoice")}
        await a_known_customer_buys_again(world)
        unmark(world)
        [made] = [i for i in await joint.books_list("invoice") if i["Id"] not in known]
        await change(joint, "invoice", made["Id"], DueDate="2027-01-31", CustomerMemo={"value": "Later"})
        joint.clock.pass_time(HOUR)
        [sale] = [s for s in await joint.shop_list("sales") if s["number"] == "1042"]
        await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [world.tea("5")]})

    await taken_back(world, own_database, both_changed)
    before = await contents(joint)

    await run(joint)

    assert await contents(joint) == before
    assert [item.kind for item in await joint.attention()] == ["conflict"]
    await quiet(joint)


async def test_a_payment_of_which_nothing_tells_but_its_mark_is_found_again_although_its_receipt_was_changed_since(
    world: World, own_database: DatabaseUrls
) -> None:
    joint = world.joint

    async def paid_unmarked_and_changed(_: World) -> None:
        receipt = await joint.receipt(world.sale, "10.00")
        await run(joint)
        unmark(world)
        parts = [{"sale_id": world.sale["id"], "amount": "12.00"}]
        await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"amount": "12.00", "allocations": parts})

    await taken_back(world, own_database, paid_unmarked_and_changed)

    await run(joint)

    assert [paid["TotalAmt"] for paid in await joint.books_list("payment")] == [12]
    assert await asked(joint) == []
    await quiet(joint)


async def test_a_copy_of_a_document_that_was_made_since_the_backup_is_not_taken_for_it(
    world: World, own_database: DatabaseUrls
) -> None:
    joint = world.joint

    async def bought_unmarked_and_copied(_: World) -> None:
        await a_known_customer_buys_again(world)
        unmark(world)
        made = await world.invoice_of({"number": "1042"})
        await invoice(joint, made["CustomerRef"]["value"], *made["Line"][:1], PrivateNote=made["PrivateNote"])

    await taken_back(world, own_database, bought_unmarked_and_copied)

    await run(joint)

    [sale] = [s for s in await joint.shop_list("sales") if s["number"] == "1042"]
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)
    assert "1042" not in [i.get("DocNumber") for i in await joint.books_list("invoice")]


async def test_a_new_pair_that_was_found_again_takes_its_invoice_along_when_it_is_deleted(
    world: World, own_database: DatabaseUrls
) -> None:
    await taken_back(world, own_database, a_known_customer_buys_again)
    await run(world.joint)
    sale = next(s for s in await world.joint.shop_list("sales") if s["number"] == "1042")

    await world.joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(world.joint)

    assert sorted(i["DocNumber"] for i in await world.joint.books_list("invoice")) == ["1041", "5001"]


async def test_an_invoice_of_ours_whose_sale_is_gone_is_not_brought_back_but_told_of(
    world: World, own_database: DatabaseUrls
) -> None:
    async def bought_and_deleted_unseen(_: World) -> None:
        sale = await world.sold(world.ada, world.tea("3"), number="1042")
        await run(world.joint)
        await world.joint.in_shop("DELETE", f"sales/{sale['id']}")

    await taken_back(world, own_database, bought_and_deleted_unseen)
    before = await contents(world.joint)

    await run(world.joint)

    assert await contents(world.joint) == before
    [item] = await world.joint.attention()
    assert (item.kind, item.actions) == ("deleted", ["put_back", "dismiss"])
    assert item.summary.startswith("Invoice 1042 of 33.00 AUD was made by this service after the backup")
    await quiet(world.joint)
    made = next(i for i in await world.joint.books_list("invoice") if i["DocNumber"] == "1042")
    await change(world.joint, "invoice", made["Id"], CustomerMemo={"value": "Paid?"})
    await quiet(world.joint)

    await world.joint.answer(item.id, "put_back")
    await run(world.joint)

    assert [s["total"] for s in await world.joint.shop_list("sales") if s["number"] == "1042"] == ["33.00"]


async def test_a_customer_whose_contact_may_have_been_deleted_makes_no_contact(
    world: World, own_database: DatabaseUrls
) -> None:
    await taken_back(world, own_database, a_new_customer_buys_and_is_deleted)
    before = await contents(world.joint)

    await run(world.joint)

    assert await contents(world.joint) == before
    told = [(i.kind, i.subject["label"]) for i in await world.joint.attention()]
    assert ("deleted", "Customer Bob Builder") in told
    await quiet(world.joint)


async def test_what_the_backup_had_sent_and_not_heard_of_is_not_sent_again(
    world: World, own_database: DatabaseUrls
) -> None:
    joint = world.joint
    await world.sold(world.ada, world.tea("3"), number="1042")
    await joint.hazard("quickbooks", "answer_lost", times=1)
    await joint.sync(turns=1)
    backup = back_up(joint, own_database)
    await joint.hazard("quickbooks", "answer_lost", on=False)
    await run(joint)
    made = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "1042")
    await remove(joint, "invoice", made["Id"])
    await run(joint)
    joint.clock.pass_time(20 * HOUR)
    await restore(joint, own_database, backup)

    await run(joint)

    assert sorted(i["DocNumber"] for i in await joint.books_list("invoice")) == ["1041", "5001"]
    await quiet(joint)


async def test_a_sale_that_was_cancelled_late_gets_no_second_credit_memo(
    world: World, own_database: DatabaseUrls
) -> None:
    async def paid_and_cancelled(_: World) -> None:
        await the_sale_is_paid_in_the_shop(world)
        await world.joint.in_shop("PATCH", f"sales/{world.sale['id']}", {"status": "cancelled"})
        await run(world.joint)
        assert len(await world.joint.books_list("creditmemo")) == 1

    await taken_back(world, own_database, paid_and_cancelled)
    before = await contents(world.joint)

    await run(world.joint)

    assert await contents(world.joint) == before
    await quiet(world.joint)


async def test_nothing_is_written_before_a_person_starts_it_and_once_it_is_compared_that_is_over(
    world: World, own_database: DatabaseUrls
) -> None:
    joint = world.joint
    await taken_back(world, own_database, a_known_customer_buys_again)

    async def stored() -> Any:
        async with joint.runtime.database.transaction(joint.connection_id) as tx:
            return await connections.get(tx, joint.connection_id)

    held = await stored()
    assert (held.auto_sync, held.restored_from is not None) == (False, True)
    [item] = await joint.attention()
    assert "This service was restored from a backup of 20 Nov 2026" in item.summary
    assert (await joint.sync(dry_run=True)).state == "succeeded"
    assert (await stored()).restored_from is not None
    await run(joint)
    assert (await stored()).restored_from is None
    assert await joint.attention() == []


async def test_the_ordinary_run_of_an_installation_that_was_not_restored_asks_nothing_of_the_kind(world: World) -> None:
    await the_sale_is_edited(world)
    made = await world.invoice_of(world.sale)
    await change(world.joint, "invoice", made["Id"], CustomerMemo={"value": "Later"})
    await run(world.joint)
    await world.joint.in_shop("PATCH", f"sales/{world.sale['id']}", {"lines": [world.tea("7")]})
    await run(world.joint)

    assert await lines_of(world, world.sale) == ("77.00", 77.0)
    assert await asked(world.joint) == []


async def test_a_grant_that_has_gone_on_since_the_backup_is_asked_for_and_nothing_is_lost(
    world: World, own_database: DatabaseUrls
) -> None:
    joint = world.joint
    backup = back_up(joint, own_database)
    joint.clock.pass_time(30 * HOUR)
    await a_known_customer_buys_again(world)
    joint.clock.pass_time(30 * HOUR)
    await world.sold(world.ada, world.tea("1"), number="1043")
    await run(joint)
    before = await contents(joint)
    grant = await joint.runtime.grants.read(joint.connection_id)
    assert grant is not None
    await restore(joint, own_database, backup, without=())

    stopped = await joint.sync()

    assert stopped.state == "failed"
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        connection = await connections.get(tx, joint.connection_id)
        assert connection is not None
        assert (connection.state, connection.remedy) == ("reconnect_required", "connect_quickbooks")
        await joint.runtime.grants.put(tx, joint.connection_id, grant.pair, joint.clock.now())
    await run(joint)
    assert await contents(joint) == before
    await quiet(joint)
