"""Documents that are on both sides when they meet: adopted where that is certain, asked about where it is probable, and
made anew where nothing says that they are one."""

from typing import Any

import pytest

from app.domain.model.operations import Action
from app.domain.model.records import Kind
from tests.support.joint import Joint
from tests.support.stories import asked, book, change, customer, invoice, line, quiet, run, shop, void

Body = dict[str, Any]
ADA = "ada@example.com"


async def _met(joint: Joint, sale: Body, memo: Body, *, amount: str = "20.00", code: str = "GST") -> tuple[Body, Body]:
    """Ada's sale of 22.00 and Ada's invoice, typed on both sides before they ever met."""
    contact = await joint.contact()
    owner = await customer(joint, "Ada", "Lovelace", email=ADA)
    made = await joint.sale(contact["id"], **{"number": "1001", "date": "2026-11-10", **sale})
    told = {"DocNumber": "1001", "TxnDate": "2026-11-10", **memo}
    billed = await invoice(joint, owner["Id"], await line(joint, amount, "Tea", code=code), **told)
    return made, billed


async def _counts(joint: Joint) -> tuple[int, int]:
    return len(await joint.shop_list("sales")), len(await joint.books_list("invoice"))


async def _question(joint: Joint) -> Any:
    [item] = await joint.attention()
    assert item.kind == "ambiguous_match"
    return item


@pytest.mark.parametrize(
    ("number", "there"),
    [
        ("#1001", "1001"),
        ("006829", "6829"),
        ("W 0042 17", "w4217"),
        ("WEB-ORDER-2026-11-28-1", "WEB-ORDER-2026-11-28-"[:21]),
        ("INV-77312", "INV 77312"),
        ("ORD-55821", "ORD.55821"),
        ("WO/2026/0118", "wo 2026-118"),
    ],
)
async def test_a_number_that_is_only_written_another_way_is_the_same(joint: Joint, number: str, there: str) -> None:
    await _met(joint, {"number": number}, {"DocNumber": there})
    await run(joint)

    assert await _counts(joint) == (1, 1)
    assert await joint.attention() == []
    await quiet(joint)


@pytest.mark.parametrize(
    ("number", "there"), [("77310", "77-310"), ("WO/2026/118", "WO2026118"), ("20261128", "2026-11.28")]
)
async def test_a_number_that_lacks_its_separators_is_asked_about_days_apart_and_nothing_is_doubled(
    joint: Joint, number: str, there: str
) -> None:
    _, billed = await _met(joint, {"number": number}, {"DocNumber": there, "TxnDate": "2026-11-17"})
    await run(joint)

    assert await _counts(joint) == (1, 1)
    item = await _question(joint)
    [choice] = item.detail["choices"]
    assert choice["speaks_for"][0] == "the same number but for its separators"
    await quiet(joint)

    await joint.answer(item.id, "choose", billed["Id"])
    await run(joint)
    assert await _counts(joint) == (1, 1)
    assert not [i for i in await joint.attention() if i.kind == "ambiguous_match"]
    await quiet(joint)


@pytest.mark.parametrize(
    ("number", "there"), [("1-23", "12-3"), ("1001", "1001-2"), ("1001-1", "1001-2"), ("77310", "77-311")]
)
async def test_numbers_that_are_parted_elsewhere_and_part_deliveries_are_nobodys_question(
    joint: Joint, number: str, there: str
) -> None:
    await _met(joint, {"number": number}, {"DocNumber": there, "TxnDate": "2026-11-17"})
    await run(joint)

    assert await _counts(joint) == (2, 2)
    assert await joint.attention() == []
    await quiet(joint)


