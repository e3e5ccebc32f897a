"""The mirrors are checked against both sides: what neither an event nor a change time told of is seen by the next check, and a
day on which nothing like that happened costs a handful of reads."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from app.container import build_container
from app.domain.model.records import Kind, Side
from app.quickbooks.mapping.books import STATEMENTS
from app.sandbox.oncord.shelf import Shelf
from app.sandbox.quickbooks.books.tables import Table
from app.services import lifecycle, overview, tie_outs
from app.services import source_checks as asking
from app.storage.changes import due
from app.storage.records import source_checks
from app.storage.records.source_checks import SourceCheck
from tests.support.joint import Joint
from tests.support.people import SOMEBODY
from tests.support.stories import customer, invoice, payment, run

Body = dict[str, Any]
DAY = timedelta(hours=25).total_seconds()
COUNTS, PAGES = 5, 6
ANY_DAY = 2
"""A change list, and the closing date, which is asked for once a day."""
"""Of QuickBooks' entities five are counted; all six are read a second time, a page each in a small company."""


async def a_pair_of_worlds(joint: Joint) -> tuple[Body, Body]:
    """A sale with its receipt that began in the shop, an invoice that began in the books; synchronised and a day old."""
    sale = await joint.sale((await joint.contact())["id"])
    await joint.receipt(sale, "5.00")
    kay = await customer(joint, "Kay")
    there = await invoice(joint, kay["Id"])
    await payment(joint, kay["Id"], "4.00", {there["Id"]: "4.00"})
    await run(joint)
    await run(joint)
    joint.clock.pass_time(DAY)
    return sale, there


def table(joint: Joint, entity: str) -> Table:
    return joint.books.companies[joint.realm].table(entity)


def shelf(joint: Joint, entity: Any) -> Shelf:
    return next(iter(joint.shop.sites.values())).shelves[entity]


async def metered(joint: Joint) -> int:
    return int((await joint.in_books("GET", "calls"))["metered"])


async def checks(joint: Joint) -> dict[tuple[Side, Kind], SourceCheck]:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        return await source_checks.load(tx, joint.connection_id)


async def found(joint: Joint) -> dict[str, int]:
    return {f"{side} {kind}": check.found for (side, kind), check in (await checks(joint)).items() if check.found}


async def test_an_ordinary_check_costs_a_handful_of_reads_once_a_day_and_changes_nothing(joint: Joint) -> None:
    await a_pair_of_worlds(joint)
    before = await metered(joint)
    assert await run(joint) == []
    assert await metered(joint) - before == ANY_DAY + COUNTS + PAGES
    assert await found(joint) == {}
    known = await checks(joint)
    assert all(check.there == check.here and check.compared_at is not None for check in known.values())

    before = await metered(joint)
    joint.clock.pass_time(12 * 3600)
    assert await run(joint) == []
    assert await metered(joint) - before == 1


async def test_the_first_synchronisation_needs_no_check(joint: Joint) -> None:
    assert all(check.checked_at and check.compared_at for check in (await checks(joint)).values())


async def an_invoice_is_gone(joint: Joint, sale: Body, there: Body) -> Any:
    rows = table(joint, "Invoice")
    rows.discard(rows.rows[there["Id"]], 0)
    rows.deleted.clear()

    async def seen() -> bool:
        return any(s["books_status"] == "gone" for s in await joint.shop_list("sales"))

    return "quickbooks sale", seen


async def a_payment_is_gone(joint: Joint, sale: Body, there: Body) -> Any:
    rows = table(joint, "Payment")
    rows.discard(next(iter(rows.rows.values())), 0)
    rows.deleted.clear()

    async def seen() -> bool:
        return any(r["books_status"] == "gone" for r in await joint.shop_list("receipts"))

    return "quickbooks receipt", seen


async def an_invoice_is_new(joint: Joint, sale: Body, there: Body) -> Any:
    made = await invoice(joint, there["CustomerRef"]["value"], DocNumber="Q-77")
    rows = table(joint, "Invoice")
    record = rows.rows[made["Id"]]
    long_ago = "2026-11-20T01:00:00Z"
    record.updated = 0
    record.body["MetaData"] = {"CreateTime": long_ago, "LastUpdatedTime": long_ago}
    rows.recent = {record.id: None, **{key: None for key in rows.recent if key != record.id}}

    async def seen() -> bool:
        return any(s["number"] == "Q-77" for s in await joint.shop_list("sales"))

    return "quickbooks sale", seen


