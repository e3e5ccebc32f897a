"""Worlds to measure in: services of the bench's own, and a shop and a company that many records are put into at once."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from app.domain.model.records import Kind, Side
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from tests.support.joint import Joint
from tests.support.services import DatabaseUrls, copied_database, migrate_template, running_services

AT_ONCE = 500
COPY_LINK = """
INSERT INTO link (connection_id, kind, oncord_id, quickbooks_id, origin, state, generation, part, base_oncord,
    base_quickbooks, vocabulary, created_at, updated_at)
SELECT l.connection_id, l.kind, 'x' || n, 'x' || n, l.origin, 'live', 0, '', l.base_oncord, l.base_quickbooks,
    l.vocabulary, l.created_at, l.updated_at
FROM generate_series(%(first)s::int, %(count)s::int) AS n
JOIN (SELECT *, row_number() OVER (ORDER BY id) AS place FROM link WHERE kind = %(kind)s) AS l
    ON l.place = 1 + n %% %(pairs)s
"""
"""Copies the links of one kind, numbered from `first` to `count`, of the `pairs` that are there."""


@contextmanager
def running_databases(count: int) -> Iterator[list[DatabaseUrls]]:
    """A PostgreSQL for this bench alone, with so many migrated databases."""
    with running_services() as services, ExitStack() as stack:
        migrate_template(services)
        yield [stack.enter_context(copied_database(services)) for _ in range(count)]


@contextmanager
def own_database() -> Iterator[DatabaseUrls]:
    """A PostgreSQL for this bench alone, with one migrated database."""
    with running_databases(1) as [urls]:
        yield urls


def contact(number: int) -> dict[str, Any]:
    """A person at the shop, with details that nobody shares."""
    return {
        "type": "individual",
        "first_name": f"First{number}",
        "last_name": f"Last{number}",
        "email": f"person{number}@example.com",
        "phone": f"08 9{number:07}",
    }


def sale(number: int, contact_id: str) -> dict[str, Any]:
    """A sale of three lines."""
    lines = [
        {"description": f"Thing {part} of {number}", "quantity": "2", "unit_price": f"{part + 5}.50", "tax_code": "GST"}
        for part in range(3)
    ]
    return {"contact_id": contact_id, "number": f"S{number}", "lines": lines}


async def fill_shop(joint: Joint, collection: str, records: list[dict[str, Any]]) -> list[str]:
    """People at the shop create records; answers their ids."""
    ids: list[str] = []
    for start in range(0, len(records), AT_ONCE):
        made = await joint.in_shop("POST", collection, records[start : start + AT_ONCE])
        ids += [str(one["id"]) for one in made]
    return ids


async def fill_books(joint: Joint, entity: str, bodies: list[dict[str, Any]]) -> list[str]:
    """People at the books create records; answers their ids."""
    ids: list[str] = []
    for start in range(0, len(bodies), AT_ONCE):
        made = await joint.in_books("POST", f"{entity}?quiet=true", bodies[start : start + AT_ONCE])
        ids += [str(one["Id"]) for one in made["items"]]
    return ids


async def touched(joint: Joint, side: Side, kind: Kind, ids: list[str]) -> None:
    """What events would do: mark records queued."""
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        rows = [PendingChange(side, kind, record_id, mirrored=False) for record_id in ids]
        await change_queue.add(tx, joint.connection_id, rows, joint.clock.now())


async def book_calls(joint: Joint, *, forget: bool = False) -> dict[str, int]:
    """What the QuickBooks simulator counted since it was told to forget."""
    found: dict[str, int] = await joint.in_books("GET", "calls")
    if forget:
        await joint.in_books("DELETE", "calls")
    return found
