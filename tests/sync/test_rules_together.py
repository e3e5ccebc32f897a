"""The cells of what hangs together (`rules_cells.TOGETHER`): legs of a split receipt, merged people, and what is moved.

As in `test_rules_table` all of them live in one shop and one company, each with two people of its own; a few runs bring
everybody into the state of their cells, one carries every action over, and a further one must plan nothing.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.domain.model.records import Kind, Side
from app.storage.records.links import of_records
from tests.support.joint import Joint, joined
from tests.support.services import copied_database
from tests.support.stories import BOOKS_MARK, Body, book, change, customer, invoice, payment, remove, run, void, written
from tests.sync.rules_cells import TOGETHER, Cell

TYPED = "0400 123 456"
FOLLOWS = ("SyncToken", "MetaData", "Balance", "BalanceWithJobs", "LinkedTxn", "UnappliedAmt", "RemainingCredit")
MARKS = ("version", "modified_at", *BOOKS_MARK, "amount_paid", "unallocated_amount", "balance")
"""What follows from others, or is told about the record rather than by it."""
A_DAY = 25 * 3600
"""What is done comes a day after what was brought about, so that the mass-delete fuse has no reason to hold anything."""


@dataclass
class Seen:
    """Both worlds at one moment, read once for all cells."""

    customers: dict[str, Body]
    invoices: dict[str, Body]
    payments: dict[str, Body]
    contacts: dict[str, Body]
    sales: dict[str, Body]
    receipts: dict[str, Body]
    asked: frozenset[tuple[str, str, str, str]]


@dataclass
class Scene:
    """A cell as it is played: two people, what they bought and paid, and both worlds before and after."""

    cell: Cell
    number: int
    contacts: tuple[str, str] = ("", "")
    customers: tuple[str, str] = ("", "")
    sale: str = ""
    other_sale: str = ""
    invoice: str = ""
    receipt: str = ""
    payment: str = ""
    origin: str = ""
    known: set[str] = field(default_factory=set)

    @property
    def names(self) -> tuple[str, str]:
        """The names of both, as QuickBooks shows them."""
        return f"Ada{self.number} Hopper", f"Bea{self.number} Arthur"

    @property
    def sold(self) -> tuple[str, str]:
        return f"A-{self.number:04}", f"B-{self.number:04}"

    def linked(self, which: int) -> bool:
        """Whether a person is on both sides before the merge; of everything but merges, both are."""
        lone = {"loser-linked": (True, False), "winner-linked": (False, True), "none-linked": (False, False)}
        return lone.get(self.cell.state, (True, True))[which]


@dataclass
class World:
    """What was played."""

    scenes: dict[str, Scene]
    before: Seen
    after: Seen
    again: list[tuple[str, str, str]]
    why: list[str]


@pytest.fixture(scope="module")
async def world(migrated: Any) -> AsyncIterator[World]:
    """Every cell, played in one world."""
    with copied_database(migrated) as urls:
        async with joined(urls.app) as joint:
            await joint.sync()
            scenes = [Scene(cell, number) for number, cell in enumerate(TOGETHER, 100)]
            for scene in scenes:
                await _begin(joint, scene)
            await run(joint)
            await _find(joint, scenes)
            for scene in scenes:
                scene.origin = await _origin(joint, scene)
                await _share(joint, scene)
            await run(joint)
            await _find(joint, scenes)
            for scene in scenes:
                await _bring_about(joint, scene)
            await run(joint)
            await run(joint)
            joint.clock.pass_time(A_DAY)
            before = await _seen(joint)
            for scene in scenes:
                await _act(joint, scene, before)
            await run(joint)
            after = await _seen(joint)
            again = await run(joint)
            why = [f"{d.operation} {d.operation.reason}" for d in await written(joint)]
            yield World({scene.cell.id: scene for scene in scenes}, before, after, again, why)


async def _seen(joint: Joint) -> Seen:
    async def books(entity: str) -> dict[str, Body]:
        return {x["Id"]: x for x in await joint.books_list(entity)}

    async def shop(collection: str) -> dict[str, Body]:
        return {x["id"]: x for x in await joint.shop_list(collection, deleted=True)}

    items = [item for item in await joint.attention() if item.record_id]
    return Seen(
        customers=await books("customer"),
        invoices=await books("invoice"),
        payments=await books("payment"),
        contacts=await shop("contacts"),
        sales=await shop("sales"),
        receipts=await shop("receipts"),
        asked=frozenset((item.id, item.side, str(item.record_kind), item.record_id) for item in items),
    )


async def _begin(joint: Joint, scene: Scene) -> None:
    """Both people with a document each, on the side where the pair is to begin, and what pays the first one's."""
    cell = scene.cell
    merged = cell.entity == "merged"
    for which, (name, number) in enumerate(zip(scene.names, scene.sold, strict=True)):
        if merged and cell.side == "quickbooks" and not scene.linked(which):
            continue
        begins = cell.origin if (merged and scene.linked(which)) or (not merged and which == 0) else "oncord"
        await _person(joint, scene, begins, name, number if scene.linked(which) else "")


