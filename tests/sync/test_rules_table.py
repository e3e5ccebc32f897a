"""The rules as a table, written from the design and not from the code: what an action on one side does to the other.

A cell is (entity, origin, state, side, action); the expectation is what becomes of the counterpart: `updated`, `same`
(untouched), `deleted`, `void`; with `marked` where Oncord's record must be told, `asks` where a person must be asked.
All cells live in one shop and one company, each with a contact of its own; one run makes the pairs, one carries every
action over, and a third one must plan nothing.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.domain.records import Kind, Side
from app.storage.links import of_records
from tests.support.joint import Joint, joined
from tests.support.services import copied_database
from tests.support.stories import (
    book_or_none,
    change,
    credit_memo,
    customer,
    invoice,
    payment,
    remove,
    run,
    shop,
    void,
    written,
)

Body = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """One cell of the table, and what the design says."""

    rule: str
    entity: str
    origin: str
    state: str
    side: str
    action: str
    expected: str

    @property
    def id(self) -> str:
        return "-".join((self.rule, self.entity, self.origin, self.state, self.side, self.action, "is", self.expected))


def _cells() -> list[Cell]:
    origins = ("oncord", "quickbooks", "both")
    cells = []

    def add(rule: str, entity: str, where: tuple[str, ...], state: str, side: str, action: str, expected: str) -> None:
        cells.extend(Cell(rule, entity, origin, state, side, action, expected) for origin in where)

    for entity, s2, s5, s3, s6 in (("sale", "S2", "S5", "S3", "S6"), ("adjustment", "S7", "S7", "S7", "S7")):
        add(s2, entity, origins, "linked", "oncord", "edit", "updated")
        add(s5, entity, origins, "linked", "quickbooks", "edit", "updated")
        add(s3, entity, ("oncord",), "linked", "oncord", "delete", "deleted")
        add(s3, entity, ("quickbooks", "both"), "linked", "oncord", "delete", "same")
        add(s6, entity, origins, "linked", "quickbooks", "delete", "same marked gone")
        add("S5", entity, ("oncord",), "linked", "oncord", "void", "void")
        add("S5", entity, ("quickbooks", "both"), "linked", "oncord", "void", "same asks")
        add("S5", entity, origins, "linked", "quickbooks", "void", "void marked void")
        add(s3, entity, origins, "buried-in-oncord", "quickbooks", "edit", "gone")
        add(s3, entity, ("quickbooks", "both"), "buried-in-oncord", "quickbooks", "delete", "gone")
        add(s6, entity, origins, "buried-in-quickbooks", "oncord", "edit", "gone")
        add(s6, entity, origins, "buried-in-quickbooks", "oncord", "delete", "gone")
        add(s6, entity, origins, "buried-in-quickbooks", "oncord", "void", "gone")
    add("S3", "sale", ("oncord",), "paid-by-own", "oncord", "delete", "deleted")
    add("S3", "sale", ("oncord",), "paid-by-own", "oncord", "delete-with-receipts", "deleted")
    add("S3", "sale", ("oncord",), "paid-in-books", "oncord", "delete", "same asks")
    add("S3", "sale", ("oncord",), "paid-and-deposited", "oncord", "delete", "same asks")
    add("S3", "sale", ("quickbooks", "both"), "paid-in-books", "oncord", "delete", "same")
    add("S2", "sale", origins, "paid-in-books", "oncord", "edit", "updated")
    add("S5", "sale", origins, "paid-in-books", "quickbooks", "edit", "updated")
    add("S6", "sale", origins, "paid-in-books", "quickbooks", "delete", "same marked gone")
    add("S5", "sale", origins, "paid-in-books", "quickbooks", "void", "void marked void")
    add("S5", "sale", ("oncord",), "paid-by-own", "oncord", "void", "void")
    add("C3", "sale", origins, "linked", "oncord", "delete-contact-with-all", "same")
    add("C3", "receipt", origins, "linked", "oncord", "delete-contact-with-all", "same")

    add("R7", "receipt", origins, "linked", "oncord", "edit", "updated")
    add("R7", "receipt", origins, "linked", "quickbooks", "edit", "updated")
    add("R3", "receipt", ("oncord",), "linked", "oncord", "delete", "deleted")
    add("R3", "receipt", ("oncord",), "deposited", "oncord", "delete", "same asks")
    add("R3", "receipt", ("quickbooks", "both"), "linked", "oncord", "delete", "same")
    add("R4", "receipt", origins, "linked", "quickbooks", "delete", "same marked gone")
    add("R4", "receipt", origins, "linked", "quickbooks", "void", "same marked void")
    add("R4", "receipt", origins, "buried-in-quickbooks", "oncord", "edit", "gone")
    add("R3", "receipt", ("quickbooks", "both"), "buried-in-oncord", "quickbooks", "edit", "gone")
    add("R3", "receipt", ("quickbooks", "both"), "buried-in-oncord", "quickbooks", "delete", "gone")
    add("R4", "receipt", origins, "buried-in-quickbooks", "oncord", "delete", "gone")

    add("C2", "contact", origins, "linked", "oncord", "edit", "updated")
    add("C5", "contact", origins, "linked", "quickbooks", "edit", "updated")
    add("C3", "contact", origins, "linked", "oncord", "delete", "same")
    add("C6", "contact", origins, "linked", "quickbooks", "inactivate", "same")
    add("C3", "contact", origins, "buried-in-oncord", "quickbooks", "edit", "gone")
    return [c for c in cells if not (c.origin == "oncord" and c.state == "buried-in-oncord" and c.entity != "contact")]


CELLS = _cells()
ENTITIES = {"sale": "invoice", "adjustment": "creditmemo", "receipt": "payment", "contact": "customer"}
COLLECTIONS = {"sale": "sales", "adjustment": "sales", "receipt": "receipts", "contact": "contacts"}


@dataclass
class Played:
    """A cell as it was played: both ids, what both sides held before the action, and what they hold after the run."""

    cell: Cell
    given: str
    contact: Body = field(default_factory=dict)
    customer: Body = field(default_factory=dict)
    sale: Body = field(default_factory=dict)
    invoice: Body = field(default_factory=dict)
    receipt: Body = field(default_factory=dict)
    payment: Body = field(default_factory=dict)
    before: Any = None
    after: Any = None
    marked: str = ""
    asked: bool = False
    origin: str = ""

    def oncord_id(self) -> str:
        return str({"contact": self.contact, "receipt": self.receipt}.get(self.cell.entity, self.sale)["id"])

    def books_id(self) -> str:
        return str({"contact": self.customer, "receipt": self.payment}.get(self.cell.entity, self.invoice)["Id"])


@pytest.fixture(scope="module")
async def played(migrated: Any) -> AsyncIterator[dict[str, Played]]:
    """Every cell, played in one world."""
    with copied_database(migrated) as urls:
        async with joined(urls.app) as joint:
            await joint.sync()
            found = {cell.id: Played(cell, f"Cell{number}") for number, cell in enumerate(CELLS)}
            for one in found.values():
                await _prepare(joint, one)
            await run(joint)
            for one in found.values():
                await _complete(joint, one)
            await run(joint)
            await _pairs(joint, found.values())
            for one in found.values():
                one.origin = await _origin(joint, one)
            for one in found.values():
                await _bury(joint, one)
            await run(joint)
            for one in found.values():
                one.before = await _counterpart(joint, one)
                await ACTIONS[one.cell.action](joint, one)
            await run(joint)
            items = await joint.attention()
            for one in found.values():
                one.after = await _counterpart(joint, one)
                record = await shop(joint, COLLECTIONS[one.cell.entity], one.oncord_id())
                one.marked = str(record.get("books_status") or "")
                ids = {one.oncord_id(), one.books_id()}
                one.asked = any(item.record_id in ids and _about(item, one) for item in items)
            again = await run(joint)
            found["quiet"] = Played(CELLS[0], "", before=again, after=[str(d.operation) for d in await written(joint)])
            yield found


def _about(item: Any, one: Played) -> bool:
    kind = {"adjustment": "sale"}.get(one.cell.entity, one.cell.entity)
    mine = one.oncord_id() if item.side == "oncord" else one.books_id()
    return bool(item.record_kind == kind and item.record_id == mine)


async def _prepare(joint: Joint, one: Played) -> None:
    """The pair's first half, or both halves where it is to begin on both sides; with what pays it."""
    cell, origin = one.cell, one.cell.origin
    if origin in ("oncord", "both"):
        one.contact = await joint.contact(one.given, "Hopper", email=f"{one.given}@example.com".lower())
        kind = {"kind": "adjustment"} if cell.entity == "adjustment" else {}
        price = "-33.00" if cell.entity == "adjustment" else "33.00"
        goods = {"description": "Design", "quantity": "1", "unit_price": price, "tax_code": "GST"}
        one.sale = await joint.sale(one.contact["id"], goods, number=f"N-{one.given}", **kind)
    if origin in ("quickbooks", "both"):
        one.customer = await customer(joint, one.given, email=f"{one.given}@example.com".lower())
        make = credit_memo if cell.entity == "adjustment" else invoice
        one.invoice = await make(joint, one.customer["Id"], DocNumber=f"N-{one.given}")
    if cell.entity == "receipt" and origin in ("oncord", "both"):
        one.receipt = await joint.receipt(one.sale)
    if cell.entity == "receipt" and origin in ("quickbooks", "both"):
        one.payment = await payment(joint, one.customer["Id"], "33.00", {one.invoice["Id"]: "33.00"})
    if cell.state == "paid-by-own":
        one.receipt = await joint.receipt(one.sale)


