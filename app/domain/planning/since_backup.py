"""What a restored installation may not do by itself: its tables stand a while back, both sides have gone on since, partly by its own
writes. What is the same is joined, and what only one side has moved goes over as ever; the rest is left as it is and said.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from app.domain.model.description import kind_of, merged_fields
from app.domain.model.link_part import REFUND, Part, parse_part, stands_beside
from app.domain.model.links import Link, Origin
from app.domain.model.operations import Action, Disagreement, Operation
from app.domain.model.records import Address, Kind, Money, Name, Payment, Receipt, Record, Sale, Side, Snapshot
from app.domain.model.write_fields import marks_of
from app.domain.planning.decisions import park, rebase, skip, words
from app.domain.planning.differences import NUMBER_LENGTH
from app.domain.planning.merge import changed_groups
from app.domain.planning.plan_input import ChangedRecord, Key, PlanInput

MARGIN = timedelta(hours=1)
"""So much earlier than the backup a record may have moved, by its own side's clock, and count as moved since."""


@dataclass(frozen=True)
class SinceBackup:
    """What stands back, and what is known of what happened since: `since` is the moment of the backup, less what clocks may be
    apart; `made` are the documents in QuickBooks that this service has made since, and that are nobody's counterpart;
    `agreed` the pairs on which both sides have agreed since it was restored."""

    since: datetime
    made: Sequence[Snapshot] = ()
    agreed: frozenset[int] = field(default=frozenset())
    spare: list[Snapshot] = field(default_factory=list)
    """Those of `made` that the plan has not joined yet: each is the counterpart of one record."""
    joined: dict[tuple[Kind, str, Part, int], Snapshot] = field(default_factory=dict)
    """Those that it has joined, by what would have been made: several changed records may ask for the same."""

    @cached_property
    def made_keys(self) -> frozenset[Key]:
        """Side, kind and id of what was made."""
        return frozenset((each.side, each.kind, each.id) for each in self.made)

    def moved(self, snapshot: Snapshot) -> bool:
        """Whether a record may have moved after the backup."""
        return snapshot.modified_at is None or snapshot.modified_at >= self.since


@dataclass(frozen=True, slots=True)
class Told:
    """What a record says that it was made of: a record of the other side, as which of its counterparts."""

    identity: str
    """The company whose record that is; of a record of Oncord the connection that it was made by."""
    kind: Kind
    record_id: str
    part: Part
    generation: int


def told_by(marker: str) -> Told | None:
    """What a reference says ("quickbooks:9130:sale:145", behind it the part and "g2"); None for any other text."""
    side, _, rest = marker.partition(":")
    return _told(rest) if side == Side.QUICKBOOKS else None


def made_of(marker: str) -> Told | None:
    """What the mark of a document in QuickBooks says ("op_1:con_1:sale:17"); None where it has an operation only, as marks had at first."""
    _, _, rest = marker.partition(":")
    return _told(rest)


def _told(reference: str) -> Told | None:
    rest = reference.split(":", 3)
    if len(rest) < 3 or rest[1] not in set(Kind):
        return None
    kind, tail = Kind(rest[1]), rest[3] if len(rest) > 3 else ""
    before, _, last = tail.rpartition(":")
    numbered = last.startswith("g") and last[1:].isdecimal() and len(last) < 10
    part = parse_part(kind, before if numbered else tail)
    return None if part is REFUND else Told(rest[0], kind, rest[2], part, int(last[1:]) if numbered else 0)


def unagreed_bases(oncord: Record, quickbooks: Record, *, typed_there: bool = False) -> tuple[Record, Record]:
    """The bases of a pair of which nothing is known but that it is one: whatever differs counts as typed in Oncord, so that a plan
    says what that is; with `typed_there` as typed in QuickBooks, too."""
    return _not_void(_blank(oncord)), _not_void(_blank(quickbooks) if typed_there else quickbooks)


def _blank(record: Record) -> Record:
    emptied = {
        group: _nothing(getattr(record, group))
        for group in merged_fields(kind_of(record))
        if group not in ("contact_id", "parent_id")
    }
    blank: Record = replace(record, **emptied)
    return blank


