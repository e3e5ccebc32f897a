"""R4, R5: money paid back that was deleted in the books and entered anew is asked about before a second refund is made."""

from typing import Any

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, book, quiet, remove, run, shop
from tests.sync.test_entered_anew import the_question
from tests.sync.test_rules_refunds import joined_to, paid_back, refunded


async def anew(joint: Joint, credit: Body, amount: float, *, joined: bool = True, **members: Any) -> Body:
    """The bookkeeper pays the customer back once more, and joins it to the credit memo where that has room."""
    owner = credit["CustomerRef"]["value"]
    there = await paid_back(joint, owner, amount, **members)
    if joined:
        await joined_to(joint, owner, there, credit, amount)
    return there


async def lost(joint: Joint, paid: Body, joined: Body) -> None:
    """The bookkeeper deletes a refund with what joined it to its credit."""
    await remove(joint, "payment", joined["Id"])
    await remove(joint, "purchase", paid["Id"])


@pytest.mark.parametrize(("apart", "joined"), [(True, True), (False, True), (True, False)])
async def test_r4_a_refund_that_is_entered_anew_is_asked_about_before_a_second_one_is_made(
    joint: Joint, apart: bool, joined: bool
) -> None:
    receipt, paid, joining, credit = await refunded(joint, reference="RF 1", date="2026-11-20")
    await lost(joint, paid, joining)
    if apart:
        await run(joint)
    there = await anew(joint, credit, 22.0, joined=joined)
    await run(joint)

    refunds = [r for r in await joint.shop_list("receipts") if r["amount"].startswith("-")]
    assert [r["id"] for r in refunds] == [receipt["id"]]
    item = await the_question(joint)
    assert (item.side, item.record_id) == ("quickbooks", there["Id"])
    assert (
        f"the money out of refund RF 1 (22.00 AUD of 20 Nov 2026 for adjustment {credit['DocNumber']}) is gone"
        in item.summary
    )
    assert "both together would pay back more than there is to be paid back" in item.summary
    await quiet(joint)


async def test_r4_the_same_money_takes_the_place_of_the_lost_refund(joint: Joint) -> None:
    receipt, paid, joining, credit = await refunded(joint)
    await lost(joint, paid, joining)
    await run(joint)
    assert (await shop(joint, "receipts", receipt["id"]))["books_status"] == "gone"
    there = await anew(joint, credit, 22.0)
    await run(joint)
    await joint.answer((await the_question(joint)).id, "choose", receipt["id"])
    await run(joint)

    [kept] = [r for r in await joint.shop_list("receipts") if r["amount"].startswith("-")]
    assert (kept["id"], kept["books_status"], kept["allocations"]) == (receipt["id"], "linked", receipt["allocations"])
    assert await joint.attention() == []
    assert (await book(joint, "creditmemo", credit["Id"]))["RemainingCredit"] == 0
    await quiet(joint)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "from the shop"})
    await run(joint)
    assert (await book(joint, "purchase", there["Id"]))["DocNumber"] == "from the shop"
    await quiet(joint)


async def test_r4_another_refund_becomes_one_of_its_own(joint: Joint) -> None:
    receipt, paid, joining, credit = await refunded(joint)
    await lost(joint, paid, joining)
    await anew(joint, credit, 22.0)
    await run(joint)
    await joint.answer((await the_question(joint)).id, "create_new")
    await run(joint)

    refunds = [r for r in await joint.shop_list("receipts") if r["amount"].startswith("-")]
    assert sorted((r["id"] == receipt["id"], r["books_status"]) for r in refunds) == [(False, "linked"), (True, "gone")]
    assert [i for i in await joint.attention() if i.kind == "ambiguous_match"] == []


@pytest.mark.parametrize("joined", [True, False])
async def test_r4_a_second_part_refund_that_the_credit_has_room_for_is_asked_about_by_nobody(
    joint: Joint, joined: bool
) -> None:
    receipt, paid, joining, credit = await refunded(joint, "-10.00")
    await lost(joint, paid, joining)
    await run(joint)
    await anew(joint, credit, 12.0, joined=joined)
    await run(joint)

    refunds = [r for r in await joint.shop_list("receipts") if r["amount"].startswith("-")]
    assert sorted(r["amount"] for r in refunds) == ["-10.00", "-12.00"]
    assert (await shop(joint, "receipts", receipt["id"]))["books_status"] == "gone"
    assert await joint.attention() == []
    await quiet(joint)


async def test_r5_a_second_part_refund_beside_one_that_stands_is_asked_about_by_nobody(joint: Joint) -> None:
    _, _, _, credit = await refunded(joint, "-10.00")
    await anew(joint, credit, 12.0)
    await run(joint)

    refunds = [r for r in await joint.shop_list("receipts") if r["amount"].startswith("-")]
    assert sorted((r["amount"], r["books_status"]) for r in refunds) == [("-10.00", "linked"), ("-12.00", "linked")]
    assert await joint.attention() == []
    await quiet(joint)


async def test_r4_a_refund_of_no_credit_that_is_entered_anew_is_known_by_its_amount(joint: Joint) -> None:
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    await joint.receipt(sale, "34.00", allocations=[{"sale_id": sale["id"], "amount": "22.00"}])
    money = {"contact_id": contact["id"], "payment_method_id": await joint.method("direct_deposit")}
    receipt = await joint.in_shop("POST", "receipts", {**money, "amount": "-7.00", "allocations": []})
    await run(joint)
    [paid] = [p for p in await joint.books_list("purchase") if p.get("EntityRef", {}).get("type") == "Customer"]
    await remove(joint, "purchase", paid["Id"])
    await run(joint)
    owner = paid["EntityRef"]["value"]
    await paid_back(joint, owner, 5.0)
    await run(joint)
    assert [i for i in await joint.attention() if i.kind == "ambiguous_match"] == [], "other money"
    await paid_back(joint, owner, 7.0)
    await run(joint)
    await joint.answer((await the_question(joint)).id, "choose", receipt["id"])
    await run(joint)

    refunds = [r for r in await joint.shop_list("receipts") if r["amount"].startswith("-")]
    assert sorted((r["amount"], r["books_status"]) for r in refunds) == [("-5.00", "linked"), ("-7.00", "linked")]
    await quiet(joint)
