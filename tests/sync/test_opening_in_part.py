"""I20: a receipt over a sale from before the start date and one of today: the part that stays in Oncord has the sale's cause."""

from decimal import Decimal

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, asked, run
from tests.sync.test_opening_receivables import choose, either, old_sale, shop_of_july
from tests.sync.test_tie_out import named

__all__ = ["either", "shop_of_july"]


async def over_both(joint: Joint, of_before: str, day: str = "2026-11-02") -> list[Body]:
    """A receipt that pays as much of a sale of 100.00 from before the start date, and 8.00 of one of today."""
    ada = await joint.contact()
    old = await old_sale(joint, contact=ada)
    new = await old_sale(joint, "NEW-1", "8.00", contact=ada, date="2026-11-01")
    parts = [{"sale_id": old["id"], "amount": of_before}, {"sale_id": new["id"], "amount": "8.00"}]
    await joint.receipt(new, f"{Decimal(of_before) + 8}", allocations=parts, date=day)
    await run(joint)
    return [old, new]


async def of_money(joint: Joint) -> set[tuple[str, Decimal, str]]:
    """What stands of money: what differs, by how much, and why."""
    return {(what, amount, cause) for kind, what, amount, cause in await named(joint) if kind == "receipt"}


@pytest.mark.parametrize(("paid", "cause"), [("100.00", "before_start"), ("60.00", "opening_receivable")])
async def test_the_part_that_pays_a_sale_that_stays_has_its_cause(either: Joint, paid: str, cause: str) -> None:
    await over_both(either, paid)
    await choose(either, "left_out")
    for _ in range(3):
        await run(either)

    [there] = await either.books_list("payment")
    assert (there["TotalAmt"], there["UnappliedAmt"], await asked(either)) == (8, 0, [])
    apart = -Decimal(paid)
    assert await of_money(either) == {("amount", apart, cause), ("applied", apart, cause)}


async def test_the_part_that_was_received_before_the_sale_was_brought_in_has_its_cause(shop_of_july: Joint) -> None:
    await over_both(shop_of_july, "60.00", day="2026-06-20")
    await choose(shop_of_july, "bring_in")
    for _ in range(3):
        await run(shop_of_july)

    assert {cause for *_, cause in await of_money(shop_of_july)} == {"opening_receivable"}
    [there] = await shop_of_july.books_list("payment")
    assert (there["TotalAmt"], there["UnappliedAmt"]) == (8, 0)


async def test_a_receipt_over_two_sales_of_today_goes_over_whole(shop_of_july: Joint) -> None:
    ada = await shop_of_july.contact()
    one, two = [await shop_of_july.sale(ada["id"], date="2026-11-01", number=f"NEW-{n}") for n in (1, 2)]
    parts = [{"sale_id": each["id"], "amount": "8.00"} for each in (one, two)]
    await shop_of_july.receipt(one, "16.00", allocations=parts)
    await run(shop_of_july)

    assert await of_money(shop_of_july) == set()
    assert [p["TotalAmt"] for p in await shop_of_july.books_list("payment")] == [16]


@pytest.mark.parametrize("paid", ["100.00", "60.00"])
async def test_the_part_of_a_sale_from_before_that_is_cancelled_later_has_its_cause(either: Joint, paid: str) -> None:
    old, _new = await over_both(either, paid)
    await either.in_shop("PATCH", f"sales/{old['id']}", {"voided": True})
    for _ in range(3):
        await run(either)

    [there] = await either.books_list("payment")
    assert (there["TotalAmt"], there["UnappliedAmt"], await asked(either)) == (8, 0, [])
    apart = -Decimal(paid)
    assert await of_money(either) == {("amount", apart, "before_start"), ("applied", apart, "before_start")}
