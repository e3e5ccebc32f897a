"""Payments of a sale whose later differences have documents of their own (B1): what pays any of them pays the sale, and what uses the
credit of any of an adjustment's uses that adjustment's.

A plan is shown payments as if the invoice were all there is, so that every rule of receipts holds as ever (`as_one`); what it
writes is then applied to the documents that are really there, each as far as it is open (`over_documents`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from app.domain.model.link_part import Difference
from app.domain.model.links import Link, LinkState
from app.domain.model.operations import Operation
from app.domain.model.records import Allocation, Kind, Receipt, Record, Sale, Side, Snapshot
from app.domain.planning.conversion import added_up
from app.domain.planning.link_index import LinkIndex
from app.domain.planning.plan_input import PlanInput

_ZERO = Decimal(0)


@dataclass(slots=True)
class Documents:
    """The invoices of sales that have several, and the credit memos of adjustments: by each one's id the first one's, and by the first
    one's id all of them. `taken`: what this plan has applied to each besides."""

    first: dict[str, str] = field(default_factory=dict)
    several: dict[str, list[str]] = field(default_factory=dict)
    taken: dict[str, Decimal] = field(default_factory=dict)

    @classmethod
    def of(cls, plan_input: PlanInput) -> "Documents":
        """Those in sight; none for nearly every plan."""
        found = cls()
        for (side, kind, document_id), links in plan_input.links.by_record.items():
            over = [x for x in links if isinstance(x.part, Difference) and x.state is LinkState.LIVE]
            if side is not Side.QUICKBOOKS or kind is not Kind.SALE or not over:
                continue
            own = plan_input.links.live((Side.ONCORD, Kind.SALE, over[0].oncord_id))
            document = plan_input.record(side, kind, document_id)
            if own is not None and isinstance(document, Sale) and document.type == _type_of(plan_input, own):
                found.first[document_id] = own.quickbooks_id
                found.several.setdefault(own.quickbooks_id, [own.quickbooks_id]).append(document_id)
        return found


def _type_of(plan_input: PlanInput, own: Link) -> str:
    """Whether a pair is a sale or an adjustment, by whichever of its two records is in sight."""
    records = (plan_input.record(side, Kind.SALE, own.id_on(side)) for side in Side)
    return next((record.type for record in records if isinstance(record, Sale)), "sale")


def as_one(plan_input: PlanInput, documents: Documents) -> PlanInput:
    """The input with payments of such sales as payments of their first invoice."""
    if not documents.first:
        return plan_input
    links = LinkIndex({key: list(known) for key, known in plan_input.links.by_record.items()})
    for known in plan_input.links.by_record.values():
        for link in known:
            if link.kind is Kind.RECEIPT and _paid(documents, link.base_quickbooks) is not link.base_quickbooks:
                links.keep(replace(link, base_quickbooks=_paid(documents, link.base_quickbooks)))
    return replace(
        plan_input,
        snapshots={key: _seen(documents, snapshot) for key, snapshot in plan_input.snapshots.items()},
        candidates={key: _all(documents, several) for key, several in plan_input.candidates.items()},
        payments_on=_by_first(documents, plan_input.payments_on),
        links=links,
    )


def _by_first(documents: Documents, payments_on: Mapping[str, Sequence[Snapshot]]) -> dict[str, list[Snapshot]]:
    found: dict[str, list[Snapshot]] = {}
    for document_id, several in payments_on.items():
        known = found.setdefault(documents.first.get(document_id, document_id), [])
        known += [each for each in _all(documents, several) if all(each.id != other.id for other in known)]
    return found


def _all(documents: Documents, several: Iterable[Snapshot]) -> list[Snapshot]:
    return [_seen(documents, each) for each in several]


def _seen(documents: Documents, snapshot: Snapshot) -> Snapshot:
    if snapshot.side is not Side.QUICKBOOKS or snapshot.kind is not Kind.RECEIPT:
        return snapshot
    record = _paid(documents, snapshot.record)
    return snapshot if record is snapshot.record else replace(snapshot, record=record)


def _paid(documents: Documents, record: Record | None) -> Record | None:
    if not isinstance(record, Receipt) or not any(a.sale_id in documents.first for a in record.payment.allocations):
        return record
    allocations = added_up(
        tuple(replace(a, sale_id=documents.first.get(str(a.sale_id), a.sale_id)) for a in record.payment.allocations)
    )
    return replace(record, payment=replace(record.payment, allocations=allocations))


def over_documents(plan_input: PlanInput, documents: Documents, operation: Operation) -> Operation:
    """A write of a payment, applied to the documents that are there; `plan_input` is as it was gathered."""
    record = operation.record
    if operation.side is not Side.QUICKBOOKS or not isinstance(record, Receipt) or not documents.several:
        return operation
    if not any(a.sale_id in documents.several for a in record.payment.allocations):
        return operation
    standing = plan_input.record(Side.QUICKBOOKS, Kind.RECEIPT, operation.target_id) if operation.target_id else None
    held = _held(standing)
    allocations = [
        part
        for allocation in record.payment.allocations
        for part in _over(plan_input, documents, allocation, held, void=record.voided)
    ]
    return replace(operation, record=replace(record, payment=replace(record.payment, allocations=tuple(allocations))))


def _held(payment: Record | None) -> dict[str, Decimal]:
    """What a payment pays of each document as it stands."""
    if not isinstance(payment, Receipt):
        return {}
    return {str(a.sale_id): a.amount for a in payment.payment.allocations}


def _over(
    plan_input: PlanInput, documents: Documents, allocation: Allocation, held: Mapping[str, Decimal], *, void: bool
) -> Iterator[Allocation]:
    """An allocation over the documents of its sale: what it pays already first, then what else is open, the oldest first; what
    is paid beyond all of them stays with the invoice."""
    several = documents.several.get(str(allocation.sale_id))
    if several is None or allocation.amount <= 0 or void:
        yield allocation
        return
    left, parts = allocation.amount, dict.fromkeys(several, _ZERO)
    for document_id in several:
        parts[document_id] = min(left, held.get(document_id, _ZERO))
        left -= parts[document_id]
    for document_id in several:
        more = min(left, max(_ZERO, _open(plan_input, documents, document_id, held) - parts[document_id]))
        parts[document_id] += more
        left -= more
    parts[several[0]] += left
    for document_id, amount in parts.items():
        documents.taken[document_id] = documents.taken.get(document_id, _ZERO) + amount - held.get(document_id, _ZERO)
        if amount:
            yield replace(allocation, sale_id=document_id, amount=amount)


def _open(plan_input: PlanInput, documents: Documents, document_id: str, held: Mapping[str, Decimal]) -> Decimal:
    """How much of a document is open for a payment, with what that pays of it already."""
    document = plan_input.record(Side.QUICKBOOKS, Kind.SALE, document_id)
    if not isinstance(document, Sale) or document.voided:
        return _ZERO
    paid = document.paid - held.get(document_id, _ZERO) + documents.taken.get(document_id, _ZERO)
    return max(_ZERO, document.money.total - paid)
