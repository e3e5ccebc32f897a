"""The table of the rules (`rules_cells`), written from the design and not from the code, and played cell by cell.

All cells live in one shop and one company, each with a contact of its own; one run makes the pairs, two carry every
action over, and a further one must plan nothing. Every cell of the full product is played or says why it is not;
those of what hangs together (legs, merges, moves) are played in `test_rules_together`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import pytest

from app.domain.model.records import Kind, Side
from app.storage.changes import change_queue
from app.storage.people.deleted_counterparts import MANY
from app.storage.records.links import of_records
from tests.support.joint import Joint, joined
from tests.support.services import copied_database
from tests.support.stories import (
    BOOKS_MARK,
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
from tests.sync.rules_cells import CELLS, LEFT_OUT, LONE, PAID, TOGETHER, Cell, LeftOut, every_place

Body = dict[str, Any]

ENTITIES = {"sale": "invoice", "adjustment": "creditmemo", "receipt": "payment", "contact": "customer"}
A_DAY = 25 * 3600
"""Half of the actions come a day later, so that the mass-delete fuse has no reason to hold anything."""
LAST_MONTH = "2026-10-12"
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
    asked_of_many: bool = False
    waits: bool = False
    taken_back: bool = False
    origin: str = ""

    @property
    def lone(self) -> bool:
        """Whether it is on one side only."""
        return self.cell.state in LONE

    @property
    def kind(self) -> Kind:
        return Kind({"adjustment": "sale"}.get(self.cell.entity, self.cell.entity))

    @property
    def email(self) -> str:
        return f"{self.given}@example.com".lower()

    def oncord_id(self) -> str:
        held = {"contact": self.contact, "receipt": self.receipt}.get(self.cell.entity, self.sale)
        return str(held.get("id", ""))

    def books_id(self) -> str:
        held = {"contact": self.customer, "receipt": self.payment}.get(self.cell.entity, self.invoice)
        return str(held.get("Id", ""))


@pytest.fixture(scope="module")
async def played(migrated: Any) -> AsyncIterator[dict[str, Played]]:
    """Every cell, played in one world."""
    with copied_database(migrated) as urls:
        async with joined(urls.app) as joint:
            await joint.sync()
            await joint.in_shop("POST", "tax-codes", {"code": "ODD", "name": "Odd", "rate": "10"})
            found = {cell.id: Played(cell, f"Cell{number}") for number, cell in enumerate(CELLS)}
            for one in found.values():
                await _prepare(joint, one)
            await run(joint)
            for one in found.values():
                await _complete(joint, one)
            await run(joint)
            await _pairs(joint, [one for one in found.values() if not one.lone])
            for one in found.values():
                one.origin = one.cell.side if one.lone else await _origin(joint, one)
            for one in found.values():
                await _bury(joint, one)
            await run(joint)
            every = list(found.values())
            for half in (every[::2], every[1::2]):
                for one in half:
                    one.before = await _counterpart(joint, one)
                    await ACTIONS[one.cell.action](joint, one)
                await run(joint)
                joint.clock.pass_time(A_DAY)
            items = await joint.attention()
            documents = [each for entity in ("creditmemo", "invoice") for each in await joint.books_list(entity)]
            for one in found.values():
                one.after = await _counterpart(joint, one)
                one.waits = await _waits(joint, one)
                document = one.after if one.kind is Kind.SALE and one.cell.side == "oncord" else None
                one.taken_back = any(_takes_back(each, document) for each in documents)
                if not one.lone:
                    record = await shop(joint, COLLECTIONS[one.cell.entity], one.oncord_id())
                    one.marked = str(record.get("books_status") or "")
                ids = {one.oncord_id(), one.books_id()}
                about = [item for item in items if item.record_id in ids and _about(item, one)]
                one.asked = any(MANY not in item.detail for item in about)
                one.asked_of_many = any(MANY in item.detail for item in about)
            again = await run(joint)
            found["quiet"] = Played(CELLS[0], "", before=again, after=[str(d.operation) for d in await written(joint)])
            yield found


def _about(item: Any, one: Played) -> bool:
    """Whether an item is about this very record. A shared question names none, and a lone record has no id across."""
    mine = one.oncord_id() if item.side == "oncord" else one.books_id()
    return bool(item.record_id and item.record_kind == one.kind and item.record_id == mine)


def _takes_back(opposite: Body, document: Any) -> bool:
    """Whether a credit memo names this invoice, or an invoice this credit memo, and is for all of it, with its tax."""
    if document is None or not document.get("DocNumber"):
        return False
    named = (opposite.get("InvoiceRef") or {}).get("value") == document["Id"]
    said = f"Takes back credit memo {document['DocNumber']} of" in str(
        (opposite.get("CustomerMemo") or {}).get("value")
    )
    tax, taken = ((d.get("TxnTaxDetail") or {}).get("TotalTax") for d in (document, opposite))
    return bool((named or said) and (opposite["TotalAmt"], taken) == (document["TotalAmt"], tax))


async def _waits(joint: Joint, one: Played) -> bool:
    """Whether the record that was acted on is laid aside."""
    side = Side(one.cell.side)
    key = (side, one.kind, one.oncord_id() if side is Side.ONCORD else one.books_id())
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        return any(row.parked for row in await change_queue.load(tx, joint.connection_id, [key]))


async def _prepare(joint: Joint, one: Played) -> None:
    """The pair's first half, or both halves where it is to begin on both sides; with what pays it."""
    cell, origin = one.cell, one.cell.origin
    if one.lone:
        await _prepare_lone(joint, one)
        return
    of_last_month = cell.state == "month-over"
    if origin in ("oncord", "both"):
        one.contact = await joint.contact(one.given, "Hopper", email=f"{one.given}@example.com".lower())
        kind = {"kind": "adjustment"} if cell.entity == "adjustment" else {}
        kind |= {"date": LAST_MONTH} if of_last_month else {}
        price = "-33.00" if cell.entity == "adjustment" else "33.00"
        goods = {"description": "Design", "quantity": "1", "unit_price": price, "tax_code": "GST"}
        one.sale = await joint.sale(one.contact["id"], goods, number=f"N-{one.given}", **kind)
    if origin in ("quickbooks", "both"):
        one.customer = await customer(joint, one.given, email=f"{one.given}@example.com".lower())
        make = credit_memo if cell.entity == "adjustment" else invoice
        dated = {"TxnDate": LAST_MONTH} if of_last_month else {}
        one.invoice = await make(joint, one.customer["Id"], DocNumber=f"N-{one.given}", **dated)
    if cell.entity == "receipt" and origin in ("oncord", "both"):
        one.receipt = await joint.receipt(one.sale)
    if cell.entity == "receipt" and origin in ("quickbooks", "both"):
        one.payment = await payment(joint, one.customer["Id"], "33.00", {one.invoice["Id"]: "33.00"})
    if cell.state == "paid-by-own" and one.sale:
        one.receipt = await joint.receipt(one.sale)


