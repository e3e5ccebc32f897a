"""Everything a plan is made from: the changed records, both mirrors, the links, and what the merchant configured.

The engine gathers it; the planner only reads it. All look-ups answer from what was gathered, never from outside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, tzinfo

from app.domain.guards.cleared_money import ClearedMoney
from app.domain.guards.locked_period import Lock
from app.domain.matching.addresses import Commons
from app.domain.matching.people import People
from app.domain.model.configuration import Configuration
from app.domain.model.deletion import DeletedWith
from app.domain.model.link_part import PRIMARY, InCurrency
from app.domain.model.links import Link
from app.domain.model.opening import OpeningAnswer
from app.domain.model.records import (
    Contact,
    Kind,
    Record,
    Reference,
    Side,
    Snapshot,
)
from app.domain.model.waiting import OtherRecord
from app.domain.planning.id_map import IdMap, Key, Planned
from app.domain.planning.link_index import LinkIndex, by_part

__all__ = ["ChangedRecord", "Decided", "Key", "MatchAnswer", "PeriodAnswer", "PlanInput", "RefundAnswer"]


@dataclass(frozen=True, slots=True)
class ChangedRecord:
    """A record that has to be looked at, with the generation of its pending change and what it was deleted with."""

    side: Side
    kind: Kind
    id: str
    generation: int = 0
    deleted_with: DeletedWith | None = None

    @property
    def key(self) -> Key:
        """Side, kind and id."""
        return (self.side, self.kind, self.id)


@dataclass(frozen=True, slots=True)
class MatchAnswer:
    """What a person has said about an unlinked record: the counterpart `chosen`, or "" for none of those `offered`."""

    chosen: str
    offered: tuple[str, ...] = ()
    scope: str = ""
    shown: tuple[tuple[str, str], ...] = ()
    """The facts of the chosen one that the person saw."""
    of_lot: bool = False
    """It was asked about as one of many pairs of which one card is blank, and answered with them."""


@dataclass(frozen=True, slots=True)
class PeriodAnswer:
    """What a person has said about a document of a locked period, or about money that a bank statement holds: it `allows` what
    was `shown`, once, or it stays a named difference as long as both sides are as they were shown (B1, R3, R5, R7). `open_day`:
    what is made is dated on the first open day. `unapplies`: money is taken off what it pays, and stays where it is.
    `as_difference`: what has changed is entered as a document of its own, and the old one stays."""

    item_id: str
    allows: bool
    shown: str
    open_day: bool = False
    unapplies: bool = False
    as_difference: bool = False
    by: str = ""
    on: str = ""
    """The day, as it is written."""

    @property
    def said(self) -> str:
        """Who has said so, and when, in the middle of a sentence."""
        return f"as {self.by} said on {self.on}"


@dataclass(frozen=True, slots=True)
class RefundAnswer:
    """What a person has said of money that goes back to a customer (R5, S5): `answer` is one of those of `model.refund_answers`, given
    to the refund or the credit as it was `shown`. `account`: the expense account of goodwill, or the account that credit is paid
    back from, "" for the one of the configuration. `times`: how often the same was answered about before."""

    item_id: str
    answer: str
    shown: str
    account: str = ""
    times: int = 0
    by: str = ""
    on: str = ""

    @property
    def said(self) -> str:
        """Who has said so, and when, in the middle of a sentence."""
        return f"as {self.by} said on {self.on}"


def _by_what_it_is_for(owned: tuple[str, Link]) -> tuple[bool, str, int]:
    """The order of a contact's customers of one currency: the primary one, the one made for it, those that merges brought."""
    currency, link = owned
    return (link.part not in (PRIMARY, InCurrency(currency)), *by_part(link))


@dataclass(slots=True)
class Decided:
    """What one piece of a plan has decided, as far as later ones have to know it: who is who, and which pairs were decided about. Nothing
    but ids and names, so that little of a record is remembered."""

    planned: Planned = field(default_factory=Planned)
    pairs: set[tuple[Kind, str]] = field(default_factory=set)
    """Each as its kind with the id in Oncord of a receipt or a sale, else with the id of its link."""

    def add(self, later: "Decided") -> None:
        """Know what a later piece has decided, too."""
        self.planned.add(later.planned)
        self.pairs |= later.pairs


