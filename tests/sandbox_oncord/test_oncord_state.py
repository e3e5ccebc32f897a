"""The world saved, loaded and served; and a world of some size."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.sandbox.oncord import Clock, World, create_app, state
from app.sandbox.oncord.serve import make_world
from tests.sandbox_oncord.shop import START, Shop


async def busy(shop: Shop) -> None:
    """Something of everything."""
    await shop.connect()
    mia = await shop.contact(email="mia@example.com", external_ref="r")
    sale = await shop.sale(mia["id"])
    await shop.door(
        "POST", "/receipts", {"payment_method_id": "1", "allocations": [{"sale_id": sale["id"], "amount": "5"}]}
    )
    gone = await shop.contact(external_ref="gone")
    await shop.door("DELETE", f"/contacts/{gone['id']}")
    await shop.write("contacts", "create", key="k", record={"first_name": "Liam"})
    await shop.hazards(events_held=True, unavailable={"times": 3, "on": False})
    await shop.client.post("/_sandbox/clock", json={"advance_seconds": 60})


async def test_a_saved_world_comes_back_whole(shop: Shop) -> None:
    await busy(shop)
    saved = (await shop.client.get("/_sandbox/state")).json()
    other = Shop(site_id="elsewhere")
    try:
        assert (await other.client.put("/_sandbox/state", json=saved)).json() == {"sites": ["demo"]}

        assert (await other.client.get("/_sandbox/state")).json() == saved
        for path in ("/contacts", "/sales", "/receipts"):
            assert (await other.api(path))["items"] == (await shop.api(path))["items"]
        assert len((await other.api("/contacts", email="mia@example.com"))["items"]) == 1
        again = await other.write("contacts", "create", key="k", record={"first_name": "Liam"})
        exists = await other.write("contacts", "create", record={"first_name": "New", "external_ref": "gone"})
        assert (again["record"]["id"], exists["status"]) == ("3", "exists")
        assert (await other.sale("1"))["number"] == "1002"
        await other.hazards(events_held=False)
        assert await other.world.events.deliver_due() > 5
    finally:
        await other.client.aclose()
        await other.world.events.close()


@pytest.mark.parametrize("spoilt", [{}, {"format": 99}, {"format": 1}])
async def test_what_is_not_a_saved_world_changes_nothing(shop: Shop, spoilt: dict[str, Any]) -> None:
    await shop.contact()
    before = (await shop.client.get("/_sandbox/state")).json()

    assert (await shop.client.put("/_sandbox/state", json=spoilt)).status_code == 422
    assert (await shop.client.get("/_sandbox/state")).json() == before


async def test_a_running_app_leaves_its_world_in_the_file(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "data" / "oncord.json"
    app = create_app(shop.world, state_file=path)
    async with app.router.lifespan_context(app):
        await shop.contact()

    again = World(clock=Clock(lambda: START))
    state.read(again, path)
    assert list(again.sites["demo"].shelves["contact"].records) == ["1"]
    assert [file.name for file in path.parent.iterdir()] == ["oncord.json"]


def test_a_restart_finds_its_world_and_takes_the_given_token(tmp_path: Path) -> None:
    path = tmp_path / "oncord.json"
    first = make_world(state_file=path, site_id="demo", token="one")
    state.write(first, path)

    second = make_world(state_file=path, site_id="demo", token="two")
    third = make_world(state_file=path, site_id="more", country="US", sample=False)

    assert (second.sites["demo"].token, len(second.sites["demo"].shelves["sale"].records)) == ("two", 12)
    assert (list(third.sites), third.sites["demo"].token, third.sites["more"].currency) == (
        ["demo", "more"],
        "one",
        "USD",
    )


def test_a_demo_site_and_its_token_can_be_set_from_the_start() -> None:
    world = World(site_id="shop-7", token="given")

    assert (world.sites["shop-7"].token, len(world.sites["shop-7"].shelves["contact"].records)) == ("given", 10)
    assert (
        next(iter(World(site_id="a").sites.values())).token
        != next(iter(World(site_id="a", seed=1).sites.values())).token
    )


async def test_fifty_thousand_sales_are_paged_and_found_quickly() -> None:
    shop = Shop()
    site = shop.world.sites["demo"]
    contact = await shop.contact()
    template = await shop.sale(contact["id"])
    for number in range(50_000):
        site.save("sale", {**template, "id": None, "number": f"S{number}", "created_at": None}, "user")
    shop.world.announce(site)
    began = time.perf_counter()
    late = site.shelves["sale"].records["49501"]["modified_at"]

    page = await shop.api("/sales", modified_since=late, limit=500)
    found = await shop.api("/sales", number="S4711")
    await shop.sale(contact["id"])

    assert (len(page["items"]), page["next_cursor"] is not None) == (500, True)
    assert len(found["items"]) == 1
    assert time.perf_counter() - began < 2
    await shop.client.aclose()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The simulator as a process on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    path = tmp_path / "oncord.json"
    code = (
        "import pathlib, sys; from app.sandbox.oncord.serve import run; "
        "run(int(sys.argv[1]), state_file=pathlib.Path(sys.argv[2]), site_id='demo', token='right')"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(port), str(path)], cwd=Path(__file__).parents[2])
    try:
        yield f"http://127.0.0.1:{port}", path
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGTERM)
        process.wait(20)


@pytest.mark.processes
async def test_the_process_serves_loses_answers_and_saves_its_world(served: tuple[str, Path]) -> None:
    base, path = served
    async with httpx.AsyncClient(base_url=base, headers={"Authorization": "Bearer right"}, trust_env=False) as client:
        for _ in range(200):
            try:
                sites = (await client.get("/_sandbox/sites")).json()["items"]
                break
            except httpx.ConnectError:
                await asyncio.sleep(0.05)
        assert sites[0]["api_url"] == f"{base}/sites/demo/api/connector/v1"
        await client.put("/_sandbox/hazards", json={"answer_lost": {"times": 1}})
        operation = {"key": "k", "action": "create", "record": {"first_name": "Liam"}}
        url = "/sites/demo/api/connector/v1/contacts/batch"
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post(url, json={"operations": [operation]})
        again = (await client.post(url, json={"operations": [operation]})).json()["results"][0]
        assert (again["status"], again["record"]["id"]) == ("ok", "11")
        for _ in range(200):
            if path.exists() and len(json.loads(path.read_text())["sites"][0]["keys"]) == 1:
                return
            await asyncio.sleep(0.05)
        pytest.fail("the world was not saved")
