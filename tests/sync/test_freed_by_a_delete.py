"""S3: what a delete does to its neighbours by itself is nobody's edit, on either side; what a person types still travels."""

import pytest

from tests.support.joint import Joint
from tests.support.stories import (
    Body,
    asked,
    book,
    book_or_none,
    payment,
    quiet,
    remove,
    run,
    shop,
)

TEA = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "GST"}


def applied(paid: Body) -> dict[str, float]:
    return {x["LinkedTxn"][0]["TxnId"]: x["Amount"] for x in paid["Line"]}


async def paid_by_the_bookkeeper(joint: Joint, amount: str = "22.00") -> tuple[Body, Body, Body]:
    """A sale of the shop's, its invoice, and a payment that a bookkeeper has entered for it; all synchronised."""
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    [made] = await joint.books_list("invoice")
    paid = await payment(joint, made["CustomerRef"]["value"], amount, {made["Id"]: amount})
    await run(joint)
    return sale, made, paid


async def test_s3_a_payment_of_the_bookkeeper_stays_on_the_invoice_whose_sale_was_deleted(joint: Joint) -> None:
    sale, made, paid = await paid_by_the_bookkeeper(joint)
    await joint.in_shop("DELETE", f"sales/{sale['id']}")

    assert await run(joint) == []
    assert await asked(joint) == [("S3", "parked")]
    assert applied(await book(joint, "payment", paid["Id"])) == {made["Id"]: 22}
    assert await quiet(joint) is None
    assert (await book(joint, "invoice", made["Id"]))["Balance"] == 0


@pytest.mark.parametrize("what", ["reference", "amount", "another sale"])
async def test_s3_what_a_person_types_into_a_freed_receipt_still_travels(joint: Joint, what: str) -> None:
    sale, made, paid = await paid_by_the_bookkeeper(joint)
    other = await joint.sale(sale["contact_id"])
    await run(joint)
    [receipt] = await joint.shop_list("receipts")
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    typed: dict[str, Body] = {
        "reference": {"reference": "R-9"},
        "amount": {"amount": "30.00"},
        "another sale": {"allocations": [{"sale_id": other["id"], "amount": "22.00"}]},
    }
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", typed[what])
    await run(joint)

    now = await book(joint, "payment", paid["Id"])
    moved = next(i for i in await joint.books_list("invoice") if i["Id"] != made["Id"])
    if what == "reference":
        assert (now["PaymentRefNum"], now["TotalAmt"], applied(now)) == ("R-9", 22, {made["Id"]: 22})
    elif what == "amount":
        assert (now["TotalAmt"], applied(now)) == (30, {made["Id"]: 22})
    else:
        assert (now["TotalAmt"], applied(now)) == (22, {moved["Id"]: 22})
    if what != "another sale":
        assert await asked(joint) == [("S3", "parked")]
    await run(joint)
    await quiet(joint)


@pytest.mark.parametrize("edited", [False, True], ids=["as it was", "the receipt was edited meanwhile"])
async def test_s3_a_freed_receipt_is_allocated_again_once_its_sale_is_restored(joint: Joint, edited: bool) -> None:
    sale, made, _ = await paid_by_the_bookkeeper(joint)
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)
    if edited:
        [receipt] = await joint.shop_list("receipts")
        await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "meanwhile"})
        await run(joint)
    await joint.in_shop("POST", f"sales/{sale['id']}/restore")
    await run(joint)

    [receipt] = await joint.shop_list("receipts")
    assert receipt["allocations"] == [{"sale_id": sale["id"], "amount": "22.00"}]
    assert (await book(joint, "invoice", made["Id"]))["Balance"] == 0
    assert await asked(joint) == []
    await quiet(joint)


async def test_s3_a_payment_of_our_own_is_released_and_the_invoice_deleted(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await joint.receipt(sale)
    await run(joint)
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)

    assert await joint.books_list("invoice") == []
    [paid] = await joint.books_list("payment")
    assert (paid["TotalAmt"], paid["UnappliedAmt"]) == (22, 22)
    assert await asked(joint) == [("S3", "freed_payment")], "said, and nothing waits for it"
    await quiet(joint)


