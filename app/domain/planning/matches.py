"""How both sides meet for the first time: of each record without a counterpart whether a plan takes it for one across, asks which one it
is, or knows it on its own side only; with what of its own side repeats it, and whose number across it would be given a second time.

Made of a whole plan, piece by piece, for people to look through before the first synchronisation (`services.matches`).
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from app.domain.matching.addresses import Commons
from app.domain.matching.document_numbers import form
from app.domain.matching.documents import Around, days_apart, sale_evidence
from app.domain.matching.evidence import Evidence, Grade
from app.domain.matching.people import card, evidence, plainly_one
from app.domain.model.link_part import PRIMARY, InCurrency
from app.domain.model.operations import Action, Operation
from app.domain.model.records import Contact, Item, Kind, Receipt, Record, Sale, Side, Snapshot, is_void
from app.domain.planning.plan_input import Key, PlanInput

Place = tuple[Side, Kind]
_Ids = str | tuple[str, ...]
"""One id, or several."""
MatchPart = Literal["certain", "probable", "ambiguous", "only_oncord", "only_quickbooks"]
NAMED = 20
"""So many doubles and clashes of a record are kept."""
MOST = 50
"""With so many of those that could be doubles of one it is compared."""
_ALONE: Mapping[Side, MatchPart] = {Side.ONCORD: "only_oncord", Side.QUICKBOOKS: "only_quickbooks"}


@dataclass(frozen=True, slots=True)
class Across:
    """A record of the other side that another one is, or could be, and what speaks for and against it."""

    id: str
    speaks_for: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordMatch:
    """How one record meets the other side. `scope`: the currency that is meant, where a contact has a customer in several. `doubles`: the
    records of its own side that say the same; `clashes`: the documents across that have its number, and are others."""

    part: MatchPart
    side: Side
    kind: Kind
    id: str
    across: tuple[Across, ...] = ()
    scope: str = ""
    doubles: tuple[str, ...] = ()
    clashes: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """Side, kind and id."""
        return (self.side, self.kind, self.id)

    @property
    def plain(self) -> dict[str, Any]:
        """As it is stored."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "RecordMatch":
        """As it was stored."""
        across = tuple(
            Across(e["id"], tuple(e.get("speaks_for", ())), tuple(e.get("against", ())))
            for e in stored.get("across", ())
        )
        return cls(
            stored["part"],
            Side(stored["side"]),
            Kind(stored["kind"]),
            stored["id"],
            across,
            stored.get("scope", ""),
            tuple(stored.get("doubles", ())),
            tuple(stored.get("clashes", ())),
        )


