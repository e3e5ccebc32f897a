"""What two documents, or a receipt and its payment, still say differently about their money when they have become one: said,
and closed once it is gone."""

from collections.abc import Sequence
from dataclasses import replace

from app.domain.matching.documents import differing
from app.domain.matching.payments import money_differs
from app.domain.model.currencies import with_currency
from app.domain.model.links import Link
from app.domain.model.operations import Action, Disagreement, Operation
from app.domain.model.records import (
    Kind,
    Money,
    Payment,
    Receipt,
    Sale,
    Side,
)
from app.domain.receipts.split import added_together
from app.storage.changes import change_queue
from app.storage.changes.change_queue import PendingChange
from app.storage.database import Transaction
from app.sync.context import TurnContext
from app.sync.writing.ask import ask, said
from app.sync.writing.memory import Memory


async def say_difference(context: TurnContext, tx: Transaction, operation: Operation) -> None:
    """Tell a person about an adoption of two records whose money differs. Money that pays nothing and lies with somebody
    else in QuickBooks is looked at once more instead: it is theirs whose receipt it is (R7)."""
    if operation.action not in (Action.ADOPT, Action.REBASE) or not operation.disagreements:
        return
    oncord_id = operation.source_id if operation.side is Side.QUICKBOOKS else operation.target_id
    if operation.action is Action.REBASE:
        await _say_what_was_left(context, tx, operation, oncord_id)
    elif all(d.field == "contact_id" for d in operation.disagreements):
        again = PendingChange(Side.ONCORD, operation.kind, oncord_id, mirrored=True)
        await change_queue.add(tx, context.connection_id, [again], context.clock.now())
    else:
        key = _key(operation.kind, oncord_id)
        await ask(context, tx, operation, kind="conflict", summary=operation.reason, actions=("dismiss",), key=key)


async def _say_what_was_left(context: TurnContext, tx: Transaction, operation: Operation, oncord_id: str) -> None:
    """Tell a person what a restored installation has left different, since nobody can tell which side is newer."""
    told = "".join(_amounts(each) or said(each, named=True) for each in operation.disagreements)
    await ask(
        context,
        tx,
        operation,
        kind="conflict",
        summary=f"{operation.reason} {told}".strip(),
        advice="Correct the side that is wrong: what you change from now on reaches the other one. Then close this.",
        actions=("dismiss",),
        key=f"restored:{operation.kind}:{oncord_id}",
    )


def _amounts(disagreement: Disagreement) -> str:
    """The amounts of both sides in words; "" for what is no money."""
    one, other = map(_amount, (disagreement.oncord, disagreement.quickbooks))
    return f"In Oncord it is {one}, in QuickBooks {other}. " if one and other else ""


def _amount(value: object) -> str:
    match value:
        case Money(total=total, currency=currency):
            return with_currency(total, currency)
        case Payment(amount=amount, currency=currency):
            return with_currency(amount, currency)
        case _:
            return ""


def agreed_by_now(memory: Memory, rows: Sequence[PendingChange]) -> list[str]:
    """The matters of those among these records whose two sides have the same money now."""
    keys = []
    for row in rows:
        link = memory.links.live(row.key) if row.kind in (Kind.SALE, Kind.RECEIPT) else None
        if link is not None and _agree(memory, link):
            keys.append(_key(link.kind, link.oncord_id))
    return sorted(set(keys))


def _agree(memory: Memory, link: Link) -> bool:
    legs = memory.links.parts((Side.ONCORD, link.kind, link.oncord_id))
    oncord = memory.snapshots.get((Side.ONCORD, link.kind, link.oncord_id))
    snapshots = [memory.snapshots.get((Side.QUICKBOOKS, link.kind, leg.quickbooks_id)) for leg in legs]
    quickbooks_records = [s.record for s in snapshots if s is not None]
    if (
        oncord is not None
        and isinstance(oncord.record, Sale)
        and len(quickbooks_records) == 1
        and isinstance(quickbooks_records[0], Sale)
    ):
        return not differing(oncord.record, quickbooks_records[0])
    payments = [record for record in quickbooks_records if isinstance(record, Receipt)]
    if oncord is None or not isinstance(oncord.record, Receipt) or len(payments) < len(legs):
        return False
    return not money_differs(_in_the_books(memory, oncord.record), added_together(payments))


def _in_the_books(memory: Memory, receipt: Receipt) -> Receipt:
    """A receipt that pays the invoices of its sales."""
    links = [(a, memory.links.live((Side.ONCORD, Kind.SALE, str(a.sale_id)))) for a in receipt.payment.allocations]
    across = tuple(replace(a, sale_id=link.quickbooks_id if link is not None else "") for a, link in links)
    return replace(receipt, payment=replace(receipt.payment, allocations=across))


def _key(kind: Kind, oncord_id: str) -> str:
    return f"differs:{kind}:{oncord_id}"
