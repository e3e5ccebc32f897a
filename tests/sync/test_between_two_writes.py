"""A process that dies between what it decided and the writes of that, or between two writes, loses no update."""

from collections.abc import Awaitable, Callable

import pytest

from app.domain.model.records import Kind, Side
from app.domain.planner import Stage
from app.sync.context import TurnContext
from app.sync.writing import push
from app.sync.writing.answers import Progress
from tests.support.joint import Joint
from tests.support.stories import asked, book, customer, quiet, run, shop
from tests.sync.test_rules_locked import LODGED, a_sale, lines, locked
from tests.sync.test_rules_refunds import links_of, paid_back, refunded, returned
from tests.sync.test_rules_split_receipts import split_receipt

Step = Callable[[TurnContext, Stage, Progress], Awaitable[None]]


class Died(Exception):
    """The process is gone."""


async def _dies_before(joint: Joint, monkeypatch: pytest.MonkeyPatch, side: Side, kind: Kind) -> None:
    """A run whose process dies as it comes to the writes of this side and kind; then the next run finishes the work."""
    carry_out_stage: Step = push.carry_out_stage

    async def dies(context: TurnContext, stage: Stage, progress: Progress) -> None:
        if any(o.action.writes and (o.side, o.kind) == (side, kind) for _, o in stage.operations):
            raise Died
        await carry_out_stage(context, stage, progress)

    with monkeypatch.context() as patched:
        patched.setattr(push, "carry_out_stage", dies)
        with pytest.raises(Died):
            await joint.sync()
    await run(joint)


async def test_r5_an_adopted_refund_is_joined_to_its_open_credit_after_a_crash(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, adjustment = await returned(joint)
    await run(joint)
    [credit] = await joint.books_list("creditmemo")
    paid = await paid_back(joint, credit["CustomerRef"]["value"], 22.0)
    await joint.receipt(adjustment, "-22.00", date=paid["TxnDate"])
    await _dies_before(joint, monkeypatch, Side.QUICKBOOKS, Kind.RECEIPT)

    [joined] = [p for p in await joint.books_list("payment") if not p["TotalAmt"]]
    assert links_of(joined) == {"CreditMemo": (credit["Id"], 22), "Expense": (paid["Id"], 22)}
    assert await asked(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("which", [0, 1])
async def test_r7_what_one_payment_of_a_split_receipt_told_reaches_the_other_one_after_a_crash(
    joint: Joint, monkeypatch: pytest.MonkeyPatch, which: int
) -> None:
    receipt, payments = await split_receipt(joint)
    await joint.person("payment", {**payments[which], "TxnDate": "2026-11-30"})
    await _dies_before(joint, monkeypatch, Side.QUICKBOOKS, Kind.RECEIPT)

    assert (await shop(joint, "receipts", receipt["id"]))["date"] == "2026-11-30"
    assert {p["TxnDate"] for p in await joint.books_list("payment")} == {"2026-11-30"}
    assert await asked(joint) == []
    await quiet(joint)


async def test_r7_what_a_refund_pays_back_and_its_amount_cross_after_a_crash(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The shop pays back more while the bookkeeper joins less of the credit: each side is right about its own."""
    receipt, paid, joined, credit = await refunded(joint, "-12.00")
    lines = [{**line, "Amount": 8} for line in joined["Line"]]
    await joint.person("payment", {**joined, "Line": lines})
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"amount": "-20.00"})
    await _dies_before(joint, monkeypatch, Side.QUICKBOOKS, Kind.RECEIPT)

    held = await shop(joint, "receipts", receipt["id"])
    assert (held["amount"], [a["amount"] for a in held["allocations"]]) == ("-20.00", ["-8.00"])
    assert (await book(joint, "purchase", paid["Id"]))["TotalAmt"] == 20
    assert (await book(joint, "creditmemo", credit["Id"]))["RemainingCredit"] == 14
    await quiet(joint)


async def test_c5_a_pair_that_meets_anew_after_a_merge_agrees_on_everything_after_a_crash(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The survivor has a mobile of its own and another e-mail: one write goes each way, and a crash lies between them."""
    ada = await joint.contact()
    await joint.sale(ada["id"])
    grace = await customer(joint, "Grace", Mobile={"FreeFormNumber": "0499 111 111"})
    await run(joint)
    theirs = next(c for c in await joint.shop_list("contacts") if c["first_name"] == "Grace")
    await joint.in_shop("DELETE", f"contacts/{theirs['id']}")
    await run(joint)
    adas = next(c for c in await joint.books_list("customer") if c["DisplayName"] == "Ada Lovelace")
    await joint.in_books("POST", "customer/merge", {"from": adas["Id"], "into": grace["Id"]})
    await _dies_before(joint, monkeypatch, Side.QUICKBOOKS, Kind.CONTACT)

    kept = await shop(joint, "contacts", ada["id"])
    survivor = await book(joint, "customer", grace["Id"])
    assert (kept["email"], kept["mobile"]) == ("ada@example.com", "0499 111 111")
    assert survivor["PrimaryEmailAddr"]["Address"] == "ada@example.com"
    assert [item.kind for item in await joint.attention()] == ["conflict"]
    await quiet(joint)


@pytest.mark.parametrize("kind", [Kind.SALE, Kind.RECEIPT])
async def test_b1_a_difference_is_entered_and_joined_once_whatever_it_died_at(
    joint: Joint, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    sale, _ = await a_sale(joint)
    await joint.configure(lodged_until=LODGED)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", lines("11.00"))
    await run(joint)
    [item] = await locked(joint)
    await joint.answer(item.id, "enter_difference")
    await _dies_before(joint, monkeypatch, Side.QUICKBOOKS, kind)

    [memo] = await joint.books_list("creditmemo")
    assert (memo["TotalAmt"], memo["RemainingCredit"]) == (11, 0)
    assert await asked(joint) == []
    await quiet(joint)
