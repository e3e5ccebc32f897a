"""Money that is on both sides when it meets: adopted where that is certain, asked about where it is probable, and made
anew where nothing says that it is one."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.model.operations import Action
from tests.support.joint import Joint
from tests.support.stories import book, change, customer, invoice, line, payment, quiet, remove, run, void

Body = dict[str, Any]


async def _sale(
    joint: Joint, price: str = "100.00", *, number: str = "1001", owner: Body | None = None
) -> tuple[Body, Body]:
    """Ada's sale of `price` before tax and its invoice, which are certainly one."""
    contacts = await joint.shop_list("contacts")
    contact = contacts[0] if contacts else await joint.contact()
    owner = owner or await customer(joint, "Ada", "Lovelace", email="ada@example.com")
    tea = {"description": "Tea", "quantity": "1", "unit_price": str(Decimal(price) * Decimal("1.1")), "tax_code": "GST"}
    sale = await joint.sale(contact["id"], tea, number=number, date="2026-11-01")
    told = {"DocNumber": number, "TxnDate": "2026-11-01"}
    billed = await invoice(joint, owner["Id"], await line(joint, price, "Tea"), **told)
    return sale, billed


async def _paid(joint: Joint, billed: Body, amount: str, day: str, **members: Any) -> Body:
    told = {"TxnDate": day, **members}
    return await payment(joint, billed["CustomerRef"]["value"], amount, {billed["Id"]: amount}, **told)


async def _counts(joint: Joint) -> tuple[int, int]:
    return len(await joint.shop_list("receipts")), len(await joint.books_list("payment"))


async def _question(joint: Joint) -> Any:
    [item] = await joint.attention()
    assert (item.kind, item.record_kind) == ("ambiguous_match", "receipt")
    return item


async def test_weekly_instalments_with_their_own_ids_are_nobodys_question(joint: Joint) -> None:
    sale, billed = await _sale(joint)
    await joint.receipt(sale, "20.00", date="2026-11-03", reference="INST-1")
    await _paid(joint, billed, "20.00", "2026-11-10", PaymentRefNum="INST-2")
    await run(joint)

    assert await _counts(joint) == (2, 2)
    assert await joint.attention() == []
    await quiet(joint)


async def test_weekly_instalments_that_both_sides_know_meet_one_by_one(joint: Joint) -> None:
    sale, billed = await _sale(joint)
    for day in ("03", "10", "17"):
        await joint.receipt(sale, "20.00", date=f"2026-11-{day}")
    for day in ("18", "11", "04"):
        await _paid(joint, billed, "20.00", f"2026-11-{day}")
    await run(joint)

    assert await _counts(joint) == (3, 3)
    assert await joint.attention() == []
    await quiet(joint)


async def test_instalments_that_nothing_tells_apart_are_asked_about(joint: Joint) -> None:
    sale, billed = await _sale(joint)
    await joint.receipt(sale, "20.00", date="2026-11-03")
    there = await _paid(joint, billed, "20.00", "2026-11-10")
    await run(joint)

    assert await _counts(joint) == (1, 1)
    item = await _question(joint)
    assert "20.00 AUD waits until then." in item.summary
    assert item.detail["choices"][0]["against"] == ["7 days apart"]

    await joint.answer(item.id, "choose", there["Id"])
    await run(joint)

    assert await _counts(joint) == (1, 1)
    assert await joint.attention() == []
    await quiet(joint)


async def test_instalments_that_are_two_become_two_on_both_sides(joint: Joint) -> None:
    sale, billed = await _sale(joint)
    await joint.receipt(sale, "20.00", date="2026-11-03")
    await _paid(joint, billed, "20.00", "2026-11-10")
    await run(joint)
    await joint.answer((await _question(joint)).id, "create_new")
    await run(joint)

    assert await _counts(joint) == (2, 2)
    assert await joint.attention() == []
    await quiet(joint)


async def test_two_instalments_a_month_apart_are_nobodys_question(joint: Joint) -> None:
    sale, billed = await _sale(joint)
    await joint.receipt(sale, "20.00", date="2026-11-01")
    await _paid(joint, billed, "20.00", "2026-11-27")
    await run(joint)

    assert await _counts(joint) == (2, 2)
    assert await joint.attention() == []


@pytest.mark.parametrize("day", ["2026-11-03", "2026-11-30"])
async def test_money_that_would_pay_the_sale_twice_is_one_within_a_month(joint: Joint, day: str) -> None:
    sale, billed = await _sale(joint)
    await joint.receipt(sale, "110.00", date="2026-11-01", reference="pi_3NkAbCdEf1")
    await _paid(joint, billed, "110.00", day, PaymentRefNum="pi_3NkXyZwVu9")
    await run(joint)

    assert await _counts(joint) == (1, 1)
    assert await joint.attention() == []
    await quiet(joint)


async def test_money_that_would_pay_the_sale_twice_is_asked_about_when_it_is_older(joint: Joint) -> None:
    sale, billed = await _sale(joint)
    await joint.receipt(sale, "110.00", date="2026-09-01")
    await _paid(joint, billed, "110.00", "2026-11-01")
    await run(joint)

    assert await _counts(joint) == (1, 1)
    assert (await _question(joint)).detail["choices"][0]["against"] == ["61 days apart"]


