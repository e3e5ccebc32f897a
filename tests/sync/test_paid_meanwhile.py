"""R4: a payment that is entered anew before the old one is deleted has its own receipt by then: what it pays afterwards is asked
about where both receipts would overpay the sale."""

from typing import Any

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, book, payment, quiet, remove, run, shop, void
from tests.sync.test_entered_anew import received, the_question

WAYS = {"delete": remove, "void": void}


async def applied(joint: Joint, paid: Body, invoice_id: str, amount: str) -> None:
    """The bookkeeper applies a payment that waits on account to an invoice."""
    now = await book(joint, "payment", paid["Id"])
    line = {"Amount": float(amount), "LinkedTxn": [{"TxnId": invoice_id, "TxnType": "Invoice"}]}
    await joint.person("payment", {**now, "Line": [line]})


async def meanwhile(joint: Joint, how: str = "delete", amount: str = "22.00") -> tuple[Body, Body, Body, Body]:
    """A payment of 22.00 that is entered anew on account, and comes over, before the old one is lost; then it is applied.

    The sale, its old receipt, the new one, and the new payment."""
    sale, receipt, paid = await received(joint, amount)
    invoice_id = paid["Line"][0]["LinkedTxn"][0]["TxnId"]
    there = await payment(joint, paid["CustomerRef"]["value"], amount)
    await run(joint)
    [new] = [r for r in await joint.shop_list("receipts") if r["id"] != receipt["id"]]
    assert new["allocations"] == []
    await WAYS[how](joint, "payment", paid["Id"])
    await run(joint)
    await applied(joint, there, invoice_id, amount)
    await run(joint)
    return sale, receipt, new, there


def paying(record: Body) -> list[tuple[str, str]]:
    return [(a["sale_id"], a["amount"]) for a in record["allocations"]]


@pytest.mark.parametrize("how", ["delete", "void"])
async def test_r4_what_it_pays_is_asked_about_and_comes_over_once_the_old_receipt_is_deleted(
    joint: Joint, how: str
) -> None:
    sale, receipt, new, there = await meanwhile(joint, how)
    item = await the_question(joint)
    assert (item.side, item.record_id) == ("quickbooks", there["Id"])
    assert "the payment of receipt TRF 1 (22.00 AUD of 20 Nov 2026) is gone" in item.summary
    assert "for the same sale S-1, and both together would pay more than its 22.00 AUD" in item.summary
    assert "comes over once that receipt is deleted in Oncord" in item.summary
    assert paying(await shop(joint, "receipts", new["id"])) == []
    await quiet(joint)

    await joint.answer(item.id, "choose", receipt["id"])
    await run(joint)
    [left] = await joint.attention()
    assert "Delete that receipt in Oncord" in left.summary
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)

    [kept] = await joint.shop_list("receipts")
    assert (kept["id"], paying(kept)) == (new["id"], [(sale["id"], "22.00")])
    assert (await shop(joint, "sales", sale["id"]))["amount_owing"] == "0.00"
    assert await joint.attention() == []
    await quiet(joint)


async def test_r4_other_money_goes_on(joint: Joint) -> None:
    sale, _, new, _ = await meanwhile(joint)
    await joint.answer((await the_question(joint)).id, "create_new")
    await run(joint)

    assert paying(await shop(joint, "receipts", new["id"])) == [(sale["id"], "22.00")]
    assert [i for i in await joint.attention() if i.kind == "ambiguous_match"] == []
    await quiet(joint)


async def test_r4_a_receipt_that_is_deleted_unasked_answers_it(joint: Joint) -> None:
    sale, receipt, new, _ = await meanwhile(joint)
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)

    assert paying(await shop(joint, "receipts", new["id"])) == [(sale["id"], "22.00")]
    assert await joint.attention() == []
    await quiet(joint)


async def test_r4_money_on_account_that_is_applied_in_the_same_quiet_time_is_asked_about(joint: Joint) -> None:
    _, receipt, paid = await received(joint)
    there = await payment(joint, paid["CustomerRef"]["value"], "22.00")
    await run(joint)
    await remove(joint, "payment", paid["Id"])
    await applied(joint, there, paid["Line"][0]["LinkedTxn"][0]["TxnId"], "22.00")
    await run(joint)
    assert [c["id"] for c in (await the_question(joint)).detail["choices"]] == [receipt["id"]]


async def test_r4_what_the_sale_has_room_for_is_asked_about_by_nobody(joint: Joint) -> None:
    sale, _, new, there = await meanwhile(joint, amount="10.00")
    assert paying(await shop(joint, "receipts", new["id"])) == [(sale["id"], "10.00")]
    assert await joint.attention() == []
    more = {"PaymentRefNum": "and a reference"}
    await joint.person("payment", {**await book(joint, "payment", there["Id"]), **more})
    await run(joint)
    assert (await shop(joint, "receipts", new["id"]))["reference"] == "and a reference"
    await quiet(joint)


async def test_r7_a_second_part_payment_that_grows_beside_one_that_stands_is_asked_about_by_nobody(
    joint: Joint,
) -> None:
    sale, receipt, paid = await received(joint, "10.00")
    invoice_id = paid["Line"][0]["LinkedTxn"][0]["TxnId"]
    there: Any = await payment(joint, paid["CustomerRef"]["value"], "12.00", {invoice_id: "5.00"})
    await run(joint)
    await applied(joint, there, invoice_id, "12.00")
    await run(joint)

    pays = {r["id"]: paying(r) for r in await joint.shop_list("receipts")}
    assert pays.pop(receipt["id"]) == [(sale["id"], "10.00")]
    assert list(pays.values()) == [[(sale["id"], "12.00")]]
    assert await joint.attention() == []
    await quiet(joint)
