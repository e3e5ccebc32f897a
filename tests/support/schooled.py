"""Holds every body that goes out to QuickBooks against Intuit's schema, in whatever story it is sent."""

import json
from collections.abc import Iterator
from typing import Any

import httpx

from app.sandbox.quickbooks.requests.writes import BY_PATH
from app.sandbox.quickbooks.values.members import strays


class Schooled(httpx.AsyncBaseTransport):
    """A transport that lets nothing pass that has a member which its class does not have."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        found = [stray for entity, body in sent_in(request) for stray in strays(entity, body)]
        assert not found, f"QuickBooks knows no such members: {found}"
        return await self._inner.handle_async_request(request)


def sent_in(request: httpx.Request) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects that a request writes, each with the name of its class."""
    path = request.url.path.split("/")
    if request.method != "POST" or path[1:3] != ["v3", "company"]:
        return
    last = path[-1].lower()
    if last in BY_PATH:
        yield BY_PATH[last], json.loads(request.content)
    elif last == "batch":
        for item in json.loads(request.content)["BatchItemRequest"]:
            yield from ((name, body) for name, body in item.items() if name.lower() in BY_PATH)
