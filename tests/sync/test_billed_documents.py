"""An invoice that bills an estimate or hours keeps its links when its lines are written anew (I15)."""

from typing import Any

import pytest

from tests.quickbooks.hazard_register import survives
from tests.support.joint import Joint
from tests.support.stories import (
    Body,
    asked,
    book,
    book_or_none,
    customer,
    invoice,
    line,
    payment,
    plain,
    quiet,
    run,
    void,
)


async def estimate(joint: Joint, owner: str) -> Body:
    body = {
        "CustomerRef": {"value": owner},
        "GlobalTaxCalculation": "TaxExcluded",
        "Line": [await line(joint, "50.00")],
    }
    return await joint.person("estimate", plain(body))


async def hours(joint: Joint, owner: str, words: str = "Tuesday") -> Body:
    worker = (await joint.person("employee", {"GivenName": "Emil", "FamilyName": words}))["Id"]
    body = {
        "NameOf": "Employee",
        "EmployeeRef": {"value": worker},
        "CustomerRef": {"value": owner},
        "Hours": 2,
        "Minutes": 0,
    }
    return await joint.person("timeactivity", body | {"BillableStatus": "Billable", "Description": words})


def linked(sort: str, record: Body) -> dict[str, str]:
    return {"TxnId": record["Id"], "TxnType": sort}


async def billed(joint: Joint) -> tuple[Body, Body, Body, Body]:
    """An invoice of three lines that bills an estimate as a whole and hours in its second line; and what it bills."""
    owner = (await customer(joint, "Grace"))["Id"]
    offer, first, second = await estimate(joint, owner), await hours(joint, owner), await hours(joint, owner, "Friday")
    lines = [
        await line(joint, "50.00", "Design", Qty=5, UnitPrice=10),
        await line(joint, "20.00", "Tuesday") | {"LinkedTxn": [linked("TimeActivity", first)]},
        await line(joint, "20.00", "Friday") | {"LinkedTxn": [linked("TimeActivity", second)]},
    ]
    made = await invoice(joint, owner, *lines, LinkedTxn=[linked("Estimate", offer)])
    await run(joint)
    return made, offer, first, second


async def edited(joint: Joint, *lines: dict[str, Any]) -> None:
    [sale] = await joint.shop_list("sales")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": list(lines)})
    await run(joint)


async def statuses(joint: Joint, offer: Body, *worked: Body) -> list[str]:
    found = [(await book(joint, "estimate", offer["Id"]))["TxnStatus"]]
    return found + [(await book(joint, "timeactivity", each["Id"]))["BillableStatus"] for each in worked]


@survives("links_dropped")
async def test_i15_an_estimate_and_hours_stay_billed_when_the_lines_are_written_anew(joint: Joint) -> None:
    await joint.hazard("quickbooks", "links_dropped")
    made, offer, first, second = await billed(joint)
    paid = await payment(joint, made["CustomerRef"]["value"], "30.00", {made["Id"]: "30.00"})
    await run(joint)
    assert await statuses(joint, offer, first, second) == ["Closed", "HasBeenBilled", "HasBeenBilled"]
    assert (await book(joint, "estimate", offer["Id"]))["LinkedTxn"] == [linked("Invoice", made)]
    held = (await book(joint, "invoice", made["Id"]))["LinkedTxn"]
    assert {x["TxnType"] for x in held} == {"Estimate", "TimeActivity", "Payment"}

    now = (await joint.shop_list("sales"))[0]["lines"]
    await edited(joint, now[0] | {"quantity": "6"}, *now[1:])
    after = await book(joint, "invoice", made["Id"])
    assert sorted(x["TxnId"] for x in after["LinkedTxn"]) == sorted(x["TxnId"] for x in held)
    assert [x.get("LinkedTxn") for x in after["Line"][:3]] == [
        None,
        [linked("TimeActivity", first) | {"TxnLineId": "1"}],
        [linked("TimeActivity", second) | {"TxnLineId": "1"}],
    ]
    assert await statuses(joint, offer, first, second) == ["Closed", "HasBeenBilled", "HasBeenBilled"]
    assert after["TotalAmt"] == 110
    assert after["Balance"] == 80, paid
    assert await asked(joint) == []
    await quiet(joint)


async def test_i15_hours_whose_line_is_deleted_in_the_shop_can_be_billed_again(joint: Joint) -> None:
    made, offer, first, second = await billed(joint)
    now = (await joint.shop_list("sales"))[0]["lines"]
    await edited(joint, now[0], now[2])

    after = await book(joint, "invoice", made["Id"])
    assert [x["TxnId"] for x in after["LinkedTxn"]] == [offer["Id"], second["Id"]]
    assert await statuses(joint, offer, first, second) == ["Closed", "Billable", "HasBeenBilled"]
    assert await asked(joint) == []
    await quiet(joint)


@pytest.mark.parametrize("how", ["void", "delete"])
async def test_s5_what_an_invoice_billed_is_free_once_it_is_void_or_deleted_there(joint: Joint, how: str) -> None:
    made, offer, first, second = await billed(joint)
    if how == "void":
        await void(joint, "invoice", made["Id"])
    else:
        await joint.person("invoice", {"Id": made["Id"]}, operation="delete")
    await run(joint)

    assert await statuses(joint, offer, first, second) == ["Pending", "Billable", "Billable"]
    if how == "delete":
        assert await book_or_none(joint, "invoice", made["Id"]) is None
    await quiet(joint)


async def test_i15_what_is_no_line_leaves_the_links_alone(joint: Joint) -> None:
    made, offer, first, second = await billed(joint)
    [sale] = await joint.shop_list("sales")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Thanks", "due_date": "2026-12-24"})
    await run(joint)

    after = await book(joint, "invoice", made["Id"])
    assert (after["CustomerMemo"]["value"], after["LinkedTxn"]) == ("Thanks", made["LinkedTxn"])
    assert await statuses(joint, offer, first, second) == ["Closed", "HasBeenBilled", "HasBeenBilled"]
    await quiet(joint)
