"""One simulated company with a caller that holds a good token: what the tests of the simulator talk to."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx

from app.sandbox.quickbooks import Clock, World, create_app, new_company
from app.sandbox.quickbooks.books.company import Company

START = datetime(2026, 11, 20, 22, 0, 0, tzinfo=UTC)
Body = dict[str, Any]


def still_world(**options: Any) -> World:
    """A world whose time stands still until it is moved; sleeping moves it."""
    clock = Clock(read=lambda: START)

    async def sleep(seconds: float) -> None:
        clock.advance(seconds)

    return World(clock=clock, sleep=sleep, **options)


@dataclass
class Books:
    """A company and a client of it."""

    world: World
    company: Company
    client: httpx.AsyncClient
    token: str
    refresh_token: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/v3/company/{self.company.realm}"

    async def call(
        self, method: str, path: str, *, json: Any = None, content: bytes | str | None = None, **parameters: str
    ) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.token}", "accept": "application/json", **self.headers}
        if json is not None:
            headers["content-type"] = "application/json"
        url = path if path.startswith("/_") else f"{self.path}/{path}"
        return await self.client.request(method, url, json=json, content=content, params=parameters, headers=headers)

    async def write(self, entity: str, body: Body, **parameters: str) -> Body:
        answer = await self.call("POST", entity.lower(), json=body, **parameters)
        assert answer.status_code == 200, answer.text
        found: Body = answer.json(parse_float=Decimal)[entity]
        return found

    async def fault(self, entity: str, body: Body, **parameters: str) -> Body:
        """The one error of a write that is refused with 400."""
        answer = await self.call("POST", entity.lower(), json=body, **parameters)
        assert answer.status_code == 400, answer.text
        error: Body = answer.json()["Fault"]["Error"][0]
        return error

    async def read(self, entity: str, identifier: str) -> Body:
        answer = await self.call("GET", f"{entity.lower()}/{identifier}")
        assert answer.status_code == 200, answer.text
        found: Body = answer.json(parse_float=Decimal)[entity]
        return found

    async def query(self, statement: str) -> Body:
        answer = await self.call("GET", "query", query=statement)
        assert answer.status_code == 200, answer.text
        found: Body = answer.json(parse_float=Decimal)["QueryResponse"]
        return found

    async def ids(self, statement: str) -> list[str]:
        found = await self.query(statement)
        return [row["Id"] for rows in found.values() if isinstance(rows, list) for row in rows]

    async def person(self, entity: str, body: Any, **parameters: str) -> Body:
        """The same write, done by a person in QBO's screens."""
        answer = await self.client.post(
            f"/_sandbox/companies/{self.company.realm}/{entity.lower()}", json=body, params=parameters
        )
        assert answer.status_code == 200, answer.text
        found: Body = answer.json(parse_float=Decimal)
        return found if "items" in found else next(value for name, value in found.items() if name != "time")

    async def hazards(self, **wishes: Any) -> None:
        answer = await self.client.put("/_sandbox/hazards", json=wishes)
        assert answer.status_code == 200, answer.text

    async def customer(self, name: str = "Ada Lovelace", **more: Any) -> Body:
        return await self.write("Customer", {"DisplayName": name, **more})

    def line(self, amount: str, code: str | None = None, **detail: Any) -> Body:
        """A sales line; with this country's full tax code unless another (or "") is asked for."""
        if code is None:
            code = self.code("GST") if self.company.country == "AU" else "NON"
        found: Body = {"ItemRef": {"value": "1"}, **detail}
        if code:
            found["TaxCodeRef"] = {"value": code}
        return {"DetailType": "SalesItemLineDetail", "Amount": float(amount), "SalesItemLineDetail": found}

    def code(self, name: str) -> str:
        return self.company.table("TaxCode").find("Name", name)[0].id

    async def invoice(self, customer: Body, *lines: Body, **more: Any) -> Body:
        return await self.write(
            "Invoice", {"CustomerRef": {"value": customer["Id"]}, "Line": list(lines) or [self.line("100")], **more}
        )

    async def payment(
        self, customer: Body, total: float | int, *applied: tuple[Body, float | int], **more: Any
    ) -> Body:
        return await self.write("Payment", payment_body(customer, total, *applied, **more))


def payment_body(customer: Body, total: float | int, *applied: tuple[Body, float | int], **more: Any) -> Body:
    lines = [
        {
            "Amount": amount,
            "LinkedTxn": [{"TxnId": form["Id"], "TxnType": "Invoice" if "DueDate" in form else "CreditMemo"}],
        }
        for form, amount in applied
    ]
    return {"CustomerRef": {"value": customer["Id"]}, "TotalAmt": total, "Line": lines, **more}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def open_books(country: str, *, sample: bool = False, world: World | None = None) -> Books:
    world = world or still_world()
    company = new_company(world, country, sample=sample)
    grant = world.grants.grant(company.realm)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=create_app(world)), base_url="http://books")
    return Books(world, company, client, next(iter(grant.access)), grant.refresh)


def select(entity: str, where: str) -> str:
    return " ".join(("select * from", entity, "where", where))


class Mailbox:
    """A webhook receiver: what was posted, and with which status it answers."""

    def __init__(self, answers: Sequence[int] = ()) -> None:
        self.requests: list[httpx.Request] = []
        self._answers = list(answers)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._take)

    def _take(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self._answers.pop(0) if self._answers else 200)

    def events(self, pick: Callable[[Body], Any]) -> list[Any]:
        return [
            pick(event) for request in self.requests for event in httpx.Response(200, content=request.content).json()
        ]
