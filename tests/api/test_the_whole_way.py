"""The API has everything that the pages have: the way that people go in a browser once more, by a program that knows the
OpenAPI document and nothing else.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.by_document import Documented
from tests.support.networked import (
    COMPANY,
    IN_ALL,
    PEOPLE,
    REMOVED,
    REMOVED_IN_ALL,
    SALES,
    SHOP_NAME,
    Networked,
    networked,
)
from tests.support.services import DatabaseUrls


@dataclass
class Program:
    """A program at its work: the connection is known to it once it has made it."""

    world: Networked
    service: Documented
    connection_id: str = ""

    async def ask(self, name: str, body: Any = None, /, **values: Any) -> Any:
        """Call an operation about the connection."""
        return await self.service.call(name, body, connection_id=self.connection_id, **values)

    async def run(self, which: int = 0, **members: Any) -> dict[str, Any]:
        """Start a run like one of the examples, and wait for its end."""
        begun = await self.ask("start_sync", self.service.sent("start_sync", which, **members))
        await self.world.work()
        found: dict[str, Any] = await self.ask("read_sync", sync_id=begun["id"])
        assert found["finished_at"], found
        return found


@pytest.fixture
async def program(own_database: DatabaseUrls) -> AsyncIterator[Program]:
    """It has the operator's key, and the address of the document."""
    async with networked(own_database, connected=False) as world:
        yield Program(world, await Documented.at(world.service.api))


async def connects(program: Program) -> None:
    world = program.world
    body = program.service.sent(
        "create_connection",
        oncord_api_url=world.service.api_url,
        oncord_token=world.token,
        name=SHOP_NAME,
    )
    made = await program.service.call("create_connection", body)
    assert (made["state"], made["name"]) == ("not_connected", SHOP_NAME)
    program.connection_id = world.connection_id = made["id"]
    await world.consents(made["connect_url"])
    joined = await program.ask("read_connection")
    assert (joined["state"], joined["company_name"]) == ("needs_configuration", COMPANY)


async def configures(program: Program) -> None:
    choices = await program.ask("read_configuration_choices")
    assert {each["what"] for each in choices["proposed"]} >= {"Credit card", "Direct deposit"}
    wish = {**choices["filled_in"], "start_date": "2026-10-01"}
    stored = await program.ask("put_configuration", wish)
    assert stored["start_date"] == "2026-10-01"
    assert (await program.ask("read_connection"))["state"] == "ready"


async def previews_and_does_just_that(program: Program) -> None:
    known = await program.world.know_a_customer()
    for (number, price), person in zip(SALES, PEOPLE, strict=True):
        await program.world.sell(number, price, person)
    assert (await program.run(1))["dry_run"]
    assert (await program.ask("count_matches"))["counts"]["certain"] == {"contact": 1}
    [same] = (await program.ask("list_matches", part="certain"))["items"]
    assert same["candidates"][0]["record"]["id"] == known
    answered = await program.ask("answer_matches", program.service.sent("answer_matches", ids=[same["id"]]))
    assert answered == {"answered": 1, "left": 0}
    tried = await program.run(1)
    preview = await program.ask("read_preview", sync_id=tried["id"])
    sums = {(each["side"], each["action"], each["sort"]): each["amount"] for each in preview["sums"]}
    assert sums["quickbooks", "create", "sale"] == IN_ALL
    lines = (await program.ask("list_preview_lines", sync_id=tried["id"], part="made"))["items"]
    assert {(each["number"], each["amount_after"]) for each in lines if each["kind"] == "sale"} == set(SALES)
    assert await program.world.numbers_in_books() == []

    run = await program.run(2, plan=tried["id"], only=..., earlier_periods=preview["effect"]["asks_twice"])
    assert (run["state"], run["plan"]) == ("succeeded", tried["id"])
    decisions = (await program.ask("list_sync_decisions", sync_id=run["id"], left_alone=False))["items"]
    assert {each["label"] for each in decisions if each["kind"] == "sale"} >= {"Sale 1041, Ada Byron"}
    assert await program.world.numbers_in_books() == [number for number, _ in SALES]


async def answers_questions(program: Program) -> None:
    await program.world.change_on_both_sides()
    await program.run()
    [item] = (await program.ask("list_attention"))["items"]
    said = item["detail"]["disagreements"][0]
    assert (said["field"], said["oncord"], said["quickbooks"]) == ("due_date", "2026-12-14", "2026-12-20")
    assert "use_other" in {each["action"] for each in item["answers"]}
    await program.ask(
        "resolve_attention", program.service.sent("resolve_attention", action="use_other"), item_id=item["id"]
    )
    await program.world.work()
    assert (await program.world.invoice("1041"))["DueDate"] == "2026-12-14"

    await program.world.change_phones_on_both_sides()
    await program.run()
    [group] = (await program.ask("list_groups"))["items"]
    assert (group["kind"], group["items"]) == ("conflict", 3)
    items = [each["id"] for each in (await program.ask("list_attention", kind=group["kind"]))["items"]]
    answered = await program.ask("resolve_many", program.service.sent("resolve_many", items=items, action="use_other"))
    assert answered == {"answered": 3, "refused": []}
    await program.world.work()
    shop, books = await program.world.phones()
    assert shop == books


