"""Many small shops, each joined to a company of its own, in simulators that are processes of their own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx

from app.domain.guards.grant_age import TokenPair
from app.domain.model.configuration import Configuration, ItemPolicy, MappedTaxCode
from app.domain.model.records import Kind, Side
from app.runtime import Runtime, open_runtime
from app.settings import Settings
from app.storage.changes import cursors, intake
from app.storage.changes.cursors import DownloadState
from app.storage.changes.intake import InboundEvent
from app.storage.connections import connections
from app.storage.connections.connections import Connection, token_context
from tests.bench.processes import free_port, server
from tests.bench.world import contact, sale
from tests.support.app import ENCRYPTION_KEY
from tests.support.services import DatabaseUrls

SECRETS = {"SANDBOX_CLIENT_ID": "client", "SANDBOX_CLIENT_SECRET": "secret", "SANDBOX_VERIFIER_TOKEN": "verifier"}
LATENCY = 0.150


@dataclass(frozen=True, slots=True)
class Shop:
    """One connection and where its people are."""

    connection_id: str
    site_id: str
    realm_id: str
    item: str
    tax_code: str


@dataclass
class ManyConnections:
    """The connections, and the people of all of them."""

    runtime: Runtime
    http: httpx.AsyncClient
    oncord: str
    quickbooks: str
    environment: dict[str, str]
    shops: list[Shop]

    async def call(self, method: str, url: str, body: Any = None) -> Any:
        """One call of a side door."""
        answer = await self.http.request(method, url, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def add(self, number: int, *, synchronised: bool = True) -> Shop:
        """A shop and a company; `synchronised`: that have been in agreement until now, about nothing."""
        now = self.runtime.clock.now()
        company = await self.call("POST", f"{self.quickbooks}/_sandbox/companies", {"country": "AU", "sample": False})
        door = f"{self.quickbooks}/_sandbox/companies/{company['realm_id']}"
        income = await _first(self, f"{door}/account", AccountType="Income")
        wish = {"Name": "Sales", "Type": "Service", "IncomeAccountRef": {"value": income}}
        item = (await self.call("POST", f"{door}/item", wish))["Item"]["Id"]
        code = await _first(self, f"{door}/taxcode", Name="GST")
        site = await self.call("POST", f"{self.oncord}/_sandbox/sites", {"country": "AU", "sample": False})
        connection = Connection(
            id=f"con_{number}",
            name=f"Shop {number}",
            oncord_api_url=site["api_url"],
            oncord_token=self.runtime.vault.seal(site["token"], token_context(f"con_{number}")),
            oncord_secrets=(),
            created_at=now,
            updated_at=now,
            state="ready",
            realm_id=company["realm_id"],
            facts={},
            configuration=Configuration(
                start_date=date(2020, 1, 1),
                payment_methods=(),
                tax_codes=(MappedTaxCode("GST", code, "10"),),
                items=ItemPolicy("single", item, income),
            ),
            configuration_version=1,
            connected_at=now,
            first_sync_completed_at=now if synchronised else None,
        )
        pair = TokenPair(company["access_token"], company["refresh_token"], now + timedelta(hours=1))
        async with self.runtime.database.transaction(connection.id) as tx:
            await connections.insert(tx, connection)
            await self.runtime.grants.put(tx, connection.id, pair, now)
            for side in Side if synchronised else ():
                for kind in Kind:
                    state = DownloadState(side, kind, watermark=now, completed_at=now)
                    await cursors.save(tx, connection.id, state)
        shop = Shop(connection.id, site["site_id"], company["realm_id"], item, code)
        self.shops.append(shop)
        return shop

    async def change(self, shop: Shop, each: int, mark: int) -> None:
        """So many new contacts, each with a sale; their events are taken in."""
        people = [contact(mark * 1000 + number) for number in range(each)]
        contacts = [one["id"] for one in await self.in_shop(shop, "contacts", people)]
        wishes = [sale(mark * 1000 + number, buyer) for number, buyer in enumerate(contacts)]
        sales = [one["id"] for one in await self.in_shop(shop, "sales", wishes)]
        arrivals = [
            InboundEvent(
                Side.ONCORD, f"{shop.connection_id}/{kind}/{one}", shop.connection_id, kind=kind, record_id=one
            )
            for kind, ids in ((Kind.CONTACT, contacts), (Kind.SALE, sales))
            for one in ids
        ]
        async with self.runtime.database.raw() as connection:
            await intake.accept(connection, arrivals, self.runtime.clock.now())

    async def slow_down(self, seconds: float) -> None:
        """Let the simulators answer late (0: at once again)."""
        for vendor in (self.oncord, self.quickbooks):
            wish = {"latency": {"on": seconds > 0, "seconds": seconds}}
            await self.call("PUT", f"{vendor}/_sandbox/hazards", wish)

    async def in_shop(self, shop: Shop, collection: str, records: Any = None) -> list[dict[str, Any]]:
        """Everything of a collection, or what comes of people's creating these records."""
        url = f"{self.oncord}/_sandbox/sites/{shop.site_id}/{collection}"
        if records is None:
            found: list[dict[str, Any]] = (await self.call("GET", url))["items"]
            return found
        made: list[dict[str, Any]] = await self.call("POST", url, records)
        return made

    async def in_books(self, shop: Shop, entity: str, bodies: Any = None) -> list[dict[str, Any]]:
        """Everything of an entity, or what comes of people's creating these objects."""
        url = f"{self.quickbooks}/_sandbox/companies/{shop.realm_id}/{entity}"
        answer = await (self.call("GET", url) if bodies is None else self.call("POST", f"{url}?quiet=true", bodies))
        items: list[dict[str, Any]] = answer["items"]
        return items


