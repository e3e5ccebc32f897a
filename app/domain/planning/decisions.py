"""How a decision about a changed record is put into words: an operation that writes nothing, with its rule and reason."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.domain.model.description import called
from app.domain.model.link_part import PRIMARY, Part
from app.domain.model.links import Link, Origin
from app.domain.model.operations import Action, Operation
from app.domain.model.records import (
    Kind,
    Receipt,
    Sale,
    Side,
    Snapshot,
)
from app.domain.model.waiting import ANY_CHANGE, Approval, OtherRecord, PersonsDecision, WaitsFor
from app.domain.model.write_fields import BooksMark, BooksStatus, WriteField
from app.domain.planning.id_map import IdMap, Obstacle
from app.domain.planning.plan_input import ChangedRecord
from app.domain.planning.writes import update


def decision(
    action: Action, change: ChangedRecord, rule: str, reason: str, waits_for: WaitsFor | None = None
) -> Operation:
    """Something that only we remember, and what it waits for."""
    return Operation(action, change.side.other, change.kind, rule, reason, source_id=change.id, waits_for=waits_for)


def skip(change: ChangedRecord, rule: str, reason: str) -> Operation:
    """Nothing is done, and this is why."""
    return decision(Action.SKIP, change, rule, reason)


def park(change: ChangedRecord, rule: str, reason: str) -> Operation:
    """Only a person can settle this."""
    return decision(Action.PARK, change, rule, reason, PersonsDecision())


def at_fault(change: ChangedRecord, rule: str, reason: str) -> Operation:
    """The record itself cannot be synchronised as it is; the next change of it is tried again by itself."""
    return decision(Action.PARK, change, rule, reason, ANY_CHANGE)


def obstructed(change: ChangedRecord, rule: str, obstacle: Obstacle) -> Iterator[Operation]:
    """The decision about a record that cannot be expressed on the other side yet, and what has to be asked first."""
    yield from obstacle.asks
    action = Action.WAIT if isinstance(obstacle.waits_for, OtherRecord) else Action.PARK
    decided = decision(action, change, rule, obstacle.reason, obstacle.waits_for)
    yield replace(decided, recreates=obstacle.recreates)


def agreed(change: ChangedRecord, link: Link, rule: str) -> Operation:
    """Neither side has what the other one lacks: what they hold now becomes the base."""
    return rebase(link, change.side.other, rule, "Nothing is to be carried over.")


def agreed_but_for(change: ChangedRecord, link: Link, rule: str, left_alone: tuple[str, ...]) -> Operation:
    """The same, but for what nobody can read: nothing is written, and that is said."""
    rests = agreed(change, link, rule)
    if not left_alone:
        return rests
    number = "tax_number" in left_alone
    texts = tuple(group for group in left_alone if group != "tax_number")
    reasons = [
        f"The {words(texts)} was changed in QuickBooks into a text of which it is not certain what is name, street and "
        "suburb; the one in Oncord stays as it is. Correct it there by hand where it should read otherwise."
        if texts
        else "",
        "Of the tax number only the end is visible, so that neither side takes it over." if number else "",
    ]
    return replace(rests, reason=" ".join(reason for reason in reasons if reason))


def rebase(link: Link, side: Side, rule: str, reason: str, *, groups: Sequence[WriteField] = ()) -> Operation:
    """What a pair holds now becomes its base, as what has moved on the other side than `side` asks nothing of it; in these `groups`
    also where nothing else of the plan agrees on them."""
    return Operation(
        Action.REBASE,
        side,
        link.kind,
        rule,
        reason,
        source_id=link.id_on(side.other),
        target_id=link.id_on(side),
        fields=tuple(groups),
    )


def adopted(id_map: IdMap, kind: Kind, oncord_id: str, quickbooks_id: str, rule: str, reason: str) -> Operation:
    """Two records that were both there before are one from now on; nothing later in this plan makes either anew."""
    id_map.pair(kind, oncord_id, quickbooks_id)
    return adoption(kind, oncord_id, quickbooks_id, rule, reason)


def adoption(
    kind: Kind, oncord_id: str, quickbooks_id: str, rule: str, reason: str, *, part: Part = PRIMARY
) -> Operation:
    """A link between two records that were both there before; `part` tells it from others of the same record."""
    return Operation(
        Action.ADOPT,
        Side.QUICKBOOKS,
        kind,
        rule,
        reason,
        source_id=oncord_id,
        target_id=quickbooks_id,
        origin=Origin.BOTH,
        part=part,
    )


def repointed(
    side: Side, kind: Kind, merged_id: str, survivor_id: str, rule: str, reason: str, *, stands_beside: bool = False
) -> Operation:
    """A record of `side` was merged into another one there: its pair goes on with that one, beside the one that has."""
    return Operation(
        Action.REPOINT,
        side,
        kind,
        rule,
        reason,
        source_id=survivor_id,
        target_id=merged_id,
        stands_beside=stands_beside,
    )


def held_back(removal: Operation, reason: str) -> Operation:
    """A removal that waits until a person has approved that so many records of its kind are removed."""
    return Operation(
        Action.PARK,
        removal.side,
        removal.kind,
        removal.rule,
        reason,
        source_id=removal.source_id,
        target_id=removal.target_id,
        waits_for=Approval(removal.kind),
    )


def tombstoned(gone: Side, link: Link, rule: str, reason: str) -> Operation:
    """One of a pair was deleted on the side `gone`; the survivor stays and is not synchronised any more."""
    return Operation(
        Action.TOMBSTONE,
        gone,
        link.kind,
        rule,
        reason,
        source_id=link.id_on(gone.other),
        target_id=link.id_on(gone),
    )


def mark(link: Link, oncord: Snapshot, status: BooksStatus, rule: str, reason: str) -> Operation:
    """Tell Oncord what became of a record's document in the books; none of its content moves."""
    return update(oncord, link.quickbooks_id, oncord.record, rule, reason, fields=(BooksMark(status),))


def linked_again(link: Link, oncord: Snapshot, rule: str) -> Iterator[Operation]:
    """Take back the mark of a record whose document is there again."""
    record = oncord.record
    if isinstance(record, Sale | Receipt) and record.books_status in (BooksStatus.GONE, BooksStatus.VOID):
        yield mark(link, oncord, BooksStatus.LINKED, rule, "Its document is in the books again.")


def restored(link: Link, rule: str, reason: str) -> Operation:
    """A record is back whose pair was buried: the pair goes on where it stopped, with its old origin and base."""
    return Operation(
        Action.ADOPT,
        link.gone.other if link.gone else Side.QUICKBOOKS,
        link.kind,
        rule,
        reason,
        source_id=link.id_on(link.gone or Side.ONCORD),
        target_id=link.id_on((link.gone or Side.ONCORD).other),
        origin=link.origin,
        generation=link.generation,
    )


def words(groups: tuple[str, ...]) -> str:
    """Atomic groups as a person would call them."""
    return ", ".join(called(group) for group in groups)