@dataclass(slots=True)
class Meeting:
    """How both sides meet, found piece by piece of a plan. Of the pieces before, it knows ids, and hashes of what their records say."""

    _asked: set[tuple[Key, str]] = field(default_factory=set)
    _dealt_with: set[Key] = field(default_factory=set)
    _alone: set[Key] = field(default_factory=set)
    _again: set[Key] = field(default_factory=set)
    """What an earlier piece said nothing was to be done about, and the latest one makes after all."""
    _alike: dict[Place, dict[int, _Ids]] = field(default_factory=lambda: defaultdict(dict))
    _numbered: dict[int, _Ids] = field(default_factory=dict)
    _made: dict[Key, int] = field(default_factory=dict)

    def of_piece(self, plan_input: PlanInput, operations: Sequence[Operation]) -> dict[int, RecordMatch]:
        """How the records that these operations are about meet the other side, by the place of the operation that says so; each once.
        What repeats them, and whose number they have, is told once all pieces are known (`doubles`, `clashes`)."""
        self._look_at(plan_input)
        self._again = {_about(operation) for operation in operations if operation.action is Action.CREATE} & self._alone
        self._alone -= self._again
        self._dealt_with -= self._again
        found = self._paired_or_asked(plan_input, operations)
        self._dealt_with.update(key for match in found.values() for key in _concerned(match))
        for place, operation in enumerate(operations):
            key = _about(operation)
            if key in self._dealt_with or not _is_alone(plan_input, operation, key):
                continue
            self._dealt_with.add(key)
            self._alone.add(key)
            found[place] = RecordMatch(_ALONE[key[0]], *key)
            made = operation.record
            if operation.action is Action.CREATE and isinstance(made, Sale):
                self._made[key] = _number(key[0].other, made)
        return dict(sorted(found.items()))

    def taken_back(self, found: Iterable[RecordMatch]) -> set[Key]:
        """The records that earlier pieces have found alone, and that the latest one, with these matches, says something else about."""
        concerned = {key for match in found if match.part not in _ALONE.values() for key in _concerned(match)}
        back = concerned & self._alone
        self._alone -= back
        return back | self._again

    def clashes(self) -> Iterator[tuple[Key, tuple[str, ...]]]:
        """The documents across that have the number that a document would be made with, by what that is made of."""
        for key, number in self._made.items():
            ids = self._numbered.get(number)
            if ids is not None and key in self._alone:
                yield key, tuple(sorted(_all(ids))[:NAMED])

    def alike(self) -> dict[Key, set[str]]:
        """The records of which others of their side say the same, with the ids of those; contacts only may be doubles (`are_doubles`)."""
        near: dict[Key, set[str]] = {}
        for place, groups in self._alike.items():
            for ids in groups.values():
                for each in ids if isinstance(ids, tuple) else ():
                    near.setdefault((*place, each), set()).update(ids)
        return {key: ids - {key[2]} for key, ids in near.items()}

    def _look_at(self, plan_input: PlanInput) -> None:
        for snapshot in plan_input.snapshots.values():
            if snapshot.deleted:
                continue
            groups = self._alike[snapshot.side, snapshot.kind]
            for said in _said(plan_input.commons, snapshot):
                _note(groups, hash(said), snapshot.id, MOST)
            if isinstance(snapshot.record, Sale) and form(snapshot.record.number):
                _note(self._numbered, _number(snapshot.side, snapshot.record), snapshot.id, MOST)

    def _paired_or_asked(self, plan_input: PlanInput, operations: Sequence[Operation]) -> dict[int, RecordMatch]:
        """What a plan takes for one, and what it asks about; each pair and each question once."""
        people = {(o.source_id, o.target_id) for o in operations if o.action is Action.ADOPT and o.kind is Kind.CONTACT}
        found: dict[int, RecordMatch] = {}
        for place, operation in enumerate(operations):
            match = _of_pair(plan_input, operation, people) or _of_question(operation)
            if match is not None and (match.key, match.scope) not in self._asked:
                self._asked.add((match.key, match.scope))
                found[place] = match
        return found


def _about(operation: Operation) -> Key:
    return (operation.source_side, operation.source_kind, operation.source_id)


def _number(side: Side, sale: Sale) -> int:
    return hash((side, sale.type, form(sale.number)))


def _note(groups: dict[int, _Ids], said: int, record_id: str, most: int) -> None:
    """Note who says something; one id alone as it is, since nearly everything is said by one."""
    known = groups.get(said)
    if known is None:
        groups[said] = record_id
    elif record_id not in _all(known) and len(_all(known)) < most:
        groups[said] = (*_all(known), record_id)


def _all(ids: _Ids) -> tuple[str, ...]:
    return (ids,) if isinstance(ids, str) else ids


def are_doubles(one: Snapshot, other: Snapshot, commons: Commons) -> bool:
    """Whether two of one side that are alike say the same: of contacts all that their cards say counts."""
    return one.kind is not Kind.CONTACT or plainly_one(one.record, other.record, commons)