async def _person(joint: Joint, scene: Scene, origin: str, name: str, number: str) -> None:
    given, family = name.split()
    email = f"{given}@example.com".lower()
    pays = given.startswith("Ada") and scene.cell.entity in ("leg", "moved") and scene.cell.state != "lone-sale"
    loose = scene.cell.state == "lone-receipt"
    if origin in ("oncord", "both"):
        contact = await joint.contact(given, family, email=email)
        if number:
            goods = {"description": "Design", "quantity": "1", "unit_price": "33.00", "tax_code": "GST"}
            sale = await joint.sale(contact["id"], goods, number=number)
            if pays:
                await joint.receipt(sale, "33.00", **({"allocations": []} if loose else {}))
    if origin in ("quickbooks", "both"):
        owner = await customer(joint, given, family, email=email)
        made = await invoice(joint, owner["Id"], DocNumber=number)
        if pays:
            await payment(joint, owner["Id"], "33.00", {} if loose else {made["Id"]: "33.00"})


async def _find(joint: Joint, scenes: Iterable[Scene]) -> None:
    """The ids of both halves of everything, by the names and numbers that both sides know."""
    seen = await _seen(joint)
    customers = {c["DisplayName"]: i for i, c in seen.customers.items()}
    contacts = {f"{c['first_name']} {c['last_name']}": i for i, c in seen.contacts.items()}
    invoices = {x["DocNumber"]: i for i, x in seen.invoices.items()}
    sales = {x["number"]: i for i, x in seen.sales.items()}
    payments = {x["CustomerRef"]["value"]: i for i, x in seen.payments.items()}
    receipts = {x["contact_id"]: i for i, x in seen.receipts.items()}
    for scene in scenes:
        first, second = scene.names
        scene.customers = (customers.get(first, ""), customers.get(second, ""))
        scene.contacts = (contacts.get(first, ""), contacts.get(second, ""))
        scene.sale, scene.other_sale = (sales.get(number, "") for number in scene.sold)
        scene.invoice = invoices.get(scene.sold[0], "")
        scene.receipt, scene.payment = receipts.get(scene.contacts[0], ""), payments.get(scene.customers[0], "")
        scene.known = {i for i, p in seen.payments.items() if p["CustomerRef"]["value"] in scene.customers}


async def _origin(joint: Joint, scene: Scene) -> str:
    """The origin of what the cell is about, as the link remembers it."""
    about = {
        "leg": (Kind.RECEIPT, scene.receipt),
        "merged": (Kind.CONTACT, scene.contacts[0 if scene.linked(0) else 1]),
        "moved": (Kind.SALE, scene.sale),
    }
    kind, record = about[scene.cell.entity]
    if scene.cell.state in ("lone-receipt", "receipt-of-sale", "sale-and-receipt"):
        kind, record = Kind.RECEIPT, scene.receipt
    async with joint.runtime.database.transaction(joint.connection_id) as tx:
        found = await of_records(tx, joint.connection_id, kind, Side.ONCORD, [record])
    return found[0].origin.value if found else "oncord"


async def _share(joint: Joint, scene: Scene) -> None:
    """A receipt gets its second leg: part of it pays the other one's sale."""
    if scene.cell.entity == "leg":
        await _share_out(joint, scene, "20.00", "13.00")


async def _share_out(joint: Joint, scene: Scene, mine: str, others: str) -> None:
    parts = [{"sale_id": scene.sale, "amount": mine}, {"sale_id": scene.other_sale, "amount": others}]
    await joint.in_shop("PATCH", f"receipts/{scene.receipt}", {"allocations": parts})


async def _bring_about(joint: Joint, scene: Scene) -> None:
    """The state of the cell: a leg that is gone, a deposit, a merge that is over."""
    state = scene.cell.state
    if state == "this-leg-gone":
        await remove(joint, "payment", scene.payment)
    elif state == "other-leg-gone":
        await remove(joint, "payment", next(iter(scene.known - {scene.payment})))
    elif state == "receipt-gone":
        await joint.in_shop("DELETE", f"receipts/{scene.receipt}")
    elif state == "deposited-sale":
        part = {"TxnId": scene.payment, "TxnType": "Payment", "TxnLineId": "0"}
        account = {"value": await joint.account("Bank")}
        deposit = {"DepositToAccountRef": account, "Line": [{"Amount": 33, "LinkedTxn": [part]}]}
        await joint.in_books("POST", "deposit", deposit)
    elif scene.cell.entity == "merged" and scene.cell.action != "merge":
        await _merge(joint, scene)


