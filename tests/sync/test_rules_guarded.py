"""The table of what a locked period (B1) and the bank's word (R3, R5, R7) leave of the rules (`guarded_cells`), played cell by cell
in a company of each sort.

All cells of a company live in one world, each with a contact of its own: one run makes the pairs, then the period is locked and the
statement told of, two runs carry every change over, and a further one must plan nothing.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from app.domain.model.configuration import MappedMethod
from app.domain.model.records import Kind, Side
from app.storage.changes import change_queue
from app.storage.people.attention import page as attention_page
from tests.support.joint import Joint, joined
from tests.support.services import copied_database
from tests.support.stories import (
    BOOKS_MARK,
    change,
    credit_memo,
    customer,
    invoice,
    line,
    payment,
    plain,
    remove,
    run,
    void,
    written,
)
from tests.sync.guarded_cells import COMPANIES, PAID_WHEN_LODGED, Guarded, cells
from tests.sync.test_discount_lines import us_line
from tests.sync.test_rules_refunds import joined_to, paid_back

Body = dict[str, Any]
ENTITIES = {"sale": "invoice", "adjustment": "creditmemo", "receipt": "payment", "refund": "purchase"}
COLLECTIONS = {"sale": "sales", "adjustment": "sales", "receipt": "receipts", "refund": "receipts"}
A_DAY, AN_HOUR = 25 * 3600, 3700
TUCSON = {"line1": "1 Cactus Road", "suburb": "Tucson", "state": "AZ", "postcode": "85701", "country": "US"}
NEW_DAY, CLOSED = "13", "2026-06-30"
SAID = "0400 123 456"


@dataclass
class Played:
    """A cell as it was played: the records of both sides, and the counterpart before the change and after the run."""

    cell: Guarded
    given: str
    made: dict[str, Body] = field(default_factory=dict)
    """By collection of Oncord or entity of QuickBooks."""
    before: Body | None = None
    after: Body | None = None
    marked: str = ""
    items: frozenset[str] = frozenset()
    waits: bool = False

    @property
    def kind(self) -> Kind:
        return Kind.SALE if self.cell.entity in ("sale", "adjustment") else Kind.RECEIPT

    @property
    def number(self) -> str:
        return f"N-{self.given}"

    @property
    def day(self) -> str:
        return self.cell.day

    @property
    def oncord_id(self) -> str:
        return str(self.made.get("own", {}).get("id", ""))

    @property
    def books_id(self) -> str:
        return str(self.made.get("theirs", {}).get("Id", ""))


@dataclass
class World:
    """One company, with what its cells need to name."""

    joint: Joint
    company: str
    played: dict[str, Played]
    bank: str = ""
    till: str = ""
    direct: str = ""
    card: str = ""
    free: str = ""
    again: list[str] = field(default_factory=list)

    @property
    def american(self) -> bool:
        return self.company == "america"


@pytest.fixture(scope="module", params=COMPANIES)
async def world(migrated: Any, request: Any) -> AsyncIterator[World]:
    """Every cell of one company, played."""
    with copied_database(migrated) as urls:
        async with joined(urls.app, country="US" if request.param == "america" else "AU") as joint:
            named = {cell.id: Played(cell, f"Cell{number}") for number, cell in enumerate(cells(request.param))}
            world = World(joint, request.param, named)
            await _set_up(world)
            for step in (_first_half, _second_half):
                for one in named.values():
                    await step(world, one)
                await run(joint)
            await _found(world)
            await _hold(world)
            await run(joint)
            every = list(named.values())
            for half in (every[::2], every[1::2]):
                await _look(world, half, "before")
                for one in half:
                    await _change(world, one)
                await _run(joint)
                await _run(joint)
                joint.clock.pass_time(A_DAY)
            await _look(world, every, "after")
            await _said(world)
            await run(joint)
            world.again = [str(each.operation) for each in await written(joint)]
            yield world


async def _set_up(world: World) -> None:
    joint = world.joint
    world.bank, world.direct = await joint.account("Bank"), await joint.method("direct_deposit")
    world.card = await joint.method("credit_card")
    world.till = str((await joint.person("account", {"Name": "Card clearing", "AccountType": "Bank"}))["Id"])
    world.free = "" if world.american else await _free_code(joint)
    methods = (MappedMethod(world.direct, world.bank, preferred=True), MappedMethod(world.card, world.till))
    await joint.configure(payment_methods=methods, gst_basis="undecided" if world.american else world.company)
    await joint.sync()


async def _free_code(joint: Joint) -> str:
    return next(str(c["code"]) for c in await joint.shop_list("tax-codes") if float(c["rate"]) == 0)


def _goods(world: World, one: Played, price: str = "33.00", code: str = "") -> Body:
    sign = "-" if one.cell.entity in ("adjustment", "refund") else ""
    chosen = code or ("NON" if world.american else "GST")
    return {"description": "Design", "quantity": "1", "unit_price": f"{sign}{price}", "tax_code": chosen}


async def _charge(world: World, net: str = "30.00", code: str = "GST") -> Body:
    gross = {"30.00": "33.00", "40.00": "44.00"}[net]
    return await us_line(world.joint, gross, "Design") if world.american else await line(world.joint, net, code=code)


async def _first_half(world: World, one: Played) -> None:
    """What the pair began with, and what that hangs on."""
    joint, cell = world.joint, one.cell
    email = f"{one.given}@example.com".lower()
    if cell.origin in ("oncord", "both"):
        one.made["contact"] = await joint.contact(one.given, "Hopper", email=email)
    if cell.origin in ("quickbooks", "both"):
        one.made["customer"] = await customer(joint, one.given, email=email)
    if cell.change == "customer" and cell.side == "oncord":
        one.made["other"] = await joint.contact(f"{one.given}X", "Curie", email=f"x{email}")
    elif cell.change == "customer":
        one.made["other customer"] = await customer(joint, f"{one.given}X", "Curie", email=f"x{email}")
    if cell.change == "create" and one.kind is Kind.SALE:
        return
    if cell.origin in ("oncord", "both"):
        one.made["document"] = await _sold(world, one)
    if cell.origin in ("quickbooks", "both"):
        one.made["bill"] = await _billed(world, one)
    if cell.change == "create":
        return
    if cell.origin in ("oncord", "both") and one.kind is Kind.RECEIPT:
        one.made["own"] = await _received(world, one)
    if cell.origin in ("quickbooks", "both") and one.kind is Kind.RECEIPT:
        one.made["theirs"] = await _paid(world, one)


async def _sold(world: World, one: Played) -> Body:
    kind = {"kind": "adjustment"} if one.cell.entity in ("adjustment", "refund") else {}
    return await world.joint.sale(
        one.made["contact"]["id"], _goods(world, one), number=one.number, date=one.day, **kind
    )


async def _billed(world: World, one: Played) -> Body:
    make = credit_memo if one.cell.entity in ("adjustment", "refund") else invoice
    owner = one.made["customer"]["Id"]
    return await make(world.joint, owner, await _charge(world), DocNumber=one.number, TxnDate=one.day)


async def _received(world: World, one: Played) -> Body:
    return await world.joint.receipt(one.made["document"], date=one.day)


async def _paid(world: World, one: Played) -> Body:
    owner, bill = one.made["customer"]["Id"], one.made["bill"]
    if one.cell.entity == "receipt":
        return await payment(world.joint, owner, "33.00", {bill["Id"]: "33.00"}, TxnDate=one.day)
    out = await paid_back(world.joint, owner, 33.0, TxnDate=one.day)
    await joined_to(world.joint, owner, out, bill, 33.0)
    return out


async def _second_half(world: World, one: Played) -> None:
    """What can only be done once the pair is there."""
    joint, cell = world.joint, one.cell
    if cell.state == PAID_WHEN_LODGED:
        await joint.receipt(one.made["document"], date="2026-09-20")
    if cell.state != "deposited":
        return
    named = one.made.get("theirs") or next(
        p for p in await joint.books_list("payment") if p["CustomerRef"]["name"] == f"{one.given} Hopper"
    )
    applied = {"TxnId": named["Id"], "TxnType": "Payment", "TxnLineId": "0"}
    lines = [{"Amount": named["TotalAmt"], "LinkedTxn": [applied]}]
    await joint.in_books("POST", "deposit", {"DepositToAccountRef": {"value": world.bank}, "Line": lines})


async def _found(world: World) -> None:
    """Both halves of every pair, by the name and number that both sides know."""
    joint, every = world.joint, world.played.values()
    customers = {c["DisplayName"]: c for c in await joint.books_list("customer")}
    contacts = {c["first_name"]: c for c in await joint.shop_list("contacts")}
    documents = {(d["DocNumber"], e): d for e in ("invoice", "creditmemo") for d in await joint.books_list(e)}
    sales = {s["number"]: s for s in await joint.shop_list("sales")}
    payments = {p["CustomerRef"]["name"]: p for p in await joint.books_list("payment") if p["TotalAmt"]}
    outs = {p["EntityRef"]["name"]: p for p in await joint.books_list("purchase")}
    receipts = {r["contact_id"]: r for r in await joint.shop_list("receipts")}
    for one in every:
        name = f"{one.given} Hopper"
        one.made["contact"] = contacts[one.given]
        entity = "creditmemo" if one.cell.entity in ("adjustment", "refund") else "invoice"
        if f"{one.given}X" in contacts:
            one.made["other"] = contacts[f"{one.given}X"]
        if f"{one.given}X Curie" in customers:
            one.made["other customer"] = customers[f"{one.given}X Curie"]
        if one.cell.change == "create" and one.kind is Kind.SALE:
            continue
        one.made["customer"] = customers[name]
        one.made["document"], one.made["bill"] = sales[one.number], documents[one.number, entity]
        if one.kind is Kind.SALE:
            one.made["own"], one.made["theirs"] = one.made["document"], one.made["bill"]
        elif one.cell.change != "create":
            one.made["own"] = receipts[one.made["contact"]["id"]]
            one.made["theirs"] = (payments if one.cell.entity == "receipt" else outs)[name]


async def _hold(world: World) -> None:
    """The statement tells of money, a BAS is lodged, and the books are closed before that."""
    joint = world.joint
    for status in ("Cleared", "Reconciled"):
        ids = [
            one.books_id
            for one in world.played.values()
            if one.kind is Kind.RECEIPT and one.books_id and one.cell.state.endswith(status.lower())
        ]
        await joint.in_books("POST", "reconcile", {"account": world.bank, "status": status, "transactions": ids})
    await joint.configure(lodged_until=date(2026, 9, 30))
    await joint.in_books("POST", "close-books", {"date": CLOSED})
    joint.clock.pass_time(AN_HOUR)


async def _run(joint: Joint) -> None:
    """One run; where it holds removals since they are many (the fuse), somebody approves them, and they go on by their rules."""
    for _ in range(4):
        done = await joint.sync()
        many = [item for item in await joint.attention() if item.kind == "mass_delete"]
        if not many:
            break
        for item in many:
            await joint.answer(item.id, "approve")
    assert done.state in ("succeeded", "partial"), (done.state, done.error, done.counters)


async def _change(world: World, one: Played) -> None:
    """A person's change; whoever changes what is closed in QuickBooks has the right to, and says so there for the time."""
    shut = one.cell.side == "quickbooks" and one.cell.state == "closed"
    if shut:
        await world.joint.in_books("POST", "close-books", {"date": ""})
    if one.cell.change == "create":
        await _create(world, one)
    elif one.cell.side == "oncord":
        await _change_in_shop(world, one)
    else:
        await _change_in_books(world, one)
    if shut:
        await world.joint.in_books("POST", "close-books", {"date": CLOSED})


