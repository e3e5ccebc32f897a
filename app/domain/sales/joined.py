"""The credit memos that stand beside the invoice of a sale are joined to what it charges, as far as both are open (S5, B1).

Joined by a payment of zero, which moves no money and becomes no receipt; again where a payment leaves the invoice later, and not
where somebody has taken them apart.
"""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from app.domain.model.currencies import written
from app.domain.model.link_part import CANCELLATION
from app.domain.model.links import Link
from app.domain.model.operations import Operation
from app.domain.model.records import Allocation, Kind, Payment, Receipt, Sale, Side, is_void
from app.domain.planning.decisions import rebase
from app.domain.planning.differences import added_to
from app.domain.planning.plan_input import PlanInput
from app.domain.planning.writes import create
from app.domain.sales.cancelled import beside

_ZERO = Decimal(0)
_Document = tuple[Link, Sale]


def joined(plan_input: PlanInput, link: Link, sale: Sale, invoice: Sale) -> Iterator[Operation]:
    """Join what is open of the documents of a sale, and agree on those beside its invoice as they are."""
    added = [(each.link, each.document) for each in added_to(plan_input, link.oncord_id) if each.document is not None]
    charges = [(link, invoice), *(each for each in added if each[1].type == "sale")]
    left = {own.quickbooks_id: _open(document) for own, document in charges}
    for own, memo in [*_taking_back(plan_input, link, sale), *(each for each in added if each[1].type == "adjustment")]:
        before = own.base_quickbooks
        if isinstance(before, Sale) and memo.paid < before.paid:
            continue  # somebody has taken them apart since, which stays so
        paid = list(_paid_by(memo, charges, left))
        if paid:
            yield _joining(plan_input, link, own, memo, paid)
        elif memo != before:
            yield rebase(own, Side.QUICKBOOKS, _rule(own), _AS_IT_WAS[own.part is CANCELLATION])
    for own, document in charges[1:]:
        if document != own.base_quickbooks:
            yield rebase(own, Side.QUICKBOOKS, _rule(own), _AS_IT_WAS[False])


_AS_IT_WAS = {
    True: "The credit memo that takes back the cancelled sale is as it was.",
    False: "The document over a difference of the sale belongs to it as it is.",
}


def _taking_back(plan_input: PlanInput, link: Link, sale: Sale) -> Iterator[_Document]:
    """The credit memo of a sale that is cancelled."""
    own = beside(plan_input, link) if is_void(sale) else None
    if own is not None and own.memo is not None:
        yield own.link, own.memo


def _open(document: Sale) -> Decimal:
    return _ZERO if document.voided else max(_ZERO, document.money.total - document.paid)


def _paid_by(memo: Sale, charges: list[_Document], left: dict[str, Decimal]) -> Iterator[Allocation]:
    """What the credit of a memo pays of each charge of the same customer, which is less open for the next memo."""
    credit = _open(memo)
    for own, document in charges:
        amount = min(credit, left[own.quickbooks_id]) if document.contact_id == memo.contact_id else _ZERO
        if amount > 0:
            credit -= amount
            left[own.quickbooks_id] -= amount
            yield Allocation(own.quickbooks_id, amount)


def _joining(plan_input: PlanInput, link: Link, own: Link, memo: Sale, paid: list[Allocation]) -> Operation:
    amount, currency = sum((each.amount for each in paid), _ZERO), memo.money.currency
    allocations = (*paid, Allocation(own.quickbooks_id, amount, "adjustment"))
    what = (
        "The invoice of the cancelled sale" if own.part is CANCELLATION else "The invoice of the sale that has changed"
    )
    return create(
        Side.QUICKBOOKS,
        Kind.RECEIPT,
        link.oncord_id,
        Receipt(memo.contact_id, Payment(_ZERO, currency, allocations), date=_not_locked(plan_input, memo.date)),
        _rule(own),
        f"{what} is settled by its credit memo: {written(amount, currency)} {currency}".rstrip() + ".",
        fields=("payment",),
        part=own.part,
        backfill=plan_input.backfill,
    )


def _rule(own: Link) -> str:
    return "S5" if own.part is CANCELLATION else "B1"


def _not_locked(plan_input: PlanInput, day: dt.date | None) -> dt.date | None:
    lock = plan_input.lock
    return lock.first_open_day if lock is not None and lock.holds(day) else day
