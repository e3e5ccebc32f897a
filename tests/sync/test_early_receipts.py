"""S1: of a receipt that pays a sale from before the start date and one after it, the part that can go goes."""

from datetime import date

from tests.support.joint import Joint
from tests.support.stories import Body, asked, quiet, run


async def over_both(joint: Joint, early: str, late: str, amount: str) -> tuple[Body, Body, Body]:
    contact = await joint.contact()
    old = await joint.sale(contact["id"], date="2025-06-01", number="OLD-1")
    new = await joint.sale(contact["id"])
    parts = [{"sale_id": old["id"], "amount": early}, {"sale_id": new["id"], "amount": late}]
    return old, new, await joint.receipt(new, amount, allocations=parts)


async def test_s1_the_part_that_pays_the_later_sale_goes_and_the_other_waits_with_its_sale(joint: Joint) -> None:
    await over_both(joint, "22.00", "8.00", "30.00")
    await run(joint)

    [paid] = await joint.books_list("payment")
    [made] = await joint.books_list("invoice")
    assert (paid["TotalAmt"], paid["UnappliedAmt"], made["Balance"]) == (8, 0, 14)
    [item] = await joint.attention()
    assert (item.rule, item.kind, item.key) == ("S1", "unmapped", "configuration:opening receivables")
    assert "22.00 AUD of sales from before the start date 1 Jan 2026 was still open on it" in item.summary
    await quiet(joint)


async def test_s1_a_person_is_told_of_the_part_that_stays_where_the_earlier_sale_does(joint: Joint) -> None:
    await joint.configure(opening_receivables="left_out")
    await over_both(joint, "22.00", "8.00", "30.00")
    await run(joint)

    [paid] = await joint.books_list("payment")
    [made] = await joint.books_list("invoice")
    assert (paid["TotalAmt"], paid["UnappliedAmt"], made["Balance"]) == (8, 0, 14)
    [item] = await joint.attention()
    assert (item.rule, item.kind) == ("S1", "parked")
    assert "22.00 AUD of this receipt of 30.00 AUD pays sale OLD-1" in item.summary
    await quiet(joint)


async def test_s1_what_is_unallocated_goes_with_the_part_that_goes(joint: Joint) -> None:
    await over_both(joint, "10.00", "22.00", "35.00")
    await run(joint)

    [paid] = await joint.books_list("payment")
    assert (paid["TotalAmt"], paid["UnappliedAmt"]) == (25, 3)
    await quiet(joint)


async def test_s1_an_edit_on_either_side_leaves_the_earlier_part_where_it_is(joint: Joint) -> None:
    _, new, receipt = await over_both(joint, "22.00", "8.00", "30.00")
    await run(joint)
    [paid] = await joint.books_list("payment")
    lines = [{**paid["Line"][0], "Amount": 9}]
    await joint.person("payment", {**paid, "TotalAmt": 9, "Line": lines})
    await run(joint)

    [held] = await joint.shop_list("receipts")
    amounts = {a["sale_id"]: a["amount"] for a in held["allocations"]}
    assert (held["amount"], amounts[new["id"]], len(amounts)) == ("31.00", "9.00", 2)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "later"})
    await run(joint)
    [paid] = await joint.books_list("payment")
    assert (paid["TotalAmt"], paid["PaymentRefNum"]) == (9, "later")
    await quiet(joint)


async def test_s1_a_receipt_over_two_later_sales_asks_nothing(joint: Joint) -> None:
    contact = await joint.contact()
    one, two = await joint.sale(contact["id"]), await joint.sale(contact["id"])
    parts = [{"sale_id": one["id"], "amount": "22.00"}, {"sale_id": two["id"], "amount": "8.00"}]
    await joint.receipt(one, "30.00", allocations=parts)
    await run(joint)

    [paid] = await joint.books_list("payment")
    assert paid["TotalAmt"] == 30
    assert await asked(joint) == []


async def test_s1_an_earlier_start_date_brings_the_earlier_sale_and_the_rest_of_the_receipt(joint: Joint) -> None:
    await over_both(joint, "22.00", "8.00", "30.00")
    await run(joint)
    await joint.configure(start_date=date(2025, 1, 1))
    await run(joint)
    await run(joint)

    [paid] = await joint.books_list("payment")
    made = {i["DocNumber"]: i["Balance"] for i in await joint.books_list("invoice")}
    assert (paid["TotalAmt"], paid["UnappliedAmt"], sorted(made.values())) == (30, 0, [0, 14])
    assert await joint.attention() == []
    await quiet(joint)