def _not_void(record: Record) -> Record:
    return replace(record, voided=False) if isinstance(record, Sale | Receipt) else record


def _nothing(value: object) -> Any:
    match value:
        case Money(currency=currency):
            return Money(currency)
        case Payment(currency=currency):
            return Payment(Decimal(0), currency)
        case str() | Address() | Name():
            return type(value)()
        case bool():
            return value
        case _:
            return None


def compared(
    plan_input: PlanInput, known: SinceBackup, change: ChangedRecord, operations: Sequence[Operation]
) -> tuple[Operation, ...]:
    """The decisions about a changed record, without what cannot be told: where one of its writes is held, the others are, too, since
    they are steps of one thing."""
    decided = [(operation, _decided(plan_input, known, change, operation)) for operation in operations]
    held = [instead for operation, instead in decided if operation.action.writes and instead != (operation,)]
    writes = [operation for operation, instead in decided if operation.action.writes and instead == (operation,)]
    only_joined = all(each.action in (Action.ADOPT, Action.SKIP) for instead in held for each in instead)
    if held and writes and not only_joined:
        return tuple(each for _, instead in decided for each in instead if not each.action.writes)
    return tuple(each for _, instead in decided for each in instead)


def _decided(
    plan_input: PlanInput, known: SinceBackup, change: ChangedRecord, operation: Operation
) -> tuple[Operation, ...]:
    if operation.action is Action.ADOPT:
        return (_with_its_origin(known, operation),)
    if operation.action is Action.CREATE:
        return tuple(_created(plan_input, known, change, operation))
    if not operation.action.writes:
        return (operation,)
    if operation.action is Action.UPDATE and not operation.groups and not operation.takes_away:
        return () if _is_shown(plan_input, operation) else (operation,)
    link = _link_of(plan_input, operation)
    pair = _pair(plan_input, link) if link is not None else None
    if link is None or pair is None or link.id in known.agreed or not all(known.moved(each) for each in pair):
        return (operation,)
    if _newest_alone(link, *pair):
        return (operation,)
    if operation.action is Action.UPDATE and not operation.takes_away:
        return (_left(link, operation, *pair),)
    return (park(change, operation.rule, _REMOVAL),)


def _is_shown(plan_input: PlanInput, operation: Operation) -> bool:
    """Whether Oncord says already how a record stands in the books."""
    marks = marks_of(operation.fields)
    record = plan_input.record(operation.side, operation.kind, operation.target_id)
    return bool(marks) and all(getattr(record, "books_status", "") == mark.status for mark in marks)


_REMOVAL = (
    "It was to be removed on the other side, but both were changed since the backup that this installation was restored from."
    " Look at both and remove the other one by hand if it is to go, or put this one back."
)


def _link_of(plan_input: PlanInput, operation: Operation) -> Link | None:
    legs = plan_input.links.parts((operation.side, operation.kind, operation.target_id))
    own = (leg for leg in legs if leg.id_on(operation.side.other) == operation.source_id)
    return next(own, None) or plan_input.links.live((operation.side, operation.kind, operation.target_id))


def _pair(plan_input: PlanInput, link: Link) -> tuple[Snapshot, Snapshot] | None:
    oncord = plan_input.snapshot(Side.ONCORD, link.kind, link.oncord_id)
    quickbooks = plan_input.snapshot(Side.QUICKBOOKS, link.kind, link.quickbooks_id)
    return None if oncord is None or quickbooks is None else (oncord, quickbooks)


def _newest_alone(link: Link, oncord: Snapshot, quickbooks: Snapshot) -> bool:
    """Whether only one of a pair says something else than when it agreed, and has moved later than the other one."""
    changed = [
        snapshot
        for snapshot in (oncord, quickbooks)
        if snapshot.deleted
        or (snapshot.record is not None and changed_groups(link.kind, link.base_on(snapshot.side), snapshot.record))
    ]
    if len(changed) != 1 or oncord.modified_at is None or quickbooks.modified_at is None:
        return False
    other = quickbooks if changed[0] is oncord else oncord
    assert changed[0].modified_at is not None
    assert other.modified_at is not None
    return changed[0].modified_at > other.modified_at