async def _create(world: World, one: Played) -> None:
    make = {
        ("oncord", Kind.SALE): _sold,
        ("oncord", Kind.RECEIPT): _received,
        ("quickbooks", Kind.SALE): _billed,
        ("quickbooks", Kind.RECEIPT): _paid,
    }[one.cell.side, one.kind]
    one.made["own" if one.cell.side == "oncord" else "theirs"] = await make(world, one)


async def _change_in_shop(world: World, one: Played) -> None:
    joint, path = world.joint, f"{COLLECTIONS[one.cell.entity]}/{one.oncord_id}"
    if one.cell.change == "delete":
        await joint.in_shop("DELETE", path)
        return
    sign = "-" if one.cell.entity == "refund" else ""
    part = {"sale_id": one.made["document"]["id"], "amount": f"{sign}22.00"}
    if one.kind is Kind.SALE:
        inclusive = world.american or one.made["own"]["amounts_include_tax"]
        amount: Body = {"lines": [_goods(world, one, "44.00" if inclusive else "40.00")]}
        less: Body = {"lines": [_goods(world, one, "22.00" if inclusive else "20.00")]}
    else:
        amount = less = {"amount": f"{sign}22.00", "allocations": [part]}
    said: dict[str, Body] = {
        "amount": amount,
        "less": less,
        "tax": {"lines": [_goods(world, one, code=world.free)]},
        "date": {"date": one.day[:-2] + NEW_DAY},
        "customer": {"contact_id": one.made.get("other", {}).get("id")},
        "address": {"shipping_address": TUCSON},
        "note": {"notes": SAID},
        "account": {"payment_method_id": world.card},
        "pays": {"allocations": []},
        "reference": {"reference": SAID},
        "void": {"voided": True},
    }
    await joint.in_shop("PATCH", path, said[one.cell.change])


