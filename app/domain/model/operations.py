"""Operations: what a run intends, with the rule and the reason of every decision."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.domain.model.link_part import PAY_BACK, PRIMARY, WRITE_OFF, Part, is_of_refund, stands_beside, stays_in_oncord
from app.domain.model.links import Origin
from app.domain.model.records import Kind, Record, Side
from app.domain.model.waiting import WaitsFor
from app.domain.model.write_fields import REMOVAL, WriteField, groups_of


class Action(StrEnum):
    """What an operation does. The first four write on a side; the others are decisions that only we remember."""

    CREATE = "create"
    UPDATE = "update"
    VOID = "void"
    DELETE = "delete"
    ADOPT = "adopt"
    REBASE = "rebase"
    TOMBSTONE = "tombstone"
    REPOINT = "repoint"
    SKIP = "skip"
    WAIT = "wait"
    PARK = "park"

    @property
    def writes(self) -> bool:
        """Whether this is sent to a side."""
        return self in (Action.CREATE, Action.UPDATE, Action.VOID, Action.DELETE)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One atomic group that both sides changed differently: what the base held, what each side holds, who goes on."""

    field: str
    base: object
    oncord: object
    quickbooks: object
    winner: Side


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record of `side` that a question offers, with what tells it from the others ("email", "suburb", "total" ...)."""

    side: Side
    id: str
    name: str
    facts: tuple[tuple[str, str], ...] = ()
    speaks_for: tuple[str, ...] = ()
    """What speaks for its being the one that is asked about, in words; `against` what does not."""
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Which of these a record is. `scope` tells apart what is asked about one record more than once (a currency)."""

    choices: tuple[Candidate, ...]
    scope: str = ""
    late: bool = False
    """It is only put to say what was done without an answer: it can be dismissed."""
    blank: Candidate | None = None
    """The record itself, as it is shown beside the one that it could be, where their name is all that speaks for it: a
    question of this sort is put with all others of the sort (`sync.questions.bulk_questions`)."""


@dataclass(frozen=True, slots=True)
class LockedChange:
    """What was to be done to a document of a locked period (B1), or to money that a bank statement holds (R3, R5, R7). `shown`
    stands for what both sides held when it was asked about, so that an answer holds for just that; `advice` says what the
    answers do."""

    shown: str
    advice: str
    is_new: bool = False
    """It would be made anew, so that it can be dated otherwise."""
    removes: bool = False
    """It would be voided or deleted: one of many counts as a removal first (docs/rules.md 2)."""
    unapplies: bool = False
    """It could be taken off what it pays instead, so that the money stays where it is."""
    differs: bool = False
    """What has changed could be entered as a document of its own, so that the old one stays as it is."""
    beside: bool = False
    """Documents over earlier differences stand beside it, so that it cannot simply be written over."""


@dataclass(frozen=True, slots=True)
class RefundQuestion:
    """What a refund gives back that pays back no credit (R5): the answers there are, a proposed one first. `shown` stands for
    the refund as it was asked about, so that an answer holds for just that; `advice` says what the answers do."""

    shown: str
    advice: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Label:
    """A record's name for people: what it is called ("Invoice 1041"), and its parts where it has them.

    `amount` is in `currency` and never negative: that money goes back is said by the label ("Refund"). Whose it is stands
    apart, with the contact's id ("oncord:17"), so that a person's name can be erased from what is kept.
    """

    called: str = ""
    number: str = ""
    date: dt.date | None = None
    amount: Decimal | None = None
    currency: str = ""
    person: str = ""
    contact: str = ""
    sort: str = ""
    """contact, item, sale, adjustment, receipt, refund: which page of a system shows it."""

    @property
    def label(self) -> str:
        """The whole name: "Invoice 1041, Ada Byron"."""
        return whole_name(self.called, self.person)


_PEOPLE = ("Contact", "Customer")


def whole_name(called: str, person: str) -> str:
    """What a record is called, with whose it is: "Invoice 1041, Ada Byron"; a person is one with the name: "Contact Ada Byron"."""
    joint = " " if called in _PEOPLE else ", "
    return joint.join(part for part in (called, person) if part)


@dataclass(frozen=True, slots=True)
class Operation:
    """One intended write on `side`, or one decision about a pair.

    `source_id` is the record that causes it (on the other side), `target_id` the record it is about on `side` ("" for a
    create). `record` is what the target should hold afterwards, in the target's own ids and codes, except for
    `Counterpart` references, which are resolved from the links when the write is prepared. `fields` are the atomic
    groups that move, and what the write does besides. `expected_version` is the mirror's version of the target, for the optimistic write.
    """

    action: Action
    side: Side
    kind: Kind
    rule: str
    reason: str
    source_id: str = ""
    target_id: str = ""
    record: Record | None = None
    fields: tuple[WriteField, ...] = ()
    expected_version: str = ""
    generation: int = 0
    part: Part = PRIMARY
    """Which link of the Oncord record it is about, where that has several."""
    shares_customer: bool = False
    """ADOPT: the contact is billed to the customer of another one, who is the same person."""
    stands_beside: bool = False
    """REPOINT: the survivor of the merge has a link already, beside which this one stands from now on."""
    origin: Origin | None = None
    disagreements: tuple[Disagreement, ...] = ()
    waits_for: WaitsFor | None = None
    """WAIT and PARK: what must change first."""
    recreates: tuple[Side, Kind, str] | None = None
    """PARK: the record whose deleted counterpart can be made anew, which would let this one go on."""
    question: Question | None = None
    """PARK: where several records of `side` could be this one; None where something else is asked."""
    locked: LockedChange | None = None
    """PARK: what a person is asked about a document of a locked period, or about money that a bank statement holds."""
    refund: RefundQuestion | None = None
    """PARK: what a person is asked about a refund that pays back no credit."""
    backfill: bool = False
    answers: str = ""
    """The attention item whose decision this write carries out; "" for what nobody has decided."""
    subject: Label = Label()
    """The record that it is about, as people call it; given by `planner.named`."""

    @property
    def source_kind(self) -> Kind:
        """The kind of the record that causes it: its own, but for the payment of zero that joins the documents of a sale (S5, B1),
        the refund of a cancelled sale that an answer records (S5), what applies a bad debt to its sale (S7), and the adjustment that a
        refund does (R5)."""
        if is_of_refund(self.part):
            return Kind.RECEIPT
        return Kind.SALE if stands_beside(self.part) or self.part in (PAY_BACK, WRITE_OFF) else self.kind

    @property
    def source_side(self) -> Side:
        """The side of the record that causes it: the other one, but for what is written in Oncord for a record of its own (R5, S5, S7)."""
        return self.side if stays_in_oncord(self.part) else self.side.other

    @property
    def takes_away(self) -> bool:
        """Whether it removes its record: by a delete, or by a void, or a letting go of all, that stands for one."""
        return self.action is Action.DELETE or REMOVAL in self.fields

    @property
    def groups(self) -> tuple[str, ...]:
        """The atomic groups that move."""
        return groups_of(self.fields)
