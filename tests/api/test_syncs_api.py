"""Starting runs by hand and reading them (T3, T4)."""

from app.storage.runs import runs
from tests.support.app import Service


async def test_t4_the_first_run_asks_for_the_configuration(service: Service) -> None:
    realm = service.company()
    connection_id = (await service.connect_site())["id"]
    await service.join_company(connection_id, realm)

    answer = await service.api.post(f"/api/v1/connections/{connection_id}/syncs", json={"dry_run": False})

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"].endswith("/configuration-required")
    assert answer.json()["choices"] == f"/api/v1/connections/{connection_id}/configuration/choices"
    assert (await service.api.get(answer.json()["choices"])).status_code == 200


async def test_a_run_is_queued_and_a_worker_is_woken(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    service.waker.rung.clear()

    answer = await service.api.post(f"/api/v1/connections/{connection_id}/syncs", json={"dry_run": False})

    assert answer.status_code == 202
    assert (answer.json()["state"], answer.json()["trigger"], answer.json()["dry_run"]) == ("queued", "manual", False)
    assert answer.headers["location"] == f"/api/v1/connections/{connection_id}/syncs/{answer.json()['id']}"
    assert service.waker.rung == [connection_id]
    read = (await service.api.get(answer.headers["location"])).json()
    assert read == answer.json()
    assert (await service.api.get(read["decisions"])).json() == {"items": [], "next_cursor": None}


async def test_a_run_may_be_asked_for_without_a_body(service: Service) -> None:
    connection_id, _ = await service.ready_connection()

    assert (await service.api.post(f"/api/v1/connections/{connection_id}/syncs")).status_code == 202


async def test_a_second_request_joins_the_first_and_a_dry_run_does_not(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    address = f"/api/v1/connections/{connection_id}/syncs"

    first, second = await service.api.post(address), await service.api.post(address, json={})
    dry = await service.api.post(address, json={"dry_run": True})

    assert first.json()["id"] == second.json()["id"] != dry.json()["id"]
    assert dry.json()["dry_run"] is True


async def test_runs_are_listed_newest_first_page_by_page(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    address = f"/api/v1/connections/{connection_id}/syncs"
    made = []
    for _ in range(5):
        run_id = (await service.api.post(address)).json()["id"]
        made.append(run_id)
        service.clock.advance(seconds=1)
        async with service.container.database.transaction(connection_id) as tx:
            await runs.finish(tx, run_id, "succeeded", {"planned": 0}, service.clock.now())

    first = (await service.api.get(address, params={"limit": 3})).json()
    second = (await service.api.get(address, params={"limit": 3, "cursor": first["next_cursor"]})).json()

    assert [run["id"] for run in first["items"] + second["items"]] == made[::-1]
    assert second["next_cursor"] is None
    last = (await service.state(connection_id))["last_sync"]
    assert (last["id"], last["state"]) == (made[-1], "succeeded")


async def test_a_limit_beyond_200_and_a_foreign_cursor_are_refused(service: Service) -> None:
    connection_id, _ = await service.ready_connection()
    address = f"/api/v1/connections/{connection_id}/syncs"

    for query in ("limit=0", "limit=201", "limit=many", "cursor=%00", "cursor=WzFd", "cursor=x"):
        answer = await service.api.get(f"{address}?{query}")
        assert answer.status_code == 422, query
        assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


async def test_unknown_runs_and_connections_are_not_found(service: Service) -> None:
    connection_id, _ = await service.ready_connection()

    for path in (f"{connection_id}/syncs/run_0", "con_0/syncs", "con_0", "con_0/configuration", "con_0/attention"):
        answer = await service.api.get(f"/api/v1/connections/{path}")
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_site_that_is_not_joined_yet_cannot_be_synchronised(service: Service) -> None:
    connection_id = (await service.connect_site())["id"]

    answer = await service.api.post(f"/api/v1/connections/{connection_id}/syncs")

    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/not-connected")
