"""Whom to tell, over the API: added, changed, tried out, removed; what was told, and once more."""

from typing import Any

import httpx
import pytest
import time_machine
from standardwebhooks import Webhook

from app.domain.messages.topics import Topic
from app.services import being_told
from app.storage.database import EVERY_CONNECTION
from app.storage.people import messages
from app.storage.people.messages import Message
from tests.api.test_access import a_key, two_connections
from tests.support.app import START, Service
from workers.jobs import Sending, deliver

WEBHOOK = {"way": "webhook", "address": "https://books.example/told", "name": "Books"}


async def add(service: Service, connection_id: str, **changes: Any) -> httpx.Response:
    return await service.api.post(f"/api/v1/connections/{connection_id}/recipients", json={**WEBHOOK, **changes})


async def a_message(service: Service, connection_id: str, message_id: str = "msg_1") -> None:
    found = Message(message_id, connection_id, Topic.BLOCKED, "begun", "Stopped", "It has.", (), "", "/x", START)
    async with service.container.database.transaction(connection_id) as tx:
        await messages.insert(tx, found)


async def test_a_secret_is_shown_once_and_kept_sealed(service: Service) -> None:
    connection_id, _ = await two_connections(service)

    made = (await add(service, connection_id)).json()
    listed = (await service.api.get(f"/api/v1/connections/{connection_id}/recipients")).json()["items"]

    assert made["secret"].startswith("whsec_")
    assert [{**each, "secret": made["secret"]} for each in listed] == [made]
    assert made["topics"] == ["reconnect", "blocked", "unexplained", "stuck", "held", "waiting"]
    async with service.container.database.transaction(EVERY_CONNECTION) as tx:
        stored = str(await (await tx.execute("SELECT * FROM recipient")).fetchall())
        acts = str(await (await tx.execute("SELECT * FROM audit")).fetchall())
    assert made["secret"] not in stored + acts
    assert "books.example" not in acts