async def test_s3_one_of_our_own_beside_one_of_the_bookkeeper_is_released_once_that_one_is_gone(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await joint.receipt(sale, "10.00")
    await run(joint)
    [made] = await joint.books_list("invoice")
    foreign = await payment(joint, made["CustomerRef"]["value"], "12.00", {made["Id"]: "12.00"})
    await run(joint)
    await joint.in_shop("DELETE", f"sales/{sale['id']}")

    assert await run(joint) == []
    assert (await book(joint, "invoice", made["Id"]))["Balance"] == 0
    await remove(joint, "payment", foreign["Id"])
    [item] = await joint.attention()
    await joint.answer(item.id, "retry")
    await run(joint)

    assert await book_or_none(joint, "invoice", made["Id"]) is None
    [left] = await joint.books_list("payment")
    assert (left["TotalAmt"], left["UnappliedAmt"]) == (10, 10)
    await quiet(joint)


async def test_s6_a_receipt_over_two_sales_keeps_both_where_one_invoice_is_deleted(joint: Joint) -> None:
    contact = await joint.contact()
    one, two = await joint.sale(contact["id"]), await joint.sale(contact["id"])
    parts = [{"sale_id": one["id"], "amount": "22.00"}, {"sale_id": two["id"], "amount": "8.00"}]
    receipt = await joint.receipt(one, "30.00", allocations=parts)
    await run(joint)
    gone, left = sorted(await joint.books_list("invoice"), key=lambda i: float(i["Balance"]))
    await remove(joint, "invoice", gone["Id"])
    await run(joint)

    assert {a["sale_id"]: a["amount"] for a in (await shop(joint, "receipts", receipt["id"]))["allocations"]} == {
        one["id"]: "22.00",
        two["id"]: "8.00",
    }
    [paid] = await joint.books_list("payment")
    assert (paid["TotalAmt"], applied(paid)) == (30, {left["Id"]: 8})
    await quiet(joint)

    await joint.put_back("oncord", "sale", one["id"])
    await run(joint)
    [paid] = await joint.books_list("payment")
    assert (paid["TotalAmt"], sorted(applied(paid).values())) == (30, [8, 22])
    await quiet(joint)


async def test_s3_a_refund_keeps_its_credit_in_the_books_where_the_adjustment_was_deleted_and_another_payment_uses_it(
    joint: Joint,
) -> None:
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    adjustment = await joint.sale(contact["id"], {**TEA, "quantity": "-2"}, kind="adjustment")
    await run(joint)
    [made], [credit] = await joint.books_list("invoice"), await joint.books_list("creditmemo")
    joined = await payment(joint, made["CustomerRef"]["value"], "0.00", {made["Id"]: "5.00"}, {credit["Id"]: "5.00"})
    await joint.receipt(adjustment, "-10.00")
    await run(joint)
    assert len(await joint.books_list("payment")) == 2
    await joint.in_shop("DELETE", f"sales/{adjustment['id']}")

    assert await run(joint) == [], sale
    assert await asked(joint) == [("S7", "parked")] or await asked(joint) == [("S3", "parked")]
    assert len(await joint.books_list("payment")) == 2
    assert applied(await book(joint, "payment", joined["Id"])) == {made["Id"]: 5, credit["Id"]: 5}
    await quiet(joint)


async def test_s3_a_split_receipt_keeps_the_payment_of_the_deleted_sale_in_the_books(joint: Joint) -> None:
    ada, bea = await joint.contact(), await joint.contact("Bea", "Arthur")
    one, two = await joint.sale(ada["id"]), await joint.sale(bea["id"])
    parts = [{"sale_id": one["id"], "amount": "22.00"}, {"sale_id": two["id"], "amount": "8.00"}]
    receipt = await joint.receipt(one, "30.00", allocations=parts)
    await run(joint)
    beas = next(i for i in await joint.books_list("invoice") if i["CustomerRef"]["name"] == "Bea Arthur")
    await payment(joint, beas["CustomerRef"]["value"], "14.00", {beas["Id"]: "14.00"})
    await run(joint)
    await joint.in_shop("DELETE", f"sales/{two['id']}")

    assert await run(joint) == []
    assert sorted(p["TotalAmt"] for p in await joint.books_list("payment")) == [8, 14, 22]
    assert (await book(joint, "invoice", beas["Id"]))["Balance"] == 0
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"amount": "33.00"})
    await run(joint)

    assert sorted(p["TotalAmt"] for p in await joint.books_list("payment")) == [8, 14, 25]
    await quiet(joint)
