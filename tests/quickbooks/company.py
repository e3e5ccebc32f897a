"""A simulated QuickBooks company with our client in front of it, on one virtual clock that sleeping moves forward."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import httpx

from app.domain.model.exchange import Outcome, Write
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Kind, Record, Side
from app.quickbooks.client import QuickBooksSide
from app.quickbooks.http.oauth import OAuth
from app.quickbooks.http.throttle import Throttle
from app.sandbox.quickbooks.app import create_app
from app.sandbox.quickbooks.clock import Clock as WorldClock
from app.sandbox.quickbooks.world import World

START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
BASE = "http://quickbooks.test"


class VirtualClock:
    """Time of the test and of the simulator alike."""

    def __init__(self) -> None:
        self.at = START
        self.world = WorldClock(read=lambda: START)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.world.now()

    def monotonic(self) -> float:
        return (self.world.now() - START).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.world.advance(seconds)


@dataclass
class CountingMeter:
    days: dict[date, int] = field(default_factory=dict)
    upkeep: int = 0

    async def count(self, connection_id: str, day: date, reads: int, *, upkeep: bool = False) -> None:
        self.days[day] = self.days.get(day, 0) + reads
        self.upkeep += reads if upkeep else 0

    @property
    def total(self) -> int:
        return sum(self.days.values())


class OneGrant:
    """A token source without a store: refreshes through the simulator's own token endpoint."""

    def __init__(self, oauth: OAuth, access: str, refresh: str) -> None:
        self._oauth, self.access, self._refresh = oauth, access, refresh
        self.refreshed = 0

    async def access_token(self, connection_id: str) -> str:
        return self.access

    async def renewed_token(self, connection_id: str, rejected: str) -> str:
        pair = await self._oauth.refresh(self._refresh)
        self.access, self._refresh = pair.access_token, pair.refresh_token
        self.refreshed += 1
        return self.access


@dataclass
class Company:
    """One company: `side` is our client, `person` does what a person does in QuickBooks' own screens."""

    world: World
    clock: VirtualClock
    http: httpx.AsyncClient
    realm: str
    side: QuickBooksSide
    tokens: OneGrant
    meter: CountingMeter
    oauth: OAuth
    count: int = 0

    async def door(self, method: str, path: str, content: Any = None) -> Any:
        answer = await self.http.request(method, f"/_sandbox{path}", json=content)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def person(self, entity: str, body: Any, **options: str) -> Any:
        query = "&".join(f"{k}={v}" for k, v in options.items())
        answer = await self.door("POST", f"/companies/{self.realm}/{entity}?{query}", body)
        return next((v for k, v in answer.items() if k != "time"), answer)

    async def objects(self, entity: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.door("GET", f"/companies/{self.realm}/{entity}"))["items"]
        return found

    async def calls(self) -> dict[str, int]:
        found: dict[str, int] = await self.door("GET", f"/companies/{self.realm}/calls")
        return found

    async def hazard(self, slug: str, **parameters: Any) -> None:
        await self.door("PUT", "/hazards", {slug: {"on": True, **parameters}})

    async def calm(self, slug: str) -> None:
        await self.door("PUT", "/hazards", {slug: {"on": False}})

    async def account(self, kind: str, subtype: str = "") -> str:
        return next(
            a["Id"]
            for a in await self.objects("account")
            if a["AccountType"] == kind and (not subtype or a["AccountSubType"] == subtype)
        )

    async def tax_code(self, name: str) -> str:
        return next(c["Id"] for c in await self.objects("taxcode") if c["Name"] == name)

    async def item(self, name: str = "Goods", **members: Any) -> str:
        income = await self.account("Income")
        made = await self.person(
            "item", {"Name": name, "Type": "Service", "IncomeAccountRef": {"value": income}, **members}
        )
        return str(made["Id"])

    async def customer(self, name: str, **members: Any) -> str:
        return str((await self.person("customer", {"DisplayName": name, **members}))["Id"])

    def write(
        self,
        action: Action,
        kind: Kind,
        record: Record | None,
        *,
        target: str = "",
        version: str = "",
        fields: tuple[str, ...] = (),
        document: dict[str, Any] | None = None,
        operation_id: str = "",
    ) -> Write:
        self.count += 1
        operation = Operation(
            action, Side.QUICKBOOKS, kind, "S1", "a test", "", target, record, fields, expected_version=version
        )
        return Write(operation_id or f"op_{self.count:020}", operation, record, document)

    async def send(self, *writes: Write) -> list[Outcome]:
        prepared = self.side.prepare(writes)
        assert prepared.refused == ()
        return [outcome for batch in prepared.batches for outcome in await self.side.send(batch)]

    async def create(self, kind: Kind, record: Record) -> Outcome:
        (outcome,) = await self.send(self.write(Action.CREATE, kind, record))
        return outcome


@asynccontextmanager
async def company(country: str = "AU", *, sample: bool = False) -> AsyncIterator[Company]:
    """A company of `country` behind our client."""
    clock = VirtualClock()
    world = World(clock=clock.world, sleep=clock.sleep)
    transport = httpx.ASGITransport(app=create_app(world))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
        answer = await http.post("/_sandbox/companies", json={"country": country, "sample": sample})
        made = answer.json()
        oauth = OAuth(
            client_id=made["client_id"],
            client_secret=made["client_secret"],
            http=http,
            clock=clock,
            authorize_url=f"{BASE}/connect/oauth2",
            token_url=f"{BASE}/oauth2/v1/tokens/bearer",
            revoke_url=f"{BASE}/v2/oauth2/tokens/revoke",
        )
        tokens = OneGrant(oauth, made["access_token"], made["refresh_token"])
        meter = CountingMeter()
        side = QuickBooksSide(
            connection_id="con_1",
            realm_id=made["realm_id"],
            http=http,
            base_url=BASE,
            tokens=tokens,
            throttle=Throttle(clock),
            meter=meter,
            clock=clock,
        )
        yield Company(world, clock, http, made["realm_id"], side, tokens, meter, oauth)