async def refuses_a_mass_removal(program: Program) -> None:
    sales = [await program.world.sale(number) for number in REMOVED]
    for sale in sales:
        await program.world.in_shop("DELETE", f"sales/{sale['id']}")
    assert (await program.run())["state"] == "held"
    [item] = (await program.ask("list_attention"))["items"]
    assert f"3 sales of {REMOVED_IN_ALL} AUD in all were removed in Oncord" in item["summary"]
    assert {each["number"] for each in item["detail"]["records"]} == set(REMOVED)
    answer = program.service.sent("resolve_attention", action="dismiss")
    assert (await program.ask("resolve_attention", answer, item_id=item["id"]))["state"] == "resolved"
    await program.world.work()
    assert await program.world.numbers_in_books() == [number for number, _ in SALES]
    kept = (await program.ask("list_differences"))["items"]
    assert {(each["number"], each["words"]) for each in kept} >= {(number, kept[0]["words"]) for number in REMOVED}

    for sale in sales:
        await program.world.in_shop("POST", f"sales/{sale['id']}/restore")
    assert (await program.run())["state"] == "succeeded"
    assert (await program.ask("list_differences"))["items"] == []


async def finds_a_document(program: Program) -> None:
    [hit, *_] = (await program.ask("find_records", q="1041"))["items"]
    where = {name: hit["record"][name] for name in ("side", "kind")}
    found = await program.ask("read_record", record_id=hit["record"]["id"], **where)
    due = next(each for each in found["fields"] if each["name"] == "due_date")
    assert (due["oncord"], due["quickbooks"], due["differs"]) == ("2026-12-14", "2026-12-14", False)
    assert {"create", "update"} <= {each["what"] for each in found["story"]}
    assert "API key" in {each["decided_by"] for each in found["story"]}


async def is_told_and_reconnects(program: Program) -> None:
    world = program.world
    body = program.service.sent("add_recipient", address=world.receiver.address, topics=...)
    recipient = await program.ask("add_recipient", body)
    await program.ask("send_test", recipient_id=recipient["id"])
    await world.sweep()
    await world.in_books("POST", "revoke")
    await program.run()
    await world.sweep()
    assert (await program.ask("read_connection"))["state"] == "reconnect_required"
    told = world.told(recipient["secret"])
    assert [each["type"] for each in told] == ["connection.test", "connection.reconnect.begun"]
    posted = program.service.document["webhooks"]["message"]["post"]["requestBody"]["content"]["application/json"]
    assert [program.service.misfit(posted["schema"], each) for each in told] == ["", ""]
    newest = (await program.ask("list_messages"))["items"][0]
    assert [(each["state"], each["recipient"]) for each in newest["deliveries"]] == [("delivered", "Bookkeeper")]

    await world.sell("1045", "33.00", PEOPLE[0], "2026-11-21")
    await world.consents((await program.ask("make_launch_link"))["url"])
    await world.work()
    assert (await program.ask("list_syncs", limit=1))["items"][0]["trigger"] == "reconnect"
    assert "1045" in await world.numbers_in_books()


async def proves_that_a_month_agrees(program: Program) -> None:
    await program.run()
    sealed = await program.ask("seal_month", program.service.sent("seal_month", month="2026-10"))
    assert sealed["documents"] > 0
    certificate = await program.ask("read_tie_out", tie_out_id=sealed["tie_out_id"])
    assert (certificate["light"], certificate["differences"]) == ("agrees", [])
    assert certificate["period"]["first"] == "2026-10-01"
    assert (await program.ask("read_report", tie_out_id=sealed["tie_out_id"])).startswith(b"PK")
    assert [each["month"] for each in (await program.ask("list_sealed_months"))["items"]] == ["2026-10"]
    [sales] = [each for each in (await program.ask("read_month"))["rows"] if each["what"] == "sales"]
    assert (sales["oncord"], sales["quickbooks"], sales["stands"]) == ("33.00", "33.00", "agrees")


async def test_a_program_goes_the_whole_way_by_the_document_alone(program: Program) -> None:
    await connects(program)
    await configures(program)
    await previews_and_does_just_that(program)
    await answers_questions(program)
    await refuses_a_mass_removal(program)
    await finds_a_document(program)
    await is_told_and_reconnects(program)
    await proves_that_a_month_agrees(program)
