"""A sale that is cancelled too late for its invoice to be simply void (S5): after its month, after payment, or in a locked period.

An accountant's books keep both: the invoice stays where it is, and a credit memo of the day of the cancellation takes it back,
whole, with its tax line by line, naming it. The two are joined as far as the invoice is still open; what was paid stays the
customer's credit. In Oncord that is still one sale, cancelled: the credit memo is a further link of it (part `CANCELLATION`)
and becomes no adjustment, and the payment of zero that joins the two becomes no receipt.

An adjustment that is cancelled too late, or whose credit was used by then, is taken back in the same way by an invoice (S7).
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from app.domain.items.plan import reactivate_items
from app.domain.model.currencies import with_currency
from app.domain.model.days import day_in_words
from app.domain.model.link_part import CANCELLATION, made_for_write_off
from app.domain.model.links import Link, LinkState, Origin
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    DEPOSITED,
    PRINTED,
    SENT,
    STATEMENT_CHARGES,
    Kind,
    Receipt,
    Sale,
    Side,
    Snapshot,
    is_void,
)
from app.domain.model.write_fields import UNDO
from app.domain.planning.decisions import park, tombstoned
from app.domain.planning.differences import NUMBER_LENGTH, day_of_change, documents_added_to, together
from app.domain.planning.document_words import noun_of, number_and_day, number_and_money
from app.domain.planning.held_writes import held_in
from app.domain.planning.id_map import IdMap
from app.domain.planning.merge import changed_groups
from app.domain.planning.plan_input import ChangedRecord, PlanInput
from app.domain.planning.writes import create, delete
from app.domain.receipts.deletion import payment_deleted, receipt_removed

RULE = "S5"
_ZERO = Decimal(0)
_SUFFIX = "-C"


@dataclass(frozen=True, slots=True)
class Beside:
    """What takes the document of a cancelled sale back (a credit memo for an invoice, an invoice for a credit memo): its link, and
    what the mirror holds of it."""

    link: Link
    snapshot: Snapshot

    @property
    def document(self) -> Sale | None:
        """What it says, where it is there and can be read."""
        record = self.snapshot.record
        return record if isinstance(record, Sale) and not self.snapshot.deleted else None


def beside(plan_input: PlanInput, link: Link) -> Beside | None:
    """What takes back the document of a sale's pair; None where there is none, or the books have lost it."""
    own = plan_input.links.cancellation(link.oncord_id)
    if own is None or own.state is not LinkState.LIVE:
        return None
    snapshot = plan_input.snapshot(Side.QUICKBOOKS, Kind.SALE, own.quickbooks_id)
    return Beside(own, snapshot) if snapshot is not None else None


def open_of(document: Sale) -> Decimal:
    """What of an invoice nobody has paid, or of a credit memo nobody has used."""
    return _ZERO if document.voided else max(_ZERO, document.money.total - document.paid)


def too_late(plan_input: PlanInput, link: Link, invoice: Sale) -> str:
    """Why an invoice is not voided for its cancelled sale, or a credit memo for its adjustment, in words; "" where it is."""
    if not invoice.money.total:
        return ""
    lock, day, noun = plan_input.lock, _cancelled_on(plan_input, link), noun_of(invoice)
    if documents_added_to(plan_input, link.oncord_id):
        return "later differences of it have documents of their own"
    if lock is not None and lock.holds(invoice.date):
        return f"{lock.in_words}, and the {noun} is dated {_in_words(invoice.date)}"
    stays = invoice.paid - _going(plan_input, link)
    if stays > 0:
        paid = with_currency(stays, invoice.money.currency)
        return f"{paid} of its {noun} was {'paid' if invoice.type == 'sale' else 'used'} before"
    if invoice.date is not None and day is not None and (invoice.date.year, invoice.date.month) < (day.year, day.month):
        return f"its {noun} is dated {_in_words(invoice.date)}, in an earlier month"
    return ""


def _going(plan_input: PlanInput, link: Link) -> Decimal:
    """What payments of ours pay of an invoice, or use of a credit, which go with it: nobody else's word keeps them there."""
    going = (payment for payment in plan_input.paying(link.quickbooks_id) if _goes(plan_input, link, payment))
    return sum((_of(payment, link.quickbooks_id) for payment in going), _ZERO)


