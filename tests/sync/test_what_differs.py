"""A record's page says "Differs" of a field where it would be carried over, or where a comparison has named it, and of no other one."""

import pytest

from app.container import build_container
from app.domain.model.description import merged_fields
from app.domain.model.operations import Action
from app.domain.model.records import Kind, Side
from app.services import story
from tests.console.pages import shown
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import Body, change, customer, invoice, line, payment, quiet, run, void
from tests.support.watched import watched
from tests.sync.test_cancelled_late import LAST_MONTH, THIS_MONTH, a_sale, cancel, differences
from tests.sync.test_every_single_edit import HOME, Country, edited, edits_on_pairs

REWRITTEN = {"lines typed anew", "mode"}
"""Edits after which lines are written anew although each says what it said before: nobody sees a difference in them."""
AT_HOME = {"line1": "12 Bay Rd", "suburb": "Sandringham", "state": "VIC", "postcode": "3191", "country": "AU"}


async def told(joint: Joint, side: Side, kind: Kind, record_id: str) -> story.Story:
    return await story.tell(build_container(joint.runtime), joint.connection_id, side, kind, record_id)


async def differing(joint: Joint, kind: Kind, record_id: str, side: Side = Side.ONCORD) -> set[str]:
    """The fields of which the page says so; it says that both sides are the same where there is none, and only there."""
    found = await told(joint, side, kind, record_id)
    apart = {each.name for each in found.fields if each.differs}
    assert found.agrees is (not apart), (kind, record_id, apart)
    return apart


async def would_be_carried(joint: Joint) -> dict[tuple[Kind, str], set[str]]:
    """By Oncord's record the fields that a run would carry over: looked at, nothing is written."""
    await joint.sync(dry_run=True)
    fields: dict[tuple[Kind, str], set[str]] = {}
    for stored in await joint.decisions():
        operation = stored.operation
        if operation.action is not Action.UPDATE:
            continue
        record_id = operation.target_id if operation.side is Side.ONCORD else operation.source_id
        carried = {str(name) for name in operation.fields} & {*merged_fields(operation.kind)}
        fields.setdefault((operation.kind, record_id), set()).update(carried)
    return fields


@pytest.mark.parametrize(("country", "included"), [("AU", True), ("AU", False), ("US", False)])
async def test_a_field_differs_where_it_would_be_carried_over_and_both_sides_agree_once_it_was(
    own_database: DatabaseUrls, country: Country, included: bool
) -> None:
    async with joined(own_database.app, country=country) as joint:
        assert (await joint.sync()).state == "succeeded"
        edits, pairs, _ = await edits_on_pairs(joint, country, included)
        for (side, _), edit, pair in zip(edits, edits.values(), pairs, strict=True):
            assert await differing(joint, Kind.SALE, pair[0]) == set()
            await edited(joint, side, edit, pair)

        carried = await would_be_carried(joint)
        found = {name: await differing(joint, Kind.SALE, pair[0]) for name, pair in zip(edits, pairs, strict=True)}
        planned = {name: carried.get((Kind.SALE, pair[0]), set()) for name, pair in zip(edits, pairs, strict=True)}
        apart = {name: (found[name], planned[name]) for name in edits if found[name] != planned[name]}
        assert {name: each for name, each in apart.items() if name[1] in REWRITTEN and not each[0]} == {
            name: (set(), {"money"}) for name in apart if name[1] in REWRITTEN
        }
        apart = {name: each for name, each in apart.items() if name[1] not in REWRITTEN}
        assert apart == {}
        assert sum(map(bool, found.values())) > len(edits) / 2
        await run(joint)
        await quiet(joint)
        for sale_id, invoice_id in pairs:
            assert await differing(joint, Kind.SALE, sale_id) == set()
            assert await differing(joint, Kind.SALE, invoice_id, Side.QUICKBOOKS) == set()


async def test_what_quickbooks_adds_or_builds_by_itself_is_no_difference(joint: Joint) -> None:
    await _adds_or_builds(joint, AT_HOME, "GST")


async def test_nor_is_it_in_an_american_company(us: Joint) -> None:
    await _adds_or_builds(us, HOME["US"], "TAX")


async def _adds_or_builds(joint: Joint, home: dict[str, str], code: str) -> None:
    """An address that the service gave an invoice, a name that the books build, a number that they shorten."""
    await joint.person("vendor", {"DisplayName": "Mia Tran"})
    mia = await joint.contact("Mia", "Tran", phone="(03) 9555 0100", shipping_address=home)
    number = "WEB-ORDER-2026-11-28-000001"
    tea = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": code}
    bare = await joint.sale(mia["id"], tea, number=number, billing_address=home)
    both = await joint.sale(mia["id"], tea, number="1002", billing_address=home, shipping_address=home)
    money = await joint.receipt(both)
    await run(joint)
    assert "Mia Tran" not in [c["DisplayName"] for c in await joint.books_list("customer")]

    of_sales = [(Kind.SALE, bare["id"]), (Kind.SALE, both["id"])]
    for kind, record_id in (*of_sales, (Kind.RECEIPT, money["id"]), (Kind.CONTACT, mia["id"])):
        assert await differing(joint, kind, record_id) == set(), (kind, record_id)
    fields = {each.name: each for each in (await told(joint, Side.ONCORD, Kind.SALE, bare["id"])).fields}
    assert fields["number"].oncord == number
    assert fields["number"].quickbooks == "WEB-ORDE~11-28-000001"
    assert fields["number"].stays, "that they read otherwise is said"
    async with watched(joint) as seen:
        words = shown(await seen.browser.get(f"/connections/{joint.connection_id}/records/oncord/sale/{bare['id']}"))
    assert "Both sides say the same" in words
    assert "Differs" not in words
    assert words.count("S1: Every confirmed sale") == 1


