"""What a person chooses reaches every record that it concerns, whenever it is chosen and whatever was in the way (law 12)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.domain.model.configuration import ItemPolicy, MappedMethod, MappedTaxCode
from app.storage.connections import connections
from app.sync import engine
from tests.support.joint import Joint
from tests.support.stories import run

Body = dict[str, Any]


async def methods(joint: Joint) -> tuple[MappedMethod, ...]:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        connection = await connections.get(tx, joint.connection_id)
    assert connection is not None
    assert connection.configuration is not None
    return connection.configuration.payment_methods


async def codes(joint: Joint) -> tuple[MappedTaxCode, ...]:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        connection = await connections.get(tx, joint.connection_id)
    assert connection is not None
    assert connection.configuration is not None
    return connection.configuration.tax_codes


async def also(joint: Joint, *more: MappedMethod) -> tuple[MappedMethod, ...]:
    """The payment methods as they are mapped, and these."""
    ids = {method.id for method in more}
    return (*(m for m in await methods(joint) if m.id not in ids), *more)


class InTheMiddle:
    """Does something between planning and carrying out, once: what a person does while a run is under way."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, deed: Any) -> None:
        self.done = False
        carry_out = engine.carry_out

        async def interrupted(context: Any, plan_input: Any, plan: Any, *rest: Any) -> Any:
            if not self.done and any(
                o.kind == "receipt" or o.kind == "sale" for e in plan.entries for o in e.operations
            ):
                self.done = True
                await deed()
            return await carry_out(context, plan_input, plan, *rest)

        monkeypatch.setattr(engine, "carry_out", interrupted)


async def paypal(joint: Joint) -> tuple[Body, str]:
    """A sale paid by a method that nobody has mapped."""
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    method = await joint.method("paypal")
    await joint.receipt(sale, payment_method_id=method)
    return sale, method


