"""A plan follows from what is known, not from the order in which it is told; and what is known stays as it was.

The worlds are random and small, so that names, numbers, customers and money clash all the time.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from app.domain.model.configuration import ItemPolicy
from app.domain.model.link_part import CREDIT, InCurrency, OfRecord
from app.domain.model.links import Link, LinkState, Origin
from app.domain.model.operations import Action
from app.domain.model.records import (
    Allocation,
    Contact,
    Item,
    Kind,
    Line,
    Payment,
    Receipt,
    Record,
    Sale,
    Side,
    Snapshot,
)
from app.domain.planner import Plan, named, plan
from app.domain.planning.link_index import LinkIndex
from app.domain.planning.plan_input import ChangedRecord, Key, PlanInput
from tests.domain.builders import CONFIGURATION, contact, line, linked, receipt, sale, seen

ONCORD, BOOKS = Side.ONCORD, Side.QUICKBOOKS
FIRST, LAST = ("Ada", "Bea", "Cy"), ("Byron", "Lovelace")
SIZE = 5


class World:
    """Both mirrors and the links between them, made by chance."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.snapshots: dict[Key, Snapshot] = {}
        self.links: list[Link] = []
        self.currencies = ("AUD", "USD") if self.chance.random() < 0.3 else ("AUD",)
        for kind, make in (
            (Kind.ITEM, self._item),
            (Kind.CONTACT, self._contact),
            (Kind.SALE, self._sale),
            (Kind.RECEIPT, self._receipt),
        ):
            for number in range(1, SIZE + 1):
                self._pair(kind, str(number), make)

    def _pair(self, kind: Kind, oncord_id: str, make: Any) -> None:
        books_id = f"b{oncord_id}"
        here, there = make(ONCORD), make(BOOKS)
        if self.chance.random() < 0.6:
            there = _said_there(here)
        if isinstance(here, Sale) and self.chance.random() < 0.15:
            here = replace(here, voided=True)
        fate = self.chance.choice(["linked", "linked", "linked", "buried", "alone", "free", "free"])
        if fate != "alone" or self.chance.random() < 0.5:
            self._see(ONCORD, kind, oncord_id, here)
        if fate != "alone" or (ONCORD, kind, oncord_id) not in self.snapshots:
            self._see(BOOKS, kind, books_id, there)
        if fate in ("linked", "buried"):
            self._link(kind, oncord_id, books_id, here, there, buried=fate == "buried")

    def _see(self, side: Side, kind: Kind, record_id: str, record: Record) -> None:
        gone = self.chance.random() < 0.1
        self.snapshots[side, kind, record_id] = seen(side, kind, record_id, record, deleted=gone)

    def _link(self, kind: Kind, oncord_id: str, books_id: str, here: Record, there: Record, *, buried: bool) -> None:
        members: dict[str, Any] = {"origin": self.chance.choice(list(Origin))}
        if buried:
            members |= {"state": LinkState.TOMBSTONE, "gone": self.chance.choice(list(Side))}
        if kind is Kind.RECEIPT and self.chance.random() < 0.2:
            members["part"] = self.chance.choice([CREDIT, OfRecord(f"b{self._number()}")])
        bases = [record if self.chance.random() < 0.5 else self._edited(record) for record in (here, there)]
        self.links.append(linked(kind, oncord_id, books_id, *bases, **members))
        if kind in (Kind.CONTACT, Kind.RECEIPT) and self.chance.random() < 0.3:
            another = f"b{self._number()}"
            part = self.chance.choice([InCurrency("USD"), OfRecord(another)])
            self.links.append(linked(kind, oncord_id, another, here, there, id=len(self.links) + 1, part=part))

    def _edited(self, record: Record) -> Record:
        if isinstance(record, Contact):
            return replace(record, phone="0400 000 000")
        if isinstance(record, Sale):
            return replace(record, notes="as before", voided=False, contact_id=self._number_like(record.contact_id))
        if isinstance(record, Receipt):
            return replace(record, payment=replace(record.payment, amount=Decimal("10.00")))
        return record

    def _number(self) -> str:
        return str(self.chance.randint(1, SIZE))

    def _number_like(self, reference: object) -> str:
        return f"b{self._number()}" if str(reference).startswith("b") else self._number()

    def _id(self, side: Side) -> str:
        return self._number() if side is ONCORD else f"b{self._number()}"

    def _item(self, side: Side) -> Item:
        name = self.chance.choice(["Tea", "Coffee"])
        return Item(name=name, code=self.chance.choice(["", "T1", "C1"]), active=self.chance.random() < 0.8)

    def _contact(self, side: Side) -> Contact:
        person = contact(self.chance.choice(FIRST), self.chance.choice(LAST))
        email = self.chance.choice([person.email, "", "shop@example.com"])
        currency = self.chance.choice(self.currencies) if side is BOOKS else ""
        return replace(person, email=email, active=side is ONCORD or self.chance.random() < 0.8, currency=currency)

    def _sale(self, side: Side) -> Sale:
        code = "GST" if side is ONCORD else "5"
        lines: list[Line] = [line("22.00", code=code, item=self._id(side)) for _ in range(self.chance.randint(1, 2))]
        made = sale(self._id(side), *lines, number=self.chance.choice(["1", "2", "3"]))
        money = replace(made.money, tax_total=2 * made.money.total / 22, currency=self.chance.choice(self.currencies))
        status = "draft" if side is ONCORD and self.chance.random() < 0.1 else "confirmed"
        day = date(2026, 11, self.chance.randint(1, 3))
        return replace(made, money=money, status=status, date=day, voided=self.chance.random() < 0.1)

    def _receipt(self, side: Side) -> Receipt:
        amount = self.chance.choice(["22.00", "44.00", "0.00", "-22.00"])
        paid = [Allocation(self._id(side), Decimal("22.00")) for _ in range(self.chance.randint(0, 2))]
        kept = {allocation.sale_id: allocation for allocation in paid}
        made = receipt(self._id(side), amount, channel="card" if side is ONCORD else "bank")
        payment = Payment(made.payment.amount, self.chance.choice(self.currencies), tuple(kept.values()))
        return replace(made, payment=payment, voided=self.chance.random() < 0.1)

    def input(self) -> PlanInput:
        """Everything in sight, as a turn would gather it."""
        links = LinkIndex.of(self.links)
        present = [snapshot for snapshot in self.snapshots.values() if not snapshot.deleted]
        free: dict[tuple[Side, Kind], list[Snapshot]] = {}
        for snapshot in present:
            if links.live((snapshot.side, snapshot.kind, snapshot.id)) is None:
                free.setdefault((snapshot.side, snapshot.kind), []).append(snapshot)
        changed = [key for key in self.snapshots if self.chance.random() < 0.7]
        return PlanInput(
            configuration=replace(
                CONFIGURATION,
                home_currency="AUD",
                multi_currency=len(self.currencies) > 1,
                items=ItemPolicy(self.chance.choice(["single", "match"]), "b1"),
            ),
            changes=[ChangedRecord(*key) for key in changed],
            snapshots=self.snapshots,
            links=links,
            candidates=free,
            names_taken={"ada byron": "b1", "bea lovelace": ""},
            item_names_taken={"tea": "b9"},
            alike=[snapshot for snapshot in present if snapshot.kind is Kind.SALE],
            payments_on=self._payments_on(present),
            merged_customers={"b1": "b2", "b3": "b2"} if self.chance.random() < 0.4 else {},
            relatives={side: [s for s in present if (s.side, s.kind) == (side, Kind.CONTACT)] for side in Side},
            holds_nothing=self.chance.random() < 0.3,
        )

    def _payments_on(self, present: Sequence[Snapshot]) -> dict[str, list[Snapshot]]:
        found: dict[str, list[Snapshot]] = {}
        for snapshot in present:
            if snapshot.side is BOOKS and isinstance(snapshot.record, Receipt):
                for allocation in snapshot.record.payment.allocations:
                    found.setdefault(str(allocation.sale_id), []).append(snapshot)
        return found


