"""R4, R2: a payment that was deleted or voided in the books and entered anew is asked about before a second receipt is made."""

from typing import Any

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, book, credit_memo, line, payment, quiet, remove, run, shop, void
from tests.sync.test_rules_split_receipts import split_receipt

WAYS = {"delete": remove, "void": void}


async def received(joint: Joint, amount: str = "22.00") -> tuple[Body, Body, Body]:
    """A sale of 22.00 with its receipt, synchronised; and the payment."""
    contact = await joint.contact()
    sale = await joint.sale(contact["id"], number="S-1")
    receipt = await joint.receipt(sale, amount, reference="TRF 1")
    await run(joint)
    [paid] = await joint.books_list("payment")
    return sale, receipt, paid


async def anew(joint: Joint, paid: Body, amount: str = "22.00", **members: Any) -> Body:
    """A payment of the same invoice, entered by the bookkeeper."""
    invoices = {line["LinkedTxn"][0]["TxnId"]: amount for line in paid["Line"][:1]}
    return await payment(joint, paid["CustomerRef"]["value"], amount, invoices, **members)


async def the_question(joint: Joint) -> Any:
    [item] = [i for i in await joint.attention() if i.kind == "ambiguous_match"]
    return item


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize("how", ["delete", "void"])
async def test_r4_a_payment_that_is_entered_anew_is_asked_about_before_a_second_receipt_is_made(
    joint: Joint, how: str, apart: bool
) -> None:
    _, receipt, paid = await received(joint)
    await WAYS[how](joint, "payment", paid["Id"])
    if apart:
        await run(joint)
    there = await anew(joint, paid, PaymentRefNum="again")
    await run(joint)

    assert [r["id"] for r in await joint.shop_list("receipts")] == [receipt["id"]]
    item = await the_question(joint)
    assert (item.side, item.record_id) == ("quickbooks", there["Id"])
    assert "the payment of receipt TRF 1 (22.00 AUD of 20 Nov 2026) is gone" in item.summary
    assert "for the same sale S-1, and both together would pay more than its 22.00 AUD" in item.summary
    await quiet(joint)


@pytest.mark.parametrize("how", ["delete", "void"])
async def test_r4_the_same_money_takes_the_place_of_the_lost_payment(joint: Joint, how: str) -> None:
    _, receipt, paid = await received(joint)
    await WAYS[how](joint, "payment", paid["Id"])
    await run(joint)
    assert (await shop(joint, "receipts", receipt["id"]))["books_status"] in ("gone", "void")
    there = await anew(joint, paid)
    await run(joint)
    await joint.answer((await the_question(joint)).id, "choose", receipt["id"])
    await run(joint)

    [kept] = await joint.shop_list("receipts")
    assert (kept["id"], kept["books_status"]) == (receipt["id"], "linked")
    assert await joint.attention() == []
    await quiet(joint)

    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "from the shop"})
    await run(joint)
    assert (await book(joint, "payment", there["Id"]))["PaymentRefNum"] == "from the shop"
    await joint.person("payment", {**await book(joint, "payment", there["Id"]), "PaymentRefNum": "from the books"})
    await run(joint)
    assert (await shop(joint, "receipts", receipt["id"]))["reference"] == "from the books"
    await quiet(joint)

    await remove(joint, "payment", there["Id"])
    await run(joint)
    assert (await shop(joint, "receipts", receipt["id"]))["books_status"] == "gone"
    await quiet(joint)


async def test_r4_other_money_becomes_a_receipt_of_its_own(joint: Joint) -> None:
    _, receipt, paid = await received(joint)
    await remove(joint, "payment", paid["Id"])
    await anew(joint, paid)
    await run(joint)
    await joint.answer((await the_question(joint)).id, "create_new")
    await run(joint)

    receipts = await joint.shop_list("receipts")
    assert sorted((r["id"] == receipt["id"], r["books_status"]) for r in receipts) == [
        (False, "linked"),
        (True, "gone"),
    ]
    assert [i for i in await joint.attention() if i.kind == "ambiguous_match"] == []
    await quiet(joint)


async def test_r4_another_amount_of_the_same_money_is_joined_and_the_difference_is_said(joint: Joint) -> None:
    _, receipt, paid = await received(joint)
    await remove(joint, "payment", paid["Id"])
    await run(joint)
    await anew(joint, paid, "21.00", TxnDate="2026-12-20")
    await run(joint)
    await joint.answer((await the_question(joint)).id, "choose", receipt["id"])
    await run(joint)

    [item] = await joint.attention()
    assert "its amount is 22.00 AUD in Oncord and 21.00 AUD in QuickBooks" in item.summary
    assert len(await joint.shop_list("receipts")) == len(await joint.books_list("payment")) == 1


