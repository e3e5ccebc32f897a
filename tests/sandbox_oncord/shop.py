"""A shop in a world with a clock that stands still, and a receiver of its events."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from standardwebhooks import Webhook

from app.sandbox.oncord import Clock, World, create_app

API = "/sites/demo/api/connector/v1"
DOOR = "/_sandbox/sites/demo"
TOKEN = {"Authorization": "Bearer right"}
SECRET = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ="
OTHER_SECRET = "whsec_b3RoZXItb3RoZXItb3RoZXItb3RoZXI="
START = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


class Mailbox:
    """A receiver of events: remembers what came and answers as it is told."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answer: int = 200

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.answer)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.requests]

    @property
    def told(self) -> list[tuple[str, str]]:
        """(type, id) of every change that came, in order."""
        return [
            (body["type"], change["id"])
            for body in self.bodies
            for change in (body["data"] if isinstance(body["data"], list) else [body["data"]])
        ]


class Shop:
    """The demo shop, empty, and ways to talk to it."""

    def __init__(self, **world: Any) -> None:
        self.moment = START
        self.slept: list[float] = []
        self.mailbox = Mailbox()
        self.world = World(
            clock=Clock(lambda: self.moment, self._sleep),
            transport=httpx.MockTransport(self.mailbox),
            **{"site_id": "demo", "token": "right", "with_sample": False, **world},
        )
        self.app = create_app(self.world)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://shop.example")

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def wait(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)

    async def api(self, path: str, **params: Any) -> Any:
        answer = await self.client.get(API + path, params=params, headers=TOKEN)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def batch(self, entity: str, *operations: dict[str, Any], backfill: bool = False) -> list[dict[str, Any]]:
        body = {"backfill": backfill, "operations": list(operations)}
        answer = await self.client.post(f"{API}/{entity}/batch", json=body, headers=TOKEN)
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    async def write(self, entity: str, action: str, **operation: Any) -> dict[str, Any]:
        """One operation with a key of its own."""
        key = operation.pop("key", None) or f"key-{len(self.world.sites['demo'].keys)}"
        return (await self.batch(entity, {"key": key, "action": action, **operation}))[0]

    async def door(self, method: str, path: str, json: Any = None) -> Any:
        """The demo's side door."""
        answer = await self.client.request(method, DOOR + path, json=json)
        assert answer.is_success, answer.text
        return answer.json()

    async def hazards(self, **wanted: Any) -> None:
        answer = await self.client.put("/_sandbox/hazards", json=wanted)
        assert answer.status_code == 200, answer.text

    async def connect(self, **more: Any) -> None:
        settings = {"url": "http://service.example/hook", "secret": SECRET, **more}
        answer = await self.client.put(f"{API}/connector", json=settings, headers=TOKEN)
        assert answer.status_code == 200, answer.text

    async def contact(self, **typed: Any) -> Any:
        return await self.door("POST", "/contacts", {"first_name": "Mia", "last_name": "Tran", **typed})

    async def sale(self, contact_id: str, price: str = "110.00", **typed: Any) -> Any:
        lines = [{"description": "Thing", "quantity": "1", "unit_price": price}]
        return await self.door("POST", "/sales", {"contact_id": contact_id, "lines": lines, **typed})


def verified(request: httpx.Request, secret: str) -> bool:
    """Whether the post bears a signature by that secret, over its own id, time and body."""
    headers = request.headers
    moment = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    signature = Webhook(secret).sign(headers["webhook-id"], moment, request.content.decode())
    return signature in headers["webhook-signature"].split(" ")