async def _merge(joint: Joint, scene: Scene) -> None:
    """The first person is merged into the second; in QuickBooks one that was not linked has just been made there."""
    if scene.cell.side == "oncord":
        await joint.in_shop("POST", f"contacts/{scene.contacts[0]}/merge", {"into": scene.contacts[1]})
        return
    ids = []
    for which, name in enumerate(scene.names):
        made = scene.customers[which] or (await _without_address(joint, name))["Id"]
        ids.append(made)
    loser, survivor = ids
    scene.customers = (loser, survivor)
    await joint.in_books("POST", "customer/merge", {"from": loser, "into": survivor})
    await joint.touched("quickbooks", "contact", loser, deleted_with=f"merged:{survivor}")
    await joint.touched("quickbooks", "contact", survivor)


async def _without_address(joint: Joint, name: str) -> Body:
    given, family = name.split()
    return await customer(joint, given, family, email="")


async def _act(joint: Joint, scene: Scene, seen: Seen) -> None:
    acts = {"leg": _act_on_leg, "merged": _act_on_merged, "moved": _move}
    await acts[scene.cell.entity](joint, scene, seen)


async def _act_on_leg(joint: Joint, scene: Scene, seen: Seen) -> None:
    action, held = scene.cell.action, seen.payments.get(scene.payment)
    if scene.cell.side == "oncord":
        if action == "edit":
            await joint.in_shop("PATCH", f"receipts/{scene.receipt}", {"reference": TYPED})
        elif action == "share-out":
            await _share_out(joint, scene, "17.00", "16.00")
        elif action == "delete":
            await joint.in_shop("DELETE", f"receipts/{scene.receipt}")
        else:
            await joint.put_back("oncord", "receipt", scene.receipt)
    elif action == "edit":
        await change(joint, "payment", scene.payment, PaymentRefNum=TYPED)
    elif action == "share-out":
        assert held is not None
        await joint.person("payment", {**held, "TotalAmt": 17, "Line": [{**held["Line"][0], "Amount": 17}]})
    elif action == "delete":
        await remove(joint, "payment", scene.payment)
    else:
        await void(joint, "payment", scene.payment)


async def _act_on_merged(joint: Joint, scene: Scene, _seen: Seen) -> None:
    """The merge itself, or what is done to the one that remains."""
    if scene.cell.action == "merge":
        await _merge(joint, scene)
    elif scene.cell.action == "sell":
        goods = {"description": "Advice", "quantity": "1", "unit_price": "55.00", "tax_code": "GST"}
        await joint.sale(_buyer(scene), goods, number=f"C-{scene.number:04}")
    elif scene.cell.side == "oncord":
        await joint.in_shop("PATCH", f"contacts/{scene.contacts[1]}", {"phone": TYPED})
    else:
        await change(joint, "customer", scene.customers[1], PrimaryPhone={"FreeFormNumber": TYPED})


def _buyer(scene: Scene) -> str:
    """Who buys after the merge: in Oncord the winner; after one in QuickBooks whoever's customer was merged away."""
    loser, winner = scene.contacts
    return winner if scene.cell.side == "oncord" else loser or winner


async def _move(joint: Joint, scene: Scene, _seen: Seen) -> None:
    state = scene.cell.state
    if scene.cell.side == "oncord":
        moved = {"contact_id": scene.contacts[1]}
        if state in ("lone-sale", "paid-sale", "sale-and-receipt", "deposited-sale"):
            await joint.in_shop("PATCH", f"sales/{scene.sale}", moved)
        if state in ("lone-receipt", "receipt-of-sale", "sale-and-receipt"):
            await joint.in_shop("PATCH", f"receipts/{scene.receipt}", moved)
        return
    owner = {"CustomerRef": {"value": scene.customers[1]}}
    if state == "sale-and-receipt":
        held = await book(joint, "payment", scene.payment)
        await joint.person("payment", {**held, "Line": []})
        await change(joint, "invoice", scene.invoice, **owner)
        again = await book(joint, "payment", scene.payment)
        await joint.person("payment", {**again, **owner, "Line": held["Line"]})
    elif state == "lone-sale":
        await change(joint, "invoice", scene.invoice, **owner)
    else:
        await change(joint, "payment", scene.payment, **owner)


def _fate(before: Body | None, after: Body | None) -> str:
    """What became of one record."""
    was, now = _plain(before), _plain(after)
    if was is None:
        return "gone" if now is None else "created"
    if now is None:
        return "deleted"
    return "same" if was == now else "updated"


def _plain(body: Body | None) -> Body | None:
    """A record without what follows from others; one that was deleted or emptied by a void is none."""
    if body is None or body.get("deleted") or body.get("TotalAmt") == 0:
        return None
    return {k: v for k, v in body.items() if k not in (*FOLLOWS, *MARKS)}


