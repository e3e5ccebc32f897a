"""R7: whose a payment is follows from what it pays; once it pays nothing any more it is theirs whose receipt it is."""

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, asked, book, customer, invoice, payment, quiet, run, shop, written
from tests.sync.test_rules_split_receipts import split_receipt


async def moved_alone(joint: Joint, *, by: str) -> tuple[Body, Body, Body, str, str]:
    """Ada's paid sale is moved to Bea, without the receipt: sale, invoice, payment, and the customers of both."""
    ada, bea = await joint.contact(), await joint.contact("Bea", "Arthur")
    sale = await joint.sale(ada["id"], number="M-1")
    await joint.sale(ada["id"], number="M-2")
    await joint.sale(bea["id"], number="M-3")
    await run(joint)
    ids = {c["DisplayName"]: c["Id"] for c in await joint.books_list("customer")}
    adas, beas = ids["Ada Lovelace"], ids["Bea Arthur"]
    made = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "M-1")
    if by == "the shop":
        await joint.receipt(sale)
    else:
        await payment(joint, adas, "22.00", {made["Id"]: "22.00"})
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"contact_id": bea["id"]})
    await run(joint)
    [paid] = await joint.books_list("payment")
    assert (paid["CustomerRef"]["value"], paid["UnappliedAmt"]) == (beas, 0)
    return sale, made, paid, adas, beas


async def whose(joint: Joint) -> tuple[str, float]:
    [paid] = await joint.books_list("payment")
    return paid["CustomerRef"]["value"], paid["UnappliedAmt"]


@pytest.mark.parametrize("by", ["the shop", "the bookkeeper"])
async def test_r7_a_payment_that_is_unlinked_in_the_shop_goes_back_to_who_paid(joint: Joint, by: str) -> None:
    _, _, _, adas, _ = await moved_alone(joint, by=by)
    [receipt] = await joint.shop_list("receipts")
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"allocations": []})
    await run(joint)

    assert await whose(joint) == (adas, 22)
    assert await asked(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("by", ["the shop", "the bookkeeper"])
async def test_r7_a_payment_that_is_unlinked_in_the_books_goes_back_to_who_paid(joint: Joint, by: str) -> None:
    _, _, paid, adas, _ = await moved_alone(joint, by=by)
    await joint.person("payment", {**await book(joint, "payment", paid["Id"]), "Line": []})
    await run(joint)
    await run(joint)

    assert await whose(joint) == (adas, 22)
    [receipt] = await joint.shop_list("receipts")
    assert receipt["allocations"] == []
    assert await asked(joint) == []
    await quiet(joint)


async def test_s3_a_payment_of_the_shop_goes_back_to_who_paid_when_the_sale_is_deleted(joint: Joint) -> None:
    sale, _, _, adas, _ = await moved_alone(joint, by="the shop")
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)
    await run(joint)

    assert await whose(joint) == (adas, 22)
    assert [i["DocNumber"] for i in await joint.books_list("invoice")] == ["M-2", "M-3"]
    await quiet(joint)


async def test_s3_the_bookkeepers_payment_on_an_invoice_that_stays_goes_back_once_it_is_taken_off(joint: Joint) -> None:
    sale, made, paid, adas, beas = await moved_alone(joint, by="the bookkeeper")
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)
    assert await whose(joint) == (beas, 0)
    assert await asked(joint) == [("S3", "parked")]
    await quiet(joint)

    await joint.person("payment", {**await book(joint, "payment", paid["Id"]), "Line": []})
    await run(joint)
    await run(joint)
    assert await whose(joint) == (adas, 22)
    await quiet(joint)
    assert await joint.books_list("invoice") != [], made


@pytest.mark.parametrize("typed", [{"amount": "30.00"}, {"reference": "R-9"}])
async def test_r7_what_is_typed_into_a_freed_receipt_leaves_its_payment_on_the_invoice_that_stays(
    joint: Joint, typed: Body
) -> None:
    sale, made, paid, _, beas = await moved_alone(joint, by="the bookkeeper")
    [receipt] = await joint.shop_list("receipts")
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", typed)
    await run(joint)

    now = await book(joint, "payment", paid["Id"])
    assert (now["CustomerRef"]["value"], now["Line"][0]["LinkedTxn"][0]["TxnId"]) == (beas, made["Id"])
    assert (now["TotalAmt"], now.get("PaymentRefNum")) == (float(typed.get("amount", 22)), typed.get("reference"))
    assert await asked(joint) == [("S3", "parked")]
    await quiet(joint)


