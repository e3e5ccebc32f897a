"""R7, S5: one of the sales of a split receipt is void on one side. Its payment stays as it is, as far as the receipt's money
reaches: a receipt's amount is cash, and what its payments hold together is never more (R6)."""

from typing import Any

import pytest

from tests.support.joint import Joint
from tests.support.stories import Body, customer, invoice, quiet, remove, run, shop


async def half_void(joint: Joint, *, voided: bool = True) -> tuple[Body, str, str, dict[str, str]]:
    """A receipt over Ada's sale and Bea's, whose invoice the bookkeeper made; Bea's sale is void in Oncord alone. Answers
    the receipt, the two sales' ids, and the names of their customers by id."""
    bea = await customer(joint, "Bea")
    await invoice(joint, bea["Id"])
    await run(joint)
    [beas] = await joint.shop_list("sales")
    adas = await joint.sale((await joint.contact())["id"], {"description": "Tea", "quantity": "1", "unit_price": "90"})
    parts = [{"sale_id": adas["id"], "amount": "30.00"}, {"sale_id": beas["id"], "amount": "20.00"}]
    receipt = await joint.receipt(adas, "50.00", allocations=parts)
    await run(joint)
    if voided:
        await joint.in_shop("PATCH", f"sales/{beas['id']}", {"voided": True})
        await run(joint)
    return receipt, adas["id"], beas["id"], {c["Id"]: c["GivenName"] for c in await joint.books_list("customer")}


async def held(joint: Joint, names: dict[str, str]) -> dict[str, tuple[Any, Any]]:
    """What each payment comes to and what of it pays nothing, by its customer."""
    payments = await joint.books_list("payment")
    return {names[p["CustomerRef"]["value"]]: (p["TotalAmt"], p["UnappliedAmt"]) for p in payments}


async def edited(joint: Joint, receipt: Body, amount: str, adas: Body, beas: Body) -> None:
    parts = [part for part in (adas, beas) if part["amount"] != "0.00"]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"amount": amount, "allocations": parts})
    await run(joint)


@pytest.mark.parametrize(
    ("amount", "adas", "beas", "expected"),
    [
        pytest.param("25.00", "15.00", "10.00", {"Ada": (15, 0), "Bea": (10, 0)}, id="both are halved"),
        pytest.param("40.00", "30.00", "10.00", {"Ada": (30, 0), "Bea": (10, 0)}, id="the void one's is halved"),
        pytest.param("50.00", "45.00", "5.00", {"Ada": (45, 0), "Bea": (5, 0)}, id="it goes over to the other one"),
        pytest.param("50.00", "50.00", "0.00", {"Ada": (50, 0)}, id="all of it goes over to the other one"),
        pytest.param("30.00", "30.00", "0.00", {"Ada": (30, 0)}, id="nothing is left for the void one"),
        pytest.param("45.00", "25.00", "20.00", {"Ada": (25, 0), "Bea": (20, 0)}, id="the other one's alone is less"),
        pytest.param("60.00", "40.00", "20.00", {"Ada": (40, 0), "Bea": (20, 0)}, id="the other one's alone is more"),
    ],
)
@pytest.mark.parametrize("voided", [True, False])
async def test_r7_what_the_payments_of_a_split_receipt_hold_is_what_it_comes_to(
    joint: Joint, voided: bool, amount: str, adas: str, beas: str, expected: dict[str, tuple[Any, Any]]
) -> None:
    receipt, ada, bea, names = await half_void(joint, voided=voided)
    await edited(joint, receipt, amount, {"sale_id": ada, "amount": adas}, {"sale_id": bea, "amount": beas})

    assert await held(joint, names) == expected
    await quiet(joint)


