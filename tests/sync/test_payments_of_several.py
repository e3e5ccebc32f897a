"""One receipt over the sales of two contacts is two payments in the books: those that stand there already are its own."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.joint import Joint
from tests.support.stories import customer, invoice, line, payment, quiet, run
from tests.sync.test_configuration_moves import codes

Body = dict[str, Any]
NAMES = (("Ada", "Lovelace", "10.00"), ("Bea", "Arthur", "20.00"))


async def two_bills(joint: Joint) -> tuple[list[Body], list[Body]]:
    """A sale of 11.00 to Ada and one of 22.00 to Bea, each with its invoice, which are certainly one."""
    sales, invoices = [], []
    for number, (first, last, price) in enumerate(NAMES, 1001):
        contact = await joint.contact(first, last)
        owner = await customer(joint, first, last, email=contact["email"])
        tea = {"description": "Tea", "quantity": "1", "unit_price": str(Decimal(price) * Decimal("1.1"))}
        sales.append(await joint.sale(contact["id"], {**tea, "tax_code": "GST"}, number=str(number), date="2026-11-01"))
        told = {"DocNumber": str(number), "TxnDate": "2026-11-01"}
        invoices.append(await invoice(joint, owner["Id"], await line(joint, price, "Tea"), **told))
    return sales, invoices


async def over_both(joint: Joint, sales: list[Body]) -> Body:
    """Ada's receipt that pays both."""
    parts = [{"sale_id": sale["id"], "amount": sale["total"]} for sale in sales]
    return await joint.receipt(sales[0], "33.00", allocations=parts, date="2026-11-03")


async def pays(joint: Joint, billed: Body, amount: str) -> Body:
    return await payment(joint, billed["CustomerRef"]["value"], amount, {billed["Id"]: amount}, TxnDate="2026-11-03")


async def balances(joint: Joint) -> list[float]:
    return [each["Balance"] for each in sorted(await joint.books_list("invoice"), key=lambda i: i["DocNumber"])]


@pytest.mark.parametrize("there", [(), (0,), (1,), (0, 1)])
async def test_r1_the_payments_of_a_receipt_that_stand_are_its_own_and_only_the_others_are_made(
    joint: Joint, there: tuple[int, ...]
) -> None:
    sales, invoices = await two_bills(joint)
    receipt = await over_both(joint, sales)
    standing = [await pays(joint, invoices[i], ("11.00", "22.00")[i]) for i in there]
    await run(joint)

    paid = await joint.books_list("payment")
    assert sorted(p["TotalAmt"] for p in paid) == [11, 22]
    assert {p["Id"] for p in standing} <= {p["Id"] for p in paid}
    assert await balances(joint) == [0, 0]
    assert await joint.attention() == []
    assert len(await joint.shop_list("receipts")) == 1
    await quiet(joint)

    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"date": "2026-11-04"})
    await run(joint)
    assert {p["TxnDate"] for p in await joint.books_list("payment")} == {"2026-11-04"}
    await quiet(joint)


async def test_r1_a_payment_that_is_none_of_a_receipts_for_certain_is_not_joined_and_pays_nothing_twice(
    joint: Joint,
) -> None:
    sales, invoices = await two_bills(joint)
    await over_both(joint, sales)
    await pays(joint, invoices[1], "21.50")
    await run(joint)

    [item] = await joint.attention()
    assert (item.kind, item.record_kind) == ("refused", "receipt")
    assert sorted(p["TotalAmt"] for p in await joint.books_list("payment")) == [11, 21.5]
    assert await balances(joint) == [0, 0.5]
    await quiet(joint)


async def test_r1_a_receipt_that_waited_for_one_of_its_sales_keeps_all_of_its_money(joint: Joint) -> None:
    sales, invoices = await two_bills(joint)
    await run(joint)
    decided = await codes(joint)
    free = next(code.code for code in decided if code.rate == "0")
    await joint.configure(tax_codes=tuple(code for code in decided if code.code != free))
    untaxed = {"description": "Tea", "quantity": "1", "unit_price": "22.00", "tax_code": free}
    waiting = await joint.sale(sales[1]["contact_id"], untaxed, number="1003", date="2026-11-01")
    await over_both(joint, [sales[0], waiting])
    standing = await pays(joint, invoices[0], "11.00")
    await run(joint)
    assert [p["TotalAmt"] for p in await joint.books_list("payment")] == [11]
    await joint.in_shop("PATCH", f"sales/{waiting['id']}", {"lines": [{**untaxed, "tax_code": "GST"}]})
    await run(joint)
    [item] = await joint.attention()
    await joint.answer(item.id, "choose", standing["Id"])
    await run(joint)

    assert sorted(p["TotalAmt"] for p in await joint.books_list("payment")) == [11, 22]
    assert await joint.attention() == []
    await quiet(joint)
