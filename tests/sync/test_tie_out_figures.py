"""Each figure of a certificate shows what was moved in it, at its amount and under its cause: money in and out by account,
sales and tax by code and month, months, what each party owes, and what was paid."""

from decimal import Decimal
from typing import Any

import pytest

from app.domain.model.configuration import MappedMethod
from app.tieout.certificate import check
from tests.support.joint import Joint
from tests.support.stories import Body, customer, invoice, run, tax_code
from tests.sync.test_tie_out import certificate, corrupt

D = Decimal
Figure = tuple[str, str]
NOVEMBER, MARCH = "2026-11", "2026-03"


class World:
    """What is compared, by name: the accounts, codes and people of a small shop, and its documents."""

    ada: Body
    kay: Body
    bank: str
    till: str
    cash: str
    taxed: str
    free: str
    sale: Body
    receipt: Body
    refund: Body


async def a_world(joint: Joint) -> World:
    """A sale of 42.00 (2.00 of it tax), money through two methods, and somebody who was paid back 11.00; synchronised."""
    world = World()
    world.bank, world.till = await joint.account("Bank"), await joint.account("Other Current Asset", "UndepositedFunds")
    world.cash = await joint.method("cash")
    world.taxed, world.free = await tax_code(joint), await tax_code(joint, "GST-free")
    free = next(c["code"] for c in await joint.shop_list("tax-codes") if float(c["rate"]) == 0)
    direct = await joint.method("direct_deposit")
    await joint.configure(
        payment_methods=(
            MappedMethod(direct, world.bank, preferred=True),
            MappedMethod(world.cash, world.till, preferred=True),
        )
    )
    world.ada = await joint.contact()
    tea = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": "GST"}
    book = {"description": "Book", "quantity": "1", "unit_price": "20.00", "tax_code": free}
    world.sale = await joint.sale(world.ada["id"], tea, book)
    world.receipt = await joint.receipt(world.sale, "11.00")
    await joint.receipt(world.sale, "7.00", payment_method_id=world.cash)
    back = await joint.sale((await joint.contact("Bob", "Byron"))["id"], {**tea, "quantity": "-1"}, kind="adjustment")
    world.refund = await joint.receipt(back, "-11.00")
    world.kay = await customer(joint, "Kay")
    await invoice(joint, world.kay["Id"])
    await run(joint)
    return world


async def apart(joint: Joint) -> dict[Figure, tuple[Decimal, dict[str, str]]]:
    """The figures in which the sides differ: QuickBooks less Oncord, and the causes; whoever owes, by name."""
    proof = await certificate(joint)
    assert check(proof) == []
    return {
        (figure["table"], (figure["name"] if figure["table"] == "owed" else "") or figure["key"]): (
            D(figure["difference"]),
            figure["causes"],
        )
        for figure in proof["figures"]
        if figure["causes"]
    }


async def rewrite(joint: Joint, side: str, record_id: str, what: str, **values: Any) -> None:
    """Change what we remember of a record: `what` is an expression over its JSON."""
    await corrupt(
        joint,
        f"UPDATE mirror SET record = {what} WHERE connection_id = %(c)s AND side = %(side)s AND record_id = %(id)s"  # noqa: S608
        " AND kind = %(kind)s",
        side=side,
        id=record_id,
        **values,
    )


async def there(joint: Joint, kind: str, oncord_id: str) -> str:
    """The counterpart of a record; of a refund the money out."""
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        found = await tx.execute(
            "SELECT quickbooks_id FROM link WHERE connection_id = %s AND kind = %s AND oncord_id = %s AND part = ''",
            (joint.connection_id, kind, oncord_id),
        )
        rows = await found.fetchall()
    return str(rows[0]["quickbooks_id"])


def both(mine: Figure, theirs: Figure, amount: str) -> dict[Figure, tuple[Decimal, dict[str, str]]]:
    """An amount that has moved from one figure to another."""
    less = f"-{amount}" if not amount.startswith("-") else amount[1:]
    return {mine: (D(less), {"unexplained": less}), theirs: (D(amount), {"unexplained": amount})}


