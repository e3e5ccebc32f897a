"""R7, S2, S5: a receipt that belongs to somebody else now belongs to them on both sides, alone or with the sale it pays."""

from collections.abc import Awaitable, Callable

import pytest

from app.domain.model.records import Kind
from app.domain.model.write_fields import ROOM
from app.domain.planner import Stage
from app.sync.context import TurnContext
from app.sync.writing import push
from app.sync.writing.answers import Progress
from tests.support.joint import Joint
from tests.support.stories import Body, asked, book, change, customer, invoice, payment, quiet, run, shop

Step = Callable[[TurnContext, Stage, Progress], Awaitable[None]]


class Died(Exception):
    """The process is gone."""


async def two_people(joint: Joint) -> tuple[Body, Body, str, str]:
    """Two contacts that both have a customer, and the ids of those."""
    ada, bea = await joint.contact(), await joint.contact("Bea", "Arthur")
    for one in (ada, bea):
        await joint.sale(one["id"])
    await run(joint)
    ids = {c["DisplayName"]: c["Id"] for c in await joint.books_list("customer")}
    return ada, bea, ids["Ada Lovelace"], ids["Bea Arthur"]


async def unallocated(joint: Joint, contact_id: str) -> Body:
    made: Body = await joint.in_shop(
        "POST",
        "receipts",
        {"contact_id": contact_id, "payment_method_id": await joint.method("direct_deposit"), "amount": "50.00"},
    )
    return made


async def test_r7_an_unallocated_receipt_that_is_moved_to_another_contact_moves_its_payment(joint: Joint) -> None:
    ada, bea, _, beas = await two_people(joint)
    receipt = await unallocated(joint, ada["id"])
    await run(joint)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"contact_id": bea["id"]})

    assert await run(joint) == [("quickbooks", "receipt", "update")]
    [paid] = await joint.books_list("payment")
    assert (paid["CustomerRef"]["value"], paid["TotalAmt"], paid["UnappliedAmt"]) == (beas, 50, 50)
    await quiet(joint)


async def test_r7_an_unallocated_receipt_that_is_moved_to_a_contact_without_a_customer_brings_that(
    joint: Joint,
) -> None:
    ada, _, _, _ = await two_people(joint)
    receipt = await unallocated(joint, ada["id"])
    await run(joint)
    cat = await joint.contact("Cat", "Stevens")
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"contact_id": cat["id"]})
    await run(joint)

    [paid] = await joint.books_list("payment")
    assert paid["CustomerRef"]["name"] == "Cat Stevens"
    assert await asked(joint) == []
    await quiet(joint)


async def test_r7_an_unapplied_payment_that_is_moved_to_another_customer_moves_its_receipt(joint: Joint) -> None:
    _, bea, adas, beas = await two_people(joint)
    paid = await payment(joint, adas, "50.00")
    await run(joint)
    await change(joint, "payment", paid["Id"], CustomerRef={"value": beas})

    assert await run(joint) == [("oncord", "receipt", "update")]
    [receipt] = await joint.shop_list("receipts")
    assert (receipt["contact_id"], receipt["amount"]) == (bea["id"], "50.00")
    await quiet(joint)


async def test_r7_a_payment_that_is_moved_with_its_invoice_moves_its_receipt_with_the_sale(joint: Joint) -> None:
    first, second = await customer(joint, "Grace"), await customer(joint, "Joan", "Clarke")
    made = await invoice(joint, first["Id"])
    paid = await payment(joint, first["Id"], "33.00", {made["Id"]: "33.00"})
    await run(joint)
    body = await book(joint, "payment", paid["Id"])
    await joint.person("payment", {**body, "Line": []})
    await change(joint, "invoice", made["Id"], CustomerRef={"value": second["Id"]})
    body = await book(joint, "payment", paid["Id"])
    lines = [{"Amount": 33, "LinkedTxn": [{"TxnId": made["Id"], "TxnType": "Invoice"}]}]
    await joint.person("payment", {**body, "CustomerRef": {"value": second["Id"]}, "Line": lines})
    await run(joint)

    joan = next(c for c in await joint.shop_list("contacts") if c["first_name"] == "Joan")
    [sale], [receipt] = await joint.shop_list("sales"), await joint.shop_list("receipts")
    assert (sale["contact_id"], receipt["contact_id"]) == (joan["id"], joan["id"])
    assert receipt["allocations"] == [{"sale_id": sale["id"], "amount": "33.00"}]
    assert await asked(joint) == []
    await quiet(joint)


