"""Connections as a person wants to see them: with their last run and how much waits for attention."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.guards.locked_period import Lock
from app.lock_date import lock_in_force
from app.services.agreement import Agreement, agreement
from app.services.freshness import Freshness, freshness_of
from app.services.gst_periods import GstReporting, gst_reporting
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.connections import connections
from app.storage.connections.connections import Called, Connection
from app.storage.database import EVERY_CONNECTION, Transaction
from app.storage.paging import Page
from app.storage.people import attention, audit
from app.storage.records import source_checks
from app.storage.records.source_checks import Checked
from app.storage.runs import runs
from app.storage.runs.runs import Run
from app.storage.tieouts import results
from app.zones import tell_other_days


@dataclass(frozen=True, slots=True)
class Overview:
    """A connection and what there is to say of it."""

    connection: Connection
    last_run: Run | None
    open_items: int
    agreement: Agreement
    """Whether both sides agree (law 11)."""
    lock: Lock | None
    """Up to when the books are locked (B1)."""
    gst: GstReporting | None
    """How GST is reported, and where its periods end."""
    freshness: Freshness
    """How fresh both sides are, and whether anybody looks at what waits (law 12)."""
    notes: tuple[str, ...] = ()
    """What somebody should know of the two that were connected, and need do nothing about."""

    @property
    def company_name(self) -> str:
        """What QuickBooks calls the company."""
        return str(((self.connection.facts or {}).get("quickbooks") or {}).get("name") or "")

    @property
    def site_name(self) -> str:
        """What Oncord calls the site."""
        return str(((self.connection.facts or {}).get("oncord") or {}).get("name") or "")


async def list_connections(
    container: ServiceContainer, limit: int, cursor: str | None, *, only: str = ""
) -> Page[Overview]:
    """Every live connection, the oldest first; with `only`, no other than that one."""
    woken = await container.waker.waiting()
    async with container.database.transaction(only or EVERY_CONNECTION) as tx:
        page = await connections.page(tx, limit, cursor, only=only)
        return Page(tuple(await _overviews(container, tx, page.items, woken)), page.next_cursor)


async def names_of_connections(container: ServiceContainer) -> dict[str, Called]:
    """What the live connections are called, by their ids, and which clock each goes by."""
    async with container.database.transaction(EVERY_CONNECTION) as tx:
        return await connections.names(tx)


async def read_connection(container: ServiceContainer, connection_id: str) -> Overview:
    """One connection."""
    woken = await container.waker.waiting()
    async with container.database.transaction(connection_id) as tx:
        return (await _overviews(container, tx, [await require_connection(tx, connection_id)], woken))[0]


async def list_audit(
    container: ServiceContainer, connection_id: str, limit: int, cursor: str | None
) -> Page[audit.AuditEntry]:
    """Who did what to a connection, the newest first."""
    async with container.database.transaction(connection_id) as tx:
        await require_connection(tx, connection_id)
        return await audit.page(tx, connection_id, limit, cursor)


async def _overviews(
    container: ServiceContainer, tx: Transaction, listed: Sequence[Connection], woken: frozenset[str]
) -> list[Overview]:
    ids, now = [connection.id for connection in listed], container.clock.now()
    last, items = await runs.latest(tx, ids), await attention.open_counts(tx, ids)
    standing = await results.standing(tx, ids)
    fresh = await freshness_of(container, tx, ids, woken)
    checked = await source_checks.summaries(tx, ids)
    agreed = {
        each.id: agreement(each, standing.get(each.id), checked.get(each.id, Checked()), fresh[each.id].outlook, now)
        for each in listed
    }
    locks = {each.id: await lock_in_force(tx, each) for each in listed}
    reporting = {each.id: gst_reporting(each, locks[each.id], now) for each in listed}
    return [
        Overview(
            each,
            last.get(each.id),
            items.get(each.id, 0),
            agreed[each.id],
            locks[each.id],
            reporting[each.id],
            fresh[each.id],
            _notes(each, reporting[each.id], now),
        )
        for each in listed
    ]


def _notes(connection: Connection, gst: GstReporting | None, now: datetime) -> tuple[str, ...]:
    """That the two keep different time, and that a return should have been lodged by now and was not entered: said once, where
    what is connected is shown."""
    reminders = (gst.reminder,) if gst is not None and gst.reminder else ()
    return (*_of_time_zones(connection, now), *reminders)


def _of_time_zones(connection: Connection, now: datetime) -> tuple[str, ...]:
    facts = connection.facts or {}
    site, company = (str((facts.get(side) or {}).get("time_zone") or "") for side in ("oncord", "quickbooks"))
    if not tell_other_days(site, company, now):
        return ()
    return (
        f"The site keeps the time of {site}, the company that of {company}: around midnight it is another day there. A document "
        "keeps the date of its invoice on both sides, and what is sold around the end of a month belongs to the month of that date.",
    )