async def _change_in_books(world: World, one: Played) -> None:
    joint, entity, made = world.joint, ENTITIES[one.cell.entity], one.made["theirs"]
    match one.cell.change:
        case "delete":
            await remove(joint, entity, made["Id"])
        case "void":
            await void(joint, entity, made["Id"])
        case "amount" if entity == "payment":
            lines = [{**each, "Amount": 22.0} for each in made["Line"]]
            await joint.person(entity, plain({**made, "TotalAmt": 22.0, "Line": lines}))
        case "pays":
            await joint.person(entity, plain({**made, "Line": []}))
        case other:
            await change(joint, entity, made["Id"], **await _members(world, one, other))


async def _members(world: World, one: Played, what: str) -> Body:
    entity = ENTITIES[one.cell.entity]
    account = {"payment": "DepositToAccountRef"}.get(entity, "AccountRef")
    place = {"Line1": "1 Cactus Road", "City": "Tucson", "CountrySubDivisionCode": "AZ", "PostalCode": "85701"}
    members: dict[str, Body] = {
        "date": {"TxnDate": one.day[:-2] + NEW_DAY},
        "customer": {"CustomerRef": {"value": one.made.get("other customer", {}).get("Id")}},
        "address": {"ShipAddr": {**place, "Country": "US"}},
        "note": {"CustomerMemo": {"value": SAID}},
        "account": {account: {"value": world.till}},
        "reference": {"DocNumber" if entity == "purchase" else "PaymentRefNum": SAID},
    }
    mode = {} if world.american else {"GlobalTaxCalculation": "TaxExcluded"}
    if what == "amount":
        return {"Line": [await _charge(world, "40.00")], **mode}
    if what == "tax":
        return {"Line": [await _charge(world, code="GST-free")], **mode}
    return members[what]