def _left(link: Link, operation: Operation, oncord: Snapshot, quickbooks: Snapshot) -> Operation:
    """Nothing is written: what both hold now counts as agreed, and what is typed next goes over."""
    apart = tuple(
        Disagreement(
            group, None, getattr(oncord.record, group, None), getattr(quickbooks.record, group, None), Side.ONCORD
        )
        for group in operation.groups
    )
    reason = (
        f"Since the backup that this installation was restored from both sides were changed, and they say different things"
        f" ({words(operation.groups)}). Which one is newer cannot be told, so that nothing was written."
    )
    return replace(rebase(link, operation.side, operation.rule, reason), disagreements=apart)


def _with_its_origin(known: SinceBackup, operation: Operation) -> Operation:
    """What this service has made itself began on the other side."""
    is_ours = (operation.side, operation.kind, operation.target_id) in known.made_keys
    return replace(operation, origin=Origin.ONCORD) if is_ours and operation.origin is Origin.BOTH else operation


def _created(
    plan_input: PlanInput, known: SinceBackup, change: ChangedRecord, operation: Operation
) -> Iterator[Operation]:
    """A record that is to be made; joined instead with the one that this service has made of it since the backup."""
    if operation.side is Side.ONCORD:
        source: Key = (operation.source_side, operation.source_kind, operation.source_id)
        if source in known.made_keys:
            yield skip(
                change,
                operation.rule,
                "This service made it since the backup; the run ends with looking for whose it is.",
            )
            return
        yield operation
        return
    found = _made_of(known, operation)
    if found is None:
        yield operation
        return
    if operation.kind is Kind.RECEIPT and stands_beside(operation.part):  # what joins documents has no link
        yield skip(change, operation.rule, "It was made already, before the installation was restored.")
    else:
        yield replace(
            operation,
            action=Action.ADOPT,
            target_id=found.id,
            record=None,
            fields=(),
            expected_version="",
            origin=Origin.ONCORD,
            reason="It was made already, before the installation was restored; they are one again.",
        )


def _made_of(known: SinceBackup, operation: Operation) -> Snapshot | None:
    """The document that this service has made of what a create is about; of several equal ones one with the same lines, the oldest
    first: records are planned in the order in which they were made, and who makes two equal ones makes them one after the other."""
    of = (operation.kind, operation.source_id, operation.part, operation.generation)
    if of in known.joined:
        return known.joined[of]
    likely = [each for each in known.spare if each.kind is operation.kind and _is_made_of(operation, each)]
    if not likely:
        return None
    found = min(likely, key=lambda each: (not _same_lines(operation.record, each.record), len(each.id), each.id))
    known.spare.remove(found)
    known.joined[of] = found
    return found


def _same_lines(intended: Record | None, there: Record | None) -> bool:
    if not isinstance(intended, Sale) or not isinstance(there, Sale):
        return True
    described, also_described = ([line.description for line in sale.money.lines] for sale in (intended, there))
    return described == also_described


def _is_made_of(operation: Operation, made: Snapshot) -> bool:
    """Whether a document is what a create would make: figures, day and whose it is, as far as each is known."""
    intended, there = operation.record, made.record
    if isinstance(intended, Sale) and isinstance(there, Sale):
        same = intended.type == there.type and (intended.money.currency, intended.money.total) == (
            there.money.currency,
            there.money.total,
        )
        number, other = intended.number[-NUMBER_LENGTH:], there.number[-NUMBER_LENGTH:]
        numbered = not number or not other or number == other
        return same and intended.date == there.date and numbered and _same_contact(intended, there)
    if isinstance(intended, Receipt) and isinstance(there, Receipt):
        paid, also_paid = intended.payment, there.payment
        same = (paid.currency, paid.amount) == (also_paid.currency, also_paid.amount)
        known = {a.sale_id for a in paid.allocations if isinstance(a.sale_id, str)}
        applied = {str(a.sale_id) for a in also_paid.allocations}
        return same and intended.date == there.date and known <= applied and _same_contact(intended, there)
    return False


def _same_contact(intended: Sale | Receipt, there: Sale | Receipt) -> bool:
    return not isinstance(intended.contact_id, str) or intended.contact_id == there.contact_id