def _goes(plan_input: PlanInput, link: Link, payment: Snapshot) -> bool:
    """Whether a payment is deleted, since its receipt was deleted in Oncord (R3) or was what applied a bad debt (S7): not where that
    needs an answer first, of a locked period (B1), for the bank's sake, or since somebody has changed it."""
    own = plan_input.links.live((Side.QUICKBOOKS, Kind.RECEIPT, payment.id))
    receipt = plan_input.snapshot(Side.ONCORD, Kind.RECEIPT, own.oncord_id) if own is not None else None
    if own is None or receipt is None:
        return False
    ours = own.origin is Origin.ONCORD and DEPOSITED not in payment.extras
    if receipt.deleted:
        removals = list(receipt_removed(plan_input, ChangedRecord(Side.ONCORD, Kind.RECEIPT, own.oncord_id), own))
    elif ours and made_for_write_off(receipt.marker) == link.oncord_id:
        removals = [payment_deleted(own, payment, "It applied a bad debt that was cancelled.")]
    else:
        return False
    deletes = [each for each in removals if each.action is Action.DELETE]
    return bool(deletes) and not held_in(plan_input, deletes)


def taken_back(
    plan_input: PlanInput, id_map: IdMap, change: ChangedRecord, link: Link, quickbooks: Snapshot, why: str
) -> Iterator[Operation]:
    """What takes a document back; it is joined to that once it is there."""
    invoice = quickbooks.record
    assert isinstance(invoice, Sale)
    if STATEMENT_CHARGES in quickbooks.extras:
        yield park(change, RULE, _ON_A_STATEMENT)
        return
    opposite = _opposite(plan_input, link, quickbooks.id, invoice)
    yield from reactivate_items(plan_input, id_map, opposite)
    money = with_currency(opposite.money.total, opposite.money.currency)
    article = "A" if opposite.type == "adjustment" else "An"
    yield create(
        Side.QUICKBOOKS,
        Kind.SALE,
        link.oncord_id,
        opposite,
        RULE,
        f"Cancelled in Oncord; {why}. {article} {noun_of(opposite)} of {money}{_dated(opposite.date)} takes the {noun_of(invoice)} back, "
        "which stays as it is.",
        fields=("money",),
        part=CANCELLATION,
        backfill=plan_input.backfill,
    )


_ON_A_STATEMENT = (
    "The sale was cancelled in Oncord, but its invoice charges what stands on a statement in QuickBooks and has no lines that a "
    "credit memo could take back. Enter the credit memo there, or put the sale back."
)


def _opposite(plan_input: PlanInput, link: Link, document_id: str, document: Sale) -> Sale:
    """A document, with those over its later differences (B1), as one in the other direction of the day of the cancellation, or the
    first day after it that is open. A credit memo refers to its invoice; an invoice says what it takes back."""
    whole = together(document, documents_added_to(plan_input, link.oncord_id))
    lines = tuple(replace(line, id="") for line in whole.lines)
    number = document.number if plan_input.configuration.document_numbers == "oncord" else ""
    is_invoice = document.type == "sale"
    return replace(
        document,
        type="adjustment" if is_invoice else "sale",
        money=replace(whole, lines=lines),
        number=f"{number[: NUMBER_LENGTH - len(_SUFFIX)]}{_SUFFIX}" if number else "",
        date=day_of_change(plan_input, link.oncord_id, document),
        due_date=None,
        notes="" if is_invoice else f"Takes back {number_and_day(document)}",
        paid=_ZERO,
        adjusts_id=document_id if is_invoice else "",
        adjustment_reason="",
    )


def looked_after(plan_input: PlanInput, link: Link, sale: Sale, invoice: Sale) -> Iterator[Operation]:
    """What has to be done about what takes back a pair: it goes once the sale stands again. Joined to the pair's document it is by
    `joined`. What is asked is asked about the sale, whichever of the documents was edited."""
    own, change = beside(plan_input, link), ChangedRecord(Side.ONCORD, Kind.SALE, link.oncord_id)
    if own is None:
        return
    if own.snapshot.deleted:
        yield tombstoned(Side.QUICKBOOKS, own.link, RULE, _LOST.format(document=noun_of(invoice), what=sale.type))
        return
    document = own.document
    if document is None:
        return
    if not is_void(sale):
        yield from _undone(plan_input, change, own, document, link)
        return
    if invoice.voided and document.money.total and not document.voided:
        nouns = {"what": sale.type, "own": noun_of(invoice), "noun": noun_of(document)}
        yield park(change, RULE, _BOTH.format(document=number_and_money(document), **nouns))
    elif why := taken_back_otherwise(plan_input, link, own, invoice):
        yield park(change, RULE, why)


def taken_back_otherwise(plan_input: PlanInput, link: Link, own: Beside, invoice: Sale) -> str:
    """That what takes a pair's document back comes to something else by now, since somebody has changed either in QuickBooks, and
    what to do; "" where it does not, or one of the two is void."""
    document = own.document
    if document is None or document.voided or invoice.voided:
        return ""
    whole = together(invoice, documents_added_to(plan_input, link.oncord_id))
    if (whole.total, whole.tax_total) == (document.money.total, document.money.tax_total):
        return ""
    words = {"what": invoice.type, "own": noun_of(invoice), "whole": with_currency(whole.total, whole.currency)}
    return _OTHERWISE.format(document=number_and_money(document), noun=noun_of(document), **words)


