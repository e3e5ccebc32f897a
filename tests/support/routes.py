"""Every route of an application, as the table of `app.access` writes it."""

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts


def addresses(app: FastAPI) -> set[str]:
    """ "GET /health" and so on; what is mounted (/static) is no route."""
    found = set()
    for context in iter_route_contexts(app.routes):
        for method in getattr(context, "methods", None) or ():
            found.add(f"{method} {context.path}")
    return found - {"HEAD /openapi.json"}


def example_of(address: str, connection_id: str) -> tuple[str, str]:
    """A method, and a path with something in every place."""
    method, _, path = address.partition(" ")
    values = {
        "connection_id": connection_id,
        "side": "oncord",
        "kind": "sale",
        "month": "2026-10",
    }
    parts = [values.get(part[1:-1], "some-id") if part.startswith("{") else part for part in path.split("/")]
    return method, "/".join(parts)