async def test_r7_a_sale_and_its_receipt_that_are_moved_together_move_invoice_and_payment(joint: Joint) -> None:
    ada, bea, adas, beas = await two_people(joint)
    sale = await joint.sale(ada["id"], number="M-1")
    receipt = await joint.receipt(sale)
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"contact_id": bea["id"]})
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"contact_id": bea["id"]})
    await run(joint)

    [paid] = await joint.books_list("payment")
    made = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "M-1")
    assert (made["CustomerRef"]["value"], made["Balance"]) == (beas, 0)
    assert (paid["CustomerRef"]["value"], paid["UnappliedAmt"]) == (beas, 0)
    assert (await shop(joint, "receipts", receipt["id"]))["contact_id"] == bea["id"]
    assert await asked(joint) == [], adas
    await quiet(joint)


async def test_s2_a_paid_sale_that_is_moved_alone_takes_its_payment_along_in_quickbooks(joint: Joint) -> None:
    ada, bea, _, beas = await two_people(joint)
    sale = await joint.sale(ada["id"], number="M-1")
    receipt = await joint.receipt(sale, "10.00")
    await run(joint)
    made = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "M-1")
    theirs = await payment(joint, made["CustomerRef"]["value"], "5.00", {made["Id"]: "5.00"})
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"contact_id": bea["id"]})
    await run(joint)

    now = await book(joint, "invoice", made["Id"])
    assert (now["CustomerRef"]["value"], now["Balance"]) == (beas, 7)
    assert {p["CustomerRef"]["value"] for p in await joint.books_list("payment")} == {beas}
    assert (await book(joint, "payment", theirs["Id"]))["UnappliedAmt"] == 0
    assert [a["amount"] for a in (await shop(joint, "receipts", receipt["id"]))["allocations"]] == ["10.00"]
    assert await asked(joint) == []
    await quiet(joint)


async def test_s2_one_of_two_sales_of_a_receipt_that_is_moved_gets_a_payment_of_its_own(joint: Joint) -> None:
    ada, bea, adas, beas = await two_people(joint)
    one, two = await joint.sale(ada["id"]), await joint.sale(ada["id"])
    parts = [{"sale_id": one["id"], "amount": "22.00"}, {"sale_id": two["id"], "amount": "8.00"}]
    await joint.receipt(one, "30.00", allocations=parts)
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{two['id']}", {"contact_id": bea["id"]})
    await run(joint)

    paid = {p["CustomerRef"]["value"]: (p["TotalAmt"], p["UnappliedAmt"]) for p in await joint.books_list("payment")}
    assert paid == {adas: (22, 0), beas: (8, 0)}
    assert await asked(joint) == []
    await quiet(joint)


async def test_s2_a_sale_whose_payment_is_deposited_is_asked_about_and_nothing_moves(joint: Joint) -> None:
    ada, bea, adas, _ = await two_people(joint)
    sale = await joint.sale(ada["id"], number="M-1")
    await joint.receipt(sale)
    await run(joint)
    [paid] = await joint.books_list("payment")
    linked = [{"TxnId": paid["Id"], "TxnType": "Payment", "TxnLineId": "0"}]
    await joint.in_books(
        "POST",
        "deposit",
        {
            "DepositToAccountRef": {"value": await joint.account("Bank")},
            "Line": [{"Amount": paid["TotalAmt"], "LinkedTxn": linked}],
        },
    )
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"contact_id": bea["id"]})

    assert await run(joint) == []
    [item] = await joint.attention()
    assert item.rule == "S2"
    assert "bank deposit" in item.summary
    made = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "M-1")
    assert (made["CustomerRef"]["value"], made["Balance"]) == (adas, 0)