@pytest.mark.parametrize(
    ("sale", "memo", "amount", "against"),
    [
        ({}, {}, "20.01", "the total differs by 0.01 AUD"),
        ({}, {}, "50.00", "the total differs by 33.00 AUD"),
        ({}, {"TxnDate": "2025-11-10"}, "20.00", "365 days apart"),
        ({"number": "77"}, {"DocNumber": "77", "TxnDate": "2026-11-18"}, "20.00", ""),
    ],
)
async def test_a_near_miss_is_asked_about_once_and_nothing_is_doubled(
    joint: Joint, sale: Body, memo: Body, amount: str, against: str
) -> None:
    made, billed = await _met(joint, sale, memo, amount=amount)
    await run(joint)

    assert await _counts(joint) == (1, 1)
    item = await _question(joint)
    assert (item.side, item.record_kind, item.record_id) == ("oncord", "sale", made["id"])
    assert "22.00 AUD waits until then." in item.summary
    assert "contact" not in item.summary.removeprefix("One QuickBooks document could be Oncord sale")
    [choice] = item.detail["choices"]
    assert choice["id"] == billed["Id"]
    assert against in " ".join(choice.get("against", ()))

    joint.clock.pass_time(90 * 24 * 3600)
    await run(joint)
    assert await _counts(joint) == (1, 1)

    await joint.answer(item.id, "choose", billed["Id"])
    await run(joint)
    assert await _counts(joint) == (1, 1)


async def test_a_cent_between_two_that_a_person_calls_one_is_said_until_it_is_gone(joint: Joint) -> None:
    made, billed = await _met(joint, {}, {}, amount="20.01")
    await run(joint)
    await joint.answer((await _question(joint)).id, "choose", billed["Id"])
    await run(joint)

    [item] = await joint.attention()
    assert item.kind == "conflict"
    assert "its total is 22.00 AUD in Oncord and 22.01 AUD in QuickBooks" in item.summary
    await quiet(joint)
    assert len(await joint.attention()) == 1

    await change(joint, "invoice", billed["Id"], Line=[await line(joint, "20.00", "Tea")])
    await run(joint)

    assert float((await book(joint, "invoice", billed["Id"]))["TotalAmt"]) == 22
    assert float((await shop(joint, "sales", made["id"]))["total"]) == 22
    assert await joint.attention() == []
    await quiet(joint)


async def _left_so(joint: Joint, amount: str, code: str = "GST") -> tuple[Body, Body]:
    """Two documents that a person called one, and whose difference somebody has read and left."""
    made, billed = await _met(joint, {}, {}, amount=amount, code=code)
    await run(joint)
    await joint.answer((await _question(joint)).id, "choose", billed["Id"])
    await run(joint)
    [item] = await joint.attention()
    await joint.answer(item.id, "dismiss")
    await run(joint)
    return made, billed


@pytest.mark.parametrize(
    ("amount", "code", "told"),
    [
        ("20.01", "GST", "its total is 22.00 AUD in Oncord and 22.01 AUD in QuickBooks"),
        ("25.00", "GST", "its total is 22.00 AUD in Oncord and 27.50 AUD in QuickBooks"),
        ("22.00", "GST-free", "its tax is 2.00 AUD in Oncord and 0.00 AUD in QuickBooks"),
    ],
)
async def test_a_difference_that_somebody_left_is_never_called_the_same(
    joint: Joint, amount: str, code: str, told: str
) -> None:
    made, billed = await _left_so(joint, amount, code)
    await joint.touched("oncord", "sale", made["id"])
    await joint.touched("quickbooks", "sale", billed["Id"])
    await quiet(joint)

    said = [d.operation.reason for d in await joint.decisions() if d.operation.kind is Kind.SALE]
    assert said
    assert all(told in reason for reason in said), said
    assert await joint.attention() == []


async def test_two_documents_that_agree_are_called_the_same(joint: Joint) -> None:
    made, _ = await _met(joint, {}, {})
    await run(joint)
    await joint.touched("oncord", "sale", made["id"])
    await quiet(joint)

    said = [d.operation.reason for d in await joint.decisions() if d.operation.kind is Kind.SALE]
    assert said == ["Nothing is to be carried over."]


