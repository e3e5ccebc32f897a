"""What is there: both sides and our memory, told in words that do not depend on ids.

A crashed story is compared with the one that went well by this, so everything that matters has to be in it.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.domain.model.link_part import CREDIT
from app.domain.model.links import Link
from app.domain.model.records import (
    Kind,
    Receipt,
    Record,
    Sale,
    Side,
    Snapshot,
)
from app.domain.planning.merge import changed_groups
from app.domain.receipts.refunds import is_refund
from app.storage.database import Transaction
from app.storage.records import links, mirrors
from tests.crashpoints.world import Process
from tests.support.joint import CONNECTION, Joint

Seen = dict[str, Any]
REFUND = "refund "


async def seen(process: Process) -> Seen:
    """Both sides and our memory, by content."""
    joint = process.stage.joint
    shop, names = await _shop(joint)
    books, others = await _books(joint)
    async with process.runtime.database.transaction(CONNECTION) as tx:
        memory = await _memory(tx, {**names, **others})
    return {**shop, **books, **memory}


async def _shop(joint: Joint) -> tuple[Seen, dict[tuple[str, str, str], str]]:
    names: dict[tuple[str, str, str], str] = {}
    whole = {kind: await joint.shop_list(kind, deleted=True) for kind in ("contacts", "sales", "receipts")}
    live = {kind: [r for r in records if not r.get("deleted")] for kind, records in whole.items()}
    for product in await joint.shop_list("products"):
        names["oncord", "item", product["id"]] = product["code"]
    for record in whole["contacts"]:
        names["oncord", "contact", record["id"]] = f"{record.get('first_name', '')} {record.get('last_name', '')}"
    for record in live["sales"]:
        owner = names["oncord", "contact", record["contact_id"]]
        names["oncord", "sale", record["id"]] = f"{owner} {record['lines'][0]['description']}"
    for record in live["receipts"]:
        names["oncord", "receipt", record["id"]] = f"receipt {record['amount']}"
    contacts = [
        tuple(c.get(f) for f in ("first_name", "last_name", "email", "phone", "mobile", "fax", "website"))
        for c in live["contacts"]
    ]
    sales = [
        (
            names["oncord", "sale", s["id"]],
            *(s.get(f) for f in ("number", "total", "tax_total", "amount_paid", "due_date", "status", "voided")),
            s.get("books_status"),
            tuple((n["description"], n["quantity"]) for n in s["lines"]),
        )
        for s in live["sales"]
    ]
    receipts = [
        (
            r["amount"],
            r["reference"],
            r.get("voided"),
            r.get("books_status"),
            tuple(sorted((names["oncord", "sale", a["sale_id"]], a["amount"]) for a in r["allocations"])),
        )
        for r in live["receipts"]
    ]
    gone = {kind: len(records) - len(live[kind]) for kind, records in whole.items()}
    told: dict[str, list[Any]] = {"contacts": contacts, "sales": sales, "receipts": receipts}
    return {**{k: sorted(v, key=repr) for k, v in told.items()}, "deleted in the shop": gone}, names


def _value(record: dict[str, Any], member: str, inner: str) -> Any:
    return (record.get(member) or {}).get(inner, "")


async def _books(joint: Joint) -> tuple[Seen, dict[tuple[str, str, str], str]]:
    names: dict[tuple[str, str, str], str] = {}
    found = {e: await joint.books_list(e) for e in ("customer", "invoice", "payment", "creditmemo", "item", "purchase")}
    gone = {e: await joint.in_books("GET", f"{e}?deleted=true") for e in ("invoice", "payment", "purchase")}
    given_back = [p for p in found["purchase"] if _value(p, "EntityRef", "type") == "Customer"]
    for record in found["item"]:
        names["quickbooks", "item", record["Id"]] = record["Name"]
    for record in found["customer"]:
        names["quickbooks", "contact", record["Id"]] = record["DisplayName"]
    for record in (*found["invoice"], *found["creditmemo"]):
        owner = names["quickbooks", "contact", record["CustomerRef"]["value"]]
        names["quickbooks", "sale", record["Id"]] = f"{owner} {_first(record)}"
    for record in found["payment"]:
        names["quickbooks", "receipt", record["Id"]] = f"payment {record['TotalAmt']}"
    for record in given_back:
        names["quickbooks", "receipt", record["Id"]] = f"{REFUND}{record.get('DocNumber')} {record['TotalAmt']}"
    customers = [
        (
            c["DisplayName"],
            c["Active"],
            _value(c, "PrimaryEmailAddr", "Address"),
            *(_value(c, m, "FreeFormNumber") for m in ("PrimaryPhone", "Mobile", "Fax")),
            _value(c, "WebAddr", "URI"),
        )
        for c in found["customer"]
    ]
    invoices = [
        (
            names["quickbooks", "sale", i["Id"]],
            i.get("DocNumber"),
            sign * Decimal(str(i["TotalAmt"])),
            sign * Decimal(str(i["Balance"])),
            sign * Decimal(str(_value(i, "TxnTaxDetail", "TotalTax") or 0)),
            i.get("DueDate"),
            tuple(
                (n.get("Description"), str(n["Amount"]), _item(n, names))
                for n in i["Line"]
                if n["DetailType"] != "SubTotalLineDetail"
            ),
        )
        for sign, entity in ((1, "invoice"), (-1, "creditmemo"))
        for i in found[entity]
    ]
    payments = [
        (
            names["quickbooks", "contact", p["CustomerRef"]["value"]],
            Decimal(str(p["TotalAmt"])),
            _value(p, "DepositToAccountRef", "value"),
            p.get("PaymentRefNum", ""),
            tuple(
                sorted(
                    (names.get(("quickbooks", _kind(n), n["LinkedTxn"][0]["TxnId"]), "?"), str(_charged(n)))
                    for n in p["Line"]
                )
            ),
        )
        for p in found["payment"]
    ]
    refunds = [
        (
            names["quickbooks", "contact", p["EntityRef"]["value"]],
            names["quickbooks", "receipt", p["Id"]],
            -Decimal(str(p["TotalAmt"])),
            _value(p, "AccountRef", "value"),
        )
        for p in given_back
    ]
    told: dict[str, list[Any]] = {
        "customers": customers,
        "invoices": invoices,
        "payments": payments,
        "refunds": refunds,
    }
    deleted = {entity: sorted(_tally(r) for r in answer["items"]) for entity, answer in gone.items()}
    counts = {"items": sorted((i["Name"], i.get("Sku", "")) for i in found["item"]), "deleted in the books": deleted}
    return {**{k: sorted(v, key=repr) for k, v in told.items()}, **counts}, names


def _item(line: dict[str, Any], names: dict[tuple[str, str, str], str]) -> str:
    reference = _value(line, "SalesItemLineDetail", "ItemRef")
    return names.get(("quickbooks", "item", reference["value"]), "?") if reference else ""


def _kind(line: dict[str, Any]) -> str:
    """The kind of record that a line of a payment settles: a refund's money out, or a document."""
    return "receipt" if line["LinkedTxn"][0]["TxnType"] == "Expense" else "sale"


