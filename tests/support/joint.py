"""One shop and one company, joined by the real engine on a real PostgreSQL, all on one virtual clock.

The simulators are ASGI applications in this process. People act through their side doors; `sync` is one whole run.
"""

import base64
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import httpx

from app.domain.model.configuration import (
    Configuration,
    ItemPolicy,
    MappedMethod,
    MappedTaxCode,
    admitted,
)
from app.domain.model.records import Kind, Side
from app.domain.model.untaxed_lines import UntaxedCodes, UntaxedLines
from app.quickbooks.http.oauth import OAuth
from app.runtime import Runtime, Seams, open_runtime
from app.sandbox.oncord import Clock as ShopClock
from app.sandbox.oncord import World as ShopWorld
from app.sandbox.oncord import create_app as shop_app
from app.sandbox.quickbooks.app import create_app as books_app
from app.sandbox.quickbooks.clock import Clock as BooksClock
from app.sandbox.quickbooks.world import World as BooksWorld
from app.settings import Settings
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.connections import connections
from app.storage.connections.connections import Connection, token_context
from app.storage.people import reconsider
from app.storage.people.attention import page as attention_page
from app.storage.runs import leases, runs
from app.storage.runs.operations import StoredOperation, of_run
from app.sync.engine import Parts, take_turn
from tests.support.people import SOMEBODY
from tests.support.schooled import Schooled

CERTIFICATE_KEY = base64.b64encode(bytes(range(32))).decode()
START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
SITE = "demo"
TOKEN = "site-token"
KEY = "test:" + "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
CONNECTION = "con_test"


