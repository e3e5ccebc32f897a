"""A payment that would overpay a sale which the shop has a receipt for already is asked about before anything is made (R2)."""

from typing import Any

import pytest

from tests.support.joint import Joint
from tests.support.settlements import standing, told
from tests.support.stories import Body, payment, quiet, run


async def sold(joint: Joint, **members: Any) -> tuple[Body, Body]:
    """A sale of 22.00 and its invoice."""
    contact = (await joint.shop_list("contacts") or [await joint.contact()])[0]
    sale = await joint.sale(contact["id"], date="2026-10-01", due_date="2026-11-01", **members)
    await run(joint)
    invoice = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == sale["number"])
    return sale, invoice


async def by_card(joint: Joint, sale: Body, amount: str = "22.00", **members: Any) -> Body:
    """A receipt that stays in the shop: what its method is mapped to was never decided."""
    told_so = {"payment_method_id": await joint.method("paypal"), "date": "2026-10-02", **members}
    return await joint.receipt(sale, amount, **told_so)


async def paid(joint: Joint, invoice: Body, amount: str, **members: Any) -> Body:
    parts = members.pop("parts", {invoice["Id"]: amount})
    return await payment(joint, invoice["CustomerRef"]["value"], amount, parts, **members)


async def question(joint: Joint) -> Any:
    [item] = [i for i in await joint.attention() if i.kind == "ambiguous_match"]
    return item


@pytest.mark.parametrize("amount", ["20.00", "21.50"])
async def test_money_that_came_net_of_a_fee_is_asked_about_with_both_amounts(joint: Joint, amount: str) -> None:
    sale, invoice = await sold(joint)
    receipt = await by_card(joint, sale)
    await run(joint)
    await paid(joint, invoice, amount, TxnDate="2026-11-19")
    await run(joint)

    assert [r["id"] for r in await joint.shop_list("receipts")] == [receipt["id"]]
    item = await question(joint)
    assert "22.00 AUD of 2 Oct 2026 in Oncord" in item.summary
    assert f"{amount} AUD of 19 Nov 2026 in QuickBooks" in item.summary
    assert "together would pay more than the sale" in item.summary
    found = await standing(joint, sale)
    assert (told(found), found.chase) == (("paid", "22.00", "0.00"), False)
    await quiet(joint)


async def test_who_says_that_it_is_the_same_money_has_one_receipt(joint: Joint) -> None:
    sale, invoice = await sold(joint)
    receipt = await by_card(joint, sale)
    await run(joint)
    there = await paid(joint, invoice, "20.00")
    await run(joint)
    item = await question(joint)
    choice = receipt["id"] if item.side == "quickbooks" else there["Id"]
    await joint.answer(item.id, "choose", choice)
    await run(joint)

    assert len(await joint.shop_list("receipts")) == len(await joint.books_list("payment")) == 1
    assert any("22.00 AUD in Oncord and 20.00 AUD in QuickBooks" in i.summary for i in await joint.attention())


async def test_who_says_that_it_is_other_money_has_two_receipts_and_an_overpaid_sale(joint: Joint) -> None:
    sale, invoice = await sold(joint)
    await by_card(joint, sale)
    await run(joint)
    await paid(joint, invoice, "20.00")
    await run(joint)
    await joint.answer((await question(joint)).id, "create_new")
    await run(joint)

    assert sorted(r["amount"] for r in await joint.shop_list("receipts")) == ["20.00", "22.00"]
    found = await standing(joint, sale)
    assert (told(found), found.chase) == (("overpaid", "42.00", "0.00"), False)


async def test_a_surcharge_on_top_is_asked_about(joint: Joint) -> None:
    sale, invoice = await sold(joint)
    await by_card(joint, sale)
    await run(joint)
    parts = {invoice["Id"]: "22.00"}
    await paid(joint, invoice, "25.00", parts=parts)
    await run(joint)

    assert len(await joint.shop_list("receipts")) == 1
    asked = (await question(joint)).summary
    assert "22.00 AUD of 2 Oct 2026 in Oncord" in asked
    assert "25.00 AUD" in asked


async def test_one_transfer_for_two_invoices_is_asked_about(joint: Joint) -> None:
    one, first = await sold(joint)
    two, second = await sold(joint, number="SECOND")
    await by_card(joint, one)
    await by_card(joint, two)
    await run(joint)
    await paid(joint, first, "43.00", parts={first["Id"]: "22.00", second["Id"]: "21.00"})
    await run(joint)

    assert len(await joint.shop_list("receipts")) == 2
    asked = (await question(joint)).summary
    assert "43.00 AUD" in asked
    assert "22.00 AUD of 2 Oct 2026 in Oncord" in asked


async def test_a_receipt_of_another_contact_for_the_same_sale_is_asked_about(joint: Joint) -> None:
    sale, invoice = await sold(joint)
    other = await joint.contact("Grace", "Hopper")
    await by_card(joint, sale, contact_id=other["id"])
    await run(joint)
    await paid(joint, invoice, "20.00")
    await run(joint)

    assert len(await joint.shop_list("receipts")) == 1
    assert (await question(joint)).detail["choices"][0]["against"][0] == "another contact"


async def test_a_receipt_and_a_payment_that_come_at_once_are_asked_about_before_either_is_made(joint: Joint) -> None:
    sale, invoice = await sold(joint)
    await joint.receipt(sale, "22.00", date="2026-10-02")
    await paid(joint, invoice, "20.00", TxnDate="2026-11-19")
    await run(joint)

    assert len(await joint.shop_list("receipts")) == len(await joint.books_list("payment")) == 1
    assert (await question(joint)).record_kind == "receipt"
    await quiet(joint)


async def test_a_second_instalment_goes_on_as_before(joint: Joint) -> None:
    sale, invoice = await sold(joint)
    await by_card(joint, sale, "10.00")
    await run(joint)
    await paid(joint, invoice, "12.00")
    await run(joint)

    assert sorted(r["amount"] for r in await joint.shop_list("receipts")) == ["10.00", "12.00"]
    assert [i for i in await joint.attention() if i.kind == "ambiguous_match"] == []


async def test_an_overpayment_with_nothing_recorded_in_the_shop_goes_on_as_before(joint: Joint) -> None:
    _, invoice = await sold(joint)
    await paid(joint, invoice, "30.00", parts={invoice["Id"]: "22.00"})
    await run(joint)

    assert [r["amount"] for r in await joint.shop_list("receipts")] == ["30.00"]
    assert await joint.attention() == []
    await quiet(joint)


async def test_a_payment_beside_a_receipt_that_both_sides_hold_goes_on_as_before(joint: Joint) -> None:
    sale, invoice = await sold(joint)
    await joint.receipt(sale, "12.00")
    await run(joint)
    await paid(joint, invoice, "10.00")
    await run(joint)

    assert sorted(r["amount"] for r in await joint.shop_list("receipts")) == ["10.00", "12.00"]
    assert await joint.attention() == []
