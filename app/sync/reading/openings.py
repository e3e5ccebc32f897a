"""What a plan has to know of sales from before the start date (S1): what was received for them, what people have said of them,
and which open documents of the books could be one of them. Nothing is read where none is in sight."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from app.domain.model.link_part import Opening
from app.domain.model.opening import OpeningAnswer
from app.domain.model.records import Kind, Sale, Side, Snapshot
from app.domain.planning.link_index import LinkIndex
from app.storage.database import Transaction
from app.storage.people import openings
from app.storage.records import mirrors
from app.sync.context import TurnContext
from app.sync.reading.receipts import receipts_on
from app.sync.reading.sight import Sight, load_pairs


@dataclass(frozen=True, slots=True)
class Openings:
    """As a plan is given it."""

    received_on: Mapping[str, Sequence[Snapshot]] = field(default_factory=dict)
    answers: Mapping[str, OpeningAnswer] = field(default_factory=dict)
    beside: Sequence[Snapshot] = ()
    """Unlinked sales from before the start date, and unlinked open invoices, of the same contacts."""


async def openings_in_sight(context: TurnContext, tx: Transaction, sight: Sight, index: LinkIndex) -> Openings:
    """Those of the sales in sight, and of the contacts of early open invoices in sight."""
    start = context.configuration.start_date
    early = {s.id: s for s in sight.snapshots.values() if _counts(index, s, start)}
    invoices = [s for s in sight.snapshots.values() if _may_be_one(s, start) and not index.by_record.get(_key(s))]
    if not early and not invoices:
        return Openings()
    contacts = {_contact(s) for s in early.values()}
    contacts |= {x.oncord_id for s in invoices for x in index.parts((Side.QUICKBOOKS, Kind.CONTACT, _contact(s)))}
    customers = {x.quickbooks_id for i in contacts for x in index.parts((Side.ONCORD, Kind.CONTACT, i))}
    sales = await mirrors.candidates(tx, context.connection_id, Side.ONCORD, Kind.SALE, contacts=contacts)
    documents = await mirrors.candidates(tx, context.connection_id, Side.QUICKBOOKS, Kind.SALE, contacts=customers)
    early |= {s.id: s for s in sales if _is_early(s, start)}
    for snapshot in early.values():
        sight.snapshots.setdefault(_key(snapshot), snapshot)
    answers = await openings.answers(tx, context.connection_id, early.keys())
    named = [(Side.QUICKBOOKS, Kind.SALE, said.document_id) for said in answers.values() if said.document_id]
    await load_pairs(context, tx, sight, named)
    sight.keep_links(index)
    beside = [s for s in early.values() if not index.by_record.get(_key(s))]
    return Openings(await receipts_on(context, tx, early), answers, [*beside, *documents])


def _key(snapshot: Snapshot) -> tuple[Side, Kind, str]:
    return (snapshot.side, snapshot.kind, snapshot.id)


def _contact(snapshot: Snapshot) -> str:
    return str(snapshot.record.contact_id) if isinstance(snapshot.record, Sale) else ""


def _is_early(snapshot: Snapshot, start: date) -> bool:
    sale = snapshot.record
    own = snapshot.side is Side.ONCORD and isinstance(sale, Sale) and sale.type == "sale" and not snapshot.deleted
    return own and isinstance(sale, Sale) and sale.date is not None and sale.date < start


def _counts(index: LinkIndex, snapshot: Snapshot, start: date) -> bool:
    """Whether this is an early sale without a document, or one that came into the books as an opening receivable, whatever the
    start date is by now."""
    link = index.live(_key(snapshot))
    if link is None:
        return _is_early(snapshot, start)
    return snapshot.side is Side.ONCORD and isinstance(link.part, Opening)


def _may_be_one(snapshot: Snapshot, start: date) -> bool:
    """Whether an invoice may be what was open of an early sale: it is open, and dated up to the start date."""
    invoice = snapshot.record
    if snapshot.side is not Side.QUICKBOOKS or not isinstance(invoice, Sale) or snapshot.deleted:
        return False
    is_open = invoice.type == "sale" and not invoice.voided and invoice.paid < invoice.money.total
    return is_open and invoice.date is not None and invoice.date <= start