async def test_money_in_by_account(joint: Joint) -> None:
    world = await a_world(joint)
    payment = await there(joint, "receipt", world.receipt["id"])
    await rewrite(joint, "quickbooks", payment, "jsonb_set(record, '{channel}', '\"999\"')", kind="receipt")

    assert await apart(joint) == both(("money_in", f"account:{world.bank}"), ("money_in", "account:999"), "11.00")


async def test_money_in_by_payment_method(joint: Joint) -> None:
    world = await a_world(joint)
    changed = f"jsonb_set(record, '{{channel}}', '\"{world.cash}\"')"
    await rewrite(joint, "oncord", world.receipt["id"], changed, kind="receipt")

    moved = both(("money_in", f"account:{world.till}"), ("money_in", f"account:{world.bank}"), "11.00")
    assert await apart(joint) == moved


async def test_money_in_by_a_payment_method_that_is_left_out_stands_by_itself(joint: Joint) -> None:
    world = await a_world(joint)
    left_out = await joint.method("paypal")
    await joint.configure(payment_methods=(*await _methods(joint), MappedMethod(left_out, left_out=True)))
    await joint.receipt(world.sale, "3.00", payment_method_id=left_out)
    await run(joint)

    found = await apart(joint)
    assert found["money_in", f"method:{left_out}"] == (D("-3.00"), {"not_mapped": "-3.00"})
    assert found["paid", ""] == (D("-3.00"), {"not_mapped": "-3.00"})
    assert found["owed", "Ada Lovelace"] == (D("3.00"), {"not_mapped": "3.00"})


async def _methods(joint: Joint) -> tuple[MappedMethod, ...]:
    from app.storage.connections import connections

    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        connection = await connections.get(tx, joint.connection_id)
    assert connection is not None
    assert connection.configuration is not None
    return tuple(connection.configuration.payment_methods)


async def test_money_out_by_account(joint: Joint) -> None:
    world = await a_world(joint)
    paid_back = await there(joint, "receipt", world.refund["id"])
    await rewrite(joint, "quickbooks", paid_back, "jsonb_set(record, '{channel}', '\"999\"')", kind="receipt")

    assert await apart(joint) == both(("money_out", f"account:{world.bank}"), ("money_out", "account:999"), "-11.00")


async def test_a_cent_of_money_out_is_owed_again(joint: Joint) -> None:
    world = await a_world(joint)
    paid_back = await there(joint, "receipt", world.refund["id"])
    await rewrite(joint, "quickbooks", paid_back, "jsonb_set(record, '{payment,amount}', '\"-10.99\"')", kind="receipt")

    cent = {"unexplained": "0.01"}
    assert await apart(joint) == {
        ("money_out", f"account:{world.bank}"): (D("0.01"), cent),
        ("owed", ""): (D("-0.01"), {"unexplained": "-0.01"}),
        ("owed", "Bob Byron"): (D("-0.01"), {"unexplained": "-0.01"}),
    }


async def test_tax_by_code_and_month(joint: Joint) -> None:
    world = await a_world(joint)
    document = await there(joint, "sale", world.sale["id"])
    moved = "jsonb_set(jsonb_set(record, '{money,lines,0,tax}', '\"0\"'), '{money,lines,1,tax}', '\"2.00\"')"
    await rewrite(joint, "quickbooks", document, moved, kind="sale")

    found = await apart(joint)
    taxed, free = f"{world.taxed} {NOVEMBER}", f"{world.free} {NOVEMBER}"
    assert found["tax_by_code", taxed] == (D("-2.00"), {"unexplained": "-2.00"})
    assert found["tax_by_code", free] == (D("2.00"), {"unexplained": "2.00"})
    assert {table for table, _ in found} <= {"tax_by_code", "sales_by_code"}


