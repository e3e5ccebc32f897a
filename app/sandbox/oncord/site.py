"""One shop: its settings, its records, and the three things that can happen to a record.

`save`, `delete` and `merge` stamp, store, keep the derived fields right and note the change; whoever
calls them ends with `world.announce(site)`, which posts the noted changes. Derived fields (`amount_paid`,
`sales_count`, `unallocated_amount`) follow their causes without a save of their own: no new version, no
event.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from app.sandbox.oncord.clock import Clock, read, written
from app.sandbox.oncord.fields import Record, amount, money
from app.sandbox.oncord.records import Entity
from app.sandbox.oncord.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened, as an event tells it."""

    entity: Entity
    id: str
    version: str
    action: str
    actor: str
    at: str
    merged_ids: tuple[str, ...] = ()
    deleted_with: Record | None = None


@dataclass(slots=True)
class Seen:
    """An idempotency key: what was sent with it, when, and the first answer that was `ok`."""

    digest: str
    at: str
    result: str | None = None


@dataclass
class Site:
    """A shop and everything in it."""

    id: str
    clock: Clock
    token: str
    name: str = "Shop"
    country: str = "AU"
    currency: str = "AUD"
    time_zone: str = "Australia/Brisbane"
    prices_include_tax: bool = True
    features: dict[str, bool] = field(default_factory=lambda: {"commerce": True, "marketing": True})
    revoked: bool = False
    connector: Record = field(default_factory=lambda: {"url": None, "secret": None, "secrets": []})
    payment_methods: list[Record] = field(default_factory=list)
    tax_codes: list[Record] = field(default_factory=list)
    products: list[Record] = field(default_factory=list)
    last_line_id: int = 0
    last_number: int = 1000
    last_moment: str = ""
    keys: dict[str, Seen] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.shelves: dict[Entity, Shelf] = {name: Shelf(name) for name in ("contact", "sale", "receipt")}

    def rates(self) -> dict[str, str]:
        """Per cent by tax code."""
        return {code["code"]: code["rate"] for code in self.tax_codes}

    def new_line_id(self) -> str:
        """The next integer, as text."""
        self.last_line_id += 1
        return str(self.last_line_id)

    def new_number(self) -> str:
        """The next sale number that no sale bears yet."""
        self.last_number += 1
        while self.shelves["sale"].count("number", str(self.last_number)):
            self.last_number += 1
        return str(self.last_number)

    def save(self, entity: Entity, record: Record, actor: str, *, merged_ids: tuple[str, ...] = ()) -> Record:
        """Store a new (no `id` yet) or changed record under a new version; `merged_ids` went up in it."""
        shelf, stamp = self.shelves[entity], self._stamp()
        before = shelf.live(record.get("id"))
        record_id = record.get("id") or shelf.new_id()
        previous = shelf.records.get(record_id)
        record = {
            **record,
            "id": record_id,
            "version": str(int(previous["version"]) + 1) if previous else "1",
            "created_at": record.get("created_at") or stamp,
            "modified_at": stamp,
            "deleted": False,
        }
        for line in record.get("lines", ()):
            line["id"] = line["id"] or self.new_line_id()
        if previous is None and actor == "connector":
            shelf.by_connector.add(record_id)
        shelf.put(record)
        self._follow(entity, before, record)
        action = "merged" if merged_ids else "saved"
        self.changes.append(Change(entity, record_id, record["version"], action, actor, stamp, merged_ids=merged_ids))
        return record

    def touch(self, entity: Entity, record: Record, actor: str) -> Record:
        """A save that changes nothing: somebody pressed Save in the shop."""
        return self.save(entity, dict(record), actor)

    def delete(
        self, entity: Entity, record: Record, actor: str, *, along_with: Record | None = None, into: str | None = None
    ) -> Record:
        """Turn a live record into a stub. `along_with` names the record whose deletion takes this one along;
        `into` the contact it was merged into, which is reported by `merge` instead of here."""
        stub = {
            "id": record["id"],
            "version": str(int(record["version"]) + 1),
            "deleted": True,
            "modified_at": self._stamp(),
            "deleted_with": along_with,
            "merged_into_id": into,
        }
        self.shelves[entity].put(stub)
        self._follow(entity, record, None)
        if into is None:
            change = Change(
                entity, stub["id"], stub["version"], "deleted", actor, stub["modified_at"], deleted_with=along_with
            )
            self.changes.append(change)
        return stub

    def merge(self, loser: Record, winner: Record, actor: str) -> Record:
        """Move the loser's sales and receipts to the winner and delete the loser; answers the winner."""
        self.delete("contact", loser, actor, into=winner["id"])
        followers: tuple[Entity, ...] = ("sale", "receipt")
        for entity in followers:
            shelf = self.shelves[entity]
            for record_id in shelf.find("contact_id", loser["id"]):
                self.save(entity, {**shelf.records[record_id], "contact_id": winner["id"]}, actor)
        winner = self.shelves["contact"].records[winner["id"]]
        return self.save("contact", dict(winner), actor, merged_ids=(loser["id"],))

    def _stamp(self) -> str:
        """The present moment, later than every stamp before it."""
        moment = written(self.clock.now())
        if moment <= self.last_moment:
            moment = written(read(self.last_moment) + timedelta(microseconds=1))
        self.last_moment = moment
        return moment

    def _follow(self, entity: Entity, before: Record | None, after: Record | None) -> None:
        """Bring the derived fields up to date after a record came, changed or went."""
        both = [record for record in (before, after) if record is not None]
        if entity == "contact":
            if after is not None:
                after["sales_count"] = self.shelves["sale"].count("contact_id", after["id"])
                after["merged_into_id"] = None
        elif entity == "sale":
            if after is not None:
                self._work_out_paid(after)
            for contact_id in {record["contact_id"] for record in both}:
                if (contact := self.shelves["contact"].live(contact_id)) is not None:
                    contact["sales_count"] = self.shelves["sale"].count("contact_id", contact_id)
        else:
            if after is not None:
                allocated = sum((amount(part["amount"]) for part in after["allocations"]), Decimal(0))
                after["unallocated_amount"] = money(amount(after["amount"]) - allocated, after["currency"])
                types = {method["id"]: method["type"] for method in self.payment_methods}
                after["payment_method_type"] = types.get(after["payment_method_id"])
            for sale_id in {part["sale_id"] for record in both for part in record["allocations"]}:
                if (sale := self.shelves["sale"].live(sale_id)) is not None:
                    self._work_out_paid(sale)

    def _work_out_paid(self, sale: Record) -> None:
        receipts = self.shelves["receipt"]
        paid, written_off = Decimal(0), Decimal(0)
        for receipt_id in receipts.find("sale_id", sale["id"]):
            receipt = receipts.records[receipt_id]
            own = sum(
                (amount(part["amount"]) for part in receipt["allocations"] if part["sale_id"] == sale["id"]), Decimal(0)
            )
            if own > 0 and self._writes_off(receipt):
                written_off += own
            else:
                paid += own
        sale["amount_paid"] = money(paid, sale["currency"])
        sale["amount_written_off"] = money(written_off, sale["currency"])
        settled = amount(sale.get("books_settled") or "0") + written_off
        sale["amount_owing"] = money(amount(sale["total"]) - paid - settled, sale["currency"])

    def _writes_off(self, receipt: Record) -> bool:
        """Whether a receipt moves no money and uses the credit of an adjustment for a bad debt."""
        used = (self.shelves["sale"].live(part["sale_id"]) for part in receipt["allocations"])
        bad = any(sale is not None and sale.get("adjustment_reason") == "bad_debt" for sale in used)
        return bad and not amount(receipt["amount"])
