"""What must be true afterwards, looked at from outside: in the inbox, at every shop and in all books.

Everything was made with a number, an address or a telephone number of its own, so that what became of it is told by
content, whatever ids it got on the other side.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.chaos.branches import Branch, Document, Person
from tests.chaos.rest import query
from tests.chaos.sender import Key, Sender
from tests.chaos.stage import APIS, Stage

MOST_MEMORY = 400 * 1024 * 1024
"""More than so many bytes no API process may ever hold."""

Record = dict[str, Any]


@dataclass(slots=True)
class Verdict:
    """What was found, in words: things that are missing or wrong, things that are there twice, and whatever else."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    records: int = 0

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not (self.lost or self.doubled or self.wrong)

    def once(self, what: str, found: Sequence[Record]) -> Record | None:
        """The only one of its kind; none is a loss, several are a double."""
        self.records += 1
        if not found:
            self.lost.append(f"{what}: none")
        elif len(found) > 1:
            self.doubled.append(f"{what}: {len(found)}")
        return found[0] if len(found) == 1 else None

    def same(self, what: str, expected: object, found: object) -> None:
        """A value that must have arrived."""
        if expected != found:
            self.lost.append(f"{what}: {found!r} instead of {expected!r}")


async def judge(stage: Stage, branches: Sequence[Branch], sender: Sender, verdict: Verdict) -> None:
    """Look everywhere, and add what is found to the verdict."""
    verdict.wrong += sender.refused
    await _inbox(stage, sender, verdict)
    await _memory(stage, verdict)
    for branch in branches:
        await _limits(stage, branch, verdict)
        shop = {name: await _shop(stage, branch, name) for name in ("contacts", "sales", "receipts")}
        entities = ("customer", "invoice", "payment", "creditmemo", "refundreceipt", "salesreceipt")
        books = {name: await _books(stage, branch, name) for name in entities}
        _people(branch, shop, books, verdict)
        _documents(branch, shop, books, verdict)
        _strangers(branch, shop, books, verdict)
    for name in APIS:
        program = stage.programs.all[name]
        if program.most_memory > MOST_MEMORY:
            verdict.wrong.append(f"{name} held {program.most_memory / 1e6:.0f} MB")
        verdict.wrong += [f"{name} ended by itself with {code}" for code in program.ended]


async def _inbox(stage: Stage, sender: Sender, verdict: Verdict) -> None:
    """I1: each acknowledged event has its row, and was usable."""
    rows = await query(stage, "SELECT sender, event_key, status, reason FROM event ORDER BY id")
    kept: dict[Key, Record] = {(row["sender"], row["event_key"]): row for row in rows}
    missing = sender.acknowledged - kept.keys()
    verdict.lost += [f"an acknowledged event has no row: {key}" for key in sorted(missing)]
    unused = [
        row for key, row in kept.items() if key in sender.acknowledged and row["status"] in ("skipped", "quarantined")
    ]
    verdict.lost += [f"an event was not used: {row}" for row in unused]
    if sender.told != len(sender.acknowledged):
        verdict.wrong.append(f"{sender.told} events were told, {len(sender.acknowledged)} acknowledged")


async def _memory(stage: Stage, verdict: Verdict) -> None:
    """The service's own memory: nothing parked, nothing asked, nothing half done, and everybody ready."""
    for text in (
        "SELECT connection_id, side, kind, record_id, waits_for, reason FROM pending_change ORDER BY 1, 2, 3, 4",
        "SELECT connection_id, kind, rule, summary FROM attention WHERE state = 'open' ORDER BY id",
        "SELECT id, state, state_reason FROM connection WHERE state <> 'ready' ORDER BY id",
    ):
        verdict.wrong += [f"left: {row}" for row in await query(stage, text)]


async def _limits(stage: Stage, branch: Branch, verdict: Verdict) -> None:
    """I12: the company never had to refuse a call, whoever was killed in the middle of its allowance."""
    calls = (await stage.http.get(f"{stage.world.quickbooks}/_sandbox/companies/{branch.realm_id}/calls")).json()
    if calls["throttled"]:
        verdict.wrong.append(f"{branch.tag} was throttled {calls['throttled']} times: {calls}")


async def _shop(stage: Stage, branch: Branch, collection: str) -> list[Record]:
    answer = await stage.http.get(f"{stage.world.oncord}/_sandbox/sites/{branch.site_id}/{collection}")
    return [record for record in answer.json()["items"] if not record["deleted"]]


