"""A document that was just created and came out a cent wrong is deleted again, and the sale waits.

A refused sale is better than a silently wrong invoice. The delete, the question and the parking are committed together with the answer that showed the cent, so that a crash
right after it leaves nothing wrong behind. Used after a batch and at recovery alike (docs/rules.md 5).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.model.exchange import Batch, Outcome, Write
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Side
from app.domain.model.waiting import ANY_CHANGE
from app.domain.model.write_fields import UNDO
from app.domain.planning.writes import delete
from app.storage.changes import change_queue
from app.storage.database import Transaction
from app.storage.encoding import dump
from app.storage.runs import operations
from app.storage.runs.operations import StoredOperation
from app.sync.context import TurnContext
from app.sync.writing.ask import ask
from app.sync.writing.verify import moved_cents, to_be_spelt_out

MOVED_ADVICE = (
    "Either set it right in QuickBooks (open the document and type the tax that the sale has), or change the sale in Oncord "
    "to what the document says; either is noticed by itself. Where QuickBooks' tax settings were at fault, mend them and "
    "try again."
)


@dataclass(frozen=True, slots=True)
class TakingBack:
    """The deletes of what came out wrong, ready to be committed and sent; their rows by the operation id of the create."""

    rows: dict[str, StoredOperation]
    batches: Sequence[Batch]


def new_row(context: TurnContext, operation: Operation, sequence: int, state: str) -> StoredOperation:
    """A row of this run for an operation, not stored yet."""
    return StoredOperation(context.ids.new("op"), context.run_id, sequence, operation, state)


def note_bodies(rows: dict[str, StoredOperation], batches: Sequence[Batch]) -> None:
    """Note in the rows, by operation id, what will be sent for them and where in which batch."""
    for batch in batches:
        for position, item in enumerate(batch.items):
            stored = rows[item.operation_id]
            stored.batch_id, stored.position = batch.request_id, position
            stored.item_key, stored.body = item.key, dump(item.body)


def taking_back(context: TurnContext, answered: Sequence[tuple[StoredOperation, Outcome]], sequence: int) -> TakingBack:
    """How to take back those of the answered creates that came out wrong; needs a side that is ready to prepare."""
    writes: list[Write] = []
    rows: dict[str, StoredOperation] = {}
    by_create: dict[str, StoredOperation] = {}
    for stored, outcome in answered:
        snapshot = outcome.snapshot
        if stored.operation.action is not Action.CREATE or snapshot is None or snapshot.deleted:
            continue
        words = moved_cents(stored.operation, outcome)
        if not words:
            continue
        undone = delete(snapshot, stored.operation.source_id, stored.operation.rule, words, fields=(UNDO,))
        undo = replace(undone, subject=stored.operation.subject)
        row = new_row(context, undo, sequence + len(rows), "prepared")
        rows[row.id] = by_create[stored.id] = row
        writes.append(Write(operation_id=row.id, operation=undo, record=snapshot.record))
    batches = context.sides[Side.QUICKBOOKS].prepare(writes).batches if writes else ()
    note_bodies(rows, batches)
    return TakingBack(by_create, batches)


async def keep(context: TurnContext, tx: Transaction, undone: TakingBack) -> None:
    """Commit the deletes, lay the sales aside, and ask."""
    rows = list(undone.rows.values())
    await operations.add(tx, context.connection_id, rows, context.lease.epoch, context.clock.now())
    for row in rows:
        await lay_aside(context, tx, row.operation, row.operation.reason)


def spelt_out_next(context: TurnContext, operation: Operation, outcome: Outcome) -> bool:
    """Whether a changed document that came out wrong is written once more, now with its discount in lines.

    What QuickBooks makes of a discount line where amounts include tax is not known beforehand (docs/quickbooks.md 9.2).
    """
    key = (operation.side, operation.kind, operation.target_id)
    if key in context.spelt_out or not to_be_spelt_out(operation, outcome):
        return False
    context.spelt_out.add(key)
    return True


async def lay_aside(context: TurnContext, tx: Transaction, operation: Operation, words: str) -> None:
    """Park the sale that an operation is about, and say which cent moved."""
    context.counters.add("refused")
    await ask(context, tx, operation, kind="refused", summary=words, advice=MOVED_ADVICE)
    source = (operation.side.other, operation.kind, operation.source_id)
    rows = await change_queue.load(tx, context.connection_id, [source])
    await change_queue.park(tx, context.connection_id, rows, waits_for=ANY_CHANGE, reason=words, refused=True)
