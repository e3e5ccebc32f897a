"""R7: a receipt over two customers is two payments; what changes on one of the three reaches the other two, once."""

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, asked, payment, quiet, remove, run, shop


async def split_receipt(joint: Joint) -> tuple[Body, list[Body]]:
    """A receipt over the sales of two contacts, and its two payments, the primary one first."""
    ada, bea = await joint.contact(), await joint.contact("Bea", "Arthur")
    one, two = await joint.sale(ada["id"]), await joint.sale(bea["id"])
    parts = [{"sale_id": one["id"], "amount": "22.00"}, {"sale_id": two["id"], "amount": "8.00"}]
    receipt = await joint.receipt(one, "30.00", allocations=parts)
    await run(joint)
    return receipt, sorted(await joint.books_list("payment"), key=lambda p: str(p["CustomerRef"]["name"]))


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("group", ["date", "reference", "all"])
async def test_r7_what_is_changed_on_one_payment_of_a_split_receipt_reaches_the_receipt_and_the_other_payment(
    joint: Joint, which: int, group: str
) -> None:
    receipt, payments = await split_receipt(joint)
    changes: dict[str, Body] = {
        "date": {"TxnDate": "2026-11-30"},
        "reference": {"PaymentRefNum": "R-77"},
    }
    wanted = {k: v for name, part in changes.items() if group in (name, "all") for k, v in part.items()}
    await joint.person("payment", {**payments[which], **wanted})
    writes = await run(joint)

    assert sorted(writes) == [("oncord", "receipt", "update"), ("quickbooks", "receipt", "update")]
    after = await joint.books_list("payment")
    for member, value in wanted.items():
        assert [p[member] for p in after] == [value] * 2
    assert sorted(p["TotalAmt"] for p in after) == [8, 22]
    held = await shop(joint, "receipts", receipt["id"])
    if group in ("date", "all"):
        assert held["date"] == "2026-11-30"
    if group in ("reference", "all"):
        assert held["reference"] == "R-77"
    assert held["payment_method_id"] == receipt["payment_method_id"]
    assert await joint.attention() == []
    await quiet(joint)

    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "later", "date": "2026-12-01"})
    assert sorted(await run(joint)) == [("quickbooks", "receipt", "update")] * 2
    assert {(p["PaymentRefNum"], p["TxnDate"]) for p in await joint.books_list("payment")} == {("later", "2026-12-01")}
    assert await joint.attention() == []
    await quiet(joint)


async def test_r7_different_things_changed_on_both_payments_of_a_split_receipt_reach_all_three(joint: Joint) -> None:
    receipt, payments = await split_receipt(joint)
    await joint.person("payment", {**payments[0], "TxnDate": "2026-11-30"})
    await joint.person("payment", {**payments[1], "PaymentRefNum": "R-77"})
    writes = await run(joint)

    assert len(writes) == len(set(writes)) + 1 == 3
    after = await joint.books_list("payment")
    assert {(p["TxnDate"], p["PaymentRefNum"]) for p in after} == {("2026-11-30", "R-77")}
    held = await shop(joint, "receipts", receipt["id"])
    assert (held["date"], held["reference"]) == ("2026-11-30", "R-77")
    await quiet(joint)


@pytest.mark.parametrize("kept", [0, 1])
async def test_r7_a_payment_whose_customer_the_receipt_no_longer_pays_for_is_taken_back(
    joint: Joint, kept: int
) -> None:
    receipt, payments = await split_receipt(joint)
    one = receipt["allocations"][kept]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"amount": one["amount"], "allocations": [one]})
    await run(joint)

    [left] = await joint.books_list("payment")
    assert left["Id"] in {p["Id"] for p in payments}
    assert left["TotalAmt"] == float(one["amount"])
    assert await asked(joint) == []
    await quiet(joint)

    both = {"amount": receipt["amount"], "allocations": receipt["allocations"]}
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", both)
    await run(joint)

    assert sum(p["TotalAmt"] for p in await joint.books_list("payment")) == float(receipt["amount"])
    await quiet(joint)


async def test_r7_a_payment_that_was_refused_keeps_its_receipt_open_until_it_is_there(joint: Joint) -> None:
    ada, bea = await joint.contact(), await joint.contact("Bea", "Arthur")
    one, two = await joint.sale(ada["id"]), await joint.sale(bea["id"])
    await run(joint)
    beas = next(i for i in await joint.books_list("invoice") if i["CustomerRef"]["name"] == "Bea Arthur")
    blocking = await payment(joint, beas["CustomerRef"]["value"], "20.00", {beas["Id"]: "20.00"}, TxnDate="2026-01-02")
    parts = [{"sale_id": one["id"], "amount": "22.00"}, {"sale_id": two["id"], "amount": "8.00"}]
    await joint.receipt(one, "30.00", allocations=parts)
    await run(joint)
    for _ in range(2):
        assert [p["TotalAmt"] for p in await joint.books_list("payment") if p["Id"] != blocking["Id"]] == [22]
        [item] = [i for i in await joint.attention() if i.kind == "refused"]
        await joint.answer(item.id, "retry")
        await run(joint)

    await remove(joint, "payment", blocking["Id"])
    [item] = [i for i in await joint.attention() if i.kind == "refused"]
    await joint.answer(item.id, "retry")
    await run(joint)

    assert sorted(p["TotalAmt"] for p in await joint.books_list("payment")) == [8, 22]
    assert [i.kind for i in await joint.attention()] == []
    await quiet(joint)
