"""The connections of the storm, each made as a person makes one: through the real API and the real consent page."""

import asyncio
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.sandbox.local.demo import DemoClient
from tests.chaos.stage import Stage

AT_ONCE = 25
"""The live choices of a company may be read only slowly, so that many set up side by side."""
LOOK_SECONDS = 0.2
MOST_SECONDS = 300.0


@dataclass(slots=True)
class Person:
    """Somebody with an account at the shop, or a customer in the books."""

    id: str
    email: str
    phone: str
    version: str = ""


@dataclass(slots=True)
class Document:
    """A sale of the shop, or an invoice of the books, as its own people left it."""

    id: str
    number: str
    person: Person
    total: str
    lines: list[dict[str, Any]]
    version: str = ""
    paid: bool = False
    payment_id: str = ""
    payment_version: str = ""
    deleted: bool = False


@dataclass(slots=True)
class Branch:
    """One connection: a shop and a company, and what their people have done there. `tag` is in every name."""

    tag: str
    id: str
    site_id: str
    secret: str
    realm_id: str
    item: str
    gst: str
    bank: str
    method: str
    people: list[Person] = field(default_factory=list)
    sales: list[Document] = field(default_factory=list)
    customers: list[Person] = field(default_factory=list)
    invoices: list[Document] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 10**9)))
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    deletions: int = 0


async def open_branches(stage: Stage, count: int) -> list[Branch]:
    """Make, configure and synchronise so many connections."""
    client = DemoClient(stage.http, stage.world, stage.keys, stage.keys.admin_api_key)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Branch:
        async with gate:
            return await _open(stage, client, f"c{number:02}")

    async with asyncio.timeout(MOST_SECONDS):
        branches = list(await asyncio.gather(*(one(number) for number in range(1, count + 1))))
    # What the shops would tell is told by the storm itself, which counts what was acknowledged.
    held = await stage.http.put(f"{stage.world.oncord}/_sandbox/hazards", json={"events_held": True})
    held.raise_for_status()
    shops = (await stage.http.get(f"{stage.world.oncord}/_sandbox/state")).json()["sites"]
    connectors = {shop["id"]: shop["connector"] for shop in shops}
    for branch in branches:
        connector = connectors[branch.site_id]
        branch.secret = connector["secret"] or connector["secrets"][0]
    return branches


async def _open(stage: Stage, client: DemoClient, tag: str) -> Branch:
    door = stage.world.quickbooks + "/_sandbox/companies"
    shop = await _post(stage, stage.world.oncord + "/_sandbox/sites", {"country": "AU", "sample": False, "name": tag})
    company = await _post(stage, door, {"country": "AU", "sample": False, "name": tag})
    realm = company["realm_id"]
    accounts = (await stage.http.get(f"{door}/{realm}/account")).json()["items"]
    codes = (await stage.http.get(f"{door}/{realm}/taxcode")).json()["items"]
    income = next(str(account["Id"]) for account in accounts if account["AccountType"] == "Income")
    widget = {"Name": f"Widget of {tag}", "Type": "Service", "IncomeAccountRef": {"value": income}}
    [item] = (await _post(stage, f"{door}/{realm}/item?quiet=true", [widget]))["items"]
    connection = await client.join_shop(shop)
    await client.join_company({**connection, "realm_id": realm})
    await client.configure(connection)
    run = await client.synchronise(connection, lambda: asyncio.sleep(LOOK_SECONDS))
    assert run["state"] == "succeeded", run
    authorised = {"Authorization": f"Bearer {stage.keys.admin_api_key}"}
    address = f"{stage.world.service}/api/v1/connections/{connection['id']}/configuration"
    methods = (await stage.http.get(address, headers=authorised)).json()["payment_methods"]
    kinds = {account["Id"]: account["AccountType"] for account in accounts}
    chosen = next(m for m in methods if m["preferred"] and kinds.get(m["deposit_account_id"]) == "Bank")
    return Branch(
        tag=tag,
        id=connection["id"],
        site_id=shop["site_id"],
        secret="",
        realm_id=realm,
        item=str(item["Id"]),
        gst=next(str(code["Id"]) for code in codes if code["Name"] == "GST"),
        bank=chosen["deposit_account_id"],
        method=chosen["id"],
    )


async def _post(stage: Stage, url: str, body: Any) -> Any:
    answer = await stage.http.post(url, json=body)
    answer.raise_for_status()
    return answer.json()


def free(branches: list[Branch], chance: random.Random) -> Branch | None:
    """Some branch where nobody is at work at this moment."""
    idle = [branch for branch in branches if not branch.busy.locked()]
    return chance.choice(idle) if idle else None
