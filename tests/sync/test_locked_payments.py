"""B1 and cleared money: what QuickBooks takes off a payment by itself, when the document that it pays is voided, deleted or comes to less,
moves that payment, too. On a cash basis what a payment of a lodged period is applied to is what was lodged."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.support.joint import Joint
from tests.support.stories import book, quiet, run
from tests.sync.test_cancelled_late import cancel, credits_of, differences
from tests.sync.test_cleared_money import amounts, held, reconcile
from tests.sync.test_rules_locked import DO, lines, locked

Body = dict[str, Any]
LODGED, PAID, TODAY = date(2026, 10, 31), "2026-10-28", "2026-11-20"
TEA_UNTAXED = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "NON"}


async def paid_before(
    joint: Joint, *goods: Body, basis: str = "cash", day: str = PAID
) -> tuple[Body, Body, Body, Body]:
    """A sale of this month, its receipt of a day that is lodged afterwards, and both as they are in QuickBooks."""
    sale = await joint.sale((await joint.contact())["id"], *goods, date="2026-11-12", number="1041")
    receipt = await joint.receipt(sale, sale["total"], date=day)
    await run(joint)
    [invoice], [paid] = await joint.books_list("invoice"), await joint.books_list("payment")
    await joint.configure(lodged_until=LODGED, gst_basis=basis)
    return sale, receipt, invoice, paid


async def called_off(joint: Joint, sale: Body, receipt: Body) -> None:
    """The receipt is deleted and the sale cancelled before the same run."""
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await cancel(joint, sale)
    await run(joint)


async def as_it_was(joint: Joint, entity: str, document: Body) -> bool:
    return bool((await book(joint, entity, document["Id"]))["SyncToken"] == document["SyncToken"])


async def owed(joint: Joint) -> list[float]:
    return [invoice["Balance"] for invoice in await joint.books_list("invoice")]


@pytest.mark.parametrize("basis", ["cash", "undecided", "accrual"])
async def test_b1_a_cancelled_sale_is_not_voided_under_a_lodged_payment_whose_delete_is_asked_about(
    joint: Joint, basis: str
) -> None:
    sale, receipt, invoice, paid = await paid_before(joint, basis=basis)
    await called_off(joint, sale, receipt)

    assert await as_it_was(joint, "payment", paid)
    assert await as_it_was(joint, "invoice", invoice)
    assert await credits_of(joint) == [(TODAY, 22, 22)]
    [item] = await locked(joint)
    assert (item.record_kind, item.record_id) == ("receipt", receipt["id"])
    await quiet(joint)

    await joint.answer(item.id, DO)
    await run(joint)
    await run(joint)
    assert [p["TotalAmt"] for p in await joint.books_list("payment")] == [0], "the two documents are joined instead"
    assert (await owed(joint), await credits_of(joint)) == ([0], [(TODAY, 22, 0)])
    assert await joint.attention() == []
    assert await differences(joint) == []


async def test_b1_in_america_a_cancelled_sale_is_not_voided_under_a_payment_of_a_filed_return_either(us: Joint) -> None:
    sale, receipt, invoice, paid = await paid_before(us, TEA_UNTAXED)
    await called_off(us, sale, receipt)

    assert await as_it_was(us, "payment", paid)
    assert await as_it_was(us, "invoice", invoice)
    assert [(m["TotalAmt"], m["RemainingCredit"]) for m in await us.books_list("creditmemo")] == [
        (invoice["TotalAmt"], invoice["TotalAmt"])
    ]
    assert len(await locked(us)) == 1


async def test_s5_a_cancelled_sale_is_not_voided_under_a_payment_that_the_bank_holds(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"], date="2026-11-12", number="1041")
    receipt = await joint.receipt(sale, date="2026-11-12")
    await run(joint)
    [invoice], [paid] = await joint.books_list("invoice"), await joint.books_list("payment")
    await reconcile(joint)
    await called_off(joint, sale, receipt)

    assert await as_it_was(joint, "payment", paid)
    assert await as_it_was(joint, "invoice", invoice)
    assert await credits_of(joint) == [(TODAY, 22, 22)]
    [item] = await held(joint)
    await joint.answer(item.id, "unapply")
    await run(joint)
    await run(joint)
    assert await amounts(joint, paid) == (22, 22)
    assert (await owed(joint), await credits_of(joint)) == ([0], [(TODAY, 22, 0)])
    await quiet(joint)


async def test_b1_a_sale_that_comes_to_less_than_a_lodged_payment_pays_is_asked_about(joint: Joint) -> None:
    sale, _, invoice, paid = await paid_before(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {**lines("11.00"), "notes": "Thanks"})
    await run(joint)

    [item] = await locked(joint)
    assert item.summary == (
        "Sale 1041, Ada Lovelace of 12 Nov 2026, 22.00 AUD, tax 2.00 in QuickBooks, is to become 11.00 AUD, tax 1.00. It was not changed "
        "there, since QuickBooks would then take what was paid beyond that off the payment of 22.00 AUD of 28 Oct 2026, and a BAS or tax "
        "return is lodged up to 31 Oct 2026. Where GST is reported by what is paid, that of the old period moves with it."
    )
    assert await as_it_was(joint, "payment", paid)
    now = await book(joint, "invoice", invoice["Id"])
    assert (now["TotalAmt"], now["CustomerMemo"]["value"]) == (22, "Thanks")
    await quiet(joint)

    await joint.answer(item.id, "enter_difference")
    await run(joint)
    assert await as_it_was(joint, "payment", paid)
    assert await credits_of(joint) == [(TODAY, 11, 11)]
    assert await locked(joint) == []


async def test_b1_in_america_it_is_changed_as_ever_since_no_tax_follows_what_is_paid(us: Joint) -> None:
    sale, _, invoice, paid = await paid_before(us, TEA_UNTAXED, basis="undecided")
    await us.in_shop("PATCH", f"sales/{sale['id']}", {"lines": [{**TEA_UNTAXED, "quantity": "1"}]})
    await run(us)

    assert await locked(us) == []
    assert Decimal(str((await book(us, "invoice", invoice["Id"]))["TotalAmt"])) == 11
    assert await amounts(us, paid) == (22, 11)


@pytest.mark.parametrize(
    ("basis", "day", "price"), [("accrual", PAID, "11.00"), ("cash", TODAY, "11.00"), ("cash", PAID, "33.00")]
)
async def test_b1_a_sale_that_takes_nothing_off_a_lodged_payment_is_changed_as_ever(
    joint: Joint, basis: str, day: str, price: str
) -> None:
    sale, _, invoice, _ = await paid_before(joint, basis=basis, day=day)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", lines(price))
    await run(joint)

    assert Decimal(str((await book(joint, "invoice", invoice["Id"]))["TotalAmt"])) == Decimal(price)
    assert await locked(joint) == []


@pytest.mark.parametrize("basis", ["cash", "accrual"])
async def test_b1_a_deleted_sale_goes_from_under_a_lodged_payment_only_where_that_may_let_go(
    joint: Joint, basis: str
) -> None:
    sale, receipt, invoice, paid = await paid_before(joint, basis=basis)
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)

    if basis == "cash":
        assert await as_it_was(joint, "payment", paid)
        assert await as_it_was(joint, "invoice", invoice)
        [item] = await joint.attention()
        assert (item.kind, item.record_id) == ("locked_period", receipt["id"])
        await joint.answer(item.id, DO)
        await run(joint)
    assert await joint.books_list("invoice") == []
    assert await amounts(joint, paid) == (22, 22)
    assert [item.kind for item in await joint.attention()] == ["freed_payment"]


async def test_s3_nothing_goes_where_the_bank_holds_what_pays_a_deleted_sale_and_that_is_said(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"], date="2026-11-12", number="1041")
    await joint.receipt(sale, date="2026-11-12")
    await run(joint)
    [invoice], [paid] = await joint.books_list("invoice"), await joint.books_list("payment")
    await reconcile(joint)
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)

    assert await as_it_was(joint, "payment", paid)
    assert await as_it_was(joint, "invoice", invoice)
    [item] = await joint.attention()
    assert (item.kind, item.rule) == ("parked", "S3")
    assert (
        "its invoice stays: the payment of 22.00 AUD of 12 Nov 2026 on it stays as it is, since the bank reconciliation holds it (take it off "
        "the invoice in QuickBooks, or put the sale back)"
    ) in item.summary
    await quiet(joint)

    await joint.person("payment", {**await book(joint, "payment", paid["Id"]), "Line": []})
    await run(joint)
    assert await joint.books_list("invoice") == []
    assert await amounts(joint, paid) == (22, 22)