@pytest.mark.parametrize("how", ["delete", "void"])
@pytest.mark.parametrize("which", [0, 1])
async def test_r4_one_payment_of_a_split_receipt_that_is_entered_anew_is_asked_about_and_takes_its_place(
    joint: Joint, which: int, how: str
) -> None:
    receipt, payments = await split_receipt(joint)
    lost = payments[which]
    cash = f"{lost['TotalAmt']:.2f}"
    await WAYS[how](joint, "payment", lost["Id"])
    await run(joint)
    if cash == "8.00":  # the rest of that sale is paid by then, so that there is no room for both
        await anew(joint, lost, "14.00")
        await run(joint)
    there = await anew(joint, lost, cash)
    await run(joint)

    item = await the_question(joint)
    assert (item.record_id, f"({cash} AUD" in item.summary) == (there["Id"], True)
    await joint.answer(item.id, "choose", receipt["id"])
    await run(joint)

    kept = await shop(joint, "receipts", receipt["id"])
    assert (kept["books_status"], kept["amount"]) == ("linked", "30.00")
    assert await joint.attention() == []
    await quiet(joint)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "both"})
    await run(joint)
    assert (await book(joint, "payment", there["Id"]))["PaymentRefNum"] == "both"
    assert (await book(joint, "payment", payments[1 - which]["Id"]))["PaymentRefNum"] == "both"
    await quiet(joint)


@pytest.mark.parametrize("which", [0, 1])
async def test_r4_less_money_in_the_place_of_one_payment_of_several_is_rewritten_by_nobody(
    joint: Joint, which: int
) -> None:
    receipt, payments = await split_receipt(joint)
    lost = payments[which]
    if lost["TotalAmt"] == 8:  # the rest of that sale is paid by then, so that there is no room for both
        await anew(joint, lost, "14.00")
    await remove(joint, "payment", lost["Id"])
    await run(joint)
    there = await anew(joint, lost, f"{lost['TotalAmt'] - 1:.2f}")
    await run(joint)
    await joint.answer((await the_question(joint)).id, "choose", receipt["id"])
    await run(joint)
    await joint.in_books("POST", "customer", {"Id": lost["CustomerRef"]["value"], "sparse": True, "Notes": "moved"})
    await joint.touched("oncord", "receipt", receipt["id"])
    await joint.touched("quickbooks", "receipt", there["Id"])
    await run(joint)

    assert (await book(joint, "payment", there["Id"]))["TotalAmt"] == lost["TotalAmt"] - 1
    assert (await shop(joint, "receipts", receipt["id"]))["amount"] == "30.00"
    [item] = await joint.attention()
    assert f"{lost['TotalAmt'] - 1:.2f} AUD in QuickBooks" in item.summary
    await quiet(joint)


async def test_r4_a_joining_of_credit_that_is_entered_anew_is_asked_about(joint: Joint) -> None:
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await run(joint)
    [billed] = await joint.books_list("invoice")
    owner = billed["CustomerRef"]["value"]
    memo = await credit_memo(joint, owner, await line(joint, "20.00"))
    joined = await payment(joint, owner, "0", {billed["Id"]: "22.00"}, {memo["Id"]: "22.00"})
    await run(joint)
    await remove(joint, "payment", joined["Id"])
    await run(joint)
    await payment(joint, owner, "0", {billed["Id"]: "22.00"}, {memo["Id"]: "22.00"})
    await run(joint)

    assert len(await joint.shop_list("receipts")) == 1
    item = await the_question(joint)
    await joint.answer(item.id, "choose", item.detail["choices"][0]["id"])
    await run(joint)
    [kept] = await joint.shop_list("receipts")
    assert kept["books_status"] == "linked"
    assert await joint.attention() == []
    await quiet(joint)


async def test_r4_a_further_payment_that_the_sale_has_room_for_is_asked_about_by_nobody(joint: Joint) -> None:
    _, receipt, paid = await received(joint, "10.00")
    await remove(joint, "payment", paid["Id"])
    await run(joint)
    await anew(joint, paid, "12.00")
    await run(joint)

    assert sorted(r["amount"] for r in await joint.shop_list("receipts")) == ["10.00", "12.00"]
    assert (await shop(joint, "receipts", receipt["id"]))["books_status"] == "gone"
    assert await joint.attention() == []
    await quiet(joint)


async def test_r4_a_receipt_that_is_deleted_meanwhile_leaves_nothing_to_ask(joint: Joint) -> None:
    _, receipt, paid = await received(joint)
    await remove(joint, "payment", paid["Id"])
    await anew(joint, paid)
    await run(joint)
    await the_question(joint)
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)

    [made] = await joint.shop_list("receipts")
    assert (made["id"] != receipt["id"], made["amount"]) == (True, "22.00")
    assert await joint.attention() == []
    await quiet(joint)