async def test_a_method_that_is_mapped_while_a_run_parks_its_receipt_is_not_forgotten(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, method = await paypal(joint)
    bank = await joint.account("Bank")
    mapped = await also(joint, MappedMethod(method, bank))
    middle = InTheMiddle(monkeypatch, lambda: joint.configure(payment_methods=mapped))
    await joint.sync()

    assert middle.done
    [payment] = await joint.books_list("payment")
    assert payment["TotalAmt"] == 22.0
    assert await joint.attention() == []


async def test_a_tax_code_that_is_mapped_while_a_run_parks_its_sale_is_not_forgotten(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await codes(joint)
    await joint.configure(tax_codes=tuple(c for c in before if c.code != "GST"))
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    InTheMiddle(monkeypatch, lambda: joint.configure(tax_codes=before))
    await joint.sync()

    assert [i["DocNumber"] for i in await joint.books_list("invoice")] == [sale["number"]]
    assert await joint.attention() == []


async def test_a_start_date_that_is_moved_earlier_while_a_run_leaves_a_sale_out_brings_it(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    await joint.configure(start_date=date(2026, 11, 15))
    contact = await joint.contact()
    sale = await joint.sale(contact["id"], date="2026-11-10")
    InTheMiddle(monkeypatch, lambda: joint.configure(start_date=date(2026, 11, 1)))
    await joint.sync()

    assert [i["DocNumber"] for i in await joint.books_list("invoice")] == [sale["number"]]


async def test_a_choice_that_changes_in_the_middle_writes_nothing_twice(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact = await joint.contact()
    await joint.sale(contact["id"])
    InTheMiddle(monkeypatch, lambda: joint.configure(start_date=date(2026, 2, 1)))
    await joint.sync()

    assert len(await joint.books_list("invoice")) == 1
    assert await run(joint) == []


async def test_s1_a_start_date_that_is_moved_earlier_brings_the_earlier_sales_and_what_pays_them(joint: Joint) -> None:
    await joint.configure(start_date=date(2026, 11, 15))
    contact = await joint.contact()
    older = await joint.sale(contact["id"], date="2026-10-01")
    early = await joint.sale(contact["id"], date="2026-11-10")
    await joint.receipt(early, date="2026-11-11")
    late = await joint.sale(contact["id"], date="2026-11-20")
    await run(joint)
    assert [i["DocNumber"] for i in await joint.books_list("invoice")] == [late["number"]]

    await joint.configure(start_date=date(2026, 11, 1))
    await run(joint)

    numbers = {i["DocNumber"] for i in await joint.books_list("invoice")}
    assert numbers == {late["number"], early["number"]}
    assert older["number"] not in numbers
    [payment] = await joint.books_list("payment")
    assert payment["TotalAmt"] == 22.0
    assert await run(joint) == []


async def test_s1_a_start_date_that_is_moved_later_takes_nothing_back(joint: Joint) -> None:
    contact = await joint.contact()
    await joint.sale(contact["id"], date="2026-11-10")
    await run(joint)
    await joint.configure(start_date=date(2026, 11, 15))

    assert await run(joint) == []
    assert len(await joint.books_list("invoice")) == 1


async def test_r1_a_method_that_was_left_out_and_is_mapped_brings_its_earlier_receipts(joint: Joint) -> None:
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    await joint.receipt(sale, payment_method_id=await joint.method("cash"))
    await run(joint)
    assert await joint.books_list("payment") == []

    cash = MappedMethod(await joint.method("cash"), await joint.account("Bank"))
    await joint.configure(payment_methods=await also(joint, cash))
    await run(joint)

    assert [p["TotalAmt"] for p in await joint.books_list("payment")] == [22.0]


async def test_an_unmapped_item_ends_once_everything_that_waited_for_it_has_gone_through(joint: Joint) -> None:
    before = await codes(joint)
    await joint.configure(tax_codes=tuple(c for c in before if c.code != "GST"))
    contact = await joint.contact()
    for _ in range(3):
        await joint.sale(contact["id"])
    await run(joint)
    [item] = await joint.attention()
    assert item.kind == "unmapped"

    await joint.configure(tax_codes=before)
    await run(joint)

    assert len(await joint.books_list("invoice")) == 3
    assert await joint.attention() == []


async def test_an_unmapped_item_stays_while_one_record_waits_for_it(joint: Joint) -> None:
    await joint.configure(tax_codes=tuple(c for c in await codes(joint) if c.code != "GST"))
    contact = await joint.contact()
    sales = [await joint.sale(contact["id"]) for _ in range(2)]
    await run(joint)
    await joint.in_shop("DELETE", f"sales/{sales[0]['id']}")
    await run(joint)
    assert [item.kind for item in await joint.attention()] == ["unmapped"]

    await joint.in_shop("DELETE", f"sales/{sales[1]['id']}")
    await run(joint)
    assert await joint.attention() == []


async def account_is(joint: Joint, account_id: str, active: bool) -> None:
    account = next(a for a in await joint.books_list("account") if a["Id"] == account_id)
    await joint.person("account", {**account, "Active": active})


async def paid_into_an_inactive_account(joint: Joint) -> tuple[str, Body]:
    bank = await joint.account("Bank")
    await account_is(joint, bank, False)
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    receipt = await joint.receipt(sale)
    await run(joint)
    assert await joint.books_list("payment") == []
    assert len(await joint.attention()) == 1
    return bank, receipt


async def test_another_account_frees_the_receipts_that_the_old_one_held_up_and_ends_the_item(joint: Joint) -> None:
    bank, _ = await paid_into_an_inactive_account(joint)
    other = next(
        str(a["Id"]) for a in await joint.books_list("account") if a["AccountType"] == "Bank" and str(a["Id"]) != bank
    )
    await joint.configure(
        payment_methods=tuple(
            replace(m, deposit_account_id=other) if m.deposit_account_id == bank else m for m in await methods(joint)
        )
    )
    await run(joint)

    [payment] = await joint.books_list("payment")
    assert payment["DepositToAccountRef"]["value"] == other
    assert await joint.attention() == []


async def test_an_account_that_is_active_again_takes_its_receipts_when_the_configuration_is_saved_as_it_was(
    joint: Joint,
) -> None:
    bank, _ = await paid_into_an_inactive_account(joint)
    await account_is(joint, bank, True)
    await joint.configure()
    await run(joint)

    assert [p["DepositToAccountRef"]["value"] for p in await joint.books_list("payment")] == [bank]
    assert await joint.attention() == []


async def by_product(joint: Joint) -> Body:
    """Sale lines become items of their own; a product that is sold."""
    income = await joint.account("Income")
    item = next(i["Id"] for i in await joint.books_list("item") if i["Name"] == "Oncord sales")
    await joint.configure(items=ItemPolicy("match", item, income))
    body = {"code": "MUG-9", "title": "Mug", "price": "11.00", "tax_code": "GST"}
    made: Body = await joint.in_shop("POST", "products", body)
    return made


async def test_a_code_that_is_repaired_in_quickbooks_frees_the_sale_that_could_be_two_items(joint: Joint) -> None:
    mug = await by_product(joint)
    income = await joint.account("Income")
    twins = [
        await joint.person(
            "item", {"Name": name, "Sku": "MUG-9", "Type": "Service", "IncomeAccountRef": {"value": income}}
        )
        for name in ("Mug A", "Mug B")
    ]
    contact = await joint.contact()
    await joint.sale(contact["id"], {"product_id": mug["id"], "quantity": "1", "tax_code": "GST"})
    await run(joint)
    assert await joint.books_list("invoice") == []
    assert len(await joint.attention()) >= 1

    await joint.person("item", {"Id": twins[1]["Id"], "sparse": True, "Sku": "MUG-10"})
    await run(joint)

    [invoice] = await joint.books_list("invoice")
    [line] = [x for x in invoice["Line"] if x["DetailType"] == "SalesItemLineDetail"]
    assert line["SalesItemLineDetail"]["ItemRef"]["value"] == twins[0]["Id"]
    assert await joint.attention() == []
