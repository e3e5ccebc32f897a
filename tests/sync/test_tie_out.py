"""Runs end with a comparison of both sides: what it names, what the connection's light says, and what its certificate proves."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.container import build_container
from app.domain.model.configuration import MappedMethod
from app.domain.model.records import Kind, Side
from app.services import overview, tie_outs
from app.services.agreement import Agreement
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.records import mirrors
from app.tieout.__main__ import main
from app.tieout.certificate import check
from tests.support.joint import Joint
from tests.support.people import SOMEBODY
from tests.support.stories import customer, invoice, payment, remove, run

Body = dict[str, Any]
D = Decimal


async def light(joint: Joint) -> Agreement:
    return (await overview.read_connection(build_container(joint.runtime), joint.connection_id)).agreement


async def named(joint: Joint) -> list[tuple[str, str, Decimal, str]]:
    """What stands: kind, what, amount, cause."""
    lines = await tie_outs.list_standing(build_container(joint.runtime), joint.connection_id)
    return sorted((line["kind"], line["what"], D(line["amount"]), line["cause"]) for line in lines)


async def certificate(joint: Joint) -> Body:
    container = build_container(joint.runtime)
    taken = await tie_outs.take(container, joint.connection_id, who=SOMEBODY)
    found = await tie_outs.read_certificate(container, joint.connection_id, taken.id)
    return dict(json.loads(json.dumps(found)))


async def corrupt(joint: Joint, statement: str, **values: Any) -> None:
    """Change what we remember behind everybody's back."""
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        done = await tx.execute(statement, {"c": joint.connection_id, **values})  # type: ignore[arg-type]
        assert done.rowcount == 1


async def _a_shop(joint: Joint) -> tuple[Body, Body, Body]:
    """A sale of 22.00 that is paid by half, and an invoice of the books that is paid whole."""
    ada = await joint.contact()
    sale = await joint.sale(ada["id"])
    paid = await joint.receipt(sale, "11.00")
    kay = await customer(joint, "Kay")
    there = await invoice(joint, kay["Id"])
    await payment(joint, kay["Id"], str(there["TotalAmt"]), {there["Id"]: str(there["TotalAmt"])})
    await run(joint)
    return sale, paid, there


async def test_a_connection_agrees_after_its_run_and_its_certificate_proves_it(joint: Joint) -> None:
    assert (await light(joint)).light in ("unknown", "agrees")
    await _a_shop(joint)

    shown = await light(joint)
    proof = await certificate(joint)

    assert (shown.light, shown.differences, shown.unexplained) == ("agrees", 0, 0)
    assert proof["light"] == "agrees"
    assert check(proof) == []
    assert {f["table"] for f in proof["figures"]} == {
        "sales", "sales_by_code", "tax_by_code", "owed", "paid", "money_in",
    }  # fmt: skip
    assert all(f["oncord"] == f["quickbooks"] for f in proof["figures"])
    assert proof["judged"] == 4


async def test_a_cent_that_moved_in_the_mirror_turns_the_light_red_with_its_amount(joint: Joint) -> None:
    sale, *_ = await _a_shop(joint)
    await corrupt(
        joint,
        "UPDATE mirror SET record = jsonb_set(record, '{money,total}', '\"22.01\"') WHERE connection_id = %(c)s"
        " AND side = 'oncord' AND kind = 'sale' AND record_id = %(id)s",
        id=sale["id"],
    )

    proof = await certificate(joint)

    assert await named(joint) == [("sale", "total", D("-0.01"), "unexplained")]
    assert (await light(joint)).light == "unexplained"
    assert check(proof) == []


@pytest.mark.parametrize("member", ["amount", "hash", "oncord", "cause", "light"])
async def test_whoever_changes_a_certificate_is_found_out(joint: Joint, member: str, tmp_path: Path) -> None:
    sale, *_ = await _a_shop(joint)
    await joint.touched("oncord", "sale", sale["id"])  # it waits for its turn
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "x"})
    proof = await certificate(joint)
    whole = tmp_path / "certificate.json"
    whole.write_text(json.dumps(proof))
    assert main(["verify", str(whole)]) == 0

    if member == "light":
        proof["light"] = "unexplained"
    elif member == "hash":
        proof["hash"] = "0" * 64
    else:
        figure = proof["figures"][0]
        figure["difference" if member == "amount" else "oncord"] = "99.99"
    whole.write_text(json.dumps(proof))

    assert main(["verify", str(whole)]) == 1


async def test_a_sale_that_its_books_deleted_is_kept_by_rule_and_said_so(joint: Joint) -> None:
    sale, *_ = await _a_shop(joint)
    paid = await joint.books_list("payment")
    there = next(i for i in await joint.books_list("invoice") if D(str(i["TotalAmt"])) == D(sale["total"]))
    for one in paid:
        if one["Line"][0]["LinkedTxn"][0]["TxnId"] == there["Id"]:
            await remove(joint, "payment", one["Id"])
    await remove(joint, "invoice", there["Id"])
    await run(joint)

    assert await named(joint) == [
        ("receipt", "missing", D("-11.00"), "kept_by_rule"),
        ("sale", "missing", D("-22.00"), "kept_by_rule"),
    ]
    assert (await light(joint)).light == "differs"


async def test_an_invoice_that_stays_for_a_payment_when_its_sale_was_deleted_is_held_with_what_pays_it(
    joint: Joint,
) -> None:
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    [there] = await joint.books_list("invoice")
    await payment(joint, there["CustomerRef"]["value"], "8.00", {there["Id"]: "8.00"})
    await payment(joint, there["CustomerRef"]["value"], "5.00", {there["Id"]: "5.00"})
    await run(joint)
    await joint.in_shop("DELETE", f"sales/{sale['id']}")
    await run(joint)

    expected = [
        ("receipt", "applied", D("5.00"), "held"),
        ("receipt", "applied", D("8.00"), "held"),
        ("sale", "missing", D("22.00"), "held"),
    ]
    assert await named(joint) == expected
    assert check(await certificate(joint)) == []
    assert await named(joint) == expected
    assert (await light(joint)).light == "differs"