async def test_sales_by_code_and_month(joint: Joint) -> None:
    world = await a_world(joint)
    document = await there(joint, "sale", world.sale["id"])
    await rewrite(joint, "quickbooks", document, "jsonb_set(record, '{money,lines,1,tax_code}', '\"1\"')", kind="sale")

    moved = both(("sales_by_code", f"{world.free} {NOVEMBER}"), ("sales_by_code", f"1 {NOVEMBER}"), "20.00")
    assert await apart(joint) == moved


async def test_some_cents_between_codes_are_rounding_where_total_and_tax_agree(joint: Joint) -> None:
    world = await a_world(joint)
    document = await there(joint, "sale", world.sale["id"])
    before = await apart(joint)
    cents = (
        "jsonb_set(jsonb_set(record, '{money,lines,0,total}', to_jsonb(((record #>> '{money,lines,0,total}')::numeric + 0.02)"
        "::text)), '{money,lines,1,total}', to_jsonb(((record #>> '{money,lines,1,total}')::numeric - 0.02)::text))"
    )
    await rewrite(joint, "quickbooks", document, cents, kind="sale")

    assert before == {}
    assert await apart(joint) == {
        ("sales_by_code", f"{world.taxed} {NOVEMBER}"): (D("0.02"), {"rounding": "0.02"}),
        ("sales_by_code", f"{world.free} {NOVEMBER}"): (D("-0.02"), {"rounding": "-0.02"}),
    }


async def test_sales_and_tax_by_month(joint: Joint) -> None:
    world = await a_world(joint)
    await rewrite(joint, "oncord", world.sale["id"], "jsonb_set(record, '{date}', '\"2026-03-01\"')", kind="sale")

    assert await apart(joint) == {
        **both(("sales", MARCH), ("sales", NOVEMBER), "42.00"),
        **both(("sales_by_code", f"{world.taxed} {MARCH}"), ("sales_by_code", f"{world.taxed} {NOVEMBER}"), "20.00"),
        **both(("sales_by_code", f"{world.free} {MARCH}"), ("sales_by_code", f"{world.free} {NOVEMBER}"), "20.00"),
        **both(("tax_by_code", f"{world.taxed} {MARCH}"), ("tax_by_code", f"{world.taxed} {NOVEMBER}"), "2.00"),
    }


async def test_what_each_contact_owes(joint: Joint) -> None:
    world = await a_world(joint)
    document = await there(joint, "sale", world.sale["id"])
    whose = f"jsonb_set(record, '{{contact_id}}', '\"{world.kay['Id']}\"')"
    await rewrite(joint, "quickbooks", document, whose, kind="sale")

    assert await apart(joint) == both(("owed", "Ada Lovelace"), ("owed", "Kay Hopper"), "42.00")


async def test_what_was_paid_and_is_owed_again(joint: Joint) -> None:
    world = await a_world(joint)
    payment = await there(joint, "receipt", world.receipt["id"])
    loose = "jsonb_set(record, '{payment,allocations}', '[]')"
    await rewrite(joint, "quickbooks", payment, loose, kind="receipt")
    document = await there(joint, "sale", world.sale["id"])
    await rewrite(joint, "quickbooks", document, "jsonb_set(record, '{paid}', '\"7.00\"')", kind="sale")

    assert await apart(joint) == {("paid", ""): (D("-11.00"), {"unexplained": "-11.00"})}


@pytest.mark.parametrize(("shown", "amount"), [("20.00", "2.00"), ("17.00", "-1.00")])
async def test_what_something_else_settled_is_owed_no_more(joint: Joint, shown: str, amount: str) -> None:
    world = await a_world(joint)
    document = await there(joint, "sale", world.sale["id"])
    await rewrite(joint, "quickbooks", document, f"jsonb_set(record, '{{paid}}', '\"{shown}\"')", kind="sale")

    less = str(-D(amount))
    owed = (D(less), {"settled_otherwise": less})
    assert await apart(joint) == {("owed", ""): owed, ("owed", "Ada Lovelace"): owed}
