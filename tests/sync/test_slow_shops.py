"""A shop that does not answer in time rests, each time for longer, and a person is told once; that ends by itself."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.storage.runs import runs
from app.sync.ending import INTERRUPTIONS, SLOW_IN_A_ROW
from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls


class Slow(httpx.AsyncBaseTransport):
    """A shop that answers in time, or so many times does not when it is asked for its contacts, as each turn asks it."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.left = 0
        self.error: type[httpx.TransportError] = httpx.ReadTimeout

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.left and request.url.path.endswith("/contacts"):
            self.left -= 1
            raise self.error("slow")
        return await self._inner.handle_async_request(request)


@pytest.fixture
async def slow() -> Slow:
    return Slow(httpx.MockTransport(lambda request: httpx.Response(500)))


@pytest.fixture
async def joint(own_database: DatabaseUrls, slow: Slow) -> AsyncIterator[Joint]:
    """An empty shop and company, synchronised once; the shop may become slow."""

    def around(side: str, transport: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        if side != "oncord":
            return transport
        slow._inner = transport
        return slow

    async with joined(own_database.app, around=around) as made:
        run = await made.sync()
        assert run.state == "succeeded", (run.error, run.counters)
        yield made


async def rests(joint: Joint, turns: int) -> list[int]:
    """How many whole seconds the connection rests after each of so many turns of a run."""
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        run = await runs.request(
            tx,
            joint.connection_id,
            run_id=joint.runtime.ids.new("run"),
            trigger="manual",
            requested_by="test",
            now=joint.clock.now(),
            download=True,
        )
    found = []
    for _ in range(turns):
        before = joint.clock.now()
        await joint.turn(run.id)
        found.append(int((joint.clock.now() - before).total_seconds()))
    return found


async def test_a_shop_that_is_slow_again_and_again_rests_longer_each_time_and_a_person_is_told_once(
    joint: Joint, slow: Slow
) -> None:
    slow.left = 1000

    assert await rests(joint, 2) == [30, 60]
    assert await joint.attention() == []


async def test_t1_a_person_is_told_of_a_slow_shop_until_it_answers_in_time(joint: Joint, slow: Slow) -> None:
    slow.left = SLOW_IN_A_ROW

    run = await joint.sync()

    assert run.state == "succeeded"
    assert await joint.attention() == []
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        asked = await (await tx.execute("SELECT kind, state, resolution, summary FROM attention")).fetchall()
    assert [(row["kind"], row["state"], row["resolution"]) for row in asked] == [
        ("site_slow", "resolved", "The shop answers in time again.")
    ]
    assert "changes arrive late" in asked[0]["summary"]


async def test_a_shop_that_stays_slow_ends_the_run_and_the_question_stays(joint: Joint, slow: Slow) -> None:
    slow.left = 1000

    run = await joint.sync()

    assert run.state == "failed"
    assert [item.kind for item in await joint.attention()] == ["site_slow"]
    slow.left = 0
    assert (await joint.sync()).state == "succeeded"
    assert await joint.attention() == []


@pytest.mark.parametrize("times", [1, 2])
async def test_a_hiccup_is_nothing_to_tell_of(joint: Joint, slow: Slow, times: int) -> None:
    slow.left = times

    assert (await joint.sync()).state == "succeeded"

    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        assert await (await tx.execute("SELECT kind FROM attention")).fetchall() == []


async def test_a_shop_that_cannot_be_reached_is_tried_again_soon(joint: Joint, slow: Slow) -> None:
    slow.left, slow.error = 1000, httpx.ConnectError

    assert await rests(joint, INTERRUPTIONS - 1) == [2, 4, 8, 16]
    assert await joint.attention() == []
