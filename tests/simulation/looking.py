"""Both sides as they stand at the end of a life, our memory of which record is which, and what people have been asked.

Of our own tables the verdict reads links, questions and what waits; it takes over nothing that a planner thought.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.simulation.life import BOOKS, COLLECTIONS, ENTITIES, SHOP, Life
from tests.simulation.ways import LEFT_OUT, WAITS
from tests.support.joint import CONNECTION

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """An attention item: about which record, open or by whom it was closed, and everything that it says."""

    side: str
    kind: str
    record_id: str
    key: str
    matter: str
    rule: str
    summary: str
    open: bool
    by_person: bool
    text: str
    resolution: str
    """What was answered; "" while it is open."""


@dataclass
class World:
    """What stands, and what is remembered."""

    life: Life
    shop: dict[str, dict[str, Body]]
    books: dict[str, dict[str, Body]]
    links: list[Body]
    questions: list[Question]
    waiting: list[Body]
    gone: set[str]
    """What is deleted or void in the books ("invoice:7")."""
    stubs: dict[str, dict[str, Body]]
    methods: dict[str, set[str]]
    """Mapped payment methods, with the currencies that they are mapped for ("" for the home currency)."""
    codes: set[str]
    """The shop's tax codes that are mapped."""
    said_without: frozenset[str] = frozenset()
    """For which destinations somebody has said what every sort of line without a code is (in America nobody has to)."""
    voucher_item: str = ""
    """The item that is chosen for vouchers; "" where nobody has said."""
    redeemed_item: str = ""
    """That of lines that redeem one: the same, unless they are redeemed by a payment."""
    excused: dict[tuple[str, str, str], str] = field(default_factory=dict)
    party: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def live(self, kind: str) -> list[Body]:
        """The links of a kind that hold."""
        return [x for x in self.links if x["kind"] == kind and x["state"] == "live"]

    def across(self) -> dict[str, str]:
        """The document of each sale of the shop, by the sale's id; none of those beside it."""
        return {x["oncord_id"]: x["quickbooks_id"] for x in self.live("sale") if not stands_beside(x)}

    def excuse(self, link: Body) -> str:
        """Why a pair may differ."""
        both = ((SHOP, link["oncord_id"]), (BOOKS, link["quickbooks_id"]))
        return next((self.excused[s, link["kind"], i] for s, i in both if (s, link["kind"], i) in self.excused), "")

    def left_so(self, link: Body, ours: Body, theirs: Body) -> bool:
        """Whether somebody was told of a difference of money at an adoption (7, Sales, Payments) and left it: a dismissed
        item about this very pair that names what each side comes to now."""
        about = ((SHOP, link["oncord_id"]), (BOOKS, link["quickbooks_id"]))
        tax = (theirs.get("TxnTaxDetail") or {}).get("TotalTax")
        if link["kind"] == "receipt":
            pairs = ((ours["amount"], theirs["TotalAmt"]),)
        else:
            pairs = ((ours["total"], theirs["TotalAmt"]), (ours["tax_total"], tax))
        figures = [(f"{abs(float(a)):.2f}", f"{float(b or 0):.2f}") for a, b in pairs]
        told = [
            f"{a} {ours['currency']} in Oncord and {b} {ours['currency']} in QuickBooks" for a, b in figures if a != b
        ]
        if link["kind"] == "receipt" and not told:
            told = ["it does not pay the same in Oncord as in QuickBooks"]
        return bool(told) and any(
            q.resolution == "dismiss"
            and q.kind == link["kind"]
            and (q.side, q.record_id) in about
            and all(words in q.summary for words in told)
            for q in self.questions
        )

    def kept_apart(self, ours: Body, theirs: Body) -> bool:
        """Whether somebody called a sale and a document one, was told that each keeps its own contact (7, Matching before
        creating), and neither is anybody else's now."""
        then = self.life.apart.get((str(ours["id"]), str(theirs["Id"])))
        now = ours["contact_id"], str(theirs["CustomerRef"]["value"])
        return then is not None and all(
            self.owner(side, before) == self.owner(side, after)
            for side, before, after in zip((SHOP, BOOKS), then, now, strict=True)
        )

    def dated_later(self, ours: Body, theirs: Body) -> bool:
        """Whether somebody has said that the document of a sale be dated on the first day that is open (B1), later than the sale: it
        stays there, whatever is asked about the sale after that."""
        return str(theirs["TxnDate"]) > str(ours["date"]) and any(
            q.matter == "locked_period"
            and (q.side, q.kind, q.record_id) == (SHOP, "sale", ours["id"])
            and q.by_person
            and q.resolution == "dated_first_open_day"
            for q in self.questions
        )

    def owner(self, side: str, record_id: str) -> tuple[str, str]:
        """Names the party of a contact or customer: all that are one by links or merges share it."""
        key = (side, record_id)
        while self.party.get(key, key) != key:
            key = self.party[key]
        return key


