"""An invoice over the charges of a statement has a subtotal and no lines: it is read, and its amounts are never written."""

import pytest

from app.domain.model.operations import Action
from tests.support.joint import Joint
from tests.support.stories import Body, asked, book, change, customer, quiet, reasons, run, shop


async def charged(joint: Joint, amount: float = 75.5) -> tuple[Body, Body]:
    """An invoice over the charges of a statement, and the sale that it has become."""
    grace = await customer(joint, "Grace")
    made = await joint.person(
        "invoice",
        {
            "CustomerRef": {"value": grace["Id"]},
            "LinkedTxn": [{"TxnId": "990", "TxnType": "StatementCharge"}],
            "Line": [{"Amount": amount, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}],
        },
    )
    await run(joint)
    [sale] = await joint.shop_list("sales")
    return sale, made


async def test_s4_its_total_is_read_as_one_line_that_is_no_rounding(joint: Joint) -> None:
    sale, made = await charged(joint)
    assert (made["TotalAmt"], made["Balance"]) == (75.5, 75.5)
    assert [line["DetailType"] for line in made["Line"]] == ["SubTotalLineDetail"]
    assert made["LinkedTxn"] == [{"TxnId": "990", "TxnType": "StatementCharge"}]
    [line] = sale["lines"]
    assert (line["line_total"], line["tax_amount"], line["kind"]) == ("75.50", "0.00", "text")
    assert "statement" in line["description"]
    assert (sale["total"], sale["rounding"]) == ("75.50", "0.00")
    assert await asked(joint) == []
    await quiet(joint)


async def test_s2_whatever_else_is_typed_in_oncord_goes_over(joint: Joint) -> None:
    sale, made = await charged(joint)
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Thanks", "due_date": "2026-12-24"})
    assert await run(joint) == [("quickbooks", "sale", "update")]
    now = await book(joint, "invoice", made["Id"])
    assert (now["CustomerMemo"]["value"], now["DueDate"]) == ("Thanks", "2026-12-24")
    assert (now["TotalAmt"], now["Line"], now["LinkedTxn"]) == (made["TotalAmt"], made["Line"], made["LinkedTxn"])
    assert await asked(joint) == []
    await quiet(joint)


async def test_s2_amounts_that_are_typed_in_oncord_wait_while_the_rest_travels(joint: Joint) -> None:
    sale, made = await charged(joint)
    lines = [{**sale["lines"][0], "unit_price": "80.00", "line_total": "80.00"}]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Soon", "lines": lines})
    assert await run(joint) == [("quickbooks", "sale", "update")]
    now = await book(joint, "invoice", made["Id"])
    assert (now["CustomerMemo"]["value"], now["TotalAmt"], now["Line"]) == ("Soon", 75.5, made["Line"])
    assert any("statement" in reason for reason in await reasons(joint, Action.PARK))
    assert await asked(joint) != []

    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": sale["lines"]})
    assert await run(joint) == []
    assert await asked(joint) == []
    await quiet(joint)


async def test_s5_its_charges_travel_to_oncord_when_they_change_in_quickbooks(joint: Joint) -> None:
    sale, made = await charged(joint)
    charges = [{"Amount": 90, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}]
    await change(joint, "invoice", made["Id"], Line=charges)
    assert await run(joint) == [("oncord", "sale", "update")]
    now = await shop(joint, "sales", sale["id"])
    assert (now["total"], len(now["lines"]), now["rounding"]) == ("90.00", 1, "0.00")
    await quiet(joint)


async def test_s5_where_both_change_them_the_charges_in_quickbooks_go_on(joint: Joint) -> None:
    sale, made = await charged(joint)
    await joint.configure(conflict_winner={**(await winners(joint))})
    charges = [{"Amount": 90, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}]
    await change(joint, "invoice", made["Id"], Line=charges)
    lines = [{**sale["lines"][0], "unit_price": "80.00", "line_total": "80.00"}]
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": lines})
    assert await run(joint) == [("oncord", "sale", "update")]
    assert (await shop(joint, "sales", sale["id"]))["total"] == "90.00"
    assert (await book(joint, "invoice", made["Id"]))["TotalAmt"] == 90
    assert [kind for _, kind in await asked(joint)] == ["conflict"]
    await quiet(joint)


async def winners(joint: Joint) -> dict[object, object]:
    """Oncord wins, whatever it is about."""
    from app.domain.model.records import Kind, Side

    return dict.fromkeys(Kind, Side.ONCORD)


async def test_s5_a_void_one_stays_void_and_readable(joint: Joint) -> None:
    sale, made = await charged(joint)
    await joint.person("invoice", {"Id": made["Id"]}, operation="void")
    await run(joint)
    assert (await shop(joint, "sales", sale["id"]))["voided"] is True
    await quiet(joint)


@pytest.mark.parametrize("line", [[], [{"Amount": 5, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}]])
async def test_without_charges_a_subtotal_makes_no_invoice(joint: Joint, line: list[Body]) -> None:
    grace = await customer(joint, "Grace")
    answer = await joint.http_books.post(
        f"/_sandbox/companies/{joint.realm}/invoice", json={"CustomerRef": {"value": grace["Id"]}, "Line": line}
    )
    assert answer.status_code == 400
    assert answer.json()["Fault"]["Error"][0]["code"] == "2020"