async def _books(stage: Stage, branch: Branch, entity: str) -> list[Record]:
    answer = await stage.http.get(f"{stage.world.quickbooks}/_sandbox/companies/{branch.realm_id}/{entity}")
    items: list[Record] = answer.json()["items"]
    return items


def _people(branch: Branch, shop: dict[str, list[Record]], books: dict[str, list[Record]], verdict: Verdict) -> None:
    contacts, customers = _by(shop["contacts"], _shop_email), _by(books["customer"], _books_email)
    everybody: list[Person] = [*branch.people, *branch.customers]
    for person in everybody:
        here = verdict.once(f"contact {person.email}", contacts[person.email])
        there = verdict.once(f"customer {person.email}", customers[person.email])
        if here:
            verdict.same(f"phone of contact {person.email}", person.phone, here["phone"])
        if there:
            phone = (there.get("PrimaryPhone") or {}).get("FreeFormNumber")
            verdict.same(f"phone of customer {person.email}", person.phone, phone)
            verdict.same(f"customer {person.email} is active", True, there["Active"])


def _documents(branch: Branch, shop: dict[str, list[Record]], books: dict[str, list[Record]], verdict: Verdict) -> None:
    sales, invoices = _by(shop["sales"], lambda r: r["number"]), _by(books["invoice"], lambda r: r.get("DocNumber", ""))
    receipts = _by(shop["receipts"], lambda r: _only(part["sale_id"] for part in r["allocations"]))
    payments = _by(books["payment"], lambda r: _only(line["LinkedTxn"][0]["TxnId"] for line in r["Line"]))
    everything: list[Document] = [*branch.sales, *branch.invoices]
    for document in everything:
        number = document.number
        if document.deleted:
            if sales[number] or invoices[number]:
                verdict.lost.append(f"the deletion of {number}")
            continue
        sale = verdict.once(f"sale {number}", sales[number])
        invoice = verdict.once(f"invoice {number}", invoices[number])
        if not sale or not invoice:
            continue
        total = Decimal(document.total)
        verdict.same(f"total of sale {number}", total, Decimal(sale["total"]))
        verdict.same(f"total of invoice {number}", total, Decimal(str(invoice["TotalAmt"])))
        due = Decimal(0) if document.paid else total
        verdict.same(f"due of sale {number}", due, total - Decimal(sale["amount_paid"]))
        verdict.same(f"due of invoice {number}", due, Decimal(str(invoice["Balance"])))
        if document.paid:
            receipt = verdict.once(f"receipt of {number}", receipts[sale["id"]])
            payment = verdict.once(f"payment of {number}", payments[invoice["Id"]])
            if receipt and payment:
                amounts = Decimal(receipt["amount"]), Decimal(str(payment["TotalAmt"]))
                verdict.same(f"money of {number}", (total, total), amounts)


def _strangers(branch: Branch, shop: dict[str, list[Record]], books: dict[str, list[Record]], verdict: Verdict) -> None:
    """I2 and I10: not one record more than there are people and documents, and every one of this connection."""
    people = len(branch.people) + len(branch.customers)
    documents = [document for document in (*branch.sales, *branch.invoices) if not document.deleted]
    paid = sum(document.paid for document in documents)
    expected = {"contacts": people, "sales": len(documents), "receipts": paid}
    expected |= {"customer": people, "invoice": len(documents), "payment": paid}
    for name, records in {**shop, **books}.items():
        if len(records) > expected.get(name, 0):
            verdict.doubled.append(f"{branch.tag} has {len(records)} {name} instead of {expected.get(name, 0)}")
    names = [_shop_email(record) for record in shop["contacts"]] + [
        _books_email(record) for record in books["customer"]
    ]
    names += [record["number"] for record in shop["sales"]] + [str(r.get("DocNumber")) for r in books["invoice"]]
    foreign = Counter(name for name in names if not name.startswith(f"{branch.tag}-"))
    verdict.wrong += [f"{branch.tag} holds {name}, which belongs to another" for name in sorted(foreign)]


def _by(records: Sequence[Record], key: Any) -> defaultdict[str, list[Record]]:
    found: defaultdict[str, list[Record]] = defaultdict(list)
    for record in records:
        found[str(key(record))].append(record)
    return found


def _only(ids: Any) -> str:
    distinct = set(ids)
    return str(distinct.pop()) if len(distinct) == 1 else ""


def _shop_email(record: Record) -> str:
    return str(record["email"])


def _books_email(record: Record) -> str:
    return str((record.get("PrimaryEmailAddr") or {}).get("Address", ""))