async def look(life: Life) -> World:
    """Look at both sides and at our memory."""
    joint = life.joint
    everything = {k: {r["id"]: r for r in await joint.shop_list(c, deleted=True)} for k, c in COLLECTIONS.items()}
    shop = {k: {i: r for i, r in all_.items() if not r.get("deleted")} for k, all_ in everything.items()}
    stubs = {k: {i: r for i, r in all_.items() if r.get("deleted")} for k, all_ in everything.items()}
    books: dict[str, dict[str, Body]] = {}
    gone: set[str] = set()
    for kind, entities in ENTITIES.items():
        books[kind] = {str(r["Id"]): {**r, "entity": e} for e in entities for r in await joint.books_list(e)}
        for e in entities:
            gone |= {f"{e}:{r['Id']}" for r in (await joint.in_books("GET", f"{e}?deleted=true"))["items"]}
        gone |= {f"{r['entity']}:{i}" for i, r in books[kind].items() if void(r)}
    books["receipt"] = {i: r for i, r in books["receipt"].items() if r["entity"] == "payment" or _back(r)}
    async with joint.runtime.database.transaction(CONNECTION) as tx:
        links = await _rows(tx, "SELECT * FROM link WHERE connection_id = %s ORDER BY id")
        asked = await _rows(tx, "SELECT * FROM attention WHERE connection_id = %s ORDER BY created_at, id")
        dirty = await _rows(tx, "SELECT * FROM pending_change WHERE connection_id = %s ORDER BY side, kind, record_id")
    config = await life.configuration()
    methods: dict[str, set[str]] = {}
    life.mapped_accounts = {m.deposit_account_id for m in config.payment_methods if m.deposit_account_id}
    for mapped in config.payment_methods:
        if mapped.deposit_account_id:
            methods.setdefault(mapped.id, set()).add(mapped.currency or config.home_currency)
    for (method, currency), went in life.ways.led.items():
        if went[-1] not in (WAITS, LEFT_OUT):
            methods.setdefault(method, set()).add(currency)
    world = World(
        life,
        shop,
        books,
        links,
        [_question(a) for a in asked],
        dirty,
        gone,
        stubs,
        methods,
        {t.code for t in config.tax_codes if t.quickbooks_id},
        frozenset(d for d in ("home", "abroad") if config.country == "US" or _all_chosen(config.untaxed_lines, d)),
        config.items.voucher_item_id,
        config.items.voucher_clearing_item_id if life.ways.voucher_account else config.items.voucher_item_id,
    )
    world.excused = _excused(world)
    world.party = _parties(world)
    return world


def _all_chosen(untaxed_lines: Any, destination: str) -> bool:
    """Whether it was said what lines without a code are, within the country or abroad."""
    return all(asdict(untaxed_lines)[destination].values())


async def _rows(tx: Any, query: str) -> list[Body]:
    return [dict(row) for row in await (await tx.execute(query, (CONNECTION,))).fetchall()]


def _question(row: Body) -> Question:
    told = json.dumps(row["detail"], ensure_ascii=False) + row["summary"]
    is_open = row["state"] == "open"
    return Question(
        row["side"],
        row["record_kind"],
        row["record_id"],
        row["key"],
        row["kind"],
        row["rule"],
        row["summary"],
        is_open,
        not is_open and row["resolved_by"] not in ("", "sync"),
        told,
        "" if is_open else str(row["resolution"] or ""),
    )


def _back(purchase: Body) -> bool:
    return str(purchase.get("EntityRef", {}).get("type")) == "Customer"


def stands_beside(link: Body) -> bool:
    """Whether a link is that of a document beside the one of a sale."""
    return bool(link["part"] == CANCELLED or link["part"].startswith(DIFFERENCE))


def opening_day(link: Body) -> tuple[str, bool]:
    """The start date of when a sale from before it came into the books, "" for any other; and whether its document is the sale."""
    name, _, rest = str(link["part"]).partition(" ")
    day, _, whole = rest.partition(" ")
    return (day, bool(whole)) if name == "opening" else ("", False)


def void(record: Body) -> bool:
    """Whether a document is void on its own side."""
    return bool(record.get("voided")) or str(record.get("PrivateNote", "")).startswith("Voided")


def _excused(world: World) -> dict[tuple[str, str, str], str]:
    found = {
        (q.side, q.kind, q.record_id): f"{q.rule} {q.matter}: {q.summary}"
        for q in world.questions
        if q.open
        and q.matter
        not in ("open_credit", "open_refund", "freed_payment")  # these are said, and nothing waits for them
    }
    for (kind, record_id), question in held_by(world).items():
        found[SHOP, kind, record_id] = f"{question.rule} {question.matter}: {question.summary}"
    for row in world.waiting:
        key = (row["side"], row["kind"], row["record_id"])
        if row["not_before"] is not None:
            found[key] = row["reason"]  # it waits for its moment
        elif row["parked"] and (
            not by_configuration(row) or undecided(world, row["side"], row["kind"], row["record_id"])
        ):
            found[key] = row["reason"]
        elif by_configuration(row):
            found.pop(key, None)
    return found