async def _prepare_lone(joint: Joint, one: Played) -> None:
    """What is on one side only, and all that it hangs on."""
    cell = one.cell
    if cell.state == "absent" and cell.entity == "contact":
        return
    if cell.side == "oncord":
        one.contact = await joint.contact(one.given, "Hopper", email=one.email)
        pays_normally = cell.entity == "receipt" and cell.state != "early"
        if cell.entity == "receipt" or (cell.entity != "contact" and cell.state != "absent"):
            await _sold(joint, one, "linked" if pays_normally else cell.state)
        if cell.entity == "receipt" and cell.state != "absent":
            method = await joint.method("paypal" if cell.state == "parked" else "direct_deposit")
            one.receipt = await joint.receipt(one.sale, payment_method_id=method)
        return
    one.customer = await customer(joint, one.given, email=one.email)
    if cell.entity == "receipt":
        one.invoice = await invoice(joint, one.customer["Id"], DocNumber=f"N-{one.given}")
        if cell.state == "parked":
            unmapped = await joint.account("Other Current Asset", "UndepositedFunds")
            await _paid_in_books(joint, one, DepositToAccountRef={"value": unmapped})


async def _sold(joint: Joint, one: Played, state: str) -> None:
    price = "-33.00" if one.cell.entity == "adjustment" else "33.00"
    code = "ODD" if state == "parked" else "GST"
    goods = {"description": "Design", "quantity": "1", "unit_price": price, "tax_code": code}
    members: Body = {"kind": "adjustment"} if one.cell.entity == "adjustment" else {}
    members |= {"draft": {"status": "draft"}, "early": {"date": "2025-06-01"}}.get(state, {})
    one.sale = await joint.sale(one.contact["id"], goods, number=f"N-{one.given}", **members)


