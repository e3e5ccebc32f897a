"""S1: what was open of a sale from before the start date is another amount once a receipt of before that day is changed or deleted."""

from typing import Any

import pytest

from tests.support.joint import Joint
from tests.support.stories import asked, quiet, run
from tests.sync.test_opening_receivables import choose, either, old_sale, shop_of_july
from tests.sync.test_tie_out import named

__all__ = ["either", "shop_of_july"]

Body = dict[str, Any]


async def paid_before(joint: Joint) -> tuple[Body, Body]:
    """A sale of May that was paid in full in June, and its receipt: nobody is asked anything."""
    sale = await old_sale(joint)
    receipt = await joint.receipt(sale, "100.00", date="2026-06-20")
    await run(joint)
    await run(joint)
    assert await asked(joint) == []
    return sale, receipt


def in_part(sale: Body, amount: str) -> Body:
    return {"amount": amount, "allocations": [{"sale_id": sale["id"], "amount": amount}]}


async def test_a_receipt_that_is_deleted_leaves_the_sale_open_and_asked_about(either: Joint) -> None:
    _, receipt = await paid_before(either)
    await either.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(either)
    await run(either)

    [item] = await either.attention()
    assert item.key == "configuration:opening receivables"
    assert "100.00" in item.summary
    await choose(either, "bring_in")
    await run(either)
    [made] = await either.books_list("invoice")
    assert (made["DocNumber"], made["Balance"]) == ("OLD-1", 100)
    assert await asked(either) == []
    await quiet(either)


@pytest.mark.parametrize(
    ("amount", "day", "open_then"), [("60.00", "2026-06-20", "40.00"), ("100.00", "2026-07-02", "100.00")]
)
async def test_a_receipt_that_is_made_smaller_or_dated_later_leaves_something_open(
    shop_of_july: Joint, amount: str, day: str, open_then: str
) -> None:
    sale, receipt = await paid_before(shop_of_july)
    await shop_of_july.in_shop("PATCH", f"receipts/{receipt['id']}", {**in_part(sale, amount), "date": day})
    await run(shop_of_july)
    await run(shop_of_july)

    [item] = await shop_of_july.attention()
    assert item.key == "configuration:opening receivables"
    assert open_then in item.summary


async def test_a_receipt_that_turns_up_late_leaves_nothing_open_and_nothing_asked(shop_of_july: Joint) -> None:
    sale = await old_sale(shop_of_july)
    await run(shop_of_july)
    assert len(await asked(shop_of_july)) == 1
    await shop_of_july.receipt(sale, "100.00", date="2026-06-20")
    await run(shop_of_july)
    await run(shop_of_july)

    assert await asked(shop_of_july) == []
    assert await shop_of_july.books_list("invoice") == []
    assert {cause for *_, cause in await named(shop_of_july)} <= {"before_start"}
    await quiet(shop_of_july)


async def test_a_receipt_of_a_sale_of_today_asks_nothing_when_it_is_deleted(shop_of_july: Joint) -> None:
    sale = await shop_of_july.sale((await shop_of_july.contact())["id"])
    receipt = await shop_of_july.receipt(sale)
    await run(shop_of_july)
    await shop_of_july.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(shop_of_july)
    await run(shop_of_july)

    assert await asked(shop_of_july) == []
    assert await shop_of_july.books_list("payment") == []
    await quiet(shop_of_july)