async def _look(world: World, every: Iterable[Played], when: str) -> None:
    """What stands across from each change, without what follows from others."""
    joint = world.joint
    books = {e: {x["Id"]: x for x in await joint.books_list(e)} for e in ENTITIES.values()}
    shop = {c: {x["id"]: x for x in await joint.shop_list(c, deleted=True)} for c in ("sales", "receipts")}
    for one in every:
        entity, collection = ENTITIES[one.cell.entity], COLLECTIONS[one.cell.entity]
        if one.cell.change == "create":
            rows = books[entity] if one.cell.side == "oncord" else shop[collection]
            setattr(one, when, next((row for row in rows.values() if _is_of(row, one)), None))
        elif one.cell.side == "oncord":
            setattr(one, when, _bare(books[entity].get(one.books_id), _IN_BOOKS))
        else:
            setattr(one, when, _bare(shop[collection].get(one.oncord_id), _IN_SHOP))
        one.marked = str(shop[collection].get(one.oncord_id, {}).get("books_status") or "")


_IN_BOOKS = ("SyncToken", "MetaData", "Balance", "LinkedTxn", "RemainingCredit", "UnappliedAmt")
_IN_SHOP = ("version", "modified_at", *BOOKS_MARK, "amount_paid", "unallocated_amount")


def _bare(row: Body | None, without: tuple[str, ...]) -> Body | None:
    return None if row is None else {k: v for k, v in row.items() if k not in without}


def _is_of(row: Body, one: Played) -> bool:
    """Whether it was made for this cell: a document by its number, money by whose it is."""
    if one.kind is Kind.SALE:
        return one.number in (row.get("DocNumber"), row.get("number"))
    owner = row.get("CustomerRef") or row.get("EntityRef") or {}
    return f"{one.given} Hopper" == owner.get("name") or row.get("contact_id") == one.made["contact"]["id"]


async def _said(world: World) -> None:
    """What people are asked about each cell, and whether its record is laid aside."""
    joint = world.joint
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        items: list[Any] = []
        cursor: str | None = None
        while not items or cursor:
            page = await attention_page(tx, joint.connection_id, "open", 200, cursor)
            items, cursor = [*items, *page.items], page.next_cursor
        for one in world.played.values():
            one.items = frozenset(str(item.kind) for item in items if _is_about(item, one))
            side = Side(one.cell.side)
            key = (side, one.kind, one.oncord_id if side is Side.ONCORD else one.books_id)
            one.waits = any(row.parked for row in await change_queue.load(tx, joint.connection_id, [key]))
    memos = await joint.books_list("creditmemo")
    invoices = await joint.books_list("invoice")
    for one in world.played.values():
        if one.cell.change == "void" and any(_takes_back(document, one) for document in (*memos, *invoices)):
            one.made["taken back"] = {}