def _charged(line: dict[str, Any]) -> Decimal:
    """What a line of a payment settles: a credit that it uses is negative, as in a receipt."""
    return Decimal(str(line["Amount"])) * (-1 if line["LinkedTxn"][0]["TxnType"] == "CreditMemo" else 1)


def _first(invoice: dict[str, Any]) -> str:
    return str(next((n.get("Description") for n in invoice["Line"] if n.get("Description")), ""))


def _tally(deleted: dict[str, Any]) -> str:
    return f"{deleted.get('DocNumber', '')} {deleted.get('TotalAmt', '')}"


async def _memory(tx: Transaction, names: dict[tuple[str, str, str], str]) -> Seen:
    rows = await (await tx.execute("SELECT * FROM link WHERE connection_id = %s ORDER BY id", (CONNECTION,))).fetchall()
    pairs: list[Any] = []
    for kind in Kind:
        ids = [row["oncord_id"] for row in rows if row["kind"] == kind]
        found = await links.of_records(tx, CONNECTION, kind, Side.ONCORD, ids)
        mirrored = {
            side: await mirrors.load(tx, CONNECTION, side, kind, [link.id_on(side) for link in found]) for side in Side
        }
        for link in found:
            pairs.append(
                (
                    kind.value,
                    names.get(("oncord", kind, link.oncord_id), "gone"),
                    names.get(("quickbooks", kind, link.quickbooks_id), "gone"),
                    link.origin.value if kind is not Kind.CONTACT else "",  # no rule asks where a contact began
                    link.state.value,
                    link.generation,
                    link.gone and link.gone.value,
                    [_behind(link, side, mirrored) for side in Side],
                )
            )
    dirty = await (
        await tx.execute(
            "SELECT side, kind, parked, waits_for FROM pending_change WHERE connection_id = %s ORDER BY 1, 2, 3, 4",
            (CONNECTION,),
        )
    ).fetchall()
    matters = await (
        await tx.execute(
            "SELECT kind, rule, side, summary, detail FROM attention WHERE connection_id = %s AND state = 'open' "
            "ORDER BY 1, 2, 3, 4",
            (CONNECTION,),
        )
    ).fetchall()
    return {
        "links": sorted(pairs, key=repr),
        "pending_change": [tuple(row.values()) for row in dirty],
        "attention": [tuple(row.values()) for row in matters],
    }


def _behind(link: Link, side: Side, mirrored: dict[Side, dict[str, Snapshot]]) -> tuple[bool, bool, list[str]]:
    """Whether a link has a base on one side, whether its record is deleted there, and what has moved since."""
    base, known = link.base_on(side), mirrored[side].get(link.id_on(side))
    deleted = known is not None and known.deleted
    record = known.record if known else None
    if record is None or (isinstance(record, Sale | Receipt) and record.voided):  # void amounts are not compared (S5)
        return base is not None, deleted, []
    owner = mirrored[Side.ONCORD].get(link.oncord_id)
    if owner is None or not is_refund(owner.record):
        return base is not None, deleted, sorted(changed_groups(link.kind, base, record))
    # Of a refund's two documents one carries what it pays back, the other everything else.
    if link.part == CREDIT:
        return base is not None, deleted, sorted(changed_groups(link.kind, base, record) & {"payment"})
    return base is not None, deleted, sorted(changed_groups(link.kind, _bare(base), _bare(record)))


def _bare(record: Record | None) -> Any:
    if not isinstance(record, Receipt):
        return record
    return replace(record, payment=replace(record.payment, allocations=()))