_LOST = "What took the {document} of a cancelled {what} back was deleted in QuickBooks. It is not made again."
_BOTH = (
    "The {what} is cancelled in Oncord. In QuickBooks its {own} was voided, and {document} takes the same {what} back once more. "
    "Delete the {noun} there."
)
_OTHERWISE = (
    "The {what} is cancelled in Oncord. In QuickBooks {document} takes its {own} back, which comes to {whole} by now. Let the {noun} "
    "there come to just as much, with the same tax, or change the {own} back."
)


def _undone(
    plan_input: PlanInput, change: ChangedRecord, own: Beside, document: Sale, link: Link
) -> Iterator[Operation]:
    """The sale stands again: what took it back goes, with what joined the two, where nobody else has to do with it."""
    if document.voided or not document.money.total:
        yield tombstoned(Side.QUICKBOOKS, own.link, RULE, "The sale stands again, and what took it back is void.")
        return
    payments = plan_input.paying(own.link.quickbooks_id)
    why = _why_it_stays(plan_input, own, document, payments, link)
    what, taken = ("sale", "invoice") if document.type == "adjustment" else ("adjustment", "credit memo")
    if why:
        words = (
            f"The {what} is no longer cancelled in Oncord, but {number_and_money(document)} still takes its {taken} back in QuickBooks: {why}. "
            f"Delete the {noun_of(document)} there, or cancel the {what} again."
        )
        yield park(change, RULE, words)
        return
    reason = f"The {what} is no longer cancelled in Oncord."
    for payment in payments:
        yield delete(payment, link.oncord_id, RULE, reason, part=CANCELLATION, fields=(UNDO,))
    yield delete(own.snapshot, link.oncord_id, RULE, reason, part=CANCELLATION, fields=(UNDO,))


def _why_it_stays(plan_input: PlanInput, own: Beside, document: Sale, payments: list[Snapshot], link: Link) -> str:
    """Why what takes a pair back is not deleted again, in words; "" where it is."""
    today, lock = plan_input.today, plan_input.lock
    if lock is not None and lock.holds(document.date):
        return lock.in_words
    if (
        document.date is not None
        and today is not None
        and (document.date.year, document.date.month) < (today.year, today.month)
    ):
        return "it is dated in an earlier month"
    if {SENT, PRINTED} & {*own.snapshot.extras}:
        return "it was sent to the customer or printed"
    if changed_groups(Kind.SALE, own.link.base_quickbooks, document):
        return "somebody has changed it since"
    added = {each.quickbooks_id for each in plan_input.links.differences(link.oncord_id)}
    pair = {link.quickbooks_id, own.link.quickbooks_id, *added}
    joined = sum((_of(p, own.link.quickbooks_id) for p in payments), _ZERO)
    if joined != document.paid or not all(_only_joins(plan_input, payment, pair) for payment in payments):
        return "its credit was used, or paid back" if document.type == "adjustment" else "it was paid"
    return ""


def _only_joins(plan_input: PlanInput, payment: Snapshot, pair: set[str]) -> bool:
    """Whether a payment is ours, moves no money, and joins nothing but these two."""
    record = payment.record
    if not isinstance(record, Receipt) or record.payment.amount or not payment.marker:
        return False
    linked = plan_input.links.live((Side.QUICKBOOKS, Kind.RECEIPT, payment.id)) is not None
    return not linked and all(a.sale_id in pair for a in record.payment.allocations)


def _of(payment: Snapshot, document_id: str) -> Decimal:
    record = payment.record
    if not isinstance(record, Receipt):
        return _ZERO
    return sum((a.amount for a in record.payment.allocations if a.sale_id == document_id), _ZERO)


def _cancelled_on(plan_input: PlanInput, link: Link) -> dt.date | None:
    """The day at the site on which a sale was saved as cancelled: Oncord says no other."""
    snapshot = plan_input.snapshot(Side.ONCORD, Kind.SALE, link.oncord_id)
    if snapshot is None or snapshot.modified_at is None or plan_input.zone is None:
        return plan_input.today
    return snapshot.modified_at.astimezone(plan_input.zone).date()


def _dated(day: dt.date | None) -> str:
    return f" dated {_in_words(day)}" if day else ""


def _in_words(day: dt.date | None) -> str:
    return day_in_words(day) if day else "of no day"