async def an_invoice_is_another(joint: Joint, sale: Body, there: Body) -> Any:
    table(joint, "Invoice").rows[there["Id"]].body["DueDate"] = "2027-03-31"

    async def seen() -> bool:
        return any(s["due_date"] == "2027-03-31" for s in await joint.shop_list("sales"))

    return "quickbooks sale", seen


async def a_customer_is_another(joint: Joint, sale: Body, there: Body) -> Any:
    body = table(joint, "Customer").rows[there["CustomerRef"]["value"]].body
    body["PrimaryPhone"] = {"FreeFormNumber": "0400 777 777"}

    async def seen() -> bool:
        return any(c["phone"] == "0400 777 777" for c in await joint.shop_list("contacts"))

    return "quickbooks contact", seen


async def a_sale_is_another(joint: Joint, sale: Body, there: Body) -> Any:
    shelf(joint, "sale").records[sale["id"]]["due_date"] = "2027-03-31"

    async def seen() -> bool:
        return any(i.get("DueDate") == "2027-03-31" for i in await joint.books_list("invoice"))

    return "oncord sale", seen


async def a_sale_is_new(joint: Joint, sale: Body, there: Body) -> Any:
    made = await joint.sale(sale["contact_id"], number="S-77")
    shelf(joint, "sale").records[made["id"]]["modified_at"] = "2026-11-20T01:00:00Z"
    shelf(joint, "sale").rebuild()

    async def seen() -> bool:
        return any(i.get("DocNumber") == "S-77" for i in await joint.books_list("invoice"))

    return "oncord sale", seen


async def a_receipt_is_another(joint: Joint, sale: Body, there: Body) -> Any:
    [receipt] = [r for r in await joint.shop_list("receipts") if r["contact_id"] == sale["contact_id"]]
    shelf(joint, "receipt").records[receipt["id"]]["reference"] = "Bank 77"

    async def seen() -> bool:
        return any(p.get("PaymentRefNum") == "Bank 77" for p in await joint.books_list("payment"))

    return "oncord receipt", seen


Deed = Callable[[Joint, Body, Body], Awaitable[tuple[str, Callable[[], Awaitable[bool]]]]]


@pytest.mark.parametrize(
    "deed",
    [
        an_invoice_is_gone,
        a_payment_is_gone,
        an_invoice_is_new,
        an_invoice_is_another,
        a_customer_is_another,
        a_sale_is_another,
        a_sale_is_new,
        a_receipt_is_another,
    ],
)
async def test_what_neither_an_event_nor_a_change_time_told_of_is_found_by_the_next_check(
    joint: Joint, deed: Deed
) -> None:
    sale, there = await a_pair_of_worlds(joint)
    await run(joint)  # checked
    joint.clock.pass_time(12 * 3600)
    where, seen = await deed(joint, sale, there)
    joint.clock.pass_time(3600)
    await run(joint)
    assert not await seen(), "no check was due, and nothing told of it"

    joint.clock.pass_time(DAY)
    await joint.sync()
    assert await seen()
    assert await found(joint) == {where: 1}

    joint.clock.pass_time(DAY)
    assert await run(joint) == []
    assert await found(joint) == {}


async def test_a_sale_that_is_gone_from_the_shop_without_a_trace_is_held_until_somebody_approves(joint: Joint) -> None:
    paid, _ = await a_pair_of_worlds(joint)
    sale = await joint.sale(paid["contact_id"])
    await run(joint)
    joint.clock.pass_time(DAY)
    rows = shelf(joint, "sale")
    rows.records.pop(sale["id"])
    rows.rebuild()
    done = await joint.sync()

    assert done.state == "held"
    assert await found(joint) == {"oncord sale": 1}
    assert [item.kind for item in await joint.attention()] == ["mass_delete"]
    assert len(await joint.books_list("invoice")) == 3


