"""Judging the answers of one batch: what becomes of each touched record, and which cent came out differently.

What a person has to know is asked here, in the transaction that remembers the answers.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.exchange import Outcome, OutcomeState
from app.domain.matching import natural_keys
from app.domain.operations import Action, Operation
from app.domain.records import Kind, Receipt, Record, Sale, Side, Snapshot
from app.domain.situation import Key
from app.domain.totals import moved
from app.storage.database import Transaction
from app.storage.inbox import ANY_CHANGE
from app.storage.operations import StoredOperation
from app.sync.context import TurnContext
from app.sync.decide import ask, ask_about_conflict
from app.sync.outcomes import UNDO, Memory
from app.sync.put_back import losing, losing_key
from app.sync.references import resolved

MOVED_ADVICE = "Look at the tax settings of the company and at the tax codes of the lines, then try again."


@dataclass(slots=True)
class Fate:
    """What becomes of one touched record once its operations have been carried out."""

    again: bool = False
    wait: str = ""
    park: str = ""
    waits_for: str = ""


@dataclass(slots=True)
class Progress:
    """How far the carrying out of one plan has come; `fates` lie parallel to the plan's entries."""

    memory: Memory
    fates: list[Fate]
    sequence: int
    before: Mapping[Key, Snapshot]
    """The records as they were planned from."""
    stale: set[Key] = field(default_factory=set)
    clashed: list[Operation] = field(default_factory=list)
    wrong: list[tuple[int, Operation, str]] = field(default_factory=list)
    """Documents that came out differently from what was sent: how to take each back, and which cent moved."""
    burials: list[tuple[int, Operation]] = field(default_factory=list)
    """Tombstones of entries that still have something to write: the pair stays live until that is done."""


async def judge(
    context: TurnContext,
    tx: Transaction,
    stored: StoredOperation,
    outcome: Outcome,
    progress: Progress,
    index: int,
) -> None:
    """What one remembered answer means for the touched record that its operation belongs to, and what to ask."""
    operation, fate = stored.operation, progress.fates[index]
    if stored.state == "done":
        if operation.disagreements:
            key = losing_key(operation)
            await ask_about_conflict(
                context, tx, operation, losing(operation, progress.before.get(key) if key else None)
            )
        await _check_cents(context, tx, operation, outcome, progress, index)
        return
    if outcome.state is OutcomeState.REFUSED:
        fate.park, fate.waits_for = outcome.message or "It was refused.", ANY_CHANGE
        context.counters.add("refused")
        await ask(context, tx, operation, kind="refused", summary=outcome.message, advice=outcome.advice)
        return
    fate.again = True
    if outcome.state is OutcomeState.CLASH:
        progress.clashed.append(operation)
        if operation.kind is Kind.CONTACT:
            context.names_refused[_normalised_name(operation.record)] = ""
    if operation.target_id and (outcome.state is not OutcomeState.STALE or outcome.snapshot is None):
        progress.stale.add((operation.side, operation.kind, operation.target_id))
    if outcome.state in (OutcomeState.AMBIGUOUS, OutcomeState.CLASH):
        progress.stale |= _referred(operation, progress.memory)
    fate.wait = outcome.message
    context.counters.add(outcome.state.value)


async def _check_cents(
    context: TurnContext, tx: Transaction, operation: Operation, outcome: Outcome, progress: Progress, index: int
) -> None:
    """An invoice that came out wrong is taken back, a changed one is shown (design section 9)."""
    summary, snapshot = moved_cents(operation, outcome), outcome.snapshot
    if not summary or snapshot is None or outcome.state is not OutcomeState.DONE:
        return
    if operation.action is Action.UPDATE:
        progress.fates[index].park, progress.fates[index].waits_for = summary, ANY_CHANGE
        context.counters.add("refused")
        await ask(context, tx, operation, kind="refused", summary=summary, advice=MOVED_ADVICE)
        return
    undo = Operation(
        Action.DELETE,
        Side.QUICKBOOKS,
        Kind.SALE,
        operation.rule,
        summary,
        source_id=operation.source_id,
        target_id=snapshot.id,
        record=snapshot.record,
        fields=(UNDO,),
        expected_version=snapshot.version,
    )
    progress.wrong.append((index, undo, summary))


def moved_cents(operation: Operation, outcome: Outcome) -> str:
    """What QuickBooks made of a sale must be the sale, to the cent and per tax code; says where it is not."""
    made = outcome.snapshot.record if outcome.snapshot is not None else None
    wanted = operation.record
    written = operation.action is Action.CREATE or (operation.action is Action.UPDATE and "money" in operation.fields)
    if operation.side is not Side.QUICKBOOKS or not written:
        return ""
    if not isinstance(wanted, Sale) or not isinstance(made, Sale):
        return ""
    words = moved(wanted.money, made.money)
    return f"QuickBooks worked the document out differently. {words}" if words else ""


def _normalised_name(record: Record | None) -> str:
    return natural_keys(record).name if record is not None else ""


def _referred(operation: Operation, memory: Memory) -> set[Key]:
    """The records that a write refers to: its contact, and the sales that a receipt pays."""
    record, _ = resolved(operation.record, operation.side, memory.links, memory.created)
    keys: set[Key] = set()
    if isinstance(record, Sale | Receipt) and isinstance(record.contact_id, str):
        keys.add((operation.side, Kind.CONTACT, record.contact_id))
    if isinstance(record, Receipt):
        keys |= {(operation.side, Kind.SALE, str(a.sale_id)) for a in record.payment.allocations}
    return keys
