"""Both sides, and kinds that do not need each other, are read at the same time; what is kept, and what goes wrong, is as if each
had been asked in its turn."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest

from app.domain.model.records import Kind, Side
from app.oncord import client
from app.storage.changes import cursors
from app.storage.records import mirrors
from app.storage.runs import runs
from app.sync.context import TurnContext
from tests.support.joint import SITE, Joint, joined
from tests.support.services import DatabaseUrls

PUBLIC_URL = "https://sync.example"
ANSWERS = {"site", "connector", "contacts", "products", "sales", "receipts"}


@dataclass
class Line:
    """The way to both sides, which says who asks, and keeps those apart that must be under way together."""

    together: set[str] = field(default_factory=set)
    """These are answered once all of them were asked."""
    asked: list[str] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    """Of these nobody answers."""
    all_asked: asyncio.Event = field(default_factory=asyncio.Event)

    def expects(self, *names: str) -> None:
        """From now on."""
        self.together, self.asked, self.all_asked = set(names), [], asyncio.Event()

    def around(self, side: str, inner: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        """A transport through here."""
        return _Through(self, side, inner)


class _Through(httpx.AsyncBaseTransport):
    def __init__(self, line: Line, side: str, inner: httpx.AsyncBaseTransport) -> None:
        self.line, self.side, self.inner = line, side, inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        line, name = self.line, request.url.path.rpartition("/")[2]
        if name != "bearer":  # the token, wherever one has run out
            line.asked.append(name)
        if line.together <= set(line.asked):
            line.all_asked.set()
        if name in line.together:
            async with asyncio.timeout(10):
                await line.all_asked.wait()
        if self.side in line.down or name in line.down:
            raise httpx.ConnectError("nobody is there", request=request)
        return await self.inner.handle_async_request(request)


@pytest.fixture
async def line() -> Line:
    return Line()


@pytest.fixture
async def joint(own_database: DatabaseUrls, line: Line) -> AsyncIterator[Joint]:
    """An empty shop and company, synchronised once, and the shop known by its address."""
    async with joined(own_database.app, around=line.around) as made:
        made.public_url = PUBLIC_URL
        made.shop.sites[SITE].connector["url"] = f"{PUBLIC_URL}/webhooks/oncord/{made.connection_id}"
        run = await made.sync()
        assert run.state == "succeeded", (run.error, run.counters)
        yield made


async def test_a_run_by_hand_asks_both_sides_for_all_it_begins_with_at_once(joint: Joint, line: Line) -> None:
    contact = await joint.contact()
    await joint.sale(contact["id"])
    line.expects(*ANSWERS, "cdc")

    run = await joint.sync()

    assert run.state == "succeeded", (run.error, run.counters)
    assert len(await joint.books_list("invoice")) == 1
    assert sorted(line.asked[:7]) == sorted([*ANSWERS, "cdc"])


async def test_one_change_by_hand_costs_its_write_and_no_read_twice(joint: Joint, line: Line) -> None:
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await joint.sync()
    await joint.in_shop("PATCH", f"contacts/{contact['id']}", {"phone": "07 5555 1234"})
    line.expects(*ANSWERS, "cdc")

    await joint.sync()

    assert sorted(line.asked) == sorted([*ANSWERS, "cdc", "batch"])


async def test_what_events_have_named_is_read_beside_the_change_list_and_all_kinds_at_once(
    joint: Joint, line: Line
) -> None:
    joint.clock.pass_time(2 * 3600)
    contact = await joint.contact()
    sale = await joint.sale(contact["id"])
    await joint.touched("oncord", "contact", contact["id"])
    await joint.touched("oncord", "sale", sale["id"])
    line.expects("contacts", "sales", "cdc")

    run = await joint.sync(download=False)

    assert run.state == "succeeded", (run.error, run.counters)
    assert len(await joint.books_list("invoice")) == 1
    assert sorted(line.asked[:3]) == ["cdc", "contacts", "sales"]


async def test_an_empty_run_asks_for_as_much_as_one_after_the_other(joint: Joint, line: Line) -> None:
    line.expects(*ANSWERS, "cdc")

    await joint.sync()

    assert sorted(line.asked) == sorted([*ANSWERS, "cdc"])


async def test_a_shop_that_is_down_costs_one_metered_read_however_often_it_is_tried(joint: Joint, line: Line) -> None:
    line.down = {"oncord"}
    line.expects()

    failed = [await joint.sync() for _ in range(3)]

    assert [run.state for run in failed] == ["failed"] * 3
    assert all(run.error and run.error.startswith("The shop did not answer.") for run in failed)
    assert line.asked.count("cdc") == 1
    line.down = set()
    assert (await joint.sync()).state == "succeeded"
    assert line.asked.count("cdc") == 2


async def test_what_the_shop_has_told_stands_though_quickbooks_does_not_answer(joint: Joint, line: Line) -> None:
    contact = await joint.contact()
    asked_at = joint.clock.now()
    line.down = {"cdc"}

    failed = await joint.sync()

    assert failed.state == "failed"
    assert (failed.error or "").startswith("QuickBooks could not be reached.")
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        states = await cursors.load(tx, joint.connection_id)
        mirrored = await mirrors.load(tx, joint.connection_id, Side.ONCORD, Kind.CONTACT, [contact["id"]])
    assert list(mirrored) == [contact["id"]]
    assert all((states[Side.ONCORD, kind].completed_at or asked_at) > asked_at for kind in Kind)
    assert all((states[Side.QUICKBOOKS, kind].completed_at or asked_at) < asked_at for kind in Kind)


async def test_nothing_of_another_site_is_kept_though_it_was_read_at_once(joint: Joint, line: Line) -> None:
    contact = await joint.contact()
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await tx.execute(
            "UPDATE connection SET site_id = 'another', facts = jsonb_set(facts::jsonb, '{oncord,id}', '\"another\"')::json"
        )
    line.expects(*ANSWERS, "cdc")

    stopped = await joint.sync()

    assert stopped.state == "failed"
    assert stopped.error == "Another site answers at the address of the shop."
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        assert not await mirrors.load(tx, joint.connection_id, Side.ONCORD, Kind.CONTACT, [contact["id"]])


async def test_a_worker_that_is_stopped_leaves_no_request_behind(joint: Joint, line: Line) -> None:
    line.expects(*ANSWERS, "cdc", "never")
    before = asyncio.all_tasks()
    running = asyncio.ensure_future(joint.sync())
    async with asyncio.timeout(10):
        while not {*ANSWERS, "cdc"} <= set(line.asked):  # noqa: ASYNC110 - it is looked at from outside
            await asyncio.sleep(0.01)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert asyncio.all_tasks() == before
    line.expects()
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        [unfinished] = await runs.unfinished(tx, joint.connection_id)
    while await joint.turn(unfinished.id):
        pass
    assert (await joint.sync()).state == "succeeded"


async def test_while_the_shop_is_read_page_by_page_quickbooks_is_asked_once(
    joint: Joint, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        await joint.contact(f"Ada{number}", f"Byron{number}")
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await tx.execute("DELETE FROM cursor WHERE side = 'oncord'")
    monkeypatch.setattr(client, "PAGE_SIZE", 1)
    monkeypatch.setattr(TurnContext, "time_is_up", lambda _: True)
    line.expects()

    run = await joint.sync()

    assert run.state == "succeeded"
    assert (line.asked.count("cdc"), line.asked.count("contacts")) == (1, 5)


class _OneAtATime(httpx.AsyncBaseTransport):
    """A shop that asks everybody to slow down who asks for something while something is under way."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner, self.under_way, self.strict, self.refused = inner, 0, False, 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.strict and self.under_way:
            self.refused += 1
            return httpx.Response(429, headers={"Retry-After": "1"}, json={}, request=request)
        self.under_way += 1
        try:
            await asyncio.sleep(0.02)
            return await self.inner.handle_async_request(request)
        finally:
            self.under_way -= 1


async def test_a_shop_that_takes_one_request_at_a_time_is_asked_one_by_one_after_its_first_refusal(
    own_database: DatabaseUrls,
) -> None:
    shops: list[_OneAtATime] = []

    def around(side: str, inner: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        if side == "oncord":
            shops.append(_OneAtATime(inner))
        return shops[-1] if side == "oncord" else inner

    async with joined(own_database.app, around=around) as joint:
        await joint.sync()
        contact = await joint.contact()
        await joint.sale(contact["id"])
        for shop in shops:
            shop.strict = True
        run = await joint.sync()
        refused = sum(shop.refused for shop in shops)
        await joint.sale(contact["id"])
        again = await joint.sync()

        assert (run.state, again.state) == ("succeeded", "succeeded")
        assert len(await joint.books_list("invoice")) == 2
        assert refused == sum(shop.refused for shop in shops) > 0, "it was refused in the first run alone"
