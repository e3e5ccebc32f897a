"""Undecided is not "no" (law 13): what nobody has chosen waits under one question that is counted, and decides nothing."""

from dataclasses import replace
from typing import Any

import pytest

from app.container import build_container
from app.domain.model.configuration import MappedMethod, MappedTaxCode
from app.domain.model.operations import Action
from app.services.choices import undecided_receipts
from tests.support.joint import Joint
from tests.support.stories import asked, quiet, reasons, run
from tests.sync.test_configuration_moves import also, codes, methods

Body = dict[str, Any]


async def paid_by(joint: Joint, kind: str, amount: str, sale: Body) -> str:
    method = await joint.method(kind)
    await joint.receipt(sale, amount, payment_method_id=method)
    return method


async def a_sale(joint: Joint) -> Body:
    return await joint.sale(
        (await joint.contact())["id"],
        {"description": "Tea", "quantity": "1", "unit_price": "110.00", "tax_code": "GST"},
    )


@pytest.mark.parametrize("listed", [True, False])
async def test_r1_receipts_of_methods_that_nobody_decided_about_wait_under_one_question_with_counts(
    joint: Joint, listed: bool
) -> None:
    sale = await a_sale(joint)
    if listed:
        undecided = [MappedMethod(await joint.method(kind)) for kind in ("paypal", "credit_card")]
        await joint.configure(payment_methods=await also(joint, *undecided))
    card = await paid_by(joint, "credit_card", "60.00", sale)
    await paid_by(joint, "credit_card", "20.00", sale)
    await paid_by(joint, "paypal", "19.00", sale)
    await run(joint)

    assert await joint.books_list("payment") == []
    [item] = await joint.attention()
    assert (item.rule, item.kind) == ("R1", "unmapped")
    assert "3 receipts wait, 99.00 AUD in all" in item.summary
    assert "Credit card: 2 (80.00 AUD)" in item.summary
    assert "PayPal: 1 (19.00 AUD)" in item.summary
    assert {m["id"]: (m["receipts"], m["amount"]) for m in item.detail["methods"]}[card] == (2, "80.00")
    assert item.detail["count"] == 3
    assert sorted(each["amount"] for each in item.detail["records"]) == ["19.00", "20.00", "60.00"]
    assert {each["person"] for each in item.detail["records"]} == {"Ada Lovelace"}
    waiting = await undecided_receipts(build_container(joint.runtime), joint.connection_id)
    assert sum(each.receipts for each in waiting) == 3


async def test_r1_a_method_that_somebody_left_out_asks_nothing(joint: Joint) -> None:
    await paid_by(joint, "cash", "10.00", await a_sale(joint))
    await run(joint)

    assert await asked(joint) == []
    assert any("not synchronised" in why for why in await reasons(joint, Action.SKIP))


async def test_r1_deciding_about_one_method_leaves_the_question_about_the_other(joint: Joint) -> None:
    sale = await a_sale(joint)
    card = await paid_by(joint, "credit_card", "60.00", sale)
    await paid_by(joint, "paypal", "19.00", sale)
    await run(joint)

    await joint.configure(payment_methods=await also(joint, MappedMethod(card, await joint.account("Bank"))))
    await run(joint)

    assert [p["TotalAmt"] for p in await joint.books_list("payment")] == [60.0]
    [item] = await joint.attention()
    assert "1 receipt waits, 19.00 AUD in all" in item.summary

    await joint.configure(payment_methods=await also(joint, MappedMethod(await joint.method("paypal"), left_out=True)))
    await run(joint)

    assert await asked(joint) == []
    assert [p["TotalAmt"] for p in await joint.books_list("payment")] == [60.0]
    await quiet(joint)


async def test_r7_a_linked_receipt_stays_as_it_is_where_its_method_becomes_undecided(joint: Joint) -> None:
    await paid_by(joint, "direct_deposit", "110.00", await a_sale(joint))
    await run(joint)
    before = await joint.books_list("payment")

    await joint.configure(
        payment_methods=tuple(replace(m, deposit_account_id=None, preferred=False) for m in await methods(joint))
    )
    await quiet(joint)

    assert await joint.books_list("payment") == before
    assert await asked(joint) == []


async def test_s1_a_sale_with_a_tax_code_that_nobody_decided_about_waits_under_a_question(joint: Joint) -> None:
    decided = await codes(joint)
    await joint.configure(tax_codes=tuple(replace(c, quickbooks_id="") if c.code == "GST" else c for c in decided))
    await a_sale(joint)
    await run(joint)

    assert await asked(joint) == [("S1", "unmapped")]
    assert await joint.books_list("invoice") == []

    await joint.configure(tax_codes=decided)
    await run(joint)
    assert len(await joint.books_list("invoice")) == 1
    assert await asked(joint) == []


async def test_s1_a_sale_with_a_tax_code_that_is_left_out_stays_in_oncord_with_what_pays_it(joint: Joint) -> None:
    decided = await codes(joint)
    await joint.configure(
        tax_codes=(*(c for c in decided if c.code != "GST"), MappedTaxCode("GST", rate="10", left_out=True))
    )
    sale = await a_sale(joint)
    await joint.receipt(sale)
    await run(joint)

    assert await asked(joint) == []
    assert [await joint.books_list(e) for e in ("invoice", "payment")] == [[], []]
    assert any("are not synchronised" in why for why in await reasons(joint, Action.SKIP))

    await joint.configure(tax_codes=decided)
    await run(joint)
    assert [len(await joint.books_list(e)) for e in ("invoice", "payment")] == [1, 1]
