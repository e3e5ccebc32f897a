"""Carrying out just what a dry run has shown: first whether it would still be done, then nothing but that.

All is planned anew, as the dry run planned it. Where that comes to something else than was shown, nothing is written at all, and the
run lists what has moved. After that, what each chunk plans is let through entry by entry, as far as it was shown; what was not
stays in the queue for the next run, and in the end the run lists that, too.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, replace

from app.domain.model.link_part import format_part
from app.domain.model.operations import Operation
from app.domain.model.records import Kind, Side
from app.domain.planner import Plan
from app.domain.planning.labels import in_a_list
from app.domain.planning.plan_input import Key, PlanInput
from app.domain.planning.signatures import is_signed, recognised
from app.storage.changes import due_changes
from app.storage.changes.change_queue import PendingChange
from app.storage.runs import operations, shown_plans
from app.storage.runs.operations import StoredOperation
from app.storage.runs.shown_plans import Signed
from app.sync.context import ShownPlan, TurnContext
from app.sync.planning import pieces
from app.sync.previewing import sign_of
from app.sync.reading.whole_batches import without
from app.sync.writing.compensate import new_row


class Moved(Exception):
    """What was shown is not what would be done by now; says what has moved. Nothing has been written."""


COME_SINCE = "It has come since."
DONE_SINCE = "A synchronisation has done it since."
GONE = "It would not be done any more."
OTHERWISE = "It would be done otherwise by now."
TOLD_AGAIN = "It was changed once more while this was under way."
AT_ONCE = 1000
"""So many rows are read by one statement."""


async def claimed(context: TurnContext, shown: ShownPlan, kind: Kind, limit: int) -> list[PendingChange]:
    """The next changed records of one kind that the plan deals with."""
    async with context.reading() as tx:
        return await due_changes.claim_shown(
            tx, context.connection_id, context.clock.now(), kind, shown.run_id, shown.records, shown.left, limit=limit
        )


async def as_shown(context: TurnContext, shown: ShownPlan, plan_input: PlanInput, plan: Plan) -> Plan:
    """The part of a plan that was shown; the rest is left in the queue."""
    pairs = recognised((o for entry in plan.entries for o in entry.operations), plan_input.links)
    signed = [{sign_of(o, plan_input, pairs) for o in entry.operations if is_signed(o)} for entry in plan.entries]
    async with context.reading() as tx:
        every = sorted(set().union(*signed))
        known = await shown_plans.shown(tx, context.connection_id, shown.run_id, every, shown.only)
    left = {index for index, signs in enumerate(signed) if not signs <= known}
    kept = without(list(plan.entries), left)
    shown.left |= {entry.change.key for entry in plan.entries} - {entry.change.key for entry in kept}
    return replace(plan, entries=tuple(kept))


async def note_left(context: TurnContext, shown: ShownPlan) -> None:
    """List what was shown and is left in the queue for the next run, each with why, and count the records."""
    async with context.transaction() as tx:
        await operations.forget_moved(tx, context.connection_id, context.run_id)
        left = await shown_plans.left(tx, context.connection_id, context.run_id, shown.run_id, shown.only)
        why = {each.id: TOLD_AGAIN if each.told else OTHERWISE for each in left}
        sequence = await operations.next_sequence(tx, context.connection_id, context.run_id)
        rows = []
        for number, each in enumerate(await operations.by_ids(tx, context.connection_id, list(why)), sequence):
            row = new_row(context, each.operation, number, "moved")
            row.message = why[each.id]
            rows.append(row)
        await operations.add(tx, context.connection_id, rows, context.lease.epoch, context.clock.now())
    context.counters.values["shown_left"] = len({each.record for each in left})


async def moved_since(context: TurnContext, shown: ShownPlan) -> str:
    """Whether the plan, made anew, does something else than was shown: in a sentence that names it, "" where it does not.

    What has moved is listed with the run. Of chosen operations only those count. The plan is made piece by piece: of the pieces before,
    only who is who is remembered, and of what was shown the signatures.
    """
    async with context.transaction() as tx:
        await operations.forget_moved(tx, context.connection_id, context.run_id)  # an earlier turn may have ended here
    known = {each.sign async for each in _signs(context, shown)}
    moved, gone, pairs = _Moved(context, place=len(known)), set(known), dict[Key, str]()
    async for plan_input, plan in pieces(context):
        made = [o for entry in plan.entries for o in entry.operations]
        pairs |= recognised(made, plan_input.links)
        signed = {sign_of(o, plan_input, pairs): o for o in made if is_signed(o)}
        gone -= signed.keys()
        if shown.only is None:
            await moved.come([operation for sign, operation in signed.items() if sign not in known])
    if gone:
        ids: list[str] = []
        async for each in _signs(context, shown):
            ids += [each.id] if each.sign in gone else []
            if len(ids) == AT_ONCE:
                await moved.gone(shown, ids)
                ids = []
        await moved.gone(shown, ids)
    return moved.sentence()


async def _signs(context: TurnContext, shown: ShownPlan) -> AsyncIterator[Signed]:
    """The signatures that were shown, read page by page."""
    after = -1
    while True:
        async with context.reading() as tx:
            page = await shown_plans.signs(
                tx, context.connection_id, shown.run_id, shown.only, after=after, limit=AT_ONCE
            )
        for each in page:
            yield each
        if len(page) < AT_ONCE:
            return
        after = page[-1].sequence


_About = tuple[Kind, str, frozenset[tuple[Side, str]]]


def _about(operation: Operation) -> _About:
    """The records that an operation is about, whichever way it goes."""
    pair = {(operation.side, operation.target_id), (operation.source_side, operation.source_id)}
    return (operation.kind, format_part(operation.part), frozenset(pair))


@dataclass(frozen=True, slots=True)
class _Row:
    """What is remembered of a row that is stored."""

    id: str
    place: int
    name: str
    message: str

    @classmethod
    def of(cls, row: StoredOperation) -> "_Row":
        """Of this one."""
        name = row.operation.subject.label or f"a {row.operation.kind}"
        return cls(row.id, row.sequence, name, row.message)


@dataclass(slots=True)
class _Moved:
    """What has moved since it was shown, listed with the run: what would be done otherwise once. Of the rows that are stored only what
    tells them apart is remembered. `place`: from where on what has come is numbered, after what is gone."""

    context: TurnContext
    place: int
    _come: dict[_About, _Row] = field(default_factory=dict)
    _gone: dict[_About, _Row] = field(default_factory=dict)

    async def come(self, made: Sequence[Operation]) -> None:
        """These would be done, and were not shown."""
        rows: dict[str, StoredOperation] = {}
        for operation in made:
            if _about(operation) not in self._come:
                row = new_row(self.context, operation, self.place + len(self._come), "moved")
                row.message = COME_SINCE
                rows[row.id] = row
                self._come[_about(operation)] = _Row.of(row)
        await self._store(rows.values())

    async def gone(self, shown: ShownPlan, ids: Sequence[str]) -> None:
        """These operations were shown, and would not be done any more; what has come instead of one is the same one."""
        async with self.context.reading() as tx:
            planned = await operations.by_ids(tx, self.context.connection_id, ids)
            done = await shown_plans.done_since(tx, self.context.connection_id, shown.run_id, ids)
        rows: dict[str, StoredOperation] = {}
        dropped: list[str] = []
        for each in planned:
            about, words = _about(each.operation), DONE_SINCE if each.id in done else GONE
            known = self._gone.get(about)
            if known is not None and known.message == words:
                continue
            row = new_row(self.context, each.operation, known.place if known else len(self._gone), "moved")
            instead = self._come.pop(about, None)
            row.message = words if known is None and instead is None else OTHERWISE
            dropped += [replaced.id for replaced in (known, instead) if replaced is not None]
            rows[row.id] = row
            self._gone[about] = _Row.of(row)
        async with self.context.transaction() as tx:
            await operations.forget_some(tx, self.context.connection_id, dropped)
        await self._store(row for row in rows.values() if row.id not in dropped)

    def sentence(self) -> str:
        """What a person is told of it; "" where nothing has moved."""
        rows = sorted((*self._gone.values(), *self._come.values()), key=lambda row: row.place)
        if not rows:
            return ""
        documents = in_a_list(row.name for row in rows)
        if all(row.message == DONE_SINCE for row in rows):
            return f"A synchronisation has done this since it was shown: {documents}."
        return f"This has moved since it was shown: {documents}."

    async def _store(self, rows: Iterable[StoredOperation]) -> None:
        context = self.context
        async with context.transaction() as tx:
            await operations.add(tx, context.connection_id, list(rows), context.lease.epoch, context.clock.now())
