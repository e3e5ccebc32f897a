"""Law 8: what somebody types in one system while the service writes there and then in the other one is an edit like any other.

The first write is refused as stale and shows what was typed; the second one, of the same plan, still carries what was there
before. The pair has not agreed on what was typed, so that it goes over afterwards.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest

from tests.support.joint import Joint, joined
from tests.support.services import DatabaseUrls
from tests.support.stories import Body, book, change, customer, invoice, quiet, run, shop

Deed = Callable[[], Awaitable[object]]


class _Meanwhile(httpx.AsyncBaseTransport):
    """Lets somebody act once, right before the service writes to the shop."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport
        self.deed: Deed | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        deed = self.deed
        if deed is not None and request.method == "POST" and request.url.path.endswith("/batch"):
            self.deed = None
            await deed()
        return await self._transport.handle_async_request(request)


@pytest.fixture
async def watched(own_database: DatabaseUrls) -> AsyncIterator[tuple[Joint, _Meanwhile]]:
    """A joined shop and company, and the hand that acts while the service writes."""
    hands: list[_Meanwhile] = []

    def around(side: str, transport: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        if side != "oncord":
            return transport
        hands.append(_Meanwhile(transport))
        return hands[-1]

    async with AsyncExitStack() as stack:
        joint = await stack.enter_async_context(joined(own_database.app, around=around))
        await joint.sync()
        yield joint, hands[-1]


async def _changed_on_both_sides(joint: Joint) -> tuple[Body, Body]:
    """A pair of contact and customer: the shop has another e-mail since, the books another phone number."""
    ada = await joint.contact()
    await joint.sale(ada["id"])
    await run(joint)
    [buyer] = [c for c in await joint.books_list("customer") if c.get("FamilyName") == "Lovelace"]
    await joint.in_shop("PATCH", f"contacts/{ada['id']}", {"email": "first@example.com"})
    await change(joint, "customer", buyer["Id"], PrimaryPhone={"FreeFormNumber": "0290001111"})
    return ada, buyer


async def _is_on_both_sides(joint: Joint, ada: Body, buyer: Body, email: str) -> None:
    contact, now = await shop(joint, "contacts", ada["id"]), await book(joint, "customer", buyer["Id"])
    assert (contact["email"], contact["phone"]) == (email, "0290001111")
    assert (now["PrimaryEmailAddr"]["Address"], now["PrimaryPhone"]["FreeFormNumber"]) == (email, "0290001111")
    assert await joint.attention() == []


async def test_what_goes_both_ways_is_agreed_on_at_once_where_nobody_types(joint: Joint) -> None:
    ada, buyer = await _changed_on_both_sides(joint)
    assert len(await run(joint)) == 2
    await _is_on_both_sides(joint, ada, buyer, "first@example.com")
    await quiet(joint)


@pytest.mark.parametrize(
    "also",
    [
        pytest.param({}, id="the answer is stale"),
        pytest.param({"phone": "0290001111"}, id="the change is there already"),
    ],
)
@pytest.mark.parametrize("lost", [False, True], ids=["answered", "the other answer is lost"])
async def test_an_email_typed_again_while_its_former_value_goes_over(
    watched: tuple[Joint, _Meanwhile], also: Body, lost: bool
) -> None:
    joint, hand = watched
    ada, buyer = await _changed_on_both_sides(joint)
    if lost:
        await joint.hazard("quickbooks", "answer_lost", times=1)
    hand.deed = lambda: joint.in_shop("PATCH", f"contacts/{ada['id']}", {"email": "second@example.com", **also})
    await run(joint)
    await run(joint)
    await _is_on_both_sides(joint, ada, buyer, "second@example.com")
    await quiet(joint)


async def test_a_name_typed_while_the_contact_meets_the_survivor_of_a_merge(watched: tuple[Joint, _Meanwhile]) -> None:
    """Found by a random life (seed 100057): the name stood in the shop only, and the next edit in the books replaced it."""
    joint, hand = watched
    ada = await joint.contact()
    await joint.sale(ada["id"])
    survivor = await customer(joint, "Grace", PrimaryPhone={"FreeFormNumber": "0290001111"})
    await invoice(joint, survivor["Id"])
    await run(joint)
    [loser] = [c for c in await joint.books_list("customer") if c.get("FamilyName") == "Lovelace"]
    [grace] = [c for c in await joint.shop_list("contacts") if c["first_name"] == "Grace"]
    await joint.in_shop("DELETE", f"contacts/{grace['id']}")
    await run(joint)
    await joint.in_books("POST", "customer/merge", {"from": loser["Id"], "into": survivor["Id"]})
    hand.deed = lambda: joint.in_shop("PATCH", f"contacts/{ada['id']}", {"last_name": "King"})
    await run(joint)
    await run(joint)
    assert (await shop(joint, "contacts", ada["id"]))["last_name"] == "King"
    assert (await book(joint, "customer", survivor["Id"]))["FamilyName"] == "King"
    await quiet(joint)


async def test_notes_typed_again_while_their_former_words_go_over(watched: tuple[Joint, _Meanwhile]) -> None:
    joint, hand = watched
    sale = await joint.sale((await joint.contact())["id"])
    await run(joint)
    [made] = await joint.books_list("invoice")
    await joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "before noon"})
    await change(joint, "invoice", made["Id"], DueDate="2026-12-24")
    hand.deed = lambda: joint.in_shop("PATCH", f"sales/{sale['id']}", {"notes": "after noon"})
    await run(joint)
    await run(joint)
    now, there = await shop(joint, "sales", sale["id"]), await book(joint, "invoice", made["Id"])
    assert (now["notes"], now["due_date"]) == ("after noon", "2026-12-24")
    assert (there["CustomerMemo"]["value"], there["DueDate"]) == ("after noon", "2026-12-24")
    await quiet(joint)
