"""Judging the answers of one batch: what becomes of each changed record, and which cent came out differently.

What a person has to know is asked here, in the transaction that remembers the answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.matching.natural_keys import natural_keys
from app.domain.model.exchange import Batch, Outcome, OutcomeState
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Kind,
    Receipt,
    Sale,
    Side,
    Snapshot,
)
from app.domain.model.references import references
from app.domain.model.waiting import ANY_CHANGE, OpenPeriod, OtherRecord, WaitsFor
from app.domain.model.write_fields import ACTIVE
from app.domain.planner import PlanEntry
from app.domain.planning.plan_input import Key
from app.storage.database import Transaction
from app.storage.runs.operations import StoredOperation
from app.sync.context import TurnContext
from app.sync.writing.ask import ask, ask_about_conflict
from app.sync.writing.compensate import lay_aside, spelt_out_next
from app.sync.writing.memory import Memory
from app.sync.writing.references import resolved
from app.sync.writing.restore import (
    accepted_key,
    rejected,
    rejected_key,
    settled,
)
from app.sync.writing.verify import moved_cents

NAMES_AT_ONCE = 8
"""How many names of one contact are tried in one turn."""


@dataclass(slots=True)
class Disposition:
    """What becomes of one changed record once its operations have been carried out."""

    again: bool = False
    renames: bool = False
    """A name was taken and the next one may be free: tried at once however often it was tried before, since which names
    are taken is known for one turn only."""
    wait: str = ""
    park: str = ""
    waits_for: WaitsFor | None = None
    refused: bool = False
    """It is laid aside since one side does not take it as it is."""


@dataclass(slots=True)
class Progress:
    """How far the carrying out of one plan has come; `dispositions` lie parallel to the plan's entries."""

    memory: Memory
    entries: Sequence[PlanEntry]
    dispositions: list[Disposition]
    sequence: int
    before: Mapping[Key, Snapshot]
    """The records as they were planned from."""
    stale: set[Key] = field(default_factory=set)
    clashed: list[Operation] = field(default_factory=list)
    closed: list[tuple[int, StoredOperation]] = field(default_factory=list)
    """Writes that were refused since the books are closed, which nobody had said should be done all the same (B1)."""
    unsure: list[tuple[int, Operation, str]] = field(default_factory=list)
    """What QuickBooks refused for something inactive or gone: the place of its entry, the write, and what was sent."""
    taken_back: dict[str, tuple[int, StoredOperation]] = field(default_factory=dict)
    """Deletes of documents that came out differently from what was sent, committed and still to be sent."""
    to_take_back: list[Batch] = field(default_factory=list)
    tombstones: list[tuple[int, Operation]] = field(default_factory=list)
    """Tombstones of entries that still have something to write: the pair stays live until that is done."""


def refused(progress: Progress, index: int, operation: Operation, message: str) -> None:
    """A refused write lays its touched record aside until that changes, or until what it needs first is settled. Details
    that a contact could not be given hold no document up."""
    disposition, change = progress.dispositions[index], progress.entries[index].change
    leads = operation.kind is Kind.CONTACT and operation.action is Action.CREATE
    foreign = operation.source_kind is not change.kind or (leads and operation.source_id != change.id)
    needed = operation.action is Action.CREATE or ACTIVE in operation.fields
    if foreign and operation.kind is Kind.CONTACT and not needed:
        return
    first = OtherRecord(operation.source_kind, operation.source_side, operation.source_id)
    held_by_another = foreign and needed
    disposition.park, disposition.waits_for = message or "It was refused.", first if held_by_another else ANY_CHANGE
    disposition.refused = not held_by_another


