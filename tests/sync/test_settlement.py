"""How sales stand in both systems: nobody who has paid is chased (docs/oncord.md 5)."""

from datetime import timedelta

import psycopg
import pytest
from psycopg.rows import dict_row

from app.storage.database import conninfo
from app.storage.records.settlements import STANDING
from tests.support.joint import Joint
from tests.support.services import DatabaseUrls
from tests.support.settlements import causes, standing, told
from tests.support.stories import book, change, payment, quiet, remove, run, void

PAST = "2026-11-01"


async def owing(joint: Joint, **members: object) -> tuple[dict[str, object], dict[str, object]]:
    """A sale of 22.00, past due and in the books, and its invoice."""
    contact = await joint.contact()
    sale = await joint.sale(contact["id"], date="2026-10-01", due_date=PAST, **members)
    await run(joint)
    [invoice] = await joint.books_list("invoice")
    return sale, invoice


async def test_an_unpaid_sale_past_due_may_be_chased_while_both_sides_were_read_within_a_day(joint: Joint) -> None:
    sale, _ = await owing(joint)

    found = await standing(joint, sale)
    assert (told(found), found.chase) == (("open", "0.00", "22.00"), True)
    assert found.as_of is not None

    joint.clock.pass_time(timedelta(hours=25).total_seconds())
    assert (await standing(joint, sale)).chase is False


async def test_a_receipt_that_was_synchronised_is_counted_once(joint: Joint) -> None:
    sale, _ = await owing(joint)
    await joint.receipt(sale, "12.00")
    await run(joint)
    found = await standing(joint, sale)

    assert (told(found), causes(found), found.chase) == (("partly", "12.00", "10.00"), {"receipt": "12.00"}, True)
    await run(joint)
    assert told(await standing(joint, sale)) == told(found)


async def test_a_receipt_that_waits_counts_and_so_does_one_that_is_left_out(joint: Joint) -> None:
    sale, _ = await owing(joint)
    await joint.receipt(sale, "10.00", payment_method_id=await joint.method("cash"))
    await joint.receipt(sale, "12.00", payment_method_id=await joint.method("paypal"))
    await run(joint)
    found = await standing(joint, sale)

    assert await joint.books_list("payment") == []
    assert (told(found), found.chase) == (("paid", "22.00", "0.00"), False)
    assert set(causes(found)) == {"receipt_in_oncord"}


