"""R4, R7: what the bookkeeper does to one of the payments of a receipt over two customers, told once and whole."""

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, asked, change, payment, quiet, remove, run, shop
from tests.sync.test_moved_contacts import two_people
from tests.sync.test_rules_split_receipts import split_receipt


def paid(receipt: Body) -> list[str]:
    return sorted(part["amount"] for part in receipt["allocations"])


@pytest.mark.parametrize("which", [0, 1])
async def test_r7_a_payment_that_is_taken_off_its_invoice_is_told_once(joint: Joint, which: int) -> None:
    receipt, payments = await split_receipt(joint)
    await joint.person("payment", {**payments[which], "Line": []})

    assert await run(joint) == [("oncord", "receipt", "update")]
    held = await shop(joint, "receipts", receipt["id"])
    assert (held["amount"], paid(held)) == ("30.00", [["8.00"], ["22.00"]][which])
    assert sorted(p["TotalAmt"] for p in await joint.books_list("payment")) == [8, 22]
    assert await asked(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("which", [0, 1])
async def test_r7_an_amount_that_is_changed_on_one_payment_is_told_once(joint: Joint, which: int) -> None:
    receipt, payments = await split_receipt(joint)
    leg = payments[which]
    await joint.person("payment", {**leg, "TotalAmt": 5, "Line": [{**leg["Line"][0], "Amount": 5}]})

    assert await run(joint) == [("oncord", "receipt", "update")]
    held = await shop(joint, "receipts", receipt["id"])
    assert (held["amount"], paid(held)) == [("13.00", ["5.00", "8.00"]), ("27.00", ["22.00", "5.00"])][which]
    await quiet(joint)


@pytest.mark.parametrize("which", [0, 1])
async def test_r7_a_payment_that_is_taken_off_and_moved_to_another_customer_is_told_once(
    joint: Joint, which: int
) -> None:
    receipt, payments = await split_receipt(joint)
    other = await joint.person("customer", {"GivenName": "Cat", "FamilyName": "Stevens"})
    await joint.person("payment", {**payments[which], "Line": [], "CustomerRef": {"value": other["Id"]}})
    await run(joint)

    held = await shop(joint, "receipts", receipt["id"])
    assert (held["amount"], paid(held)) == ("30.00", [["8.00"], ["22.00"]][which])
    await quiet(joint)


async def test_r7_both_payments_that_are_taken_off_are_told_once(joint: Joint) -> None:
    receipt, payments = await split_receipt(joint)
    for leg in payments:
        await joint.person("payment", {**leg, "Line": []})

    assert await run(joint) == [("oncord", "receipt", "update")]
    held = await shop(joint, "receipts", receipt["id"])
    assert (held["amount"], paid(held)) == ("30.00", [])
    await quiet(joint)


async def test_r7_the_only_payment_of_a_receipt_that_is_taken_off_is_told_once(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    receipt = await joint.receipt(sale)
    await run(joint)
    [made] = await joint.books_list("payment")
    await joint.person("payment", {**made, "Line": []})

    assert await run(joint) == [("oncord", "receipt", "update")]
    held = await shop(joint, "receipts", receipt["id"])
    assert (held["amount"], paid(held)) == ("22.00", [])
    await quiet(joint)


@pytest.mark.parametrize("how", ["reference", "amount", "nothing"])
@pytest.mark.parametrize("lost", [0, 1])
async def test_r4_a_payment_is_deleted_while_the_other_one_is_changed(joint: Joint, lost: int, how: str) -> None:
    receipt, payments = await split_receipt(joint)
    left = payments[1 - lost]
    await remove(joint, "payment", payments[lost]["Id"])
    if how == "reference":
        await change(joint, "payment", left["Id"], PaymentRefNum="R-8")
    elif how == "amount":
        await joint.person("payment", {**left, "TotalAmt": 5, "Line": [{**left["Line"][0], "Amount": 5}]})
    await run(joint)

    held = await shop(joint, "receipts", receipt["id"])
    kept = [["5.00", "22.00"], ["5.00", "8.00"]][lost] if how == "amount" else ["22.00", "8.00"]
    assert held["books_status"] == "gone"
    assert (held["reference"] or "") == ("R-8" if how == "reference" else "")
    assert (held["amount"], paid(held)) == (f"{sum(map(float, kept)):.2f}", sorted(kept))
    assert [p["Id"] for p in await joint.books_list("payment")] == [left["Id"]]
    assert await asked(joint) == []
    await quiet(joint)


async def test_r4_a_payment_that_is_deleted_while_its_receipt_was_edited_is_known_to_be_gone(joint: Joint) -> None:
    """Nothing has told of it yet: the run finds out when it wants to write."""
    receipt, payments = await split_receipt(joint)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "meanwhile"})
    await remove(joint, "payment", payments[1]["Id"])
    await joint.hazard("quickbooks", "read_lag", seconds=3600)
    await joint.sync()
    await joint.hazard("quickbooks", "read_lag", on=False)
    assert await asked(joint) == []
    await run(joint)

    [left] = await joint.books_list("payment")
    assert (left["Id"], left["PaymentRefNum"]) == (payments[0]["Id"], "meanwhile")
    assert (await shop(joint, "receipts", receipt["id"]))["books_status"] == "gone"
    await quiet(joint)


@pytest.mark.parametrize("rest", ["7.00", "0.00"])
async def test_a7_a_payment_with_money_left_stays_whole_where_its_contact_is_merged_in_oncord(
    joint: Joint, rest: str
) -> None:
    """Nothing is merged in QuickBooks, where the contact that stays has the customers of both."""
    ada, bea, _, beas = await two_people(joint)
    made = next(i for i in await joint.books_list("invoice") if i["CustomerRef"]["value"] == beas)
    whole = 22 + float(rest)
    theirs = await payment(joint, beas, f"{whole:.2f}", {made["Id"]: "22.00"})
    await run(joint)
    [receipt] = await joint.shop_list("receipts")
    await joint.in_shop("POST", f"contacts/{bea['id']}/merge", {"into": ada["id"]})

    assert [w for w in await run(joint) if w[1] == "receipt"] == []
    [paid] = await joint.books_list("payment")
    assert (paid["Id"], paid["TotalAmt"], paid["CustomerRef"]["value"]) == (theirs["Id"], whole, beas)
    held = await shop(joint, "receipts", receipt["id"])
    assert (held["contact_id"], held["amount"]) == (ada["id"], f"{whole:.2f}")
    await quiet(joint)


async def test_a7_money_left_that_a_person_gives_to_another_contact_goes_over(joint: Joint) -> None:
    _, bea, adas, beas = await two_people(joint)
    made = next(i for i in await joint.books_list("invoice") if i["CustomerRef"]["value"] == adas)
    await payment(joint, adas, "29.00", {made["Id"]: "22.00"})
    await run(joint)
    [receipt] = await joint.shop_list("receipts")
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"contact_id": bea["id"]})
    await run(joint)

    paid = {p["CustomerRef"]["value"]: (p["TotalAmt"], p["UnappliedAmt"]) for p in await joint.books_list("payment")}
    assert paid == {adas: (22, 0), beas: (7, 7)}
    await quiet(joint)
