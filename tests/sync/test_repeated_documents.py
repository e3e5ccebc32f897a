"""A document that would repeat one which has its counterpart already, by number, contact and total, is asked about first."""

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, asked, book, customer, invoice, line, quiet, remove, run, shop, void


async def counts(joint: Joint) -> tuple[int, int]:
    return len(await joint.shop_list("sales")), len(await joint.books_list("invoice"))


async def raced(joint: Joint, contact: str = "Ada", **sale: str) -> tuple[Body, Body]:
    """The books' invoice is read and carried over before anybody tells of the shop's own contact and sale."""
    await run(joint)
    who = await joint.contact(contact)
    made = await joint.sale(who["id"], **{"number": "71001", "date": "2026-11-20", **sale})
    owner = await customer(joint, contact, "Lovelace", email=who["email"])
    words = await line(joint, "20.00", "Tea")
    billed = await invoice(joint, owner["Id"], words, DocNumber="71001", TxnDate="2026-11-20")
    await joint.touched("quickbooks", "contact", owner["Id"])
    await joint.sync(download=False)
    assert await counts(joint) == (2, 1)
    return made, billed


async def test_s1_a_sale_that_repeats_an_invoice_which_has_its_sale_is_asked_about(joint: Joint) -> None:
    await raced(joint)
    await run(joint)

    assert await counts(joint) == (2, 1)
    [item] = await joint.attention()
    assert (item.rule, item.kind) == ("S1", "ambiguous_match")
    assert set(item.actions) == {"choose", "create_new", "retry"}
    assert "number, contact and total" in item.summary
    await quiet(joint)


async def test_s1_a_repeat_that_is_a_document_of_its_own_goes_over_once(joint: Joint) -> None:
    await raced(joint)
    await run(joint)
    [item] = await joint.attention()
    await joint.answer(item.id, "create_new", None)
    await run(joint)

    assert await counts(joint) == (2, 2)
    assert await asked(joint) == []
    await quiet(joint)


async def twice(joint: Joint) -> tuple[Body, Body, Body]:
    """Somebody has said that the shop's own sale is the document that came from the books: it, the other one, the invoice."""
    made, billed = await raced(joint)
    await run(joint)
    [item] = await joint.attention()
    await joint.answer(item.id, "choose", billed["Id"])
    await run(joint)
    [other] = [s for s in await joint.shop_list("sales") if s["id"] != made["id"]]
    return made, other, billed


async def test_s1_a_repeat_that_is_the_same_document_is_not_sent_again_and_stays_in_sight(joint: Joint) -> None:
    made, _, _ = await twice(joint)
    [first] = await joint.attention()
    await joint.in_shop("PATCH", f"sales/{made['id']}", {"notes": "typed later"})
    await run(joint)

    assert await counts(joint) == (2, 1)
    [item] = await joint.attention()
    assert (item.id, item.rule, item.kind, item.record_id) == (first.id, "S1", "parked", made["id"])
    assert item.summary.startswith("Oncord has one document twice: Sale 71001, ")
    assert item.summary.count("of 20 Nov 2026 (22.00 AUD)") == 3
    assert "Delete or void the one that is too many in Oncord; this closes by itself then." in item.summary
    await quiet(joint)


@pytest.mark.parametrize("how", ["deleted", "void"])
async def test_s1_the_reminder_ends_when_the_one_that_was_not_sent_is_gone(joint: Joint, how: str) -> None:
    made, _, billed = await twice(joint)
    await gone(joint, made, how)
    await run(joint)

    assert await joint.attention() == []
    [left] = [i for i in await joint.books_list("invoice") if i["TotalAmt"]]
    assert left["Id"] == billed["Id"]
    await quiet(joint)


async def test_s1_the_one_that_was_not_sent_goes_on_with_the_invoice_when_the_other_one_is_deleted(
    joint: Joint,
) -> None:
    made, other, billed = await twice(joint)
    receipt = await joint.receipt(made)
    await gone(joint, other, "deleted")
    await run(joint)
    await run(joint)

    assert await joint.attention() == []
    assert [i["Id"] for i in await joint.books_list("invoice")] == [billed["Id"]]
    assert [s["id"] for s in await joint.shop_list("sales")] == [made["id"]]
    [paid] = await joint.books_list("payment")
    assert float(paid["TotalAmt"]) == float(receipt["amount"])
    await joint.in_shop("PATCH", f"sales/{made['id']}", {"notes": "typed later"})
    await run(joint)
    assert (await book(joint, "invoice", billed["Id"]))["CustomerMemo"]["value"] == "typed later"
    await quiet(joint)


async def test_s1_the_one_that_was_not_sent_waits_until_the_invoice_of_the_void_one_is_void_too(joint: Joint) -> None:
    made, other, billed = await twice(joint)
    await gone(joint, other, "void")
    await run(joint)
    await run(joint)

    assert len([i for i in await joint.books_list("invoice") if i["TotalAmt"]]) == 1
    [item] = [i for i in await joint.attention() if i.record_id == made["id"]]
    assert "is not sent to QuickBooks before that one is void or deleted as well." in item.summary

    await void(joint, "invoice", billed["Id"])
    await run(joint)
    await run(joint)
    [left] = [i for i in await joint.books_list("invoice") if i["TotalAmt"]]
    assert left["Id"] != billed["Id"]
    assert await joint.attention() == []
    await quiet(joint)


