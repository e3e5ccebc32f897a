"""Which record of one side is which on the other, and what stands in the way where that is not known yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.domain.model.operations import Operation
from app.domain.model.records import (
    Counterpart,
    Kind,
    Reference,
    Side,
)
from app.domain.model.waiting import OtherRecord, WaitsFor


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
class IdMap:
    """Which record of one side is which on the other, and what this very plan makes; it grows while a plan is made.

    `known` maps (side, kind, id) to the id on the other side; `planned_creates` holds (side, kind, id) of records whose
    counterpart is being created; `awake` the inactive customers that are being made active again, and `awake_items` the items. `customers` maps a
    contact and a currency to the customer of that currency, where the company keeps several; `leaders` maps a customer
    to the one of another currency whose contact it belongs to as well, and that is being created. `stands_for`
    maps a contact to the one that is the same person, and whose customers it is billed to.
    """

    known: dict[tuple[Side, Kind, str], str] = field(default_factory=dict)
    planned_creates: set[tuple[Side, Kind, str]] = field(default_factory=set)
    reactivated: set[str] = field(default_factory=set)
    reactivated_items: set[str] = field(default_factory=set)
    customers: dict[tuple[str, str], Reference] = field(default_factory=dict)
    leaders: dict[str, str] = field(default_factory=dict)
    stands_for: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    """Customers that this plan gives a contact, after a merge or because it is back: each takes one link."""
    released: set[str] = field(default_factory=set)
    """Payments that this plan lets go of what they pay, to be applied again afterwards."""

    def find(self, side: Side, kind: Kind, record_id: str) -> Reference | None:
        """The counterpart of record `record_id` of `side`: its id, a promise of it, or None.

        Of a contact with several customers it is the primary one; see `customer`.
        """
        known = self.known.get((side, kind, record_id))
        if known is not None:
            return known
        if side is Side.QUICKBOOKS and kind is Kind.CONTACT:
            record_id = self.leaders.get(record_id, record_id)
        return Counterpart(kind, record_id) if (side, kind, record_id) in self.planned_creates else None

    def customer(self, contact_id: str, currency: str) -> Reference | None:
        """The contact's customer of a currency; of any where `currency` is "" (`Configuration.books_currency`)."""
        if not currency:
            return self.find(Side.ONCORD, Kind.CONTACT, contact_id)
        return self.customers.get((self.owner(contact_id), currency))

    def owner(self, contact_id: str) -> str:
        """The contact whose customers this one is billed to: itself, or the one that is the same person."""
        return self.stands_for.get(contact_id, contact_id)

    def stand_in(self, contact_id: str, owner: str, customer_id: str) -> None:
        """From now on this contact is billed to the customers of `owner`."""
        self.stands_for[contact_id] = owner
        self.known[Side.ONCORD, Kind.CONTACT, contact_id] = customer_id

    def pair(self, kind: Kind, oncord_id: str, quickbooks_id: str) -> None:
        """From now on these two are one; the first customer of a contact stays its primary one."""
        if (Side.ONCORD, kind, oncord_id) not in self.planned_creates:
            self.known.setdefault((Side.ONCORD, kind, oncord_id), quickbooks_id)
        self.known[Side.QUICKBOOKS, kind, quickbooks_id] = oncord_id

    def counterpart(self, side: Side, kind: Kind, reference: Reference) -> Reference:
        """The counterpart of a record that `side` refers to. Raises `Obstacle` where there is none yet."""
        if not isinstance(reference, str):
            return reference
        found = self.find(side, kind, reference)
        if found is None:
            raise Obstacle(
                OtherRecord(kind, side, reference), f"It waits until its {kind} {reference} is synchronised."
            )
        return found

    def customer_of(self, reference: Reference, currency: str) -> Reference:
        """The customer of a currency of the contact that Oncord refers to. Raises `Obstacle` where there is none yet."""
        if not isinstance(reference, str):
            return reference
        found = self.customer(reference, currency)
        if found is None:
            named = f"contact {reference} is synchronised" + (f" in {currency}" if currency else "")
            raise Obstacle(OtherRecord(Kind.CONTACT, Side.ONCORD, reference), f"It waits until its {named}.")
        return found
