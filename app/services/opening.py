"""Opening receivables (S1): the sales from before the start date that were open on it, beside what is open in QuickBooks, and
what somebody says of one of them. Said once for all of them it is part of the configuration."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.model.actor import Actor
from app.domain.model.configuration import Configuration
from app.domain.model.currencies import written
from app.domain.model.opening import OpeningAnswer, OpeningChoice
from app.domain.model.records import Kind, Sale, Side, Snapshot
from app.domain.model.waiting import OPENING, OtherRecord
from app.errors import Conflict, InvalidInput, NotFound
from app.services.ports import ServiceContainer
from app.services.sites import require_connection
from app.storage.changes import change_queue, schedule
from app.storage.changes.change_queue import PendingChange
from app.storage.connections.connections import Connection
from app.storage.database import Transaction
from app.storage.paging import Page
from app.storage.people import audit, openings
from app.storage.people.openings import OpenSale
from app.storage.records import mirrors
from app.storage.runs import runs


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """An open invoice of QuickBooks that no sale of Oncord belongs to."""

    id: str
    number: str
    date: str
    currency: str
    total: str
    open: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Such a sale, and the open invoices of its customers."""

    sale: OpenSale
    documents: tuple[OpenDocument, ...]


async def list_openings(
    container: ServiceContainer, connection_id: str, limit: int, cursor: str | None
) -> Page[Listed]:
    """The sales that have no document yet, each with its open balance of the start date and QuickBooks' open invoices.

    Raises `NotFound` for a connection that is not there; a connection without a configuration has none.
    """
    async with container.database.transaction(connection_id) as tx:
        connection = await require_connection(tx, connection_id)
        if connection.configuration is None:
            return Page(())
        page = await openings.page(tx, connection_id, connection.configuration.start_date, limit, cursor)
        documents = await _open_documents(tx, connection_id, [c for each in page.items for c in each.customers])
    listed = (
        Listed(each, tuple(d for c in each.customers for d in documents.get((c, each.currency), ())))
        for each in page.items
    )
    return Page(tuple(listed), page.next_cursor)


async def answer_opening(
    container: ServiceContainer,
    connection_id: str,
    sale_id: str,
    choice: OpeningChoice,
    document_id: str = "",
    *,
    who: Actor,
) -> None:
    """Keep what somebody says of one of these sales, and look at it and at what pays it again.

    Raises `Conflict` where nothing is configured yet, `NotFound` for a sale that is none of them, `InvalidInput` for what cannot
    be done with it.
    """
    now = container.clock.now()
    async with container.database.transaction(connection_id) as tx:
        connection = await require_connection(tx, connection_id)
        configuration = connection.configuration
        if configuration is None:
            raise Conflict("not-configured", "Configure this connection first.")
        page = await openings.page(tx, connection_id, configuration.start_date, only=sale_id)
        if not page.items:
            raise NotFound("opening-not-found", "No such sale was open on the start date and has no document yet.")
        [sale] = page.items
        await _check(tx, connection_id, configuration, sale, choice, document_id)
        said = OpeningAnswer(choice, document_id)
        await openings.answer(tx, connection_id, sale_id, said, by=who.name, now=now)
        detail = {"sale": sale_id, "number": sale.number, "choice": choice, "document": document_id}
        await audit.record(tx, connection_id, at=now, who=who, action="opening.answered", detail=detail)
        runs_now = await _looked_at_again(container, tx, connection, sale_id, document_id, who)
    if runs_now:
        await container.waker.wake(connection_id)


async def _check(
    tx: Transaction,
    connection_id: str,
    configuration: Configuration,
    sale: OpenSale,
    choice: OpeningChoice,
    document_id: str,
) -> None:
    """Raises `InvalidInput` where a choice makes no sense for a sale."""
    if choice == "create" and sale.open_then != sale.total:
        words = (
            "It was paid in part before the start date: bring in what was open of it, or choose an earlier start date."
        )
        raise InvalidInput("opening-invalid", words, fields={"choice": words})
    if choice == "bring_in" and (words := why_not_brought_in(configuration)):
        raise InvalidInput("opening-invalid", words, fields={"choice": words})
    if (choice == "match") != bool(document_id):
        words = "Name the invoice that it is in QuickBooks." if choice == "match" else "Only a match names an invoice."
        raise InvalidInput("opening-invalid", words, fields={"document_id": words})
    if document_id:
        offered = await _open_documents(tx, connection_id, sale.customers)
        if document_id not in {d.id for (_, own), each in offered.items() if own == sale.currency for d in each}:
            words = "That is none of the customer's open invoices in QuickBooks that no other sale belongs to."
            raise InvalidInput("opening-invalid", words, fields={"document_id": words})


def why_not_brought_in(configuration: Configuration) -> str:
    """Why nothing can be brought in as an opening balance, in words; "" where it can."""
    if not configuration.reports_by_invoice:
        return (
            "An opening balance carries no GST, and GST is reported by what is paid here, or nobody has said yet how. Say that it "
            "is reported by what is invoiced, or choose another answer."
        )
    if not configuration.items.opening_item_id:
        return "Choose the item on Opening Balance Equity first."
    return ""


async def _open_documents(
    tx: Transaction, connection_id: str, customers: Sequence[str]
) -> dict[tuple[str, str], list[OpenDocument]]:
    """Open invoices without a sale, by customer and currency."""
    found: dict[tuple[str, str], list[OpenDocument]] = {}
    snapshots = await mirrors.candidates(tx, connection_id, Side.QUICKBOOKS, Kind.SALE, contacts=customers)
    for snapshot in snapshots if customers else ():
        invoice = snapshot.record
        if not isinstance(invoice, Sale) or invoice.type != "sale" or invoice.voided:
            continue
        if invoice.paid < invoice.money.total:
            key = (str(invoice.contact_id), invoice.money.currency)
            found.setdefault(key, []).append(_document(snapshot, invoice))
    return found


def _document(snapshot: Snapshot, invoice: Sale) -> OpenDocument:
    day = invoice.date.isoformat() if invoice.date else ""
    currency = invoice.money.currency
    total, left = invoice.money.total, invoice.money.total - invoice.paid
    return OpenDocument(snapshot.id, invoice.number, day, currency, written(total, currency), written(left, currency))


async def _looked_at_again(
    container: ServiceContainer, tx: Transaction, connection: Connection, sale_id: str, document_id: str, who: Actor
) -> bool:
    """Queue the sale, its invoice, and what pays it; whether a run is to begin for that."""
    now = container.clock.now()
    paying = await mirrors.that_pay(tx, connection.id, Side.ONCORD, sale_id)
    keys = [(Side.ONCORD, Kind.SALE, sale_id), *((r.side, r.kind, r.id) for r in paying)]
    if document_id:
        keys.append((Side.QUICKBOOKS, Kind.SALE, document_id))
    await change_queue.release(tx, connection.id, now, keys=keys, parked_only=True)
    # What could have been this one is looked at again, too: invoices of the books wait under the same question.
    await change_queue.release_many(tx, connection.id, now, [OtherRecord(Kind.SALE, Side.ONCORD, sale_id), OPENING])
    await change_queue.add(tx, connection.id, [PendingChange(*key, mirrored=True) for key in keys], now)
    await schedule.wake_by(tx, connection.id, now)
    if connection.state not in ("ready", "blocked"):
        return False
    await runs.request(
        tx, connection.id, run_id=container.ids.new("run"), trigger="approval", requested_by=who.name, now=now
    )
    return True