async def test_a_payment_in_an_account_that_is_not_mapped_counts(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    other = await joint.person("account", {"Name": "Till", "AccountType": "Bank"})
    await payment(
        joint,
        invoice["CustomerRef"]["value"],  # type: ignore[index]
        "22.00",
        {str(invoice["Id"]): "22.00"},
        DepositToAccountRef={"value": other["Id"]},
    )
    await run(joint)
    found = await standing(joint, sale)

    assert await joint.shop_list("receipts") == []
    assert (told(found), causes(found)) == (("paid", "22.00", "0.00"), {"payment_in_quickbooks": "22.00"})


async def test_nobody_is_chased_while_a_payment_was_told_of_and_not_read_yet(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    paid = await payment(joint, invoice["CustomerRef"]["value"], "22.00", {str(invoice["Id"]): "22.00"})  # type: ignore[index]
    await joint.touched("quickbooks", "receipt", paid["Id"])

    assert (await standing(joint, sale)).chase is False
    await run(joint)
    assert told(await standing(joint, sale)) == ("paid", "22.00", "0.00")


async def test_a_sale_that_is_void_gone_or_never_seen_is_said_to_be_so(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    await void(joint, "invoice", str(invoice["Id"]))
    await run(joint)
    assert (await standing(joint, sale)).state == "void"

    other = await joint.sale(str(sale["contact_id"]))
    await run(joint)
    made = next(i for i in await joint.books_list("invoice") if i["Id"] != invoice["Id"])
    await remove(joint, "invoice", made["Id"])
    await run(joint)
    assert (await standing(joint, other)).state == "gone"
    assert (await standing(joint, {"id": "4711"})).state == "unknown"


async def test_credit_that_was_set_against_it_is_credit(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    line = {"description": "Back", "quantity": "-2", "unit_price": "11.00", "tax_code": "GST"}
    credit = await joint.sale(str(sale["contact_id"]), line, kind="adjustment")
    both = [{"sale_id": sale["id"], "amount": "22.00"}, {"sale_id": credit["id"], "amount": "-22.00"}]
    await joint.receipt(sale, "0.00", allocations=both)
    await run(joint)
    found = await standing(joint, sale)

    assert (await book(joint, "invoice", str(invoice["Id"])))["Balance"] == 0
    assert (told(found), causes(found)) == (("credited", "22.00", "0.00"), {"credit": "22.00"})


async def test_a_sale_under_a_question_is_not_chased(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "one"})
    await change(joint, "invoice", str(invoice["Id"]), CustomerMemo={"value": "two"})
    await run(joint)
    assert [item.kind for item in await joint.attention()] == ["conflict"]

    found = await standing(joint, sale)
    assert (found.state, found.chase) == ("open", False)
    await quiet(joint)


MANY = """
INSERT INTO mirror (connection_id, side, kind, record_id, record, pays, seen_at)
SELECT connection_id, side, kind, record_id || 'x' || n, record, ARRAY[connection_id || ' ' || side || ' x' || n], seen_at
FROM mirror, generate_series(1, 4000) n WHERE kind = 'receipt'
"""
QUESTIONS = """
INSERT INTO attention (id, connection_id, key, side, record_kind, record_id, created_at, updated_at, detail)
SELECT 'a' || n, 'con_test', 'k' || n, 'oncord', 'receipt', 'x' || n, now(), now(), '{}' FROM generate_series(1, 4000) n
"""


async def test_it_is_one_read_that_goes_by_indexes_whatever_there_is(joint: Joint, own_database: DatabaseUrls) -> None:
    sale, _ = await owing(joint)
    await joint.receipt(sale, "12.00")
    await run(joint)
    with psycopg.connect(conninfo(own_database.admin), autocommit=True, row_factory=dict_row) as admin:
        for statement in (MANY, QUESTIONS, "ANALYZE"):
            admin.execute(statement)
    asked = {"c": joint.connection_id, "id": str(sale["id"])}
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        found = await tx.execute(f"EXPLAIN ANALYZE {STANDING}", asked)
        plan = "\n".join([row["QUERY PLAN"] for row in await found.fetchall()])

    big = ("mirror", "attention")
    assert not [line for line in plan.splitlines() if "Seq Scan" in line and any(f"on {t} " in line for t in big)], plan
    for index in ("mirror_by_paid", "mirror_pkey", "attention_by_record"):
        assert index in plan, plan


async def test_new_money_for_what_is_there_already_goes_before_everything_else(joint: Joint) -> None:
    sale, _ = await owing(joint)
    await joint.receipt(sale, "12.00")
    grace = await joint.contact("Grace", "Hopper")
    later = await joint.sale(grace["id"])
    await joint.receipt(later, "22.00")
    await run(joint)

    made = [kind for side, kind, action in await joint.writes() if (side, action) == ("quickbooks", "create")]
    assert made == ["receipt", "contact", "sale", "receipt"]
    await quiet(joint)


@pytest.mark.parametrize("told", [False, True])
async def test_a_payment_in_the_books_goes_before_everything_else_also_where_its_invoice_was_told_of(
    joint: Joint, told: bool
) -> None:
    _, invoice = await owing(joint)
    there = await payment(joint, invoice["CustomerRef"]["value"], "12.00", {str(invoice["Id"]): "12.00"})  # type: ignore[index]
    await joint.sale((await joint.contact("Grace", "Hopper"))["id"])
    if told:  # QuickBooks tells of the invoice too, whose balance has moved
        await joint.touched("quickbooks", "receipt", there["Id"])
        await joint.touched("quickbooks", "sale", str(invoice["Id"]))
    await run(joint)

    made = [(side, kind) for side, kind, action in await joint.writes() if action == "create"]
    assert made[0] == ("oncord", "receipt")
    assert len(made) == 3
    await quiet(joint)


async def test_new_money_waits_for_what_has_to_make_room(joint: Joint) -> None:
    sale, _ = await owing(joint)
    first = await joint.receipt(sale, "22.00")
    await run(joint)
    await joint.in_shop("DELETE", f"receipts/{first['id']}")
    await joint.receipt(sale, "20.00")
    await run(joint)

    assert [p["TotalAmt"] for p in await joint.books_list("payment")] == [20]
    await quiet(joint)


async def test_new_money_waits_for_a_sale_that_has_grown(joint: Joint) -> None:
    sale, invoice = await owing(joint)
    lines = [{**sale["lines"][0], "quantity": "4"}]  # type: ignore[index]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": lines})
    await joint.receipt(sale, "44.00")
    await run(joint)

    assert (await book(joint, "invoice", str(invoice["Id"])))["Balance"] == 0
    await quiet(joint)