def _is_about(item: Any, one: Played) -> bool:
    own = one.oncord_id if item.side == "oncord" else one.books_id
    return bool(own and item.record_kind == one.kind and item.record_id == own)


def _takes_back(document: Body, one: Played) -> bool:
    return bool(document.get("DocNumber") == f"{one.number}-C" and document["TotalAmt"] == 33)


def _value(one: Played, row: Body | None) -> Any:
    """What a counterpart says of that which was changed."""
    if row is None:
        return None
    if one.cell.side == "oncord":
        tax = (row.get("TxnTaxDetail") or {}).get("TotalTax", 0)
        account = row.get("DepositToAccountRef") or row.get("AccountRef") or {}
        known = {
            "amount": row.get("TotalAmt"),
            "less": row.get("TotalAmt"),
            "tax": tax,
            "date": row.get("TxnDate"),
            "customer": (row.get("CustomerRef") or {}).get("name"),
            "address": (row.get("ShipAddr") or {}).get("City"),
            "note": (row.get("CustomerMemo") or {}).get("value"),
            "account": account.get("value"),
            "pays": len(row.get("Line", [])),
            "reference": row.get("PaymentRefNum") or row.get("DocNumber"),
        }
    else:
        known = {
            "amount": row.get("total") or row.get("amount"),
            "tax": row.get("tax_total"),
            "date": row.get("date"),
            "customer": row.get("contact_id"),
            "address": (row.get("shipping_address") or {}).get("suburb"),
            "note": row.get("notes"),
            "pays": len(row.get("allocations", [])),
            "reference": row.get("reference"),
        }
    return known[one.cell.change]


def _becomes(world: World, one: Played) -> Any:
    """What a counterpart says once a change has arrived."""
    entity, in_books = one.cell.entity, one.cell.side == "oncord"
    amount = 44 if one.kind is Kind.SALE else 22
    sign = "-" if entity in ("adjustment", "refund") else ""
    return {
        "amount": amount if in_books else f"{sign}{amount}.00",
        "less": 22,
        "tax": 0 if in_books else "0.00",
        "date": one.day[:-2] + NEW_DAY,
        "customer": f"{one.given}X Curie" if in_books else one.made.get("other", {}).get("id"),
        "address": "Tucson",
        "note": SAID,
        "account": world.till,
        "pays": 0,
        "reference": SAID,
    }[one.cell.change]


def _fate(world: World, one: Played) -> str:
    before, after = one.before, one.after
    if one.cell.change == "create":
        assert before is None, before
        return "none" if after is None else "created"
    assert before is not None
    if after is None or after.get("deleted"):
        return "deleted"
    if one.cell.change == "void":
        if "taken back" in one.made and after == before:
            return "taken-back"
        if after.get("voided") or str(after.get("PrivateNote", "")).startswith("Voided"):
            return "void"
    if after == before:
        return "same"
    return (
        "updated"
        if _value(one, after) == _becomes(world, one)
        else f"{_value(one, before)} became {_value(one, after)}"
    )


@contextmanager
def _collected(failures: list[str], one: Played) -> Iterator[None]:
    try:
        yield
    except AssertionError as failure:
        failures.append(f"{one.cell.id}: {str(failure).splitlines()[0]}")


async def test_every_cell_is_what_the_design_says(world: World) -> None:
    failures: list[str] = []
    for one in world.played.values():
        with _collected(failures, one):
            _judge(world, one)

    assert not failures, "\n".join(failures)


def _judge(world: World, one: Played) -> None:
    fate, *said = one.cell.expected.split()
    found = _fate(world, one)
    assert found == fate, f"{found}, {sorted(one.items)}, waits: {one.waits}"
    asked = {"locked": "locked_period", "cleared": "cleared_money"}.get(said[0] if said else "", "")
    if asked:
        assert one.items == {asked}, sorted(one.items)
    else:
        assert bool(one.items) == ("asks" in said), sorted(one.items)
    assert one.waits == bool({"locked", "cleared", "asks", "waits"} & {*said}), one.waits
    if "gone" in said or "voided" in said:
        assert one.marked == ("gone" if "gone" in said else "void"), one.marked


async def test_afterwards_a_further_run_writes_nothing(world: World) -> None:
    assert world.again == []
