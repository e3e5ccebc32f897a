"""What looks after a company has a budget of its own: twelve reads a week, where nobody asks for more (law 9)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from app.domain.model.records import Kind, Side
from app.storage.records import source_checks
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import change, customer, invoice

HALF_A_DAY = 12.05 * 3600
BOUND = 12
ALL_LISTS, RENEWED, COUNTS = 7, 3, 5


@dataclass
class Deaf:
    """A company whose change list does not tell of its own lists any more."""

    deaf: bool = False

    def around(self, side: str, inner: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        return _Deaf(self, inner) if side == "quickbooks" else inner


class _Deaf(httpx.AsyncBaseTransport):
    def __init__(self, company: Deaf, inner: httpx.AsyncBaseTransport) -> None:
        self.company, self.inner = company, inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.company.deaf and "Preferences" in request.url.params.get("entities", ""):
            fault = {"Fault": {"Error": [{"Message": "Unsupported", "code": "2010"}], "type": "ValidationFault"}}
            return httpx.Response(400, json=fault, request=request)
        return await self.inner.handle_async_request(request)


@pytest.fixture
async def company() -> Deaf:
    return Deaf()


@pytest.fixture
async def joint(own_database: DatabaseUrls, company: Deaf) -> AsyncIterator[Joint]:
    """A sale on both sides, and the budget of an installation as it comes."""
    async with joined(own_database.app, around=company.around) as made:
        made.weekly_upkeep = BOUND
        assert (await made.sync()).state == "succeeded"
        sale = await made.sale((await made.contact())["id"])
        await made.receipt(sale)
        assert (await made.sync()).state == "succeeded"
        yield made


async def upkeep(joint: Joint) -> int:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        row = await (await tx.execute("SELECT sum(upkeep) AS n FROM read_meter")).fetchone()
    assert row is not None
    return int(row["n"])


async def a_week(joint: Joint) -> int:
    """How many such reads a week of T2 takes."""
    before = await upkeep(joint)
    for _ in range(14):
        joint.clock.pass_time(HALF_A_DAY)
        assert (await joint.sync()).state == "succeeded"
    return await upkeep(joint) - before


async def most_of_seven_days(joint: Joint) -> int:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        row = await (
            await tx.execute(
                "SELECT max(week) AS n FROM (SELECT sum(upkeep) OVER (ORDER BY day RANGE BETWEEN interval '6 days' PRECEDING"
                " AND CURRENT ROW) AS week FROM read_meter) w"
            )
        ).fetchone()
    assert row is not None
    return int(row["n"])


async def test_weeks_in_which_nothing_happens_stay_within_the_budget_and_everything_is_looked_at_in_turn(
    joint: Joint,
) -> None:
    began = joint.clock.now()

    weeks = [await a_week(joint) for _ in range(5)]

    assert max(weeks) <= BOUND + 1, weeks  # fourteen times half a day and a little is a week and a little
    assert await most_of_seven_days(joint) <= BOUND
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        checks = await source_checks.load(tx, joint.connection_id)
    assert all((check.checked_at or began) > began for check in checks.values())
    assert all((check.compared_at or began) > began for check in checks.values()), "read a second time, bit by bit"


async def test_the_shop_is_checked_every_day_as_ever_and_the_books_too_where_somebody_asks(joint: Joint) -> None:
    joint.clock.pass_time(2.1 * HALF_A_DAY)
    await joint.sync()
    joint.clock.pass_time(2.1 * HALF_A_DAY)
    asked_at = joint.clock.now()
    await joint.sync()
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        checks = await source_checks.load(tx, joint.connection_id)
    assert all((checks[Side.ONCORD, kind].checked_at or asked_at) > asked_at for kind in Kind)
    assert all((checks[Side.QUICKBOOKS, kind].checked_at or asked_at) < asked_at for kind in Kind)

    joint.clock.pass_time(60)
    asked_at = joint.clock.now()
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await source_checks.ask(tx, joint.connection_id, asked_at)
    await joint.sync()

    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        checks = await source_checks.load(tx, joint.connection_id)
    assert all((check.compared_at or asked_at) > asked_at for check in checks.values())


async def test_after_a_week_only_what_the_change_list_does_not_tell_of_is_read_again(joint: Joint) -> None:
    joint.weekly_upkeep = 1  # no check comes between
    before = await upkeep(joint)

    assert await a_week(joint) == RENEWED
    await change(joint, "preferences", "1", AccountingInfoPrefs={"BookCloseDate": "2026-06-30"})
    await joint.sync()

    assert await upkeep(joint) == before + RENEWED
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        row = await (await tx.execute("SELECT facts FROM connection")).fetchone()
    assert row is not None
    assert "2026-06-30" in str(row["facts"]), "the change list has told of the closing date"


async def test_a_company_whose_lists_are_once_not_told_of_is_read_whole_after_a_week(
    joint: Joint, company: Deaf
) -> None:
    joint.weekly_upkeep = 1
    before = await upkeep(joint)
    company.deaf = True
    joint.clock.pass_time(HALF_A_DAY)
    await joint.sync()
    company.deaf = False

    assert await a_week(joint) == ALL_LISTS + CLOSING_DATES
    await a_week(joint)

    assert await upkeep(joint) == before + ALL_LISTS + CLOSING_DATES + RENEWED


CLOSING_DATES = 6
"""While it is not told of, the closing date is asked for every day."""


async def test_documents_are_read_and_written_as_ever_after_a_renewal(joint: Joint) -> None:
    await a_week(joint)
    kay = await customer(joint, "Kay")
    await invoice(joint, kay["Id"])
    await joint.sale((await joint.contact("Bob", "Boole"))["id"])

    assert (await joint.sync()).state == "succeeded"

    assert len(await joint.books_list("invoice")) == 3
    assert len(await joint.shop_list("sales")) == 3