async def test_equal_totals_with_tax_here_and_none_there_are_asked_about_and_said(joint: Joint) -> None:
    _, billed = await _met(joint, {}, {}, amount="22.00", code="GST-free")
    await run(joint)

    item = await _question(joint)
    assert item.detail["choices"][0]["against"] == ["the tax differs by 2.00 AUD"]
    await joint.answer(item.id, "choose", billed["Id"])
    await run(joint)

    [item] = await joint.attention()
    assert "its tax is 2.00 AUD in Oncord and 0.00 AUD in QuickBooks" in item.summary
    assert await _counts(joint) == (1, 1)
    await quiet(joint)


async def test_a_voided_invoice_of_the_number_is_asked_about(joint: Joint) -> None:
    made, billed = await _met(joint, {}, {})
    await void(joint, "invoice", billed["Id"])
    await run(joint)

    item = await _question(joint)
    assert item.record_id == made["id"]
    assert "one of the two is void" in item.detail["choices"][0]["against"]

    await joint.answer(item.id, "create_new")
    await run(joint)

    assert sorted(float(i["TotalAmt"]) for i in await joint.books_list("invoice")) == [0, 22]


async def test_what_waits_for_an_answer_holds_its_own_receipt_and_nothing_else(joint: Joint) -> None:
    made, _ = await _met(joint, {}, {}, amount="20.01")
    await joint.receipt(made)
    other = await joint.sale(made["contact_id"], number="1002", date="2026-11-12")
    await joint.receipt(other)
    await run(joint)

    assert len(await joint.books_list("payment")) == 1
    assert {i["DocNumber"] for i in await joint.books_list("invoice")} == {"1001", "1002"}
    assert await asked(joint) == [("S1", "ambiguous_match")]


@pytest.mark.parametrize("days", ["2026-11-10", "2026-11-13"])
async def test_documents_that_agree_within_three_days_make_their_contacts_one(joint: Joint, days: str) -> None:
    contact = await joint.contact(email="ada@home.example")
    owner = await customer(joint, "Ada", "Lovelace", email="ada@work.example")
    await joint.sale(contact["id"], number="1001", date="2026-11-10")
    await invoice(joint, owner["Id"], await line(joint, "20.00", "Tea"), DocNumber="#1001", TxnDate=days)
    await run(joint)

    assert await _counts(joint) == (1, 1)
    assert len(await joint.shop_list("contacts")) == 1
    assert len(await joint.books_list("customer")) == 1
    assert not [i for i in await joint.attention() if i.kind == "ambiguous_match"]


async def test_documents_of_strangers_do_not_make_them_one(joint: Joint) -> None:
    contact = await joint.contact()
    owner = await customer(joint, "Zoltan", "Kodaly", email="zoltan@example.com")
    sale = await joint.sale(contact["id"], number="1001", date="2026-11-10")
    await invoice(joint, owner["Id"], await line(joint, "20.00", "Tea"), DocNumber="1001", TxnDate="2026-11-10")
    await run(joint)

    item = await _question(joint)
    assert (item.record_kind, item.record_id) == ("sale", sale["id"])
    assert item.detail["choices"][0]["against"] == ["another contact"]

    await joint.answer(item.id, "create_new")
    await run(joint)

    assert await _counts(joint) == (2, 2)
    assert len(await joint.shop_list("contacts")) == 2
    await quiet(joint)


async def test_an_invoice_typed_by_hand_on_the_day_of_the_sale_is_asked_about(joint: Joint) -> None:
    made, billed = await _met(joint, {}, {"DocNumber": "HAND-7", "TxnDate": "2026-11-11"})
    await run(joint)

    item = await _question(joint)
    assert item.record_id == made["id"]
    assert "another number" in item.detail["choices"][0]["against"]
    await joint.answer(item.id, "choose", billed["Id"])
    await run(joint)
    assert await _counts(joint) == (1, 1)


