"""The contract between the simulator's webhooks and our reading of them, row by row of docs/quickbooks.md 12."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest

from app.domain.model.records import Kind
from app.quickbooks.webhook import WebhookEvent, parse, verify
from tests.quickbooks.company import Company
from tests.quickbooks.contract_rows import row
from tests.quickbooks.test_reading_quickbooks import invoice


@dataclass
class Listener:
    """Takes what the simulator posts, verifies and reads it as the service does; `deaf` posts are answered 500."""

    books: Company
    deaf: int = 0
    posts: list[tuple[WebhookEvent, ...]] = field(default_factory=list)
    at: list[float] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.at.append(self.books.clock.monotonic())
        if self.deaf:
            self.deaf -= 1
            return httpx.Response(500)
        assert verify(request.headers, request.content, [self.books.world.webhooks.verifier_token])
        assert not verify(request.headers, request.content + b" ", [self.books.world.webhooks.verifier_token])
        self.posts.append(tuple(parse(request.content)))
        return httpx.Response(200)

    async def hear(self, seconds: float = 2) -> list[WebhookEvent]:
        """What has come by the time that so much of it has passed."""
        for _ in range(int(seconds)):
            self.books.clock.world.advance(1)
            await self.books.world.webhooks.deliver_due()
        return [webhook_event for post in self.posts for webhook_event in post]


@pytest.fixture
async def listener(books: Company) -> AsyncIterator[Listener]:
    """Somebody who listens to the company's events."""
    made, outbox = Listener(books), books.world.webhooks
    outbox.transport = httpx.MockTransport(made)
    outbox.configure({"url": "http://service.test/webhooks/quickbooks"})
    yield made
    await outbox.close()


@row("CloudEvents array and signature")
@pytest.mark.parametrize("format_", ["cloudevents", "legacy"])
async def test_a_signed_event_names_company_record_and_what_was_done(
    books: Company, listener: Listener, format_: str
) -> None:
    books.world.webhooks.configure({"format": format_})
    customer = await books.customer("A")

    (webhook_event,) = await listener.hear()

    assert (webhook_event.realm_id, webhook_event.kind, webhook_event.record_id) == (
        books.realm,
        Kind.CONTACT,
        customer,
    )
    assert (webhook_event.action, bool(webhook_event.event_id)) == ("created", format_ == "cloudevents")


@row("webhook retries")
async def test_an_event_that_was_not_taken_comes_again_on_the_documented_schedule(
    books: Company, listener: Listener
) -> None:
    listener.deaf = 4
    first = await books.customer("First")

    assert await listener.hear(5) == []
    await books.customer("Second")
    heard = await listener.hear(400)

    waits = [round(later - earlier) for earlier, later in zip(listener.at, listener.at[1:], strict=False)]
    assert waits[:4] == [10, 20, 30, 300]
    assert heard[0].record_id == first
    assert len(heard) == 2


@row("webhook duplicates")
async def test_a_duplicate_has_the_id_of_the_event_it_repeats(books: Company, listener: Listener) -> None:
    await books.hazard("webhooks_doubled")
    await books.customer("A")

    one, other = await listener.hear(20)

    assert one == other
    assert one.event_id


@row("webhooks out of order")
async def test_out_of_order_the_events_still_name_the_same_records(books: Company, listener: Listener) -> None:
    made = [await books.customer(f"C {n}") for n in range(12)]
    await books.hazard("webhooks_reordered")

    heard = [webhook_event.record_id for webhook_event in await listener.hear()]

    assert heard != made
    assert sorted(heard) == sorted(made)


@row("merged deletedid")
async def test_a_merge_is_one_event_that_names_both(books: Company, listener: Listener) -> None:
    loser, winner = await books.customer("Loser"), await books.customer("Winner")
    await listener.hear()
    await books.door("POST", f"/companies/{books.realm}/customer/merge", {"from": loser, "into": winner})

    *_, webhook_event = await listener.hear()

    assert (webhook_event.action, webhook_event.record_id, webhook_event.deleted_id) == ("merged", winner, loser)


@row("void event")
async def test_a_void_says_void_and_the_invoice_reads_as_void(books: Company, listener: Listener) -> None:
    made = await invoice(books, await books.customer("A"))
    await books.person("invoice", {"Id": made["Id"]}, operation="void")

    heard = await listener.hear()

    assert [n.action for n in heard if n.kind is Kind.SALE] == ["created", "void"]
    (found,) = (await books.side.fetch(Kind.SALE, [made["Id"]])).snapshots
    assert getattr(found.record, "voided", None) is True
