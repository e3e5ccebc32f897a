"""What somebody was asked and has left as it is stays so while something else is edited, and is asked again once it asks something else."""

from datetime import date

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, asked, book, change, customer, invoice, line, payment, run, void
from tests.sync.test_cancelled_late import TEA, a_sale, cancel, revive
from tests.sync.test_direct_refunds import answer as give
from tests.sync.test_direct_refunds import paid_sale, refund
from tests.sync.test_two_documents import _met


async def dismissed(joint: Joint) -> None:
    """Somebody leaves everything as it is."""
    for item in await joint.attention():
        await joint.answer(item.id, "dismiss")
    assert await asked(joint) == []


async def parked(joint: Joint) -> list[str]:
    """What is asked about documents that only somebody in the books can set right."""
    return [item.summary for item in await joint.attention() if item.kind == "parked"]


async def noted(joint: Joint, sale: Body, text: str = "Gone wrong") -> None:
    """Somebody writes a note on a sale in the shop."""
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": text})
    await run(joint)


async def taken_back(joint: Joint) -> tuple[Body, Body, Body]:
    """A sale that was cancelled late: it, its invoice and the credit memo that takes that back."""
    sale, made = await a_sale(joint)
    await cancel(joint, sale)
    await run(joint)
    [memo] = await joint.books_list("creditmemo")
    return sale, made, memo


async def otherwise(joint: Joint, entity: str, document: Body, amount: str = "15.00") -> None:
    """The bookkeeper lets one of the two come to something else."""
    await change(joint, entity, document["Id"], Line=[await line(joint, amount, "Tea")])
    await run(joint)


async def as_before(joint: Joint, entity: str, document: Body) -> None:
    """The bookkeeper lets it come to what it did."""
    lines = [{name: value for name, value in each.items() if name != "Id"} for each in document["Line"]]
    goods = [each for each in lines if each["DetailType"] == "SalesItemLineDetail"]
    await change(joint, entity, document["Id"], Line=goods, TxnTaxDetail=document["TxnTaxDetail"])
    assert (await book(joint, entity, document["Id"]))["TotalAmt"] == document["TotalAmt"]
    await run(joint)


@pytest.mark.parametrize("entity", ["invoice", "creditmemo"])
async def test_s5_one_question_about_a_sale_taken_back_otherwise_which_stays_left_when_the_sale_is_noted(
    joint: Joint, entity: str
) -> None:
    sale, made, memo = await taken_back(joint)
    document = made if entity == "invoice" else memo
    await otherwise(joint, entity, document)
    assert len(await parked(joint)) == 1
    await noted(joint, sale, "Nobody has answered yet")
    assert len(await parked(joint)) == 1, "one matter is asked about once"

    await dismissed(joint)
    await noted(joint, sale)
    assert await asked(joint) == []
    assert (await book(joint, "invoice", made["Id"]))["CustomerMemo"]["value"] == "Gone wrong"

    await otherwise(joint, entity, document, "16.00")
    assert len(await parked(joint)) == 1, "it comes to something else by now"
    await as_before(joint, entity, document)
    assert await parked(joint) == [], "both come to the same again"


async def test_s5_what_was_left_of_a_voided_invoice_stays_left(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await joint.receipt(sale)
    await run(joint)
    await cancel(joint, sale)
    await run(joint)
    await void(joint, "invoice", made["Id"])
    await run(joint)
    assert ("S5", "parked") in await asked(joint)

    await dismissed(joint)
    await noted(joint, sale)
    assert await asked(joint) == []


async def test_s5_what_was_left_of_a_sale_that_stands_again_stays_left(joint: Joint) -> None:
    sale, made = await a_sale(joint)
    await joint.receipt(sale)
    await run(joint)
    await cancel(joint, sale)
    await run(joint)
    await joint.sale(sale["contact_id"], number="1050")
    await run(joint)
    [memo] = await joint.books_list("creditmemo")
    new = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "1050")
    await payment(joint, made["CustomerRef"]["value"], "0", {new["Id"]: "22.00"}, {memo["Id"]: "22.00"})
    await run(joint)
    await revive(joint, sale)
    await run(joint)
    assert ("S5", "parked") in await asked(joint)

    await dismissed(joint)
    await noted(joint, sale)
    assert await asked(joint) == []