async def judge(
    context: TurnContext,
    tx: Transaction,
    stored: StoredOperation,
    outcome: Outcome,
    progress: Progress,
    index: int,
) -> None:
    """What one remembered answer means for the changed record that its operation belongs to, and what to ask."""
    operation, disposition = stored.operation, progress.dispositions[index]
    before = progress.before.get((operation.side, operation.kind, operation.target_id))
    if await settled(context, tx, stored, before, outcome.snapshot):
        return
    if stored.state == "done":
        await _judge_done(context, tx, stored, outcome, progress, disposition)
    elif outcome.state is OutcomeState.REFUSED:
        refused(progress, index, operation, outcome.message)
        if outcome.books_closed:
            _waits_for_open_books(disposition, operation)
        if outcome.books_closed and not operation.answers:
            progress.closed.append((index, stored))
            return
        context.counters.add("refused")
        await ask(context, tx, operation, kind="refused", summary=outcome.message, advice=outcome.advice)
    else:
        _try_again(context, stored, outcome, progress, index)


def _waits_for_open_books(disposition: Disposition, operation: Operation) -> None:
    """What was refused for the closing date is looked at again once that moves."""
    if disposition.waits_for == ANY_CHANGE:
        disposition.waits_for = OpenPeriod(operation.source_kind, operation.side.other, operation.source_id)


async def _judge_done(
    context: TurnContext,
    tx: Transaction,
    stored: StoredOperation,
    outcome: Outcome,
    progress: Progress,
    disposition: Disposition,
) -> None:
    """A write has taken effect: what it typed over is kept for a person, and no cent may have moved."""
    operation = stored.operation
    key = rejected_key(operation)
    if key:
        won = accepted_key(operation)
        before_won = progress.before.get(won) if won else None
        lost = rejected(operation, progress.before.get(key), outcome.snapshot, before_won)
        await ask_about_conflict(context, tx, stored, lost)
    words = moved_cents(operation, outcome)
    if not words:
        return
    without_amounts = operation.action is Action.UPDATE and "money" not in operation.fields
    if without_amounts or spelt_out_next(context, operation, outcome):
        # Planned anew at once: with the sale's own amounts, or with its discount in lines.
        disposition.again, disposition.wait = True, words
        return
    disposition.park, disposition.waits_for, disposition.refused = words, ANY_CHANGE, True
    if operation.action is Action.UPDATE:  # of a new document the delete is committed with this answer
        await lay_aside(context, tx, operation, words)


def _try_again(context: TurnContext, stored: StoredOperation, outcome: Outcome, progress: Progress, index: int) -> None:
    """A write had no effect, for a reason that reading or planning anew may remove."""
    operation, disposition = stored.operation, progress.dispositions[index]
    disposition.again = True
    if outcome.state is OutcomeState.CLASH:
        progress.clashed.append(operation)
        if operation.kind is Kind.CONTACT:
            disposition.renames = _refuse_name(context, operation)
    if operation.target_id and (outcome.state is not OutcomeState.STALE or outcome.snapshot is None):
        progress.stale.add((operation.side, operation.kind, operation.target_id))
    if outcome.state is OutcomeState.AMBIGUOUS and operation.side is Side.QUICKBOOKS and stored.body:
        progress.unsure.append((index, operation, stored.body))
    if outcome.state in (OutcomeState.AMBIGUOUS, OutcomeState.CLASH):
        progress.stale |= _referred(operation, progress.memory)
    disposition.wait = outcome.message
    context.counters.add(outcome.state.value)


def _refuse_name(context: TurnContext, operation: Operation) -> bool:
    """Remember for this turn that a name is taken; whether the contact has others that are worth trying at once."""
    name = natural_keys(operation.record).name if operation.record is not None else ""
    whose = f"refused to {operation.source_id}"
    is_news = name not in context.names_refused
    context.names_refused[name] = whose
    return is_news and list(context.names_refused.values()).count(whose) < NAMES_AT_ONCE


def _referred(operation: Operation, memory: Memory) -> set[Key]:
    """The records that a write refers to: its contact, the items that are products, and the sales that a receipt pays."""
    record, _ = resolved(operation.record, operation.side, memory.links, memory.created)
    if not isinstance(record, Sale | Receipt):
        return set()
    keys: set[Key] = {(operation.side, kind, str(one)) for kind, one in references(record) if one}
    return {key for key in keys if key[1] is not Kind.ITEM or memory.links.live(key) is not None}
