"""One first synchronisation in a process of its own, by the build whose folder is on the path, and what it has cost.

Run by its own path, since an earlier build has no such file: it uses nothing of `tests`. It works as that build's worker does: on its
loop, with its collector. The vendors' simulators are processes elsewhere. Time is its own: where the rate limits would have it wait, it goes on at once.

    python tests/bench/one_first_sync.py '{"direction": "in", "records": 5000, "oncord": URL, "quickbooks": URL, "settings": {...}}'
"""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import psutil  # type: ignore[import-untyped]
import psycopg

from app import log
from app import runtime as runtime_of_the_build
from app.domain.guards.grant_age import TokenPair
from app.domain.model.configuration import Configuration, ItemPolicy, MappedMethod, MappedTaxCode
from app.runtime import Runtime, Seams, open_runtime
from app.settings import Settings
from app.storage.connections import connections
from app.storage.connections.connections import Connection, token_context
from app.storage.database import OWNERS_OPTIONS
from app.storage.runs import leases, runs
from app.sync import ending
from app.sync.engine import Parts, take_turn

CONNECTION = "con_bench"
AT_ONCE = 500
_CONTROL = ("BEGIN", "COMMIT", "ROLLBACK")


class _Clock:
    """A clock that goes on at once where somebody would sleep."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._ahead)

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead

    async def sleep(self, seconds: float) -> None:
        self._ahead += seconds
        await asyncio.sleep(0)


class _SilentWaker:
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


class _Statements:
    """The statements that the server is asked to execute, by their beginnings; those that begin and end transactions apart."""

    def __init__(self) -> None:
        self.count = 0
        self.by_text: Counter[str] = Counter()
        self.seconds: Counter[str] = Counter()
        self.counting = False

    def watch(self) -> None:
        """From now on count what this process asks, whichever connection it uses."""
        execute = psycopg.AsyncCursor.execute
        seen = self

        async def watched(cursor: Any, query: Any, *values: Any, **options: Any) -> Any:
            text = query if isinstance(query, str) else query.as_string(cursor.connection)
            if not seen.counting or text.startswith(_CONTROL):
                return await execute(cursor, query, *values, **options)
            began = time.perf_counter()
            try:
                return await execute(cursor, query, *values, **options)
            finally:
                seen.count += 1
                words = " ".join(text.split())[:160]
                seen.by_text[words] += 1
                seen.seconds[words] += time.perf_counter() - began

        psycopg.AsyncCursor.execute = watched  # type: ignore[method-assign,assignment]


class _Cost:
    """What this process and PostgreSQL's have used, the comparison at the end of a run left out."""

    def __init__(self, postmaster: psutil.Process) -> None:
        self._postmaster = postmaster
        self.worker = self.database = 0.0
        self._began = (0.0, 0.0)

    def _now(self) -> tuple[float, float]:
        family = [self._postmaster, *self._postmaster.children()]
        times = [one.cpu_times() for one in family if one.is_running()]
        ended = self._postmaster.cpu_times()
        database = sum(one.user + one.system for one in times) + ended.children_user + ended.children_system
        return time.process_time(), database

    def begin(self) -> None:
        self._began = self._now()

    def end(self) -> None:
        worker, database = self._now()
        self.worker += worker - self._began[0]
        self.database += database - self._began[1]