@dataclass(frozen=True, slots=True)
class PlanInput:
    """What one plan is made from. A plan reads it and changes nothing of it."""

    configuration: Configuration
    changes: Sequence[ChangedRecord]
    snapshots: Mapping[Key, Snapshot]
    links: LinkIndex
    candidates: Mapping[tuple[Side, Kind], Sequence[Snapshot]] = field(default_factory=dict)
    alike: Sequence[Snapshot] = ()
    """Sales of both sides that have the contact and total of an unlinked one and lie near it, linked ones included."""
    namesakes: Sequence[Snapshot] = ()
    """Documents that have their counterpart and carry the number of an unlinked one across from them."""
    item_names_taken: Mapping[str, str] = field(default_factory=dict)
    """Normalised names that QuickBooks' items already have, with the item's id."""
    names_taken: Mapping[str, str] = field(default_factory=dict)
    """Normalised names that QuickBooks already uses, with the customer's id ("" for a vendor or employee)."""
    payments_on: Mapping[str, Sequence[Snapshot]] = field(default_factory=dict)
    """QuickBooks payments that are applied to an invoice, by the invoice's id; gathered where a sale was deleted."""
    paid_before: Mapping[str, Sequence[Snapshot]] = field(default_factory=dict)
    """Oncord's receipts that have or had their payments, by the sale that they pay; gathered where a payment that has no
    receipt yet pays its invoice."""
    received_on: Mapping[str, Sequence[Snapshot]] = field(default_factory=dict)
    """Oncord's receipts by the sale that they pay; gathered for sales from before the start date that have no document, or
    came into the books as opening receivables."""
    opening_answers: Mapping[str, OpeningAnswer] = field(default_factory=dict)
    """What people have said about single sales that were open on the start date, by Oncord's id (S1)."""
    beside_openings: Sequence[Snapshot] = ()
    """Unlinked sales from before the start date, and unlinked open invoices that could be one of them, of the same contacts."""
    refunded_before: Mapping[str, Sequence[Snapshot]] = field(default_factory=dict)
    """Oncord's refunds that have or had their money out, by contact; gathered where money out that has no refund yet goes to
    its customer."""
    merged_customers: Mapping[str, str] = field(default_factory=dict)
    """Inactive customers that were merged away, with the customer that carries their invoices now."""
    merges_shown: frozenset[str] = frozenset()
    """Those of them of which only their invoices tell, which have just been seen to have moved; and inactive customers whose
    invoices are still on them, which were merged into nobody."""
    items_shown: frozenset[str] = frozenset()
    """Inactive items of which only the lines of their documents tell into which they were merged."""
    asked_documents: frozenset[tuple[Kind, str, str]] = frozenset()
    """The documents and the money of Oncord and of QuickBooks that a person is asked about, pair by pair, until the answer
    is carried out."""
    match_answers: Mapping[Key, Sequence[MatchAnswer]] = field(default_factory=dict)
    """The answers to which one a record is that have not led to a link yet; the latest of each scope."""
    relatives: Mapping[Side, Sequence[Snapshot]] = field(default_factory=dict)
    """Contacts and customers, linked ones too, that unlinked ones in sight may be the same person as."""
    overdue: frozenset[OtherRecord] = frozenset()
    """The subjects of questions about who somebody is that have held documents for long enough."""
    holds_nothing: bool = False
    """Whether no document waits for such a question at present."""
    commons: Commons = field(default_factory=Commons)
    """Which e-mail addresses are nobody's in particular."""
    lock: Lock | None = None
    """Up to when the books are locked (B1)."""
    period_answers: Mapping[tuple[Kind, str], PeriodAnswer] = field(default_factory=dict)
    """The answers about documents of locked periods and about money that a bank statement holds, by kind and Oncord's id."""
    applied_in_oncord: Mapping[str, Sequence[Snapshot]] = field(default_factory=dict)
    """Oncord's receipts by the document that they are allocated to; gathered for adjustments for bad debts in sight, and their sales."""
    refund_answers: Mapping[str, RefundAnswer] = field(default_factory=dict)
    """The answers to what refunds give back that pay back no credit, by the refund's id in Oncord (R5)."""
    pay_back_answers: Mapping[str, RefundAnswer] = field(default_factory=dict)
    """The answers by which the credit is paid back that a late cancellation has left open, by the sale's id in Oncord (S5)."""
    money_of: Mapping[str, Sequence[Snapshot]] = field(default_factory=dict)
    """Oncord's documents and money of the contacts of refunds that have no money out yet and pay back no credit."""
    cleared: ClearedMoney | None = None
    """What a bank statement holds; None as long as nobody has asked, since no plan has to know (law 9)."""
    today: date | None = None
    """The day of the run at the site; None where that tells nothing."""
    zone: tzinfo | None = None
    """The time zone of the site, where it is known."""
    backfill: bool = False
    """First synchronisation or gap recovery: Oncord keeps its marketing triggers quiet."""
    earlier: Decided = field(default_factory=Decided, compare=False, repr=False)
    """What the pieces of the plan before this one have decided, where it is made in pieces."""
    _people: dict[Side, People] = field(default_factory=dict, compare=False, repr=False)
    """What has been indexed of the candidates, and of the relatives, so that it is done once."""
    _kin: dict[Side, People] = field(default_factory=dict, compare=False, repr=False)

    def people(self, side: Side) -> People:
        """The unlinked contacts of a side that those in sight might be."""
        if side not in self._people:
            self._people[side] = People.of(self.candidates.get((side, Kind.CONTACT), ()))
        return self._people[side]

    def kin(self, side: Side) -> People:
        """The contacts of a side, linked ones too, that those in sight may be the same person as."""
        if side not in self._kin:
            self._kin[side] = People.of(self.relatives.get(side, ()))
        return self._kin[side]

    def snapshot(self, side: Side, kind: Kind, record_id: str) -> Snapshot | None:
        """What the mirror holds of a record."""
        return self.snapshots.get((side, kind, record_id))

    def not_locked(self, day: date | None) -> date | None:
        """A day, or the first open day where that one is locked."""
        return self.lock.first_open_day if self.lock is not None and self.lock.holds(day) else day

    def outdated(self) -> list[Snapshot]:
        """What is still there and was read in an earlier vocabulary: nothing is known of its newer fields."""
        seen = [*self.snapshots.values(), *self.alike, *self.namesakes]
        for near in (self.candidates, self.relatives, self.payments_on):
            seen += [snapshot for snapshots in near.values() for snapshot in snapshots]
        return [snapshot for snapshot in seen if snapshot.vocabulary is not None and not snapshot.deleted]

    def planned(self) -> set[Key]:
        """The changed records and their counterparts: both are compared in this plan."""
        keys = {change.key for change in self.changes}
        across = {
            (key[0].other, key[1], link.id_on(key[0].other))
            for key in keys
            for link in self.links.by_record.get(key, ())
        }
        return keys | across

    def paying(self, invoice_id: str) -> list[Snapshot]:
        """The payments that are applied to an invoice, in the order of their ids."""
        return sorted(self.payments_on.get(invoice_id, ()), key=lambda payment: payment.id)

    def asks(self, one: Snapshot, other: Snapshot) -> bool:
        """Whether a person is asked if these two of different sides are one."""
        oncord, books = (one, other) if one.side is Side.ONCORD else (other, one)
        return (one.kind, oncord.id, books.id) in self.asked_documents

    def asks_about(self, key: Key) -> bool:
        """Whether a person is asked about this one and any other."""
        place = 1 if key[0] is Side.ONCORD else 2
        return any(pair[0] is key[1] and pair[place] == key[2] for pair in self.asked_documents)

    def record(self, side: Side, kind: Kind, record_id: str) -> Record | None:
        """The content that the mirror holds of a record that still exists."""
        snapshot = self.snapshot(side, kind, record_id)
        return snapshot.record if snapshot is not None and not snapshot.deleted else None

    def id_map(self) -> IdMap:
        """The references that the links answer."""
        linked = {
            (side, kind, record_id): link.id_on(side.other)
            for (side, kind, record_id) in sorted(self.links.by_record)
            if (link := self.links.live((side, kind, record_id))) is not None
        }
        for (side, kind, record_id), customer in list(linked.items()):
            survivor = self.merged_customers.get(customer)
            if side is Side.ONCORD and kind is Kind.CONTACT and survivor is not None:
                linked[side, kind, record_id] = survivor
                linked.setdefault((Side.QUICKBOOKS, kind, survivor), record_id)
        stands_for: dict[str, str] = {}
        for side, kind, record_id in sorted(self.links.by_record):
            link = self.links.shared((side, kind, record_id)) if side is Side.ONCORD else None
            if link is None or (side, kind, record_id) in linked:
                continue
            customer = self.merged_customers.get(link.quickbooks_id, link.quickbooks_id)
            linked[side, kind, record_id] = customer
            owner = linked.setdefault((Side.QUICKBOOKS, kind, customer), record_id)
            stands_for |= {record_id: owner} if owner != record_id else {}
        customers, earlier = self._customers(), self.earlier.planned
        return IdMap(linked=linked, customers=customers, stands_for=stands_for, earlier=earlier)

    def _customers(self) -> dict[tuple[str, str], Reference]:
        """By contact and currency: its primary customer, the one made for this currency, or one that a merge brought."""
        customers: dict[tuple[str, str], Reference] = {}
        for side, kind, contact_id in self.links.by_record if self.configuration.multi_currency else ():
            if side is Side.ONCORD and kind is Kind.CONTACT:
                owned = [(self.currency_of(link), link) for link in self.links.parts((side, kind, contact_id))]
                for currency, link in sorted(owned, key=_by_what_it_is_for):
                    customer = self.merged_customers.get(link.quickbooks_id, link.quickbooks_id)
                    customers.setdefault((contact_id, currency), customer)
        return customers

    def currency_of(self, link: Link) -> str:
        """The currency of a link's customer, as `Configuration.books_currency` says it."""
        snapshot = self.snapshot(Side.QUICKBOOKS, Kind.CONTACT, link.quickbooks_id)
        customer = snapshot.record if snapshot and snapshot.record else link.base_quickbooks
        return self.configuration.books_currency(customer.currency if isinstance(customer, Contact) else "")
