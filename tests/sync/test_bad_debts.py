"""Bad debts: an adjustment that writes one off is a credit memo of an expense item, of the day of the write-off, with the sale's tax
codes and applied to it. What the books write off shows in Oncord as written off, and neither as paid."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from app.container import build_container
from app.services import tie_outs
from app.storage.connections import connections
from app.tieout.certificate import check
from tests.support.joint import Joint
from tests.support.people import SOMEBODY
from tests.support.settlements import causes, standing, told
from tests.support.stories import asked, credit_memo, line, payment, quiet, run, shop
from tests.sync.test_ledger import looked_at
from tests.sync.test_vouchers import lines_of

Body = dict[str, Any]
TEA: Body = {"description": "Tea", "quantity": "1", "unit_price": "22.00", "tax_code": "GST"}
OFF: Body = {**TEA, "description": "Written off", "quantity": "-1"}
SOLD, WRITTEN_OFF = "2026-10-12", "2026-11-18"


async def choose(joint: Joint, **reasons: str) -> None:
    """Somebody says which items the adjustments of these reasons have."""
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        connection = await connections.get(tx, joint.connection_id)
    assert connection is not None
    assert connection.configuration is not None
    await joint.configure(items=replace(connection.configuration.items, reason_items=reasons))


async def expense_item(joint: Joint, name: str = "Bad debts") -> str:
    account = await joint.person("account", {"Name": f"{name} expense", "AccountType": "Expense"})
    body = {"Name": name, "Type": "Service", "IncomeAccountRef": {"value": account["Id"]}}
    return str((await joint.person("item", body))["Id"])


async def written_off(joint: Joint, *lines: Body, apply: bool = True, **members: Any) -> tuple[Body, Body]:
    """A sale of October that nobody is going to pay, and the adjustment of November that writes it off."""
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], TEA, date=SOLD, number="1041")
    said = {"date": WRITTEN_OFF, "number": "1041-W", "adjusts_sale_id": sale["id"], "adjustment_reason": "bad_debt"}
    adjustment = await joint.sale(ada["id"], *(lines or (OFF,)), kind="adjustment", **{**said, **members})
    if apply:
        await use(joint, sale, adjustment)
    return sale, adjustment


async def use(joint: Joint, sale: Body, adjustment: Body) -> None:
    """The adjustment's credit is applied to the sale, in Oncord."""
    credit = adjustment["total"].removeprefix("-")
    parts = [{"sale_id": sale["id"], "amount": credit}, {"sale_id": adjustment["id"], "amount": f"-{credit}"}]
    await joint.receipt(sale, "0.00", allocations=parts)


async def differences(joint: Joint) -> list[tuple[str, str, str]]:
    container = build_container(joint.runtime)
    await tie_outs.take(container, joint.connection_id, who=SOMEBODY)
    found = await tie_outs.list_standing(container, joint.connection_id)
    return sorted((each["what"], each["cause"], each["amount"]) for each in found)


def owed(sale: Mapping[str, Any]) -> tuple[str, str, str]:
    return sale["amount_paid"], sale["amount_written_off"], sale["amount_owing"]


@pytest.mark.parametrize("basis", ["accrual", "cash"])
async def test_s7_a_bad_debt_waits_until_its_item_is_chosen_and_settles_its_sale_on_the_day_it_was_written_off(
    joint: Joint, basis: str
) -> None:
    await joint.configure(gst_basis=basis)
    sale, _ = await written_off(joint)
    await run(joint)

    assert await joint.books_list("creditmemo") == []
    [item] = [i for i in await joint.attention() if i.kind == "unmapped"]
    assert "nobody has chosen the QuickBooks item for bad debts" in item.summary

    await choose(joint, bad_debt=await expense_item(joint))
    await run(joint)

    assert await lines_of(joint, "1041-W", "creditmemo") == [("Written off", 20, "Bad debts", "GST")]
    [memo] = await joint.books_list("creditmemo")
    assert (memo["TxnDate"], memo["TotalAmt"], memo["TxnTaxDetail"]["TotalTax"]) == (WRITTEN_OFF, 22, 2)
    assert memo["RemainingCredit"] == 0, "applied to the sale"
    assert "of sale 1041" in memo["PrivateNote"]
    [invoice] = await joint.books_list("invoice")
    assert (invoice["TxnDate"], invoice["TotalAmt"], invoice["Balance"]) == (SOLD, 22, 0)
    assert await asked(joint) == []
    assert owed(await shop(joint, "sales", sale["id"])) == ("0.00", "22.00", "0.00")
    assert (await standing(joint, sale)).state == "written_off"
    assert await differences(joint) == []
    await quiet(joint)


async def test_s7_in_america_a_bad_debt_takes_its_sales_tax_back(us: Joint) -> None:
    await choose(us, bad_debt=await expense_item(us))
    ada = await us.contact()
    tea = {**TEA, "unit_price": "100.00", "tax_code": "TAX"}
    sale = await us.sale(ada["id"], tea, date=SOLD, number="1041")
    off = {**tea, "description": "Written off", "quantity": "-1"}
    said = {"adjusts_sale_id": sale["id"], "adjustment_reason": "bad_debt", "date": WRITTEN_OFF}
    adjustment = await us.sale(ada["id"], off, kind="adjustment", number="1041-W", **said)
    await use(us, sale, adjustment)
    await run(us)

    assert await lines_of(us, "1041-W", "creditmemo") == [("Written off", 100, "Bad debts", "TAX")]
    [memo] = await us.books_list("creditmemo")
    assert (memo["TotalAmt"], memo["RemainingCredit"], memo["TxnDate"]) == (108, 0, WRITTEN_OFF)
    assert (await standing(us, sale)).state == "written_off"
    assert await differences(us) == []
    await quiet(us)