async def _first(people: ManyConnections, url: str, **wanted: str) -> str:
    items = (await people.call("GET", url))["items"]
    return next(str(one["Id"]) for one in items if all(one.get(name) == value for name, value in wanted.items()))


@asynccontextmanager
async def many_connections(urls: DatabaseUrls, redis_url: str, count: int) -> AsyncIterator[ManyConnections]:
    """So many connections, ready and synchronised, with nothing in them."""
    oncord, quickbooks = free_port(), free_port()
    environment = {
        "DATABASE_URL": urls.app,
        "REDIS_URL": redis_url,
        "ENCRYPTION_KEYS": ENCRYPTION_KEY,
        "QUICKBOOKS_CLIENT_ID": SECRETS["SANDBOX_CLIENT_ID"],
        "QUICKBOOKS_CLIENT_SECRET": SECRETS["SANDBOX_CLIENT_SECRET"],
        "QUICKBOOKS_API_URL": f"http://127.0.0.1:{quickbooks}",
        "QUICKBOOKS_TOKEN_URL": f"http://127.0.0.1:{quickbooks}/oauth2/v1/tokens/bearer",
        "ALLOW_PRIVATE_ONCORD_URLS": "1",
        "SYNC_QUIET_SECONDS": "0",
        "LOG_LEVEL": "ERROR",
    }
    settings = Settings(_env_file=None, **{name.lower(): value for name, value in environment.items()})  # type: ignore[arg-type]
    async with AsyncExitStack() as stack:
        for name, port in (("oncord", oncord), ("quickbooks", quickbooks)):
            command = ["app.sandbox", name, "--port", str(port), "--empty"]
            stack.enter_context(server(command, port, SECRETS))
        runtime = await stack.enter_async_context(open_runtime(settings))
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=60))
        vendors = f"http://127.0.0.1:{oncord}", f"http://127.0.0.1:{quickbooks}"
        made = ManyConnections(runtime, http, *vendors, environment, [])
        for number in range(count):
            await made.add(number)
        yield made