async def test_r7_a_payment_that_somebody_moves_in_the_books_takes_its_receipt_along(joint: Joint) -> None:
    _, _, paid, _, beas = await moved_alone(joint, by="the bookkeeper")
    body = await book(joint, "payment", paid["Id"])
    await joint.person("payment", {**body, "Line": []})
    await run(joint)
    await run(joint)
    body = await book(joint, "payment", paid["Id"])
    await joint.person("payment", {**body, "CustomerRef": {"value": beas}})
    await run(joint)

    bea = next(c for c in await joint.shop_list("contacts") if c["first_name"] == "Bea")
    [receipt] = await joint.shop_list("receipts")
    assert (await whose(joint), receipt["contact_id"]) == ((beas, 22), bea["id"])
    await quiet(joint)


async def test_r7_a_payment_of_one_contact_on_anothers_sale_stays_where_that_is(joint: Joint) -> None:
    _, _, paid, _, beas = await moved_alone(joint, by="the shop")
    [receipt] = await joint.shop_list("receipts")
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "R-1"})
    await run(joint)

    assert await whose(joint) == (beas, 0)
    assert [o.operation.fields for o in await written(joint)] == [("reference",)]
    assert (await shop(joint, "receipts", receipt["id"]))["contact_id"] == receipt["contact_id"], paid
    await quiet(joint)


async def test_r7_payments_whose_customers_were_merged_still_hold_their_own_part(joint: Joint) -> None:
    receipt, payments = await split_receipt(joint)
    adas, beas = (p["CustomerRef"]["value"] for p in payments)
    await joint.in_books("POST", "customer/merge", {"from": beas, "into": adas})
    await run(joint)
    await quiet(joint)
    parts = [dict(a) for a in receipt["allocations"]]
    parts[1]["amount"] = "5.00"
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"amount": "27.00", "allocations": parts})
    await run(joint)

    assert sorted(p["TotalAmt"] for p in await joint.books_list("payment")) == [5, 22]
    assert await asked(joint) == []
    await quiet(joint)


async def one_receipt_with_a_rest(joint: Joint) -> tuple[Body, Body, Body]:
    """A receipt of Ada's that pays Bea's sale and 8.00 besides: the receipt, its payment of the rest, and Cat's customer."""
    cats = await customer(joint, "Cat", "Stevens")
    await invoice(joint, cats["Id"])
    receipt, _ = await split_receipt(joint)
    parts = [{"sale_id": receipt["allocations"][1]["sale_id"], "amount": "22.00"}]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"allocations": parts})
    await run(joint)
    rest = next(p for p in await joint.books_list("payment") if p["UnappliedAmt"])
    assert (rest["TotalAmt"], rest["CustomerRef"]["name"]) == (8, "Ada Lovelace")
    return receipt, rest, cats


async def test_r7_the_payment_of_what_pays_nothing_takes_the_receipt_along_to_another_contact(joint: Joint) -> None:
    receipt, rest, cats = await one_receipt_with_a_rest(joint)
    await joint.person("payment", {**rest, "CustomerRef": {"value": cats["Id"]}})
    await run(joint)

    now = await shop(joint, "receipts", receipt["id"])
    cat = next(c for c in await joint.shop_list("contacts") if c["first_name"] == "Cat")
    assert (now["contact_id"], now["amount"]) == (cat["id"], "30.00")
    paid = {p["CustomerRef"]["name"]: p["TotalAmt"] for p in await joint.books_list("payment")}
    assert paid == {"Cat Stevens": 8, "Bea Arthur": 22}
    assert await asked(joint) == []
    await quiet(joint)


async def test_r7_the_payment_of_what_pays_nothing_may_go_to_a_customer_that_another_payment_is_of(
    joint: Joint,
) -> None:
    receipt, rest, _ = await one_receipt_with_a_rest(joint)
    [beas] = [p["CustomerRef"]["value"] for p in await joint.books_list("payment") if p["TotalAmt"] == 22]
    await joint.person("payment", {**rest, "CustomerRef": {"value": beas}})
    await run(joint)
    bea = next(c for c in await joint.shop_list("contacts") if c["first_name"] == "Bea")
    assert (await shop(joint, "receipts", receipt["id"]))["contact_id"] == bea["id"]
    await quiet(joint)

    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"amount": "29.00"})
    await run(joint)
    assert sorted((p["TotalAmt"], p["UnappliedAmt"]) for p in await joint.books_list("payment")) == [(7, 7), (22, 0)]
    await quiet(joint)
