"""What is told of while a side is being asked is newer than the answer, and is read all the same: nothing told is swallowed."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.sync.test_rules_merges import merged, pairs

MILK = [{"description": "Tea", "quantity": "3", "unit_price": "11.00", "tax_code": "GST"}]


class Between:
    """Somebody acts once QuickBooks' change list has been answered, and before it is kept; or while it is asked for."""

    def __init__(self, *, answered: bool) -> None:
        self._answered = answered
        self._change_list = asyncio.Event()
        self._act: Callable[[], Awaitable[None]] | None = None

    def expects(self, act: Callable[[], Awaitable[None]]) -> None:
        """The next change list is the one."""
        self._change_list.clear()
        self._act = act

    @property
    def has_acted(self) -> bool:
        return self._act is None

    def around(self, side: str, inner: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        return _Watched(self, side, inner)

    async def before(self, side: str, name: str) -> None:
        """A request is about to be sent."""
        if self._act is None or (side, name) != (("oncord", "receipts") if self._answered else ("quickbooks", "cdc")):
            return
        act, self._act = self._act, None
        if self._answered:
            async with asyncio.timeout(20):
                await self._change_list.wait()
        else:
            await asyncio.sleep(0.5)  # The shop has answered by then.
        await act()

    def after(self, side: str, name: str) -> None:
        """A request was answered."""
        if (side, name) == ("quickbooks", "cdc"):
            self._change_list.set()


class _Watched(httpx.AsyncBaseTransport):
    def __init__(self, between: Between, side: str, inner: httpx.AsyncBaseTransport) -> None:
        self._between, self._side, self._inner = between, side, inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        await self._between.before(self._side, name)
        answer = await self._inner.handle_async_request(request)
        await answer.aread()
        self._between.after(self._side, name)
        return answer


@pytest.mark.parametrize("download", [True, False])
async def test_an_edit_that_is_told_after_the_answer_was_made_arrives_in_the_same_run(
    own_database: DatabaseUrls, download: bool
) -> None:
    between = Between(answered=True)
    async with joined(own_database.app, around=between.around) as joint:
        contact, customer = await _known(joint)
        sale = (await joint.shop_list("sales"))[0]
        joint.clock.pass_time(7200)
        first = await joint.person("customer", {**customer, "PrimaryPhone": {"FreeFormNumber": "07 1111 1111"}})
        if not download:
            receipt = await joint.receipt(sale)
            await joint.touched("oncord", "receipt", receipt["id"])

        async def types_on() -> None:
            await joint.person("customer", {**first, "PrimaryPhone": {"FreeFormNumber": "07 2222 2222"}})
            await joint.touched("quickbooks", "contact", customer["Id"])

        between.expects(types_on)
        run = await joint.sync(download=download)

        assert (run.state, between.has_acted) == ("succeeded", True)
        assert (await joint.in_shop("GET", f"contacts/{contact['id']}"))["phone"] == "07 2222 2222"


async def test_a_sale_that_is_edited_while_quickbooks_is_asked_arrives_in_the_same_run(
    own_database: DatabaseUrls,
) -> None:
    between = Between(answered=False)
    async with joined(own_database.app, around=between.around) as joint:
        await _known(joint)
        sale = (await joint.shop_list("sales"))[0]
        joint.clock.pass_time(600)
        await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "first"})

        async def adds_a_cup() -> None:
            await joint.in_shop("PATCH", f"sales/{sale['id']}", {"lines": MILK})
            await joint.touched("oncord", "sale", sale["id"])

        between.expects(adds_a_cup)
        run = await joint.sync()

        assert (run.state, between.has_acted) == ("succeeded", True)
        assert [str(i["TotalAmt"]) for i in await joint.books_list("invoice")] == ["33"]


async def test_a_merge_that_is_told_after_the_answer_was_made_is_learned(own_database: DatabaseUrls) -> None:
    between = Between(answered=True)
    async with joined(own_database.app, around=between.around) as joint:
        contact, ada = await _known(joint)
        [invoice] = await joint.books_list("invoice")
        await joint.person("invoice", invoice, operation="delete")
        survivor = await joint.person("customer", {"DisplayName": "Survivor Pty"})
        await joint.sync()
        joint.clock.pass_time(7200)
        [ada] = [c for c in await joint.books_list("customer") if c["Id"] == ada["Id"]]
        await joint.person("customer", {**ada, "PrimaryPhone": {"FreeFormNumber": "07 1111 1111"}})

        async def merges() -> None:
            await merged(joint, ada, survivor)

        between.expects(merges)
        run = await joint.sync()
        assert (run.state, between.has_acted) == ("succeeded", True)
        await joint.sale(contact["id"])
        await joint.sync()

        assert survivor["Id"] in (await pairs(joint)).values()
        assert [i["CustomerRef"]["value"] for i in await joint.books_list("invoice")] == [survivor["Id"]]
        [merged_away] = [c for c in await joint.books_list("customer") if c["Id"] == ada["Id"]]
        assert not merged_away["Active"]


async def _known(joint: Joint) -> tuple[dict[str, object], dict[str, object]]:
    """A contact with a sale, on both sides; the contact and its customer."""
    await joint.sync()
    contact = await joint.contact()
    await joint.sale(contact["id"])
    await joint.sync()
    [customer] = await joint.books_list("customer")
    return contact, customer
