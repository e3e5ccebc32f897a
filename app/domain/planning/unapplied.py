"""What is done where somebody says that cleared money is to be taken off what it pays, and left as the customer's credit.

In place of a delete the payment lets go of all that it pays, and its pair is buried as if it were gone; in place of a smaller
amount it pays what the receipt pays now, and what is left over is credit. The money stays where the bank has put it: day,
amount and account are the books'.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.domain.model.links import Link
from app.domain.model.operations import Action, LockedChange, Operation
from app.domain.model.records import Payment, Receipt, Side
from app.domain.planning.decisions import rebase, tombstoned
from app.domain.planning.locked_writes import Held
from app.domain.planning.plan_input import PeriodAnswer, PlanInput, RefundAnswer
from app.domain.planning.writes import let_go_instead


def leaves_credit(held: Sequence[Held]) -> bool:
    """Whether something would be left as credit: what was to go is received money or a refund, or was to be less."""
    return all(each.operation.action is not Action.UPDATE or _becomes_less(each) for each in held)


def _becomes_less(held: Held) -> bool:
    before, after = held.before, held.after
    if "payment" not in held.groups or not isinstance(before, Receipt) or not isinstance(after, Receipt):
        return False
    was, becomes = before.payment, after.payment
    return was.currency == becomes.currency and 0 <= becomes.amount < was.amount


def answered_by(operation: Operation, answer: PeriodAnswer | RefundAnswer) -> Operation:
    """An operation as one that carries out an answer."""
    return replace(operation, answers=answer.item_id, locked=LockedChange(answer.shown, ""))


def unapplied(plan_input: PlanInput, held: Held, answer: PeriodAnswer) -> Iterator[Operation]:
    """What takes the place of a write to money that a bank statement holds."""
    operation, before = held.operation, held.before
    pairs = plan_input.links.parts((operation.side, operation.kind, operation.target_id))
    link = next((each for each in pairs if each.id_on(Side.ONCORD) == operation.source_id), None)
    if link is None or not isinstance(before, Receipt):
        return
    if operation.action is Action.UPDATE:
        yield from _cut_down(operation, before, held, link, answer)
        return
    reason = f"{operation.reason} The money stays in QuickBooks as the customer's credit, {answer.said}."
    if before.payment.allocations:
        payment = plan_input.snapshots[operation.side, operation.kind, operation.target_id]
        released = replace(before, payment=replace(before.payment, allocations=()))
        instead = let_go_instead(payment, operation.source_id, released, operation.rule, reason, part=operation.part)
    else:
        instead = tombstoned(Side.ONCORD, link, operation.rule, reason)
    yield answered_by(instead, answer)


def _cut_down(
    operation: Operation, before: Receipt, held: Held, link: Link, answer: PeriodAnswer
) -> Iterator[Operation]:
    """The update without what may not move; in that both are agreed as they are."""
    reason = f"What the receipt holds no more stays in QuickBooks as the customer's credit, {answer.said}."
    yield answered_by(rebase(link, Side.QUICKBOOKS, operation.rule, reason), answer)
    after = operation.record
    if not isinstance(after, Receipt):
        return
    pays = Payment(before.payment.amount, before.payment.currency, after.payment.allocations)
    kept = replace(after, **{group: getattr(before, group) for group in held.groups} | {"payment": pays})
    moved = "payment" not in operation.groups or pays.allocations == before.payment.allocations
    dropped = {*held.groups} - {"payment"} | ({"payment"} if moved else set())
    fields = tuple(field for field in operation.fields if field not in dropped)
    if fields:
        yield answered_by(replace(operation, record=kept, fields=fields, reason=f"{operation.reason} {reason}"), answer)
