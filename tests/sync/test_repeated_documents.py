"""A document that would repeat one which has its counterpart already, by number, contact and total, is asked about first."""

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, asked, customer, invoice, line, quiet, run, void


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


async def test_s1_a_repeat_that_is_the_same_document_is_not_sent_again(joint: Joint) -> None:
    made, billed = await raced(joint)
    await run(joint)
    [item] = await joint.attention()
    await joint.answer(item.id, "choose", billed["Id"])
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{made['id']}", {"notes": "typed later"})
    await run(joint)

    assert await counts(joint) == (2, 1)
    assert await asked(joint) == []
    await quiet(joint)


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