async def test_money_in_another_account_is_asked_about_and_undeposited_money_is_not(joint: Joint) -> None:
    sale, billed = await _sale(joint)
    elsewhere = next(
        a["Id"]
        for a in await joint.books_list("account")
        if a["AccountType"] == "Other Current Asset" and a["AccountSubType"] != "UndepositedFunds"
    )
    await joint.receipt(sale, "110.00", date="2026-11-03")
    await _paid(joint, billed, "110.00", "2026-11-03", DepositToAccountRef={"value": elsewhere})
    other, invoiced = await _sale(joint, "50.00", number="1002", owner={"Id": billed["CustomerRef"]["value"]})
    waiting = next(a["Id"] for a in await joint.books_list("account") if a["AccountSubType"] == "UndepositedFunds")
    await joint.receipt(other, "55.00", date="2026-11-03")
    await _paid(joint, invoiced, "55.00", "2026-11-04", DepositToAccountRef={"value": waiting})
    await run(joint)

    assert await _counts(joint) == (2, 2)
    assert (await _question(joint)).detail["choices"][0]["against"] == ["another account"]


async def test_a_payment_less_its_fee_is_asked_about(joint: Joint) -> None:
    sale, billed = await _sale(joint)
    await joint.receipt(sale, "110.00", date="2026-11-03")
    await _paid(joint, billed, "107.10", "2026-11-05")
    await run(joint)

    assert await _counts(joint) == (1, 1)
    assert (await _question(joint)).detail["choices"][0]["against"] == ["the amount differs by 2.90 AUD"]


async def test_one_transfer_over_several_sales_is_asked_about(joint: Joint) -> None:
    sale, billed = await _sale(joint)
    other, invoiced = await _sale(joint, "50.00", number="1002", owner={"Id": billed["CustomerRef"]["value"]})
    await joint.receipt(sale, "110.00", date="2026-11-03")
    await joint.receipt(other, "55.00", date="2026-11-03")
    owner = billed["CustomerRef"]["value"]
    paid = {billed["Id"]: "110.00", invoiced["Id"]: "55.00"}
    await payment(joint, owner, "165.00", paid, TxnDate="2026-11-05")
    await run(joint)

    assert await _counts(joint) == (2, 1)
    items = await joint.attention()
    assert {i.kind for i in items} == {"ambiguous_match"}
    told = [words for i in items for c in i.detail["choices"] for words in c["speaks_for"]]
    assert "one transfer over several sales" in told
    [asked] = [i for i in items if i.side == "quickbooks"]
    assert "one of these only: 110.00 AUD of 3 Nov 2026 and 55.00 AUD of 3 Nov 2026." in asked.summary
    assert "make one receipt of them in Oncord, or one payment for each sale in QuickBooks" in asked.summary


async def _dearer(joint: Joint, sale: Body, receipt: Body, paid: Body) -> None:
    """The bookkeeper corrects the amount to one that nothing explains."""
    line_of = [{"Amount": 50, "LinkedTxn": x["LinkedTxn"]} for x in paid["Line"]]
    await joint.person("payment", {**await book(joint, "payment", paid["Id"]), "TotalAmt": 50, "Line": line_of})


async def _cheaper_in_the_shop(joint: Joint, sale: Body, receipt: Body, paid: Body) -> None:
    parts = [{"sale_id": sale["id"], "amount": "7.00"}]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"amount": "7.00", "allocations": parts})


async def _later(joint: Joint, sale: Body, receipt: Body, paid: Body) -> None:
    await change(joint, "payment", paid["Id"], TxnDate="2026-11-27")


async def _moved_in_the_books(joint: Joint, sale: Body, receipt: Body, paid: Body) -> None:
    other = await customer(joint, "Grace")
    now = await book(joint, "payment", paid["Id"])
    await joint.person("payment", {**now, "CustomerRef": {"value": other["Id"]}, "Line": []})


async def _moved_in_the_shop(joint: Joint, sale: Body, receipt: Body, paid: Body) -> None:
    other = await joint.contact("Grace", "Hopper")
    await joint.sale(other["id"], number="2001", date="2026-11-01")
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"contact_id": other["id"], "allocations": []})


async def _over_two_contacts(joint: Joint, sale: Body, receipt: Body, paid: Body) -> None:
    other = await joint.contact("Grace", "Hopper")
    hers = await joint.sale(other["id"], number="2001", date="2026-11-01")
    parts = [{"sale_id": sale["id"], "amount": "5.00"}, {"sale_id": hers["id"], "amount": "15.00"}]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"allocations": parts})


_EDITS = [_dearer, _cheaper_in_the_shop, _later, _moved_in_the_books, _moved_in_the_shop, _over_two_contacts]