async def test_recurring_invoices_of_one_total_are_nobodys_question(joint: Joint) -> None:
    contact = await joint.contact()
    owner = await customer(joint, "Ada", "Lovelace", email=ADA)
    for month in (8, 9, 10):
        await joint.sale(contact["id"], number=f"10{month:02}", date=f"2026-{month:02}-01")
        told = {"DocNumber": f"30{month:02}", "TxnDate": f"2026-{month:02}-15"}
        await invoice(joint, owner["Id"], await line(joint, "20.00", "Tea"), **told)
    await run(joint)

    assert await _counts(joint) == (6, 6)
    assert await joint.attention() == []
    await quiet(joint)


async def test_weekly_sales_of_one_total_on_both_sides_are_nobodys_question(joint: Joint) -> None:
    contact = await joint.contact()
    owner = await customer(joint, "Ada", "Lovelace", email=ADA)
    for day in ("03", "10", "17"):
        await joint.sale(contact["id"], number=f"10{day}", date=f"2026-11-{day}")
        told = {"DocNumber": f"30{day}", "TxnDate": f"2026-11-{day}"}
        await invoice(joint, owner["Id"], await line(joint, "20.00", "Tea"), **told)
    await run(joint)

    assert await joint.attention() == []
    await quiet(joint)


async def test_two_guests_with_one_total_on_a_day_are_nobodys_question(joint: Joint) -> None:
    ada, bob = await joint.contact(), await joint.contact("Bob", "Moore", email="bob@example.com")
    await joint.sale(ada["id"], number="1001", date="2026-11-10")
    await joint.sale(bob["id"], number="1002", date="2026-11-10")
    owner = await customer(joint, "Carol", "Shaw")
    told = {"DocNumber": "2001", "TxnDate": "2026-11-10"}
    await invoice(joint, owner["Id"], await line(joint, "20.00", "Tea"), **told)
    await run(joint)

    assert await _counts(joint) == (3, 3)
    assert await joint.attention() == []
    await quiet(joint)


async def test_numbers_that_share_their_first_twenty_one_characters_stay_two(joint: Joint) -> None:
    contact = await joint.contact()
    for n in (1, 2):
        await joint.sale(contact["id"], number=f"WEB-ORDER-2026-11-28-{n:06}")
    await run(joint)

    numbers = {i["DocNumber"] for i in await joint.books_list("invoice")}
    assert numbers == {"WEB-ORDE~11-28-000001", "WEB-ORDE~11-28-000002"}
    await quiet(joint)
    assert {s["number"] for s in await joint.shop_list("sales")} == {f"WEB-ORDER-2026-11-28-{n:06}" for n in (1, 2)}


async def _family(joint: Joint, first: str, last: str = "Smith") -> tuple[Body, Body]:
    """John's sale, and an invoice of the same automatic number, total and day for somebody else."""
    contact = await joint.contact("John", "Smith")
    owner = await customer(joint, first, last, email=f"{first}@other.example")
    sale = await joint.sale(contact["id"], number="1001", date="2026-11-10")
    told = {"DocNumber": "1001", "TxnDate": "2026-11-10"}
    await invoice(joint, owner["Id"], await line(joint, "20.00", "Tea"), **told)
    return sale, owner


async def test_one_of_the_same_surname_with_the_same_automatic_number_is_asked_about(joint: Joint) -> None:
    sale, owner = await _family(joint, "Mary")
    await run(joint)

    assert await _counts(joint) == (1, 1)
    assert [len(await joint.books_list("customer")), len(await joint.shop_list("contacts"))] == [1, 1]
    item = await _question(joint)
    assert (item.record_kind, item.record_id) == ("contact", sale["contact_id"])
    [choice] = item.detail["choices"]
    assert choice["speaks_for"] == ["a document of the same number, total, tax and date"]
    assert choice["against"] == ["another first name"]

    await joint.answer(item.id, "choose", owner["Id"])
    await run(joint)
    assert await _counts(joint) == (1, 1)
    assert [i.kind for i in await joint.attention()] == ["conflict"]  # her name, and his
    await quiet(joint)


