"""R7: two payments of one receipt come to stand on one customer, because theirs were merged; each keeps what it pays."""

from decimal import Decimal

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, quiet, run, shop

Held = dict[str, dict[str, Decimal]]


async def merged_legs(joint: Joint) -> tuple[Body, Body, Body, Body]:
    """A receipt of 55.00 over Ada's sale of 22.00 and Bea's of 33.00, whose customers are merged in the books."""
    ada, bea = await joint.contact(), await joint.contact("Bea", "Arthur")
    one = await joint.sale(ada["id"])
    two = await joint.sale(bea["id"], {"description": "Tea", "quantity": "3", "unit_price": "11.00", "tax_code": "GST"})
    parts = [{"sale_id": one["id"], "amount": "22.00"}, {"sale_id": two["id"], "amount": "33.00"}]
    receipt = await joint.receipt(one, "55.00", allocations=parts)
    await run(joint)
    customers = {c["GivenName"]: c["Id"] for c in await joint.books_list("customer")}
    loser, survivor = customers["Bea"], customers["Ada"]
    await joint.in_books("POST", "customer/merge", {"from": loser, "into": survivor})
    await joint.touched("quickbooks", "contact", loser, deleted_with=f"merged:{survivor}")
    await run(joint)
    assert {p["CustomerRef"]["value"] for p in await joint.books_list("payment")} == {survivor}
    return receipt, ada, one, two


async def held(joint: Joint) -> list[tuple[Decimal, dict[str, Decimal]]]:
    """What each payment holds: its money, and what it pays by the sale's number."""
    numbers = {i["Id"]: i["DocNumber"] for i in await joint.books_list("invoice")}
    found = []
    for payment in await joint.books_list("payment"):
        paid = {numbers[line["LinkedTxn"][0]["TxnId"]]: Decimal(str(line["Amount"])) for line in payment["Line"]}
        found.append((Decimal(str(payment["TotalAmt"])), paid))
    return sorted(found, key=lambda leg: min(leg[1], default=""))


async def change(joint: Joint, receipt: Body, amount: str, **parts: str) -> None:
    body = {"amount": amount, "allocations": [{"sale_id": k[1:], "amount": v} for k, v in parts.items()]}
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", body)


async def test_r7_an_edit_after_the_merge_reaches_the_one_payment_that_it_is_about(joint: Joint) -> None:
    receipt, _, one, two = await merged_legs(joint)
    await change(joint, receipt, "44.00", **{f"s{one['id']}": "22.00", f"s{two['id']}": "22.00"})
    assert await run(joint) == [("quickbooks", "receipt", "update")]
    assert await held(joint) == [
        (Decimal(22), {one["number"]: Decimal(22)}),
        (Decimal(22), {two["number"]: Decimal(22)}),
    ]
    assert await joint.attention() == []
    await quiet(joint)


async def test_r7_what_the_receipt_pays_besides_goes_to_one_of_its_payments_once(joint: Joint) -> None:
    receipt, ada, one, two = await merged_legs(joint)
    three = await joint.sale(ada["id"])
    await change(
        joint, receipt, "80.00", **{f"s{one['id']}": "22.00", f"s{two['id']}": "33.00", f"s{three['id']}": "22.00"}
    )
    await run(joint)
    legs = await held(joint)
    assert sum(money for money, _ in legs) == Decimal(80)
    paid = [item for _, part in legs for item in part.items()]
    assert sorted(paid) == sorted(
        [(one["number"], Decimal(22)), (two["number"], Decimal(33)), (three["number"], Decimal(22))]
    )
    assert await joint.attention() == []
    await quiet(joint)


async def test_r7_a_payment_that_is_left_with_nothing_is_taken_back(joint: Joint) -> None:
    receipt, _, one, _ = await merged_legs(joint)
    await change(joint, receipt, "22.00", **{f"s{one['id']}": "22.00"})
    await run(joint)
    assert await held(joint) == [(Decimal(22), {one["number"]: Decimal(22)})]
    await quiet(joint)


@pytest.mark.parametrize("which", [0, 1])
async def test_r7_what_one_of_the_two_lets_go_of_in_the_books_the_receipt_lets_go_of(joint: Joint, which: int) -> None:
    receipt, *_ = await merged_legs(joint)
    payment = (await joint.books_list("payment"))[which]
    left = Decimal(55) - Decimal(str(payment["TotalAmt"]))
    await joint.person("payment", {**payment, "Line": []})
    assert await run(joint) == [("oncord", "receipt", "update")]
    now = await shop(joint, "receipts", receipt["id"])
    assert (now["amount"], [Decimal(a["amount"]) for a in now["allocations"]]) == ("55.00", [left])
    await quiet(joint)


async def test_r7_a_note_on_the_receipt_reaches_both(joint: Joint) -> None:
    receipt, *_ = await merged_legs(joint)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "R-9"})
    assert await run(joint) == [("quickbooks", "receipt", "update")] * 2
    assert {p["PaymentRefNum"] for p in await joint.books_list("payment")} == {"R-9"}
    await quiet(joint)
