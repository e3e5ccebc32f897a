"""What somebody sends says what they mean: a member or a parameter that is not known, or stands twice, is refused by its name, before
anything is done."""

import json
from typing import Any

import pytest
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute, iter_route_contexts
from standardwebhooks import Webhook

from app.api import declared
from app.api.configuration_shapes import OF_THE_ANSWER, ConfigurationIn, ConfigurationOut
from app.api.declared import parameters_of
from app.services.callers import Scope
from tests.api.test_access import a_key, two_connections
from tests.api.test_keys import with_key
from tests.support.app import SITE, Service


def shapes(service: Service) -> dict[str, dict[str, Any]]:
    """Every shape of an object in what is sent to the API, and within it, by name."""
    document = service.app.openapi()
    found: dict[str, dict[str, Any]] = {}

    def look(part: Any) -> None:
        if isinstance(part, list):
            for each in part:
                look(each)
        elif isinstance(part, dict):
            name = str(part.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found[name] = document["components"]["schemas"][name]
                look(found[name])
            for each in part.values():
                look(each)

    for path, methods in document["paths"].items():
        if path.startswith("/api/"):
            look([operation.get("requestBody") for operation in methods.values()])
    return {name: shape for name, shape in found.items() if shape.get("type") == "object"}


def test_every_body_of_the_api_and_every_part_of_one_lists_its_members_whole(service: Service) -> None:
    listed = shapes(service)

    assert len(listed) >= 15
    assert [name for name, shape in listed.items() if shape.get("additionalProperties") is not False] == []


def test_what_oncord_and_quickbooks_post_may_have_more(service: Service) -> None:
    schemas = service.app.openapi()["components"]["schemas"]

    assert {name: schemas[name].get("additionalProperties") for name in ("SiteEvent", "CompanyEvent")} == {
        "SiteEvent": None,
        "CompanyEvent": None,
    }


async def test_a_misspelt_member_is_named_and_nothing_is_done(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    one = f"/api/v1/connections/{connection_id}"
    wish = await service.wish(connection_id)
    method = {**wish["payment_methods"][0], "acount": "1"}
    bodies = {
        ("POST", "/syncs", "dryrun"): {"dryrun": True},
        ("PATCH", "", "autosync"): {"autosync": False},
        ("POST", "/launch-link", "Role"): {"person": "Jane", "role": "viewer", "Role": "merchant"},
        ("POST", "/keys", "end_at"): {"name": "Short", "scopes": ["read"], "end_at": "2026-12-01T00:00:00Z"},
        ("POST", "/recipients", "topic"): {"way": "mail", "address": "a@books.example", "topic": []},
        ("POST", "/matches/answers", "id"): {"answer": "same", "id": ["op_1"]},
        ("POST", "/attention/resolve", "choise"): {"items": ["att_1"], "action": "retry", "choise": "1"},
        ("PUT", "/configuration", "lodged_untill"): {**wish, "lodged_untill": "2026-06-30"},
        ("PUT", "/configuration", "payment_methods[0].acount"): {**wish, "payment_methods": [method]},
        ("PUT", "/configuration", "items.itemid"): {**wish, "items": {**wish["items"], "itemid": "1"}},
    }

    before = await service.state(connection_id)
    for (method_, path, member), body in bodies.items():
        answer = await service.api.request(method_, one + path, json=body)
        assert answer.status_code == 422, (path, answer.text)
        (fault,) = answer.json()["errors"]
        assert fault["field"] == member
        assert "no such member" in fault["message"]

    assert await service.state(connection_id) == before
    assert (await service.api.get(f"{one}/syncs")).json()["items"] == []
    assert (await service.api.get(f"{one}/keys")).json()["items"] == []
    assert (await service.api.post(f"{one}/syncs", json={"dry_run": True})).json()["dry_run"] is True


async def test_a_configuration_is_sent_back_as_it_was_answered(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    address = f"/api/v1/connections/{connection_id}/configuration"
    stored = (await service.api.get(address)).json()

    again = await service.api.put(address, json=stored)

    assert again.status_code == 200, again.text
    assert {**again.json(), "version": 0} == {**stored, "version": 0}
    assert ConfigurationOut.model_fields.keys() - ConfigurationIn.model_fields.keys() == OF_THE_ANSWER


@pytest.mark.parametrize(
    ("sent", "member"),
    [
        ('{"dry_run": true, "dry_run": false}', "dry_run"),
        ('{"dry_run": true, "dry\\u005frun": true}', "dry_run"),
        ('{"plan": "run_1", "only": ["op_1"], "only": ["op_2"]}', "only"),
    ],
)
async def test_a_member_that_stands_twice_is_named_and_nothing_is_done(
    service: Service, sent: str, member: str
) -> None:
    connection_id, _ = await service.ready_connection()
    address = f"/api/v1/connections/{connection_id}/syncs"

    answer = await service.api.post(address, content=sent, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"] == [
        {"field": member, "message": "This member stands more than once: leave one of them."}
    ]
    assert (await service.api.get(address)).json()["items"] == []


async def test_in_a_part_of_a_body_it_is_named_too_and_the_same_name_in_two_parts_is_none(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    address = f"/api/v1/connections/{connection_id}/configuration"
    wish = await service.wish(connection_id)
    before = (await service.api.get(address)).json()
    (first, *_), said = wish["payment_methods"], json.dumps(wish)
    twice = said.replace(json.dumps(first), f'{json.dumps(first)[:-1]}, "preferred": true}}')
    assert twice != said
    headers = {"Content-Type": "application/json"}

    refused = await service.api.put(address, content=twice, headers=headers)

    assert [fault["field"] for fault in refused.json()["errors"]] == ["preferred"]
    assert (await service.api.get(address)).json() == before
    assert (await service.api.put(address, content=said, headers=headers)).status_code == 200


async def test_what_oncord_posts_may_name_something_twice(service: Service) -> None:
    """The last one counts there, as it does for whoever has sent it."""
    connection_id, _ = await service.ready_connection()
    secret = service.shop.sites[SITE].connector["secret"]
    entry = {"entity": "sale", "id": "1041", "version": "1", "action": "saved", "actor": "user"}
    now = service.clock.now()
    body = json.dumps({"type": "sale.saved", "timestamp": now.isoformat(), "data": entry})
    twice = body.replace('"version": "1"', '"version": "1", "version": "2"').encode()
    headers = {
        "Content-Type": "application/json",
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", now, twice.decode()),
    }

    answer = await service.browser.post(f"/webhooks/oncord/{connection_id}", content=twice, headers=headers)

    assert answer.is_success, answer.text


async def test_a_parameter_that_an_address_does_not_have_is_named_with_those_that_it_has(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    one = f"/api/v1/connections/{connection_id}"
    for path, parameter, words in (
        (f"{one}/syncs?limmit=1", "limmit", "There are: limit, cursor, format."),
        (f"{one}/syncs?Limit=1", "Limit", "There are: limit, cursor, format."),
        (f"{one}/attention?status=resolved&limit=5", "status", "There are: "),
        (f"{one}?format=csv", "format", "There is none."),
        (f"{one}/document-changes?since=2026-11-01", "since", "from, until"),
        ("/api/v1/metrics?label=ready", "label", "There is none."),
    ):
        answer = await service.api.get(path)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "invalid-input"), path
        (fault,) = answer.json()["errors"]
        assert fault["field"] == parameter
        assert fault["message"].startswith("There is no such parameter here. ")
        assert words in fault["message"]
    started = await service.api.post(f"{one}/syncs?dry_run=true", json={})
    assert started.status_code == 422
    assert (await service.api.get(f"{one}/syncs?limit=5&format=json")).json()["items"] == []


async def test_of_a_parameter_that_stands_twice_none_is_chosen(service: Service) -> None:
    connection_id, _ = await service.ready_connection()

    answer = await service.api.get(f"/api/v1/connections/{connection_id}/syncs?limit=1&limit=200")

    assert (answer.status_code, [fault["field"] for fault in answer.json()["errors"]]) == (422, ["limit"])


async def test_whoever_may_not_ask_is_refused_that_first(service: Service) -> None:
    connection_id, other = await two_connections(service)
    key = with_key((await a_key(service, connection_id, {Scope.READ}))["key"])

    for about, status in ((other, 404), (connection_id, 403)):
        refused = await service.browser.delete(f"/api/v1/connections/{about}?force=1", headers=key)
        assert refused.status_code == status
    for shown in ({}, {"Authorization": "Bearer made-up"}):
        assert (await service.browser.get("/api/v1/connections?x=1", headers=shown)).status_code == 401


async def test_pages_and_the_way_to_quickbooks_take_what_comes(service: Service) -> None:
    """A mail program or a host adds its own to a link that a person opens."""
    connection_id, _ = await service.ready_connection()
    link = (await service.api.post(f"/api/v1/connections/{connection_id}/launch-link")).json()["url"]

    assert (await service.browser.get(f"{link}&utm_source=mail", follow_redirects=True)).status_code == 200
    assert (await service.browser.get("/health?x=1")).status_code == 200
    assert (await service.browser.get("/reference?x=1")).status_code == 200


def test_every_operation_says_that_it_may_refuse_what_is_sent_and_knows_what_the_document_lists(
    service: Service,
) -> None:
    operations = [
        (path, method, said)
        for path, methods in service.app.openapi()["paths"].items()
        for method, said in methods.items()
        if path.startswith("/api/")
    ]
    routes = {
        (context.path, method.lower()): set(parameters_of(context.original_route))
        for context in iter_route_contexts(service.app.routes)
        if isinstance(context.original_route, APIRoute)
        for method in context.original_route.methods
    }

    assert len(operations) > 60
    assert [f"{method} {path}" for path, method, said in operations if "422" not in said["responses"]] == []
    for path, method, said in operations:
        listed = {each["name"] for each in said.get("parameters", ()) if each["in"] == "query"}
        assert routes[path, method] == listed, path


async def test_the_parameters_of_an_address_are_worked_out_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(
        declared, "get_flat_params", lambda dependant: asked.append(dependant) or get_flat_params(dependant)
    )

    for limit in (1, 2, 3):
        assert (await service.api.get(f"/api/v1/connections?limit={limit}")).status_code == 200
    assert (await service.api.get("/api/v1/watchlist?limit=1")).status_code == 200
    assert (await service.api.get("/api/v1/watchlist?limits=1")).status_code == 422

    assert len(asked) == 2


@pytest.mark.parametrize("name", ["\\ud800", "\\u0000", "x" * 2000])
async def test_a_member_of_an_odd_name_is_refused_as_well(service: Service, name: str) -> None:
    connection_id, _ = await service.ready_connection()
    address = f"/api/v1/connections/{connection_id}/syncs"

    for sent in (f'{{"{name}": 1}}', f'{{"{name}": 1, "{name}": 2}}'):
        answer = await service.api.post(address, content=sent, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, answer.text
        assert len(answer.text) < 2000