async def _complete(joint: Joint, one: Played) -> None:
    """What can only be done once the pair is there: payments made in the books."""
    if one.cell.state in ("paid-in-books", "paid-and-deposited"):
        number = f"N-{one.given}"
        there = next(i for i in await joint.books_list("invoice") if i["DocNumber"] == number)
        owner = there["CustomerRef"]["value"]
        one.payment = await payment(joint, owner, "33.00", {there["Id"]: "33.00"})
    if one.cell.state in ("deposited", "paid-and-deposited"):
        held = one.payment or next(p for p in await joint.books_list("payment") if _belongs(p, one))
        await joint.in_books("POST", "deposit", _deposit(held, await joint.account("Bank")))


def _belongs(paid: Body, one: Played) -> bool:
    return bool(paid["CustomerRef"]["name"] == f"{one.given} Hopper")


def _deposit(paid: Body, account: str) -> Body:
    return {
        "DepositToAccountRef": {"value": account},
        "Line": [
            {"Amount": paid["TotalAmt"], "LinkedTxn": [{"TxnId": paid["Id"], "TxnType": "Payment", "TxnLineId": "0"}]}
        ],
    }


async def _pairs(joint: Joint, all_played: Any) -> None:
    """Find both halves of every pair by the name that both sides know."""
    customers = {c["DisplayName"]: c for c in await joint.books_list("customer")}
    contacts = {c["first_name"]: c for c in await joint.shop_list("contacts")}
    documents = {(i["DocNumber"], e): i for e in ("invoice", "creditmemo") for i in await joint.books_list(e)}
    sales = {s["number"]: s for s in await joint.shop_list("sales")}
    payments = {p["CustomerRef"]["name"]: p for p in await joint.books_list("payment")}
    receipts = {r["contact_id"]: r for r in await joint.shop_list("receipts")}
    for one in all_played:
        entity = "creditmemo" if one.cell.entity == "adjustment" else "invoice"
        one.contact, one.customer = contacts[one.given], customers[f"{one.given} Hopper"]
        one.sale, one.invoice = sales[f"N-{one.given}"], documents[f"N-{one.given}", entity]
        if one.cell.entity == "receipt" or one.cell.state.startswith("paid"):
            one.payment, one.receipt = payments[f"{one.given} Hopper"], receipts[one.contact["id"]]