async def test_two_of_a_family_whom_somebody_calls_two_get_a_card_each_and_the_documents_are_asked_about(
    joint: Joint,
) -> None:
    await _family(joint, "Mary")
    await run(joint)
    await joint.answer((await _question(joint)).id, "create_new")
    await run(joint)
    item = await _question(joint)
    assert item.record_kind == "sale"
    words = "In QuickBooks 1001 is for Mary Smith, and this sale is for John Smith: if you say that it is the one, each keeps its own contact."
    assert words in item.summary
    await joint.answer(item.id, "create_new")
    await run(joint)

    assert await _counts(joint) == (2, 2)
    assert [len(await joint.books_list("customer")), len(await joint.shop_list("contacts"))] == [2, 2]
    assert await joint.attention() == []
    await quiet(joint)


@pytest.mark.parametrize(("first", "last"), [("Jon", "Smith"), ("John", "Smyth"), ("J", "Smith")])
async def test_another_spelling_with_the_same_number_is_one_for_certain(joint: Joint, first: str, last: str) -> None:
    await _family(joint, first, last)
    await run(joint)

    assert await _counts(joint) == (1, 1)
    assert {i.kind for i in await joint.attention()} <= {"conflict"}


async def _merged(joint: Joint, billed: Body) -> None:
    """The bookkeeper merges Ada's customer into another one, and no event of it arrives."""
    other = await customer(joint, "Grace")
    await joint.person("customer/merge", {"from": billed["CustomerRef"]["value"], "into": other["Id"]})


async def _moved(joint: Joint, billed: Body) -> None:
    other = await customer(joint, "Grace")
    await change(joint, "invoice", billed["Id"], CustomerRef={"value": other["Id"]})


async def _renumbered(joint: Joint, billed: Body) -> None:
    await change(joint, "invoice", billed["Id"], DocNumber="2002")


async def _dearer(joint: Joint, billed: Body) -> None:
    await change(joint, "invoice", billed["Id"], Line=[await line(joint, "90.00", "Tea")])


@pytest.mark.parametrize("happens", [_merged, _moved, _renumbered, _dearer])
@pytest.mark.parametrize(
    ("memo", "amount"), [({}, "20.01"), ({"DocNumber": "MEMO-9"}, "20.00")], ids=["a cent apart", "another number"]
)
async def test_a_question_about_a_document_never_ends_in_one_more_document(
    joint: Joint, memo: Body, amount: str, happens: Any
) -> None:
    _, billed = await _met(joint, {}, memo, amount=amount)
    await run(joint)
    asked_first = await _question(joint)
    await happens(joint, billed)
    await run(joint)

    assert await _counts(joint) == (1, 1)
    assert (await _question(joint)).id == asked_first.id
    await quiet(joint)

    await joint.answer(asked_first.id, "choose", billed["Id"])
    await run(joint)
    assert await _counts(joint) == (1, 1)
    assert [d.operation.target_id for d in await joint.decisions() if d.operation.action is Action.ADOPT] == [
        billed["Id"]
    ]


async def test_a_question_ends_when_the_one_it_was_about_is_deleted(joint: Joint) -> None:
    _, billed = await _met(joint, {}, {}, amount="20.01")
    await run(joint)
    await _question(joint)
    await joint.person("invoice", {"Id": billed["Id"]}, operation="delete")
    await run(joint)
    await run(joint)

    assert [float(i["TotalAmt"]) for i in await joint.books_list("invoice")] == [22]
    assert await joint.attention() == []


async def test_a_question_that_is_answered_with_a_new_one_makes_one(joint: Joint) -> None:
    _, billed = await _met(joint, {}, {}, amount="20.01")
    await run(joint)
    asked_first = await _question(joint)
    await _moved(joint, billed)
    await run(joint)
    await joint.answer(asked_first.id, "create_new")
    await run(joint)

    assert sorted(float(i["TotalAmt"]) for i in await joint.books_list("invoice")) == [22, 22.01]
    assert len(await joint.shop_list("sales")) == 2
    assert await joint.attention() == []