async def test_s5_what_was_left_of_an_invoice_that_did_not_begin_in_oncord_stays_left(joint: Joint) -> None:
    made = await invoice(joint, (await customer(joint, "Grace"))["Id"], TxnDate="2026-10-12")
    await run(joint)
    [sale] = await joint.shop_list("sales")
    await cancel(joint, sale)
    await run(joint)
    assert await asked(joint) == [("S5", "parked")]

    await dismissed(joint)
    await noted(joint, sale)
    assert await asked(joint) == []
    await change(joint, "invoice", made["Id"], CustomerMemo={"value": "From the books"})
    await run(joint)
    assert await asked(joint) == []


async def test_s5_open_credit_that_was_left_stays_left_when_its_customer_is_called_otherwise(joint: Joint) -> None:
    sale, _ = await a_sale(joint)
    await joint.receipt(sale)
    await run(joint)
    await cancel(joint, sale)
    await run(joint)
    assert await asked(joint) == [("S5", "open_credit")]

    await dismissed(joint)
    await joint.in_shop("PATCH", f"contacts/{sale['contact_id']}", {"last_name": "King"})
    await noted(joint, sale)
    assert await asked(joint) == []


async def test_r5_an_open_pair_that_was_left_stays_left_when_its_customer_is_called_otherwise(joint: Joint) -> None:
    sale = await paid_sale(joint, paid="30.00")
    made = await refund(joint, sale, "-8.00")
    await give(joint, "overpayment")
    assert await asked(joint) == [("R5", "open_refund")]

    await dismissed(joint)
    await joint.in_shop("PATCH", f"contacts/{sale['contact_id']}", {"last_name": "King"})
    await joint.in_shop("PATCH", f"receipts/{made['id']}", {"reference": "Sent by hand"})
    await run(joint)
    assert await asked(joint) == []


async def test_which_one_a_document_is_stays_left_until_something_else_could_be_it(joint: Joint) -> None:
    made, billed = await _met(joint, {}, {}, amount="20.01")
    await run(joint)
    assert [kind for _, kind in await asked(joint)] == ["ambiguous_match"]

    await dismissed(joint)
    await noted(joint, made)
    assert await asked(joint) == []
    await change(joint, "invoice", billed["Id"], CustomerMemo={"value": "Delivered"})
    await run(joint)
    assert await asked(joint) == []

    await change(joint, "invoice", billed["Id"], Line=[await line(joint, "20.02", "Tea")])
    await run(joint)
    assert [kind for _, kind in await asked(joint)] == ["ambiguous_match"], "it comes to something else by now"


async def test_who_somebody_is_stays_left_and_is_asked_again_for_a_sale_that_did_not_wait_then(joint: Joint) -> None:
    await customer(joint, "", "Lovelace", email="ada@example.com", DisplayName="Lovelace family")
    contact = await joint.contact(first_name="Ada", last_name="Lovelace", email="ada@example.com")
    first = await joint.sale(contact["id"])
    await run(joint)
    assert [kind for _, kind in await asked(joint)] == ["ambiguous_match"]

    await dismissed(joint)
    await noted(joint, first)
    assert await asked(joint) == []
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"notes": "Likes tea"})
    await run(joint)
    assert await asked(joint) == []

    await joint.sale(contact["id"])
    await run(joint)
    assert [kind for _, kind in await asked(joint)] == ["ambiguous_match"], "another sale is held up by it"


async def test_what_was_left_and_has_ended_is_asked_about_when_it_comes_up_again(joint: Joint) -> None:
    _, _, memo = await taken_back(joint)
    await otherwise(joint, "creditmemo", memo)
    told = await parked(joint)
    await dismissed(joint)
    await as_before(joint, "creditmemo", memo)
    assert await parked(joint) == []

    await otherwise(joint, "creditmemo", memo)
    assert await parked(joint) == told


async def test_b1_a_locked_change_that_was_left_is_not_asked_about_again_by_each_download(joint: Joint) -> None:
    sale, _ = await a_sale(joint)
    await joint.configure(lodged_until=date(2026, 10, 31))
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**TEA, "quantity": "3"}]})
    await run(joint)
    assert await asked(joint) == [("B1", "locked_period")]

    await dismissed(joint)
    await run(joint)
    await noted(joint, sale)
    assert await asked(joint) == []

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**TEA, "quantity": "4"}]})
    await run(joint)
    assert await asked(joint) == [("B1", "locked_period")]
