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


@pytest.mark.parametrize("download", [True, False])
async def test_a_receipt_that_is_moved_to_another_sale_leaves_the_early_one_open_and_asked_about(
    either: Joint, download: bool
) -> None:
    ada = await either.contact()
    one = await old_sale(either, contact=ada)
    receipt = await either.receipt(one, "100.00", date="2026-06-20")
    two = await old_sale(either, "OLD-2", contact=ada, date="2026-06-11")
    second = await either.receipt(two, "100.00", date="2026-06-21")
    await run(either)
    await run(either)
    assert await asked(either) == []

    await either.in_shop("DELETE", f"receipts/{second['id']}")
    moved = {"allocations": [{"sale_id": two["id"], "amount": "100.00"}]}
    await either.in_shop("PATCH", f"receipts/{receipt['id']}", moved)
    for each in (receipt["id"], second["id"]):
        await either.touched("oncord", "receipt", each)
    for _ in range(2):
        done = await either.sync(download=download)
        assert done.state in ("succeeded", "partial")

    [item] = await either.attention()
    assert item.key == "configuration:opening receivables"
    assert item.summary.startswith("100.00")
    await choose(either, "bring_in" if either.books.companies[either.realm].country == "AU" else "create")
    await run(either)
    await run(either)
    assert [(i["DocNumber"], i["Balance"]) for i in await either.books_list("invoice")] == [("OLD-1", 100)]
    assert await asked(either) == []
    await quiet(either)


@pytest.mark.parametrize("what", ["a sale of today", "in part", "nothing"])
async def test_a_receipt_that_is_taken_off_an_early_sale_leaves_it_open(shop_of_july: Joint, what: str) -> None:
    sale, receipt = await paid_before(shop_of_july)
    ada = sale["contact_id"]
    today = await shop_of_july.sale(ada, number="NEW-1")
    await run(shop_of_july)
    pays = {
        "a sale of today": [{"sale_id": today["id"], "amount": "22.00"}],
        "in part": [{"sale_id": sale["id"], "amount": "60.00"}, {"sale_id": today["id"], "amount": "22.00"}],
        "nothing": [],
    }[what]
    await shop_of_july.in_shop("PATCH", f"receipts/{receipt['id']}", {"allocations": pays})
    await run(shop_of_july)
    await run(shop_of_july)

    [item] = [each for each in await shop_of_july.attention() if each.key == "configuration:opening receivables"]
    assert item.summary.startswith("40.00" if what == "in part" else "100.00")


async def test_a_receipt_that_is_moved_between_sales_of_today_asks_nothing(shop_of_july: Joint) -> None:
    ada = await shop_of_july.contact()
    one, two = await shop_of_july.sale(ada["id"]), await shop_of_july.sale(ada["id"])
    receipt = await shop_of_july.receipt(one)
    await run(shop_of_july)
    moved = {"allocations": [{"sale_id": two["id"], "amount": "22.00"}]}
    await shop_of_july.in_shop("PATCH", f"receipts/{receipt['id']}", moved)

    assert await run(shop_of_july) == [("quickbooks", "receipt", "update")]
    assert await asked(shop_of_july) == []
    await quiet(shop_of_july)
