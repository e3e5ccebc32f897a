"""Who may come in, how errors read, and what surrounds every answer."""

import asyncio
from typing import Any, cast

import pytest
from pydantic import BaseModel

from app.services import secrets_at_rest
from app.storage import health
from app.storage.changes import due
from app.storage.database import EVERY_CONNECTION
from tests.support.app import Service, running_service
from tests.support.services import DatabaseUrls

OPEN = {
    "/webhooks/oncord/{connection_id}",
    "/webhooks/quickbooks",
    "/oauth/quickbooks/connect",
    "/oauth/quickbooks/callback",
    "/health",
    "/ready",
}


def operations(service: Service) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in service.app.openapi()["paths"].items()
        for method, operation in methods.items()
    ]


async def test_every_address_under_api_needs_the_key(service: Service) -> None:
    guarded = [(method, path) for method, path, _ in operations(service) if path.startswith("/api/")]
    assert len(guarded) > 15

    for method, path in guarded:
        answer = await service.browser.request(method, path.replace("{", "").replace("}", ""))
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer"), path
        assert answer.json()["type"].endswith("/api-key-required")


async def test_nothing_else_is_open_than_what_was_agreed(service: Service) -> None:
    assert {path for _, path, _ in operations(service) if not path.startswith("/api/")} <= OPEN


@pytest.mark.parametrize(
    "given", ["Bearer wrong", "Bearer ", "Bearer kéy", "Basic key-of-the-tests", "key-of-the-tests"]
)
async def test_a_wrong_key_is_refused(service: Service, given: str) -> None:
    answer = await service.browser.get("/api/v1/connections", headers={b"Authorization": given.encode()})

    assert answer.status_code == 401


async def test_without_a_configured_key_the_api_is_closed(own_database: DatabaseUrls) -> None:
    async with running_service(own_database, admin_api_key="") as service:
        answer = await service.browser.get("/api/v1/connections", headers={"Authorization": "Bearer "})

    assert answer.status_code == 503
    assert "ADMIN_API_KEY" in answer.json()["detail"]


async def test_errors_are_problem_documents(service: Service) -> None:
    cases = [
        await service.api.get("/api/v1/nothing"),
        await service.api.delete("/api/v1/connections"),
        await service.api.post("/api/v1/connections", content=b"{"),
        await service.api.post("/api/v1/connections", json={"oncord_api_url": "x\x00y", "oncord_token": "t"}),
        await service.api.get("/api/v1/connections/con%00"),
    ]

    assert [answer.status_code for answer in cases] == [404, 405, 422, 422, 422]
    for answer in cases:
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["status"] == answer.status_code
        assert problem["request_id"] == answer.headers["x-request-id"]
        assert problem["type"].startswith("http://localhost:8000/problems/")
        assert problem["detail"]