async def test_s7_a_bad_debt_has_the_tax_codes_of_its_sale(joint: Joint) -> None:
    await choose(joint, bad_debt=await expense_item(joint))
    await written_off(joint, {**OFF, "tax_code": "FRE"})
    await run(joint)

    assert await joint.books_list("creditmemo") == []
    reasons = [i.summary for i in await joint.attention()]
    assert any("with the tax code FRE, which that sale has on no line" in reason for reason in reasons), reasons


async def test_s7_a_bad_debt_names_its_sale(joint: Joint) -> None:
    await choose(joint, bad_debt=await expense_item(joint))
    await written_off(joint, apply=False, adjusts_sale_id=None)
    await run(joint)

    assert await joint.books_list("creditmemo") == []
    [item] = await joint.attention()
    assert "It writes off 22.00 AUD and names no sale that it belongs to." in item.summary


async def test_s7_an_ordinary_adjustment_asks_nothing_and_other_reasons_are_one_question(joint: Joint) -> None:
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], TEA, date=SOLD, number="1041")
    back = {**TEA, "quantity": "-1"}
    await joint.sale(ada["id"], back, kind="adjustment", adjusts_sale_id=sale["id"], number="CR-1")
    for number, reason in (("CR-2", "return"), ("CR-3", "goodwill"), ("CR-4", "return")):
        said = {"adjusts_sale_id": sale["id"], "adjustment_reason": reason}
        await joint.sale(ada["id"], back, kind="adjustment", number=number, **said)
    await run(joint)

    assert [m["DocNumber"] for m in await joint.books_list("creditmemo")] == ["CR-1"]
    [item] = await joint.attention()
    assert item.kind == "unmapped"
    assert item.detail["count"] == 3

    await choose(joint, **{"return": "lines", "goodwill": await expense_item(joint, "Goodwill")})
    await run(joint)
    assert await lines_of(joint, "CR-2", "creditmemo") == [("Tea", 20, "Oncord sales", "GST")]
    assert await lines_of(joint, "CR-3", "creditmemo") == [("Tea", 20, "Goodwill", "GST")]
    assert await asked(joint) == []
    await quiet(joint)


async def test_s4_a_credit_memo_of_the_item_for_bad_debts_shows_in_oncord_as_written_off(joint: Joint) -> None:
    item = await expense_item(joint)
    await choose(joint, bad_debt=item)
    ada = await joint.contact()
    sale = await joint.sale(ada["id"], TEA, date=SOLD, number="1041")
    await run(joint)
    [invoice] = await joint.books_list("invoice")
    customer = invoice["CustomerRef"]["value"]
    memo = await credit_memo(joint, customer, await line(joint, "20.00", "Never paid", item=item), TxnDate=WRITTEN_OFF)
    await payment(joint, customer, "0", {invoice["Id"]: "22.00"}, {memo["Id"]: "22.00"})
    await run(joint)

    [adjustment] = [s for s in await joint.shop_list("sales") if s["kind"] == "adjustment"]
    assert (adjustment["adjustment_reason"], adjustment["total"], adjustment["date"]) == (
        "bad_debt",
        "-22.00",
        WRITTEN_OFF,
    )
    assert owed(await shop(joint, "sales", sale["id"])) == ("0.00", "22.00", "0.00")
    found = await standing(joint, sale)
    assert (told(found), causes(found)) == (("written_off", "22.00", "0.00"), {"written_off": "22.00"})
    assert await differences(joint) == []
    await quiet(joint)


async def rolled(joint: Joint) -> list[tuple[str, str, str]]:
    """Credits, what was written off and what is owed in the end, on either side, by a certificate that adds up."""
    proof = await looked_at(joint)
    assert check(proof) == []
    [roll] = proof["roll_forward"]
    return [
        (roll[side]["credits"], roll[side]["written_off"], roll[side]["closing"]) for side in ("oncord", "quickbooks")
    ]


@pytest.mark.parametrize("basis", ["accrual", "cash"])
async def test_a_certificate_rolls_a_bad_debt_forward_as_written_off_and_not_as_a_credit(
    joint: Joint, basis: str
) -> None:
    await joint.configure(gst_basis=basis)
    await choose(joint, bad_debt=await expense_item(joint))
    await written_off(joint)
    await run(joint)
    await run(joint)

    assert await rolled(joint) == [("0.00", "22.00", "0.00")] * 2


async def test_in_america_a_certificate_rolls_a_bad_debt_forward_as_written_off(us: Joint) -> None:
    await choose(us, bad_debt=await expense_item(us))
    ada = await us.contact()
    tea = {**TEA, "tax_code": "TAX", "tax_amount": "1.76"}
    sale = await us.sale(ada["id"], tea, date=SOLD, number="1041")
    off = {**tea, "quantity": "-1", "tax_amount": "-1.76"}
    said = {"date": WRITTEN_OFF, "number": "1041-W", "adjusts_sale_id": sale["id"], "adjustment_reason": "bad_debt"}
    await use(us, sale, await us.sale(ada["id"], off, kind="adjustment", **said))
    await run(us)
    await run(us)

    assert await rolled(us) == [("0.00", sale["total"], "0.00")] * 2