def _of_pair(plan_input: PlanInput, operation: Operation, people: set[tuple[str, str]]) -> RecordMatch | None:
    part = operation.part
    if operation.action is not Action.ADOPT or not (part is PRIMARY or isinstance(part, InCurrency)):
        return None
    here = plan_input.record(Side.ONCORD, operation.kind, operation.source_id)
    there = plan_input.record(Side.QUICKBOOKS, operation.kind, operation.target_id)
    weighed = _weighed(plan_input, here, there, people)
    across = Across(operation.target_id, weighed.speaks_for, weighed.against)
    scope = _scope(plan_input, there)
    return RecordMatch("certain", Side.ONCORD, operation.kind, operation.source_id, (across,), scope)


def _of_question(operation: Operation) -> RecordMatch | None:
    question = operation.question
    if operation.action is not Action.PARK or question is None or question.late:
        return None
    across = tuple(Across(c.id, c.speaks_for, c.against) for c in question.choices)
    part: MatchPart = "probable" if len(across) == 1 else "ambiguous"
    return RecordMatch(part, operation.source_side, operation.source_kind, operation.source_id, across, question.scope)


def _concerned(match: RecordMatch) -> Iterator[Key]:
    yield match.key
    for each in match.across:
        yield (match.side.other, match.kind, each.id)


def _is_alone(plan_input: PlanInput, operation: Operation, key: Key) -> bool:
    """Whether an operation is the one about a record that is there, and has no counterpart."""
    if operation.action not in (Action.CREATE, Action.SKIP, Action.WAIT, Action.PARK) or not key[2]:
        return False
    return plan_input.record(*key) is not None and plan_input.links.live(key) is None


def _scope(plan_input: PlanInput, customer: Record | None) -> str:
    """The currency in which a customer would be asked about; "" for the company's own."""
    if not isinstance(customer, Contact):
        return ""
    own, home = (plan_input.configuration.books_currency(each) for each in (customer.currency, ""))
    return "" if own == home else own


def _weighed(
    plan_input: PlanInput, here: Record | None, there: Record | None, people: set[tuple[str, str]]
) -> Evidence:
    """What speaks for and against two that are taken for one."""
    if isinstance(here, Contact) and isinstance(there, Contact):
        return evidence(here, there, plan_input.commons)
    if isinstance(here, Sale) and isinstance(there, Sale):
        owners = (str(here.contact_id), str(there.contact_id))
        known = plan_input.earlier.planned.pairs.get((Side.QUICKBOOKS, Kind.CONTACT, owners[1])) == owners[0]
        return sale_evidence(here, there, Around(known or owners in people))
    speaks: list[str] = []
    against: list[str] = []
    for words, other_words, same in _compared(here, there):
        (speaks if same else against).append(words if same else other_words)
    return Evidence(Grade.CERTAIN, tuple(filter(None, speaks)), tuple(filter(None, against)))


def _compared(here: Record | None, there: Record | None) -> Iterator[tuple[str, str, bool]]:
    if isinstance(here, Item) and isinstance(there, Item):
        yield "the same name", "another name", here.name == there.name
        yield "the same code", "another code", here.code == there.code
    if isinstance(here, Receipt) and isinstance(there, Receipt):
        yield "the same amount", "another amount", here.payment.amount == there.payment.amount
        gap = days_apart(here.date, there.date)
        yield "the same day", f"{gap} day{'s' if gap > 1 else ''} apart", gap == 0
        if here.reference and there.reference:
            yield "the same reference", "another reference", form(here.reference) == form(there.reference)


def _said(commons: Commons, snapshot: Snapshot) -> Iterator[Hashable]:
    """What a record is grouped by; nothing for one that says too little, or is void."""
    record = snapshot.record
    if isinstance(record, Contact):
        for address in card(record).addresses:
            if not commons.common(address):
                yield address
    elif isinstance(record, Sale):
        if form(record.number) and not is_void(record) and record.status != "draft":
            money = record.money
            yield (record.type, form(record.number), money.currency, money.total)
    elif isinstance(record, Receipt) and record.payment.amount and not record.voided:
        paid = record.payment
        allocations = tuple(sorted((str(a.sale_id), a.amount) for a in paid.allocations))
        yield (str(record.contact_id), record.date, paid.currency, paid.amount, allocations)