async def _origin(joint: Joint, one: Played) -> str:
    kind = {"adjustment": "sale"}.get(one.cell.entity, one.cell.entity)
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        [link] = await of_records(tx, joint.connection_id, Kind(kind), Side.ONCORD, [one.oncord_id()])
    return link.origin.value if link.quickbooks_id == one.books_id() else "another"


async def _bury(joint: Joint, one: Played) -> None:
    if one.cell.state == "buried-in-oncord":
        await _oncord_delete(joint, one)
    elif one.cell.state == "buried-in-quickbooks":
        await remove(joint, ENTITIES[one.cell.entity], one.books_id())


async def _counterpart(joint: Joint, one: Played) -> Body | None:
    """The record across from the action, without what follows from others."""
    if one.cell.side == "oncord":
        found = await book_or_none(joint, ENTITIES[one.cell.entity], one.books_id())
        dropped = (
            "SyncToken",
            "MetaData",
            "Balance",
            "BalanceWithJobs",
            "LinkedTxn",
            "RemainingCredit",
            "UnappliedAmt",
        )
    else:
        found = await shop(joint, COLLECTIONS[one.cell.entity], one.oncord_id())
        dropped = ("version", "modified_at", "books_status", "amount_paid", "unallocated_amount")
    return None if found is None else {k: v for k, v in found.items() if k not in dropped}


