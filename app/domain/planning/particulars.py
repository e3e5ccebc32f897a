"""What a bookkeeper would have typed besides on a document of the books: a note for people, an address, how it was paid.

None of it belongs to the vocabulary: it is said when a document is made, or given to another person, and never compared, so
that what somebody writes there in QuickBooks stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app.domain.model.exchange import Particulars
from app.domain.model.link_part import Difference, stands_beside
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Contact, Kind, Receipt, Record, Sale, Side, Snapshot
from app.domain.planning.plan_input import Key


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the particulars of a stage's documents are taken from.

    `coming`: by sale of Oncord, how much of it is paid by receipts that come into the books too. `methods`: the titles of
    Oncord's payment methods by id.
    """

    snapshots: Mapping[Key, Snapshot]
    coming: Mapping[str, Decimal] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)


def particulars(operation: Operation, around: Surroundings) -> Particulars:
    """What goes with a write to QuickBooks; nothing with any other."""
    if operation.side is not Side.QUICKBOOKS or operation.action not in (Action.CREATE, Action.UPDATE):
        return Particulars()
    source = _record(around, (Side.ONCORD, operation.source_kind, operation.source_id))
    if stands_beside(operation.part) and isinstance(source, Sale):
        return _beside(operation, source, around)
    match source:
        case Sale():
            return _of_sale(operation.source_id, source, around)
        case Receipt():
            return Particulars(_note_of_receipt(source, around), payment_method=around.methods.get(source.channel, ""))
    return Particulars()


def _beside(operation: Operation, sale: Sale, around: Surroundings) -> Particulars:
    """Of what takes a cancelled sale back, or what a later difference of one comes to: it names the sale, is sent to nobody, and
    has the exchange rate of the invoice."""
    document = operation.record
    original = document.adjusts_id if isinstance(document, Sale) else ""
    invoice = _record(around, (Side.QUICKBOOKS, Kind.SALE, str(original)))
    day = invoice.date if isinstance(invoice, Sale) else sale.date
    note = f"Takes back Oncord {sale.type} {sale.number}, which was cancelled"
    if isinstance(operation.part, Difference):
        note = f"Difference of Oncord {sale.type} {sale.number}, which was changed after its period was locked"
    return Particulars(note.replace("  ", " "), rate_of=day)


def _of_sale(sale_id: str, sale: Sale, around: Surroundings) -> Particulars:
    if sale.type == "adjustment":
        original = _record(around, (Side.ONCORD, Kind.SALE, str(sale.adjusts_id)))
        number = original.number if isinstance(original, Sale) else ""
        return Particulars(
            f"Oncord adjustment {sale.number}".strip() + (f" of sale {number}" if number else ""), _email(sale, around)
        )
    note = f"Oncord sale {sale.number}".strip()
    if sale.paid > around.coming.get(sale_id, 0):
        # It will look unpaid in the books for a while, and QuickBooks' own reminders would go to who has paid.
        return Particulars(note)
    return Particulars(note, _email(sale, around))


def _email(sale: Sale, around: Surroundings) -> str:
    contact = _record(around, (Side.ONCORD, Kind.CONTACT, str(sale.contact_id)))
    return contact.email if isinstance(contact, Contact) else ""


def _note_of_receipt(receipt: Receipt, around: Surroundings) -> str:
    noun = "refund" if receipt.payment.amount < 0 else "receipt"
    paid = (_record(around, (Side.ONCORD, Kind.SALE, str(a.sale_id))) for a in receipt.payment.allocations)
    numbers = dict.fromkeys(sale.number for sale in paid if isinstance(sale, Sale) and sale.number)
    return f"Oncord {noun} for sale {', '.join(numbers)}" if numbers else f"Oncord {noun}"


def _record(around: Surroundings, key: Key) -> Record | None:
    snapshot = around.snapshots.get(key)
    return snapshot.record if snapshot is not None else None
