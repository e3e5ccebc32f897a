"""B1: what the bookkeeper makes, changes, voids or deletes in QuickBooks in a locked period is pulled as ever, and said; what lies after the
lock date is pulled without a word of it."""

from datetime import date
from typing import Any

import pytest

from app.domain.model.operations import Action
from app.domain.model.records import Kind
from tests.support.joint import Joint
from tests.support.stories import customer, invoice, payment, remove, run, void
from tests.sync.test_discount_lines import us_line

Body = dict[str, Any]
LODGED, THEN, NOW = date(2026, 9, 30), "2026-09-12", "2026-11-12"


@pytest.fixture(params=["accrual", "cash", "us"])
def books(request: pytest.FixtureRequest) -> tuple[Joint, str]:
    """An Australian company of either basis, and an American one."""
    return request.getfixturevalue("us" if request.param == "us" else "joint"), request.param


async def billed(joint: Joint, where: str, owner: Body, **members: Any) -> Body:
    """An invoice of 33.00."""
    goods = [await us_line(joint, "33.00", "Design")] if where == "us" else []
    return await invoice(joint, owner["Id"], *goods, **members)


async def said(joint: Joint, action: Action, kind: Kind) -> list[bool]:
    """Of each decision of the last run of this sort, whether it says that it is about a locked period."""
    of_this = (s.operation for s in await joint.decisions() if (s.operation.action, s.operation.kind) == (action, kind))
    return sorted("It belongs to a locked period: a BAS or tax return is lodged" in each.reason for each in of_this)


async def test_b1_what_the_bookkeeper_does_with_documents_and_payments_of_a_lodged_period_is_said(
    books: tuple[Joint, str],
) -> None:
    joint, where = books
    kay = await customer(joint, "Kay")
    old, gone = [await billed(joint, where, kay, TxnDate=THEN, DocNumber=f"Q-{n}") for n in range(2)]
    paid, lost = [
        await payment(joint, kay["Id"], "10", {old["Id"]: "10"}, TxnDate=THEN, PaymentRefNum=f"P-{n}") for n in range(2)
    ]
    await run(joint)
    await joint.configure(lodged_until=LODGED, gst_basis="cash" if where == "cash" else "accrual")
    await run(joint)

    made, open_one = [await billed(joint, where, kay, TxnDate=day, DocNumber=f"N-{day}") for day in (THEN, NOW)]
    await payment(joint, kay["Id"], "5", {made["Id"]: "5"}, TxnDate=THEN)
    await payment(joint, kay["Id"], "5", {open_one["Id"]: "5"}, TxnDate=NOW)
    await run(joint)
    assert await said(joint, Action.CREATE, Kind.SALE) == [False, True]
    assert await said(joint, Action.CREATE, Kind.RECEIPT) == [False, True]

    await remove(joint, "invoice", gone["Id"])
    await remove(joint, "payment", lost["Id"])
    await void(joint, "payment", paid["Id"])
    await run(joint)
    assert await said(joint, Action.TOMBSTONE, Kind.SALE) == [True]
    assert await said(joint, Action.TOMBSTONE, Kind.RECEIPT) == [True]
    assert True in await said(joint, Action.UPDATE, Kind.RECEIPT), "the void"

    await remove(joint, "invoice", open_one["Id"])
    await void(joint, "invoice", made["Id"])
    await run(joint)
    assert await said(joint, Action.TOMBSTONE, Kind.SALE) == [False]
    assert True in await said(joint, Action.UPDATE, Kind.SALE)