def _legs(scene: Scene, world: World) -> Iterator[str]:
    """What became of what is across from a leg, and of the other leg."""
    mine, others = ([_paid_by(seen, owner) for seen in (world.before, world.after)] for owner in scene.customers)
    if scene.cell.side == "quickbooks":
        yield _fate(world.before.receipts[scene.receipt], world.after.receipts[scene.receipt])
    else:
        yield _fate(*mine)
    yield _fate(*others)


def _paid_by(seen: Seen, owner: str) -> Body | None:
    found = [p for p in seen.payments.values() if p["CustomerRef"]["value"] == owner and p["TotalAmt"]]
    assert len(found) <= 1, found
    return found[0] if found else None


def _merges(scene: Scene, world: World) -> Iterator[str]:
    """What became of the counterpart of who remains, and of that of the other one."""
    before, after = world.before, world.after
    if scene.cell.action == "sell":
        made = [i for i in after.invoices.values() if i["DocNumber"] == f"C-{scene.number:04}"]
        remains = {_primary(scene)} if _primary(scene) else after.customers.keys() - before.customers.keys()
        assert [i["CustomerRef"]["value"] in remains for i in made] == [True], made
        yield "billed" if _primary(scene) else "created"
        yield ""
        return
    if scene.cell.side == "oncord":
        if not _primary(scene):
            names = {c["DisplayName"] for c in after.customers.values()}
            yield "created" if names & set(scene.names) else "none"
            yield ""
            return
        yield _fate(before.customers[_primary(scene)], after.customers[_primary(scene)])
        loser = scene.customers[0]
        yield _fate(before.customers.get(loser), after.customers.get(loser)) if loser else ""
        return
    loser, winner = scene.contacts
    yield _fate(before.contacts[winner or loser], after.contacts[winner or loser])
    yield _fate(before.contacts[loser], after.contacts[loser]) if winner and loser else ""


def _primary(scene: Scene) -> str:
    """The customer that a merged contact stands for: the winner's own, and otherwise the loser's."""
    return scene.customers[1] or scene.customers[0]


def _moves(scene: Scene, world: World) -> Iterator[str]:
    """Whether what is across changed hands, and whether its other half did."""
    if scene.cell.side == "oncord":
        books = world.after
        halves = [books.invoices.get(scene.invoice), books.payments.get(scene.payment)]
        owners = [h and h["CustomerRef"]["value"] for h in halves]
        people = scene.customers
    else:
        shop = world.after
        halves = [shop.sales.get(scene.sale), shop.receipts.get(scene.receipt)]
        owners = [h and h["contact_id"] for h in halves]
        people = scene.contacts
    dispositions = [{people[0]: "same", people[1]: "moved"}[owner] if owner else "" for owner in owners]
    yield from reversed(dispositions) if "receipt" in scene.cell.state else dispositions


FATES = {"leg": _legs, "merged": _merges, "moved": _moves}


@pytest.mark.parametrize("cell", TOGETHER, ids=[cell.id for cell in TOGETHER])
def test_table(world: World, cell: Cell) -> None:
    scene = world.scenes[cell.id]
    assert scene.origin == cell.origin
    fate, *words = cell.expected.split()
    found, other = FATES[cell.entity](scene, world)

    assert found == fate
    if "other" in words:
        assert other == words[words.index("other") + 1]
    if "marked" in words:
        mark = words[words.index("marked") + 1]
        assert world.after.receipts[scene.receipt]["books_status"] in (
            ("gone", "void") if mark == "either" else (mark,)
        )
    assert _asked(scene, world) == ("asks" in words)


def _asked(scene: Scene, world: World) -> bool:
    """Whether a person is asked about any of the scene's records because of the action."""
    mine = {("oncord", "contact", i) for i in scene.contacts} | {("quickbooks", "contact", i) for i in scene.customers}
    mine |= {("oncord", "sale", scene.sale), ("quickbooks", "sale", scene.invoice)}
    mine |= {("oncord", "receipt", scene.receipt), ("quickbooks", "receipt", scene.payment)}
    return any(about in mine for _, *rest in world.after.asked - world.before.asked for about in [tuple(rest)])


def test_after_every_action_a_further_run_plans_no_writes(world: World) -> None:
    assert world.again == [], world.why


def test_money_that_was_paid_still_pays_where_the_owner_changed(world: World) -> None:
    moved = [scene for scene in world.scenes.values() if scene.cell.entity == "moved"]

    for scene in moved:
        if scene.cell.state in ("paid-sale", "sale-and-receipt", "receipt-of-sale", "deposited-sale"):
            assert world.after.invoices[scene.invoice]["Balance"] == 0, scene.cell.id
            assert world.after.sales[scene.sale]["amount_paid"] == "33.00", scene.cell.id