@pytest.mark.parametrize("how", ["deleted", "void"])
async def test_s1_where_the_other_one_takes_its_invoice_along_the_one_that_was_not_sent_gets_its_own(
    joint: Joint, how: str
) -> None:
    who = await joint.contact()
    first = await joint.sale(who["id"], number="71001", date="2026-11-20")
    await run(joint)
    [billed] = await joint.books_list("invoice")
    again = await joint.sale(who["id"], number="71001-B", date="2026-11-20")
    await joint.in_shop("PATCH", f"sales/{again['id']}", {"number": "71001"})
    await run(joint)
    [item] = await joint.attention()
    await joint.answer(item.id, "choose", billed["Id"])
    await run(joint)
    await gone(joint, first, how)
    await run(joint)
    await run(joint)

    [left] = [i for i in await joint.books_list("invoice") if i["TotalAmt"]]
    assert left["Id"] != billed["Id"]
    assert await joint.attention() == []
    await quiet(joint)


async def test_s4_an_invoice_that_somebody_calls_the_same_stays_in_sight_until_one_of_the_two_is_deleted(
    joint: Joint,
) -> None:
    ada = await joint.contact()
    made = await joint.sale(ada["id"], number="71001")
    await run(joint)
    [billed] = await joint.books_list("invoice")
    words = await line(joint, "20.00", "Tea")
    again = await invoice(joint, billed["CustomerRef"]["value"], words, DocNumber="71001")
    await run(joint)
    [item] = await joint.attention()
    await joint.answer(item.id, "choose", made["id"])
    await run(joint)
    [item] = await joint.attention()
    assert item.summary.startswith("QuickBooks has one document twice: Invoice 71001, ")

    await remove(joint, "invoice", billed["Id"])
    await run(joint)
    await run(joint)
    assert await counts(joint) == (1, 1)
    assert await joint.attention() == []
    await joint.in_shop("PATCH", f"sales/{made['id']}", {"notes": "typed later"})
    await run(joint)
    assert (await book(joint, "invoice", again["Id"]))["CustomerMemo"]["value"] == "typed later"
    assert (await shop(joint, "sales", made["id"]))["books_status"] == "linked"
    await quiet(joint)


async def gone(joint: Joint, sale: Body, how: str) -> None:
    """A person deletes or voids a sale in the shop."""
    if how == "deleted":
        await joint.in_shop("DELETE", f"sales/{sale['id']}")
    else:
        await joint.in_shop("PATCH", f"sales/{sale['id']}", {"status": "cancelled"})


@pytest.mark.parametrize("difference", ["number", "total", "void"])
async def test_s1_what_differs_in_number_or_total_or_is_void_goes_on_without_a_question(
    joint: Joint, difference: str
) -> None:
    ada = await joint.contact()
    first = await joint.sale(ada["id"], number="71001")
    await run(joint)
    [billed] = await joint.books_list("invoice")
    owner = billed["CustomerRef"]["value"]
    if difference == "void":
        await void(joint, "invoice", billed["Id"])
        await run(joint)
    amount = "35.00" if difference == "total" else "20.00"
    number = "71002" if difference == "number" else "71001"
    await invoice(joint, owner, await line(joint, amount, "Other"), DocNumber=number)
    await run(joint)

    assert await counts(joint) == (2, 2), first
    assert [a for a in await asked(joint) if a[1] == "ambiguous_match"] == []


async def test_s4_an_invoice_that_repeats_one_which_has_its_sale_is_asked_about(joint: Joint) -> None:
    ada = await joint.contact()
    await joint.sale(ada["id"], number="71001")
    await run(joint)
    [billed] = await joint.books_list("invoice")
    await invoice(joint, billed["CustomerRef"]["value"], await line(joint, "20.00", "Tea"), DocNumber="71001")
    await run(joint)

    assert await counts(joint) == (1, 2)
    assert await asked(joint) == [("S4", "ambiguous_match")]
    await quiet(joint)


async def _again(joint: Joint, number: str, there: str, date: str = "2026-11-23") -> tuple[int, int]:
    """A sale that was carried over, and an invoice that somebody types for it in the books some days later."""
    made = await joint.sale((await joint.contact())["id"], number=number, date="2026-11-20")
    await run(joint)
    [sent] = await joint.books_list("invoice")
    assert sent["DocNumber"] == made["number"]
    words = await line(joint, "20.00", "Tea")
    await invoice(joint, sent["CustomerRef"]["value"], words, DocNumber=there, TxnDate=date)
    await run(joint)
    return await counts(joint)


@pytest.mark.parametrize(("number", "there"), [("INV-77312", "INV 77312"), ("77310", "77-310"), ("7-7310", "77310")])
async def test_s4_a_repeat_whose_number_is_written_with_other_signs_is_asked_about(
    joint: Joint, number: str, there: str
) -> None:
    assert await _again(joint, number, there) == (1, 2)
    assert await asked(joint) == [("S4", "ambiguous_match")]
    await quiet(joint)


@pytest.mark.parametrize(
    ("number", "there", "date"),
    [("1001", "1001-2", "2026-11-23"), ("77-310", "7-7310", "2026-11-23"), ("77310", "77-310", "2026-12-25")],
)
async def test_s4_a_part_delivery_and_a_number_that_is_parted_elsewhere_are_documents_of_their_own(
    joint: Joint, number: str, there: str, date: str
) -> None:
    assert await _again(joint, number, there, date) == (2, 2)
    assert await asked(joint) == []
