"""The client against the stateful simulator of the connector API, over ASGI."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.domain.model.deletion import DeletedAlong
from app.domain.model.description import merged_fields
from app.domain.model.exchange import OutcomeState, Write
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Allocation,
    Contact,
    Kind,
    Line,
    Money,
    Name,
    Payment,
    Receipt,
    Record,
    Sale,
    Side,
    Snapshot,
)
from app.errors import Unauthorised
from app.oncord.client import OncordSide
from app.sandbox.oncord import World, create_app
from app.sync.ports import SyncSide

D = Decimal
KINDS = (Kind.CONTACT, Kind.SALE, Kind.RECEIPT)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass
class Shop:
    world: World
    side: OncordSide
    http: httpx.AsyncClient
    site_id: str = "demo"
    writes: int = 0

    async def person(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = await self.http.request(method, f"http://shop/_sandbox/sites/{self.site_id}/{path}", json=body)
        assert answer.is_success, answer.text
        result: dict[str, Any] = answer.json()
        return result

    async def write(
        self, kind: Kind, action: Action, record: Record | None, target: Snapshot | None = None, *fields: str
    ) -> tuple[OutcomeState, Snapshot | None, str]:
        self.writes += 1
        operation = Operation(
            action,
            Side.ONCORD,
            kind,
            "S2",
            "why",
            target_id=target.id if target else "",
            expected_version=target.version if target else "",
            fields=fields,
        )
        name = f"op_{self.writes}"
        prepared = self.side.prepare([Write(name, operation, record, external_ref=name)])
        assert not prepared.refused
        [outcome] = await self.side.send(prepared.batches[0])
        return outcome.state, outcome.snapshot, outcome.message

    async def made(self, kind: Kind, record: Record) -> Snapshot:
        state, snapshot, message = await self.write(kind, Action.CREATE, record)
        assert state is OutcomeState.DONE, message
        assert snapshot is not None
        return snapshot


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    world = World(site_id="demo", token="word")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(world))) as http:
        side = OncordSide(
            connection_id="con_1",
            api_url="http://shop/sites/demo/api/connector/v1",
            token="word",
            http=http,
            clock=lambda: datetime.now(UTC),
        )
        yield Shop(world, side, http)


def sale(contact_id: str, **more: Any) -> Sale:
    lines = (
        Line(
            D("110.00"),
            description="Work",
            quantity=D(2),
            unit_price=D(55),
            tax_code="GST",
            tax_rate=D(10),
            tax=D("10.00"),
        ),
        Line(D("-11.00"), "discount", description="Off", tax_code="GST", tax=D("-1.00")),
        Line(D("5.50"), "shipping", description="Post", tax_code="GST", tax=D("0.50")),
        Line(D("0.05"), "rounding"),
    )
    money = Money("AUD", lines, True, D("9.50"), D("104.55"))
    return Sale(contact_id, money, date=date(2026, 11, 22), number="X-1", **more)


def test_the_client_is_a_side_as_the_engine_wants_it(shop: Shop) -> None:
    side: SyncSide = shop.side

    assert side.side is Side.ONCORD


async def test_facts_choices_and_the_catalogue_are_read(shop: Shop) -> None:
    facts = await shop.side.facts()

    assert (facts.country, facts.currency) == ("AU", "AUD")
    assert {"commerce", "prices_include_tax"} <= facts.features
    assert await shop.side.payment_methods()
    assert "GST" in {code["code"] for code in await shop.side.tax_codes()}
    assert await shop.side.ids(Kind.ITEM)


async def test_every_record_of_a_lived_in_shop_can_be_read_and_its_money_adds_up(shop: Shop) -> None:
    changes = await shop.side.changes(KINDS, LONG_AGO)

    assert {snapshot.kind for snapshot in changes.snapshots} == set(KINDS)
    for snapshot in changes.snapshots:
        assert snapshot.deleted or snapshot.record is not None, snapshot.extras
        if isinstance(snapshot.record, Sale):
            money = snapshot.record.money
            tax = 0 if money.amounts_include_tax else money.tax_total
            assert sum((line.total for line in money.lines), D(tax)) == money.total
            assert sum(line.tax for line in money.lines) == money.tax_total


async def test_what_was_read_can_be_written_back_and_reads_the_same(shop: Shop) -> None:
    changes = await shop.side.changes(KINDS, LONG_AGO)

    for snapshot in (snapshot for snapshot in changes.snapshots if not snapshot.deleted):
        state, after, message = await shop.write(
            snapshot.kind, Action.UPDATE, snapshot.record, snapshot, *merged_fields(snapshot.kind)
        )
        assert state is OutcomeState.DONE, message
        assert after is not None
        assert after.record == snapshot.record


async def test_a_sale_an_adjustment_and_receipts_are_stored_to_the_cent(shop: Shop) -> None:
    customer = await shop.made(Kind.CONTACT, Contact(name=Name(first="Mia", last="Tran", display="Mia Tran")))
    invoice = await shop.made(Kind.SALE, sale(customer.id))
    credit = await shop.made(Kind.SALE, sale(customer.id, type="adjustment", adjusts_id=invoice.id))
    paid = Payment(D("100.00"), "AUD", (Allocation(invoice.id, D("100.00")),))
    receipt = await shop.made(Kind.RECEIPT, Receipt(customer.id, paid, "1", date(2026, 11, 22)))
    joined = Payment(D(0), "AUD", (Allocation(invoice.id, D("4.55")), Allocation(credit.id, D("4.55"), "adjustment")))
    joint = await shop.made(Kind.RECEIPT, Receipt(customer.id, joined, "1", date(2026, 11, 22)))

    assert isinstance(invoice.record, Sale)
    assert isinstance(credit.record, Sale)
    assert invoice.record.money.total == credit.record.money.total == D("104.55")
    assert (credit.record.type, credit.record.adjusts_id) == ("adjustment", invoice.id)
    assert isinstance(receipt.record, Receipt)
    assert receipt.record.payment == paid
    assert isinstance(joint.record, Receipt)
    assert joint.record.payment == joined
    stored = await shop.side.documents(Kind.SALE, [credit.id])
    assert (stored[credit.id]["total"], stored[credit.id]["lines"][0]["quantity"]) == ("-104.55", "-2")
    contact = (await shop.side.documents(Kind.CONTACT, [customer.id]))[customer.id]
    assert contact["email_marketing_status"] == "pending"


async def test_unknown_fields_and_untouched_groups_survive_an_update(shop: Shop) -> None:
    customer = await shop.person("POST", "contacts", {"last_name": "Tran", "shoe_size": 38, "mobile": "0400"})
    line = {"description": "Work", "unit_price": "10.00", "kind": "bundle_part", "colour": "red"}
    stored = await shop.person("POST", "sales", {"contact_id": customer["id"], "lines": [line], "gift": True})
    [before] = (await shop.side.fetch(Kind.SALE, [stored["id"]])).snapshots
    assert isinstance(before.record, Sale)
    money = before.record.money
    twice = replace(
        money,
        lines=(replace(money.lines[0], quantity=D(2), total=D(20)),),
        total=money.total + 10,
    )

    state, _, message = await shop.write(Kind.SALE, Action.UPDATE, replace(before.record, money=twice), before, "money")

    assert state is OutcomeState.DONE, message
    after = (await shop.side.documents(Kind.SALE, [before.id]))[before.id]
    assert (after["gift"], after["lines"][0]["colour"], after["lines"][0]["kind"]) == (True, "red", "bundle_part")
    assert after["lines"][0]["id"] == stored["lines"][0]["id"]
    assert before.extras == ("bundle",)


async def test_consent_does_not_travel_to_another_address(shop: Shop) -> None:
    stored = await shop.person("POST", "contacts", {"email": "a@example.com", "email_marketing_status": "subscribed"})
    [before] = (await shop.side.fetch(Kind.CONTACT, [stored["id"]])).snapshots

    await shop.write(Kind.CONTACT, Action.UPDATE, Contact(email="b@example.com"), before, "email")

    after = (await shop.side.documents(Kind.CONTACT, [before.id]))[before.id]
    assert (after["email"], after["email_marketing_status"]) == ("b@example.com", "pending")


async def test_a_stale_a_repeated_and_a_vanished_write_are_told_apart(shop: Shop) -> None:
    customer = await shop.made(Kind.CONTACT, Contact(name=Name(last="Tran")))
    await shop.person("PATCH", f"contacts/{customer.id}", {"phone": "1"})
    state, current, _ = await shop.write(Kind.CONTACT, Action.UPDATE, Contact(phone="2"), customer, "phone")
    assert state is OutcomeState.STALE
    assert current is not None
    assert current.version != customer.version

    again = Write("op_other", Operation(Action.CREATE, Side.ONCORD, Kind.CONTACT, "C4", "w"), Contact(phone="9"))
    [batch] = shop.side.prepare([replace(again, external_ref=customer.marker)]).batches
    [outcome] = await shop.side.send(batch)
    assert outcome.state is OutcomeState.EXISTS
    assert outcome.snapshot == current

    await shop.person("DELETE", f"contacts/{customer.id}")
    state, _, _ = await shop.write(Kind.CONTACT, Action.UPDATE, Contact(phone="2"), current, "phone")
    assert state is OutcomeState.GONE
    assert await shop.side.documents(Kind.CONTACT, [customer.id]) == {}


async def test_deletes_merges_and_markers_are_seen(shop: Shop) -> None:
    keep, lose = [await shop.made(Kind.CONTACT, Contact(name=Name(last=name))) for name in ("Keep", "Lose")]
    bought = await shop.made(Kind.SALE, sale(keep.id))
    await shop.person("POST", f"contacts/{lose.id}/merge", {"into": keep.id})

    [loser] = (await shop.side.fetch(Kind.CONTACT, [lose.id])).snapshots
    assert (loser.deleted, loser.merged_into) == (True, keep.id)

    marked = await shop.side.find_marked(Kind.SALE, [bought.marker, "op_none"], LONG_AGO)
    assert {marker: snapshot.id for marker, snapshot in marked.items()} == {bought.marker: bought.id}

    await shop.person("DELETE", f"contacts/{keep.id}?cascade=true")
    [gone] = (await shop.side.fetch(Kind.SALE, [bought.id])).snapshots
    assert (gone.deleted, gone.deleted_with) == (True, DeletedAlong(Kind.CONTACT, keep.id))
    assert bought.id not in await shop.side.ids(Kind.SALE)


async def test_a_clash_is_looked_up_by_number_or_address(shop: Shop) -> None:
    customer = await shop.made(Kind.CONTACT, Contact(name=Name(last="Tran"), email="a.clash@example.com"))
    invoice = await shop.made(Kind.SALE, sale(customer.id))
    operation = Operation(Action.CREATE, Side.ONCORD, Kind.SALE, "S4", "w", record=invoice.record)

    assert invoice.id in {snapshot.id for snapshot in await shop.side.find_clash(operation)}
    about = replace(operation, kind=Kind.CONTACT, record=Contact(email="a.clash@example.com"))
    assert [snapshot.id for snapshot in await shop.side.find_clash(about)] == [customer.id]


async def test_a_revoked_token_is_a_grant_that_is_gone(shop: Shop) -> None:
    await shop.person("POST", "revoke")

    with pytest.raises(Unauthorised):
        await shop.side.facts()
