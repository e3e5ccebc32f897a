"""S3, R4: what stands on the invoice of a deleted sale is named as what it is, and what the item advises leads to an end."""

from typing import Any

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, book, credit_memo, line, payment, quiet, remove, run, shop, void
from tests.sync.test_what_items_offer import summary

WAYS = {"delete": remove, "void": void}


async def credited(joint: Joint, cash: str = "0", *memos: str) -> tuple[Body, Body]:
    """The sale of a shop whose invoice of 110.00 the bookkeeper has settled by credit, and in cash; and the payment."""
    contact = await joint.contact()
    tea = {"description": "Tea", "quantity": "10", "unit_price": "11.00", "tax_code": "GST"}
    sale = await joint.sale(contact["id"], tea, number="1041")
    await run(joint)
    [billed] = await joint.books_list("invoice")
    owner = billed["CustomerRef"]["value"]
    used = {}
    for number in memos or ("CM-7",):
        memo = await credit_memo(joint, owner, await line(joint, "40.00"), DocNumber=number)
        used[memo["Id"]] = "44.00"
    whole = f"{float(cash) + 44 * len(used):.2f}"
    made = await payment(joint, owner, cash, {billed["Id"]: whole}, used)
    return sale, made


async def gone(joint: Joint, sale: Body) -> str:
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)
    return await summary(joint)


async def the_receipt(joint: Joint, cash: str = "0.00") -> Any:
    [receipt] = [r for r in await joint.shop_list("receipts") if r["amount"] == cash]
    return receipt


@pytest.mark.parametrize("how", ["delete", "void"])
async def test_s3_credit_on_a_deleted_sales_invoice_is_named_and_taking_it_off_leads_to_an_end(
    joint: Joint, how: str
) -> None:
    sale, made = await credited(joint)
    await run(joint)
    receipt = await the_receipt(joint)
    words = await gone(joint, sale)

    assert "a credit of 44.00 AUD by credit memo CM-7 (joined by a payment of zero of 19 Nov 2026) on it" in words
    assert "was recorded in QuickBooks (Oncord has it as a receipt, which stays; delete the payment of zero" in words
    await quiet(joint)

    await WAYS[how](joint, "payment", made["Id"])
    await run(joint)
    assert await joint.books_list("invoice") == []
    assert await joint.attention() == []
    kept = await shop(joint, "receipts", receipt["id"])
    assert kept["books_status"] == ("gone" if how == "delete" else "void")
    await quiet(joint)
    assert await joint.attention() == []


async def test_s3_credit_that_oncord_has_not_heard_of_yet_is_said_to_have_no_receipt(joint: Joint) -> None:
    sale, _ = await credited(joint)
    words = await gone(joint, sale)

    assert "a credit of 44.00 AUD by credit memo CM-7" in words
    assert "Oncord has no receipt for it" in words


async def test_s3_two_credit_memos_and_cash_in_one_payment_are_all_named(joint: Joint) -> None:
    sale, made = await credited(joint, "10.00", "CM-7", "CM-8")
    await run(joint)
    words = await gone(joint, sale)

    assert (
        "the payment of 10.00 AUD of 19 Nov 2026, with a credit of 88.00 AUD by credit memos CM-7 and CM-8, on it"
        in words
    )
    assert "take it off the invoice in QuickBooks" in words
    await remove(joint, "payment", made["Id"])
    await run(joint)
    assert await joint.books_list("invoice") == []
    assert (await the_receipt(joint, "10.00"))["books_status"] == "gone"
    assert await joint.attention() == []
    await quiet(joint)


async def test_s3_a_payment_that_is_taken_off_the_invoice_as_advised_leads_to_an_end(joint: Joint) -> None:
    contact = await joint.contact()
    sale = await joint.sale(contact["id"], number="1041")
    await run(joint)
    [billed] = await joint.books_list("invoice")
    made = await payment(joint, billed["CustomerRef"]["value"], "22", {billed["Id"]: "22"}, PaymentRefNum="B-7")
    await run(joint)
    words = await gone(joint, sale)
    assert "the payment (B-7) of 22.00 AUD" in words
    assert "take it off the invoice in QuickBooks" in words
    await joint.person("payment", {**await book(joint, "payment", made["Id"]), "Line": []})
    await run(joint)

    assert await joint.books_list("invoice") == []
    assert [p["UnappliedAmt"] for p in await joint.books_list("payment")] == [22]
    assert await joint.attention() == []
    await quiet(joint)


async def test_r4_a_joining_payment_that_is_deleted_while_its_sale_stands_is_marked_as_before(joint: Joint) -> None:
    _, made = await credited(joint)
    await run(joint)
    receipt = await the_receipt(joint)
    await remove(joint, "payment", made["Id"])
    await run(joint)

    assert (await shop(joint, "receipts", receipt["id"]))["books_status"] == "gone"
    assert len(await joint.books_list("invoice")) == 1
    assert await joint.attention() == []
    await quiet(joint)