async def test_it_is_changed_and_gets_a_new_secret_where_somebody_asks(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    made = (await add(service, connection_id)).json()
    address = f"/api/v1/connections/{connection_id}/recipients/{made['id']}"

    changed = (await service.api.patch(address, json={"topics": ["summary", "blocked"], "new_secret": True})).json()

    assert changed["topics"] == ["blocked", "summary"]
    assert changed["name"] == "Books"
    assert changed["secret"] not in ("", made["secret"])
    assert (await service.api.patch(address, json={"name": "Ada"})).json()["secret"] == ""


async def test_a_test_is_on_its_way_and_a_worker_is_woken(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    made = (await add(service, connection_id)).json()

    answer = await service.api.post(f"/api/v1/connections/{connection_id}/recipients/{made['id']}/test")

    assert answer.status_code == 202
    (delivery,) = answer.json()["deliveries"]
    assert (delivery["state"], delivery["recipient"]) == ("waiting", "Books")
    assert service.waker.rung[-1] == "messages"
    (told,) = (await service.api.get(f"/api/v1/connections/{connection_id}/messages")).json()["items"]
    assert told["id"] == answer.json()["id"]


async def test_the_job_that_is_woken_sends_it(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    made = (await add(service, connection_id)).json()
    await service.api.post(f"/api/v1/connections/{connection_id}/recipients/{made['id']}/test")
    got: list[httpx.Request] = []
    runtime = service.app.state.runtime

    def take(request: httpx.Request) -> httpx.Response:
        got.append(request)
        return httpx.Response(204)

    async with httpx.AsyncClient(transport=httpx.MockTransport(take)) as http:
        runtime.outgoing_http, before = http, runtime.outgoing_http
        assert await deliver({"runtime": runtime, "sending": Sending()}) == 1
        runtime.outgoing_http = before

    with time_machine.travel(service.clock.now()):
        body = Webhook(made["secret"]).verify(got[0].content, dict(got[0].headers))
    assert body["type"] == "connection.test"
    (told,) = (await service.api.get(f"/api/v1/connections/{connection_id}/messages")).json()["items"]
    assert [(each["state"], each["answer"]) for each in told["deliveries"]] == [("delivered", "Taken (204).")]


async def test_tests_are_not_piled_up(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    made = (await add(service, connection_id)).json()
    test = f"/api/v1/connections/{connection_id}/recipients/{made['id']}/test"

    answers = [(await service.api.post(test)).status_code for _ in range(6)]

    assert answers == [202] * 5 + [409]


async def test_recipients_that_are_added_anew_and_anew_get_no_more_tests_than_an_hour_allows(service: Service) -> None:
    """Whoever may configure has the operator's server write to nobody as often as he likes."""
    connection_id, other_id = await two_connections(service)
    answers: list[httpx.Response] = []
    for number in range(being_told.TESTS_AN_HOUR // being_told.TESTS_AT_ONCE + 1):
        made = (await add(service, connection_id, address=f"https://books-{number}.example/")).json()
        address = f"/api/v1/connections/{connection_id}/recipients/{made['id']}"
        answers += [await service.api.post(f"{address}/test") for _ in range(being_told.TESTS_AT_ONCE)]
        await service.api.delete(address)

    refused = [answer for answer in answers if answer.status_code != 202]
    assert (len(answers) - len(refused), {answer.status_code for answer in refused}) == (
        being_told.TESTS_AN_HOUR,
        {429},
    )
    assert refused[0].headers["retry-after"] == "3600"
    of_another = (await add(service, other_id)).json()
    assert (
        await service.api.post(f"/api/v1/connections/{other_id}/recipients/{of_another['id']}/test")
    ).status_code == 202
    service.clock.advance(hours=1, seconds=1)
    made = (await add(service, connection_id)).json()
    assert (
        await service.api.post(f"/api/v1/connections/{connection_id}/recipients/{made['id']}/test")
    ).status_code == 202


async def test_a_message_is_sent_once_more_to_those_who_are_told_of_such(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    await add(service, connection_id, topics=["blocked"])
    await add(service, connection_id, address="https://other.example/", name="Other", topics=["waiting"])
    await a_message(service, connection_id)
    again = f"/api/v1/connections/{connection_id}/messages/msg_1/send-again"

    answer = await service.api.post(again)

    assert answer.status_code == 202
    assert [each["recipient"] for each in answer.json()["deliveries"]] == ["Books"]
    assert (await service.api.post(again)).status_code == 409


async def test_a_removed_one_is_told_no_more_and_is_in_no_list(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    made = (await add(service, connection_id)).json()
    address = f"/api/v1/connections/{connection_id}/recipients/{made['id']}"

    assert (await service.api.delete(address)).status_code == 204
    assert (await service.api.delete(address)).status_code == 404
    assert (await service.api.post(f"{address}/test")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "status", "word"),
    [
        ({"address": "ftp://books.example/"}, 422, "invalid-address"),
        ({"address": "https://books.example/#x"}, 422, "invalid-address"),
        ({"way": "mail", "address": "ada@byron.example"}, 409, "no-mail"),
        ({"topics": []}, 422, "invalid-input"),
        ({"topics": ["test"]}, 422, "invalid-input"),
    ],
)
async def test_what_cannot_be_told_is_refused_with_what_to_do(
    service: Service, changes: dict[str, Any], status: int, word: str
) -> None:
    connection_id, _ = await two_connections(service)

    answer = await add(service, connection_id, **changes)

    assert answer.status_code == status
    assert answer.json()["type"].endswith(word)


async def test_the_same_address_twice_and_too_many_are_refused(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    first = await add(service, connection_id)
    second = await add(service, connection_id)
    others = [await add(service, connection_id, address=f"https://b{n}.example/") for n in range(20)]

    assert (first.status_code, second.status_code) == (201, 409)
    assert [each.status_code for each in others] == [201] * 19 + [409]


async def test_the_operators_own_are_told_of_all_and_seen_by_no_connection(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    made = (await service.api.post("/api/v1/recipients", json=WEBHOOK)).json()
    test = await service.api.post(f"/api/v1/recipients/{made['id']}/test")
    key = await a_key(service, connection_id, {"read", "configure"})  # type: ignore[arg-type]
    shown = {"Authorization": f"Bearer {key['key']}"}

    assert test.status_code == 202
    assert [each["id"] for each in (await service.api.get("/api/v1/recipients")).json()["items"]] == [made["id"]]
    assert [each["topic"] for each in (await service.api.get("/api/v1/messages")).json()["items"]] == ["test"]
    assert (await service.browser.get("/api/v1/recipients", headers=shown)).status_code == 403
    theirs = await service.browser.get(f"/api/v1/connections/{connection_id}/recipients", headers=shown)
    assert theirs.json()["items"] == []
    patched = await service.api.patch(
        f"/api/v1/connections/{connection_id}/recipients/{made['id']}", json={"name": "x"}
    )
    assert patched.status_code == 404
    renamed = await service.api.patch(f"/api/v1/recipients/{made['id']}", json={"name": "Operator"})
    assert renamed.json()["name"] == "Operator"
    assert (await service.api.delete(f"/api/v1/recipients/{made['id']}")).status_code == 204


async def test_messages_come_page_by_page(service: Service) -> None:
    connection_id, _ = await two_connections(service)
    for number in range(3):
        await a_message(service, connection_id, f"msg_{number}")
    address = f"/api/v1/connections/{connection_id}/messages"

    first = (await service.api.get(address, params={"limit": 2})).json()
    rest = (await service.api.get(address, params={"limit": 2, "cursor": first["next_cursor"]})).json()

    assert [each["id"] for each in (*first["items"], *rest["items"])] == ["msg_2", "msg_1", "msg_0"]
    assert first["items"][0]["url"] == "http://localhost:8000/x"
    assert rest["next_cursor"] is None
