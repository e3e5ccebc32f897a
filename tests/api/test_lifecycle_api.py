"""Pausing, leaving, starting over, removing (T3, T5)."""

from datetime import date
from decimal import Decimal

import pytest

from app.domain.model.operations import Label
from app.domain.model.records import (
    Contact,
    Kind,
    Name,
    Side,
    Snapshot,
)
from app.domain.model.waiting import Approval, parse_waits_for
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.connections import archive
from app.storage.people import attention
from app.storage.records import mirrors
from app.storage.runs import runs
from tests.support.app import SITE_TOKEN, Service


async def a_link(service: Service, connection_id: str) -> None:
    async with service.container.database.transaction(connection_id) as tx:
        await tx.execute(
            "INSERT INTO link (connection_id, kind, oncord_id, quickbooks_id, origin, created_at, updated_at)"
            " VALUES (%s, 'contact', '1', '10', 'oncord', %s, %s)",
            (connection_id, service.clock.now(), service.clock.now()),
        )


async def links(service: Service, connection_id: str) -> int:
    async with service.container.database.transaction(connection_id) as tx:
        cursor = await tx.execute("SELECT 1 FROM link WHERE connection_id = %s ORDER BY id", (connection_id,))
        return len(await cursor.fetchall())


async def test_t3_automatic_synchronisation_is_switched_off_and_on(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    address = f"/api/v1/connections/{connection_id}"

    assert (await service.api.post(f"{address}/pause")).json()["auto_sync"] is False
    service.waker.rung.clear()
    assert (await service.api.post(f"{address}/resume")).json()["auto_sync"] is True
    assert service.waker.rung == [connection_id]
    assert (await service.api.patch(address, json={"auto_sync": False})).json()["auto_sync"] is False
    wish = {**await service.wish(connection_id), "auto_sync": True}
    assert (await service.api.put(f"{address}/configuration", json=wish)).json()["auto_sync"] is True


async def test_disconnecting_gives_the_grant_back_and_keeps_the_links(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    await a_link(service, connection_id)
    await service.api.post(f"/api/v1/connections/{connection_id}/syncs")

    left = (await service.api.post(f"/api/v1/connections/{connection_id}/disconnect")).json()

    assert (left["state"], left["realm_id"], left["connected_at"]) == ("not_connected", realm, None)
    assert left["last_sync"]["state"] == "cancelled"
    assert await service.container.grants.read(connection_id) is None
    assert await links(service, connection_id) == 1
    refused = await service.api.post(f"/api/v1/connections/{connection_id}/syncs")
    assert refused.json()["type"].endswith("/not-connected")


async def test_t5_reconnecting_the_same_company_keeps_links_and_configuration(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    await a_link(service, connection_id)
    await service.api.post(f"/api/v1/connections/{connection_id}/disconnect")

    assert await service.join_company(connection_id, realm) == "connected"

    assert (await service.state(connection_id))["state"] == "ready"
    assert await links(service, connection_id) == 1


async def test_after_reconnecting_a_run_catches_up_where_synchronisation_had_begun(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    async with service.container.database.transaction(connection_id) as tx:
        await tx.execute("UPDATE connection SET first_sync_completed_at = %s", (service.clock.now(),))
    await service.api.post(f"/api/v1/connections/{connection_id}/disconnect")

    await service.join_company(connection_id, realm)

    async with service.container.database.transaction(connection_id) as tx:
        (run,) = await runs.unfinished(tx, connection_id)
    assert (run.trigger, run.download) == ("reconnect", True)
    assert connection_id in service.waker.rung


async def test_t5_starting_over_sets_the_links_aside_and_admits_another_company(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    other = service.company(name="Other Pty Ltd")
    await a_link(service, connection_id)

    over = (await service.api.post(f"/api/v1/connections/{connection_id}/start-over")).json()
    assert (over["state"], over["realm_id"], over["configured"]) == ("not_connected", None, False)
    assert await links(service, connection_id) == 0
    assert await service.join_company(connection_id, other) == "connected"
    assert (await service.state(connection_id))["company_name"] == "Other Pty Ltd"
    assert await links(service, connection_id) == 0

    await service.api.post(f"/api/v1/connections/{connection_id}/start-over")
    assert await service.join_company(connection_id, realm) == "connected"
    assert await links(service, connection_id) == 1
    assert (await service.state(connection_id))["state"] == "ready"


async def test_starting_over_is_refused_while_a_run_is_under_way(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    async with service.container.database.transaction(connection_id) as tx:
        await tx.execute(
            "INSERT INTO lease (connection_id, owner, epoch, expires_at) VALUES (%s, 'worker', 1, 'infinity')",
            (connection_id,),
        )

    for path in ("/start-over", ""):
        method = "POST" if path else "DELETE"
        answer = await service.api.request(method, f"/api/v1/connections/{connection_id}{path}")
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("/sync-under-way")
    assert (await service.state(connection_id))["realm_id"] == realm


async def test_t5_a_removed_connection_gives_its_links_to_the_next_one_of_site_and_company(service: Service) -> None:
    connection_id, realm = await service.ready_connection()
    await a_link(service, connection_id)

    assert (await service.api.delete(f"/api/v1/connections/{connection_id}")).status_code == 204
    assert (await service.api.get(f"/api/v1/connections/{connection_id}")).status_code == 404
    again = (await service.connect_site())["id"]
    assert again != connection_id
    assert await service.join_company(again, realm) == "connected"

    assert await links(service, again) == 1
    assert (await service.state(again))["configured"] is True


async def test_leaving_succeeds_although_quickbooks_does_not_answer(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    switched = await service.vendors.put("http://books.test/_sandbox/hazards", json={"outage": {"on": True}})
    del switched  # whether the simulator knows this switch or not, leaving must succeed

    assert (await service.api.post(f"/api/v1/connections/{connection_id}/disconnect")).status_code == 200


async def test_attention_items_are_listed_answered_once_and_lead_to_a_run(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    async with service.container.database.transaction(connection_id) as tx:
        for item_id in ("att_1", "att_2"):
            await attention.open_item(
                tx,
                connection_id,
                item_id=item_id,
                key=item_id,
                kind="unmapped",
                rule="R1",
                summary="Receipt 88 goes nowhere.",
                side="oncord",
                record_kind="receipt",
                record_id="88",
                actions=["retry"],
                now=service.clock.now(),
                subject=Label("Receipt TT-1", "TT-1", date(2026, 11, 22), Decimal("44.00"), "AUD", "Ada"),
            )
    address = f"/api/v1/connections/{connection_id}/attention"

    listed = (await service.api.get(address)).json()
    assert [item["id"] for item in listed["items"]] == ["att_2", "att_1"]
    assert listed["items"][0]["actions"] == ["retry", "dismiss"]
    assert listed["items"][0]["record"] == {
        "side": "oncord",
        "kind": "receipt",
        "id": "88",
        "label": "Receipt TT-1, Ada",
        "number": "TT-1",
        "date": "2026-11-22",
        "amount": "44.00",
        "currency": "AUD",
        "person": "Ada",
        "links": {"here": f"/connections/{connection_id}/records/oncord/receipt/88"},
    }
    assert (await service.state(connection_id))["attention_count"] == 2
    wrong = await service.api.post(f"{address}/att_1/resolve", json={"action": "explode"})
    assert wrong.status_code == 422
    answered = await service.api.post(f"{address}/att_1/retry")
    assert (answered.json()["state"], answered.json()["resolution"], answered.json()["resolved_by"]) == (
        "resolved",
        "retry",
        "API key",
    )
    assert (await service.api.post(f"{address}/att_1/retry")).status_code == 409
    dismissed = await service.api.post(f"{address}/att_2/resolve", json={"action": "dismiss"})
    assert dismissed.json()["resolution"] == "dismiss"

    assert (await service.api.get(address)).json()["items"] == []
    async with service.container.database.transaction(connection_id) as tx:
        (run,) = await runs.unfinished(tx, connection_id)
        dirty = await (await tx.execute("SELECT kind, record_id FROM pending_change ORDER BY record_id")).fetchall()
    assert run.trigger == "approval"
    assert dirty == [{"kind": "receipt", "record_id": "88"}]


async def _which_one(service: Service, connection_id: str) -> str:
    """A question which customer a contact is, with two records that wait for the answer; its address."""
    now = service.clock.now()
    waiting = {
        "contact:oncord:17": PendingChange(Side.ONCORD, Kind.SALE, "1"),
        "record:contact:oncord:17": PendingChange(Side.ONCORD, Kind.CONTACT, "17"),
        "contact:oncord:18": PendingChange(Side.ONCORD, Kind.SALE, "2"),
    }
    async with service.container.database.transaction(connection_id) as tx:
        for waits_for, record in waiting.items():
            await change_queue.add(tx, connection_id, [record], now)
            await change_queue.park(
                tx, connection_id, [record], waits_for=parse_waits_for(waits_for), reason="Which one?"
            )
        choices = [
            {"side": "quickbooks", "id": i, "name": "Ada", "facts": {"email": f"{i}@example.com"}} for i in ("58", "59")
        ]
        await attention.open_item(
            tx,
            connection_id,
            item_id="att_1",
            key="record:contact:oncord:17",
            kind="ambiguous_match",
            rule="C1",
            summary="2 QuickBooks customers could be Oncord contact Ada.",
            side="oncord",
            record_kind="contact",
            record_id="17",
            detail={"choices": choices},
            actions=["choose", "create_new", "retry"],
            now=now,
        )
    return f"/api/v1/connections/{connection_id}/attention/att_1"


async def test_a_choice_is_one_of_those_offered_and_frees_what_waited_for_it(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    address = await _which_one(service, connection_id)

    item = (await service.api.get(address)).json()
    assert item["actions"] == ["choose", "create_new", "retry", "dismiss"]
    assert item["choices"][0] == {
        "side": "quickbooks",
        "id": "58",
        "name": "Ada",
        "facts": {"email": "58@example.com"},
        "speaks_for": [],
        "against": [],
    }
    assert item["detail"] == {}
    for body, kind, words in (
        ({"action": "choose", "choice": "60"}, "choice-unknown", "60 is not among the choices of this item."),
        ({"action": "choose"}, "choice-unknown", "Say which one of: 58, 59; or answer create_new"),
        ({"action": "retry", "choice": "58"}, "choice-unexpected", "leave it out"),
    ):
        refused = await service.api.post(f"{address}/resolve", json=body)
        problem = refused.json()
        assert (refused.status_code, problem["type"].rsplit("/", 1)[-1]) == (422, kind)
        assert words in problem["detail"]
    wrong = await service.api.post(f"{address}/resolve", json={"action": "choose", "choice": 58})
    assert wrong.status_code == 422

    answered = (await service.api.post(f"{address}/resolve", json={"action": "choose", "choice": "59"})).json()

    assert (answered["state"], answered["resolution"], answered["detail"]) == ("resolved", "choose", {"chosen": "59"})
    assert (await service.api.post(f"{address}/resolve", json={"action": "create_new"})).status_code == 409
    async with service.container.database.transaction(connection_id) as tx:
        assert await change_queue.count(tx, connection_id, service.clock.now()) == (2, 1)
        [kept] = await attention.choices(tx, connection_id)
    assert (kept.side, kept.kind, kept.record_id, kept.chosen, kept.offered) == (
        "oncord",
        "contact",
        "17",
        "59",
        ("58", "59"),
    )


async def test_a_new_one_is_an_answer_too(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    address = await _which_one(service, connection_id)

    answered = await service.api.post(f"{address}/resolve", json={"action": "create_new"})

    assert (answered.status_code, answered.json()["resolution"]) == (200, "create_new")
    async with service.container.database.transaction(connection_id) as tx:
        [kept] = await attention.choices(tx, connection_id)
    assert kept.chosen == ""


async def test_approving_sets_everything_free_that_waits_for_approval(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    held = [PendingChange(Side.ONCORD, Kind.SALE, number) for number in ("1", "2")]
    async with service.container.database.transaction(connection_id) as tx:
        await change_queue.add(tx, connection_id, held, service.clock.now())
        await change_queue.park(tx, connection_id, held, waits_for=Approval(None), reason="so many")
        await attention.open_item(
            tx,
            connection_id,
            item_id="att_1",
            key="approval:mass removal of sales",
            kind="mass_delete",
            rule="S3",
            summary="So many sales were removed.",
            side="oncord",
            record_kind="sale",
            record_id="1",
            actions=["approve"],
            now=service.clock.now(),
        )
    address = f"/api/v1/connections/{connection_id}/attention/att_1"

    assert (await service.api.post(f"{address}/retry")).status_code == 422
    assert (await service.api.post(f"{address}/resolve", json={"action": "approve"})).status_code == 200

    async with service.container.database.transaction(connection_id) as tx:
        assert await change_queue.count(tx, connection_id, service.clock.now()) == (2, 0)


async def test_what_is_set_aside_can_be_taken_up_again(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    await a_link(service, connection_id)

    started_over = await service.api.post(f"/api/v1/connections/{connection_id}/start-over")
    assert started_over.status_code == 200, started_over.text
    acts = (await service.api.get(f"/api/v1/connections/{connection_id}/audit")).json()["items"]
    aside = next(act["detail"]["set_aside_as"] for act in acts if act["action"] == "connection.started_over")
    assert (await links(service, connection_id), await links(service, aside)) == (0, 1)
    async with service.container.database.transaction(connection_id) as tx:
        await archive.move(tx, aside, connection_id)

    assert (await links(service, connection_id), await links(service, aside)) == (1, 0)


async def test_a_fresh_token_of_the_shop_schedules_a_run_that_catches_up(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    async with service.container.database.transaction(connection_id) as tx:
        await tx.execute(
            "UPDATE connection SET first_sync_completed_at = %s, state = 'reconnect_required'", (service.clock.now(),)
        )
    service.waker.rung.clear()

    answer = await service.api.patch(f"/api/v1/connections/{connection_id}", json={"oncord_token": SITE_TOKEN})

    assert answer.json()["state"] == "ready"
    async with service.container.database.transaction(connection_id) as tx:
        (run,) = await runs.unfinished(tx, connection_id)
    assert (run.trigger, run.download) == ("reconnect", True)
    assert connection_id in service.waker.rung


async def test_a_fresh_token_of_a_shop_that_works_starts_nothing(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    async with service.container.database.transaction(connection_id) as tx:
        await tx.execute("UPDATE connection SET first_sync_completed_at = %s", (service.clock.now(),))

    await service.api.patch(f"/api/v1/connections/{connection_id}", json={"oncord_token": SITE_TOKEN})

    async with service.container.database.transaction(connection_id) as tx:
        assert await runs.unfinished(tx, connection_id) == ()


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        ("oncord", "It was deleted in Oncord"),
        ("quickbooks", "It was deleted in QuickBooks"),
        ("", "not joined any more"),
        ("nothing", ""),
    ],
)
async def test_a_value_that_can_no_longer_be_put_back_is_refused_with_the_reason_and_stays_open(
    service: Service, gone: str, words: str
) -> None:
    connection_id, _ = await service.ready_connection()
    now = service.clock.now()
    if gone:
        await a_link(service, connection_id)
    async with service.container.database.transaction(connection_id) as tx:
        for side, record_id in ((Side.ONCORD, "1"), (Side.QUICKBOOKS, "10")):
            record = Contact(name=Name(first="Ada"), phone="1")
            found = Snapshot(side, Kind.CONTACT, record_id, "1", record, now, deleted=gone == side)
            await mirrors.save(tx, connection_id, [found], now)
        kept = {"side": "oncord", "kind": "contact", "id": "1", "other_id": "10", "fields": ["phone"], "record": {}}
        await attention.open_item(
            tx,
            connection_id,
            item_id="att_1",
            key="conflict:contact:1:op_1",
            kind="conflict",
            rule="C2",
            summary="Both sides changed its phone.",
            side="quickbooks",
            record_kind="contact",
            record_id="10",
            detail={"losing": kept},
            actions=["use_other", "dismiss"],
            now=now,
        )
    address = f"/api/v1/connections/{connection_id}/attention/att_1"

    answer = await service.api.post(f"{address}/resolve", json={"action": "use_other"})

    if words:
        assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]) == (409, "value-has-no-place")
        assert words in answer.json()["detail"]
        assert (await service.api.get(address)).json()["state"] == "open"
    else:
        assert (answer.status_code, answer.json()["resolution"]) == (200, "use_other")
    assert (await service.api.post(f"{address}/resolve", json={"action": "dismiss"})).status_code == (
        200 if words else 409
    )