async def _billed(joint: Joint, one: Played) -> None:
    make = credit_memo if one.cell.entity == "adjustment" else invoice
    one.invoice = await make(joint, one.customer["Id"], DocNumber=f"N-{one.given}")


def _for_a_deleted_contact(one: Played) -> bool:
    """An invoice is laid aside where its contact was deleted in Oncord: a person has to say what is meant."""
    return (one.cell.state, one.cell.side) == ("parked", "quickbooks") and one.kind is Kind.SALE


async def _paid_in_books(joint: Joint, one: Played, **members: Any) -> None:
    one.payment = await payment(joint, one.customer["Id"], "33.00", {one.invoice["Id"]: "33.00"}, **members)


async def _complete(joint: Joint, one: Played) -> None:
    """What can only be done once the pair is there: payments made in the books."""
    if _for_a_deleted_contact(one):
        made = next(c for c in await joint.shop_list("contacts") if c["first_name"] == one.given)
        await joint.in_shop("DELETE", f"contacts/{made['id']}")
    if one.cell.state == "paid-by-own" and not one.receipt:
        sold = next(s for s in await joint.shop_list("sales") if s["number"] == f"N-{one.given}")
        one.receipt = await joint.receipt(sold)
    if one.cell.state == "handed-out":
        entity = ENTITIES[one.cell.entity]
        document = next(i for i in await joint.books_list(entity) if i["DocNumber"] == f"N-{one.given}")
        await change(joint, entity, document["Id"], EmailStatus="EmailSent")
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


async def _pairs(joint: Joint, all_played: Iterable[Played]) -> None:
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
        if one.cell.entity == "receipt" or one.cell.state in PAID:
            one.payment, one.receipt = payments[f"{one.given} Hopper"], receipts[one.contact["id"]]


async def _origin(joint: Joint, one: Played) -> str:
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        [link] = await of_records(tx, joint.connection_id, one.kind, Side.ONCORD, [one.oncord_id()])
    return link.origin.value if link.quickbooks_id == one.books_id() else "another"


async def _bury(joint: Joint, one: Played) -> None:
    if _for_a_deleted_contact(one):
        await _billed(joint, one)
    if one.cell.state == "buried-in-oncord":
        await _oncord_delete(joint, one)
    elif one.cell.state == "buried-in-quickbooks":
        await remove(joint, ENTITIES[one.cell.entity], one.books_id())
    elif one.cell.state == "inactive":
        await _inactivate(joint, one)


async def _lone_counterpart(joint: Joint, one: Played) -> Body | None:
    """What came of a record that was on one side only, found by the name or number that both sides know."""
    name, number = f"{one.given} Hopper", f"N-{one.given}"
    if one.cell.side == "oncord":
        known = {"contact": ("DisplayName", name), "receipt": ("CustomerRef", name)}
        member, wanted = known.get(one.cell.entity, ("DocNumber", number))
        for found in await joint.books_list(ENTITIES[one.cell.entity]):
            held = found[member]
            if (held["name"] if isinstance(held, dict) else held) == wanted:
                return found
        return None
    contact = next((c for c in await joint.shop_list("contacts") if c["first_name"] == one.given), None)
    if one.cell.entity == "contact" or contact is None:
        return contact
    mine = [x for x in await joint.shop_list(COLLECTIONS[one.cell.entity]) if x["contact_id"] == contact["id"]]
    return mine[0] if mine else None


