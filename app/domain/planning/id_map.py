"""Which record of one side is which on the other, and what stands in the way where that is not known yet."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, fields

from app.domain.model.link_part import Part, format_part
from app.domain.model.operations import Operation
from app.domain.model.records import (
    Counterpart,
    Kind,
    Reference,
    Side,
)
from app.domain.model.waiting import OtherRecord, WaitsFor

Key = tuple[Side, Kind, str]


class Obstacle(Exception):
    """Why a record cannot be expressed on the other side yet.

    `waits_for` is what has to change first. `asks` are the decisions that go with it, such as the question about another
    record that has to be answered first. `recreates` is the record whose counterpart was deleted, where making that anew
    would help.
    """

    def __init__(
        self,
        waits_for: WaitsFor,
        reason: str,
        asks: Sequence[Operation] = (),
        recreates: tuple[Side, Kind, str] | None = None,
    ) -> None:
        super().__init__(reason)
        self.recreates = recreates
        self.asks = asks
        self.waits_for = waits_for
        self.reason = reason


@dataclass(slots=True)
class Planned:
    """What a plan has decided so far about who is who: it is written over what the links say."""

    creates: set[Key] = field(default_factory=set)
    """Records whose counterpart is being created."""
    pairs: dict[Key, str] = field(default_factory=dict)
    customers: dict[tuple[str, str], Reference] = field(default_factory=dict)
    stands_for: dict[str, str] = field(default_factory=dict)
    leaders: dict[str, str] = field(default_factory=dict)
    """Customers that follow one of another currency into Oncord, which is being created."""
    reactivated: set[tuple[Kind, str]] = field(default_factory=set)
    """Inactive customers and items that are made active again."""
    taken: set[str] = field(default_factory=set)
    """Customers that are given a contact, after a merge or because it is back: each takes one link."""
    released: set[str] = field(default_factory=set)
    """Payments that let go of what they pay, to be applied again afterwards."""
    names: set[tuple[Kind, str]] = field(default_factory=set)
    """Normalised names that are given to customers and items."""

    def copy(self) -> "Planned":
        """The same, to go on from for a while."""
        return Planned(**{each.name: copy(getattr(self, each.name)) for each in fields(self)})

    def add(self, later: "Planned") -> None:
        """Know what was decided later, too."""
        for each in fields(self):
            getattr(self, each.name).update(getattr(later, each.name))


@dataclass(slots=True)
class IdMap:
    """Which record of one side is which on the other: what the links say, which never changes, and what the plan that is
    being made has decided besides (`planned`), which only the methods below add to.

    One is made for each plan and handed from step to step; the plan's input stays as it was. A step that may come to
    nothing goes on with a `branch`, and what it has decided counts once the branch is `accepted`.

    `linked` maps (side, kind, id) to the id on the other side. `customers` maps a contact and a currency to the customer
    of that currency, where the company keeps several. `stands_for` maps a contact to the one that is the same person, and
    whose customers it is billed to. `earlier` is what pieces of the plan before this one have decided.
    """

    linked: Mapping[Key, str] = field(default_factory=dict)
    customers: Mapping[tuple[str, str], Reference] = field(default_factory=dict)
    stands_for: Mapping[str, str] = field(default_factory=dict)
    planned: Planned = field(default_factory=Planned)
    earlier: Planned = field(default_factory=Planned)

    def branch(self) -> "IdMap":
        """This map for a step that may come to nothing."""
        return IdMap(self.linked, self.customers, self.stands_for, self.planned.copy(), self.earlier)

    def accept(self, branch: "IdMap") -> None:
        """What was decided on a branch is decided."""
        self.planned = branch.planned

    def paired(self, side: Side, kind: Kind, record_id: str) -> str | None:
        """The id on the other side of a record that has its counterpart."""
        key = (side, kind, record_id)
        planned = self.planned.pairs.get(key, self.earlier.pairs.get(key))
        return planned if planned is not None else self.linked.get(key)

    def pairs(self) -> dict[Key, str]:
        """All records that have their counterpart, with its id."""
        return {**self.linked, **self.earlier.pairs, **self.planned.pairs}

    def find(self, side: Side, kind: Kind, record_id: str) -> Reference | None:
        """The counterpart of record `record_id` of `side`: its id, a promise of it, or None.

        Of a contact with several customers it is the primary one; see `customer`.
        """
        counterpart = self.paired(side, kind, record_id)
        if counterpart is not None:
            return counterpart
        if side is Side.QUICKBOOKS and kind is Kind.CONTACT:
            record_id = self.planned.leaders.get(record_id, self.earlier.leaders.get(record_id, record_id))
        return Counterpart(kind, record_id) if self.creates((side, kind, record_id)) else None

    def customer(self, contact_id: str, currency: str) -> Reference | None:
        """The contact's customer of a currency; of any where `currency` is "" (`Configuration.books_currency`)."""
        if not currency:
            return self.find(Side.ONCORD, Kind.CONTACT, contact_id)
        key = (self.owner(contact_id), currency)
        planned = self.planned.customers.get(key, self.earlier.customers.get(key))
        return planned if planned is not None else self.customers.get(key)

    def owner(self, contact_id: str) -> str:
        """The contact whose customers this one is billed to: itself, or the one that is the same person."""
        planned = self.planned.stands_for.get(contact_id, self.earlier.stands_for.get(contact_id))
        return planned if planned is not None else self.stands_for.get(contact_id, contact_id)

    def counterpart(self, side: Side, kind: Kind, reference: Reference) -> Reference:
        """The counterpart of a record that `side` refers to. Raises `Obstacle` where there is none yet."""
        if not isinstance(reference, str):
            return reference
        counterpart = self.find(side, kind, reference)
        if counterpart is None:
            raise Obstacle(
                OtherRecord(kind, side, reference), f"It waits until its {kind} {reference} is synchronised."
            )
        return counterpart

    def customer_of(self, reference: Reference, currency: str) -> Reference:
        """The customer of a currency of the contact that Oncord refers to. Raises `Obstacle` where there is none yet."""
        if not isinstance(reference, str):
            return reference
        customer = self.customer(reference, currency)
        if customer is None:
            named = f"contact {reference} is synchronised" + (f" in {currency}" if currency else "")
            raise Obstacle(OtherRecord(Kind.CONTACT, Side.ONCORD, reference), f"It waits until its {named}.")
        return customer

    def creates(self, key: Key) -> bool:
        """Whether this plan creates the counterpart of a record."""
        return key in self.planned.creates or key in self.earlier.creates

    def plan_create(self, key: Key) -> None:
        """The counterpart of this record is created."""
        self.planned.creates.add(key)

    def plan_customer(self, contact_id: str, currency: str, part: Part) -> None:
        """The contact's customer of a currency is created."""
        self.planned.customers[contact_id, currency] = Counterpart(Kind.CONTACT, contact_id, format_part(part))

    def pair(self, kind: Kind, oncord_id: str, quickbooks_id: str) -> None:
        """From now on these two are one; the first customer of a contact stays its primary one."""
        own = (Side.ONCORD, kind, oncord_id)
        if not self.creates(own) and self.paired(*own) is None:
            self.planned.pairs[own] = quickbooks_id
        self.planned.pairs[Side.QUICKBOOKS, kind, quickbooks_id] = oncord_id

    def pair_currency(self, contact_id: str, currency: str, customer_id: str) -> None:
        """The contact has this customer for a currency, unless it has one already."""
        key = (contact_id, currency)
        if self.customers.get(key) is None and key not in self.earlier.customers:
            self.planned.customers.setdefault((contact_id, currency), customer_id)

    def belongs_to(self, kind: Kind, quickbooks_id: str, oncord_id: str) -> None:
        """A record of QuickBooks is a further counterpart of one of Oncord."""
        self.planned.pairs[Side.QUICKBOOKS, kind, quickbooks_id] = oncord_id

    def goes_on_with(self, kind: Kind, oncord_id: str, quickbooks_id: str) -> None:
        """A record of Oncord has another counterpart from now on."""
        self.planned.pairs[Side.ONCORD, kind, oncord_id] = quickbooks_id

    def stand_in(self, contact_id: str, owner: str, customer_id: str) -> None:
        """From now on this contact is billed to the customers of `owner`."""
        self.planned.stands_for[contact_id] = owner
        self.goes_on_with(Kind.CONTACT, contact_id, customer_id)

    def merge(self, contact_id: str, customer_id: str, survivor: str) -> None:
        """A contact's customer was merged into one that has no contact, and that is given this one."""
        self.take([survivor])
        self.belongs_to(Kind.CONTACT, survivor, contact_id)
        if self.paired(Side.ONCORD, Kind.CONTACT, contact_id) in (customer_id, survivor):
            self.goes_on_with(Kind.CONTACT, contact_id, survivor)
        for (owner, currency), customer in self.customers.items():
            if owner == contact_id and customer in (customer_id, survivor):
                self.planned.customers[contact_id, currency] = survivor

    def follow(self, customer_id: str, leader_id: str) -> None:
        """A customer belongs to the contact that is made of another one, in another currency."""
        self.planned.leaders[customer_id] = leader_id

    def is_reactivated(self, kind: Kind, quickbooks_id: str) -> bool:
        """Whether this plan makes a customer or item active again."""
        return (kind, quickbooks_id) in self.planned.reactivated or (kind, quickbooks_id) in self.earlier.reactivated

    def reactivate(self, kind: Kind, quickbooks_id: str) -> None:
        """A customer or item is made active again."""
        self.planned.reactivated.add((kind, quickbooks_id))

    def is_taken(self, customer_id: str) -> bool:
        """Whether this plan gives a customer to some contact already."""
        return customer_id in self.planned.taken or customer_id in self.earlier.taken

    def take(self, customer_ids: Iterable[str]) -> None:
        """These customers are given a contact."""
        self.planned.taken.update(customer_ids)

    def is_released(self, payment_id: str) -> bool:
        """Whether a payment lets go of what it pays already."""
        return payment_id in self.planned.released or payment_id in self.earlier.released

    def release(self, payment_id: str) -> None:
        """A payment lets go of what it pays."""
        self.planned.released.add(payment_id)

    def gives_name(self, kind: Kind, name: str) -> bool:
        """Whether this plan gives a normalised name to a customer or item."""
        return (kind, name) in self.planned.names or (kind, name) in self.earlier.names

    def give_name(self, kind: Kind, name: str) -> None:
        """A normalised name is given to a customer or item that is created."""
        self.planned.names.add((kind, name))