def by_configuration(row: Body) -> bool:
    """Whether a record waits for a choice of the configuration, and not for what a period or a bank statement holds."""
    return row["waits_for"].startswith("configuration") and not held_up_by(row)


def held_up_by(row: Body) -> tuple[str, str] | None:
    """The record of the shop (kind, id) whose question about a locked period or cleared money it waits for."""
    for guard in ("configuration:locked period ", "configuration:cleared "):
        if row["waits_for"].startswith(guard):
            kind, _, record_id = row["waits_for"].removeprefix(guard).split(":", 2)
            return kind, record_id
    return None


def held_by(world: World) -> dict[tuple[str, str], Question]:
    """The last question about a record of the shop that is in a locked period or whose money the bank holds, where it is open or
    was answered so that both sides differ from then on: by kind and id."""
    last = {(q.kind, q.record_id): q for q in world.questions if q.matter in HOLDING and q.side == SHOP}
    return {key: q for key, q in last.items() if q.open or (q.by_person and q.resolution in _APART)}


CANCELLED, DIFFERENCE = "cancelled", "difference:"
"""What the links of documents beside the one of a sale begin with: what takes a cancelled sale back (S5), and what has changed of
a locked one (B1)."""
HOLDING = ("locked_period", "cleared_money")
_APART = ("leave_difference", "unapply", "unapplied", "dated_first_open_day")


def undecided(world: World, side: str, kind: str, record_id: str) -> bool:
    """Whether the configuration really says nothing about a record."""
    from tests.simulation import early

    if side == BOOKS:
        return True
    record = world.shop.get(kind, {}).get(record_id)
    if record is None:
        return True
    if kind == "receipt":
        paid = [world.shop["sale"].get(part["sale_id"]) for part in record["allocations"]]
        if any(sale is not None and early.undecided(world, sale) for sale in paid):
            return True
        return record["currency"] not in world.methods.get(record["payment_method_id"], set())
    if kind == "sale":
        if record.get("adjustment_reason") == "bad_debt" and not world.life.bad_debt_item:
            return True
        if early.undecided(world, record):
            return True
        parts = [*record["lines"], *record["order_discounts"], *filter(None, [record["shipping"]])]
        used = {x["tax_code"] for x in record["lines"] if x["tax_code"]}
        for line in parts:
            worth = float(line.get("line_total") or 0)
            if line.get("voucher") and not (world.redeemed_item if worth < 0 else world.voucher_item):
                return True
        untaxed = any(not x["tax_code"] and not x.get("voucher") for x in parts)
        return not used <= world.codes or (untaxed and world.life.destination(record) not in world.said_without)
    return True


def lost_legs(world: World, ours: Body) -> bool:
    """R4: whether the books have deleted or voided one of the payments that a receipt became; it stays away."""
    return any(
        x["kind"] == "receipt" and x["oncord_id"] == ours["id"] and f"payment:{x['quickbooks_id']}" in world.gone
        for x in world.links
    )


def _parties(world: World) -> dict[tuple[str, str], tuple[str, str]]:
    """Contacts and customers that are one: by a link of any age, or because they were merged."""
    party: dict[tuple[str, str], tuple[str, str]] = {}

    def root(key: tuple[str, str]) -> tuple[str, str]:
        while party.setdefault(key, key) != key:
            key = party[key]
        return key

    def join(one: tuple[str, str], other: tuple[str, str]) -> None:
        party[root(one)] = root(other)

    for link in world.links:
        if link["kind"] == "contact":
            join((SHOP, link["oncord_id"]), (BOOKS, link["quickbooks_id"]))
    company = world.life.joint.books.companies[world.life.joint.realm]
    for customer in company.table("Customer").rows.values():
        if customer.facts.get("merged_into"):
            join((BOOKS, customer.id), (BOOKS, str(customer.facts["merged_into"])))
    for stub in world.stubs["contact"].values():
        if stub.get("merged_into_id"):
            join((SHOP, stub["id"]), (SHOP, stub["merged_into_id"]))
    return party


def brief(record: Body) -> Body:
    """What tells a person which record it is."""
    wanted = (
        "first_name", "last_name", "number", "total", "amount", "status", "contact_id", "allocations", "payment_method_id",
        "DisplayName", "DocNumber", "TotalAmt", "CustomerRef",
    )  # fmt: skip
    return {k: record[k] for k in wanted if k in record}


def named(records: Iterable[Body]) -> str:
    """Several records in one line."""
    return "; ".join(str(brief(r)) for r in records)
