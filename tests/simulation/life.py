"""A life: one shop, one company, the people who act in them, and what they remember for the verdict."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.domain.model.configuration import Configuration, MappedMethod, MappedTaxCode
from tests.simulation.guarded import Guard
from tests.simulation.outside import Outside
from tests.simulation.ways import LEFT_OUT, WAITS, Ways
from tests.support.joint import CONNECTION, SITE, Joint
from tests.support.people import SOMEBODY

Body = dict[str, Any]
Choice = Callable[[Body], bool]
SHOP, BOOKS = "oncord", "quickbooks"
COLLECTIONS = {"contact": "contacts", "sale": "sales", "receipt": "receipts"}
ENTITIES = {"contact": ("customer",), "sale": ("invoice", "creditmemo"), "receipt": ("payment", "purchase")}
KIND_OF = {entity: kind for kind, entities in ENTITIES.items() for entity in entities}


def _any(_: Body) -> bool:
    return True


def stands(side: str, member: str, record: Body) -> str:
    """What a person reads in one field of a record, on either side."""
    if side == SHOP:
        found = record.get(member)
    elif member in ("phone", "mobile"):
        found = (record.get("PrimaryPhone" if member == "phone" else "Mobile") or {}).get("FreeFormNumber")
    elif member == "notes":
        found = (record.get("CustomerMemo") or {}).get("value")
    else:
        name = {"last_name": "FamilyName", "due_date": "DueDate", "reference": "PaymentRefNum"}
        money = {"total": "TotalAmt", "amount": "TotalAmt"}
        found = record.get({**name, **money}[member])
    if member in ("total", "amount") and found is not None:
        return f"{abs(float(found)):.2f}"
    return str(found or "")


def before_tax(document: Body) -> str:
    """What a document of the books comes to without the tax that QuickBooks itself adds in America."""
    tax = float((document.get("TxnTaxDetail") or {}).get("TotalTax") or 0)
    return f"{abs(float(document.get('TotalAmt') or 0)) - tax:.2f}"


MEMBERS = {
    "contact": ("phone", "mobile", "last_name"),
    "sale": ("due_date", "notes", "total"),
    "receipt": ("reference", "amount"),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """Somebody typed `value` where `seen` had stood; an answer types nothing and has seen both sides."""

    tick: int
    side: str
    kind: str
    id: str
    member: str
    value: str
    seen: tuple[str, ...]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Twin:
    """The same document entered on both sides by people, exactly or nearly."""

    sale: str
    invoice: str
    how: str


@dataclass
class Life:
    """What is there, what was typed into it, and how far time has come."""

    joint: Joint
    outside: Outside
    chance: random.Random
    world: str
    codes: dict[str, tuple[str, str]]
    """Tax code by name: the shop's code and the books' id."""
    item: str
    receivable: str
    accounts: dict[str, list[str]]
    """Deposit accounts by currency."""
    methods: list[str]
    currencies: tuple[str, ...]
    tick: int = 0
    told: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """Violations seen at the moment they happened."""
    typed: list[Typed] = field(default_factory=list)
    people: int = 0
    numbers: int = 0
    met: set[str] = field(default_factory=set)
    """Customers into which others were merged: what they are called may be what the other one's contact is not."""
    winners: set[str] = field(default_factory=set)
    """Contacts into which others were merged, whatever has become of those since."""
    restored: set[str] = field(default_factory=set)
    """Sales that were deleted and brought back: the shop has taken their receipts off them, the books have not."""
    revived: set[tuple[str, str]] = field(default_factory=set)
    """Records of the shop (kind, id) whose counterpart a person asked for, or that came back themselves."""
    edited: set[tuple[str, str]] = field(default_factory=set)
    """Receipts of the shop whose money or contact a person has edited, and sales, by (kind, id)."""
    removals: str = "delete"
    """What was chosen to become of the documents of deleted sales."""
    renamed: set[str] = field(default_factory=set)
    """Receipts of the shop of which a person has said that the money came by another method."""
    moved: set[str] = field(default_factory=set)
    """Sales of the shop that a person has moved to another contact."""
    carried: dict[str, tuple[set[str], set[str]]] = field(default_factory=dict)
    """What went over to another contact when one was merged into it: the sales and the receipts, by the one's id."""
    apart: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """Sales and documents (by their ids) that somebody called one although they were told to be for different people, and
    whose each of them was then."""
    born: dict[str, set[str]] = field(default_factory=lambda: {SHOP: set(), BOOKS: set()})
    """What people made: "invoice:7"."""
    lost: list[tuple[str, str, str, str]] = field(default_factory=list)
    """(entity, id, kind, Oncord id) of what people deleted or voided in the books, as it was linked then."""
    lost_at: dict[str, datetime] = field(default_factory=dict)
    """When, by id."""
    legs: dict[str, str] = field(default_factory=dict)
    """Whose the payments were that people removed."""
    twins: list[Twin] = field(default_factory=list)
    mapped_accounts: set[str] = field(default_factory=set)
    """The accounts that some payment method is mapped to now."""
    guard: Guard | None = None
    """Who stands at the door of the books, where an accountant is about."""
    days: int = 0
    """How many days somebody has let pass."""
    said: set[str] = field(default_factory=set)
    """The tax codes that somebody has ever chosen for lines without one that stay in the country."""
    said_abroad: set[str] = field(default_factory=set)
    """Those for lines that are shipped abroad."""
    goes: dict[str, set[str]] = field(default_factory=dict)
    """By sale where it was ever to go: "home", "abroad"."""
    counts: Counter[str] = field(default_factory=Counter)
    """How often the verdict could look at what few lives have."""
    ways: Ways = field(default_factory=Ways)
    """What is chosen otherwise than in most lives."""
    voucher_item: str = ""
    """The item that somebody has chosen for vouchers."""
    bad_debt_item: str = ""
    """The one for bad debts."""
    opening_item: str = ""
    """The one for what was owed before the start date."""
    used: set[str] = field(default_factory=set)
    """Adjustments that write off a debt and were ever applied to their sale."""
    starts: str = ""
    """The start date, where the shop had sold before; "" where not."""
    early: set[str] = field(default_factory=set)
    """Sales that were made before it."""
    open_then: dict[str, Decimal] = field(default_factory=dict)
    """What of each was open on it, as people had entered it by then."""
    openings: dict[str, str] = field(default_factory=dict)
    """What somebody has said that becomes of one of them."""
    opening_choice: str = ""
    """What becomes of all others."""
    opening_choices: set[str] = field(default_factory=set)
    """Whatever was ever said of all."""
    given: dict[str, str] = field(default_factory=dict)
    """What somebody has said at last that a refund gives back."""
    clean: list[int] = field(default_factory=list)
    """The ticks at which a run went through without trouble."""
    runs: list[datetime] = field(default_factory=list)
    """When each run began, and when it ended."""

    # both doors, forgiving

    async def shop(self, verb: str, path: str, body: Any = None) -> Body | None:
        """Do something at the shop; None where it was refused."""
        answer = await self.joint.http_shop.request(verb, f"/_sandbox/sites/{SITE}/{path}", json=body)
        self.joint.clock.pass_time(1)
        why = "" if answer.status_code < 300 else answer.text[:200]
        self.told.append(f"{self.tick:3} shop  {verb} {path} {body or ''} -> {answer.status_code} {why}")
        if answer.status_code >= 300:
            return None
        content: Body = answer.json()
        if path.startswith("sales") and "id" in content:
            self.goes.setdefault(str(content["id"]), set()).add(self.destination(content))
        if verb == "POST" and "/" not in path:
            self.born[SHOP].add(f"{path.removesuffix('s')}:{content['id']}")
            self.told.append(f"          is {content['id']} {content.get('number', '')} {content.get('total', '')}")
        return content

    async def books(self, entity: str, body: Body, **options: str) -> Body | None:
        """Do something at the books; None where it was refused."""
        query = "&".join(f"{k}={v}" for k, v in options.items())
        path = f"/_sandbox/companies/{self.joint.realm}/{entity}?{query}"
        removes = "operation" in options
        ties = await self.links(KIND_OF[entity], str(body["Id"])) if removes else []
        if removes and entity in ("payment", "purchase"):
            before = next(r for r in await self.joint.books_list(entity) if r["Id"] == body["Id"])
            self.legs[str(body["Id"])] = str((before.get("CustomerRef") or before.get("EntityRef"))["value"])
        answer = await self.joint.http_books.post(path, json=body)
        self.joint.clock.pass_time(1)
        content = answer.json()
        refused = answer.status_code != 200 or any("ault" in str(k) for k in content)
        brief = {k: v for k, v in body.items() if k not in ("MetaData", "domain")}
        why = answer.text[:200] if refused else ""
        self.told.append(f"{self.tick:3} books {query} {entity} {brief} -> {'refused' if refused else 'done'} {why}")
        if refused:
            return None
        found: Body = next((v for k, v in content.items() if k != "time"), content)
        if removes:
            self.lost_at[str(body["Id"])] = self.joint.clock.now()
            self.lost += [(entity, str(body["Id"]), t["kind"], t["oncord_id"]) for t in ties]
        elif "Id" not in body and entity in KIND_OF:
            self.born[BOOKS].add(f"{entity}:{found['Id']}")
            self.told.append(f"          is {found['Id']} {found.get('TotalAmt', '')}")
        return found

    async def links(self, kind: str, quickbooks_id: str) -> list[Body]:
        """The live links of one object of the books."""
        async with self.joint.runtime.database.transaction(CONNECTION) as tx:
            found = await tx.execute(
                "SELECT kind, oncord_id, quickbooks_id, part FROM link WHERE connection_id = %s AND kind = %s"
                " AND quickbooks_id = %s AND state = 'live' ORDER BY id",
                (CONNECTION, kind, quickbooks_id),
            )
            return [dict(row) for row in await found.fetchall()]

    async def some(self, collection: str, *, live: Choice = _any, rather: Choice | None = None) -> Body | None:
        """Any record of the shop; more often than not one of those that are `rather` wanted."""
        return self._one_of([r for r in await self.joint.shop_list(collection) if live(r)], rather)

    async def any_book(self, entity: str, *, live: Choice = _any, rather: Choice | None = None) -> Body | None:
        """Any object of the books, likewise."""
        return self._one_of([r for r in await self.joint.books_list(entity) if live(r)], rather)

    def _one_of(self, found: list[Body], rather: Choice | None) -> Body | None:
        wanted = [r for r in found if rather(r)] if rather is not None and self.likely(0.7) else []
        return self.chance.choice(wanted or found) if found else None

    async def counterparts(self, kind: str) -> dict[str, list[str]]:
        """The live pairs of a kind: the ids in the books by the shop's."""
        async with self.joint.runtime.database.transaction(CONNECTION) as tx:
            rows = await tx.execute(
                "SELECT oncord_id, quickbooks_id FROM link WHERE connection_id = %s AND kind = %s AND state = 'live'"
                " ORDER BY id",
                (CONNECTION, kind),
            )
            found: dict[str, list[str]] = {}
            for row in await rows.fetchall():
                found.setdefault(row["oncord_id"], []).append(row["quickbooks_id"])
            return found

    async def of_contact(self, contact_id: str) -> tuple[set[str], set[str]]:
        """A contact's sales and receipts; looking takes no time."""
        found = []
        for collection in ("sales", "receipts"):
            answer = await self.joint.http_shop.get(f"/_sandbox/sites/{SITE}/{collection}")
            found.append({str(r["id"]) for r in answer.json()["items"] if r.get("contact_id") == contact_id})
        return found[0], found[1]

    async def asked_about(self, kind: str, matter: str) -> set[str]:
        """The shop's ids of records with an open question of this sort."""
        pairs = {b: a for a, ids in (await self.counterparts(kind)).items() for b in ids}
        items = [i for i in await self.joint.attention() if i.kind == matter and i.record_kind == kind]
        return {i.record_id if i.side == SHOP else pairs.get(i.record_id, "") for i in items}

    def destination(self, sale: Body) -> str:
        """Where a sale goes: what its shipping address says, or the other one where it has none; who names no country is at home."""
        addresses = [sale.get(f"{which}_address") or {} for which in ("shipping", "billing")]
        named = next((a for a in addresses if any(a.values())), {}).get("country") or ""
        return "home" if named in ("", "US" if self.world == "american" else "AU") else "abroad"

    # typing

    async def type_at_shop(self, kind: str, record: Body, **members: Any) -> Body | None:
        """Somebody edits a record of the shop; what is typed into a field that is looked after is remembered."""
        saved = await self.shop("PATCH", f"{COLLECTIONS[kind]}/{record['id']}", members)
        if saved is not None:
            self._typed(SHOP, kind, str(record["id"]), record, saved)
            if {"amount", "allocations", "contact_id", "lines"} & members.keys():
                self.edited.add((kind, str(record["id"])))
            if kind == "sale" and "contact_id" in members:
                self.moved.add(str(record["id"]))
        return saved

    async def type_at_books(self, entity: str, record: Body, **members: Any) -> Body | None:
        """Somebody edits an object of the books; likewise."""
        head = {"Id": record["Id"], "sparse": True}
        saved = await self.books(entity, {**head, **members})
        if saved is not None:
            self._typed(BOOKS, KIND_OF[entity], str(record["Id"]), record, saved)
        return saved

    def _typed(self, side: str, kind: str, record_id: str, before: Body, after: Body) -> None:
        for member in MEMBERS[kind]:
            seen, value = stands(side, member, before), stands(side, member, after)
            if seen != value:
                shown = (seen, before_tax(before)) if member == "total" and side == BOOKS else (seen,)
                now = self.joint.clock.now()
                self.typed.append(Typed(self.tick, side, kind, record_id, member, value, shown, now))

    def settled_before(self, tick: int) -> int:
        """The tick of the last run without trouble before `tick`: what was typed since then was typed at once."""
        return max((t for t in self.clean if t < tick), default=0)

    # the configuration

    async def configuration(self) -> Configuration:
        """What is configured now."""
        from app.storage.connections import connections

        async with self.joint.runtime.database.transaction(CONNECTION) as tx:
            connection = await connections.get(tx, CONNECTION)
        assert connection is not None
        assert connection.configuration is not None
        return connection.configuration

    async def configure(self, **changes: Any) -> None:
        """Store another configuration, as the page does."""
        from app.container import build_container
        from app.services.configure import configure

        wish = replace(await self.configuration(), **changes)
        meanwhile = self.outside.after
        if self.guard is not None:  # both sides are read at once: whose turn it is then would be no matter of the seed
            self.outside.after = None
        try:
            await configure(build_container(self.joint.runtime), CONNECTION, wish, who=SOMEBODY)
            await self.note_accounts()
        finally:
            self.outside.after = meanwhile

    async def note_accounts(self) -> None:
        """Remember where the money of each method goes now, in a life where that is looked at."""
        if not (self.ways.clearing or self.ways.voucher_account):
            return
        config = await self.configuration()
        rows = {(m.id, m.currency or self.currencies[0]): m for m in config.payment_methods}
        for method in await self.joint.shop_list("payment-methods"):
            for currency in self.currencies:
                row, went = rows.get((method["id"], currency)), self.ways.led.setdefault((method["id"], currency), [])
                now = self.ways.clearing if self.ways.clearing_is_chosen and method["type"] != "voucher" else WAITS
                if row is not None and (row.left_out or row.deposit_account_id):
                    now = LEFT_OUT if row.left_out else str(row.deposit_account_id)
                if went[-1:] != [now]:
                    went.append(now)

    async def map_method(self, method: str, accounts: dict[str, str] | None) -> None:
        """A payment method goes to these accounts (by currency), or is undecided (None), or not synchronised ({})."""
        config = await self.configuration()
        others = tuple(m for m in config.payment_methods if m.id != method)
        mine: tuple[MappedMethod, ...] = ()
        if accounts is not None:
            home = config.home_currency
            mine = tuple(
                MappedMethod(method, accounts[c], currency="" if c == home else c) for c in sorted(accounts)
            ) or (MappedMethod(method, left_out=True),)
        self.told.append(f"{self.tick:3} clerk maps method {method} to {accounts}")
        await self.configure(payment_methods=(*others, *mine))

    async def map_codes(self, *names: str) -> None:
        """Only these tax codes are mapped."""
        rates = {"GST": "8" if self.world == "american" else "10", "FREE": "0"}
        self.told.append(f"{self.tick:3} clerk maps tax codes {names}")
        await self.configure(tax_codes=tuple(MappedTaxCode(*self.codes[n], rates[n]) for n in names))

    # chance

    def likely(self, share: float) -> bool:
        return self.chance.random() < share

    def number(self) -> str:
        return f"0{self.chance.randrange(200000000, 900000000)}"

    def day(self) -> str:
        return f"2026-12-{self.chance.randrange(1, 29):02}"

    def price(self) -> str:
        return f"{self.chance.randrange(1, 40000) / 100:.2f}"

    def currency(self) -> str:
        return self.chance.choice(self.currencies) if self.likely(0.4) else self.currencies[0]