class JointClock:
    """The one time of everything: reading it costs nothing, sleeping moves it forward."""

    def __init__(self) -> None:
        self.at = START
        self.slept = 0.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return (self.at - START).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.at += max(timedelta(seconds=seconds), timedelta(microseconds=1))

    def pass_time(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class SilentWaker:
    """Nobody is woken: the tests run what is due themselves."""

    async def wake(self, connection_id: str, at: datetime | None = None) -> None:
        return None

    async def wake_all(self, wakes: Any) -> None:
        return None

    async def wake_for_messages(self) -> None:
        return None

    async def answers(self) -> bool:
        return True

    async def waiting(self) -> frozenset[str]:
        return frozenset()


@dataclass
class Joint:
    """Both worlds and the engine between them."""

    runtime: Runtime
    clock: JointClock
    shop: ShopWorld
    books: BooksWorld
    realm: str
    http_shop: httpx.AsyncClient
    http_books: httpx.AsyncClient
    connection_id: str = CONNECTION
    last_run: str = ""
    public_url: str = ""
    """Under which address the service is reached: "" where the site is not asked where it posts its events."""
    weekly_upkeep: int = 0
    """How many reads a week look after the company: 0 as many as it takes."""

    @property
    def american(self) -> bool:
        """Whether the company is in America."""
        return self.books.companies[self.realm].country == "US"

    @property
    def code(self) -> str:
        """The shop's tax code of goods whose price does not change by their tax: with GST in it, or in America without tax."""
        return "NON" if self.american else "GST"

    @property
    def currency(self) -> str:
        """The company's home currency."""
        return "USD" if self.american else "AUD"

    # people at the shop

    async def in_shop(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http_shop.request(method, f"/_sandbox/sites/{SITE}/{path}", json=body)
        assert answer.status_code < 300, answer.text
        self.clock.pass_time(1)
        return answer.json()

    async def shop_list(self, collection: str, *, deleted: bool = False) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.in_shop("GET", collection))["items"]
        return [i for i in items if deleted or not i.get("deleted")]

    async def contact(self, first: str = "Ada", last: str = "Lovelace", **members: Any) -> dict[str, Any]:
        body = {"type": "individual", "first_name": first, "last_name": last, "email": f"{first}@example.com".lower()}
        made: dict[str, Any] = await self.in_shop("POST", "contacts", {**body, **members})
        return made

    async def sale(self, contact_id: str, *lines: dict[str, Any], **members: Any) -> dict[str, Any]:
        tea = {"description": "Tea", "quantity": "2", "unit_price": "11.00", "tax_code": self.code}
        chosen = lines or (tea,)
        made: dict[str, Any] = await self.in_shop(
            "POST", "sales", {"contact_id": contact_id, "lines": list(chosen), **members}
        )
        return made

    async def receipt(self, sale: dict[str, Any], amount: str | None = None, **members: Any) -> dict[str, Any]:
        value = amount or sale["total"]
        body = {
            "contact_id": sale["contact_id"],
            "payment_method_id": await self.method("direct_deposit"),
            "amount": value,
            "allocations": [{"sale_id": sale["id"], "amount": value}],
        }
        made: dict[str, Any] = await self.in_shop("POST", "receipts", {**body, **members})
        return made

    async def method(self, kind: str) -> str:
        return next(str(m["id"]) for m in await self.shop_list("payment-methods") if m["type"] == kind)

    # people at the books

    async def in_books(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http_books.request(method, f"/_sandbox/companies/{self.realm}/{path}", json=body)
        assert answer.status_code == 200, answer.text
        self.clock.pass_time(1)
        return answer.json()

    async def books_list(self, entity: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await self.in_books("GET", entity))["items"]
        return items

    async def person(self, entity: str, body: Any, **options: str) -> dict[str, Any]:
        query = "&".join(f"{k}={v}" for k, v in options.items())
        answer = await self.in_books("POST", f"{entity}?{query}", body)
        found: dict[str, Any] = next((v for k, v in answer.items() if k != "time"), answer)
        return found

    async def account(self, kind: str, subtype: str = "") -> str:
        return next(
            str(a["Id"])
            for a in await self.books_list("account")
            if a["AccountType"] == kind and (not subtype or a["AccountSubType"] == subtype)
        )

    async def hazard(self, side: str, slug: str, on: bool = True, **parameters: Any) -> None:
        client = self.http_shop if side == "oncord" else self.http_books
        answer = await client.put("/_sandbox/hazards", json={slug: {"on": on, **parameters}})
        assert answer.status_code == 200, answer.text

    # the engine

    async def touched(self, side: str, kind: str, record_id: str, deleted_with: str = "", **members: Any) -> None:
        """What an event would do: mark a record dirty; `deleted_with` as it is stored."""
        from app.domain.model.deletion import parse_deleted_with
        from app.domain.model.records import Kind, Side

        async with self.runtime.database.transaction(self.connection_id) as tx:
            row = PendingChange(
                Side(side),
                Kind(kind),
                record_id,
                mirrored=False,
                deleted_with=parse_deleted_with(deleted_with),
                **members,
            )
            await change_queue.add(tx, self.connection_id, [row], self.clock.now())

    async def sync(self, *, download: bool = True, dry_run: bool = False, turns: int = 100) -> runs.Run:
        """One whole run, however many turns it takes."""
        self.clock.pass_time(1)
        database = self.runtime.database
        async with database.transaction(self.connection_id) as tx:
            run = await runs.request(
                tx,
                self.connection_id,
                run_id=self.runtime.ids.new("run"),
                trigger="manual",
                requested_by="test",
                now=self.clock.now(),
                download=download,
                dry_run=dry_run,
            )
        self.last_run = run.id
        for _ in range(turns):
            if not await self.turn(run.id):
                break
        async with database.transaction(self.connection_id) as tx:
            done = await runs.get(tx, self.connection_id, run.id)
        assert done is not None
        return done

    async def turn(self, run_id: str) -> bool:
        """One turn; whether the run goes on."""
        database = self.runtime.database
        async with database.transaction(self.connection_id) as tx:
            connection = await connections.get(tx, self.connection_id)
            lease = await leases.take(
                tx, self.connection_id, "test", seconds=300, grace=0, now=datetime.now(UTC) + timedelta(days=1)
            )
        assert connection is not None
        assert lease is not None
        try:
            async with self.runtime.sides(connection) as sides:
                parts = Parts(
                    database,
                    self.clock,
                    self.runtime.ids,
                    sides,
                    public_url=self.public_url,
                    weekly_upkeep=self.weekly_upkeep,
                )
                result = await take_turn(parts, self.connection_id, run_id, lease, self.clock.monotonic())
        finally:
            async with database.transaction(self.connection_id) as tx:
                await leases.release(tx, lease)
        if result.after_seconds:
            self.clock.pass_time(result.after_seconds)
        return result.more

    async def decisions(self, run_id: str | None = None) -> list[StoredOperation]:
        """Everything that a run decided."""
        async with self.runtime.database.transaction(self.connection_id) as tx:
            return await of_run(tx, self.connection_id, run_id or self.last_run, limit=100_000)

    async def writes(self) -> list[tuple[str, str, str]]:
        """(side, kind, action) of what the last run wrote."""
        return [
            (s.operation.side.value, s.operation.kind.value, s.operation.action.value)
            for s in await self.decisions()
            if s.operation.action.writes
        ]

    async def postponed(self, reason: str) -> list[str]:
        """The records that are tried again later for this reason."""
        async with self.runtime.database.transaction(self.connection_id) as tx:
            found = await tx.execute(
                "SELECT record_id FROM pending_change WHERE connection_id = %s AND not_before IS NOT NULL AND reason = %s ORDER BY 1",
                (self.connection_id, reason),
            )
            return [row["record_id"] for row in await found.fetchall()]

    async def attention(self) -> list[Any]:
        """The open attention items."""
        async with self.runtime.database.transaction(self.connection_id) as tx:
            return list((await attention_page(tx, self.connection_id, "open", 200)).items)

    async def answer(self, item_id: str, action: str, choice: str | None = None) -> None:
        """Answer an attention item, as a person would."""
        from app.container import build_container
        from app.services.attention import resolve

        await resolve(build_container(self.runtime), self.connection_id, item_id, action, who=SOMEBODY, choice=choice)

    async def put_back(self, side: str, kind: str, record_id: str) -> None:
        """Ask for a deleted counterpart to be made anew, as a person would."""
        from app.container import build_container
        from app.services.records import recreate

        await recreate(
            build_container(self.runtime), self.connection_id, Side(side), Kind(kind), record_id, who=SOMEBODY
        )

    async def configure(self, **changes: Any) -> None:
        """Change the configuration, as a person would."""
        async with self.runtime.database.transaction(self.connection_id) as tx:
            connection = await connections.get(tx, self.connection_id)
            assert connection is not None
            assert connection.configuration is not None
            changed = replace(
                connection,
                configuration=replace(connection.configuration, **changes),
                configuration_version=connection.configuration_version + 1,
            )
            await connections.save(tx, changed, self.clock.now())
            new = admitted(connection.configuration, changed.configuration)
            await reconsider.after_choosing(tx, self.connection_id, self.clock.now(), new)


Around = Callable[[str, httpx.AsyncBaseTransport], httpx.AsyncBaseTransport]
"""Puts something around the transport of our own calls to one side."""


def _bare(_side: str, transport: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
    return transport


@asynccontextmanager
async def joined(
    database_url: str,
    *,
    sample: bool = False,
    seed: int = 1,
    books_behind: timedelta = timedelta(0),
    country: Literal["AU", "US"] = "AU",
    around: Around = _bare,
    postman: httpx.AsyncBaseTransport | None = None,
) -> AsyncIterator[Joint]:
    """A configured connection between a shop and a company, Australian unless said otherwise; empty unless `sample`.

    The company's clock may be behind everybody else's. `around` wraps the transport of our own calls to a side;
    `postman` carries what the vendors have to tell.
    """
    clock = JointClock()
    shop = ShopWorld(
        seed=seed,
        clock=ShopClock(clock.now, clock.sleep),
        site_id=SITE,
        token=TOKEN,
        with_sample=sample,
        country=country,
        transport=postman,
    )
    books = BooksWorld(
        seed=seed,
        clock=BooksClock(read=clock.now, offset=-books_behind),
        sleep=clock.sleep,
        webhook_transport=postman,
    )
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        database_url=database_url,
        encryption_keys=(KEY,),
        certificate_key=CERTIFICATE_KEY,
        quickbooks_client_id=books.client_id,
        quickbooks_client_secret=books.client_secret,
        quickbooks_api_url="http://books.test",
        quickbooks_token_url="http://books.test/oauth2/v1/tokens/bearer",
        quickbooks_webhook_verifier_tokens=books.webhooks.verifier_token,
        allow_private_oncord_urls=True,
    )
    async with AsyncExitStack() as stack:
        to_shop, to_books = httpx.ASGITransport(shop_app(shop)), httpx.ASGITransport(books_app(books))
        runtime = await stack.enter_async_context(
            open_runtime(
                settings,
                Seams(
                    clock=clock,
                    chance=random.Random(seed),
                    quickbooks_transport=around("quickbooks", Schooled(to_books)),
                    oncord_transport=around("oncord", to_shop),
                    waker=SilentWaker(),
                ),
            )
        )
        http_shop = await stack.enter_async_context(httpx.AsyncClient(transport=to_shop, base_url="http://shop.test"))
        http_books = await stack.enter_async_context(
            httpx.AsyncClient(transport=to_books, base_url="http://books.test")
        )
        company = (await http_books.post("/_sandbox/companies", json={"country": country, "sample": sample})).json()
        joint = Joint(runtime, clock, shop, books, company["realm_id"], http_shop, http_books)
        await _connect(joint, company, country)
        yield joint


async def _connect(joint: Joint, company: dict[str, Any], country: str) -> None:
    oauth: OAuth = joint.runtime.oauth
    pair = await oauth.refresh(company["refresh_token"])
    income = await joint.account("Income")
    bank = await joint.account("Bank")
    item = await joint.person(
        "item", {"Name": "Oncord sales", "Type": "Service", "IncomeAccountRef": {"value": income}}
    )
    configuration = Configuration(
        start_date=date(2026, 1, 1),
        payment_methods=(
            MappedMethod(await joint.method("direct_deposit"), bank, preferred=True),
            MappedMethod(await joint.method("cash"), left_out=True),
        ),
        tax_codes=await _mapped_codes(joint, country),
        untaxed_lines=await _untaxed_lines(joint, country),
        items=ItemPolicy("single", item["Id"], income),
        country=country,
        home_currency="USD" if country == "US" else "AUD",
    )
    now = joint.clock.now()
    connection = Connection(
        id=joint.connection_id,
        name="Test",
        oncord_api_url=f"http://shop.test/sites/{SITE}/api/connector/v1",
        oncord_token=joint.runtime.vault.seal(TOKEN, token_context(joint.connection_id)),
        oncord_secrets=(),
        created_at=now,
        updated_at=now,
        state="ready",
        realm_id=joint.realm,
        facts={},
        configuration=configuration,
        configuration_version=1,
        connected_at=now,
    )
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        await connections.insert(tx, connection)
        await joint.runtime.grants.put(tx, joint.connection_id, pair, now)


async def _mapped_codes(joint: Joint, country: str) -> tuple[MappedTaxCode, ...]:
    if country == "US":
        return (MappedTaxCode("TAX", "TAX", "8"), MappedTaxCode("NON", "NON", "0"))
    codes = {c["Name"].lower(): str(c["Id"]) for c in await joint.books_list("taxcode")}
    free = next(c["code"] for c in await joint.shop_list("tax-codes") if float(c["rate"]) == 0)
    return (MappedTaxCode("GST", codes["gst"], "10"), MappedTaxCode(free, codes["gst-free"], "0"))


async def _untaxed_lines(joint: Joint, country: str) -> UntaxedLines:
    """Lines without a tax code are GST-free, wherever they go; nobody is asked in America."""
    if country == "US":
        return UntaxedLines()
    free = next(str(c["Id"]) for c in await joint.books_list("taxcode") if c["Name"].lower() == "gst-free")
    each = UntaxedCodes(free, free, free, free)
    return UntaxedLines(each, each)