def _said_there(record: Record) -> Record:
    """A record of Oncord in QuickBooks' ids and codes."""
    if isinstance(record, Sale):
        lines = tuple(replace(each, tax_code="5", item=f"b{each.item}") for each in record.money.lines)
        return replace(
            record, contact_id=f"b{record.contact_id}", money=replace(record.money, lines=lines), status="confirmed"
        )
    if isinstance(record, Receipt):
        allocations = tuple(replace(a, sale_id=f"b{a.sale_id}") for a in record.payment.allocations)
        payment = replace(record.payment, allocations=allocations)
        return replace(record, contact_id=f"b{record.contact_id}", channel="bank", payment=payment)
    return record


def _told_in_another_order(plan_input: PlanInput, chance: Random) -> PlanInput:
    """The same input, with everything that is listed in it in another order."""

    def listed(values: Sequence[Any]) -> list[Any]:
        return chance.sample(list(values), len(values))

    def mapped(values: Mapping[Any, Any]) -> dict[Any, Any]:
        return dict(listed(list(values.items())))

    def lists(values: Mapping[Any, Sequence[Any]]) -> dict[Any, list[Any]]:
        return {key: listed(value) for key, value in mapped(values).items()}

    links = {link.id: link for found in plan_input.links.by_record.values() for link in found}
    return replace(
        plan_input,
        changes=listed(plan_input.changes),
        snapshots=mapped(plan_input.snapshots),
        links=LinkIndex.of(listed(list(links.values()))),
        candidates=lists(plan_input.candidates),
        names_taken=mapped(plan_input.names_taken),
        item_names_taken=mapped(plan_input.item_names_taken),
        alike=listed(plan_input.alike),
        payments_on=lists(plan_input.payments_on),
        merged_customers=mapped(plan_input.merged_customers),
        relatives=lists(plan_input.relatives),
        _people={},
        _kin={},
    )


def _planned(plan_input: PlanInput) -> Plan:
    return named(plan(plan_input), plan_input)


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_the_order_in_which_things_are_told_changes_no_plan(first: int) -> None:
    for seed in range(first, first + 50):
        plan_input = World(seed).input()
        expected = _planned(plan_input)
        for turn in range(3):
            assert _planned(_told_in_another_order(plan_input, Random(turn))) == expected, seed


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_planning_changes_nothing_that_it_was_given(first: int) -> None:
    for seed in range(first, first + 50):
        plan_input = World(seed).input()
        before = deepcopy(plan_input)

        _planned(plan_input)

        assert plan_input == before, seed


def test_the_worlds_lead_to_every_sort_of_operation() -> None:
    plans = [_planned(World(seed).input()) for seed in range(300)]
    operations = [operation for each in plans for entry in each.entries for operation in entry.operations]

    assert {operation.kind for operation in operations} == set(Kind)
    assert {operation.action for operation in operations} == set(Action)
