"""B1 and R7: of a receipt over several customers only the payment that is held waits. Each stands by itself; and the question says what
both sides come to meanwhile, so that what is left is a named difference, to the cent."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any, Literal

import pytest

from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import Body, quiet, run
from tests.sync.test_accounts_of_payments import moved
from tests.sync.test_cleared_money import ANYWAY, LEAVE, UNAPPLY, differences, held, reconcile
from tests.sync.test_rules_locked import locked
from tests.sync.test_rules_split_receipts import split_receipt


@pytest.fixture(params=["AU", "US"])
async def either(own_database: DatabaseUrls, request: pytest.FixtureRequest) -> AsyncIterator[Joint]:
    country: Literal["AU", "US"] = request.param
    async with joined(own_database.app, country=country) as made:
        done = await made.sync()
        assert done.state == "succeeded", (done.error, done.counters)
        yield made


async def split(joint: Joint) -> tuple[Body, list[Body]]:
    """A receipt over the sales of two contacts and its two payments, in either country."""
    codes = [c["code"] for c in await joint.shop_list("tax-codes") if float(c["rate"]) == 0]
    free = "NON" if "NON" in codes else codes[0]
    tea = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": free}
    ada, bea = await joint.contact(), await joint.contact("Bea", "Arthur")
    one, two = await joint.sale(ada["id"], tea), await joint.sale(bea["id"], tea)
    parts = [{"sale_id": one["id"], "amount": "22.00"}, {"sale_id": two["id"], "amount": "8.00"}]
    receipt = await joint.receipt(one, "30.00", allocations=parts)
    await run(joint)
    return receipt, await joint.books_list("payment")


async def over_two(joint: Joint) -> tuple[Body, list[Body]]:
    """A receipt over 22.00 of Ada and 8.00 of Bea; Ada's payment is reconciled, Bea's lies in another account."""
    receipt, payments = await split(joint)
    till = str((await joint.person("account", {"Name": "Card clearing", "AccountType": "Bank"}))["Id"])
    ada, bea = sorted(payments, key=lambda p: -float(p["TotalAmt"]))
    await moved(joint, bea, till)
    await run(joint)
    await reconcile(joint)
    return receipt, [ada, bea]


async def becomes(joint: Joint, receipt: Body, *amounts: str, **members: Any) -> None:
    parts = [{**part, "amount": amount} for part, amount in zip(receipt["allocations"], amounts, strict=True)]
    total = str(sum(map(Decimal, amounts)))
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"amount": total, "allocations": parts, **members})
    await run(joint)


async def amounts(joint: Joint, payments: list[Body]) -> list[float]:
    now = {p["Id"]: p["TotalAmt"] for p in await joint.books_list("payment")}
    return [now[p["Id"]] for p in payments if p["Id"] in now]


async def test_r7_the_payment_that_nothing_holds_goes_on_and_what_is_left_of_the_other_is_named(either: Joint) -> None:
    receipt, payments = await over_two(either)
    await becomes(either, receipt, "11.00", "4.00")

    assert await amounts(either, payments) == [22, 4]
    [item] = await held(either)
    assert "is to become 11.00" in item.summary
    assert "the receipt is 15.00" in item.summary
    assert "its payments in QuickBooks come to 26.00" in item.summary
    await quiet(either)
    await either.answer(item.id, LEAVE)
    await run(either)
    assert {(what, cause, amount) for what, cause, amount in await differences(either)} == {
        ("amount", "cleared", "11.00"),
        ("applied", "cleared", "11.00"),
    }
    await quiet(either)


@pytest.mark.parametrize("answer", [ANYWAY, UNAPPLY])
async def test_r7_the_payment_that_was_held_follows_its_answer(joint: Joint, answer: str) -> None:
    receipt, payments = await over_two(joint)
    await becomes(joint, receipt, "11.00", "4.00")
    [item] = await held(joint)
    await joint.answer(item.id, answer)
    await run(joint)

    assert await amounts(joint, payments) == ([11, 4] if answer == ANYWAY else [22, 4])
    assert {cause for _, cause, _ in await differences(joint)} <= {"cleared", "account_moved"}
    await quiet(joint)


@pytest.mark.parametrize("parts", [("12.00", "18.00"), ("25.00", "5.00")])
async def test_r7_money_that_goes_from_one_payment_to_the_other_is_never_there_twice(
    joint: Joint, parts: tuple[str, str]
) -> None:
    receipt, payments = await over_two(joint)
    await becomes(joint, receipt, *parts)

    assert await amounts(joint, payments) == [22, 8]
    [item] = await held(joint)
    await joint.answer(item.id, LEAVE)
    await run(joint)
    assert await amounts(joint, payments) == [22, 8]
    assert {cause for _, cause, _ in await differences(joint)} == {"cleared"}
    await quiet(joint)


async def test_r3_a_payment_that_is_no_part_of_its_receipt_any_more_is_held_by_itself(joint: Joint) -> None:
    receipt, payments = await over_two(joint)
    rest = [receipt["allocations"][1]]
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"amount": "8.00", "allocations": rest})
    await run(joint)

    assert await amounts(joint, payments) == [22, 8]
    [item] = await held(joint)
    await joint.answer(item.id, LEAVE)
    await run(joint)
    assert {cause for _, cause, _ in await differences(joint)} == {"cleared"}
    await quiet(joint)


async def test_r3_of_a_deleted_receipt_only_the_payment_that_the_statement_holds_stays(joint: Joint) -> None:
    receipt, payments = await over_two(joint)
    await joint.in_shop("DELETE", f"receipts/{receipt['id']}")
    await run(joint)

    assert await amounts(joint, payments) == [22, 8], "nothing is taken away before somebody has answered"
    [item] = await held(joint)
    assert "8.00 AUD, waits with that" in item.summary
    await quiet(joint)
    await joint.answer(item.id, LEAVE)
    await run(joint)
    assert await amounts(joint, payments) == [22]
    assert await differences(joint) == [("missing", "cleared", "22.00")]
    await quiet(joint)


async def test_r7_payments_that_are_both_held_and_left_are_named_with_what_the_receipt_comes_to(either: Joint) -> None:
    receipt, payments = await split(either)
    await reconcile(either)
    await becomes(either, receipt, "11.00", "4.00")

    [item] = await held(either)
    assert "the receipt is 15.00" in item.summary
    assert "come to 30.00" in item.summary
    await either.answer(item.id, LEAVE)
    await run(either)
    assert sorted(await amounts(either, payments)) == [8, 22]
    assert {cause for _, cause, _ in await differences(either)} == {"cleared"}
    await quiet(either)


@pytest.mark.parametrize("basis", ["accrual", "cash"])
async def test_b1_payments_of_a_locked_period_that_are_left_are_named_with_what_the_receipt_comes_to(
    joint: Joint, basis: str
) -> None:
    receipt, _ = await split_receipt(joint)
    await joint.configure(lodged_until=joint.clock.now().date(), gst_basis=basis)
    await becomes(joint, receipt, "11.00", "4.00")

    [item] = await locked(joint)
    assert "the receipt is 15.00 AUD in Oncord, and its payments in QuickBooks come to 30.00 AUD" in item.summary
    await joint.answer(item.id, LEAVE)
    await run(joint)
    assert {cause for _, cause, _ in await differences(joint)} == {"locked"}
    await quiet(joint)


async def test_r7_the_payment_of_one_customer_is_asked_about_as_ever(joint: Joint) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    receipt = await joint.receipt(sale)
    await run(joint)
    await reconcile(joint)
    await becomes(joint, receipt, "11.00")

    [item] = await held(joint)
    assert item.summary.endswith("since the bank reconciliation holds it.")
