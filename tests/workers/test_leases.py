"""At most one holder at a time, and a fence for the one who lost it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from app.domain.guards.allowance import Refill
from app.errors import LeaseLost
from app.storage.database import EVERY_CONNECTION, Database, Transaction
from app.storage.runs import leases
from tests.support.services import DatabaseUrls

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
async def database(own_database: DatabaseUrls) -> AsyncIterator[Database]:
    opened = Database(own_database.app, size=4)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def tx(database: Database) -> AsyncIterator[Transaction]:
    async with database.transaction(EVERY_CONNECTION) as transaction:
        yield transaction
        await transaction.rollback()


async def take(tx: Transaction, owner: str, seconds: float) -> leases.Lease | None:
    return await leases.take(tx, "c", owner, seconds=60, grace=30, now=after(seconds))


async def test_a_held_lease_is_nobody_elses_until_it_ran_out_and_the_longest_request_too(tx: Transaction) -> None:
    first = await take(tx, "a", 0)
    assert first is not None
    assert await take(tx, "b", 59) is None
    assert await take(tx, "a", 59) is None
    assert await take(tx, "b", 89) is None

    second = await take(tx, "b", 90)

    assert second is not None
    assert second.epoch == first.epoch + 1


async def test_a_heartbeat_keeps_it(tx: Transaction) -> None:
    lease = await take(tx, "a", 0)
    assert lease is not None
    await leases.renew(tx, lease, now=after(50))

    assert await take(tx, "b", 139) is None
    assert await take(tx, "b", 140) is not None
    with pytest.raises(LeaseLost):
        await leases.renew(tx, lease, now=after(141))


async def test_a_released_lease_is_free_at_once_or_after_its_rest(tx: Transaction) -> None:
    lease = await take(tx, "a", 0)
    assert lease is not None
    await leases.release(tx, lease, now=after(1))
    again = await take(tx, "b", 1)
    assert again is not None

    await leases.release(tx, again, rest_seconds=10, now=after(2))
    assert await take(tx, "a", 11) is None
    assert await take(tx, "a", 12) is not None


async def test_what_is_left_of_the_rate_limits_is_told_to_the_next_holder_as_of_that_moment(tx: Transaction) -> None:
    lease = await take(tx, "a", 0)
    assert lease is not None
    assert lease.left is None
    await leases.release(tx, lease, left=Refill(0.5, 5, 2), now=after(10))

    later = await take(tx, "b", 11)
    assert later is not None
    assert later.left == Refill(0, 4, 1)
    await leases.release(tx, later, left=Refill(0.5, 5), now=after(12))
    much_later = await take(tx, "b", 1000)

    assert much_later is not None
    assert much_later.left == Refill(0, 0, 0)


async def test_after_a_take_over_and_after_who_said_nothing_nobody_knows_what_is_left(tx: Transaction) -> None:
    lease = await take(tx, "a", 0)
    assert lease is not None
    await leases.release(tx, lease, left=Refill(1, 1), now=after(1))
    dies = await take(tx, "b", 2)
    assert dies is not None

    takes_over = await take(tx, "c", 92)
    assert takes_over is not None
    await leases.release(tx, dies, left=Refill(0, 0), now=after(93))
    await leases.release(tx, takes_over, now=after(94))
    last = await take(tx, "d", 95)

    assert (dies.left, takes_over.left) == (Refill(0, 0), None)
    assert last is not None
    assert last.left is None


async def test_who_lost_it_releases_nothing(tx: Transaction) -> None:
    lost = await take(tx, "a", 0)
    assert lost is not None
    assert await take(tx, "b", 90) is not None

    await leases.release(tx, lost, now=after(91))

    assert await take(tx, "c", 92) is None


async def test_the_fence_lets_only_the_present_epoch_pass(tx: Transaction) -> None:
    first = await take(tx, "a", 0)
    assert first is not None
    await leases.fence(tx, "c", first.epoch)
    second = await take(tx, "b", 90)
    assert second is not None

    with pytest.raises(LeaseLost):
        await leases.fence(tx, "c", first.epoch)
    await leases.fence(tx, "c", second.epoch)
    await leases.release(tx, second, now=after(91))
    with pytest.raises(LeaseLost):
        await leases.fence(tx, "c", second.epoch)


async def test_no_take_over_commits_while_a_fenced_transaction_is_open(database: Database) -> None:
    async with database.transaction("c") as tx:
        lease = await take(tx, "a", 0)
    assert lease is not None
    async with database.transaction("c") as holder:
        await leases.fence(holder, "c", lease.epoch)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            await _take_impatiently(database)


async def _take_impatiently(database: Database) -> None:
    async with database.transaction("c") as tx:
        await tx.execute("SET LOCAL lock_timeout = '50ms'")
        await take(tx, "b", 1000)


async def test_postgresqls_clock_judges_where_no_other_is_given(tx: Transaction) -> None:
    assert await leases.take(tx, "c", "a", seconds=60, grace=0) is not None
    assert await leases.take(tx, "c", "b", seconds=60, grace=0) is None
    await tx.execute("SELECT set_config('app.lease_now', (clock_timestamp() + interval '61 s')::text, true)")
    assert await leases.take(tx, "c", "b", seconds=60, grace=0) is not None
