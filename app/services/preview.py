"""What a dry run would do, as a person reads it: what is made, changed and removed on each side, before and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.model.description import DESCRIPTIONS
from app.domain.model.records import Kind, Side
from app.errors import Conflict
from app.lock_date import lock_in_force
from app.services.attention import names_of_people
from app.services.ports import ServiceContainer
from app.services.preview_money import MoneyMoved, in_figures
from app.services.sites import require_connection
from app.services.synchronise import read_run
from app.storage.paging import Page
from app.storage.runs import previews
from app.storage.runs.previews import Line, Part, Sum
from app.storage.runs.runs import Run


@dataclass(frozen=True, slots=True)
class Preview:
    """A dry run's plan in sums. `conflicts`: of how many records both sides say something different. `refused`: how many writes the
    books would not take, as far as that is known before."""

    run: Run
    sums: Sequence[Sum]
    conflicts: int
    refused: int
    effect: MoneyMoved

    def of(self, part: Part) -> list[Sum]:
        """The sums of one part."""
        return [each for each in self.sums if each.part == part]

    def count(self, part: Part) -> int:
        """How many lines a part has."""
        return self.conflicts if part == "conflicts" else sum(each.count for each in self.of(part))


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a record: what it says, and what it would say; as it is stored, None for nothing."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One line with its changes, and what the record comes to before and after ("" where it has no amount, or is not there)."""

    line: Line
    changes: Sequence[Change]
    amount_before: str
    amount_after: str
    currency: str


async def read(container: ServiceContainer, connection_id: str, run_id: str) -> Preview:
    """The sums of a dry run. Raises `NotFound`, and `Conflict` for a run that has written or is under way."""
    run = await _finished_try(container, connection_id, run_id)
    async with container.database.transaction(connection_id) as tx:
        connection = await require_connection(tx, connection_id)
        lock = await lock_in_force(tx, connection)
        moved = await previews.moved(tx, connection_id, run_id, lock.until if lock else None)
        return Preview(
            run=run,
            sums=await previews.sums(tx, connection_id, run_id),
            conflicts=await previews.conflicts(tx, connection_id, run_id),
            refused=await previews.refused(tx, connection_id, run_id),
            effect=in_figures(moved, connection, run.finished_at or run.requested_at),
        )


async def list_lines(
    container: ServiceContainer, connection_id: str, run_id: str, part: Part, limit: int, cursor: str | None
) -> Page[PreviewLine]:
    """One part of a dry run, line by line. Raises as `read` does."""
    await _finished_try(container, connection_id, run_id)
    async with container.database.transaction(connection_id) as tx:
        page = await previews.page(tx, connection_id, run_id, part, limit, cursor)
    return Page(tuple(map(as_shown, page.items)), page.next_cursor)


async def _finished_try(container: ServiceContainer, connection_id: str, run_id: str) -> Run:
    run = await read_run(container, connection_id, run_id)
    if not run.dry_run:
        raise Conflict(
            "not-a-dry-run", "This run has written; its decisions say what it did. Only a dry run has a preview."
        )
    if run.finished_at is None:
        raise Conflict("sync-under-way", "This dry run is still under way. Its preview is there once it has ended.")
    return run


def as_shown(line: Line) -> PreviewLine:
    """A line with its changes: of what is changed the fields that move, of what is made or removed all that it says."""
    before, after = line.before, line.after if line.decision.action in ("create", "update") else None
    figures = [_figure(record) for record in (before, after)]
    currency = next((currency for _, currency in figures[::-1] if currency), "")
    return PreviewLine(line, _changes(line, before, after), figures[0][0], figures[1][0], currency)


def _changes(line: Line, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[Change]:
    decision = line.decision
    merged = DESCRIPTIONS[Kind(decision.kind)].merged
    moving = [f for f in decision.fields if f in merged] if decision.action == "update" else merged
    pairs = ((name, (before or {}).get(name), (after or {}).get(name)) for name in moving)
    return [Change(*pair) for pair in pairs if _empty(pair[1]) != _empty(pair[2]) or pair[1] != pair[2]]


def _empty(value: object) -> bool:
    return value in (None, "", [], {})


def _figure(record: Mapping[str, Any] | None) -> tuple[str, str]:
    """What a record comes to, and its currency."""
    money = (record or {}).get("money") or {}
    payment = (record or {}).get("payment") or {}
    if money:
        return str(money.get("total", "0")), str(money.get("currency", ""))
    return (str(payment.get("amount", "")), str(payment.get("currency", ""))) if payment else ("", "")


async def people_in(
    container: ServiceContainer, connection_id: str, lines: Sequence[PreviewLine]
) -> Mapping[str, Mapping[str, str]]:
    """The names of the contacts that some lines move documents between: by side, by id on that side."""
    ids: dict[Side, set[str]] = {side: set() for side in Side}
    for each in lines:
        for change in each.changes:
            if change.field == "contact_id":
                ids[Side(each.line.decision.side)] |= {v for v in (change.before, change.after) if isinstance(v, str)}
    return await names_of_people(container, connection_id, ids)


async def names_of(container: ServiceContainer, connection_id: str, run_id: str, ids: Sequence[str]) -> list[str]:
    """What the records of some operations are called, each once, in the order in which they would be written."""
    if not ids:
        return []
    async with container.database.transaction(connection_id) as tx:
        return list(dict.fromkeys(await previews.labels(tx, connection_id, run_id, ids)))
