"""A second reading and a comparison that are longer than a turn, or than the month's reads: they go on where they were."""

from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
import pytest

from app.domain.model.records import Kind, Side
from app.quickbooks.http.paging import walk
from app.storage.records import source_checks
from app.storage.records.source_checks import SourceCheck
from app.sync.context import TurnContext
from app.sync.reading import check as checking
from app.tieout.judge import Judge
from tests.support.joint import Joint
from tests.support.stories import run
from tests.sync.test_compared_before_the_end import last_run, light
from tests.sync.test_source_checks import DAY, checks, found, shelf, table

SALES = 7
PAGE_TAKES = 61.0
"""Seconds: longer than a turn."""
Page = tuple[Side, Kind, str | None]


async def a_long_shop(joint: Joint) -> list[dict[str, Any]]:
    """Sales that are synchronised, a day after they were last checked; of the last one nothing tells what it says now."""
    ada = await joint.contact()
    sales = [await joint.sale(ada["id"], number=f"N-{number}") for number in range(SALES)]
    await run(joint)
    joint.clock.pass_time(DAY)
    await run(joint)
    joint.clock.pass_time(3600)
    there = sorted(await joint.books_list("invoice"), key=lambda each: int(each["Id"]))
    table(joint, "Invoice").rows[there[-1]["Id"]].body["DueDate"] = "2027-03-31"
    shelf(joint, "sale").records[sales[-2]["id"]]["notes"] = "Ring twice"
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await source_checks.ask(tx, joint.connection_id, joint.clock.now())
    return sales


@pytest.fixture
def pages_read(joint: Joint, monkeypatch: pytest.MonkeyPatch) -> list[Page]:
    """Pages of three records, one at a time, each of which takes its while; where each of them began."""
    began: list[Page] = []
    right = checking._read_again

    async def slowly(context: TurnContext, check: SourceCheck, most: int) -> int:
        began.append((check.side, check.kind, check.page_cursor))
        joint.clock.pass_time(PAGE_TAKES)
        return await right(context, check, most)

    monkeypatch.setattr("app.oncord.client.PAGE_SIZE", 3)
    monkeypatch.setattr("app.quickbooks.client.walk", partial(walk, page=3))
    monkeypatch.setattr(checking, "PAGES", 1)
    monkeypatch.setattr(checking, "_read_again", slowly)
    return began


def _sales_of_the_books(pages: list[Page]) -> list[str | None]:
    return [cursor for side, kind, cursor in pages if side is Side.QUICKBOOKS and kind is Kind.SALE]


async def turns_of(joint: Joint, between: Callable[[], Any] | None = None) -> int:
    """One whole run; how many turns it took, during all of which it is not over."""
    done = await joint.sync(turns=1)
    turns = 1
    while done.state == "running":
        if between is not None:
            await between()
        turns += 1
        await joint.turn(joint.last_run)
        done = await last_run(joint)
    assert done.state == "succeeded", (done.state, done.error)
    return turns


async def test_a_second_reading_that_outlasts_a_turn_goes_on_page_by_page_and_reads_none_twice(
    joint: Joint, pages_read: list[Page]
) -> None:
    sales = await a_long_shop(joint)
    pages_read.clear()
    turns = await turns_of(joint)

    assert turns > 6
    assert len(set(pages_read)) == len(pages_read) > 12
    assert await found(joint) == {"oncord sale": 1, "quickbooks sale": 1}
    shown = {sale["number"]: sale for sale in await joint.shop_list("sales")}
    assert shown[sales[-1]["number"]]["due_date"] == "2027-03-31"
    assert any("Ring twice" in str(i.get("CustomerMemo")) for i in await joint.books_list("invoice"))
    assert (await light(joint)).light == "agrees"
    known = (await checks(joint)).values()
    assert all(check.page_cursor is None and not check.at_once for check in known)


async def test_what_is_deleted_while_a_second_reading_is_under_way_is_not_missed_and_nothing_else_is_lost(
    joint: Joint, pages_read: list[Page]
) -> None:
    sales = await a_long_shop(joint)
    deleted = False

    async def somebody_deletes() -> None:
        nonlocal deleted
        if not deleted and any(side is Side.QUICKBOOKS and kind is Kind.SALE for side, kind, _ in pages_read):
            first = min(await joint.books_list("invoice"), key=lambda each: int(each["Id"]))
            await joint.person("invoice", {"Id": first["Id"]}, operation="delete")
            deleted = True

    pages_read.clear()
    await turns_of(joint, somebody_deletes)
    await run(joint)

    assert deleted
    gone = [sale["number"] for sale in await joint.shop_list("sales") if sale["books_status"] == "gone"]
    assert gone == [sales[0]["number"]]
    assert len(await joint.books_list("invoice")) == SALES - 1


async def test_law_9_a_second_reading_that_the_months_reads_run_out_for_goes_on_next_month_where_it_was(
    joint: Joint, pages_read: list[Page]
) -> None:
    await a_long_shop(joint)
    spent = 0

    async def reads_run_out() -> None:
        nonlocal spent
        if not spent and len(_sales_of_the_books(pages_read)) > 1:
            spent = 499_000
            await joint.runtime.meter.count("con_other", joint.clock.now().date(), spent)

    pages_read.clear()
    await turns_of(joint, reads_run_out)
    before = _sales_of_the_books(pages_read)
    assert await found(joint) == {"oncord sale": 1}
    assert any(check.at_once for check in (await checks(joint)).values())
    assert (await light(joint)).light == "agrees"

    joint.clock.pass_time(12 * 24 * 3600)  # December
    pages_read.clear()
    await turns_of(joint)
    after = _sales_of_the_books(pages_read)
    assert after
    assert before[0] is None
    assert not set(before) & set(after), "it goes on, and does not begin again"
    assert (await found(joint))["quickbooks sale"] == 1
    assert not any(check.at_once for check in (await checks(joint)).values())


@pytest.mark.parametrize("download", [True, False])
async def test_i20_a_comparison_that_breaks_off_half_way_leaves_what_stood_and_is_taken_whole_by_the_next_turn(
    joint: Joint, monkeypatch: pytest.MonkeyPatch, download: bool
) -> None:
    ada = await joint.contact()
    for _ in range(SALES):
        await joint.sale(ada["id"])
    cash = await joint.sale(ada["id"])
    await joint.receipt(cash, "3.00", payment_method_id=await joint.method("cash"))
    await run(joint)
    stood = await light(joint)
    assert (stood.light, stood.differences) == ("differs", 1)
    there = max(await joint.books_list("invoice"), key=lambda each: int(each["Id"]))
    await joint.person("invoice", {"Id": there["Id"]}, operation="delete")
    await joint.touched("quickbooks", "sale", there["Id"])

    right, judged = Judge.take, 0

    def breaks_off(self: Judge, *given: Any) -> Any:
        nonlocal judged
        judged += 1
        if judged == (SALES if download else 1):
            raise psycopg.OperationalError("the database went away")
        return right(self, *given)

    with monkeypatch.context() as patched:
        patched.setattr("app.storage.tieouts.groups.BATCH", 1)
        patched.setattr(Judge, "take", breaks_off)
        with pytest.raises(psycopg.OperationalError):
            await joint.sync(download=download)
    assert ((await last_run(joint)).state, await light(joint)) == ("running", stood)

    assert not await joint.turn(joint.last_run)
    assert (await last_run(joint)).state == "succeeded"
    now = await light(joint)
    assert (now.light, now.differences) == ("differs", 2)