class _World:
    """A shop and a company, and the people of both."""

    def __init__(self, http: httpx.AsyncClient, order: dict[str, Any]) -> None:
        self.http, self.oncord, self.quickbooks = http, order["oncord"], order["quickbooks"]
        self.company: dict[str, Any] = {}
        self.site: dict[str, Any] = {}

    async def call(self, method: str, url: str, body: Any = None) -> Any:
        answer = await self.http.request(method, url, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def open(self) -> None:
        wish = {"country": "AU", "sample": False}
        self.company = await self.call("POST", f"{self.quickbooks}/_sandbox/companies", wish)
        self.site = await self.call("POST", f"{self.oncord}/_sandbox/sites", wish)

    async def shop(self, collection: str, records: Any = None) -> list[dict[str, Any]]:
        url = f"{self.oncord}/_sandbox/sites/{self.site['site_id']}/{collection}"
        if records is None:
            return list((await self.call("GET", url))["items"])
        made: list[dict[str, Any]] = []
        for start in range(0, len(records), AT_ONCE):
            made += await self.call("POST", url, records[start : start + AT_ONCE])
        return made

    async def books(self, entity: str, bodies: Any = None) -> list[dict[str, Any]]:
        url = f"{self.quickbooks}/_sandbox/companies/{self.company['realm_id']}/{entity}"
        if bodies is None:
            return list((await self.call("GET", url))["items"])
        made: list[dict[str, Any]] = []
        for start in range(0, len(bodies), AT_ONCE):
            made += (await self.call("POST", f"{url}?quiet=true", bodies[start : start + AT_ONCE]))["items"]
        return made

    async def account(self, kind: str) -> str:
        return next(str(one["Id"]) for one in await self.books("account") if one["AccountType"] == kind)


def _sizes(records: int) -> tuple[int, int, int]:
    """People, documents, payments: two documents for each person, every second one paid."""
    people = records // 4
    return people, 2 * people, records - 3 * people


async def _fill_books(world: _World, records: int, item: str, code: str, bank: str) -> None:
    people, documents, payments = _sizes(records)
    made = await world.books("customer", [_customer(n) for n in range(people)])
    customers = [str(one["Id"]) for one in made]
    bodies = [_invoice(n, customers[n % people], item, code) for n in range(documents)]
    invoices = await world.books("invoice", bodies)
    await world.books("payment", [_payment(one, bank) for one in invoices[:payments]])


async def _fill_shop(world: _World, records: int, method: str) -> None:
    people, documents, payments = _sizes(records)
    contacts = [str(one["id"]) for one in await world.shop("contacts", [_contact(n) for n in range(people)])]
    sales = await world.shop("sales", [_sale(n, contacts[n % people]) for n in range(documents)])
    await world.shop("receipts", [_receipt(one, method) for one in sales[:payments]])


def _contact(number: int) -> dict[str, Any]:
    return {
        "type": "individual",
        "first_name": f"First{number}",
        "last_name": f"Last{number}",
        "email": f"person{number}@example.com",
        "phone": f"08 9{number:07}",
    }


def _customer(number: int) -> dict[str, Any]:
    person = _contact(number)
    return {
        "DisplayName": f"{person['first_name']} {person['last_name']}",
        "GivenName": person["first_name"],
        "FamilyName": person["last_name"],
        "PrimaryEmailAddr": {"Address": person["email"]},
        "PrimaryPhone": {"FreeFormNumber": person["phone"]},
    }


def _sale(number: int, contact_id: str) -> dict[str, Any]:
    lines = [
        {"description": f"Thing {part} of {number}", "quantity": "2", "unit_price": f"{part + 5}.50", "tax_code": "GST"}
        for part in range(2)
    ]
    return {"contact_id": contact_id, "number": f"S{number}", "lines": lines}


def _receipt(sale: dict[str, Any], method: str) -> dict[str, Any]:
    total = sale["total"]
    allocations = [{"sale_id": sale["id"], "amount": total}]
    return {"contact_id": sale["contact_id"], "payment_method_id": method, "amount": total, "allocations": allocations}


def _invoice(number: int, customer: str, item: str, code: str) -> dict[str, Any]:
    detail = {"ItemRef": {"value": item}, "Qty": 1, "UnitPrice": 10, "TaxCodeRef": {"value": code}}
    line = {"Amount": 10, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}
    return {
        "DocNumber": f"Q{number}",
        "CustomerRef": {"value": customer},
        "GlobalTaxCalculation": "TaxExcluded",
        "Line": [{**line, "Description": f"Thing {part} of {number}"} for part in range(2)],
    }


def _payment(invoice: dict[str, Any], bank: str) -> dict[str, Any]:
    total = invoice["TotalAmt"]
    line = {"Amount": total, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    return {
        "CustomerRef": invoice["CustomerRef"],
        "TotalAmt": total,
        "DepositToAccountRef": {"value": bank},
        "Line": [line],
    }


async def _connect(runtime: Runtime, world: _World, configuration: Configuration) -> None:
    now = runtime.clock.now()
    connection = Connection(
        id=CONNECTION,
        name="Shop",
        oncord_api_url=world.site["api_url"],
        oncord_token=runtime.vault.seal(world.site["token"], token_context(CONNECTION)),
        oncord_secrets=(),
        created_at=now,
        updated_at=now,
        state="ready",
        realm_id=world.company["realm_id"],
        facts={},
        configuration=configuration,
        configuration_version=1,
        connected_at=now,
    )
    pair = TokenPair(world.company["access_token"], world.company["refresh_token"], now + timedelta(hours=1))
    async with runtime.database.transaction(connection.id) as tx:
        await connections.insert(tx, connection)
        await runtime.grants.put(tx, connection.id, pair, now)


@asynccontextmanager
async def _sides(runtime: Any, connection: Connection) -> AsyncIterator[Any]:
    """Both sides, which earlier builds simply make."""
    sides = runtime.sides(connection)
    if isinstance(sides, dict):
        yield sides
    else:
        async with sides as opened:
            yield opened


async def _run(runtime: Runtime) -> runs.Run:
    """The whole run, turn by turn."""
    database = runtime.database
    async with database.transaction(CONNECTION) as tx:
        asked = await runs.request(
            tx,
            CONNECTION,
            run_id=runtime.ids.new("run"),
            trigger="manual",
            requested_by="bench",
            now=runtime.clock.now(),
            download=True,
        )
    more = True
    while more:
        before = runtime.clock.monotonic()
        async with database.transaction(CONNECTION) as tx:
            connection = await connections.get(tx, CONNECTION)
            lease = await leases.take(tx, CONNECTION, "bench", seconds=300, grace=0)
        assert connection is not None
        assert lease is not None
        async with _sides(runtime, connection) as sides:
            parts = Parts(database, runtime.clock, runtime.ids, sides)
            result = await take_turn(parts, CONNECTION, asked.id, lease, before)
        async with database.transaction(CONNECTION) as tx:
            await leases.release(tx, lease)
        await runtime.clock.sleep(result.after_seconds)
        more = result.more
    async with database.transaction(CONNECTION) as tx:
        done = await runs.get(tx, CONNECTION, asked.id)
    assert done is not None
    return done


def _leave_out_the_comparison(cost: _Cost, statements: _Statements) -> None:
    """The comparison of both sides at the end of a run is the judge's, and measured elsewhere (`tests.bench.tieout`)."""
    take = ending.tie_outs.take_whole

    async def apart(*values: Any, **options: Any) -> Any:
        cost.end()
        statements.counting = False
        try:
            return await take(*values, **options)
        finally:
            statements.counting = True
            cost.begin()

    ending.tie_outs.take_whole = apart


def _work_as_its_worker(settings: dict[str, Any]) -> None:
    """Choose the loop that this build's worker works on; an earlier one chooses none. It reads the environment as it is imported."""
    os.environ.update({name.upper(): str(value) for name, value in settings.items()}, ALLOW_WEAK_SETTINGS="true")
    from workers import main

    if hasattr(main, "choose_loop"):
        main.choose_loop("arq")


def _written(owner: psycopg.Connection[Any]) -> tuple[int, int]:
    """How many bytes PostgreSQL has written ahead so far, and how many this database takes."""
    found = owner.execute("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint, pg_database_size(current_database())")
    row = found.fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


async def _measure(order: dict[str, Any]) -> dict[str, Any]:
    settings = Settings(_env_file=None, **order["settings"])
    seams = Seams(clock=_Clock(), waker=_SilentWaker())
    inwards, records = order["direction"] == "in", order["records"]
    async with open_runtime(settings, seams) as runtime, httpx.AsyncClient(trust_env=False, timeout=300) as http:
        world = _World(http, order)
        await world.open()
        income, bank = await world.account("Income"), await world.account("Bank")
        code = next(str(one["Id"]) for one in await world.books("taxcode") if one["Name"] == "GST")
        wish = {"Name": "Oncord sales", "Type": "Service", "IncomeAccountRef": {"value": income}}
        item = str((await world.books("item", [wish]))[0]["Id"])
        method = next(str(one["id"]) for one in await world.shop("payment-methods") if one["type"] == "direct_deposit")
        if inwards:
            await _fill_books(world, records, item, code, bank)
        else:
            await _fill_shop(world, records, method)
        configuration = Configuration(
            start_date=date(2020, 1, 1),
            payment_methods=(MappedMethod(method, bank, preferred=True),),
            tax_codes=(MappedTaxCode("GST", code, "10"),),
            items=ItemPolicy("single", item, income),
        )
        await _connect(runtime, world, configuration)
        if hasattr(runtime_of_the_build, "keep_what_is_there"):
            runtime_of_the_build.keep_what_is_there()
        statements = _Statements()
        statements.watch()
        with psycopg.connect(order["owner"], autocommit=True, options=OWNERS_OPTIONS) as owner:
            cost = _Cost(psutil.Process(owner.info.backend_pid).parent())
            _leave_out_the_comparison(cost, statements)
            statements.counting = True
            began, before = time.monotonic(), _written(owner)
            cost.begin()
            run = await _run(runtime)
            cost.end()
            statements.counting = False
            wal, disk = (after - at_first for after, at_first in zip(_written(owner), before, strict=True))
    top = statements.seconds.most_common(order.get("top", 0))
    return {
        "state": run.state,
        "error": run.error,
        "created": run.counters.get("created", 0),
        "worker": cost.worker,
        "database": cost.database,
        "statements": statements.count,
        "wal": wal,
        "disk": disk,
        "seconds": time.monotonic() - began,
        "top": [(words, statements.by_text[words], round(spent, 3)) for words, spent in top],
    }


if __name__ == "__main__":
    log.configure("text", "ERROR")
    order = json.loads(sys.argv[1])
    _work_as_its_worker(order["settings"])
    sys.stdout.write(json.dumps(asyncio.run(_measure(order))) + "\n")