async def test_documents_whose_removal_waits_for_approval_are_held_until_somebody_answers(joint: Joint) -> None:
    contact = await joint.contact()
    sales = [await joint.sale(contact["id"]) for _ in range(13)]
    await run(joint)
    for sale in sales[:12]:
        await joint.in_shop("DELETE", f"sales/{sale['id']}")
    assert (await joint.sync()).state == "held"

    assert await named(joint) == [("sale", "missing", D("22.00"), "held")] * 12
    [item] = await joint.attention()
    await joint.answer(item.id, "approve")
    await run(joint)

    assert await named(joint) == []


async def test_a_payment_that_was_deposited_stays_when_its_receipt_was_deleted_and_says_what_holds_it(
    joint: Joint,
) -> None:
    undeposited = await joint.account("Other Current Asset", "UndepositedFunds")
    method = await joint.method("direct_deposit")
    await joint.configure(payment_methods=(MappedMethod(method, undeposited, preferred=True),))
    sale = await joint.sale((await joint.contact())["id"])
    paid = await joint.receipt(sale, "7.00", payment_method_id=method)
    await run(joint)
    [there] = await joint.books_list("payment")
    await joint.in_books("POST", "deposit", {"payments": [there["Id"]]})
    await joint.in_shop("DELETE", f"receipts/{paid['id']}")
    await run(joint)

    assert await named(joint) == [("receipt", "missing", D("7.00"), "held")]


async def test_a_receipt_of_several_payments_waits_for_the_one_whose_deletion_was_not_looked_at_yet(
    joint: Joint,
) -> None:
    sales = [await joint.sale((await joint.contact(name, "Byron"))["id"]) for name in ("Ada", "Bob")]
    parts = [{"sale_id": sale["id"], "amount": amount} for sale, amount in zip(sales, ("6.00", "5.00"), strict=True)]
    await joint.receipt(sales[0], "11.00", allocations=parts)
    await run(joint)
    payments = await joint.books_list("payment")
    assert {D(str(p["TotalAmt"])) for p in payments} == {D(6), D(5)}
    gone = next(p["Id"] for p in payments if D(str(p["TotalAmt"])) == D(5))
    await corrupt(
        joint,
        "UPDATE mirror SET deleted = true WHERE connection_id = %(c)s AND side = 'quickbooks' AND kind = 'receipt'"
        " AND record_id = %(id)s",
        id=gone,
    )
    await certificate(joint)
    assert {cause for *_, cause in await named(joint) if cause != "settled_otherwise"} == {"unexplained"}

    row = [PendingChange(Side.QUICKBOOKS, Kind.RECEIPT, gone)]
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await change_queue.add(tx, joint.connection_id, row, joint.clock.now())
    await certificate(joint)
    assert [each for each in await named(joint) if each[0] == "receipt"] == [
        ("receipt", "amount", D("-5.00"), "waiting"),
        ("receipt", "applied", D("-5.00"), "waiting"),
    ]


async def test_a_receipt_of_a_method_that_is_left_out_is_named_with_its_cause(joint: Joint) -> None:
    sale, *_ = await _a_shop(joint)
    await joint.receipt(sale, "3.00", payment_method_id=await joint.method("cash"))
    await run(joint)

    assert await named(joint) == [("receipt", "missing", D("-3.00"), "not_mapped")]


async def test_a_sale_of_before_the_start_date_is_named_with_what_pays_it(joint: Joint) -> None:
    ada = await joint.contact()
    old = await joint.sale(ada["id"], date="2025-12-30")
    await joint.receipt(old, "22.00", date="2025-12-31")
    await run(joint)

    assert await named(joint) == [
        ("receipt", "missing", D("-22.00"), "before_start"),
        ("sale", "missing", D("-22.00"), "before_start"),
    ]


async def test_a_run_that_downloads_nothing_compares_what_it_touched(joint: Joint) -> None:
    sale, paid, _ = await _a_shop(joint)
    whole = await light(joint)
    await joint.in_shop("PATCH", f"receipts/{paid['id']}", {"payment_method_id": await joint.method("cash")})
    await joint.touched("oncord", "receipt", paid["id"])
    await joint.sync(download=False)
    then = await light(joint)

    assert then.since == whole.since
    assert then.as_of is not None
    assert then.as_of > whole.since
    standing = await named(joint)
    await certificate(joint)

    assert await named(joint) == standing
    assert sale


async def test_what_was_not_compared_for_long_is_not_known(joint: Joint) -> None:
    await _a_shop(joint)
    known = await light(joint)
    joint.clock.pass_time(timedelta(hours=37).total_seconds())

    assert (await light(joint)).light == "unknown"
    assert (await light(joint)).since == known.since


async def test_a_link_that_is_lost_leaves_two_records_without_an_explanation(joint: Joint) -> None:
    sale, *_ = await _a_shop(joint)
    await corrupt(
        joint, "DELETE FROM link WHERE connection_id = %(c)s AND kind = 'sale' AND oncord_id = %(id)s", id=sale["id"]
    )
    await certificate(joint)

    found = await named(joint)
    assert ("sale", "missing", D("-22.00"), "unexplained") in found
    assert ("sale", "missing", D("22.00"), "unexplained") in found
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        assert await mirrors.load(tx, joint.connection_id, Side.ONCORD, Kind.SALE, [sale["id"]])