async def test_a_fault_of_ours_is_a_problem_document_without_its_secrets(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def blow_up(*_: object, **__: object) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr("app.services.overview.list_connections", blow_up)

    answer = await service.api.get("/api/v1/connections")

    assert answer.status_code == 500
    assert answer.json()["type"].endswith("/internal-error")
    assert "hunter2" not in answer.text


async def test_a_decent_request_id_is_kept_and_another_is_replaced(service: Service) -> None:
    kept = await service.browser.get("/health", headers={"X-Request-ID": "abc-123"})
    replaced = await service.browser.get("/health", headers={"X-Request-ID": "a b\tc" * 30})

    assert kept.headers["x-request-id"] == "abc-123"
    assert replaced.headers["x-request-id"].startswith("req_")


async def test_answers_keep_browsers_careful(service: Service) -> None:
    headers = (await service.api.get("/api/v1/connections")).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


async def test_over_https_cookies_are_secure_and_transport_is_strict(own_database: DatabaseUrls) -> None:
    async with running_service(own_database, public_url="https://sync.example") as service:
        connection_id = (await service.connect_site())["id"]
        link = (await service.api.post(f"/api/v1/connections/{connection_id}/launch-link")).json()["url"]
        departure = await service.browser.post("/launch", data={"ticket": link.partition("launch=")[2]})

    cookie = departure.headers["set-cookie"]
    assert cookie.startswith("__Host-")
    assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert departure.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize(
    "path", ["/webhooks/quickbooks", "/webhooks/oncord/con_1", "/api/v1/connections", "/", "/nowhere"]
)
async def test_over_https_every_answer_is_strict_about_transport_and_types(
    own_database: DatabaseUrls, path: str
) -> None:
    async with running_service(own_database, public_url="https://sync.example") as service:
        answers = [await service.browser.request(method, path) for method in ("GET", "POST", "TRACE", "OPTIONS")]

    for answer in answers:
        assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert answers[2].status_code >= 400


async def test_health_is_a_matter_of_the_process_alone(service: Service) -> None:
    assert (await service.browser.get("/health")).json() == {"status": "ok"}


@pytest.mark.parametrize("path", ["/health/", "/ready/", "/api/v1/metrics/", "/webhooks/", "/docs/", "/signin/"])
async def test_an_address_with_a_slash_too_many_leads_to_nobodys_host(service: Service, path: str) -> None:
    answer = await service.api.get(path, headers={"host": "evil.example"})

    assert answer.status_code == 404
    assert "location" not in answer.headers
    assert "evil" not in answer.text


@pytest.mark.parametrize("length", [b"\xb2", b"9" * 5000])
async def test_a_length_that_is_no_number_or_beyond_all_is_refused(service: Service, length: bytes) -> None:
    answer = await service.browser.post(
        "/webhooks/quickbooks", content=b"{}", headers=[(b"intuit-signature", b"x"), (b"content-length", length)]
    )

    assert answer.status_code == 413


async def test_a_length_beyond_all_is_too_much_at_the_gate(service: Service) -> None:
    answer = await service.api.post(
        "/api/v1/connections",
        content=b"{}",
        headers=[(b"content-length", b"9" * 5000), (b"content-type", b"application/json")],
    )

    assert answer.status_code == 413


async def test_ready_tells_what_is_degraded_and_stays_200(service: Service) -> None:
    service.waker.redis_is_there = False

    answer = await service.browser.get("/ready")

    assert answer.status_code == 200
    ready = answer.json()
    assert (ready["status"], ready["database"], ready["database_schema"]) == ("degraded", "ok", "ok")
    assert ready["redis"].startswith("away")
    assert ready["sweeper"].startswith("not seen")


async def test_ready_is_ready_with_redis_and_a_sweeper_that_was_seen_lately(service: Service) -> None:
    async with service.container.database.transaction(EVERY_CONNECTION) as tx:
        await tx.execute("INSERT INTO heartbeat (name, at) VALUES ('sweeper', %s)", (service.clock.now(),))

    assert (await service.browser.get("/ready")).json()["status"] == "ready"
    service.clock.advance(minutes=4)
    assert (await service.browser.get("/ready")).json()["sweeper"].startswith("no complete sweep since")


async def heartbeat(service: Service, name: str) -> None:
    async with service.container.database.transaction(EVERY_CONNECTION) as tx:
        await due.sign_of_life(tx, name, service.clock.now())


async def test_ready_tells_a_sweep_that_is_not_complete_from_none_at_all(service: Service) -> None:
    await heartbeat(service, health.SWEPT)
    service.clock.advance(minutes=4)
    await heartbeat(service, health.SWEEPING)

    one_fails = (await service.browser.get("/ready")).json()
    service.clock.advance(minutes=4)
    none_at_all = (await service.browser.get("/ready")).json()

    assert one_fails["sweeper"].startswith("at work, but no complete sweep since")
    assert none_at_all["sweeper"].startswith("no complete sweep since")
    assert "start a worker" in none_at_all["sweeper"]
    assert "start a worker" not in one_fails["sweeper"]
    assert one_fails["status"] == none_at_all["status"] == "degraded"


@pytest.mark.parametrize(("every", "minutes"), [(30, 3), (600, 31)])
async def test_how_long_a_sweep_may_fail_to_come_follows_from_how_often_there_is_one(
    own_database: DatabaseUrls, every: float, minutes: int
) -> None:
    async with running_service(own_database, sync_sweep_seconds=every) as service:
        await heartbeat(service, health.SWEPT)
        service.clock.advance(minutes=minutes)
        assert (await service.browser.get("/ready")).json()["sweeper"] == "ok"
        service.clock.advance(minutes=1)
        assert (await service.browser.get("/ready")).json()["sweeper"] != "ok"


async def test_however_often_strangers_ask_whether_it_is_ready_a_process_looks_once_a_second(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    schema_version, what_is_amiss = health.schema_version, secrets_at_rest.what_is_amiss

    async def counted_schema(*given: Any) -> str:
        looked.append("schema")
        return await schema_version(*given)

    async def counted_secrets(*given: Any) -> str:
        looked.append("secrets")
        return await what_is_amiss(*given)

    monkeypatch.setattr(health, "schema_version", counted_schema)
    monkeypatch.setattr(secrets_at_rest, "what_is_amiss", counted_secrets)

    async def ask() -> None:
        answers = await asyncio.gather(*(service.browser.get("/ready") for _ in range(30)))
        assert {answer.status_code for answer in answers} == {200}

    await ask()
    assert sorted(looked) == ["schema", "secrets"]
    service.clock.advance(seconds=1)
    await ask()
    assert sorted(looked) == ["schema", "schema", "secrets"], "all stored secrets are looked at once a minute"
    service.clock.advance(minutes=1)
    await ask()
    assert looked.count("secrets") == 2


async def test_ready_is_503_for_another_schema(service: Service) -> None:
    head = service.app.state.schema_head
    service.app.state.schema_head = "0042"

    answer = await service.browser.get("/ready")

    assert answer.status_code == 503
    assert answer.json()["database_schema"] == f"{head}, but 0042 is needed"


async def test_ready_is_503_without_the_database(service: Service) -> None:
    await service.container.database.close()

    answer = await service.browser.get("/ready")

    assert answer.status_code == 503
    assert answer.json()["database"] == "away"


async def test_every_operation_is_described_with_an_example(service: Service) -> None:
    document = service.app.openapi()

    for method, path, operation in operations(service):
        where = f"{method} {path}"
        assert operation.get("summary"), where
        assert operation.get("description"), where
        assert operation.get("tags"), where
        if "requestBody" in operation and path.startswith("/api/"):
            assert _has_example(document, operation["requestBody"]["content"]["application/json"]["schema"]), where
        for status, response in operation["responses"].items():
            assert response.get("description"), where
            if status.startswith("2") and path.startswith("/api/") and "content" in response:
                content = response["content"].get("application/json") or next(iter(response["content"].values()))
                assert content.get("example") or _has_example(document, content["schema"]), where


def _has_example(document: dict[str, Any], schema: dict[str, Any]) -> bool:
    if "anyOf" in schema:
        return any(_has_example(document, each) for each in schema["anyOf"] if each.get("type") != "null")
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if schema.get("examples"):
        return True
    items = schema.get("properties", {}).get("items")
    return bool(items) and _has_example(document, items["items"])


def models_of(parent: type[BaseModel]) -> list[type[BaseModel]]:
    children = parent.__subclasses__()
    return [each for each in children if each.__module__.startswith("app.api.")] + [
        deeper for child in children for deeper in models_of(child)
    ]


async def test_examples_of_the_document_fit_their_own_schemas(service: Service) -> None:
    examples = [
        (model, example)
        for model in models_of(BaseModel)
        if isinstance(extra := model.model_config.get("json_schema_extra"), dict)
        for example in cast("list[dict[str, Any]]", extra["examples"])
    ]
    assert len(examples) > 10

    for model, example in examples:
        model.model_validate(example)


async def test_the_pages_about_the_api_are_open(service: Service) -> None:
    assert (await service.browser.get("/docs")).status_code == 200
    assert (await service.browser.get("/openapi.json")).json()["info"]["title"] == "Oncord and QuickBooks Online"