async def test_s5_a_note_on_the_receipt_leaves_the_payment_of_the_void_sale_as_it_is(joint: Joint) -> None:
    receipt, _, _, names = await half_void(joint)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"reference": "R-9"})
    await run(joint)

    assert await held(joint, names) == {"Ada": (30, 0), "Bea": (20, 0)}
    assert {p["PaymentRefNum"] for p in await joint.books_list("payment")} == {"R-9"}
    assert {i.rule for i in await joint.attention()} == {"S5"}
    await quiet(joint)


@pytest.mark.parametrize("voided", [True, False])
@pytest.mark.parametrize("whose", ["Ada", "Bea"])
@pytest.mark.parametrize(
    ("change", "member", "value"),
    [({"PaymentRefNum": "Q-95"}, "reference", "Q-95"), ({"TxnDate": "2026-11-30"}, "date", "2026-11-30")],
    ids=["reference", "date"],
)
async def test_r7_what_is_typed_on_one_payment_of_a_split_receipt_reaches_the_receipt_and_the_other_one(
    joint: Joint, voided: bool, whose: str, change: Body, member: str, value: str
) -> None:
    receipt, _, _, names = await half_void(joint, voided=voided)
    [typed] = [p for p in await joint.books_list("payment") if names[p["CustomerRef"]["value"]] == whose]
    await joint.person("payment", {"Id": typed["Id"], "sparse": True, **change})
    await run(joint)

    assert (await shop(joint, "receipts", receipt["id"]))[member] == value
    assert [{k: p[k] for k in change} for p in await joint.books_list("payment")] == [change, change]
    assert await held(joint, names) == {"Ada": (30, 0), "Bea": (20, 0)}
    await quiet(joint)


async def bea_lost(joint: Joint, *, voided: bool) -> tuple[Body, str, str, dict[str, str]]:
    """A receipt over Ada's sale and Bea's, which may be void; the bookkeeper has deleted Bea's payment (R4)."""
    receipt, ada, bea, names = await half_void(joint, voided=voided)
    [lost] = [p for p in await joint.books_list("payment") if names[p["CustomerRef"]["value"]] == "Bea"]
    await remove(joint, "payment", lost["Id"])
    await run(joint)
    return receipt, ada, bea, names


@pytest.mark.parametrize("voided", [True, False])
async def test_r4_an_edit_of_the_payment_that_stands_leaves_the_lost_one_of_a_void_sale_in_the_receipt(
    joint: Joint, voided: bool
) -> None:
    receipt, ada, _, _ = await bea_lost(joint, voided=voided)
    [standing] = await joint.books_list("payment")
    lines = [{"Amount": 25, "LinkedTxn": standing["Line"][0]["LinkedTxn"]}]
    await joint.person("payment", {"Id": standing["Id"], "sparse": True, "TotalAmt": 25, "Line": lines})
    await run(joint)

    now = await shop(joint, "receipts", receipt["id"])
    assert now["amount"] == "45.00"
    assert [a["amount"] for a in now["allocations"] if a["sale_id"] == ada] == ["25.00"]
    await quiet(joint)


@pytest.mark.parametrize("voided", [True, False])
@pytest.mark.parametrize(
    ("amount", "adas", "beas", "expected"),
    [
        pytest.param("45.00", "25.00", "20.00", (25, 0), id="less for the one that stands"),
        pytest.param("60.00", "40.00", "20.00", (40, 0), id="more for the one that stands"),
        pytest.param("40.00", "30.00", "10.00", (30, 0), id="less for the lost one"),
    ],
)
async def test_r4_an_edit_of_the_receipt_puts_no_money_of_the_lost_payment_of_a_void_sale_on_the_other_one(
    joint: Joint, voided: bool, amount: str, adas: str, beas: str, expected: tuple[Any, Any]
) -> None:
    receipt, ada, bea, names = await bea_lost(joint, voided=voided)
    await edited(joint, receipt, amount, {"sale_id": ada, "amount": adas}, {"sale_id": bea, "amount": beas})

    assert await held(joint, names) == {"Ada": expected}
    await quiet(joint)
