"""Cut-off: a document keeps the date of its tax invoice whatever the clocks say, and money is dated when the customer paid."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Literal

import pytest

from app.domain.model.configuration import MappedMethod
from tests.support.joint import START, Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import book, customer, invoice, payment, quiet, run, shop
from tests.sync.test_discount_lines import us_line

SYDNEY, LOS_ANGELES = "Australia/Sydney", "America/Los_Angeles"


@pytest.fixture(params=["AU", "US"])
async def either(own_database: DatabaseUrls, request: pytest.FixtureRequest) -> AsyncIterator[Joint]:
    """An Australian shop and company, and an American one."""
    country: Literal["AU", "US"] = request.param
    async with joined(own_database.app, country=country) as made:
        assert (await made.sync()).state == "succeeded"
        yield made


async def apart(joint: Joint, site: str, company: str, at: datetime) -> None:
    """The two keep different time, and it is this moment."""
    facts = json.dumps({"oncord": {"time_zone": site}, "quickbooks": {"time_zone": company}})
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await tx.execute("UPDATE connection SET facts = facts || %s WHERE id = %s", (facts, joint.connection_id))
    joint.clock.pass_time((at - START).total_seconds())


async def is_us(joint: Joint) -> bool:
    return any(code["Name"] == "TAX" or code["Id"] == "TAX" for code in await joint.books_list("taxcode"))


NEW_YEAR_IN_SYDNEY = datetime(2026, 12, 31, 14, 30, tzinfo=UTC)
"""31 December, 06:30 in Los Angeles; 1 January, 01:30 in Sydney."""


@pytest.mark.parametrize("zones", [(SYDNEY, LOS_ANGELES), (LOS_ANGELES, SYDNEY), (SYDNEY, SYDNEY)])
@pytest.mark.parametrize("day", ["2026-12-31", "2027-01-01"])
async def test_a_sale_keeps_the_day_of_its_tax_invoice_where_it_is_another_day_in_the_books(
    either: Joint, zones: tuple[str, str], day: str
) -> None:
    await apart(either, *zones, NEW_YEAR_IN_SYDNEY)
    code = "TAX" if await is_us(either) else "GST"
    tea = {"description": "Tea", "quantity": "1", "unit_price": "11.00", "tax_code": code}
    sale = await either.sale((await either.contact())["id"], tea, date=day, due_date="2027-01-31")
    await run(either)

    [made] = await either.books_list("invoice")
    assert made["TxnDate"] == day
    assert (await shop(either, "sales", sale["id"]))["date"] == day
    await quiet(either)


async def test_an_invoice_keeps_its_day_where_it_is_another_day_at_the_shop(either: Joint) -> None:
    await apart(either, SYDNEY, LOS_ANGELES, NEW_YEAR_IN_SYDNEY)
    kay = await customer(either, "Kay")
    lines = [await us_line(either, "30.00", "Tea")] if await is_us(either) else []
    made = await invoice(either, kay["Id"], *lines, TxnDate="2026-12-31")
    await run(either)

    assert [sale["date"] for sale in await either.shop_list("sales")] == ["2026-12-31"]
    assert (await book(either, "invoice", made["Id"]))["TxnDate"] == "2026-12-31"
    await quiet(either)


async def test_money_is_dated_when_the_customer_paid_and_not_when_it_was_entered_or_deposited(joint: Joint) -> None:
    funds = await joint.account("Other Current Asset", "UndepositedFunds")
    await joint.configure(
        payment_methods=(
            MappedMethod(await joint.method("direct_deposit"), await joint.account("Bank"), preferred=True),
            MappedMethod(await joint.method("cash"), funds),
        )
    )
    sale = await joint.sale((await joint.contact())["id"], date="2026-11-02")
    await joint.receipt(sale, "10.00", date="2026-11-05")
    kay = await customer(joint, "Kay")
    bill = await invoice(joint, kay["Id"], TxnDate="2026-11-01")
    into_funds = {"TxnDate": "2026-11-03", "DepositToAccountRef": {"value": funds}}
    money = await payment(joint, kay["Id"], "33.00", {bill["Id"]: "33.00"}, **into_funds)
    await run(joint)

    days = {each["TotalAmt"]: each["TxnDate"] for each in await joint.books_list("payment")}
    assert days == {10: "2026-11-05", 33: "2026-11-03"}
    assert sorted(each["date"] for each in await joint.shop_list("receipts")) == ["2026-11-03", "2026-11-05"]
    await joint.in_books("POST", "deposit", {"payments": [money["Id"]]})
    await run(joint)
    assert sorted(each["date"] for each in await joint.shop_list("receipts")) == ["2026-11-03", "2026-11-05"]
    assert (await book(joint, "payment", money["Id"]))["TxnDate"] == "2026-11-03"
    await quiet(joint)
