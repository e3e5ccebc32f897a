"""What somebody sends says what they mean: a member that a body does not have is refused by its name, before anything is done."""

from typing import Any

from app.api.configuration_shapes import OF_THE_ANSWER, ConfigurationIn, ConfigurationOut
from tests.support.app import Service


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
