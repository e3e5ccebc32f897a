"""What a person may ask for of one record: that it is looked at again, and that a deleted counterpart is made anew (docs/rules.md 2)."""

from collections.abc import Mapping

from app.domain.model.actor import Actor
from app.domain.model.links import Link, LinkState
from app.domain.model.records import (
    Kind,
    Receipt,
    Record,
    Sale,
    Side,
    Snapshot,
)
from app.domain.model.waiting import OtherRecord, deleted_counterpart, format_waits_for
from app.domain.planning.link_index import LinkIndex
from app.domain.receipts.legs import lost_credit, lost_legs
from app.errors import Conflict, NotFound
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.changes import change_queue, schedule
from app.storage.changes.change_queue import PendingChange
from app.storage.connections import connections
from app.storage.connections.connections import Connection
from app.storage.database import Transaction
from app.storage.people import attention, audit
from app.storage.records import links, mirrors
from app.storage.runs import runs
from app.storage.runs.runs import Run


def may_look_again(connection: Connection) -> bool:
    """Whether anybody would look: the connection is configured, and nothing keeps it from running at all."""
    return connection.configuration is not None and connection.state in ("ready", "blocked")


async def look_again(
    container: ServiceContainer, connection_id: str, side: Side, kind: Kind, record_id: str, *, who: Actor
) -> Run:
    """Let a record be looked at again, whatever it waits for, with what waits for it; asks for the run that does.

    Raises `NotFound` where the record was never seen, `Conflict` where the connection is not ready.
    """
    now, key = container.clock.now(), (side, kind, record_id)
    async with container.database.transaction(connection_id) as tx:
        connection = await require_connection(tx, connection_id)
        known = await mirrors.load(tx, connection_id, side, kind, [record_id])
        if record_id not in known:
            raise NotFound("record-not-found", "This connection has never seen such a record.")
        if not may_look_again(connection):
            raise Conflict("not-ready", "Connect and configure this connection before something is tried again.")
        await change_queue.release_many(tx, connection_id, now, [OtherRecord(kind, side, record_id)])
        if not await change_queue.release(tx, connection_id, now, keys=[key]):
            await change_queue.add(tx, connection_id, [PendingChange(*key)], now)
        await schedule.wake_by(tx, connection_id, now)
        await connections.company_may_have_changed(tx, connection_id)
        run = await runs.request(
            tx, connection_id, run_id=container.ids.new("run"), trigger="approval", requested_by=who.name, now=now
        )
        detail = {"side": side, "kind": kind, "id": record_id, "number": _number(known), "run": run.id}
        await audit.record(tx, connection_id, at=now, who=who, action="record.retried", detail=detail)
    await container.waker.wake(connection_id)
    return run


async def recreate(
    container: ServiceContainer, connection_id: str, side: Side, kind: Kind, record_id: str, *, who: Actor
) -> Run:
    """Forget that the counterpart of this record was deleted, so that the next run makes it anew; asks for that run."""
    async with container.database.transaction(connection_id) as tx:
        run = await recreate_within(
            container, tx, await require_connection(tx, connection_id), side, kind, record_id, who=who
        )
    await container.waker.wake(connection_id)
    return run


async def recreate_within(
    container: ServiceContainer,
    tx: Transaction,
    connection: Connection,
    side: Side,
    kind: Kind,
    record_id: str,
    *,
    who: Actor,
) -> Run:
    """What `recreate` does within one transaction; a worker is woken after it.

    Raises `NotFound` where no counterpart was deleted, `Conflict` where it has one, where the record itself was deleted, or where
    the connection is not ready.
    """
    now, connection_id = container.clock.now(), connection.id
    pairs = await links.of_records(tx, connection_id, kind, side, [record_id])
    tombstoned = [link for link in pairs if link.state is LinkState.TOMBSTONE]
    if any(link.state is LinkState.LIVE for link in pairs):
        void = await _void(tx, connection_id, side, kind, record_id, pairs)
        await links.add_tombstones(
            tx, connection_id, [link.id for link in void], Side.QUICKBOOKS, "It was voided.", now
        )
        tombstoned = [*_lost_payments(kind, side, record_id, pairs), *void]
        if not tombstoned:
            raise Conflict("not-deleted", "This record has its counterpart; there is nothing to put back.")
    if not tombstoned:
        raise NotFound("record-not-found", "No counterpart of this record was ever deleted.")
    if any(link.gone is side for link in tombstoned):
        raise Conflict("deleted-here", "This is the record that was deleted. Put it back in its own system first.")
    if not may_look_again(connection):
        raise Conflict("not-ready", "Connect and configure this connection before something is put back.")
    for link in tombstoned:
        await links.allow_recreation(tx, connection_id, link.id, now)
    await change_queue.add(tx, connection_id, [PendingChange(side, kind, record_id)], now)
    await change_queue.release(tx, connection_id, now, keys=[(side, kind, record_id)])
    asked = deleted_counterpart(kind, record_id)
    await change_queue.release_many(tx, connection_id, now, [asked])
    await attention.settle(tx, connection_id, [format_waits_for(asked)], reason="It is made anew.", now=now)
    await schedule.wake_by(tx, connection_id, now)
    run = await runs.request(
        tx, connection_id, run_id=container.ids.new("run"), trigger="approval", requested_by=who.name, now=now
    )
    known = await mirrors.load(tx, connection_id, side, kind, [record_id])
    detail = {"side": side, "kind": kind, "id": record_id, "number": _number(known), "run": run.id}
    await audit.record(tx, connection_id, at=now, who=who, action="record.put_back", detail=detail)
    return run


def _number(known: Mapping[str, Snapshot]) -> str:
    """The number or reference of the one record that was loaded; "" where it has none."""
    record = next(iter(known.values())).record if known else None
    return str(getattr(record, "number", "") or getattr(record, "reference", ""))


def _lost_payments(kind: Kind, side: Side, record_id: str, pairs: list[Link]) -> list[Link]:
    """What the books have lost of a receipt that they still hold a payment of: one customer's share, or a joined credit."""
    if kind is not Kind.RECEIPT or side is not Side.ONCORD:
        return []
    index = LinkIndex.of(pairs)
    credit = lost_credit(index, record_id)
    return [*lost_legs(index, record_id), *([credit] if credit else [])]


async def _void(
    tx: Transaction, connection_id: str, side: Side, kind: Kind, record_id: str, pairs: list[Link]
) -> list[Link]:
    """The pairs of a record that is alive in Oncord whose document was voided in the books, which bring none back."""
    live = [link for link in pairs if link.state is LinkState.LIVE]
    own = (await mirrors.load(tx, connection_id, side, kind, [record_id])).get(record_id)
    if side is not Side.ONCORD or own is None or own.deleted or not _is_alive(own.record):
        return []
    snapshots = await mirrors.load(tx, connection_id, Side.QUICKBOOKS, kind, [link.quickbooks_id for link in live])
    void = {i for i, s in snapshots.items() if isinstance(s.record, Sale | Receipt) and s.record.voided}
    return [link for link in live if link.quickbooks_id in void]


def _is_alive(record: Record | None) -> bool:
    if isinstance(record, Sale):
        return record.status == "confirmed" and not record.voided
    return isinstance(record, Receipt) and not record.voided
