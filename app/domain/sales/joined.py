"""What stands beside the document of a sale is joined to it, as far as both are open (S5, B1): a credit memo to what the sale is
charged by, an invoice to the credit of an adjustment.

Joined by a payment of zero, which moves no money and becomes no receipt; again where a payment leaves the document later, and not
where somebody has taken them apart.
"""

from collections.abc import Iterator
from decimal import Decimal

from app.domain.model.currencies import with_currency
from app.domain.model.link_part import CANCELLATION
from app.domain.model.links import Link
from app.domain.model.operations import Operation
from app.domain.model.records import Allocation, Kind, Payment, Receipt, Sale, Side, is_void
from app.domain.planning.decisions import rebase
from app.domain.planning.differences import added_to
from app.domain.planning.document_words import noun_of
from app.domain.planning.plan_input import PlanInput
from app.domain.planning.writes import create
from app.domain.sales.cancelled import beside, open_of

_ZERO = Decimal(0)
_Document = tuple[Link, Sale]


def joined(plan_input: PlanInput, link: Link, sale: Sale, document: Sale) -> Iterator[Operation]:
    """Join what is open of the documents of a sale, and agree on those beside its own as they are."""
    added = [(each.link, each.document) for each in added_to(plan_input, link.oncord_id) if each.document is not None]
    alike = [(link, document), *(each for each in added if each[1].type == document.type)]
    left = {own.quickbooks_id: open_of(each) for own, each in alike}
    others = (each for each in added if each[1].type != document.type)
    for own, opposite in [*_taking_back(plan_input, link, sale), *others]:
        before = own.base_quickbooks
        if isinstance(before, Sale) and opposite.paid < before.paid:
            continue  # somebody has taken them apart since, which stays so
        settled = list(_settled_by(opposite, alike, left))
        if settled:
            yield _joining(plan_input, link, own, opposite, settled)
        elif opposite != before:
            yield rebase(own, Side.QUICKBOOKS, _rule(own), _AS_IT_WAS[own.part is CANCELLATION])
    for own, each in alike[1:]:
        if each != own.base_quickbooks:
            yield rebase(own, Side.QUICKBOOKS, _rule(own), _AS_IT_WAS[False])


_AS_IT_WAS = {
    True: "What takes back the cancelled sale is as it was.",
    False: "The document over a difference of the sale belongs to it as it is.",
}


def _taking_back(plan_input: PlanInput, link: Link, sale: Sale) -> Iterator[_Document]:
    """What takes a sale back that is cancelled."""
    own = beside(plan_input, link) if is_void(sale) else None
    if own is not None and own.document is not None:
        yield own.link, own.document


def _settled_by(opposite: Sale, alike: list[_Document], left: dict[str, Decimal]) -> Iterator[Allocation]:
    """What a document settles of each of those in the other direction of the same customer, which is less open for the next one."""
    open_still = open_of(opposite)
    for own, document in alike:
        amount = min(open_still, left[own.quickbooks_id]) if document.contact_id == opposite.contact_id else _ZERO
        if amount > 0:
            open_still -= amount
            left[own.quickbooks_id] -= amount
            yield Allocation(own.quickbooks_id, amount, document.type)


def _joining(plan_input: PlanInput, link: Link, own: Link, opposite: Sale, settled: list[Allocation]) -> Operation:
    amount, currency = sum((each.amount for each in settled), _ZERO), opposite.money.currency
    allocations = (*settled, Allocation(own.quickbooks_id, amount, opposite.type))
    memo = opposite.type == "adjustment"
    whose = f"{'sale' if memo else 'adjustment'} that {'was cancelled' if own.part is CANCELLATION else 'has changed'}"
    what = f"The {'invoice' if memo else 'credit memo'} of the {whose} is settled by its {noun_of(opposite)}"
    payment = Payment(_ZERO, currency, allocations)
    return create(
        Side.QUICKBOOKS,
        Kind.RECEIPT,
        link.oncord_id,
        Receipt(opposite.contact_id, payment, date=plan_input.not_locked(opposite.date)),
        _rule(own),
        f"{what}: {with_currency(amount, currency)}.",
        fields=("payment",),
        part=own.part,
        backfill=plan_input.backfill,
    )


def _rule(own: Link) -> str:
    return "S5" if own.part is CANCELLATION else "B1"