async def test_details_of_a_contact_differ_where_they_would_be_carried_over(joint: Joint) -> None:
    people = [await joint.contact(f"Ada{n}", "Byron", phone="08 1111 1111", billing_address=AT_HOME) for n in range(6)]
    for who in people:
        await joint.sale(who["id"])
    await run(joint)
    books = {c["DisplayName"]: c["Id"] for c in await joint.books_list("customer")}
    await joint.in_shop("PATCH", f"contacts/{people[0]['id']}", {"phone": "0811111111"})
    await joint.in_shop("PATCH", f"contacts/{people[1]['id']}", {"phone": "08 2222 2222"})
    await joint.in_shop("PATCH", f"contacts/{people[2]['id']}", {"last_name": "Lovelace"})
    await change(joint, "customer", books["Ada3 Byron"], PrimaryEmailAddr={"Address": "ADA3@example.com"})
    hobart = {"Line1": "12 Bay Rd", "City": "Hobart", "CountrySubDivisionCode": "TAS"}
    await change(joint, "customer", books["Ada4 Byron"], BillAddr=hobart)

    carried = await would_be_carried(joint)

    found = [await differing(joint, Kind.CONTACT, who["id"]) for who in people]
    assert found == [carried.get((Kind.CONTACT, who["id"]), set()) for who in people]
    assert found == [set(), {"phone"}, {"name"}, set(), {"billing_address"}, set()]


async def test_money_differs_where_it_would_be_carried_over(joint: Joint) -> None:
    zed = await customer(joint, "Zed", "Zebra")
    first, second = [await invoice(joint, zed["Id"], DocNumber=f"Q-{n}") for n in (1, 2)]
    moved = await payment(joint, zed["Id"], "33.00", {first["Id"]: "33.00"})
    grown = await payment(joint, zed["Id"], "10.00", {second["Id"]: "10.00"})
    dated = await payment(joint, zed["Id"], "5.00", {second["Id"]: "5.00"})
    await run(joint)
    receipts = {r["amount"]: r["id"] for r in await joint.shop_list("receipts")}
    line = {"LinkedTxn": [{"TxnId": second["Id"], "TxnType": "Invoice"}]}
    await change(joint, "payment", grown["Id"], TotalAmt=12, Line=[{"Amount": 12, **line}])
    await change(joint, "payment", dated["Id"], TxnDate="2026-11-02")
    await joint.in_shop("PATCH", f"receipts/{receipts['33.00']}", {"allocations": []})

    carried = await would_be_carried(joint)

    found = {amount: await differing(joint, Kind.RECEIPT, i) for amount, i in receipts.items()}
    assert found == {amount: carried.get((Kind.RECEIPT, i), set()) for amount, i in receipts.items()}
    assert found == {"33.00": {"payment"}, "10.00": {"payment"}, "5.00": {"date"}}
    assert moved["Id"]


async def test_a_receipt_over_several_customers_is_held_against_all_of_its_payments(joint: Joint) -> None:
    ada, grace = await joint.contact(), await joint.contact("Grace", "Hopper")
    one, other = await joint.sale(ada["id"], number="1"), await joint.sale(grace["id"], number="2")
    body: Body = {"allocations": [{"sale_id": s["id"], "amount": s["total"]} for s in (one, other)]}
    money = await joint.receipt(one, "44.00", **body)
    await run(joint)
    payments = await joint.books_list("payment")
    assert len(payments) == 2

    assert await differing(joint, Kind.RECEIPT, money["id"]) == set()
    for each in payments:
        assert await differing(joint, Kind.RECEIPT, each["Id"], Side.QUICKBOOKS) == set()


async def test_what_a_comparison_names_differs_although_nothing_would_be_carried_over(joint: Joint) -> None:
    """A payment that was voided in the books leaves its receipt (R4): nothing moves, and it is named."""
    sale = await joint.sale((await joint.contact())["id"], number="1041")
    money = await joint.receipt(sale)
    await run(joint)
    [paid] = await joint.books_list("payment")
    await void(joint, "payment", paid["Id"])
    await run(joint)

    assert "voided" in await differing(joint, Kind.RECEIPT, money["id"])
    assert await differing(joint, Kind.SALE, sale["id"]) == set()


@pytest.mark.parametrize("day", [LAST_MONTH, THIS_MONTH])
async def test_s5_a_cancelled_sale_whose_invoice_is_edited_differs_by_what_the_invoice_comes_to(
    joint: Joint, day: str
) -> None:
    sale, made = await a_sale(joint, day)
    await cancel(joint, sale)
    await run(joint)
    assert (await differing(joint, Kind.SALE, sale["id"]), await differences(joint)) == (set(), [])

    await change(joint, "invoice", made["Id"], Line=[await line(joint, 30, "Tea")])
    await run(joint)

    [held] = await joint.books_list("invoice")
    taken_back = sum(memo["TotalAmt"] for memo in await joint.books_list("creditmemo"))
    here = next(s for s in await joint.shop_list("sales") if s["id"] == sale["id"])
    counts = 0.0 if here["status"] == "cancelled" else float(here["total"])
    apart = held["TotalAmt"] - taken_back != counts
    found = await differences(joint)
    assert bool(found) is apart, (held["TotalAmt"], taken_back, counts, found)
    assert sum(float(amount) for *_, amount in found) == held["TotalAmt"] - taken_back - counts
    fields = await differing(joint, Kind.SALE, sale["id"])
    assert bool(fields) is apart, (fields, found)