@pytest.mark.parametrize("blocked", ["deposited", "not synchronised"])
@pytest.mark.parametrize("first", [True, False])
async def test_s2_no_payment_lets_go_of_an_invoice_that_another_one_holds_where_it_is(
    joint: Joint, blocked: str, first: bool
) -> None:
    ada, bea, adas, _ = await two_people(joint)
    sale = await joint.sale(ada["id"], number="M-1")
    amounts = ["14.00", "8.00"] if first else ["8.00", "14.00"]
    for amount in amounts if blocked == "deposited" else amounts[1:]:
        await joint.receipt(sale, amount)
    await run(joint)
    made = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "M-1")
    if blocked == "deposited":
        held = next(p for p in await joint.books_list("payment") if p["TotalAmt"] == 14)
        linked = [{"TxnId": held["Id"], "TxnType": "Payment", "TxnLineId": "0"}]
        lines = [{"Amount": 14, "LinkedTxn": linked}]
        await joint.in_books(
            "POST", "deposit", {"DepositToAccountRef": {"value": await joint.account("Bank")}, "Line": lines}
        )
    else:  # no method is mapped to its account
        account = await joint.account("Other Current Asset", "UndepositedFunds")
        money = {"DepositToAccountRef": {"value": account}}
        await payment(joint, adas, amounts[0], {made["Id"]: amounts[0]}, **money)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"contact_id": bea["id"]})

    assert [w for w in await run(joint) if w[0] == "quickbooks"] == []
    assert await run(joint) == []
    made = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "M-1")
    assert (made["CustomerRef"]["value"], made["Balance"]) == (adas, 0)
    assert "moves no invoice under its payment" in " ".join(i.summary for i in await joint.attention())


async def test_s2_a_sale_without_a_payment_is_moved_in_one_write(joint: Joint) -> None:
    ada, bea, _, beas = await two_people(joint)
    sale = await joint.sale(ada["id"], number="M-1")
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"contact_id": bea["id"]})

    assert await run(joint) == [("quickbooks", "sale", "update")]
    made = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "M-1")
    assert made["CustomerRef"]["value"] == beas
    await quiet(joint)


async def test_r7_a_receipt_of_one_contact_that_pays_anothers_sale_stays_as_it_is(joint: Joint) -> None:
    ada, bea, adas, _ = await two_people(joint)
    sale = await joint.sale(ada["id"])
    receipt = await joint.receipt(sale)
    await run(joint)
    await joint.in_shop("PATCH", f"receipts/{receipt['id']}", {"contact_id": bea["id"]})

    assert await run(joint) == []
    [paid] = await joint.books_list("payment")
    assert (paid["CustomerRef"]["value"], paid["UnappliedAmt"]) == (adas, 0)
    await quiet(joint)


@pytest.mark.parametrize("dies_at", ["the move", "the payment's return"])
async def test_a_run_that_dies_between_the_steps_of_a_move_is_carried_on_by_the_next(
    joint: Joint, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    ada, bea, _, beas = await two_people(joint)
    sale = await joint.sale(ada["id"], number="M-1")
    receipt = await joint.receipt(sale)
    await run(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"contact_id": bea["id"]})
    carry_out_stage: Step = push.carry_out_stage
    fatal = Kind.SALE if dies_at == "the move" else Kind.RECEIPT

    async def dies(context: TurnContext, stage: Stage, progress: Progress) -> None:
        if any(o.action.writes and o.kind is fatal and ROOM not in o.fields for _, o in stage.operations):
            raise Died
        await carry_out_stage(context, stage, progress)

    with monkeypatch.context() as patched:
        patched.setattr(push, "carry_out_stage", dies)
        with pytest.raises(Died):
            await joint.sync()
    [paid] = await joint.books_list("payment")
    assert paid["UnappliedAmt"] == 22
    await run(joint)

    [paid] = await joint.books_list("payment")
    made = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == "M-1")
    assert (made["CustomerRef"]["value"], made["Balance"], paid["CustomerRef"]["value"]) == (beas, 0, beas)
    assert (await shop(joint, "receipts", receipt["id"]))["allocations"] == receipt["allocations"]
    assert await asked(joint) == []
    await quiet(joint)