async def _counterpart(joint: Joint, one: Played) -> Body | None:
    """The record across from the action, without what follows from others."""
    if one.lone:
        return await _lone_counterpart(joint, one)
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
        dropped = ("version", "modified_at", *BOOKS_MARK, "amount_paid", "unallocated_amount")
    return None if found is None else {k: v for k, v in found.items() if k not in dropped}


async def _create(joint: Joint, one: Played) -> None:
    cell = one.cell
    if cell.side == "oncord":
        if cell.entity == "contact":
            one.contact = await joint.contact(one.given, "Hopper", email=one.email)
        elif cell.entity == "receipt":
            one.receipt = await joint.receipt(one.sale)
        else:
            await _sold(joint, one, "linked")
    elif cell.entity == "contact":
        one.customer = await customer(joint, one.given, email=one.email)
    elif cell.entity == "receipt":
        await _paid_in_books(joint, one)
    else:
        await _billed(joint, one)


async def _confirm(joint: Joint, one: Played) -> None:
    await joint.in_shop("PATCH", f"sales/{one.oncord_id()}", {"status": "confirmed"})


async def _sell(joint: Joint, one: Played) -> None:
    goods = {"description": "Design", "quantity": "1", "unit_price": "33.00", "tax_code": "GST"}
    await joint.sale(one.contact["id"], goods, number=f"S-{one.given}")


async def _activate(joint: Joint, one: Played) -> None:
    await change(joint, "customer", one.books_id(), Active=True, DisplayName=f"{one.given} Hopper")


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
    "create": _create,
    "confirm": _confirm,
    "sell": _sell,
    "activate": _activate,
    "edit": _edit,
    "delete": _delete,
    "delete-with-receipts": _delete_with_receipts,
    "delete-contact-with-all": _delete_contact_with_all,
    "void": _void,
    "inactivate": _inactivate,
}


def _fate(one: Played) -> str:
    if one.lone:
        assert one.before is None, one.before
        return "created" if one.after is not None else "none"
    if one.after is None or one.after.get("deleted"):
        return "gone" if one.before is None or one.before.get("deleted") else "deleted"
    if one.cell.state.startswith("buried") and one.after == one.before:
        return "gone"
    if one.taken_back:
        return "taken-back"
    voided = one.after.get("voided") is True or str(one.after.get("PrivateNote", "")).startswith("Voided")
    if voided and one.cell.action in ("void", "delete"):
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
    assert one.waits == bool({"asks", "waits"} & set(expected))
    if one.cell.state != "parked":  # the configuration is asked about once, for all records that wait for it
        assert one.asked == bool({"asks", "named"} & set(expected))
    if one.asked_of_many:  # in this world many are deleted within a day: only of what stays is that asked
        assert expected[0] in ("same", "gone")


def test_every_cell_of_the_full_product_is_played_or_says_why_it_is_not() -> None:
    every_cell = (*CELLS, *TOGETHER)
    played = {cell.place for cell in every_cell}
    left_out = {place: [one for one in LEFT_OUT if one.holds(place)] for place in every_place()}

    assert len(played) == len(every_cell)
    assert played <= left_out.keys()
    assert [place for place, reasons in left_out.items() if place not in played and not reasons] == []
    assert [place for place, reasons in left_out.items() if place in played and reasons] == []


@pytest.mark.parametrize("left_out", LEFT_OUT, ids=[str(number) for number in range(len(LEFT_OUT))])
def test_a_reason_holds_for_some_cell_and_the_test_that_it_names_is_there(left_out: LeftOut) -> None:
    assert any(left_out.holds(place) for place in every_place())
    assert left_out.why.endswith(".")
    if left_out.played:
        module, _, name = left_out.played.partition(".")
        assert callable(getattr(import_module(f"tests.sync.{module}"), name))


def test_after_every_action_a_further_run_plans_no_writes(played: dict[str, Played]) -> None:
    assert played["quiet"].before == [], played["quiet"].after


async def test_an_edit_of_the_table_is_what_arrives(played: dict[str, Played]) -> None:
    edited = [
        one for one in played.values() if one.cell.expected == "updated" and one.cell.action == "edit" and one.given
    ]

    assert edited
    for one in edited:
        assert "0400 123 456" in str(one.after), one.cell.id
