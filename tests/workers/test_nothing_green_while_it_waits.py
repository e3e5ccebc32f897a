"""No light is green over what waits (law 11): with automatic synchronisation off from the first change on, with it on once a change
has waited for longer than it should; our own writes that come back are no change."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.container import build_container
from app.domain.model.records import Kind, Side
from app.services import lifecycle, overview, tie_outs, watchlist
from app.services.agreement import Agreement
from app.storage.changes.intake import InboundEvent
from app.storage.watchlist import Looked
from tests.support.joint import Joint, joined
from tests.support.people import SOMEBODY
from tests.support.services import DatabaseUrls
from tests.workers.test_wake_with_the_engine import tell

Body = dict[str, Any]


@pytest.fixture
async def by_hand(own_database: DatabaseUrls) -> AsyncIterator[Joint]:
    """A sale that is on both sides, and automatic synchronisation off."""
    async with joined(own_database.app) as made:
        await made.sale((await made.contact())["id"], number="1041")
        await made.sync()
        await lifecycle.set_auto_sync(build_container(made.runtime), made.connection_id, False, who=SOMEBODY)
        yield made


async def light(joint: Joint) -> Agreement:
    return (await overview.read_connection(build_container(joint.runtime), joint.connection_id)).agreement


async def listed(joint: Joint) -> watchlist.Listed:
    [one] = (await watchlist.list_watched(build_container(joint.runtime), Looked(), 10, None)).page.items
    return one


def of_the_shop(joint: Joint, sale: Body, key: str, **members: Any) -> InboundEvent:
    return InboundEvent(
        side=Side.ONCORD,
        event_key=key,
        connection_id=joint.connection_id,
        kind=Kind.SALE,
        record_id=sale["id"],
        **members,
    )


def of_the_books(joint: Joint, invoice: Body, key: str, at: str) -> InboundEvent:
    return InboundEvent(
        side=Side.QUICKBOOKS,
        event_key=key,
        realm_id=joint.realm,
        kind=Kind.SALE,
        record_id=invoice["Id"],
        occurred_at=datetime.fromisoformat(at),
    )


async def test_t3_a_change_turns_the_light_at_once_everywhere_and_synchronising_turns_it_back(by_hand: Joint) -> None:
    [sale] = await by_hand.shop_list("sales")
    assert (await light(by_hand)).light == (await listed(by_hand)).light == "agrees"

    await by_hand.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Ring twice"})
    told_at = by_hand.clock.now()
    await tell(by_hand, of_the_shop(by_hand, sale, "1"))
    shown, row = await light(by_hand), await listed(by_hand)

    assert (shown.light, shown.behind, shown.behind_since) == ("waits", 1, told_at)
    assert (row.light, row.behind, row.behind_since) == ("waits", 1, told_at)
    assert row.step is not None
    assert (row.step.button, row.step.posts) == ("Synchronise now", True)

    await by_hand.sync()
    after, row = await light(by_hand), await listed(by_hand)
    assert (after.light, after.behind, after.behind_since) == ("agrees", 0, None)
    assert (row.light, row.step) == ("agrees", None)


async def test_what_comes_back_of_our_own_writes_is_no_change_and_somebody_elses_beside_it_is(by_hand: Joint) -> None:
    [sale] = await by_hand.shop_list("sales")
    await by_hand.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "Ring twice"})
    await tell(by_hand, of_the_shop(by_hand, sale, "1"))
    await by_hand.sync()
    assert ("quickbooks", "sale", "update") in await by_hand.writes()
    [invoice] = await by_hand.books_list("invoice")

    await tell(by_hand, of_the_books(by_hand, invoice, "2", invoice["MetaData"]["LastUpdatedTime"]))
    own = await light(by_hand)
    assert (own.light, own.behind) == ("agrees", 0)
    assert (await listed(by_hand)).light == "agrees"

    by_hand.clock.pass_time(300)
    await tell(by_hand, of_the_books(by_hand, invoice, "3", by_hand.clock.now().isoformat()))
    typed = await light(by_hand)
    assert (typed.light, typed.behind) == ("waits", 1)


async def test_a_certificate_of_then_says_what_waited(by_hand: Joint) -> None:
    container = build_container(by_hand.runtime)
    [sale] = await by_hand.shop_list("sales")

    async def issued() -> Body:
        taken = await tie_outs.take(container, by_hand.connection_id, who=SOMEBODY)
        return await tie_outs.read_certificate(container, by_hand.connection_id, taken.id)

    assert (await issued())["waiting"] is None
    told_at = by_hand.clock.now()
    await tell(by_hand, of_the_shop(by_hand, sale, "1"))

    certificate = await issued()
    assert certificate["waiting"] == {"records": 1, "since": told_at.isoformat()}
    assert certificate["light"] == "agrees"  # of what was read


async def test_t1_two_quiet_minutes_are_as_it_should_be_and_what_nobody_looks_at_is_not(by_hand: Joint) -> None:
    container = build_container(by_hand.runtime)
    await lifecycle.set_auto_sync(container, by_hand.connection_id, True, who=SOMEBODY)
    [sale] = await by_hand.shop_list("sales")
    await tell(by_hand, of_the_shop(by_hand, sale, "1"))
    async with by_hand.runtime.database.transaction(by_hand.connection_id) as tx:
        await tx.execute("DELETE FROM lease")  # which is of the database's clock

    by_hand.clock.pass_time(90)
    assert (await light(by_hand)).light == "agrees"
    by_hand.clock.pass_time(120)  # nobody has looked by now
    late = await light(by_hand)
    assert (late.light, late.behind) == ("waits", 1)


async def test_a_difference_is_said_first_and_what_waits_beside_it(by_hand: Joint) -> None:
    [sale] = await by_hand.shop_list("sales")
    async with by_hand.runtime.database.transaction(by_hand.connection_id) as tx:
        await tx.execute(
            "UPDATE mirror SET record = jsonb_set(record, '{money,total}', '\"22.01\"') WHERE side = 'oncord' AND kind = 'sale'"
        )
    container = build_container(by_hand.runtime)
    await tie_outs.take(container, by_hand.connection_id, who=SOMEBODY)
    await tell(by_hand, of_the_shop(by_hand, sale, "1"))

    found = await light(by_hand)
    assert (found.light, found.differences, found.behind) == ("unexplained", 1, 1)


async def test_what_waits_longer_than_the_light_is_good_for_is_not_compared_lately(by_hand: Joint) -> None:
    [sale] = await by_hand.shop_list("sales")
    await tell(by_hand, of_the_shop(by_hand, sale, "1"))
    by_hand.clock.pass_time(timedelta(hours=37).total_seconds())

    found = await light(by_hand)
    assert (found.light, found.behind) == ("unknown", 1)
