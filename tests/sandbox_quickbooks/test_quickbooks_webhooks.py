"""Webhooks: signature, formats, aggregation, order, retries (docs/quickbooks.md 2)."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from app.sandbox.quickbooks import create_app
from app.sandbox.quickbooks.events import signature

from .books import Body, Books, Mailbox, open_books, still_world

URL = "https://service.example/webhooks/quickbooks"


async def listening(mailbox: Mailbox, **settings: Any) -> Books:
    books = open_books("US", world=still_world(webhook_transport=mailbox.transport))
    answer = await books.client.put("/_sandbox/webhooks", json={"url": URL, **settings})
    assert answer.status_code == 200
    return books


async def deliver(books: Books, seconds: float = 1) -> int:
    books.world.clock.advance(seconds)
    return await books.world.webhooks.deliver_due()


def test_the_signature_is_the_documented_one() -> None:
    assert signature("verify_me", b'{"stuff":"5"}') == "nfPLN16u3vMvv08ghDs+dOkLuirEVDy5wAeG/lmM2OA="


async def test_a_change_is_posted_signed_as_a_cloud_event() -> None:
    mailbox = Mailbox()
    books = await listening(mailbox)
    customer = await books.customer()
    before = await books.world.webhooks.deliver_due()
    await deliver(books)

    request = mailbox.requests[0]
    event = mailbox.events(dict)[0]
    expected = base64.b64encode(
        hmac.new(books.world.webhooks.verifier_token.encode(), request.content, hashlib.sha256).digest()
    )
    assert (before, len(mailbox.requests), str(request.url)) == (0, 1, URL)
    assert request.headers["intuit-signature"] == expected.decode()
    assert event == {
        "specversion": "1.0",
        "id": event["id"],
        "source": event["source"],
        "type": "qbo.customer.created.v1",
        "datacontenttype": "application/json",
        "time": "2026-11-20T22:00:00.000000179Z",
        "intuitentityid": customer["Id"],
        "intuitaccountid": books.company.realm,
        "data": {},
    }


async def test_the_legacy_format_is_there_too() -> None:
    mailbox = Mailbox()
    books = await listening(mailbox, format="legacy")
    customer = await books.customer()
    await deliver(books)

    entity = {
        "name": "Customer",
        "id": customer["Id"],
        "operation": "Create",
        "lastUpdated": "2026-11-20T14:00:00-08:00",
    }
    found = mailbox.requests[0].content.decode()
    assert found == (
        f'{{"eventNotifications":[{{"realmId":"{books.company.realm}","dataChangeEvent":{{"entities":['
        f'{{"name":"Customer","id":"{entity["id"]}","operation":"Create","lastUpdated":"{entity["lastUpdated"]}"}}]}}}}]}}'
    )


def kind(event: Body) -> str:
    return f"{event['type'].split('.')[1]} {event['type'].split('.')[2]}"


async def test_events_of_one_moment_share_a_post_and_a_payment_updates_its_invoice() -> None:
    mailbox = Mailbox()
    books = await listening(mailbox)
    customer = await books.customer()
    invoice = await books.invoice(customer)
    payment = await books.payment(customer, 100, (invoice, 100))
    await books.write("Payment", {"Id": payment["Id"], "SyncToken": "0"}, operation="delete")
    await books.write("Invoice", {"Id": invoice["Id"], "SyncToken": "2"}, operation="void")
    await books.call("POST", f"invoice/{invoice['Id']}/send", sendTo="a@b.example")

    assert await deliver(books) == 1
    assert mailbox.events(kind) == [
        "customer created",
        "invoice created",
        "payment created",
        "invoice updated",
        "invoice updated",
        "payment deleted",
        "invoice void",
        "invoice emailed",
    ]


async def test_a_merge_names_the_survivor_and_the_one_that_went() -> None:
    mailbox = Mailbox()
    books = await listening(mailbox)
    loser, survivor = await books.customer("L"), await books.customer("S")
    await deliver(books)
    await books.client.post(
        f"/_sandbox/companies/{books.company.realm}/customer/merge", json={"from": loser["Id"], "into": survivor["Id"]}
    )
    await deliver(books)

    merged = mailbox.events(dict)[-1]
    assert (merged["type"], merged["intuitentityid"], merged["data"]) == (
        "qbo.customer.merged.v1",
        survivor["Id"],
        {"deletedid": loser["Id"]},
    )


async def test_no_ops_balances_tax_codes_and_company_facts_send_nothing() -> None:
    mailbox = Mailbox()
    books = await listening(mailbox)
    customer = await books.customer()
    await deliver(books)
    await books.write(
        "Customer", {"Id": customer["Id"], "SyncToken": "0", "sparse": True, "DisplayName": customer["DisplayName"]}
    )
    await books.write("CompanyInfo", {"Id": "1", "SyncToken": "0", "sparse": True, "LegalName": "New"})
    await books.payment(customer, 5)
    await deliver(books)

    assert mailbox.events(kind)[1:] == ["payment created"]


async def test_a_person_at_the_screens_is_told_of_as_well() -> None:
    mailbox = Mailbox()
    books = await listening(mailbox)
    await books.person("customer", {"DisplayName": "By hand"})
    await deliver(books)

    assert mailbox.events(kind) == ["customer created"]


async def test_a_hundred_events_fill_a_post() -> None:
    mailbox = Mailbox()
    books = await listening(mailbox)
    await books.person("customer", [{"DisplayName": f"C{number}"} for number in range(101)])

    assert await deliver(books) == 2
    assert len(mailbox.events(kind)) == 101


async def test_failures_are_retried_on_the_documented_schedule_with_everything_else_waiting() -> None:
    mailbox = Mailbox(answers=[500] * 9)
    books = await listening(mailbox)
    await books.customer("First")
    await deliver(books)
    await books.customer("Second")
    waits = []
    for _ in range(9):
        due = books.world.webhooks.next_due()
        assert due is not None
        waits.append((due - books.world.clock.now()).total_seconds())
        await deliver(books, waits[-1])

    names = [
        books.company.table("Customer").rows[identifier].body["DisplayName"]
        for identifier in mailbox.events(lambda e: e["intuitentityid"])
    ]
    assert waits == [10, 20, 30, 300, 1200, 7200, 14400, 21600, 21600]
    assert names == ["First"] * 10 + ["Second"]
    assert books.world.webhooks.undelivered() == []


async def test_the_schedule_scales() -> None:
    mailbox = Mailbox(answers=[400])
    books = await listening(mailbox, time_scale=0.01)
    await books.customer()

    assert await deliver(books, 0.02) == 0
    assert await deliver(books, 0.1) == 1


async def test_a_receiver_that_breaks_counts_as_failure() -> None:
    mailbox = Mailbox()
    books = await listening(mailbox)

    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("not today")

    books.world.webhooks.transport = httpx.ASGITransport(app=broken)
    await books.customer()

    assert await deliver(books) == 0
    assert (await books.client.get("/_sandbox/webhooks")).json()["failures"] == 1


@pytest.mark.parametrize(
    ("slug", "parameters", "expected"),
    [
        ("webhooks_dropped", {"entity": "customer"}, ["invoice created"]),
        ("webhooks_doubled", {"entity": "customer"}, ["customer created", "invoice created", "customer created"]),
        ("webhooks_delayed", {"entity": "customer", "seconds": 100}, ["invoice created", "customer created"]),
    ],
)
async def test_hazards_drop_double_and_delay(slug: str, parameters: Body, expected: list[str]) -> None:
    mailbox = Mailbox()
    books = await listening(mailbox)
    await books.hazards(**{slug: parameters})
    await books.invoice(await books.customer())
    for _ in range(110):
        await deliver(books)

    assert mailbox.events(kind) == expected


async def test_a_doubled_event_keeps_its_id() -> None:
    mailbox = Mailbox()
    books = await listening(mailbox)
    await books.hazards(webhooks_doubled=True)
    await books.customer()
    await deliver(books, 10)

    assert len(set(mailbox.events(lambda event: event["id"]))) == 1
    assert len(mailbox.events(kind)) == 2


async def test_hazards_reorder_and_age() -> None:
    mailbox = Mailbox()
    books = await listening(mailbox)
    await books.hazards(webhooks_reordered=True, webhooks_aged=True)
    made = [(await books.customer(f"C{number}"))["Id"] for number in range(12)]
    await deliver(books)
    told = mailbox.events(lambda event: event["intuitentityid"])

    assert told != made
    assert sorted(told) == sorted(made)
    assert {time[:4] for time in mailbox.events(lambda event: event["time"])} == {"2025"}


@pytest.mark.parametrize(("mixed", "posts"), [(False, 2), (True, 1)])
async def test_one_post_per_company_unless_they_are_mixed(mixed: bool, posts: int) -> None:
    mailbox = Mailbox()
    books = await listening(mailbox)
    other = (await books.client.post("/_sandbox/companies", json={"country": "AU", "sample": False})).json()
    await books.hazards(webhooks_mixed_companies=mixed)
    await books.customer()
    await books.client.post(f"/_sandbox/companies/{other['realm_id']}/customer", json={"DisplayName": "There"})

    assert await deliver(books) == posts
    assert set(mailbox.events(lambda event: event["intuitaccountid"])) == {books.company.realm, other["realm_id"]}


async def test_without_an_address_nothing_waits() -> None:
    books = open_books("US", world=still_world())
    await books.customer()

    assert books.world.webhooks.undelivered() == []


async def eventually(condition: Callable[[], bool]) -> None:
    for _ in range(300):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never happened")


async def test_the_lifespan_delivers_by_itself() -> None:
    mailbox = Mailbox()
    books = await listening(mailbox)
    app = create_app(books.world)
    async with app.router.lifespan_context(app):
        await books.customer()
        await books.client.post("/_sandbox/clock", json={"advance_seconds": 2})
        await eventually(lambda: len(mailbox.requests) == 1)

    assert mailbox.events(kind) == ["customer created"]
