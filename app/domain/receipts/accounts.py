"""Whose the account of a payment is: the method belongs to the shop, the account to the books (R7).

Where a bookkeeper moves a payment from Undeposited Funds to the bank, nothing is said to Oncord, and nobody is asked. A
method that a person changes in Oncord moves the money only where it leads elsewhere than the one before, and where
nobody has put the money anywhere since: not into a deposit, nor into another account. A method that gets an account of its
own, after its payments went to the one for unmapped methods, counts as changed (`app.storage.people.clearing_account`).
"""

from collections.abc import Collection, Iterable, Iterator

from app.domain.model.links import Link
from app.domain.model.operations import Operation
from app.domain.model.records import DEPOSITED, Receipt, Side
from app.domain.planning.decisions import rebase
from app.domain.planning.plan_input import PlanInput


def money_follows(
    plan_input: PlanInput, receipt: Receipt, leg: Link, payment: Receipt, extras: Collection[str]
) -> bool:
    """Whether the money of a payment goes where the method of its receipt leads; `extras` are those of the payment."""
    base = leg.base_oncord
    if isinstance(base, Receipt) and not _leads_elsewhere(plan_input, base, receipt):
        return False
    if isinstance(base, Receipt) and not base.channel and _stays_put(plan_input, receipt, leg, payment):
        return False
    return DEPOSITED not in extras and not moved_in_the_books(leg, payment)


def _stays_put(plan_input: PlanInput, receipt: Receipt, leg: Link, payment: Receipt) -> bool:
    """Whether money of a method that was mapped only since stays, and asks nobody: it is of a locked period, or a bank
    statement holds it. Where a person has changed the method of a receipt, that is asked about instead."""
    if plan_input.lock is not None and plan_input.lock.holds(receipt.date, payment.date):
        return True
    cleared = plan_input.cleared
    if cleared is None:
        return False
    return cleared.hold_on(leg.quickbooks_id, payment.channel, payment.date, plan_input.today) is not None


def moved_in_the_books(leg: Link, payment: Receipt) -> bool:
    """Whether somebody has put a payment into another account since it was last agreed on."""
    base = leg.base_quickbooks
    return isinstance(base, Receipt) and base.channel != payment.channel


def account_agreed(
    receipt: Receipt, leg: Link, payment: Receipt, operations: Iterable[Operation]
) -> Iterator[Operation]:
    """Agree on a method or an account that has moved and that none of these operations carries over."""
    base = leg.base_oncord
    moved = moved_in_the_books(leg, payment) or (isinstance(base, Receipt) and base.channel != receipt.channel)
    if moved and not any(_carries(operation, leg) for operation in operations):
        yield rebase(
            leg, Side.QUICKBOOKS, "R7", "The account of its payment belongs to the books, its method to Oncord."
        )


def _carries(operation: Operation, leg: Link) -> bool:
    ids = {operation.source_id, operation.target_id}
    return "channel" in operation.fields and ids == {leg.oncord_id, leg.quickbooks_id}


def _leads_elsewhere(plan_input: PlanInput, before: Receipt, now: Receipt) -> bool:
    """Whether a person has changed the method to one of another account, or of none."""
    if before.channel == now.channel:
        return False
    account = _account(plan_input, now)
    return not account or account != _account(plan_input, before)


def _account(plan_input: PlanInput, receipt: Receipt) -> str:
    return plan_input.configuration.account_for(receipt.channel, receipt.payment.currency)