async def _asked_about(joint: Joint) -> tuple[Body, Body, Body, Any]:
    """A receipt of 20.00 and a payment of 20.00 a week later, of which nobody knows whether they are one."""
    sale, billed = await _sale(joint)
    receipt = await joint.receipt(sale, "20.00", date="2026-11-03")
    paid = await _paid(joint, billed, "20.00", "2026-11-10")
    await run(joint)
    return sale, receipt, paid, await _question(joint)


@pytest.mark.parametrize("happens", _EDITS)
async def test_a_question_about_money_never_ends_in_one_more_receipt_or_payment(joint: Joint, happens: Any) -> None:
    sale, receipt, paid, asked_first = await _asked_about(joint)
    await happens(joint, sale, receipt, paid)
    await run(joint)
    await run(joint)

    assert await _counts(joint) == (1, 1)
    assert (await _question(joint)).id == asked_first.id
    await quiet(joint)

    await joint.answer(asked_first.id, "choose", paid["Id"])
    await run(joint)
    adopted = [d.operation.target_id for d in await joint.decisions() if d.operation.action is Action.ADOPT]
    assert adopted == [paid["Id"]]
    assert len(await joint.shop_list("receipts")) == 1


@pytest.mark.parametrize("happens", _EDITS)
async def test_a_question_about_money_that_is_answered_with_a_new_one_makes_one(joint: Joint, happens: Any) -> None:
    sale, receipt, paid, asked_first = await _asked_about(joint)
    await happens(joint, sale, receipt, paid)
    await run(joint)
    await joint.answer(asked_first.id, "create_new")
    await run(joint)

    legs = 2 if happens is _over_two_contacts else 1
    assert await _counts(joint) == (2, 1 + legs)
    assert [i for i in await joint.attention() if i.record_kind == "receipt"] == []
    await quiet(joint)


@pytest.mark.parametrize("gone", ["receipt", "payment", "voided payment"])
async def test_a_question_about_money_ends_when_one_of_the_two_is_gone(joint: Joint, gone: str) -> None:
    _, receipt, paid, _ = await _asked_about(joint)
    if gone == "receipt":
        await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    elif gone == "payment":
        await remove(joint, "payment", paid["Id"])
    else:
        await void(joint, "payment", paid["Id"])
    await run(joint)
    await run(joint)

    assert await _counts(joint) == (1, 2 if gone == "voided payment" else 1)
    assert await joint.attention() == []
    await quiet(joint)


async def test_a_question_about_money_that_has_become_certain_is_answered_by_that(joint: Joint) -> None:
    _, _, paid, _ = await _asked_about(joint)
    await change(joint, "payment", paid["Id"], TxnDate="2026-11-04")
    await run(joint)

    assert await _counts(joint) == (1, 1)
    assert await joint.attention() == []
    await quiet(joint)


async def test_money_that_a_person_calls_one_although_it_differs_is_said_until_it_is_gone(joint: Joint) -> None:
    sale, billed = await _sale(joint)
    receipt = await joint.receipt(sale, "110.00", date="2026-11-03")
    paid = await _paid(joint, billed, "107.10", "2026-11-05")
    await run(joint)
    await joint.answer((await _question(joint)).id, "choose", paid["Id"])
    await run(joint)

    [item] = await joint.attention()
    assert (item.kind, item.record_kind) == ("conflict", "receipt")
    assert "its amount is 110.00 AUD in Oncord and 107.10 AUD in QuickBooks" in item.summary
    await quiet(joint)
    assert len(await joint.attention()) == 1

    parts = [{"sale_id": sale["id"], "amount": "107.10"}]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"amount": "107.10", "allocations": parts})
    await run(joint)
    assert await joint.attention() == []
    await quiet(joint)


async def test_money_that_a_person_calls_one_although_it_pays_something_else_is_said(joint: Joint) -> None:
    sale, receipt, paid, item = await _asked_about(joint)
    await joint.person("payment", {**await book(joint, "payment", paid["Id"]), "Line": []})
    await run(joint)
    await joint.answer(item.id, "choose", paid["Id"])
    await run(joint)

    [item] = await joint.attention()
    assert "it does not pay the same in Oncord as in QuickBooks" in item.summary
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"allocations": []})
    await run(joint)
    assert await joint.attention() == []
    assert sale["number"] == "1001"
    await quiet(joint)


async def test_money_that_pays_nothing_and_was_moved_is_theirs_whose_receipt_it_is(joint: Joint) -> None:
    sale, billed = await _sale(joint)
    await joint.receipt(sale, "20.00", date="2026-11-03", allocations=[])
    owner = billed["CustomerRef"]["value"]
    paid = await payment(joint, owner, "20.00", TxnDate="2026-11-10")
    await run(joint)
    item = await _question(joint)
    other = await customer(joint, "Grace")
    now = await book(joint, "payment", paid["Id"])
    await joint.person("payment", {**now, "CustomerRef": {"value": other["Id"]}})
    await run(joint)
    assert await _counts(joint) == (1, 1)
    await joint.answer(item.id, "choose", paid["Id"])
    await run(joint)
    await run(joint)

    assert (await book(joint, "payment", paid["Id"]))["CustomerRef"]["value"] == owner
    assert await joint.attention() == []
    await quiet(joint)
