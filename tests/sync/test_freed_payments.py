"""S3: a sale is deleted in Oncord after it was paid, and its receipt stays. Its payment is taken off the invoice and is the customer's
credit, which is named with its amount until it is used, paid back, or gone."""

from typing import Any

import pytest

from tests.support.joint import Joint
from tests.support.stories import asked, quiet, run
from tests.sync.test_cleared_money import amounts

Body = dict[str, Any]
NAMED = [("S3", "freed_payment")]


async def deleted_after_payment(joint: Joint, *goods: Body) -> tuple[Body, Body, Body]:
    """A sale of 22.00 that was paid and is deleted; its receipt and its payment stay."""
    sale = await joint.sale((await joint.contact())["id"], *goods, number="1041")
    receipt = await joint.receipt(sale, date="2026-11-12")
    await run(joint)
    [paid] = await joint.books_list("payment")
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)
    return sale, receipt, paid


async def test_s3_a_payment_that_a_deleted_sale_has_set_free_is_named_with_its_amount_and_its_customer(
    joint: Joint,
) -> None:
    _, receipt, paid = await deleted_after_payment(joint)

    assert await joint.books_list("invoice") == []
    assert await amounts(joint, paid) == (22, 22)
    [item] = await joint.attention()
    assert (item.kind, item.rule, item.record_id, item.actions) == ("freed_payment", "S3", receipt["id"], ["dismiss"])
    assert item.summary == (
        "A sale was deleted in Oncord after it was paid, and its invoice is gone from QuickBooks. The payment of 22.00 AUD of 12 Nov 2026 "
        "stays on both sides, taken off the invoice: 22.00 AUD of it is Ada Lovelace's credit, which is open."
    )
    await quiet(joint)
    assert await asked(joint) == NAMED


async def test_s3_it_is_said_no_more_once_another_sale_has_used_it_up(joint: Joint) -> None:
    sale, receipt, paid = await deleted_after_payment(joint)
    small = {"description": "Tea", "quantity": "1", "unit_price": "5.00", "tax_code": "GST"}
    other = await joint.sale(sale["contact_id"], small, number="1042")
    pays = [{"sale_id": other["id"], "amount": "5.00"}]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"allocations": pays})
    await run(joint)

    assert await amounts(joint, paid) == (22, 17)
    [item] = await joint.attention()
    assert "17.00 AUD of it is Ada Lovelace's credit" in item.summary
    rest = {"description": "Tea", "quantity": "1", "unit_price": "17.00", "tax_code": "GST"}
    third = await joint.sale(sale["contact_id"], rest, number="1043")
    pays += [{"sale_id": third["id"], "amount": "17.00"}]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"allocations": pays})
    await run(joint)
    assert await asked(joint) == []


async def test_s3_it_is_said_no_more_once_it_is_paid_back(joint: Joint) -> None:
    sale, _, _ = await deleted_after_payment(joint)
    await joint.receipt(sale, "-22.00", date="2026-11-19", allocations=[])
    await run(joint)

    assert ("S3", "freed_payment") not in await asked(joint)


async def test_s3_of_two_that_are_free_what_is_paid_back_once_ends_one(joint: Joint) -> None:
    """One refund is no answer to two payments of the same amount."""
    sale, _, _ = await deleted_after_payment(joint)
    second = await joint.sale(sale["contact_id"], number="1042")
    await joint.receipt(second, date="2026-11-13")
    await run(joint)
    await joint.in_shop("DELETE", f"sales/{second['id']}")
    await run(joint)
    assert await asked(joint) == NAMED * 2

    await joint.receipt(sale, "-22.00", date="2026-11-19", allocations=[])
    await run(joint)

    [item] = [each for each in await joint.attention() if each.kind == "freed_payment"]
    assert "The payment of 22.00 AUD of 13 Nov 2026 stays" in item.summary


@pytest.mark.parametrize("gone", ["receipt", "dismissed"])
async def test_s3_it_ends_where_the_receipt_goes_too_and_where_somebody_lets_it_be(joint: Joint, gone: str) -> None:
    _, receipt, _ = await deleted_after_payment(joint)
    if gone == "receipt":
        await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    else:
        [item] = await joint.attention()
        await joint.answer(item.id, "dismiss")
    await run(joint)

    assert await asked(joint) == []
    assert len(await joint.books_list("payment")) == (0 if gone == "receipt" else 1)
    await quiet(joint)


async def test_s3_a_sale_that_goes_with_its_receipt_or_was_never_paid_leaves_nothing_to_say(joint: Joint) -> None:
    ada = await joint.contact()
    paid, unpaid = [await joint.sale(ada["id"], number=number) for number in ("1041", "1042")]
    await joint.receipt(paid)
    await run(joint)
    await joint.in_shop("DELETE", f"sales/{paid['id']}?cascade=true")
    await joint.in_shop("DELETE", f"sales/{unpaid['id']}")
    await run(joint)

    assert await joint.books_list("invoice") == []
    assert await asked(joint) == []


async def test_s3_in_america_it_is_named_too(us: Joint) -> None:
    await deleted_after_payment(us, {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "NON"})

    assert await us.books_list("invoice") == []
    assert await asked(us) == NAMED