async def test_a_large_side_is_read_again_a_little_with_each_check_and_at_once_where_its_number_differs(
    joint: Joint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.sync.reading.check.PAGES", 1)
    _, there = await a_pair_of_worlds(joint)
    table(joint, "Invoice").rows[there["Id"]].body["DueDate"] = "2027-03-31"
    read = []
    for _ in range(6):
        before = await metered(joint)
        await run(joint)
        read.append(await metered(joint) - before)
        joint.clock.pass_time(DAY)
    assert read[0] == ANY_DAY + COUNTS + 1
    assert any(s["due_date"] == "2027-03-31" for s in await joint.shop_list("sales"))

    rows = table(joint, "Invoice")
    rows.discard(rows.rows[there["Id"]], 0)
    rows.deleted.clear()
    before = await metered(joint)
    await run(joint)
    assert any(s["books_status"] == "gone" for s in await joint.shop_list("sales"))
    # The week's reading of the company's facts; the window, the kind, who is absent.
    assert await metered(joint) - before <= 1 + len(STATEMENTS) + COUNTS + 1 + 2 + 1 + COUNTS + 2


async def test_law_9_near_the_end_of_the_months_reads_quickbooks_is_not_checked_and_the_shop_is(joint: Joint) -> None:
    await a_pair_of_worlds(joint)
    before = await checks(joint)
    await joint.runtime.meter.count("con_other", joint.clock.now().date(), 499_000)
    reads = await metered(joint)
    await run(joint)

    assert await metered(joint) - reads == 1, "the change list, which tells of the closing date, too"
    after = await checks(joint)
    moved = {side.value for (side, kind), check in after.items() if check.checked_at != before[side, kind].checked_at}
    assert moved == {"oncord"}


async def test_a_count_that_says_less_than_it_should_takes_nothing_away(joint: Joint) -> None:
    """A side that lies about its number makes us read again, and reading shows that all is there."""
    await a_pair_of_worlds(joint)
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await tx.execute("UPDATE source_check SET apart = 7")
    assert await run(joint) == []
    assert await found(joint) == {}
    assert {check.apart for check in (await checks(joint)).values()} == {0}


async def test_the_certificate_says_when_the_mirrors_were_last_checked(joint: Joint) -> None:
    await a_pair_of_worlds(joint)
    await run(joint)
    container = build_container(joint.runtime)
    [newest, *_] = (await tie_outs.list_tie_outs(container, joint.connection_id, 5, None)).items
    proof = await tie_outs.read_certificate(container, joint.connection_id, newest.id)

    oldest = min(check.checked_at for check in (await checks(joint)).values() if check.checked_at)
    assert min(each["counted_at"] for each in proof["checked"].values()) == oldest.isoformat()


async def test_somebody_who_asks_has_all_of_it_read_again_by_the_next_run(joint: Joint) -> None:
    sale, there = await a_pair_of_worlds(joint)
    await run(joint)
    await an_invoice_is_another(joint, sale, there)
    await a_receipt_is_another(joint, sale, there)
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await source_checks.ask(tx, joint.connection_id, joint.clock.now())
    await run(joint)
    assert await found(joint) == {"oncord receipt": 1, "quickbooks sale": 1}

    before = await metered(joint)
    await run(joint)
    assert await metered(joint) - before == 1, "it was asked for once"


@pytest.mark.parametrize("by_hand", [True, False])
async def test_t3_whoever_asks_for_everything_to_be_read_gets_it_read_and_compared_and_nothing_written(
    joint: Joint, by_hand: bool
) -> None:
    sale, there = await a_pair_of_worlds(joint)
    await run(joint)
    container = build_container(joint.runtime)
    await lifecycle.set_auto_sync(container, joint.connection_id, not by_hand, who=SOMEBODY)
    await an_invoice_is_another(joint, sale, there)  # which nothing tells of
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Ring twice"})

    asked = await asking.ask(container, joint.connection_id, who=SOMEBODY)
    done = await joint.sync(dry_run=True)

    assert (done.id, done.state, done.dry_run) == (asked.id, "succeeded", True)
    assert await found(joint) == {"quickbooks sale": 1}
    assert await joint.writes() != []  # of what is shown
    assert (await joint.books_list("invoice"))[0].get("CustomerMemo") is None
    shown = (await overview.read_connection(container, joint.connection_id)).agreement
    assert shown.since >= done.requested_at
    assert (shown.light, shown.behind) == (("waits", 2) if by_hand else ("agrees", 0))  # for its two quiet minutes
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        [facts] = await due.due_facts_of(tx, [joint.connection_id])
    assert (facts.first_changed_at is None) is by_hand  # where runs take place by themselves, one follows

    assert ("quickbooks", "sale", "update") in await run(joint)
    shown = (await overview.read_connection(container, joint.connection_id)).agreement
    assert (shown.light, shown.behind) == ("agrees", 0)