async def _edit(joint: Joint, one: Played) -> None:
    words = {"contact": "phone", "receipt": "reference"}.get(one.cell.entity, "notes")
    members = {
        "contact": {"PrimaryPhone": {"FreeFormNumber": "0400 123 456"}},
        "receipt": {"PaymentRefNum": "0400 123 456"},
    }.get(one.cell.entity, {"CustomerMemo": {"value": "0400 123 456"}})
    if one.cell.side == "oncord":
        path = f"{COLLECTIONS[one.cell.entity]}/{one.oncord_id()}"
        await joint.in_shop("PATCH", path, {words: "0400 123 456"})
    else:
        await change(joint, ENTITIES[one.cell.entity], one.books_id(), **members)


async def _delete(joint: Joint, one: Played) -> None:
    if one.cell.side == "oncord":
        await _oncord_delete(joint, one)
    else:
        await remove(joint, ENTITIES[one.cell.entity], one.books_id())


async def _oncord_delete(joint: Joint, one: Played, cascade: str = "") -> None:
    await joint.in_shop("DELETE", f"{COLLECTIONS[one.cell.entity]}/{one.oncord_id()}{cascade}")


async def _delete_with_receipts(joint: Joint, one: Played) -> None:
    await _oncord_delete(joint, one, "?cascade=true")


async def _delete_contact_with_all(joint: Joint, one: Played) -> None:
    await joint.in_shop("DELETE", f"contacts/{one.contact['id']}?cascade=true")


async def _void(joint: Joint, one: Played) -> None:
    if one.cell.side == "oncord":
        await joint.in_shop("PATCH", f"sales/{one.oncord_id()}", {"voided": True})
    else:
        await void(joint, ENTITIES[one.cell.entity], one.books_id())


async def _inactivate(joint: Joint, one: Played) -> None:
    for document in ("invoice", "creditmemo"):
        for found in await joint.books_list(document):
            if found["CustomerRef"]["value"] == one.customer["Id"]:
                await payment(joint, one.customer["Id"], "33.00", {found["Id"]: "33.00"})
    await change(joint, "customer", one.customer["Id"], Active=False)


ACTIONS: dict[str, Callable[[Joint, Played], Awaitable[None]]] = {
    "edit": _edit,
    "delete": _delete,
    "delete-with-receipts": _delete_with_receipts,
    "delete-contact-with-all": _delete_contact_with_all,
    "void": _void,
    "inactivate": _inactivate,
}


def _fate(one: Played) -> str:
    if one.after is None or one.after.get("deleted"):
        return "gone" if one.before is None or one.before.get("deleted") else "deleted"
    if one.cell.state.startswith("buried") and one.after == one.before:
        return "gone"
    voided = one.after.get("voided") is True or str(one.after.get("PrivateNote", "")).startswith("Voided")
    if voided and one.cell.action == "void":
        return "void"
    return "same" if one.after == one.before else "updated"


@pytest.mark.parametrize("cell", CELLS, ids=[cell.id for cell in CELLS])
def test_table(played: dict[str, Played], cell: Cell) -> None:
    one = played[cell.id]
    assert one.origin == cell.origin
    expected = cell.expected.split()

    assert _fate(one) == expected[0], (one.before, one.after)
    if "marked" in expected:
        assert one.marked == expected[-1]
    assert one.asked == ("asks" in expected)


def test_after_every_action_a_further_run_plans_no_writes(played: dict[str, Played]) -> None:
    assert played["quiet"].before == [], played["quiet"].after


async def test_an_edit_of_the_table_is_what_arrives(played: dict[str, Played]) -> None:
    edited = [one for one in played.values() if one.cell.expected == "updated" and one.given]

    assert edited
    for one in edited:
        assert "0400 123 456" in str(one.after), one.cell.id
